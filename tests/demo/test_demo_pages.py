"""The demo's pages in a real browser: nothing runs off the screen, and a mail's links leave it."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from newsletter.setup.demo.inboxes import Inboxes, Person, serve_inboxes
from newsletter.setup.demo.paper import Paper
from newsletter.setup.demo.smtp import MailDrop

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
ANNE = Person("Anne", "anne.at-an-address-that-is-rather-long@valmont.example", "Reads it all.")


@pytest.fixture(scope="module")
def browser(needs_tool: Callable[[str], Path]) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(needs_tool("chromium")),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def paper() -> Iterator[Paper]:
    with Paper(NOW) as paper:
        yield paper


@pytest.fixture(scope="module")
def inboxes(paper: Paper, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inboxes]:
    article = paper.articles("fr")[0]
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = "Le Courrier <courrier@valmont.example>", ANNE.address
    mail["Subject"] = article.title
    mail.set_content("https://valmont.example/" + "long" * 40)
    mail.add_alternative(
        f'<html><head></head><body><script>document.body.append("ran")</script>'
        f'<img src="{paper.url}/pictures/{article.picture}" alt="">'
        f'<a href="{paper.article_url(article)}">Lire la suite</a></body></html>',
        subtype="html",
    )
    with MailDrop(tmp_path_factory.mktemp("mail")) as drop:
        with smtplib.SMTP(drop.host, drop.port, timeout=10) as client:
            client.send_message(mail)
        with serve_inboxes(drop, [ANNE], title="Demo", steps=["One."]) as inboxes:
            yield inboxes


@pytest.mark.parametrize("width", [375, 1280])
def test_no_page_is_wider_than_the_screen(
    browser: Browser, paper: Paper, inboxes: Inboxes, width: int
) -> None:
    urls = [paper.url + path for path in ("/", "/en/", paper.articles("fr")[2].path)]
    views = ("", "/inbox/1", "/inbox/1/1", "/inbox/1/1/text", "/inbox/1/1/source")
    urls += [inboxes.url + view for view in views]
    page = browser.new_page(viewport={"width": width, "height": 800})
    for url in urls:
        page.goto(url)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, url
    page.close()


def test_a_link_in_a_mail_opens_in_a_tab_of_its_own_and_its_script_does_not_run(
    browser: Browser, paper: Paper, inboxes: Inboxes
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(inboxes.url + "/inbox/1/1")
    mail = page.frame_locator("iframe")
    assert "ran" not in mail.locator("body").inner_text()
    assert mail.locator("img").evaluate("img => img.naturalWidth") == 1200
    with context.expect_page() as opened:
        mail.get_by_text("Lire la suite").click()
    opened.value.wait_for_load_state()
    assert opened.value.url == paper.article_url(paper.articles("fr")[0])
    assert page.url == inboxes.url + "/inbox/1/1"
    context.close()


def test_the_way_to_a_mail_and_its_source_can_be_gone_by_keyboard(
    browser: Browser, inboxes: Inboxes
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(inboxes.url)
    for link in ("/inbox/1", "/inbox/1/1", "/inbox/1/1/source"):
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.getAttribute('href')") == link:
                break
        page.keyboard.press("Enter")
        page.wait_for_url(inboxes.url + link)
    assert "Subject:" in page.locator("pre").inner_text()
    page.close()
