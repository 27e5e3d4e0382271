"""Shows the demo's people and their mail on one web page, which re-reads the Maildirs every time.

Mail is somebody else's text: it is shown in a sandboxed frame that can run nothing, and everything
else about it is escaped. The frame lets links open in a tab of their own, so that a click on
"unsubscribe" does what it does for real.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from enum import StrEnum

from lxml.html import document_fromstring
from markupsafe import Markup

from newsletter.setup.demo.pages import render
from newsletter.setup.demo.serving import LocalSite, Reply
from newsletter.setup.demo.smtp import MailDrop, Received

_BLANKS = re.compile(r"[ \t\r\n]+")  # not those that may not break
_ADDRESS = re.compile(r"/inbox/(\d{1,6})(?:/(\d{1,9})(?:/(html|text|source|frame|raw))?)?\Z")
_LINK = re.compile(r"https?://[^\s<>\"'\u00a0]+")
_AFTER_LINK = ".,;:!?)]}»"  # belongs to the sentence around a link, not to the link
_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
_DOCTYPE = re.compile(r"\s*<!doctype[^>]*>", re.IGNORECASE)
_BASE = '<base target="_blank">'
_HTTP_URI = re.compile(r"<\s*(https?://[^>\s]+)\s*>")

_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; img-src data:"
# Also for who opens the frame's address by itself: no script, no form, no cookies of this site.
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src http: https:; style-src 'unsafe-inline'"
)


class View(StrEnum):
    """One way to look at a mail."""

    HTML = "html"
    TEXT = "text"
    SOURCE = "source"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose inbox is shown; the story says in a sentence what happens to them."""

    name: str
    address: str
    story: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    """A mail in the list of an inbox."""

    order: int
    sender: str
    subject: str
    time: str
    beginning: str


class Inboxes:
    """The page, up from its making until `close()`, at `url`."""

    def __init__(
        self,
        drop: MailDrop,
        people: Sequence[Person],
        *,
        title: str,
        steps: Sequence[str],
        links: Sequence[tuple[str, str]] = (),
        port: int = 0,
    ) -> None:
        self._drop = drop
        self._expected = tuple(people)
        self._title = title
        self._steps = [with_links(step) for step in steps]
        self._links = tuple(links)
        self._site = LocalSite(self._answer, port=port)
        self.url = self._site.url

    def close(self) -> None:
        self._site.close()

    def __enter__(self) -> Inboxes:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def _answer(self, path: str) -> Reply | None:
        if path == "/":
            return self._page("home.html", person=0, steps=self._steps, links=self._links)
        found = _ADDRESS.match(path)
        people = self._people()
        if found is None or not 1 <= int(found[1]) <= len(people):
            return None
        number = int(found[1])
        mails = self._drop.messages(people[number - 1].address)[::-1]
        if found[2] is None:
            return self._mailbox(number, mails, mails[0] if mails else None, None, chosen=False)
        mail = next((mail for mail in mails if mail.order == int(found[2])), None)
        if mail is None:
            return None
        if found[3] == "raw":
            name = f"mail-{mail.order}.eml"
            return Reply(mail.content, "message/rfc822", "sandbox", filename=name)
        if found[3] == "frame":
            html = _part(mail.message, "html")
            return None if html is None else Reply(for_frame(html).encode(), policy=_MAIL_POLICY)
        return self._mailbox(number, mails, mail, View(found[3]) if found[3] else None, chosen=True)

    def _people(self) -> list[Person]:
        """Those who were expected, then whoever else got mail, in the order of their first."""
        known = {person.address.lower() for person in self._expected}
        others = [address for address in self._drop.counts() if address.lower() not in known]
        others.sort(key=lambda address: self._drop.messages(address)[0].order)
        story = "signed up while the demo was running"
        return [*self._expected, *(Person(a, a, story) for a in others)]

    def _mailbox(
        self,
        number: int,
        mails: Sequence[Received],
        mail: Received | None,
        view: View | None,
        *,
        chosen: bool,
    ) -> Reply:
        """An inbox with a mail open; `chosen` is false if that is only the newest one."""
        html = text = None
        source = ""
        if mail is not None:
            html, text = _part(mail.message, "html"), _part(mail.message, "plain")
            source = mail.content.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
        return self._page(
            "inbox.html",
            person=number,
            chosen=chosen,
            lines=[_line(each) for each in mails],
            mail=mail and _line(mail),
            headers=mail and [(name, _header(mail.message, name)) for name in ("From", "To")],
            unsubscribe=mail and _unsubscribe_page(mail.message),
            view=view or (View.TEXT if html is None else View.HTML),
            html=html is not None,
            text=None if text is None else with_links(text),
            source=source,
        )

    def _page(self, template: str, **values: object) -> Reply:
        counted = [(each, len(self._drop.messages(each.address))) for each in self._people()]
        page = render(template, title=self._title, people=counted, **values)
        return Reply(page, policy=_PAGE_POLICY)


def serve_inboxes(
    drop: MailDrop,
    people: Sequence[Person],
    *,
    title: str,
    steps: Sequence[str],
    links: Sequence[tuple[str, str]] = (),
    port: int = 0,
) -> Inboxes:
    """The inboxes of these people on a page of their own, up at once.

    `steps` are what happened before, a plain sentence each. Raises Refused when the port cannot be
    had.
    """
    return Inboxes(drop, people, title=title, steps=steps, links=links, port=port)


def for_frame(html: str) -> str:
    """The mail's HTML with its links made to open in a tab of their own, else untouched."""
    if head := _HEAD.search(html):
        return html[: head.end()] + _BASE + html[head.end() :]
    doctype = _DOCTYPE.match(html)
    start = doctype.end() if doctype else 0
    return html[:start] + _BASE + html[start:]


def with_links(text: str) -> Markup:
    """Plain text as HTML, with its http(s) addresses as links."""
    pieces: list[Markup] = []
    done = 0
    for found in _LINK.finditer(text):
        url = found[0].rstrip(_AFTER_LINK)
        pieces.append(Markup.escape(text[done : found.start()]))
        link = Markup('<a href="{0}" target="_blank" rel="noreferrer">{0}</a>')
        pieces.append(link.format(url))
        done = found.start() + len(url)
    return Markup("").join([*pieces, Markup.escape(text[done:])])


def _line(mail: Received) -> _Line:
    sender = _header(mail.message, "From")
    return _Line(
        order=mail.order,
        sender=re.sub(r"\s*<[^<>]*>\Z", "", sender).strip('" ') or sender or "(nobody)",
        subject=_header(mail.message, "Subject") or "(no subject)",
        time=mail.at.astimezone().strftime("%H:%M"),  # the clock of whoever watches the demo
        beginning=_beginning(mail.message),
    )


def _beginning(message: EmailMessage) -> str:
    """What an inbox shows after the subject: the HTML's first words, its hidden preheader too."""
    markup, text = _part(message, "html"), _part(message, "plain") or ""
    if markup and markup.strip():
        body = document_fromstring(markup).find("body")
        text = body.text_content() if body is not None else ""
    shown = (c for c in _LINK.sub("", text) if unicodedata.category(c) not in ("Cf", "Mn"))
    return _BLANKS.sub(" ", "".join(shown)).strip()[:110]


def _header(message: EmailMessage, name: str) -> str:
    return _BLANKS.sub(" ", str(message.get(name, ""))).strip()


def _part(message: EmailMessage, subtype: str) -> str | None:
    """The first text part of that kind, decoded; None when the mail has none."""
    for part in message.walk():
        if part.get_content_type() == f"text/{subtype}" and not part.is_attachment():
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)  # as it is for every part that is not multipart
            try:
                return payload.decode(part.get_content_charset("utf-8"), "replace")
            except LookupError:
                return payload.decode("utf-8", "replace")
    return None


def _unsubscribe_page(message: EmailMessage) -> str | None:
    """The address a mail client would offer beside the sender (RFC 2369 §3.2), if it is a page."""
    found = _HTTP_URI.search(_header(message, "List-Unsubscribe"))
    return found[1] if found else None
