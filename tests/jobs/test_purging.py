"""The purge: who never confirmed goes without a trace, who has just confirmed stays."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import newsletter_kit as kit
import pytest
import sqlalchemy as sa

from newsletter.delivery import books
from newsletter.installation import Installation
from newsletter.jobs import joining, purging, retaining
from newsletter.jobs.purging import Purge
from newsletter.models import Base, Delivery, Notice
from subscribers import leaving
from subscribers.consent import Act, record_for
from subscribers.models import (
    ConsentEvent,
    ConsentKind,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from subscribers.people import hold
from subscribers.retention import Rule

ADDRESS, IP = "canari@moulin.example", "203.0.113.77"
DAY = timedelta(days=1)
LATER = 31 * DAY


def asked(inst: Installation, now: datetime, *slugs: str, state: str = "sent") -> int:
    """Somebody who filled in the form and has got the mail; gives their id."""
    joining.sign_up(
        inst, slugs=slugs or ["hebdo"], address=ADDRESS, words="Je m'abonne.", ip=IP, now=now
    )
    kit.change(inst, Delivery, {"state": state, "due_at": None, "reply": f"250 <{ADDRESS}>"})
    with inst.database.read() as session:
        return session.scalars(sa.select(Subscriber.id)).one()


def purge(inst: Installation, now: datetime, **options: Any) -> Purge:
    return purging.purge(inst, dry_run=False, now=now, actor="claire", **options)


def count(inst: Installation, model: type[Base]) -> int:
    with inst.database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_who_never_answered_is_forgotten_without_a_trace(inst: Installation, now: datetime) -> None:
    asked(inst, now)
    assert purge(inst, now + timedelta(days=29)) == Purge(0, 0)
    assert purging.purge(inst, dry_run=True, now=now + LATER, actor="x") == Purge(1, 1)
    assert purge(inst, now + LATER) == Purge(1, 1)
    assert purge(inst, now + LATER) == Purge(0, 0)
    assert (count(inst, Subscriber), count(inst, ConsentEvent)) == (0, 0)
    [kept] = kit.deliveries(inst)
    assert (kept.subscriber_id, kept.address, kept.reply) == (None, "", "")
    with inst.database.read() as session:
        assert IP not in session.scalars(sa.select(Notice.template)).one()


def test_who_is_on_another_list_stays(inst: Installation, now: datetime) -> None:
    kit.make_list(inst, "alertes", now=now)
    asked(inst, now, "hebdo", "alertes")
    kit.change(inst, Subscription, {"state": "active", "confirmed_at": now},
               mlist_id=kit.mlist_id(inst, "alertes"))  # fmt: skip
    assert purging.purge(inst, dry_run=True, now=now + LATER, actor="x") == Purge(1, 0)
    assert purge(inst, now + LATER) == Purge(1, 0)
    assert (count(inst, Subscriber), count(inst, Subscription)) == (1, 1)


@pytest.mark.parametrize("state", ["sent", "failed", "expired", "suppressed", "unknown"])
def test_mail_that_goes_nowhere_any_more_keeps_nobody(
    inst: Installation, now: datetime, state: str
) -> None:
    asked(inst, now, state=state)
    assert purge(inst, now + LATER) == Purge(1, 1)


@pytest.mark.parametrize("state", ["queued", "claimed", "transmitting", "deferred", "unknown"])
def test_mail_on_its_way_keeps_them_until_its_time_is_over(
    inst: Installation, now: datetime, state: str
) -> None:
    asked(inst, now)
    in_hand = state in ("claimed", "transmitting")
    kit.change(inst, Delivery, {"state": state, "due_at": None if in_hand else now})
    assert purge(inst, now + LATER) == Purge(0, 0)
    if not in_hand:
        with inst.database.write() as session:
            books.expire(session, now + timedelta(days=4))
        assert purge(inst, now + LATER) == Purge(1, 1)


@contextmanager
def longest_statement(inst: Installation) -> Iterator[list[int]]:
    """How many parameters each statement had."""
    seen: list[int] = []

    def note(_c: Any, _cu: Any, _s: Any, parameters: Any, _x: Any, many: bool) -> None:
        seen.append(max(map(len, parameters)) if many else len(parameters))

    sa.event.listen(inst.database.engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(inst.database.engine, "before_cursor_execute", note)


def test_any_number_goes_in_short_transactions(inst: Installation, now: datetime) -> None:
    kit.add_readers(inst, 1200, now=now)
    kit.change(inst, Subscription, {"state": "pending", "confirmed_at": None, "invited_at": now})
    with longest_statement(inst) as seen:
        assert purge(inst, now + LATER) == Purge(1200, 1200)
    assert max(seen) < 100  # PostgreSQL takes 65,535 at most
    assert count(inst, Subscription) == 0


def test_who_left_and_whose_address_was_typed_into_the_form_has_left_again(
    inst: Installation, now: datetime
) -> None:
    left, undid, never = kit.add_readers(inst, 3, now=now)
    for address in (left, undid):
        with inst.database.write() as session:
            one = kit.subscription_of(session, address)
            record_for(session, Act("page"), ConsentKind.CONFIRMED, one, now)
            leaving.unsubscribe(session, one, source="one-click", now=now + DAY)
    with inst.database.write() as session:
        leaving.undo(session, kit.subscription_of(session, undid), now=now + DAY)
        for address in (undid, never):
            one = kit.subscription_of(session, address)
            one.state, one.confirmed_at = SubscriptionState.PENDING, None
    for address in (left, undid, never):
        joining.sign_up(inst, slugs=["hebdo"], address=address, words="Oui.", ip=IP,
                        now=now + 2 * DAY)  # fmt: skip
    kit.change(inst, Delivery, {"state": "sent", "due_at": None})
    soon = now + 3 * DAY + LATER
    assert purging.purge(inst, dry_run=True, now=soon, actor="x") == Purge(2, 2, left=1)
    assert purge(inst, soon) == Purge(2, 2, left=1)
    assert purge(inst, soon) == Purge(0, 0)
    with inst.database.read() as session:
        one = session.scalars(sa.select(Subscription)).one()
        assert (one.state, one.unsubscribed_at) == (SubscriptionState.UNSUBSCRIBED, now + DAY)
        assert (one.confirmed_at, one.changed_at) == (now, soon)
        kinds = [event.kind.value for event in session.scalars(sa.select(ConsentEvent))]
    assert kinds == ["confirmed", "unsubscribed", "requested"]


@contextmanager
def searches_while_writing(inst: Installation) -> Iterator[list[str]]:
    """The statements of transactions that write which look for something to do."""
    seen: list[str] = []

    def note(connection: Any, _cu: Any, statement: str, _p: Any, _x: Any, _m: bool) -> None:
        if "begin" in connection.get_execution_options() and "LIMIT" in statement:
            seen.append(statement)

    sa.event.listen(inst.database.engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(inst.database.engine, "before_cursor_execute", note)


def test_nobody_waits_while_it_is_looked_for(inst: Installation, now: datetime) -> None:
    asked(inst, now)
    kit.change(inst, ConsentEvent, {"ip": IP})
    with searches_while_writing(inst) as searches:
        assert purge(inst, now + LATER) == Purge(1, 1)
        retaining.apply(inst, {Rule.IP: DAY, Rule.LOG: DAY}, now=now + LATER, actor="x")
    assert searches == []


def waits_for_a_lock(inst: Installation) -> bool:
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    with inst.database.read() as session:
        return bool(session.scalar(sa.text(query)))


def test_who_confirms_at_the_same_moment_stays(install: kit.Install, now: datetime) -> None:
    inst = install(kind="postgresql")  # SQLite has one writer at a time
    person = asked(inst, now)
    found: list[Purge] = []
    purger = threading.Thread(target=lambda: found.append(purge(inst, now + LATER)))
    with inst.database.write() as session:
        hold(session, person)
        mine = sa.select(Subscription).where(Subscription.subscriber_id == person)
        one = session.scalars(mine.with_for_update()).one()
        one.state, one.confirmed_at = SubscriptionState.ACTIVE, now
        session.flush()
        purger.start()
        until = time.monotonic() + 20
        while not waits_for_a_lock(inst) and time.monotonic() < until:
            time.sleep(0.01)
    purger.join(20)
    assert found == [Purge(0, 0)]
    with inst.database.read() as session:
        assert session.scalars(mine).one().state is SubscriptionState.ACTIVE
