"""What every explanation is made of: its lines, and what was decided on each article."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from newsletter.compose.choose import Decision, Reason
from newsletter.compose.language import is_day
from newsletter.jobs.scheduling import upcoming
from newsletter.models import Schedule

# What an issue keeps of a decision is its reason alone.
ISSUE_WORDS = {
    Reason.PINNED: "an editor pinned it",
    Reason.DUE: "no issue of the schedule had carried it yet",
    Reason.ALERTED_MARK: "and marked, since it went out as an alert before",
    Reason.WITHDRAWN: "an editor withdrew it",
    Reason.REMOVED_UPSTREAM: "its source no longer had it",
    Reason.SKIPPED: "an editor skipped it",
    Reason.CARRIED: "an issue of the schedule had carried it already",
    Reason.SAME: "it is the same as another, which stands for both",
    Reason.FUTURE: "it was dated in the future, and waits for its day",
    Reason.SEEDED: "it was there before the list began, or was held",
    Reason.ALERTED_LEFT_OUT: "it went out as an alert before, and the list leaves those out",
    Reason.TOO_OLD: "it had been on offer for too long",
    Reason.NO_ROOM: "the issue was full; it waits for the next one",
    Reason.BELOW_MINIMUM: "too few articles were due",
}


@dataclass(frozen=True)
class Told:
    """What was, or would be, decided on one article."""

    article: int
    title: str
    taken: bool
    reason: str  # compose.choose.Reason
    sentence: str


@dataclass(frozen=True)
class Explanation:
    """The story of an article, an issue or a list."""

    subject: str
    lines: tuple[str, ...]
    articles: tuple[Told, ...] = ()


def told(decision: Decision) -> Told:
    """A decision just made."""
    return Told(
        decision.article,
        decision.candidate.title,
        decision.reason.takes,
        decision.reason.value,
        decision.sentence,
    )


def next_issue(session: Session, schedule: Schedule, now: datetime) -> tuple[datetime, str]:
    """The moment of the next issue, and how to say it."""
    slot = upcoming(session, schedule, now)
    if slot is not None:
        return slot.due_at, f"next slot {slot.nominal:%Y-%m-%d %H:%M} ({schedule.timezone})"
    if not schedule.active:
        return now, "paused"
    return now, "whenever an editor makes an issue"


def count_of(count: int, noun: str) -> str:
    """`1 reader`, `2 readers`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def dated(published: datetime, timezone: str) -> str:
    """The date of an article: as `moment`, or a day alone."""
    return f"{published:%Y-%m-%d}" if is_day(published) else moment(published, timezone)


def moment(when: datetime, timezone: str) -> str:
    """To the minute, with its time zone: `2026-11-27 08:00 (Europe/Paris)`."""
    return f"{when.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M} ({timezone})"
