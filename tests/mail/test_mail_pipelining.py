"""Groups of commands (RFC 2920): what travels together, and servers that cannot do it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from scripted_relay import ANA, BEN, CLEO, DAN, Peer, basket, play

from newsletter.mail.pipelining import out_of_turn
from newsletter.mail.replies import Accepted, Fault, Reply, Unknown
from newsletter.mail.settings import TimeLimits

HURRIED = TimeLimits(command=0.1, data=5, block=5, final=5, quit=0.1)


def test_the_next_messages_commands_travel_with_the_final_dot_and_no_more_than_that() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.hear("MAIL", "RCPT", "DATA")
        assert await peer.silence()
        await peer.say("250 OK", "250 OK")
        for _ in range(2):
            await peer.content()
            await peer.hear("MAIL", "RCPT", "DATA")
            assert await peer.silence()
            await peer.say("250 queued", "250 OK", "250 OK")
        await peer.content()
        assert await peer.silence()
        await peer.say("250 queued")
        await peer.leave()

    box = basket(ANA, BEN, CLEO)
    played = play(script, box)
    box.accepted(ANA, BEN, CLEO)
    assert not played.broke_pipelining


@pytest.mark.parametrize(("offered", "used"), [(False, True), (True, False)])
def test_without_the_offer_or_the_wish_each_command_waits_for_its_answer(
    offered: bool, used: bool
) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        for _ in range(2):
            await peer.hear("MAIL")
            assert await peer.silence()
            await peer.say("250 OK")
            await peer.hear("RCPT")
            assert await peer.silence()
            await peer.say("250 OK")
            await peer.hear("DATA")
            await peer.content()
            assert await peer.silence()
            await peer.say("250 queued")
        await peer.leave()

    box = basket(ANA, BEN)
    play(script, box, pipelining=offered, wished=used)
    box.accepted(ANA, BEN)


@pytest.mark.parametrize("answer", ["554 5.5.1 no valid recipients", "250 taken for nobody"])
def test_a_go_ahead_in_spite_of_a_refused_recipient_gets_an_empty_message(answer: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.hear("MAIL", "RCPT", "DATA")
        await peer.say("250 OK", "550 5.1.1 no such user", "354 go ahead")
        assert await peer.reader.readline() == b".\r\n"
        await peer.hear("MAIL", "RCPT", "DATA")
        await peer.say(answer, "250 OK", "250 OK")
        await peer.content()
        await peer.say("250 queued")
        await peer.leave()

    box = basket(ANA, BEN)
    played = play(script, box)
    box.refused(ANA, Fault.RECIPIENT, "550 5.1.1 no such user")
    box.accepted(BEN)
    assert not played.broke_pipelining


def test_an_empty_message_may_be_the_last_that_is_said() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.hear("MAIL", "RCPT", "DATA")
        await peer.say("250 OK", "550 5.1.1 no such user", "354 go ahead")
        assert await peer.reader.readline() == b".\r\n"
        await peer.say("554 no valid recipients")
        await peer.leave()

    box = basket(ANA)
    play(script, box)
    box.refused(ANA, Fault.RECIPIENT)


def test_no_empty_message_goes_to_a_recipient_that_was_taken() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.hear("MAIL", "RCPT", "DATA")
        await peer.say("550 5.1.8 no such sender", "250 OK", "354 go ahead")
        assert await peer.hung_up()

    box = basket(ANA, BEN)
    assert play(script, box).broke_pipelining
    box.not_accepted(ANA)
    assert box.taken == 1


def test_a_refused_recipient_behind_a_dot_is_told_beside_the_acceptance() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        await peer.hear("MAIL", "RCPT", "DATA")
        await peer.say("250 queued", "250 OK", "550 5.1.1 no", "503 5.5.1 no recipients")
        await peer.hear("RSET", "MAIL", "RCPT", "DATA")
        await peer.say("250 OK", "250 OK", "250 OK")
        await peer.content()
        await peer.hear("MAIL", "RCPT", "DATA")
        await peer.say("554 5.6.0 no", "250 OK", "250 OK", "554 5.7.1 no")
        await peer.leave()

    box = basket(ANA, BEN, CLEO, DAN)
    played = play(script, box)
    box.accepted(ANA)
    box.refused(BEN, Fault.RECIPIENT)
    box.refused(CLEO, Fault.MESSAGE)
    box.refused(DAN, Fault.STANDING)
    assert not played.broke_pipelining


@pytest.mark.parametrize(
    "said",
    [
        ["250 queued", "250 OK", "250 OK", "354 go ahead", "250 and one more"],
        ["250 queued", "250 OK", "250 OK", "250 OK", "354 go ahead"],
        ["250 queued", "250 OK", "354 go ahead"],
        ["250 queued", "354 go ahead"],
        ["354 go ahead"],
        ["250 queued", "250 OK", "garbled"],
        ["250 queued", "250-OK", "550 no"],
    ],
)
def test_when_it_cannot_be_known_what_answers_what_nothing_counts_as_accepted(
    said: list[str],
) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        await peer.hear("MAIL", "RCPT", "DATA")
        await peer.say(*said)
        assert await peer.hung_up()

    box = basket(ANA, BEN)
    assert play(script, box).broke_pipelining
    assert isinstance(box.outcomes[ANA.recipient], Unknown)
    box.not_accepted(BEN, "not begun")


@pytest.mark.parametrize("answers", [1, 2])
def test_a_server_that_swallows_a_part_of_a_group_cannot_pipeline(answers: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.hear("MAIL", "RCPT", "DATA")
        await peer.say(*["250 OK"] * answers)
        assert await peer.hung_up()

    box = basket(ANA)
    assert play(script, box, limits=HURRIED).broke_pipelining
    box.not_accepted(ANA, "within 0.1 s; not begun")


def test_a_server_that_swallows_what_follows_a_dot_cannot_pipeline() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        await peer.hear("MAIL", "RCPT", "DATA")
        await peer.say("250 queued")
        assert await peer.hung_up()

    box = basket(ANA, BEN)
    assert play(script, box, limits=HURRIED).broke_pipelining
    box.accepted(ANA)
    box.not_accepted(BEN, "no answer to MAIL within 0.1 s; not begun")


def test_a_late_answer_to_a_dot_is_no_sign_of_swallowed_commands() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.hear("MAIL")
        await peer.say("250 OK")
        await peer.hear("RCPT", "DATA")
        await peer.say("250 OK")
        await peer.content()
        with suppress(ConnectionError):
            await peer.reader.read()

    box = basket(ANA)
    limits = TimeLimits(command=5, final=0.1, quit=0.1)
    assert not play(script, box, limits=limits).broke_pipelining
    assert isinstance(box.outcomes[ANA.recipient], Unknown)


@pytest.mark.parametrize(
    "said",
    [
        ["250 OK", "503 5.5.1 MAIL first", "503 5.5.1 RCPT first"],
        ["250 OK", "250 OK", "503 out of sequence"],
        ["250 OK", "250 OK", "554 5.5.0 protocol synchronisation"],
        ["250 OK", "554 SMTP synchronization error", "503 no"],
        ["503 5.5.0 improper pipelining", "503 no", "503 no"],
        ["421 4.7.0 improper use of pipelining"],
    ],
)
def test_a_server_that_finds_the_commands_out_of_turn_cannot_pipeline(
    said: list[str],
) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.hear("MAIL", "RCPT", "DATA")
        await peer.say(*said)
        with suppress(ConnectionError):
            await peer.reader.read()

    box = basket(ANA, BEN)
    assert play(script, box).broke_pipelining
    box.not_accepted(ANA)
    assert box.taken == 1


@pytest.mark.parametrize("proven", [False, True])
@pytest.mark.parametrize("answers", [0, 1])
def test_a_server_that_hangs_up_over_its_first_group_may_not_be_able_to_pipeline(
    answers: int, proven: bool
) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.hear("MAIL", "RCPT", "DATA")
        await peer.say(*["250 OK"] * answers)

    box = basket(ANA)
    assert play(script, box, pipelining_proven=proven).broke_pipelining is not proven
    box.not_accepted(ANA)


@pytest.mark.parametrize("proven", [False, True])
def test_a_server_that_hangs_up_over_its_first_dot_and_group_may_not_either(proven: bool) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        await peer.hear("MAIL", "RCPT", "DATA")
        peer.reset()

    box = basket(ANA, BEN)
    assert play(script, box, pipelining_proven=proven).broke_pipelining is not proven
    assert isinstance(box.outcomes[ANA.recipient], Unknown)
    box.not_accepted(BEN, "not begun")


@pytest.mark.parametrize("joined", [False, True])
def test_a_group_that_was_answered_behind_a_dot_proves_the_server(joined: bool) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        for _ in range(2 if joined else 1):
            await peer.take()
            await peer.say("250 queued")
        await peer.leave()

    assert play(script, basket(*[ANA, BEN][: 1 + joined])).proved_pipelining is joined


def test_a_server_that_has_shown_that_it_can_may_hang_up() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        await peer.hear("MAIL", "RCPT", "DATA")
        await peer.say("250 queued", "250 OK", "250 OK")
        await peer.content()
        await peer.hear("MAIL", "RCPT", "DATA")
        peer.reset()

    box = basket(ANA, BEN, CLEO)
    assert not play(script, box).broke_pipelining
    assert box.kinds[:2] == [Accepted, Unknown]
    box.not_accepted(CLEO, "not begun")


@pytest.mark.parametrize(
    ("code", "text", "command", "complains"),
    [
        (503, "5.5.1 bad sequence", "DATA", True),
        (500, "what?", "RCPT", True),
        (554, "5.5.1 no valid recipients", "DATA", True),
        (554, "SMTP synchronization error", "MAIL", True),
        (421, "improper use of pipelining", "MAIL", True),
        (554, "5.5.0 improper pipelining", ".", True),
        (554, "5.7.1 policy", "DATA", False),
        (421, "too many connections", "MAIL", False),
        (554, "5.5.4 bad MIME", ".", False),
        (550, "5.1.1 no such user", "RCPT", False),
        (250, "PIPELINING", "MAIL", False),
    ],
)
def test_a_complaint_about_the_order_is_told_from_other_refusals(
    code: int, text: str, command: str, complains: bool
) -> None:
    assert out_of_turn(Reply(code, text, command)) is complains
