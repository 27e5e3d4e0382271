"""The page of personal data, by a fresh link, and where one asks for such a link."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request
from fastapi.responses import Response

from newsletter.compose.language import spoken
from newsletter.errors import OneMoreStep
from newsletter.jobs import disclosing, moving, owning
from newsletter.jobs.owning import Data
from newsletter.web import stepping
from newsletter.web.faces import Face, show
from newsletter.web.forms import Form, one
from newsletter.web.pages import Button, Link, chosen, words_of
from subscribers.errors import InvalidAddress, InvalidToken, InvalidValue


class Owning(Face):
    """`/s/TOKEN` and `/data`."""

    def routes(self, router: APIRouter) -> None:
        show(router, "/s/{token}", self.data, self.change_data)
        show(router, "/s/{token}/data.json", self.download)
        show(router, "/data", self.ask, self.mail_link)

    def data(self, request: Request, token: str) -> Response:
        try:
            found = owning.data_of(self.site.inst, token, self.site.now())
        except InvalidToken as error:
            return self._too_old(request, token, error)
        return self._data(request, token, found)

    def download(self, request: Request, token: str) -> Response:
        """All that is kept, as a file; reading it changes nothing."""
        try:
            kept = disclosing.export_json(self.site.inst, token, self.site.now())
        except InvalidToken as error:
            return self._too_old(request, token, error)
        if kept is None:
            return self._nothing(request)
        return Response(
            json.dumps(kept, ensure_ascii=False, indent=2) + "\n",
            media_type="application/json",
            headers={"Content-Disposition": 'attachment; filename="my-data.json"'},
        )

    def change_data(self, request: Request, token: str, form: Form) -> Response:
        site = self.site
        now = site.now()
        if one(form, "do") == "again":
            owning.mail_settings_link_again(site.inst, token, now=now)
            language = chosen(request, site.config.site.language)
            words = words_of(language)
            return site.message(language, words.data_sent_title, words.data_sent)
        try:
            found = owning.data_of(site.inst, token, now)
        except InvalidToken as error:
            return self._too_old(request, token, error)
        if found is None:
            return self._nothing(request)
        language = self._data_language(request, found)
        words = words_of(language)
        match one(form, "do"):
            case "erase" if one(form, "sure"):
                owning.erase(site.inst, token, now=now)
                return site.message(language, words.erased_title, words.erased_lead)
            case "erase":
                return self._data(request, token, found, problem=words.erase_unchecked)
            case "name":
                ip = site.ip(request)
                try:
                    owning.rename(site.inst, token, one(form, "name"), ip=ip, now=now)
                except InvalidValue:
                    return self._data(request, token, found, problem=words.bad_value)
                found = owning.data_of(site.inst, token, now)
                return self._data(request, token, found, saved=True)
            case "move":
                return self._request_move(request, token, found, one(form, "address").strip())
            case _:
                return site.error(language, 422, words.invalid)

    def _data(
        self,
        request: Request,
        token: str,
        found: Data | None,
        *,
        saved: bool = False,
        problem: str = "",
        typed: str = "",
        address_wrong: bool = False,
    ) -> Response:
        """`typed` is the new address that the problem is about, where `address_wrong`."""
        if found is None:
            return self._nothing(request)
        site = self.site
        language = self._data_language(request, found)
        return site.page(
            "settings",
            language,
            title=words_of(language).settings_title,
            status=422 if problem else 200,
            languages=site.tongues(request, language),
            address=found.subscriber.address,
            name=found.subscriber.name,
            saved=saved,
            problem=problem,
            typed=typed,
            address_wrong=address_wrong,
            preferences_url=self._preferences(found),
            download_url=site.path(f"s/{token}/data.json"),
            action=site.path(f"s/{token}"),
        )

    def _preferences(self, found: Data) -> str:
        """Where they choose what comes; empty where they never joined anything that still is."""
        here = found.subscription_id
        return "" if here is None else self.site.local(self.site.links.preferences(here))

    def _data_language(self, request: Request, found: Data) -> str:
        own = None if found.mlist is None else found.mlist.language
        return chosen(request, found.subscriber.language, own, self.site.config.site.language)

    def _too_old(self, request: Request, token: str, error: InvalidToken) -> Response:
        """Offer a new link for one that was ours; raises the error again for any other."""
        if not error.expired:
            raise error
        language = chosen(request, self.site.config.site.language)
        words = words_of(language)
        return self.site.message(
            language,
            words.old_link_title,
            words.old_link,
            status=410,
            button=Button(words.again_button, "again"),
            action=self.site.path(f"s/{token}"),
        )

    # --- A new address -----------------------------------------------------------------------

    def _request_move(self, request: Request, token: str, found: Data, typed: str) -> Response:
        """The answer is the same whoever has the new address; what differs goes there by mail."""
        site = self.site
        language = self._data_language(request, found)
        words = words_of(language)
        problem = words.move_same if typed == found.subscriber.address else ""
        if not problem:
            try:
                moving.request(site.inst, token, typed, ip=site.ip(request), now=site.now())
            except InvalidAddress:
                problem = words.bad_address
        if problem:
            return self._data(
                request, token, found, problem=problem, typed=typed, address_wrong=True
            )
        return site.message(
            language,
            words.sent_title,
            words.move_sent.format(address=typed),
            more=(words.sent_missing, words.move_once),
        )

    # --- A link, for who has no mail of ours at hand -----------------------------------------

    def ask(self, request: Request) -> Response:
        return self._ask(chosen(request, self.site.config.site.language), request)

    def mail_link(self, request: Request, form: Form) -> Response:
        """The answer is the same for addresses known and unknown, and leaves at an even pace.

        When many ask or sign up, what was typed is shown once more, as a sign-up is (`stepping`).
        """
        site = self.site
        asked, typed = one(form, "lang"), one(form, "address").strip()
        language = chosen(request, asked if asked == spoken(asked) else site.config.site.language)
        words = words_of(language)
        ip, now, tokens = site.ip(request), site.now(), site.inst.tokens
        about, token = stepping.of_asking(typed, ip), one(form, "step")
        waited = stepping.age(tokens, token, about, now)
        if waited is not None and waited < stepping.SHORTEST:
            return self._ask(language, request, typed, token=token, step=words.step_quick)
        try:
            owning.mail_settings_link_to(
                site.inst, typed, ip=ip, now=now, stepped=waited is not None
            )
        except InvalidAddress:
            return self._ask(language, request, typed, words.bad_address)
        except OneMoreStep:
            token = stepping.sign(tokens, about, now)
            return self._ask(language, request, typed, token=token, step=words.step_many)
        return site.message(
            language,
            words.data_sent_title,
            words.ask_sent.format(address=typed),
            more=(words.sent_missing, words.ask_few),
        )

    def _ask(
        self,
        language: str,
        request: Request,
        typed: str = "",
        problem: str = "",
        *,
        token: str = "",
        step: str = "",
    ) -> Response:
        """With `token` it is one more step, and `step` says why."""
        return self.site.page(
            "ask",
            language,
            title=words_of(language).settings_title,
            status=422 if problem else 200,
            languages=self.site.tongues(request, language),
            typed=typed,
            problem=problem,
            token=token,
            step=step,
            action=self.site.path("data"),
        )

    def _nothing(self, request: Request) -> Response:
        language = chosen(request, self.site.config.site.language)
        words = words_of(language)
        home = Link(words.home, self.site.home(language))
        return self.site.message(language, words.nothing_title, words.nothing_lead, link=home)
