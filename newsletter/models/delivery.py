"""Messages owed to people: notices, deliveries, and what is reported of them later."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from subscribers.models import AUTOINCREMENT, Base, public_id
from subscribers.types import BigId, Moment, PrimaryKey, word


class NoticeKind(enum.StrEnum):
    CONFIRM = "confirm"  # please confirm your subscription
    WELCOME = "welcome"
    ALREADY = "already"  # you are subscribed already, here are your settings
    SETTINGS = "settings"  # a fresh link to your personal data
    MOVE = "move"  # to a new address: please confirm that we may write to you here
    MOVED = "moved"  # to the old address: it was changed
    GOODBYE = "goodbye"  # you left
    PREVIEW = "preview"  # a test of an issue, to an editor
    ADMIN = "admin"  # something the admin should know


class Notice(Base):
    """A message to one person that belongs to no issue."""

    __tablename__ = "notice"
    __table_args__ = (AUTOINCREMENT,)

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(32), unique=True, default=public_id)
    kind: Mapped[NoticeKind] = mapped_column(word(NoticeKind))
    mlist_id: Mapped[int | None] = mapped_column(
        ForeignKey("mailing_list.id", ondelete="SET NULL"), type_=BigId
    )
    sender_address: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    template: Mapped[str] = mapped_column(Text)  # mail.message.Template as JSON; no link is in it
    links: Mapped[dict[str, Any]] = mapped_column(
        JSON, default=dict
    )  # slot -> payload, signed late
    created_at: Mapped[datetime] = mapped_column(Moment)


class DeliveryState(enum.StrEnum):
    QUEUED = "queued"  # waits for a sender
    CLAIMED = "claimed"  # a worker has it, and has not begun
    TRANSMITTING = "transmitting"  # marked: its content may be on the wire
    DEFERRED = "deferred"  # refused for now (4xx): again at `due_at`
    UNKNOWN = "unknown"  # may have been accepted: again at `due_at`, or held for the admin
    SENT = "sent"  # the relay accepted it; that is all we know
    FAILED = "failed"  # refused for good
    SUPPRESSED = "suppressed"  # the address must not be written to
    CANCELLED = "cancelled"  # left, or the issue was stopped, before the mark
    SKIPPED = "skipped"  # no article matched their topics
    EXPIRED = "expired"  # deferred for too long
    BOUNCED = "bounced"  # a later report said so


WAITING_STATES = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
FINAL_STATES = (
    DeliveryState.SENT,
    DeliveryState.FAILED,
    DeliveryState.SUPPRESSED,
    DeliveryState.CANCELLED,
    DeliveryState.SKIPPED,
    DeliveryState.EXPIRED,
    DeliveryState.BOUNCED,
)


class Delivery(Base):
    """One message owed to one recipient, of an issue or a notice.

    Address, name and key id are frozen here, and the Message-ID is made of ids that never change,
    so that every try sends the same bytes. `due_at` says when it may be claimed next; None means
    that it is not waiting. Erasure blanks the person and keeps the row. `subscriber_id` and
    `subscription_id` are no foreign keys: each deleted row would be looked for in all deliveries,
    or each delivery cost one more entry of an index, in the midst of those of all earlier issues.
    Their ids are never used again, so none can mean another. A person's deliveries are found issue
    by issue (`delivery.blanking.deliveries_of`).
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("issue_id", "subscriber_id"),
        Index(
            "ix_delivery_waiting",
            "issue_id",
            "due_at",
            "id",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index(
            "ix_delivery_worker_id",
            "worker_id",
            sqlite_where=text("worker_id IS NOT NULL"),
            postgresql_where=text("worker_id IS NOT NULL"),
        ),
        Index("ix_delivery_issue_id_state", "issue_id", "state"),
        Index(
            "ix_delivery_notice_id",
            "notice_id",
            sqlite_where=text("notice_id IS NOT NULL"),
            postgresql_where=text("notice_id IS NOT NULL"),
        ),
        Index(
            "ix_delivery_notice_ended_at",
            "ended_at",
            sqlite_where=text("notice_id IS NOT NULL"),
            postgresql_where=text("notice_id IS NOT NULL"),
        ),
        Index(
            "ix_delivery_notice_subscriber_id",
            "subscriber_id",
            sqlite_where=text("notice_id IS NOT NULL"),
            postgresql_where=text("notice_id IS NOT NULL"),
        ),
        AUTOINCREMENT,
    )

    id: Mapped[PrimaryKey]
    issue_id: Mapped[int | None] = mapped_column(ForeignKey("issue.id"), type_=BigId)
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"), type_=BigId)
    variant_id: Mapped[int | None] = mapped_column(ForeignKey("variant.id"), type_=BigId)
    subscriber_id: Mapped[int | None] = mapped_column(BigId)
    subscription_id: Mapped[int | None] = mapped_column(BigId)
    address: Mapped[str] = mapped_column(Text)
    domain: Mapped[str] = mapped_column(Text, default="")  # of the address, which has a pace
    name: Mapped[str] = mapped_column(Text, default="")
    key_id: Mapped[str] = mapped_column(String(32))  # which of our keys signs its links
    state: Mapped[DeliveryState] = mapped_column(word(DeliveryState), default=DeliveryState.QUEUED)
    due_at: Mapped[datetime | None] = mapped_column(Moment)
    worker_id: Mapped[int | None] = mapped_column(ForeignKey("worker.id"), type_=BigId)
    relay: Mapped[str | None] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(default=0)  # marks so far
    first_marked_at: Mapped[datetime | None] = mapped_column(Moment)  # its Date header
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    code: Mapped[int | None] = mapped_column()  # the relay's last reply
    reply: Mapped[str] = mapped_column(Text, default="")  # … in full


class BounceKind(enum.StrEnum):
    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"
    OURS = "ours"  # about our reputation or configuration: tell the admin, never suppress


class Bounce(Base):
    """A later report about a delivery: a DSN (RFC 3464), or a complaint (RFC 5965)."""

    __tablename__ = "bounce"
    __table_args__ = (Index(None, "delivery_id"), AUTOINCREMENT)

    id: Mapped[PrimaryKey]
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("delivery.id"), type_=BigId)
    kind: Mapped[BounceKind] = mapped_column(word(BounceKind))
    status: Mapped[str] = mapped_column(String(16), default="")  # enhanced code (RFC 3463)
    diagnostic: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime] = mapped_column(Moment)
    fingerprint: Mapped[str] = mapped_column(String(64), unique=True)  # one report counts once


class Fact(Base):
    """What the database knows of its own installation: epoch, id, fingerprints of keys."""

    __tablename__ = "fact"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
