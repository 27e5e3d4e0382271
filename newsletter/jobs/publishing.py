"""What the schedule asks for: slots become drafts, and drafts whose time has come are frozen.

May be called by anybody, at any time, twice or at once. A slot's row is unique, and is inserted in
the same transaction as its issue: of two tickers one wins, and the other finds it done.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.calendar import Moment
from newsletter.compose.choose import choose
from newsletter.errors import DatabaseError, NewsletterError, Refused
from newsletter.installation import Installation
from newsletter.jobs.awaiting import names, quiet, unread
from newsletter.jobs.candidates import candidates, rules
from newsletter.jobs.drafting import make_digest
from newsletter.jobs.freezing import freeze, unconfirmed
from newsletter.jobs.health import in_days
from newsletter.jobs.scheduling import nominal_text
from newsletter.jobs.slots import NOTHING_DUE, active_schedules, due_slots
from newsletter.jobs.telling import moment as in_words
from newsletter.models import (
    Issue,
    IssueKind,
    IssueState,
    Schedule,
    Slot,
    SlotState,
    Source,
)
from subscribers import audience
from subscribers.models import MailingList

log = logging.getLogger(__name__)

LATEST = timedelta(hours=12)  # after its time a draft is not sent any more, unless approved again
LATEST_ALERT = timedelta(hours=1)
WAIT_FOR_SOURCES = timedelta(minutes=30)  # that failed, when there is enough without them


@dataclass(frozen=True)
class Published:
    """What became of a slot, or of a draft whose time had come (then `nominal` is empty)."""

    slug: str
    nominal: str
    state: SlotState | IssueState
    number: int | None
    reason: str
    without: tuple[str, ...] = ()  # sources that could not be read, each with its problem


def publish_due(inst: Installation, *, now: datetime) -> list[Published]:
    """Decide every slot that is due, then freeze every draft that is ready.

    What goes wrong with one list or draft is told, and does not keep the others waiting.
    """
    found: list[Published] = []
    with inst.database.read() as session:  # which needs no lock, and mostly finds nothing
        schedules = [
            schedule.id
            for schedule in active_schedules(session)
            if due_slots(session, schedule, now)[0] != NOTHING_DUE
        ]
    for schedule_id in schedules:
        try:
            with inst.database.write() as session:
                found += _decide_slots(session, schedule_id, now)
        except IntegrityError:  # another ticker was faster: what it decided stands
            log.info("schedule %d: its slot was decided elsewhere", schedule_id)
        except DatabaseError:
            raise
        except Exception:  # a mistake of ours in one list must not stop all others
            log.exception("schedule %d: its slot could not be decided", schedule_id)
    return found + _freeze_ready(inst, now)


def _decide_slots(session: Session, schedule_id: int, now: datetime) -> list[Published]:
    schedule = session.scalars(
        sa.select(Schedule).where(Schedule.id == schedule_id).with_for_update()
    ).one()
    if schedule.cron is None:
        return []
    slots, grace = due_slots(session, schedule, now)
    said = []
    for moment in slots.missed:
        why = _why_missed(moment, slots.publish, grace, now)
        said.append(_record(session, schedule, moment, SlotState.MISSED, now, why))
    if slots.publish is not None:
        published = _publish(session, schedule, slots.publish, now, slots.publish.due_at + grace)
        said += [published] if published else []
    return said


def _why_missed(missed: Moment, newer: Moment | None, grace: timedelta, now: datetime) -> str:
    """Too late for it, or early enough still, and there is a newer one."""
    if newer is None or now - missed.due_at > grace:
        return f"nobody was there within {grace / timedelta(hours=1):g} h"
    same_day = newer.nominal.date() == missed.nominal.date()
    return f"overtaken by the slot of {newer.nominal:{'%H:%M' if same_day else '%Y-%m-%d %H:%M'}}"


def _publish(
    session: Session, schedule: Schedule, moment: Moment, now: datetime, latest: datetime
) -> Published | None:
    """Make the slot's issue, or record why there is none; None: wait for a source not yet read."""
    choice = choose(candidates(session, schedule, now), rules(schedule), now=now)
    missing = unread(session, schedule.mlist_id, moment.due_at)
    patience = min(moment.due_at + WAIT_FOR_SOURCES, latest) if choice.enough else latest
    if missing and now < patience - timedelta(minutes=1):
        log.warning("%s: waits for %s", schedule.mlist.slug, names(missing))
        return None
    reason = f"without {names(missing)}, which could not be read" if missing else ""
    if not choice.enough:
        why = "; ".join(
            filter(None, (choice.reason, reason, *quiet(session, schedule.mlist_id, now)))
        )
        return _record(session, schedule, moment, SlotState.EMPTY, now, why, without=missing)
    readers = audience.count(
        session,
        schedule.mlist_id,
        "digest",
        cadence=schedule.name,
        is_default_cadence=schedule.is_default,
        now=now,
    )
    if readers == 0:
        why = "; ".join(filter(None, ("nobody would get it", unconfirmed(session, schedule.mlist))))
        return _record(session, schedule, moment, SlotState.EMPTY, now, why)
    issue = make_digest(session, schedule, choice, nominal_at=moment.due_at, now=now)
    why = "; ".join(filter(None, (choice.reason, reason, issue.note)))
    return _record(session, schedule, moment, SlotState.PUBLISHED, now, why, issue, missing)


def _record(
    session: Session,
    schedule: Schedule,
    moment: Moment,
    state: SlotState,
    now: datetime,
    reason: str,
    issue: Issue | None = None,
    without: Sequence[Source] = (),
) -> Published:
    nominal = nominal_text(moment)
    session.add(
        Slot(
            schedule_id=schedule.id,
            nominal=nominal,
            due_at=moment.due_at,
            state=state,
            reason=reason,
            issue_id=issue.id if issue else None,
            decided_at=now,
        )
    )
    session.flush()
    return Published(
        schedule.mlist.slug,
        nominal,
        state,
        issue.number if issue else None,
        reason,
        tuple(f"{source.name} ({source.problem or 'not read yet'})" for source in without),
    )


def _freeze_ready(inst: Installation, now: datetime) -> list[Published]:
    with inst.database.read() as session:
        ready = session.execute(
            sa.select(
                Issue.id,
                Issue.kind,
                Issue.ready_at,
                Issue.number,
                MailingList.slug,
                MailingList.timezone,
            )
            .join(MailingList, MailingList.id == Issue.mlist_id)
            .where(Issue.state == IssueState.DRAFT, Issue.ready_at <= now)
            .order_by(Issue.ready_at, Issue.id)
        ).all()
    said = []
    for issue_id, kind, ready_at, number, slug, timezone in ready:
        latest = LATEST_ALERT if kind is IssueKind.ALERT else LATEST
        if ready_at is not None and now - ready_at > latest:
            ago = f"more than {in_days(latest)} ago"
            why = f"missed: its time was {in_words(ready_at, timezone)}, {ago}"
            state = _hold_back(inst, issue_id, why)
        else:
            state, why = _freeze(inst, issue_id, f"{slug}/{number}", now)
        said.append(Published(slug, "", state, number, why))
    return said


def _freeze(inst: Installation, issue_id: int, name: str, now: datetime) -> tuple[IssueState, str]:
    """Freeze a draft, or hold it back with the reason."""
    try:
        issue = freeze(inst, issue_id, now=now)
    except DatabaseError:
        raise  # not this draft's fault: it is tried again
    except Refused as error:  # nothing is broken: an editor decides
        log.warning("%s: %s", name, error)
        return _hold_back(inst, issue_id, str(error)), str(error)
    except NewsletterError as error:
        log.error("%s: %s", name, error)  # noqa: TRY400  # told in one line
        return _hold_back(inst, issue_id, str(error)), str(error)
    except Exception as error:  # a mistake of ours in one draft must not stop all others
        log.exception("%s could not be frozen", name)
        why = f"it could not be rendered ({type(error).__name__}, see the log)"
        return _hold_back(inst, issue_id, why), why
    return issue.state, f"{issue.audience} deliveries"


def _hold_back(inst: Installation, issue_id: int, why: str) -> IssueState:
    """Let a draft wait for an editor, who reads why in its note; it is not tried every tick."""
    with inst.database.write() as session:
        issue = session.scalars(
            sa.select(Issue).where(Issue.id == issue_id).with_for_update()
        ).one()
        if issue.state is IssueState.DRAFT:
            issue.ready_at = None
            issue.note = f"{why} (approve it again)"
        return issue.state
