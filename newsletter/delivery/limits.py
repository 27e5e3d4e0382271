"""How much a relay may be given now: its rate and its health, shared by all senders as rows.

The rate is a token bucket in the database, so that it holds over processes, machines and restarts.
A transient fault lets the relay rest and be probed again, each time later; one that only the admin
can mend (a wrong password, a wrong certificate) pauses it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.config import RelayConfig
from newsletter.errors import NotFound
from newsletter.models import Relay, RelayState
from subscribers.bulk import insert_new

FIRST_REST = timedelta(seconds=5)
LONGEST_REST = timedelta(minutes=10)
SERIOUS_FAILURES = 2  # in a row: then who only drains the queue gives up, and says why
BURST_SECONDS = 1.0  # how much unused rate is kept


def register(session: Session, relays: Sequence[RelayConfig], now: datetime) -> None:
    """Give every relay of the config its row; known ones are left as they are.

    Senders start together, so another one may be doing the same.
    """
    known = set(session.scalars(sa.select(Relay.name)))
    new = [relay.name for relay in relays if relay.name not in known]
    rows = [{"name": name, "tokens_at": now, "changed_at": now} for name in new]
    insert_new(session, Relay, rows)


def usable(session: Session, relays: Sequence[RelayConfig], now: datetime) -> RelayConfig | None:
    """The first relay of the config that is open, or whose rest is over (it is then probed)."""
    rows = {row.name: row for row in session.scalars(sa.select(Relay))}
    for relay in relays:
        row = rows.get(relay.name)
        if row is None or row.state is RelayState.OPEN:
            return relay
        if row.state is RelayState.RESTING and (row.retry_at is None or row.retry_at <= now):
            return relay
    return None


def take(session: Session, relay: RelayConfig, wanted: int, now: datetime) -> int:
    """How many of `wanted` messages may go now; they are spent from the relay's rate."""
    rate = relay.effective_rate
    if rate is None or wanted <= 0:
        return max(wanted, 0)
    row = session.scalars(sa.select(Relay).filter_by(name=relay.name).with_for_update()).one()
    passed = max((now - row.tokens_at).total_seconds(), 0.0)
    ceiling = max(rate * BURST_SECONDS, 1.0)
    tokens = min(row.tokens + passed * rate, ceiling)
    granted = min(wanted, int(tokens))
    row.tokens = tokens - granted
    row.tokens_at = now
    return granted


def give_back(session: Session, relay: RelayConfig, unused: int) -> None:
    """Return what was taken from a relay's rate and not used."""
    if unused > 0 and relay.effective_rate is not None:
        session.execute(
            sa.update(Relay).where(Relay.name == relay.name).values(tokens=Relay.tokens + unused),
            execution_options={"synchronize_session": False},
        )


def recovers_soon(session: Session, relays: Sequence[RelayConfig]) -> bool:
    """Whether one of these relays has just begun to rest: worth waiting for by who drains."""
    names = [relay.name for relay in relays]
    return bool(
        session.scalar(
            sa.select(
                sa.exists().where(
                    Relay.name.in_(names),
                    Relay.state == RelayState.RESTING,
                    Relay.failures < SERIOUS_FAILURES,
                )
            )
        )
    )


def why_none(session: Session, relays: Sequence[RelayConfig]) -> str:
    """Why none of these relays is usable, for a person."""
    rows = {row.name: row for row in session.scalars(sa.select(Relay))}
    said = [f"relay '{r.name}' is {rows[r.name].state}: {rows[r.name].problem}" for r in relays
            if r.name in rows]  # fmt: skip
    return "; ".join(said) or "no relay is configured (add [[relays]] to config.toml)"


def failed(session: Session, name: str, problem: str, *, for_admin: bool, now: datetime) -> Relay:
    """Record a fault of a relay and let it rest, or pause it until an admin resumes it."""
    row = session.scalars(sa.select(Relay).filter_by(name=name).with_for_update()).one()
    resting = row.state is RelayState.RESTING and row.retry_at is not None and row.retry_at > now
    if row.state is RelayState.PAUSED or (resting and not for_admin):
        return row  # several connections met the same fault
    row.failures += 1
    row.problem = problem
    row.changed_at = now
    if for_admin:
        row.state, row.retry_at = RelayState.PAUSED, None
    else:
        row.state = RelayState.RESTING
        row.retry_at = now + min(FIRST_REST * 2 ** min(row.failures - 1, 10), LONGEST_REST)
    return row


def worked(session: Session, name: str, now: datetime) -> None:
    """Record that a relay took a message: whatever was wrong is over."""
    session.execute(
        sa.update(Relay)
        .where(Relay.name == name, Relay.state == RelayState.RESTING)
        .values(state=RelayState.OPEN, failures=0, retry_at=None, problem="", changed_at=now)
    )


def pause(session: Session, name: str, reason: str, now: datetime) -> Relay:
    """Give a relay nothing more until it is resumed. Raises NotFound."""
    row = _row(session, name)
    row.state, row.problem, row.retry_at, row.changed_at = RelayState.PAUSED, reason, None, now
    return row


def resume(session: Session, name: str, now: datetime) -> Relay:
    """Use a relay again, as if nothing had happened. Raises NotFound."""
    row = _row(session, name)
    row.state, row.problem, row.retry_at, row.changed_at = RelayState.OPEN, "", None, now
    row.failures = 0
    return row


def _row(session: Session, name: str) -> Relay:
    row = session.scalars(sa.select(Relay).filter_by(name=name).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(f"no such relay: '{name}' (see 'newsletter relay ls')")
    return row
