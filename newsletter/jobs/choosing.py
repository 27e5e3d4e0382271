"""What people choose by any link of theirs: what comes of a list, how often, in which language, and
from when on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from newsletter.installation import Installation
from newsletter.jobs.standing import Person, person_of, subscriptions_of
from subscribers import people, preferences
from subscribers.consent import Act
from subscribers.errors import InvalidValue
from subscribers.models import MailingList, Subscription, SubscriptionState
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
    words: str,
    ip: str | None,
    now: datetime,
) -> bool:
    """Change what comes, by a preferences link; False: nothing new.

    `choices` maps ids of the person's own active subscriptions; others are not touched, whoever
    named them. The pause ends when `pause` begins where the list is at home. `words` name the
    alerts, as the page did. All or nothing. Raises InvalidToken, InvalidValue, NotPermitted.
    """
    subscription_id = inst.tokens.read_id(Purpose.PREFERENCES, token, now)
    act = Act("page", words, ip)
    with inst.database.write() as session:
        here = session.get(Subscription, subscription_id)
        if here is None:
            return False
        people.hold(session, here.subscriber_id)
        changed = preferences.change_person(
            session,
            here.subscriber_id,
            act=Act("page", "", ip),
            now=now,
            language=language,
            paused_until=_end_of_pause(pause, here.mlist, now),
        )
        for one in subscriptions_of(session, here.subscriber_id):
            choice = choices.get(one.id)
            if choice is not None and one.state is SubscriptionState.ACTIVE:
                changed |= preferences.change_preferences(
                    session,
                    one,
                    act=act,
                    now=now,
                    topics=choice.topics,
                    cadence=choice.cadence,
                    digests=choice.digests,
                    alerts=choice.alerts,
                )
        return changed


def _end_of_pause(pause: date | None, mlist: MailingList, now: datetime) -> datetime | None:
    if pause is None:
        return None
    if pause > (now + LONGEST_PAUSE).date():
        raise InvalidValue("a pause cannot be longer than a year: choose an earlier day")
    return datetime.combine(pause, time(), ZoneInfo(mlist.timezone))
