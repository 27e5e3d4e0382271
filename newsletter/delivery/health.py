"""How a relay is: a breaker in the database, shared by all senders.

    open ──fault──► resting ──(its rest is over)──► probing ──it took a message──► open
      ▲                ▲                              │
      │                └───────── fault, no answer ───┘         each rest is twice the last
      └── resume ── paused ◄── an admin, or a fault that only the admin can mend

A transient fault lets a relay rest. When the rest is over, one message from one sender shows
whether it works again. A wrong password or certificate would only be refused again, so it pauses
the relay until an admin resumes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.config import RelayConfig
from newsletter.errors import NotFound
from newsletter.models import Relay, RelayState
from subscribers.bulk import insert_new

FIRST_REST = timedelta(seconds=5)
LONGEST_REST = timedelta(minutes=10)
JITTER = 0.2  # of a rest, up or down: relays that failed together are not probed together
PROBE = timedelta(minutes=1)  # for an answer, before another sender probes; a rest may be longer
SERIOUS_FAILURES = 2  # in a row: then who only drains the queue gives up, and says why

_chance = Random()
_OUT = (RelayState.RESTING, RelayState.PROBING)


def register(session: Session, relays: Sequence[RelayConfig], now: datetime) -> None:
    """Give every relay of the config its row; known ones are left as they are.

    Senders start together, so another one may be doing the same.
    """
    known = set(session.scalars(sa.select(Relay.name)))
    new = [relay.name for relay in relays if relay.name not in known]
    rows = [{"name": name, "tokens_at": now, "changed_at": now} for name in new]
    insert_new(session, Relay, rows)


def locked(session: Session) -> dict[str, Relay]:
    """The rows of all relays by name, locked in that order until the transaction ends.

    All of them, whichever is asked for: whoever locks one now and another later would wait for a
    sender that does so the other way round.
    """
    rows = session.scalars(
        sa.select(Relay)
        .order_by(Relay.name)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.name: row for row in rows}


def is_due(row: Relay, now: datetime) -> bool:
    """Whether a relay that failed may be probed now.

    A rest longer than any we give is of a clock that was set back since.
    """
    if row.state not in _OUT:
        return False
    at = row.retry_at
    return at is None or at <= now or at > now + LONGEST_REST * (1 + JITTER)


def probe(row: Relay, now: datetime) -> None:
    """A message was claimed for a relay that failed: no other sender tries it meanwhile."""
    if row.state in _OUT:
        row.state, row.retry_at, row.changed_at = RelayState.PROBING, now + PROBE, now


def failed(session: Session, name: str, problem: str, *, for_admin: bool, now: datetime) -> Relay:
    """Record a fault of a relay and let it rest, or pause it until an admin resumes it."""
    row = _row(session, name)
    resting = row.state is RelayState.RESTING and not is_due(row, now)
    if row.state is RelayState.PAUSED or (resting and not for_admin):
        return row  # several connections met the same fault
    row.failures += 1
    row.problem = problem
    row.changed_at = now
    if for_admin:
        row.state, row.retry_at = RelayState.PAUSED, None
    else:
        row.state, row.retry_at = RelayState.RESTING, now + _rest(row.failures, _chance)
    return row


def _rest(failures: int, chance: Random) -> timedelta:
    """How long a relay rests after so many failures in a row."""
    doublings = min(failures - 1, 10)  # beyond which a timedelta would overflow one day
    rest: timedelta = min(FIRST_REST * 2**doublings, LONGEST_REST)
    return rest * chance.uniform(1 - JITTER, 1 + JITTER)


def worked(session: Session, name: str, now: datetime) -> None:
    """Record that a relay took a message: whatever was wrong is over."""
    out = sa.select(Relay.name).where(Relay.name == name, Relay.state.in_(_OUT))
    if session.scalar(out) is None:
        return  # as after nearly every message: nothing is locked
    row = _row(session, name)
    if row.state in _OUT:
        _open(row, now)


def pause(session: Session, name: str, reason: str, now: datetime) -> Relay:
    """Give a relay nothing more until it is resumed. Raises NotFound."""
    row = _row(session, name)
    row.state, row.problem, row.retry_at, row.changed_at = RelayState.PAUSED, reason, None, now
    return row


def resume(session: Session, name: str, now: datetime) -> Relay:
    """Use a relay again, as if nothing had happened. Raises NotFound."""
    row = _row(session, name)
    _open(row, now)
    return row


def _open(row: Relay, now: datetime) -> None:
    row.state, row.problem, row.retry_at, row.changed_at = RelayState.OPEN, "", None, now
    row.failures = 0


def _row(session: Session, name: str) -> Relay:
    row = locked(session).get(name)
    if row is None:
        raise NotFound(f"no such relay: '{name}' (see 'newsletter relay ls')")
    return row


def recovers_soon(session: Session, relays: Sequence[RelayConfig]) -> bool:
    """Whether one of these relays has just begun to rest: worth waiting for by who drains."""
    names = [relay.name for relay in relays]
    return bool(
        session.scalar(
            sa.select(
                sa.exists().where(
                    Relay.name.in_(names),
                    Relay.state.in_(_OUT),
                    Relay.failures < SERIOUS_FAILURES,
                )
            )
        )
    )


def why_none(session: Session, relays: Sequence[RelayConfig]) -> str:
    """Why none of these relays is usable, for a person."""
    rows = {row.name: row for row in session.scalars(sa.select(Relay))}
    said = [f"relay '{r.name}' is {rows[r.name].state}: {rows[r.name].problem}" for r in relays
            if r.name in rows and rows[r.name].state is not RelayState.OPEN]  # fmt: skip
    return "; ".join(said) or "no relay is configured (add [[relays]] to config.toml)"
