"""Who gets mail, and by what right: lists, people, subscriptions, evidence and suppressions."""

from __future__ import annotations

import enum
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from subscribers.types import BigId, Moment, PrimaryKey, Words, word

AUTOINCREMENT = {"sqlite_autoincrement": True}  # ids stand in signed links: never reused


class Base(DeclarativeBase):
    """The one registry of tables, for both packages."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def public_id() -> str:
    """A random name of 128 bits, safe to show in an address."""
    return uuid.uuid4().hex


class Visibility(enum.StrEnum):
    PUBLIC = "public"  # offered on the sign-up page
    PRIVATE = "private"  # people are added by an admin, or by a link they were given
    CLOSED = "closed"  # takes nobody in; those who are on it stay


class OnUnknown(enum.StrEnum):
    """What becomes of a delivery whose final reply was never read (RFC 1047)."""

    RETRY = "retry"  # the same bytes again, later: perhaps twice, never lost
    HOLD = "hold"  # wait for the admin: never twice, perhaps lost


class AfterAlert(enum.StrEnum):
    MARK = "mark"  # the next digest carries it, marked as already sent
    LEAVE_OUT = "leave_out"  # the next digest goes without it


class MailingList(Base):
    """What people subscribe to. In code always `mlist`."""

    __tablename__ = "mailing_list"
    __table_args__ = (AUTOINCREMENT,)

    id: Mapped[PrimaryKey]
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str] = mapped_column(String(16))
    timezone: Mapped[str] = mapped_column(String(64))
    from_name: Mapped[str] = mapped_column(Text)
    from_address: Mapped[str] = mapped_column(Text)
    reply_to: Mapped[str | None] = mapped_column(Text)
    list_id: Mapped[str] = mapped_column(Text)  # RFC 2919 label.domain, stable for ever
    postal_address: Mapped[str] = mapped_column(Text, default="")
    footer_note: Mapped[str] = mapped_column(Text, default="")
    welcome_text: Mapped[str] = mapped_column(Text, default="")
    visibility: Mapped[Visibility] = mapped_column(word(Visibility), default=Visibility.PUBLIC)
    double_opt_in: Mapped[bool] = mapped_column(default=True)
    welcome: Mapped[bool] = mapped_column(default=True)
    goodbye: Mapped[bool] = mapped_column(default=False)
    archive: Mapped[bool] = mapped_column(default=True)
    excerpt_words: Mapped[int] = mapped_column(default=60)
    on_unknown: Mapped[OnUnknown] = mapped_column(word(OnUnknown), default=OnUnknown.RETRY)
    after_alert: Mapped[AfterAlert] = mapped_column(word(AfterAlert), default=AfterAlert.MARK)
    created_at: Mapped[datetime] = mapped_column(Moment)

    topics: Mapped[list[Topic]] = relationship(
        back_populates="mlist", order_by="Topic.id", cascade="all, delete-orphan"
    )


class Topic(Base):
    """A subject that readers of a list may choose or leave."""

    __tablename__ = "topic"
    __table_args__ = (UniqueConstraint("mlist_id", "slug"), AUTOINCREMENT)

    id: Mapped[PrimaryKey]
    mlist_id: Mapped[int] = mapped_column(
        ForeignKey("mailing_list.id", ondelete="CASCADE"), type_=BigId
    )
    slug: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(Text)

    mlist: Mapped[MailingList] = relationship(back_populates="topics")


class Subscriber(Base):
    """A person, known by one address.

    Whatever stops mail to a person first updates this row or their subscription's, so that a mark
    that holds those rows FOR SHARE is waited for (see `audience`).
    """

    __tablename__ = "subscriber"
    __table_args__ = (Index(None, "domain"), AUTOINCREMENT)

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(32), unique=True, default=public_id)
    address: Mapped[str | None] = mapped_column(Text)  # as they wrote it; None once erased
    address_key: Mapped[str | None] = mapped_column(Text, unique=True)  # `addresses.key`
    domain: Mapped[str | None] = mapped_column(Text)  # A-labels, lower case
    name: Mapped[str] = mapped_column(Text, default="")
    language: Mapped[str | None] = mapped_column(String(16))  # None: as the list's
    attributes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    paused_until: Mapped[datetime | None] = mapped_column(Moment)  # on holiday until then
    created_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    erased_at: Mapped[datetime | None] = mapped_column(Moment)

    subscriptions: Mapped[list[Subscription]] = relationship(
        back_populates="subscriber", order_by="Subscription.id"
    )


class SubscriptionState(enum.StrEnum):
    PENDING = "pending"  # asked for, or imported, and not yet confirmed: gets no issue
    ACTIVE = "active"  # agreed: gets issues
    UNSUBSCRIBED = "unsubscribed"  # left: gets nothing, until they come back themselves


class Subscription(Base):
    """A person × a list."""

    __tablename__ = "subscription"
    __table_args__ = (
        UniqueConstraint("subscriber_id", "mlist_id"),
        Index(None, "mlist_id", "state"),
        AUTOINCREMENT,
    )

    id: Mapped[PrimaryKey]
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"), type_=BigId)
    mlist_id: Mapped[int] = mapped_column(
        ForeignKey("mailing_list.id", ondelete="CASCADE"), type_=BigId
    )
    state: Mapped[SubscriptionState] = mapped_column(word(SubscriptionState))
    cadence: Mapped[str | None] = mapped_column(String(64))  # a schedule's name; None: the default
    topics: Mapped[frozenset[str] | None] = mapped_column(Words)  # None: everything
    digests: Mapped[bool] = mapped_column(default=True)  # digests and letters
    alerts: Mapped[bool] = mapped_column(default=False)  # has a consent of its own
    source: Mapped[str] = mapped_column(String(32))  # form, cli, import, api
    requested_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    unsubscribed_at: Mapped[datetime | None] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)

    subscriber: Mapped[Subscriber] = relationship(back_populates="subscriptions")
    mlist: Mapped[MailingList] = relationship()


class ConsentKind(enum.StrEnum):
    REQUESTED = "requested"  # filled in the form, or was entered by an admin
    CONFIRMED = "confirmed"  # pressed the button in the confirmation page
    GRANTED = "granted"  # recorded by an admin with the words agreed elsewhere
    INVITED = "invited"  # asked by an admin to confirm
    CHANGED = "changed"  # topics, cadence, alerts, language, name, pause
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
