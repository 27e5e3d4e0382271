"""The limits of sign-ups: per IP address, and per domain that is written to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import newsletter_kit as kit
import pytest
import sqlalchemy as sa
from newsletter_kit import Install

from newsletter.config import Signup
from newsletter.installation import Installation
from newsletter.jobs import joining
from subscribers.models import ConsentEvent, ConsentKind, Subscriber
from subscribers.signup import SignUp

one_database = pytest.mark.parametrize("install", ["sqlite"], indirect=True)


def sign_up(inst: Installation, address: str, now: datetime, ip: str | None = None) -> SignUp:
    return joining.sign_up(inst, slugs=["hebdo"], address=address, words="Yes.", ip=ip, now=now)


def limited(inst: Installation, limits: Signup) -> Installation:
    return replace(inst, config=inst.config.model_copy(update={"signup": limits}))


@one_database
def test_a_domain_is_not_flooded_with_mail_to_confirm(install: Install, now: datetime) -> None:
    inst = limited(install(), Signup(per_domain_hour=3))
    for number in range(3):
        assert sign_up(inst, f"r{number}@mill.example", now).request is not None
    assert sign_up(inst, "r3@mill.example", now) == SignUp(None)
    assert sign_up(inst, "r3@bakery.example", now).request is not None
    assert sign_up(inst, "r3@mill.example", now + timedelta(hours=1)).request is not None


@one_database
def test_a_domain_with_many_readers_may_get_more(install: Install, now: datetime) -> None:
    inst = limited(install(3), Signup(per_domain_hour=1))  # of valmont.example
    for number in range(4):
        assert sign_up(inst, f"new{number}@valmont.example", now).request is not None
    assert sign_up(inst, "new4@valmont.example", now) == SignUp(None)


@one_database
def test_an_import_meanwhile_hides_no_flood_from_one_address(
    install: Install, now: datetime
) -> None:
    inst = limited(install(), Signup(per_ip_hour=4))
    for number in range(4):
        sign_up(inst, f"a@town{number}.example", now, "203.0.113.7")
    with inst.database.write() as session:
        person = session.scalar(sa.select(sa.func.min(Subscriber.id)))
        event = {
            "subscriber_id": person,
            "kind": ConsentKind.GRANTED,
            "source": "import",
            "at": now,
            "detail": {},
        }
        session.execute(sa.insert(ConsentEvent), [event] * 2500)
    assert sign_up(inst, "a@village.example", now, "203.0.113.7") == SignUp(None)
    assert kit.states(inst) == {"queued": 4}
