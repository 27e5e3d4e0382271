"""How many connections to a relay each sender may have, so that all keep to the relay's limit.

Each sender asks again and again with what it could use, under the lock of the relay's row. Its part
is fair, and what others do not want is shared out too. One that has to give up some is told so
first; what it has open counts until it reports that it was closed. So the connections of all
senders never exceed the limit, not even while they change hands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.config import RelayConfig
from newsletter.delivery.health import locked, register
from newsletter.models import RelayShare


def shares(
    session: Session,
    worker_id: int,
    relays: Sequence[RelayConfig],
    wanted: Mapping[str, int],
    now: datetime,
    *,
    in_use: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """How many connections this worker may have open from now on, by the relay's name.

    `wanted` is how many it could use, 0 to do without; `in_use` is how many it has open or is
    opening. Where it may have fewer than that, it closes some and asks again. Without `in_use`, all
    that it was ever allowed, and still wants, counts as open: then it never has to close any.
    """
    if not locked(session).keys() >= {relay.name for relay in relays}:
        register(session, relays, now)
        locked(session)
    names = [relay.name for relay in relays]
    query = sa.select(RelayShare).where(RelayShare.relay.in_(names)).order_by(RelayShare.worker_id)
    rows: dict[str, dict[int, RelayShare]] = {name: {} for name in names}
    for row in session.scalars(query.execution_options(populate_existing=True)):
        rows[row.relay][row.worker_id] = row
    allowed = {}
    for relay in relays:
        of_relay = rows[relay.name]
        mine = of_relay.get(worker_id)
        wants = max(wanted.get(relay.name, 0), 0)
        held = mine.connections if mine else 0
        used = min(held, wants) if in_use is None else max(in_use.get(relay.name, 0), 0)
        if mine is None:
            if not wants and not used:
                allowed[relay.name] = 0
                continue
            mine = RelayShare(relay=relay.name, worker_id=worker_id, connections=0, wanted=0)
            session.add(mine)
            of_relay[worker_id] = mine
        mine.wanted = wants
        limit = relay.effective_connections
        others = sum(row.connections for other, row in of_relay.items() if other != worker_id)
        target = fair(
            {id: row.wanted for id, row in of_relay.items()},
            {id: row.connections for id, row in of_relay.items()},
            limit,
        )[worker_id]
        if in_use is None:
            target = max(target, used)
        allowed[relay.name] = min(target, max(limit - others, 0))
        mine.connections = max(allowed[relay.name], used)
        if not wants and not mine.connections:
            session.delete(mine)
    session.flush()
    return allowed


def release(session: Session, worker_ids: Sequence[int]) -> None:
    """Workers that ended, or were found dead, have no connection any more."""
    session.execute(
        sa.delete(RelayShare).where(RelayShare.worker_id.in_(worker_ids)),
        execution_options={"synchronize_session": False},
    )


def fair(wanted: Mapping[int, int], held: Mapping[int, int], limit: int) -> dict[int, int]:
    """The fair part of each worker: as equal as can be, and none above what it wants.

    What cannot be divided goes to those who hold most already, so that nothing moves without a
    reason, and then to those who came first. Pure.
    """
    parts = dict.fromkeys(wanted, 0)
    left = limit
    asking = {worker for worker, count in wanted.items() if count > 0}
    while left > 0 and asking:
        each = left // len(asking)
        if each == 0:
            order = sorted(asking, key=lambda worker: (-held.get(worker, 0), worker))
            for worker in order[:left]:
                parts[worker] += 1
            break
        for worker in sorted(asking):
            more = min(each, wanted[worker] - parts[worker])
            parts[worker] += more
            left -= more
        asking = {worker for worker in asking if parts[worker] < wanted[worker]}
    return parts
