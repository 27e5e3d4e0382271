"""The page that confirms a new address, from where its mail was read."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from newsletter.jobs import moving
from newsletter.jobs.standing import masked
from newsletter.web.faces import Face, show
from newsletter.web.forms import Form
from newsletter.web.pages import Button, Link, chosen, words_of
from subscribers.errors import InvalidToken


class Moving(Face):
    """`/m/TOKEN`."""

    def routes(self, router: APIRouter) -> None:
        show(router, "/m/{token}", self.ask, self.move)

    def ask(self, request: Request, token: str) -> Response:
        """The page with the button; opening it changes nothing."""
        site = self.site
        try:
            asked = moving.asked(site.inst, token, site.now())
        except InvalidToken as error:
            return self._too_old(request, error)
        if asked is None:
            return self._gone(request)
        if asked.done:
            return self._moved(request, asked)
        language = self._language(request, asked)
        words = words_of(language)
        before = masked(asked.subscriber.address)
        return site.message(
            language,
            words.move_confirm_title,
            words.move_confirm_lead.format(address=asked.address, before=before),
            small=words.confirm_not_you,
            button=Button(words.move_confirm_button, "move"),
            action=site.path(f"m/{token}"),
            languages=site.tongues(request, language),
        )

    def move(self, request: Request, token: str, form: Form) -> Response:
        site = self.site
        ip, now = site.ip(request), site.now()
        try:
            asked = moving.asked(site.inst, token, now)
            if asked is None:
                return self._gone(request)
            said = words_of(self._language(request, asked)).move_confirm_button
            moved = moving.confirm(site.inst, token, words=said, ip=ip, now=now)
        except InvalidToken as error:
            return self._too_old(request, error)
        return self._gone(request) if moved is None else self._moved(request, moved)

    def _moved(self, request: Request, moved: moving.Asked) -> Response:
        language = self._language(request, moved)
        words = words_of(language)
        lead = words.moved_lead.format(address=moved.address)
        return self.site.message(language, words.kept_title, lead)

    def _gone(self, request: Request) -> Response:
        language = chosen(request, self.site.config.site.language)
        words = words_of(language)
        link = Link(words.settings_title, self.site.path("data"))
        return self.site.message(language, words.gone_title, words.move_gone, status=410, link=link)

    def _too_old(self, request: Request, error: InvalidToken) -> Response:
        if not error.expired:
            raise error
        language = chosen(request, self.site.config.site.language)
        words = words_of(language)
        link = Link(words.settings_title, self.site.path("data"))
        title = words.old_link_title
        return self.site.message(language, title, words.move_old, status=410, link=link)

    def _language(self, request: Request, asked: moving.Asked) -> str:
        return chosen(request, asked.subscriber.language, asked.language)
