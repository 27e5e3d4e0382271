"""The pages of the lists, of signing up and of confirming."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from newsletter.compose.language import language_name, quoted, same_language, spoken, typeset
from newsletter.jobs import joining
from newsletter.jobs.standing import Offered, offered, offered_lists
from newsletter.web.faces import Face, show
from newsletter.web.forms import Form, many, one
from newsletter.web.pages import Button, Link, chosen, words_of
from subscribers.errors import InvalidAddress, InvalidToken, InvalidValue, UnknownList
from subscribers.models import MailingList, Visibility


@dataclass(frozen=True)
class Typed:
    """What somebody typed into the sign-up form."""

    address: str = ""
    name: str = ""
    topics: tuple[str, ...] = ()
    cadence: str = ""
    alerts: bool = False
    lists: tuple[str, ...] = ()  # further ones


class Signing(Face):
    """`/`, `/lists/SLUG` and `/c/TOKEN`."""

    def routes(self, router: APIRouter) -> None:
        show(router, "/", self.lists)
        show(router, "/lists/{slug}", self.form, self.sign_up)
        show(router, "/c/{token}", self.ask, self.confirm)

    def lists(self, request: Request) -> Response:
        site = self.site
        language = chosen(request, site.config.site.language)
        return site.page(
            "lists",
            language,
            title=words_of(language).lists_title,
            languages=site.tongues(request, language),
            lists=[self._listed(one, language) for one in offered_lists(site.inst)],
        )

    def form(self, request: Request, slug: str) -> Response:
        main = self._offered(slug)
        language = chosen(request, main.mlist.language)
        if main.mlist.visibility is Visibility.CLOSED:
            words = words_of(language)
            said = words.closed.format(title=set_title(main.mlist))
            home = Link(words.home, self.site.home(language))
            return self.site.message(language, set_title(main.mlist), said, link=home)
        return self._form(request, main, language, Typed())

    def sign_up(self, request: Request, slug: str, form: Form) -> Response:
        """The answer is the same whoever it is; what differs goes by mail.

        A form on another site did not show our words, so it leads to the form that does: what is
        kept as evidence is what was seen.
        """
        site = self.site
        main = self._offered(slug)
        if main.mlist.visibility is Visibility.CLOSED:
            return self.form(request, slug)
        asked = one(form, "lang")
        language = chosen(request, asked if asked == spoken(asked) else main.mlist.language)
        words = words_of(language)
        others = self._others(main)
        typed = Typed(
            address=one(form, "address").strip(),
            name=one(form, "name"),
            topics=tuple(t.slug for t in main.topics if t.slug in many(form, "topic")),
            cadence=one(form, "cadence"),
            alerts=bool(one(form, "alerts")),
            lists=tuple(o.mlist.slug for o in others if o.mlist.slug in many(form, "list")),
        )
        if one(form, "do") == "show" or site.from_elsewhere(request):
            return self._form(request, main, language, typed, again=True)
        try:
            joining.sign_up(
                site.inst,
                slugs=[main.mlist.slug, *typed.lists],
                address=typed.address,
                words=self._agreed(main, others, typed, language),
                ip=site.ip(request),
                now=site.now(),
                name=typed.name,
                language=None if language == spoken(main.mlist.language) else language,
                topics=frozenset(typed.topics) or None,
                cadence=typed.cadence or None,
                alerts=typed.alerts,
            )
        except InvalidAddress:
            return self._form(request, main, language, typed, words.bad_address, address_wrong=True)
        except InvalidValue:
            return self._form(request, main, language, typed, words.bad_value)
        return site.message(
            language,
            words.sent_title,
            words.sent_lead.format(address=typed.address),
            more=(words.sent_next, words.sent_missing, words.sent_again),
        )

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
        titles = quoted([set_title(m) for m in asked.waiting], language)
        lead = words.confirm_lead.format(address=asked.subscriber.address, titles=titles)
        return site.page(
            "confirm",
            language,
            title=words.confirm_title,
            lead=typeset(lead, language),
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
            shown = words_of(self._language(request, asked)).confirm_button
            asked = joining.confirm(site.inst, token, ip=ip, now=now, words=shown)
        except InvalidToken as error:
            if not error.expired:
                raise
            return self._too_old(request, token)
        return self._gone(request) if asked is None else self._confirmed(request, asked)

    def _confirmed(self, request: Request, asked: joining.Asked) -> Response:
        site = self.site
        language = self._language(request, asked)
        words = words_of(language)
        titles = quoted([set_title(m) for m in asked.confirmed], language)
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

    def _offered(self, slug: str) -> Offered:
        """A list that may be spoken of; a private one is as good as none. Raises UnknownList."""
        found = offered(self.site.inst, slug)
        if found.mlist.visibility is Visibility.PRIVATE:
            raise UnknownList(f"no list {slug[:64]!r}: see the list of all")
        return found

    def _others(self, main: Offered) -> list[Offered]:
        return [o for o in offered_lists(self.site.inst) if o.mlist.id != main.mlist.id]

    def _form(
        self,
        request: Request,
        main: Offered,
        language: str,
        typed: Typed,
        problem: str = "",
        *,
        address_wrong: bool = False,
        again: bool = False,
    ) -> Response:
        """The form; `again` where it was begun elsewhere and is filled in already."""
        site = self.site
        return site.page(
            "signup",
            language,
            title=words_of(language).signup_title.format(title=set_title(main.mlist)),
            status=422 if problem else 200,
            languages=site.tongues(request, language),
            mlist=shown(main, language),
            others=[shown(other, language) for other in self._others(main)],
            consent=self._consent(main, language),
            form=asdict(typed),
            problem=problem,
            address_wrong=address_wrong,
            again=again,
            action=site.path(f"lists/{main.mlist.slug}"),
        )

    def _listed(self, one: Offered, language: str) -> dict[str, Any]:
        slug = one.mlist.slug
        tongue = "" if language == spoken(one.mlist.language) else f"?lang={language}"
        return {
            **shown(one, language),
            "tongue": None
            if same_language(language, one.mlist.language)
            else words_of(language).written_in.format(
                language=language_name(one.mlist.language, language)
            ),
            "signup_url": self.site.path(f"lists/{slug}") + tongue,
            "archive_url": self.site.path(f"archive/{slug}") + tongue
            if one.mlist.archive
            else None,
        }

    def _consent(self, main: Offered, language: str) -> str:
        words = words_of(language)
        form = words.consent_alerts if main.only_alerts else words.consent
        said = form.format(title=set_title(main.mlist), site=self.site.config.site.name)
        return typeset(said, language)

    def _agreed(self, main: Offered, others: list[Offered], typed: Typed, language: str) -> str:
        """The words that the form showed, with the choices made: the evidence."""
        words = words_of(language)
        said = [self._consent(main, language)]
        titles = [
            set_title(o.mlist) + (f" ({words.with_alerts})" if o.only_alerts else "")
            for o in others
            if o.mlist.slug in typed.lists
        ]
        if titles:
            said.append(words.also_said.format(titles=", ".join(titles)))
        if typed.alerts:
            said.append(f"{words.alerts_of.format(title=set_title(main.mlist))}.")
        return " ".join(said)


def set_title(mlist: MailingList) -> str:
    """A list's title with the spacing of its own language."""
    return typeset(mlist.title, mlist.language)


def shown(one: Offered, language: str) -> dict[str, Any]:
    """A list as templates print it, on a page in `language`."""
    return {
        "slug": one.mlist.slug,
        "title": set_title(one.mlist),
        "description": typeset(one.mlist.description, one.mlist.language),
        "language": one.mlist.language,
        "topics": one.topics,
        "cadences": [
            {
                "name": cadence.name,
                "title": typeset(cadence.title(language), language),
                "language": one.mlist.language if cadence.own_title else language,
                "is_default": cadence.is_default,
            }
            for cadence in one.cadences
        ],
        "only_alerts": one.only_alerts,
    }
