"""How long so many messages take, by the limits of the relays and what they took lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.config import Config
from newsletter.delivery.outlook import LOCAL_RATE, Standing, last_at
from newsletter.models import Relay, RelayState


@dataclass(frozen=True)
class Estimate:
    """How long sending takes: `rate` in messages a second, `last_at` when the last one leaves."""

    rate: float
    last_at: datetime

    @property
    def pace(self) -> str:
        """The rate for people: `10 a second`, `500 a day`."""
        units = {"a second": 1, "a minute": 60, "an hour": 3600, "a day": 86_400}
        unit = next((name for name, of in units.items() if self.rate * of >= 1), "a day")
        return f"{round(self.rate * units[unit], 1):,g} {unit}"


def estimate(
    session: Session,
    config: Config,
    messages: int,
    *,
    unlimited: float = LOCAL_RATE,
    now: datetime,
) -> Estimate:
    """When the last of `messages` will have left, by the limits of the relays that can be used.

    Those that are paused are left out, unless all are; a standby counts where it alone can be used.
    One without a rate is expected to take `unlimited` messages a second.
    """
    rows = {row.name: row for row in session.scalars(sa.select(Relay))}
    relays: list[Standing] = []
    paused: list[Standing] = []
    for relay in config.usable_relays:
        row = rows.get(relay.name)
        rated = relay.model_copy(update={"rate": relay.effective_rate or unlimited})
        one = Standing(rated, row.spent if row else {}, row.warm_since if row else None)
        (paused if row and row.state is RelayState.PAUSED else relays).append(one)
    relays = relays or paused
    relays = [one for one in relays if one.relay.weight] or relays[:1]
    if not relays:
        return Estimate(unlimited, now + timedelta(seconds=messages / unlimited))
    end = last_at(messages, relays, now)
    fastest = sum(one.rate for one in relays)
    seconds = (end - now).total_seconds()
    return Estimate(min(fastest, messages / seconds) if messages else fastest, end)
