"""What one transaction of a clerk carries to the database, and what it brings back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from newsletter.delivery.desk import Desk, Parcel
from newsletter.delivery.marking import Marked
from newsletter.delivery.policy import Next
from newsletter.delivery.queue import Claimed


@dataclass
class Batch:
    """What one transaction carries: gathered on the loop's thread, written on the clerk's."""

    steps: dict[int, Next] = field(default_factory=dict)
    ended: list[tuple[Desk, Parcel, Next]] = field(default_factory=list)  # what the steps are of
    renewals: dict[int, asyncio.Future[bool]] = field(default_factory=dict)
    returned: dict[str, list[int]] = field(default_factory=dict)  # relay -> claimed, not begun
    faults: list[tuple[str, str, bool]] = field(default_factory=list)
    recovered: set[str] = field(default_factory=set)
    slow: dict[str, str] = field(default_factory=dict)  # domain -> what it refused with

    def __bool__(self) -> bool:
        return bool(self.steps or self.renewals or self.returned or self.faults or self.recovered)


@dataclass
class Done:
    """What a transaction brought.

    `crowded` are for domains that have as many messages under way as they may; they are still
    claimed. `nothing_due`: a sender that only drains may go home.
    """

    marks: dict[int, Marked] = field(default_factory=dict)
    crowded: set[int] = field(default_factory=set)
    claimed: dict[str, list[Claimed]] = field(default_factory=dict)
    allowed: dict[str, int] = field(default_factory=dict)
    probing: set[str] = field(default_factory=set)  # relays whose one message is a probe
    nothing_due: bool = False
