"""What people choose by any link of theirs: more lists, less of one, and coming back."""

from __future__ import annotations

import re

from valmont import Town

from newsletter.models import NoticeKind
from subscribers.lists import find_list
from subscribers.models import ConsentKind, SubscriptionState


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
