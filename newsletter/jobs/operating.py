"""What an operator looks at: how everything stands in numbers, and how the relays are."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.config import RelayConfig
from newsletter.delivery import books, limits, workers
from newsletter.delivery.worker import relay_settings
from newsletter.errors import NotFound
from newsletter.installation import Installation
from newsletter.jobs.scheduling import schedules_of, upcoming
from newsletter.keys import KeyRing, rotate_keys
from newsletter.mail.settings import TimeLimits
from newsletter.mail.transport import open_connection
from newsletter.models import (
    Article,
    DeliveryState,
    Fact,
    Issue,
    IssueState,
    Relay,
    RelayState,
    Source,
    SourceKind,
)
from subscribers import audit
from subscribers.lists import count_subscriptions, find_list, find_lists
from subscribers.models import AuditEvent, MailingList, Subscription, SubscriptionState

# A person waits for the answer, so a check gives up long before sending would.
CHECK_LIMITS = TimeLimits(connect=10, greeting=15, command=15)

KEY_FACT = "key:"  # + a key's id: its fingerprint


@dataclass(frozen=True)
class ListStats:
    """One list in numbers."""

    slug: str
    title: str
    active: int
    pending: int
    unsubscribed: int
    alerts: int  # of the active ones
    drafts: int
    sent: int  # issues
    last_sent_at: datetime | None
    next_at: datetime | None


@dataclass(frozen=True)
class Stats:
    """Everything in numbers."""

    lists: tuple[ListStats, ...]
    articles: int
    sources: int
    failing: tuple[str, ...]  # sources whose last read failed
    deliveries: dict[str, int]  # by state
    senders: int


def stats(inst: Installation, *, now: datetime) -> Stats:
    """How everything stands."""
    lease = timedelta(seconds=inst.config.sending.lease_seconds)
    with inst.database.read() as session:
        found = books.counts(session)
        failing = session.scalars(
            sa.select(Source.name).where(Source.active, Source.failures > 0).order_by(Source.name)
        ).all()
        return Stats(
            lists=tuple(list_stats(session, mlist, now) for mlist in find_lists(session)),
            articles=_count(session, Article),
            sources=_count(session, Source, Source.kind != SourceKind.MANUAL),
            failing=tuple(failing),
            deliveries={state.value: found[state] for state in DeliveryState if state in found},
            senders=len(workers.alive(session, inst.database.clock(session), lease)),
        )


def stats_of(inst: Installation, slug: str, *, now: datetime) -> ListStats:
    """One list in numbers; raises UnknownList."""
    with inst.database.read() as session:
        return list_stats(session, find_list(session, slug), now)


def list_stats(session: Session, mlist: MailingList, now: datetime) -> ListStats:
    """One list in numbers."""
    states = count_subscriptions(session, mlist)
    mine = Issue.mlist_id == mlist.id
    moments = [upcoming(session, schedule, now) for schedule in schedules_of(session, mlist)]
    return ListStats(
        slug=mlist.slug,
        title=mlist.title,
        active=states[SubscriptionState.ACTIVE],
        pending=states[SubscriptionState.PENDING],
        unsubscribed=states[SubscriptionState.UNSUBSCRIBED],
        alerts=_count(
            session,
            Subscription,
            Subscription.mlist_id == mlist.id,
            Subscription.state == SubscriptionState.ACTIVE,
            Subscription.alerts.is_(True),
        ),
        drafts=_count(session, Issue, mine, Issue.state == IssueState.DRAFT),
        sent=_count(session, Issue, mine, Issue.state == IssueState.SENT),
        last_sent_at=session.scalar(sa.select(sa.func.max(Issue.ended_at)).where(mine)),
        next_at=min((m.due_at for m in moments if m is not None), default=None),
    )


def _count(session: Session, model: type[object], *where: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(model).where(*where)
    return session.scalar(query) or 0


@dataclass(frozen=True)
class RelayView:
    """A relay of config.toml, and how it is doing."""

    name: str
    where: str
    state: RelayState
    problem: str
    retry_at: datetime | None
    connections: int
    rate: float | None  # messages a second; None: no limit
    used: bool  # False: not while our links lead to this machine alone


def list_relays(inst: Installation) -> list[RelayView]:
    """Every relay of the config, in the order in which they are tried."""
    with inst.database.read() as session:
        rows = {row.name: row for row in session.scalars(sa.select(Relay))}
    return [_view(inst, relay, rows.get(relay.name)) for relay in inst.config.relays]


def _view(inst: Installation, relay: RelayConfig, row: Relay | None) -> RelayView:
    return RelayView(
        name=relay.name,
        where=address_of(relay),
        state=row.state if row is not None else RelayState.OPEN,
        problem=row.problem if row is not None and row.state is not RelayState.OPEN else "",
        retry_at=row.retry_at if row is not None else None,
        connections=relay.effective_connections,
        rate=relay.effective_rate,
        used=inst.config.is_public or relay.is_local,
    )


def address_of(relay: RelayConfig) -> str:
    """Where a relay is, for people to read."""
    if relay.kind == "outbox":
        return f"folder {relay.folder}"
    return f"{relay.host}:{relay.effective_port} ({relay.tls.value})"


def find_relay(inst: Installation, name: str) -> RelayConfig:
    """The relay of that name in the config; raises NotFound."""
    for relay in inst.config.relays:
        if relay.name == name:
            return relay
    raise NotFound(f"no such relay: '{name}' (see 'newsletter relay ls', or config.toml)")


def check_relay(relay: RelayConfig) -> None:
    """Connect, encrypt and log in as a sender would, and hang up.

    Sends nothing. Raises RelayError, or ConfigError where the password cannot be read.
    """

    async def hello() -> None:
        settings = relay_settings(relay, CHECK_LIMITS)
        connection = await open_connection(settings)
        await connection.close()

    asyncio.run(hello())


def relay_answers(inst: Installation, name: str, *, now: datetime) -> bool:
    """Record that a relay answered: its rest is over. True where it stays paused all the same."""
    with inst.database.write() as session:
        limits.worked(session, name, now)
        row = session.get(Relay, name)
        return row is not None and row.state is RelayState.PAUSED


def pause_relay(
    inst: Installation, name: str, *, reason: str, now: datetime, actor: str
) -> tuple[Relay, bool]:
    """Give a relay nothing more until it is resumed; False: it was paused already."""
    return _turn(inst, name, now, actor, reason)


def resume_relay(inst: Installation, name: str, *, now: datetime, actor: str) -> tuple[Relay, bool]:
    """Use a relay again; False: it was in use."""
    return _turn(inst, name, now, actor, None)


def _turn(
    inst: Installation, name: str, now: datetime, actor: str, reason: str | None
) -> tuple[Relay, bool]:
    find_relay(inst, name)
    wanted = RelayState.OPEN if reason is None else RelayState.PAUSED
    with inst.database.write() as session:
        limits.register(session, inst.config.relays, now)
        row = session.get_one(Relay, name)
        if row.state is wanted:
            return row, False
        if reason is None:
            row = limits.resume(session, name, now)
        else:
            row = limits.pause(session, name, reason, now)
        verb = "relay.resume" if reason is None else "relay.pause"
        audit.note(session, actor, verb, f"relay {name}", now)
        return row, True


def rotate_key(inst: Installation, *, now: datetime, actor: str) -> KeyRing:
    """Add a key that signs from now on, and let the database know its fingerprint."""
    ring = rotate_keys(inst.config.keys, now)
    with inst.database.write() as session:
        remember_keys(session, ring)
        audit.note(session, actor, "key.rotate", f"key {ring.current}", now)
    return ring


def remember_keys(session: Session, ring: KeyRing) -> None:
    """Keep the fingerprints of all keys, so that another file is noticed (see `doctor`)."""
    for name, fingerprint in ring.fingerprints().items():
        session.merge(Fact(key=f"{KEY_FACT}{name}", value=fingerprint))
    session.flush()


def known_keys(session: Session) -> dict[str, str]:
    """The fingerprints that the database knows, by key id."""
    facts = session.scalars(sa.select(Fact).where(Fact.key.startswith(KEY_FACT, autoescape=True)))
    return {fact.key.removeprefix(KEY_FACT): fact.value for fact in facts}


def removed_before(session: Session, verb: str, subject: str) -> bool:
    """Whether the audit log says that this was removed: to remove it again changes nothing."""
    found = sa.exists().where(AuditEvent.verb == verb, AuditEvent.subject == subject)
    return bool(session.scalar(sa.select(found)))
