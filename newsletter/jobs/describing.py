"""A list as one JSON document: all its settings, to be made again in another installation."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pydantic
import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.topics import topic_pattern
from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs.scheduling import add_schedule, schedules_of
from newsletter.models import Approval
from subscribers import audit
from subscribers.lists import ListFields, called, create_list, find_list, rename, set_matches
from subscribers.models import AfterAlert, ExcerptStyle, MailingList, OnUnknown, Visibility
from subscribers.segments import draw, narrow, said_of


class _Schedule(pydantic.BaseModel):
    name: str
    title: str = ""
    cron: str | None = None
    timezone: str | None = None
    is_default: bool = False
    active: bool = True
    approval: Approval = Approval.AUTO
    hold_minutes: int = 0
    minimum: int = 1
    maximum: int = 12
    max_age_days: int = 35


class _List(pydantic.BaseModel):
    """What `list show --json` says of a list; more in it is left alone."""

    slug: str
    title: str
    description: str = ""
    language: str
    timezone: str
    from_name: str
    from_address: str
    reply_to: str | None = None
    list_id: str
    postal_address: str = ""
    footer_note: str = ""
    welcome_text: str = ""
    visibility: Visibility = Visibility.PUBLIC
    double_opt_in: bool = True
    welcome: bool = True
    goodbye: bool = False
    archive: bool = True
    excerpt_words: int = 60
    excerpt_style: ExcerptStyle = ExcerptStyle.PARAGRAPHS
    on_unknown: OnUnknown = OnUnknown.RETRY
    after_alert: AfterAlert = AfterAlert.MARK
    topics: dict[str, str] = {}
    matches: dict[str, list[str]] = {}
    schedules: list[_Schedule] = []
    where: str = ""
    of: str | None = None
    former_slugs: list[str] = []


def make_described(
    inst: Installation, document: str, *, now: datetime, actor: str
) -> tuple[MailingList, bool, tuple[str, ...]]:
    """The list that a document of `list show --json` describes; False: there is one of that name,
    and in which of its settings it differs.

    Its first issue waits for an editor as that of any new list, and nobody is on it yet. Raises
    Refused for what is no such document; InvalidValue, InvalidAddress, UnknownList.
    """
    said = _read(document)
    fields: ListFields = said.model_dump(include=set(ListFields.__annotations__))  # type: ignore[assignment]  # the names are the same, and pydantic checked the types
    *earlier, last = [*said.former_slugs, said.slug]
    with inst.database.write() as session:
        known = session.scalar(sa.select(MailingList).where(called(said.slug)))
        if known is not None:
            return known, False, _differing(session, known, said)
        mlist = create_list(
            session,
            (earlier or [last])[0],
            domain=said.list_id,  # not asked for: the List-Id is said
            now=now,
            topics=tuple(said.topics.items()),
            **fields,
        )
        set_matches(session, mlist, _matches(said))
        for name in [*earlier[1:], last]:
            rename(session, mlist, name, now=now)
        if said.of is None:
            narrow(session, mlist, said.where)
        else:
            draw(session, mlist, find_list(session, said.of), said.where)
        for one in sorted(said.schedules, key=lambda one: not one.is_default):
            made = add_schedule(session, mlist, approval=_approval(one), now=now, **_timing(one))
            made.active = one.active
        if not said.schedules:
            add_schedule(session, mlist, cron=None, now=now)
        audit.note(session, actor, "list.create", f"list {mlist.slug}", now, {"from": "document"})
        return mlist, True, ()


def _differing(session: Session, known: MailingList, said: _List) -> tuple[str, ...]:
    """The names of what this list has otherwise than the document says."""
    found = [
        name for name in ListFields.__annotations__ if getattr(known, name) != getattr(said, name)
    ]
    if {topic.slug: topic.title for topic in known.topics} != said.topics:
        found.append("topics")
    matches = {topic.slug: topic.categories for topic in known.topics if topic.categories}
    if matches != _matches(said):
        found.append("matches")
    if said_of(session, known.id) != said.where:
        found.append("where")
    rhythms = {(one.name, one.cron, one.active) for one in schedules_of(session, known)}
    if said.schedules and rhythms != {(one.name, one.cron, one.active) for one in said.schedules}:
        found.append("schedules")
    return tuple(found)


def _matches(said: _List) -> dict[str, frozenset[str]]:
    found = {topic: frozenset(map(topic_pattern, said.matches[topic])) for topic in said.matches}
    return {topic: patterns for topic, patterns in found.items() if patterns}


def _read(document: str) -> _List:
    try:
        return _List.model_validate_json(document)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise Refused(
            f"this describes no list: {where}: {first['msg'].lower()} "
            "(give what 'newsletter list show SLUG --json' wrote)"
        ) from error


def _approval(one: _Schedule) -> str:
    held = one.approval is Approval.HOLD
    return f"hold:{one.hold_minutes}m" if held else one.approval.value


def _timing(one: _Schedule) -> dict[str, Any]:
    names = {"name", "title", "cron", "timezone", "is_default", "minimum", "maximum"}
    return one.model_dump(include=names | {"max_age_days"})
