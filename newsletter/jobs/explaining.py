"""Says in plain words why an article is in an issue or not; of issues, see `explaining_issues`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.collect.history import story
from newsletter.collect.twins import named_twins
from newsletter.compose.choose import Decision, Reason
from newsletter.installation import Installation
from newsletter.jobs.articles import (
    ArticleDetail,
    choice_for,
    detail_of,
    find_article,
    readers_of,
)
from newsletter.jobs.candidates import why_seeded
from newsletter.jobs.explaining_issues import explain_issue
from newsletter.jobs.remaining import remaining
from newsletter.jobs.scheduling import schedules_of
from newsletter.jobs.telling import (
    ISSUE_WORDS,
    Explanation,
    Told,
    count_of,
    dated,
    moment,
    next_issue,
    told,
)
from newsletter.models import Article, OfferState, Schedule, Sighting
from subscribers.lists import find_list
from subscribers.models import MailingList

__all__ = ["Explanation", "Told", "explain_article", "explain_issue"]


def explain_article(
    inst: Installation, ref: str, *, slug: str | None = None, now: datetime
) -> Explanation:
    """Where an article was seen, to whom it was offered, what carried it, and what comes next.

    With `slug`, of that list alone. Raises NotFound, UnknownList.
    """
    zone = inst.config.site.timezone
    with inst.database.read() as session:
        article = find_article(session, ref)
        only = find_list(session, slug) if slug is not None else None
        detail = detail_of(session, article)
        lines = [*_origin(detail, zone, now), *_issues(session, detail, only, now)]
        decided: list[Told] = []
        offered = [mlist for mlist, _ in detail.offers]
        for mlist, offer in detail.offers:
            if only is not None and mlist.id != only.id:
                continue
            found = detail.topics[mlist.slug].items()
            topics = ", ".join(f"{topic} ({why})" for topic, why in found)
            pinned = ", pinned" if offer.pinned else ""
            since = "from" if offer.offered_at > now else "since"
            lines.append(
                f"{mlist.slug}: {_state(offer.state, article)}{pinned}, {since} "
                f"{moment(offer.offered_at, zone)}{f', under {topics}' if topics else ''}"
            )
            for schedule in schedules_of(session, mlist):
                line, decision = _prospect(session, schedule, article.id, now)
                lines.append(f"{mlist.slug}: {line}")
                decided += [told(decision)] if decision is not None else []
        if only is not None and only.id not in {mlist.id for mlist in offered}:
            lines.append(
                f"{only.slug}: never offered, since no source of it had the article (offer it "
                f"with 'newsletter article pin {article.id} --list {only.slug}')"
            )
        elif not offered:
            lines.append("no list was ever offered it: its source feeds none")
        return Explanation(f"article {article.id}: {detail.title}", tuple(lines), tuple(decided))


def _state(state: OfferState, article: Article) -> str:
    if state is OfferState.OFFERED:
        if article.withdrawn_at is not None:
            return "offered, but withdrawn"
        return "offered, but held back" if article.removed_at is not None else "on offer"
    if state is OfferState.SKIPPED:
        return "skipped by an editor"
    return f"counted as seen: {why_seeded(article)}"


def _origin(detail: ArticleDetail, zone: str, now: datetime) -> list[str]:
    article = detail.article
    lines = [article.url or "it has no address: it can be read in the mail only"]
    lines += [_seen(sighting, zone, "also" if n else "") for n, sighting in _numbered(detail)]
    if not detail.sightings:
        lines.append(f"first seen on {moment(article.first_seen_at, zone)}; its source was removed")
    if article.published_at is None:
        lines.append("undated: it counts from that day")
    else:
        ahead = ": it waits for its day" if article.published_at > now else ""
        lines.append(f"dated {dated(article.published_at, zone)}{ahead}")
    lines += story(article, lambda when: moment(when, zone))
    if article.changed_at > article.first_seen_at:
        lines.append(
            f"changed on {moment(article.changed_at, zone)}; frozen issues keep what they had"
        )
    lines += [
        f"the same as article {other.id} too: a third one is the same as both"
        for other in detail.same
        if other.id not in named_twins(article)
    ]
    if article.override:
        lines.append(f"an editor gave it another {', '.join(sorted(article.override))}")
    if article.removed_at:
        lines.append(
            f"held back since {moment(article.removed_at, zone)}: its source took it away "
            f"(take it all the same with 'newsletter article pin {article.id} --list SLUG')"
        )
    if article.withdrawn_at:
        lines.append(f"withdrawn by an editor on {moment(article.withdrawn_at, zone)}, for good")
    return lines


def _numbered(detail: ArticleDetail) -> Iterator[tuple[int, Sighting]]:
    """The sightings, but for guids that their source has given to others since."""
    kept = [sighting for sighting in detail.sightings if " (was article " not in sighting.guid]
    return enumerate(kept or detail.sightings)


def _seen(sighting: Sighting, zone: str, also: str) -> str:
    """Where an article was seen. As long as its source shows it, it was last there when the source
    was last read."""
    source = sighting.source
    first = moment(sighting.first_seen_at, zone)
    is_there = sighting.id in (source.shown or ())
    last = moment((is_there and source.read_at) or sighting.last_seen_at, zone)
    since = f"still there on {last}" if is_there else f"last on {last}"
    if sighting.missing_at is not None:
        since = f"taken away there after {last}"
    verb = f"{also} seen" if also else "first seen"
    # What has neither guid nor address is filed under the digest of its words.
    by_words = re.fullmatch(r"[0-9a-f]{64}", sighting.guid) is not None
    known = "known by its words" if by_words else f"as {sighting.guid.lstrip('/')}"
    return f"{verb} in source '{source.name}' on {first}, {since}, {known}"


def _issues(
    session: Session, detail: ArticleDetail, only: MailingList | None, now: datetime
) -> list[str]:
    lines = []
    readers = readers_of(session, detail.article, [issue for _, issue, _ in detail.issues])
    for name, issue, choice in detail.issues:
        if only is not None and issue.mlist_id != only.id:
            continue
        what = f"{name} ({issue.kind.value}, {issue.state.value})"
        got = f"; {count_of(readers[issue.id], 'reader')} got it" if issue.id in readers else ""
        if choice is None:
            lines.append(f"{what}: is about it{got}")
        elif choice.position is not None and (
            gone := remaining(session, issue, now).gone.get(detail.article.id)
        ):
            lines.append(f"{what}: has it as number {choice.position}; it {gone[1]}")
        elif choice.position is not None:
            lines.append(f"{what}: carries it as number {choice.position}{got}")
        else:
            lines.append(f"{what}: left out, {ISSUE_WORDS[Reason(choice.reason)]}")
    return lines


def _prospect(
    session: Session, schedule: Schedule, article: int, now: datetime
) -> tuple[str, Decision | None]:
    """What the next slot of a schedule would do with an article, as things stand."""
    at, when = next_issue(session, schedule, now)
    choice = choice_for(session, schedule, at, also=[article])
    for decision in (*choice.taken, *choice.left):
        if decision.article == article:
            return f"schedule '{schedule.name}', {when}: {decision.sentence}", decision
    return f"schedule '{schedule.name}', {when}: not on offer", None
