"""What an editor does with articles: add, edit, skip, pin, withdraw; each may be done twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.collect.entry import Image
from newsletter.collect.offers import on_offer_from
from newsletter.collect.twins import twins_of
from newsletter.compose.choose import Reason
from newsletter.errors import NotFound, Refused
from newsletter.installation import Installation
from newsletter.jobs.adding import Added, add_article, put_on_offer, the_offer
from newsletter.jobs.articles import (
    ArticleDetail,
    ArticleRow,
    find_article,
    list_articles,
    show_article,
)
from newsletter.jobs.rewording import paragraphs_of
from newsletter.jobs.taking_in import (
    Pinned,
    Unpinned,
    take_into_drafts,
    take_out_of_drafts,
)
from newsletter.jobs.viewing import article_view, shown_whole, whole_text
from newsletter.jobs.withdrawing import Withdrawal, carrying, take_out, withdraw
from newsletter.models import Article, Carried, Issue, IssueState, Offer, OfferState, Schedule
from subscribers import audit
from subscribers.lists import find_list
from subscribers.models import ExcerptStyle, MailingList

__all__ = [
    "Added",
    "ArticleDetail",
    "ArticleRow",
    "Pinned",
    "Unpinned",
    "Withdrawal",
    "add_article",
    "edit_article",
    "list_articles",
    "own_words_in",
    "pin",
    "show_article",
    "skip",
    "unpin",
    "unskip",
    "withdraw",
]


def edit_article(
    inst: Installation,
    ref: str,
    *,
    title: str | None = None,
    excerpt: str | None = None,
    paragraphs: Mapping[int, str] | None = None,
    image: str | None = None,
    image_alt: str | None = None,
    reset: bool = False,
    now: datetime,
    actor: str,
) -> Article:
    """Say an article in an editor's own words, whatever its source says now or later.

    Paragraphs of `excerpt` are parted by an empty line; `paragraphs` are single ones by number,
    from 1, of what readers would be shown: an empty one goes away, the next number adds one. An
    empty `title` or `excerpt` goes back to the source's; an empty `image` shows none; `reset` takes
    all own words away first. Where a list shows whole texts, `paragraphs` stand in the text, and an
    `excerpt` in place of it (see `own_words_in`). Issues that are frozen keep what they have.
    Raises Refused, NotFound.
    """
    if image and urlsplit(image).scheme not in ("http", "https"):
        raise Refused(f"image {image!r}: expected an address that begins with https://")
    plain = [("title", title, ""), ("excerpt", excerpt, "\n\r\t"), ("image alt", image_alt, "")]
    plain += [(f"paragraph {n}", text, "\n\r\t") for n, text in (paragraphs or {}).items()]
    for name, value, allowed in plain:
        if any(ord(c) < 32 and c not in allowed for c in value or ""):
            raise Refused(f"{name}: expected no control characters")
    with inst.database.write() as session:
        article = find_article(session, ref)
        before = article.override
        words = {} if reset else dict(before)
        for name, value in (("title", title), ("excerpt", excerpt)):
            if value is not None:
                words[name] = value.replace("\r\n", "\n").strip()
            if not words.get(name):
                words.pop(name, None)
        if excerpt is not None:
            words.pop("paragraphs", None)
        if paragraphs:
            shown = _paragraphs(session, article, words.get("excerpt"))
            if "excerpt" not in words or "paragraphs" in words:
                changes = _changes(shown, paragraphs)
                made = words.get("paragraphs", [])
                if not made or any(was != said for was, said in changes):
                    words["paragraphs"] = [*made, *changes]
            words["excerpt"] = "\n\n".join(_with(shown, paragraphs, article.id))
        if image is not None:
            words["image"] = asdict(Image(image, image_alt or "")) if image else None
        elif image_alt is not None:
            picture = words.get("image", article.image or article.page_image)
            if not picture:
                raise Refused(f"article {article.id} shows no picture (give --image too)")
            words["image"] = {**picture, "alt": image_alt}
        if words != before:
            # Those that are one with it said the same, and do so whichever of them is sent.
            same = [one for one in twins_of(session, article) if one.override == before]
            for one in (article, *same):
                one.override, one.changed_at = words, now
                audit.note(session, actor, "article.edit", f"article {one.id}", now)
        return article


def _paragraphs(session: Session, article: Article, own: str | None) -> list[str]:
    """The excerpt as it stands: the editor's, else what the list with the longest would show."""
    if own:
        return paragraphs_of(own)
    mlist = session.scalars(
        sa.select(MailingList)
        .join(Offer, Offer.mlist_id == MailingList.id)
        .where(Offer.article_id == article.id)
        .order_by(MailingList.excerpt_words.desc(), MailingList.slug)
        .limit(1)
    ).first()
    return list(article_view(article, mlist).excerpt) if mlist is not None else []


def _changes(shown: list[str], changed: Mapping[int, str]) -> list[list[str]]:
    """Each paragraph as it was shown, with what it says now; what is added goes below the last."""
    found = []
    for number, text in sorted(changed.items()):
        now = text.replace("\r\n", "\n").strip()
        if number <= len(shown):
            found.append([shown[number - 1], now])
        elif now and shown:
            last = changed.get(len(shown), "").strip() or shown[-1]
            below = paragraphs_of(last)[-1]
            found.append([below, f"{below}\n\n{now}"])
    return found


def own_words_in(inst: Installation, ref: str) -> dict[str, bool]:
    """By list that shows whole texts and was offered this article, which has an excerpt or
    paragraphs of its own: whether the text is still shown. False: they stand in place of it."""
    with inst.database.read() as session:
        article = find_article(session, ref)
        if "excerpt" not in article.override:
            return {}
        lists = session.scalars(
            sa.select(MailingList)
            .join(Offer, Offer.mlist_id == MailingList.id)
            .where(Offer.article_id == article.id, MailingList.excerpt_style == ExcerptStyle.FULL)
            .order_by(MailingList.slug)
        )
        if not whole_text(article):
            return {}  # they show its beginning anyway
        return {mlist.slug: bool(shown_whole(article, mlist)) for mlist in lists}


def _with(shown: list[str], changed: Mapping[int, str], article: int) -> list[str]:
    told = dict(enumerate(shown, 1))
    for number, text in sorted(changed.items()):
        if not 1 <= number <= len(told) + 1:
            raise Refused(
                f"paragraph {number}: article {article} has {len(shown)} "
                f"(see 'newsletter article show {article}')"
            )
        told[number] = text.replace("\r\n", "\n").strip()
    left = [told[number] for number in sorted(told) if told[number]]
    if not left:
        raise Refused(f"article {article}: its last paragraph cannot go (give it another text)")
    return left


def skip(inst: Installation, slug: str, ref: str, *, now: datetime, actor: str) -> bool:
    """Leave an article out of a list and its drafts; False: it was so. Frozen issues stay.

    So are those that are one with it, unless one of them is pinned.
    """
    with _offered(inst, slug, ref, "article.skip", actor, now) as (session, found):
        changed = found.state is not OfferState.SKIPPED
        found.state = OfferState.SKIPPED
        same = twins_of(session, found.article)
        pinned = any(offer.pinned for offer in _offers_of(session, found, same))
        for article in (found.article, *([] if pinned else same)):
            for issue in carrying(session, article):
                if issue.mlist_id == found.mlist_id and issue.state is IssueState.DRAFT:
                    take_out(session, issue, article, Reason.SKIPPED)
        return changed


def unskip(inst: Installation, slug: str, ref: str, *, now: datetime, actor: str) -> bool:
    """Put a skipped, or seeded, article on offer to a list; False: it was.

    So are those that are one with it: else what became of one would hold for both.
    """
    with _offered(inst, slug, ref, "article.unskip", actor, now) as (session, found):
        others = _offers_of(session, found, twins_of(session, found.article))
        stopped = [o for o in (found, *others) if o.state is not OfferState.OFFERED]
        for offer in stopped:
            offer.state = OfferState.OFFERED
            offer.offered_at = on_offer_from(offer.article, now)
        return bool(stopped)


def pin(
    inst: Installation,
    slug: str,
    ref: str,
    *,
    position: int | None = None,
    now: datetime,
    actor: str,
) -> Pinned:
    """Take an article into the list's next issue, at the top; lower positions come first.

    It comes whether or not it was counted as seen, or has become old; even where its source no
    longer has it: the editor has seen that it is right. A draft with room, which nobody approved,
    is the next issue; `changed` is False where it was pinned so, and there. Raises Refused where it
    was skipped, and where every schedule of the list has carried it: none does so twice.
    """
    with _offered(inst, slug, ref, "article.pin", actor, now) as (session, found):
        if found.state is OfferState.SKIPPED:
            raise Refused(
                f"article {ref} is skipped in '{slug}' "
                f"(first say 'newsletter article skip {ref} --list {slug} --undo')"
            )
        same = twins_of(session, found.article)
        for twin in same:
            if twin.withdrawn_at is not None:
                raise Refused(f"article {twin.id}, which is the same, was withdrawn, for good")
        if issues := _had_by_all(session, found, same):
            raise Refused(
                f"article {found.article_id} does not come again in '{slug}': {issues} carried it "
                "(no schedule carries an article twice)"
            )
        for other in _offers_of(session, found, same):
            other.pinned, other.position = False, None
        held = found.article.removed_at is not None
        changed = held or not found.pinned or found.position != position
        found.pinned, found.position = True, position
        found.article.removed_at = None
        done = take_into_drafts(session, found.mlist_id, found.article, now)
        if done.changed:
            audit.note(session, actor, "issue.edit", ", ".join(done.drafts), now)
        return replace(done, changed=changed or done.changed)


def unpin(inst: Installation, slug: str, ref: str, *, now: datetime, actor: str) -> Unpinned:
    """Let an article wait its turn again, and those that are one with it; `changed` is False where
    it did. A draft that has it by its pin alone, and that nobody approved, goes without it."""
    with _offered(inst, slug, ref, "article.unpin", actor, now) as (session, found):
        same = twins_of(session, found.article)
        all_of_it = [found, *_offers_of(session, found, same)]
        changed = any(offer.pinned for offer in all_of_it)
        for offer in all_of_it:
            offer.pinned, offer.position = False, None
        ids = {found.article_id, *(article.id for article in same)}
        done = take_out_of_drafts(session, found.mlist_id, ids, now)
        if done.changed:
            names = ", ".join(dict.fromkeys((*done.out, *done.kept)))
            audit.note(session, actor, "issue.edit", names, now)
        return replace(done, changed=changed or done.changed)


def _offers_of(session: Session, offer: Offer, articles: Sequence[Article]) -> Sequence[Offer]:
    """The offers of these articles to the same list."""
    ids = [article.id for article in articles]
    query = sa.select(Offer).where(Offer.mlist_id == offer.mlist_id, Offer.article_id.in_(ids))
    return session.scalars(query.order_by(Offer.id)).all() if ids else ()


def _had_by_all(session: Session, offer: Offer, same: Sequence[Article]) -> str:
    """The issues that carried an article, or one of the `same`, where no schedule of the list is
    left to do so; else "".

    A draft may still be made anew: then its pin counts.
    """
    ids = [offer.article_id, *(article.id for article in same)]
    wanted = set(session.scalars(sa.select(Schedule.id).where(Schedule.mlist_id == offer.mlist_id)))
    rows = session.execute(
        sa.select(Carried.schedule_id, Issue.number)
        .outerjoin(Issue, Issue.id == Carried.issue_id)
        .where(
            Carried.schedule_id.in_(wanted),
            Carried.article_id.in_(ids),
            sa.or_(Issue.id.is_(None), Issue.state != IssueState.DRAFT),
        )
        .order_by(Issue.number)
    ).all()
    if not wanted or wanted - {row.schedule_id for row in rows}:
        return ""
    slug = session.get_one(MailingList, offer.mlist_id).slug
    named = [f"{slug}/{row.number}" for row in rows if row.number is not None]
    return " and ".join(dict.fromkeys(named)) or f"an earlier issue of {slug}"


@contextmanager
def _offered(
    inst: Installation, slug: str, ref: str, verb: str, actor: str, now: datetime
) -> Iterator[tuple[Session, Offer]]:
    """The offer of an article to a list, to be changed; one is made where there was none."""
    with inst.database.write() as session:
        mlist = find_list(session, slug)
        article = find_article(session, ref)
        if article.withdrawn_at is not None:
            raise Refused(f"article {article.id} was withdrawn, for good")
        found = the_offer(session, mlist, article)
        before = (found.state, found.pinned, found.position, article.removed_at) if found else None
        if found is None:
            put_on_offer(session, mlist, article, now)
            found = the_offer(session, mlist, article)
        if found is None:
            raise NotFound(f"article {article.id} is not on offer to '{slug}' (try again)")
        yield session, found
        if before != (found.state, found.pinned, found.position, article.removed_at):
            audit.note(session, actor, verb, f"article {article.id}", now, {"list": slug})
