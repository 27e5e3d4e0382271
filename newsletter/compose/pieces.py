"""Sets lists and articles in type: what templates are given to print.

Every string that leaves here is one clean line, spaced as its own language wants; every address is
one that a reader may safely be sent to.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from newsletter.compose.addresses import PICTURE_WIDTH, is_seen, picture_name, web_address
from newsletter.compose.content import ArticleView, Image, ListView
from newsletter.compose.fulltext import Body, Text, set_blocks, shortened
from newsletter.compose.language import (
    article_date,
    direction,
    long_date,
    same_language,
    typeset,
    words,
)
from newsletter.compose.text import clean, clip, follow, shorten

__all__ = ["Piece", "preheader", "set_article", "set_list", "set_text"]

PICTURE_HEIGHT = 480  # CSS pixels of a lead picture, as `.picture` of digest.html.jinja has it
LEAST_PICTURE = 100  # CSS pixels; narrower or lower it says nothing, and stands there like a stain
PREHEADER = (85, 100)  # characters: shorter lets the mail's first words show, longer is cut off


@dataclass(frozen=True)
class Piece:
    """An article as a template prints it."""

    title: str
    url: str | None
    excerpt: tuple[str, ...]
    kicker: str
    """Date, source and author on one line, as far as they are known."""
    language: str | None
    """Set only where it differs from the mail's."""
    direction: str
    image: Image | None
    image_width: int
    """CSS pixels, for Outlook; other programs show it at its own size where there is room."""
    sent_as_alert: bool
    body: Body | None = None
    """The whole text, or as much of it as there is room for; then the excerpt is not shown."""


def _picture(image: Image | None, language: str | None) -> Image | None:
    url = web_address(image.url) if image else None
    if image is None or url is None or not is_seen(url):
        return None
    if any(side is not None and side < LEAST_PICTURE for side in (image.width, image.height)):
        return None
    return replace(image, url=url, alt=typeset(clean(image.alt), language))


def _picture_width(image: Image | None) -> int:
    """As wide as it is, as far as there is room for that and for its height."""
    width = min((image and image.width) or PICTURE_WIDTH, PICTURE_WIDTH)
    if image is None or not image.width or not image.height:
        return width
    return min(width, round(PICTURE_HEIGHT * image.width / image.height) or 1)


def set_text(article: ArticleView, mlist: ListView, *, widest: int = PICTURE_WIDTH) -> Text:
    """The whole text of an article, set in its own language; no blocks where it is not shown.

    `widest`: of a picture, in CSS pixels.
    """
    return set_blocks(
        article.text_html,
        base=web_address(article.url),
        language=article.language or mlist.language,
        title=article.title,
        widest=widest,
    )


def set_article(
    article: ArticleView,
    mlist: ListView,
    *,
    language: str,
    limit: int | None = None,
    text: Text | None = None,
) -> Piece:
    """`article` set in its own language for a mail in `language`.

    Of its `text`, or else of its excerpt, `limit` words at most are left.
    """
    own = article.language or mlist.language
    excerpt = tuple(filter(None, map(clean, article.excerpt)))
    if limit is not None:
        excerpt = shorten(excerpt, limit)
    kicker = []
    if article.published is not None:
        kicker.append(long_date(article_date(article.published, mlist.timezone), language))
    if article.source:
        kicker.append(typeset(clean(article.source), language))
    if article.author:
        kicker.append(words(language).by.format(author=clean(article.author)))
    image = _picture(article.image, own)
    body = shortened(text, limit) if text else None
    if image and body and picture_name(image.url) in body.pictures:
        image = None  # once is enough
    return Piece(
        title=typeset(clean(article.title), own),
        url=web_address(article.url),
        excerpt=tuple(typeset(paragraph, own) for paragraph in excerpt),
        kicker=" · ".join(kicker),
        language=None if same_language(own, language) else own,
        direction=direction(own),
        image=image,
        image_width=_picture_width(image),
        sent_as_alert=article.sent_as_alert,
        body=body,
    )


def set_list(mlist: ListView, language: str) -> ListView:
    """`mlist` with its own words set in its language and its addresses checked."""
    own = mlist.language or language
    postal = [clean(line) for line in mlist.postal_address.splitlines()]
    return replace(
        mlist,
        title=typeset(clean(mlist.title), own),
        description=typeset(clean(mlist.description), own),
        from_name=clean(mlist.from_name),
        postal_address="\n".join(filter(None, postal)),
        footer_note=typeset(clean(mlist.footer_note), own),
        site_name=clean(mlist.site_name),
        home_url=web_address(mlist.home_url) or "",
        privacy_url=web_address(mlist.privacy_url),
        archive_url=web_address(mlist.archive_url),
        signup_url=web_address(mlist.signup_url),
    )


def preheader(*parts: str) -> str:
    """One line of 85 to 100 characters, as far as `parts` suffice; later ones only fill up."""
    enough, most = PREHEADER
    line = ""
    for part in filter(None, map(clean, parts)):
        if len(line) >= enough:
            break
        line = follow(line, part)
    return clip(line, most)
