"""What people choose by any link of theirs: what comes of a list, how often, in which language, and
from when on; and which further lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from newsletter.installation import Installation
from newsletter.jobs.joining import asked_today
from newsletter.jobs.notices import (
    belonging_to,
    confirm_notice,
    confirming,
    enqueue,
    welcome_notice,
)
from newsletter.jobs.standing import (
    Offered,
    Person,
    named_list,
    offer,
    offered_lists,
    person_of,
    subscriptions_of,
)
from subscribers import people, preferences, signup
from subscribers.consent import Act
from subscribers.errors import InvalidValue
from subscribers.models import MailingList, Subscription, SubscriptionState
from subscribers.preferences import KEEP, Keep
from subscribers.signup import Wish
from subscribers.tokens import Purpose

LONGEST_PAUSE = timedelta(days=366)


@dataclass(frozen=True)
class Choice:
    """What a subscription shall bring. `cadence` None is the list's default, `topics` None all."""

    topics: frozenset[str] | None = None
    cadence: str | None = None
    digests: bool = True
    alerts: bool = False


def show(inst: Installation, token: str, now: datetime) -> Person | None:
    """The person of a preferences link; None once they or the subscription are gone.

    Raises InvalidToken.
    """
    return person_of(inst, inst.tokens.read_id(Purpose.PREFERENCES, token, now))


def change(
    inst: Installation,
    token: str,
    choices: Mapping[int, Choice],
    *,
    language: str | None,
    pause: date | None,
    words: Mapping[int, str],
    ip: str | None,
    now: datetime,
) -> bool:
    """Change what comes, by a preferences link; False: nothing new.

    `choices` maps ids of the person's own active subscriptions; others are not touched, whoever
    named them. The pause ends when `pause` begins where the list is at home; one that ends on that
    day already is left alone, wherever it was chosen. `words` name the alerts of each, as the page
    did: evidence where they are new. All or nothing. Raises InvalidToken, InvalidValue,
    NotPermitted.
    """
    subscription_id = inst.tokens.read_id(Purpose.PREFERENCES, token, now)
    with inst.database.write() as session:
        here = session.get(Subscription, subscription_id)
        if here is None:
            return False
        person = people.hold(session, here.subscriber_id)
        until = None if person is None else person.paused_until
        changed = preferences.change_person(
            session,
            here.subscriber_id,
            act=Act("page", "", ip),
            now=now,
            language=language,
            paused_until=_end_of_pause(pause, here.mlist, now, until),
        )
        for one in subscriptions_of(session, here.subscriber_id):
            choice = choices.get(one.id)
            if choice is not None and one.state is SubscriptionState.ACTIVE:
                agreed = words.get(one.id, "") if choice.alerts and not one.alerts else ""
                changed |= preferences.change_preferences(
                    session,
                    one,
                    act=Act("page", agreed, ip),
                    now=now,
                    topics=choice.topics,
                    cadence=choice.cadence,
                    digests=choice.digests,
                    alerts=choice.alerts,
                )
        return changed


def further(inst: Installation, person: Person) -> list[Offered]:
    """The public lists that they do not get."""
    theirs = {standing.mlist.id for standing in person.active}
    return [one for one in offered_lists(inst) if one.mlist.id not in theirs]


@dataclass(frozen=True)
class Joined:
    """What came of taking one more list."""

    mlist: MailingList
    at_once: bool  # else they were written to, and must confirm


def join(
    inst: Installation, token: str, slug: str, *, words: str, ip: str | None, now: datetime
) -> Joined | None:
    """Take one more list, by a preferences link; None once the person is gone.

    Its welcome is sent, even where the list greets nobody: the link may stand in a message that was
    forwarded, and who has the address must learn of it, with a way out. `words` is what the page
    said of the list. Raises InvalidToken, UnknownList, NotPermitted.
    """
    subscription_id = inst.tokens.read_id(Purpose.PREFERENCES, token, now)
    with inst.database.read() as session:
        here = session.get(Subscription, subscription_id)
        wanted = offer(session, named_list(session, slug))
        if here is None:
            return None
        language, mlist = here.subscriber.language, wanted.mlist
        welcome = welcome_notice(session, inst, mlist, cadence=None, language=language, now=now)
    ask = confirm_notice(inst, mlist, words=words, ip=ip, language=language, now=now)
    with inst.database.write() as session:
        signed = signup.join(
            session,
            here.subscriber_id,
            mlist,
            words=words,
            ip=ip,
            now=now,
            wish=Wish(alerts=wanted.only_alerts),
            quiet=lambda person: asked_today(session, person, now),
            hmacs=inst.tokens.hmacs,
        )
        person = signed.subscriber
        for one in signed.joined:
            notice = belonging_to(welcome, one)
            enqueue(session, inst, notice, one.subscriber, subscription=one, now=now)
        if person and signed.request and not asked_today(session, person, now):
            enqueue(session, inst, confirming(ask, signed.request), person, now=now)
        return Joined(mlist, at_once=bool(signed.joined or signed.already))


def _end_of_pause(
    pause: date | None, mlist: MailingList, now: datetime, before: datetime | None
) -> datetime | Keep | None:
    zone = ZoneInfo(mlist.timezone)
    if pause is None:
        return None
    if before is not None and before.astimezone(zone).date() == pause:
        return KEEP
    if pause > (now + LONGEST_PAUSE).date():
        raise InvalidValue("a pause cannot be longer than a year: choose an earlier day")
    return datetime.combine(pause, time(), zone)
