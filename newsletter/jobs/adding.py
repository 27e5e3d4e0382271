"""Takes in articles written by hand or sent by a program, each once, and offers them to a list.

A program names each article by a key of its own, so that a call repeated after a lost answer is
the same call. The key is kept as the guid of the article in the source `manual`.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.collect.dates import settled
from newsletter.collect.decide import is_another
from newsletter.collect.entry import Entry
from newsletter.collect.folders import read_folder
from newsletter.collect.identity import Seen, identify
from newsletter.collect.offers import offer, on_offer_from
from newsletter.collect.store import record
from newsletter.errors import CollectError, Refused
from newsletter.installation import Installation
from newsletter.jobs.viewing import shown_title
from newsletter.models import Article, Offer, OfferState, Sighting, Source, SourceKind
from subscribers import audit
from subscribers.lists import find_list
from subscribers.models import MailingList

MANUAL = "manual"  # the source of what is added by hand
LONGEST_KEY = 200  # characters


@dataclass(frozen=True)
class Added:
    """What adding an article did; neither new, edited nor offered: it was there already."""

    article: Article
    is_new: bool
    edited: bool  # what was known is told otherwise now
    offered: bool  # it came on offer to the list just now
    oddities: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return self.is_new or self.edited or self.offered


def add_article(
    inst: Installation,
    slug: str,
    markdown: Path | str,
    *,
    key: str | None = None,
    now: datetime,
    actor: str,
) -> Added:
    """Store an article written by hand and offer it to the list.

    `markdown` is a file, or the text itself: Markdown, with title, url, date, topics, image and
    language in its front matter. The same address, or the same words, twice is once; a known
    article is offered, even where it was counted as seen.

    `key` is the caller's own name for the article: with the same words nothing is changed, not even
    what an editor decided since; with others, they are taken as an edit. Raises Refused, also where
    the key is another article's; CollectError.
    """
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isprintable() and key.strip()):
        raise Refused(f"key {key[:40]!r}: expected 1 to {LONGEST_KEY} printable characters")
    home = inst.config.site.home_url
    entry, oddities = _written(markdown, home)
    if key is not None:
        entry = replace(entry, guid=f"key:{key.strip()}")
    zone = ZoneInfo(inst.config.site.timezone)
    entry = replace(entry, published=settled(entry.published, zone))
    seen, odd = identify([entry], home=home, now=now)
    with inst.database.write() as session:
        mlist = find_list(session, slug)
        source = _manual(session, now)
        known = _named(session, source, seen[0]) if key is not None else None
        if known is not None:
            _require_same(known, seen[0], key or "")
        (placed,) = record(session, source, seen, now=now)
        article = placed.article
        if article.withdrawn_at is not None:
            raise Refused(f"article {article.id} was withdrawn (write it anew, at another address)")
        offered = put_on_offer(session, mlist, article, now, again=known is None)
        added = Added(article, placed.is_new, placed.edited, offered, (*oddities, *odd))
        if added.changed:
            audit.note(session, actor, "article.add", f"article {article.id}", now)
        return added


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
    """The source of what is added by hand, made when it is first needed."""
    named = sa.select(Source).where(Source.name == MANUAL)
    source = session.scalar(named)
    if source is not None:
        return source
    source = Source(
        name=MANUAL, kind=SourceKind.MANUAL, location=MANUAL, created_at=now, first_read_at=now
    )
    try:
        with session.begin_nested():
            session.add(source)
    except IntegrityError:  # somebody else's first article came at the same moment
        return session.scalars(named).one()
    return source


def _named(session: Session, source: Source, seen: Seen) -> Article | None:
    """The article that has this key already."""
    return session.scalar(
        sa.select(Article)
        .join(Sighting, Sighting.article_id == Article.id)
        .where(Sighting.source_id == source.id, Sighting.guid == seen.guid)
    )


def _require_same(known: Article, seen: Seen, key: str) -> None:
    """Refuse a key for a second article: its first one would be lost under another's words."""
    if is_another(known, seen):
        raise Refused(
            f"key {key!r} is that of article {known.id}, '{shown_title(known)}', and this is "
            "another one (give another key, or none)"
        )


def put_on_offer(
    session: Session, mlist: MailingList, article: Article, now: datetime, *, again: bool = True
) -> bool:
    """Offer an article to one list; False: nothing changed. `again`: whatever it was there."""
    found = the_offer(session, mlist, article)
    if found is None:
        offer(session, [(mlist, None)], [article], {article.id: OfferState.OFFERED}, now=now)
        return True
    if found.state is OfferState.OFFERED or not again:
        return False
    found.state, found.offered_at = OfferState.OFFERED, on_offer_from(article, now)
    return True


def the_offer(session: Session, mlist: MailingList, article: Article) -> Offer | None:
    """What a list was offered of an article, if anything."""
    return session.scalar(
        sa.select(Offer).where(Offer.mlist_id == mlist.id, Offer.article_id == article.id)
    )
