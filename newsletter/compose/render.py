"""Renders every mail, each once per variant: subject, HTML and plain text with markers in them.

Every function takes the list first and the variant's `slots` by keyword. `language` is what the
variant speaks (the list's, unless said); `templates` is the operator's own folder, if any. All
raise ComposeError where a template, a time zone or the mail's size is at fault.

Articles, Markdown and all other people's words are values to the templates, never template text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from newsletter.compose import markdown
from newsletter.compose.content import ArticleView, ListView, Rendered
from newsletter.compose.inline import HTML_LIMIT, STYLE_LIMIT, encoded_size, inline, style_size
from newsletter.compose.language import (
    direction,
    full_date,
    long_date,
    moment,
    typeset,
    words,
)
from newsletter.compose.pieces import Piece, preheader, set_article, set_list
from newsletter.compose.templates import fill
from newsletter.compose.text import clean, clip, tidy
from newsletter.errors import ComposeError
from newsletter.mail.slots import SlotName, Slots

__all__ = [
    "digest_subject",
    "fit",
    "render_alert",
    "render_already",
    "render_confirm",
    "render_digest",
    "render_letter",
    "render_settings",
    "render_welcome",
]

SUBJECT_LENGTH = 77  # characters: one header line with "Subject: " left out (RFC 5322 §2.1.1)
SHORTER = (45, 30, 20, 12, 6, 0)  # words of excerpt an article may keep when the mail is too big


_MUST_HOLD = {
    "confirm": SlotName.CONFIRM,
    "settings": SlotName.PREFERENCES,
    **dict.fromkeys(("digest", "alert", "letter", "welcome", "already"), SlotName.UNSUBSCRIBE),
}


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

    def attempt(limit: int | None) -> Rendered:
        pieces = [set_article(a, mlist, language=spoken, limit=limit) for a in articles]
        return _render(
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

    return fit(attempt)


def digest_subject(
    mlist: ListView,
    articles: Sequence[ArticleView],
    *,
    number: int | None,
    language: str | None = None,
) -> str:
    """The subject of a digest that was given none: list, number and first article.

    For instance `Le Courrier de Valmont nº 12 : Le pont rouvre samedi`. A long title is cut at a
    word so that the whole stays within 77 characters where the list's own title leaves room.
    """
    spoken = language or mlist.language
    say = words(spoken)
    form = say.digest_subject_unnumbered if number is None else say.digest_subject
    title = typeset(clean(mlist.title), mlist.language or spoken)
    if not articles:
        return form.format(title=title, number=number, first="").rstrip(" :\u00a0")
    first = set_article(articles[0], mlist, language=spoken).title
    room = SUBJECT_LENGTH - len(form.format(title=title, number=number, first=""))
    return form.format(title=title, number=number, first=clip(first, max(room, 20)))


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

    def attempt(limit: int | None) -> Rendered:
        body = markdown.to_text(body_markdown, language=spoken, base_url=mlist.home_url)
        title = say.alert_preheader.format(title=typeset(clean(mlist.title), spoken))
        return _render(
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
            article=set_article(article, mlist, language=spoken, limit=limit) if article else None,
        )

    return fit(attempt)


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

    def attempt(_limit: int | None) -> Rendered:
        body = markdown.to_text(body_markdown, language=spoken, base_url=mlist.home_url)
        return _render(
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


def render_confirm(
    mlist: ListView,
    *,
    consent: str,
    requested_at: datetime,
    slots: Slots,
    ip_hint: str | None = None,
    valid_until: datetime | None = None,
    language: str | None = None,
    templates: Path | None = None,
) -> Rendered:
    """Asks whether a sign-up is really wanted.

    `consent` is the sentence the person agreed to, word for word; `ip_hint` says from where, as
    far as that is kept; both moments are aware.
    """
    spoken = language or mlist.language
    say = words(spoken)
    title = typeset(clean(mlist.title), mlist.language or spoken)
    until = say.confirm_until.format(
        moment="" if valid_until is None else moment(valid_until, spoken, mlist.timezone)
    )
    return _render(
        "confirm",
        mlist,
        subject=say.confirm_subject.format(title=title),
        glance=preheader(say.confirm_preheader.format(title=title), say.confirm_not_you),
        language=spoken,
        slots=slots,
        templates=templates,
        asked=typeset(clean(consent), spoken),
        when_line=f"{moment(requested_at, spoken, mlist.timezone)} ({mlist.timezone})",
        where=clean(ip_hint or ""),
        until_line="" if valid_until is None else until,
    )


def render_welcome(
    mlist: ListView,
    *,
    slots: Slots,
    next_day: date | None = None,
    greeting_markdown: str = "",
    language: str | None = None,
    templates: Path | None = None,
) -> Rendered:
    """Greets a new subscriber; `next_day` is the local date of the next issue, where known.

    `greeting_markdown` is what the list itself has to say, in its own language.
    """
    spoken = language or mlist.language
    say = words(spoken)
    title = typeset(clean(mlist.title), mlist.language or spoken)
    next_line = ""
    if next_day is not None:
        next_line = say.welcome_next.format(date=long_date(next_day, spoken))
    own = {"language": mlist.language or spoken, "base_url": mlist.home_url}
    greeting = greeting_markdown.strip()
    return _render(
        "welcome",
        mlist,
        subject=say.welcome_subject.format(title=title),
        glance=preheader(say.welcome_preheader.format(title=title), next_line, say.welcome_leave),
        language=spoken,
        slots=slots,
        templates=templates,
        html={"greeting": markdown.to_html(greeting, **own)},
        text={"greeting": markdown.to_text(greeting, **own)},
        next_line=next_line,
    )


def render_already(
    mlist: ListView,
    *,
    slots: Slots,
    language: str | None = None,
    templates: Path | None = None,
) -> Rendered:
    """Answers a sign-up from an address that is subscribed already, with its settings."""
    spoken = language or mlist.language
    say = words(spoken)
    title = typeset(clean(mlist.title), mlist.language or spoken)
    return _render(
        "already",
        mlist,
        subject=say.already_subject.format(title=title),
        glance=preheader(say.already_preheader.format(title=title), say.already_settings),
        language=spoken,
        slots=slots,
        templates=templates,
    )


def render_settings(
    mlist: ListView,
    *,
    valid_until: datetime,
    slots: Slots,
    language: str | None = None,
    templates: Path | None = None,
) -> Rendered:
    """Brings a fresh link to one's personal data, as `preferences_url`; `valid_until` is aware."""
    spoken = language or mlist.language
    say = words(spoken)
    site = typeset(clean(mlist.site_name or mlist.title), spoken)
    return _render(
        "settings",
        mlist,
        subject=say.settings_subject,
        glance=preheader(say.settings_preheader, say.settings_not_you),
        language=spoken,
        slots=slots,
        templates=templates,
        site=site,
        until_line=say.settings_until.format(
            moment=moment(valid_until, spoken, mlist.timezone),
        ),
    )


def fit(attempt: Callable[[int | None], Rendered]) -> Rendered:
    """The fullest rendering that no provider clips.

    `attempt(None)` renders all; `attempt(n)` with n words of excerpt to an article. Raises
    ComposeError where even no excerpts leave the mail too big.
    """
    rendered = attempt(None)
    if style_size(rendered.html) > STYLE_LIMIT:
        raise ComposeError(
            f"the styles have {style_size(rendered.html):,} bytes, and from {STYLE_LIMIT:,} on "
            "some providers ignore them all; shorten the block 'enhancements' of the template"
        )
    for limit in SHORTER:
        if encoded_size(rendered.html) <= HTML_LIMIT:
            return rendered
        rendered = attempt(limit)
    if encoded_size(rendered.html) <= HTML_LIMIT:
        return rendered
    raise ComposeError(
        f"{clip(rendered.subject, 40)!r} has {encoded_size(rendered.html):,} bytes of HTML, and "
        f"from {HTML_LIMIT:,} on providers clip it; shorten the text or carry fewer articles"
    )


def _render(
    kind: str,
    mlist: ListView,
    *,
    subject: str,
    glance: str,
    language: str,
    slots: Slots,
    templates: Path | None,
    html: dict[str, Any] | None = None,
    text: dict[str, Any] | None = None,
    **values: Any,
) -> Rendered:
    """Fill both templates of `kind`; `html` and `text` are the values that differ between them."""
    line = typeset(clean(subject), language)
    shared: dict[str, Any] = {
        **{name.value: slots.marker(name) for name in SlotName},
        "subject": line,
        "preheader": glance,
        "language": language,
        "direction": direction(language),
        "words": words(language),
        "mlist": set_list(mlist, language),
        **values,
    }
    filled = {
        form: fill(f"email/{kind}.{form}.jinja", {**shared, **(own or {})}, operator=templates)
        for form, own in (("html", html), ("txt", text))
    }
    must = _MUST_HOLD[kind]
    for form, body in filled.items():
        # A restyled template may lose anything but the way out (RFC 8058 §1, CPCE L34-5).
        if slots.marker(must) not in body:
            raise ComposeError(
                f"template email/{kind}.{form}.jinja does not show {must.value}; put it back"
            )
    return Rendered(
        subject=line, preheader=glance, html=inline(filled["html"]), text=tidy(filled["txt"])
    )
