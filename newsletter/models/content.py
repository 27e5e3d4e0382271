"""Sources, articles, and which list each article was offered to."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from subscribers.models import AUTOINCREMENT, Base, MailingList
from subscribers.types import BigId, Moment, PrimaryKey, Words, word


class SourceKind(enum.StrEnum):
    FEED = "feed"  # RSS, Atom, RDF or JSON Feed
    PAGE = "page"  # an index page that lists articles
    FOLDER = "folder"  # Markdown files with front matter
    MANUAL = "manual"  # articles added by hand


class Source(Base):
    """Where articles come from, and how reading it went."""

    __tablename__ = "source"
    __table_args__ = (AUTOINCREMENT,)

    id: Mapped[PrimaryKey]
    name: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[SourceKind] = mapped_column(word(SourceKind))
    location: Mapped[str] = mapped_column(Text, unique=True)  # URL, or an absolute folder
    title: Mapped[str] = mapped_column(Text, default="")  # as the feed calls itself
    # As readers are to know it, where an editor says; "" shows no name, None its own.
    shown_title: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(16))
    allow_private: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    etag: Mapped[str | None] = mapped_column(Text)
    last_modified: Mapped[str | None] = mapped_column(Text)
    body_hash: Mapped[str | None] = mapped_column(String(64))  # of its last answer in full
    created_at: Mapped[datetime] = mapped_column(Moment)
    first_read_at: Mapped[datetime | None] = mapped_column(Moment)  # None: the next read seeds
    tried_at: Mapped[datetime | None] = mapped_column(Moment)
    read_at: Mapped[datetime | None] = mapped_column(Moment)  # last success, 304 included
    next_at: Mapped[datetime | None] = mapped_column(Moment)  # not before, after failures
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    problem: Mapped[str] = mapped_column(Text, default="")  # the last failure, or oddities
    gone_at: Mapped[datetime | None] = mapped_column(Moment)  # 410, or removed by its owner
    # CSS selectors by what they find ("article", "title", …), where guessing fails.
    selectors: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    site: Mapped[str | None] = mapped_column(Text)  # of which a saved page was saved
    # It cuts its articles: their own pages are read for the excerpt.
    read_articles: Mapped[bool] = mapped_column(default=False, server_default=false())
    # Ids of the sightings that its last reading in full held, in its order.
    shown: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    newest_at: Mapped[datetime | None] = mapped_column(Moment)  # of its articles, by their dates
    usual_gap_minutes: Mapped[int | None] = mapped_column()  # between two articles; nine of ten

    feeds: Mapped[list[SourceList]] = relationship(
        back_populates="source", cascade="all, delete-orphan", order_by="SourceList.mlist_id"
    )


class SourceList(Base):
    """A source offers its articles to a list, all under `topic` when one is given."""

    __tablename__ = "source_list"

    source_id: Mapped[int] = mapped_column(
        ForeignKey("source.id", ondelete="CASCADE"), type_=BigId, primary_key=True
    )
    mlist_id: Mapped[int] = mapped_column(
        ForeignKey("mailing_list.id", ondelete="CASCADE"), type_=BigId, primary_key=True
    )
    topic: Mapped[str | None] = mapped_column(String(64))

    source: Mapped[Source] = relationship(back_populates="feeds")
    mlist: Mapped[MailingList] = relationship()


class Article(Base):
    """One article, stored once, whatever number of sources carry it."""

    __tablename__ = "article"
    __table_args__ = (
        Index(None, "url_key"),
        Index(None, "canonical_key"),
        Index(None, "content_hash"),
        AUTOINCREMENT,
    )

    id: Mapped[PrimaryKey]
    url: Mapped[str | None] = mapped_column(Text)
    url_key: Mapped[str | None] = mapped_column(Text)  # canonical: no tracking, no fragment
    content_hash: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(Text)
    summary_html: Mapped[str] = mapped_column(Text, default="")
    content_html: Mapped[str] = mapped_column(Text, default="")
    author: Mapped[str | None] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(16))
    topics: Mapped[frozenset[str]] = mapped_column(Words, default=frozenset)
    image: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # url, alt, width, height
    override: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)  # an editor's own words
    published_at: Mapped[datetime | None] = mapped_column(Moment)  # as the source says
    first_seen_at: Mapped[datetime] = mapped_column(Moment)
    changed_at: Mapped[datetime] = mapped_column(Moment)
    removed_at: Mapped[datetime | None] = mapped_column(Moment)  # gone upstream: held back
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)  # by an editor, for good
    canonical_url: Mapped[str | None] = mapped_column(Text)  # as its own page says
    canonical_key: Mapped[str | None] = mapped_column(Text)  # of it; the article is found by both
    page_html: Mapped[str] = mapped_column(Text, default="", server_default="")  # its page's text
    page_image: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    page_read_at: Mapped[datetime | None] = mapped_column(Moment)  # tried, whatever came of it
    # What became of it, oldest first: see collect/history.py. Bounded.
    history: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")

    sightings: Mapped[list[Sighting]] = relationship(
        back_populates="article", cascade="all, delete-orphan"
    )


class Sighting(Base):
    """An article was seen in a source, under that source's own guid."""

    __tablename__ = "sighting"
    __table_args__ = (
        UniqueConstraint("source_id", "guid"),
        Index(None, "source_id", "id"),  # the last of a source, without reading all it ever showed
        Index(
            "ix_sighting_missing",
            "source_id",
            sqlite_where=text("missing_at IS NOT NULL"),
            postgresql_where=text("missing_at IS NOT NULL"),
        ),
        AUTOINCREMENT,
    )

    id: Mapped[PrimaryKey]
    source_id: Mapped[int] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), type_=BigId)
    article_id: Mapped[int] = mapped_column(
        ForeignKey("article.id", ondelete="CASCADE"), type_=BigId, index=True
    )
    guid: Mapped[str] = mapped_column(Text)  # guid, else URL key, else content hash
    first_seen_at: Mapped[datetime] = mapped_column(Moment)
    last_seen_at: Mapped[datetime] = mapped_column(Moment)
    missing_at: Mapped[datetime | None] = mapped_column(Moment)  # no longer there, and not by age

    article: Mapped[Article] = relationship(back_populates="sightings")
    source: Mapped[Source] = relationship()


class OfferState(enum.StrEnum):
    OFFERED = "offered"  # due for every schedule of the list that has not carried it
    SEEDED = "seeded"  # was there before the list began: counts as seen
    SKIPPED = "skipped"  # an editor said: not in this list


class Offer(Base):
    """An article × a list: the first half of the first-seen ledger."""

    __tablename__ = "offer"
    __table_args__ = (
        UniqueConstraint("mlist_id", "article_id"),
        Index(None, "mlist_id", "state", "offered_at"),
        Index(
            "ix_offer_pinned",
            "mlist_id",
            sqlite_where=text("pinned"),
            postgresql_where=text("pinned"),
        ),
        AUTOINCREMENT,
    )

    id: Mapped[PrimaryKey]
    mlist_id: Mapped[int] = mapped_column(
        ForeignKey("mailing_list.id", ondelete="CASCADE"), type_=BigId
    )
    article_id: Mapped[int] = mapped_column(
        ForeignKey("article.id", ondelete="CASCADE"), type_=BigId, index=True
    )
    state: Mapped[OfferState] = mapped_column(word(OfferState))
    topics: Mapped[frozenset[str]] = mapped_column(Words, default=frozenset)  # from the source
    pinned: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int | None] = mapped_column()  # an editor's order, low first
    offered_at: Mapped[datetime] = mapped_column(Moment)

    article: Mapped[Article] = relationship()
