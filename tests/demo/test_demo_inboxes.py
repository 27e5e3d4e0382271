from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import httpx
import pytest

from newsletter.setup.demo.inboxes import Inboxes, Person, for_frame, serve_inboxes, with_links
from newsletter.setup.demo.smtp import MailDrop

ANNE = Person("Anne", "anne@valmont.example", "Confirmed by the link in her mail.")
PAUL = Person("Paul <b>", "paul@valmont.example", "Left by <i>one click</i>.")
EVIL = "<script>alert(1)</script>"
HTML = '<!doctype html><html><head><title>t</title></head><body><a href="https://x.example/u">Se désabonner</a></body></html>'  # noqa: E501


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[MailDrop]:
    with MailDrop(tmp_path) as drop:
        yield drop


@pytest.fixture
def inboxes(drop: MailDrop) -> Iterator[Inboxes]:
    with serve_inboxes(drop, [ANNE, PAUL], title="The demo", steps=["One.", "Two & <three>."]) as i:
        yield i


def _mail(
    subject: str = "La semaine à Valmont",
    sender: str = "Le Courrier <courrier@valmont.example>",
    html: str | None = HTML,
    text: str | None = "Bonjour, voir https://x.example/u.",
) -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, ANNE.address, subject
    mail["List-Unsubscribe"] = "<https://x.example/one>, <mailto:u@x.example>"
    if text is not None:
        mail.set_content(text)
    if html is not None and text is not None:
        mail.add_alternative(html, subtype="html")
    elif html is not None:
        mail.set_content(html, subtype="html")
    return mail.as_bytes()


def _send(drop: MailDrop, content: bytes, to: Person = ANNE) -> None:
    with smtplib.SMTP(drop.host, drop.port, timeout=10) as client:
        client.sendmail("courrier@valmont.example", to.address, content)


def test_the_first_page_says_what_one_sees_and_names_everybody(inboxes: Inboxes) -> None:
    page = httpx.get(inboxes.url).text.replace("<wbr>", "")  # where a long address may break
    assert "What you see" in page
    assert "Two &amp; &lt;three&gt;." in page
    assert "Paul &lt;b&gt;" in page
    assert "Left by &lt;i&gt;one click&lt;/i&gt;." in page
    for person in (ANNE, PAUL):
        assert person.address in page


def test_mail_is_shown_as_html_as_text_and_as_source(inboxes: Inboxes, drop: MailDrop) -> None:
    _send(drop, _mail())
    base = inboxes.url + "/inbox/1/1"
    html = httpx.get(base).text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in html
    assert 'src="/inbox/1/1/frame"' in html
    assert "La semaine à Valmont" in html
    assert 'href="https://x.example/one"' in html  # the sender's own unsubscribe, as clients show
    text = httpx.get(base + "/text").text
    assert 'Bonjour, voir <a href="https://x.example/u" target="_blank"' in text
    source = httpx.get(base + "/source").text
    assert "List-Unsubscribe: &lt;https://x.example/one&gt;" in source
    assert "Subject: La semaine =?utf-8?q?=C3=A0?= Valmont" in source  # as it was sent
    raw = httpx.get(base + "/raw")
    assert raw.content == drop.messages(ANNE.address)[0].content
    assert raw.headers["content-disposition"] == 'attachment; filename="mail-1.eml"'


def test_links_of_the_frame_open_in_a_tab_of_their_own_and_scripts_cannot_run(
    inboxes: Inboxes, drop: MailDrop
) -> None:
    _send(drop, _mail())
    frame = httpx.get(inboxes.url + "/inbox/1/1/frame")
    assert '<head><base target="_blank"><title>' in frame.text
    assert "Se désabonner" in frame.text
    policy = frame.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox;")
    assert "default-src 'none'" in policy
    assert "script" not in policy


def test_new_mail_is_there_at_the_next_load(inboxes: Inboxes, drop: MailDrop) -> None:
    assert "No mail has come here yet." in httpx.get(inboxes.url + "/inbox/2").text
    _send(drop, _mail(subject="Bienvenue"), PAUL)
    _send(drop, _mail(subject="La suite"), PAUL)
    page = httpx.get(inboxes.url + "/inbox/2").text
    assert page.index("La suite") < page.index("Bienvenue")
    assert "Bienvenue" not in httpx.get(inboxes.url + "/inbox/1").text


def test_nothing_in_a_mail_becomes_mark_up_of_the_page(inboxes: Inboxes, drop: MailDrop) -> None:
    text = f"{EVIL} https://x.example/{EVIL} {EVIL}"
    _send(drop, _mail(subject=EVIL, sender=f'"{EVIL}" <a@valmont.example>', text=text))
    _send(drop, b"From: " + EVIL.encode() + b"\r\nSubject: \xff\xfe" + EVIL.encode() + b"\r\n\r\nx")
    for number in (1, 2):
        for view in ("", "/html", "/text", "/source"):
            page = httpx.get(f"{inboxes.url}/inbox/1/{number}{view}")
            assert page.status_code == 200
            assert "<script" not in page.text.lower()
            assert "&lt;script&gt;" in page.text


def test_an_unsubscribe_header_that_is_not_a_web_page_is_no_link(
    inboxes: Inboxes, drop: MailDrop
) -> None:
    _send(drop, b"Subject: x\r\nList-Unsubscribe: <javascript:alert(1)>\r\n\r\nx")
    assert "javascript:" not in httpx.get(inboxes.url + "/inbox/1/1").text


def test_a_mail_without_html_opens_as_text_and_the_other_way_round(
    inboxes: Inboxes, drop: MailDrop
) -> None:
    _send(drop, _mail(html=None))
    _send(drop, _mail(text=None))
    assert "Bonjour, voir" in httpx.get(inboxes.url + "/inbox/1/1").text
    assert "has no HTML part" in httpx.get(inboxes.url + "/inbox/1/1/html").text
    assert httpx.get(inboxes.url + "/inbox/1/1/frame").status_code == 404
    assert "<iframe" in httpx.get(inboxes.url + "/inbox/1/2").text
    assert "has no text part" in httpx.get(inboxes.url + "/inbox/1/2/text").text


def test_a_mail_in_an_unknown_charset_is_still_shown(inboxes: Inboxes, drop: MailDrop) -> None:
    _send(drop, b"Subject: x\r\nContent-Type: text/plain; charset=klingon\r\n\r\nNuqneH\r\n")
    assert "NuqneH" in httpx.get(inboxes.url + "/inbox/1/1").text


@pytest.mark.parametrize(
    "path",
    [
        "/inbox/0",
        "/inbox/3",
        "/inbox/1/2",
        "/inbox/2/1",  # somebody else's mail
        "/inbox/1/1/other",
        "/inbox/-1",
        "/inbox/1/../../2",
        "/inbox/1/%2e%2e/%2e%2e/etc/passwd",
        "/../anne@valmont.example/new",
        "/inbox/1%00",
        "/inbox/1/1\n",
    ],
)
def test_what_is_not_there_is_404(inboxes: Inboxes, drop: MailDrop, path: str) -> None:
    _send(drop, _mail())
    with httpx.Client() as client:
        request = client.build_request("GET", inboxes.url)
        request.url = request.url.copy_with(raw_path=path.replace("\n", "%0A").encode())
        assert client.send(request).status_code == 404


def test_the_page_only_answers_to_reading(inboxes: Inboxes) -> None:
    assert httpx.head(inboxes.url).status_code == 200
    assert httpx.post(inboxes.url + "/inbox/1").status_code == 405


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<HEAD lang='fr'><p>", "<HEAD lang='fr'><base target=\"_blank\"><p>"),
        ("<!DOCTYPE html>\n<p>", '<!DOCTYPE html><base target="_blank">\n<p>'),
        ("<header>", '<base target="_blank"><header>'),
        ("", '<base target="_blank">'),
    ],
)
def test_the_base_goes_where_a_browser_heeds_it(html: str, shown: str) -> None:
    assert for_frame(html) == shown


def test_a_link_ends_where_its_sentence_goes_on() -> None:
    shown = with_links('Voir (https://x.example/a?b=1&c="2").')
    assert 'href="https://x.example/a?b=1&amp;c="' in shown
    assert shown.endswith("&#34;2&#34;).")
