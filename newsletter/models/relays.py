"""Those who send: relays with their limits and health, recipient domains with theirs, workers."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.models import AUTOINCREMENT, Base
from subscribers.types import BigId, Moment, PrimaryKey, word


class RelayState(enum.StrEnum):
    OPEN = "open"  # in use
    RESTING = "resting"  # failed just now: probed again at `retry_at`
    PROBING = "probing"  # one message shows whether it works; unanswered, again at `retry_at`
    PAUSED = "paused"  # by an admin, or by a fault that only an admin can mend


class Relay(Base):
    """The health and the spent limits of a relay of config.toml, shared by all senders."""

    __tablename__ = "relay"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[RelayState] = mapped_column(word(RelayState), default=RelayState.OPEN)
    problem: Mapped[str] = mapped_column(Text, default="")
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    retry_at: Mapped[datetime | None] = mapped_column(Moment)
    tokens: Mapped[float] = mapped_column(default=0.0)  # messages that may go now (token bucket)
    tokens_at: Mapped[datetime] = mapped_column(Moment)
    # What was taken lately, for the limits by the minute, hour and day: quota.py says how.
    spent: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    warm_since: Mapped[datetime | None] = mapped_column(Moment)  # the first message of its warm-up
    changed_at: Mapped[datetime] = mapped_column(Moment)


class RelayShare(Base):
    """How many connections to a relay a worker may have open; all of them keep to its limit.

    `connections` counts against the limit of the relay until the worker has closed them; `wanted`
    tells the others that it could use more.
    """

    __tablename__ = "relay_share"

    relay: Mapped[str] = mapped_column(
        ForeignKey("relay.name", ondelete="CASCADE"), primary_key=True
    )
    worker_id: Mapped[int] = mapped_column(
        ForeignKey("worker.id", ondelete="CASCADE"), type_=BigId, primary_key=True, index=True
    )
    connections: Mapped[int] = mapped_column()
    wanted: Mapped[int] = mapped_column()


class RecipientDomain(Base):
    """The pace of one recipient domain, or of a group that shares one, over all senders.

    There is a row only for those with a limit in config.toml, or that refused for now.
    """

    __tablename__ = "recipient_domain"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    tokens: Mapped[float] = mapped_column(default=0.0)  # messages that may go now (token bucket)
    tokens_at: Mapped[datetime] = mapped_column(Moment)
    backlog_until: Mapped[datetime | None] = mapped_column(Moment)  # when its queue will be through
    urgent_until: Mapped[datetime | None] = mapped_column(Moment)  # that of alerts and notices
    failures: Mapped[int] = mapped_column(default=0)  # refusals in a row
    rests_until: Mapped[datetime | None] = mapped_column(Moment)
    problem: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime] = mapped_column(Moment)


class Worker(Base):
    """A sending process; alive while its heartbeat, by the database's clock, is young."""

    __tablename__ = "worker"
    __table_args__ = (AUTOINCREMENT,)

    id: Mapped[PrimaryKey]
    host: Mapped[str] = mapped_column(Text)
    pid: Mapped[int] = mapped_column()
    started_at: Mapped[datetime] = mapped_column(Moment)
    heartbeat_at: Mapped[datetime] = mapped_column(Moment)
    # Stopped, or found dead and recovered.
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
