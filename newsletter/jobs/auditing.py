"""An issue's books, proved: the sum, and all that must hold beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.delivery import answers, books, proofs
from newsletter.delivery.answers import Group
from newsletter.delivery.policy import UNKNOWN_WAIT
from newsletter.errors import NotFound
from newsletter.installation import Installation
from newsletter.jobs.drafting import find_issue, label
from newsletter.mail.message import message_id
from newsletter.models import FINAL_STATES, Delivery, DeliveryState, Issue, IssueState
from subscribers.models import AuditEvent

SETTLED = "issue.settle"  # in the audit log


@dataclass(frozen=True)
class Owed:
    """One delivery as the admin looks at it."""

    id: int
    address: str
    name: str
    state: DeliveryState
    tries: int
    relay: str | None
    first_tried_at: datetime | None
    due_at: datetime | None  # when it is tried again
    ended_at: datetime | None
    code: int | None
    reply: str  # the relay's last answer in full, or what happened
    message_id: str  # by which the relay's own log knows it

    @property
    def since(self) -> datetime | None:
        """Since when an unknown one is unknown, as far as it is kept."""
        return self.due_at - UNKNOWN_WAIT if self.due_at is not None else self.first_tried_at


@dataclass(frozen=True)
class Proof:
    """One thing that must hold; `against`: how many deliveries say that it does not."""

    holds: str
    against: int


@dataclass(frozen=True)
class Audit:
    """An issue's books. `balanced`: each member of the audience is in one final state."""

    issue: Issue
    label: str
    audience: int
    counts: dict[DeliveryState, int]
    proofs: tuple[Proof, ...]
    balanced: bool
    unknown: tuple[Owed, ...]
    due_at: datetime | None  # when the first that was deferred is tried again

    @property
    def open(self) -> dict[DeliveryState, int]:
        """What is in no final state."""
        return {state: n for state, n in self.counts.items() if state not in FINAL_STATES}


def audit_issue(inst: Installation, ref: str) -> Audit:
    """Prove an issue's books: the audience frozen is the sum of the final states, and each of its
    members has one delivery. Raises NotFound.
    """
    with inst.database.read() as session:
        issue = find_issue(session, ref)
        counts = books.counts(session, issue.id)
        final = sum(counts.get(state, 0) for state in FINAL_STATES)
        proved = _proofs(session, issue, counts) if issue.audience is not None else ()
        unknown = books.rows(session, issue.id, states=[DeliveryState.UNKNOWN])
        return Audit(
            issue=issue,
            label=label(issue),
            audience=issue.audience or 0,
            counts=counts,
            proofs=proved,
            balanced=(
                issue.audience is not None
                and final == issue.audience == sum(counts.values())
                and not any(proof.against for proof in proved)
            ),
            unknown=tuple(_owed(issue, row) for row in unknown),
            due_at=books.next_try(session, issue.id, [DeliveryState.DEFERRED]),
        )


def _proofs(session: Session, issue: Issue, counts: dict[DeliveryState, int]) -> tuple[Proof, ...]:
    open_ones = sum(n for state, n in counts.items() if state not in FINAL_STATES)
    early = issue.state is IssueState.SENT and open_ones
    settled = settled_as_sent(session, issue.id)
    by_hand = f" ({settled:,} by an admin's word)" if settled else ""
    return (
        Proof(
            "as many deliveries as were frozen", abs(sum(counts.values()) - (issue.audience or 0))
        ),
        Proof("one delivery for each member", proofs.doubled(session, issue.id)),
        Proof("none for anybody else", proofs.strangers(session, issue)),
        Proof(
            f"what is sent was accepted by a relay{by_hand}",
            max(proofs.unanswered(session, issue.id) - settled, 0),
        ),
        Proof("what waits will be taken up", proofs.stranded(session, issue.id)),
        Proof("what is over is not taken up again", proofs.restless(session, issue.id)),
        Proof("the issue ends when its deliveries do", open_ones if early else 0),
    )


def settled_as_sent(session: Session, issue_id: int) -> int:
    """How many unknown deliveries of an issue an admin declared sent, by the audit log."""
    details = session.scalars(
        sa.select(AuditEvent.detail).where(
            AuditEvent.verb == SETTLED, AuditEvent.subject == f"issue {issue_id}"
        )
    )
    return sum(int(detail.get("sent", 0)) for detail in details)


def list_deliveries(
    inst: Installation,
    ref: str,
    *,
    states: Collection[DeliveryState] = (),
    addresses: Collection[str] = (),
    answer: str = "",
    limit: int | None = None,
) -> list[Owed]:
    """Deliveries of an issue, as `books.rows` chooses them. Raises NotFound."""
    with inst.database.read() as session:
        issue = find_issue(session, ref)
        found = books.rows(
            session, issue.id, states=states, addresses=addresses, answer=answer, limit=limit
        )
        return [_owed(issue, row) for row in found]


def require(
    found: Collection[Owed], addresses: Collection[str], state: DeliveryState, ref: str
) -> None:
    """Raise NotFound when one of these addresses has no delivery in that state."""
    known = {one.address.casefold() for one in found}
    strange = [address for address in addresses if address.casefold() not in known]
    if strange:
        verb = "has" if len(strange) == 1 else "have"
        raise NotFound(
            f"{', '.join(strange)} {verb} no {state.value} message of {ref} "
            f"(see 'newsletter issue deliveries {ref} --state {state.value}')"
        )


@dataclass(frozen=True)
class Refusal:
    """Deliveries that were answered alike, and what to do about them."""

    group: Group
    issue: str  # `weekly/12`; empty: notices
    remedy: str


def tried_before(inst: Installation, *, since: datetime) -> dict[int, int]:
    """The deliveries that wait for another try, by id, and how many they had."""
    with inst.database.read() as session:
        return {row.id: row.tries for row in books.answered(session, since)}


def refusals(
    inst: Installation,
    *,
    since: datetime,
    issue_id: int | None = None,
    before: Mapping[int, int] | None = None,
) -> list[Refusal]:
    """What relays refused since then, or have not taken yet, by their answers; most first.

    Without those that had as many tries `before`.
    """
    known = before or {}
    with inst.database.read() as session:
        rows = books.answered(session, since, issue_id)
        groups = answers.gather(row for row in rows if known.get(row.id) != row.tries)
        ids = {group.issue_id for group in groups}
        issues = session.scalars(sa.select(Issue).where(Issue.id.in_(ids)))
        names = {issue.id: label(issue) for issue in issues}
    found = []
    for group in groups:
        name = names.get(group.issue_id or 0, "")
        found.append(Refusal(group, name, answers.remedy(group, name)))
    return found


def _owed(issue: Issue, row: Delivery) -> Owed:
    return Owed(
        id=row.id,
        address=row.address,
        name=row.name,
        state=row.state,
        tries=row.tries,
        relay=row.relay,
        first_tried_at=row.first_marked_at,
        due_at=row.due_at,
        ended_at=row.ended_at,
        code=row.code,
        reply=row.reply,
        message_id=message_id(f"{issue.public_id}.{row.id}", issue.sender_address),
    )
