"""A whole installation for tests, on SQLite or PostgreSQL, with lists, readers and articles.

The schema is made once a process and copied for each installation: migrations take a second.
"""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from databases import postgres_server

from newsletter import keys, schema
from newsletter.collect.entry import url_key
from newsletter.config import Config, load_config
from newsletter.database import Database
from newsletter.delivery import limits, queue, workers
from newsletter.delivery.worker import Worker
from newsletter.installation import Installation
from newsletter.jobs import drafting, listing, steering
from newsletter.jobs.imprint import links_of
from newsletter.jobs.sending import relays_to_use
from newsletter.models import Article, Base, Delivery, DeliveryState, Issue, Offer, OfferState
from newsletter.models import Worker as WorkerRow
from subscribers.lists import find_list
from subscribers.models import MailingList, Subscriber, Subscription, SubscriptionState

BOTH = ("sqlite", "postgresql")

Install = Callable[..., Installation]
"""The fixture `install` of tests/delivery and tests/jobs."""


@functools.cache
def _sqlite_template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="newsletter-template-"))
    database = Database(f"sqlite:///{folder / 'template.db'}")
    schema.upgrade(database, datetime.now(UTC))
    database.copy_file(folder / "copy.db")
    database.close()
    return folder / "copy.db"


@functools.cache
def _postgres() -> sa.Engine:
    """One database for all tests of this process; each begins by emptying it."""
    url = postgres_server().database()
    database = Database(url.render_as_string(hide_password=False))
    schema.upgrade(database, datetime.now(UTC))
    database.close()
    return sa.create_engine(url)


def forget_postgres() -> None:
    """Let its connections go: the server was restarted."""
    _postgres().dispose()


def _new_database(kind: str, folder: Path) -> str:
    if kind == "sqlite":
        shutil.copy(_sqlite_template(), folder / "newsletter.db")
        return "sqlite:///newsletter.db"
    tables = [table.name for table in reversed(Base.metadata.sorted_tables)]
    with _postgres().begin() as connection:  # faster than TRUNCATE, and than a new database
        connection.execute(sa.text("; ".join(f"DELETE FROM {name}" for name in tables)))
    return _postgres().url.render_as_string(hide_password=False)


def install(
    folder: Path, kind: str = "sqlite", *, port: int = 9, lease: float = 30, **relay: Any
) -> Installation:
    """An installation in `folder`, whose one relay "local" is on 127.0.0.1:`port`.

    `lease` is in seconds; below 5 it is what no config file may say.
    """
    lines = [f"{name} = {_toml(value)}" for name, value in ({"tls": "none"} | relay).items()]
    (folder / "config.toml").write_text(
        f'''base_url = "http://localhost:8025"
database = "{_new_database(kind, folder)}"
[site]
name = "Le Courrier de Valmont"
privacy_url = "https://valmont.example/donnees"
language = "fr"
timezone = "Europe/Paris"
[[relays]]
name = "local"
host = "127.0.0.1"
port = {port}
{chr(10).join(lines)}
''',
        encoding="utf-8",
    )
    keys.create_keys(folder / "keys.toml", datetime.now(UTC))
    return reopen(folder, lease=lease)


def reopen(folder: Path, *, lease: float = 30) -> Installation:
    """The installation of a folder, as another process opens it."""
    config = with_lease(load_config(folder / "config.toml"), lease)
    return Installation(config, Database(config.database))


def with_lease(config: Config, seconds: float) -> Config:
    sending = config.sending.model_copy(update={"lease_seconds": seconds})
    return config.model_copy(update={"sending": sending})


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


# --- Content and people -----------------------------------------------------------------------


def make_list(inst: Installation, slug: str = "hebdo", *, now: datetime, **fields: Any) -> None:
    listing.create_mlist(
        inst, slug, from_mailbox="Le Courrier de Valmont <courrier@valmont.example>",
        title="Le Courrier de Valmont", now=now, **fields,
    )  # fmt: skip


def add_readers(
    inst: Installation,
    count: int,
    slug: str = "hebdo",
    *,
    name: str = "reader",
    now: datetime,
    **choices: Any,
) -> list[str]:
    """So many confirmed readers; returns their addresses. `choices` are columns of Subscription."""
    domain = choices.pop("domain", "valmont.example")
    addresses = [f"{name}{n}@{domain}" for n in range(count)]
    with inst.database.write() as session:
        mlist = find_list(session, slug)
        people = [
            Subscriber(address=a, address_key=a, domain=domain, name=f"Léa n° {n}",
                       created_at=now, changed_at=now)
            for n, a in enumerate(addresses)
        ]  # fmt: skip
        session.add_all(people)
        session.flush()
        session.add_all(
            Subscription(subscriber_id=person.id, mlist_id=mlist.id, source="cli",
                         state=SubscriptionState.ACTIVE, requested_at=now, confirmed_at=now,
                         changed_at=now, **choices)
            for person in people
        )  # fmt: skip
    return addresses


def add_articles(
    inst: Installation,
    titles: Sequence[str],
    slug: str = "hebdo",
    *,
    topics: frozenset[str] = frozenset(),
    now: datetime,
) -> list[int]:
    """Articles on offer to a list since `now`; returns their ids."""
    with inst.database.write() as session:
        mlist = find_list(session, slug)
        articles = [
            Article(url=f"https://valmont.example/{t}", url_key=url_key(f"https://valmont.example/{t}"),
                    content_hash=t, title=t, summary_html=f"<p>À propos de {t}.</p>",
                    language="fr", first_seen_at=now, changed_at=now, published_at=now)
            for t in titles
        ]  # fmt: skip
        session.add_all(articles)
        session.flush()
        for article in articles:
            session.add(
                Offer(mlist_id=mlist.id, article_id=article.id, state=OfferState.OFFERED,
                      topics=topics, offered_at=now)
            )  # fmt: skip
        return [article.id for article in articles]


def frozen_letter(
    inst: Installation, slug: str = "hebdo", *, subject: str = "La fanfare", now: datetime
) -> Issue:
    """A letter to everybody, frozen: the quickest way to a queue."""
    body = "La fanfare joue samedi sur la place du marché."
    letter = drafting.draft_letter(inst, slug, subject=subject, body=body, now=now, actor="test")
    return steering.approve(inst, str(letter.id), now=now, actor="test")


# --- Looking and turning ----------------------------------------------------------------------


def states(inst: Installation, issue_id: int | None = None) -> dict[str, int]:
    """Deliveries by state, as plain words."""
    query = sa.select(Delivery.state, sa.func.count()).group_by(Delivery.state)
    if issue_id is not None:
        query = query.where(Delivery.issue_id == issue_id)
    with inst.database.read() as session:
        return {state.value: count for state, count in session.execute(query)}


def deliveries(inst: Installation, **where: Any) -> list[Delivery]:
    with inst.database.read() as session:
        return list(session.scalars(sa.select(Delivery).filter_by(**where).order_by(Delivery.id)))


def the_delivery(inst: Installation, address: str) -> Delivery:
    [found] = deliveries(inst, address=address)
    return found


def the_issue(inst: Installation, issue_id: int) -> Issue:
    with inst.database.read() as session:
        return session.get_one(Issue, issue_id)


def let_time_pass(inst: Installation, *of: DeliveryState) -> int:
    """What waits in these states becomes due now; returns how many."""
    with inst.database.write() as session:
        rows = session.execute(
            sa.update(Delivery)
            .where(Delivery.state.in_(of), Delivery.due_at.is_not(None))
            .values(due_at=datetime.now(UTC) - timedelta(seconds=1))
            .returning(Delivery.id)
        ).all()
    return len(rows)


def change(inst: Installation, model: type[Any], values: Mapping[str, Any], **where: Any) -> None:
    """Set columns of the rows that match, as nothing else than a test would."""
    with inst.database.write() as session:
        session.execute(
            sa.update(model).filter_by(**where).values(**values),
            execution_options={"synchronize_session": False},
        )


def subscription_of(session: Any, address: str) -> Subscription:
    found: Subscription = session.scalars(
        sa.select(Subscription)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscriber.address_key == address)
    ).one()
    return found


def a_worker(inst: Installation, **options: Any) -> Worker:
    """A worker that drains the queue; its lease and anything else can be chosen."""
    now = datetime.now(UTC)
    with inst.database.write() as session:
        limits.register(session, inst.config.relays, now)
    base: dict[str, Any] = {
        "lease": timedelta(seconds=inst.config.sending.lease_seconds),
        "drain": True,
    }
    return Worker(inst.database, relays_to_use(inst), links_of(inst), **(base | options))


def register(inst: Installation, *, heartbeat: datetime | None = None) -> int:
    """A worker's row, without a process."""
    with inst.database.write() as session:
        return workers.register(session, heartbeat or inst.database.clock(session))


def silent_since(inst: Installation, heartbeat: datetime) -> None:
    """All workers so far were heard last at this moment: no test has to wait for a lease."""
    change(inst, WorkerRow, {"heartbeat_at": heartbeat})


def claim(inst: Installation, worker_id: int, limit: int = 1000) -> list[queue.Claimed]:
    with inst.database.write() as session:
        now = inst.database.clock(session)
        return queue.claim(session, worker_id, "local", limit, now)


def mlist_id(inst: Installation, slug: str = "hebdo") -> int:
    with inst.database.read() as session:
        mlist: MailingList = find_list(session, slug)
        return mlist.id
