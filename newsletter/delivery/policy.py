"""What becomes of a delivery after each outcome. Pure: no clock, no database, no chance unasked.

    queued ──► claimed ──► transmitting ──► sent
      ▲           │              ├────────► failed       refused for good
      │◄──────────┘              ├────────► deferred ──► (claimed again at due_at) ──► expired
      │  not begun, relay's      ├────────► unknown  ──► (again at due_at, or held for the admin)
      └──────── fault ◄──────────┘
    and, at the mark instead of transmitting: cancelled, suppressed, or back to queued

A fault of the relay is never charged to a recipient: the delivery goes back to `queued`, and the
relay rests.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from newsletter.mail.replies import Accepted, Deferred, Fault, Outcome, Rejected, Unknown
from newsletter.models import DeliveryState
from subscribers.models import OnUnknown

FIRST_WAIT = timedelta(minutes=5)  # greylisting asks for about this much
LONGEST_WAIT = timedelta(hours=4)
UNKNOWN_WAIT = timedelta(minutes=15)  # beyond the 10 minutes a server has after the dot
UNKNOWN_TRIES = 3  # then the admin decides, whatever the list says
REPLY_LENGTH = 2000  # of a relay's answer that is kept


class Next(NamedTuple):
    """The state to record; `due_at` None: not waiting. `charged`: the try counts."""

    state: DeliveryState
    due_at: datetime | None = None
    code: int | None = None
    reply: str = ""
    charged: bool = True


def backoff(tries: int, chance: Random) -> timedelta:
    """How long to wait after the given number of tries: doubling, with ± 20 % of jitter."""
    doublings = min(max(tries - 1, 0), 10)  # beyond which a timedelta would overflow one day
    wait = min(FIRST_WAIT * 2**doublings, LONGEST_WAIT)
    return timedelta(seconds=wait.total_seconds() * chance.uniform(0.8, 1.2))


def sent(outcome: Accepted) -> Next:
    """As `after` for nearly every message, which needs nothing else to be known."""
    reply = outcome.reply
    return Next(DeliveryState.SENT, None, reply.code, reply.text[:REPLY_LENGTH])


def after(
    outcome: Outcome,
    *,
    tries: int,
    on_unknown: OnUnknown | None,
    expires_at: datetime | None,
    now: datetime,
    chance: Random,
) -> Next:
    """The next state of a delivery whose content was, or was about to be, transmitted.

    `tries` counts the marks so far, this one included.
    """
    match outcome:
        case Accepted():
            return sent(outcome)
        case Rejected(_, reason, reply):
            code = reply.code if reply else None
            return Next(DeliveryState.FAILED, None, code, reason[:REPLY_LENGTH])
        case Unknown(reason):
            return uncertain(
                reason, tries=tries, on_unknown=on_unknown, expires_at=expires_at, now=now
            )
        case Deferred(Fault.RELAY, reason, reply):
            code = reply.code if reply else None
            return Next(DeliveryState.QUEUED, now, code, reason[:REPLY_LENGTH], charged=False)
        case Deferred(_, reason, reply):
            code = reply.code if reply else None
            due_at = now + backoff(tries, chance)
            if expires_at is not None and due_at > expires_at:
                return Next(DeliveryState.EXPIRED, None, code, reason[:REPLY_LENGTH])
            return Next(DeliveryState.DEFERRED, due_at, code, reason[:REPLY_LENGTH])


def uncertain(
    reason: str,
    *,
    tries: int,
    on_unknown: OnUnknown | None,
    expires_at: datetime | None,
    now: datetime,
) -> Next:
    """What becomes of a delivery that may have been accepted.

    `on_unknown` None is a notice: it is tried again, and given up in the end, since notices are
    not settled by an admin.
    """
    due_at = now + UNKNOWN_WAIT
    in_time = tries < UNKNOWN_TRIES and (expires_at is None or due_at <= expires_at)
    if in_time and on_unknown is not OnUnknown.HOLD:
        return Next(DeliveryState.UNKNOWN, due_at, None, reason[:REPLY_LENGTH])
    state = DeliveryState.EXPIRED if on_unknown is None else DeliveryState.UNKNOWN
    return Next(state, None, None, reason[:REPLY_LENGTH])
