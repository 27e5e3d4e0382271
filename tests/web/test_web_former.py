"""listmonk's links in old mails: they show a button, they leave by one click, and no more."""

from __future__ import annotations

import html
import logging
import re
import uuid

import pytest
import sqlalchemy as sa
from valmont import Town

from newsletter.web.server import WithoutTokens
from subscribers import former
from subscribers.models import MailingList, SubscriptionState
from subscribers.signup import add

PERSON, STRANGER = str(uuid.UUID(int=0xA11CE)), str(uuid.UUID(int=0xB0B))
HEBDO, BOTH, TEST_MAIL = (str(uuid.UUID(int=n)) for n in (1, 2, 0))
ACTIVE, LEFT = SubscriptionState.ACTIVE, SubscriptionState.UNSUBSCRIBED
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def settle(town: Town) -> None:
    """Marie on both public lists, as if she had come from listmonk."""
    with town.inst.database.write() as session:
        lists = {m.slug: m for m in session.scalars(sa.select(MailingList))}
        for slug in ("hebdo", "alerts"):
            marie = add(
                session, address="marie@example.org", mlist=lists[slug], confirmed=True,
                consent_text="Oui, chaque vendredi.", actor="claire", now=town.now,
            ).subscriber  # fmt: skip
        former.remember(session, former.LISTMONK, {PERSON: marie.id})
        hebdo, alerts = lists["hebdo"].id, lists["alerts"].id
        letters = [(HEBDO, hebdo), (BOTH, hebdo), (BOTH, alerts)]
        former.remember_letters(session, former.LISTMONK, letters)
    town.later(hours=2)


def states(town: Town) -> tuple[SubscriptionState, SubscriptionState]:
    return town.subscription().state, town.subscription(slug="alerts").state


def buttons(page: str) -> list[tuple[str, str]]:
    """Where each form of a page posts to, and what its button says it does."""
    forms = re.findall(r'<form[^>]*action="([^"]*)".*?</form>', page, re.S)
    does = re.findall(r'name="do" value="([^"]*)"', page)
    return list(zip(map(html.unescape, forms), does, strict=False))


def test_an_old_link_shows_a_button_and_changes_nothing(town: Town) -> None:
    settle(town)
    before = town.dump()
    for letter in (HEBDO, BOTH, TEST_MAIL):
        path = f"/subscription/{letter}/{PERSON}"
        assert town.client.head(path).status_code == 200
        page = town.client.get(path)
        assert page.status_code == 200
        assert (path, "leave") in buttons(page.text)
        assert "m•••@example.org" in page.text
        assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert town.dump() == before


def test_one_click_on_an_old_link_leaves_the_lists_of_its_campaign(either_town: Town) -> None:
    town = either_town
    settle(town)
    answer = town.client.post(f"/subscription/{HEBDO}/{PERSON}", data=ONE_CLICK)
    assert (answer.status_code, answer.text) == (200, "unsubscribed\n")
    assert not {"location", "set-cookie"} & set(answer.headers)
    assert states(town) == (LEFT, ACTIVE)
    assert town.events()[-1].source == "one-click"
    again = town.client.post(f"/subscription/{BOTH}/{PERSON}", data=ONE_CLICK)
    assert again.status_code == 200
    assert states(town) == (LEFT, LEFT)


def test_the_button_leaves_names_what_was_left_and_can_be_taken_back(town: Town) -> None:
    settle(town)
    path = f"/subscription/{BOTH}/{PERSON}"
    page = town.client.get(path)
    assert "Le Courrier de Valmont, Valmont alerts" in html.unescape(page.text)
    left = town.client.post(path, data={"do": "leave"})
    assert states(town) == (LEFT, LEFT)
    town.later(hours=1)
    shown_again = town.client.get(path)
    for answer in (left, shown_again):
        assert answer.status_code == 200
        (undo, does), *_ = buttons(answer.text)
        assert does == "undo"
        assert undo.startswith("/u/")
    town.client.post(undo, data={"do": "undo", "everything": "yes"})
    assert states(town) == (ACTIVE, ACTIVE)


def test_taking_back_by_an_old_link_brings_back_no_more_than_was_left_by_it(town: Town) -> None:
    settle(town)
    town.client.post(f"/subscription/{HEBDO}/{PERSON}", data=ONE_CLICK)
    town.later(hours=1)
    left = town.client.post(f"/subscription/{BOTH}/{PERSON}", data={"do": "leave"})
    (undo, _), *_ = buttons(left.text)
    town.client.post(undo, data={"do": "undo", "everything": "yes"})
    assert states(town) == (LEFT, ACTIVE)


@pytest.mark.parametrize("said", [{"do": "leave-all"}, {"blocklist": "true"}, {"blocklist": "1"}])
def test_leaving_all_leaves_what_the_campaign_did_not_go_to(
    town: Town, said: dict[str, str]
) -> None:
    settle(town)
    town.client.post(f"/subscription/{HEBDO}/{PERSON}", data=said)
    assert states(town) == (LEFT, LEFT)


def test_a_page_of_listmonks_that_is_still_open_leaves_or_leads_to_our_preferences(
    town: Town,
) -> None:
    settle(town)
    path = f"/subscription/{HEBDO}/{PERSON}"
    manage = {"manage": "true", "name": "Marie", "l": str(uuid.uuid4())}
    for answer in (
        town.client.post(path, data=manage),
        town.client.get(path, params={"manage": "true"}),
    ):
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/p/")
        assert town.client.get(answer.headers["location"]).status_code == 200
    assert states(town) == (ACTIVE, ACTIVE)
    town.client.post(path, data={"blocklist": "false"})
    assert states(town) == (LEFT, ACTIVE)


def test_wrong_and_unknown_names_look_alike_and_change_nothing(town: Town) -> None:
    settle(town)
    before = town.dump()
    paths = [
        f"/subscription/{HEBDO}/{STRANGER}",
        f"/subscription/{HEBDO}/nobody",
        f"/subscription/optin/{PERSON}",
        f"/subscription/wipe/{PERSON}",
        f"/subscription/export/{PERSON}",
        f"/subscription/{HEBDO}/%00{PERSON[3:]}",
        f"/subscription/{'x' * 3000}/{PERSON}",
    ]
    gets = {re.sub(r"\s+", " ", town.client.get(path).text) for path in paths}
    posts = {
        re.sub(r"\s+", " ", town.client.post(path, data={"do": "leave"}).text) for path in paths
    }
    assert len(gets | posts) == 1
    assert {town.client.post(path, data=ONE_CLICK).status_code for path in paths} == {200}
    assert town.dump() == before


def test_an_old_link_of_whoever_has_nothing_left_says_so(town: Town) -> None:
    settle(town)
    path = f"/subscription/{HEBDO}/{PERSON}"
    town.client.post(path, data=ONE_CLICK)
    town.later(days=2)
    page = town.client.get(path)
    assert "undo" not in {does for _, does in buttons(page.text)}
    assert town.client.post(path).status_code == 200
    assert [event.kind.value for event in town.events()].count("unsubscribed") == 1


def test_leaving_by_an_old_link_is_in_the_journal(town: Town) -> None:
    settle(town)
    town.client.post(f"/subscription/{BOTH}/{PERSON}", data=ONE_CLICK)
    written = (town.inst.config.keys.with_name("journal.jsonl")).read_text("utf-8")
    for slug in ("hebdo", "alerts"):
        assert str(town.subscription(slug=slug).id) in written


def test_the_access_log_forgets_the_names_in_old_links() -> None:
    path = f"/subscription/{HEBDO}/{PERSON}?lang=fr"
    record = logging.LogRecord(
        "uvicorn.access", logging.INFO, "", 0, "%s %s %s %s %s",
        ("192.0.2.1", "GET", path, "1.1", 200), None,
    )  # fmt: skip
    assert WithoutTokens().filter(record)
    assert record.getMessage() == "192.0.2.1 GET /subscription/… 1.1 200"
