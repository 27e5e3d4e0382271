"""Fills the templates of pages, in the language of whom they are for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse

from newsletter.compose.language import direction, spoken, typeset
from newsletter.compose.templates import fill
from newsletter.config import Config
from newsletter.installation import Installation
from newsletter.jobs.imprint import links_of
from newsletter.links import Links
from newsletter.web.catalogue import CATALOGUE
from newsletter.web.clients import Clients
from newsletter.web.style import Asset, icon, stylesheet
from newsletter.web.words import Words


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Button:
    """`value` is posted as `do`."""

    label: str
    value: str


@dataclass(frozen=True)
class Link:
    label: str
    url: str


@dataclass(frozen=True)
class Tongue:
    """A language that a page can be read in, as it calls itself."""

    code: str
    name: str
    url: str = ""


TONGUES = tuple(Tongue(code, words.language_name) for code, words in CATALOGUE.items())


@dataclass(frozen=True)
class Site:
    """What every page needs: the installation, its links and files, and the time."""

    inst: Installation
    now: Callable[[], datetime] = field(default=utc_now)

    @property
    def config(self) -> Config:
        return self.inst.config

    @cached_property
    def links(self) -> Links:
        return links_of(self.inst)

    @cached_property
    def clients(self) -> Clients:
        return Clients(self.config.web.trusted_proxies)

    @cached_property
    def style(self) -> Asset:
        return stylesheet(self.config.site.accent, self.config.templates)

    @cached_property
    def icon(self) -> Asset:
        return icon(self.config.site.accent, self.config.site.name)

    def ip(self, request: Request) -> str | None:
        """The client's address, for evidence and limits."""
        peer = None if request.client is None else request.client.host
        return self.clients.address(peer, request.headers.getlist("x-forwarded-for"))

    def from_elsewhere(self, request: Request) -> bool:
        """Whether a browser says that another site's page posted this; others say nothing.

        Our own pages send "Origin: null", since they send no referrer.
        """
        fetched = request.headers.get("sec-fetch-site")
        if fetched is not None:
            return fetched in ("cross-site", "same-site")
        origin = request.headers.get("origin", "null")
        host = urlsplit(origin).netloc
        ours = (request.headers.get("host"), urlsplit(self.config.base_url).netloc)
        return origin != "null" and host not in ours

    def page(
        self,
        template: str,
        language: str,
        *,
        title: str,
        status: int = 200,
        languages: tuple[Tongue, ...] = (),
        **values: Any,
    ) -> HTMLResponse:
        """The template `web/NAME.html.jinja` filled; raises ComposeError for a faulty one."""
        tongue = spoken(language)
        site = self.config.site
        shared = {
            "words": CATALOGUE[tongue],
            "language": tongue,
            "direction": direction(tongue),
            "title": title,
            "site": {
                "name": typeset(site.name, site.language),
                "language": site.language,
                "home_url": site.home_url,
                "privacy_url": site.privacy_url,
                "postal_address": site.postal_address,
            },
            "home": self.home(tongue),
            "data_url": self.path("data") + self._tongue(tongue),
            "stylesheet": self.path(f"static/{self.style.name}"),
            "icon": self.path(f"static/{self.icon.name}"),
            "languages": languages,
        }
        html = fill(
            f"web/{template}.html.jinja", {**shared, **values}, operator=self.config.templates
        )
        return HTMLResponse(html, status, {"Content-Language": tongue})

    def message(
        self,
        language: str,
        heading: str,
        lead: str,
        *,
        status: int = 200,
        more: tuple[str, ...] = (),
        alert: bool = False,
        button: Button | None = None,
        action: str = "",
        small: str = "",
        link: Link | None = None,
        languages: tuple[Tongue, ...] = (),
    ) -> HTMLResponse:
        """A page that says one thing."""
        return self.page(
            "message",
            language,
            title=heading,
            status=status,
            heading=heading,
            lead=lead,
            more=more,
            alert=alert,
            button=button,
            action=action,
            small=small,
            link=link,
            languages=languages,
        )

    def error(self, language: str, status: int, sentence: str) -> HTMLResponse:
        """A page that says what did not work, and leads back to the lists."""
        words = words_of(language)
        home = Link(words.home, self.home(language))
        return self.message(
            language, words.error_title, sentence, status=status, alert=True, link=home
        )

    def path(self, path: str) -> str:
        """An address on this very site: the path of `base_url` and this one, without a host."""
        return self._prefix + quote(path, safe="/")

    def local(self, url: str) -> str:
        """One of our own addresses, without its host: pages work wherever they are reached."""
        return self.path(url.removeprefix(self.config.base_url + "/"))

    def home(self, language: str) -> str:
        """The page of the lists; it names its language where it is not the site's own."""
        return self.path("") + self._tongue(spoken(language))

    def _tongue(self, tongue: str) -> str:
        return "" if tongue == spoken(self.config.site.language) else f"?lang={tongue}"

    def tongues(self, request: Request, language: str) -> tuple[Tongue, ...]:
        """The same page in the other languages."""
        asked = [
            (k, v) for k, v in parse_qsl(request.url.query)[:20] if k != "lang" and len(v) < 200
        ]
        return tuple(
            Tongue(t.code, t.name, "?" + urlencode([*asked, ("lang", t.code)]))
            for t in TONGUES
            if t.code != spoken(language)
        )

    @cached_property
    def _prefix(self) -> str:
        scheme_and_host = self.config.base_url.split("/", 3)
        return f"/{scheme_and_host[3]}/" if len(scheme_and_host) > 3 else "/"


def minutes_until(moment: datetime, now: datetime) -> int:
    """How many minutes somebody has to wait, rounded up: one at least."""
    return max(1, -(-(moment - now) // timedelta(minutes=1)))


def words_of(language: str | None) -> Words:
    return CATALOGUE[spoken(language)]


def chosen(request: Request, *otherwise: str | None) -> str:
    """The language of a page: `?lang=`, where we speak it, else the first that is known."""
    asked = request.query_params.get("lang", "")
    if asked in CATALOGUE:
        return asked
    return next((spoken(language) for language in otherwise if language), "en")
