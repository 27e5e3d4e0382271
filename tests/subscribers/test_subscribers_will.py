"""A file never outweighs what somebody said themselves, nor says more than is in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from people_for_tests import enter
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from subscribers import leaving, suppression
from subscribers.errors import NotPermitted
from subscribers.models import (
    ConsentEvent,
    MailingList,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
    SuppressionReason,
)
from subscribers.signup import Wish, join, sign_up
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


# --- Said twice, in one file ------------------------------------------------------------------


@pytest.mark.parametrize("twice", [1, -1], ids=["after", "before"])
def test_a_row_that_says_left_outweighs_its_double(
    session: Session, take: Take, twice: int
) -> None:
    rows = [{"name": "Anne"}, {"state": "unsubscribed", "unsubscribed_at": "2024-05-06T18:00Z"}]
    report = take(*rows[::twice])
    assert (report.added, report.left, report.unchanged) == (0, 1, 1)
    assert hers(session).state is LEFT


@pytest.mark.parametrize("twice", [1, -1], ids=["after", "before"])
def test_and_so_does_one_that_says_suppressed(session: Session, take: Take, twice: int) -> None:
    take(*[{}, {"state": "unsubscribed"}, {"suppression": "complaint"}][::twice])
    assert hers(session).state is LEFT
    against = suppression.find(session, ANNE)
    assert against is not None
    assert against.reason is SuppressionReason.COMPLAINT


# --- Who waits --------------------------------------------------------------------------------


def test_who_waits_has_no_proof_from_a_file_but_in_the_evidence(
    session: Session, take: Take, weekly: MailingList, english: MailingList, now: datetime
) -> None:
    take({"confirmed_at": "2020-01-02T00:00Z"}, consent=Consent())
    one = hers(session)
    assert (one.state, one.confirmed_at) == (PENDING, None)
    event = session.scalars(select(ConsentEvent)).one()
    assert event.detail == {"confirmed_at": "2020-01-02T00:00:00+00:00"}
    english.double_opt_in = True
    joining = join(session, one.subscriber_id, english, words="Oui.", ip=None, now=now + 2 * DAY)
    assert (len(joining.joined), len(joining.to_confirm)) == (0, 1)
    leaving.unsubscribe(session, one, source="page", now=now + 2 * DAY)
    leaving.undo(session, one, now=now + 2 * DAY)
    session.commit()
    states = session.scalars(select(Subscription.state)).all()
    assert set(states) == {PENDING}


def test_who_is_active_or_has_left_keeps_when_they_confirmed(session: Session, take: Take) -> None:
    told = {"confirmed_at": "2020-01-02T00:00Z"}
    take(told, {**told, "address": "bo@valmont.example", "state": "unsubscribed"})
    found = session.scalars(select(Subscription.confirmed_at)).all()
    assert [at and at.year for at in found] == [2020, 2020]


# --- Suppressions -----------------------------------------------------------------------------


def test_only_what_stands_against_who_wants_mail_is_lifted(
    session: Session, take: Take, now: datetime
) -> None:
    lift = Consent(confirmed=True, words="Oui.", lift=True)
    suppression.suppress(session, ANNE, SuppressionReason.BOUNCE, source="x", now=now)
    session.commit()
    for row in ({"state": "unsubscribed"}, {"state": "pending"}):
        assert take(row, consent=lift).lifted == 0
        assert suppression.find(session, ANNE) is not None
    assert take({}, consent=lift).lifted == 1
    assert suppression.find(session, ANNE) is None


def test_nothing_is_lifted_under_a_domain_that_is_held(
    session: Session, take: Take, now: datetime
) -> None:
    for target in ("@valmont.example", ANNE):
        suppression.suppress(session, target, SuppressionReason.ADMIN, source="x", now=now)
    session.commit()
    report = take({}, consent=Consent(confirmed=True, words="Oui.", lift=True))
    assert (report.lifted, report.suppressed) == (0, 1)
    assert len(session.scalars(select(Suppression)).all()) == 2


def test_rows_of_an_export_of_ours_come_back_under_a_domain_that_is_held(
    session: Session, take: Take, now: datetime
) -> None:
    reason = SuppressionReason.ADMIN
    suppression.suppress(session, "@valmont.example", reason, source="x", now=now)
    session.commit()
    assert take({"state": "active"}).suppressed == 1
    assert take({"state": "active", "name": "Anne"}, own=True).added == 1
    assert hers(session).state is ACTIVE
    suppression.suppress(session, ANNE, reason, source="x", now=now)
    session.commit()
    assert take({"state": "active"}, own=True).suppressed == 1


# --- Who is known -----------------------------------------------------------------------------


def test_what_is_not_known_of_somebody_is_added_and_what_is_known_stays(
    session: Session, take: Take, weekly: MailingList
) -> None:
    take({"name": "Anne", "tags": "amie", "attribute.town": "Valmont"})
    told = {"name": "A. Martin", "language": "EN", "tags": "vip", "attribute.town": "Arles",
            "attribute.age": "40"}  # fmt: skip
    assert take(told, dry_run=True).filled == 1
    report = take(told, now=hers(session).changed_at + DAY)
    assert (report.filled, report.unchanged) == (1, 1)
    person = hers(session).subscriber
    assert (person.name, person.language, person.tags) == ("Anne", "en", {"amie", "vip"})
    assert person.attributes == {"town": "Valmont", "age": "40"}
    assert take(told).filled == 0


def test_all_that_the_rows_of_several_lists_say_of_somebody_new_is_kept(
    session: Session, take: Take, weekly: MailingList, english: MailingList
) -> None:
    rows = [{"list": "courrier"}, {"list": "courier", "attribute.optin_ip": "192.0.2.7"}]
    report = take(*rows, into=[weekly, english])
    assert (report.added, report.filled) == (2, 1)
    person = session.scalars(select(Subscriber)).one()
    assert person.attributes == {"optin_ip": "192.0.2.7"}


def test_nothing_is_added_to_who_has_left(session: Session, take: Take, now: datetime) -> None:
    take({"state": "unsubscribed"})
    assert take({"name": "Anne"}).filled == 0
    assert hers(session).subscriber.name == ""


def test_whoever_a_file_ends_is_told_by_their_subscriptions(session: Session, take: Take) -> None:
    take({})
    told: list[int] = []
    report = take({"state": "unsubscribed"}, on_ended=told.extend)
    assert report.ended == 1
    assert told == [hers(session).id]


# --- Other systems' words ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "state", "against"),
    [
        ("Abonné", ACTIVE, None),
        ("désabonnée", LEFT, None),
        ("no", LEFT, None),
        ("non confirmé", PENDING, None),
        ("bounced", ACTIVE, SuppressionReason.BOUNCE),
        ("complained", LEFT, SuppressionReason.COMPLAINT),
    ],
)
def test_a_state_is_understood_in_the_words_of_others(
    session: Session,
    take: Take,
    word: str,
    state: SubscriptionState,
    against: SuppressionReason | None,
) -> None:
    take({"state": word})
    assert hers(session).state is state
    found = suppression.find(session, ANNE)
    assert (found and found.reason) is against


def test_who_left_on_a_day_has_left(session: Session, take: Take) -> None:
    take({"unsubscribed_at": "2024-05-06T18:00Z"})
    assert hers(session).state is LEFT


# --- Several lists ----------------------------------------------------------------------------


def test_people_of_all_lists_are_held_once_and_in_one_order(
    session: Session, take: Take, weekly: MailingList, english: MailingList
) -> None:
    if session.get_bind().dialect.name != "postgresql":
        pytest.skip("SQLite has one writer")
    names = [f"p{n}@valmont.example" for n in range(4)]
    take(*({"address": name} for name in names))
    held: list[str] = []

    def told(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "FOR NO KEY UPDATE" in statement and "FROM subscriber " in statement:
            held.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", told)
    rows = [{"address": name, "list": one} for name, one in zip(
        [*names[2:], "new@valmont.example", *names[:2]],
        ["courrier", "courrier", "courier", "courier", "courier"], strict=True,
    )]  # fmt: skip
    take(*rows, into=[weekly, english])
    event.remove(engine, "before_cursor_execute", told)
    assert len(held) == 1
    assert "ORDER BY subscriber.id" in " ".join(held[0].split())
