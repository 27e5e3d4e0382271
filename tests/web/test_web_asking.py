"""Who asks for what: choices belong to their list, and a link confirms what it was sent for."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from valmont import Town

from newsletter.models import Schedule
from subscribers.lists import find_list
from subscribers.models import ConsentKind, SubscriptionState, Visibility


def open_council(town: Town) -> None:
    """One more public list with regular issues."""
    with town.inst.database.write() as session:
        council = find_list(session, "conseil")
        council.visibility = Visibility.PUBLIC
        session.add(
            Schedule(
                mlist_id=council.id,
                name="daily",
                cron="0 7 * * *",
                timezone="Europe/Paris",
                is_default=False,
                begins_at=town.now,
            )
        )


def test_what_is_chosen_for_one_list_is_not_chosen_for_those_ticked_beside_it(town: Town) -> None:
    open_council(town)
    town.sign_up(alerts="yes", cadence="daily", topic="culture", list="conseil")
    hebdo, council = town.subscription(), town.subscription(slug="conseil")
    assert (hebdo.alerts, hebdo.cadence, hebdo.topics) == (True, "daily", {"culture"})
    assert (council.alerts, council.cadence, council.topics) == (False, None, None)
