"""An editor's hand on an issue: approve, pause, resume, cancel, and settle what is unknown.

Each first changes the issue's row, which every mark holds FOR SHARE: when the command answers,
nothing is marked any more that it forbids.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.delivery import books, queue, verdicts
from newsletter.delivery.verdicts import Verdict
from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs.auditing import SETTLED
from newsletter.jobs.drafting import find_issue, label
from newsletter.jobs.freezing import freeze
from newsletter.models import Issue, IssueState
from subscribers import audit

UNDER_WAY = (IssueState.FROZEN, IssueState.SENDING)


def approve(
    inst: Installation, ref: str, *, at: datetime | None = None, now: datetime, actor: str
) -> Issue:
    """Let a draft go out, now or at `at`; approved already: nothing changes.

    Raises Refused for one that was cancelled, or when it cannot be frozen as it is.
    """
    with inst.database.write() as session:
        issue = find_issue(session, ref, lock=True)
        if issue.state is IssueState.CANCELLED:
            raise Refused(f"{label(issue)} was cancelled (make a new one with 'issue create')")
        if issue.state is not IssueState.DRAFT:
            return issue
        issue.ready_at = at or now
        issue.approved_by = actor
        issue.note = ""
        audit.note(session, actor, "issue.approve", f"issue {issue.id}", now)
        issue_id = issue.id
    return issue if at and at > now else freeze(inst, issue_id, now=now)


def pause(inst: Installation, ref: str, *, reason: str, now: datetime, actor: str) -> Issue:
    """Begin no further message of an issue; paused already: nothing changes. Raises Refused."""
    with inst.database.write() as session:
        issue = find_issue(session, ref, lock=True)
        if issue.state is IssueState.PAUSED:
            return issue
        if issue.state not in UNDER_WAY:
            raise Refused(f"{label(issue)} is {issue.state}: only a running issue can be paused")
        issue.state = IssueState.PAUSED
        issue.note = reason
        audit.note(session, actor, "issue.pause", f"issue {issue.id}", now)
        return issue


def resume(inst: Installation, ref: str, *, now: datetime, actor: str) -> Issue:
    """Go on with a paused issue where it stopped; running already: nothing changes."""
    with inst.database.write() as session:
        issue = find_issue(session, ref, lock=True)
        if issue.state in UNDER_WAY:
            return issue
        if issue.state is not IssueState.PAUSED:
            raise Refused(f"{label(issue)} is {issue.state}: only a paused issue can be resumed")
        issue.state = IssueState.SENDING if issue.begun_at else IssueState.FROZEN
        issue.note = ""
        audit.note(session, actor, "issue.resume", f"issue {issue.id}", now)
        return issue


def cancel(inst: Installation, ref: str, *, reason: str, now: datetime, actor: str) -> Issue:
    """Stop an issue for good: what is not marked yet never goes out.

    If it reached nobody, its articles are due again. Cancelled already: nothing changes. Raises
    Refused for one that was sent.
    """
    with inst.database.write() as session:
        issue = find_issue(session, ref, lock=True)
        if issue.state is IssueState.CANCELLED:
            return issue
        if issue.state is IssueState.SENT:
            raise Refused(f"{label(issue)} was sent already: it cannot be taken back")
        issue.state = IssueState.CANCELLED
        issue.note = reason
        issue.ended_at = now
        session.flush()
        queue.cancel_waiting(session, issue.id, now)
        books.release(session)
        audit.note(session, actor, "issue.cancel", f"issue {issue.id}", now)
        return issue


def settle(
    inst: Installation,
    ref: str,
    *,
    verdict: Verdict,
    ids: Sequence[int] | None = None,
    now: datetime,
    actor: str,
) -> int:
    """Say what became of an issue's unknown deliveries: sent, failed, or to be tried again.

    Of all, or of those with `ids`. Returns how many there were; with none, nothing changes. Raises
    Refused for a new try of an issue that was cancelled, or whose time is over.
    """
    with inst.database.write() as session:
        issue = find_issue(session, ref, lock=True)
        if verdict == "retry":
            _require_running(issue, now, "settle them as sent or as failed")
        settled = verdicts.settle(session, issue.id, verdict, ids, now)
        if settled:
            _reopened(session, issue, now)
            audit.note(session, actor, SETTLED, f"issue {issue.id}", now, {verdict: settled})
        return settled


def retry(
    inst: Installation, ref: str, *, ids: Sequence[int] | None = None, now: datetime, actor: str
) -> int:
    """Queue the failed deliveries of an issue once more, all or those with `ids`; returns how many.

    They were surely not accepted, so nobody gets a message twice; who has left since, or must not
    be written to, is passed over at the mark. Raises Refused for an issue that was cancelled, or
    whose time is over.
    """
    with inst.database.write() as session:
        issue = find_issue(session, ref, lock=True)
        _require_running(issue, now, "make a new one with 'newsletter issue create'")
        queued = verdicts.again(session, issue.id, ids, now)
        if queued:
            _reopened(session, issue, now)
            audit.note(session, actor, "issue.retry", f"issue {issue.id}", now, {"failed": queued})
        return queued


def _require_running(issue: Issue, now: datetime, otherwise: str) -> None:
    if issue.state is IssueState.CANCELLED:
        raise Refused(f"{label(issue)} was cancelled: nothing of it goes out ({otherwise})")
    if issue.expires_at is not None and issue.expires_at <= now:
        raise Refused(f"{label(issue)} is too old: nothing of it goes out any more ({otherwise})")


def _reopened(session: Session, issue: Issue, now: datetime) -> None:
    """The issue's state after its deliveries were moved: SENDING while some are open, else SENT."""
    books.release(session)
    if issue.state is IssueState.SENT:
        issue.state, issue.ended_at = IssueState.SENDING, None
        session.flush()
    books.finish(session, now)
