"""One's own data: a link asked for without a mail at hand, and moving to another address."""

from __future__ import annotations

import json
import re

import httpx
import pytest
import sqlalchemy as sa
from valmont import BASE, Town

from newsletter.jobs import limiting, owning
from newsletter.jobs.imprint import links_of
from newsletter.models import DeliveryState, NoticeKind
from subscribers import attempts, suppression
from subscribers.models import (
    AttemptOutcome,
    FormerPerson,
    Subscriber,
    SubscriptionState,
    SuppressionReason,
)
from subscribers.people import find

OLD, NEW = "marie@example.org", "Marie@pont.example"


def fresh_link(town: Town, address: str = OLD) -> str:
    """Ask for a link to one's data by one's address, and open the mail."""
    assert town.client.post("/data", data={"address": address}).status_code == 200
    assert town.notices()[-1][0].kind is NoticeKind.SETTINGS
    return town.link("/s/")


def move(town: Town, settings: str, address: str = NEW) -> httpx.Response:
    return town.client.post(settings, data={"do": "move", "address": address})


def mailed(town: Town, since: int = 0) -> list[tuple[str, str]]:
    return [(n.kind.value, d.address) for n, d in town.notices()[since:]]


def test_a_reader_moves_and_all_links_and_lists_go_with_them(either_town: Town) -> None:
    town = either_town
    leave = town.subscribe()
    preferences, before = town.link("/p/"), len(town.notices())
    page = move(town, fresh_link(town))
    assert page.status_code == 200
    assert NEW in page.text
    assert mailed(town, before + 1) == [("move", NEW)]
    mail = town.mail()
    assert "m=E2=80=A2=E2=80=A2=E2=80=A2@example.org" in mail
    assert OLD not in mail  # whoever reads there may have nothing to do with it
    link = town.link("/m/")
    asked = town.client.get(link)
    assert "Oui, m’écrire à cette adresse" in asked.text
    assert OLD not in asked.text
    assert town.subscription().subscriber_id  # still known by the old one

    done = town.client.post(link, data={"do": "move"})
    assert (done.status_code, NEW in done.text) == (200, True)
    assert town.client.post(link).text == town.client.get(link).text == done.text
    assert mailed(town, before + 2) == [("moved", OLD)]
    told = town.mail()
    assert "pont.example" in told
    assert "marie@pont" not in told.lower()
    assert town.links_in_mail() == []  # nothing to press for whoever reads there now
    assert "courrier@valmont.example.org" in told
    with town.inst.database.read() as session:
        assert find(session, OLD) is None
        person = find(session, NEW)
        assert person is not None
        assert [s.state for s in person.subscriptions] == [SubscriptionState.ACTIVE]
    assert "M•••@pont.example" in town.client.get(preferences).text
    assert town.client.post(leave, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert town.subscription(NEW.lower()).state is SubscriptionState.UNSUBSCRIBED


def test_the_answer_is_the_same_for_every_new_address(town: Town) -> None:
    for address in ("known@example.org", "left@example.org"):
        town.subscribe(address)
    town.client.post(town.link("/u/"), data={"do": "leave"})
    with town.inst.database.write() as session:
        suppression.suppress(
            session, "gone@example.org", SuppressionReason.BOUNCE, source="test", now=town.now
        )
    town.subscribe()
    town.later(days=2)
    settings, before = fresh_link(town), len(town.notices())
    names = ("fresh", "known", "left", "gone", "fresh")
    pages = [move(town, settings, f"{name}@example.org") for name in names]
    assert {page.status_code for page in pages} == {200}
    same = {re.sub("|".join(names), "", page.text) for page in pages}
    assert len(same) == 1
    assert mailed(town, before) == [
        ("move", "fresh@example.org"),
        ("already", "known@example.org"),
        ("settings", "left@example.org"),
    ]
    known = links_of(town.inst).preferences(town.subscription("known@example.org").id)
    assert known.removeprefix(BASE) in town.links_in_mail(before + 1)
    assert "left@example.org" in town.client.get(town.link("/s/", before + 2)).text


def test_only_the_newest_link_to_a_new_address_counts_and_for_a_day(town: Town) -> None:
    town.subscribe()
    settings = fresh_link(town)
    move(town, settings)
    first = town.link("/m/")
    move(town, settings, "marie@quai.example")
    second = town.link("/m/")
    gone = town.client.post(first)
    assert (gone.status_code, "n’est plus valable" in gone.text) == (410, True)
    town.later(hours=25)
    for answer in (town.client.get(second), town.client.post(second)):
        assert (answer.status_code, "trop ancien" in answer.text) == (410, True)
        assert 'href="/data"' in answer.text
    with town.inst.database.read() as session:
        assert find(session, OLD) is not None


def test_a_new_address_that_is_none_or_the_old_one_is_said_at_its_field(town: Town) -> None:
    town.subscribe()
    settings, before = fresh_link(town), len(town.notices())
    for typed, said in (("marie@", "nom@exemple.fr"), (OLD, "déjà votre adresse")):
        page = move(town, settings, typed)
        assert page.status_code == 422
        assert said in page.text
        assert f'value="{typed}"' in page.text
        assert 'id="address-error"' in page.text
    assert len(town.notices()) == before


def test_an_old_address_that_bounces_is_not_told_of_the_move(town: Town) -> None:
    town.subscribe()
    move(town, fresh_link(town))
    link, before = town.link("/m/"), len(town.notices())
    with town.inst.database.write() as session:
        suppression.suppress(session, OLD, SuppressionReason.BOUNCE, source="dsn", now=town.now)
    assert town.client.post(link).status_code == 200
    assert mailed(town, before) == []


def test_mail_to_a_new_address_ends_when_the_person_is_forgotten(town: Town) -> None:
    town.subscribe()
    settings = fresh_link(town)
    move(town, settings)
    link = town.link("/m/")
    town.client.post(settings, data={"do": "erase", "sure": "yes"})
    notice, delivery = town.notices()[-1]
    assert (delivery.state, delivery.address, notice.links) == (DeliveryState.CANCELLED, "", {})
    assert town.client.post(link).status_code == 410
    assert "pont.example" not in json.dumps(town.dump(), default=str)


def test_who_has_no_mail_at_hand_asks_for_a_link_and_strangers_learn_nothing(town: Town) -> None:
    town.subscribe()
    town.later(days=1)
    before = len(town.notices())
    names = ("marie", "nobody")
    pages = [town.client.post("/data", data={"address": f"{n}@example.org"}) for n in names]
    assert {page.status_code for page in pages} == {200}
    assert len({re.sub("|".join(names), "", page.text) for page in pages}) == 1
    assert mailed(town, before) == [("settings", OLD)]
    assert OLD in town.client.get(town.link("/s/")).text
    assert town.client.post("/data", data={"address": "marie@"}).status_code == 422
    assert "We send only a few" in town.client.post(
        "/data", data={"address": OLD, "lang": "en"}
    ).text  # fmt: skip


def test_links_to_ones_data_are_mailed_now_and_then_only(town: Town) -> None:
    town.subscribe()
    before = len(town.notices())
    for minutes in (1, *[10] * owning.MOST):
        town.client.post("/data", data={"address": OLD})
        town.later(minutes=minutes)
    assert mailed(town, before) == [("settings", OLD)] * owning.MOST
    town.later(days=1)
    fresh_link(town)


def test_who_never_answered_gets_one_mail_a_day_whichever_form_is_filled_in(town: Town) -> None:
    town.sign_up()
    for _ in range(3):
        town.later(minutes=11)
        town.client.post("/data", data={"address": OLD})
    assert mailed(town) == [("confirm", OLD)]
    town.later(days=1)
    fresh_link(town)
    town.later(minutes=11)
    town.client.post("/data", data={"address": OLD})
    town.sign_up()
    assert mailed(town) == [("confirm", OLD), ("settings", OLD)]
    town.later(days=1)
    town.sign_up()
    assert town.client.post(town.link("/c/")).status_code == 200
    fresh_link(town)  # who answered asks as they like


def test_when_many_ask_for_links_there_is_one_more_step(town: Town) -> None:
    town.subscribe()
    limits = town.inst.config.signup
    with town.inst.database.write() as session:
        for number in range(limits.per_ip_hour):
            attempts.note(
                session, ip="127.0.0.1", domain="example.net", seal=str(number),
                outcome=AttemptOutcome.ACCEPTED, now=town.now,
            )  # fmt: skip
    before, pages = len(town.notices()), []
    for name in ("marie", "nobody"):
        step = town.client.post("/data", data={"address": f"{name}@example.org"})
        assert (step.status_code, "cette étape de plus" in step.text) == (200, True)
        [token] = re.findall(r'name="step" value="([^"]+)"', step.text)
        pages.append(step.text.replace(token, "").replace(name, ""))
    assert len(set(pages)) == 1
    form = {"address": "nobody@example.org", "step": token}
    assert "trop vite" in town.client.post("/data", data=form).text
    town.later(seconds=3)
    other = town.client.post("/data", data={**form, "address": OLD})  # a token is of one address
    assert "cette étape de plus" in other.text
    assert mailed(town, before) == []
    [token] = re.findall(r'name="step" value="([^"]+)"', other.text)
    town.later(seconds=3)
    town.client.post("/data", data={"address": OLD, "step": token})
    assert mailed(town, before) == [("settings", OLD)]


def test_far_too_many_who_ask_for_links_are_told_when_to_come_back(town: Town) -> None:
    town.subscribe()
    limits, before = town.inst.config.signup, len(town.notices())
    with town.inst.database.write() as session:
        for number in range(limiting.FAR * limits.per_ip_hour):
            attempts.note(
                session, ip="127.0.0.1", domain="example.net", seal=str(number),
                outcome=AttemptOutcome.ACCEPTED, now=town.now,
            )  # fmt: skip
    page = town.client.post("/data", data={"address": OLD})
    assert (page.status_code, page.headers["Retry-After"]) == (429, "3600")
    assert mailed(town, before) == []


def test_the_page_of_asking_and_its_answer_are_found_from_every_page(town: Town) -> None:
    assert 'href="/data"' in town.client.get("/").text
    page = town.client.get("/data?lang=en")
    assert "Send me a link" in page.text
    assert 'href="/data?lang=en"' in town.client.get("/?lang=en").text


def test_ones_data_tell_of_moves_names_elsewhere_tags_and_what_stands_against_one(
    town: Town,
) -> None:
    town.subscribe()
    settings = fresh_link(town)
    move(town, settings)
    town.client.post(town.link("/m/"))
    with town.inst.database.write() as session:
        person = session.scalars(sa.select(Subscriber)).one()
        person.tags = frozenset({"mairie"})
        session.add(FormerPerson(system="listmonk", name="a-uuid", subscriber_id=person.id))
        suppression.suppress(
            session, NEW, SuppressionReason.ADMIN, source="cli", note="Au téléphone", now=town.now
        )
    town.later(minutes=11)
    settings = fresh_link(town, NEW)
    kept = json.loads(town.client.get(settings + "/data.json").text)
    assert kept["address"] == NEW
    assert kept["tags"] == ["mairie"]
    assert kept["names_elsewhere"] == [{"system": "listmonk", "name": "a-uuid"}]
    assert [one["to"] for one in kept["moves"]] == [NEW]
    [against] = kept["suppressions"]
    assert (against["reason"], against["note"]) == ("admin", "Au téléphone")
    moved = next(e for e in kept["consent"] if e["what"] == "moved")
    assert moved["detail"] == {"before": OLD, "after": NEW}


@pytest.mark.parametrize("field", ["address", "name"])
def test_ones_data_are_changed_by_the_one_fresh_link_and_by_no_other(
    town: Town, field: str
) -> None:
    town.subscribe()
    before = town.dump()
    for link in (town.link("/p/"), town.link("/u/")):
        token = link.rpartition("/")[2]
        for kind in "sm":
            body = {"do": {"address": "move"}.get(field, "name"), field: NEW}
            assert town.client.post(f"/{kind}/{token}", data=body).status_code == 404
    assert town.dump() == before
