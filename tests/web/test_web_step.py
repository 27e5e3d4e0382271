"""The one more step: who is led to it, what opens it, and what it never does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from lxml import html
from valmont import Town

from newsletter.config import Signup
from newsletter.web.app import create_app
from newsletter.web.server import running
from subscribers import suppression
from subscribers.models import SuppressionReason
from subscribers.tokens import Purpose

STEP = "Relisez, puis validez"
SENT = "Regardez votre courrier"
ADDRESS = {"address": "marie@example.org"}


def send(town: Town, data: dict[str, str], ip: str = "203.0.113.7") -> httpx.Response:
    answer = town.client.post("/lists/hebdo", data=data, headers={"X-Forwarded-For": ip})
    assert answer.status_code in (200, 429)
    return answer


def fields_of(page: httpx.Response) -> dict[str, str]:
    """What its button would send."""
    form: Any = html.document_fromstring(page.text).forms[0]
    return dict(form.form_values())


def title_of(page: httpx.Response) -> str:
    return html.document_fromstring(page.text).findtext(".//h1") or ""


@contextmanager
def configured(town: Town, **sections: object) -> Iterator[Town]:
    """The same town with other sections in its config.toml."""
    inst = replace(town.inst, config=town.inst.config.model_copy(update=sections))
    with httpx.Client(timeout=30) as client:
        other = Town(inst, client, town.now)
        app = create_app(inst, now=lambda: other.now, beat=0.001)
        with running(inst, port=0, app=app) as url:
            client.base_url = httpx.URL(url)
            yield other


@pytest.mark.parametrize("why", ["too quick", "hidden field", "no form of ours", "old", "copied"])
def test_what_is_odd_takes_one_more_step_and_is_never_lost(town: Town, why: str) -> None:
    opened = town.opened()
    odd = {
        "too quick": {"shown": fields_of(town.client.get("/lists/hebdo"))["shown"]},
        "hidden field": {"shown": opened, "website": "https://marie.example.org"},
        "no form of ours": {},
        "old": {"shown": opened},
        "copied": {"shown": town.opened("alerts", "fr")},  # of a form that said something else
    }[why]
    if why == "old":
        town.later(minutes=60)
    before = town.dump()
    step = send(town, {**ADDRESS, "name": "Marie", "topic": "culture", **odd})
    assert title_of(step) == STEP
    assert town.dump() == before  # nothing is kept before the button is pressed
    town.later(seconds=3)
    assert title_of(send(town, fields_of(step))) == SENT
    assert town.subscription().topics == frozenset({"culture"})
    assert len(town.notices()) == 1


def test_a_step_that_is_pressed_too_early_is_pressed_once_more(town: Town) -> None:
    step = send(town, ADDRESS)
    town.later(seconds=1)
    early = send(town, fields_of(step))
    assert "appuyez encore une fois" in early.text
    assert town.notices() == []
    town.later(seconds=1)  # two in all: the wait does not begin anew
    assert title_of(send(town, fields_of(early))) == SENT


@pytest.mark.parametrize("change", ["address", "list", "place", "time", "form"])
def test_the_token_of_a_step_is_good_for_that_sign_up_alone(town: Town, change: str) -> None:
    fields = fields_of(send(town, ADDRESS))
    town.later(seconds=3)
    ip = "203.0.113.7"
    if change == "address":
        fields["address"] = "victim@example.org"
    elif change == "list":
        fields["list"] = "alerts"
    elif change == "place":
        ip = "203.0.113.8"
    elif change == "time":
        town.later(minutes=60)
    else:
        fields["step"] = town.opened()  # a form's token is no step's
    again = send(town, fields, ip)
    assert title_of(again) == STEP
    assert town.notices() == []
    town.later(seconds=3)
    assert title_of(send(town, fields_of(again), ip)) == SENT


def test_beyond_the_limit_there_is_a_step_and_far_beyond_a_time_to_come_back(town: Town) -> None:
    with configured(town, signup=Signup(per_ip_hour=1)) as limited:
        _go_beyond(limited)


def _go_beyond(town: Town) -> None:
    opened = town.opened()
    for name in ("a", "b"):
        many = send(town, {"address": f"{name}@example.org", "shown": opened})
    assert "Beaucoup d’inscriptions" in many.text
    town.later(seconds=3)
    assert title_of(send(town, fields_of(many))) == SENT
    assert len(town.notices()) == 2
    for name in ("c", "d"):
        step = send(town, {"address": f"{name}@example.org", "shown": opened})
    town.later(minutes=10)
    full = send(town, fields_of(step))
    assert full.status_code == 429
    assert title_of(full) == "Revenez un peu plus tard"
    assert "Réessayez dans 50\u00a0min." in full.text
    assert full.headers["retry-after"] == "3000"
    other = send(town, {"address": "z@example.org", "shown": town.opened()}, "203.0.113.8")
    assert title_of(other) == SENT
    english = {**ADDRESS, "lang": "en", "shown": town.opened(lang="en")}
    assert "Please try again in 50 min." in send(town, english).text
    town.later(minutes=51)  # what was typed is still there
    assert title_of(send(town, fields_of(full))) == SENT


def test_a_step_tells_nobody_who_is_known(town: Town) -> None:
    town.subscribe("known@example.org")
    with town.inst.database.write() as session:
        suppression.suppress(
            session, "gone1@example.org", SuppressionReason.BOUNCE, source="test", now=town.now
        )
    with configured(town, signup=Signup(per_ip_hour=1)) as limited:
        send(limited, {"address": "first@example.org", "shown": limited.opened()})
        opened = limited.opened()
        pages = [
            send(limited, {"address": f"{name}@example.org", "shown": opened})
            for name in ("fresh", "known", "gone1")
        ]
        limited.later(seconds=3)
    with configured(limited, signup=Signup(per_ip_hour=2)) as less_limited:
        answers = [send(less_limited, fields_of(page)) for page in pages]
    for texts, title in ((pages, STEP), (answers, SENT)):
        plain = {re.sub('fresh|known|gone1|name="step" value="[^"]*"', "", p.text) for p in texts}
        assert len(plain) == 1
        assert {title_of(page) for page in texts} == {title}


def test_what_is_wrong_can_be_changed_at_the_step(town: Town) -> None:
    step = send(town, {**ADDRESS, "topic": "culture", "cadence": "daily", "alerts": "yes"})
    form = send(town, {**fields_of(step), "do": "change"})
    fields = fields_of(form)
    assert title_of(form).startswith("S’abonner à")
    assert (fields["address"], fields["topic"], fields["cadence"], fields["alerts"]) == (
        "marie@example.org",
        "culture",
        "daily",
        "yes",
    )
    assert town.notices() == []


def test_words_that_changed_while_the_form_was_open_are_shown_before_they_are_agreed_to(
    town: Town,
) -> None:
    opened = town.opened()
    site = town.inst.config.site.model_copy(update={"name": "La Gazette de Valmont"})
    with configured(town, site=site) as renamed:
        step = send(renamed, {**ADDRESS, "shown": opened})
    assert title_of(step) == STEP
    assert "envoyé par La Gazette de Valmont" in step.text


@pytest.mark.parametrize("through_a_step", [False, True])
def test_all_that_the_form_said_is_kept_once_as_evidence(town: Town, through_a_step: bool) -> None:
    choices = {"topic": "culture", "cadence": "daily", "alerts": "yes", "list": "alerts"}
    page = town.client.get("/lists/hebdo")
    if through_a_step:
        page = send(town, {**ADDRESS, **choices})
        town.later(seconds=3)
        send(town, fields_of(page))
    else:
        town.sign_up(**choices)
    [event, other] = [e for e in town.events() if e.kind == "requested"]
    assert event.form == other.form
    assert event.words == (
        "Je souhaite recevoir «\u00a0Le Courrier de Valmont\u00a0» par courrier électronique, "
        "envoyé par Le Courrier de Valmont. Je peux partir à tout moment, en un clic. "
        "Rubriques\u00a0: Culture et fêtes. À quel rythme\u00a0: Chaque jour à 7\u00a0h. "
        "Je souhaite aussi recevoir\u00a0: Valmont alerts (alertes urgentes comprises). "
        "Les alertes urgentes de «\u00a0Le Courrier de Valmont\u00a0»."
    )
    [(name, language, text, _)] = town.dump()["form_wording"]
    assert (name, language) == (event.form, "fr")
    shown = " ".join(html.document_fromstring(page.text).text_content().split())
    for line in str(text).splitlines():
        said = line.partition(": ")[2] or line
        assert " ".join(said.split()) in shown or said.startswith("https://"), said
    for part in ("12, quai de la Rivière", "adresse IP", "après 30 jours", "protection", "donnees"):
        assert part in str(text)
    person = town.subscription().subscriber_id
    fresh = town.inst.tokens.sign(Purpose.SETTINGS, person, now=town.now)
    mine = town.client.get(f"/s/{fresh}/data.json").json()["consent"]
    assert [one["form"] for one in mine] == [text, text]  # and theirs to read
    mail = town.mail()
    assert "Culture et fêtes" in mail or "Culture et f=C3=AAtes" in mail


def test_the_form_says_how_long_things_are_kept_as_the_rules_say(town: Town) -> None:
    kept = town.inst.config.retention.model_copy(update={"never_confirmed": 0, "left": 400})
    with configured(town, retention=kept) as keeping:
        page = keeping.client.get("/lists/hebdo").text
    assert "votre adresse, votre nom et la preuve" in page
    assert "pour respecter votre choix, pendant 400 jours" in page
    assert "sous un pseudonyme" in page
    assert "sans adresse IP, pendant 1095 jours, et une empreinte illisible" in page
    assert "jamais confirmée" not in page
