"""What a reader does in the demo, as a browser and a mail program would do it: over HTTP."""

from __future__ import annotations

import re
from email.message import EmailMessage
from urllib.parse import urljoin

import httpx
from lxml import html

from newsletter.errors import NewsletterError


class PageFailed(NewsletterError):
    """A page of ours did not answer as it should; the message names it."""


READING = 2.2  # seconds; whoever sends the form sooner is shown one more step


def open_form(base_url: str, slug: str) -> html.HtmlElement:
    """The page with the sign-up form of a list."""
    with httpx.Client(timeout=10, trust_env=False) as browser:
        return _read(browser.get(f"{base_url}/lists/{slug}"))


def sign_up(page: html.HtmlElement, address: str, name: str, further: tuple[str, ...]) -> None:
    """Fill in the form of the page, ticking further lists, and send it."""
    form = page.forms[-1]
    fields = dict(form.form_values())
    fields |= {"address": address, "name": name}
    ticked = [("list", slug) for slug in further]
    with httpx.Client(timeout=10, trust_env=False) as browser:
        _submit(browser, page, form, [*fields.items(), *ticked])


def confirm(mail: EmailMessage) -> None:
    """Follow the link in a confirmation mail, and press the button."""
    with httpx.Client(timeout=10, trust_env=False) as browser:
        page = _read(browser.get(_link(mail, "/c/")))
        _submit(browser, page, page.forms[-1], list(page.forms[-1].form_values()))


def leave_in_one_click(mail: EmailMessage) -> int:
    """The POST of RFC 8058, as mail programs send it; returns the status."""
    if mail["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click":
        raise PageFailed("the mail does not offer one-click unsubscribing (RFC 8058)")
    found = re.search(r"<(https?://[^>]+)>", str(mail["List-Unsubscribe"]))
    if found is None:
        raise PageFailed("the mail has no List-Unsubscribe address")
    answer = httpx.post(
        found[1], data={"List-Unsubscribe": "One-Click"}, timeout=10, trust_env=False
    )
    if answer.status_code != httpx.codes.OK:
        raise PageFailed(f"one-click unsubscribing was answered {answer.status_code}, not 200")
    return answer.status_code


def _link(mail: EmailMessage, path: str) -> str:
    """The first address in the mail's text whose path begins with `path`."""
    text = mail.get_body(("plain",))
    found = re.search(rf"https?://[^/\s]+{path}\S+", text.get_content() if text else "")
    if found is None:
        raise PageFailed(f"the mail '{mail['Subject']}' has no link to {path}")
    return found[0]


def _read(answer: httpx.Response) -> html.HtmlElement:
    if answer.status_code != httpx.codes.OK:
        raise PageFailed(f"{answer.url} was answered {answer.status_code}, not 200")
    page = html.document_fromstring(answer.content)
    page.make_links_absolute(str(answer.url))
    return page


def _submit(
    browser: httpx.Client,
    page: html.HtmlElement,
    form: html.HtmlElement,
    fields: list[tuple[str, str]],
) -> None:
    body: dict[str, list[str]] = {}
    for name, value in fields:
        body.setdefault(name, []).append(value)
    action = urljoin(page.base_url or "", form.action or "")
    _read(browser.post(action, data=body, follow_redirects=True))
