"""How the service is, for whoever watches over it: states and times, no secret and no address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from newsletter import pulse, schema
from newsletter.delivery import workers
from newsletter.errors import DatabaseError
from newsletter.installation import Installation
from newsletter.models import Slot, Source, Worker
from newsletter.schema import SchemaState


@dataclass(frozen=True)
class Health:
    """`schema_state` is None when the database gave no answer."""

    schema_state: SchemaState | None
    senders: int = 0  # whose heartbeat holds
    last_heartbeat: datetime | None = None  # of any sender that ever was
    ticker: bool = False  # its pulse holds
    last_beat: datetime | None = None  # of any ticker that ever was
    last_collected: datetime | None = None  # the ticker read a source
    last_slot: datetime | None = None  # the ticker decided about a due moment

    @property
    def well(self) -> bool:
        """Whether pages can be served. The rest may run elsewhere, or only when there is mail."""
        return self.schema_state is SchemaState.CURRENT

    def as_json(self) -> dict[str, Any]:
        return {
            "status": "ok" if self.well else "down",
            "database": "ok" if self.schema_state else "no answer",
            "schema": self.schema_state.value if self.schema_state else None,
            "senders": {"alive": self.senders, "last_heartbeat": _text(self.last_heartbeat)},
            "ticker": {
                "alive": self.ticker,
                "last_heartbeat": _text(self.last_beat),
                "last_collected": _text(self.last_collected),
                "last_slot": _text(self.last_slot),
            },
        }


def health(inst: Installation) -> Health:
    """Ask the database; never raises for a database that does not answer."""
    try:
        found = schema.state(inst.database)
        if found is not SchemaState.CURRENT:
            return Health(found)
        with inst.database.read() as session:
            lease = timedelta(seconds=inst.config.sending.lease_seconds)
            now = inst.database.clock(session)
            return Health(
                found,
                senders=len(workers.alive(session, now, lease)),
                last_heartbeat=session.scalar(sa.select(sa.func.max(Worker.heartbeat_at))),
                ticker=pulse.is_beating(session, now),
                last_beat=pulse.last_beat(session),
                last_collected=session.scalar(sa.select(sa.func.max(Source.tried_at))),
                last_slot=session.scalar(sa.select(sa.func.max(Slot.decided_at))),
            )
    except DatabaseError:
        return Health(None)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
