"""Says in a few words how reading a source goes, and what an editor could do about it."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.collect.rhythm import silent
from newsletter.jobs.remedies import Advice, advice
from newsletter.models import Source, SourceKind

_MOVED = re.compile(r"moved for good from (\S+ to [^\s;]+)(?:; )?")
_FLOOD = re.compile(r"(\d+) old articles appeared at once")


class HealthState(enum.StrEnum):
    WELL = "well"
    NEW = "new"  # not read yet
    PAUSED = "paused"  # by an editor
    FAILING = "failing"  # could not be read the last time
    GONE = "gone"  # its server said: for good
    SILENT = "silent"  # it can be read, and has had nothing new for unusually long


@dataclass(frozen=True)
class Health:
    """How reading a source goes."""

    state: HealthState
    words: str  # for a table
    why: str = ""  # what the last reading said, in full
    remedy: str = ""  # what to do about it; "" for nothing
    moved: str = ""  # "OLD to NEW", of late: it was followed, and nothing need be done

    @property
    def is_trouble(self) -> bool:
        """Whether an editor should look at it."""
        fine = (HealthState.WELL, HealthState.NEW, HealthState.PAUSED)
        return bool(self.why) or self.state not in fine


def health(source: Source, *, held: int = 0, now: datetime, timezone: str) -> Health:
    """How reading this source goes; `held` is how many of its articles are held back just now.

    Moments are told in `timezone`.
    """
    state, words, remedy = _state(source, now, timezone)
    moved = _MOVED.search(source.problem)
    why = _MOVED.sub("", source.problem).removesuffix("; ")
    odd = [part for part in why.split("; ") if part and not _FLOOD.search(part)]
    waiting = held + sum(int(found[1]) for found in _FLOOD.finditer(why))
    if odd and state is HealthState.WELL:
        words += ", with oddities"
    if waiting:
        words += f"; {waiting} held back"
    if state in (HealthState.FAILING, HealthState.GONE) and why:
        said = advice_on(why, source, now, timezone)
        why, remedy = said.why, said.remedy
    if not remedy and why:
        remedy = f"newsletter source check {source.name}"
    return Health(state, words, why, remedy, moved[1] if moved else "")


def advice_on(problem: str, source: Source, now: datetime, timezone: str) -> Advice:
    """What to do about a problem in reading this source, with when it is asked again."""
    return advice(problem, source, again=_again(source, now, timezone))


def _state(source: Source, now: datetime, timezone: str) -> tuple[HealthState, str, str]:
    if not source.active:
        return HealthState.PAUSED, "paused", f"newsletter source edit {source.name} --resume"
    if source.kind is SourceKind.MANUAL:
        return HealthState.WELL, "by hand", ""
    if source.gone_at:
        words = f"gone since {source.gone_at.astimezone(ZoneInfo(timezone)):%Y-%m-%d}"
        return HealthState.GONE, words, f"newsletter source edit {source.name} --location URL"
    if source.failures:
        return (
            HealthState.FAILING,
            _failing(source, now, timezone),
            f"newsletter collect {source.name}",
        )
    if source.read_at is None:
        return HealthState.NEW, "not read yet", f"newsletter collect {source.name}"
    quiet = silent(source.newest_at, source.usual_gap_minutes, now)
    if quiet is not None:
        words = f"silent for {in_days(quiet)} (usually {usual_gap(source)})"
        return HealthState.SILENT, words, f"newsletter source check {source.name}"
    return HealthState.WELL, "well", ""


def _failing(source: Source, now: datetime, timezone: str) -> str:
    return f"failed {source.failures}×, asked again {_again(source, now, timezone)}"


def _again(source: Source, now: datetime, timezone: str) -> str:
    if source.next_at is not None and source.next_at > now:
        return at(source.next_at, now, timezone)
    return "at the next reading"


def at(when: datetime, now: datetime, timezone: str) -> str:
    """A moment to come, short: "at 14:30", or "on 2026-11-24 at 08:00"."""
    zone = ZoneInfo(timezone)
    local = when.astimezone(zone)
    if local.date() == now.astimezone(zone).date():
        return f"at {local:%H:%M}"
    return f"on {local:%Y-%m-%d} at {local:%H:%M}"


def usual_gap(source: Source) -> str:
    """How long it usually takes this source to publish again; "" where that is not known."""
    minutes = source.usual_gap_minutes
    return f"{in_days(timedelta(minutes=minutes))} at most" if minutes else ""


def in_days(span: timedelta) -> str:
    """A span as people say it: "5 hours", "1 day", "12 days"."""
    hours = max(round(span / timedelta(hours=1)), 1)
    if hours < 18:
        return f"{hours} hour{'' if hours == 1 else 's'}"
    days = round(hours / 24) or 1
    return f"{days} day{'' if days == 1 else 's'}"
