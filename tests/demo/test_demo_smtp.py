from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from newsletter.errors import Refused
from newsletter.setup.demo.smtp import MailDrop

MAIL = (
    b"From: Le Courrier <courrier@valmont.example>\r\n"
    b"To: anne@valmont.example\r\n"
    b"Subject: =?utf-8?q?Le_march=C3=A9?=\r\n"
    b"\r\n"
    b".one dot\r\n..two dots\r\n.\r\n  spaces at the end  \r\n\r\n"
)


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[MailDrop]:
    with MailDrop(tmp_path / "mail") as drop:
        yield drop


def _send(drop: MailDrop, *recipients: str, content: bytes = MAIL) -> None:
    with smtplib.SMTP(drop.host, drop.port, timeout=10) as client:
        options = ["SMTPUTF8"] if not "".join(recipients).isascii() else []
        refused = client.sendmail("courrier@valmont.example", recipients, content, options)
    assert refused == {}


def test_mail_is_kept_byte_for_byte(drop: MailDrop) -> None:
    _send(drop, "anne@valmont.example")
    (mail,) = drop.messages("anne@valmont.example")
    assert mail.content == MAIL
    assert mail.path.read_bytes() == MAIL
    assert mail.message["Subject"] == "Le marché"
    assert abs(datetime.now(UTC) - mail.at) < timedelta(minutes=1)


def test_each_recipient_has_a_maildir_of_their_own(drop: MailDrop) -> None:
    _send(drop, "anne@valmont.example")
    _send(drop, "paul@valmont.example", content=MAIL + b"For Paul.\r\n")
    assert [mail.content for mail in drop.messages("anne@valmont.example")] == [MAIL]
    (mail,) = drop.messages("paul@valmont.example")
    assert mail.content == MAIL + b"For Paul.\r\n"
    assert {part.name for part in mail.path.parent.parent.iterdir()} >= {"tmp", "new", "cur"}
    assert drop.messages("nobody@valmont.example") == []


def test_mails_are_counted_and_come_in_order(drop: MailDrop) -> None:
    _send(drop, "anne@valmont.example")
    _send(drop, "anne@valmont.example", "paul@valmont.example")
    _send(drop, "anne@valmont.example")
    assert [mail.order for mail in drop.messages("anne@valmont.example")] == [1, 2, 4]
    assert drop.count == 4
    assert drop.counts() == {"anne@valmont.example": 3, "paul@valmont.example": 1}


def test_case_does_not_make_another_inbox(drop: MailDrop) -> None:
    _send(drop, "Anne@Valmont.example")
    assert len(drop.messages("anne@valmont.example")) == 1


@pytest.mark.parametrize(
    "address",
    [
        "../../up@valmont.example",
        '"a/../../b"@valmont.example',
        "..@valmont.example",
        "élodie@valmont.example",
        "x" * 64 + "@" + "y" * 60 + ".example",
        "a+b@valmont.example",
    ],
)
def test_no_address_leaves_the_folder(drop: MailDrop, address: str) -> None:
    drop._keep(address, MAIL)  # as a server would that checks less than aiosmtpd
    (mail,) = drop.messages(address)
    assert mail.path.resolve().parent.parent.parent == drop.folder.resolve()
    assert drop.counts() == {address: 1}


def test_mail_for_an_address_beyond_ascii_is_taken(drop: MailDrop) -> None:
    _send(drop, "élodie@valmont.example")
    assert len(drop.messages("élodie@valmont.example")) == 1


def test_a_mail_moved_by_a_mail_client_is_still_shown(drop: MailDrop) -> None:
    _send(drop, "anne@valmont.example")
    (mail,) = drop.messages("anne@valmont.example")
    mail.path.rename(mail.path.parent.parent / "cur" / f"{mail.path.name}:2,S")
    assert [again.content for again in drop.messages("anne@valmont.example")] == [MAIL]


def test_a_drop_opened_again_goes_on_counting(tmp_path: Path) -> None:
    for _ in range(2):
        with MailDrop(tmp_path) as drop:
            _send(drop, "anne@valmont.example")
    with MailDrop(tmp_path) as drop:
        assert [mail.order for mail in drop.messages("anne@valmont.example")] == [1, 2]
        assert drop.count == 2


def test_closing_does_not_wait_for_a_client_that_stays(tmp_path: Path) -> None:
    drop = MailDrop(tmp_path)
    with smtplib.SMTP(drop.host, drop.port, timeout=10) as client:
        client.noop()
        drop.close()
        drop.close()
        with pytest.raises(ConnectionError):
            socket.create_connection((drop.host, drop.port), timeout=10)


def test_a_port_in_use_is_one_clear_line(drop: MailDrop, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=f"cannot take mail on 127.0.0.1:{drop.port}"):
        MailDrop(tmp_path / "other", port=drop.port)
