"""Leaving by mail: the token in the subject is enough, and nothing else is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypeVar
from urllib.parse import parse_qs, urlsplit

import newsletter_kit as kit
import pytest
import sqlalchemy as sa

from newsletter.installation import Installation
from newsletter.jobs import leaving
from newsletter.jobs.imprint import links_of
from newsletter.jobs.mailed_leaving import leave_by_mail
from newsletter.mail.values import Place, Values, encode_place
from newsletter.models import Base
from subscribers.models import ConsentEvent, ConsentKind, Subscription, SubscriptionState

Row = TypeVar("Row", bound=Base)
MAILBOX = "retour+depart@valmont.example"


@pytest.fixture
def reader(inst: Installation, now: datetime) -> int:
    """The subscription of somebody on «hebdo»."""
    kit.add_readers(inst, 1, now=now)
    return rows(inst, Subscription)[0].id


def rows(inst: Installation, model: type[Row]) -> Sequence[Row]:
    with inst.database.read() as session:
        return session.scalars(sa.select(model)).all()


def token(inst: Installation, reader: int) -> str:
    """As the mailto address has it."""
    mailto = links_of(inst).mailto_unsubscribe(reader, inst.keys.current, MAILBOX)
    parts = urlsplit(mailto)
    assert (parts.scheme, parts.path) == ("mailto", MAILBOX)
    [subject] = parse_qs(parts.query)["subject"]
    return subject


def state(inst: Installation) -> SubscriptionState:
    return rows(inst, Subscription)[0].state


def test_a_mail_with_the_token_in_its_subject_leaves_and_twice_is_once(
    inst: Installation, reader: int, now: datetime
) -> None:
    subject = f"Re: unsubscribe <{token(inst, reader)}>.\t please"
    left = leave_by_mail(inst, subject, now=now)
    assert left.newly
    assert state(inst) is SubscriptionState.UNSUBSCRIBED
    assert not leave_by_mail(inst, subject, now=now + timedelta(minutes=1)).newly
    [event] = [e for e in rows(inst, ConsentEvent) if e.kind is ConsentKind.UNSUBSCRIBED]
    assert (event.source, event.ip) == ("mail", None)
    assert [line.verb for line in inst.journal.lines()].count("left") == 1


def test_a_mail_that_lost_its_subject_may_begin_with_the_token(
    inst: Installation, reader: int, now: datetime
) -> None:
    assert leave_by_mail(inst, "", f"\n  {token(inst, reader)}\r\n-- \nAnne", now=now).newly


def test_an_answer_that_quotes_our_message_does_not_leave(
    inst: Installation, reader: int, now: datetime
) -> None:
    link = links_of(inst).unsubscribe(reader)
    quoted = f"Je suis en vacances.\n\n> Me désabonner\n> {link}\n{token(inst, reader)}\n"
    for body in (quoted, link, f"> {link}"):
        assert leave_by_mail(inst, "Re: Le Courrier nº 12", body, now=now).mlist is None
    assert state(inst) is SubscriptionState.ACTIVE


def test_a_mail_without_a_token_of_ours_does_nothing(
    inst: Installation, reader: int, now: datetime
) -> None:
    preferences = links_of(inst).preferences(reader).rpartition("/")[2]
    wrong = ("", "unsubscribe", "k1..", "x" * 5000, "\0\ud800", "é " * 999)
    for text in (*wrong, preferences, token(inst, reader)[:-1]):
        assert leave_by_mail(inst, text, text, now=now).mlist is None
    assert state(inst) is SubscriptionState.ACTIVE


def test_leaving_by_mail_can_be_undone_for_a_day(
    inst: Installation, reader: int, now: datetime
) -> None:
    leave_by_mail(inst, token(inst, reader), now=now)
    leave = links_of(inst).unsubscribe(reader).rpartition("/")[2]
    assert leaving.undo(inst, leave, ip=None, now=now + timedelta(hours=23)).newly
    assert state(inst) is SubscriptionState.ACTIVE


def test_the_mailto_address_stands_in_list_unsubscribe(inst: Installation, reader: int) -> None:
    links = links_of(inst)
    values = Values(
        address="a@b.example",
        message_id="<1@b.example>",
        date=datetime.now().astimezone(),
        delivery="1",
        unsubscribe_url=links.unsubscribe(reader).replace("http:", "https:"),
        unsubscribe_mailto=links.mailto_unsubscribe(reader, inst.keys.current, MAILBOX),
    )
    field = encode_place(Place.UNSUBSCRIBE, values).decode().replace("\r\n ", " ")
    assert field.count("<") == 2
    assert f"<mailto:{MAILBOX}?subject={token(inst, reader)}>" in field
