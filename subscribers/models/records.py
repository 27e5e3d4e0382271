"""What is written down: evidence, suppressions, who did what, and how far an import has come."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.models.base import AUTOINCREMENT, Base
from subscribers.types import BigId, Moment, PrimaryKey, word


class ConsentKind(enum.StrEnum):
    REQUESTED = "requested"  # filled in the form, or was entered by an admin
    CONFIRMED = "confirmed"  # pressed the button in the confirmation page
    GRANTED = "granted"  # recorded by an admin with the words agreed elsewhere
    INVITED = "invited"  # asked by an admin to confirm
    CHANGED = "changed"  # topics, cadence, alerts, language, name, pause
    MOVED = "moved"  # to another address, confirmed from there
    REJOINED = "rejoined"  # joined a list from the preferences page: the address was proven before
    UNSUBSCRIBED = "unsubscribed"
    UNDONE = "undone"  # took an unsubscribe back within a day
    REASON = "reason"  # said why they left
    SUPPRESSED = "suppressed"
    LIFTED = "lifted"
    ERASED = "erased"


class ConsentEvent(Base):
    """Append-only evidence: what was agreed to or refused, when, how, on what words (GDPR 7.1)."""

    __tablename__ = "consent_event"
    __table_args__ = (Index(None, "subscriber_id"), Index(None, "at"), AUTOINCREMENT)

    id: Mapped[PrimaryKey]
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"), type_=BigId)
    mlist_id: Mapped[int | None] = mapped_column(
        ForeignKey("mailing_list.id", ondelete="SET NULL"), type_=BigId
    )
    kind: Mapped[ConsentKind] = mapped_column(word(ConsentKind))
    at: Mapped[datetime] = mapped_column(Moment)
    source: Mapped[str] = mapped_column(String(32))  # form, page, one-click, mail, cli, import, api
    words: Mapped[str] = mapped_column(Text, default="")  # as shown to the person
    form: Mapped[str | None] = mapped_column(String(64))  # `FormWording.hash`: the whole notice
    ip: Mapped[str | None] = mapped_column(String(45))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    actor: Mapped[str] = mapped_column(Text, default="")  # an admin's name; empty: the person


class SuppressionReason(enum.StrEnum):
    BOUNCE = "bounce"  # the mailbox does not exist, or never took mail
    COMPLAINT = "complaint"  # reported as spam (RFC 5965)
    ADMIN = "admin"
    ERASED = "erased"  # asked to be forgotten: only an HMAC is kept


class Suppression(Base):
    """An address that must not be written to, and why.

    `key` is an address key, "@domain" for a whole domain, or "hmac:…" once the person was erased.
    """

    __tablename__ = "suppression"
    __table_args__ = (AUTOINCREMENT,)

    id: Mapped[PrimaryKey]
    key: Mapped[str] = mapped_column(Text, unique=True)
    reason: Mapped[SuppressionReason] = mapped_column(word(SuppressionReason))
    source: Mapped[str] = mapped_column(String(32))
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Moment)


class AuditEvent(Base):
    """Who did what to people's data or in their name; people are named by id, never by address."""

    __tablename__ = "audit_event"
    __table_args__ = (Index(None, "at"), AUTOINCREMENT)

    id: Mapped[PrimaryKey]
    at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(Text)
    verb: Mapped[str] = mapped_column(String(64))  # subscriber.import, suppression.lift, issue.send
    subject: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class FormWording(Base):
    """All that a form said of who, why, how long and which rights, once for each text it had."""

    __tablename__ = "form_wording"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of the text, hex
    language: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    first_shown_at: Mapped[datetime] = mapped_column(Moment)


class AttemptOutcome(enum.StrEnum):
    ACCEPTED = "accepted"  # taken, whoever the address belongs to
    ASKED_MORE = "asked_more"  # shown one more step
    REFUSED = "refused"  # far too many: told to come back later


class SignupAttempt(Base):
    """One use of the sign-up form, for the limits; kept two days, and never with the address."""

    __tablename__ = "signup_attempt"
    __table_args__ = (
        Index(None, "at"),
        Index(None, "ip", "at"),
        Index(None, "domain", "at"),
        AUTOINCREMENT,
    )

    id: Mapped[PrimaryKey]
    at: Mapped[datetime] = mapped_column(Moment)
    ip: Mapped[str | None] = mapped_column(String(45))
    domain: Mapped[str] = mapped_column(Text)
    seal: Mapped[str] = mapped_column(Text)  # `Tokens.hmac` of the address key
    outcome: Mapped[AttemptOutcome] = mapped_column(word(AttemptOutcome))


class ImportRun(Base):
    """One file being imported, and how far it has come: a run that was killed goes on from there.

    Its row advances in the transaction of each batch.
    """

    __tablename__ = "import_run"
    __table_args__ = (Index(None, "fingerprint"), AUTOINCREMENT)

    id: Mapped[PrimaryKey]
    mlist_slug: Mapped[str] = mapped_column(String(64))
    fingerprint: Mapped[str] = mapped_column(String(64))  # of the file and the options, hex
    source: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(Text)
    began_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    line: Mapped[int] = mapped_column(BigInteger)  # all up to this one is in
    offset: Mapped[int] = mapped_column(BigInteger)  # the same in bytes of the file
    report: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
