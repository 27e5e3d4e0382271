"""How far the import of a file has come, kept with each batch: a killed one goes on from there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from subscribers.models import ImportRun
from subscribers.transfer.importing import Step
from subscribers.transfer.taking import ImportReport

GOES_ON = timedelta(days=7)  # after which a file is read from its beginning again
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Run:
    """One import of one file, on certain terms."""

    id: int
    began_at: datetime
    after: Step | None  # where one that was killed had come to; None: it has just begun


def fingerprint(stream: BinaryIO, terms: Mapping[str, Any]) -> str:
    """What a file and the terms of its import are known by (SHA-256, hex); reads it to its end."""
    seal = hashlib.sha256(repr(sorted(terms.items())).encode())
    while chunk := stream.read(_CHUNK):
        seal.update(chunk)
    return seal.hexdigest()


def begin(session: Session, seal: str, *, slug: str, source: str, actor: str, now: datetime) -> Run:
    """The run of this file that never came to its end, or a new one."""
    found = session.scalars(
        select(ImportRun)
        .where(
            ImportRun.fingerprint == seal,
            ImportRun.ended_at.is_(None),
            ImportRun.began_at > now - GOES_ON,
        )
        .order_by(ImportRun.id.desc())
        .limit(1)
    ).first()
    if found is not None:
        return Run(found.id, found.began_at, Step(found.line, _report(found.report)))
    made = ImportRun(
        mlist_slug=slug,
        fingerprint=seal,
        source=source,
        actor=actor,
        began_at=now,
        line=0,
        offset=0,
        report={},
    )
    session.add(made)
    session.flush()
    return Run(made.id, now, None)


def give_up(session: Session, seal: str, now: datetime) -> None:
    """No run of this file goes on any more."""
    session.execute(
        update(ImportRun)
        .where(ImportRun.fingerprint == seal, ImportRun.ended_at.is_(None))
        .values(ended_at=now)
        .execution_options(synchronize_session=False)
    )


def advance(session: Session, run: Run, step: Step) -> None:
    """It has come so far; in the transaction that takes the batch in."""
    _change(session, run, line=step.line, report=asdict(step.report))


def end(session: Session, run: Run, report: ImportReport, now: datetime) -> None:
    """It is through: the next import of this file begins anew."""
    _change(session, run, ended_at=now, report=asdict(report))


def _change(session: Session, run: Run, **values: Any) -> None:
    session.execute(
        update(ImportRun)
        .where(ImportRun.id == run.id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _report(kept: Mapping[str, Any]) -> ImportReport:
    names = {each.name for each in fields(ImportReport)}
    return ImportReport(**{name: number for name, number in kept.items() if name in names})
