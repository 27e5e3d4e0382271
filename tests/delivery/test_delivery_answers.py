"""Answers of relays, put together: what counts as the same, whose fault it is, and the remedy."""

from __future__ import annotations

import pytest

from newsletter.delivery.answers import Answered, fault_of, gather, gist, remedy
from newsletter.mail.replies import Fault
from newsletter.models import DeliveryState


def refused(number: int, reply: str, **fields: object) -> Answered:
    row = Answered(
        number, 1, f"reader{number}@valmont.example", DeliveryState.FAILED, 550, reply, 1
    )
    return row._replace(**fields)


def unknown_user(number: int) -> Answered:
    return refused(
        number, f"550 5.1.1 <Reader{number}@valmont.example>: no such user here (to RCPT)"
    )


def test_answers_that_differ_in_the_address_alone_are_one_group() -> None:
    [group] = gather(unknown_user(n) for n in range(12))
    assert (group.count, group.fault) == (12, Fault.RECIPIENT)
    assert group.address == "reader0@valmont.example"
    assert group.reply == "550 5.1.1 <Reader0@valmont.example>: no such user here (to RCPT)"


def test_the_largest_group_comes_first_and_issues_and_states_stay_apart() -> None:
    later = "451 4.7.1 try again (to RCPT)"
    rows = [
        refused(1, later, code=451, state=DeliveryState.DEFERRED),
        refused(2, later, code=451, state=DeliveryState.EXPIRED),
        *(unknown_user(n) for n in range(3, 6)),
        unknown_user(6)._replace(issue_id=2),
    ]
    found = [(group.issue_id, group.state.value, group.count) for group in gather(rows)]
    assert found == [(1, "failed", 3), (1, "deferred", 1), (1, "expired", 1), (2, "failed", 1)]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("550 5.7.1 a1b2c3d4e5-f6a7 - gsmtp", "550 5.7.1 99aabbccdd-0011 - gsmtp", True),
        ("451 4.7.1 greylisted until 12:30:05", "451 4.7.1 greylisted until 12:41:17", True),
        ("550 5.1.1 no such user", "550 5.1.2 no such user", False),
        ("550 5.1.1 no such user", "550 5.1.1 mailbox closed", False),
    ],
)
def test_queue_ids_and_times_do_not_part_answers_and_codes_do(
    one: str, other: str, same: bool
) -> None:
    assert (gist(one, "") == gist(other, "")) is same


@pytest.mark.parametrize(
    ("code", "reply", "fault", "said"),
    [
        (550, "550 5.1.1 no such user (to RCPT)", Fault.RECIPIENT, "look at the addresses"),
        (554, "554 5.7.1 you are blocked (to RCPT)", Fault.STANDING, "they refuse us"),
        (552, "552 5.3.4 message too big (to .)", Fault.MESSAGE, "its size and content"),
        (None, "To: holds the control character U+000D", Fault.MESSAGE, "could not be built"),
    ],
)
def test_each_answer_has_the_remedy_that_helps(
    code: int | None, reply: str, fault: Fault, said: str
) -> None:
    assert fault_of(DeliveryState.FAILED, code, reply) is fault
    [group] = gather([refused(1, reply, code=code)])
    assert said in remedy(group, "weekly/12")


def test_what_was_refused_by_mistake_can_go_again_by_the_command_named() -> None:
    [group] = gather([unknown_user(1)])
    assert "'newsletter issue retry weekly/12'" in remedy(group, "weekly/12")
    assert "newsletter" not in remedy(group, "")  # a notice is asked for anew
