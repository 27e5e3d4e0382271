"""How a connection and its source go together: marks, stopping, waiting, and faults of our own."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from scripted_relay import ANA, BEN, CLEO, Parcel, Peer, basket, play

from newsletter.mail.connection import Connection
from newsletter.mail.replies import Accepted, Unknown

both_ways = pytest.mark.parametrize("pipelining", [True, False], ids=["in groups", "one by one"])


async def takes_all(peer: Peer) -> None:
    """A relay that takes whatever comes, one message after another."""
    await peer.greet()
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        while (verb := (await peer.reader.readline())[:4]) not in (b"QUIT", b""):
            if verb == b"DATA":
                await peer.content()
            await peer.say("250 OK")


async def kept() -> bool:
    return True


async def refused() -> bool:
    return False


async def never() -> bool:
    raise AssertionError


# Marks -------------------------------------------------------------------------------------------


@both_ways
def test_a_stale_mark_is_renewed_before_the_content(pipelining: bool) -> None:
    box = basket(ANA, BEN, CLEO, stale=(ANA, CLEO), renewal=kept)
    play(takes_all, box, pipelining=pipelining)
    box.accepted(ANA, BEN, CLEO)
    assert box.renewed == 2


@both_ways
def test_a_mark_that_is_fresh_is_not_renewed(pipelining: bool) -> None:
    box = basket(ANA, BEN, renewal=never)
    play(takes_all, box, pipelining=pipelining)
    box.accepted(ANA, BEN)


@both_ways
def test_a_refused_mark_drops_the_connection_with_nothing_sent(pipelining: bool) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        if pipelining:
            await peer.agree()
            await peer.say("250 queued", "354 go ahead")
        else:
            await peer.say("250 queued")
            await peer.agree()
            await peer.say("354 go ahead")
        assert await peer.hung_up()

    async def grouped(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        await peer.hear("MAIL", "RCPT", "DATA")
        await peer.say("250 queued", "250 OK", "250 OK", "354 go ahead")
        assert await peer.hung_up()

    box = basket(ANA, BEN, CLEO, stale=(BEN,), renewal=refused)
    play(grouped if pipelining else script, box, pipelining=pipelining)
    box.accepted(ANA)
    assert list(box.outcomes) == [ANA.recipient]  # the other one is not ours any more
    assert box.taken == 2


@pytest.mark.parametrize("renewed", [True, False])
def test_a_renewal_that_a_lost_connection_has_overtaken_still_decides(renewed: bool) -> None:
    async def late() -> bool:
        asked.set()
        await asyncio.sleep(0.05)
        return renewed

    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree()
        await peer.say("354 go ahead")
        await asked.wait()
        peer.reset()

    asked = asyncio.Event()
    box = basket(ANA, stale=(ANA,), renewal=late)
    play(script, box)
    if renewed:
        box.not_accepted(ANA, "not begun")
    else:
        assert box.outcomes == {}


def test_a_server_that_speaks_while_a_mark_is_renewed_gets_nothing() -> None:
    async def late() -> bool:
        told.set()
        await asyncio.sleep(0.05)
        return True

    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree()
        await peer.say("354 go ahead")
        await told.wait()
        await peer.say("250 taken")
        assert await peer.hung_up()

    told = asyncio.Event()
    box = basket(ANA, stale=(ANA,), renewal=late)
    play(script, box)
    box.not_accepted(ANA, "a reply to nothing: 250 taken; not begun")


def test_stopping_while_a_mark_is_renewed_gives_the_parcel_back() -> None:
    async def stopped() -> bool:
        connections[0].stop()
        return True

    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree()
        await peer.say("354 go ahead")
        assert await peer.hung_up()

    async def client(connection: Connection) -> None:
        connections.append(connection)
        await connection.carry(box, most=9, idle=5)

    connections: list[Connection] = []
    box = basket(ANA, stale=(ANA,), renewal=stopped)
    play(script, box, client=client)
    box.not_accepted(ANA, "stopped by us; not begun")


def test_cancelling_while_a_mark_is_renewed_leaves_that_parcel_undecided() -> None:
    async def endless() -> bool:
        asked.set()
        await asyncio.sleep(60)
        return True

    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree()
        await peer.say("354 go ahead")
        assert await peer.hung_up()

    async def client(connection: Connection) -> None:
        task = asyncio.create_task(connection.carry(box, most=9, idle=5))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asked = asyncio.Event()
    box = basket(ANA, stale=(ANA,), renewal=endless)
    play(script, box, client=client)
    assert box.outcomes == {}


# Taking, stopping and waiting --------------------------------------------------------------------


@both_ways
def test_no_more_than_so_many_are_taken(pipelining: bool) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        await peer.say("250 OK")
        await peer.take()
        await peer.say("250 OK")
        await peer.leave()

    box = basket(ANA, BEN, CLEO)
    play(script, box, pipelining=pipelining, most=2, idle=5)
    box.accepted(ANA, BEN)
    assert box.taken == 2


@both_ways
def test_what_is_offered_later_is_carried_and_idleness_ends_it(pipelining: bool) -> None:
    async def client(connection: Connection) -> None:
        carrying = asyncio.create_task(connection.carry(box, most=9, idle=0.5))
        for parcel in (ANA, BEN):
            await asyncio.sleep(0.02)
            connection.offer()  # for nothing, and that is no harm
            box.parcels.append(parcel)
            connection.offer()
            while parcel.recipient not in box.outcomes:
                await asyncio.sleep(0.001)
        assert not carrying.done()
        await carrying

    box = basket()
    play(takes_all, box, client=client, pipelining=pipelining)
    box.accepted(ANA, BEN)


@both_ways
def test_stopping_lets_what_is_under_way_end_and_gives_back_what_is_announced(
    pipelining: bool,
) -> None:
    taken = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.take()
        taken.set()
        if pipelining:
            await peer.hear("MAIL", "RCPT", "DATA")
            await peer.say("250 queued", "250 OK", "250 OK", "354 go ahead")
            assert await peer.hung_up()
        else:
            await asyncio.sleep(0.02)
            await peer.say("250 queued")
            await peer.leave()

    async def client(connection: Connection) -> None:
        carrying = asyncio.create_task(connection.carry(box, most=9, idle=5))
        await taken.wait()
        connection.stop()
        connection.stop()
        await carrying

    box = basket(ANA, BEN, CLEO)
    play(script, box, client=client, pipelining=pipelining)
    box.accepted(ANA)
    if pipelining:
        box.not_accepted(BEN, "stopped by us; not begun")
    assert box.taken == (2 if pipelining else 1)


@both_ways
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_stopping_before_the_content_gives_the_parcel_back_at_once(
    pipelining: bool, command: str
) -> None:
    heard = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.agree(until=command)
        heard.set()
        with suppress(ConnectionError):
            await peer.reader.read()

    async def client(connection: Connection) -> None:
        carrying = asyncio.create_task(connection.carry(box, most=9, idle=5))
        await heard.wait()
        connection.stop()
        box.not_accepted(ANA, "stopped by us; not begun")
        await carrying

    box = basket(ANA, BEN)
    assert not play(script, box, client=client, pipelining=pipelining).broke_pipelining
    assert box.taken == 1


@pytest.mark.parametrize("early", [True, False])
def test_stopping_what_is_idle_says_quit(early: bool) -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.leave()

    async def client(connection: Connection) -> None:
        if early:
            connection.stop()
        carrying = asyncio.create_task(connection.carry(box, most=9, idle=5))
        await asyncio.sleep(0)
        box.parcels.append(ANA)
        connection.stop()
        await carrying

    box = basket()
    play(script, box, client=client)
    assert box.taken == 0


@both_ways
def test_a_source_may_stop_the_connection_in_the_middle_of_being_told(pipelining: bool) -> None:
    async def client(connection: Connection) -> None:
        box.on_done = lambda _: connection.stop()
        await connection.carry(box, most=9, idle=5)

    bad = Parcel("no address")
    for first in (ANA, bad):
        box = basket(first, BEN, CLEO)
        play(takes_all, box, client=client, pipelining=pipelining)
        assert first.recipient in box.outcomes
        assert all(not isinstance(outcome, Unknown) for outcome in box.outcomes.values())
        assert Accepted not in box.kinds[1:]
        assert len(box.outcomes) == box.taken


# Faults of our own -------------------------------------------------------------------------------


@both_ways
def test_what_the_source_raises_ends_the_connection_and_is_raised(pipelining: bool) -> None:
    def fail(parcel: Parcel) -> None:
        if parcel is ANA:
            raise LookupError("no room")

    box = basket(ANA, BEN, on_done=fail)
    with pytest.raises(LookupError, match="no room"):
        play(takes_all, box, pipelining=pipelining)
    assert Accepted not in box.kinds[1:]


def test_what_a_renewal_raises_is_raised_and_its_parcel_stays_undecided() -> None:
    async def failing() -> bool:
        raise LookupError("no database")

    box = basket(ANA, stale=(ANA,), renewal=failing)
    with pytest.raises(LookupError, match="no database"):
        play(takes_all, box)
    assert box.outcomes == {}


def test_a_connection_with_nothing_to_carry_says_quit() -> None:
    async def script(peer: Peer) -> None:
        await peer.greet()
        await peer.leave()

    async def client(connection: Connection) -> None:
        await connection.close()

    play(script, basket(), client=client)
