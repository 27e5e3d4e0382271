"""How much may be claimed for each relay now, by limits that all senders share as rows.

The rate, the quotas by the minute, hour and day, and the warm-up are counted in the database when
a message is claimed, so they hold over processes, machines and restarts. The counting itself is in
quota.py, the sharing out by weight in weights.py, the breaker in health.py, and connections in
shares.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.config import RelayConfig
from newsletter.delivery import quota
from newsletter.delivery.health import (
    SERIOUS_FAILURES,
    failed,
    is_due,
    locked,
    pause,
    probe,
    recovers_soon,
    register,
    resume,
    why_none,
    worked,
)
from newsletter.delivery.quota import WINDOWS, Room, Window
from newsletter.delivery.shares import release, shares
from newsletter.delivery.weights import Grant, apportion, in_order
from newsletter.models import Relay, RelayState

__all__ = [
    "SERIOUS_FAILURES",
    "Grant",
    "apportion",
    "failed",
    "free_at",
    "give_back",
    "grants",
    "pause",
    "quotas",
    "recovers_soon",
    "register",
    "release",
    "resume",
    "shares",
    "spend",
    "spent_until",
    "why_none",
    "worked",
]


def grants(
    session: Session, relays: Sequence[RelayConfig], wanted: int, now: datetime
) -> list[Grant]:
    """How many of `wanted` messages may be claimed for each relay now, the best relay first.

    Takes nothing yet: see `spend`. Only relays that are open are named, or that are to be probed,
    by one message. A standby (weight 0) is named only when no other relay is open with something
    left of its hour and its day; to wait a moment for its rate is no reason. The rows of the relays
    stay locked until the transaction ends.
    """
    rows = locked(session)
    if not rows.keys() >= {relay.name for relay in relays}:
        register(session, relays, now)
        rows = locked(session)
    found: list[Grant] = []
    standbys: list[Grant] = []
    needs_standby = True
    for relay in relays:
        row = rows[relay.name]
        _settle_clock(row, now)
        probing = is_due(row, now)
        if row.state is not RelayState.OPEN and not probing:
            continue
        room = room_of(relay, row, now)
        most = min(wanted, 1) if probing else max(wanted, 0)
        grant = Grant(
            relay,
            urgent=most if room.urgent is None else min(room.urgent, most),
            ordinary=most if room.ordinary is None else min(room.ordinary, most),
            recent=quota.taken(row.spent, WINDOWS[0], now),
            probing=probing,
        )
        (found if relay.weight else standbys).append(grant)
        if relay.weight and not probing and _lasts(relay, row, now):
            needs_standby = False
    return in_order(found + standbys if needs_standby else found)


def spend(session: Session, relay: RelayConfig, count: int, now: datetime) -> None:
    """So many messages were claimed for a relay: called in the transaction that asked `grants`."""
    if count <= 0:
        return
    row = locked(session)[relay.name]
    row.tokens = _tokens(relay, row, now) - count
    row.tokens_at = now
    row.spent = quota.add(row.spent, count, now)
    # A plan begins with the first message under it; one that is added later begins then.
    row.warm_since = (row.warm_since or now) if relay.warm_up else None
    probe(row, now)


def give_back(session: Session, relay: RelayConfig, unused: int, now: datetime) -> None:
    """Return what was claimed for a relay, and not transmitted after all."""
    if unused <= 0:
        return
    row = locked(session)[relay.name]
    if relay.effective_rate is not None:
        row.tokens = _tokens(relay, row, now) + unused
        row.tokens_at = now
    row.spent = quota.take_off(row.spent, unused, now)


def quotas(relay: RelayConfig, row: Relay, now: datetime) -> dict[str, int | None]:
    """The quota of each window today: that of the day grows while the relay is warmed up."""
    day = quota.warm_up_day(row.warm_since, now)
    return {
        "minute": relay.per_minute,
        "hour": relay.per_hour,
        "day": quota.day_quota(relay.per_day, relay.warm_up or (), day),
    }


def room_of(relay: RelayConfig, row: Relay, now: datetime) -> Room:
    """How many messages its rate and its quotas let a relay take now."""
    room = quota.of_quotas(row.spent, quotas(relay, row, now), relay.reserve, now)
    rate = relay.effective_rate
    if rate is None:
        return room
    return room.narrowed(quota.of_tokens(_tokens(relay, row, now), rate, relay.reserve))


def free_at(relay: RelayConfig, row: Relay, window: Window, now: datetime) -> datetime | None:
    """When a quota has room for ordinary mail again; None: it has room now, or is no quota.

    While a relay is warmed up, that may be when its next day begins, whose quota is larger.
    """
    limit = quotas(relay, row, now)[window.name]
    if limit is None or quota.taken(row.spent, window, now) < quota.for_ordinary(
        limit, relay.reserve
    ):
        return None
    free = quota.free_at(row.spent, window, quota.for_ordinary(limit, relay.reserve), now)
    if window.name == "day" and relay.warm_up and row.warm_since is not None:
        tomorrow = row.warm_since + quota.warm_up_day(row.warm_since, now) * quota.DAY
        larger = quotas(relay, row, tomorrow)["day"]
        room = quota.of_quotas(row.spent, {"day": larger}, relay.reserve, tomorrow)
        if room.ordinary != 0:
            free = min(free, tomorrow)
    return free


def spent_until(
    session: Session, relays: Sequence[RelayConfig], now: datetime
) -> tuple[datetime, str] | None:
    """When ordinary mail may go again, and why not now: every open relay has spent its quota.

    None where one has something left of its hour and its day, or none is open.
    """
    rows = {row.name: row for row in session.scalars(sa.select(Relay))}
    found: list[tuple[datetime, str]] = []
    for relay in relays:
        row = rows.get(relay.name)
        if row is None or row.state is not RelayState.OPEN:
            continue
        spent = [(free, w) for w in WINDOWS[1:] if (free := free_at(relay, row, w, now))]
        if not spent:
            return None
        free, window = max(spent, key=lambda one: one[0])
        limit = quotas(relay, row, now)[window.name]
        found.append(
            (free, f"relay '{relay.name}' has taken what it may for now of its {limit:,} messages "
                   f"{_EACH[window.name]} (see 'newsletter relay show {relay.name}')")
        )  # fmt: skip
    return min(found, default=None)


_EACH = {"hour": "an hour", "day": "a day"}


def _lasts(relay: RelayConfig, row: Relay, now: datetime) -> bool:
    """Whether something is left of its hour and of its day for ordinary mail."""
    return not any(free_at(relay, row, window, now) for window in WINDOWS[1:])


def _tokens(relay: RelayConfig, row: Relay, now: datetime) -> float:
    rate = relay.effective_rate
    if rate is None:
        return 0.0
    return quota.refilled(row.tokens, row.tokens_at, now, rate, relay.reserve)


def _settle_clock(row: Relay, now: datetime) -> None:
    """After the clock was set back, let what was counted by the old one be of now."""
    if row.tokens_at > now:
        row.tokens_at = now
        row.spent = quota.add(row.spent, 0, now)
