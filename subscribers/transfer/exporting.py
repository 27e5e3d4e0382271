"""People written out: every field of every subscription, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import ColumnElement, ScalarSelect, select
from sqlalchemy.orm import Session

from subscribers.models import (
    ConsentEvent,
    ConsentKind,
    MailingList,
    Subscriber,
    Subscription,
    Suppression,
)
from subscribers.transfer.columns import COLUMNS, defuse

_AGREED = (ConsentKind.REQUESTED, ConsentKind.CONFIRMED, ConsentKind.GRANTED)
_BOM = b"\xef\xbb\xbf"  # without it Excel reads «é» as «Ã©»


def export_rows(session: Session, mlist: MailingList | None = None) -> Iterator[dict[str, str]]:
    """One row for each subscription to `mlist`, or to all lists, streamed; by `COLUMNS`.

    Times are ISO 8601 in UTC, topics slugs between blanks, attributes JSON. `consent` holds the
    words last agreed to; `suppression` the reason why this very address must not be written to.
    Erased people are not in it. Importing the rows into an empty database gives the same.
    """
    query = (
        select(
            Subscriber.address,
            Subscriber.name,
            Subscriber.language,
            MailingList.slug,
            Subscription.state,
            Subscription.cadence,
            Subscription.topics,
            Subscription.digests,
            Subscription.alerts,
            Subscriber.attributes,
            Subscriber.paused_until,
            Subscription.source,
            Subscription.requested_at,
            Subscription.confirmed_at,
            Subscription.unsubscribed_at,
            _words(),
            Suppression.reason,
        )
        .select_from(Subscription)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .join(MailingList, MailingList.id == Subscription.mlist_id)
        .outerjoin(Suppression, Suppression.key == Subscriber.address_key)
        .where(_only(mlist))
        .order_by(Subscription.id)
    )
    for row in session.execute(query, execution_options={"yield_per": 1000}):
        yield dict(zip(COLUMNS, map(_text, row), strict=True))


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


def _only(mlist: MailingList | None) -> ColumnElement[bool]:
    alive = Subscriber.erased_at.is_(None)
    return alive if mlist is None else alive & (Subscription.mlist_id == mlist.id)


def _words() -> ScalarSelect[str]:
    return (
        select(ConsentEvent.words)
        .where(
            ConsentEvent.subscriber_id == Subscription.subscriber_id,
            ConsentEvent.mlist_id == Subscription.mlist_id,
            ConsentEvent.kind.in_(_AGREED),
            ConsentEvent.words != "",
        )
        .order_by(ConsentEvent.id.desc())
        .limit(1)
        .correlate(Subscription)
        .scalar_subquery()
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, frozenset):
        return " ".join(sorted(value))
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=True, sort_keys=True) if value else ""
    return str(value)
