"""The commands of an envelope, as each server understands them, and the replies as they come."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import MessageError
from newsletter.mail.commands import Commands
from newsletter.mail.expected import DATA, DOT, GROUP, MAIL, RCPT
from newsletter.mail.hearing import Hearing, dot_of_usual, why_out_of_step
from newsletter.mail.mailboxes import addr_spec
from newsletter.mail.replies import Rejected
from newsletter.mail.settings import Envelope


def commands(**extensions: str) -> Commands:
    return Commands(extensions, "relay 'main' (b.example:25)")


def test_a_plain_server_is_told_who_and_to_whom() -> None:
    assert commands().open(Envelope("b@v.example", "ana@b.example", "d17", 9)) == (
        b"MAIL FROM:<b@v.example>\r\n",
        b"RCPT TO:<ana@b.example>\r\n",
    )
    assert commands().open(Envelope("", "ana@b.example")) == (
        b"MAIL FROM:<>\r\n",
        b"RCPT TO:<ana@b.example>\r\n",
    )


def test_dsn_is_asked_for_where_it_is_offered() -> None:
    server = commands(dsn="", size="0")
    envelope = Envelope("b@v.example", "ana+x=y@b.example", envid="d17+2", size=9)
    assert server.open(envelope) == (
        b"MAIL FROM:<b@v.example> SIZE=9 RET=HDRS ENVID=d17+2B2\r\n",
        b"RCPT TO:<ana+x=y@b.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;ana+2Bx+3Dy@b.example\r\n",
    )


def test_an_address_of_another_alphabet_says_that_it_is_utf8() -> None:
    server = commands(dsn="", smtputf8="")
    assert server.open(Envelope("b@v.example", "zoé@bücher.example")) == (
        b"MAIL FROM:<b@v.example> BODY=8BITMIME SMTPUTF8 RET=HDRS\r\n",
        "RCPT TO:<zoé@xn--bcher-kva.example> NOTIFY=FAILURE,DELAY "
        "ORCPT=utf-8;zoé@xn--bcher-kva.example\r\n".encode(),
    )
    # Only the part before the @ needs it: a domain has a form in ASCII.
    assert b"SMTPUTF8" not in server.open(Envelope("b@v.example", "zoe@bücher.example"))[0]
    assert b"SMTPUTF8" in server.open(Envelope("élu@v.example", "zoe@b.example"))[0]


def test_what_the_server_would_have_to_refuse_is_not_asked_for() -> None:
    refused = commands(size="1000").open(Envelope("", "ana@b.example", size=1001))
    assert isinstance(refused, Rejected)
    assert "1001 bytes" in refused.reason
    refused = commands().open(Envelope("", "zoé@b.example"))
    assert isinstance(refused, Rejected)
    assert "SMTPUTF8" in refused.reason


def test_each_sender_stands_in_its_own_mail() -> None:
    server = commands()
    for sender in ("a@v.example", "b@v.example", "", "a@v.example"):
        assert (
            server.open(Envelope(sender, "ana@b.example"))[0]
            == f"MAIL FROM:<{sender}>\r\n".encode()
        )


_LETTERS = st.text(alphabet='aZ09_-+=.@"\\ \r\n><é[:]', min_size=1, max_size=12)


@given(st.one_of(_LETTERS, st.builds("{}@{}.example".format, _LETTERS, _LETTERS)))
def test_the_short_way_for_plain_addresses_says_what_the_long_one_says(address: str) -> None:
    try:
        expected: str | None = addr_spec(address)
    except MessageError:
        expected = None
    try:
        opening = commands(smtputf8="").open(Envelope("", address))
    except MessageError:
        assert expected is None
    else:
        assert opening[1] == f"RCPT TO:<{expected}>\r\n".encode()


REPLIES = [(250, b"one"), (250, b"two\nlines"), (354, b""), (421, b"4.3.2 bye"), (599, b"x")]
BYTES = b"250 one\r\n250-two\r\n250 lines\n354\r\n421-4.3.2 bye\r\n421\r\n599 x\r\n".replace(
    b"421-4.3.2 bye\r\n421\r\n", b"421 4.3.2 bye\r\n"
)


@given(st.lists(st.integers(0, len(BYTES))))
def test_replies_are_the_same_however_their_bytes_arrive(cuts: list[int]) -> None:
    hearing = Hearing()
    heard = []
    places = [0, *sorted(cuts), len(BYTES)]
    for start, end in pairwise(places):
        heard += hearing.feed(BYTES[start:end])
    assert heard == REPLIES
    assert hearing.garbled is None


@pytest.mark.parametrize(
    "garbled",
    [b"what?\r\n", b"250-OK\r\n550 no\r\n", b"150 hm\r\n", b"\r\n", b"250-" + b"x" * 70_000],
)
def test_what_is_no_reply_is_garbled_and_the_replies_before_it_are_heard(garbled: bytes) -> None:
    hearing = Hearing()
    assert hearing.feed(b"250 one\r\n" + garbled)[0] == (250, b"one")
    assert hearing.garbled is not None


@pytest.mark.parametrize(
    ("codes", "expected", "fine"),
    [
        ([250], [MAIL], True),
        ([250], [DOT, *GROUP], True),
        ([250, 550, 503], GROUP, True),
        ([250, 250, 354], GROUP, True),
        ([421, 250, 250, 250], [MAIL], True),
        ([250, 421], [DOT], True),
        ([354], [RCPT], False),
        ([250], [DATA], False),
        ([250, 250], [DOT], False),
        ([550], [], False),
        ([421], [], True),
    ],
)
def test_replies_are_in_step_when_each_can_answer_its_command(
    codes: list[int], expected: list[str], fine: bool
) -> None:
    replies = [(code, b"") for code in codes]
    assert (why_out_of_step(replies, expected, None) is None) is fine
    assert replies[-1][0] == 421 or 421 not in codes


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"250 2.0.0 as 17\r\n250 a\r\n250 b\r\n354 c\r\n", b"2.0.0 as 17"),
        (b"250 as 17\r\n250 a\r\n250 b\r\n354 c", None),
        (b"250 as 17\r\n250 a\r\n250 b\r\n354 c\r\n421 d\r\n", None),
        (b"250-as 17\r\n250 a\r\n250 b\r\n354 c\r\n", None),
        (b"250 as\n17\r\n250 a\r\n250 b\r\n354 c\r\n", None),
        (b"250 as 17\r\n250 a\r\n250 b\r\n250 c\r\n", None),
        (b"451 as 17\r\n250 a\r\n250 b\r\n354 c\r\n", None),
        (b"250 as 17\r\n", None),
    ],
)
def test_the_usual_answer_is_known_at_a_glance(data: bytes, text: bytes | None) -> None:
    assert dot_of_usual(data) == text
