"""One relay's place in a sender: what is claimed for it, what is marked, and its connections.

Only marked deliveries are given to a connection, and only for connections that are open are marks
made, so that a mark is young when its content starts. There are never more than `AHEAD` of them
for each connection between mark and record: those are what may come twice if this process dies.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import chain

from newsletter.config import RelayConfig
from newsletter.delivery.marking import Marked
from newsletter.delivery.queue import Claimed
from newsletter.delivery.weights import Grant
from newsletter.mail.message import Template
from newsletter.mail.settings import Envelope
from newsletter.mail.transport import Transport

CLAIM_SECONDS = 1.0  # a claim is about as much as leaves in this time
SMALLEST_CLAIM, LARGEST_CLAIM = 20, 4000
AHEAD = 4  # deliveries between mark and record, for each open connection


FEWEST = 2  # times that are claimed for, where it is not known yet how fast a relay is


class Parcel:
    """A delivery whose mark is committed, on its way through a connection.

    `marked_at` and `taken_at` are by the monotonic clock; `envelope` and `content` are made when a
    connection takes it.
    """

    __slots__ = ("claimed", "content", "envelope", "mark", "marked_at", "template")

    envelope: Envelope
    content: bytes

    def __init__(self, claimed: Claimed, mark: Marked, template: Template, at: float) -> None:
        self.claimed = claimed
        self.mark = mark
        self.template = template
        self.marked_at = at


@dataclass(eq=False)
class Desk:
    """See the module. `allowed`: how many connections this process may have open now."""

    relay: RelayConfig
    allowed: int = 0
    urgent: deque[Claimed] = field(default_factory=deque)  # notices and alerts go first
    ordinary: deque[Claimed] = field(default_factory=deque)
    ready: deque[Parcel] = field(default_factory=deque)
    marked: int = 0  # and not recorded
    ending: int = 0  # of those, how many are recorded by the next commit
    connections: set[Transport] = field(default_factory=set)
    leaving: set[Transport] = field(default_factory=set)  # of those, told to make room for others
    opening: int = 0
    ended: deque[float] = field(default_factory=lambda: deque(maxlen=LARGEST_CLAIM))  # when
    probing: bool = False  # its next message shows whether it works again
    shut_until: float = 0.0  # nothing is claimed for it until then
    pipelining: bool = True  # until the server breaks what it offered
    proved_pipelining: bool = False  # on an earlier connection

    @property
    def name(self) -> str:
        return self.relay.name

    @property
    def in_hand(self) -> Iterable[Claimed]:
        """Claimed, and not marked, urgent ones first."""
        return chain(self.urgent, self.ordinary)

    @property
    def waiting(self) -> int:
        """Claimed, and not marked."""
        return len(self.urgent) + len(self.ordinary)

    def need(self, at: float) -> int:
        """How much to claim for it: what it sends in a second, when less than half of that is left.

        Each relay has its own: what waits for a slow one keeps no other waiting.
        """
        aim = self._aim(at)
        return aim - self.waiting if self.waiting * 2 < aim else 0

    def within_need(self, grant: Grant, at: float) -> Grant:
        """What is granted, as far as it is needed. Urgent mail does not count the ordinary."""
        ordinary = min(grant.ordinary, self.need(at))
        urgent = min(grant.urgent, max(self._aim(at) - len(self.urgent), 0))
        return replace(grant, ordinary=min(ordinary, urgent), urgent=urgent)

    def _aim(self, at: float) -> int:
        while self.ended and self.ended[0] < at - CLAIM_SECONDS:
            self.ended.popleft()
        return max(len(self.ended), FEWEST * AHEAD * len(self.connections), SMALLEST_CLAIM)

    @property
    def busy(self) -> bool:
        return bool(self.marked or self.waiting)

    @property
    def in_use(self) -> int:
        """Connections that are open, or being opened, or that left marks which are still open."""
        return max(len(self.connections) + self.opening, -(-self.marked // AHEAD))

    @property
    def wanted(self) -> int:
        """How many connections it could use.

        Those that are open are kept while they are idle: a relay with a rate has nothing for them
        most of the time, and to open one anew may cost a log-in.
        """
        kept = len(self.connections) - len(self.leaving)
        return min(max(self.waiting + self.marked, kept), self.relay.effective_connections)

    @property
    def most(self) -> int:
        """How many may be marked at once, for the connections that stay."""
        return AHEAD * (len(self.connections) - len(self.leaving))

    def room(self) -> int:
        """How many more may be marked by the transaction that records what is ending."""
        return max(self.most - self.marked + self.ending, 0)

    def put(self, found: Iterable[Claimed]) -> None:
        """Take what was claimed for this relay."""
        for claimed in found:
            (self.urgent if claimed.consignment.urgent else self.ordinary).append(claimed)

    def pick(self, count: int) -> list[Claimed]:
        """The next ones to mark, urgent ones first."""
        chosen: list[Claimed] = []
        for lane in (self.urgent, self.ordinary):
            while lane and len(chosen) < count:
                chosen.append(lane.popleft())
        return chosen

    def clear(self) -> list[Claimed]:
        """All that is claimed and not marked, which goes back."""
        return self.pick(self.waiting)

    def offer(self) -> None:
        """Tell the connections that something is ready."""
        for connection in self.connections if self.ready else ():
            connection.offer()
