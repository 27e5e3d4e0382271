"""A form on somebody else's page: it leads to ours, and what is kept as evidence was seen there."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from lxml import html
from valmont import BASE, Town

from newsletter.errors import Refused
from newsletter.jobs.embedding import signup_form
from subscribers.lists import find_list
from subscribers.models import ConsentKind


def form_of(page: str) -> Any:
    return html.document_fromstring(page).forms[0]


def post(town: Town, form: Any, **headers: str) -> httpx.Response:
    """Press the button of a form, filled in as it stands."""
    action = form.action.removeprefix(BASE)
    assert urlsplit(action).netloc == ""
    data: dict[str, list[str]] = {}
    for name, value in form.form_values():
        data.setdefault(name, []).append(value)
    return town.client.post(action, data=data, headers=headers)


@pytest.mark.parametrize("slug", ["hebdo", "alerts"])  # in French, and in English
def test_the_words_kept_are_those_that_were_shown(town: Town, slug: str) -> None:
    before = town.dump()
    pasted = form_of(signup_form(town.inst, slug))
    pasted.fields["address"] = "marie@example.org"
    pasted.fields["name"] = "Marie"
    shown = post(town, pasted, Origin="https://paper.example", **{"Sec-Fetch-Site": "cross-site"})
    assert shown.status_code == 200
    assert town.dump() == before  # nothing is kept before the button was pressed

    ours = form_of(shown.text)
    assert (ours.fields["address"], ours.fields["name"]) == ("marie@example.org", "Marie")
    facts = [" ".join(fact.text_content().split()) for fact in ours.iter("dd")]
    assert facts == ["marie@example.org", "Marie"]
    consent = ours.find_class("consent")[0].text_content()
    town.later(seconds=5)
    done = post(town, ours, Origin="null", **{"Sec-Fetch-Site": "same-origin"})
    assert "marie@example.org" in done.text
    [asked] = [e for e in town.events() if e.kind is ConsentKind.REQUESTED]
    assert asked.words == consent


def test_topics_chosen_elsewhere_are_chosen_on_our_page(town: Town) -> None:
    pasted = form_of(signup_form(town.inst, "hebdo"))
    pasted.fields["address"] = "marie@example.org"
    next(box for box in pasted.inputs["topic"] if box.get("value") == "travaux").checked = True
    shown = form_of(post(town, pasted).text)
    assert "Rubriques\u00a0: Travaux et voirie." in shown.text_content()
    town.later(seconds=5)
    post(town, shown)
    assert town.subscription().topics == {"travaux"}


@pytest.mark.parametrize(
    ("headers", "asks_again"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),  # another host of the same domain
        ({"Origin": "https://paper.example"}, True),  # a browser that knows no Sec-Fetch-Site
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, False),
        ({"Origin": "null"}, False),  # as our own pages send it
        ({"Origin": BASE}, False),
        ({}, False),
    ],
)
def test_a_form_that_was_copied_by_hand_leads_to_our_page_too(
    town: Town, headers: dict[str, str], asks_again: bool
) -> None:
    form = {"address": "marie@example.org", "shown": town.opened()}
    answer = town.client.post("/lists/hebdo", data=form, headers=headers)
    assert answer.status_code == 200
    assert ("Relisez, puis validez" in answer.text) is asks_again
    assert (town.notices() == []) is asks_again


def test_the_form_names_its_fields_runs_no_script_and_leads_to_the_privacy_page(
    town: Town,
) -> None:
    pasted = signup_form(town.inst, "hebdo")
    form = html.fragment_fromstring(pasted)
    assert form.get("lang") == "fr"
    assert form.action == f"{BASE}/lists/hebdo"
    for field in form.iter("input"):
        assert field.get("type") == "hidden" or next(field.iterancestors("label"), None) is not None
        assert not [name for name in field.attrib if name.startswith("on")]
    assert not form.xpath("//script | //link | //style | //img | //@style")
    assert form.xpath("//a/@href") == ["https://valmont.example.org/donnees"]
    assert [legend.text for legend in form.iter("legend")] == [
        "À quel rythme",
        "Rubriques (facultatif)",
    ]
    assert "S’abonner à «\u00a0Le Courrier de Valmont\u00a0»" in pasted
    assert "Continue</button>" in signup_form(town.inst, "alerts")


def test_the_form_offers_all_that_our_page_offers_and_the_lists_that_were_named(
    town: Town,
) -> None:
    form = html.fragment_fromstring(signup_form(town.inst, "hebdo", ["alerts", "hebdo"]))
    labels = [" ".join(label.text_content().split()) for label in form.iter("label")]
    assert labels[2:] == [
        "Chaque vendredi à 8 h",
        "Chaque jour à 7 h",
        "Culture et fêtes",
        "Travaux et voirie",
        "Aussi les alertes urgentes de « Le Courrier de Valmont »",
        "Valmont alerts (alertes urgentes comprises)",
    ]
    assert form.fields["cadence"] == "weekly"
    assert form.xpath("//input[@name='list']/@value") == ["alerts"]
    with pytest.raises(Refused, match="list 'conseil' is private"):
        signup_form(town.inst, "hebdo", ["conseil"])


@pytest.mark.parametrize("slug", ["conseil", "ancien"])
def test_no_form_is_made_for_a_list_that_nobody_can_sign_up_to(town: Town, slug: str) -> None:
    with pytest.raises(Refused, match=r"--visibility public"):
        signup_form(town.inst, slug)


def test_a_form_pasted_before_its_list_was_closed_says_so(town: Town) -> None:
    pasted = form_of(signup_form(town.inst, "hebdo"))
    pasted.fields["address"] = "marie@example.org"
    with town.inst.database.write() as session:
        find_list(session, "hebdo").visibility = find_list(session, "ancien").visibility
    assert "n’accepte pas de nouvelles inscriptions" in post(town, pasted).text
    assert town.notices() == []
