"""No log names anybody: not on any way through the pages, and not when something breaks."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from valmont import Town

from newsletter.web.server import WithoutTokens

CANARIES = ("canari", "perruche", "zoé", "203.0.113.77")
OLD, NEW, NAME = "canari@example.org", "perruche@pont.example", "Zoé"


@pytest.fixture
def logged(town: Town, caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """What is logged, the web server's tracebacks included."""
    for name in ("newsletter", "subscribers", "uvicorn"):
        caplog.set_level(logging.DEBUG, name)
    server = logging.getLogger("uvicorn")  # hands nothing on to those above it
    server.addHandler(caplog.handler)
    yield caplog
    server.removeHandler(caplog.handler)


def go(town: Town) -> None:
    """Everything that a person can do, with an address that is told from all others."""
    through = {"X-Forwarded-For": "203.0.113.77"}
    town.client.headers.update(through)
    town.sign_up(OLD, name=NAME)
    town.sign_up(f"{OLD}@", name=NAME)
    for path in [p for p in town.links_in_mail() if p.startswith("/c/")]:
        town.client.post(path)
    leave, preferences = town.link("/u/"), town.link("/p/")
    town.client.post("/data", data={"address": OLD})
    settings = town.link("/s/")
    town.client.post(settings, data={"do": "name", "name": NAME})
    town.client.post(settings, data={"do": "move", "address": f"{NEW}@"})
    town.client.post(settings, data={"do": "move", "address": NEW})
    town.client.post(town.link("/m/"))
    town.client.post(preferences, data={"do": "join", "list": "alerts"})
    town.client.post(leave, data={"do": "leave"})
    town.client.post(leave, data={"do": "why", "said": f"{NAME}, {OLD}"})
    town.client.post(settings, data={"do": "erase", "sure": "yes"})


def said(logged: pytest.LogCaptureFixture) -> str:
    return f"{logged.text}{[r.args for r in logged.records]}".lower()


def test_no_log_names_a_person_who_goes_every_way(
    town: Town, logged: pytest.LogCaptureFixture
) -> None:
    go(town)
    assert not [one for one in CANARIES if one in said(logged)]


BROKEN = "CREATE TRIGGER broken BEFORE INSERT ON {} BEGIN SELECT RAISE(ABORT, 'broken'); END"


@pytest.mark.parametrize(
    "fault",
    ["DROP TABLE consent_event", BROKEN.format("delivery")],
)
def test_no_log_names_a_person_for_whom_something_broke(
    town: Town, logged: pytest.LogCaptureFixture, fault: str
) -> None:
    town.subscribe(OLD)
    town.client.post("/data", data={"address": OLD})
    settings, preferences = town.link("/s/"), town.link("/p/", 1)
    with town.inst.database.engine.begin() as connection:
        connection.execute(sa.text(fault))
    town.client.headers["Connection"] = "close"  # as the server does after what it did not expect
    answers = [
        town.sign_up(NEW, name=NAME),
        town.client.post("/data", data={"address": OLD}),
        town.client.post(settings, data={"do": "name", "name": NAME}),
        town.client.post(settings, data={"do": "move", "address": NEW}),
        town.client.post(preferences, data={"do": "join", "list": "alerts"}),
        town.client.post(settings, data={"do": "erase", "sure": "yes"}),
    ]
    broken = [answer for answer in answers if answer.status_code >= 500]
    assert broken
    assert len(logged.records) >= len(broken)  # it was told
    told = said(logged) + "".join(answer.text.lower() for answer in broken)
    assert not [told[i - 80 : i + 40] for one in CANARIES if (i := told.find(one)) >= 0]


@pytest.mark.parametrize("kind", ["c", "u", "p", "s", "m", "v", "subscription"])
def test_the_access_log_holds_no_token_and_nothing_that_was_asked(kind: str) -> None:
    args = ("127.0.0.1:5", "GET", f"/{kind}/k1.MTI.abc?address={OLD}", "1.1", 200)
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, "%s %s %s %s %s", args, None)
    assert WithoutTokens().filter(record)
    assert record.getMessage() == f"127.0.0.1:5 GET /{kind}/… 1.1 200"
