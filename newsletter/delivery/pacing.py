"""How fast a recipient domain is given its mail: its rate, its queue and its rests. Pure.

A domain with a rate has a bucket of tokens, one for each message that may go now, and a queue: a
message that finds no token gets a place behind those that wait already, each exactly one message's
time after the other. So it is looked at once, when its place comes, and not at every claim. Places
are reserved for an hour at most; what is beyond comes back within the hour and asks again, so that
nothing waits long for places whose messages were cancelled meanwhile.

A domain that refuses for now rests: at once when it says that it gets too much, after five refusals
in a row when it does not say why. Then it is tried with a few messages, until it takes one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from random import Random

BURST_SECONDS = 1.5  # of unused rate that is kept: senders look about once a second
HORIZON = timedelta(hours=1)  # how far ahead places are reserved
STREAK = 5  # refusals in a row, after which a domain rests
FIRST_REST = timedelta(minutes=1)
LONGEST_REST = timedelta(hours=1)
PROBE_RATE = 1.0  # messages a second, until a domain that rested takes one again
PROBE_WAIT = timedelta(seconds=10)  # what finds no token meanwhile; and twice that at most


@dataclass
class Pace:
    """Where a domain stands. `admit` moves it on; nothing else does."""

    rate: float | None  # messages a second; None: as fast as it takes them
    tokens: float  # messages that may go now
    tokens_at: datetime  # when that was true
    backlog_until: datetime | None = None  # the last place given to an ordinary message
    urgent_until: datetime | None = None  # … and to an alert or a notice, which go first
    failures: int = 0  # refusals in a row
    rests_until: datetime | None = None

    def admit(
        self, ids: Sequence[int], now: datetime, *, urgent: bool
    ) -> tuple[list[int], dict[int, datetime]]:
        """Those of the deliveries that may be claimed now; the others, and when to ask again."""
        if self.rests(now):
            return [], self._after_the_rest(ids, now, urgent)
        rate = self._present_rate()
        if rate is None:
            return list(ids), {}
        ceiling = rate * BURST_SECONDS + 1  # + 1: else a slow rate would lose what it saved up
        passed = max((now - self.tokens_at).total_seconds(), 0.0)
        self.tokens = min(self.tokens + passed * rate, ceiling)
        self.tokens_at = now
        if self.tokens == ceiling:
            # Nobody took one lately: whoever had the places ahead is gone.
            self.backlog_until = self.urgent_until = None
        # A place is reached exactly as its token is complete, but for what rounding takes away.
        going = min(len(ids), int(self.tokens + 1e-3))
        self.tokens -= going
        return list(ids[:going]), self._places(ids[going:], now, urgent)

    def rests(self, now: datetime) -> bool:
        """Whether it is given nothing now. A rest beyond any we give is of a clock set back."""
        until = self.rests_until
        return until is not None and now < until <= now + 2 * LONGEST_REST

    def _present_rate(self) -> float | None:
        if self.failures < STREAK:
            return self.rate
        return min(self.rate or PROBE_RATE, PROBE_RATE)

    def _after_the_rest(
        self, ids: Sequence[int], now: datetime, urgent: bool
    ) -> dict[int, datetime]:
        until = self.rests_until or now
        if self.rate is None:
            return {each: until + PROBE_WAIT * _spread(each) for each in ids}
        return self._places(ids, until, urgent)

    def _places(self, ids: Sequence[int], start: datetime, urgent: bool) -> dict[int, datetime]:
        if self.rate is None:
            return {each: start + PROBE_WAIT * (1 + _spread(each)) for each in ids}
        if not ids:
            return {}
        step = timedelta(seconds=1 / self.rate)
        horizon = start + HORIZON
        ahead = [self.urgent_until] if urgent else [self.urgent_until, self.backlog_until]
        # What is left of a token is a part of the time to the next.
        last = max([start - step * min(self.tokens, 1.0), *(place for place in ahead if place)])
        last = min(last, horizon)
        places = {}
        for each in ids:
            if last + step <= horizon:
                last = places[each] = last + step
            else:
                places[each] = start + HORIZON * (1 + _spread(each)) / 2
        if urgent:
            self.urgent_until = last
        else:
            self.backlog_until = last
        return places


def _spread(delivery_id: int) -> float:
    """0 to 1, evenly over the deliveries whatever their ids (a golden section apart)."""
    return delivery_id * 0.6180339887498949 % 1


# --- Refusals ----------------------------------------------------------------------------------


class Refusal(Enum):
    """What a temporary refusal says about the whole domain."""

    ONE_MAILBOX = "nothing: it is about one recipient"
    UNCLEAR = "perhaps something: greylisting, a fault of theirs"
    TOO_MUCH = "that it gets too much, or too fast"


_TOO_MUCH = re.compile(
    r"\b(?:too (?:many|much|fast|often|frequent)|rate[ -]?limit|throttl|slow(?:ing)? down"
    r"|unusual (?:rate|volume|traffic|amount)|unsolicited|temporarily deferred"
    r"|(?:rate|limit|quota|number)s?\b.{0,40}\b(?:exceeded|reached)"
    r"|exceed\w*\b.{0,40}\b(?:rate|limit|connections|messages)"
    r"|(?:high|excessive) (?:rate|volume|number)|try (?:again )?later)",
    re.I | re.S,
)
_GREYLISTED = re.compile(r"gr[ae]y.?list", re.I)
_MAILBOX = re.compile(
    r"\b(?:mailbox|inbox|user|recipient|account)\b.{0,40}\b(?:full|quota|storage|disabled|busy"
    r"|locked|inactive|receiving (?:mail|messages) (?:too|at a rate))|over ?quota",
    re.I | re.S,
)
_ENHANCED = re.compile(r"\b4\.(\d{1,3})\.(\d{1,3})\b")


def judge(reason: str) -> Refusal:
    """What a server's 4xx, quoted with its codes, says about the domain as a whole.

    The enhanced code counts first (RFC 3463): 4.1.x and 4.2.x are about one mailbox, 4.4.5 and
    4.3.2 about a system that has too much to do, 4.7.28 about our rate.
    """
    if _GREYLISTED.search(reason):
        return Refusal.UNCLEAR  # a large provider greylists one message, and takes the next
    found = _ENHANCED.search(reason)
    subject, detail = found.groups() if found else ("", "")
    if subject in ("1", "2") or _MAILBOX.search(reason):
        return Refusal.ONE_MAILBOX
    if (subject, detail) in (("4", "5"), ("3", "2"), ("7", "28")):
        return Refusal.TOO_MUCH
    # "Try later" alone is what any server says that has a fault; with a policy code it is a limit.
    words = _TOO_MUCH.search(reason)
    if words and (subject == "7" or not words[0].lower().startswith("try")):
        return Refusal.TOO_MUCH
    return Refusal.UNCLEAR


def after_refusal(failures: int, refusal: Refusal) -> int:
    """Refusals in a row, this one counted; STREAK or more of them mean a rest."""
    if refusal is Refusal.ONE_MAILBOX:
        return failures
    return max(failures + 1, STREAK if refusal is Refusal.TOO_MUCH else 0)


def rest_after(failures: int, chance: Random) -> timedelta | None:
    """How long a domain rests: a minute, doubling to an hour, with ± 20 % of jitter; or not."""
    if failures < STREAK:
        return None
    doublings = min(failures - STREAK, 10)  # beyond which a timedelta would overflow one day
    rest: timedelta = min(FIRST_REST * 2**doublings, LONGEST_REST)
    return rest * chance.uniform(0.8, 1.2)
