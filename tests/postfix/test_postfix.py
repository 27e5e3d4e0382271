"""A real digest through a real Postfix into real Maildirs, and read back."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, message_from_string, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path
from unicodedata import normalize

import html_mail
import pytest
import raw_mail
import sqlalchemy as sa
from private_postfix import DOMAIN, Postfix, running_postfix, until

from newsletter import keys, schema
from newsletter.config import parse_config
from newsletter.database import Database
from newsletter.installation import Installation
from newsletter.jobs import auditing, collecting, drafting, listing, sending, sources, steering
from newsletter.jobs.imprint import links_of
from newsletter.mail.connection import Connection
from newsletter.mail.message import Template, Values, message_id
from newsletter.mail.replies import Accepted, Outcome, Rejected
from newsletter.mail.settings import Envelope, RelaySettings, Tls
from newsletter.mail.slots import SlotName
from newsletter.models import Delivery, DeliveryState, Issue, Variant
from newsletter.setup.demo.paper import FRENCH, Paper
from subscribers import signup
from subscribers.lists import find_list

ARRIVAL_SECONDS = 15.0

# Names as people write them: accents, other scripts, right to left, what headers must quote.
READERS = {
    "lea": "Léa Hénin",
    "zoe": "Zoë",
    "aime": "Aimé « le Passeur » d’Orval",
    "francois": "François, de la fanfare",
    "gul": "Gül Çelik",
    "lucja": "Łucja Żak",
    "asa": "Åsa Öberg",
    "thi": "Nguyễn Thị Hòa",
    "ilyas": "إلياس",
    "noam": "נועם",
    "sofia": "София",
    "nikos": "Νίκος",
    "mei": "梅",
    "hana": "花子（図書館）",
    "pate": "Marché & Cie <halle>",
    "quote": 'Élie "Virelle" \\ Nord',
    "emoji": "Flora 🌻",
    "long": "Anne-Élisabeth Marie-Hélène de la Très-Haute-Prairie-sur-Virelle-lès-Valmont-le-Vieux",
    "decomposed": "Zoe\u0308 Re\u0301my",
    "plain": "Ann Smith",
    "comma": "Smith, Ann (library)",
    "crafted": "=?utf-8?q?Zo=C3=AB?=",
    "nameless": "",
}
ACCENTED = "zoé"  # a local part that only goes by SMTPUTF8 (RFC 6531)
GONE = "partie"  # a reader whose mailbox Postfix does not know
VISITOR = "visiteur"  # no reader: gets what a connection carries without a worker

TRACE = (b"return-path", b"x-original-to", b"delivered-to", b"received")


@dataclass(frozen=True)
class Sent:
    """The issue after it was sent: where it went, and what it was made of."""

    inst: Installation
    postfix: Postfix
    issue: Issue
    variant: Variant
    deliveries: dict[str, Delivery]  # by local part
    begun: datetime
    titles: tuple[str, ...]

    def joined(self, local: str) -> bytes:
        """The message as `Template.join` makes it, from what stands in the database."""
        delivery = self.deliveries[local]
        reference = f"{self.issue.public_id}.{delivery.id}"
        assert delivery.subscription_id is not None
        assert delivery.first_marked_at is not None
        urls = links_of(self.inst).issue_slots(
            subscription_id=delivery.subscription_id,
            issue_id=self.issue.id,
            variant_id=self.variant.id,
            key_id=delivery.key_id,
        )
        return Template.from_json(self.variant.template).join(
            Values(
                address=delivery.address,
                name=delivery.name,
                message_id=message_id(reference, self.issue.sender_address),
                date=delivery.first_marked_at,
                delivery=reference,
                unsubscribe_url=urls.get(SlotName.UNSUBSCRIBE),
                preferences_url=urls.get(SlotName.PREFERENCES),
                browser_url=urls.get(SlotName.BROWSER),
            )
        )

    def arrived(self, local: str) -> bytes:
        """The one mail in a mailbox, with CRLF again and without what Postfix put before it."""
        (file,) = self.postfix.mailbox(local)
        raw = file.read_bytes()
        assert b"\r" not in raw
        message = raw.replace(b"\n", b"\r\n")
        while message.lower().startswith(tuple(name + b":" for name in TRACE)):
            message = re.sub(rb"\A.*?\r\n(?![ \t])", b"", message, count=1, flags=re.S)
        return message

    def parsed(self, local: str) -> EmailMessage:
        """What a reader's program makes of the mail, exactly as it lies in the mailbox."""
        (file,) = self.postfix.mailbox(local)
        return message_from_bytes(file.read_bytes(), policy=policy.default)


def _installation(folder: Path, port: int, now: datetime) -> Installation:
    config = parse_config(
        f"""
        base_url = "https://courrier.{DOMAIN}"
        [site]
        name = "Le Courrier de Valmont"
        language = "fr"
        timezone = "Europe/Paris"
        postal_address = "Le Courrier, 2 quai des Tilleuls, Valmont"
        privacy_url = "https://courrier.{DOMAIN}/donnees"
        [[relays]]
        name = "postfix"
        host = "127.0.0.1"
        port = {port}
        tls = "none"
        """,
        folder,
    )
    inst = Installation(config, Database(config.database))
    keys.create_keys(config.keys, now)
    schema.upgrade(inst.database, now)
    return inst


@pytest.fixture(scope="module")
def sent(
    needs_tool: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sent]:
    """A digest drafted, approved and delivered to all readers through Postfix, and arrived."""
    program = needs_tool("postfix")
    in_ci = os.environ.get("CI", "").lower() not in {"", "0", "false", "no"}
    if os.geteuid() != 0 and not in_ci:
        pytest.skip("Postfix can only be started by root")
    now = datetime.now(UTC)
    with running_postfix(program, [*READERS, ACCENTED, VISITOR]) as postfix, Paper(now) as paper:
        inst = _installation(tmp_path_factory.mktemp("installation"), postfix.port, now)
        listing.create_mlist(
            inst,
            "hebdo",
            title="Le Courrier de Valmont",
            from_mailbox=f"Le Courrier à vélo <courrier@{DOMAIN}>",
            cron="0 8 * * fri",
            now=now,
        )
        with inst.database.write() as session:
            mlist = find_list(session, "hebdo")
            for local, name in [*READERS.items(), (ACCENTED, "Zoé"), (GONE, "Félix")]:
                signup.add(
                    session, address=f"{local}@{DOMAIN}", name=name, mlist=mlist, confirmed=True,
                    consent_text="inscrit au guichet de la bibliothèque", actor="test", now=now,
                )  # fmt: skip
        sources.add_source(
            inst, paper.feed_url, slug="hebdo", allow_private=True, now=now, actor="test"
        )
        collecting.collect(inst, now=now)
        drafted = drafting.draft_digest(inst, "hebdo", now=now, actor="test")
        ref = f"hebdo/{drafted.issue.number}"
        steering.approve(inst, ref, now=now, actor="test")
        sending.deliver(inst)
        until(
            lambda: all(postfix.mailbox(local) for local in (*READERS, ACCENTED)),
            ARRIVAL_SECONDS,
            lambda: f"not all mail arrived:\n{postfix.log}",
        )
        with inst.database.read() as session:
            issue = drafting.find_issue(session, ref)
            variant = session.scalars(sa.select(Variant).filter_by(issue_id=issue.id)).one()
            rows = session.scalars(sa.select(Delivery).filter_by(issue_id=issue.id))
            deliveries = {row.address.partition("@")[0]: row for row in rows}
            titles = tuple(
                choice.article.title for choice in issue.choices if choice.position is not None
            )
        yield Sent(inst, postfix, issue, variant, deliveries, now, titles)
        inst.close()


def _bodies(message: EmailMessage) -> tuple[str, str]:
    """Text and HTML, decoded."""
    text, html = message.iter_parts()
    assert text.get_content_type() == "text/plain"
    assert html.get_content_type() == "text/html"
    return text.get_content(), html.get_content()


def test_every_reader_gets_the_issue_once_and_the_books_balance(sent: Sent) -> None:
    assert {local: len(sent.postfix.mailbox(local)) for local in READERS} == dict.fromkeys(
        READERS, 1
    )
    audit = auditing.audit_issue(sent.inst, f"hebdo/{sent.issue.number}")
    assert audit.counts == {DeliveryState.SENT: len(READERS) + 1, DeliveryState.FAILED: 1}
    assert audit.balanced, audit
    assert audit.issue.state == "sent"


def test_an_unknown_mailbox_fails_alone_and_the_answer_is_kept_in_full(sent: Sent) -> None:
    failed = sent.deliveries[GONE]
    assert failed.state is DeliveryState.FAILED
    assert failed.code == 550
    assert failed.tries == 1
    assert "5.1.1" in failed.reply
    assert "User unknown in virtual mailbox table" in failed.reply
    assert not sent.postfix.mailbox(GONE)
    assert {d.state for local, d in sent.deliveries.items() if local != GONE} == {
        DeliveryState.SENT
    }


def test_transport_leaves_every_byte_as_the_template_joined_it(sent: Sent) -> None:
    for local in READERS:
        assert sent.arrived(local) == sent.joined(local), local


def test_the_envelope_sender_is_the_lists_own_address(sent: Sent) -> None:
    for local in READERS:
        message = sent.parsed(local)
        assert message["Return-Path"] == f"<courrier@{DOMAIN}>"
        assert message["Delivered-To"] == f"{local}@{DOMAIN}"


def test_python_parses_every_part_of_every_mail_without_defects(sent: Sent) -> None:
    for local in READERS:
        message = sent.parsed(local)
        for part in message.walk():
            assert part.defects == [], (local, part.get_content_type())
            for name, value in part.items():
                assert value.defects == (), (local, name, value)
            if not part.is_multipart():
                part.get_content()
                assert part.defects == [], (local, part.get_content_type())


def test_the_raw_bytes_keep_to_the_standards(sent: Sent) -> None:
    for local in READERS:
        assert raw_mail.faults(sent.arrived(local)) == [], local


def test_names_are_read_as_they_were_written(sent: Sent) -> None:
    for local, name in READERS.items():
        message = sent.parsed(local)
        (to,) = message["To"].addresses
        assert to.addr_spec == f"{local}@{DOMAIN}"
        assert _display_name(sent.arrived(local), b"to") == normalize("NFC", name)
        assert _display_name(sent.arrived(local), b"from") == "Le Courrier à vélo"


def test_an_accent_in_an_address_stays_as_it_is_and_nothing_else_does(sent: Sent) -> None:
    message = sent.arrived(ACCENTED)
    assert message == sent.joined(ACCENTED)
    raw = dict(raw_mail.fields(message))
    assert raw[b"to"] == f" =?utf-8?b?Wm/DqQ==?= <{ACCENTED}@{DOMAIN}>".encode()
    assert sorted(name for name, value in raw.items() if not value.isascii()) == [b"to"]
    (to,) = message_from_string(message.decode(), policy=policy.SMTPUTF8)["To"].addresses
    assert (to.display_name, to.addr_spec) == ("Zoé", f"{ACCENTED}@{DOMAIN}")


def test_the_header_says_what_lists_must_say(sent: Sent) -> None:
    for local in READERS:
        message = sent.parsed(local)
        raw = dict(raw_mail.fields(sent.arrived(local)))
        home = f"https://courrier.{DOMAIN}"
        url = raw[b"list-unsubscribe"].strip().decode().strip("<>")
        assert re.fullmatch(rf"{re.escape(home)}/u/k1\.[\w.-]+", url), url
        assert raw[b"list-unsubscribe-post"] == b" List-Unsubscribe=One-Click"
        assert raw[b"list-id"] == f' "Le Courrier de Valmont" <hebdo.courrier.{DOMAIN}>'.encode()
        assert message["List-Help"] == f"<{home}/lists/hebdo>"
        assert message["List-Archive"] == f"<{home}/archive/hebdo>"
        assert message["List-Post"] == "NO"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["Precedence"] == "bulk"
        assert message["Feedback-ID"] == f"hebdo-1:hebdo:issue:{DOMAIN}"
        assert message["MIME-Version"] == "1.0"
        assert message["X-Delivery"] == f"{sent.issue.public_id}.{sent.deliveries[local].id}"
        date = parsedate_to_datetime(message["Date"])
        assert date.utcoffset() is not None
        assert abs(date - sent.begun) < timedelta(minutes=2)
        assert local not in message["Feedback-ID"]


def test_each_mail_has_a_message_id_and_a_way_out_of_its_own(sent: Sent) -> None:
    messages = [sent.parsed(local) for local in READERS]
    for name in ("Message-ID", "List-Unsubscribe"):
        assert len({str(message[name]) for message in messages}) == len(READERS)


def test_text_and_html_carry_the_articles_in_french_typography(sent: Sent) -> None:
    assert len(sent.titles) == 5
    for local in READERS:
        text, html = _bodies(sent.parsed(local))
        words = re.sub(r"[ \n]+", " ", text)  # as before it was wrapped; U+00A0 stays
        seen = re.sub(r"[ \n]+", " ", _visible(html))
        for title in sent.titles:
            typeset = title.replace(" :", "\u00a0:").replace("'", "’")
            assert f"{FRENCH.read_more}\u00a0: {typeset}" in words, title
            assert f"{FRENCH.read_more}\u00a0: {typeset}" in seen, title
        assert "«\u00a0" in words
        assert "\u00a0»" in words
        assert "«\u00a0" in seen
        assert "\u00a0»" in seen
        for body in (words, seen):
            assert not re.search(r"« | »| [:;!?](?:\s|$)", body)  # never a space that may break
            assert "\ufffd" not in body
        assert "2 quai des Tilleuls" in words
        assert "2 quai des Tilleuls" in seen


def test_both_parts_lead_out_by_the_link_of_the_header(sent: Sent) -> None:
    for local in READERS:
        message = sent.parsed(local)
        url = str(message["List-Unsubscribe"]).strip("<>")
        text, html = _bodies(message)
        assert url in text.split()
        assert f'href="{url}"' in html
        assert f"{local}@{DOMAIN}" in text
        assert f"{local}@{DOMAIN}" in _visible(html)


def test_the_html_is_whole_and_made_for_mail(sent: Sent) -> None:
    for local in READERS:
        _, html = _bodies(sent.parsed(local))
        assert html_mail.faults(html) == [], local


def test_the_html_part_is_small_enough_for_every_provider(sent: Sent) -> None:
    for local in READERS:
        encoded = sent.arrived(local).rpartition(b"Content-Type: text/html")[2]
        assert len(encoded) <= 90_000


@dataclass(frozen=True)
class Carried:
    """One of the messages for the visitor, or for nobody."""

    number: int
    envelope: Envelope

    @property
    def content(self) -> bytes:
        return b"Subject: visit %d\r\n\r\n" % self.number + b"Bonjour\r\n" * 1000


class Visits:
    """A source of messages, every third of them to a mailbox that is not there."""

    def __init__(self, count: int) -> None:
        self.waiting = [
            Carried(
                number,
                Envelope(f"b@{DOMAIN}", f"{VISITOR if number % 3 else GONE}@{DOMAIN}", "v", 9000),
            )
            for number in range(count)
        ]
        self.outcomes: list[Outcome] = []

    def take(self) -> Carried | None:
        return self.waiting.pop(0) if self.waiting else None

    def fresh(self, parcel: Carried) -> bool:
        return True

    async def renew(self, parcel: Carried) -> bool:
        raise AssertionError

    def done(self, parcel: Carried, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


@pytest.mark.parametrize("pipelining", [True, False], ids=["in groups", "one by one"])
def test_postfix_gives_the_same_answers_to_groups_and_to_single_commands(
    sent: Sent, pipelining: bool
) -> None:
    async def run() -> Visits:
        visits = Visits(9)
        settings = RelaySettings(
            "main", "127.0.0.1", sent.postfix.port, Tls.NONE, pipelining=pipelining
        )
        connection = await Connection.open(settings)
        assert "pipelining" in connection.extensions
        await connection.carry(visits, most=100, idle=0)
        assert not connection.broke_pipelining
        return visits

    before = len(sent.postfix.mailbox(VISITOR))
    outcomes = asyncio.run(run()).outcomes
    assert [type(outcome) for outcome in outcomes] == [Rejected, Accepted, Accepted] * 3
    until(
        lambda: len(sent.postfix.mailbox(VISITOR)) == before + 6,
        ARRIVAL_SECONDS,
        lambda: f"not all mail arrived:\n{sent.postfix.log}",
    )


def test_no_programme_of_postfix_complained(sent: Sent) -> None:
    assert not re.search(r"warning|error:|fatal|panic", sent.postfix.log), sent.postfix.log


def _display_name(message: bytes, field: bytes) -> str:
    """The name in an address field, by Python's older parser.

    The newer one puts a space between two encoded-words of a long name, which RFC 2047 §6.2 says
    are one (python/cpython#128110).
    """
    value = raw_mail.unfolded(dict(raw_mail.fields(message))[field]).decode("ascii")
    name, _ = parseaddr(value)
    return str(make_header(decode_header(name)))


def _visible(html: str) -> str:
    """The words of an HTML mail as a reader sees them."""
    page = html_mail.html.document_fromstring(html)
    for element in page.xpath("//head"):
        element.drop_tree()
    return str(page.text_content())
