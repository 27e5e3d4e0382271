"""People written out: every field of everybody, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO

from sqlalchemy import ColumnElement, Row, Select, exists, literal, null, select
from sqlalchemy.orm import Session

from subscribers.bulk import among
from subscribers.models import (
    ConsentEvent,
    FormWording,
    MailingList,
    Subscriber,
    Subscription,
    Suppression,
)
from subscribers.transfer.columns import COLUMNS, defuse
from subscribers.transfer.restoring import AGREED, Past, written_evidence

_BOM = b"\xef\xbb\xbf"  # without it Excel reads «é» as «Ã©»
_UNREADABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_AT_ONCE = 1000  # rows, with the evidence of their people


def export_rows(session: Session, mlist: MailingList | None = None) -> Iterator[dict[str, str]]:
    """One row for each subscription to `mlist`, or to all lists, streamed; by `COLUMNS`.

    With all lists, those who are on none follow, with an empty `list`. Times are ISO 8601 in UTC,
    topics and tags slugs between blanks, attributes JSON. `consent` holds the words last agreed to,
    and `evidence` all that is known of how that came; `suppression` says why this very address must
    not be written to. Erased people are not in it. Importing the rows into an empty database gives
    the same.
    """
    telling, last = _Telling(session), 0
    connection = session.connection()  # no objects are made, and that by the million
    while some := connection.execute(_subscriptions(mlist, last)).all():
        last = some[-1].id
        yield from telling.rows(some)
    last = 0
    while mlist is None and (some := connection.execute(_on_no_list(last)).all()):
        last = some[-1].id
        yield from telling.rows(some)


def write_csv(
    rows: Iterable[Mapping[str, str]], stream: BinaryIO, columns: Iterable[str] = COLUMNS
) -> int:
    """Write rows as UTF-8 CSV (RFC 4180) that no spreadsheet runs; gives how many."""
    stream.write(_BOM)
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    try:
        writer = csv.writer(text)
        names = tuple(columns)
        writer.writerow(names)
        count = 0
        for row in rows:
            writer.writerow([defuse(row[name]) for name in names])
            count += 1
    finally:
        text.detach()  # flushes, and leaves the stream to the caller
    return count


# --- Questions --------------------------------------------------------------------------------

_PERSON = (
    Subscriber.address,
    Subscriber.name,
    Subscriber.language,
    Subscriber.attributes,
    Subscriber.paused_until,
    Subscriber.tags,
    Subscriber.created_at,
    Suppression.reason.label("suppression"),
    Suppression.source.label("suppression_source"),
    Suppression.note.label("suppression_note"),
    Suppression.created_at.label("suppressed_at"),
)
_SUBSCRIPTION = (
    Subscription.state,
    Subscription.cadence,
    Subscription.topics,
    Subscription.digests,
    Subscription.alerts,
    Subscription.source,
    Subscription.requested_at,
    Subscription.confirmed_at,
    Subscription.unsubscribed_at,
    Subscription.invited_at,
)


def _subscriptions(mlist: MailingList | None, last: int) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            Subscription.id,
            Subscription.subscriber_id,
            Subscription.mlist_id,
            MailingList.slug.label("list"),
            *_SUBSCRIPTION,
            *_PERSON,
        )
        .select_from(Subscription)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .join(MailingList, MailingList.id == Subscription.mlist_id)
        .outerjoin(Suppression, Suppression.key == Subscriber.address_key)
        .where(Subscription.id > last, Subscriber.erased_at.is_(None))
        .order_by(Subscription.id)
        .limit(_AT_ONCE)
    )
    return query if mlist is None else query.where(Subscription.mlist_id == mlist.id)


def _on_no_list(last: int) -> Select[*tuple[Any, ...]]:
    nothing: list[ColumnElement[Any]] = [null().label(each.key) for each in _SUBSCRIPTION]
    on_a_list = exists().where(Subscription.subscriber_id == Subscriber.id)
    return (
        select(
            Subscriber.id,
            Subscriber.id.label("subscriber_id"),
            literal(0).label("mlist_id"),
            literal("").label("list"),
            *nothing,
            *_PERSON,
        )
        .select_from(Subscriber)
        .outerjoin(Suppression, Suppression.key == Subscriber.address_key)
        .where(Subscriber.id > last, Subscriber.erased_at.is_(None), ~on_a_list)
        .order_by(Subscriber.id)
        .limit(_AT_ONCE)
    )


# --- Cells ------------------------------------------------------------------------------------


_EVENT = (
    ConsentEvent.subscriber_id,
    ConsentEvent.mlist_id,
    ConsentEvent.kind,
    ConsentEvent.at,
    ConsentEvent.source,
    ConsentEvent.words,
    ConsentEvent.form,
    ConsentEvent.ip,
    ConsentEvent.detail,
    ConsentEvent.actor,
    FormWording.language,
    FormWording.text,
)


class _Telling:
    """Rows of the tables as rows of the file, some at a time, with their evidence."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._notices: set[tuple[int, str]] = set()  # told already, by list and hash

    def rows(self, some: Sequence[Row[Any]]) -> Iterator[dict[str, str]]:
        """One for each."""
        events = self._events({row.subscriber_id for row in some})
        for row in some:
            values = dict(row._mapping)
            past = [
                self._past(event, row.mlist_id)
                for event in sorted(events.get(row.subscriber_id, ()), key=_by_time)
                if event.mlist_id in (row.mlist_id, None)
            ]
            agreed = [one.words for one in past if one.of_list and one.kind in AGREED]
            values["consent"] = next(filter(None, reversed(agreed)), "")
            values["evidence"] = written_evidence(past)
            yield {
                name: "" if (value := values[name]) is None else _text(value) for name in COLUMNS
            }

    def _events(self, people: Iterable[int]) -> Mapping[int, Sequence[Row[Any]]]:
        query = (
            select(*_EVENT)
            .outerjoin(FormWording, FormWording.hash == ConsentEvent.form)
            .where(among(self._session, ConsentEvent.subscriber_id, people))
            .order_by(ConsentEvent.id)
        )
        found: dict[int, list[Row[Any]]] = defaultdict(list)
        for event in self._session.connection().execute(query):
            found[event.subscriber_id].append(event)
        return found

    def _past(self, event: Row[Any], mlist_id: int) -> Past:
        """The whole notice goes with the first event of each list that was agreed to on it."""
        language = text = ""
        if event.text and (mlist_id, event.form) not in self._notices:
            self._notices.add((mlist_id, event.form))
            language, text = event.language, event.text
        return Past(
            event.mlist_id is not None,
            event.kind,
            event.at,
            event.source,
            event.words,
            event.form,
            event.ip,
            event.detail,
            event.actor,
            language,
            text,
        )


def _by_time(event: Row[Any]) -> tuple[datetime, bool]:
    """Evidence that came by a file does not stand in the order of its ids."""
    return event.at, event.mlist_id is None


def _text(value: object) -> str:
    if type(value) is str:
        return value
    if isinstance(value, str):  # a state, a reason
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, frozenset):
        return " ".join(sorted(value))
    if isinstance(value, dict):
        return _json(value) if value else ""
    return str(value)


def _json(value: dict[str, object]) -> str:
    """As people can read it; what a row may not hold (a control character) as its escape."""
    return _UNREADABLE.sub(
        lambda found: f"\\u{ord(found[0]):04x}",
        json.dumps(value, ensure_ascii=False, sort_keys=True),
    )
