"""Suppressions in and out of files: one address or @domain a line, or a table of any dialect."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers.bulk import Turn, insert_new
from subscribers.errors import InvalidValue, SubscriberError
from subscribers.models import Suppression, SuppressionReason
from subscribers.suppression import ls, suppress
from subscribers.transfer.columns import bare, restore
from subscribers.transfer.foreign import moment
from subscribers.transfer.reading import read_cells
from subscribers.values import clean_moment

COLUMNS = ("key", "reason", "source", "note", "created_at")
BATCH = 100  # lines of a file; each is several statements, and others who write wait for them
SOURCE_LENGTH = 32
SEAL = re.compile(r"hmac:[A-Za-z0-9_-]{43}")  # as `Tokens.hmac` writes it

# What other systems write over the columns, as `transfer.columns.bare` reads it.
_TITLES = {
    "key": "key", "address": "key", "email": "key", "emailaddress": "key", "adresse": "key",
    "adresseemail": "key", "recipient": "key", "destinataire": "key", "courriel": "key",
    "domain": "key", "subscriberemail": "key",
    "reason": "reason", "raison": "reason", "motif": "reason", "type": "reason",
    "source": "source",
    "note": "note", "notes": "note", "comment": "note", "commentaire": "note",
    "description": "note",
    "createdat": "created_at", "created": "created_at", "date": "created_at",
    "suppressedat": "created_at", "since": "created_at", "cleantime": "created_at",
}  # fmt: skip

# Their words for a reason.
_REASONS = {
    "hardbounce": SuppressionReason.BOUNCE,
    "bounced": SuppressionReason.BOUNCE,
    "hard": SuppressionReason.BOUNCE,
    "invalid": SuppressionReason.BOUNCE,
    "cleaned": SuppressionReason.BOUNCE,
    "spam": SuppressionReason.COMPLAINT,
    "spamreport": SuppressionReason.COMPLAINT,
    "spamcomplaint": SuppressionReason.COMPLAINT,
    "abuse": SuppressionReason.COMPLAINT,
    "complained": SuppressionReason.COMPLAINT,
    "unsubscribe": SuppressionReason.ADMIN,
    "unsubscribed": SuppressionReason.ADMIN,
    "manual": SuppressionReason.ADMIN,
    "blocklisted": SuppressionReason.ADMIN,
}


@dataclass(frozen=True, slots=True)
class Refused:
    """A line of a suppression file that could not be taken in."""

    line: int
    reason: str


def export_rows(session: Session) -> Iterator[dict[str, str]]:
    """Every suppression as text by column, seals included: importing them gives the same."""
    for one in ls(session):
        yield {
            "key": one.key,
            "reason": one.reason.value,
            "source": one.source,
            "note": one.note,
            "created_at": one.created_at.isoformat(),
        }


def import_file(
    turn: Turn, stream: BinaryIO, *, now: datetime, source: str = "import"
) -> Iterator[bool | Refused]:
    """Take in lines of `export_rows`, or one address or @domain a line; one answer for each.

    Encoding, delimiter and header are found out. A reason that nobody knows becomes an admin's,
    with the word in the note. True: added; False: it stood already; Refused: the line, and why. A
    hundred lines a `turn`, and their answers once that is committed.
    """
    rows = _rows(stream)
    while some := list(itertools.islice(rows, BATCH)):
        with turn() as session:
            answers = [_answer(session, line, row, now, source) for line, row in some]
        yield from answers


def _rows(stream: BinaryIO) -> Iterator[tuple[int, Mapping[str, str] | str]]:
    """The cells of each line by column, or why it cannot be read."""
    columns: Sequence[str | None] = ()
    for line, _, cells in read_cells(stream):
        if cells is None:
            yield line, "a quote is not closed, or the line is too long: mend it"
            continue
        cells = [restore(cell.strip()) for cell in cells]
        if not any(cells):
            continue
        if not columns:
            named = [_TITLES.get(bare(cell)) for cell in cells]
            if "key" in named:
                columns = _once(named)
                continue
            columns = COLUMNS
        if any(cells[len(columns) :]):
            yield line, f"{len(cells)} cells where {len(columns)} are expected: quote the longest"
            continue
        given = zip(columns, cells, strict=False)
        yield line, {name: cell for name, cell in given if name is not None and cell}


def _once(columns: Iterable[str | None]) -> list[str | None]:
    """The first of two columns of the same meaning counts."""
    seen: set[str | None] = set()
    kept = []
    for name in columns:
        kept.append(None if name in seen else name)
        seen.add(name)
    return kept


def _answer(
    session: Session, line: int, row: Mapping[str, str] | str, now: datetime, source: str
) -> bool | Refused:
    if isinstance(row, str):
        return Refused(line, row)
    try:
        return _take(session, row, now, source)
    except SubscriberError as error:
        return Refused(line, str(error))


def _take(session: Session, row: Mapping[str, str], now: datetime, source: str) -> bool:
    key = row.get("key", "")
    if not key:
        raise InvalidValue("names no address: write one, or @example.org for a whole domain")
    word = row.get("reason", "")
    reason, note = _reason(word), row.get("note", "")
    if reason is None:  # what nobody knows must not let mail through
        reason, note = SuppressionReason.ADMIN, f"{word}: {note}" if note else word
    source = row.get("source", source)[:SOURCE_LENGTH]
    said = row.get("created_at", "")
    at = min(now, clean_moment(moment(said)) or now) if said else now
    for name, text in (("note", note), ("source", source)):
        if not text.isprintable():
            raise InvalidValue(f"{name} {text[:40]!r} holds a control character: take it out")
    if not key.startswith("hmac:"):
        return suppress(session, key, reason, source=source, note=note, now=at)
    if not SEAL.fullmatch(key):
        raise InvalidValue(
            f"{key[:60]!r} is no seal: it should be 'hmac:' and 43 characters, as exported"
        )
    if session.scalar(select(Suppression.id).where(Suppression.key == key)) is not None:
        return False
    kept = {"key": key, "reason": reason, "source": source, "note": note}
    insert_new(session, Suppression, [{**kept, "created_at": at}])
    return True


def _reason(word: str) -> SuppressionReason | None:
    """None: a word that is none of ours, nor of those that others use."""
    if not word:
        return SuppressionReason.ADMIN
    return ({one.value: one for one in SuppressionReason} | _REASONS).get(bare(word))
