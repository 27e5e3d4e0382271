"""Keeps nothing longer than `[retention]` says: tells what each rule would take, and takes it.

In many short transactions, each rule by itself; killed half-way, run it again. The ticker does each
day what nobody has to decide; the rest is done when an admin says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.config_retention import Retention
from newsletter.delivery.blanking import NO_MESSAGE
from newsletter.installation import Installation
from newsletter.jobs import forgetting, purging
from newsletter.jobs.auditing import SETTLED
from newsletter.jobs.turns import in_turn
from newsletter.models import Delivery, Notice, NoticeKind
from subscribers import audit, people, retention
from subscribers.bulk import among
from subscribers.models import Subscriber, Subscription
from subscribers.retention import Rule

Rules = Mapping[Rule, timedelta]
"""How long each thing is kept; what is kept for ever is not named."""

BATCH = 1000  # rows of a kind in one transaction
DAILY = frozenset({Rule.NEVER_CONFIRMED, Rule.ATTEMPTS})  # agreed to nothing, or counts
NEEDED = (SETTLED, "relay.pause")  # an issue's books, and who paused a relay, are read from the log
TELLING_IP = (NoticeKind.CONFIRM, NoticeKind.MOVE)  # say from where something was asked for


@dataclass(frozen=True)
class Named:
    """Somebody who would go, so that an admin knows them again."""

    id: int
    address: str
    since: datetime  # asked, imported, or left


@dataclass(frozen=True)
class Due:
    """What a rule takes, or has taken."""

    rule: Rule
    days: int
    people: int = 0  # are forgotten
    rows: int = 0  # subscriptions, pieces of evidence, lines: what else changes
    some: tuple[Named, ...] = ()  # of the people, the longest here first
    left: int = 0  # subscriptions of people who had left before: they have left again

    @property
    def is_empty(self) -> bool:
        return not self.people and not self.rows and not self.left


def rules_of(config: Retention) -> dict[Rule, timedelta]:
    """The rules that are set, and how long each keeps what it is about."""
    kept = {Rule.ATTEMPTS: retention.ATTEMPTS}
    for rule in Rule:
        if rule is not Rule.ATTEMPTS and (days := getattr(config, rule.value)):
            kept[rule] = timedelta(days=days)
    return kept


def due(inst: Installation, rules: Rules, *, now: datetime, names: int = 0) -> list[Due]:
    """What each of these rules would take now, and of its people the first `names`."""
    return [_due(inst, rule, span, now, names) for rule, span in _in_order(rules)]


def apply(inst: Installation, rules: Rules, *, now: datetime, actor: str) -> list[Due]:
    """Take what these rules say; gives what was taken. Twice is once."""
    return [_apply(inst, rule, span, now, actor) for rule, span in _in_order(rules)]


def daily(inst: Installation, *, now: datetime) -> list[Due]:
    """What the ticker does by itself; gives the rules that took something."""
    rules = {r: span for r, span in rules_of(inst.config.retention).items() if r in DAILY}
    return [one for one in apply(inst, rules, now=now, actor="ticker") if not one.is_empty]


def _in_order(rules: Rules) -> list[tuple[Rule, timedelta]]:
    return [(rule, rules[rule]) for rule in Rule if rule in rules]


def _due(inst: Installation, rule: Rule, span: timedelta, now: datetime, names: int) -> Due:
    before = now - span
    if rule in purging.STALE:
        found = purging.purge(
            inst, rule=rule, older_than=span, dry_run=True, now=now, actor="nobody"
        )
        with inst.database.read() as session:
            some = _pending(session, rule, before, names)
        return Due(rule, span.days, found.people, found.subscriptions, some, found.left)
    with inst.database.read() as session:
        if rule is Rule.LEFT:
            mine = retention.left_all(before)
            number = session.scalar(sa.select(sa.func.count()).where(mine, Subscriber.id > 0))
            return Due(rule, span.days, number or 0, 0, _left(session, before, names))
        rows = retention.rows_due(session, rule, before, needed=NEEDED)
        if rule is Rule.IP:
            query = sa.select(sa.func.count()).select_from(Notice).where(_tells_ip(before))
            rows += session.scalar(query) or 0
    return Due(rule, span.days, 0, rows)


def _apply(inst: Installation, rule: Rule, span: timedelta, now: datetime, actor: str) -> Due:
    before = now - span
    if rule in purging.STALE:
        gone = purging.purge(inst, rule=rule, older_than=span, dry_run=False, now=now, actor=actor)
        return Due(rule, span.days, gone.people, gone.subscriptions, left=gone.left)
    if rule is Rule.LEFT:
        return Due(rule, span.days, _forget_who_left(inst, before, now, actor))
    rows = sum(
        _thin(inst, rule, query, now, actor)
        for query in retention.rows_of(rule, before, needed=NEEDED)
    )
    if rule is Rule.IP:
        rows += _blank_notices(inst, before, now, actor)
    return Due(rule, span.days, 0, rows)


def _thin(inst: Installation, rule: Rule, query: sa.Select[int], now: datetime, actor: str) -> int:
    """What a query finds, looked for while others may write."""
    rows = last = 0
    while True:
        with inst.database.read() as session:
            some = retention.next_rows(session, query, last, BATCH)
        if not some:
            return rows
        last = some[-1]
        with in_turn(inst.database) as session:
            gone = retention.thin(session, rule, query, some)
            if rule is not Rule.ATTEMPTS:  # which are nobody's business the day after
                _note(session, rule, gone, now, actor)
        rows += gone


def _note(session: Session, rule: Rule, rows: int, now: datetime, actor: str) -> None:
    if rows:
        audit.note(session, actor, "subscriber.purge", rule.value, now, {"rows": rows})


def _forget_who_left(inst: Installation, before: datetime, now: datetime, actor: str) -> int:
    """Erase them one by one: each is looked at again while nobody else can bring them back.

    Nobody asked for it: they may sign up again, unless something stood against their address.
    """
    forgotten = last = 0
    while True:
        with inst.database.read() as session:
            query = sa.select(Subscriber.id).where(retention.left_all(before), Subscriber.id > last)
            some = session.scalars(query.order_by(Subscriber.id).limit(BATCH)).all()
        if not some:
            return forgotten
        for last in some:
            with in_turn(inst.database) as session:
                people.hold(session, last)
                still = sa.select(Subscriber.id).where(
                    Subscriber.id == last, retention.left_all(before)
                )
                erased = session.scalar(still) is not None and forgetting.erase(
                    session, inst, last, source="retention", actor=actor, now=now, sealed=False
                )
            if erased:
                inst.journal.append("blanked", last, now)
                forgotten += 1


# --- Looking ----------------------------------------------------------------------------------


def _pending(session: Session, rule: Rule, before: datetime, most: int) -> tuple[Named, ...]:
    query = (
        sa.select(Subscriber.id, Subscriber.address, sa.func.min(Subscription.requested_at))
        .join(Subscription, Subscription.subscriber_id == Subscriber.id)
        .where(purging.STALE[rule](before), ~retention.had_left())
        .group_by(Subscriber.id, Subscriber.address)
    )
    return _named(session, query, most)


def _left(session: Session, before: datetime, most: int) -> tuple[Named, ...]:
    query = (
        sa.select(Subscriber.id, Subscriber.address, sa.func.max(Subscription.unsubscribed_at))
        .join(Subscription, Subscription.subscriber_id == Subscriber.id)
        .where(retention.left_all(before))
        .group_by(Subscriber.id, Subscriber.address)
    )
    return _named(session, query, most)


def _named(
    session: Session, query: sa.Select[int, str | None, datetime | None], most: int
) -> tuple[Named, ...]:
    if not most:
        return ()
    rows = session.execute(query.order_by(Subscriber.id).limit(most))
    return tuple(
        Named(number, address or "", since) for number, address, since in rows if since is not None
    )


# --- Notices that tell an IP address ------------------------------------------------------------


def _tells_ip(before: datetime) -> sa.ColumnElement[bool]:
    goes = sa.exists().where(
        Delivery.notice_id == Notice.id,
        sa.or_(Delivery.due_at.is_not(None), Delivery.state.in_(purging.UNDER_WAY)),
    )
    return sa.and_(
        Notice.kind.in_(TELLING_IP),
        Notice.created_at < before,
        Notice.template != NO_MESSAGE,
        ~goes,
    )


def _blank_notices(inst: Installation, before: datetime, now: datetime, actor: str) -> int:
    """The mail said it too: nothing of its words is kept."""
    rows = last = 0
    while True:
        with inst.database.read() as session:
            query = sa.select(Notice.id).where(_tells_ip(before), Notice.id > last)
            some = session.scalars(query.order_by(Notice.id).limit(BATCH)).all()
        if not some:
            return rows
        last = some[-1]
        with in_turn(inst.database) as session:
            gone = session.scalars(
                sa.update(Notice)
                .where(among(session, Notice.id, some), _tells_ip(before))
                .values(template=NO_MESSAGE, links={})
                .returning(Notice.id),
                execution_options={"synchronize_session": False},
            ).all()
            _note(session, Rule.IP, len(gone), now, actor)
        rows += len(gone)
