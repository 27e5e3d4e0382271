"""Sources are read concurrently, each on its own, over real HTTP."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from newsletter_kit import Install, make_list

from newsletter.collect.crew import Outcome
from newsletter.collect.entry import Entry, Feed
from newsletter.collect.reading import Place, Reading
from newsletter.errors import NotFound
from newsletter.installation import Installation
from newsletter.jobs import collecting
from newsletter.jobs.articles import list_articles
from newsletter.jobs.collecting import (
    Collected,
    _Keeper,
    collect,
    wait,
)
from newsletter.jobs.explaining import explain_article
from newsletter.jobs.overseeing import show_source
from newsletter.jobs.sources import edit_source
from newsletter.models import Article, Offer, OfferState, Sighting, Source, SourceKind
from tests.jobs.paper_site import NOW, Answer, Site, two_lists
from tests.jobs.source_kit import add, count, later, source

inst = two_lists


def test_a_folder_is_a_source(inst: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "pont.md").write_text("---\ntitle: Le pont\ndate: 2026-03-19\n---\nIl est ouvert.\n")
    added = add(inst, str(folder), name="folder")
    assert added.kind is SourceKind.FOLDER
    assert collect(inst, now=NOW)[0].new == 1
    assert collect(inst, now=later(hours=1))[0].state == "nothing new"


def test_a_file_taken_out_of_a_folder_is_held_back_until_it_is_there_again(
    inst: Installation, tmp_path: Path
) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    pont, fete = folder / "pont.md", folder / "fete.md"
    for file in (pont, fete):
        file.write_text(f"# {file.stem}\n\nTout est prêt.\n", "utf-8")
    add(inst, str(folder), name="folder")
    collect(inst, now=NOW)
    text = pont.read_text("utf-8")
    pont.unlink()
    collect(inst, now=later(hours=1))
    assert count(inst, Article, Article.removed_at.is_not(None)) == 1
    fete.unlink()
    collect(inst, now=later(hours=2))  # an empty folder proves nothing
    assert count(inst, Article, Article.removed_at.is_not(None)) == 1
    pont.write_text(text, "utf-8")
    collect(inst, now=later(hours=3))
    assert count(inst, Article, Article.removed_at.is_(None), Article.title == "pont") == 1


def test_what_came_out_since_an_empty_source_was_added_is_all_offered(
    inst: Installation, site: Site
) -> None:
    add(inst, site.rss("/feed"), name="courier")
    assert collect(inst, now=NOW)[0].state == "nothing new"
    assert source(inst, "courier").first_read_at is None
    fresh = [site.item(n, age=timedelta(hours=-1)) for n in range(7)]
    site.rss("/feed", *fresh, site.item(9, age=timedelta(days=9)))
    (got,) = collect(inst, now=later(hours=2))
    assert (got.offered, got.seeded) == (7, 1)


def test_a_first_collection_offers_the_newest_five_and_a_second_asks_only_for_changes(
    inst: Installation, site: Site
) -> None:
    url = site.rss("/feed", *(site.item(n) for n in range(1, 9)))
    add(inst, url, name="courier")
    (got,) = collect(inst, now=NOW)
    assert (got.state, got.new, got.offered, got.seeded) == ("new", 8, 5, 3)
    (again,) = collect(inst, now=later(hours=1))
    assert again.state == "unchanged"
    assert "If-None-Match" in site.asked[-1][1]
    assert source(inst, "courier").read_at == later(hours=1)
    site.rss("/feed", site.item(0), site.item(1, title="Nouvelle 1, corrigée"))
    (third,) = collect(inst, now=later(hours=2))
    assert (third.state, third.new, third.edited, third.offered) == ("new", 1, 1, 1)


def test_backfill_works_though_the_server_says_unchanged(inst: Installation, site: Site) -> None:
    add(inst, site.rss("/feed", *(site.item(n) for n in range(1, 9))), name="courier")
    collect(inst, now=NOW)
    (got,) = collect(inst, ["courier"], backfill=8, now=later(hours=1))
    assert (got.state, got.offered) == ("new", 3)
    assert count(inst, Offer, Offer.state == OfferState.SEEDED) == 0


def test_a_list_added_to_a_source_already_read_gets_its_newest_five(
    inst: Installation, site: Site
) -> None:
    url = site.rss("/feed", *(site.item(n) for n in range(1, 9)))
    add(inst, url)
    collect(inst, now=NOW)
    added = add(inst, url, slug="alerts")
    alerts = added.feeds[1].mlist_id
    offered = Offer.state == OfferState.OFFERED
    assert count(inst, Offer, Offer.mlist_id == alerts, offered) == 5
    assert count(inst, Offer, Offer.mlist_id == alerts, ~offered) == 3


def test_one_bad_source_neither_spoils_nor_delays_the_others(
    inst: Installation, site: Site
) -> None:
    for name in ("broken", "slow", "good"):
        add(inst, site.rss(f"/{name}", site.item(1)), name=name)
    site.answers["/broken"] = Answer(b"<rss><channel><item", status=200)
    good_was_read = threading.Event()
    site.answers["/slow"] = replace(site.answers["/slow"], wait_for=good_was_read)

    def watch() -> None:
        while source(inst, "good").read_at is None:
            good_was_read.wait(0.01)
        good_was_read.set()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    got = {result.source: result for result in collect(inst, now=NOW)}
    watcher.join(10)
    assert {name: result.state for name, result in got.items()} == {
        "broken": "failed",
        "good": "new",
        "slow": "nothing new",
    }
    assert got["broken"].problem
    assert source(inst, "broken").problem == got["broken"].problem


def test_a_failing_source_is_left_alone_by_the_ticker_but_never_by_a_person(
    inst: Installation, site: Site
) -> None:
    url = site.rss("/feed", site.item(1))
    add(inst, url, name="courier")
    healthy = site.answers["/feed"]
    site.answers["/feed"] = Answer(status=503, headers={"Retry-After": "7200"})
    assert collect(inst, now=NOW, force=False)[0].state == "failed"
    held = source(inst, "courier")
    assert (held.failures, held.next_at) == (1, later(hours=2))
    assert "503" in held.problem
    assert collect(inst, now=later(hours=1), force=False)[0].state == "waiting"
    site.answers["/feed"] = healthy
    assert collect(inst, ["courier"], now=later(hours=1))[0].state == "new"
    held = source(inst, "courier")
    assert (held.failures, held.next_at, held.problem) == (0, None, "")


def test_waiting_doubles_from_a_quarter_of_an_hour_to_a_day() -> None:
    assert [wait(n) for n in (1, 2, 3)] == [timedelta(minutes=m) for m in (15, 30, 60)]
    assert wait(100) == timedelta(hours=24)
    assert wait(1, retry_after=60) == timedelta(minutes=15)
    assert wait(1, retry_after=7200) == timedelta(hours=2)


def test_a_source_that_is_gone_is_not_asked_again(inst: Installation, site: Site) -> None:
    add(inst, site.rss("/feed"), name="courier")
    site.answers["/feed"] = Answer(status=410)
    assert collect(inst, now=NOW)[0].state == "failed"
    assert source(inst, "courier").gone_at == NOW
    asked = len(site.asked)
    assert collect(inst, now=later(days=30), force=False)[0].state == "waiting"
    assert len(site.asked) == asked


def test_a_permanent_redirect_is_followed_for_good_unless_a_source_is_there(
    inst: Installation, site: Site
) -> None:
    add(inst, site.rss("/old", site.item(1)), name="courier")
    new = site.rss("/new", site.item(1))
    site.answers["/old"] = Answer(status=301, headers={"Location": "/new"})
    (got,) = collect(inst, now=NOW)
    assert source(inst, "courier").location == new
    assert "moved for good" in got.oddities[0]
    other = add(inst, site.rss("/third", site.item(2)), name="third")
    site.answers["/third"] = Answer(status=308, headers={"Location": "/new"})
    (again,) = collect(inst, ["third"], now=later(hours=1))
    assert source(inst, "third").location == other.location
    assert "source 'courier' reads" in again.oddities[0]


def test_fifty_old_articles_at_once_are_told_until_they_are_released(
    inst: Installation, site: Site
) -> None:
    add(inst, site.rss("/feed", site.item(1)), name="courier")
    collect(inst, now=NOW)
    flood = [site.item(n, age=timedelta(days=n)) for n in range(100, 150)]
    site.rss("/feed", site.item(1), *flood)
    assert collect(inst, now=later(hours=1))[0].held == 50
    site.rss("/feed", site.item(1), site.item(2), *flood)
    collect(inst, now=later(hours=2))
    assert "50 old articles appeared at once" in source(inst, "courier").problem
    (got,) = collect(inst, ["courier"], backfill=12, now=later(hours=3))
    assert got.offered == 10
    told = source(inst, "courier").problem
    assert "40 old articles appeared at once" in told
    assert "'newsletter collect courier --held'" in told
    collect(inst, ["courier"], held=True, now=later(hours=4))
    assert source(inst, "courier").problem == ""
    assert count(inst, Offer, Offer.state == OfferState.SEEDED) == 0


@pytest.mark.parametrize("unchanged", [True, False])
def test_what_is_held_and_nothing_else_comes_on_offer_together(
    install: Install, site: Site, unchanged: bool
) -> None:
    inst = install()
    first = [site.item(n, age=timedelta(days=n)) for n in range(1, 9)]  # three count as seen
    add(inst, site.rss("/feed", *first), name="courier", slug="hebdo")
    collect(inst, now=NOW)
    flood = [site.item(n, age=timedelta(days=n)) for n in range(100, 125)]
    site.rss("/feed", *first, *flood)
    assert collect(inst, now=later(hours=1))[0].held == 25
    if not unchanged:
        site.rss("/feed", site.item(90), *first, *flood)
    (got,) = collect(inst, ["courier"], held=True, now=later(hours=2))
    assert got.offered == 25 + (not unchanged)
    assert count(inst, Offer, Offer.state == OfferState.SEEDED) == 3
    assert source(inst, "courier").problem == ""
    (again,) = collect(inst, ["courier"], held=True, now=later(hours=3))
    assert (again.state, again.offered) == ("unchanged", 0)


def test_what_was_put_on_offer_is_not_held_again_for_a_list_that_comes_later(
    install: Install, site: Site
) -> None:
    inst = install()
    add(inst, site.rss("/feed", site.item(1)), name="courier", slug="hebdo")
    collect(inst, now=NOW)
    flood = [site.item(n, age=timedelta(days=n)) for n in range(100, 125)]
    site.rss("/feed", site.item(1), *flood)
    assert collect(inst, now=later(hours=1))[0].held == 25
    assert collect(inst, ["courier"], backfill=6, now=later(hours=2))[0].offered == 5
    assert collect(inst, ["courier"], held=True, now=later(hours=3))[0].offered == 20
    year = {"now": later(days=400)}
    make_list(inst, "agence", **year)
    edit_source(inst, "courier", slug="agence", actor="editor", **year)
    assert show_source(inst, "courier", **year).flood == ()
    assert {row.is_of_flood for row in list_articles(inst, **year)} == {False}
    why = {row.why for row in list_articles(inst, slug="agence", limit=99, **year)}
    assert "left out: it was there before this list began" in why
    assert collect(inst, ["courier"], held=True, **year)[0].offered == 0
    said = explain_article(inst, f"{site.url}/articles/110", **year).lines
    assert any("put on offer by an editor, with the others that were held" in s for s in said)


def test_a_bug_in_one_source_surfaces_with_its_traceback(
    inst: Installation, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    add(inst, site.rss("/feed", site.item(1)), name="courier")
    add(inst, site.rss("/other", site.item(2)), name="other")
    with inst.database.write() as session:  # a list topic that no table can hold
        held = session.scalars(sa.select(Source).where(Source.name == "courier")).one()
        held.feeds[0].topic = "two words"
    with caplog.at_level(logging.ERROR):
        got = {result.source: result for result in collect(inst, now=NOW)}
    assert got["courier"].state == "failed"
    assert "a fault of ours" in got["courier"].problem
    assert "Traceback" in caplog.text
    assert got["other"].state == "new"
    assert count(inst, Article) == 1


def test_an_unknown_name_is_told_before_anything_is_read(inst: Installation, site: Site) -> None:
    with pytest.raises(NotFound, match="no such source: 'nope'"):
        collect(inst, ["nope"], now=NOW)


def test_two_collections_at_once_store_and_offer_everything_once(
    inst: Installation, site: Site
) -> None:
    for name in ("courier", "gazette"):
        url = site.rss(f"/{name}", *(site.item(n) for n in range(1, 9)))
        add(inst, url, name=name)
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(collect, inst, now=NOW) for _ in range(2)]
    got = [result for run in runs for result in run.result()]
    assert {result.state for result in got} <= {"new", "nothing new", "unchanged"}
    assert sum(result.new for result in got) == count(inst, Article) == 8
    assert count(inst, Offer, Offer.state == OfferState.OFFERED) == 5
    assert count(inst, Sighting) == 16


def test_a_reading_that_comes_after_a_newer_one_holds_nothing_back(
    inst: Installation, site: Site
) -> None:
    add(inst, site.rss("/feed", *(site.item(n) for n in range(2, 9))), name="courier")
    collect(inst, now=NOW)
    go_on = threading.Event()
    # It was asked first, and answers last.
    site.rss("/feed", site.item(2, text="Corrigé."), *(site.item(n) for n in range(3, 9)))
    slow = site.answers["/feed"]
    slow.wait_for = go_on
    asked = len(site.asked)
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(collect, inst, now=later(hours=1))
        while "/feed" not in [path for path, _ in site.asked[asked:]]:
            assert not run.done()
        site.rss("/feed", *(site.item(n) for n in range(1, 8)))
        assert collect(inst, now=later(hours=1, seconds=2))[0].new == 1
        go_on.set()
        [late] = run.result()
    assert (late.state, late.missing) == ("nothing new", 0)
    assert count(inst, Article, Article.removed_at.is_not(None)) == 0
    held = source(inst, "courier")
    assert held.read_at == later(hours=1, seconds=2)
    # What it has is what the newer one found: the next one is asked whether that has changed.
    assert collect(inst, now=later(hours=2))[0].state == "unchanged"


def test_the_same_bytes_again_are_not_read_again(inst: Installation, site: Site) -> None:
    site.rss("/feed", site.item(1))
    site.answers["/feed"].headers.clear()  # no validator
    add(inst, site.url + "/feed", name="courier")
    assert collect(inst, now=NOW)[0].new == 1
    held = source(inst, "courier")
    assert collect(inst, now=later(hours=1))[0].state == "unchanged"
    assert source(inst, "courier").body_hash == held.body_hash
    site.rss("/feed", site.item(0), site.item(1))
    site.answers["/feed"].headers.clear()
    assert collect(inst, now=later(hours=2))[0].new == 1


def test_as_each_source_is_stored_somebody_is_told(inst: Installation, site: Site) -> None:
    for name in ("courier", "gazette"):
        add(inst, site.rss(f"/{name}", site.item(1)), name=name)
    add(inst, site.rss("/gone"), name="gone")
    site.answers["/gone"] = Answer(status=410)
    told: list[tuple[str, int, int]] = []

    def progress(result: Collected, done: int, of: int) -> None:
        assert source(inst, result.source).tried_at == NOW  # it is committed
        told.append((result.source, done, of))

    collect(inst, now=NOW, progress=progress)
    assert sorted(name for name, _, _ in told) == ["courier", "gazette", "gone"]
    assert [(done, of) for _, done, of in told] == [(1, 3), (2, 3), (3, 3)]


def test_a_hundred_readings_are_one_transaction_and_a_bad_one_spoils_no_other(
    inst: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {number: f"edition-{number}" for number in range(1, 101)}
    with inst.database.write() as session:
        session.add_all(
            Source(id=n, name=name, kind=SourceKind.FEED, location=f"//{n}", created_at=NOW)
            for n, name in names.items()
        )
    bridge = Entry(guid="1", url="https://valmont.example/pont", title="Le pont est ouvert")
    full = Feed("Valmont", "fr", None, (bridge,))
    bad = replace(full, entries=(replace(bridge, title=None),))  # type: ignore[arg-type]  # a bug
    feeds = {7: full, 8: bad, 9: replace(full, entries=())}
    outcomes = [Outcome(n, Reading(Place(f"//{n}", SourceKind.FEED), feeds.get(n))) for n in names]
    commits: list[object] = []
    monkeypatch.setattr(collecting, "LONGEST_WRITE", 60.0)
    sa.event.listen(inst.database.engine, "commit", commits.append)
    states = {n: got.state for n, got in _Keeper(inst, names, NOW).keep(outcomes)}
    assert len(commits) == 1
    assert {n: state for n, state in states.items() if state != "unchanged"} == {
        7: "new",
        8: "failed",
        9: "nothing new",
    }
    assert count(inst, Source, Source.read_at == NOW) == 99
    assert (source(inst, "edition-8").failures, count(inst, Article)) == (1, 1)


@pytest.mark.long
def test_two_collections_of_the_same_sources_never_stop_each_other(
    install: Install, site: Site
) -> None:
    inst = install()
    for name in ("a", "b", "c", "d"):
        url = site.rss(f"/{name}", *(site.item(n) for n in range(1, 9)))
        add(inst, url, name=name, slug="hebdo")
    with ThreadPoolExecutor(3) as pool:
        orders = [["a", "b", "c", "d"], ["d", "c", "b", "a"], []]
        runs = [pool.submit(collect, inst, names, now=NOW) for names in orders]
    got = [result for run in runs for result in run.result()]
    assert {result.state for result in got} <= {"new", "nothing new", "unchanged"}
    assert sum(result.new for result in got) == count(inst, Article) == 8
    assert count(inst, Sighting) == 32
