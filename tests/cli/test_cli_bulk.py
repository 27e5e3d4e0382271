"""People found by what is known of them, and changed many at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Site

ANA, BOB, EVA = (f"{name}@valmont.example" for name in ("ana", "bob", "eva"))


def found(site: Site, *search: str) -> list[str]:
    return [one["address"] for one in site.json("subscriber", "ls", *search)]


@pytest.fixture
def known(readers: Site) -> Site:
    """Ana, who is called Élodie, from Valmont; Bob with the tag vip, who left; Eva, paused."""
    readers(
        *("subscriber", "edit", ANA, "--name", "Élodie Éluard", "--attribute", "town=Valmont"),
        *("--attribute", "age=41", "--attribute", "address.postcode=01234"),
    )
    readers("subscriber", "edit", BOB, "--tag", "vip", "--tag", "friend")
    readers("subscriber", "edit", BOB, "--untag", "friend")
    readers("list", "edit", "weekly", "--topic", "pont=The bridge", "--topic", "Music")
    readers("subscriber", "edit", EVA, "--list", "weekly", "--topic", "music")
    readers("subscriber", "unsubscribe", BOB)
    return readers


def test_people_are_found_by_anything_that_is_known_of_them(known: Site) -> None:
    searches = {
        ("--search", "élodie"): [ANA],
        ("--search", "ÉLUARD"): [ANA],
        ("--search", "eva@"): [EVA],
        ("--topic", "pont"): [ANA, BOB],
        ("--topic", "music", "--state", "active"): [ANA, EVA],
        ("--tag", "vip"): [BOB],
        ("--tag", "friend"): [],
        ("--where", "town = Valmont and age > 40"): [ANA],
        ("--where", "not exists town", "--state", "active"): [EVA],
        ("--until", "2020-01-31"): [],
        ("--since", "2020-01-31", "--until", "2999-01-01"): [ANA, BOB, EVA],
        ("--since", "2999-01-01"): [],
    }
    assert {search: found(known, *search) for search in searches} == searches
    assert "vip" in known("subscriber", "ls").stdout
    assert "cannot be read at its end" in known.error("subscriber", "ls", "--where", "town")
    assert "no list" in known.error("subscriber", "ls", "--list", "weakly")
    # Those who chose no topic get all: a word that is none would find them.
    for of in ((), ("--list", "weekly")):
        assert "choose among music, pont" in known.error("subscriber", "ls", "--topic", "pond", *of)
    known("subscriber", "ls", "--since", "yesterday", status=2)


def test_attributes_are_values_where_they_are_written_as_such(known: Site) -> None:
    edit = ("subscriber", "edit", ANA, "--attribute")
    known(*edit, "town=", "--attribute", "likes=[1, true]", "--attribute", "phone=+33 1")
    assert known.json("subscriber", "show", ANA)["attributes"] == {
        "age": 41, "address": {"postcode": "01234"}, "likes": [1, True], "phone": "+33 1",
    }  # fmt: skip
    assert "is so already" in known(*edit, "age=41").stdout
    assert "cannot be within it" in known.error(*edit, "age.days=1")
    assert "begin with a letter" in known.error(*edit, "a b=1")
    assert "cannot be kept" in known.error(*edit, "note=a\x07b")
    assert "NAME=VALUE" in known(*edit, "town", status=2).stderr
    kept = known.json("subscriber", "history", ANA)[-1]
    assert kept["detail"]["before"]["attributes"]["town"] == "Valmont"


def test_many_are_tagged_by_a_search_or_a_file(known: Site, tmp_path: Path) -> None:
    tag = ("subscriber", "tag")
    assert "2 people of 2 changed" in known(*tag, "--state", "active", "--add", "here").stdout
    assert "nothing was changed" in known(*tag, "--state", "active", "--add", "here").stdout
    file = tmp_path / "them.csv"
    file.write_text(
        f"name;email\nÉva;{EVA.upper()}\nZoé;zoe@valmont.example\nx;nobody\n", "latin-1"
    )
    done = known.json(*tag, str(file), "--add", "away", "--remove", "here")
    assert done == {
        "people": 1,
        "changed": 1,
        "unknown": ["zoe@valmont.example"],
        "unreadable": ["nobody"],
    }
    assert (found(known, "--tag", "away"), found(known, "--tag", "here")) == ([EVA], [ANA])
    piped = known(*tag, "-", "--add", "piped", stdin=f"{ANA}\n{BOB}\n")
    assert "2 people of 2 changed" in piped.stdout
    assert found(known, "--tag", "piped") == [ANA, BOB]
    assert "tag name 'Very good'" in known.error(*tag, "--list", "weekly", "--add", "Very good")
    for wrong in (("--add", "everybody"), ("--state", "active")):
        known(*tag, *wrong, status=2)


def test_many_are_taken_off_after_a_yes_and_nobody_is_written_to(known: Site) -> None:
    known("list", "edit", "weekly", "--goodbye")
    remove = ("subscriber", "remove")
    assert "end 2 subscriptions of 2 people (2 of 'weekly')" in known.error(
        *remove, "--list", "weekly"
    )
    assert known.json(*remove, "--list", "weekly", "--yes")["ended"] == 2
    assert "nothing was changed" in known(*remove, "--list", "weekly", "--yes").stdout
    assert found(known, "--state", "unsubscribed") == [ANA, BOB, EVA]
    last = known.json("subscriber", "history", EVA)[-1]
    assert (last["kind"], last["source"], last["actor"][:4]) == ("unsubscribed", "cli", "cli:")
    known("deliver")
    assert known.outbox() == []
    lines = (known.folder / "journal.jsonl").read_text("utf-8").splitlines()
    assert sum("left" in json.loads(line) for line in lines) == 3
    known(*remove, "--yes", status=2)


def test_before_a_yes_it_is_told_whom_it_takes_off_which_lists(known: Site) -> None:
    known("list", "create", "town", "--from", "Town <town@valmont.example>")
    known(
        *("subscriber", "add", ANA, "--list", "town", "--confirmed", "--consent", "On paper"),
    )
    remove = ("subscriber", "remove", "--state", "active")
    told = "end 3 subscriptions of 2 people (1 of 'town', 2 of 'weekly')"
    assert told in known.error(*remove)
    done = known.json(*remove, "--yes")
    assert (done["people"], done["lists"]) == (2, {"town": 1, "weekly": 2})


def test_a_file_and_a_search_together_mean_both(known: Site) -> None:
    file = f"{ANA}\n{BOB}\n{EVA}\n"
    command = ("subscriber", "tag", "-", "--where", "town = Valmont", "--add", "both")
    known(*command, stdin=file)
    assert found(known, "--tag", "both") == [ANA]
    known("subscriber", "remove", "-", "--tag", "both", "--yes", stdin=file)
    assert found(known, "--state", "active") == [EVA]
