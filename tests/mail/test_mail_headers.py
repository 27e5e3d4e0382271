"""Header fields survive Python's parser, stay within their lengths, and refuse injections."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.errors import MessageError
from newsletter.mail import headers
from newsletter.mail.mailboxes import Mailbox, addr_spec, ascii_domain, needs_smtputf8

printable = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))
subjects = st.text(printable, min_size=1, max_size=200).map(str.strip).filter(bool)
names = subjects


def parsed(*fields: str) -> EmailMessage:
    message = message_from_bytes(("".join(fields) + "\r\n").encode(), policy=default)
    assert isinstance(message, EmailMessage)
    return message


def check_lengths(field: str) -> None:
    assert field.endswith("\r\n")
    for line in field[:-2].split("\r\n"):
        assert len(line) <= 76
        assert "\n" not in line
        assert "\r" not in line
        assert line.strip()
    for word in re.findall(r"=\?[^?]+\?[qb]\?([^?]*)\?=", field):
        assert len(word) + len("=?utf-8?q??=") <= 75


@given(subjects)
@example("Le marché du samedi revient sur le pont de Valmont, et la fanfare joue à midi")
@example("🎺" * 60)
@example("=?utf-8?q?not_encoded?=")
@example("two  spaces")
@example("x" * 200)
@example("The market is back " * 9 + "!")
@example("a\u2028b\u00a0c")
def test_subjects_round_trip(subject: str) -> None:
    field = headers.text_field("Subject", subject)
    assert field.isascii()
    check_lengths(field)
    assert str(parsed(field)["Subject"]) == subject


@given(names)
@example('Ana "la flûte" Dubois')
@example("Dubois, Ana")
@example("O'Neil-Dubois")
@example("a\\b (c) <d@e.example>")
@example("عائشة 🎺")
@example("=?utf-8?q?x?=")
@example("word " * 40 + "end")
@example("W" * 90)
def test_display_names_round_trip(name: str) -> None:
    field = headers.mailbox_field("To", Mailbox("ana@valmont.example", name))
    assert field.isascii()
    check_lengths(field)
    message = parsed(field)
    (address,) = message["To"].addresses
    if field.count("=?") < 2:
        assert address.display_name == name
    else:  # some versions of the parser put a space between two encoded-words of a phrase
        phrase = field.removeprefix("To: ").rpartition("<")[0].strip()
        assert str(make_header(decode_header(phrase))) == name
    assert address.addr_spec == "ana@valmont.example"
    assert message["To"].defects == ()


@given(names)
def test_no_encoded_word_splits_a_character(name: str) -> None:
    field = headers.mailbox_field("To", Mailbox("a@b.example", f"é{name}"))
    for charset, way, word in re.findall(r"=\?([^?]+)\?([qb])\?([^?]*)\?=", field):
        alone = parsed(f"Subject: =?{charset}?{way}?{word}?=\r\n")["Subject"]
        assert "\ufffd" not in str(alone).replace("\ufffd", "", name.count("\ufffd"))
        assert not any("\udc80" <= c <= "\udcff" for c in str(alone))


@given(st.text(st.characters(codec="utf-8"), max_size=20), st.sampled_from("\r\n\0\x1f\x7f\x85"))
def test_control_characters_never_reach_a_field(text: str, control: str) -> None:
    bad = f"{text}{control}Bcc: all@valmont.example"
    attempts = [
        lambda: headers.text_field("Subject", bad),
        lambda: headers.mailbox_field("To", Mailbox("a@b.example", bad)),
        lambda: headers.mailbox_field("To", Mailbox(f"{bad}@b.example")),
        lambda: headers.mailbox_field("To", Mailbox(f"a@{bad}")),
        lambda: headers.uri_field("List-Help", f"https://b.example/{bad}"),
        lambda: headers.identifier_field("Feedback-ID", bad),
        lambda: headers.list_id_field("a.b.example", bad),
        lambda: headers.list_id_field(f"a.{bad}", "x"),
        lambda: headers.message_id_field(f"<{bad}@b.example>"),
    ]
    for attempt in attempts:
        with pytest.raises(MessageError):
            attempt()


def test_the_error_names_the_field() -> None:
    with pytest.raises(MessageError, match=r"^Subject holds the control character U\+000A; remove"):
        headers.text_field("Subject", "a\nb")


def test_a_long_unsubscribe_url_stays_whole_and_folds_only_after_the_comma() -> None:
    url = "https://news.valmont.example/u/" + "Ab9_-" * 60
    field = headers.uri_field("List-Unsubscribe", url, "mailto:b+u@bounces.valmont.example")
    assert field == (f"List-Unsubscribe: <{url}>,\r\n <mailto:b+u@bounces.valmont.example>\r\n")
    assert str(parsed(field)["List-Unsubscribe"]) == (
        f"<{url}>, <mailto:b+u@bounces.valmont.example>"
    )


@pytest.mark.parametrize(
    "uri", ["https://é.example/", "https://a.example/<x>", "https://a.example/a b", "nothing"]
)
def test_what_is_not_a_uri_is_refused(uri: str) -> None:
    with pytest.raises(MessageError, match=r"^List-Help: .* percent-encode it"):
        headers.uri_field("List-Help", uri)


def test_a_line_longer_than_998_is_refused() -> None:
    with pytest.raises(MessageError, match=r"longer than 998"):
        headers.uri_field("List-Help", "https://a.example/" + "x" * 1000)


def test_a_list_id_is_never_an_encoded_word() -> None:
    field = headers.list_id_field("hebdo.valmont.example", "L’été à « Valmont »")
    assert field == 'List-Id: "L\'ete a Valmont" <hebdo.valmont.example>\r\n'
    assert headers.list_id_field("a.example", "日本") == "List-Id: <a.example>\r\n"


@pytest.mark.parametrize("bad", ["hebdo", "hebdo.valmont.example>", "a..b", "é.example", ""])
def test_a_list_id_must_be_a_label_and_a_domain(bad: str) -> None:
    with pytest.raises(MessageError, match=r"^List-Id: "):
        headers.list_id_field(bad, "x")


def test_a_date_has_a_numeric_zone() -> None:
    moment = datetime(2026, 1, 24, 8, 5, tzinfo=timezone(timedelta(hours=1)))
    assert headers.date_field(moment) == "Date: Sat, 24 Jan 2026 08:05:00 +0100\r\n"
    same = moment.astimezone(UTC)
    assert headers.date_field(same) == "Date: Sat, 24 Jan 2026 07:05:00 +0000\r\n"
    assert headers.date_field(datetime(2026, 1, 4, tzinfo=UTC)).endswith(" 00:00:00 +0000\r\n")


def test_a_date_without_a_zone_is_refused() -> None:
    with pytest.raises(MessageError, match=r"^Date: .* has no time zone"):
        headers.date_field(datetime(2026, 1, 24))  # noqa: DTZ001


@pytest.mark.parametrize("bad", ["a@b.example", "<a>", "<a b@c>", "<a@b> x", "<>"])
def test_a_message_id_without_its_form_is_refused(bad: str) -> None:
    with pytest.raises(MessageError, match=r"^Message-ID: "):
        headers.message_id_field(bad)


def test_domains_become_a_labels_before_they_reach_a_header() -> None:
    field = headers.mailbox_field("To", Mailbox("ana@bücher.example", "Ana"))
    assert field == "To: Ana <ana@xn--bcher-kva.example>\r\n"
    assert ascii_domain("localhost") == "localhost"


def test_only_a_non_ascii_local_part_needs_smtputf8() -> None:
    assert needs_smtputf8("zoé@valmont.example")
    assert not needs_smtputf8("zoe@bücher.example")
    assert headers.mailbox_field("To", Mailbox("zoé@bücher.example")) == (
        "To: zoé@xn--bcher-kva.example\r\n"
    )


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "ana",
        "@valmont.example",
        "ana@",
        "a b@valmont.example",
        "ana@valmont..example",
        "ana@-valmont.example",
        "ana>,<eve@valmont.example",
        ".ana@valmont.example",
        "ana@valmont.example> SIZE=1",
        f"{'a' * 65}@valmont.example",
    ],
)
def test_what_is_not_an_address_is_refused(bad: str) -> None:
    with pytest.raises(MessageError):
        addr_spec(bad)


def test_quoted_local_parts_and_address_literals_are_addresses() -> None:
    assert addr_spec('"ana d"@valmont.example') == '"ana d"@valmont.example'
    assert addr_spec("ana@[127.0.0.1]") == "ana@[127.0.0.1]"
