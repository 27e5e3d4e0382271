"""Purging by rules, the log, and suppressions in files, as an admin does them."""

from __future__ import annotations

from conftest import Site


def test_a_purge_lists_its_rules_asks_and_does(site: Site) -> None:
    site("subscriber", "add", "old@valmont.example", "--list", "weekly")
    site("deliver")
    listed = site("subscriber", "purge", "--dry-run")
    assert "never_confirmed" in listed.stdout
    assert "Nothing was changed" in listed.stdout
    site.configure("# log = 0", "log = 1")
    assert "log" in site("subscriber", "purge", "--dry-run").stdout
    assert "kept for ever" in site("subscriber", "purge", "--rule", "ip", status=2).stderr
    assert (
        "one alone"
        in site(
            "subscriber", "purge", "--rule", "ip", "--rule", "log", "--days", "3", status=2
        ).stderr
    )
    done = site.json("subscriber", "purge", "--rule", "ip", "--days", "1", "--yes")
    assert (done["people"], done["rules"][0]["rule"]) == (0, "ip")


def test_the_log_tells_who_did_what_and_names_nobody(site: Site) -> None:
    site("subscriber", "add", "ana@valmont.example", "--list", "weekly", "--confirmed",
         "--consent", "Oui")  # fmt: skip
    site("subscriber", "erase", "ana@valmont.example", "--yes")
    shown = site("log", "ls").stdout
    assert "subscriber.erase" in shown
    assert "cli:" in shown
    assert "ana@" not in shown
    verbs = [one["verb"] for one in site.json("log", "ls", "--verb", "subscriber")]
    assert verbs == ["subscriber.add", "subscriber.erase"]
    [last] = site.json("log", "ls", "--verb", "subscriber", "--limit", "1")
    assert last["verb"] == "subscriber.erase"
    assert site.json("log", "ls", "--until", "2020-01-01") == []
    assert site.json("log", "ls", "--since", "2020-01-01", "--actor", "nobody") == []
    mine = last["actor"].partition(":")[2]
    assert site.json("log", "ls", "--actor", mine, "--subject", last["subject"])
    assert site.json("log", "ls", "--actor", "page") == []


def test_suppressions_come_in_whatever_encoding_and_table(site: Site) -> None:
    path = site.folder / "s.csv"
    path.write_bytes(
        "Adresse;Motif;Note\r\nléa@valmont.example;spam;été\r\nx;;\r\n".encode("cp1252")
    )
    done = site("suppression", "import", "s.csv", status=1)
    assert "line 3: not an e-mail address" in done.stderr
    assert "1 address added" in done.stdout
    [one] = site.json("suppression", "ls")
    assert (one["key"], one["reason"]) == ("léa@valmont.example", "complaint")
    piped = site("suppression", "import", "-", stdin=b"\xff\xfe@\x00x\x00.\x00e\x00x\x00")
    assert "1 address added" in piped.stdout
