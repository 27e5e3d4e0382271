"""The page that ends a subscription, and the one-click POST of RFC 8058 at the same address."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from newsletter.jobs import leaving
from newsletter.jobs.standing import Person, masked, person_of
from newsletter.web.faces import Face, show
from newsletter.web.forms import Form, FormIfAny, one
from newsletter.web.pages import Link, chosen, words_of
from newsletter.web.wording import set_title
from subscribers.errors import NotPermitted
from subscribers.models import SubscriptionState
from subscribers.tokens import Purpose

REASONS = ("often", "dull", "never", "other")


class Parting(Face):
    """`/u/TOKEN`."""

    def routes(self, router: APIRouter) -> None:
        show(router, "/u/{token}", self.ask, self.act)

    def ask(self, request: Request, token: str) -> Response:
        """The page with the button; opening it changes nothing, whoever or whatever opens it."""
        site = self.site
        before = leaving.left_before(site.inst, token, site.now())
        if before is not None:
            return self._left(request, token, before)
        person = self._person(token)
        if person is None:
            return self._nothing(request)
        mlist = person.here.mlist
        language = chosen(request, person.subscriber.language, mlist.language)
        words = words_of(language)
        preferences = site.links.preferences(person.here.subscription.id)
        return site.page(
            "leave",
            language,
            title=words.leave_title.format(title=set_title(mlist)),
            languages=site.tongues(request, language),
            mlist={"title": set_title(mlist)},
            address=masked(person.subscriber.address),
            less=self._less(person, language),
            others=any(s.subscription.id != person.here.subscription.id for s in person.active),
            preferences_url=site.local(preferences),
            action=site.path(f"u/{token}"),
        )

    def act(self, request: Request, token: str, form: FormIfAny) -> Response:
        """Leave, from this list or all; take it back; say why. Committed before it is answered.

        A mail client's one-click POST gets a plain 200, without redirect or cookie (RFC 8058
        §3.1, §3.2). A POST that says nothing, or nothing that can be read, leaves too: the link is
        authority enough, and a mail client that spoils its form can want nothing else.
        """
        site = self.site
        ip, now = site.ip(request), site.now()
        if one(form, "List-Unsubscribe"):
            leaving.leave(site.inst, token, source="one-click", ip=ip, now=now)
            return PlainTextResponse("unsubscribed\n")
        match one(form, "do"):
            case "leave-all":
                left = leaving.leave_all(site.inst, token, source="page", ip=ip, now=now)
                return self._left(request, token, left, everything=True)
            case "undo":
                return self._undo(request, token, everything=bool(one(form, "everything")))
            case "keep-alerts":
                return self._keep(request, token, "alerts")
            case "keep-digests":
                return self._keep(request, token, "digests")
            case "why":
                return self._why(request, token, form)
            case "leave" | "":
                left = leaving.leave(site.inst, token, source="page", ip=ip, now=now)
                return self._left(request, token, left)
            case _:
                language = self._language(request, token)
                return site.error(language, 422, words_of(language).invalid)

    def _left(
        self, request: Request, token: str, left: leaving.Left, *, everything: bool = False
    ) -> Response:
        site = self.site
        if left.mlist is None or left.subscriber is None:
            return self._nothing(request)
        language = chosen(request, left.subscriber.language, left.mlist.language)
        words = words_of(language)
        title = set_title(left.mlist)
        if everything:
            lead = words.left_all_lead.format(site=site.config.site.name)
        elif left.newly:
            lead = words.left_lead.format(title=title)
        else:
            lead = words.left_already.format(title=title)
        return site.page(
            "left",
            language,
            title=words.left_title,
            lead=lead,
            can_undo=left.may_undo,
            less=self._less(self._person(token), language)
            if left.may_undo and not everything
            else (),
            everything=everything,
            preferences_url=self._preferences(token),
            reasons=[
                {"value": reason, "label": getattr(words, f"why_{reason}")} for reason in REASONS
            ],
            action=site.path(f"u/{token}"),
        )

    def _less(self, person: Person | None, language: str) -> list[dict[str, str]]:
        """What they may keep instead of leaving: the list's alerts alone, its issues alone."""
        if person is None or person.here.offered.only_alerts:
            return []
        here, words = person.here.subscription, words_of(language)
        title = set_title(person.here.mlist)
        offered = (
            (here.digests, "keep-alerts", words.keep_alerts, words.keep_alerts_lead),
            (here.alerts, "keep-digests", words.keep_digests, words.keep_digests_lead),
        )
        return [
            {"value": value, "label": label, "lead": lead.format(title=title)}
            for would_change, value, label, lead in offered
            if would_change
        ]

    def _keep(self, request: Request, token: str, kept: Literal["alerts", "digests"]) -> Response:
        site = self.site
        ip, now = site.ip(request), site.now()
        person = self._person(token)
        if person is None:
            return self._nothing(request)
        language = self._language(request, token)
        words, title = words_of(language), set_title(person.here.mlist)
        if person.here.offered.only_alerts:  # it has nothing to keep one of
            return site.error(language, 422, words.invalid)
        lead = words.keep_alerts_lead if kept == "alerts" else words.keep_digests_lead
        said = lead.format(title=title)
        try:
            leaving.keep_only(site.inst, token, kept, words=said, ip=ip, now=now)
        except NotPermitted:
            return self._too_late(request, token)
        done = words.kept_alerts if kept == "alerts" else words.kept_digests
        url = self._preferences(token)
        link = Link(words.confirmed_next, url) if url else None
        return site.message(language, words.kept_title, done.format(title=title), link=link)

    def _undo(self, request: Request, token: str, *, everything: bool) -> Response:
        site = self.site
        ip, now = site.ip(request), site.now()
        try:
            back = leaving.undo(site.inst, token, ip=ip, now=now, everything=everything)
        except NotPermitted:
            return self._too_late(request, token)
        if back.mlist is None or back.subscriber is None:
            return self._nothing(request)
        language = chosen(request, back.subscriber.language, back.mlist.language)
        words = words_of(language)
        title = set_title(back.mlist)
        url = self._preferences(token)
        link = Link(words.confirmed_next, url) if url else None
        person = self._person(token)
        if person and person.here.subscription.state is SubscriptionState.PENDING:
            waits = words.undone_pending_lead.format(title=title)
            return site.message(language, words.undone_pending, waits, link=link)
        lead = words.undone_lead.format(title=title)
        return site.message(language, words.undone_title, lead, link=link)

    def _too_late(self, request: Request, token: str) -> Response:
        language = self._language(request, token)
        words = words_of(language)
        home = Link(words.home, self.site.home(language))
        return self.site.message(
            language, words.error_title, words.undo_late, status=409, alert=True, link=home
        )

    def _why(self, request: Request, token: str, form: Form) -> Response:
        site = self.site
        language = self._language(request, token)
        words = words_of(language)
        picked = one(form, "reason")
        label = getattr(words, f"why_{picked}") if picked in REASONS else ""
        said = " — ".join(filter(None, (label, one(form, "said").replace("\0", "").strip())))
        leaving.say_why(site.inst, token, said, ip=site.ip(request), now=site.now())
        return site.message(language, words.why_thanks_title, words.why_thanks)

    def _person(self, token: str) -> Person | None:
        inst = self.site.inst
        return person_of(inst, inst.tokens.read_id(Purpose.UNSUBSCRIBE, token, self.site.now()))

    def _preferences(self, token: str) -> str:
        """The page of what they still get; empty where nothing is left to choose."""
        person = self._person(token)
        if person is None or not person.active:
            return ""
        return self.site.local(self.site.links.preferences(person.here.subscription.id))

    def _language(self, request: Request, token: str) -> str:
        person = self._person(token)
        if person is None:
            return chosen(request, self.site.config.site.language)
        return chosen(request, person.subscriber.language, person.here.mlist.language)

    def _nothing(self, request: Request) -> Response:
        language = chosen(request, self.site.config.site.language)
        words = words_of(language)
        home = Link(words.home, self.site.home(language))
        return self.site.message(language, words.nothing_title, words.nothing_lead, link=home)
