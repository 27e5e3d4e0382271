"""A list is removed with all that hangs on it, while others go on writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import newsletter_kit as kit
import pytest
import sqlalchemy as sa

from newsletter.database import Database
from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs import drafting, joining, listing
from newsletter.models import Base, Bounce, Delivery, Issue, Notice, Schedule
from subscribers.lists import find_list
from subscribers.models import ConsentEvent, MailingList, Subscriber, Subscription, Visibility

DAY = timedelta(days=1)


def count(inst: Installation, model: type[Base]) -> int:
    with inst.database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def sent(inst: Installation, now: datetime) -> Issue:
    """A letter that went out to all, and of which one came back."""
    issue = kit.frozen_letter(inst, now=now)
    kit.change(inst, Delivery, {"state": "sent", "due_at": None})
    kit.change(inst, Issue, {"state": "sent"}, id=issue.id)
    with inst.database.write() as session:
        first = session.scalars(sa.select(sa.func.min(Delivery.id))).one()
        session.add(Bounce(delivery_id=first, kind="hard", at=now, fingerprint="1"))
    return issue


@contextmanager
def killed_in_turn(monkeypatch: pytest.MonkeyPatch, number: int) -> Iterator[list[int]]:
    """The process ends where it would begin its transaction of this number."""
    begun: list[int] = []
    write = Database.write

    def stopping(self: Database) -> Any:
        begun.append(1)
        if len(begun) == number:
            raise KeyboardInterrupt
        return write(self)

    with monkeypatch.context() as patched:
        patched.setattr(Database, "write", stopping)
        yield begun


def test_a_list_goes_in_short_turns_and_a_removal_that_was_stopped_is_finished(
    inst: Installation, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "BATCH", 3)
    kit.make_list(inst, "alertes", now=now)
    kit.add_readers(inst, 7, now=now)
    sent(inst, now)
    drafting.draft_letter(inst, "hebdo", subject="Plus tard", body="Rien.", now=now, actor="x")
    joining.sign_up(inst, slugs=["hebdo", "alertes"], address="ana@moulin.example", words="Oui",
                    ip=None, now=now)  # fmt: skip
    with inst.database.read() as session:
        one = session.scalars(sa.select(sa.func.max(Subscription.id))).one()
    kit.change(inst, Delivery, {"subscription_id": one - 1}, issue_id=None)
    with killed_in_turn(monkeypatch, 3), pytest.raises(KeyboardInterrupt):
        listing.remove_mlist(inst, "hebdo", now=now, actor="claire")
    with inst.database.read() as session:
        mlist = find_list(session, "hebdo")
        assert mlist.visibility is Visibility.CLOSED
        left = session.scalars(sa.select(Delivery).where(Delivery.issue_id.is_not(None))).all()
        assert len(left) == 4
        mine = sa.select(Schedule.active).where(Schedule.mlist_id == mlist.id)
        assert session.scalars(mine).all() == [False]
        assert session.scalars(sa.select(Issue.state)).all() == ["sent"]
    with killed_in_turn(monkeypatch, 0) as turns:
        listing.remove_mlist(inst, "hebdo", now=now, actor="claire")
    assert len(turns) >= 4
    assert (count(inst, Issue), count(inst, Bounce), count(inst, MailingList)) == (0, 0, 1)
    [notice] = kit.deliveries(inst)
    assert (notice.issue_id, notice.subscription_id) == (None, None)
    assert count(inst, Notice) == 1
    assert (count(inst, Subscriber), count(inst, Subscription)) == (8, 1)
    assert count(inst, ConsentEvent) == 2


def test_a_list_is_not_removed_under_an_issue_that_is_under_way(
    inst: Installation, now: datetime
) -> None:
    kit.add_readers(inst, 2, now=now)
    kit.frozen_letter(inst, now=now)
    with pytest.raises(Refused, match="hebdo/1 is frozen"):
        listing.remove_mlist(inst, "hebdo", now=now, actor="claire")
    with inst.database.read() as session:
        assert find_list(session, "hebdo").visibility is Visibility.PUBLIC
        assert session.scalars(sa.select(Schedule.active)).all() == [True]
