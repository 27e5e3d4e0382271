"""The page of preferences, by any link of one's own."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from newsletter.compose.language import long_date, spoken
from newsletter.jobs import choosing, owning
from newsletter.jobs.choosing import Choice
from newsletter.jobs.standing import Person, Standing, masked
from newsletter.web.faces import Face, show
from newsletter.web.forms import Form, many, one
from newsletter.web.pages import TONGUES, Link, chosen, words_of
from newsletter.web.wording import consent, set_title, shown
from newsletter.web.words import Words
from subscribers.errors import InvalidValue


class Settling(Face):
    """`/p/TOKEN`."""

    def routes(self, router: APIRouter) -> None:
        show(router, "/p/{token}", self.preferences, self.change)

    def preferences(self, request: Request, token: str) -> Response:
        person = choosing.show(self.site.inst, token, self.site.now())
        return self._preferences(request, token, person)

    def change(self, request: Request, token: str, form: Form) -> Response:
        site = self.site
        now = site.now()
        person = choosing.show(site.inst, token, now)
        if person is None:
            return self._nothing(request)
        language = self._language(request, person)
        words = words_of(language)
        match one(form, "do"):
            case "data":
                owning.mail_settings_link(site.inst, token, now=now)
                return site.message(language, words.data_sent_title, words.data_sent)
            case "join":
                return self._join(request, token, person, one(form, "list"))
        try:
            pause = _day(one(form, "pause"))
            past = pause if pause is not None and pause < self._today(person) else None
            choosing.change(
                site.inst,
                token,
                {s.subscription.id: _choice(form, s) for s in _named(form, person)},
                language=_tongue(one(form, "language")),
                pause=pause if past is None else self._paused_until(person),
                words={s.subscription.id: _alerts_of(s, words) for s in person.active},
                ip=site.ip(request),
                now=now,
            )
        except InvalidValue:
            return self._preferences(request, token, person, problem=words.neither_or_bad)
        person = choosing.show(site.inst, token, now) or person
        words = words_of(self._language(request, person))  # perhaps in another language now
        if past is not None:  # what else was changed is kept
            return self._preferences(request, token, person, problem=words.pause_past, past=past)
        return self._preferences(request, token, person, saved=words.saved)

    def _join(self, request: Request, token: str, person: Person, slug: str) -> Response:
        """Take one more list: at once, or after a mail where that was left before."""
        site = self.site
        language = self._language(request, person)
        words = words_of(language)
        wanted = next(
            (o for o in choosing.further(site.inst, person) if o.mlist.slug == slug), None
        )
        if wanted is None:  # taken already, or not to be had
            return self._preferences(request, token, person)
        ip, now, said = site.ip(request), site.now(), consent(wanted, language, self._name)
        joined = choosing.join(site.inst, token, slug, words=said, ip=ip, now=now)
        if joined is not None and not joined.at_once:
            return site.message(
                language,
                words.sent_title,
                words.join_sent.format(address=masked(person.subscriber.address)),
                more=(words.sent_next, words.sent_missing, words.move_once),
            )
        person = choosing.show(site.inst, token, now) or person
        said = words.joined.format(title=set_title(wanted.mlist))
        return self._preferences(request, token, person, saved=said)

    def _preferences(
        self,
        request: Request,
        token: str,
        person: Person | None,
        *,
        saved: str = "",
        problem: str = "",
        past: date | None = None,
    ) -> Response:
        """`saved` says what was done; `past` is the day of a pause that the problem is about."""
        site = self.site
        if person is None:
            return self._nothing(request)
        language = self._language(request, person)
        words = words_of(language)
        day = self._paused_until(person)
        return site.page(
            "preferences",
            language,
            title=words.preferences_title if person.active else words.none_title,
            status=422 if problem else 200,
            languages=site.tongues(request, language),
            address=masked(person.subscriber.address),
            subscriptions=[self._shown(standing, language) for standing in person.active],
            others=[
                {**shown(other, language), "consent": consent(other, language, self._name)}
                for other in choosing.further(site.inst, person)
            ],
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

    def _paused_until(self, person: Person) -> date | None:
        """The day on which the person's pause ends, where their list is at home; None: no pause."""
        until = person.subscriber.paused_until
        if until is None or until <= self.site.now():
            return None
        return until.astimezone(ZoneInfo(person.here.mlist.timezone)).date()

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

    @property
    def _name(self) -> str:
        return self.site.config.site.name

    def _nothing(self, request: Request) -> Response:
        site = self.site
        language = chosen(request, site.config.site.language)
        words = words_of(language)
        home = Link(words.home, site.home(language))
        return site.message(language, words.nothing_title, words.nothing_lead, link=home)


def _named(form: FormData, person: Person) -> list[Standing]:
    """The subscriptions that the form speaks of: what it does not show, it does not change."""
    ids = many(form, "subscription")
    return [s for s in person.active if str(s.subscription.id) in ids]


def _alerts_of(standing: Standing, words: Words) -> str:
    """What the box of the alerts says, with the title it stands under."""
    label = words.alerts_alone if standing.offered.only_alerts else words.alerts
    return f"{set_title(standing.mlist)} — {label}"


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
