"""Places each entry of a reading: the article it is, the sighting it is filed under, its history.

What the store knows of a reading is read before, in `shelf`; nothing is read here for each entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.decide import By
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


@dataclass(frozen=True)
class _Place:
    """What was decided of an entry."""

    article: Article
    by: By | None
    had: int | None  # the article that had its guid until now, and has it no more


def place(
    session: Session, source: Source, seen: Sequence[Seen], *, now: datetime
) -> tuple[list[Placed], list[Sighting]]:
    """Store each entry's article once, refresh what was edited, and note the sighting.

    Returns one Placed for each article, of the first entry that is it (feeds have the newest
    version first), and the sightings, one for each entry, in the source's order.
    """
    _one_at_a_time(session)
    shelf = load(session, source, seen)
    places = _places(session, shelf, now)
    firsts: dict[int, Seen] = {}  # by id() of articles, as new ones have no row id yet
    for entry in seen:
        article = places[id(entry)].article
        if firsts.setdefault(id(article), entry) is entry and id(article) in shelf.made:
            _add(session, shelf, article, entry, now)
    session.flush()
    known_guids = frozenset(shelf.sightings)
    _sight(session, shelf, [(entry, places[id(entry)].article) for entry in seen], now)
    placed: list[Placed] = []
    for entry in seen:
        its = places[id(entry)]
        article, is_new, edited = its.article, id(its.article) in shelf.made, False
        if is_new and its.had is not None:
            note(article, What.REUSED, now, guid=entry.key, article=its.had)
            former = session.get_one(Article, its.had)
            note(former, What.SUPERSEDED, now, guid=entry.key, article=article.id)
        if firsts[id(article)] is not entry:
            continue
        if not is_new:
            if entry.key not in known_guids:
                _tell_how_known(shelf, its, entry, now)
            edited = _refresh(shelf, article, entry, now)
        placed.append(
            Placed(entry, article, is_new, is_new or article.id not in shelf.guids, edited)
        )
    session.flush()
    return placed, [shelf.sightings[entry.key] for entry in seen]


def _places(session: Session, shelf: Shelf, now: datetime) -> dict[int, _Place]:
    """Which article each entry is, by the entry's id(): one known, or one that is not yet added."""
    places: dict[int, _Place] = {}
    for entry in shelf.turns():
        decision = shelf.decide(entry)
        article = decision.article or Article(
            **fields(entry), override={}, history=[], first_seen_at=now, changed_at=now
        )
        is_taken = decision.reused and entry.key in shelf.sightings
        had = _retire(session, shelf, entry) if is_taken else None
        shelf.settle(entry, article)
        places[id(entry)] = _Place(article, decision.by, had)
    return places


def _one_at_a_time(session: Session) -> None:
    """Hold back other readings until this transaction ends, so that two sources which carry the
    same article do not both store it. (SQLite has one writer anyway.)"""
    session.execute(sa.select(Source.id).order_by(Source.id).limit(1).with_for_update())


def _add(session: Session, shelf: Shelf, article: Article, seen: Seen, now: datetime) -> None:
    if shelf.claims[id(article)] is not seen:  # another version of it found its place first
        for column, value in fields(seen).items():
            setattr(article, column, value)
    _tell_of_its_date(article, seen, now)
    if seen.published is not None and seen.published > now:
        note(article, What.AHEAD, now, until=seen.published.isoformat())
    session.add(article)


def _sight(
    session: Session, shelf: Shelf, found: Sequence[tuple[Seen, Article]], now: datetime
) -> None:
    """Find or make a sighting under each entry's key; an article that gets a new guid at every
    reading does not get more and more of them."""
    new: dict[str, Article] = {}
    for seen, article in found:
        sighting = shelf.sightings.get(seen.key)
        if sighting is None and seen.key not in new and article.id in shelf.spare:
            sighting = shelf.spare.pop(article.id)
            sighting.guid = seen.key
        if sighting is None:
            new.setdefault(seen.key, article)
        else:
            sighting.missing_at = None
            shelf.sightings[seen.key] = sighting
    if new:
        rows = [
            {
                "source_id": shelf.source.id,
                "article_id": article.id,
                "guid": guid,
                "first_seen_at": now,
                "last_seen_at": now,
            }
            for guid, article in new.items()
        ]
        query = sa.insert(Sighting).returning(Sighting, sort_by_parameter_order=True)
        shelf.sightings.update((made.guid, made) for made in session.scalars(query, rows))


def _tell_how_known(shelf: Shelf, its: _Place, seen: Seen, now: datetime) -> None:
    """A guid that this source never gave: the article is known all the same, and says by what."""
    article, source = its.article, shelf.source.name
    if its.by in (None, By.GUID) or seen.key == seen.hash:
        return  # what has nothing but its words is not published again, only worded anew
    by = its.by.value
    if article.id not in shelf.guids:
        note(article, What.ALSO, now, source=source, by=by)
    elif len(shelf.guids[article.id]) < MOST_GUIDS and its.had is None:
        note(article, What.REPUBLISHED, now, source=source, guid=seen.key.lstrip("/"), by=by)


def _tell_of_its_date(article: Article, seen: Seen, now: datetime) -> None:
    """Once, if it cannot be right; what was a credible date before is kept."""
    if seen.absurd and article.published_at is None:
        wrote = seen.absurd[:LONGEST]
        if not any(e.get("wrote") == wrote for e in article.history):
            note(article, What.ABSURD, now, wrote=wrote)


def _refresh(shelf: Shelf, article: Article, seen: Seen, now: datetime) -> bool:
    """Take an edit over and tell of it; True if a reader would see it."""
    if article.removed_at is not None:
        article.removed_at = None
        note(article, What.RETURNED, now, source=shelf.source.name)
    if not shelf.edits(article):
        return False
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
