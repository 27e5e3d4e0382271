"""The limits of sign-ups: per IP address, and per domain that is written to."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import newsletter_kit as kit
import pytest
import sqlalchemy as sa
from newsletter_kit import Install

from newsletter.config import Signup
from newsletter.errors import OneMoreStep, TooMany
from newsletter.installation import Installation
from newsletter.jobs import joining, limiting
from subscribers import attempts, suppression
from subscribers.models import AttemptOutcome, SignupAttempt, SuppressionReason
from subscribers.signup import SignUp

one_database = pytest.mark.parametrize("install", ["sqlite"], indirect=True)


def sign_up(
    inst: Installation, address: str, now: datetime, ip: str | None = None, *, stepped: bool = False
) -> SignUp:
    return joining.sign_up(
        inst, slugs=["hebdo"], address=address, words="Yes.", ip=ip, now=now, stepped=stepped
    )


def limited(inst: Installation, limits: Signup) -> Installation:
    return replace(inst, config=inst.config.model_copy(update={"signup": limits}))


def outcomes(inst: Installation) -> list[str]:
    with inst.database.read() as session:
        rows = session.scalars(sa.select(SignupAttempt.outcome).order_by(SignupAttempt.id))
        return [outcome.value for outcome in rows]


def test_beyond_the_limit_one_more_step_is_asked_for_and_far_beyond_one_must_come_back(
    install: Install, now: datetime
) -> None:
    inst = limited(install(), Signup(per_ip_hour=1))
    sign_up(inst, "a@town0.example", now, "203.0.113.7")
    with pytest.raises(OneMoreStep):
        sign_up(inst, "a@town1.example", now, "203.0.113.7")
    assert outcomes(inst) == ["accepted", "asked_more"]
    for number in range(1, 4):
        sign_up(inst, f"a@town{number}.example", now, "203.0.113.7", stepped=True)
    for _ in range(3):
        with pytest.raises(TooMany, match="try again in 60 minutes") as full:
            sign_up(inst, "a@town9.example", now, "203.0.113.7", stepped=True)
    assert full.value.until == now + limiting.WINDOW
    assert outcomes(inst).count("refused") == 1  # told once, however often they come
    assert kit.states(inst) == {"queued": 4}
    sign_up(inst, "a@village.example", now, "203.0.113.8")  # another one is free
    sign_up(inst, "b@village.example", now + limiting.WINDOW, "203.0.113.7")


@one_database
def test_a_domain_is_not_flooded_with_mail_to_confirm(install: Install, now: datetime) -> None:
    inst = limited(install(), Signup(per_domain_hour=3))
    for number in range(3):
        assert sign_up(inst, f"r{number}@mill.example", now).request is not None
    with pytest.raises(OneMoreStep):
        sign_up(inst, "r3@mill.example", now)
    assert sign_up(inst, "r3@bakery.example", now).request is not None
    assert sign_up(inst, "r3@mill.example", now + timedelta(hours=1)).request is not None


def stands(inst: Installation, domain: str, taken: int, now: datetime) -> limiting.Standing:
    """How the form may be used for an address of this domain after so many others."""
    with inst.database.write() as session:
        for number in range(taken):
            attempts.note(
                session, ip=None, domain=domain, seal=f"hmac:{now}{number}",
                outcome=AttemptOutcome.ACCEPTED, now=now,
            )  # fmt: skip
        return limiting.standing(session, inst, None, domain, now)


@one_database
def test_a_domain_with_many_readers_may_get_more(install: Install, now: datetime) -> None:
    inst = limited(install(120), Signup(per_domain_hour=1))  # of valmont.example
    assert stands(inst, "valmont.example", 100, now) is limiting.Standing.FREE
    now += timedelta(seconds=1)
    assert stands(inst, "valmont.example", 1, now) is limiting.Standing.STEP


@one_database
def test_the_limit_of_a_small_domain_does_not_tell_whether_it_has_a_reader(
    install: Install, now: datetime
) -> None:
    inst = limited(install(99), Signup(per_domain_hour=2))
    for domain in ("valmont.example", "mill.example"):
        assert stands(inst, domain, 1, now) is limiting.Standing.FREE
        assert stands(inst, domain, 1, now + timedelta(seconds=1)) is limiting.Standing.STEP


@one_database
def test_who_only_opens_steps_does_not_close_the_door_of_a_domain(
    install: Install, now: datetime
) -> None:
    inst = limited(install(), Signup(per_domain_hour=1))
    sign_up(inst, "r0@mill.example", now)
    for number in range(10):
        with pytest.raises(OneMoreStep):
            sign_up(inst, f"r{number}@mill.example", now, f"203.0.113.{number}")
    for number in range(1, 5):
        sign_up(inst, f"r{number}@mill.example", now + timedelta(minutes=number), stepped=True)
    with pytest.raises(TooMany) as full:  # five mails to one domain are far too many here
        sign_up(inst, "r9@mill.example", now + timedelta(minutes=9), stepped=True)
    assert full.value.until == now + limiting.WINDOW


@one_database
def test_who_is_known_or_suppressed_counts_like_everybody(install: Install, now: datetime) -> None:
    inst = limited(install(1), Signup(per_ip_hour=3))
    with inst.database.write() as session:
        suppression.suppress(
            session, "gone@mill.example", SuppressionReason.BOUNCE, source="test", now=now
        )
    for address in ("reader0@valmont.example", "gone@mill.example", "new@mill.example"):
        sign_up(inst, address, now, "203.0.113.7")
    for address in ("reader0@valmont.example", "gone@mill.example", "newer@mill.example"):
        with pytest.raises(OneMoreStep):
            sign_up(inst, address, now, "203.0.113.7")


@one_database
def test_the_address_itself_is_not_kept_to_count_it(install: Install, now: datetime) -> None:
    inst = install()
    sign_up(inst, "Marie@mill.example", now, "2001:db8:1:2:3:4:5:6")
    with inst.database.read() as session:
        row = session.scalars(sa.select(SignupAttempt)).one()
    assert row.seal == inst.tokens.hmac("marie@mill.example")
    assert (row.domain, row.ip) == ("mill.example", "2001:db8:1:2::/64")
