"""Statements compiled once: the same answers as by SQLAlchemy, and the same errors."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from subscribers.bulk import any_of, one_of, packed
from subscribers.models import MailingList, Topic, Visibility
from subscribers.prepared import Lookup, Prepared
from subscribers.types import Moment


@Lookup
def _named(postgres: bool) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(Topic.slug, MailingList.created_at, sa.literal(7))
        .join(MailingList, MailingList.id == Topic.mlist_id)
        .where(
            any_of(Topic.slug, "slugs", postgres),
            MailingList.created_at <= sa.bindparam("now", type_=Moment),
            one_of(MailingList.visibility, *Visibility),
        )
        .order_by(Topic.slug)
    )


@Prepared
def _rename(_: bool) -> sa.ClauseElement:
    return (
        sa.update(Topic).where(Topic.slug == sa.bindparam("old")).values(slug=sa.bindparam("new"))
    )


def test_a_prepared_query_gives_what_the_query_gives(
    session: Session, weekly: MailingList, now: datetime
) -> None:
    slugs = sorted(topic.slug for topic in weekly.topics)
    asked = packed(session, [*slugs, "none"])
    rows = _named.rows(session, slugs=asked, now=now)
    assert [list(row) for row in rows] == [[slug, weekly.created_at, 7] for slug in slugs]
    assert _named.rows(session, slugs=asked, now=now - timedelta(days=9000)) == []
    assert _named.rows(session, slugs=packed(session, []), now=now) == []


def test_a_prepared_statement_tells_how_many_rows_it_changed(
    session: Session, weekly: MailingList
) -> None:
    first = sorted(topic.slug for topic in weekly.topics)[0]
    assert _rename.run(session, old=first, new="autre") == 1
    assert _rename.run(session, old=first, new="autre") == 0
    session.expire_all()
    assert "autre" in {topic.slug for topic in weekly.topics}


def test_what_a_prepared_statement_breaks_is_told_as_by_any_other(
    session: Session, weekly: MailingList
) -> None:
    one, other, *_ = sorted(topic.slug for topic in weekly.topics)
    with pytest.raises(IntegrityError) as told:
        _rename.run(session, old=one, new=other)
    assert isinstance(told.value, DBAPIError)
    session.rollback()
