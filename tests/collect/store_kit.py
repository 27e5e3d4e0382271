"""A list, a source and its entries, for tests of what the store keeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.entry import Entry, Feed
from newsletter.collect.history import tell
from newsletter.collect.store import Stored, store
from newsletter.database import Database
from newsletter.models import Article, Base, Offer, OfferState, Source, SourceKind, SourceList
from subscribers.models import MailingList, Topic

NOW = datetime(2026, 3, 20, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LATER = NOW + HOUR
DAY = timedelta(days=1)
MONTH = 28 * 24  # hours
FRONT = "https://valmont.example/"
TITLES = (
    "La fanfare fête ses cent ans",
    "Travaux rue des Tilleuls en mars",
    "La piscine rouvre ses portes lundi",
    "Un nouveau boulanger au bourg",
    "Collecte des encombrants reportée",
    "Le marché de printemps s'installe",
)
LONG = (
    "Le centenaire sera célébré sur la place avec tous les anciens musiciens et leurs familles "
    "venues de loin."
)
OTHER = Entry(
    guid="guid-1",
    url="https://valmont.example/potager",
    title="Le potager de l'école",
    summary_html="<p>Les élèves récoltent leurs premiers radis.</p>",
)


@contextmanager
def made_at(url: str) -> Iterator[Database]:
    """A database with all the tables, and nothing in them."""
    database = Database(url)
    with database.write() as session:
        Base.metadata.create_all(session.connection())
    yield database
    database.engine.dispose()


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A file takes it as its own `opened` where one engine is enough: what differs between the two
    is tested in others."""
    with made_at(f"sqlite:///{tmp_path_factory.mktemp('store') / 'test.db'}") as database:
        yield database


def a_list(slug: str, *topics: str) -> MailingList:
    return MailingList(
        slug=slug,
        title=slug.title(),
        language="fr",
        timezone="Europe/Paris",
        from_name="Le Courrier",
        from_address="courrier@valmont.example",
        list_id=f"{slug}.valmont.example",
        created_at=NOW,
        topics=[Topic(slug=topic, title=topic.title()) for topic in topics],
    )


def a_source(name: str, *lists: MailingList, topic: str | None = None) -> Source:
    return Source(
        name=name,
        kind=SourceKind.FEED,
        location=f"https://{name}.example/feed",
        created_at=NOW,
        feeds=[SourceList(mlist=mlist, topic=topic) for mlist in lists],
    )


def entry(number: int, **others: object) -> Entry:
    usual = Entry(
        guid=f"guid-{number}",
        url=f"https://valmont.example/{number}",
        title=f"Nouvelle {number}",
        summary_html=f"<p>La fanfare de Valmont joue le morceau numéro {number} devant la "
        "bibliothèque, sur la place et au bord de la rivière.</p>",
        published=NOW - timedelta(hours=number),
    )
    return replace(usual, **others)


def keep(
    database: Database,
    source: Source,
    *entries: Entry,
    now: datetime = NOW,
    last_read: datetime | None = None,
    backfill: int | None = None,
    lost: int = 0,
    unread: tuple[str, ...] = (),
) -> Stored:
    """Store one reading, as collecting does."""
    with database.write() as session:
        held = session.get_one(Source, source.id)
        home = "https://valmont.example/"
        feed = Feed("Valmont", "fr", home, entries, lost=lost, unread=unread)
        stored = store(session, held, feed, now=now, last_read=last_read, backfill=backfill)
        held.read_at = now
        return stored


def add(database: Database, *rows: Base) -> None:
    with database.write() as session:
        session.add_all(rows)


def offers(session: Session, mlist: MailingList) -> dict[str, OfferState]:
    rows = session.execute(
        sa.select(Article.title, Offer.state)
        .join(Offer, Offer.article_id == Article.id)
        .where(Offer.mlist_id == mlist.id)
    )
    return {row.title: row.state for row in rows}


def count(session: Session, table: type[Base]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def told(database: Database, title: str = "Nouvelle 1") -> list[str]:
    """The history of an article, without the dates of its events."""
    with database.read() as session:
        history = session.scalars(sa.select(Article.history).where(Article.title == title)).one()
    lines = [tell(event, lambda when: f"{when:%m-%d %H:%M}") for event in history]
    assert None not in lines
    return [line.split(": ", 1)[1] for line in lines if line]


def the_article(database: Database, title: str = "Nouvelle 1") -> Article:
    with database.read() as session:
        return session.scalars(sa.select(Article).where(Article.title == title)).one()


def read_again(database: Database, source: Source, *entries: Entry, hours: int = 1) -> list[int]:
    """A later reading; returns how many came new, edited, offered."""
    now = NOW + timedelta(hours=hours)
    got = keep(database, source, *entries, now=now, last_read=now - timedelta(hours=1))
    return [got.new, got.edited, got.offered]


def without_links(text: str = LONG) -> list[Entry]:
    """A page of six articles, of which only the titles differ."""
    return [Entry(None, FRONT, title, f"<p>{text}</p>") for title in TITLES]


def settled(database: Database, source: Source, *entries: Entry, hours: int = MONTH + 1) -> bool:
    """Whether the same reading once more changes nothing."""
    return read_again(database, source, *entries, hours=hours) == [0, 0, 0]


class Reader:
    """A new source, read every hour in one transaction, which the test takes back at its end."""

    def __init__(self, session: Session, home: str | None = None) -> None:
        weekly = a_list("weekly")
        self.session, self.source, self.home = session, a_source("courier", weekly), home
        session.add_all([weekly, self.source])
        session.flush()
        self.now = NOW

    def read(self, entries: Sequence[Entry]) -> Stored:
        self.now += HOUR
        feed = Feed("", "fr", self.home, tuple(entries))
        source = self.session.get_one(Source, self.source.id)
        return store(self.session, source, feed, now=self.now, last_read=self.now - HOUR)

    def would_be_new(self, entries: Sequence[Entry]) -> int:
        """How many articles a reading would bring, which is taken back."""
        before, trial = self.now, self.session.begin_nested()
        new = self.read(entries).new
        trial.rollback()
        self.session.expire_all()
        self.now = before
        return new
