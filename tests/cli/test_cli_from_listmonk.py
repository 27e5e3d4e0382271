"""newsletter subscriber import --from listmonk: the whole way, as an admin types it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from listmonk_site import DOUBLE, MAIN, UNKNOWN, Listmonk, make_listmonk

if TYPE_CHECKING:
    from conftest import Site

AGREED = ("--confirmed", "--consent", "Inscrits sur le site")
TO = ("--map", "Hebdo=weekly")


@pytest.fixture(scope="module")
def monk() -> Listmonk:
    monk = make_listmonk()
    monk.person("lea@valmont.example", (MAIN, "confirmed"), name="Léa Martin")
    monk.person("bob@valmont.example", (DOUBLE, "unconfirmed"))
    monk.person("nina@valmont.example", (MAIN, "unsubscribed"), status="blocklisted")
    monk.person("tester@valmont.example", (UNKNOWN, "confirmed"))
    monk.person("barred@valmont.example", status="blocklisted")
    monk.person("no address", (MAIN, "confirmed"))
    monk.campaign(MAIN, DOUBLE)
    return monk


def imported(site: Site, monk: Listmonk, *options: str, status: int = 1) -> str:
    result = site("subscriber", "import", monk.url, "--from", "listmonk", *options, status=status)
    return result.output


def test_lists_are_taken_over_and_each_is_told_where_it_goes(site: Site, monk: Listmonk) -> None:
    trial = imported(site, monk, *TO, *AGREED, "--dry-run")
    assert "Would be: 3 subscriptions: 1 active, 1 taken in as having left, 1 refused." in trial
    assert site.json("subscriber", "ls", "--list", "weekly") == []
    told = imported(site, monk, *TO, *AGREED, "--rejects", "refused.csv")
    assert "listmonk's 'Hebdo' (3 people) → 'weekly'" in told
    assert "listmonk's 'Tests' (1 person) → nowhere: no list is called like it" in told
    assert "3 subscriptions: 1 active, 1 taken in as having left, 1 refused (see ref" in told
    assert "1 more addresses that must not be written to" in told
    [heading, refused] = csv.reader(Path("refused.csv").read_text("utf-8").splitlines())
    assert heading == ["subscriber", "reason", "address"]
    assert (refused[0], refused[2]) == ("6", "no address")
    there = {row["address"]: row["state"] for row in site.json("subscriber", "ls")}
    assert there == {"lea@valmont.example": "active", "nina@valmont.example": "unsubscribed"}
    assert "nobody" not in imported(site, monk, *TO, *AGREED)


def test_json_is_one_document(site: Site, monk: Listmonk) -> None:
    options = (*TO, *AGREED)
    document = site.json("subscriber", "import", monk.url, "--from", "listmonk", *options, status=1)
    assert [(one["name"], one["list"]) for one in document["lists"]] == [
        ("Hebdo", "weekly"), ("Le Courrier du soir", None), ("Tests", None),
    ]  # fmt: skip
    assert document["report"]["added"] == 1
    assert document["suppressed_too"] == 1
    assert document["rejects"][0]["subscriber"] == 6


def test_who_left_comes_back_only_when_that_is_asked_for_and_answered(
    site: Site, monk: Listmonk
) -> None:
    imported(site, monk, *TO, *AGREED)
    site("subscriber", "unsubscribe", "lea@valmont.example")
    imported(site, monk, *TO, *AGREED)
    again = ("subscriber", "import", monk.url, "--from", "listmonk", *TO, *AGREED, "--again")
    assert "take 1 person back who left" in site.error(*again)
    [lea] = site.json("subscriber", "ls", "--search", "lea")
    assert lea["state"] == "unsubscribed"
    site(*again, "--yes", status=1)
    [lea] = site.json("subscriber", "ls", "--search", "lea")
    assert lea["state"] == "active"


def test_what_makes_no_sense_is_told_in_one_line(site: Site, monk: Listmonk) -> None:
    assert "no list of listmonk is called like one of ours" in site.error(
        "subscriber", "import", monk.url, "--from", "listmonk"
    )
    site("subscriber", "import", monk.url, status=2)
    site("subscriber", "import", monk.url, "--from", "listmonk", "--list", "weekly", status=2)
    said = site.error(
        "subscriber", "import", "postgresql://u:secret@127.0.0.1:1/x", "--from", "listmonk"
    )
    assert "check that it runs" in said
    assert "secret" not in said
