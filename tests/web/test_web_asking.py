"""Who asks for what: choices belong to their list, and a link confirms what it was sent for."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from lxml import html
from valmont import Town

from newsletter.models import Schedule
from subscribers.lists import find_list
from subscribers.models import (
    AddressChange,
    ConsentKind,
    Subscriber,
    SubscriptionState,
    Visibility,
)


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


def test_a_link_does_not_confirm_what_somebody_else_asked_for_later(town: Town) -> None:
    town.sign_up()
    first = town.link("/c/")
    town.later(days=1, minutes=5)
    town.sign_up(alerts="yes")
    assert town.client.post(first).status_code == 410
    assert town.subscription().state is SubscriptionState.PENDING
    town.client.post(town.link("/c/"))  # its mail names the alerts
    one = town.subscription()
    assert (one.state, one.alerts) == (SubscriptionState.ACTIVE, True)


def test_where_no_mail_goes_out_nothing_of_what_waits_is_changed(town: Town) -> None:
    town.sign_up()
    before = town.subscription(), len(town.events()), len(town.notices())
    town.later(hours=1)
    town.sign_up(alerts="yes", cadence="daily")
    after = town.subscription(), len(town.events()), len(town.notices())
    assert (after[0].alerts, after[0].cadence) == (False, None)
    assert after[0].requested_at == before[0].requested_at
    assert after[1:] == before[1:]
    town.client.post(town.link("/c/"))
    assert not town.subscription().alerts


@pytest.mark.parametrize("either_town", ["postgresql"], indirect=True)
def test_two_who_found_nobody_do_not_change_what_the_one_mail_says(either_town: Town) -> None:
    barrier = threading.Barrier(2)

    def together(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO subscriber "):
            barrier.wait(10)

    sa.event.listen(either_town.inst.database.engine, "before_cursor_execute", together)
    forms: list[dict[str, str]] = [{}, {"alerts": "yes"}]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda fields: either_town.sign_up(**fields), forms))
    assert not barrier.broken
    assert len(either_town.notices()) == 1
    [event] = either_town.events()
    assert either_town.subscription().alerts == event.detail["alerts"]
    assert either_town.subscription().alerts == ("alertes urgentes" in event.words)


def test_a_second_list_of_the_day_is_offered_by_the_link_of_the_first_mail(town: Town) -> None:
    town.sign_up()
    town.later(hours=1)
    assert "demandées depuis" in town.sign_up(slug="alerts", lang="fr").text
    assert len(town.notices()) == 1
    second = town.subscription(slug="alerts")
    assert second.state is SubscriptionState.PENDING

    link = town.link("/c/")
    page = html.document_fromstring(town.client.get(link).text)
    [box] = page.xpath('//input[@name="further"]')
    assert box.get("checked") is None
    label = " ".join(box.getparent().text_content().split())
    assert "Valmont alerts" in label

    town.client.post(link, data={"do": "confirm", "further": [box.get("value")]})
    assert town.subscription().state is SubscriptionState.ACTIVE
    assert town.subscription(slug="alerts").state is SubscriptionState.ACTIVE
    confirmed = [e for e in town.events() if e.kind is ConsentKind.CONFIRMED]
    assert [e.mlist_id for e in confirmed] == [town.subscription().mlist_id, second.mlist_id]
    assert " ".join(confirmed[1].words.split()).startswith(label)
    assert [n.kind for n, _ in town.notices()] == ["confirm", "welcome", "welcome"]


def test_what_else_was_asked_for_does_not_begin_unless_it_is_ticked_as_it_was_shown(
    town: Town,
) -> None:
    town.sign_up()
    town.sign_up(slug="alerts")
    one = town.subscription(slug="alerts")
    stale = f"{one.id}-{0}"
    town.client.post(town.link("/c/"), data={"do": "confirm", "further": [stale, "x", ""]})
    assert town.subscription().state is SubscriptionState.ACTIVE
    assert town.subscription(slug="alerts").state is SubscriptionState.PENDING


def test_a_list_that_asks_for_no_confirmation_waits_all_the_same_where_no_mail_goes_out(
    town: Town,
) -> None:
    with town.inst.database.write() as session:
        find_list(session, "alerts").double_opt_in = False
    town.sign_up()
    town.sign_up(slug="alerts")
    assert town.subscription(slug="alerts").state is SubscriptionState.PENDING
    assert len(town.notices()) == 1


def test_a_link_in_the_mailbox_of_before_tells_nothing_of_the_new_address(town: Town) -> None:
    town.subscribe()
    town.sign_up(slug="alerts")
    link = town.link("/c/")
    with town.inst.database.write() as session:
        person = session.get_one(Subscriber, town.subscription().subscriber_id)
        session.add(
            AddressChange(
                subscriber_id=person.id,
                address="new@pont.example",
                address_key="new@pont.example",
                domain="pont.example",
                requested_at=town.now,
                confirmed_at=town.now,
            )
        )
        person.address = person.address_key = "new@pont.example"
    page = town.client.get(link)
    assert (page.status_code, "new@pont.example" in page.text) == (410, False)
    assert town.client.post(link).status_code == 410


def test_a_mail_to_confirm_calls_nobody_by_a_name_that_anybody_typed(town: Town) -> None:
    town.sign_up(name="Gagnez 1000 euros sur spam.example")
    assert "spam.example" not in town.mail()
    assert town.notices()[-1][1].name == ""
    town.client.post(town.link("/c/"))
    assert town.notices()[-1][1].name == "Gagnez 1000 euros sur spam.example"  # it is theirs now


def test_a_link_asked_for_anew_stands_for_no_more_than_the_one_it_replaces(town: Town) -> None:
    town.sign_up(list="alerts")
    first = town.link("/c/")
    town.later(days=2)
    town.sign_up(alerts="yes")  # by anybody
    town.later(days=10)
    assert town.client.post(first, data={"do": "again"}).status_code == 200
    assert len(town.notices()) == 3
    town.client.post(town.link("/c/"))
    assert town.subscription(slug="alerts").state is SubscriptionState.ACTIVE
    assert town.subscription().state is SubscriptionState.PENDING
