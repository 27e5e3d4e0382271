"""How often the form was used, by place and by domain."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers import attempts, wording
from subscribers.attempts import Uses, place
from subscribers.models import AttemptOutcome, FormWording

HOUR = timedelta(hours=1)


def note(
    session: Session,
    now: datetime,
    name: str = "marie",
    *,
    ip: str | None = "203.0.113.7",
    outcome: AttemptOutcome = AttemptOutcome.ACCEPTED,
) -> None:
    seal, domain = f"hmac:{name}", "mill.example"
    attempts.note(session, ip=ip, domain=domain, seal=seal, outcome=outcome, now=now)


def test_one_address_weighs_once_however_often_it_is_typed_and_every_use_is_counted(
    session: Session, now: datetime
) -> None:
    for name in ("marie", "marie", "paul"):
        note(session, now, name)
    note(session, now, "zoe", outcome=AttemptOutcome.ASKED_MORE)
    note(session, now, "zoe", outcome=AttemptOutcome.REFUSED)
    note(session, now, "old", ip=None)
    since = now - HOUR
    assert attempts.count(session, ip="203.0.113.7", since=since) == Uses(taken=2, all=4)
    assert attempts.count(session, domain="mill.example", since=since) == Uses(taken=3, all=5)
    assert attempts.count(session, domain="mill.example", since=now) == Uses(0, 0)
    assert attempts.count(session, ip="203.0.113.8", since=since) == Uses(0, 0)


def test_it_is_known_when_the_next_place_in_the_hour_is_free(
    session: Session, now: datetime
) -> None:
    for minute in (0, 10, 20):
        note(session, now + timedelta(minutes=minute))
    since = now - HOUR
    free = [attempts.falls_below(session, limit, since=since, ip="203.0.113.7")
            for limit in (1, 3, 4)]  # fmt: skip
    assert free == [now + timedelta(minutes=20), now, None]
    note(session, now + timedelta(minutes=5), "paul")
    note(session, now + timedelta(minutes=30), "zoe", outcome=AttemptOutcome.ASKED_MORE)
    free = [attempts.falls_below(session, limit, since=since, domain="mill.example")
            for limit in (1, 2, 3)]  # fmt: skip
    assert free == [now + timedelta(minutes=20), now + timedelta(minutes=5), None]


def test_a_refusal_is_on_record_for_its_place_and_domain(session: Session, now: datetime) -> None:
    note(session, now, outcome=AttemptOutcome.REFUSED)
    note(session, now, ip=None, outcome=AttemptOutcome.REFUSED)
    since = now - HOUR
    assert attempts.refused_since(session, "203.0.113.7", "mill.example", since)
    assert attempts.refused_since(session, None, "mill.example", since)
    assert not attempts.refused_since(session, "203.0.113.8", "mill.example", since)
    assert not attempts.refused_since(session, "203.0.113.7", "mill.example", now)


@pytest.mark.parametrize(
    ("ip", "counted_as"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),  # one household has 2^64 of them
        (None, None),
        ("testclient", "testclient"),
    ],
)
def test_an_address_of_ipv6_counts_as_its_network(ip: str | None, counted_as: str | None) -> None:
    assert place(ip) == counted_as


def test_what_a_form_said_is_kept_once_for_each_text(session: Session, now: datetime) -> None:
    first = wording.keep(session, "Nous sommes là.", "fr", now)
    assert wording.keep(session, "Nous sommes là.", "fr", now + HOUR) == first
    assert wording.keep(session, "We are here.", "en", now) != first
    kept = session.scalars(select(FormWording).where(FormWording.hash == first)).one()
    assert (kept.language, kept.text, kept.first_shown_at) == ("fr", "Nous sommes là.", now)
    assert wording.text_of(session, first) == "Nous sommes là."
    assert wording.text_of(session, None) is None
