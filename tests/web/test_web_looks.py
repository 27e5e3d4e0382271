"""The pages in a real browser: narrow and wide, by day and night, by keyboard, without script."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page
from valmont import Town

WIDTHS = (375, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def paths(town: Town) -> dict[str, str]:
    """A page of each kind, by name."""
    town.sign_up()
    confirm = town.link("/c/")
    found = {
        "lists": "/",
        "signup": "/lists/hebdo",
        "signup-en": "/lists/alerts",
        "confirm": confirm,
    }
    town.sign_up("paul@example.org", "hebdo", list="alerts")
    town.client.post(town.link("/c/"))
    found |= {"leave": town.link("/u/"), "preferences": town.link("/p/")}
    town.client.post(found["preferences"], data={"do": "data"})
    found |= {"settings": town.link("/s/"), "archive": "/archive/hebdo", "lost": "/nowhere"}
    town.client.post(found["settings"], data={"do": "move", "address": "paul@pont.example"})
    found |= {"move": town.link("/m/"), "data": "/data"}
    town.client.post(town.subscribe("rene@example.org"), data={"do": "leave"})
    found |= {"nothing": town.link("/p/")}
    return found


def test_every_page_fits_its_width_and_breaks_no_rule_of_its_own_policy(
    town: Town, browser: Browser
) -> None:
    page = browser.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    for name, path in paths(town).items():
        page.goto(address(town, path))
        look(page, name)
    page.goto(address(town, "/lists/hebdo"))
    page.get_by_label("Adresse électronique").fill("nobody@localhost-")
    page.evaluate("document.querySelector('form').noValidate = true")
    press(page, "Je m’abonne")
    look(page, "signup-wrong")
    page.get_by_label("Adresse électronique").fill("zoe@example.org")
    press(page, "Je m’abonne")
    look(page, "step")
    town.later(seconds=5)
    press(page, "Je m’abonne")
    look(page, "sent")
    page.goto(address(town, town.link("/c/")))
    press(page, "Oui, je m’abonne")
    look(page, "confirmed")
    page.goto(address(town, town.link("/u/")))
    press(page, "Me désabonner")
    look(page, "left")
    assert [p for p in problems if "404" not in p and "422" not in p] == []


def test_a_reader_with_a_keyboard_and_without_script_signs_up_and_leaves(
    town: Town, browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address(town, "/lists/hebdo"))
    page.get_by_label("Adresse électronique").focus()
    page.keyboard.type("marie@example.org")
    town.later(seconds=5)  # nobody types that in less
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "marie@example.org" in page.inner_text("main")
    page.goto(address(town, town.link("/c/")))
    press(page, "Oui, je m’abonne")
    page.goto(address(town, town.link("/u/")))
    press(page, "Me désabonner")
    assert "Vous ne recevrez plus" in page.inner_text("main")
    press(page, "Annuler")
    assert "Vous revoilà" in page.inner_text("main")
    context.close()


def test_the_field_that_nobody_sees_is_no_stop_for_keyboard_or_screen_reader(
    town: Town, browser: Browser
) -> None:
    page = browser.new_page()
    page.goto(address(town, "/lists/hebdo"))
    assert "textbox" in page.locator("form").aria_snapshot()
    assert "Laissez ce champ vide" not in page.locator("form").aria_snapshot()
    page.get_by_label("Adresse électronique").focus()
    stops = []
    while page.evaluate("document.activeElement.tagName") != "BUTTON":
        stops.append(page.evaluate("document.activeElement.name"))
        page.keyboard.press("Tab")
    assert stops == ["address", "name", "cadence", "topic", "topic", "alerts", "list"]
    box = page.locator("#website").bounding_box()
    assert box is not None
    assert box["x"] + box["width"] < 0


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def look(page: Page, name: str) -> None:
    """The page at each width, by day and by night: nothing may stick out.

    With SCREENSHOTS=FOLDER in the environment, pictures of all are put there to be looked at.
    """
    pictures = os.environ.get("SCREENSHOTS")
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            if pictures:
                file = Path(pictures) / f"{name}-{width}-{scheme}.png"
                page.screenshot(path=file, full_page=True)


def address(town: Town, path: str) -> str:
    return f"{town.client.base_url}".rstrip("/") + path
