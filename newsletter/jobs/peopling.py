"""What an admin does with people: enter, find, change, take off, and forget them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from newsletter.compose.language import words as sentences
from newsletter.errors import NotFound
from newsletter.installation import Installation
from newsletter.jobs import farewell, forgetting
from newsletter.jobs.notices import confirm_notice, confirming, enqueue
from newsletter.jobs.scheduling import find_schedule
from subscribers import audit, leaving, people, preferences, segments, signup, suppression
from subscribers.addresses import parse
from subscribers.attributes import with_changes
from subscribers.consent import Act, history
from subscribers.lists import find_list
from subscribers.models import (
    ConsentEvent,
    MailingList,
    Subscriber,
    Subscription,
    Suppression,
)
from subscribers.signup import Added, Outcome, Wish
from subscribers.tagging import tag


@dataclass(frozen=True)
class Profile:
    """A person with all their subscriptions, and what stands against writing to them."""

    subscriber: Subscriber
    subscriptions: tuple[Subscription, ...]  # each with its list
    suppression: Suppression | None
    passed_by: frozenset[int]  # ids of subscriptions whose list's segment does not name them now


def add_subscriber(
    inst: Installation,
    address: str,
    slug: str,
    *,
    name: str = "",
    language: str | None = None,
    confirmed: bool = False,
    consent: str = "",
    cadence: str | None = None,
    topics: frozenset[str] | None = None,
    alerts: bool = False,
    again: bool = False,
    now: datetime,
    actor: str,
) -> Added:
    """Enter somebody: with the words they agreed to elsewhere, or to be asked by mail.

    Who is to confirm gets the confirmation mail; entered again while it waits, no second one.
    Raises InvalidAddress, InvalidValue, UnknownList, NotPermitted.
    """
    parse(address)
    with inst.database.read() as session:
        mlist = find_list(session, slug)
        segments.refuse_members(session, mlist)
    said = sentences(language or mlist.language)
    words = consent or said.confirm_entered.format(title=mlist.title)
    if alerts:
        words = f"{words} ({said.confirm_with_alerts})"
    notice = confirm_notice(inst, mlist, words=words, ip=None, language=language, now=now)
    with inst.database.write() as session:
        mlist = find_list(session, slug)
        if cadence is not None:
            find_schedule(session, mlist, cadence)
        wish = Wish(topics=topics, cadence=cadence, alerts=alerts)
        added = signup.add(
            session,
            address=address,
            mlist=mlist,
            confirmed=confirmed,
            consent_text=consent,
            name=name,
            language=language,
            wish=wish if wish != Wish() else None,
            again=again,
            actor=actor,
            now=now,
            hmacs=inst.tokens.hmacs,
        )
        if added.outcome is Outcome.PENDING and added.request is not None:
            enqueue(session, inst, confirming(notice, added.request), added.subscriber, now=now)
        if added.outcome is not Outcome.UNCHANGED:
            detail = {"list": slug, "outcome": added.outcome.value}
            subject = f"subscriber {added.subscriber.id}"
            audit.note(session, actor, "subscriber.add", subject, now, detail)
        returned = added.outcome is Outcome.ADDED and leaving.had_left(session, added.subscription)
    inst.journal.append_all("back", [added.subscription.id] if returned else [], now)
    return added


def person_at(session: Session, address: str) -> Subscriber:
    """The person of this address; raises NotFound, InvalidAddress."""
    found = people.find(session, address)
    if found is None:
        raise NotFound(f"no such subscriber: '{address}' (see 'newsletter subscriber ls')")
    return found


def show_subscriber(inst: Installation, address: str) -> Profile:
    """One person; raises NotFound, InvalidAddress."""
    with inst.database.read() as session:
        person = person_at(session, address)
        theirs = session.scalars(
            sa.select(Subscription)
            .where(Subscription.subscriber_id == person.id)
            .options(joinedload(Subscription.mlist))
            .order_by(Subscription.id)
        ).all()
        against = suppression.find(session, address, inst.tokens.hmacs)
        return Profile(person, tuple(theirs), against, _passed_by(session, theirs))


def _passed_by(session: Session, theirs: Sequence[Subscription]) -> frozenset[int]:
    """Those to which nothing comes, since a condition of their list does not hold."""
    passed = set()
    for one in theirs:
        reached = sa.select(Subscription.id).join(Subscription.subscriber)
        conditions = segments.reach(session, one.mlist_id).conditions
        if session.scalar(reached.where(Subscription.id == one.id, *conditions)) is None:
            passed.add(one.id)
    return frozenset(passed)


def history_of(inst: Installation, address: str) -> list[tuple[ConsentEvent, str]]:
    """The evidence kept of one person, oldest first, each with its list's name ("" for none)."""
    with inst.database.read() as session:
        slugs = {
            row.id: row.slug for row in session.execute(sa.select(MailingList.id, MailingList.slug))
        }
        events = history(session, person_at(session, address))
        return [(event, slugs.get(event.mlist_id or 0, "")) for event in events]


def edit_subscriber(
    inst: Installation,
    address: str,
    *,
    slug: str | None = None,
    person: dict[str, Any],
    subscription: dict[str, Any],
    attributes: Mapping[str, Any] | None = None,
    add_tags: Sequence[str] = (),
    remove_tags: Sequence[str] = (),
    words: str = "",
    now: datetime,
    actor: str,
) -> bool:
    """Change a person (name, language, paused_until), their attributes (None: taken away) and tags,
    and what one list brings them (topics, cadence, digests, alerts); only what is named. False:
    nothing new.

    Raises NotFound; InvalidValue, NotPermitted; Refused for a schedule that the list has not.
    """
    act = Act("cli", words, actor=actor)
    with inst.database.write() as session:
        found = person_at(session, address)
        if attributes:
            held = people.hold(session, found.id)
            known = held.attributes if held is not None else {}
            person = {**person, "attributes": with_changes(known, attributes)}
        changed = preferences.change_person(session, found.id, act=act, now=now, **person)
        if subscription:
            mlist = find_list(session, slug or "")
            one = people.find_subscription(session, found, mlist)
            if one is None:
                raise NotFound(f"{address} is not on '{slug}' (see 'newsletter subscriber show')")
            if subscription.get("cadence"):
                find_schedule(session, mlist, subscription["cadence"])
            changed |= preferences.change_preferences(
                session, one, act=act, now=now, **subscription
            )
        if add_tags or remove_tags:
            mine = [found.id]
            changed |= bool(
                tag(lambda: nullcontext(session), mine, add=add_tags, remove=remove_tags, now=now)
            )
        if changed:
            audit.note(session, actor, "subscriber.edit", f"subscriber {found.id}", now)
        return changed


def unsubscribe(
    inst: Installation, address: str, slug: str | None, *, now: datetime, actor: str
) -> list[str]:
    """End one subscription, or all; gives the names of the lists left just now. Raises NotFound."""
    with inst.database.read() as session:
        person = person_at(session, address)
        only = None if slug is None else find_list(session, slug).id
        theirs = [s.id for s in person.subscriptions if only in (None, s.mlist_id)]
        goodbye = farewell.prepare(session, inst, theirs, now)
    with inst.database.write() as session:
        person = person_at(session, address)
        if slug is None:
            ended = leaving.unsubscribe_all(session, person, source="cli", now=now, actor=actor)
        else:
            mlist = find_list(session, slug)
            one = people.find_subscription(session, person, mlist)
            if one is None:
                raise NotFound(f"{address} is not on '{slug}' (see 'newsletter subscriber show')")
            left = leaving.unsubscribe(session, one, source="cli", now=now, actor=actor)
            ended = [one] if left else []
        farewell.say(session, inst, goodbye, ended, now)
        names = [session.get_one(MailingList, one.mlist_id).slug for one in ended]
        if ended:
            detail = {"lists": names}
            audit.note(
                session, actor, "subscriber.unsubscribe", f"subscriber {person.id}", now, detail
            )
    for one in ended:
        inst.journal.append("left", one.id, now)
    return names


def erase(inst: Installation, address: str, *, now: datetime, actor: str) -> bool:
    """Forget a person for good; False when nobody of this address is known, or is any more."""
    with inst.database.read() as session:
        person = people.find(session, address)
    if person is None:
        return False
    return forgetting.forget(inst, person.id, source="cli", actor=actor, now=now)
