"""Five hundred hostile rows among good ones: each bad one is refused by itself."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from hostile_rows import COLUMNS, DELIMITER, Fate, Hostile, corpus

from newsletter.cli import main
from newsletter.installation import Installation
from newsletter.models import Base
from subscribers.addresses import parse
from subscribers.models import AuditEvent, ImportRun, Subscriber

ROWS = corpus()


def run(inst: Installation, *arguments: str, status: int) -> Result:
    config = str(inst.config.folder / "config.toml")
    result = CliRunner().invoke(main, ["--config", config, *arguments], catch_exceptions=False)
    assert result.exit_code == status, result.output[-2000:]
    return result


def table(rows: Sequence[Hostile]) -> tuple[bytes, dict[int, Hostile]]:
    """A file in which a good row follows each hostile one; and where each of those begins."""
    lines, begins, line = [DELIMITER.join(COLUMNS).encode()], {}, 2
    for number, row in enumerate(rows):
        begins[line] = row
        lines += [row.record, b"good%d@valmont.example;L\xc3\xa9a" % number]
        line += len(row.record.splitlines() or [b""]) + 1
    return b"\n".join(lines) + b"\n", begins


def dump(inst: Installation) -> dict[str, list[tuple[Any, ...]]]:
    """What all tables hold, but for the log of who imported."""
    with inst.database.read() as session:
        return {
            one.name: [tuple(row) for row in session.execute(sa.select(one))]
            for one in Base.metadata.sorted_tables
            if one.name not in (AuditEvent.__tablename__, ImportRun.__tablename__)
        }


def test_there_are_at_least_five_hundred_and_each_is_another() -> None:
    assert len({row.record for row in ROWS}) >= 500
    assert sum(row.fate is Fate.REFUSED for row in ROWS) >= 300
    assert sum(row.fate is Fate.KEPT for row in ROWS) >= 50


@pytest.fixture
def taken(inst: Installation, tmp_path: Path) -> tuple[dict[int, Hostile], dict[int, str]]:
    """All rows imported: on what line each began, and why what was refused was refused."""
    data, begins = table(ROWS)
    (tmp_path / "rows.csv").write_bytes(data)
    run(inst, "subscriber", "import", str(tmp_path / "rows.csv"), "--list", "hebdo",
        "--rejects", str(tmp_path / "bad.csv"), status=1)  # fmt: skip
    csv.field_size_limit(10_000_000)
    text = (tmp_path / "bad.csv").read_text("utf-8")
    csv.field_size_limit(131_072)
    reasons = {int(row["line"]): row["reason"] for row in csv.DictReader(io.StringIO(text))}
    return begins, reasons


def test_each_bad_row_is_refused_by_itself_and_all_others_go_in(
    inst: Installation, taken: tuple[dict[int, Hostile], dict[int, str]], tmp_path: Path
) -> None:
    begins, reasons = taken
    wrong = [f"line {n}: {row.what}" for n, row in begins.items()
             if (row.fate is Fate.REFUSED and n not in reasons)
             or (row.fate is Fate.KEPT and n in reasons)]  # fmt: skip
    assert not wrong, "\n".join(wrong)
    assert all(reason.isprintable() and 10 < len(reason) < 500 for reason in reasons.values())

    with inst.database.read() as session:
        people = {one.address_key: one for one in session.scalars(sa.select(Subscriber))}
    missing = [n for n in range(len(ROWS)) if f"good{n}@valmont.example" not in people]
    assert missing == [], [ROWS[n].what for n in missing]
    for one in people.values():
        assert one.address is not None
        assert parse(one.address).key == one.address_key
        assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in one.name + one.address)
    for row in begins.values():
        said = dict(row.values)
        if row.fate is Fate.KEPT:
            one = people[said["email"]]
            assert one.name == unicodedata.normalize("NFC", said["name"]), row.what
            assert one.attributes == {"town": said["town"]}, row.what

    before = dump(inst)  # the same file again changes nothing
    run(inst, "subscriber", "import", str(tmp_path / "rows.csv"), "--list", "hebdo", status=1)
    assert dump(inst) == before


def test_what_went_in_comes_out_safe_for_spreadsheets_and_goes_in_again(
    inst: Installation, taken: object, tmp_path: Path
) -> None:
    run(inst, "subscriber", "export", "-o", str(tmp_path / "all.csv"), status=0)
    rows = list(csv.reader(io.StringIO((tmp_path / "all.csv").read_text("utf-8-sig"), newline="")))
    assert len(rows) > len(ROWS)
    assert [cell for row in rows for cell in row if cell[:1] in tuple("=+-@\t\r")] == []
    assert {len(row) for row in rows} == {len(rows[0])}
    before = dump(inst)
    run(inst, "subscriber", "import", str(tmp_path / "all.csv"), "--list", "hebdo", status=0)
    assert dump(inst) == before
