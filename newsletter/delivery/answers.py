"""What relays answered, put together: like answers in one group, each with its remedy. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from newsletter.mail.replies import Deferred, Fault, Rejected, Reply, outcome_of
from newsletter.models import DeliveryState


class Answered(NamedTuple):
    """One delivery and the last that was heard of it."""

    id: int
    issue_id: int | None  # None: a notice
    address: str
    state: DeliveryState
    code: int | None
    reply: str
    tries: int


@dataclass(frozen=True)
class Group:
    """Deliveries of an issue, in one state, that were answered alike."""

    issue_id: int | None  # None: notices
    state: DeliveryState
    count: int
    reply: str  # the first one's, in full
    address: str  # … and to whom
    fault: Fault | None  # whose, as far as the answer tells; None: there was none


def gather(rows: Iterable[Answered]) -> list[Group]:
    """The answers in groups, the largest first; bounded by their number, not by the rows'."""
    found: dict[tuple[int | None, DeliveryState, str], Group] = {}
    for row in rows:
        key = row.issue_id, row.state, gist(row.reply, row.address)
        group = found.get(key)
        if group is None:
            fault = fault_of(row.state, row.code, row.reply)
            group = Group(row.issue_id, row.state, 0, row.reply, row.address, fault)
        found[key] = replace(group, count=group.count + 1)
    return sorted(found.values(), key=lambda group: -group.count)


def gist(reply: str, address: str) -> str:
    """The answer without what differs from one recipient to the next: address, queue id, time."""
    text = reply.replace(address, "<>") if address else reply
    return " ".join(
        "#" if _NUMBERED.fullmatch(word) else _ADDRESS.sub("<>", word)
        for word in text.casefold().split()
    )


_NUMBERED = re.compile(r"(?=\D*\d)\S{8,}")  # longer than any status code
_ADDRESS = re.compile(r"<?[^\s<>@]+@[^\s<>@,;:]+>?")


def fault_of(state: DeliveryState, code: int | None, reply: str) -> Fault | None:
    """Whose fault the stored answer of a refused delivery is."""
    if state is DeliveryState.FAILED and code is None:
        return Fault.MESSAGE  # it could not even be built: no relay was asked
    if code is None:
        return None
    answer, _, command = reply.removesuffix(")").rpartition(" (to ")
    text = answer.removeprefix(str(code)).strip().replace(" / ", "\n")
    outcome = outcome_of(Reply(code, text, command))
    return outcome.fault if isinstance(outcome, Deferred | Rejected) else None


def remedy(group: Group, issue: str) -> str:
    """What to do about a group, which is of `issue` (`weekly/12`) or, when empty, of notices."""
    again = f"'newsletter issue retry {issue}'" if issue else "write to them again"
    match group.state, group.fault:
        case DeliveryState.DEFERRED, Fault.STANDING:
            return "they refuse us for now, not the reader; it is tried again by itself"
        case DeliveryState.DEFERRED, _:
            return "it is tried again by itself"
        case DeliveryState.UNKNOWN, _:
            return f"it may have been accepted: see 'newsletter issue audit {issue}'"
        case DeliveryState.EXPIRED, _:
            return "it was not accepted in time, and is not tried again"
        case DeliveryState.FAILED, Fault.STANDING:
            return f"they refuse us, not the reader: ask the relay's operator why, then {again}"
        case DeliveryState.FAILED, Fault.MESSAGE if not group.reply[:3].isdigit():
            return "it could not be built: mend what it says, for the next issue"
        case DeliveryState.FAILED, Fault.MESSAGE:
            return "it is the message that they refuse: look at its size and content"
        case DeliveryState.FAILED, Fault.RECIPIENT:
            return f"look at the addresses; were they refused by mistake, {again}"
        case _:
            return f"mend what the relay says, then {again}"
