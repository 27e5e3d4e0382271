"""Whether a message may have been accepted when its connection is lost, and the time limits."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from socket import SO_RCVBUF, SO_SNDBUF, SOL_SOCKET, socketpair
from typing import Any

import pytest
from scripted_relay import ANA, BEN, LARGE, Parcel, Peer, basket, play

from newsletter.mail.connection import Connection
from newsletter.mail.outgoing import Outgoing
from newsletter.mail.replies import Deferred, Fault, Outcome, Rejected, Unknown
from newsletter.mail.settings import TimeLimits

both_ways = pytest.mark.parametrize("pipelining", [True, False], ids=["in groups", "one by one"])

BIG = Parcel("ana@b.example", LARGE)


async def begin_to_take(peer: Peer) -> None:
    """Up to the first bytes of the message, and then read no more."""
    await peer.greet()
    await peer.agree()
    await peer.say("354 go ahead")
    await peer.reader.readexactly(1000)
    peer.writer.transport.pause_reading()


@both_ways
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_a_connection_reset_before_the_content_means_nothing_was_accepted(
    pipelining: bool, command: str
) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree(until=command)
        peer.reset()

    box = basket(ANA, BEN)
    play(script, box, pipelining=pipelining)
    box.not_accepted(ANA)
    assert box.taken == 1


@both_ways
def test_a_reset_while_the_message_is_still_leaving_means_nothing_was_accepted(
    pipelining: bool,
) -> None:
    async def script(peer: Peer) -> None:
        await begin_to_take(peer)
        peer.reset()

    box = basket(BIG, BEN)
    play(script, box, pipelining=pipelining, receive_buffer=4096)
    box.not_accepted(BIG, "nothing was accepted")
    if pipelining:
        box.not_accepted(BEN, "not begun")


@both_ways
def test_a_reset_after_the_final_dot_is_unknown_for_that_message_alone(pipelining: bool) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        peer.reset()

    box = basket(ANA, BEN)
    play(script, box, pipelining=pipelining)
    outcome = box.outcomes[ANA.recipient]
    assert isinstance(outcome, Unknown)
    assert "the final dot was already sent" in outcome.reason
    if pipelining:
        box.not_accepted(BEN, "not begun")
    else:
        assert box.taken == 1


def test_a_message_that_was_accepted_stays_so_when_the_next_one_is_cut_off() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        await peer.hear("MAIL")
        await peer.say("250 queued")
        await peer.hear("RCPT")
        peer.writer.close()

    box = basket(ANA, BEN)
    play(script, box)
    box.accepted(ANA)
    box.not_accepted(BEN, "not begun")


@both_ways
def test_a_server_that_stops_reading_never_gets_the_dot_later(pipelining: bool) -> None:
    given_up = asyncio.Event()
    rest = b""

    async def script(peer: Peer) -> None:
        nonlocal rest
        await begin_to_take(peer)
        await given_up.wait()
        peer.writer.transport.resume_reading()
        with suppress(ConnectionError):
            rest = await peer.reader.read()

    async def client(connection: Connection) -> None:
        await connection.carry(box, most=1, idle=0)
        given_up.set()

    box = basket(BIG)
    limits = TimeLimits(block=0.1, quit=0.1)
    play(script, box, client=client, pipelining=pipelining, receive_buffer=4096, limits=limits)
    box.not_accepted(BIG, "it took none of the message for 0.1 s")
    assert not rest.endswith(b"\r\n.\r\n")


def test_a_slow_server_is_borne_with_as_long_as_it_goes_on() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree()
        await peer.say("354 go ahead")
        transport: Any = peer.writer.transport
        for _ in range(5):  # each pause is shorter than the limit, all together are longer
            transport.pause_reading()
            await asyncio.sleep(0.15)
            transport.resume_reading()
            await peer.reader.readexactly(1_000_000)
        await peer.reader.readuntil(b"\r\n.\r\n")
        await peer.say("250 queued")
        await peer.leave()

    box = basket(BIG)
    play(script, box, receive_buffer=4096, limits=TimeLimits(block=0.5, quit=0.1))
    box.accepted(BIG)


@both_ways
@pytest.mark.parametrize(
    ("answer", "kind", "fault"),
    [
        ("552 5.3.4 message too large", Rejected, Fault.MESSAGE),
        ("552 5.3.4 message too large\r\n421 bye", Rejected, Fault.MESSAGE),
        ("451 4.7.1 later", Deferred, Fault.RECIPIENT),
        ("421 4.3.2 going down", Deferred, Fault.RELAY),
        ("250 OK", Deferred, Fault.RELAY),
        ("552 no\r\n552 no", Deferred, Fault.RELAY),
        ("what?", Deferred, Fault.RELAY),
    ],
)
def test_an_answer_in_the_middle_of_the_message_is_heard_but_never_an_acceptance(
    pipelining: bool, answer: str, kind: type[Outcome], fault: Fault
) -> None:
    async def script(peer: Peer) -> None:
        await begin_to_take(peer)
        await peer.say(answer)
        await heard.wait()

    async def client(connection: Connection) -> None:
        await connection.carry(box, most=9, idle=0)
        heard.set()

    heard = asyncio.Event()
    box = basket(BIG, BEN)
    play(script, box, client=client, pipelining=pipelining, receive_buffer=4096)
    outcome = box.outcomes[BIG.recipient]
    assert isinstance(outcome, kind), outcome
    assert isinstance(outcome, Deferred | Rejected)
    assert outcome.fault is fault
    if pipelining:
        box.not_accepted(BEN, "not begun")


def test_an_interrupted_message_takes_its_connection_along() -> None:
    taken = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        taken.set()
        with suppress(ConnectionError):
            assert (await peer.reader.read()).count(b"\r\n") == 3  # MAIL, RCPT, DATA of the next

    async def client(connection: Connection) -> None:
        task = asyncio.create_task(connection.carry(box, most=9, idle=0))
        await taken.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    box = basket(ANA, BEN)
    play(script, box, client=client)
    assert isinstance(box.outcomes[ANA.recipient], Unknown)
    box.not_accepted(BEN, "interrupted by us; not begun")


# Whether the dot has left, byte by byte ----------------------------------------------------------


class Resumed(asyncio.Protocol):
    """Does with `resume_writing` what a connection does."""

    outgoing: Outgoing

    def resume_writing(self) -> None:
        self.outgoing.resume()


@pytest.mark.parametrize("after", [0, 90])
def test_the_dot_is_held_exactly_until_it_has_left_our_buffer(after: int) -> None:
    async def run() -> list[tuple[bool, int]]:
        ours, theirs = socketpair()
        theirs.setsockopt(SOL_SOCKET, SO_RCVBUF, 4096)
        protocol = Resumed()
        transport, _ = await asyncio.get_running_loop().create_connection(
            lambda: protocol, sock=ours
        )
        protocol.outgoing = outgoing = Outgoing(transport)
        ours.setsockopt(SOL_SOCKET, SO_SNDBUF, 4096)
        data = b"x" * 100_000 + b"\r\n.\r\n" + b"y" * after
        assert outgoing.message(data, after)
        seen = []
        received = 0
        while received < len(data):
            seen.append((outgoing.held, transport.get_write_buffer_size()))
            received += len(theirs.recv(500))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        seen.append((outgoing.held, transport.get_write_buffer_size()))
        transport.abort()
        theirs.close()
        return seen

    seen = asyncio.run(run())
    assert seen[0][0]
    assert not seen[-1][0]
    assert all(held == (unsent > after + 2) for held, unsent in seen)


def test_a_write_to_a_connection_that_is_gone_has_not_left() -> None:
    async def run() -> bool:
        ours, theirs = socketpair()
        transport, _ = await asyncio.get_running_loop().create_connection(
            asyncio.Protocol, sock=ours
        )
        outgoing = Outgoing(transport)
        theirs.close()
        written = outgoing.message(b"x\r\n.\r\n", 0)
        transport.abort()
        return not written and outgoing.held

    assert asyncio.run(run())
