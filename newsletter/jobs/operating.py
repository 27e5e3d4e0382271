"""What an operator looks at: how everything stands in numbers, and with which keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.delivery import books, workers
from newsletter.installation import Installation
from newsletter.jobs.scheduling import schedules_of, upcoming
from newsletter.keys import KeyRing, rotate_keys
from newsletter.models import (
    Article,
    DeliveryState,
    Fact,
    Issue,
    IssueState,
    Source,
    SourceKind,
)
from subscribers import audit
from subscribers.lists import count_subscriptions, find_list, find_lists
from subscribers.models import AuditEvent, MailingList, Subscription, SubscriptionState

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
