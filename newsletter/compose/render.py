"""Renders the mails of issues, each once per variant: subject, HTML and text with markers in them.

Every function takes the list first and the variant's `slots` by keyword. `language` is what the
variant speaks (the list's, unless said); `templates` is the operator's own folder, if any. All
raise ComposeError where a template, a time zone or the mail's size is at fault.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path

from newsletter.compose import markdown
from newsletter.compose.addresses import CARD_WIDTH
from newsletter.compose.content import ArticleView, ListView, Rendered
from newsletter.compose.filling import fill_both
from newsletter.compose.fulltext import Text, levels
from newsletter.compose.headlines import LEAST, clip_headline
from newsletter.compose.inline import HTML_LIMIT, STYLE_LIMIT, encoded_size, style_size
from newsletter.compose.language import (
    full_date,
    moment,
    typeset,
    words,
)
from newsletter.compose.pieces import Piece, preheader, set_article, set_text
from newsletter.compose.text import clean, clip
from newsletter.errors import ComposeError
from newsletter.mail.slots import Slots

__all__ = [
    "digest_subject",
    "fit",
    "render_alert",
    "render_digest",
    "render_letter",
]

SUBJECT_LENGTH = 77  # characters: one header line with "Subject: " left out (RFC 5322 §2.1.1)
SHORTER = (45, 30, 20, 12, 6, 0)  # words of excerpt an article may keep when the mail is too big


def render_digest(
    mlist: ListView,
    articles: Sequence[ArticleView],
    *,
    number: int | None,
    day: date,
    slots: Slots,
    subject: str | None = None,
    intro_markdown: str | None = None,
    language: str | None = None,
    templates: Path | None = None,
) -> Rendered:
    """One issue of a digest; `number` and `day`, the list's local date, stand in its masthead.

    Too big a mail loses words of its excerpts, never an article and never its footer.
    """
    spoken = language or mlist.language
    say = words(spoken)
    line = subject or digest_subject(mlist, articles, number=number, language=spoken)
    intro = (intro_markdown or "").strip()

    texts = [set_text(article, mlist) for article in articles]

    def attempt(limit: int | None) -> Rendered:
        pieces = [
            set_article(article, mlist, language=spoken, limit=limit, text=text)
            for article, text in zip(articles, texts, strict=True)
        ]
        return fill_both(
            "digest",
            mlist,
            subject=line,
            glance=_digest_glance(pieces, spoken),
            language=spoken,
            slots=slots,
            templates=templates,
            html={"intro": markdown.to_html(intro, language=spoken, base_url=mlist.home_url)},
            text={"intro": markdown.to_text(intro, language=spoken, base_url=mlist.home_url)},
            number_line="" if number is None else say.number.format(number=number),
            date_line=full_date(day, spoken),
            articles=pieces,
        )

    return fit(attempt, (*levels(texts, HTML_LIMIT), *SHORTER))


def digest_subject(
    mlist: ListView,
    articles: Sequence[ArticleView],
    *,
    number: int | None,
    language: str | None = None,
) -> str:
    """The subject of a digest that was given none: list, number and first article.

    For instance `Le Courrier de Valmont nº 12 : Le pont rouvre samedi`. A long title is cut where a
    reader may pause, so that the whole stays within 77 characters where the list's own title
    leaves room.
    """
    spoken = language or mlist.language
    say = words(spoken)
    form = say.digest_subject_unnumbered if number is None else say.digest_subject
    title = typeset(clean(mlist.title), mlist.language or spoken)
    if not articles:
        return form.format(title=title, number=number, first="").rstrip(" :\u00a0")
    first = set_article(articles[0], mlist, language=spoken).title
    room = max(SUBJECT_LENGTH - len(form.format(title=title, number=number, first="")), LEAST)
    own = articles[0].language or mlist.language
    return form.format(title=title, number=number, first=clip_headline(first, room, own))


def _digest_glance(pieces: Sequence[Piece], language: str) -> str:
    also = ""
    if len(pieces) > 1:
        titles = " · ".join(piece.title for piece in pieces[1:])
        also = words(language).also.format(titles=titles)
    return preheader(also, *(p for piece in pieces for p in piece.excerpt))


def render_alert(
    mlist: ListView,
    *,
    subject: str,
    body_markdown: str,
    sent_at: datetime,
    slots: Slots,
    article: ArticleView | None = None,
    language: str | None = None,
    templates: Path | None = None,
) -> Rendered:
    """An alert, with a link to `article` if there is one; `sent_at` is an aware moment."""
    spoken = language or mlist.language
    say = words(spoken)
    body_markdown = markdown.without_title(body_markdown, subject)
    whole = set_text(article, mlist, widest=CARD_WIDTH) if article else Text()

    def attempt(limit: int | None) -> Rendered:
        body = markdown.to_text(body_markdown, language=spoken, base_url=mlist.home_url)
        title = say.alert_preheader.format(title=typeset(clean(mlist.title), spoken))
        return fill_both(
            "alert",
            mlist,
            subject=subject,
            glance=preheader(title, markdown.to_line(body_markdown, language=spoken)),
            language=spoken,
            slots=slots,
            templates=templates,
            html={
                "body": markdown.to_html(body_markdown, language=spoken, base_url=mlist.home_url)
            },
            text={"body": body},
            sent_line=say.alert_sent.format(moment=moment(sent_at, spoken, mlist.timezone)),
            article=(
                set_article(article, mlist, language=spoken, limit=limit, text=whole)
                if article
                else None
            ),
        )

    return fit(attempt, (*levels([whole], HTML_LIMIT), *SHORTER))


def render_letter(
    mlist: ListView,
    *,
    subject: str,
    body_markdown: str,
    day: date,
    slots: Slots,
    language: str | None = None,
    templates: Path | None = None,
) -> Rendered:
    """An editor's free text to the list; `day` is the list's local date."""
    spoken = language or mlist.language
    body_markdown = markdown.without_title(body_markdown, subject)

    def attempt(_limit: int | None) -> Rendered:
        body = markdown.to_text(body_markdown, language=spoken, base_url=mlist.home_url)
        return fill_both(
            "letter",
            mlist,
            subject=subject,
            glance=preheader(markdown.to_line(body_markdown, language=spoken)),
            language=spoken,
            slots=slots,
            templates=templates,
            html={
                "body": markdown.to_html(body_markdown, language=spoken, base_url=mlist.home_url)
            },
            text={"body": body},
            date_line=full_date(day, spoken),
        )

    return fit(attempt)


def fit(
    attempt: Callable[[int | None], Rendered], limits: Sequence[int | None] = (None, *SHORTER)
) -> Rendered:
    """The fullest rendering that no provider clips.

    `attempt(None)` renders all; `attempt(n)` with n words at most of each article. `limits` fall,
    and are tried by halves, since each try costs a rendering. Raises ComposeError where even the
    last leaves the mail too big.
    """
    rendered = attempt(limits[0])
    if style_size(rendered.html) > STYLE_LIMIT:
        raise ComposeError(
            f"the styles have {style_size(rendered.html):,} bytes, and from {STYLE_LIMIT:,} on "
            "some providers ignore them all; shorten the block 'enhancements' of the template"
        )
    if encoded_size(rendered.html) <= HTML_LIMIT:
        return rendered
    too_much, enough, fitting = 0, len(limits), None
    while too_much + 1 < enough:
        middle = (too_much + enough) // 2
        tried = attempt(limits[middle])
        if encoded_size(tried.html) <= HTML_LIMIT:
            enough, fitting = middle, tried
        else:
            too_much, rendered = middle, tried
    if fitting is not None:
        return fitting
    raise ComposeError(
        f"{clip(rendered.subject, 40)!r} has {encoded_size(rendered.html):,} bytes of HTML, and "
        f"from {HTML_LIMIT:,} on providers clip it; shorten the text or carry fewer articles"
    )
