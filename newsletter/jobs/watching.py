"""How far sending has got, by the books: the same whoever sends, and on however many machines."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from time import monotonic

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.config import Config
from newsletter.delivery import books, limits
from newsletter.installation import Installation
from newsletter.jobs.estimating import estimate
from newsletter.jobs.telling import moment
from newsletter.models import (
    FINAL_STATES,
    DeliveryState,
    Issue,
    IssueState,
    Relay,
    RelayState,
)

WINDOW_SECONDS = 10.0  # over which the rate is smoothed
SHARE = 20  # counting takes at most one part in so many of the time: a million rows take a while
IN_HAND = (DeliveryState.CLAIMED, DeliveryState.TRANSMITTING)
WAITING = (DeliveryState.QUEUED, *IN_HAND)
AGAIN = (DeliveryState.DEFERRED, DeliveryState.UNKNOWN)


@dataclass(frozen=True)
class Progress:
    """How far an issue, or the whole queue, has got."""

    audience: int  # deliveries in all
    counts: dict[DeliveryState, int]
    rate: float = 0.0  # sent a second, by all senders together
    eta: datetime | None = None  # when the last of what waits will have left; None: nobody knows
    due_at: datetime | None = None  # when the next that was deferred, or is unknown, goes again
    state: IssueState | None = None  # the issue's
    trouble: str = ""  # of relays that rest or are paused

    @property
    def remaining(self) -> int:
        """What waits for its first try, or is under way."""
        return sum(self.counts.get(state, 0) for state in WAITING)

    @property
    def tried(self) -> int:
        """What is sent, or was tried and refused, or needs no try."""
        return self.audience - self.remaining

    @property
    def done(self) -> int:
        return sum(self.counts.get(state, 0) for state in FINAL_STATES)

    def beyond(self, before: Progress) -> Progress:
        """The same without what was over before: the part that is being sent now."""
        over = {state: before.counts.get(state, 0) for state in FINAL_STATES}
        counts = {state: n - over.get(state, 0) for state, n in self.counts.items()}
        return replace(self, audience=sum(counts.values()), counts=counts)


class Speed:
    """How fast the books grow, smoothed; told now and then how many were sent, and how many tried.

    Times are in seconds of any clock that only goes forward.
    """

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int, int]] = deque()
        self._still = True  # nothing has moved yet

    def saw(self, at: float, sent: int, tried: int) -> None:
        """Times that are long past count no more, nor does the time before anything moved."""
        self._seen.append((at, sent, tried))
        while len(self._seen) > 2 and self._seen[1][0] <= at - WINDOW_SECONDS:
            self._seen.popleft()
        while self._still and len(self._seen) > 1:
            if self._seen[0][1:] != self._seen[1][1:]:
                self._still = False
                break
            self._seen.popleft()

    @property
    def sent(self) -> float:
        """Messages sent a second; 0 until a second was seen."""
        return self._growth(1)

    @property
    def tried(self) -> float:
        """The same of all that was tried, on which the time left depends."""
        return self._growth(2)

    def _growth(self, which: int) -> float:
        if not self._seen or (passed := self._seen[-1][0] - self._seen[0][0]) < 1.0:
            return 0.0
        return max(self._seen[-1][which] - self._seen[0][which], 0) / passed


class Watch:
    """Looks at one issue, or at all that was not over at `since`, as often as it may."""

    def __init__(
        self,
        inst: Installation,
        issue_id: int | None = None,
        *,
        since: datetime,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.inst = inst
        self.issue_id = issue_id
        self.since = since
        self.now = now
        self.clock = clock
        self.speed = Speed()
        self._last: Progress | None = None
        self._next = 0.0

    def look(self) -> Progress:
        """How far it has got; what was seen last, where counting again would cost the sending."""
        begun = self.clock()
        if self._last is not None and begun < self._next:
            return self._last
        found = progress(self.inst, self.issue_id, since=self.since, now=self.now())
        ended = self.clock()
        self._next = ended + (ended - begun) * SHARE
        self.speed.saw(begun, found.counts.get(DeliveryState.SENT, 0), found.tried)
        self._last = replace(found, rate=self.speed.sent, eta=self._eta(found))
        return self._last

    def _eta(self, found: Progress) -> datetime | None:
        """At the present speed, and never sooner than the relays' limits allow."""
        speed = self.speed.tried
        if not found.remaining or not speed:
            return None
        now = self.now()
        with self.inst.database.read() as session:
            least = estimate(session, self.inst.config, found.remaining, unlimited=speed, now=now)
        return max(now + timedelta(seconds=found.remaining / speed), least.last_at)


def progress(
    inst: Installation,
    issue_id: int | None = None,
    *,
    since: datetime | None = None,
    now: datetime,
) -> Progress:
    """The books of an issue, or of all that was not over at `since` (by default at `now`)."""
    with inst.database.read() as session:
        counts = (
            books.counts_since(session, since or now)
            if issue_id is None
            else books.counts(session, issue_id)
        )
        return Progress(
            sum(counts.values()),
            counts,
            due_at=None if issue_id is None else books.next_try(session, issue_id, AGAIN),
            state=None if issue_id is None else session.get_one(Issue, issue_id).state,
            trouble=_trouble(session, inst.config, now),
        )


def _trouble(session: Session, config: Config, now: datetime) -> str:
    """What keeps relays from taking more at the moment."""
    relays = config.usable_relays
    rows = session.scalars(
        sa.select(Relay)
        .where(
            Relay.name.in_([relay.name for relay in relays]),
            Relay.state.in_((RelayState.RESTING, RelayState.PAUSED)),
        )
        .order_by(Relay.name)
    )
    said = [f"relay '{row.name}' is {row.state}: {row.problem}" for row in rows]
    if spent := limits.spent_until(session, relays, now):
        at, why = spent
        said.append(f"{why}; it goes on at {moment(at, config.site.timezone)}")
    return "; ".join(said)
