"""The goodbye: for lists that want one, once, to those who may be written to, with the leaving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import newsletter_kit as kit
import pytest
import sqlalchemy as sa
from smtp_script import ScriptedServer

from newsletter.installation import Installation
from newsletter.jobs import leaving, peopling, sending
from newsletter.jobs.imprint import links_of
from newsletter.models import Delivery, Notice, NoticeKind
from subscribers import suppression
from subscribers.lists import find_list
from subscribers.models import (
    MailingList,
    Subscription,
    SubscriptionState,
    SuppressionReason,
    Visibility,
)

READER = "reader0@valmont.example"
Install = Callable[..., Installation]


@dataclass
class Reader:
    """Somebody on "hebdo", which says goodbye, and on "alertes", which does not."""

    inst: Installation
    ids: dict[str, int]
    now: datetime

    def token(self, slug: str = "hebdo") -> str:
        return links_of(self.inst).unsubscribe(self.ids[slug]).rpartition("/")[2]

    def leave(self, slug: str = "hebdo", source: str = "page") -> None:
        self.now += timedelta(minutes=1)
        leaving.leave(self.inst, self.token(slug), source=source, ip=None, now=self.now)

    def leave_all(self, slug: str = "hebdo") -> None:
        self.now += timedelta(minutes=1)
        leaving.leave_all(self.inst, self.token(slug), source="page", ip=None, now=self.now)

    def undo(self, slug: str = "hebdo") -> None:
        self.now += timedelta(minutes=1)
        leaving.undo(self.inst, self.token(slug), ip=None, now=self.now, everything=True)

    def leave_by_admin(self, slug: str | None) -> None:
        self.now += timedelta(minutes=1)
        peopling.unsubscribe(self.inst, READER, slug, now=self.now, actor="admin")

    def goodbyes(self) -> list[tuple[Notice, Delivery]]:
        with self.inst.database.read() as session:
            rows = session.execute(
                sa.select(Notice, Delivery)
                .join(Delivery, Delivery.notice_id == Notice.id)
                .order_by(Notice.id)
            )
            found = [(notice, delivery) for notice, delivery in rows]
        assert all(notice.kind is NoticeKind.GOODBYE for notice, _ in found)
        return found

    def has_left(self, slug: str = "hebdo") -> bool:
        with self.inst.database.read() as session:
            one = session.get_one(Subscription, self.ids[slug])
            return one.state is SubscriptionState.UNSUBSCRIBED


@pytest.fixture
def reader(install: Install, now: datetime) -> Reader:
    return joined(install(readers=1), now)


def joined(inst: Installation, now: datetime) -> Reader:
    kit.make_list(inst, "alertes", now=now)
    kit.change(inst, MailingList, {"goodbye": True}, slug="hebdo")
    with inst.database.write() as session:
        first = kit.subscription_of(session, READER)
        other = Subscription(
            subscriber_id=first.subscriber_id,
            mlist_id=find_list(session, "alertes").id,
            source="cli",
            state=SubscriptionState.ACTIVE,
            requested_at=now,
            confirmed_at=now,
            changed_at=now,
        )
        session.add(other)
        session.flush()
        ids = {"hebdo": first.id, "alertes": other.id}
    return Reader(inst, ids, now)


def test_a_list_says_goodbye_only_where_it_wants_to(reader: Reader) -> None:
    reader.leave("alertes")
    assert reader.goodbyes() == []
    reader.leave()
    [(notice, delivery)] = reader.goodbyes()
    assert notice.subject == "Vous avez quitté Le Courrier de Valmont"
    assert notice.links == {}
    assert "http://localhost:8025/lists/hebdo" in notice.template.replace("=\\r\\n", "")
    assert delivery.subscription_id == reader.ids["hebdo"]
    reader.leave()  # twice is once
    assert len(reader.goodbyes()) == 1


@pytest.mark.parametrize(
    "leave",
    [
        lambda reader: reader.leave(source="one-click"),
        lambda reader: reader.leave_all("alertes"),
        lambda reader: reader.leave_by_admin("hebdo"),
        lambda reader: reader.leave_by_admin(None),
    ],
    ids=["one-click", "all", "by an admin", "all by an admin"],
)
def test_every_way_to_leave_says_goodbye_once(
    reader: Reader, leave: Callable[[Reader], None]
) -> None:
    leave(reader)
    assert reader.has_left()
    assert len(reader.goodbyes()) == 1


def test_leaving_everything_is_one_mail_that_names_it_all(reader: Reader) -> None:
    kit.change(reader.inst, MailingList, {"goodbye": True, "title": "Crues"}, slug="alertes")
    reader.leave_all()
    [(notice, _)] = reader.goodbyes()
    assert "Crues" in notice.template


def test_undoing_and_leaving_again_within_a_day_says_nothing_more(reader: Reader) -> None:
    kit.change(reader.inst, MailingList, {"goodbye": True})
    reader.leave_all()
    for slug in ("hebdo", "alertes"):
        reader.undo(slug)
        reader.leave(slug)
    reader.undo()
    reader.leave_all()
    assert len(reader.goodbyes()) == 1
    reader.undo()
    reader.now += timedelta(days=1)
    reader.leave()
    assert len(reader.goodbyes()) == 2


def test_nobody_is_written_to_who_never_confirmed(reader: Reader) -> None:
    pending = {"state": SubscriptionState.PENDING, "confirmed_at": None}
    kit.change(reader.inst, Subscription, pending, id=reader.ids["hebdo"])
    reader.leave_all()
    assert reader.has_left()
    assert reader.goodbyes() == []


def test_nobody_is_written_to_who_is_suppressed(reader: Reader) -> None:
    with reader.inst.database.write() as session:
        suppression.suppress(
            session, READER, SuppressionReason.COMPLAINT, source="cli", now=reader.now
        )
    reader.leave()
    assert reader.has_left()
    assert reader.goodbyes() == []


def test_erasure_brings_no_goodbye(reader: Reader) -> None:
    assert peopling.erase(reader.inst, READER, now=reader.now, actor="admin")
    assert reader.has_left()
    assert reader.goodbyes() == []


def test_a_private_lists_goodbye_leads_to_no_page_of_it(reader: Reader) -> None:
    kit.change(reader.inst, MailingList, {"visibility": Visibility.PRIVATE})
    reader.leave()
    [(notice, _)] = reader.goodbyes()
    assert "/lists/" not in notice.template
    assert "revenir" not in notice.template


def test_a_template_that_fails_loses_the_goodbye_and_not_the_leaving(
    reader: Reader, tmp_path: Path
) -> None:
    mine = tmp_path / "mine" / "email"
    mine.mkdir(parents=True)
    (mine / "goodbye.html.jinja").write_text("{{ nowhere }}")
    config = reader.inst.config.model_copy(update={"templates": mine.parent})
    reader.inst = Installation(config, reader.inst.database)
    reader.leave()
    assert reader.has_left()
    assert reader.goodbyes() == []


def test_the_goodbye_goes_out_though_its_reader_has_left(
    install: Install, server: ScriptedServer, now: datetime
) -> None:
    reader = joined(install(readers=1, port=server.port), now - timedelta(hours=1))
    reader.leave()
    sending.deliver(reader.inst)
    assert kit.states(reader.inst) == {"sent": 1}
    [taken] = server.taken
    assert b"List-Unsubscribe" not in taken.content
    assert b"goodbye" not in taken.content.lower()  # it speaks French
