"""How often the sign-up form was used: counted for the limits, forgotten by `retention`.

What is counted is the use of the form, whoever the address belongs to: known, unknown and
suppressed ones weigh the same. The address itself is never kept, only its seal.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from subscribers.models import AttemptOutcome, SignupAttempt


@dataclass(frozen=True, slots=True)
class Uses:
    """What came from one place, or went to one domain, since some moment."""

    taken: int  # different addresses that were signed up
    all: int  # every use of the form but those that were refused


def note(
    session: Session,
    *,
    ip: str | None,
    domain: str,
    seal: str,
    outcome: AttemptOutcome,
    now: datetime,
) -> None:
    """Count one use; `seal` is `Tokens.hmac` of the address key."""
    session.add(SignupAttempt(at=now, ip=place(ip), domain=domain, seal=seal, outcome=outcome))
    session.flush()


def count(
    session: Session, *, since: datetime, ip: str | None = None, domain: str | None = None
) -> Uses:
    """How often since `since`: from this IP address, or to this domain."""
    taken = case((SignupAttempt.outcome == AttemptOutcome.ACCEPTED, SignupAttempt.seal))
    query = select(func.count(taken.distinct()), func.count())
    row = session.execute(query.where(_counted(ip, domain, since))).one()
    return Uses(row[0], row[1])


def falls_below(
    session: Session,
    limit: int,
    *,
    since: datetime,
    ip: str | None = None,
    domain: str | None = None,
) -> datetime | None:
    """The moment of the use after whose passing fewer than `limit` are left; None: fewer now.

    From a place every use counts, to a domain each address that was signed up, by its last time.
    """
    if domain is None:
        query = select(SignupAttempt.at).where(_counted(ip, domain, since))
        query = query.order_by(SignupAttempt.at.desc())
    else:
        last = func.max(SignupAttempt.at)
        accepted = SignupAttempt.outcome == AttemptOutcome.ACCEPTED
        query = select(last).where(_counted(ip, domain, since), accepted)
        query = query.group_by(SignupAttempt.seal).order_by(last.desc())
    return session.scalar(query.offset(limit - 1).limit(1))


def refused_since(session: Session, ip: str | None, domain: str, since: datetime) -> bool:
    """Whether it is on record already that this place or this domain was refused."""
    where = and_(
        SignupAttempt.outcome == AttemptOutcome.REFUSED,
        SignupAttempt.domain == domain,
        SignupAttempt.ip == place(ip),
        SignupAttempt.at > since,
    )
    return session.scalar(select(SignupAttempt.id).where(where).limit(1)) is not None


def place(ip: str | None) -> str | None:
    """What an IP address is counted as: whoever has one of IPv6 has 2^64 more (RFC 6177)."""
    if ip is None:
        return None
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip[:45]
    if address.version == 4:
        return str(address)
    return str(ipaddress.ip_network(f"{address}/64", strict=False))


def _counted(ip: str | None, domain: str | None, since: datetime) -> ColumnElement[bool]:
    conditions = [SignupAttempt.at > since, SignupAttempt.outcome != AttemptOutcome.REFUSED]
    if ip is not None:
        conditions.append(SignupAttempt.ip == place(ip))
    if domain is not None:
        conditions.append(SignupAttempt.domain == domain)
    return and_(*conditions)
