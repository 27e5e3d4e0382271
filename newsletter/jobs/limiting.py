"""How much the door takes in: from one place, and to one domain, within an hour.

A captcha would need a third party, and a silent refusal would lose those whom it hits by mistake.
So whoever comes when there were many takes one more step (a page with a button, `web.stepping`),
and only far beyond that they are told to come back, and when. Nothing here asks whether an address
is known. The one limit that is kept silently is that of one mail a day to an address
(`joining.asked_today`): to tell of it would tell that somebody asked before.
"""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from newsletter.errors import OneMoreStep, TooMany
from newsletter.installation import Installation
from subscribers import attempts
from subscribers.addresses import Address
from subscribers.models import AttemptOutcome, Subscriber, Subscription, SubscriptionState

WINDOW = timedelta(hours=1)
FAR = 5  # times the limit
COARSE = 100  # a domain's readers are counted by the hundred


class Standing(enum.StrEnum):
    FREE = "free"
    STEP = "step"  # one more button
    FULL = "full"  # come back later


def standing(
    session: Session, inst: Installation, ip: str | None, domain: str, now: datetime
) -> Standing:
    """How the form may be used now from this IP address for an address of this domain."""
    limits = inst.config.signup
    here = Standing.FREE
    if ip is not None:
        used = attempts.count(session, ip=ip, since=now - WINDOW)
        here = _judged(used.taken, used.all, limits.per_ip_hour)
    mailed = attempts.count(session, domain=domain, since=now - WINDOW).taken
    there = _judged(mailed, mailed, limits.per_domain_hour)
    if there is not Standing.FREE:
        readers = _readers(session, domain, mailed)
        there = _judged(mailed, mailed, limits.per_domain_hour, readers)
    return max(here, there, key=list(Standing).index)


def opens_at(
    session: Session, inst: Installation, ip: str | None, domain: str, now: datetime
) -> datetime:
    """When the door that is FULL now opens again, if nobody else comes."""
    limits, since = inst.config.signup, now - WINDOW
    found = []
    if ip is not None:
        limit = FAR * limits.per_ip_hour
        found.append(attempts.falls_below(session, limit, since=since, ip=ip))
    mailed = attempts.count(session, domain=domain, since=since).taken
    limit = FAR * limits.per_domain_hour + _readers(session, domain, mailed)
    found.append(attempts.falls_below(session, limit, since=since, domain=domain))
    return max((moment for moment in found if moment is not None), default=since) + WINDOW


def admit(
    inst: Installation, *, ip: str | None, address: Address, stepped: bool, now: datetime
) -> None:
    """Let a use of the form pass, or raise OneMoreStep (unless it was taken: `stepped`) or TooMany.

    What passes is for the caller to count, in the transaction that does what was asked for.
    """
    with inst.database.read() as session:
        stands = standing(session, inst, ip, address.domain, now)
        if stands is Standing.FULL:
            until = opens_at(session, inst, ip, address.domain, now)
            told = attempts.refused_since(session, ip, address.domain, now - WINDOW)
    if stands is Standing.FULL:
        if not told:  # once: those who come by the thousand are not to write by the thousand
            with inst.database.write() as session:
                _note(session, inst, ip, address, AttemptOutcome.REFUSED, now)
        minutes = max(1, -(-(until - now) // timedelta(minutes=1)))
        raise TooMany(f"too many sign-ups at once: try again in {minutes} minutes", until)
    if stands is Standing.STEP and not stepped:
        with inst.database.write() as session:
            _note(session, inst, ip, address, AttemptOutcome.ASKED_MORE, now)
        raise OneMoreStep("many sign up just now: press the button of one more page")


def take(
    session: Session, inst: Installation, *, ip: str | None, address: Address, now: datetime
) -> None:
    """Count a use that passed."""
    _note(session, inst, ip, address, AttemptOutcome.ACCEPTED, now)


def _judged(taken: int, most: int, limit: int, readers: int = 0) -> Standing:
    """`most` is what may be far too much: of a place every use, of a domain what it was mailed.

    Whoever only opens steps fills the place that they come from, and no door of anybody else's.
    """
    if most >= FAR * limit + readers:
        return Standing.FULL
    return Standing.STEP if taken >= limit + readers else Standing.FREE


def _readers(session: Session, domain: str, most: int) -> int:
    """How many hundreds of readers a domain has, counted no further than `most` makes it matter.

    Where many have their mailboxes, as at a big provider, many more may come at once. Counted to
    the one, the limit would tell whether somebody at a small domain reads us.
    """
    full = -(-most // COARSE) * COARSE
    some = (
        sa.select(Subscription.id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscriber.domain == domain, Subscription.state == SubscriptionState.ACTIVE)
        .limit(full)
    )
    found = session.scalar(sa.select(sa.func.count()).select_from(some.subquery())) or 0
    return found - found % COARSE


def _note(
    session: Session,
    inst: Installation,
    ip: str | None,
    address: Address,
    outcome: AttemptOutcome,
    now: datetime,
) -> None:
    seal = inst.tokens.hmac(address.key)
    attempts.note(session, ip=ip, domain=address.domain, seal=seal, outcome=outcome, now=now)
