"""Forgetting: no word of a person is left in any table, and no mail to them waits."""

from __future__ import annotations

from datetime import datetime, timedelta

import newsletter_kit as kit
import pytest
import sqlalchemy as sa

from newsletter.delivery import marking, queue
from newsletter.delivery.policy import Next
from newsletter.installation import Installation
from newsletter.jobs import forgetting, joining, leaving, owning
from newsletter.jobs.imprint import links_of
from newsletter.mail.message import Template
from newsletter.models import Base, Bounce, BounceKind, Delivery, DeliveryState, Notice, NoticeKind
from subscribers.models import AddressChange, ConsentEvent, ConsentKind, FormerPerson, Subscriber

ADDRESS, NAME, IP, WORDS = "canari@moulin.example", "Zoé Canari", "203.0.113.77", "Zut alors"
REPLY = f"550 5.1.1 <{ADDRESS}>: no such user here"


def traces(inst: Installation) -> set[str]:
    """Where anything of the person stands: table, column, and what."""
    with inst.database.read() as session:
        found = set()
        for table in Base.metadata.sorted_tables:
            for row in session.execute(sa.select(table)).mappings():
                for column, value in row.items():
                    plain = str(value).replace("=2E", ".").replace("=40", "@").lower()
                    for name in (ADDRESS, "canari", "zo=c3=a9", IP, WORDS):
                        if name.lower() in plain:
                            found.add(f"{table.name}.{column}: {name}")
        return found


@pytest.fixture
def person(inst: Installation, now: datetime) -> int:
    """Somebody with a past: confirmed, written to, refused, bounced, and off one list."""
    kit.make_list(inst, "alertes", now=now, goodbye=True)
    joining.sign_up(
        inst, slugs=["hebdo", "alertes"], address=ADDRESS, name=NAME, words="Je m'abonne.", ip=IP,
        language="fr", now=now,
    )  # fmt: skip
    with inst.database.read() as session:
        one = session.scalars(sa.select(Subscriber)).one()
        here = one.subscriptions
    asked = kit.the_delivery(inst, ADDRESS)
    with inst.database.read() as session:
        notice = session.get_one(Notice, asked.notice_id)
        url = links_of(inst).notice_slots(notice.links, inst.keys.current)
    [link] = url.values()
    token = link.rpartition("/")[2]
    joining.confirm(inst, token, ip=IP, now=now + timedelta(minutes=1))
    leave = links_of(inst).unsubscribe(here[1].id).rpartition("/")[2]
    leaving.leave(inst, leave, source="page", ip=IP, now=now + timedelta(minutes=2))
    leaving.say_why(inst, leave, WORDS, ip=IP, now=now + timedelta(minutes=3))
    preferences = links_of(inst).preferences(here[0].id).rpartition("/")[2]
    owning.mail_settings_link(inst, preferences, now=now + timedelta(minutes=4))
    kit.frozen_letter(inst, now=now)
    with inst.database.write() as session:
        session.get_one(Subscriber, one.id).tags = frozenset({"canari"})
        moved = {"before": f"old-{ADDRESS}", "after": ADDRESS}
        session.add_all([
            AddressChange(subscriber_id=one.id, address=ADDRESS, address_key=ADDRESS,
                          domain="moulin.example", ip=IP, requested_at=now),
            FormerPerson(system="listmonk", name="canari", subscriber_id=one.id),
            ConsentEvent(subscriber_id=one.id, kind=ConsentKind.MOVED, at=now, source="page",
                         detail=moved),
        ])  # fmt: skip
        session.execute(sa.update(Delivery).values(reply=REPLY))
        session.add(
            Bounce(delivery_id=asked.id, kind=BounceKind.HARD, status="5.1.1", diagnostic=REPLY,
                   at=now, fingerprint="f")
        )  # fmt: skip
    return one.id


def forget(inst: Installation, person: int, now: datetime) -> bool:
    return forgetting.forget(inst, person, source="cli", actor="claire", now=now)


def test_nothing_is_left_of_a_person_in_any_table(
    inst: Installation, person: int, now: datetime
) -> None:
    before = traces(inst)
    for where in (
        "delivery.reply", "bounce.diagnostic", "consent_event.ip", "notice.template",
        "subscriber.tags", "address_change.address", "former_person.name", "consent_event.detail",
    ):  # fmt: skip
        assert any(one.startswith(where) for one in before), where
    assert forget(inst, person, now + timedelta(hours=1))
    assert traces(inst) == set()
    assert not forget(inst, person, now + timedelta(hours=2))


def test_mail_to_one_person_that_waits_for_them_ends(
    inst: Installation, person: int, now: datetime
) -> None:
    waits = kit.deliveries(inst, subscriber_id=person)
    notices = [one for one in waits if one.notice_id is not None]
    for one, state in zip(notices, ("queued", "deferred", "unknown"), strict=False):
        kit.change(inst, Delivery, {"state": state}, id=one.id)
    forget(inst, person, now + timedelta(hours=1))
    ended = [d for d in kit.deliveries(inst, subscriber_id=person) if d.notice_id is not None]
    assert len(ended) >= 3
    assert {(d.state.value, d.due_at) for d in ended} == {("cancelled", None)}
    with inst.database.read() as session:
        for notice in session.scalars(sa.select(Notice)):
            assert (notice.subject, notice.links) == ("", {})
            assert Template.from_json(notice.template).places == ()


def test_what_a_server_says_afterwards_is_not_kept(
    inst: Installation, person: int, now: datetime
) -> None:
    worker = kit.register(inst)
    [first, *_] = claimed = kit.claim(inst, worker)
    with inst.database.write() as session:
        clock = inst.database.clock(session)
        marking.mark(session, worker, [first.id], now=clock, lease=timedelta(seconds=30))
    forget(inst, person, now + timedelta(hours=1))
    with inst.database.write() as session:
        refused = Next(DeliveryState.FAILED, None, 550, REPLY)
        queue.record(session, worker, {one.id: refused for one in claimed}, now)
    assert kit.deliveries(inst, id=first.id)[0].code == 550
    assert traces(inst) == set()


def test_others_keep_what_was_said_of_their_mail(
    inst: Installation, person: int, now: datetime
) -> None:
    [other] = kit.add_readers(inst, 1, now=now)
    kit.frozen_letter(inst, subject="Le marché", now=now)
    kit.change(inst, Delivery, {"reply": "250 taken"}, address=other)
    forget(inst, person, now + timedelta(hours=1))
    kept = kit.the_delivery(inst, other)
    assert (kept.reply, kept.name) == ("250 taken", "Léa n° 0")


def test_a_link_that_went_to_the_address_before_a_move_does_not_hold_back_the_first_to_the_new(
    inst: Installation, now: datetime
) -> None:
    [address] = kit.add_readers(inst, 1, now=now)

    def asked(minutes: int) -> int:
        at = now + timedelta(minutes=minutes)
        owning.mail_settings_link_to(inst, address, ip=None, now=at)
        with inst.database.read() as session:
            links = sa.select(sa.func.count()).where(Notice.kind == NoticeKind.SETTINGS)
            return session.scalar(links) or 0

    assert [asked(0), asked(1)] == [1, 1]
    with inst.database.write() as session:
        one = session.scalars(sa.select(Subscriber)).one()
        moved = {"before": f"old-{address}", "after": address}
        session.add(
            ConsentEvent(
                subscriber_id=one.id,
                kind=ConsentKind.MOVED,
                at=now + timedelta(minutes=2),
                source="page",
                detail=moved,
            )
        )
    assert [asked(3), asked(4)] == [2, 2]
