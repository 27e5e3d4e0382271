"""Mailing lists: made, found, changed, and taken down with all that hangs on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TypedDict, Unpack

from sqlalchemy import ColumnElement, Text, func, literal, or_, select, type_coerce, update
from sqlalchemy.orm import Session

from subscribers import audit
from subscribers.addresses import parse, parse_domain
from subscribers.condition_sql import has_word
from subscribers.errors import InvalidValue, NotPermitted, UnknownList
from subscribers.models import (
    AfterAlert,
    ExcerptStyle,
    FormerSlug,
    MailingList,
    OnUnknown,
    Subscription,
    SubscriptionState,
    Topic,
    Visibility,
)
from subscribers.people import hold_topics
from subscribers.segments import drawn_from, source_of
from subscribers.values import clean_language, clean_name, clean_slug, clean_timezone


class ListFields(TypedDict, total=False):
    """What may be said of a list when it is made, and changed afterwards."""

    title: str
    description: str
    language: str
    timezone: str
    from_name: str
    from_address: str
    reply_to: str | None
    list_id: str
    postal_address: str
    footer_note: str
    welcome_text: str
    visibility: Visibility
    double_opt_in: bool
    welcome: bool
    goodbye: bool
    archive: bool
    excerpt_words: int
    excerpt_style: ExcerptStyle
    on_unknown: OnUnknown
    after_alert: AfterAlert


def create_list(
    session: Session,
    slug: str,
    *,
    domain: str,
    now: datetime,
    topics: Iterable[tuple[str, str]] = (),
    **fields: Unpack[ListFields],
) -> MailingList:
    """A new list; `title`, `language`, `timezone`, `from_name` and `from_address` are needed.

    `domain` is the site's: without a `list_id` of its own the list is `slug.domain` for ever (RFC
    2919 §2). `topics` are pairs of slug and title. Raises InvalidValue, InvalidAddress.
    """
    _refuse_taken(session, slug)
    if "list_id" not in fields:
        fields["list_id"] = f"{slug}.{parse_domain(domain)}"
    mlist = MailingList(slug=slug, created_at=now, **_checked(fields))
    session.add(mlist)
    set_topics(session, mlist, topics, now=now)
    return mlist


def edit_list(session: Session, mlist: MailingList, **fields: Unpack[ListFields]) -> list[str]:
    """Change these fields; gives the names of those that were different before.

    Raises InvalidValue, InvalidAddress.
    """
    closed = fields.get("visibility", Visibility.CLOSED) is Visibility.CLOSED
    if not closed and source_of(session, mlist.id) != mlist.id:
        raise InvalidValue(
            f"list {mlist.slug!r} is drawn from another and has no subscribers of its own: "
            "it stays closed"
        )
    changed = {
        name: value for name, value in _checked(fields).items() if getattr(mlist, name) != value
    }
    for name, value in changed.items():
        setattr(mlist, name, value)
    session.flush()
    return list(changed)


def rename(session: Session, mlist: MailingList, slug: str, *, now: datetime) -> bool:
    """Let the list be called `slug`; its old name goes on finding it. False: it is called so.

    Its List-Id, by which readers' mail programs sort it, stays. Raises InvalidValue for a name that
    cannot be used, or that another list has or had.
    """
    if mlist.slug == slug:
        return False
    _refuse_taken(session, slug, mlist)
    earlier = session.get(FormerSlug, slug)
    if earlier is not None:
        session.delete(earlier)
    session.add(FormerSlug(slug=mlist.slug, mlist_id=mlist.id, at=now))
    mlist.slug = slug
    session.flush()
    return True


def former_slugs(session: Session, mlist: MailingList) -> list[str]:
    """What the list was called before, by name."""
    found = select(FormerSlug.slug).where(FormerSlug.mlist_id == mlist.id)
    return list(session.scalars(found.order_by(FormerSlug.slug)))


def _refuse_taken(session: Session, slug: str, mlist: MailingList | None = None) -> None:
    """Raises InvalidValue where a list is called so, or another than `mlist` was before."""
    clean_slug(slug)
    other = session.scalar(select(MailingList).where(called(slug)))
    if other is None or other is mlist:
        return
    if other.slug == slug:
        raise InvalidValue(f"there is a list {slug!r} already: edit it, or choose another name")
    raise InvalidValue(
        f"list {other.slug!r} was called {slug!r} before, and its old pages still answer there: "
        "choose another name"
    )


def called(slug: str) -> ColumnElement[bool]:
    """The condition over MailingList for the one that is called so, or was before."""
    before = select(FormerSlug.mlist_id).where(FormerSlug.slug == slug)
    return or_(MailingList.slug == slug, MailingList.id.in_(before))


def set_topics(
    session: Session, mlist: MailingList, topics: Iterable[tuple[str, str]], *, now: datetime
) -> int:
    """Let the list have exactly these topics, pairs of slug and title; known ones keep their id.

    Gives how many subscriptions had chosen one that is gone (see `retire_topics`).
    """
    known = {topic.slug: topic for topic in mlist.topics}
    if known:
        hold_topics(session, mlist.id, change=True)
    wanted = [
        (clean_slug(slug, "topic"), _one_line("title of a topic", title)) for slug, title in topics
    ]
    kept: list[Topic] = []
    for slug, title in dict(wanted).items():
        topic = known.get(slug) or Topic(slug=slug, title=title)
        topic.title = title
        kept.append(topic)
    mlist.topics = kept
    session.flush()
    gone = known.keys() - {topic.slug for topic in kept}
    return retire_topics(session, mlist, gone, now=now) if gone else 0


def set_matches(
    session: Session, mlist: MailingList, matches: Mapping[str, Collection[str]]
) -> bool:
    """Let these topics take the articles with these categories; False: they did already.

    `matches` maps the slug of a topic to all its patterns afterwards, with no white space in them;
    other topics keep theirs. Raises InvalidValue for a topic that the list does not have.
    """
    topics = {topic.slug: topic for topic in mlist.topics}
    for slug in matches:
        if slug not in topics:
            there = f"choose among {', '.join(topics)}" if topics else "it has none yet"
            raise InvalidValue(f"no topic {slug[:64]!r} in list {mlist.slug!r}: {there}")
    changed = False
    for slug, patterns in matches.items():
        wanted = frozenset(patterns)
        changed |= topics[slug].categories != wanted
        topics[slug].categories = wanted
    session.flush()
    return changed


def retire_topics(
    session: Session, mlist: MailingList, slugs: Collection[str], *, now: datetime
) -> int:
    """Take topics that go away out of what people chose; gives how many subscriptions had one.

    Who chose nothing else gets everything, as before they chose: with a topic that no article can
    have they would silently get next to nothing for ever.
    """
    chosen = (
        Subscription.mlist_id == mlist.id,
        or_(*(has_word(Subscription.topics, slug) for slug in slugs)),
    )
    held = session.scalars(
        select(Subscription.id)
        .where(*chosen)
        .order_by(Subscription.id)
        .with_for_update(key_share=True)
    ).all()
    for slug in slugs:
        words = literal(" ").concat(type_coerce(Subscription.topics, Text)).concat(" ")
        without = func.nullif(func.trim(func.replace(words, f" {slug} ", " ")), "")
        session.execute(
            update(Subscription)
            .where(Subscription.mlist_id == mlist.id, has_word(Subscription.topics, slug))
            .values(topics=without, changed_at=now)
            .execution_options(synchronize_session=False)
        )
    session.expire_all()
    return len(held)


def find_list(session: Session, slug: str) -> MailingList:
    """The list that is called so, or was; raises UnknownList, which names those there are."""
    found = session.scalar(select(MailingList).where(called(slug)))
    if found is None:
        known = session.scalars(select(MailingList.slug).order_by(MailingList.slug).limit(20)).all()
        there = f"choose among {', '.join(known)}" if known else "there is none yet, create one"
        raise UnknownList(f"no list {slug[:64]!r}: {there}")
    return found


def find_lists(session: Session, visibility: Visibility | None = None) -> list[MailingList]:
    """All lists, by name; with `visibility`, only those."""
    query = select(MailingList).order_by(MailingList.slug)
    if visibility is not None:
        query = query.where(MailingList.visibility == visibility)
    return list(session.scalars(query))


def count_subscriptions(session: Session, mlist: MailingList) -> dict[SubscriptionState, int]:
    """How many stand in each state, nought included: what `remove_list` would take away."""
    rows = session.execute(
        select(Subscription.state, func.count())
        .where(Subscription.mlist_id == mlist.id)
        .group_by(Subscription.state)
    )
    return dict.fromkeys(SubscriptionState, 0) | {row[0]: row[1] for row in rows}


def remove_list(session: Session, mlist: MailingList, *, actor: str, now: datetime) -> None:
    """Delete the list, its topics and subscriptions. People and the evidence of consent stay.

    Raises NotPermitted while other lists are drawn from it.
    """
    refuse_drawn(session, mlist)
    gone = {state.value: n for state, n in count_subscriptions(session, mlist).items()}
    audit.note(session, actor, "list.remove", f"list {mlist.slug}", now, gone)
    session.delete(mlist)
    session.flush()


def refuse_drawn(session: Session, mlist: MailingList) -> None:
    """Raises NotPermitted while other lists are drawn from this one, which would reach nobody."""
    if others := drawn_from(session, mlist.id):
        raise NotPermitted(
            f"list {mlist.slug!r} cannot be removed: {', '.join(others)} "
            f"{'is' if len(others) == 1 else 'are'} drawn from it (remove that first)"
        )


def _checked(fields: ListFields) -> ListFields:
    """The same fields, made fit for headers and pages; raises InvalidValue, InvalidAddress."""
    checked = fields.copy()
    if "title" in fields:
        checked["title"] = _one_line("title", fields["title"])
    if "from_name" in fields:
        checked["from_name"] = clean_name(fields["from_name"])
    if "from_address" in fields:
        checked["from_address"] = parse(fields["from_address"]).address
    if "reply_to" in fields:
        reply_to = fields["reply_to"]
        checked["reply_to"] = parse(reply_to).address if reply_to else None
    if "language" in fields:
        language = clean_language(fields["language"])
        if language is None:
            raise InvalidValue("a list needs a language: write fr or en")
        checked["language"] = language
    if "timezone" in fields:
        checked["timezone"] = clean_timezone(fields["timezone"])
    if "list_id" in fields:
        checked["list_id"] = _list_id(fields["list_id"])
    if fields.get("excerpt_words", 1) < 1:
        raise InvalidValue("an excerpt of no words cannot be made: take 1 or more")
    return checked


def _list_id(text: str) -> str:
    """`label.domain` of dot-atoms, at most 255 octets (RFC 2919 §2)."""
    bare = text.strip().removeprefix("<").removesuffix(">")
    label, dot, _ = bare.partition(".")
    if not (bare.isascii() and label and dot and len(bare) <= 255):
        raise InvalidValue(f"list id {text[:60]!r} cannot be used: write it as label.example.org")
    parse(f"{label}@list-id.example")  # a label is a dot-atom, as a local part is
    if any(c.isspace() or c in '<>()@,;:\\"[]' for c in bare):
        raise InvalidValue(f"list id {text[:60]!r} cannot be used: write it as label.example.org")
    return bare


def _one_line(what: str, text: str) -> str:
    text = clean_name(text)
    if not text:
        raise InvalidValue(f"the {what} is empty: give one")
    return text
