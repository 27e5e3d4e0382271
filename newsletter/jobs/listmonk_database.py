"""listmonk's own database, read as it stood at one moment; nothing is written to it.

Its tables are those of its schema.sql, of any version since the first: `bounces` and
`subscriber_lists.meta` came later, and what others added is not asked for. All statuses are
compared as text, since enums gained and changed members.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.database import Database
from newsletter.errors import DatabaseError, Refused
from subscribers.former import LISTMONK
from subscribers.models import SuppressionReason
from subscribers.transfer import Row

_NEEDED = {
    "subscribers": "id uuid email name attribs status created_at updated_at",
    "lists": "id uuid name optin",
    "subscriber_lists": "subscriber_id list_id status created_at updated_at",
    "campaigns": "id uuid",
    "campaign_lists": "campaign_id list_id",
}
_READ_ONLY = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_AT_A_TIME = 2000  # rows that the server hands over
_BLOCKED = ("blocklisted", "blacklisted")  # its word until 2020


@dataclass(frozen=True)
class TheirList:
    """A list of listmonk's."""

    id: int
    name: str
    uuid: str
    double_opt_in: bool  # only the confirmed get its campaigns; else all who have not left
    people: int  # in any state

    def is_called(self, word: str) -> bool:
        """Whether `word` is its name, in whatever case, its number or its UUID."""
        same = (self.name.strip().casefold(), str(self.id), self.uuid)
        return word.strip().casefold() in same


@dataclass(frozen=True)
class Barred:
    """An address that listmonk did not write to any more, and why."""

    address: str
    reason: SuppressionReason
    note: str


class TheirDatabase:
    """What is read of it, all in the state of one moment."""

    def __init__(
        self, session: Session, columns: Mapping[str, Collection[str]], label: str
    ) -> None:
        self.session = session
        self._label = label
        self._bounces = "type" in columns.get("bounces", ())
        self._meta = "meta" in columns["subscriber_lists"]

    def lists(self) -> list[TheirList]:
        """All of them, by number."""
        query = """
            SELECT l.id, l.name, l.uuid::text, l.optin::text = 'double', count(sl.subscriber_id)
            FROM lists l LEFT JOIN subscriber_lists sl ON sl.list_id = l.id
            GROUP BY l.id ORDER BY l.id"""
        return [TheirList(*row) for row in self._stream(query)]

    def rows(self, slugs: Mapping[int, str], double_opt_in: Collection[int]) -> Iterator[Row]:
        """A row for each subscription to one of these lists, by person; `line` is their number.

        What has no meaning of its own here is an attribute, or in the note of a suppression.
        """
        meta = "sl.meta" if self._meta else "NULL"
        query = f"""
            SELECT s.id, s.uuid::text, s.email, s.name, s.attribs, s.status::text, s.created_at,
                   s.updated_at, sl.list_id, sl.status::text, sl.created_at, sl.updated_at,
                   {meta}, {self._worst()}
            FROM subscriber_lists sl JOIN subscribers s ON s.id = sl.subscriber_id
            {self._with_bounces()}
            WHERE sl.list_id = ANY(:lists)
            ORDER BY s.id, sl.list_id"""
        for row in self._stream(query, lists=list(slugs)):
            yield _row(tuple(row), slugs, double_opt_in)

    def barred(self) -> Iterator[Barred]:
        """Everybody it did not write to any more, on whatever list or none."""
        bounced = "OR b.complained IS NOT NULL" if self._bounces else ""
        query = f"""
            SELECT s.email, s.status::text, s.updated_at, {self._worst()}
            FROM subscribers s {self._with_bounces()}
            WHERE s.status::text <> 'enabled' {bounced} ORDER BY s.id"""
        for email, status, since, complained, bounced_at in self._stream(query):
            against = _against(status, since, complained, bounced_at)
            if against is not None:
                reason, note, _ = against
                yield Barred(email, reason, note)

    def letters(self, lists: Collection[int]) -> Iterator[tuple[str, int]]:
        """The UUID of each campaign to one of these lists, with the number of the list."""
        query = """
            SELECT c.uuid::text, cl.list_id FROM campaigns c
            JOIN campaign_lists cl ON cl.campaign_id = c.id
            WHERE cl.list_id = ANY(:lists) ORDER BY c.id, cl.list_id"""
        yield from self._stream(query, lists=list(lists))

    def elsewhere(self, lists: Collection[int]) -> int:
        """How many people are on none of these lists."""
        query = """
            SELECT count(*) FROM subscribers s WHERE NOT EXISTS (
                SELECT 1 FROM subscriber_lists sl
                WHERE sl.subscriber_id = s.id AND sl.list_id = ANY(:lists))"""
        return int(next(self._stream(query, lists=list(lists)))[0])

    def soft_bounces(self) -> int:
        """How many reports of mail that was put off; they stand against nobody."""
        if not self._bounces:
            return 0
        query = "SELECT count(*) FROM bounces WHERE type::text = 'soft'"
        return int(next(self._stream(query))[0])

    def _worst(self) -> str:
        return "b.complained, b.at" if self._bounces else "NULL, NULL"

    def _with_bounces(self) -> str:
        """Beside each person, whether they complained, and since when mail to them came back."""
        if not self._bounces:
            return ""
        return """LEFT JOIN (
            SELECT subscriber_id, bool_or(type::text = 'complaint') AS complained,
                   min(created_at) AS at
            FROM bounces WHERE type::text IN ('hard', 'complaint') GROUP BY subscriber_id
        ) b ON b.subscriber_id = s.id"""

    def _stream(self, query: str, **parameters: Any) -> Iterator[Any]:
        options = {"yield_per": _AT_A_TIME}
        with _explained(self._label):
            yield from self.session.execute(sa.text(query), parameters, execution_options=options)


@contextmanager
def opened(url: str) -> Iterator[TheirDatabase]:
    """listmonk's database, by the address `postgresql://USER:PASSWORD@HOST/NAME`.

    Raises Refused where there is no such database, or it may not be read.
    """
    database = _database(url)
    label = f"listmonk's database {database.label}"
    try:
        with Session(database.engine) as session:
            with _explained(label):
                session.connection(execution_options=_READ_ONLY)
                columns = _checked(_columns(session), label)
            yield TheirDatabase(session, columns, label)
    finally:
        database.engine.dispose()


def _database(url: str) -> Database:
    try:
        database = Database(url, pooled=False)
    except DatabaseError as error:
        raise Refused(f"listmonk's {error}") from error
    if database.url.get_backend_name() != "postgresql":
        raise Refused("listmonk keeps its data in PostgreSQL (give postgresql://USER@HOST/NAME)")
    return database


@contextmanager
def _explained(label: str) -> Iterator[None]:
    """Errors of theirs as one line, told apart from those of our own database."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        said = (str(error.orig).strip().splitlines() or ["no answer"])[0]
        remedy = "check that it runs, and its address, user and password"
        if isinstance(error, sa.exc.ProgrammingError):
            remedy = "its user must be allowed to read all tables"
        raise Refused(f"{label}: {said} ({remedy})") from error


def _columns(session: Session) -> dict[str, set[str]]:
    query = """SELECT table_name, column_name FROM information_schema.columns
               WHERE table_schema = ANY(current_schemas(false))"""
    found: dict[str, set[str]] = {}
    for table, column in session.execute(sa.text(query)):
        found.setdefault(table, set()).add(column)
    return found


def _checked(columns: dict[str, set[str]], label: str) -> dict[str, set[str]]:
    for table, needed in _NEEDED.items():
        missing = sorted(set(needed.split()) - columns.get(table, set()))
        if missing:
            raise Refused(
                f"{label}: this is no database of listmonk that may be read: there is no "
                f"'{table}.{missing[0]}' (check its name and user)"
            )
    return columns


def _row(row: tuple[Any, ...], slugs: Mapping[int, str], double_opt_in: Collection[int]) -> Row:
    (number, uuid, email, name, attribs, status, created, updated,
     list_id, state, since, changed, meta, complained, bounced_at) = row  # fmt: skip
    values = {
        "address": email,
        "name": name,
        "former": uuid,
        "attribute.listmonk_uuid": uuid,  # for whoever moves on to another system
        "list": slugs[list_id],
        "source": LISTMONK,
        "created_at": _iso(created),
        "requested_at": _iso(since or created),
    }
    if attribs:
        whole = attribs if isinstance(attribs, dict) else {"listmonk": attribs}
        values["attributes"] = json.dumps(whole)
    if isinstance(meta, dict):  # the IP address of who confirmed: `optin_ip`
        values |= {f"attribute.{key}": str(value) for key, value in meta.items()}
    if state == "unsubscribed":
        values["state"] = "unsubscribed"
        values["unsubscribed_at"] = _iso(changed)
    elif state == "confirmed":
        values["state"] = "active"
        values["confirmed_at"] = _iso(changed)
    else:
        values["state"] = "pending" if list_id in double_opt_in else "active"
    against = _against(status, updated, complained, bounced_at)
    if against is not None:
        reason, note, at = against
        values["suppression"] = reason.value
        values["suppression_source"] = LISTMONK
        values["suppression_note"] = note
        values["suppressed_at"] = _iso(at)
    return Row(number, {key: value for key, value in values.items() if value}, email)


def _against(
    status: str, since: datetime | None, complained: bool | None, bounced_at: datetime | None
) -> tuple[SuppressionReason, str, datetime | None] | None:
    """What keeps us from writing to somebody: reason, note, and since when.

    A complaint is the worst, since no admin lifts it. Whoever is blocklisted may have chosen so, or
    bounced: the note tells.
    """
    if complained:
        return SuppressionReason.COMPLAINT, "listmonk: complained", bounced_at
    if status in _BLOCKED:
        bounced = ", after a bounce" if bounced_at else ""
        return SuppressionReason.ADMIN, f"listmonk: blocklisted{bounced}", since
    if bounced_at is not None:
        return SuppressionReason.BOUNCE, "listmonk: bounced", bounced_at
    if status != "enabled":
        return SuppressionReason.ADMIN, f"listmonk: {status}", since
    return None


def _iso(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat()
