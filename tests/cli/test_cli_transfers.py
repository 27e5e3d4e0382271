"""Files in and out by the command line: what is understood is shown, and what goes against
somebody's will is asked about."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Site

CONSENT = ("--confirmed", "--consent", "Signed at the library.")
TO_WEEKLY = ("subscriber", "import", "people.csv", "--list", "weekly")


@pytest.fixture
def file(site: Site) -> Path:
    return site.folder / "people.csv"


def test_what_a_column_is_taken_for_is_shown_and_may_be_said(site: Site, file: Path) -> None:
    file.write_text("E-mail;Ville;Notes;State\nana@valmont.example;Valmont;x;CA\n")
    refused = site(*TO_WEEKLY, "--dry-run", status=1)
    assert "'E-mail' → address, 'Ville' → attribute.ville" in refused.stderr
    assert "--map state=attribute.state" in refused.stderr
    said = ("--map", "Notes=-", "--map", "state=attribute.region", "--map", "Ville=labels")
    told = site.json(*TO_WEEKLY, *said)
    assert told["columns"] == {
        "E-mail": "address",
        "Ville": "labels",
        "Notes": None,
        "State": "attribute.region",
    }
    assert told["report"]["pending"] == 1
    shown = site.json("subscriber", "show", "ana@valmont.example")
    assert shown["attributes"] == {"region": "CA", "labels": ["Valmont"]}
    assert "no such column" in site.error(*TO_WEEKLY, "--map", "Town=name")
    assert "no such field: take attribute.town" in site.error(*TO_WEEKLY, "--map", "Ville=town")
    assert "--consent TEXT" in site.error(*TO_WEEKLY, "--confirmed")
    lifted = site("suppression", "lift", "nobody@valmont.example").stdout
    assert "was not suppressed by itself: nothing was changed" in lifted
    assert "write it like" in site(*TO_WEEKLY, "--map", "Ville", status=2).output


def test_attributes_are_texts_unless_they_are_said_to_be_numbers(site: Site, file: Path) -> None:
    file.write_text("email,âge,membre,code\nana@valmont.example,42,true,007\n")
    site(*TO_WEEKLY)
    file.write_text("email,âge,membre,code\nbob@valmont.example,42,true,007\n")
    site(*TO_WEEKLY, "--typed")
    people = [site.json("subscriber", "show", f"{n}@valmont.example") for n in ("ana", "bob")]
    assert people[0]["attributes"] == {"age": "42", "membre": "true", "code": "007"}
    assert people[1]["attributes"] == {"age": 42, "membre": True, "code": "007"}


def test_attributes_are_exported_as_people_write_them(site: Site, file: Path) -> None:
    file.write_text("email,quartier\nana@valmont.example,Forêt «Sud»\n")
    site(*TO_WEEKLY)
    assert "Forêt «Sud»" in site("subscriber", "export").stdout


def test_an_empty_file_is_told_and_not_taken_for_nobody(site: Site, file: Path) -> None:
    file.write_text("")
    assert "people.csv: there is nothing in it" in site.error(*TO_WEEKLY)


def test_who_left_comes_back_only_when_asked_for_and_after_a_yes(site: Site, file: Path) -> None:
    file.write_text("email\nana@valmont.example\nbob@valmont.example\n")
    site(*TO_WEEKLY, *CONSENT)
    site("subscriber", "unsubscribe", "ana@valmont.example")
    site("suppression", "add", "bob@valmont.example")
    told = site.json(*TO_WEEKLY, *CONSENT)["report"]
    assert (told["kept_unsubscribed"], told["suppressed"]) == (1, 1)
    again = (*TO_WEEKLY, *CONSENT, "--again", "--lift")
    assert "take 1 person back who left and lift 1 suppression" in site.error(*again)
    assert "add --confirmed" in site(*TO_WEEKLY, "--again", status=2).output
    done = site(*again, "--yes").stdout
    assert "1 taken back" in done
    assert "1 were suppressed, and are not any more" in done
    assert {one["state"] for one in site.json("subscriber", "ls")} == {"active"}
    assert site.json("suppression", "ls") == []
    twice = site(*again).stdout  # nobody is left to be asked about
    assert "2 known already" in twice


def test_a_pipe_is_not_counted_first(site: Site, file: Path) -> None:
    os.mkfifo(file)
    for asked in ("--again", "--lift"):
        assert "can be read only once" in site.error(*TO_WEEKLY, *CONSENT, asked)


def test_words_that_say_no_are_refused_until_somebody_says_what_they_are(
    site: Site, file: Path
) -> None:
    file.write_text("email,Statut\nana@valmont.example,abonné\nbob@valmont.example,désabonné\n")
    refused = site(*TO_WEEKLY, *CONSENT, status=1)
    assert "line 3: column 'Statut' says 'désabonné'" in refused.stderr
    assert "--map Statut=state, or --map Statut=attribute.statut" in refused.stderr
    told = site.json(*TO_WEEKLY, *CONSENT, "--map", "Statut=state")["report"]
    assert (told["unchanged"], told["left"]) == (1, 1)


def test_a_complaint_is_not_lifted_by_a_file(site: Site, file: Path) -> None:
    file.write_text("email\nana@valmont.example\n")
    (site.folder / "s.csv").write_text("key,reason\nana@valmont.example,complaint\n")
    site("suppression", "import", "s.csv")
    told = site.json(*TO_WEEKLY, *CONSENT, "--lift", "--yes")["report"]
    assert (told["suppressed"], told["lifted"]) == (1, 0)


def test_a_file_that_was_stopped_goes_on_and_says_so(site: Site, file: Path) -> None:
    from newsletter.installation import open_installation
    from newsletter.jobs import transferring
    from subscribers.transfer import Consent

    file.write_text("email\n" + "".join(f"p{n}@valmont.example\n" for n in range(1200)))
    inst = open_installation(site.folder / "config.toml")
    with pytest.raises(ZeroDivisionError):
        transferring.import_subscribers(
            inst, file, "weekly", consent=Consent(), now=datetime.now(UTC), actor="claire",
            on_reject=lambda _: None, on_batch=lambda _: 1 // 0,
        )  # fmt: skip
    inst.close()
    assert "Going on" not in site(*TO_WEEKLY, "--from-start", "--dry-run").stderr
    done = site(*TO_WEEKLY)
    assert "Going on after line 501, where it stopped" in done.stderr
    assert "1,200 rows: 1,200 taken in" in done.stdout


def test_who_comes_in_suppressed_is_counted_by_reason_also_before_it_is_done(
    site: Site, file: Path
) -> None:
    file.write_text("email\nbob@valmont.example\n")
    site(*TO_WEEKLY)
    file.write_text(
        "email,suppression\nana@valmont.example,bounce\nana@valmont.example,bounce\n"
        "bob@valmont.example,complaint\nzoe@valmont.example,\n"
    )
    map_it = ("--map", "suppression=suppression")
    tried = site(*TO_WEEKLY, *map_it, "--dry-run").stdout
    done = site(*TO_WEEKLY, *map_it).stdout
    told = "2 of these are suppressed from now on, as the file says: 1 for bounce, 1 for complaint."
    assert told in tried
    assert told in done
    assert "from now on" not in site(*TO_WEEKLY, *map_it).stdout


def test_listmonks_file_does_not_say_who_agreed(site: Site, file: Path) -> None:
    file.write_text(
        "uuid,email,name,attributes,status,created_at,updated_at\n"
        "3f2b6d1c-0000-4000-8000-000000000001,ana@valmont.example,Ana,{},enabled,"
        "2024-01-24 08:00:00+00,2024-01-24 08:00:00+00\n"
    )
    assert "--assume-status confirmed or unconfirmed" in site.error(*TO_WEEKLY, *CONSENT)
    done = site.json(*TO_WEEKLY, *CONSENT, "--assume-status", "confirmed")
    assert (done["system"], done["report"]["added"]) == ("listmonk", 1)
    file.write_text("email\nbob@valmont.example\n")
    assert "for listmonk's CSV" in site.error(*TO_WEEKLY, "--assume-status", "confirmed")
    assert "no such system: 'mailjet'" in site.error(*TO_WEEKLY, "--from", "mailjet")


def test_a_whole_export_comes_back_into_an_empty_database(site: Site, file: Path) -> None:
    site("list", "create", "soir", "--title", "Le soir", "--from", "x@valmont.example")
    file.write_text("email,name,tags,town\nana@valmont.example,Ana,VIP,Valmont\n")
    site(*TO_WEEKLY, *CONSENT)
    site("subscriber", "add", "ana@valmont.example", "--list", "soir", *CONSENT)
    site("subscriber", "unsubscribe", "ana@valmont.example", "--list", "soir")
    site("subscriber", "export", "-o", "all.csv")
    before = rows(site)
    assert [(row["list"], row["state"]) for row in before] == [
        ("weekly", "active"),
        ("soir", "unsubscribed"),
    ]
    assert [one["kind"] for one in json.loads(before[1]["evidence"])] == ["granted", "unsubscribed"]
    (site.folder / "newsletter.db").unlink()
    for rest in site.folder.glob("newsletter.db-*"):
        rest.unlink()
    site("db", "upgrade")
    for slug in ("weekly", "soir"):
        site("list", "create", slug, "--title", slug, "--from", "x@valmont.example")
    done = site("subscriber", "import", "all.csv", *CONSENT)
    assert "all.csv: an export of ours." in done.stderr
    assert "2 rows: 1 added to their lists, 1 taken in as having left" in done.stdout
    assert sorted(map(repr, rows(site))) == sorted(map(repr, before))
    file.write_text("email\nbob@valmont.example\n")
    assert "name it with --list" in site.error("subscriber", "import", "people.csv")


def rows(site: Site) -> list[dict[str, str]]:
    text = site("subscriber", "export").stdout
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
