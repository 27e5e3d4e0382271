"""The links that another system put into its mails, where its host name points here now.

`/subscription/CAMPAIGN/SUBSCRIBER` stands in listmonk's mails and in their List-Unsubscribe header.
It names the lists of a campaign, where a link of ours names one subscription. For the rest, its
pages are those of `parting`, and lead to them.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from newsletter.jobs import former, leaving
from newsletter.jobs.former import OldLink
from newsletter.jobs.standing import masked, person_of
from newsletter.web.faces import show
from newsletter.web.forms import FormIfAny, one
from newsletter.web.pages import chosen, words_of
from newsletter.web.parting import REASONS, Parting
from newsletter.web.signing import set_title
from subscribers.models import Subscription
from subscribers.tokens import Purpose

_YES = ("1", "t", "true", "on", "yes")  # Go's ParseBool, and what a browser sends for a box


class Former(Parting):
    """`/subscription/CAMPAIGN/SUBSCRIBER`."""

    def routes(self, router: APIRouter) -> None:
        show(router, "/subscription/{letter}/{person}", self.ask_former, self.act_former)

    def ask_former(self, request: Request, letter: str, person: str) -> Response:
        """The page with the button; opening it changes nothing."""
        link = former.find(self.site.inst, letter, person)
        if link is None:
            return self._nothing(request)
        if not link.standing:
            return self._ended(request, link, link.last)
        if request.query_params.get("manage", "").casefold() in _YES:
            return self._choose(link)
        return self._button(request, link, f"subscription/{letter}/{person}")

    def act_former(self, request: Request, letter: str, person: str, form: FormIfAny) -> Response:
        """Leave: a mail client's one click, our button, or the form of a page of listmonk's.

        Such a page is still open somewhere, and can say two things more: `blocklist` is to leave
        all, and `manage` comes with lists that have other names here, so it leads to our page.
        """
        site = self.site
        one_click = bool(one(form, "List-Unsubscribe"))
        everything = one(form, "do") == "leave-all" or one(form, "blocklist").casefold() in _YES
        if not one_click and not everything and one(form, "manage").casefold() in _YES:
            link = former.find(site.inst, letter, person)
            return self._nothing(request) if link is None else self._choose(link)
        left = former.leave(
            site.inst,
            letter,
            person,
            everything=everything and not one_click,
            source="one-click" if one_click else "page",
            ip=site.ip(request),
            now=site.now(),
        )
        if one_click:
            return PlainTextResponse("unsubscribed\n")
        link = former.find(site.inst, letter, person)
        if link is None:
            return self._nothing(request)
        ended = left.ended[0] if left.ended else link.last
        return self._ended(request, link, ended, newly=left.newly, everything=everything)

    def _button(self, request: Request, link: OldLink, path: str) -> Response:
        site = self.site
        here = link.standing[0]
        language = chosen(request, link.subscriber.language, here.mlist.language)
        title = _titles(link.standing)
        here_ids = {one.id for one in link.standing}
        whole = person_of(site.inst, here.id)
        active = () if whole is None else whole.active
        return site.page(
            "leave",
            language,
            title=words_of(language).leave_title.format(title=title),
            languages=site.tongues(request, language),
            mlist={"title": title},
            address=masked(link.subscriber.address),
            others=any(one.subscription.id not in here_ids for one in active),
            preferences_url=site.local(site.links.preferences(here.id)),
            action=site.path(path),
        )

    def _ended(
        self,
        request: Request,
        link: OldLink,
        last: int,
        *,
        newly: bool = False,
        everything: bool = False,
    ) -> Response:
        """What `parting` shows then; taking `last` back and saying why go by our own link."""
        site = self.site
        language = chosen(request, link.subscriber.language, link.subscriptions[0].mlist.language)
        words = words_of(language)
        token = site.inst.tokens.sign(Purpose.UNSUBSCRIBE, last)
        before = leaving.left_before(site.inst, token, site.now())
        if everything:
            lead = words.left_all_lead.format(site=site.config.site.name)
        else:
            said = words.left_lead if newly else words.left_already
            lead = said.format(title=_titles(link.subscriptions))
        return site.page(
            "left",
            language,
            title=words.left_title,
            lead=lead,
            can_undo=before is not None and before.may_undo,
            everything=everything or len(link.subscriptions) > 1,
            preferences_url=self._preferences(token),
            reasons=[
                {"value": reason, "label": getattr(words, f"why_{reason}")} for reason in REASONS
            ],
            action=site.path(f"u/{token}"),
        )

    def _choose(self, link: OldLink) -> Response:
        here = link.standing[0] if link.standing else link.subscriptions[0]
        url = self.site.local(self.site.links.preferences(here.id))
        return RedirectResponse(url, status_code=303)


def _titles(subscriptions: tuple[Subscription, ...]) -> str:
    """«La lettre, Les alertes»: a campaign may have gone to several lists."""
    return ", ".join(set_title(one.mlist) for one in subscriptions)
