"""Whole lists taken over from listmonk, with what its own export of a file does not have.

The state of each subscription, who must not be written to and why, and the UUIDs by which the links
in its old mails name people and campaigns. Nobody is written to, and a second time nothing changes.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from sqlalchemy.orm import Session

from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs.listmonk_database import Barred, TheirDatabase, TheirList, opened
from newsletter.jobs.turns import Turns
from subscribers import audit, former, suppression
from subscribers.bulk import Turn
from subscribers.errors import NotPermitted, SubscriberError
from subscribers.former import LISTMONK
from subscribers.lists import find_list, find_lists
from subscribers.models import MailingList, Visibility
from subscribers.transfer import Consent, ImportReport, Rejected, import_rows
from subscribers.values import suggest_slug

Item = TypeVar("Item")
_BATCH = 100  # suppressions, or letters, of one transaction


@dataclass(frozen=True)
class Pair:
    """One of their lists, and where its people go; None: nowhere, since no list is called alike."""

    theirs: TheirList
    slug: str | None


@dataclass
class Moved:
    """What came of it."""

    pairs: tuple[Pair, ...]
    report: ImportReport = field(default_factory=ImportReport)
    suppressed: int = 0  # addresses of nobody who came along, and which must not be written to
    letters: int = 0  # campaigns whose links are known, once for each of their lists
    elsewhere: int = 0  # people on none of the lists that were taken
    soft_bounces: int = 0  # counted only: they stand against nobody

    @property
    def total(self) -> int:
        """How many rows there are to read."""
        return sum(pair.theirs.people for pair in self.pairs if pair.slug)


def take(
    inst: Installation,
    url: str,
    *,
    lists: Mapping[str, str],
    consent: Consent,
    dry_run: bool = False,
    on_begin: Callable[[Moved], None] | None = None,
    on_batch: Callable[[ImportReport], None] | None = None,
    on_reject: Callable[[Rejected], None] | None = None,
    now: datetime,
    actor: str,
) -> Moved:
    """Take over lists of the listmonk at `url`, a PostgreSQL address.

    `lists` says where each goes: its name, number or UUID -> a slug of ours; the others go to the
    list that is called alike, and nowhere where there is none. `on_begin` is told which, before the
    first row. With `consent`, who confirmed there is ACTIVE, and so is everybody on a list without
    double opt-in who has not left it: they got its mail. A line of `on_reject` is the number of a
    subscriber there. Raises Refused, UnknownList, NotPermitted for a closed list, InvalidValue for
    consent without words.
    """
    with opened(url) as theirs:
        with inst.database.read() as session:
            said = {word: find_list(session, slug).slug for word, slug in lists.items()}
            pairs = match(theirs.lists(), said, find_lists(session))
            ours = {pair.slug: find_list(session, pair.slug) for pair in pairs if pair.slug}
            for mlist in ours.values():
                mlist.topics  # noqa: B018 - loaded here, so that nothing is read while rows are
        _check(ours.values())
        slugs = {pair.theirs.id: pair.slug for pair in pairs if pair.slug}
        moved = Moved(pairs, elsewhere=theirs.elsewhere(slugs), soft_bounces=theirs.soft_bounces())
        if on_begin is not None:
            on_begin(moved)
        turn = inst.database.read if dry_run else Turns(inst.database)
        if not dry_run:
            _note(inst, "begin", moved, actor, now)
        moved.report = import_rows(
            turn,
            list(ours.values()),
            theirs.rows(slugs, {p.theirs.id for p in pairs if p.theirs.double_opt_in}),
            consent=consent,
            actor=actor,
            now=now,
            dry_run=dry_run,
            on_batch=on_batch,
            on_reject=on_reject,
            on_people=_remember,
            on_ended=lambda ids: inst.journal.append_all("left", ids, now),
            hmacs=inst.tokens.hmacs,
            source=LISTMONK,
        )
        moved.letters = _take_letters(turn, theirs, slugs, ours, dry_run)
        moved.suppressed = _bar(
            turn, theirs.barred(), inst.tokens.hmacs, dry_run=dry_run, actor=actor, now=now
        )
    if not dry_run:
        _note(inst, "end", moved, actor, now)
    return moved


def _check(lists: Iterable[MailingList]) -> None:
    for mlist in lists:
        if mlist.visibility is Visibility.CLOSED:
            raise NotPermitted(
                f"list {mlist.slug!r} is closed: make it public or private first, or name another "
                "with --map 'THEIR LIST=SLUG'"
            )


def match(
    theirs: Sequence[TheirList], lists: Mapping[str, str], ours: Sequence[MailingList]
) -> tuple[Pair, ...]:
    """Where each of their lists goes: as said, else to the one of ours that is called alike.

    Raises Refused for a name that is none of theirs or two of theirs, for two that would go to one,
    and when nothing would go anywhere.
    """
    said: dict[int, str] = {}
    for word, slug in lists.items():
        found = [one for one in theirs if one.is_called(word)]
        if len(found) != 1:
            what = "no list" if not found else f"{len(found)} lists"
            raise Refused(f"listmonk has {what} called '{word}' ({_all_of(theirs)})")
        said[found[0].id] = slug
    pairs = tuple(Pair(one, said.get(one.id) or _alike(one, theirs, ours)) for one in theirs)
    taken = [pair.slug for pair in pairs if pair.slug]
    for slug in taken:
        if taken.count(slug) > 1:
            raise Refused(
                f"two lists of listmonk would go to '{slug}', and their people may have left one "
                "and not the other: name another with --map 'THEIR LIST=SLUG'"
            )
    if not taken:
        raise Refused(
            "no list of listmonk is called like one of ours: name them with "
            f"--map 'THEIR LIST=SLUG' ({_all_of(theirs)})"
        )
    return pairs


def _alike(one: TheirList, theirs: Sequence[TheirList], ours: Sequence[MailingList]) -> str | None:
    name = one.name.strip().casefold()
    if sum(other.name.strip().casefold() == name for other in theirs) > 1:
        return None
    return next(
        (
            mlist.slug
            for mlist in ours
            if mlist.slug in (name, suggest_slug(name)) or mlist.title.strip().casefold() == name
        ),
        None,
    )


def _all_of(theirs: Sequence[TheirList]) -> str:
    names = ", ".join(f"{one.id} '{one.name}'" for one in theirs)
    return f"there are: {names}" if names else "it has no lists at all"


def _remember(session: Session, names: Mapping[str, int]) -> None:
    former.remember(session, LISTMONK, names)


def _take_letters(
    turn: Turn,
    theirs: TheirDatabase,
    slugs: Mapping[int, str],
    ours: Mapping[str, MailingList],
    dry_run: bool,
) -> int:
    letters = ((uuid, ours[slugs[number]].id) for uuid, number in theirs.letters(slugs))
    count = 0
    for some in _batches(letters):
        count += len(some)
        if not dry_run:
            with turn() as session:
                former.remember_letters(session, LISTMONK, some)
    return count


def _bar(
    turn: Turn,
    barred: Iterator[Barred],
    hmacs: suppression.Hmacs,
    *,
    dry_run: bool,
    actor: str,
    now: datetime,
) -> int:
    """Suppress those who did not come along with a list; gives how many were not so before.

    Whoever was erased here is not named again. Addresses that are none cannot be written to in any
    case.
    """
    count = 0
    for some in _batches(barred):
        keys = {key: one for one in some if (key := _key(one.address))}
        seals = {seal: key for key in keys for seal in hmacs(key)}
        with turn() as session:
            standing = suppression.held_keys(session, [*keys, *seals])
            standing |= {seals[key] for key in standing if key in seals}
            for key in sorted(keys.keys() - standing):
                count += 1
                if not dry_run:
                    _suppress(session, keys[key], actor, now)
    return count


def _key(address: str) -> str:
    try:
        return suppression.key_of(address)
    except SubscriberError:
        return ""


def _suppress(session: Session, one: Barred, actor: str, now: datetime) -> None:
    suppression.suppress(
        session,
        one.address,
        one.reason,
        source=LISTMONK,
        note=one.note,
        actor=actor,
        now=now,
    )


def _batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    while some := list(itertools.islice(items, _BATCH)):
        yield some


def _note(inst: Installation, step: str, moved: Moved, actor: str, now: datetime) -> None:
    detail: dict[str, object] = {"from": LISTMONK, "step": step}
    if step == "end":
        report = moved.report
        detail |= {"added": report.added, "pending": report.pending, "left": report.left}
        detail |= {"suppressed": moved.suppressed, "rejected": report.rejected}
    with inst.database.write() as session:
        for slug in sorted({pair.slug for pair in moved.pairs if pair.slug}):
            audit.note(session, actor, "subscriber.import", f"list {slug}", now, detail)
