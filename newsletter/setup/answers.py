"""The answers that `init` needs: what is sensible by default, and how each is checked.

A check either gives the value as it will be kept, or says in one line what is wrong. What only the
network can tell (a feed, a relay) may be insisted on: a server may be down today.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from newsletter.calendar import Cron, describe
from newsletter.collect.reading import Ways, find, is_path
from newsletter.config import RelayConfig, is_local_host, parse_config
from newsletter.errors import ConfigError, NewsletterError, Refused
from newsletter.jobs.findings import is_cut
from newsletter.jobs.relaying import check_relay
from newsletter.setup.writing import ConfigValues, config_text
from newsletter.setup.zones import likely_timezone, local_timezone
from subscribers.addresses import parse_domain, parse_mailbox
from subscribers.errors import SubscriberError
from subscribers.values import clean_language, clean_timezone

USUAL_PORTS = (587, 25)  # where a relay listens that was named without a port
CONNECT_SECONDS = 5.0

NONE = "none"
"""What somebody types to have none of it."""


@dataclass
class Answers:
    """What was answered so far, as it will be kept; and what was learned on the way."""

    now: datetime
    try_network: bool = True
    allow_private: bool = False
    values: dict[str, str] = field(default_factory=dict)
    feed_title: str = ""
    feed_language: str = ""
    cut: str = ""  # "all 10 articles", that the feed gives no more than the beginning of
    secret: str = ""  # the relay's password, on its way to a file of its own

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


@dataclass(frozen=True)
class Checked:
    """A value that passed, and what was found out about it, for people."""

    value: str
    told: str = ""


class Doubtful(NewsletterError):
    """What only the network can tell: asked again, and `value` taken when the person insists."""

    def __init__(self, message: str, value: str) -> None:
        super().__init__(message)
        self.value = value


@dataclass(frozen=True)
class Question:
    """One question: its option's name, the words, the default by what is known, and the check."""

    name: str
    text: str
    default: Callable[[Answers], str]
    check: Callable[[str, Answers], Checked]
    wanted: Callable[[Answers], bool] = lambda _: True
    secret: bool = False


Ask = Callable[[Question, str], str]
"""Asks a person a question with a default, and returns what they typed."""


def interview(
    questions: tuple[Question, ...],
    given: Mapping[str, str],
    answers: Answers,
    *,
    ask: Ask | None,
    tell: Callable[[str], None],
) -> None:
    """Fill `answers`: from `given`, else by `ask`, else (`ask` is None) by the defaults.

    Raises what a check says of a value that was given; a person is asked again instead.
    """
    for question in questions:
        if not question.wanted(answers):
            continue
        if question.name in given or ask is None:
            text = given.get(question.name, question.default(answers))
            checked = question.check(text, answers)
        else:
            checked = _insist(question, answers, ask, tell)
        answers.values[question.name] = checked.value
        if checked.told:
            tell(checked.told)


def _insist(question: Question, answers: Answers, ask: Ask, tell: Callable[[str], None]) -> Checked:
    default = question.default(answers)
    doubted: dict[str, str] = {}  # what was typed, and the value it stands for
    while True:
        text = ask(question, default).strip()
        if text in doubted:
            return Checked(doubted[text], "taken as it is")
        try:
            return question.check(text, answers)
        except Doubtful as error:
            tell(f"{error}. Enter takes it all the same")
            doubted, default = {text: error.value}, text
        except (NewsletterError, SubscriberError) as error:
            tell(str(error))


def _none(text: str) -> bool:
    return text.strip().lower() in ("", NONE)


def _feed(text: str, answers: Answers) -> Checked:
    if _none(text):
        return Checked("")
    if not answers.try_network and not is_path(text):
        return Checked(text)
    private = answers.allow_private = answers.allow_private or _is_private(text)
    try:
        found = find(text, Ways(answers.now), allow_private=private)
    except NewsletterError as error:
        if not (is_path(text) or _may_be_an_address(text)):
            raise  # no server is down: this is none
        raise Doubtful(str(error), text) from error
    feed = found.feed
    answers.feed_title = feed.title if feed else ""
    answers.feed_language = (feed.language or "") if feed else ""
    count = len(feed.entries) if feed else 0
    articles = f"{count} article{'' if count == 1 else 's'}" if count else "no article yet"
    title = f"'{answers.feed_title}'" if answers.feed_title else found.place.location
    cut = sum(map(is_cut, feed.entries)) if feed else 0
    answers.cut = f"{'all' if cut == count else cut} of its articles" if cut else ""
    told = f"found {title}, with {articles}"
    if _is_private(text) and not is_path(text):
        told += "; it is on this machine or a private network: read all the same, as you named it"
    return Checked(found.place.location, told)


def _may_be_an_address(text: str) -> bool:
    """Whether it has the form of a host, or of an address on the web."""
    host = text.partition("://")[2] or text
    return not any(map(str.isspace, text)) and any(mark in host for mark in ".:/")


def _is_private(location: str) -> bool:
    """Whether the person typed an address of this machine or a private network themselves."""
    host = urlsplit(location if "://" in location else f"//{location}").hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return is_local_host(host)


def _try_config(**values: Any) -> None:
    """Raise Refused with what config.py says of these values."""
    privacy = "https://www.example.org/privacy"  # no public config is without
    sample = ConfigValues("http://localhost", "Newsletter", "en", "UTC", privacy_url=privacy)
    try:
        parse_config(config_text(replace(sample, **values)), Path())
    except ConfigError as error:
        raise Refused(error.mistakes[0].partition(": ")[2] or str(error)) from error


def _name(text: str, _: Answers) -> Checked:
    if not text.strip():
        raise Refused("a name is needed: it stands in every mail")
    _try_config(site_name=text)
    return Checked(text.strip())


def _optional_url(key: str) -> Callable[[str, Answers], Checked]:
    def check(text: str, _: Answers) -> Checked:
        if _none(text):
            return Checked("")
        text = text if "://" in text else f"https://{text}"
        _try_config(**{key: text})
        return Checked(text.rstrip("/"))

    return check


def _privacy_url(text: str, answers: Answers) -> Checked:
    local = is_local_host(urlsplit(answers["base_url"]).hostname or "")
    if _none(text) and not local:
        raise Refused(
            "a page on privacy is needed, since the sign-up form leads to it: give its address"
        )
    return _optional_url("privacy_url")(text, answers)


def _base_url(text: str, _: Answers) -> Checked:
    text = text if "://" in text else f"https://{text}"
    _try_config(base_url=text)
    local = is_local_host(urlsplit(text).hostname or "")
    told = "only this machine can follow its links: nothing is sent elsewhere until it is public"
    return Checked(text.rstrip("/"), told if local else "")


def _language(text: str, _: Answers) -> Checked:
    language = clean_language(text)
    if language is None:
        raise Refused("a language is needed: write fr or en")
    _try_config(language=language)
    return Checked(language)


def _timezone(text: str, _: Answers) -> Checked:
    return Checked(clean_timezone(text))


def _sender(text: str, _: Answers) -> Checked:
    mailbox = parse_mailbox(text)
    return Checked(f"{mailbox.name} <{mailbox.address.address}>".strip())


def _text(text: str, _: Answers) -> Checked:
    if _none(text):
        return Checked("")
    return Checked(text)


def _schedule(text: str, _: Answers) -> Checked:
    if _none(text):
        return Checked("", "issues are made by hand")
    cron = Cron.parse(text)
    return Checked(text, describe(cron, "en"))  # as all of the interview is


def relay_parts(text: str) -> tuple[str, int | None]:
    """Host and port of `smtp.example.org:587`; raises Refused."""
    host, colon, port = text.strip().rpartition(":")
    if not colon or (text.count(":") > 1 and not text.startswith("[")):
        host, port = text.strip(), ""
    host = host.removeprefix("[").removesuffix("]")
    if port and not (port.isdigit() and 1 <= int(port) <= 65535):
        raise Refused(f"relay {text!r}: expected host or host:port, such as smtp.example.org:587")
    return host, int(port) if port else None


def _relay(text: str, answers: Answers) -> Checked:
    if _none(text) or text.strip().lower() == "outbox":
        return Checked("", "mails are kept in the folder 'outbox', and nothing is sent")
    text = text.strip()
    host, port = relay_parts(text)
    try:
        if not is_local_host(host):
            ipaddress.ip_address(host)
    except ValueError:
        parse_domain(host)
    if answers.try_network:
        try:
            ports = (port,) if port else USUAL_PORTS
            _reach(host, ports)
        except OSError as error:
            reason = str(error.strerror or error).lower()
            raise Doubtful(f"{text} cannot be reached ({reason})", text) from error
    return Checked(text)


def _reach(host: str, ports: Sequence[int]) -> None:
    """Raise OSError when the host answers on none of these ports."""
    for number, port in enumerate(ports, 1):
        try:
            socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
        except OSError:
            if number == len(ports):
                raise
        else:
            return


def _tls(text: str, answers: Answers) -> Checked:
    if text not in ("none", "starttls", "implicit"):
        raise Refused("expected none, starttls or implicit")
    if text == "none" and not is_local_host(relay_parts(answers["relay"])[0]):
        return Checked(text, "plain text: only in a network that you trust")
    return Checked(text)


def _usual_tls(answers: Answers) -> str:
    host, port = relay_parts(answers["relay"])
    if port == 465:
        return "implicit"
    return "none" if is_local_host(host) else "starttls"


def _user(text: str, answers: Answers) -> Checked:
    if _none(text):
        _try_relay(answers, "", "")
        return Checked("", _answers_told(answers))
    if answers["relay_tls"] == "none" and not is_local_host(relay_parts(answers["relay"])[0]):
        raise Refused("a password is never sent in plain text: choose starttls or implicit")
    return Checked(text)


def _password(text: str, answers: Answers) -> Checked:
    if not text:
        raise Refused("a password is needed beside the user name")
    answers.secret = text
    _try_relay(answers, answers["relay_user"], text)
    return Checked("given", _answers_told(answers))


def _answers_told(answers: Answers) -> str:
    return f"{answers['relay']} answers" if answers.try_network else ""


def _try_relay(answers: Answers, user: str, password: str) -> None:
    if not answers.try_network:
        return
    host, port = relay_parts(answers["relay"])
    relay = RelayConfig.model_validate(
        {
            "name": "main",
            "host": host,
            "port": port,
            "tls": answers["relay_tls"],
            "username": user or None,
            "password": password or None,
        }
    )
    try:
        check_relay(relay)
    except NewsletterError as error:
        raise Doubtful(str(error), "given" if password else user) from error


def _has_relay(answers: Answers) -> bool:
    return bool(answers["relay"])


def _home(answers: Answers) -> str:
    parts = urlsplit(answers["feed"])
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else NONE


def _spoken(answers: Answers) -> str:
    known = answers.feed_language or os.environ.get("LANG", "")
    return "fr" if known.lower().startswith("fr") else "en"


def _usual_timezone(answers: Answers) -> str:
    return likely_timezone(local_timezone(), answers["language"])


def _usual_sender(answers: Answers) -> str:
    for url in (answers["home_url"], answers["base_url"]):
        host = (urlsplit(url).hostname or "").removeprefix("www.")
        if "." in host and not _is_private(url):
            return f"{answers['site_name']} <newsletter@{host}>"
    return f"{answers['site_name'] or 'Newsletter'} <newsletter@localhost>"


FEED = Question(
    "feed",
    "Your site, or its feed (http…, or a folder of Markdown; none)",
    lambda _: NONE,
    _feed,
)
SENDER = Question("sender", "Who the mails are from", _usual_sender, _sender)
SCHEDULE = Question("schedule", "When an issue goes out, as cron says it", lambda _: "0 8 * * fri",
                    _schedule)  # fmt: skip

SITE = (
    Question("site_name", "Name of the site", lambda a: a.feed_title or "Newsletter", _name),
    Question("home_url", "Its address", _home, _optional_url("home_url")),
    Question("language", "Language (fr, en …)", _spoken, _language),
    Question("timezone", "Time zone", _usual_timezone, _timezone),
    Question(
        "base_url",
        "Public address of the newsletter's own pages",
        lambda _: "http://localhost:8025",
        _base_url,
    ),
)
LEGAL = (
    Question("privacy_url", "Page on privacy", lambda _: NONE, _privacy_url),
    Question("postal_address", "Postal address, for the footer", lambda _: NONE, _text),
)
RELAY = (
    Question("relay", "SMTP server (host:port; none keeps mails in a folder)", lambda _: NONE,
             _relay),
    Question("relay_tls", "Its encryption (starttls, implicit, none)", _usual_tls, _tls,
             wanted=_has_relay),
    Question("relay_user", "User name there", lambda _: NONE, _user, wanted=_has_relay),
    Question("relay_password", "Password", lambda _: "", _password,
             wanted=lambda a: bool(a["relay_user"]), secret=True),
)  # fmt: skip
