"""The pages of the lists and of signing up."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from newsletter.compose.language import language_name, same_language, spoken
from newsletter.errors import OneMoreStep, TooMany
from newsletter.jobs import joining
from newsletter.jobs.standing import Offered, offered, offered_lists
from newsletter.web import stepping
from newsletter.web.faces import Face, show
from newsletter.web.forms import Form, many, one
from newsletter.web.pages import Link, chosen, minutes_until, words_of
from newsletter.web.wording import Statement, Typed, agreed, set_title, shown, statement
from newsletter.web.words import Words
from subscribers.addresses import parse
from subscribers.errors import InvalidAddress, InvalidValue, UnknownList
from subscribers.models import Visibility
from subscribers.values import clean_name

__all__ = ["Signing", "set_title", "shown"]

TRAP = "website"  # the field that nobody sees


@dataclass(frozen=True)
class Asked:
    """A form that was posted: what it is for, and what was typed."""

    main: Offered
    others: list[Offered]
    language: str
    typed: Typed
    said: Statement
    ip: str | None


class Signing(Face):
    """`/` and `/lists/SLUG`."""

    def routes(self, router: APIRouter) -> None:
        show(router, "/", self.lists)
        show(router, "/lists/{slug}", self.form, self.sign_up)

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
            lead = words.closed.format(title=set_title(main.mlist))
            home = Link(words.home, self.site.home(language))
            return self.site.message(language, set_title(main.mlist), lead, link=home)
        said = statement(self.site.config, main, language)
        asked = Asked(main, self._others(main), language, Typed(), said, None)
        return self._form(request, asked)

    def sign_up(self, request: Request, slug: str, form: Form) -> Response:
        """The answer is the same whoever it is; what differs goes by mail."""
        site = self.site
        main = self._offered(slug)
        if main.mlist.visibility is Visibility.CLOSED:
            return self.form(request, slug)
        asked = self._asked(request, main, form)
        words = words_of(asked.language)
        if one(form, "do") == "change":
            return self._form(request, asked)
        try:
            parse(asked.typed.address)
            clean_name(asked.typed.name)
            stepped, problem = self._stepped(request, asked, form, words)
            if stepped is None:
                return self._step(asked, problem, one(form, "step"))
            self._join(asked, stepped=stepped)
        except InvalidAddress:
            return self._form(request, asked, words.bad_address, address_wrong=True)
        except InvalidValue:
            return self._form(request, asked, words.bad_value)
        except OneMoreStep:
            return self._step(asked, words.step_many)
        except TooMany as error:
            return self._late(asked, words, error)
        return site.message(
            asked.language,
            words.sent_title,
            words.sent_lead.format(address=asked.typed.address),
            more=(words.sent_next, words.sent_missing, words.sent_again),
        )

    def _asked(self, request: Request, main: Offered, form: FormData) -> Asked:
        tongue = one(form, "lang")
        language = chosen(request, tongue if tongue == spoken(tongue) else main.mlist.language)
        others = self._others(main)
        typed = Typed(
            address=one(form, "address").strip(),
            name=one(form, "name"),
            topics=tuple(t.slug for t in main.topics if t.slug in many(form, "topic")),
            cadence=one(form, "cadence"),
            alerts=bool(one(form, "alerts")),
            lists=tuple(o.mlist.slug for o in others if o.mlist.slug in many(form, "list")),
        )
        said = statement(self.site.config, main, language)
        return Asked(main, others, language, typed, said, self.site.ip(request))

    def _stepped(
        self, request: Request, asked: Asked, form: FormData, words: Words
    ) -> tuple[bool | None, str]:
        """Whether the step was taken, None where it must be now; and what to say of it.

        A form on another site did not show our words, so it leads to the step, which does: what is
        kept as evidence is what was seen.
        """
        site = self.site
        tokens, now = site.inst.tokens, site.now()
        if one(form, "do") == "show" or site.from_elsewhere(request):
            return None, ""
        token = one(form, "step")
        if token:
            waited = stepping.age(tokens, token, self._about(asked), now)
            if waited is None:
                return None, ""
            return (True, "") if waited >= stepping.SHORTEST else (None, words.step_quick)
        opened = stepping.age(tokens, one(form, "shown"), stepping.of_form(asked.said), now)
        if opened is None or opened < stepping.SHORTEST or one(form, TRAP):
            return None, ""
        return False, ""

    def _join(self, asked: Asked, *, stepped: bool) -> None:
        site, typed = self.site, asked.typed
        home = spoken(asked.main.mlist.language)
        joining.sign_up(
            site.inst,
            slugs=[asked.main.mlist.slug, *typed.lists],
            address=typed.address,
            words=agreed(asked.main, asked.others, typed, asked.said),
            ip=asked.ip,
            now=site.now(),
            name=typed.name,
            language=None if asked.language == home else asked.language,
            topics=frozenset(typed.topics) or None,
            cadence=typed.cadence or None,
            alerts=typed.alerts,
            shown=joining.Shown(asked.said.text, asked.language),
            stepped=stepped,
        )

    def _form(
        self, request: Request, asked: Asked, problem: str = "", *, address_wrong: bool = False
    ) -> Response:
        """The form, filled in with what was typed so far."""
        site = self.site
        main, language = asked.main, asked.language
        return site.page(
            "signup",
            language,
            title=words_of(language).signup_title.format(title=set_title(main.mlist)),
            status=422 if problem else 200,
            languages=site.tongues(request, language),
            mlist=shown(main, language),
            others=[shown(other, language) for other in asked.others],
            said=asked.said,
            token=stepping.sign(site.inst.tokens, stepping.of_form(asked.said), site.now()),
            form=asdict(asked.typed),
            problem=problem,
            address_wrong=address_wrong,
            action=site.path(f"lists/{main.mlist.slug}"),
        )

    def _step(
        self,
        asked: Asked,
        problem: str = "",
        token: str = "",
        *,
        title: str = "",
        lead: str = "",
        status: int = 200,
    ) -> Response:
        """The same once more with a button. Pressed too early, its token goes on counting."""
        words = words_of(asked.language)
        site, about, now = self.site, self._about(asked), self.site.now()
        tokens = site.inst.tokens
        if stepping.age(tokens, token, about, now) is None:
            token = stepping.sign(tokens, about, now)
        return site.page(
            "step",
            asked.language,
            title=title or words.step_title,
            lead=lead or words.step_lead,
            status=status,
            mlist=shown(asked.main, asked.language),
            agreed=agreed(asked.main, asked.others, asked.typed, asked.said),
            said=asked.said,
            form=asdict(asked.typed),
            token=token,
            problem=problem,
            action=site.path(f"lists/{asked.main.mlist.slug}"),
        )

    def _late(self, asked: Asked, words: Words, error: TooMany) -> Response:
        """Far too many: the step again, which keeps what was typed until its button works."""
        minutes = minutes_until(error.until, self.site.now())
        page = self._step(
            asked,
            words.late_button,
            title=words.late_title,
            lead=words.too_many.format(minutes=minutes),
            status=429,
        )
        page.headers["Retry-After"] = str(60 * minutes)
        return page

    def _about(self, asked: Asked) -> str:
        return stepping.of_step(asked.main.mlist.slug, asked.typed, asked.said, asked.ip)

    def _offered(self, slug: str) -> Offered:
        """A list that may be spoken of; a private one is as good as none. Raises UnknownList."""
        found = offered(self.site.inst, slug)
        if found.mlist.visibility is Visibility.PRIVATE:
            raise UnknownList(f"no list {slug[:64]!r}: see the list of all")
        return found

    def _others(self, main: Offered) -> list[Offered]:
        return [o for o in offered_lists(self.site.inst) if o.mlist.id != main.mlist.id]

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
