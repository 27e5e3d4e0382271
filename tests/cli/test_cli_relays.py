"""What an operator is told of the relays: limits, what is spent of them, warm-up, health."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from newsletter_kit import reopen

from newsletter.delivery import limits

if TYPE_CHECKING:
    from conftest import Site

OUTBOX = 'kind = "outbox"  # keeps each mail as a file, and sends nothing\n'
RELAYS = """\
[[relays]]
name = "main"
host = "smtp.valmont.example"

[[relays]]
name = "the-old-one"
host = "smtp.old.example"
weight = 0
connections = 20
rate = 50
per_minute = 2000
per_hour = 50000
warm_up = [50, 100]

# tls: "starttls" """


@pytest.fixture
def town(readers: Site) -> Site:
    readers.configure('# tls: "starttls" ', RELAYS)
    readers.configure('base_url = "http://localhost:8025"', 'base_url = "https://n.example"')
    readers.configure("[site]", '[site]\nprivacy_url = "https://n.example/privacy"')
    return readers


def spend(site: Site, count: int) -> None:
    inst, now = reopen(site.folder), datetime.now(UTC)
    with inst.database.write() as session:
        limits.register(session, inst.config.relays, now)
        limits.spend(session, inst.config.relays[2], count, now)
    inst.close()


def test_relay_ls_says_what_nobody_set_and_how_far_a_warm_up_is(town: Site) -> None:
    spend(town, 45)
    shown = town("relay", "ls")
    assert all(len(line) <= 80 for line in shown.stdout.splitlines())
    assert "standby  20 at once, 50/s  45/50,000  45/50" in shown.stdout
    assert "'main' gets 4 connections and 10/s until a rate is set" in shown.stderr
    assert "'the-old-one' is being warmed up: day 1 of 2, at most 50 in 24 h" in shown.stderr
    assert "has taken its share of the last 24 h; more from" in shown.stderr
    assert "'outbox'" not in shown.stderr


def test_relay_show_says_what_is_taken_and_what_is_kept(town: Site) -> None:
    spend(town, 40)
    shown = town("relay", "show", "the-old-one").stdout
    assert "40 of 50, 5 kept for alerts" in shown
    assert "40 of 2,000, 200 kept for alerts" in shown
    assert "0: a standby" in shown
    found = town.json("relay", "show", "the-old-one")
    assert found["warm_up"] == {"day": 1, "days": 2, "today": 50}
    assert found["quotas"][2] == {
        "window": "day", "taken": 40, "quota": 50, "for_ordinary": 45, "free_at": None,
    }  # fmt: skip
    assert "no such relay: 'nobody'" in town.error("relay", "show", "nobody")


def test_a_relay_that_rests_says_why_and_when_it_is_probed(town: Site) -> None:
    inst, now = reopen(town.folder), datetime.now(UTC)
    with inst.database.write() as session:
        limits.register(session, inst.config.relays, now)
        for _ in range(2):
            limits.failed(session, "main", "it answered 421", for_admin=False, now=now)
    inst.close()
    assert "'main' is resting: it answered 421; it is probed next at" in town("relay", "ls").stderr
    found = town.json("relay", "show", "main")
    assert (found["state"], found["failures"], found["careful"]) == ("resting", 1, True)


def test_the_estimate_before_sending_reckons_with_the_quotas(town: Site) -> None:
    town.configure(OUTBOX, f"{OUTBOX}per_day = 1\nweight = 1\n")
    town("relay", "pause", "main")
    told = town("issue", "preview", "weekly").stderr
    assert "at 1.5 a day" in told  # three readers: today, tomorrow and the day after
