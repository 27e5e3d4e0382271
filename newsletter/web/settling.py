"""The pages of preferences, by any link of one's own, and of personal data, by a fresh one."""

from __future__ import annotations

import json
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from newsletter.compose.language import long_date, spoken
from newsletter.jobs import settling
from newsletter.jobs.settling import Choice, Data
from newsletter.jobs.standing import Person, Standing, masked
from newsletter.web.faces import Face, show
from newsletter.web.forms import Form, many, one
from newsletter.web.pages import TONGUES, Button, Link, chosen, words_of
from newsletter.web.signing import shown
from subscribers.errors import InvalidToken, InvalidValue


class Settling(Face):
    """`/p/TOKEN` and `/s/TOKEN`."""

    def routes(self, router: APIRouter) -> None:
        show(router, "/p/{token}", self.preferences, self.change)
        show(router, "/s/{token}", self.data, self.change_data)
        show(router, "/s/{token}/data.json", self.download)

    # --- Preferences -------------------------------------------------------------------------

    def preferences(self, request: Request, token: str) -> Response:
        person = settling.show(self.site.inst, token, self.site.now())
        return self._preferences(request, token, person)

    def change(self, request: Request, token: str, form: Form) -> Response:
        site = self.site
        now = site.now()
        person = settling.show(site.inst, token, now)
        if person is None or not person.active:
            return self._nothing(request, person)
        language = self._language(request, person)
        words = words_of(language)
        if one(form, "do") == "data":
            settling.mail_settings_link(site.inst, token, now=now)
            return site.message(language, words.data_sent_title, words.data_sent)
        try:
            pause = _day(one(form, "pause"))
            if pause is not None and pause < self._today(person):
                return self._preferences(
                    request, token, person, problem=words.pause_past, past=pause
                )
            settling.change(
                site.inst,
                token,
                {s.subscription.id: _choice(form, s) for s in _named(form, person)},
                language=_tongue(one(form, "language")),
                pause=pause,
                words=words.alerts,
                ip=site.ip(request),
                now=now,
            )
        except InvalidValue:
            return self._preferences(request, token, person, problem=words.neither_or_bad)
        person = settling.show(site.inst, token, now)
        return self._preferences(request, token, person, saved=True)

    def _preferences(
        self,
        request: Request,
        token: str,
        person: Person | None,
        *,
        saved: bool = False,
        problem: str = "",
        past: date | None = None,
    ) -> Response:
        """`past` is the day of a pause that the problem is about."""
        site = self.site
        if person is None or not person.active:
            return self._nothing(request, person)
        language = self._language(request, person)
        words = words_of(language)
        zone = ZoneInfo(person.here.mlist.timezone)
        until = person.subscriber.paused_until
        day = None if until is None or until <= site.now() else until.astimezone(zone).date()
        return site.page(
            "preferences",
            language,
            title=words.preferences_title,
            status=422 if problem else 200,
            languages=site.tongues(request, language),
            address=masked(person.subscriber.address),
            subscriptions=[self._shown(standing, language) for standing in person.active],
            tongues=TONGUES,
            chosen_language=person.subscriber.language or "",
            paused_until=typed.isoformat() if (typed := past or day) else "",
            paused_line="" if day is None else words.paused.format(date=long_date(day, language)),
            today=self._today(person).isoformat(),
            pause_wrong=past is not None,
            saved=saved,
            problem=problem,
            action=site.path(f"p/{token}"),
        )

    def _today(self, person: Person) -> date:
        return self.site.now().astimezone(ZoneInfo(person.here.mlist.timezone)).date()

    def _shown(self, standing: Standing, language: str) -> dict[str, Any]:
        subscription, offered = standing.subscription, standing.offered
        default = next((c.name for c in offered.cadences if c.is_default), "")
        leave = self.site.links.unsubscribe(subscription.id)
        return {
            "id": subscription.id,
            "mlist": shown(offered, language),
            "chosen_topics": subscription.topics or frozenset(),
            "cadence": offered.knows_cadence(subscription.cadence) or default,
            "digests": subscription.digests,
            "alerts": subscription.alerts,
            "leave_url": self.site.local(leave),
        }

    def _language(self, request: Request, person: Person) -> str:
        return chosen(request, person.subscriber.language, person.here.mlist.language)

    def _nothing(self, request: Request, person: Person | None = None) -> Response:
        site = self.site
        own = site.config.site.language if person is None else self._language(request, person)
        language = chosen(request, own)
        words = words_of(language)
        home = Link(words.home, site.home(language))
        return site.message(language, words.nothing_title, words.nothing_lead, link=home)

    # --- Personal data -----------------------------------------------------------------------

    def data(self, request: Request, token: str) -> Response:
        try:
            found = settling.data_of(self.site.inst, token, self.site.now())
        except InvalidToken as error:
            return self._too_old(request, token, error)
        return self._data(request, token, found)

    def download(self, request: Request, token: str) -> Response:
        """All that is kept, as a file; reading it changes nothing."""
        try:
            kept = settling.export_json(self.site.inst, token, self.site.now())
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
            settling.mail_settings_link_again(site.inst, token, now=now)
            language = chosen(request, site.config.site.language)
            words = words_of(language)
            return site.message(language, words.data_sent_title, words.data_sent)
        try:
            found = settling.data_of(site.inst, token, now)
        except InvalidToken as error:
            return self._too_old(request, token, error)
        if found is None:
            return self._nothing(request)
        language = self._data_language(request, found)
        words = words_of(language)
        match one(form, "do"):
            case "erase" if one(form, "sure"):
                settling.erase(site.inst, token, now=now)
                return site.message(language, words.erased_title, words.erased_lead)
            case "erase":
                return self._data(request, token, found, problem=words.erase_unchecked)
            case "name":
                ip = site.ip(request)
                try:
                    settling.rename(site.inst, token, one(form, "name"), ip=ip, now=now)
                except InvalidValue:
                    return self._data(request, token, found, problem=words.bad_value)
                found = settling.data_of(site.inst, token, now)
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


def _named(form: FormData, person: Person) -> list[Standing]:
    """The subscriptions that the form speaks of: what it does not show, it does not change."""
    ids = many(form, "subscription")
    return [s for s in person.active if str(s.subscription.id) in ids]


def _choice(form: FormData, standing: Standing) -> Choice:
    number, offered = standing.subscription.id, standing.offered
    known = frozenset(topic.slug for topic in offered.topics)
    topics = many(form, f"topic-{number}") & known
    return Choice(
        topics=topics if topics and topics != known else None,
        cadence=offered.knows_cadence(one(form, f"cadence-{number}")),
        digests=offered.only_alerts or bool(one(form, f"digests-{number}")),
        alerts=bool(one(form, f"alerts-{number}")),
    )


def _tongue(code: str) -> str | None:
    return code if code and code == spoken(code) else None


def _day(text: str) -> date | None:
    """The day of a date field; raises InvalidValue."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise InvalidValue(f"not a day: {text[:20]!r} (write it like 2026-12-24)") from None
