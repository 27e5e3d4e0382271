"""The page of a confirmation link: a button, and what it did."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from newsletter.compose.language import typeset
from newsletter.jobs import joining
from newsletter.jobs.standing import masked
from newsletter.web.faces import Face, show
from newsletter.web.forms import Form, many, one
from newsletter.web.pages import Button, Link, chosen, words_of
from newsletter.web.wording import Typed, agreed, statement, titles_of
from subscribers.errors import InvalidToken


class Confirming(Face):
    """`/c/TOKEN`."""

    def routes(self, router: APIRouter) -> None:
        show(router, "/c/{token}", self.ask, self.confirm)

    def ask(self, request: Request, token: str) -> Response:
        """The page with the button; opening it changes nothing."""
        site = self.site
        try:
            asked = joining.asked(site.inst, token, site.now())
        except InvalidToken as error:
            if not error.expired:
                raise
            return self._too_old(request, token)
        if asked is None:
            return self._gone(request)
        language = self._language(request, asked)
        if not asked.waiting:
            return self._confirmed(request, asked)
        words = words_of(language)
        titles = titles_of(asked.waiting, language)
        lead = words.confirm_lead.format(address=masked(asked.subscriber.address), titles=titles)
        further = self._further(asked, language)
        return site.page(
            "confirm",
            language,
            title=words.confirm_title,
            lead=typeset(lead, language),
            further=[{"key": one.key, "consent": said} for one, said in further],
            action=site.path(f"c/{token}"),
            languages=site.tongues(request, language),
        )

    def confirm(self, request: Request, token: str, form: Form) -> Response:
        site = self.site
        ip, now = site.ip(request), site.now()
        if one(form, "do") == "again":
            once = joining.asked_once(site.inst, token)
            joining.send_again(site.inst, token, ip=ip, now=now)
            language = self._language(request, once)
            words = words_of(language)
            return site.message(
                language,
                words.sent_title,
                words.sent_next,
                more=(words.sent_missing, words.sent_again),
            )
        try:
            asked = joining.asked(site.inst, token, now)
            ticked = many(form, "further")
            language = self._language(request, asked)
            shown = words_of(language).confirm_button
            further = [] if asked is None else self._further(asked, language)
            asked = joining.confirm(
                site.inst,
                token,
                ip=ip,
                now=now,
                words=shown,
                further=[(one, f"{said} {shown}") for one, said in further if one.key in ticked],
            )
        except InvalidToken as error:
            if not error.expired:
                raise
            return self._too_old(request, token)
        return self._gone(request) if asked is None else self._confirmed(request, asked)

    def _further(self, asked: joining.Asked, language: str) -> list[tuple[joining.Further, str]]:
        """What else was asked for in their name, each with the words to agree to."""
        found = []
        for further in asked.further:
            theirs = further.subscription
            typed = Typed(
                topics=tuple(theirs.topics or ()),
                cadence=theirs.cadence or "",
                alerts=theirs.alerts,
            )
            said = statement(self.site.config, further.offered, language)
            found.append((further, agreed(further.offered, [], typed, said)))
        return found

    def _confirmed(self, request: Request, asked: joining.Asked) -> Response:
        site = self.site
        language = self._language(request, asked)
        words = words_of(language)
        titles = titles_of(asked.confirmed, language)
        url = site.links.preferences(asked.here.id)
        return site.message(
            language,
            words.confirmed_title,
            words.confirmed_lead.format(titles=titles),
            link=Link(words.confirmed_next, site.local(url)),
        )

    def _gone(self, request: Request) -> Response:
        language = chosen(request, self.site.config.site.language)
        words = words_of(language)
        link = Link(words.home, self.site.home(language))
        return self.site.message(language, words.gone_title, words.gone_lead, status=410, link=link)

    def _too_old(self, request: Request, token: str) -> Response:
        asked = joining.asked_once(self.site.inst, token)
        if asked is None or not asked.waiting:
            return self._gone(request)
        language = self._language(request, asked)
        words = words_of(language)
        return self.site.message(
            language,
            words.old_link_title,
            words.old_link,
            status=410,
            button=Button(words.again_button, "again"),
            action=self.site.path(f"c/{token}"),
        )

    def _language(self, request: Request, asked: joining.Asked | None) -> str:
        if asked is None:
            return chosen(request, self.site.config.site.language)
        return chosen(request, asked.subscriber.language, asked.here.mlist.language)
