"""Asking people by mail to confirm, whom an admin entered or imported."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from newsletter.compose.language import words as sentences
from newsletter.installation import Installation
from newsletter.jobs.joining import asked_today
from newsletter.jobs.notices import confirm_notice, confirming, enqueue
from newsletter.jobs.peopling import person_at
from subscribers import people, signup, suppression
from subscribers.lists import find_list
from subscribers.models import Subscriber, Subscription, SubscriptionState
from subscribers.signup import Request


@dataclass(frozen=True)
class Invited:
    """Who was asked to confirm just now, and who was left alone."""

    now: tuple[Subscription, ...]  # each with its list; one mail to a person
    today: tuple[Subscription, ...]  # asked within a day, and have not answered yet


def invite(
    inst: Installation, address: str | None, slug: str | None, *, now: datetime, actor: str
) -> Invited:
    """Ask by mail those who have not confirmed: one person, or everybody pending on a list.

    One mail a day to a person, as from the form, whoever asks; it is about all that `pending` gives
    of them. Who must not be written to is left alone. Raises NotFound.
    """
    asked: list[Subscription] = []
    today: list[Subscription] = []
    waiting = sorted(pending(inst, address, slug), key=lambda one: one.subscriber_id)
    for _, group in itertools.groupby(waiting, key=lambda one: one.subscriber_id):
        theirs = list(group)
        titles = ", ".join(one.mlist.title for one in theirs)
        language = theirs[0].subscriber.language
        said = sentences(language or theirs[0].mlist.language)
        notice = confirm_notice(
            inst,
            theirs[0].mlist,
            words=said.confirm_entered.format(title=titles),
            ip=None,
            language=language,
            now=now,
        )
        with inst.database.write() as session:
            person = people.hold(session, theirs[0].subscriber_id)
            if person is None or person.address is None:
                continue
            if suppression.find(session, person.address, inst.tokens.hmacs) is not None:
                continue
            if asked_today(session, person, now):
                today += theirs
                continue
            still = [s for s in theirs if signup.invite(session, s, actor=actor, now=now)]
            if still:
                request = Request(tuple(one.id for one in still), now)
                enqueue(session, inst, confirming(notice, request), person, now=now)
                asked += still
    return Invited(tuple(asked), tuple(today))


def pending(inst: Installation, address: str | None, slug: str | None) -> list[Subscription]:
    """Who has not confirmed, with their list: one person, everybody on a list, or both."""
    query = (
        sa.select(Subscription)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscription.state == SubscriptionState.PENDING, Subscriber.erased_at.is_(None))
        .options(joinedload(Subscription.mlist), joinedload(Subscription.subscriber))
        .order_by(Subscription.id)
    )
    with inst.database.read() as session:
        if slug is not None:
            query = query.where(Subscription.mlist_id == find_list(session, slug).id)
        if address is not None:
            query = query.where(Subscription.subscriber_id == person_at(session, address).id)
        return list(session.scalars(query))
