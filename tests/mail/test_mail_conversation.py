"""What a relay answers and what becomes of the message, in groups of commands and one by one."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from scripted_relay import ANA, BEN, CLEO, DAN, Parcel, Peer, basket, play

from newsletter.mail.connection import Connection
from newsletter.mail.replies import Accepted, Deferred, Fault, Unknown
from newsletter.mail.settings import TimeLimits

both_ways = pytest.mark.parametrize("pipelining", [True, False], ids=["in groups", "one by one"])


@both_ways
def test_message_after_message_goes_over_one_connection(pipelining: bool) -> None:
    contents: list[bytes] = []

    async def script(peer: Peer) -> None:
        await peer.greet()
        for _ in range(4):
            contents.append(await peer.take())
            await peer.say("250 2.0.0 queued")
        await peer.leave()

    box = basket(ANA, BEN, CLEO, Parcel("dan@b.example", b".x\r\n".replace(b".", b"d")))
    played = play(script, box, pipelining=pipelining)
    assert box.kinds == [Accepted] * 4
    assert contents == [ANA.content + b".\r\n"] * 3 + [b"dx\r\n.\r\n"]
    assert [line for line in played.heard if line.startswith(b"RCPT")] == [
        f"RCPT TO:<{name}@b.example>\r\n".encode() for name in ("ana", "ben", "cleo", "dan")
    ]
    assert not played.broke_pipelining


@both_ways
def test_a_refused_recipient_does_not_hinder_the_next_one(pipelining: bool) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree(until="RCPT")
        await peer.say("550-5.1.1 no such mailbox", "550 5.1.1 see https://b.example/help")
        if pipelining:
            await peer.hear("DATA")
            await peer.say("503 5.5.1 no valid recipients")
        await peer.hear("RSET")
        await peer.say("250 OK")
        await peer.take()
        await peer.say("250 queued")
        await peer.leave()

    box = basket(ANA, BEN)
    played = play(script, box, pipelining=pipelining)
    box.refused(ANA, Fault.RECIPIENT)
    reply = box.outcomes[ANA.recipient].reply
    assert reply.text == "5.1.1 no such mailbox\n5.1.1 see https://b.example/help"
    assert reply.enhanced == "5.1.1"
    box.accepted(BEN)
    assert not played.broke_pipelining


@both_ways
def test_a_refused_sender_ends_the_connection_politely_and_charges_nobody(pipelining: bool) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.hear("MAIL")
        await peer.say("450 4.7.1 slow down")
        if pipelining:
            await peer.hear("RCPT", "DATA")
            await peer.say("503 5.5.1 MAIL first", "503 5.5.1 RCPT first")
        await peer.leave()

    box = basket(ANA, BEN)
    assert not play(script, box, pipelining=pipelining).broke_pipelining
    box.not_accepted(ANA, "450 4.7.1 slow down")
    assert box.taken == 1


@both_ways
@pytest.mark.parametrize(
    ("answer", "fault"),
    [("550 5.7.1 no", Fault.STANDING), ("552 5.3.4 too much", Fault.MESSAGE)],
)
def test_a_refused_data_is_followed_by_a_reset_and_the_next(
    pipelining: bool, answer: str, fault: Fault
) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree()
        await peer.say(answer)
        await peer.hear("RSET")
        await peer.say("250 OK")
        await peer.take()
        await peer.say("250 queued")
        await peer.leave()

    box = basket(ANA, BEN)
    play(script, box, pipelining=pipelining)
    box.refused(ANA, fault, answer)
    box.accepted(BEN)


@both_ways
def test_a_refused_content_is_the_end_of_its_message_only(pipelining: bool) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        for answer in ("554 5.6.0 no", "452 4.2.2 full", "250 queued"):
            await peer.take()
            await peer.say(answer)
        await peer.leave()

    box = basket(ANA, BEN, CLEO)
    play(script, box, pipelining=pipelining)
    box.refused(ANA, Fault.MESSAGE)
    outcome = box.outcomes[BEN.recipient]
    assert isinstance(outcome, Deferred)
    assert outcome.fault is Fault.RECIPIENT
    box.accepted(CLEO)


@both_ways
def test_a_relay_that_refuses_rset_is_left(pipelining: bool) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree()
        await peer.say("550 5.7.1 no")
        await peer.hear("RSET")
        await peer.say("500 what?")
        if pipelining:
            await peer.hear("MAIL", "RCPT", "DATA")
        assert await peer.hung_up()

    box = basket(ANA, BEN)
    play(script, box, pipelining=pipelining)
    assert box.taken == (2 if pipelining else 1)
    if pipelining:
        box.not_accepted(BEN, "it refused RSET")


@both_ways
@pytest.mark.parametrize("code", [200, 251, 299])
def test_any_final_2xx_is_accepted(pipelining: bool, code: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        await peer.say(f"{code} taken")
        await peer.leave()

    box = basket(ANA)
    play(script, box, pipelining=pipelining)
    box.accepted(ANA)
    assert box.outcomes[ANA.recipient].reply.code == code


@both_ways
@pytest.mark.parametrize("goodbye", [[], ["421 4.7.0 enough for now"]])
def test_a_server_that_hangs_up_right_after_accepting_has_accepted(
    pipelining: bool, goodbye: list[str]
) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        await peer.say("250 queued", *goodbye)

    box = basket(ANA, BEN)
    assert not play(script, box, pipelining=pipelining).broke_pipelining
    box.accepted(ANA)
    if box.taken == 2:
        box.not_accepted(BEN)


@both_ways
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_a_421_in_mid_session_charges_nobody(pipelining: bool, command: str) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree(until=command)
        await peer.say("421 4.3.2 system going down")
        assert b"QUIT" not in await peer.reader.read()

    box = basket(ANA, BEN)
    play(script, box, pipelining=pipelining)
    box.not_accepted(ANA, "421 4.3.2 system going down")
    assert box.taken == 1


@both_ways
def test_a_421_to_the_final_dot_is_no_acceptance(pipelining: bool) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        await peer.say("421 4.3.2 system going down")
        assert b"QUIT" not in await peer.reader.read()

    box = basket(ANA, BEN)
    play(script, box, pipelining=pipelining)
    box.not_accepted(ANA, "421 4.3.2")
    if pipelining:
        box.not_accepted(BEN, "421 4.3.2 system going down (to .); not begun")


def test_a_421_while_nothing_is_going_on_is_noticed() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.say("421 4.4.2 idle for too long")
        assert await peer.hung_up()

    play(script, basket(), idle=5)


def test_a_relay_that_hangs_up_before_it_is_given_anything_is_noticed() -> None:
    opened = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.greet()
        await opened.wait()
        await peer.say("421 4.3.2 go away")

    async def client(connection: Connection) -> None:
        opened.set()
        for _ in range(100):  # until the 421 must have been read
            await asyncio.sleep(0.001)
        await connection.carry(box, most=9, idle=0)

    box = basket(ANA, BEN)
    play(script, box, client=client)
    box.not_accepted(ANA, "421 4.3.2 go away")
    assert box.taken == 1


@both_ways
@pytest.mark.parametrize(
    "answer",
    [
        "what?",
        "250-OK\r\n550 no",
        "250 OK\r\n250 OK\r\n250 OK\r\n250 OK",
        "354 go ahead",
        "9999",
        "250-" + "x" * 70_000,
        "\x00\x01",
    ],
)
def test_garbled_and_merged_answers_are_deferred_before_the_dot(
    pipelining: bool, answer: str
) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.hear("MAIL")
        await peer.say(answer)
        with suppress(ConnectionError):
            await peer.reader.read()

    box = basket(ANA, BEN)
    play(script, box, pipelining=pipelining)
    box.not_accepted(ANA)
    assert box.taken == 1


@both_ways
@pytest.mark.parametrize(
    "answer",
    ["what?", "250-OK\r\n550 no", "250 OK\r\nwhat?", "250 OK\r\n" * 4 + "250 OK", "354 more"],
)
def test_garbled_and_merged_answers_are_unknown_after_the_dot(
    pipelining: bool, answer: str
) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        await peer.say(answer)
        with suppress(ConnectionError):
            await peer.reader.read()

    box = basket(ANA, BEN)
    play(script, box, pipelining=pipelining)
    assert isinstance(box.outcomes[ANA.recipient], Unknown)
    if pipelining:
        box.not_accepted(BEN, "not begun")


@both_ways
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_an_answer_that_does_not_come_in_time_is_deferred_before_the_dot(
    pipelining: bool, command: str
) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree(until=command)
        with suppress(ConnectionError):
            await peer.reader.read()

    box = basket(ANA)
    limits = TimeLimits(command=0.1, data=0.1, quit=0.1)
    play(script, box, pipelining=pipelining, limits=limits)
    box.not_accepted(ANA, f"no answer to {command} within 0.1 s")


@both_ways
def test_an_answer_that_does_not_come_in_time_is_unknown_after_the_dot(pipelining: bool) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        with suppress(ConnectionError):
            await peer.reader.read()

    box = basket(ANA)
    play(script, box, pipelining=pipelining, limits=TimeLimits(final=0.1, quit=0.1))
    outcome = box.outcomes[ANA.recipient]
    assert isinstance(outcome, Unknown)
    assert "no answer to . within 0.1 s; the final dot was already sent" in outcome.reason


@both_ways
def test_a_slow_answer_is_waited_for_as_long_as_its_own_limit_says(pipelining: bool) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        await asyncio.sleep(0.6)
        await peer.say("250 queued")
        await peer.leave()

    box = basket(ANA)
    play(script, box, pipelining=pipelining, limits=TimeLimits(command=0.4, data=0.4, final=5))
    box.accepted(ANA)


def test_what_was_said_to_quit_matters_to_nobody() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.hear("QUIT")
        with suppress(ConnectionError):
            await peer.reader.read()

    play(script, basket(), limits=TimeLimits(quit=0.05))


@pytest.mark.parametrize("pieces", [1, 2, 3, 7])
def test_answers_may_come_in_pieces_of_any_size(pieces: int) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        await peer.hear("MAIL", "RCPT", "DATA")
        said = b"250-2.0.0 queued\r\n250 as 17\r\n250 OK\r\n250 OK\r\n354 go ahead\r\n"
        for start in range(0, len(said), pieces):
            peer.writer.write(said[start : start + pieces])
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await peer.reader.readuntil(b"\r\n.\r\n")
        await peer.say("250 queued")
        await peer.leave()

    box = basket(ANA, BEN)
    play(script, box)
    box.accepted(ANA, BEN)
    assert box.outcomes[ANA.recipient].reply.text == "2.0.0 queued\nas 17"


@both_ways
def test_an_address_cannot_carry_a_command(pipelining: bool) -> None:
    bad = [
        Parcel(address)
        for address in (
            "ana@b.example>\r\nRCPT TO:<eve@b.example",
            "ana@b.example> NOTIFY=NEVER",
            "ana b@c",
        )
    ]

    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        await peer.say("250 queued")
        await peer.take()
        await peer.say("250 queued")
        await peer.leave()

    box = basket(bad[0], ANA, bad[1], bad[2], BEN)
    play(script, box, pipelining=pipelining)
    for parcel in bad:
        box.refused(parcel, Fault.MESSAGE)
    box.accepted(ANA, BEN)


def test_a_message_whose_last_line_is_open_is_not_sent() -> None:
    open_end = Parcel("cleo@b.example", b"no end")

    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        await peer.say("250 queued")
        await peer.leave()

    box = basket(open_end, DAN)
    play(script, box)
    box.refused(open_end, Fault.MESSAGE, "does not end in CRLF")
    box.accepted(DAN)
