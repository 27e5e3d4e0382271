"""A joined message is what RFC 5322 and the mailbox providers want, for every recipient."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from newsletter.errors import MessageError
from newsletter.mail.mailboxes import Mailbox
from newsletter.mail.message import (
    Kind,
    ListIdentity,
    Template,
    Values,
    build_template,
    message_id,
)
from newsletter.mail.slots import SlotName, Slots
from newsletter.mail.values import Place, encode_place, plain_forms

SLOTS = Slots("q8f3k2l1m9x0")
M = {name: SLOTS.marker(name) for name in SlotName}
IDENTITY = ListIdentity(
    list_id="hebdo.valmont.example",
    name="Le Courrier de Valmont",
    help_url="https://courrier.valmont.example/aide",
    archive_url="https://courrier.valmont.example/hebdo/",
)
VALUES = Values(
    address="ana@valmont.example",
    name="Ana Dubois",
    message_id="<d17.2026@valmont.example>",
    date=datetime(2026, 1, 24, 7, 0, tzinfo=UTC),
    delivery="d17",
    unsubscribe_url="https://courrier.valmont.example/u/" + "Ab9-_" * 30,
    unsubscribe_mailto="mailto:b+d17-u@bounces.valmont.example?subject=unsubscribe",
    preferences_url="https://courrier.valmont.example/p?a=1&b=2",
    browser_url="https://courrier.valmont.example/hebdo/12",
)
TEXT = f"""Bonjour {M[SlotName.NAME]},

La bibliothèque rouvre samedi.
Se désinscrire :
{M[SlotName.UNSUBSCRIBE]}
"""
HTML = f"""<!doctype html><html lang="fr"><body><p>Bonjour {M[SlotName.NAME]}</p>
<p><a href="{M[SlotName.PREFERENCES]}">Préférences</a>{M[SlotName.NAME]}{M[SlotName.ADDRESS]}</p>
<p><a href="{M[SlotName.BROWSER]}">{"Le pont sera fermé lundi. " * 10}</a></p></body></html>"""


def built(**changes: Any) -> Template:
    arguments: dict[str, Any] = {
        "subject": "Le Courrier : la bibliothèque rouvre",
        "html": HTML,
        "text": TEXT,
        "slots": SLOTS,
        "kind": Kind.ISSUE,
        "sender": Mailbox("courrier@valmont.example", "Le Courrier de Valmont"),
        "boundary": "b0undary1234",
        "reply_to": Mailbox("redaction@valmont.example"),
        "list_identity": IDENTITY,
        "issue_ref": "hebdo/12",
    } | changes
    return build_template(**arguments)


def parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert part.defects == []
        assert all(not getattr(value, "defects", ()) for value in part.values())
    return message


def body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part is not None
    content: str = part.get_content()
    return content.replace("\r\n", "\n")


def filled(text: str, values: Values, *, html: bool) -> str:
    for name, marker in M.items():
        value = getattr(values, name.value) or ""
        text = text.replace(marker, escape(value) if html else value)
    return text


def test_an_issue_carries_the_fields_of_list_mail_in_order() -> None:
    message = parsed(built().join(VALUES))
    assert message.keys() == [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Reply-To",
        "List-Id",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "List-Help",
        "List-Archive",
        "List-Post",
        "Auto-Submitted",
        "Precedence",
        "Feedback-ID",
        "X-Delivery",
        "MIME-Version",
        "Content-Type",
    ]
    assert message["To"] == "Ana Dubois <ana@valmont.example>"
    assert message["Subject"] == "Le Courrier : la bibliothèque rouvre"
    assert message["Date"] == "Sat, 24 Jan 2026 07:00:00 +0000"
    assert message["List-Id"] == '"Le Courrier de Valmont" <hebdo.valmont.example>'
    assert message["List-Unsubscribe"] == (
        f"<{VALUES.unsubscribe_url}>, <{VALUES.unsubscribe_mailto}>"
    )
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Post"] == "NO"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Precedence"] == "bulk"
    assert message["Feedback-ID"] == "hebdo-12:hebdo:issue:valmont.example"
    assert message["X-Delivery"] == "d17"


def test_both_parts_hold_the_text_with_the_values_put_in() -> None:
    message = parsed(built().join(VALUES))
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert body(message, "plain") == filled(TEXT, VALUES, html=False)
    assert body(message, "html") == filled(HTML, VALUES, html=True)


def test_every_line_is_short_ascii_and_ends_in_crlf() -> None:
    raw = built().join(VALUES)
    assert raw.isascii()
    head, _, rest = raw.partition(b"\r\n\r\n")
    assert raw.replace(b"\r\n", b"").find(b"\n") == -1
    assert raw.replace(b"\r\n", b"").find(b"\r") == -1
    assert max(map(len, rest.split(b"\r\n"))) <= 76
    long = [line for line in head.split(b"\r\n") if len(line) > 78]
    assert [line.partition(b":")[0] for line in long] == [b"List-Unsubscribe"]
    assert f"List-Unsubscribe: <{VALUES.unsubscribe_url}>,\r\n".encode() in raw
    assert raw.endswith(b"--=_b0undary1234--\r\n")


def test_no_identifier_is_ever_an_encoded_word() -> None:
    template = built(list_identity=dataclasses.replace(IDENTITY, name="L’Été à Valmont"))
    head = template.join(VALUES).partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ")
    encoded = {line.partition(b":")[0] for line in head.split(b"\r\n") if b"=?" in line}
    assert encoded == {b"Subject"}


printable = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))


@given(
    st.text(st.characters(codec="utf-8"), max_size=200),
    st.text(printable, max_size=60).map(str.strip),
    st.text(printable, max_size=60).map(str.strip),
)
def test_any_text_name_and_subject_come_out_as_they_went_in(
    text: str, name: str, subject: str
) -> None:
    text = text.replace("\r", "") + M[SlotName.NAME] + text.replace("\r", "")
    values = VALUES._replace(name=name)
    raw = built(text=text, html=text, subject=subject).join(values)
    assert raw.isascii()
    message = parsed(raw)
    assert message["Subject"] == subject
    assert body(message, "plain") == filled(text, values, html=False)
    assert body(message, "html") == filled(text, values, html=True)


def relaxed(body: bytes) -> bytes:
    """A body as RFC 6376 §3.4.4 makes it."""
    body = re.sub(rb"[ \t]+", b" ", body)
    body = re.sub(rb" (?=\r\n)", b"", body)
    return re.sub(rb"(\r\n)*\Z", b"\r\n", body, count=1)


spaced = st.text(st.sampled_from(list("From. \t\n=é-")), max_size=200)


@given(spaced, spaced.map(lambda text: text.replace("\n", "").replace("\t", "")), spaced)
@example("..\n.\n\n\n", ".  .", " \n")
def test_no_line_begins_with_a_dot_and_dkim_finds_the_body_in_canonical_form(
    text: str, name: str, after: str
) -> None:
    text += M[SlotName.NAME] + after
    raw = built(text=text, html=text).join(VALUES._replace(name=name))
    assert b"\n." not in raw
    assert not raw.startswith(b".")
    assert raw.endswith(b"\r\n")
    body = raw.partition(b"\r\n\r\n")[2]
    assert body == relaxed(body)


EVERYTHING = "|".join(M.values())
LINK = "https://courrier.valmont.example/p/k1.MTIzNDU2.abcdefghijklmnopqrstuv"
ORDINARY = VALUES._replace(
    unsubscribe_url=LINK,
    unsubscribe_mailto="mailto:b+x@b.valmont.example?subject=u",
    preferences_url=LINK,
    confirm_url=LINK,
)


def letters(of: str, most: int = 70) -> st.SearchStrategy[str]:
    return st.text(st.sampled_from(list(of)), max_size=most)


mailboxes = st.sampled_from(["ana", "a.b+c", "A_b-9", "a" * 44, "a..b", "'&=", "é", '"a b"'])
hosts = st.sampled_from(["valmont.example", "a-b.c.example", "bücher.example", "-a.example"])
addresses = st.just("ana@valmont.example") | st.tuples(mailboxes, hosts).map("@".join)
people = st.one_of(
    letters("Zoé- "),
    letters("aZ9- "),
    letters("ZéŁß日 ", 30).map(str.strip),
    letters("From é."),
    letters("aé .'&=?_\u00a0\x85"),
    st.text(printable, max_size=30),
)
# Long enough for a line to end, and a "." to stand, just where the next one begins.
links = st.tuples(
    st.just("https://valmont.example/u/"),
    st.integers(0, 50).map("x".__mul__),
    letters("aZ9-_.~/") | letters(".") | letters("aZ/?=&%;é ", 8),
).map("".join)
dates = st.datetimes(timezones=st.sampled_from([UTC, ZoneInfo("Europe/Paris")]))
recipients = st.builds(  # most of them ordinary, some refused
    Values,
    address=addresses,
    name=people,
    message_id=st.just(VALUES.message_id) | addresses.map("<{}>".format),
    date=dates,
    delivery=mailboxes,
    unsubscribe_url=st.just(LINK) | links,
    unsubscribe_mailto=st.none() | addresses.map("mailto:{}".format),
    preferences_url=links,
    browser_url=links,
    confirm_url=links,
)


def place_by_place(template: Template, values: Values) -> bytes:
    """A message joined by the general way alone."""
    places = [encode_place(place, values) for place in template.places]
    segments = [segment.encode() for segment in template.segments]
    return segments[0] + b"".join(b"".join(pair) for pair in zip(places, segments[1:], strict=True))


@settings(max_examples=200)
@given(recipients)
@example(ORDINARY._replace(name="From é"))
@example(ORDINARY._replace(name="From x"))
@example(ORDINARY._replace(name="é" * 20))
@example(ORDINARY._replace(name="a" * 48 + "é", unsubscribe_mailto=None))
@example(ORDINARY._replace(browser_url="https://v.example/" + "x" * 57 + "." + "y" * 74))
def test_what_is_plain_is_written_as_the_general_way_writes_it(values: Values) -> None:
    template = built(text=EVERYTHING, html=EVERYTHING)
    try:
        general = place_by_place(template, values)
    except MessageError:
        with pytest.raises(MessageError):
            template.join(values)
    else:
        assert template.join(values) == general


@given(recipients)
def test_no_plain_form_differs_from_what_would_stand_there(values: Values) -> None:
    for source, form in plain_forms(values).items():
        slot = source in set(SlotName)
        for place in (f"plain:{source}", f"html:{source}") if slot else (source,):
            assert encode_place(place, values) == form


def test_an_ordinary_recipient_needs_the_general_way_for_nothing() -> None:
    for name in ("", "Ana Dubois", "Zoé Dubois", "André Longuet-Moreau"):
        forms = plain_forms(ORDINARY._replace(name=name))
        assert {*Place, *SlotName} - forms.keys() == {SlotName.CONFIRM}


def test_the_same_values_give_the_same_bytes() -> None:
    assert built().join(VALUES) == built().join(VALUES)


def test_a_template_survives_the_database() -> None:
    template = built()
    stored = template.to_json()
    assert stored.isascii()
    again = Template.from_json(stored)
    assert again == template
    assert again.join(VALUES) == template.join(VALUES)


@pytest.mark.parametrize(
    "stored",
    ["", "{}", "[]", '["a","b"]', '["a","plain:nothing","b"]', '["é"]', "[1]", '["a",2,"b"]'],
)
def test_what_is_not_a_template_is_refused(stored: str) -> None:
    with pytest.raises(MessageError, match="render the variant"):
        Template.from_json(stored)


def test_text_that_reads_like_a_place_stays_text() -> None:
    text = f"{M[SlotName.NAME]}plain:name{M[SlotName.NAME]}"
    message = parsed(built(text=text).join(VALUES))
    assert body(message, "plain") == "Ana Dubois" + "plain:name" + "Ana Dubois"


def test_without_a_mailbox_the_web_address_stands_alone() -> None:
    values = VALUES._replace(unsubscribe_mailto=None)
    message = parsed(built().join(values))
    assert message["List-Unsubscribe"] == f"<{VALUES.unsubscribe_url}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_welcome_can_be_unsubscribed_from_but_is_not_bulk() -> None:
    message = parsed(built(kind=Kind.NOTICE, issue_ref=None).join(VALUES))
    assert message["List-Unsubscribe"] is not None
    assert message["List-Unsubscribe-Post"] is not None
    assert message["Auto-Submitted"] == "auto-generated"
    assert "Precedence" not in message
    assert "Feedback-ID" not in message


def test_a_confirmation_request_has_nothing_to_unsubscribe_from() -> None:
    text = f"Confirmez ici :\n{M[SlotName.CONFIRM]}\n"
    template = built(kind=Kind.NOTICE, list_identity=None, issue_ref=None, text=text, html=text)
    values = Values(
        address="ana@valmont.example",
        message_id="<n1@valmont.example>",
        date=VALUES.date,
        delivery="n1",
        confirm_url="https://courrier.valmont.example/c/abc",
    )
    message = parsed(template.join(values))
    assert not [name for name in message if name.startswith("List-")]
    assert message["To"] == "ana@valmont.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert body(message, "plain") == "Confirmez ici :\nhttps://courrier.valmont.example/c/abc\n"


def test_an_alert_is_list_mail_of_its_own_type() -> None:
    message = parsed(built(kind=Kind.ALERT).join(VALUES))
    assert message["Precedence"] == "bulk"
    assert message["Feedback-ID"] == "hebdo-12:hebdo:alert:valmont.example"


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "ana@valmont.example\r\nBcc: all@valmont.example"},
        {"name": "Ana\r\nBcc: all@valmont.example"},
        {"name": "Ana\0"},
        {"message_id": "<a@b>\r\nBcc: x"},
        {"delivery": "d17\r\nBcc: x"},
        {"unsubscribe_url": "https://v.example/\r\nBcc: x"},
        {"unsubscribe_url": None},
        {"unsubscribe_url": "javascript:alert(1)"},
        {"unsubscribe_mailto": "mailto:a@b\nBcc: x"},
        {"unsubscribe_mailto": "https://v.example/"},
        {"preferences_url": "https://v.example/\n"},
        {"preferences_url": None},
        {"date": datetime(2026, 1, 24)},  # noqa: DTZ001
    ],
)
def test_a_value_that_would_break_the_message_fails_it(changes: dict[str, Any]) -> None:
    with pytest.raises(MessageError):
        built().join(VALUES._replace(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "a\r\nBcc: x"},
        {"subject": f"Bonjour {M[SlotName.NAME]}"},
        {"reply_to": Mailbox("a@b.example", "x\ny")},
        {"boundary": "short"},
        {"boundary": "with space in it"},
        {"list_identity": None},
        {"list_identity": dataclasses.replace(IDENTITY, help_url="https://é.example")},
    ],
)
def test_what_would_break_every_message_is_refused_when_it_is_built(
    changes: dict[str, Any],
) -> None:
    with pytest.raises(MessageError):
        built(**changes)


def test_a_non_ascii_local_part_is_the_only_non_ascii_in_a_message() -> None:
    values = VALUES._replace(address="zoé@bücher.example")
    assert values.needs_smtputf8
    raw = built().join(values)
    assert re.findall(rb"[^\n]*[\x80-\xff][^\n]*", raw) == [
        "To: Ana Dubois <zoé@xn--bcher-kva.example>\r".encode()
    ]
    assert not VALUES._replace(address="zoe@bücher.example").needs_smtputf8


def test_our_own_address_may_not_make_every_message_need_smtputf8() -> None:
    with pytest.raises(MessageError, match=r"^From: 'zoé@valmont.example' .* use an address in"):
        built(sender=Mailbox("zoé@valmont.example"))


def test_a_message_id_stands_at_the_senders_domain() -> None:
    assert message_id("d17.ab", "courrier@bücher.example") == "<d17.ab@xn--bcher-kva.example>"
