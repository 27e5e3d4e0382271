"""How everything goes in numbers, in Prometheus' text format: asked of the database at each look.

No address and no name of a reader is in them. What one sender measures of itself is told by that
sender (`metering`); what stands here is true for all of them, whichever process is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.orm import Session

from newsletter import __version__, pulse
from newsletter.delivery import domains, gauges, workers
from newsletter.delivery.domains import Rules
from newsletter.delivery.gauges import UnderWay
from newsletter.installation import Installation
from newsletter.jobs.slots import slots_due
from newsletter.models import DeliveryState, Issue, IssueState, Relay, RelayState, Source
from subscribers.models import MailingList

__all__ = ["CONTENT_TYPE_LATEST", "FAMILIES", "exposition", "measure"]

LARGEST_DOMAINS = 20  # each label value is a series that Prometheus keeps
OPEN_ISSUES = (IssueState.DRAFT, IssueState.FROZEN, IssueState.SENDING, IssueState.PAUSED)


@dataclass(frozen=True)
class Family:
    """A metric: what it counts, and what its values are told apart by."""

    help: str
    labels: tuple[str, ...] = ()


FAMILIES: Mapping[str, Family] = {
    "newsletter_build_info": Family("Which version answers; always 1", ("version",)),
    "newsletter_deliveries": Family(
        "Messages of issues being sent and of notices that are not over", ("state",)
    ),
    "newsletter_issue_deliveries": Family(
        "Messages of each issue being sent", ("issue", "kind", "state")
    ),
    "newsletter_issues": Family("Issues that are not over", ("state",)),
    "newsletter_queue_age_seconds": Family(
        "Since when the message that is due longest could have been claimed; paused issues apart",
        ("lane",),
    ),
    "newsletter_in_hand": Family("Messages that senders hold just now", ("relay", "state")),
    "newsletter_relay_state": Family("1 for the state that a relay is in", ("relay", "state")),
    "newsletter_relay_failures": Family("Faults of a relay in a row", ("relay",)),
    "newsletter_domain_waiting": Family(
        "Messages that wait, of the recipient domains for which most do", ("domain", "state")
    ),
    "newsletter_domain_resting": Family(
        "1 for a recipient domain that refused mail and rests", ("domain",)
    ),
    "newsletter_domains_resting": Family("Recipient domains that rest"),
    "newsletter_workers": Family("Senders whose heartbeat holds"),
    "newsletter_ticker_up": Family("1 while a ticker lives"),
    "newsletter_slots_due": Family("Due moments of schedules that nobody has decided yet"),
    "newsletter_sources_failing": Family("Sources whose last read failed"),
}


def exposition(inst: Installation, *, now: datetime) -> bytes:
    """All of them as Prometheus reads them (CONTENT_TYPE_LATEST). Raises DatabaseError."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Measured(measure(inst, now=now)))
    return generate_latest(registry)


class _Measured(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self.families = list(families)

    def collect(self) -> Iterable[Metric]:
        return self.families


def measure(inst: Installation, *, now: datetime) -> list[Metric]:
    """Every metric of FAMILIES, in that order. Raises DatabaseError."""
    found: dict[str, GaugeMetricFamily] = {
        name: GaugeMetricFamily(name, family.help, labels=family.labels)
        for name, family in FAMILIES.items()
    }
    with inst.database.read() as session:
        clock = inst.database.clock(session)
        issues = gauges.issues_being_sent(session)
        samples = (
            *_queue(session, issues, clock),
            *_relays(session, inst),
            *_domains(session, inst, issues, clock),
            *_those_at_work(session, inst, clock),
            ("newsletter_build_info", (__version__,), 1),
            ("newsletter_slots_due", (), slots_due(session, now)),
        )
    for name, labels, value in samples:
        found[name].add_metric(labels, value)
    return list(found.values())


Sample = tuple[str, tuple[str, ...], float]


def _queue(session: Session, issues: Sequence[UnderWay], now: datetime) -> Iterator[Sample]:
    states = gauges.states_by_issue(session, issues)
    total: dict[DeliveryState, int] = dict.fromkeys(DeliveryState, 0)
    for counts in (gauges.notice_states(session), *states.values()):
        for state, count in counts.items():
            total[state] += count
    for state, count in total.items():
        yield "newsletter_deliveries", (state.value,), count
    slugs = dict(session.execute(sa.select(MailingList.id, MailingList.slug)).all())
    ages = {"notice": 0.0, "alert": 0.0, "issue": 0.0}
    oldest = gauges.oldest_due(session, None, now)
    if oldest is not None:
        ages["notice"] = (now - oldest).total_seconds()
    for issue in issues:
        name = f"{slugs[issue.mlist_id]}/{issue.number}"
        for state, count in states[issue.id].items():
            labels = (name, issue.kind.value, state.value)
            yield "newsletter_issue_deliveries", labels, count
        oldest = gauges.oldest_due(session, issue.id, now)
        if oldest is not None and issue.state is not IssueState.PAUSED:
            lane = "alert" if issue.is_alert else "issue"
            ages[lane] = max(ages[lane], (now - oldest).total_seconds())
    for lane, age in ages.items():
        yield "newsletter_queue_age_seconds", (lane,), age
    open_issues = dict(
        session.execute(
            sa.select(Issue.state, sa.func.count())
            .where(Issue.state.in_(OPEN_ISSUES))
            .group_by(Issue.state)
        ).all()
    )
    for issue_state in OPEN_ISSUES:
        yield "newsletter_issues", (issue_state.value,), open_issues.get(issue_state, 0)


def _relays(session: Session, inst: Installation) -> Iterator[Sample]:
    held = gauges.in_hand(session)
    rows = {row.name: row for row in session.scalars(sa.select(Relay))}
    for relay in inst.config.relays:
        row = rows.get(relay.name)
        now_in = row.state if row is not None else RelayState.OPEN
        for state in RelayState:
            yield "newsletter_relay_state", (relay.name, state.value), float(state is now_in)
        failures = row.failures if row is not None else 0
        yield "newsletter_relay_failures", (relay.name,), failures
        for stage in (DeliveryState.CLAIMED, DeliveryState.TRANSMITTING):
            count = held.get((relay.name, stage), 0)
            yield "newsletter_in_hand", (relay.name, stage.value), count


def _domains(
    session: Session, inst: Installation, issues: Sequence[UnderWay], now: datetime
) -> Iterator[Sample]:
    for domain, states in gauges.largest_domains(session, issues, LARGEST_DOMAINS):
        for state, count in states.items():
            yield "newsletter_domain_waiting", (domain, state.value), count
    resting = domains.resting(session, Rules(inst.config.domains), now)
    yield "newsletter_domains_resting", (), len(resting)
    for domain in resting[:LARGEST_DOMAINS]:
        yield "newsletter_domain_resting", (domain,), 1


def _those_at_work(session: Session, inst: Installation, now: datetime) -> Iterator[Sample]:
    lease = timedelta(seconds=inst.config.sending.lease_seconds)
    yield "newsletter_workers", (), len(workers.alive(session, now, lease))
    yield "newsletter_ticker_up", (), float(pulse.is_beating(session, now))
    failing = sa.select(sa.func.count()).where(Source.active, Source.failures > 0)
    yield "newsletter_sources_failing", (), session.scalar(failing) or 0
