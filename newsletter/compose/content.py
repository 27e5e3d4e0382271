"""The plain values that a mail is rendered from, and what rendering returns.

Nothing here knows the database: jobs fill these from rows, so that a preview, a test and a real
issue are rendered by the same code from the same kind of values.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["ArticleView", "Image", "ListView", "Rendered"]


@dataclass(frozen=True)
class Image:
    """A picture on the web; `width` and `height` in CSS pixels, where the source told them."""

    url: str
    alt: str = ""
    """What the picture shows; empty where it only decorates."""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class ArticleView:
    """One article as a reader meets it in a mail: enough to want the rest."""

    title: str
    url: str | None = None
    """Where the whole text is; None for an article that exists only here."""
    excerpt: tuple[str, ...] = ()
    """Paragraphs of plain text, already cut to length."""
    text_html: str = ""
    """The whole text, where the list shows it: somebody else's HTML, as it was stored. The excerpt
    stands in for it where a mail has no room."""
    language: str | None = None
    """BCP 47 tag; None or empty means the list's language."""
    published: datetime | None = None
    """Aware UTC; shown as a date in the list's time zone."""
    source: str | None = None
    """Who published it, as shown to readers; None is not shown."""
    image: Image | None = None
    sent_as_alert: bool = False
    """True where this list has already carried it as an alert: it is marked as such."""
    author: str | None = None


@dataclass(frozen=True)
class ListView:
    """A mailing list as its mails speak of it."""

    slug: str
    title: str
    description: str = ""
    language: str = "en"
    """BCP 47 tag, e.g. `fr` or `fr-CA`."""
    from_name: str = ""
    postal_address: str = ""
    """One line, or several separated by newlines; the law wants it in every mail."""
    footer_note: str = ""
    home_url: str = ""
    """The site that the list belongs to."""
    site_name: str = ""
    privacy_url: str | None = None
    archive_url: str | None = None
    signup_url: str | None = None
    """Where everybody may sign up; None where nobody can."""
    timezone: str = "UTC"
    """IANA name, in which dates are shown."""


@dataclass(frozen=True)
class Rendered:
    """One finished variant; its forms still hold the markers of its slots.

    `html` and `text` are the reader's own; `public_html` and `public_text` say the same to whoever
    has no subscription to leave or to change, and differ in the footer alone.
    """

    subject: str
    """One line, no control characters."""
    preheader: str
    """What an inbox shows after the subject; at most 100 characters."""
    html: str
    text: str
    """Lines end in LF; the signature separator `-- ` keeps its space (RFC 3676 §4.3)."""
    public_html: str
    public_text: str
