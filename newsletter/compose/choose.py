"""Chooses which articles an issue carries, and says of every one why, or why not.

Pure: the same candidates and rules give the same choice, in whatever order the candidates come.
Two orders are at work, and they differ on purpose:

- *Who gets in*, when more is due than fits: pinned articles first, in their order; then those that
  have been on offer longest. Were the newest let in first, a busy fortnight would push an old
  article back at every issue until it was too old, and it would be lost without anybody saying so.
- *Who stands where* on the page: pinned articles first, in their order; then the newest first,
  because that is how a paper is read.

A pin is an editor's own decision and overrules the list's habits (age, alerts, what was seeded). It
never overrules a fact: what is withdrawn, gone, skipped, already carried, or dated in the future.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol, TypeVar

__all__ = [
    "NO_TOPIC_MATCHED",
    "Candidate",
    "Choice",
    "Decision",
    "Reason",
    "Rules",
    "choose",
    "dropped",
    "page_order",
    "refusal",
    "split_by_topics",
]

NO_TOPIC_MATCHED = "no topic matched"
"""Why a reader whose share of an issue is empty is skipped."""


class Reason(StrEnum):
    """Why an article is in an issue, or is not. The first three take it, the others leave it."""

    PINNED = "pinned"  # an editor wants it at the top
    DUE = "due"  # no issue of this schedule has carried it yet
    ALERTED_MARK = "alerted_mark"  # due; readers may know it from an alert, so it is marked
    WITHDRAWN = "withdrawn"  # an editor took it back
    REMOVED_UPSTREAM = "removed_upstream"  # its source no longer has it
    SKIPPED = "skipped"  # an editor wants it left out
    CARRIED = "carried"  # an issue of this schedule already had it
    SAME = "same"  # it is one with another article, which stands for both
    FUTURE = "future"  # dated in the future: waits for its day
    SEEDED = "seeded"  # counts as seen: was there before the list began, or was held
    ALERTED_LEFT_OUT = "alerted_left_out"  # went out as an alert, and the list leaves those out
    TOO_OLD = "too_old"  # on offer for longer than the list allows
    NO_ROOM = "no_room"  # due, but the issue is full; first in line next time
    BELOW_MINIMUM = "below_minimum"  # due, but too few are due for an issue; waits

    @property
    def takes(self) -> bool:
        """True where the article is in the issue."""
        return self in _TAKING

    @property
    def carries_over(self) -> bool:
        """True where the article is left now and may come in a later issue."""
        return self in _CARRYING_OVER


_TAKING = frozenset({Reason.PINNED, Reason.DUE, Reason.ALERTED_MARK})
_CARRYING_OVER = frozenset({Reason.FUTURE, Reason.NO_ROOM, Reason.BELOW_MINIMUM})


@dataclass(frozen=True)
class Candidate:
    """One article as one schedule of one list sees it. All times are aware UTC."""

    article: int
    title: str
    first_seen: datetime
    """When we first read it; late and back-dated articles are judged by this, not by their date."""
    offered_at: datetime | None = None
    """When it was offered to this list, if later than first seen (e.g. by a backfill)."""
    published: datetime | None = None
    """The date its source gives, for display order only."""
    pinned: bool = False
    position: int | None = None
    """The editor's order, smaller first; those without one come after those with."""
    skipped: bool = False
    reworded: bool = False
    """An editor gave it words or a picture of its own."""
    seeded: bool = False
    seeded_because: str = "it was there before this list began"
    withdrawn: bool = False
    removed_upstream: bool = False
    carried_in: str | None = None
    """Label of the issue of this schedule that had it, e.g. `weekly/12`."""
    carried_by_draft: bool = False
    """That issue is a draft: nobody has it yet."""
    carried_as: int | None = None
    """The article that issue had, where it is another that is one with this (`standin`)."""
    same_as: int | None = None
    """The article that stands for this one, since the two are one (`standin`)."""
    offered: bool = True
    """False: its list has no offer of it, and it is here for its twins alone."""
    alerted_in: str | None = None
    """Label of the alert of this list that had it."""
    topics: frozenset[str] = frozenset()
    future_until: datetime | None = None
    """Not to be carried before this moment, which is told in the time zone it comes in."""

    @property
    def waiting_since(self) -> datetime:
        """When it came on offer."""
        return self.offered_at or self.first_seen


@dataclass(frozen=True)
class Rules:
    """What the list asks of an issue. Raises ValueError for rules that no issue could meet."""

    minimum: int = 1
    maximum: int = 12
    max_age_days: int = 35
    """Counted from the moment of offer; 0 means any age."""
    after_alert: Literal["mark", "leave_out"] = "mark"

    def __post_init__(self) -> None:
        if not 1 <= self.minimum <= self.maximum:
            raise ValueError(
                f"minimum {self.minimum} and maximum {self.maximum} cannot both hold; "
                "set 1 <= minimum <= maximum"
            )
        if self.max_age_days < 0:
            raise ValueError(f"max_age_days is {self.max_age_days}; use 0 for any age")


@dataclass(frozen=True)
class Decision:
    """What was decided on one candidate, and why."""

    candidate: Candidate
    reason: Reason
    detail: str = ""
    """What the sentence needs to be exact, e.g. the label of an issue."""

    @property
    def article(self) -> int:
        """The article's id."""
        return self.candidate.article

    @property
    def topics(self) -> frozenset[str]:
        """The article's topics, for `split_by_topics`."""
        return self.candidate.topics

    @property
    def sent_as_alert(self) -> bool:
        """True where the mail should say that an alert carried it before."""
        return self.candidate.alerted_in is not None

    @property
    def sentence(self) -> str:
        """The reason for a person to read, without the article's title."""
        return _SENTENCES[self.reason].format(detail=self.detail)


_SENTENCES: dict[Reason, str] = {
    Reason.PINNED: "taken: an editor pinned it",
    Reason.DUE: "taken: no issue of this schedule has carried it yet",
    Reason.ALERTED_MARK: "taken, and marked: it went out as an alert in {detail}",
    Reason.WITHDRAWN: "left out: an editor withdrew it",
    Reason.REMOVED_UPSTREAM: "left out: its source no longer has it",
    Reason.SKIPPED: "left out: an editor skipped it",
    Reason.CARRIED: "left out: {detail}",
    Reason.SAME: "left out: it is the same as article {detail}",
    Reason.FUTURE: "waits: it is dated {detail}",
    Reason.SEEDED: "left out: {detail}",
    Reason.ALERTED_LEFT_OUT: "left out: it went out as an alert in {detail}",
    Reason.TOO_OLD: "left out: it has been on offer for {detail}",
    Reason.NO_ROOM: "carried over: the issue is full ({detail}); longest waiting come first",
    Reason.BELOW_MINIMUM: "carried over: only {detail}",
}


@dataclass(frozen=True)
class Choice:
    """Every candidate, once, in `taken` or in `left`."""

    taken: tuple[Decision, ...]
    """In the order of the page."""
    left: tuple[Decision, ...]
    """Longest on offer first."""
    enough: bool
    """False where no issue should be made."""
    reason: str
    """One line for `issue explain`, e.g. `3 articles, 2 carried over`."""


def choose(candidates: Iterable[Candidate], rules: Rules, *, now: datetime) -> Choice:
    """What an issue made at `now` carries.

    Too few due articles means no issue: nothing is taken, all that was due waits for the next.
    """
    due: list[Candidate] = []
    left: list[Decision] = []
    for candidate in candidates:
        refused = refusal(candidate, rules, now)
        if refused is None:
            due.append(candidate)
        else:
            left.append(refused)

    due.sort(key=_entry_order)
    if len(due) < rules.minimum:
        detail = f"{len(due)} of at least {rules.minimum} due"
        left += [Decision(candidate, Reason.BELOW_MINIMUM, detail) for candidate in due]
        taken: tuple[Decision, ...] = ()
        reason = "nothing new" if not due else f"too few: {detail}"
    else:
        admitted = due[: rules.maximum]
        detail = f"{rules.maximum} of {len(due)} due"
        left += [Decision(candidate, Reason.NO_ROOM, detail) for candidate in due[rules.maximum :]]
        taken = tuple(_admission(candidate) for candidate in page_order(admitted))
        reason = f"{len(taken)} article{'s' if len(taken) != 1 else ''}"
        if len(due) > len(admitted):
            reason += f", {len(due) - len(admitted)} carried over"
    left.sort(key=lambda decision: _waiting_order(decision.candidate))
    return Choice(taken, tuple(left), enough=bool(taken), reason=reason)


def refusal(candidate: Candidate, rules: Rules, now: datetime) -> Decision | None:
    """Why this article cannot be carried now, facts before habits; None where it can."""
    if (lost := dropped(candidate)) is not None:
        return lost
    if candidate.carried_in is not None:
        return Decision(
            candidate, Reason.CARRIED, f"{candidate.carried_in}, a draft, has {_it(candidate)}"
        )
    if candidate.future_until is not None and candidate.future_until > now:
        until = candidate.future_until
        return Decision(candidate, Reason.FUTURE, f"{until:%Y-%m-%d %H:%M} ({until.tzinfo})")
    if candidate.pinned:
        return None
    if candidate.seeded:
        return Decision(candidate, Reason.SEEDED, candidate.seeded_because)
    if candidate.alerted_in is not None and rules.after_alert == "leave_out":
        return Decision(candidate, Reason.ALERTED_LEFT_OUT, candidate.alerted_in)
    waited = now - candidate.waiting_since
    if rules.max_age_days and waited > timedelta(days=rules.max_age_days):
        detail = f"{waited.days} days, more than {rules.max_age_days}"
        return Decision(candidate, Reason.TOO_OLD, detail)
    return None


def dropped(candidate: Candidate) -> Decision | None:
    """Why even a draft that has this article goes out without it; None where it stays."""
    if candidate.withdrawn:
        return Decision(candidate, Reason.WITHDRAWN)
    if candidate.removed_upstream:
        return Decision(candidate, Reason.REMOVED_UPSTREAM)
    if candidate.carried_in is not None and not candidate.carried_by_draft:
        detail = f"{candidate.carried_in} already carried {_it(candidate)}"
        return Decision(candidate, Reason.CARRIED, detail)
    if candidate.skipped:
        return Decision(candidate, Reason.SKIPPED)
    if candidate.same_as is not None:
        return Decision(candidate, Reason.SAME, str(candidate.same_as))
    return None


def _it(candidate: Candidate) -> str:
    return "it" if candidate.carried_as is None else f"it, as article {candidate.carried_as}"


def _admission(candidate: Candidate) -> Decision:
    if candidate.pinned:
        return Decision(candidate, Reason.PINNED)
    if candidate.alerted_in is not None:
        return Decision(candidate, Reason.ALERTED_MARK, candidate.alerted_in)
    return Decision(candidate, Reason.DUE)


def _waiting_order(candidate: Candidate) -> tuple[datetime, int]:
    return candidate.waiting_since, candidate.article


def _pin_order(candidate: Candidate) -> tuple[bool, bool, int]:
    return not candidate.pinned, candidate.position is None, candidate.position or 0


def _entry_order(candidate: Candidate) -> tuple[tuple[bool, bool, int], tuple[datetime, int]]:
    pin = _pin_order(candidate) if candidate.pinned else (True, True, 0)
    return pin, _waiting_order(candidate)


def page_order(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The articles of an issue as they stand on its page."""
    return sorted(candidates, key=_page_order)


def _page_order(candidate: Candidate) -> tuple[tuple[bool, bool, int], float, int]:
    date = candidate.published or candidate.waiting_since
    return _pin_order(candidate), -date.timestamp(), candidate.article


class _HasTopics(Protocol):
    @property
    def topics(self) -> Collection[str]: ...


_T = TypeVar("_T", bound=_HasTopics)


def split_by_topics(taken: Sequence[_T], subscriber_topics: Collection[str]) -> tuple[_T, ...]:
    """The share of an issue that a reader of these topics gets, in the issue's order.

    Topics only filter: they never bring in what was not taken. An article without topics is for
    everybody; a reader without topics gets everything. An empty share means that this reader is
    skipped (`NO_TOPIC_MATCHED`). Readers with equal shares share a variant.
    """
    wanted = {topic.casefold() for topic in subscriber_topics}
    if not wanted:
        return tuple(taken)
    return tuple(
        article
        for article in taken
        if not article.topics or any(topic.casefold() in wanted for topic in article.topics)
    )
