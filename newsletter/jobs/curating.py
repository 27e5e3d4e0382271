"""What an editor does with articles: add, edit, skip, pin, withdraw; each may be done twice."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.decide import identify
from newsletter.collect.entry import Entry, Image
from newsletter.collect.folders import read_folder
from newsletter.collect.offers import offer, on_offer_from
from newsletter.collect.store import record
from newsletter.compose.choose import Reason
from newsletter.errors import CollectError, NotFound, Refused
from newsletter.installation import Installation
from newsletter.jobs.articles import (
    ArticleDetail,
    ArticleRow,
    find_article,
    list_articles,
    show_article,
)
from newsletter.jobs.withdrawing import Withdrawal, carrying, take_out, withdraw
from newsletter.models import (
    Article,
    IssueState,
    Offer,
    OfferState,
    Source,
    SourceKind,
)
from subscribers import audit
from subscribers.lists import find_list
from subscribers.models import MailingList

__all__ = [
    "Added",
    "ArticleDetail",
    "ArticleRow",
    "Withdrawal",
    "add_article",
    "edit_article",
    "list_articles",
    "pin",
    "show_article",
    "skip",
    "unpin",
    "unskip",
    "withdraw",
]

MANUAL = "manual"  # the source of what is added by hand


@dataclass(frozen=True)
class Added:
    """What `article add` did; neither new nor offered: it was there already."""

    article: Article
    is_new: bool
    offered: bool  # it came on offer to the list just now
    oddities: tuple[str, ...] = ()


def add_article(
    inst: Installation, slug: str, markdown: Path | str, *, now: datetime, actor: str
) -> Added:
    """Store an article written by hand and offer it to the list.

    `markdown` is a file, or the text itself: Markdown, with title, url, date, topics, image and
    language in its front matter. The same address, or the same words, twice is once; a known
    article is offered, even where it was counted as seen. Raises Refused, CollectError.
    """
    entry, oddities = _written(markdown, inst.config.site.home_url)
    with inst.database.write() as session:
        mlist = find_list(session, slug)
        seen, odd = identify([entry], home=inst.config.site.home_url, now=now)
        source = _manual(session, now)
        (placed,) = record(session, source, seen, now=now)
        article = placed.article
        if article.withdrawn_at is not None:
            raise Refused(f"article {article.id} was withdrawn (write it anew, at another address)")
        offered = _put_on_offer(session, mlist, article, now)
        if placed.is_new or placed.edited or offered:
            audit.note(session, actor, "article.add", f"article {article.id}", now)
        return Added(article, placed.is_new, offered, (*oddities, *odd))


def _written(markdown: Path | str, home: str | None) -> tuple[Entry, tuple[str, ...]]:
    """The entry in a Markdown file or text, read as a folder of articles reads it."""
    if isinstance(markdown, Path):
        try:
            data, name = markdown.read_bytes(), markdown.name
        except OSError as error:
            raise CollectError(
                f"{markdown}: {(error.strerror or 'cannot be read').lower()} (give a Markdown file)"
            ) from error
    else:
        data, name = markdown.encode("utf-8"), "article.md"
    with tempfile.TemporaryDirectory() as folder:
        file = "article.md" if not re.match(r"\d{4}-\d\d-\d\d-", name) else f"{name[:11]}article.md"
        (Path(folder) / file).write_bytes(data)
        feed = read_folder(Path(folder), base=home)
    if not feed.entries:
        why = feed.oddities[0].removeprefix(f"{file}: ") if feed.oddities else "is a draft"
        raise Refused(f"{name}: {why}")
    (entry,) = feed.entries
    if entry.title == "Article" and not re.search(rb"(?im)^(title:|#)", data):
        raise Refused(f"{name}: has no title (begin with '# Title', or with front matter)")
    if entry.guid == file:
        entry = replace(entry, guid=None)  # a file's name tells nothing about who added what
    return entry, tuple(line.removeprefix(f"{file}: ") for line in feed.oddities)


def _manual(session: Session, now: datetime) -> Source:
    source = session.scalar(sa.select(Source).where(Source.name == MANUAL))
    if source is None:
        source = Source(
            name=MANUAL,
            kind=SourceKind.MANUAL,
            location=MANUAL,
            created_at=now,
            first_read_at=now,
        )
        session.add(source)
        session.flush()
    return source


def _put_on_offer(session: Session, mlist: MailingList, article: Article, now: datetime) -> bool:
    """Offer an article to one list, whatever it was there before; False: it was on offer."""
    found = _offer(session, mlist, article)
    if found is None:
        offer(session, [(mlist, None)], [article], {article.id: OfferState.OFFERED}, now=now)
        return True
    if found.state is OfferState.OFFERED:
        return False
    found.state, found.offered_at = OfferState.OFFERED, on_offer_from(article, now)
    return True


def edit_article(
    inst: Installation,
    ref: str,
    *,
    title: str | None = None,
    excerpt: str | None = None,
    image: str | None = None,
    image_alt: str | None = None,
    reset: bool = False,
    now: datetime,
    actor: str,
) -> Article:
    """Say an article in an editor's own words, whatever its source says now or later.

    Paragraphs of `excerpt` are parted by an empty line. An empty `title` or `excerpt` goes back to
    the source's; an empty `image` shows none; `reset` takes all own words away first. Issues that
    are frozen keep what they have. Raises Refused, NotFound.
    """
    if image and urlsplit(image).scheme not in ("http", "https"):
        raise Refused(f"image {image!r}: expected an address that begins with https://")
    for name, value, allowed in (("title", title, ""), ("excerpt", excerpt, "\n\r\t")):
        if any(ord(c) < 32 and c not in allowed for c in value or ""):
            raise Refused(f"{name}: expected no control characters")
    with inst.database.write() as session:
        article = find_article(session, ref)
        before = article.override
        words = {} if reset else dict(before)
        for name, value in (("title", title), ("excerpt", excerpt)):
            if value is not None:
                words[name] = value.replace("\r\n", "\n").strip()
            if not words.get(name):
                words.pop(name, None)
        if image is not None:
            words["image"] = asdict(Image(image, image_alt or "")) if image else None
        elif image_alt is not None:
            shown = words.get("image", article.image)
            if not shown:
                raise Refused(f"article {article.id} shows no picture (give --image too)")
            words["image"] = {**shown, "alt": image_alt}
        if words != before:
            article.override = words
            article.changed_at = now
            audit.note(session, actor, "article.edit", f"article {article.id}", now)
        return article


def skip(inst: Installation, slug: str, ref: str, *, now: datetime, actor: str) -> bool:
    """Leave an article out of a list and its drafts; False: it was so. Frozen issues stay."""
    with _offered(inst, slug, ref, "article.skip", actor, now) as (session, found):
        changed = found.state is not OfferState.SKIPPED
        found.state = OfferState.SKIPPED
        for issue in carrying(session, found.article):
            if issue.mlist_id == found.mlist_id and issue.state is IssueState.DRAFT:
                take_out(session, issue, found.article, Reason.SKIPPED)
        return changed


def unskip(inst: Installation, slug: str, ref: str, *, now: datetime, actor: str) -> bool:
    """Put a skipped, or seeded, article on offer to a list; False: it was."""
    with _offered(inst, slug, ref, "article.unskip", actor, now) as (_, found):
        changed = found.state is not OfferState.OFFERED
        if changed:
            found.state = OfferState.OFFERED
            found.offered_at = on_offer_from(found.article, now)
        return changed


def pin(
    inst: Installation,
    slug: str,
    ref: str,
    *,
    position: int | None = None,
    now: datetime,
    actor: str,
) -> bool:
    """Take an article into the list's next issue, at the top; lower positions come first.

    It comes whether or not it was counted as seen, or has become old. False: it was pinned so.
    Raises Refused where it was skipped.
    """
    with _offered(inst, slug, ref, "article.pin", actor, now) as (_, found):
        if found.state is OfferState.SKIPPED:
            raise Refused(
                f"article {ref} is skipped in '{slug}' "
                f"(first say 'newsletter article skip {ref} --list {slug} --undo')"
            )
        changed = not found.pinned or found.position != position
        found.pinned, found.position = True, position
        return changed


def unpin(inst: Installation, slug: str, ref: str, *, now: datetime, actor: str) -> bool:
    """Let an article wait its turn again; False: it did."""
    with _offered(inst, slug, ref, "article.unpin", actor, now) as (_, found):
        changed = found.pinned
        found.pinned, found.position = False, None
        return changed


@contextmanager
def _offered(
    inst: Installation, slug: str, ref: str, verb: str, actor: str, now: datetime
) -> Iterator[tuple[Session, Offer]]:
    """The offer of an article to a list, to be changed; one is made where there was none."""
    with inst.database.write() as session:
        mlist = find_list(session, slug)
        article = find_article(session, ref)
        if article.withdrawn_at is not None:
            raise Refused(f"article {article.id} was withdrawn, for good")
        found = _offer(session, mlist, article)
        before = (found.state, found.pinned, found.position) if found else None
        if found is None:
            _put_on_offer(session, mlist, article, now)
            found = _offer(session, mlist, article)
        if found is None:
            raise NotFound(f"article {article.id} is not on offer to '{slug}' (try again)")
        yield session, found
        if before != (found.state, found.pinned, found.position):
            audit.note(session, actor, verb, f"article {article.id}", now, {"list": slug})


def _offer(session: Session, mlist: MailingList, article: Article) -> Offer | None:
    return session.scalar(
        sa.select(Offer).where(Offer.mlist_id == mlist.id, Offer.article_id == article.id)
    )
