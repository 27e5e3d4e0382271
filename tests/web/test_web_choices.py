"""What people choose by any link of theirs: more lists, less of one, and coming back."""

from __future__ import annotations

import re
from datetime import datetime

from fastapi import Request
from valmont import BASE, Town

from newsletter.jobs.imprint import links_of
from newsletter.models import NoticeKind
from newsletter.web.app import Errors
from newsletter.web.pages import Site
from subscribers.errors import NotPermitted
from subscribers.lists import find_list
from subscribers.models import ConsentKind, Subscriber, SubscriptionState


def test_one_more_list_is_taken_by_a_link_and_its_owner_hears_of_it(town: Town) -> None:
    with town.inst.database.write() as session:
        find_list(session, "alerts").welcome = False
    town.subscribe()
    preferences, before = town.link("/p/"), len(town.notices())
    page = town.client.get(preferences).text
    assert "S’abonner à «\u00a0Valmont alerts\u00a0»" in page
    for hidden in ("Conseil", "Ancien"):
        assert hidden not in page
    consent = re.search(r'<p class="small">(Je souhaite recevoir .*?)</p>', page)
    assert consent
    done = town.client.post(preferences, data={"do": "join", "list": "alerts"})
    assert "vous recevrez désormais «\u00a0Valmont alerts\u00a0»" in done.text
    assert town.client.post(preferences, data={"do": "join", "list": "alerts"}).status_code == 200
    one = town.subscription(slug="alerts")
    assert (one.state, one.alerts) == (SubscriptionState.ACTIVE, True)
    event = town.events()[-1]
    assert (event.kind, event.words) == (ConsentKind.REJOINED, consent[1])
    assert "alertes urgentes comprises" in event.words  # it has nothing else
    [(notice, delivery)] = town.notices()[before:]
    assert (notice.kind, delivery.address) == (NoticeKind.WELCOME, "marie@example.org")
    town.client.post(town.link("/u/"), data={"List-Unsubscribe": "One-Click"})  # one click back
    assert town.subscription(slug="alerts").state is SubscriptionState.UNSUBSCRIBED
    assert town.subscription().state is SubscriptionState.ACTIVE


def test_lists_that_are_not_offered_are_not_to_be_had(town: Town) -> None:
    town.subscribe()
    before = town.dump()
    for slug in ("conseil", "ancien", "none", "hebdo", ""):
        page = town.client.post(town.link("/p/"), data={"do": "join", "list": slug})
        assert page.status_code == 200
    assert town.dump() == before


def test_who_left_everything_finds_the_way_back_by_any_link(town: Town) -> None:
    leave = town.subscribe()
    preferences = town.link("/p/")
    town.client.post(leave, data={"do": "leave"})
    town.later(days=40)
    page = town.client.get(preferences)
    assert (page.status_code, "Aucun abonnement" in page.text) == (200, True)
    assert "m•••@example.org" in page.text
    assert "M’envoyer un lien" in page.text
    before = len(town.notices())
    for _ in range(2):
        asked = town.client.post(preferences, data={"do": "join", "list": "hebdo"})
        assert "Regardez votre courrier" in asked.text
    assert [n.kind for n, _ in town.notices()[before:]] == [NoticeKind.CONFIRM]
    assert town.subscription().state is SubscriptionState.PENDING
    town.client.post(town.link("/c/"))
    assert town.subscription().state is SubscriptionState.ACTIVE
    assert "Voici les réglages" in town.client.get(preferences).text


def test_less_is_offered_before_leaving_and_for_a_day_after(town: Town) -> None:
    leave = town.subscribe()
    page = town.client.get(leave).text
    assert 'value="keep-alerts"' in page
    assert 'value="keep-digests"' not in page  # they get no alerts as it is
    kept = town.client.post(leave, data={"do": "keep-alerts"})
    assert "ne recevrez plus que les alertes" in kept.text
    one = town.subscription()
    assert (one.state, one.digests, one.alerts) == (SubscriptionState.ACTIVE, False, True)
    words = re.search(r"<p>(De «.*?)</p>", page)
    assert words
    assert town.events()[-1].words == words[1]

    left = town.client.post(leave, data={"do": "leave"}).text
    assert 'value="keep-digests"' in left
    assert 'value="keep-alerts"' not in left
    town.later(hours=23)
    assert 'value="keep-digests"' in town.client.get(leave).text
    assert town.client.post(leave, data={"do": "keep-digests"}).status_code == 200
    one = town.subscription()
    assert (one.state, one.digests, one.alerts) == (SubscriptionState.ACTIVE, True, False)

    town.client.post(leave, data={"do": "leave"})
    town.later(hours=25)
    assert "keep-" not in town.client.get(leave).text
    assert town.client.post(leave, data={"do": "keep-alerts"}).status_code == 409
    assert town.subscription().state is SubscriptionState.UNSUBSCRIBED


def test_a_list_of_alerts_alone_has_no_part_to_keep(town: Town) -> None:
    leave = town.subscribe(slug="alerts")
    assert "keep-" not in town.client.get(leave).text
    assert town.client.post(leave, data={"do": "keep-digests"}).status_code == 422
    assert town.subscription(slug="alerts").alerts


def test_a_pause_is_shown_with_its_day(town: Town) -> None:
    town.subscribe()
    number = town.subscription().id
    form = {"subscription": str(number), f"digests-{number}": "yes", "pause": "2026-12-24"}
    town.client.post(town.link("/p/"), data=form)
    page = town.client.get(town.link("/p/")).text
    assert "<strong>Suspendu jusqu’au 24\u00a0décembre 2026.</strong>" in page.replace(
        "24 décembre", "24\u00a0décembre"
    )
    assert "ne sera pas renvoyé ensuite" in page


def save(town: Town, slug: str, **fields: str) -> None:
    """The form of the preferences, saved with regular issues and these fields."""
    number = town.subscription(slug=slug).id
    url = links_of(town.inst).preferences(number).removeprefix(BASE)
    form = {"do": "save", "subscription": str(number), f"digests-{number}": "yes"}
    assert town.client.post(url, data={**form, **fields}).status_code == 200


def test_alerts_that_are_new_are_agreed_to_in_the_words_of_their_box_and_no_other_change_is(
    town: Town,
) -> None:
    town.subscribe()
    number = town.subscription().id
    save(town, "hebdo", **{f"cadence-{number}": "daily"})
    save(town, "hebdo", **{f"cadence-{number}": "daily", f"alerts-{number}": "yes"})
    save(town, "hebdo", **{f"alerts-{number}": "yes"})
    save(town, "hebdo")
    changes = [e for e in town.events() if e.kind is ConsentKind.CHANGED]
    agreed = "Le Courrier de Valmont — Aussi les alertes urgentes"
    assert [e.words for e in changes] == ["", agreed, "", ""]


def test_saving_the_page_of_a_list_far_away_does_not_move_the_end_of_a_pause(town: Town) -> None:
    with town.inst.database.write() as session:
        find_list(session, "alerts").timezone = "America/Los_Angeles"
    town.sign_up(list="alerts")
    town.client.post(town.link("/c/"))
    save(town, "hebdo", pause="2026-12-24")

    def until() -> datetime | None:
        with town.inst.database.read() as session:
            person = session.get_one(Subscriber, town.subscription().subscriber_id)
            return person.paused_until

    chosen = until()
    assert chosen is not None
    page = town.client.get(
        links_of(town.inst).preferences(town.subscription(slug="alerts").id).removeprefix(BASE)
    )
    shown = re.search(r'name="pause" value="([^"]+)"', page.text)
    assert shown
    save(town, "alerts", pause=shown[1], language="en")
    assert until() == chosen
    save(town, "alerts", pause="")
    assert until() is None


def test_taking_back_what_waits_to_be_confirmed_says_so(town: Town) -> None:
    leave = town.subscribe()
    town.client.post(leave, data={"do": "leave"})
    town.later(days=1, hours=1)
    town.sign_up()
    page = town.client.post(leave, data={"do": "undo"})
    assert town.subscription().state is SubscriptionState.PENDING
    assert "est à confirmer" in page.text
    assert "continue comme si" not in page.text


def test_what_is_not_permitted_is_told_in_a_sentence_of_its_own(town: Town) -> None:
    ended = NotPermitted("this subscription has ended")
    request = Request(
        {"type": "http", "path": "/", "method": "GET", "headers": [], "query_string": b""}
    )
    page = Errors(Site(town.inst)).expected(request, ended)
    assert page.status_code == 409
    said = bytes(page.body).decode()
    assert "rien n’a été changé" in said
    assert "Une autre l’a remplacée" not in said
