"""A listmonk taken over: every status, every bar, every name that its links may use."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import newsletter_kit as kit
import pytest
import sqlalchemy as sa
from databases import postgres_server
from listmonk_site import DOUBLE, MAIN, UNKNOWN, Listmonk, make_listmonk
from newsletter_kit import Install

from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs import forgetting, former, listmonk
from newsletter.jobs.listmonk_database import opened
from subscribers import suppression
from subscribers.errors import NotPermitted, UnknownList
from subscribers.models import (
    AuditEvent,
    ConsentEvent,
    FormerLetter,
    FormerPerson,
    Subscriber,
    Subscription,
    Suppression,
    Visibility,
)
from subscribers.people import find
from subscribers.transfer import Consent, Rejected

AGREED = Consent(confirmed=True, words="Inscrits sur le site, avant le déménagement")
JOINED = datetime(2021, 3, 5, 8, 15, tzinfo=UTC)
CHANGED = datetime(2023, 5, 6, 18, 0, tzinfo=UTC)
VALMONT = "@valmont.example"


@pytest.fixture(scope="module")
def full() -> Listmonk:
    """Its readers: one of each kind."""
    monk = make_listmonk()
    monk.person(
        f"lea{VALMONT}", (MAIN, "confirmed"), (DOUBLE, "confirmed"), name="Léa Martin",
        attribs={"village": "Valmont", "age": 41},
    )  # fmt: skip
    monk.person(f"bob{VALMONT}", (MAIN, "unconfirmed"), (DOUBLE, "unconfirmed"), attribs=["x"])
    monk.person(f"paul{VALMONT}", (MAIN, "unsubscribed"), (DOUBLE, "confirmed"))
    monk.person(f"nina{VALMONT}", (MAIN, "unsubscribed"), status="blocklisted")
    monk.person(f"max{VALMONT}", (MAIN, "confirmed"), status="disabled")
    monk.person(f"old{VALMONT}", (MAIN, "confirmed"), bounces=("soft", "hard"))
    monk.person(f"cross{VALMONT}", (MAIN, "confirmed"), bounces=("hard", "complaint"))
    monk.person(f"soft{VALMONT}", (MAIN, "confirmed"), bounces=("soft", "soft"))
    monk.person(f"nowhere{VALMONT}")
    monk.person(f"tester{VALMONT}", (UNKNOWN, "confirmed"))
    monk.person(f"barred{VALMONT}", status="blocklisted")
    monk.person("no address", (MAIN, "confirmed"))
    monk.campaign(MAIN)
    monk.campaign(MAIN, DOUBLE, UNKNOWN)
    monk.campaign(None)
    monk.say("UPDATE subscriber_lists SET meta = '{\"optin_ip\": \"192.0.2.7\"}' WHERE list_id = 1 "
             "AND subscriber_id = 1")  # fmt: skip
    return monk


@pytest.fixture
def two(install: Install, now: datetime) -> Installation:
    """An installation with «hebdo», and the list that is called like listmonk's second."""
    inst = install()
    kit.make_list(inst, "soir", now=now)
    return inst


@pytest.fixture
def here(tmp_path: Path, now: datetime) -> Iterator[Installation]:
    """The same on SQLite only: what is told apart there is alike on both."""
    inst = kit.install(tmp_path)
    kit.make_list(inst, now=now)
    kit.make_list(inst, "soir", now=now)
    yield inst
    inst.close()


LISTS = {"Le Courrier du soir": "soir"}  # «Hebdo» is called alike


def named(address: str) -> str:
    """What listmonk calls somebody."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, address))


def take(inst: Installation, monk: Listmonk, now: datetime, **options: Any) -> listmonk.Moved:
    options = {"lists": LISTS, "consent": AGREED, "actor": "cli:claire"} | options
    return listmonk.take(inst, monk.url, now=now, **options)


def states(inst: Installation) -> dict[str, dict[str, str]]:
    """list -> who -> state"""
    found: dict[str, dict[str, str]] = {}
    with inst.database.read() as session:
        for one in session.scalars(sa.select(Subscription).order_by(Subscription.id)):
            who = (one.subscriber.address or "").removesuffix(VALMONT)
            found.setdefault(one.mlist.slug, {})[who] = one.state.value
    return found


def barred(inst: Installation) -> dict[str, tuple[str, str]]:
    with inst.database.read() as session:
        return {
            one.key.removesuffix(VALMONT): (one.reason.value, one.note)
            for one in session.scalars(sa.select(Suppression))
        }


def test_each_status_by_list_becomes_a_state(
    two: Installation, full: Listmonk, now: datetime
) -> None:
    refused: list[Rejected] = []
    moved = take(two, full, now, on_reject=refused.append)
    assert states(two) == {
        "hebdo": {
            "lea": "active", "bob": "active", "paul": "unsubscribed", "nina": "unsubscribed",
            "max": "active", "old": "active", "cross": "active", "soft": "active",
        },
        "soir": {"lea": "active", "bob": "pending", "paul": "active"},
    }  # fmt: skip
    assert [(one.raw, one.line) for one in refused] == [("no address", 12)]
    assert {p.theirs.name: p.slug for p in moved.pairs} == {
        "Hebdo": "hebdo", "Le Courrier du soir": "soir", "Tests": None,
    }  # fmt: skip
    assert (moved.total, moved.report.read) == (12, 12)
    assert (moved.elsewhere, moved.soft_bounces, moved.letters) == (3, 3, 3)


def test_what_listmonk_did_not_write_to_is_not_written_to_here(
    two: Installation, full: Listmonk, now: datetime
) -> None:
    moved = take(two, full, now)
    assert barred(two) == {
        "nina": ("admin", "listmonk: blocklisted"),
        "max": ("admin", "listmonk: disabled"),
        "old": ("bounce", "listmonk: bounced"),
        "cross": ("complaint", "listmonk: complained"),
        "barred": ("admin", "listmonk: blocklisted"),
    }
    assert moved.suppressed == 1  # the one who is on no list


def test_nothing_that_listmonk_knows_of_a_person_is_lost(
    here: Installation, full: Listmonk, now: datetime
) -> None:
    take(here, full, now)
    with here.database.read() as session:
        lea = find(session, f"lea{VALMONT}")
        paul = find(session, f"paul{VALMONT}")
        bob = find(session, f"bob{VALMONT}")
        assert lea is not None
        assert paul is not None
        assert bob is not None
        assert (lea.name, lea.created_at) == ("Léa Martin", JOINED)
        known = {"village": "Valmont", "age": 41, "optin_ip": "192.0.2.7"}
        assert lea.attributes == known | {"listmonk_uuid": named(f"lea{VALMONT}")}
        assert bob.attributes["listmonk"] == ["x"]
        here = lea.subscriptions[0]
        assert (here.requested_at, here.confirmed_at, here.source) == (JOINED, CHANGED, "listmonk")
        left = paul.subscriptions[0]
        assert (left.unsubscribed_at, left.confirmed_at) == (CHANGED, None)
        words = session.scalars(
            sa.select(ConsentEvent.words).where(ConsentEvent.subscriber_id == lea.id)
        )
        assert set(words) == {AGREED.words}


def test_its_links_name_people_and_campaigns_here(
    here: Installation, full: Listmonk, now: datetime
) -> None:
    take(here, full, now)
    with full.engine.connect() as connection:
        first, second, _ = connection.scalars(
            sa.text("SELECT uuid::text FROM campaigns ORDER BY id")
        )
    lea = named(f"lea{VALMONT}")
    for campaign, slugs in ((first, ["hebdo"]), (second, ["hebdo", "soir"])):
        link = former.find(here, campaign, lea)
        assert link is not None
        assert [one.mlist.slug for one in link.subscriptions] == slugs
    former.leave(here, first, lea, everything=False, source="one-click", ip=None, now=now)
    assert states(here)["hebdo"]["lea"] == "unsubscribed"
    assert states(here)["soir"]["lea"] == "active"
    take(here, full, now)
    assert states(here)["hebdo"]["lea"] == "unsubscribed"  # and stays so


def dump(inst: Installation) -> dict[str, list[Any]]:
    with inst.database.read() as session:
        tables = (Subscriber, Subscription, ConsentEvent, Suppression, FormerPerson, FormerLetter)
        return {t.__tablename__: list(session.execute(sa.select(t.__table__))) for t in tables}


def test_a_second_time_changes_nothing_and_a_trial_changes_nothing_at_all(
    two: Installation, full: Listmonk, now: datetime
) -> None:
    trial = take(two, full, now, dry_run=True)
    assert dump(two) == {name: [] for name in dump(two)}
    with two.database.read() as session:
        assert session.scalars(sa.select(AuditEvent)).all() == []
    done = take(two, full, now)
    first = dump(two)
    assert (trial.report.added, trial.report.pending, trial.report.left) == (
        done.report.added,
        done.report.pending,
        done.report.left,
    )
    assert trial.letters == done.letters
    again = take(two, full, now)
    assert dump(two) == first
    assert (again.report.added, again.suppressed) == (0, 0)


def test_without_consent_nobody_is_active(
    here: Installation, full: Listmonk, now: datetime
) -> None:
    take(here, full, now, consent=Consent())
    everywhere = {state for people in states(here).values() for state in people.values()}
    assert everywhere == {"pending", "unsubscribed"}


def test_who_did_it_is_written_down_before_and_after(
    here: Installation, full: Listmonk, now: datetime
) -> None:
    take(here, full, now)
    with here.database.read() as session:
        found = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [(e.actor, e.verb, e.subject, e.detail["step"]) for e in found] == [
        ("cli:claire", "subscriber.import", f"list {slug}", step)
        for step in ("begin", "end")
        for slug in ("hebdo", "soir")
    ]
    assert VALMONT not in str([e.detail for e in found])


def test_the_first_version_of_listmonk_is_read_too(here: Installation, now: datetime) -> None:
    monk = make_listmonk(first_version=True)
    monk.person(f"lea{VALMONT}", (MAIN, "confirmed"))
    monk.person(f"nina{VALMONT}", (MAIN, "unsubscribed"), status="blacklisted")
    moved = take(here, monk, now)
    assert states(here)["hebdo"] == {"lea": "active", "nina": "unsubscribed"}
    assert barred(here) == {"nina": ("admin", "listmonk: blocklisted")}
    assert moved.soft_bounces == 0


def test_whoever_was_erased_here_does_not_come_back_by_listmonk(
    here: Installation, full: Listmonk, now: datetime
) -> None:
    take(here, full, now)
    with here.database.read() as session:
        people = [find(session, f"{name}{VALMONT}") for name in ("lea", "nina")]
    for person in people:
        assert person is not None
        forgetting.forget(here, person.id, source="page", actor="", now=now)
    take(here, full, now)
    with here.database.read() as session:
        for name in ("lea", "nina"):
            assert find(session, f"{name}{VALMONT}") is None
            against = suppression.find(session, f"{name}{VALMONT}", here.tokens.hmacs)
            assert against is not None
            assert against.key.startswith("hmac:")


def test_lists_are_named_by_name_number_or_uuid_and_what_is_not_clear_is_refused(
    here: Installation, full: Listmonk, now: datetime
) -> None:
    kit.make_list(here, "ferme", now=now, visibility=Visibility.CLOSED)
    with full.engine.connect() as connection:
        second = connection.scalar(sa.text("SELECT uuid::text FROM lists WHERE id = 2"))

    def pairs(lists: dict[str, str]) -> dict[str, str | None]:
        moved = take(here, full, now, lists=lists, dry_run=True)
        return {pair.theirs.name: pair.slug for pair in moved.pairs}

    for word in ("le courrier du SOIR", "2", str(second)):
        assert pairs({word: "soir"})["Le Courrier du soir"] == "soir"
    assert pairs({})["Le Courrier du soir"] is None
    for lists, error, said in (
        ({"Nothing": "soir"}, Refused, "no list called 'Nothing' (there are: 1 'Hebdo', 2 "),
        ({"2": "hebdo"}, Refused, "two lists of listmonk would go to 'hebdo'"),
        ({"2": "nowhere"}, UnknownList, "nowhere"),
        ({"2": "ferme"}, NotPermitted, "closed"),
    ):
        with pytest.raises(error) as caught:
            pairs(lists)
        assert said in str(caught.value)


@pytest.fixture
def locked_out(full: Listmonk) -> Iterator[str]:
    """The address of a user who may read nothing."""
    full.say("CREATE ROLE stranger LOGIN PASSWORD 'x'")
    yield str(sa.make_url(full.url).set(username="stranger").render_as_string(False))
    full.say("DROP ROLE stranger")


def test_what_is_no_database_of_listmonk_is_refused_in_one_line(
    here: Installation, full: Listmonk, locked_out: str, now: datetime
) -> None:
    empty = postgres_server().database().render_as_string(hide_password=False)
    nowhere = sa.make_url(full.url).set(database="gone").render_as_string(hide_password=False)
    for url, said in (
        ("sqlite:///x.db", "PostgreSQL"),
        ("not an address", "not an address"),
        (empty, "no database of listmonk"),
        (nowhere, "does not exist"),
        (locked_out, "read"),
        ("postgresql://u:secret@127.0.0.1:1/x?connect_timeout=2", "check that it runs"),
    ):
        with pytest.raises(Refused) as caught:
            listmonk.take(here, url, lists={}, consent=AGREED, now=now, actor="x")
        assert said in str(caught.value)
        assert "\n" not in str(caught.value)
        assert "secret" not in str(caught.value)


def test_listmonks_database_can_only_be_read(full: Listmonk) -> None:
    delete = sa.text("DELETE FROM campaign_lists")
    with opened(full.url) as theirs, pytest.raises(sa.exc.DBAPIError, match="read-only"):
        theirs.session.execute(delete)
