"""Lists and their topics, what they were called before, and whom they are for."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from subscribers.models.base import AUTOINCREMENT, Base
from subscribers.types import BigId, Moment, PrimaryKey, Words, word


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


class ExcerptStyle(enum.StrEnum):
    """How much of an article a mail of this list shows, and in what form."""

    PARAGRAPHS = "paragraphs"  # its beginning, in paragraphs as its site parts them
    LINE = "line"  # its beginning, in one paragraph
    FULL = "full"  # all of it, with its pictures and links


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
    excerpt_style: Mapped[ExcerptStyle] = mapped_column(
        word(ExcerptStyle), default=ExcerptStyle.PARAGRAPHS, server_default="paragraphs"
    )
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
    # Categories of articles that are of this topic, beside its own slug and title: patterns.
    categories: Mapped[frozenset[str]] = mapped_column(Words, default=frozenset, server_default="")

    mlist: Mapped[MailingList] = relationship(back_populates="topics")


class FormerSlug(Base):
    """What a list was called before: its old pages go on answering."""

    __tablename__ = "former_slug"
    __table_args__ = (Index(None, "mlist_id"),)

    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    mlist_id: Mapped[int] = mapped_column(
        ForeignKey("mailing_list.id", ondelete="CASCADE"), type_=BigId
    )
    at: Mapped[datetime] = mapped_column(Moment)  # when it was renamed


class Segment(Base):
    """A list that is for some people only: what must hold of a person, asked at the freeze."""

    __tablename__ = "segment"
    __table_args__ = (Index(None, "of_id"),)

    mlist_id: Mapped[int] = mapped_column(
        ForeignKey("mailing_list.id", ondelete="CASCADE"), type_=BigId, primary_key=True
    )
    # None: it narrows its own subscribers. Else it has none, and takes that list's who match.
    of_id: Mapped[int | None] = mapped_column(
        ForeignKey("mailing_list.id", ondelete="RESTRICT"), type_=BigId
    )
    expression: Mapped[str] = mapped_column(Text)  # as the admin wrote it


class FormerLetter(Base):
    """A letter that another system sent, and a list that its readers are on now.

    Its unsubscribe links are still in people's mailboxes; one letter may have gone to many lists.
    """

    __tablename__ = "former_letter"
    __table_args__ = (
        UniqueConstraint("system", "name", "mlist_id"),
        Index(None, "mlist_id"),
        AUTOINCREMENT,
    )

    id: Mapped[PrimaryKey]
    system: Mapped[str] = mapped_column(String(16))  # listmonk
    name: Mapped[str] = mapped_column(String(64))  # as its links name the letter
    mlist_id: Mapped[int] = mapped_column(
        ForeignKey("mailing_list.id", ondelete="CASCADE"), type_=BigId
    )
