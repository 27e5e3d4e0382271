"""The outbox keeps exact bytes in numbered files, and no address leads out of its folder."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from scripted_relay import ANA, BEN, CLEO, Basket, Parcel, basket

from newsletter.errors import RelayError
from newsletter.mail.replies import Accepted, Unknown
from newsletter.mail.settings import OutboxSettings, RelaySettings, Tls
from newsletter.mail.transport import open_connection

MESSAGE = b"From: a@valmont.example\r\n\r\n=2E\r\n"


async def keep(folder: Path, *recipients: str) -> list[str]:
    connection = await open_connection(OutboxSettings("outbox", folder))
    box = Basket([Parcel(recipient, MESSAGE) for recipient in recipients])
    texts: list[str] = []

    def told(parcel: Parcel) -> None:
        outcome = box.outcomes.pop(parcel.recipient)
        assert isinstance(outcome, Accepted)
        texts.append(outcome.reply.text)

    box.on_done = told
    await connection.carry(box, most=100, idle=0)
    assert not connection.broke_pipelining
    return texts


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def test_messages_are_kept_byte_for_byte_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "outbox"
    texts = asyncio.run(keep(folder, "zoe@b.example", "ana+x@b.example"))
    assert files(folder) == ["000001-zoe@b.example.eml", "000002-ana+x@b.example.eml"]
    assert texts == [f"kept as {name}" for name in files(folder)]
    assert (folder / "000001-zoe@b.example.eml").read_bytes() == MESSAGE
    assert folder.stat().st_mode & 0o077 == 0  # links in mails act for their readers
    assert (folder / "000001-zoe@b.example.eml").stat().st_mode & 0o077 == 0


def test_numbers_go_on_after_a_restart_even_if_the_counter_is_lost(tmp_path: Path) -> None:
    asyncio.run(keep(tmp_path, "a@b.example", "b@b.example"))
    asyncio.run(keep(tmp_path, "c@b.example"))
    (tmp_path / ".last-number").unlink()
    asyncio.run(keep(tmp_path, "d@b.example"))
    assert [name[:8] for name in files(tmp_path)] == [
        "000001-a",
        "000002-b",
        "000003-c",
        "000004-d",
    ]


def test_several_connections_never_share_a_number(tmp_path: Path) -> None:
    async def run() -> None:
        await asyncio.gather(*(keep(tmp_path, *["same@b.example"] * 10) for _ in range(4)))

    asyncio.run(run())
    assert [name[:6] for name in files(tmp_path)] == [f"{n:06d}" for n in range(1, 41)]


@pytest.mark.parametrize(
    "address",
    ["../../etc/passwd@b.example", '"/etc/x"@b.example', "a\\b@c", "é" * 300, "..", "a\0b"],
)
def test_no_address_leads_out_of_the_folder(tmp_path: Path, address: str) -> None:
    folder = tmp_path / "outbox"
    asyncio.run(keep(folder, address))
    (name,) = files(folder)
    assert name.startswith("000001-")
    assert [path.name for path in tmp_path.iterdir()] == ["outbox"]


def test_a_folder_that_cannot_be_made_waits_for_the_admin(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RelayError, match=r"outbox 'outbox' .* cannot be made") as caught:
        asyncio.run(open_connection(OutboxSettings("outbox", tmp_path / "file" / "outbox")))
    assert caught.value.waits_for_admin


def test_a_folder_that_cannot_be_written_defers_and_leaves_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        connection = await open_connection(OutboxSettings("outbox", tmp_path / "outbox"))
        (tmp_path / "outbox").rmdir()
        box = basket(ANA, BEN)
        await connection.carry(box, most=9, idle=5)
        box.not_accepted(ANA, "nothing was kept")
        assert box.taken == 1

    asyncio.run(run())
    assert list(tmp_path.iterdir()) == []


def test_what_is_offered_later_is_kept_until_it_is_stopped(tmp_path: Path) -> None:
    async def run() -> None:
        connection = await open_connection(OutboxSettings("outbox", tmp_path))
        box = basket()
        carrying = asyncio.create_task(connection.carry(box, most=9, idle=5))
        for parcel in (ANA, BEN):
            await asyncio.sleep(0)
            box.parcels.append(parcel)
            connection.offer()
            while parcel.recipient not in box.outcomes:
                await asyncio.sleep(0.001)
        connection.stop()
        box.parcels.append(CLEO)
        await carrying
        box.accepted(ANA, BEN)
        assert box.taken == 2

    asyncio.run(run())


def test_no_more_than_so_many_are_kept(tmp_path: Path) -> None:
    async def run() -> None:
        connection = await open_connection(OutboxSettings("outbox", tmp_path))
        box = basket(ANA, BEN, CLEO)
        await connection.carry(box, most=2, idle=5)
        box.accepted(ANA, BEN)
        assert box.taken == 2

    asyncio.run(run())


@pytest.mark.parametrize("renewed", [True, False])
def test_a_stale_mark_is_renewed_or_the_message_is_not_kept(tmp_path: Path, renewed: bool) -> None:
    async def renew() -> bool:
        return renewed

    async def run() -> None:
        connection = await open_connection(OutboxSettings("outbox", tmp_path))
        box = basket(ANA, stale=(ANA,), renewal=renew)
        await connection.carry(box, most=9, idle=0)
        assert list(box.outcomes) == ([ANA.recipient] if renewed else [])

    asyncio.run(run())
    assert len(files(tmp_path)) == renewed


def test_what_is_being_kept_when_we_are_interrupted_is_unknown(tmp_path: Path) -> None:
    async def run() -> None:
        connection = await open_connection(OutboxSettings("outbox", tmp_path))
        box = basket(ANA, BEN)
        carrying = asyncio.create_task(connection.carry(box, most=9, idle=5))
        await asyncio.sleep(0)
        carrying.cancel()
        with pytest.raises(asyncio.CancelledError):
            await carrying
        assert box.kinds == [Unknown]

    asyncio.run(run())


@pytest.mark.parametrize(
    ("host", "local"),
    [("localhost", True), ("127.0.0.1", True), ("::1", True), ("mail.b.example", False)],
)
def test_a_relay_on_this_machine_is_local(host: str, local: bool) -> None:
    assert RelaySettings("main", host, 25, Tls.NONE).is_local is local


def test_a_password_is_never_shown() -> None:
    assert "canary" not in repr(RelaySettings("main", "b.example", 587, password="canary"))
