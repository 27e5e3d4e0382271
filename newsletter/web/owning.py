"""The page of personal data, by a fresh link."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request
from fastapi.responses import Response

from newsletter.jobs import owning
from newsletter.jobs.owning import Data
from newsletter.web.faces import Face, show
from newsletter.web.forms import Form, one
from newsletter.web.pages import Button, Link, chosen, words_of
from subscribers.errors import InvalidToken, InvalidValue


class Owning(Face):
    """`/s/TOKEN`."""

    def routes(self, router: APIRouter) -> None:
        show(router, "/s/{token}", self.data, self.change_data)
        show(router, "/s/{token}/data.json", self.download)

    def data(self, request: Request, token: str) -> Response:
        try:
            found = owning.data_of(self.site.inst, token, self.site.now())
        except InvalidToken as error:
            return self._too_old(request, token, error)
        return self._data(request, token, found)

    def download(self, request: Request, token: str) -> Response:
        """All that is kept, as a file; reading it changes nothing."""
        try:
            kept = owning.export_json(self.site.inst, token, self.site.now())
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
    ) -> Response:
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
            download_url=site.path(f"s/{token}/data.json"),
            action=site.path(f"s/{token}"),
        )

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

    def _nothing(self, request: Request) -> Response:
        language = chosen(request, self.site.config.site.language)
        words = words_of(language)
        home = Link(words.home, self.site.home(language))
        return self.site.message(language, words.nothing_title, words.nothing_lead, link=home)
