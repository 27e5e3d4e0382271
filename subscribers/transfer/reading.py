"""Rows of people from a file of any dialect, as a stream: only a few lines are ever in memory.

The encoding is decided by line, because files put together from several systems exist: UTF-8 where
it is valid, Windows-1252 where it is not. Lines end in LF, CRLF or CR. A quote that is never closed
costs its own line and no more: the next lines are read again on their own.
"""

from __future__ import annotations

import codecs
import csv
import io
import itertools
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from subscribers.addresses import parse_mailbox
from subscribers.errors import InvalidAddress, SubscriberError
from subscribers.transfer.columns import guess_columns, restore

_CHUNK = 1 << 16
_LONGEST_LINE = 1 << 17  # characters, the csv module's own limit of a field
_MOST_LINES = 100  # of one record: the words of a consent may be a text of several lines
_SAMPLE = 30  # records that decide the delimiter
_BLANK = " \u00a0"
_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the file."""

    line: int  # the line where it begins, from 1
    values: Mapping[str, str]  # by column of ours, trimmed, without the apostrophe of `defuse`
    raw: str  # as it stands in the file, without its line end
    fault: str = ""  # why it could not be read; then `values` is empty


@dataclass(frozen=True, slots=True)
class Table:
    """What was understood of a file, to be shown before anything is done with it."""

    delimiter: str
    header: tuple[str, ...]  # as written; empty when the file has none
    columns: tuple[str | None, ...]  # what each cell means; None: not taken over
    rows: Iterator[Row] = field(repr=False)


def read_rows(stream: BinaryIO) -> Iterator[Row]:
    """The rows of `open_table`."""
    return open_table(stream).rows


def open_table(stream: BinaryIO) -> Table:
    """Look at the beginning of a file, and offer its rows.

    Without a header, the first column must hold addresses, and a second one names. Raises
    SubscriberError when there is neither.
    """
    lines = _Lines(stream)
    sample = lines.peek(_SAMPLE)
    if not sample:
        return Table(",", (), (), iter(()))
    delimiter = _delimiter(sample)
    first = _cells(sample[0], delimiter) or []
    columns = guess_columns(first)
    if "address" in columns:
        for _ in _records(lines, delimiter, limit=1):
            pass
        header = tuple(first)
    elif first and _is_address(first[0]):
        columns = ["address", "name", *[None] * (len(first) - 2)][: len(first)]
        header = ()
    else:
        raise SubscriberError(
            f"line 1 names no column of addresses (it reads {sample[0].strip()[:60]!r}): "
            "write 'email' over that column"
        )
    return Table(delimiter, header, tuple(columns), _rows(lines, delimiter, columns))


class _Lines:
    """Decoded lines with their numbers; some may be looked at first, or put back."""

    def __init__(self, stream: BinaryIO) -> None:
        self._source = _decoded(stream)
        self._waiting: deque[tuple[int, str]] = deque()

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return self

    def __next__(self) -> tuple[int, str]:
        return self._waiting.popleft() if self._waiting else next(self._source)

    def put_back(self, lines: Sequence[tuple[int, str]]) -> None:
        self._waiting.extendleft(reversed(lines))

    def peek(self, count: int) -> list[str]:
        """The next lines that are not blank, `count` at most; leading blank ones are dropped."""
        taken: list[tuple[int, str]] = []
        for number, line in self:
            if line.strip() or taken:
                taken.append((number, line))
            if len(taken) >= count:
                break
        self.put_back(taken)
        return [line for _, line in taken if line.strip()]


def _decoded(stream: BinaryIO) -> Iterator[tuple[int, str]]:
    chunks: Iterator[bytes] = iter(lambda: stream.read(_CHUNK), b"")
    head = next(chunks, b"")
    chunks = itertools.chain([head.removeprefix(codecs.BOM_UTF8)], chunks)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # Excel's "Unicode text"
        texts = codecs.iterdecode(chunks, "utf-16", errors="replace")
        chunks = (text.encode() for text in texts)
    for number, line in enumerate(_split(chunks), start=1):
        try:
            yield number, line.decode()
        except UnicodeDecodeError:
            # Windows-1252 leaves five bytes undefined; latin-1 has a (control) character for each.
            try:
                yield number, line.decode("cp1252")
            except UnicodeDecodeError:
                yield number, line.decode("latin-1")


def _split(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Lines with their ends. A line beyond all measure is cut, and fails as a row."""
    rest = b""
    for chunk in chunks:
        rest += chunk
        held = rest[-1:] if rest.endswith(b"\r") else b""  # its LF may be in the next chunk
        *lines, last = rest.removesuffix(b"\r").splitlines(keepends=True) or [b""]
        yield from lines
        if len(last) > 4 * _LONGEST_LINE:
            yield last
            last = b""
        rest = last + held
    yield from rest.splitlines(keepends=True)


def _delimiter(sample: Sequence[str]) -> str:
    """The delimiter by which most lines have as many cells as the first, which has an address."""

    def score(delimiter: str) -> tuple[bool, int, int]:
        rows = [cells for line in sample if (cells := _cells(line, delimiter))]
        if not rows:
            return False, 0, 0
        head = rows[0]
        named = "address" in guess_columns(head) or _is_address(head[0])
        alike = sum(len(row) == len(head) for row in rows) if len(head) > 1 else 0
        return named, alike, len(head)

    return max(_DELIMITERS, key=score)


def _cells(line: str, delimiter: str) -> list[str] | None:
    """The cells of one record; None when a quote is still open or the line is beyond reading."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=False), [])
    except csv.Error:
        return None


def _records(
    lines: _Lines, delimiter: str, limit: int | None = None
) -> Iterator[tuple[int, str, list[str] | None]]:
    """Line number, raw text and cells of each record that is not blank; None: cannot be read."""
    given = 0
    for number, line in lines:
        if limit is not None and given == limit:
            lines.put_back([(number, line)])
            return
        if not line.strip():
            continue
        given += 1
        if '"' not in line:
            yield number, line, _cells(line, delimiter)
            continue
        taken = [(number, line)]
        while _open_quote(text := "".join(t for _, t in taken), delimiter):
            following = next(lines, None)
            if following is None or len(taken) >= _MOST_LINES or len(text) > _LONGEST_LINE:
                lines.put_back(taken[1:] + ([following] if following else []))
                yield number, line, None
                break
            taken.append(following)
        else:
            yield number, text, _whole(text, delimiter)


def _open_quote(text: str, delimiter: str) -> bool:
    """Whether a quoted cell goes on beyond the end of `text` (RFC 4180 §2.6)."""
    try:
        for _ in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        return "end of data" in str(error)
    return False


def _whole(text: str, delimiter: str) -> list[str] | None:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return None


def _rows(lines: _Lines, delimiter: str, columns: Sequence[str | None]) -> Iterator[Row]:
    places = [(i, column) for i, column in enumerate(columns) if column is not None]
    for number, text, cells in _records(lines, delimiter):
        raw = text.rstrip("\r\n")
        if cells is None:
            fault = "a quote is not closed, or the line is too long: mend it"
            yield Row(number, {}, raw[:_LONGEST_LINE], fault)
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(columns) and any(c.strip() for c in cells[len(columns) :]):
            fault = f"{len(cells)} cells where the first line has {len(columns)}: quote the cell"
            yield Row(number, {}, raw, f"{fault} that holds {delimiter!r}")
            continue
        values = {c: restore(cells[i].strip(_BLANK)) for i, c in places if i < len(cells)}
        first, last = values.pop("first_name", ""), values.pop("last_name", "")
        if (first or last) and not values.get("name"):
            values["name"] = f"{first} {last}".strip()
        yield Row(number, values, raw)


def _is_address(cell: str) -> bool:
    try:
        parse_mailbox(restore(cell.strip()))
    except InvalidAddress:
        return False
    return True
