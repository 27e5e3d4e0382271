"""The relays as an operator sees them: their limits, what is spent of these, and how they are."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from newsletter.config import RelayConfig
from newsletter.delivery import limits, quota
from newsletter.delivery.worker import relay_settings
from newsletter.errors import NotFound
from newsletter.installation import Installation
from newsletter.mail.settings import TimeLimits
from newsletter.mail.transport import open_connection
from newsletter.models import Relay, RelayShare, RelayState
from subscribers import audit

# A person waits for the answer, so a check gives up long before sending would.
CHECK_LIMITS = TimeLimits(connect=10, greeting=15, command=15)


@dataclass(frozen=True)
class QuotaView:
    """What a relay took in the last minute, hour or day, and how much it may take."""

    window: str
    taken: int
    quota: int | None  # None: no limit
    for_ordinary: int | None  # the rest of it is kept for alerts and notices
    free_at: datetime | None  # when ordinary mail may go again; None: it may go now


@dataclass(frozen=True)
class WarmUpView:
    """How far a new relay is in its plan."""

    day: int  # 1: the first one, which begins with its first message
    days: int  # of the plan
    today: int | None  # the day's quota; None: the plan is over, and there is no limit


@dataclass(frozen=True)
class RelayView:
    """A relay of config.toml, and how it is doing."""

    name: str
    where: str
    state: RelayState
    problem: str
    failures: int  # in a row
    retry_at: datetime | None  # when it is probed next
    weight: int  # 0: a standby
    connections: int
    connections_in_use: int  # or promised to a sender
    rate: float | None  # messages a second; None: no limit
    careful: bool  # nobody set a rate, and it is not local: so we chose one
    reserve: float
    quotas: tuple[QuotaView, ...]  # minute, hour, day
    warm_up: WarmUpView | None
    messages_per_connection: int
    pipelining: bool
    used: bool  # False: not while our links lead to this machine alone


def list_relays(inst: Installation, *, now: datetime) -> list[RelayView]:
    """Every relay of the config."""
    with inst.database.read() as session:
        rows = {row.name: row for row in session.scalars(sa.select(Relay))}
        shares = sa.select(RelayShare.relay, sa.func.sum(RelayShare.connections))
        found = session.execute(shares.group_by(RelayShare.relay)).all()
    open_ones = {name: int(count) for name, count in found}
    return [_view(inst, one, rows.get(one.name), open_ones, now) for one in inst.config.relays]


def show_relay(inst: Installation, name: str, *, now: datetime) -> RelayView:
    """One of them; raises NotFound."""
    find_relay(inst, name)
    return next(view for view in list_relays(inst, now=now) if view.name == name)


def _view(
    inst: Installation,
    relay: RelayConfig,
    row: Relay | None,
    open_ones: Mapping[str, int],
    now: datetime,
) -> RelayView:
    known = row or Relay(  # nothing was ever sent
        name=relay.name, state=RelayState.OPEN, problem="", failures=0, tokens=0.0, tokens_at=now,
        spent={}, changed_at=now,
    )  # fmt: skip
    return RelayView(
        name=relay.name,
        where=address_of(relay),
        state=known.state,
        problem="" if known.state is RelayState.OPEN else known.problem,
        failures=known.failures,
        retry_at=known.retry_at,
        weight=relay.weight,
        connections=relay.effective_connections,
        connections_in_use=open_ones.get(relay.name, 0),
        rate=relay.effective_rate,
        careful=relay.rate is None and relay.effective_rate is not None,
        reserve=relay.reserve,
        quotas=_quotas(relay, known, now),
        warm_up=_warm_up(relay, known, now),
        messages_per_connection=relay.messages_per_connection,
        pipelining=relay.pipelining,
        used=inst.config.is_public or relay.is_local,
    )


def _quotas(relay: RelayConfig, row: Relay, now: datetime) -> tuple[QuotaView, ...]:
    found = []
    for window in quota.WINDOWS:
        limit = limits.quotas(relay, row, now)[window.name]
        ordinary = None if limit is None else quota.for_ordinary(limit, relay.reserve)
        taken = quota.taken(row.spent, window, now)
        free_at = limits.free_at(relay, row, window, now)
        found.append(QuotaView(window.name, taken, limit, ordinary, free_at))
    return tuple(found)


def _warm_up(relay: RelayConfig, row: Relay, now: datetime) -> WarmUpView | None:
    if not relay.warm_up:
        return None
    day = quota.warm_up_day(row.warm_since, now)
    return WarmUpView(day, len(relay.warm_up), limits.quotas(relay, row, now)["day"])


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
