"""Lists, schedules, subscribers and suppressions, as an admin manages them."""

from __future__ import annotations

import csv
import io
import sqlite3
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Site

CONSENT = ("--confirmed", "--consent", "Signed on paper")


def test_a_list_is_made_once_and_shown(site: Site) -> None:
    made = (
        *("list", "create", "town", "--title", "Town alerts", "--from", "Town <t@valmont.example>"),
        *("--schedule", "30 7 * * *", "--approval", "hold:2h", "--topic", "pont=The bridge"),
        *("--list-id", "town.old.valmont.example"),
    )
    assert "List 'town' is made" in site(*made).stdout
    assert "already: nothing was changed" in site(*made).stdout
    shown = site.json("list", "show", "town")
    assert shown["title"] == "Town alerts"
    assert shown["list_id"] == "town.old.valmont.example"
    assert shown["topics"] == {"pont": "The bridge"}
    (schedule,) = [s for s in site.json("schedule", "ls") if s["list"] == "town"]
    assert (schedule["cron"], schedule["hold_minutes"]) == ("30 7 * * *", 120)
    assert schedule["timezone"] == "Europe/Paris"  # the site's


def test_another_list_of_the_same_name_is_refused(site: Site) -> None:
    error = site.error("list", "create", "weekly", "--title", "Another", "--from", "x@y.example")
    assert "there is a list 'weekly' already, with another title" in error


def test_editing_a_list_says_what_changed(site: Site) -> None:
    assert "'weekly' changed: title, topics" in site(
        "list", "edit", "weekly", "--title", "The Weekly", "--topic", "Music"
    ).stdout  # fmt: skip
    assert "is so already" in site("list", "edit", "weekly", "--title", "The Weekly").stdout
    assert site.json("list", "show", "weekly")["topics"] == {"music": "Music"}


def test_the_form_to_embed_posts_to_our_own_page(site: Site) -> None:
    site("list", "edit", "weekly", "--title", "Bread & <butter>")
    form = site("list", "show", "weekly", "--embed").stdout
    assert 'action="http://localhost:8025/lists/weekly"' in form
    assert 'name="address"' in form
    assert "Bread &amp; &lt;butter&gt;" in form


def test_removing_a_list_asks_and_twice_is_once(readers: Site) -> None:
    error = readers.error("list", "rm", "weekly")
    assert "remove the list 'weekly' with 3 subscriptions" in error
    assert "--yes" in error
    assert "is removed" in readers("list", "rm", "weekly", "--yes").stdout
    assert "removed already: nothing was changed" in readers("list", "rm", "weekly").stdout
    assert "no list 'weakly'" in readers.error("list", "rm", "weakly", "--yes")


def test_a_second_schedule_takes_readers_who_choose_it(readers: Site) -> None:
    add = ("schedule", "add", "weekly", "--cron", "0 7 * * *", "--name", "daily")
    assert "every day at 07:00" in readers(*add).stdout
    assert "nothing was changed" in readers(*add).stdout
    move = ("subscriber", "edit", "ana@valmont.example", "--list", "weekly", "--cadence", "daily")
    readers(*move)
    said = readers("schedule", "edit", "weekly", "daily", "--pause", "--approval", "manual")
    assert "Its 1 reader will get no digest until --resume" in said.stdout
    readers(*("schedule", "add", "weekly", "--name", "monthly", "--cron", "0 8 1 * *"))
    said = readers("schedule", "edit", "weekly", "monthly", "--default")
    assert "It goes to 2 readers now: who chose it, and who chose none" in said.stdout
    shown = {s["name"]: s for s in readers.json("schedule", "ls", "weekly")}
    assert shown["daily"]["approval"] == "manual"
    assert not shown["daily"]["active"]
    assert "1 reader moved" in readers("schedule", "rm", "weekly", "daily", "--yes").stdout
    assert "removed already" in readers("schedule", "rm", "weekly", "daily").stdout
    (ana,) = readers.json("subscriber", "show", "ana@valmont.example")["subscriptions"]
    assert ana["cadence"] is None


def test_skipping_a_schedule_leaves_out_its_next_moment(site: Site) -> None:
    first = site.json("schedule", "ls")[0]["next_at"]
    assert site.json("schedule", "skip", "weekly")["skipped"] == first
    second = site.json("schedule", "ls")[0]["next_at"]
    assert second > first


def test_adding_somebody_asks_them_by_mail_once(site: Site) -> None:
    add = ("subscriber", "add", "Ana@Valmont.example", "--list", "weekly", "--name", "Ana")
    assert "asked by mail to confirm" in site(*add).stdout
    assert "already (pending): nothing was changed" in site(*add).stdout
    site("deliver")
    assert site.outbox() == ["Ana@valmont.example"]
    invited = site("subscriber", "invite", "--list", "weekly").stdout
    assert "1 person asked already today: not again" in invited
    site("deliver")
    assert site.outbox() == ["Ana@valmont.example"]


def test_confirmed_without_the_words_is_refused(site: Site) -> None:
    add = ("subscriber", "add", "ana@valmont.example", "--list", "weekly", "--confirmed")
    assert "give the words they agreed to" in site.error(*add)


def test_inviting_many_asks_first(site: Site) -> None:
    (site.folder / "people.csv").write_text("ana@valmont.example\nbob@valmont.example\n")
    site("subscriber", "import", "people.csv", "--list", "weekly")
    site("subscriber", "add", "eva@valmont.example", "--list", "weekly")  # asked by that
    assert "ask 2 people by mail" in site.error("subscriber", "invite", "--list", "weekly")
    site("subscriber", "invite", "--list", "weekly", "--yes")


def test_a_persons_history_tells_who_said_what(readers: Site) -> None:
    readers("subscriber", "edit", "ana@valmont.example", "--name", "Ana Ríos")
    readers("subscriber", "unsubscribe", "ana@valmont.example", "--list", "weekly")
    history = readers.json("subscriber", "history", "ana@valmont.example")
    assert [event["kind"] for event in history] == ["granted", "changed", "unsubscribed"]
    assert history[0]["words"] == "Signed on paper at the market"
    assert history[0]["actor"].startswith("cli:")


def test_unsubscribing_twice_is_once_and_stays_in_the_journal(readers: Site) -> None:
    leave = ("subscriber", "unsubscribe", "ana@valmont.example")
    assert "is off weekly" in readers(*leave).stdout
    assert "nothing was changed" in readers(*leave).stdout
    journal = (readers.folder / "journal.jsonl").read_text("utf-8")
    assert journal.count('"left"') == 1
    add = ("subscriber", "add", "ana@valmont.example", "--list", "weekly", *CONSENT)
    assert "left 'weekly'" in readers.error(*add)
    assert "is on 'weekly'" in readers(*add, "--again").stdout


def test_alerts_need_a_consent_of_their_own(readers: Site) -> None:
    edit = ("subscriber", "edit", "ana@valmont.example", "--list", "weekly", "--alerts")
    assert "--consent" in readers(*edit, status=2).stderr
    readers(*edit, "--consent", "Asked on the telephone")
    (ana,) = readers.json("subscriber", "show", "ana@valmont.example")["subscriptions"]
    assert ana["alerts"] is True


def test_erasing_asks_and_leaves_no_address_behind(readers: Site) -> None:
    assert "forget ana@valmont.example" in readers.error(
        "subscriber", "erase", "ana@valmont.example"
    )
    readers("subscriber", "erase", "ana@valmont.example", "--yes")
    assert "nothing was changed" in readers("subscriber", "erase", "ana@valmont.example").stdout
    for path in readers.folder.glob("newsletter.db*"):
        if path.suffix == ".db":
            rows = readers("subscriber", "export").stdout
            assert "ana@" not in rows
    add = ("subscriber", "add", "ana@valmont.example", "--list", "weekly")
    assert "is suppressed (erased" in readers.error(*add)


def test_purging_forgets_who_never_confirmed(site: Site) -> None:
    from datetime import UTC, datetime, timedelta

    from newsletter.installation import open_installation
    from newsletter.jobs.purging import purge

    site("subscriber", "add", "old@valmont.example", "--list", "weekly")
    site("subscriber", "add", "kept@valmont.example", "--list", "weekly", *CONSENT)
    inst = open_installation(site.folder / "config.toml")
    later = datetime.now(UTC) + timedelta(days=31)
    # Their confirmation mail is still on its way: they are left for the next time.
    assert purge(inst, dry_run=False, now=later, actor="test").subscriptions == 0
    site("deliver")
    assert purge(inst, dry_run=True, now=later, actor="test").people == 1
    assert purge(inst, dry_run=False, now=later, actor="test").people == 1
    assert purge(inst, dry_run=False, now=later, actor="test").people == 0
    inst.close()
    assert [one["address"] for one in site.json("subscriber", "ls")] == ["kept@valmont.example"]
    assert "Nothing was changed" in site("subscriber", "purge", "--dry-run").stdout


def test_a_purge_tells_of_who_had_left_and_ends_their_subscription_again(site: Site) -> None:
    site("subscriber", "add", "ana@valmont.example", "--list", "weekly", *CONSENT)
    site("subscriber", "unsubscribe", "ana@valmont.example")
    site("deliver")
    with sqlite3.connect(site.folder / "newsletter.db") as base:  # as after the form, long ago
        base.execute("UPDATE subscription SET state = 'pending', confirmed_at = NULL")
        for column in ("requested_at", "changed_at", "invited_at"):
            base.execute(f"UPDATE subscription SET {column} = '2020-01-01 00:00:00.000000'")
    base.close()
    done = site("subscriber", "purge", "--rule", "never_confirmed", "--yes")
    assert "1 subscription of who had left before, to end again" in done.stderr
    assert "1 subscription of who had left before ended again" in done.stdout
    assert [one["state"] for one in site.json("subscriber", "ls")] == ["unsubscribed"]


IMPORT = (
    "email;name\r\n"
    "ana@valmont.example;Ana\r\n"
    "not an address;X\r\n"
    "ANA@valmont.example;Ana again\r\n"
    "léa@valmont.example;Léa\r\n"
    "bob@@valmont.example;Bob\r\n"
)


def test_an_import_tells_bad_lines_and_takes_the_good_ones(site: Site) -> None:
    (site.folder / "people.csv").write_bytes(b"\xef\xbb\xbf" + IMPORT.encode())
    imported = ("subscriber", "import", "people.csv", "--list", "weekly", *CONSENT)
    dry = site(*imported, "--dry-run", status=1)
    assert "Would be: 5 rows: 2 added" in dry.stdout
    assert site.json("subscriber", "ls") == []
    done = site(*imported, status=1)
    assert "people.csv, line 3: not an e-mail address: 'not an address'" in done.stderr
    assert "people.csv, line 6:" in done.stderr
    assert "5 rows: 2 added to 'weekly', 1 known already, or double, 2 refused" in done.stdout
    again = site(*imported, "--rejects", "bad.csv", status=1)
    assert "5 rows: nobody added, 3 known already" in again.stdout
    rows = list(csv.reader((site.folder / "bad.csv").open(encoding="utf-8")))
    assert [row[0] for row in rows] == ["line", "3", "6"]
    assert rows[1][2] == "not an address;X"
    assert site.outbox() == []  # nobody was written to


def test_an_import_without_consent_invites_nobody_by_itself(site: Site) -> None:
    (site.folder / "people.csv").write_text("ana@valmont.example\nbob@valmont.example\n")
    done = site("subscriber", "import", "people.csv", "--list", "weekly")
    assert "2 rows: 2 taken in (pending: invite them with" in done.stdout
    assert "newsletter subscriber invite --list weekly" in done.stdout
    site("deliver")
    assert site.outbox() == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("missing.csv", "--list", "weekly"), "missing.csv: no such file or directory"),
        (("people.csv", "--list", "weakly"), "no list 'weakly'"),
        (("names.csv", "--list", "weekly"), "line 1 names no column of addresses"),
        (("people.csv", "--list", "weekly", "--confirmed"), "give the words of consent"),
    ],
)
def test_an_import_that_cannot_begin_says_why(
    site: Site, arguments: tuple[str, ...], said: str
) -> None:
    (site.folder / "people.csv").write_text("ana@valmont.example\n")
    (site.folder / "names.csv").write_text("first,last\nAna,Ríos\n")
    assert said in site.error("subscriber", "import", *arguments)


def test_export_and_import_round_trip(readers: Site) -> None:
    readers("subscriber", "unsubscribe", "eva@valmont.example")
    before = readers("subscriber", "export", "--list", "weekly").stdout
    readers("subscriber", "export", "-o", "all.csv")
    assert (readers.folder / "all.csv").stat().st_mode & 0o077 == 0
    readers("list", "create", "other", "--title", "Other", "--from", "x@valmont.example")
    rows = list(csv.DictReader(io.StringIO(before.removeprefix("\ufeff"))))
    assert {row["address"]: row["state"] for row in rows} == {
        "ana@valmont.example": "active",
        "bob@valmont.example": "active",
        "eva@valmont.example": "unsubscribed",
    }
    assert "--json" in readers.error("--json", "subscriber", "export")


def test_suppressions_hold_and_can_be_lifted(readers: Site) -> None:
    add = ("suppression", "add", "@spam.example", "--note", "nobody there")
    assert "is suppressed: nothing goes there" in readers(*add).stdout
    assert "suppressed already" in readers(*add).stdout
    person = ("subscriber", "add", "x@spam.example", "--list", "weekly")
    assert "domain spam.example is suppressed" in readers.error(*person)
    assert "--yes" in readers.error("suppression", "lift", "@spam.example")
    assert "written to again" in readers("suppression", "lift", "@spam.example", "--yes").stdout
    assert "nothing was changed" in readers("suppression", "lift", "@spam.example", "--yes").stdout


def test_a_whole_domain_is_suppressed_once_it_was_said_whom_that_stops(readers: Site) -> None:
    readers("suppression", "add", "eva@valmont.example")
    readers("subscriber", "unsubscribe", "bob@valmont.example")
    add = ("suppression", "add", "@Valmont.example")
    error = readers.error(*add)
    assert "to never write again to @Valmont.example, 1 person who is on a list" in error
    assert "--yes" in error
    assert readers.json(*add, "--yes")["stopped"] == 1
    assert readers.json(*add) == {"address": "@Valmont.example", "added": False, "stopped": 0}


def test_suppressions_round_trip_and_tell_bad_lines(readers: Site) -> None:
    readers("subscriber", "erase", "ana@valmont.example", "--yes")
    readers("suppression", "add", "@spam.example")
    text = readers("suppression", "export").stdout
    readers("suppression", "lift", "@spam.example", "--yes")
    (readers.folder / "s.csv").write_text(text + "no address,admin\n", "utf-8")
    done = readers("suppression", "import", "s.csv", status=1)
    assert "line 4: not an e-mail address" in done.stderr
    assert "1 address added, 1 were there, 1 refused" in done.stdout
    assert {one["key"][:5] for one in readers.json("suppression", "ls")} == {"@spam", "hmac:"}


def test_alerts_are_entered_only_with_words_and_the_mail_names_them(site: Site) -> None:
    add = ("subscriber", "add", "ana@valmont.example", "--list", "weekly", "--alerts")
    assert "--alerts is a consent of its own" in site(*add, status=2).stderr
    site(*add, "--consent", "Asked for at the market")
    site("deliver")
    (mail,) = (site.folder / "outbox").glob("*.eml")
    assert "Asked for at the market (urgent alerts included)" in mail.read_text("utf-8")
