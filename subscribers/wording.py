"""The whole of what a form said of who, why, how long and which rights: kept once for each text.

Evidence (`ConsentEvent.form`) points at it by its hash, so that the words of a form which thousands
filled in are stored once, and never change behind their backs.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from subscribers.bulk import insert_new
from subscribers.models import FormWording


def name_of(text: str) -> str:
    """What a text is kept under: its SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def keep(session: Session, text: str, language: str, now: datetime) -> str:
    """Keep what a form said, if it is not kept yet; gives its name, for `Act.form`."""
    name = name_of(text)
    if session.scalar(select(FormWording.hash).where(FormWording.hash == name)) is None:
        row = {"hash": name, "language": language, "text": text, "first_shown_at": now}
        insert_new(session, FormWording, [row])
    return name


def text_of(session: Session, name: str | None) -> str | None:
    """The text of that name; None for none, or where it came from another installation."""
    if name is None:
        return None
    return session.scalar(select(FormWording.text).where(FormWording.hash == name))
