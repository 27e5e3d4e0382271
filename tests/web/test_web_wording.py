"""What pages say: each thing once, by its name, and where it belongs."""

from __future__ import annotations

import html
import re

from valmont import Town

NB = "\u00a0"


def test_the_alerts_of_a_list_are_told_apart_from_a_list_of_alerts(town: Town) -> None:
    page = town.client.get("/lists/hebdo").text
    assert f"Les alertes urgentes de «{NB}Le Courrier de Valmont{NB}»" in page
    assert "Aussi les alertes urgentes" not in page


def test_the_language_of_a_list_is_said_in_the_language_of_the_page(town: Town) -> None:
    assert "<span>en anglais</span>" in town.client.get("/?lang=fr").text
    assert "<span>in French</span>" in town.client.get("/?lang=en").text


def test_who_leaves_one_list_of_two_and_who_comes_back_is_led_to_the_preferences(
    town: Town,
) -> None:
    town.sign_up(list="alerts")
    town.client.post(town.link("/c/"))
    leave = town.link("/u/")
    for action in ("leave", "undo"):
        link = re.search(
            r'href="([^"]*/p/[^"]+)"', town.client.post(leave, data={"do": action}).text
        )
        assert link, action
        assert town.client.get(html.unescape(link[1])).status_code == 200
    assert "/p/" not in town.client.post(leave, data={"do": "leave-all"}).text


def test_a_page_names_a_list_and_a_question_once(town: Town) -> None:
    town.sign_up()
    town.client.post(town.link("/c/"))
    settings = town.client.get(town.link("/p/")).text
    assert "<legend><h2" in settings
    assert '<legend class="skip">' not in settings
    left = town.client.post(town.link("/u/"), data={"do": "leave"}).text
    assert left.count("Nous direz-vous pourquoi") == 1


def test_a_pause_that_would_end_in_the_past_is_refused_at_its_field(town: Town) -> None:
    town.sign_up()
    town.client.post(town.link("/c/"))
    number = town.subscription().id
    form = {"do": "save", "subscription": str(number), f"digests-{number}": "yes"}
    others = {f"alerts-{number}": "yes", "language": "en"}
    said = town.client.post(town.link("/p/"), data={**form, **others, "pause": "2020-01-01"})
    assert said.status_code == 422
    assert town.subscription().alerts  # what else was changed is kept
    assert "That day is past" in said.text
    said = town.client.post(
        town.link("/p/"), data={**form, "language": "fr", "pause": "2020-01-01"}
    )
    assert not town.subscription().alerts
    assert 'id="pause-error"' in said.text
    assert "Ce jour est passé" in said.text
    assert 'value="2020-01-01"' in said.text
    assert "C’est enregistré" not in said.text
    today = town.client.post(town.link("/p/"), data={**form, "pause": town.now.date().isoformat()})
    assert today.status_code == 200
