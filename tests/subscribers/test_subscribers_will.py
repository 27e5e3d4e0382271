"""A file never outweighs what somebody said themselves, nor says more than is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from people_for_tests import enter
from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers import leaving, suppression
from subscribers.errors import NotPermitted
from subscribers.models import (
    ConsentEvent,
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
    SuppressionReason,
)
from subscribers.signup import Wish, sign_up
from subscribers.transfer import Consent, ImportReport, Row, import_rows

Take = Callable[..., ImportReport]
ANNE = "anne@valmont.example"
AGREED = Consent(confirmed=True, words="Oui, chaque vendredi.")
ACTIVE, LEFT = SubscriptionState.ACTIVE, SubscriptionState.UNSUBSCRIBED
PENDING = SubscriptionState.PENDING
DAY = timedelta(days=1)


@pytest.fixture
def take(session: Session, weekly: MailingList, now: datetime) -> Take:
    """Imports rows about Anne, unless they are about others."""

    @contextmanager
    def turn() -> Iterator[Session]:
        yield session
        session.commit()

    def run(
        *rows: Mapping[str, str],
        into: MailingList | Sequence[MailingList] = weekly,
        consent: Consent = AGREED,
        **more: Any,
    ) -> ImportReport:
        return import_rows(
            turn, into, [Row(n, {"address": ANNE, **row}, "") for n, row in enumerate(rows, 2)],
            consent=consent, actor="cli:claire", now=more.pop("now", now + DAY), **more,
        )  # fmt: skip

    return run


def hers(session: Session) -> Subscription:
    session.rollback()
    session.expire_all()
    return session.scalars(select(Subscription)).one()


def fill_in_the_form(session: Session, mlist: MailingList, now: datetime, **wish: Any) -> None:
    sign_up(
        session, address=ANNE, mlists=[mlist], words="Oui.", source="form", ip="192.0.2.7",
        now=now, wish=Wish(**wish),
    )  # fmt: skip
    session.commit()


# --- Who left ---------------------------------------------------------------------------------


def test_who_left_is_not_switched_on_by_a_file_after_a_stranger_filled_in_the_form(
    session: Session, take: Take, weekly: MailingList, now: datetime
) -> None:
    take({})
    leaving.unsubscribe(session, hers(session), source="one-click", now=now + 2 * DAY)
    fill_in_the_form(session, weekly, now + 3 * DAY)
    assert hers(session).state is PENDING
    for trial in (True, False):
        report = take({}, now=now + 4 * DAY, dry_run=trial)
        assert (report.added, report.kept_unsubscribed) == (0, 1)
    assert hers(session).state is PENDING
    asked = Consent(confirmed=True, words="Elle l'a dit.", back=True)
    assert take({}, now=now + 5 * DAY, consent=asked).back == 1
    assert hers(session).state is ACTIVE


def test_nor_by_an_admin_who_does_not_know_of_it(
    session: Session, take: Take, weekly: MailingList, now: datetime
) -> None:
    enter(session, weekly, now)
    leaving.unsubscribe(session, hers_now(session), source="page", now=now + DAY)
    fill_in_the_form(session, weekly, now + 2 * DAY)
    with pytest.raises(NotPermitted, match="left 'courrier'"):
        enter(session, weekly, now + 3 * DAY)
    session.rollback()
    assert hers(session).state is PENDING


def hers_now(session: Session) -> Subscription:
    session.flush()
    return session.scalars(select(Subscription)).one()


def test_who_left_took_it_back_and_was_pending_is_taken_in(
    session: Session, take: Take, weekly: MailingList, now: datetime
) -> None:
    fill_in_the_form(session, weekly, now)
    leaving.unsubscribe(session, hers(session), source="page", now=now + DAY)
    leaving.undo(session, hers_now(session), now=now + DAY + timedelta(hours=1))
    session.commit()
    assert take({}, now=now + 2 * DAY).added == 1
    assert hers(session).state is ACTIVE


# --- Alerts -----------------------------------------------------------------------------------


def test_alerts_ticked_by_who_never_confirmed_do_not_come_by_a_file(
    session: Session, take: Take, weekly: MailingList, now: datetime
) -> None:
    fill_in_the_form(session, weekly, now, alerts=True, digests=False, cadence="matin")
    assert take({}).added == 1
    one = hers(session)
    assert (one.state, one.alerts, one.digests, one.cadence) == (ACTIVE, False, True, "matin")


def test_nor_by_an_admin_unless_the_words_named_them(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    fill_in_the_form(session, weekly, now, alerts=True, digests=False)
    enter(session, weekly, now + DAY)
    assert (hers_now(session).alerts, hers_now(session).digests) == (False, True)
    session.rollback()
    enter(session, weekly, now + DAY, wish=Wish(alerts=True))
    assert hers_now(session).alerts


def test_alerts_of_an_export_of_ours_come_to_who_was_waiting(
    session: Session, take: Take, weekly: MailingList, now: datetime
) -> None:
    fill_in_the_form(session, weekly, now)
    take({"state": "active", "alerts": "true"}, own=True)
    assert hers(session).alerts
