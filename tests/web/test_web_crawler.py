"""Mail scanners follow every link of every kind of mail, and of each page: nothing changes."""

from __future__ import annotations

import re
import uuid

import newsletter_kit as kit
import sqlalchemy as sa
from fastapi.routing import APIRoute
from test_web_promises import crawl
from valmont import BASE, Town

from newsletter.installation import Installation
from newsletter.jobs import previewing, telling_admin
from newsletter.jobs.imprint import links_of
from newsletter.models import Delivery, Issue, NoticeKind, Variant
from newsletter.web.app import create_app
from subscribers import former
from subscribers.models import MailingList

MARIE = "marie@example.org"
UUIDS = uuid.UUID(int=1), uuid.UUID(int=2)


def every_mail(town: Town) -> None:
    """A town in which each kind of notice was written, and an issue to two readers."""
    kit.change(town.inst, MailingList, {"goodbye": True})
    town.subscribe()  # confirm, welcome
    town.later(days=1)
    town.sign_up()  # already
    town.subscribe("paul@example.org")
    town.later(minutes=11)
    town.client.post(town.link("/p/"), data={"do": "data"})  # settings
    town.client.post(town.link("/s/"), data={"do": "move", "address": "paul@moved.example"})  # move
    town.client.post(town.link("/m/"), data={"do": "move"})  # moved
    town.subscribe("eve@example.org")
    town.client.post(town.link("/u/"), data={"do": "leave"})  # goodbye
    letter = kit.frozen_letter(town.inst, now=town.now)
    previewing.send_preview(town.inst, str(letter.id), "editor@example.org", now=town.now)
    site = town.inst.config.site.model_copy(update={"admin": "admin@example.org"})
    config = town.inst.config.model_copy(update={"site": site})
    telling_admin.tell_admin(
        Installation(config, town.inst.database), "disk", f"see {BASE}/", now=town.now
    )
    town.later(days=1)
    town.subscribe("waiting@example.org", "alerts")
    town.sign_up("waiting@example.org")  # confirm, not yet answered
    town.later(minutes=11)
    town.client.post(
        links_of(town.inst)
        .settings(town.subscription().subscriber_id, town.now)
        .removeprefix(BASE),
        data={"do": "move", "address": "marie@moved.example"},
    )  # move, not yet answered


def links_of_issues(town: Town) -> list[str]:
    """What each reader of an issue finds in it."""
    found = []
    with town.inst.database.read() as session:
        for one in session.scalars(sa.select(Delivery).where(Delivery.issue_id.is_not(None))):
            assert one.subscription_id is not None
            signed = links_of(town.inst)
            found += [
                signed.unsubscribe(one.subscription_id),
                signed.preferences(one.subscription_id),
            ]
        for issue, variant in session.execute(
            sa.select(Issue.id, Variant.id).join(Variant, Variant.issue_id == Issue.id)
        ):
            found.append(links_of(town.inst).browser(issue, variant))
    return [url.removeprefix(BASE) for url in found]


def former_link(town: Town) -> str:
    """An old link, as another system wrote it."""
    letter, person = UUIDS
    with town.inst.database.write() as session:
        mlist = session.scalars(sa.select(MailingList).where(MailingList.slug == "hebdo")).one()
        mine = town.subscription().subscriber_id
        former.remember(session, former.LISTMONK, {str(person): mine})
        former.remember_letters(session, former.LISTMONK, [(str(letter), mlist.id)])
    return f"/subscription/{letter}/{person}"


def test_a_scanner_that_follows_every_link_of_every_mail_and_page_changes_nothing(
    town: Town,
) -> None:
    every_mail(town)
    missing = set(NoticeKind) - {notice.kind for notice, _ in town.notices()}
    assert missing == set(), "a kind of mail that no scanner has seen"

    starts = ["/", "/health", "/data", "/metrics", "/lists/ancien", "/favicon.ico"]
    for number in range(len(town.notices())):
        starts += [link for link in town.links_in_mail(number) if link not in starts]
    starts += [*links_of_issues(town), former_link(town), "/archive/hebdo/1"]
    before = town.dump()
    seen = crawl(town, starts)
    # What a form would post says nothing when it is only looked at.
    actions = {path.partition("?")[0] for path in seen}
    personal = sorted(path for path in actions if re.match("/[a-z]/|/subscription/|/data", path))
    for path in personal:
        for query in (
            "do=leave&sure=yes&List-Unsubscribe=One-Click",
            "do=move&do=join&list=alerts",
        ):
            assert town.client.get(f"{path}?{query}").status_code < 500
    town.later(hours=2)  # old links, too
    for path in personal:
        assert town.client.get(path).status_code < 500
        assert town.client.head(path).status_code < 500
    assert town.dump() == before

    unseen = [
        route.path
        for route in create_app(town.inst).routes
        if isinstance(route, APIRoute)
        and "GET" in (route.methods or ())
        and not any(route.path_regex.match(path) for path in actions)
    ]
    assert unseen == [], "pages that no scanner has seen"
    assert {path[:3] for path in actions if re.match("/[a-z]/", path)} == {
        "/c/", "/m/", "/p/", "/s/", "/u/", "/v/",
    }  # fmt: skip
