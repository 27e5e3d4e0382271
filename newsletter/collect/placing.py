"""Places each entry of a reading: the article it is, the sighting it is filed under, its history.

What the store knows of a reading is read before, in `shelf`; nothing is read here for each entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.decide import By, Decision
from newsletter.collect.edits import VISIBLE, changes, fields
from newsletter.collect.entry import url_key
from newsletter.collect.history import LONGEST, What, note
from newsletter.collect.identity import Seen
from newsletter.collect.shelf import MOST_GUIDS, Shelf, load, retired_name
from newsletter.models import Article, Sighting, Source


@dataclass(frozen=True)
class Placed:
    """An entry and the article it is."""

    seen: Seen
    article: Article
    is_new: bool  # to the store
    is_fresh: bool  # to this source
    edited: bool = False


def place(
    session: Session, source: Source, seen: Sequence[Seen], *, now: datetime
) -> tuple[list[Placed], list[Sighting]]:
    """Store each entry's article once, refresh what was edited, and note the sighting.

    Returns one Placed for each article, of the first entry that is it (feeds have the newest
    version first), and the sightings, one for each entry, in the source's order.
    """
    _one_at_a_time(session)
    shelf = load(session, source, seen)
    decisions: dict[int, Decision] = {}  # by id() of entries
    found: dict[int, Article] = {}
    left: dict[int, int] = {}  # the article that had an entry's guid until now
    for entry in shelf.turns():
        decision = shelf.decide(entry)
        article = decision.article or _made(entry, now)
        if decision.reused and entry.key in shelf.sightings:
            left[id(entry)] = _retire(session, shelf, entry)
        shelf.settle(entry, article)
        decisions[id(entry)], found[id(entry)] = decision, article
    placed: list[Placed] = []
    sightings: list[Sighting] = []
    done: set[int] = set()  # id() of articles, as new ones have no row id yet
    reused: list[tuple[str, int, Article]] = []  # guid, the article that had it, the one that has
    for entry in seen:
        decision, article = decisions[id(entry)], found[id(entry)]
        is_first, is_new = id(article) not in done, id(article) in shelf.made
        done.add(id(article))
        is_known_guid = entry.key in shelf.sightings
        if is_first and is_new:
            _add(session, article, entry, now)
        if is_new and id(entry) in left:
            reused.append((entry.key, left[id(entry)], article))
        sightings.append(_sight(session, shelf, entry, article, now))
        if not is_first:
            continue
        edited = False
        if not is_new:
            if not is_known_guid:
                _tell_how_known(shelf, decision, entry, now)
            if article.removed_at is not None:
                article.removed_at = None
                note(article, What.RETURNED, now, source=source.name)
            if shelf.is_own(article):
                edited = _refresh(article, entry, now)
        placed.append(
            Placed(entry, article, is_new, is_new or article.id not in shelf.guids, edited)
        )
    session.flush()
    for guid, had, article in reused:
        note(article, What.REUSED, now, guid=guid, article=had)
        note(session.get_one(Article, had), What.SUPERSEDED, now, guid=guid, article=article.id)
    return placed, sightings


def _one_at_a_time(session: Session) -> None:
    """Hold back other readings until this transaction ends, so that two sources which carry the
    same article do not both store it. (SQLite has one writer anyway.)"""
    session.execute(sa.select(Source.id).order_by(Source.id).limit(1).with_for_update())


def _made(seen: Seen, now: datetime) -> Article:
    return Article(**fields(seen), override={}, history=[], first_seen_at=now, changed_at=now)


def _add(session: Session, article: Article, seen: Seen, now: datetime) -> None:
    for column, value in fields(seen).items():
        setattr(article, column, value)  # another entry may have been the first to be this article
    _tell_of_its_date(article, seen, now)
    if seen.published is not None and seen.published > now:
        note(article, What.AHEAD, now, until=seen.published.isoformat())
    session.add(article)


def _sight(session: Session, shelf: Shelf, seen: Seen, article: Article, now: datetime) -> Sighting:
    """The sighting under this entry's key; an article that gets a new guid at every reading does
    not get more and more of them."""
    sighting = shelf.sightings.get(seen.key)
    if sighting is None and article.id in shelf.spare:
        sighting = shelf.spare.pop(article.id)
        sighting.guid = seen.key
    if sighting is None:
        sighting = Sighting(
            source_id=shelf.source.id,
            article=article,
            guid=seen.key,
            first_seen_at=now,
            last_seen_at=now,
        )
        session.add(sighting)
    sighting.missing_at = None
    shelf.sightings[seen.key] = sighting
    return sighting


def _tell_how_known(shelf: Shelf, decision: Decision, seen: Seen, now: datetime) -> None:
    """A guid that this source never gave: the article is known all the same, and says by what."""
    article, source = decision.article, shelf.source.name
    if article is None or decision.by in (None, By.GUID) or seen.key == seen.hash:
        return  # what has nothing but its words is not published again, only worded anew
    if article.id not in shelf.guids:
        note(article, What.ALSO, now, source=source, by=decision.by.value)
    elif len(shelf.guids[article.id]) < MOST_GUIDS and not decision.reused:
        by = decision.by.value
        note(article, What.REPUBLISHED, now, source=source, guid=seen.key.lstrip("/"), by=by)


def _tell_of_its_date(article: Article, seen: Seen, now: datetime) -> None:
    """Once, if it cannot be right; what was a credible date before is kept."""
    if seen.absurd and article.published_at is None:
        wrote = seen.absurd[:LONGEST]
        if not any(e.get("wrote") == wrote for e in article.history):
            note(article, What.ABSURD, now, wrote=wrote)


def _refresh(article: Article, seen: Seen, now: datetime) -> bool:
    """Take an edit over and tell of it; True if a reader would see it."""
    if article.withdrawn_at is None:
        _tell_of_its_date(article, seen, now)
    edit = changes(article, seen)
    if not edit:
        return False
    shown = VISIBLE & edit.keys()
    before = article.url or ""
    if url_key(before) == url_key(str(edit.get("url", before))):
        shown -= {"url"}  # only another way to write it
    else:
        note(article, What.MOVED, now, before=before, after=edit["url"])
    if "published_at" in edit:
        was, becomes = article.published_at, edit["published_at"]
        note(
            article,
            What.REDATED,
            now,
            before=was and was.isoformat(),
            after=becomes.isoformat(),
        )
    if words := shown - {"url"}:
        title = {"title": article.title} if "title" in words else {}
        note(article, What.EDITED, now, fields=sorted(words), **title)
    for column, value in edit.items():
        setattr(article, column, value)
    if shown:
        article.changed_at = now
    return bool(shown)


def _retire(session: Session, shelf: Shelf, seen: Seen) -> int:
    """Free a guid that its source uses for another article now; the old sighting stays on file.

    Returns the article that had it.
    """
    old = shelf.sightings.pop(seen.key)
    name = retired_name(old.guid, old.article_id)
    # Two articles may take the same guid in turn.
    session.execute(
        sa.delete(Sighting)
        .where(Sighting.source_id == shelf.source.id, Sighting.guid == name)
        .execution_options(synchronize_session=False)
    )
    old.guid = name
    session.flush()  # before the guid is given again: inserts go out ahead of updates
    return old.article_id
