"""Files of suppressions are read in short turns, and who brought or took one stands in the log."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path

import newsletter_kit as kit
import pytest
import sqlalchemy as sa

from newsletter.installation import Installation
from newsletter.jobs import suppressing
from subscribers import audit
from subscribers.models import Suppression

LINES = 12_000  # more than a file is read of at once


class Slow(io.BytesIO):
    """A file of suppressions; whenever more of it is read, somebody else looks and writes."""

    def __init__(self, inst: Installation, now: datetime) -> None:
        super().__init__(b"".join(b"perdu%d@valmont.example\n" % n for n in range(LINES)))
        self.inst, self.now, self.seen = inst, now, list[int]()

    def read(self, size: int | None = -1, /) -> bytes:
        with self.inst.database.read() as session:
            found = session.scalar(sa.select(sa.func.count()).select_from(Suppression))
        self.seen.append(found or 0)
        other = f"autre{len(self.seen)}@valmont.example"
        suppressing.suppress(self.inst, other, note="", now=self.now, actor="claire")
        return super().read(20_000)


@pytest.mark.long
def test_others_write_while_a_file_of_suppressions_is_read(
    inst: Installation, tmp_path: Path, now: datetime
) -> None:
    rival = kit.reopen(tmp_path)
    file = Slow(rival, now)
    head = io.BytesIO(b"".join(file.getvalue().splitlines(keepends=True)[:600]))
    done = suppressing.import_suppressions(inst, head, name="/x/a.csv", now=now, actor="claire")
    assert (done.added, done.unchanged, done.rejected) == (600, 0, ())
    file.truncate(60_000)
    done = suppressing.import_suppressions(inst, file, now=now, actor="claire")
    assert done.unchanged == 600
    assert file.seen[0] == 600
    assert file.seen[-1] > 1500, "nobody else had a turn before the end"
    rival.close()


def test_who_brought_and_who_took_suppressions_stands_in_the_log(
    inst: Installation, now: datetime
) -> None:
    out = io.BytesIO()
    suppressing.suppress(inst, "ana@valmont.example", note="", now=now, actor="cli:claire")
    assert suppressing.export_suppressions(inst, out, name="s.csv", now=now, actor="cli:eva") == 1
    out.seek(0)
    done = suppressing.import_suppressions(inst, out, name="/home/s.csv", now=now, actor="cli:lea")
    assert (done.added, done.unchanged) == (0, 1)
    with inst.database.read() as session:
        lines = [(e.actor, e.verb, e.subject) for e in audit.read(session, verb="suppression")]
        mine = session.scalars(sa.select(Suppression.id)).one()
    assert lines == [
        ("cli:claire", "suppression.add", f"suppression {mine}"),
        ("cli:eva", "suppression.export", "file s.csv"),
        ("cli:lea", "suppression.import", "file s.csv"),
        ("cli:lea", "suppression.import", "file s.csv"),
    ]
