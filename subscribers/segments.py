"""For whom a list is: a condition in an admin's words, kept with the list, asked in the database.

A segment only ever narrows: whoever it does not name gets nothing, whatever they subscribed to, and
whoever it names gets what they subscribed to. A list may also be drawn from another: it has no
subscribers, and goes to those of the other whom it names. It is asked when an issue is frozen, not
at the mark.
"""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from subscribers.condition_sql import condition
from subscribers.conditions import parse
from subscribers.errors import InvalidValue, NotPermitted
from subscribers.models import MailingList, Segment, Visibility


def narrow(session: Session, mlist: MailingList, text: str) -> bool:
    """Let the list be only for those of whom `text` holds; empty: for all its subscribers.

    False: it was so before. Raises InvalidValue for what cannot be read, and for an empty one where
    the list is drawn from another.
    """
    text = text.strip()
    if text:
        parse(text)
    session.flush()  # the list may be new
    found = session.get(Segment, mlist.id)
    if (found.expression if found else "") == text:
        return False
    if found is None:
        session.add(Segment(mlist_id=mlist.id, expression=text))
    elif text:
        found.expression = text
    elif found.of_id is not None:
        raise InvalidValue(
            f"list {mlist.slug!r} is drawn from another, so it needs a condition: "
            "give one, or remove the list"
        )
    else:
        session.delete(found)
    session.flush()
    return True


def draw(session: Session, mlist: MailingList, of: MailingList, text: str) -> None:
    """Let a new list have no subscribers of its own, and go to those of `of` of whom `text` holds.

    Their subscription stays that to `of`: they take what they take of it, and leave it by leaving
    this one. The list is closed, for ever. Raises InvalidValue.
    """
    if not text.strip():
        raise InvalidValue(f"list {mlist.slug!r} is to be drawn from {of.slug!r}: say where")
    narrow(session, mlist, text)
    made = session.get_one(Segment, mlist.id)
    if of.id == mlist.id or source_of(session, of.id) != of.id:
        raise InvalidValue(
            f"list {of.slug!r} has no subscribers of its own: draw from a list that has"
        )
    made.of_id = of.id
    mlist.visibility = Visibility.CLOSED
    session.flush()


def said_of(session: Session, mlist_id: int) -> str:
    """The condition as the admin wrote it; empty: the list is for all its subscribers."""
    found = select(Segment.expression).where(Segment.mlist_id == mlist_id)
    return session.scalar(found) or ""


def source_of(session: Session, mlist_id: int) -> int:
    """The list whose subscribers it goes to: itself, or that which it is drawn from."""
    return session.scalar(select(Segment.of_id).where(Segment.mlist_id == mlist_id)) or mlist_id


def refuse_members(session: Session, mlist: MailingList) -> None:
    """Raises NotPermitted for a list that is drawn from another: nobody is on it by itself."""
    source = session.get_one(MailingList, source_of(session, mlist.id))
    if source is not mlist:
        raise NotPermitted(
            f"list {mlist.slug!r} is drawn from {source.slug!r} and has no subscribers of its own: "
            f"take them into {source.slug!r}, with what its condition asks for"
        )


def drawn_from(session: Session, mlist_id: int) -> list[str]:
    """The names of the lists that are drawn from this one."""
    found = (
        select(MailingList.slug)
        .join(Segment, Segment.mlist_id == MailingList.id)
        .where(Segment.of_id == mlist_id)
        .order_by(MailingList.slug)
    )
    return list(session.scalars(found))


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a list goes to, before anything that they themselves chose."""

    source_id: int  # the list whose subscriptions count
    conditions: tuple[ColumnElement[bool], ...]  # over Subscription and Subscriber: one, or none

    def is_drawn(self, mlist_id: int) -> bool:
        """Whether that is another list, whose schedules say nothing of this one."""
        return self.source_id != mlist_id


def reach(session: Session, mlist_id: int) -> Reach:
    """Whose subscriptions, and which of them.

    Raises InvalidValue if what is kept cannot be read, so that nobody is written to by mistake.
    """
    row = session.execute(
        select(Segment.expression, Segment.of_id, MailingList.timezone)
        .join(MailingList, MailingList.id == Segment.mlist_id)
        .where(Segment.mlist_id == mlist_id)
    ).one_or_none()
    if row is None:
        return Reach(mlist_id, ())
    asked = condition(session, parse(row.expression), ZoneInfo(row.timezone))
    return Reach(row.of_id or mlist_id, (asked,))
