"""How much a recipient domain may be given now: its limits and its health, shared by all senders.

Both live in the rows of `recipient_domain`, so that they hold over processes, machines and
restarts; `pacing` decides. Domains that share their limits are one group, named after the first of
them. A domain without a limit has a row only while it refuses.

Nobody waits for such a row: what another sender has in its hands just now is left for the next
turn. So these locks may be taken in any order, after any others, and no two senders stop each
other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.config import DomainConfig
from newsletter.delivery.pacing import Pace, after_refusal, judge, rest_after
from newsletter.models import Delivery, DeliveryState, RecipientDomain, Worker
from subscribers.bulk import among, insert_new

TAKEN = timedelta(milliseconds=250)  # until the row of a domain is looked for again
FORGOTTEN_AFTER = timedelta(days=1)  # refusals of a domain that was not written to since
PROBLEM_LENGTH = 500  # of a server's words that are kept


class Rules:
    """The [[domains]] of the config, by domain."""

    def __init__(self, domains: Sequence[DomainConfig] = ()) -> None:
        self._limits = {name: limit for limit in domains for name in limit.names}

    def group(self, domain: str) -> str:
        """The domain under whose name it has its row."""
        limit = self._limits.get(domain)
        return limit.names[0] if limit else domain

    def limit(self, domain: str) -> DomainConfig | None:
        return self._limits.get(domain)

    def rate(self, domain: str) -> float | None:
        """Messages a second; None is no limit."""
        limit = self._limits.get(domain)
        return limit.effective_rate if limit else None

    @property
    def names(self) -> list[str]:
        """The domains that have a limit."""
        return sorted(self._limits)

    @property
    def groups(self) -> list[str]:
        """The groups that have a limit."""
        return sorted({limit.names[0] for limit in self._limits.values()})


def register(session: Session, rules: Rules, now: datetime) -> None:
    """Give every group of the config its row; known ones are left as they are."""
    known = set(session.scalars(sa.select(RecipientDomain.name)))
    _insert(session, [name for name in rules.groups if name not in known], now)


def admit(
    session: Session,
    rules: Rules,
    due: Sequence[tuple[int, str]],
    now: datetime,
    *,
    urgent: bool = False,
) -> tuple[list[int], dict[int, datetime]]:
    """Those of the deliveries (id, domain) that may be claimed now; the others, and until when not.

    They are admitted in the order given. `urgent` are alerts and notices: they wait behind each
    other, and not behind an issue that has begun; ask for them first.
    """
    groups = {rules.group(domain) for domain in {domain for _, domain in due}}
    rows, taken = _hold(session, rules, groups, now)
    if not rows and not taken:
        return [delivery_id for delivery_id, _ in due], {}
    waiting: dict[str, list[int]] = {}
    for delivery_id, domain in due:
        waiting.setdefault(rules.group(domain), []).append(delivery_id)
    admitted: set[int] = set()
    later: dict[int, datetime] = {}
    for group, ids in waiting.items():
        if group in taken:
            later |= dict.fromkeys(ids, now + TAKEN)
        elif group in rows:
            pace = _pace_of(rows[group], rules)
            going, places = pace.admit(ids, now, urgent=urgent)
            _keep(rows[group], pace)
            admitted.update(going)
            later |= places
        else:
            admitted.update(ids)
    session.flush()
    return [delivery_id for delivery_id, _ in due if delivery_id in admitted], later


def crowded(
    session: Session, rules: Rules, wanted: Mapping[str, int], now: datetime
) -> dict[str, int]:
    """For domains with a limit on messages at once: how many of those wanted may be marked now.

    What all senders transmit just now is counted, and the group is held until the transaction
    ends, so that two of them cannot both have its last place. Domains that are missing from the
    answer have no such limit; those of one group share theirs in the order given. A mark that is
    only renewed needs no place: do not ask for it.
    """
    limits = {domain: limit for domain in wanted if (limit := rules.limit(domain))}
    limits = {domain: limit for domain, limit in limits.items() if limit.connections}
    if not limits:
        return {}
    rows, _ = _hold(session, rules, {rules.group(domain) for domain in limits}, now)
    room = dict.fromkeys(rows, 0)
    names: dict[str, str] = {}
    for limit in limits.values():
        if limit.names[0] in rows and limit.connections:
            room[limit.names[0]] = limit.connections
            names |= dict.fromkeys(limit.names, limit.names[0])
    for domain, count in _transmitting(session, names):
        room[names[domain]] -= count
    places = {}
    for domain in limits:
        group = rules.group(domain)
        places[domain] = max(min(room.get(group, 0), wanted[domain]), 0)
        if group in room:
            room[group] -= places[domain]
    return places


def slowed(
    session: Session,
    rules: Rules,
    refusals: Mapping[str, str],
    now: datetime,
    chance: Random | None = None,
) -> None:
    """Domains refused a recipient for now, in these words: they rest, if that is about them all.

    Of several refusals by one domain since the last call, one is enough: the first that `judge`
    takes for a limit, else any.
    """
    chance = chance or Random()
    told = {domain: (judge(reason), reason) for domain, reason in refusals.items()}
    groups = {rules.group(domain) for domain in refusals}
    new = groups - _known(session, groups)
    if new:
        _forget(session, rules, now)
        _insert(session, sorted(new), now)
    rows, _ = _hold(session, rules, groups, now)
    for domain, (refusal, reason) in told.items():
        row = rows.get(rules.group(domain))
        if row is None or _pace_of(row, rules).rests(now):
            continue  # what was under way when it began to rest counts no more
        forgotten = row.changed_at < now - FORGOTTEN_AFTER
        failures = after_refusal(0 if forgotten else row.failures, refusal)
        if failures == row.failures and not forgotten:
            continue
        row.failures, row.changed_at, row.problem = failures, now, reason[:PROBLEM_LENGTH]
        rest = rest_after(failures, chance)
        if rest is not None:
            row.rests_until = row.tokens_at = now + rest
            row.tokens = 1.0  # to try it with
    session.flush()


def relieved(
    session: Session, rules: Rules, names: Collection[str], now: datetime | None = None
) -> None:
    """These domains took a message: whatever was wrong is over.

    A rest goes on: what is taken meanwhile was under way before it began.
    """
    rows, _ = _hold(session, rules, {rules.group(name) for name in names}, None)
    for name, row in rows.items():
        if row.failures == 0 and row.rests_until is None:
            continue
        if now is not None and _pace_of(row, rules).rests(now):
            continue
        if rules.limit(name) is None:
            session.delete(row)
        else:
            row.failures, row.rests_until, row.problem = 0, None, ""
    session.flush()


def paced(session: Session, rules: Rules, now: datetime) -> bool:
    """Whether something queued waits for its place at a domain with a rate that does not rest.

    Worth waiting for by a sender that only drains the queue.
    """
    if not rules.groups:
        return False
    rests = set(resting(session, rules, now))
    names = [name for name in rules.names if rules.group(name) not in rests]
    ours = sa.and_(
        Delivery.due_at > now,
        Delivery.state == DeliveryState.QUEUED,
        among(session, Delivery.domain, names),
    )
    return bool(session.scalar(sa.select(sa.exists().where(ours))))


# --- Rows -------------------------------------------------------------------------------------


def _hold(
    session: Session, rules: Rules, groups: Collection[str], now: datetime | None
) -> tuple[dict[str, RecipientDomain], set[str]]:
    """The rows of those groups that have one, held until the transaction ends; whose are taken.

    With `now`, a group of the config that has no row yet gets it.
    """
    if not groups:
        return {}, set()
    known = _known(session, groups)
    if now is not None:
        new = sorted(group for group in groups if rules.limit(group) and group not in known)
        _insert(session, new, now)
        known |= set(new)
    if not known:
        return {}, set()
    rows = session.scalars(
        sa.select(RecipientDomain)
        .where(among(session, RecipientDomain.name, known))
        .order_by(RecipientDomain.name)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    held = {row.name: row for row in rows}
    return held, known - held.keys()


def _known(session: Session, groups: Collection[str]) -> set[str]:
    return set(
        session.scalars(
            sa.select(RecipientDomain.name).where(among(session, RecipientDomain.name, groups))
        )
    )


def _insert(session: Session, names: Sequence[str], now: datetime) -> None:
    rows = [{"name": name, "tokens": 1.0, "tokens_at": now, "changed_at": now} for name in names]
    insert_new(session, RecipientDomain, rows)


def _forget(session: Session, rules: Rules, now: datetime) -> None:
    """Remove the rows of domains without a limit that were not heard of for long."""
    old = (
        sa.select(RecipientDomain.name)
        .where(
            RecipientDomain.changed_at < now - FORGOTTEN_AFTER,
            sa.not_(among(session, RecipientDomain.name, rules.groups)),
        )
        .with_for_update(skip_locked=True)
    )
    session.execute(
        sa.delete(RecipientDomain).where(RecipientDomain.name.in_(old)),
        execution_options={"synchronize_session": False},
    )


def _pace_of(row: RecipientDomain, rules: Rules) -> Pace:
    return Pace(
        rate=rules.rate(row.name),
        tokens=row.tokens,
        tokens_at=row.tokens_at,
        backlog_until=row.backlog_until,
        urgent_until=row.urgent_until,
        failures=row.failures,
        rests_until=row.rests_until,
    )


def _keep(row: RecipientDomain, pace: Pace) -> None:
    row.tokens, row.tokens_at = pace.tokens, pace.tokens_at
    row.backlog_until, row.urgent_until = pace.backlog_until, pace.urgent_until


def _transmitting(session: Session, names: Collection[str]) -> list[tuple[str, int]]:
    """How many messages to these domains are under way, by the senders that are not yet ended.

    By the index of what workers have in hand. A dead one's count until they are recovered.
    """
    if not names:
        return []
    at_work = sa.select(Worker.id).where(Worker.ended_at.is_(None))
    found = session.execute(
        sa.select(Delivery.domain, sa.func.count())
        .where(
            Delivery.worker_id.in_(at_work),
            Delivery.state == DeliveryState.TRANSMITTING,
            among(session, Delivery.domain, names),
        )
        .group_by(Delivery.domain)
    )
    return [(domain, count) for domain, count in found]


# --- For people -------------------------------------------------------------------------------


def standing(session: Session) -> list[RecipientDomain]:
    """Every group that has a row: those with a limit, and those that refused lately."""
    return list(session.scalars(sa.select(RecipientDomain).order_by(RecipientDomain.name)))


def resting(session: Session, rules: Rules, now: datetime) -> list[str]:
    """The groups that rest just now, by name."""
    rows = session.scalars(
        sa.select(RecipientDomain)
        .where(RecipientDomain.rests_until > now)
        .order_by(RecipientDomain.name)
    )
    return [row.name for row in rows if _pace_of(row, rules).rests(now)]


def waiting(session: Session, names: Collection[str] | None = None) -> dict[str, int]:
    """How many deliveries wait, by domain; of these domains, or of all."""
    query = sa.select(Delivery.domain, sa.func.count()).where(Delivery.due_at.is_not(None))
    if names is not None:
        query = query.where(among(session, Delivery.domain, names))
    return dict(session.execute(query.group_by(Delivery.domain)).all())


def resume(session: Session, rules: Rules, domain: str, now: datetime) -> bool:
    """End a domain's rest, and let what waited for its end go now; False: it did not rest.

    What its servers deferred keeps its own time.
    """
    name = rules.group(domain)
    row = session.scalars(sa.select(RecipientDomain).filter_by(name=name).with_for_update()).first()
    if row is None or not _pace_of(row, rules).rests(now):
        return False
    limit = rules.limit(name)
    names = limit.names if limit else (name,)
    session.execute(
        sa.update(Delivery)
        .where(
            Delivery.due_at > now,
            Delivery.state == DeliveryState.QUEUED,
            among(session, Delivery.domain, names),
        )
        .values(due_at=now),
        execution_options={"synchronize_session": False},
    )
    row.failures, row.rests_until, row.problem = 0, None, ""
    row.backlog_until = row.urgent_until = None
    row.tokens, row.tokens_at, row.changed_at = 1.0, now, now
    session.flush()
    return True
