"""An invitation: one mail a day to a person, however often or for how many lists they are asked."""

from __future__ import annotations

from datetime import datetime, timedelta

import newsletter_kit as kit
import pytest
import sqlalchemy as sa

from newsletter.errors import NotFound
from newsletter.installation import Installation
from newsletter.jobs import inviting, joining, peopling, suppressing
from newsletter.jobs.inviting import Invited
from newsletter.mail.slots import SlotName
from newsletter.models import Notice
from subscribers.models import ConsentEvent, ConsentKind, Subscription

DAY = timedelta(days=1, minutes=1)


@pytest.fixture
def imported(inst: Installation, now: datetime) -> list[str]:
    """Three people who are pending on "hebdo", and were never written to."""
    addresses = kit.add_readers(inst, 3, now=now)
    kit.change(inst, Subscription, {"state": "pending", "confirmed_at": None})
    return addresses


def invite(inst: Installation, now: datetime, address: str | None = None) -> Invited:
    slug = None if address else "hebdo"
    return inviting.invite(inst, address, slug, now=now, actor="claire")


def test_given_twice_it_asks_once_and_says_so(
    inst: Installation, imported: list[str], now: datetime
) -> None:
    first, second = invite(inst, now), invite(inst, now + timedelta(hours=1))
    assert (first.now, first.today, first.until, first.later) == (imported, [], now, 0)
    assert (second.now, second.until) == ([], None)
    with inst.database.read() as session:
        assert set(session.scalars(sa.select(Subscription.invited_at))) == {now}
    assert second.today == imported
    assert [one.address for one in kit.deliveries(inst)] == imported
    with inst.database.read() as session:
        invited = sa.select(ConsentEvent).where(ConsentEvent.kind == ConsentKind.INVITED)
        assert len(session.scalars(invited).all()) == 3


def test_the_next_day_they_may_be_asked_again(
    inst: Installation, imported: list[str], now: datetime
) -> None:
    invite(inst, now)
    assert len(invite(inst, now + DAY).now) == 3


def test_who_was_written_to_by_the_form_is_not_asked_the_same_day(
    inst: Installation, now: datetime
) -> None:
    joining.sign_up(
        inst, slugs=["hebdo"], address="ana@valmont.example", words="oui", ip=None, now=now
    )
    assert len(invite(inst, now + timedelta(hours=2)).today) == 1
    assert len(kit.deliveries(inst)) == 1


def test_one_mail_asks_about_all_lists_of_a_person(
    inst: Installation, imported: list[str], now: datetime
) -> None:
    kit.make_list(inst, "alertes", now=now)
    with inst.database.write() as session:
        theirs = session.scalars(sa.select(Subscription)).first()
        assert theirs is not None
        person = theirs.subscriber_id
        session.add(
            Subscription(subscriber_id=person, mlist_id=kit.mlist_id(inst, "alertes"),
                         source="import", state=theirs.state, requested_at=now, changed_at=now)
        )  # fmt: skip
    assert invite(inst, now, imported[0]).now == [imported[0]]
    [mail] = kit.deliveries(inst, subscriber_id=person)
    with inst.database.read() as session:
        link = session.get_one(Notice, mail.notice_id).links[SlotName.CONFIRM.value]
    assert len(link["payload"]) == 3  # the moment, and two subscriptions


def test_nobody_is_asked_who_must_not_be_written_to(
    inst: Installation, imported: list[str], now: datetime
) -> None:
    suppressing.suppress(inst, imported[1], note="", now=now, actor="claire")
    assert len(invite(inst, now).now) == 2
    assert kit.deliveries(inst, address=imported[1]) == []
    with pytest.raises(NotFound):
        invite(inst, now, "nobody@valmont.example")


def test_it_is_told_before_how_many_are_asked(
    inst: Installation, imported: list[str], now: datetime
) -> None:
    suppressing.suppress(inst, imported[0], note="", now=now, actor="claire")
    assert inviting.to_ask(inst, None, "hebdo", now=now) == 2
    invite(inst, now, imported[1])
    assert inviting.to_ask(inst, None, "hebdo", now=now) == 1
    assert inviting.to_ask(inst, imported[1], None, now=now) == 0
    kit.add_readers(inst, 30, name="ana", now=now)
    kit.change(inst, Subscription, {"state": "pending", "confirmed_at": None})
    assert inviting.to_ask(inst, None, "hebdo", rate=0, now=now) == 31
    assert inviting.to_ask(inst, None, "hebdo", rate=1, now=now) == 23
    done = inviting.invite(inst, None, "hebdo", rate=1, now=now, actor="claire")
    assert len(done.now) == 23


def test_so_many_are_asked_an_hour_and_what_a_day_has_no_room_for_waits(
    inst: Installation, now: datetime
) -> None:
    addresses = kit.add_readers(inst, 60, now=now)
    kit.change(inst, Subscription, {"state": "pending", "confirmed_at": None})

    def ask(at: datetime) -> Invited:
        return inviting.invite(inst, None, "hebdo", rate=2, now=at, actor="claire")

    done = ask(now)
    assert (done.now, done.later) == (addresses[:48], 12)
    assert done.until == now + timedelta(hours=23)
    due = [one.due_at for one in kit.deliveries(inst)]
    assert due == [now + timedelta(hours=n // 2) for n in range(48)]
    again = ask(now + timedelta(minutes=1))  # whatever list it is: the day is full
    assert (again.now, len(again.today), again.later) == ([], 0, 60)
    evening = ask(now + timedelta(hours=20))
    assert len(evening.now) == 12
    hours = [one.due_at for one in kit.deliveries(inst, address=evening.now[0])]
    assert hours == [now + timedelta(hours=24)]  # after those that wait, not beside them
    tomorrow = ask(now + DAY)  # a day is counted from when their mail was due
    assert (tomorrow.now, len(tomorrow.today)) == (addresses[:2], 58)


def test_a_mail_is_rendered_once_for_all_who_wait_for_the_same(
    inst: Installation, imported: list[str], now: datetime
) -> None:
    with inst.database.write() as session:
        _, second, third = session.scalars(sa.select(Subscription).order_by(Subscription.id))
        second.subscriber.language, third.alerts = "en", True
    invite(inst, now)
    with inst.database.read() as session:
        notices = session.scalars(sa.select(Notice).order_by(Notice.id)).all()
        texts = [one.template for one in notices]
    assert len({one.links[SlotName.CONFIRM.value]["payload"][1] for one in notices}) == 3
    assert [("r=C3=A9daction" in text, "alertes urgentes" in text) for text in texts] == [
        (True, False), (False, False), (True, True),
    ]  # fmt: skip


def test_who_is_entered_reads_so_in_the_language_of_the_list(
    inst: Installation, now: datetime
) -> None:
    peopling.add_subscriber(inst, "lea@valmont.example", "hebdo", now=now, actor="claire")
    with inst.database.read() as session:
        mail = session.scalars(sa.select(Notice)).one().template
    assert "Saisie par la r=C3=A9daction" in mail
    assert "an admin" not in mail
    assert "formulaire" not in mail
