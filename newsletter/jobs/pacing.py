"""How recipient domains are doing, for an operator: their limits, what waits, and who rests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from newsletter.delivery import domains
from newsletter.delivery.domains import Rules
from newsletter.errors import NotFound
from newsletter.installation import Installation
from newsletter.models import RecipientDomain
from subscribers import audit
from subscribers.addresses import parse_domain
from subscribers.errors import InvalidAddress


@dataclass(frozen=True)
class DomainView:
    """A recipient domain with a limit, or one that refused mail lately."""

    name: str
    shared_with: tuple[str, ...]  # that have the same limit together
    connections: int | None  # messages at once; None: no limit
    rate: float | None  # messages a second; None: no limit
    waiting: int
    rests_until: datetime | None  # None: it does not rest
    problem: str  # what it said last, while that counts


def list_domains(inst: Installation, *, now: datetime) -> list[DomainView]:
    """Those of the config in its order, then those that refused, by name."""
    rules = Rules(inst.config.domains)
    with inst.database.read() as session:
        rows = {row.name: row for row in domains.standing(session)}
        names = [limit.names[0] for limit in inst.config.domains]
        names += [name for name in rows if rules.limit(name) is None and rows[name].failures]
        members = {name: _members(rules, name) for name in names}
        waiting = domains.waiting(session, [each for group in members.values() for each in group])
    return [_view(rules, name, members[name], rows.get(name), waiting, now) for name in names]


def _members(rules: Rules, name: str) -> tuple[str, ...]:
    limit = rules.limit(name)
    return limit.names if limit else (name,)


def _view(
    rules: Rules,
    name: str,
    members: tuple[str, ...],
    row: RecipientDomain | None,
    waiting: dict[str, int],
    now: datetime,
) -> DomainView:
    limit = rules.limit(name)
    until = row.rests_until if row is not None else None
    return DomainView(
        name=name,
        shared_with=members[1:],
        connections=limit.connections if limit else None,
        rate=rules.rate(name),
        waiting=sum(waiting.get(each, 0) for each in members),
        rests_until=until if until is not None and until > now else None,
        problem=row.problem if row is not None else "",
    )


def resume_domain(inst: Installation, name: str, *, now: datetime, actor: str) -> bool:
    """End the rest of a domain; False: it did not rest. Raises NotFound for what is none."""
    try:
        domain = parse_domain(name)
    except InvalidAddress as error:
        raise NotFound(f"not a domain: '{name}' (see 'newsletter domain ls')") from error
    with inst.database.write() as session:
        changed = domains.resume(session, Rules(inst.config.domains), domain, now)
        if changed:
            audit.note(session, actor, "domain.resume", f"domain {domain}", now)
    return changed
