"""People, their subscriptions, and the names that they have or had elsewhere."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from subscribers.models.base import AUTOINCREMENT, Base, public_id
from subscribers.models.lists import MailingList
from subscribers.types import BigId, Moment, PrimaryKey, Words, word


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
    tags: Mapped[frozenset[str] | None] = mapped_column(Words)  # an admin's own; None: none
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
    invited_at: Mapped[datetime | None] = mapped_column(Moment)  # last asked by an admin
    changed_at: Mapped[datetime] = mapped_column(Moment)

    subscriber: Mapped[Subscriber] = relationship(back_populates="subscriptions")
    mlist: Mapped[MailingList] = relationship()


class AddressChange(Base):
    """Somebody asked to be written to at another address; it counts once confirmed from there."""

    __tablename__ = "address_change"
    __table_args__ = (Index(None, "subscriber_id"), Index(None, "address_key"), AUTOINCREMENT)

    id: Mapped[PrimaryKey]
    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscriber.id", ondelete="CASCADE"), type_=BigId
    )
    address: Mapped[str] = mapped_column(Text)  # the new one, as they wrote it
    address_key: Mapped[str] = mapped_column(Text)  # `addresses.key`
    domain: Mapped[str] = mapped_column(Text)  # A-labels, lower case
    ip: Mapped[str | None] = mapped_column(String(45))
    requested_at: Mapped[datetime] = mapped_column(Moment)
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)  # replaced by a newer one, or refused


class FormerPerson(Base):
    """What another system's links call a person, so that its old mails can still be left by."""

    __tablename__ = "former_person"
    __table_args__ = (
        UniqueConstraint("system", "name"),
        Index(None, "subscriber_id"),
        AUTOINCREMENT,
    )

    id: Mapped[PrimaryKey]
    system: Mapped[str] = mapped_column(String(16))  # listmonk
    name: Mapped[str] = mapped_column(String(64))
    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscriber.id", ondelete="CASCADE"), type_=BigId
    )
