"""Schedules and their slots; issues, what they carry, and how they were rendered."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from newsletter.models.content import Article
from subscribers.models import AUTOINCREMENT, Base, MailingList, OnUnknown, public_id
from subscribers.types import BigId, Moment, PrimaryKey, word


class Approval(enum.StrEnum):
    AUTO = "auto"  # goes out at its slot
    HOLD = "hold"  # goes out after a while, unless somebody stops it
    MANUAL = "manual"  # waits for `issue approve`


class Schedule(Base):
    """One cadence of a list. Without a cron expression, issues are made by hand only."""

    __tablename__ = "schedule"
    __table_args__ = (UniqueConstraint("mlist_id", "name"), AUTOINCREMENT)

    id: Mapped[PrimaryKey]
    mlist_id: Mapped[int] = mapped_column(
        ForeignKey("mailing_list.id", ondelete="CASCADE"), type_=BigId
    )
    name: Mapped[str] = mapped_column(String(64))  # what a subscription's cadence names
    title: Mapped[str] = mapped_column(Text, default="")  # what readers see: "chaque vendredi"
    cron: Mapped[str | None] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(String(64))
    is_default: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    approval: Mapped[Approval] = mapped_column(word(Approval), default=Approval.AUTO)
    hold_minutes: Mapped[int] = mapped_column(default=0)
    minimum: Mapped[int] = mapped_column(default=1)
    maximum: Mapped[int] = mapped_column(default=12)
    max_age_days: Mapped[int] = mapped_column(default=35)
    grace_minutes: Mapped[int | None] = mapped_column()  # None: by the cron's own rhythm
    begins_at: Mapped[datetime] = mapped_column(Moment)  # slots before it never were

    mlist: Mapped[MailingList] = relationship()


class SlotState(enum.StrEnum):
    PUBLISHED = "published"  # an issue was made
    EMPTY = "empty"  # nothing new, or too little: no issue, and `reason` says why
    MISSED = "missed"  # nobody was there within the grace: recorded, not sent
    SKIPPED = "skipped"  # an admin said so beforehand


class Slot(Base):
    """One due moment of a schedule; the row is inserted with its issue: two tickers, one winner."""

    __tablename__ = "slot"
    __table_args__ = (UniqueConstraint("schedule_id", "nominal"), AUTOINCREMENT)

    id: Mapped[PrimaryKey]
    schedule_id: Mapped[int] = mapped_column(
        ForeignKey("schedule.id", ondelete="CASCADE"), type_=BigId
    )
    nominal: Mapped[str] = mapped_column(String(16))  # local, "2026-11-27T08:00"
    due_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[SlotState] = mapped_column(word(SlotState))
    reason: Mapped[str] = mapped_column(Text, default="")
    issue_id: Mapped[int | None] = mapped_column(
        ForeignKey("issue.id", ondelete="SET NULL"), type_=BigId
    )
    decided_at: Mapped[datetime] = mapped_column(Moment)


class IssueKind(enum.StrEnum):
    DIGEST = "digest"  # of articles
    ALERT = "alert"  # urgent, ahead of everything but notices
    LETTER = "letter"  # free text


class IssueState(enum.StrEnum):
    DRAFT = "draft"  # may be edited; perhaps waits for approval
    FROZEN = "frozen"  # audience and deliveries exist; nothing was begun
    SENDING = "sending"  # some delivery was claimed
    PAUSED = "paused"  # nothing new is marked
    SENT = "sent"  # every delivery is in a final state
    CANCELLED = "cancelled"  # what was not marked by then never goes out


class Issue(Base):
    """One edition of a list."""

    __tablename__ = "issue"
    __table_args__ = (
        UniqueConstraint("mlist_id", "number"),
        Index(None, "state"),
        Index(None, "fingerprint"),
        AUTOINCREMENT,
    )

    id: Mapped[PrimaryKey]
    public_id: Mapped[str] = mapped_column(String(32), unique=True, default=public_id)
    mlist_id: Mapped[int] = mapped_column(ForeignKey("mailing_list.id"), type_=BigId)
    number: Mapped[int] = mapped_column()
    kind: Mapped[IssueKind] = mapped_column(word(IssueKind))
    state: Mapped[IssueState] = mapped_column(word(IssueState), default=IssueState.DRAFT)
    schedule_id: Mapped[int | None] = mapped_column(
        ForeignKey("schedule.id", ondelete="SET NULL"), type_=BigId
    )
    subject: Mapped[str] = mapped_column(Text, default="")  # empty: made from the articles
    intro: Mapped[str] = mapped_column(Text, default="")  # Markdown, above the articles
    body: Mapped[str] = mapped_column(Text, default="")  # Markdown, of an alert or a letter
    article_id: Mapped[int | None] = mapped_column(
        ForeignKey("article.id", ondelete="SET NULL"), type_=BigId
    )  # what an alert is about
    fingerprint: Mapped[str | None] = mapped_column(String(64))  # an alert's subject and body
    approval: Mapped[Approval] = mapped_column(word(Approval), default=Approval.AUTO)
    ready_at: Mapped[datetime | None] = mapped_column(
        Moment
    )  # freeze then; None: wait for approval
    approved_by: Mapped[str] = mapped_column(Text, default="")
    nominal_at: Mapped[datetime] = mapped_column(
        Moment
    )  # the slot's moment: the date in the masthead
    created_at: Mapped[datetime] = mapped_column(Moment)
    frozen_at: Mapped[datetime | None] = mapped_column(Moment)
    begun_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    expires_at: Mapped[datetime | None] = mapped_column(
        Moment
    )  # what is not sent by then is not sent
    audience: Mapped[int | None] = mapped_column()  # deliveries written at the freeze
    on_unknown: Mapped[OnUnknown] = mapped_column(word(OnUnknown), default=OnUnknown.RETRY)
    sender_address: Mapped[str] = mapped_column(Text, default="")  # frozen: Message-ID's domain
    note: Mapped[str] = mapped_column(Text, default="")  # why it is held, paused or cancelled

    mlist: Mapped[MailingList] = relationship()
    schedule: Mapped[Schedule | None] = relationship()
    article: Mapped[Article | None] = relationship()
    choices: Mapped[list[IssueArticle]] = relationship(
        back_populates="issue", order_by="IssueArticle.position", cascade="all, delete-orphan"
    )
    variants: Mapped[list[Variant]] = relationship(
        back_populates="issue", order_by="Variant.id", cascade="all, delete-orphan"
    )


class IssueArticle(Base):
    """What was decided about an article for an issue, and why; `position` is None when left out."""

    __tablename__ = "issue_article"
    __table_args__ = (Index(None, "article_id"),)

    issue_id: Mapped[int] = mapped_column(
        ForeignKey("issue.id", ondelete="CASCADE"), type_=BigId, primary_key=True
    )
    article_id: Mapped[int] = mapped_column(ForeignKey("article.id"), type_=BigId, primary_key=True)
    position: Mapped[int | None] = mapped_column()
    reason: Mapped[str] = mapped_column(String(32))  # compose.choose.Reason

    issue: Mapped[Issue] = relationship(back_populates="choices")
    article: Mapped[Article] = relationship()


class Carried(Base):
    """A schedule has carried an article: the second half of the first-seen ledger.

    `issue_id` is None where a younger schedule began with what its list had carried already.
    """

    __tablename__ = "carried"

    schedule_id: Mapped[int] = mapped_column(
        ForeignKey("schedule.id", ondelete="CASCADE"), type_=BigId, primary_key=True
    )
    article_id: Mapped[int] = mapped_column(
        ForeignKey("article.id", ondelete="CASCADE"), type_=BigId, primary_key=True
    )
    issue_id: Mapped[int | None] = mapped_column(
        ForeignKey("issue.id", ondelete="CASCADE"), type_=BigId, index=True
    )
    at: Mapped[datetime] = mapped_column(Moment)


class Variant(Base):
    """One rendering of an issue: what a language × a set of articles needs."""

    __tablename__ = "variant"
    __table_args__ = (UniqueConstraint("issue_id", "key"), AUTOINCREMENT)

    id: Mapped[PrimaryKey]
    issue_id: Mapped[int] = mapped_column(ForeignKey("issue.id", ondelete="CASCADE"), type_=BigId)
    key: Mapped[str] = mapped_column(Text)  # "fr:12,15,9"
    language: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(Text)
    template: Mapped[str] = mapped_column(Text)  # mail.message.Template as JSON: segments and slots
    page: Mapped[str] = mapped_column(Text)  # the HTML with empty slots, for the archive

    issue: Mapped[Issue] = relationship(back_populates="variants")
