"""A reader's whole way in a browser, as somebody who sees it for the first time would go it.

They read French on a telephone, without JavaScript, and follow what pages and mails offer: nothing
is typed into the address bar.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.sync_api import Browser, Page
from valmont import Town

from subscribers.models import ConsentKind, SubscriptionState
from subscribers.people import find

OLD, NEW = "marie@example.org", "marie@pont.example"
NB = "\u00a0"


def test_a_reader_goes_the_whole_way_without_help(
    town: Town, browser: Browser, tmp_path: Path
) -> None:
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": 375, "height": 740}, locale="fr-FR"
    )
    page = context.new_page()

    # Sign up, and confirm.
    visit(town, page, "/")
    page.get_by_role("link", name=f"S’abonner à «{NB}Le Courrier de Valmont{NB}»").click()
    readable(page)
    town.later(minutes=1)
    page.get_by_label("Adresse électronique").fill(OLD)
    press(page, "Je m’abonne")
    says(page, "Regardez votre courrier")
    visit(town, page, town.link("/c/"))
    press(page, "Oui, je m’abonne")
    says(page, "C’est fait")
    leave = town.link("/u/")  # of the welcome

    # Choose topics and cadence.
    page.get_by_role("link", name="Choisir ce que je reçois").click()
    readable(page)
    page.get_by_label("Culture et fêtes").check()
    page.get_by_label("Chaque jour à 7").check()
    press(page, "Enregistrer")
    says(page, "C’est enregistré.")
    chosen = town.subscription()
    assert (chosen.topics, chosen.cadence) == ({"culture"}, "daily")

    # Move to a new address.
    press(page, "M’envoyer un lien")
    says(page, "Il est valable une heure.")
    visit(town, page, town.link("/s/"))
    page.get_by_label("Nouvelle adresse électronique").fill(NEW)
    press(page, "Changer d’adresse")
    says(page, f"Nous avons écrit à {NEW}.")
    visit(town, page, town.link("/m/"))
    press(page, "Oui, m’écrire à cette adresse")
    says(page, f"Nous écrivons désormais à {NEW}.")
    assert town.notices()[-1][1].address == OLD

    # Without a mail at hand: ask for a link from any page, export, and go to the preferences.
    town.later(days=1)
    page.get_by_role("link", name="Vos données").click()
    readable(page)
    page.get_by_label("Adresse électronique").fill(NEW)
    press(page, "M’envoyer un lien")
    says(page, f"Si {NEW} nous est connue")
    visit(town, page, town.link("/s/"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Télécharger").click()
    file = tmp_path / "my-data.json"
    download.value.save_as(file)
    kept = json.loads(file.read_text())
    assert (kept["address"], kept["moves"][0]["to"]) == (NEW, NEW)
    assert kept["subscriptions"][0]["topics"] == ["culture"]

    # Pause for the holidays.
    page.get_by_role("link", name="Choisir ce que je reçois").click()
    page.get_by_label("Suspendre jusqu’au").fill("2026-12-24")
    press(page, "Enregistrer")
    says(page, "Suspendu jusqu’au 24 décembre 2026.")
    assert town.subscription(NEW).cadence == "daily"  # still as it was chosen

    # Leave by the link of the first mail, which moved along; then come back.
    visit(town, page, leave)
    press(page, "Me désabonner")
    says(page, "Désabonnement enregistré")
    assert town.subscription(NEW).state is SubscriptionState.UNSUBSCRIBED
    page.get_by_label("Trop de messages").check()
    press(page, "Envoyer")
    says(page, "Merci")
    town.later(days=3)
    page.get_by_role("link", name="Vos données").click()
    page.get_by_label("Adresse électronique").fill(NEW)
    press(page, "M’envoyer un lien")
    visit(town, page, town.link("/s/"))
    page.get_by_role("link", name="Choisir ce que je reçois").click()
    says(page, "Aucun abonnement en ce moment")
    press(page, f"S’abonner à «{NB}Le Courrier de Valmont{NB}»")
    says(page, "Regardez votre courrier")
    visit(town, page, town.link("/c/"))
    press(page, "Oui, je m’abonne")
    says(page, "C’est fait")
    context.close()

    back = town.subscription(NEW)
    assert back.state is SubscriptionState.ACTIVE
    assert (back.topics, back.cadence) == ({"culture"}, "daily")  # as it was left
    with town.inst.database.read() as session:
        assert find(session, OLD) is None
    assert [event.kind for event in town.events()] == [
        ConsentKind.REQUESTED,
        ConsentKind.CONFIRMED,
        ConsentKind.CHANGED,
        ConsentKind.MOVED,
        ConsentKind.CHANGED,
        ConsentKind.UNSUBSCRIBED,
        ConsentKind.REASON,
        ConsentKind.REQUESTED,
        ConsentKind.CONFIRMED,
    ]


def visit(town: Town, page: Page, path: str) -> None:
    """Follow a link of a mail, or begin."""
    page.goto(f"{town.client.base_url}".rstrip("/") + path)
    readable(page)


def press(page: Page, label: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=label, exact=True).click()
    readable(page)


def says(page: Page, sentence: str) -> None:
    text = re.sub(r"[\u00a0\u202f]", " ", page.inner_text("main"))
    assert re.sub(r"[\u00a0\u202f]", " ", sentence) in text


def readable(page: Page) -> None:
    """It fits the screen, begins with one heading, and a screen reader can name all it offers."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    seen = page.locator("main").aria_snapshot()
    assert len(re.findall(r"^\s*- heading .* \[level=1\]", seen, re.MULTILINE)) == 1, seen
    nameless = r"^\s*- (?:link|button|textbox|checkbox|radio|combobox|group)(?: \[.*\])*:?$"
    assert not re.search(nameless, seen, re.MULTILINE), seen
