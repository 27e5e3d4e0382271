"""A file that says that somebody known here left, or must not be written to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from people_for_tests import enter
from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers import leaving, suppression
from subscribers.consent import Act, record_for
from subscribers.errors import NotPermitted
from subscribers.models import (
    ConsentEvent,
    ConsentKind,
    MailingList,
    Subscription,
    SubscriptionState,
)
from subscribers.transfer import Consent, ImportReport, Row, import_rows

Take = Callable[..., ImportReport]
ANNE = "anne@valmont.example"
AGREED = Consent(confirmed=True, words="Oui, chaque vendredi.")
ACTIVE, LEFT = SubscriptionState.ACTIVE, SubscriptionState.UNSUBSCRIBED


@pytest.fixture
def take(session: Session, weekly: MailingList, now: datetime) -> Take:
    """Imports one row about Anne."""

    @contextmanager
    def turn() -> Iterator[Session]:
        yield session
        session.commit()

    def run(*, dry_run: bool = False, **values: str) -> ImportReport:
        return import_rows(
            turn, weekly, [Row(1, {"address": ANNE, **values}, ANNE)], consent=AGREED,
            actor="cli:claire", now=now + timedelta(days=1), dry_run=dry_run,
        )  # fmt: skip

    return run


def hers(session: Session) -> Subscription:
    session.rollback()
    return session.scalars(select(Subscription)).one()


def test_who_left_at_the_old_system_after_the_first_import_has_left_here(
    session: Session, take: Take, weekly: MailingList
) -> None:
    take(confirmed_at="2021-03-05T08:15Z")
    assert hers(session).state is ACTIVE
    trial = take(dry_run=True, state="unsubscribed", unsubscribed_at="2024-05-06T18:00Z")
    assert (trial.ended, hers(session).state) == (1, ACTIVE)
    report = take(state="unsubscribed", unsubscribed_at="2024-05-06T18:00Z")
    assert (report.ended, report.unchanged) == (1, 0)
    assert hers(session).state is LEFT
    last = session.scalars(select(ConsentEvent).order_by(ConsentEvent.id.desc())).first()
    assert last is not None
    assert (last.kind, last.source, last.actor) == (
        ConsentKind.UNSUBSCRIBED,
        "import",
        "cli:claire",
    )
    again = take(state="unsubscribed", unsubscribed_at="2024-05-06T18:00Z")
    assert (again.ended, again.kept_unsubscribed) == (0, 1)
    assert take(confirmed_at="2021-03-05T08:15Z").kept_unsubscribed == 1


def test_it_holds_without_a_time_too_where_only_files_had_her_as_subscribed(
    session: Session, take: Take
) -> None:
    take()
    assert take(state="unsubscribed").ended == 1
    assert hers(session).state is LEFT


def test_who_came_back_here_since_stays(
    session: Session, take: Take, weekly: MailingList, now: datetime
) -> None:
    take(state="unsubscribed", unsubscribed_at="2024-05-06T18:00Z")
    one = hers(session)
    leaving_at = one.unsubscribed_at
    assert leaving_at is not None
    one.state = ACTIVE
    record_for(session, Act("form"), ConsentKind.CONFIRMED, one, now)
    session.commit()
    for said in ({"unsubscribed_at": "2024-05-06T18:00Z"}, {}):
        report = take(state="unsubscribed", **said)
        assert (report.ended, report.unchanged) == (0, 1)
    assert hers(session).state is ACTIVE
    later = (now + timedelta(hours=1)).isoformat()
    assert take(state="unsubscribed", unsubscribed_at=later).ended == 1


def test_who_was_entered_by_hand_agreed_here(
    session: Session, take: Take, weekly: MailingList, now: datetime
) -> None:
    enter(session, weekly, now)
    session.commit()
    assert take(state="unsubscribed", unsubscribed_at="2024-05-06T18:00Z").ended == 0
    assert hers(session).state is ACTIVE


def test_leaving_one_list_ends_no_other(
    session: Session, take: Take, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    take()
    enter(session, english, now)
    session.commit()
    take(state="unsubscribed")
    states = dict(session.execute(select(Subscription.mlist_id, Subscription.state)).all())
    assert states == {weekly.id: LEFT, english.id: ACTIVE}


def test_a_bounce_or_complaint_elsewhere_stands_against_who_is_known_here(
    session: Session, take: Take
) -> None:
    take()
    said = {"suppression": "complaint", "suppression_source": "mailchimp"}
    assert take(dry_run=True, **said).barred == 1
    assert suppression.find(session, ANNE) is None
    report = take(**said)
    assert (report.barred, report.unchanged) == (1, 1)
    session.rollback()
    against = suppression.find(session, ANNE)
    assert against is not None
    assert (against.reason.value, against.source) == ("complaint", "mailchimp")
    assert take(**said).barred == 0
    kinds = session.scalars(select(ConsentEvent.kind)).all()
    assert kinds.count(ConsentKind.SUPPRESSED) == 1


def test_whoever_left_by_a_file_signs_up_again_since_no_link_takes_that_back(
    session: Session, take: Take, now: datetime
) -> None:
    take()
    take(state="unsubscribed")
    with pytest.raises(NotPermitted, match="sign up again"):
        leaving.undo(session, hers(session), now=now + timedelta(days=1, hours=2))
    assert hers(session).state is LEFT


def test_who_is_suppressed_and_left_has_left_when_that_is_lifted(
    session: Session, take: Take, now: datetime
) -> None:
    take()
    take(suppression="bounce")
    assert take(state="unsubscribed").ended == 1
    session.commit()
    suppression.lift(session, ANNE, actor="cli:claire", now=now)
    assert hers(session).state is LEFT
