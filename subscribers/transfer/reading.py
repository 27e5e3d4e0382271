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
import shlex
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

from subscribers.addresses import parse_mailbox
from subscribers.errors import InvalidAddress, InvalidValue, SubscriberError
from subscribers.transfer.columns import (
    ATTRIBUTE,
    Mapped,
    bare,
    guess_columns,
    is_own,
    map_columns,
    restore,
)
from subscribers.transfer.formats import Format, Values, recognise
from subscribers.transfer.known import FORMATS
from subscribers.transfer.standing import asks, objects, says_no, under

_CHUNK = 1 << 16
_LONGEST_LINE = 1 << 17  # characters of a cell
_LONGEST_OWN = 1 << 23  # the same in exports of ours: evidence may be long
csv.field_size_limit(_LONGEST_OWN)  # the module's own limit is the former
_MOST_LINES = 100  # of one record: the words of a consent may be a text of several lines
_SAMPLE = 30  # records that decide the delimiter
_BLANK = " \u00a0"
_DELIMITERS = (",", ";", "\t", "|")


Record = tuple[int, str, "list[str] | None"]
"""The line where it begins, its text and its cells; None: it cannot be read."""


class Row(NamedTuple):
    """One record of the file."""

    line: int  # the line where it begins, from 1
    values: Mapping[str, str]  # by field (see `formats`), without the empty cells
    raw: str  # as it stands in the file, without its line end
    fault: str = ""  # why it could not be read; then `values` is empty


@dataclass(frozen=True, slots=True)
class Table:
    """What was understood of a file, to be shown before anything is done with it."""

    delimiter: str
    header: tuple[str, ...]  # as written; empty when the file has none
    columns: tuple[str | None, ...]  # the field of each cell; None: not taken over
    rows: Iterator[Row] = field(repr=False)
    system: Format | None = None  # whose export it is; None: nobody's in particular
    own: bool = False  # an export of ours, which says all there is to say


def read_rows(stream: BinaryIO) -> Iterator[Row]:
    """The rows of `open_table`."""
    return open_table(stream).rows


def open_table(
    stream: BinaryIO,
    *,
    mapped: Mapped | None = None,
    system: Format | None = None,
    after: int = 0,
) -> Table:
    """Look at the beginning of a file, and offer its rows: those that begin beyond line `after`.

    What its columns are is guessed from their names, unless `mapped` says so; `system` is whose
    file it is, where that was said and need not be recognised. Without a header, the first column
    must hold addresses, and a second one names. Raises SubscriberError when there is neither, and
    for a `mapped` column that is not in the file.
    """
    lines = _Lines(stream)
    if any(is_own(_cells(line, d) or []) for line in lines.peek(1) for d in _DELIMITERS):
        lines.longest = _LONGEST_OWN
    sample = lines.peek(_SAMPLE)
    if not sample:
        return Table(",", (), (), iter(()))
    delimiter = _delimiter(sample)
    first = _cells(sample[0], delimiter) or []
    header, own = tuple(first), is_own(first)
    if system is None and not own:
        system = recognise(first, FORMATS)
    columns = map_columns(first, mapped or {}, system.columns if system else None)
    if "address" in columns:
        lines.begin_after(_header_end(lines, delimiter))
    elif first and _is_address(first[0]):
        columns = map_columns(["email", "name"][: len(first)] + [""] * (len(first) - 2), {}, None)
        header, own, system = (), False, None
    else:
        raise SubscriberError(
            f"line 1 names no column of addresses (it reads {sample[0].strip()[:60]!r}): "
            "write 'email' over that column, or say which it is with --map COLUMN=address"
        )
    lines.begin_after(after)
    meaning = system.reading(first) if system else None
    if system is None and not own:
        meaning = _with_standing(header, columns, mapped or {})
    rows = _rows(_blocks(lines, delimiter), delimiter, columns, meaning)
    return Table(delimiter, header, tuple(columns), rows, system, own)


def _with_standing(
    header: Sequence[str], columns: Sequence[str | None], mapped: Mapped
) -> Callable[[Values], Values] | None:
    """Refuses rows of anybody's file that say no in a column of which nobody said what it is.

    Left alone it would be an attribute, and who said no would get mail. A column that was said to
    be the state is read by its name, too. None: there is no such column.
    """
    said = {bare(name) for name in mapped}
    pairs = list(zip(header, columns, strict=False))
    asking = [
        (name, column)
        for name, column in pairs
        if column and column.startswith(ATTRIBUTE) and bare(name) not in said and asks(name)
    ]
    stating = next((name for name, column in pairs if column == "state" and says_no(name)), None)
    if not asking and stating is None:
        return None

    def read(values: Values) -> Values:
        for name, column in asking:
            if (cell := values.get(column, "")) and objects(name, cell):
                state, other = shlex.quote(f"{name}=state"), shlex.quote(f"{name}={column}")
                raise InvalidValue(
                    f"column {name!r} says {cell[:40]!r}, and nobody said what that means: add "
                    f"--map {state}, or --map {other} where it is about something else"
                )
        if stating is not None and "state" in values:
            values["state"] = under(stating, values["state"])
        return values

    return read


def read_cells(stream: BinaryIO) -> Iterator[Record]:
    """The records of a file whose columns somebody else understands, in any dialect."""
    lines = _Lines(stream)
    if sample := lines.peek(_SAMPLE):
        yield from itertools.chain.from_iterable(_blocks(lines, _delimiter(sample)))


class _Lines:
    """Decoded lines with their numbers; some may be looked at first, or put back."""

    def __init__(self, stream: BinaryIO) -> None:
        self.longest = _LONGEST_LINE  # characters of a cell
        self._source = _decoded(stream, lambda: 4 * self.longest)
        self._waiting: deque[str] = deque()
        self.number = 1  # of the next line

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return self

    def __next__(self) -> tuple[int, str]:
        if not self._waiting:
            self._waiting.extend(next(self._source))
        self.number += 1
        return self.number - 1, self._waiting.popleft()

    def block(self) -> list[str]:
        """All lines that are in memory, and taken from there; empty at the end of the file."""
        block = list(self._waiting) or next(self._source, [])
        self._waiting.clear()
        self.number += len(block)
        return block

    def put_back(self, lines: Sequence[str]) -> None:
        self._waiting.extendleft(reversed(lines))
        self.number -= len(lines)

    def begin_after(self, line: int) -> None:
        """Leave out the lines up to this one."""
        while self.number <= line and next(self, None):
            pass

    def peek(self, count: int) -> list[str]:
        """The next lines that are not blank, `count` at most; leading blank ones are dropped."""
        taken: list[str] = []
        for _, line in self:
            if line.strip() or taken:
                taken.append(line)
            if len(taken) >= count:
                break
        self.put_back(taken)
        return [line for line in taken if line.strip()]


def _decoded(stream: BinaryIO, most: Callable[[], int]) -> Iterator[list[str]]:
    """Some lines after the other, with their ends; `most`: how many bytes one may have."""
    chunks: Iterator[bytes] = iter(lambda: stream.read(_CHUNK), b"")
    head = next(chunks, b"")
    chunks = itertools.chain([head.removeprefix(codecs.BOM_UTF8)], chunks)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # Excel's "Unicode text"
        texts = codecs.iterdecode(chunks, "utf-16", errors="replace")
        chunks = (text.encode() for text in texts)
    for lines in _split(chunks, most):
        try:
            yield list(map(bytes.decode, lines))
        except UnicodeDecodeError:
            yield list(map(_text, lines))


def _text(line: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    # Windows-1252 leaves five bytes undefined; latin-1 has a (control) character for each.
    return line.decode("latin-1")


def _split(chunks: Iterator[bytes], most: Callable[[], int]) -> Iterator[list[bytes]]:
    """Lines with their ends. One beyond all measure is cut short, and fails as a row."""
    rest, cut = b"", False  # `cut`: what comes belongs to a line of which enough was seen
    for chunk in chunks:
        rest += chunk
        held = rest[-1:] if rest.endswith(b"\r") else b""  # its LF may be in the next chunk
        *lines, last = rest.removesuffix(b"\r").splitlines(keepends=True) or [b""]
        if cut and lines:
            lines, cut = lines[1:], False
        elif cut:
            last, cut = b"", not last.endswith(b"\n")
        if len(last) > most():
            lines.append(last + b"\n")
            last, cut = b"", True
        rest = last + held
        if lines:
            yield lines
    if rest and not cut:
        yield rest.splitlines(keepends=True)


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


def _header_end(lines: _Lines, delimiter: str) -> int:
    """The last line of the header, which may be several."""
    _record(lines, delimiter)
    return lines.number - 1


def _blocks(lines: _Lines, delimiter: str) -> Iterator[list[Record]]:
    """Records, many at a time; blank lines may be among them, with cells that are empty."""
    while block := lines.block():
        begin = lines.number - len(block)
        if (cells := _one_each(block, delimiter, lines.longest)) is not None:
            yield list(zip(itertools.count(begin), block, cells, strict=False))
            continue
        end = lines.number
        lines.put_back(block)
        records = []
        while lines.number < end and (record := _record(lines, delimiter)):
            records.append(record)
        yield records


def _one_each(lines: Sequence[str], delimiter: str, longest: int) -> list[list[str]] | None:
    """The cells of lines of which each is a record of its own; None when they are not."""
    if len(max(lines, key=len)) > longest:
        return None
    try:
        cells = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return cells if len(cells) == len(lines) else None


def _record(lines: _Lines, delimiter: str) -> Record | None:
    """The next record, which may go over several lines; None at the end."""
    number, line = next(lines, (0, ""))
    if not line:
        return None
    if '"' not in line:
        return number, line, _fitting(_cells(line, delimiter), lines.longest)
    taken = [line]
    while _open_quote(text := "".join(taken), delimiter):
        following = next(lines, None)
        if following is None or len(taken) >= _MOST_LINES or len(text) > lines.longest:
            lines.put_back(taken[1:] + ([following[1]] if following else []))
            return number, line, None
        taken.append(following[1])
    if len(taken) > 1 and not _is_strict(text, delimiter):
        # A quote far below "closed" it, in the middle of somebody else's cell.
        lines.put_back(taken[1:])
        return number, line, None
    return number, text, _fitting(_whole(text, delimiter), lines.longest)


def _fitting(cells: list[str] | None, longest: int) -> list[str] | None:
    """These cells; None when one of them is too long."""
    return None if cells and len(max(cells, key=len)) > longest else cells


def _is_strict(text: str, delimiter: str) -> bool:
    """Whether this is one record by the letter of RFC 4180: nothing stands beside a quoted cell."""
    whole = io.StringIO(text, newline="")
    try:
        return len(list(csv.reader(whole, delimiter=delimiter, strict=True))) == 1
    except csv.Error:
        return False


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


def _rows(
    blocks: Iterator[list[Record]],
    delimiter: str,
    columns: Sequence[str | None],
    meaning: Callable[[Values], Values] | None,
) -> Iterator[Row]:
    width = len(columns)
    named = "first_name" in columns or "last_name" in columns
    for number, text, cells in itertools.chain.from_iterable(blocks):
        if cells is None:
            fault = "a quote is not closed, or the line is too long: mend it"
            yield Row(number, {}, text.rstrip("\r\n")[:_LONGEST_LINE], fault)
            continue
        values = {
            column: restore(cell) if cell[0] == "'" else cell
            for column, whole in zip(columns, cells, strict=False)
            if column is not None and (cell := whole.strip(_BLANK))
        }
        if len(cells) > width and any(cell.strip() for cell in cells[width:]):
            fault = f"{len(cells)} cells where the first line has {width}: quote the cell"
            yield Row(number, {}, text.rstrip("\r\n"), f"{fault} that holds {delimiter!r}")
            continue
        if not values and not any(cell.strip() for cell in cells):
            continue
        if named:
            first, last = values.pop("first_name", ""), values.pop("last_name", "")
            if (first or last) and "name" not in values:
                values["name"] = f"{first} {last}".strip()
        if meaning is not None:
            try:
                values = meaning(values)
            except SubscriberError as error:
                yield Row(number, {}, text.rstrip("\r\n"), str(error))
                continue
        yield Row(number, values, text.rstrip("\r\n"))


def _is_address(cell: str) -> bool:
    try:
        parse_mailbox(restore(cell.strip()))
    except InvalidAddress:
        return False
    return True
