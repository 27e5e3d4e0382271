"""Which stored article an entry is, decided without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from newsletter.collect.decide import By, Decision, Known, decide, held_back, newest
from newsletter.collect.edits import changes, fields
from newsletter.collect.entry import Entry
from newsletter.collect.identity import Seen, credible, identify
from newsletter.collect.topics import topic_slug, topic_slugs
from newsletter.models import Article

NOW = datetime(2026, 3, 20, 8, 0, tzinfo=UTC)
BRIDGE = Entry(
    guid="bridge",
    url="https://valmont.example/pont",
    title="Le vieux pont rouvre",
    summary_html="<p>Les travaux du vieux pont sont finis : il rouvre samedi aux piétons, puis "
    "lundi aux vélos et aux voitures.</p>",
    published=NOW - timedelta(days=1),
)
MARKET = Entry(
    guid="market",
    url="https://valmont.example/marche",
    title="Le marché change de place",
    summary_html="<p>Pendant les mois de printemps, les étals du marché seront installés sous la "
    "halle neuve, derrière la gare.</p>",
    published=NOW - timedelta(days=2),
)


def seen(entry: Entry, **others: object) -> Seen:
    return replace(identify([entry], home=None, now=NOW)[0][0], **others)


def stored(entry: Entry) -> Article:
    return Article(**fields(seen(entry)), override={}, first_seen_at=NOW, changed_at=NOW)


def test_what_the_store_does_not_know_is_new() -> None:
    assert decide(Known(), seen(BRIDGE)) == Decision(None)


def test_the_same_guid_at_a_new_address_is_the_same_article_moved() -> None:
    article = stored(BRIDGE)
    moved = seen(replace(BRIDGE, url="https://valmont.example/2026/pont"))
    assert decide(Known(by_guid=article), moved) == Decision(article, by=By.GUID)


def test_the_same_guid_with_a_new_title_is_an_edit() -> None:
    article = stored(BRIDGE)
    edited = seen(replace(BRIDGE, title="Le vieux pont rouvre enfin"))
    assert decide(Known(by_guid=article), edited) == Decision(article, by=By.GUID)


def test_a_guid_reused_for_another_article_makes_a_new_one() -> None:
    article = stored(BRIDGE)
    other = seen(replace(MARKET, guid="bridge"))
    assert decide(Known(by_guid=article), other) == Decision(None, reused=True)


def test_a_guid_reused_where_no_entry_has_an_address_makes_a_new_one() -> None:
    article = stored(replace(BRIDGE, url=None))
    other = seen(replace(MARKET, guid="bridge", url=None))
    assert decide(Known(by_guid=article), other).article is None


def test_a_republished_article_is_known_by_its_address() -> None:
    article = stored(BRIDGE)
    again = seen(replace(BRIDGE, guid="bridge-2", url="https://valmont.example/pont/?utm_source=x"))
    assert again.url_key == article.url_key
    assert decide(Known(by_url=article), again) == Decision(article, by=By.ADDRESS)


def test_an_article_with_new_guid_and_address_is_known_by_title_and_text() -> None:
    article = stored(BRIDGE)
    again = seen(replace(BRIDGE, guid="x", url="https://valmont.example/x"))
    assert again.hash == article.content_hash
    assert decide(Known(by_text=article), again) == Decision(article, by=By.WORDS)


def test_two_titles_alike_without_text_are_two_articles() -> None:
    agenda = Entry(guid="1", url="https://valmont.example/agenda/1", title="Agenda")
    second = seen(replace(agenda, guid="2", url="https://valmont.example/agenda/2"))
    assert decide(Known(by_text=stored(agenda)), second) == Decision(None)


def test_an_entry_without_guid_and_address_is_known_by_its_words_alone() -> None:
    note = Entry(guid=None, url=None, title="Agenda", summary_html="<p>Rien ce soir.</p>")
    article = stored(note)
    assert decide(Known(by_text=article), seen(note)) == Decision(article, by=By.WORDS)


def test_a_page_whose_address_stays_has_another_article_where_guid_and_words_are_other() -> None:
    article = stored(replace(BRIDGE, url="https://valmont.example/agenda"))
    other = seen(replace(MARKET, url="https://valmont.example/agenda"))
    known = Known(by_url=article, url_own=True, other_guid=True)
    assert decide(known, other).article is None
    every_week = seen(replace(other.entry, title=BRIDGE.title))
    assert decide(known, every_week).article is None
    rewritten = seen(replace(every_week.entry, published=BRIDGE.published))
    assert decide(known, rewritten).article is article
    assert decide(Known(by_url=article), other).article is article  # the source does not say so


def test_a_short_article_published_again_is_known_by_its_words_and_its_date() -> None:
    short = Entry(
        guid="1",
        url="https://valmont.example/1",
        title="La piscine rouvre samedi",
        summary_html="<p>À dix heures.</p>",
        published=NOW,
    )
    article = stored(short)
    again = replace(short, guid="2", url="https://valmont.example/2")
    known = Known(by_text=article)
    assert decide(known, seen(again)) == Decision(article, by=By.WORDS)
    next_year = replace(again, published=NOW - timedelta(days=30))
    assert decide(known, seen(next_year)).article is None
    assert decide(known, seen(replace(again, published=None))).article is None
    both_there = replace(known, text_elsewhere=True)
    assert decide(both_there, seen(again)).article is None


def test_a_link_that_told_nothing_apart_still_tells_that_the_same_words_are_the_same() -> None:
    front = "https://valmont.example/agenda"
    entry = Entry(guid=None, url=front, title="Agenda", summary_html="<p>Rien.</p>")
    article = stored(entry)
    article.url_key = None
    assert decide(Known(by_text=article), seen(replace(entry, guid="9"))).article is article


def test_an_article_is_known_by_the_address_that_its_own_page_gives() -> None:
    article = stored(BRIDGE)
    article.canonical_key = "//valmont.example/2026/pont"
    here = "https://valmont.example/2026/pont"
    moved = seen(replace(MARKET, guid="bridge", url=here, published=BRIDGE.published))
    assert decide(Known(by_guid=article), moved).article is article


def test_an_edit_does_not_take_back_what_its_own_page_said() -> None:
    article = stored(BRIDGE)
    article.canonical_url, article.canonical_key = (
        "https://valmont.example/x",
        "//valmont.example/x",
    )
    assert changes(article, seen(BRIDGE)) == {}


def test_an_entry_may_name_its_canonical_address_itself() -> None:
    entry = replace(BRIDGE, canonical="https://valmont.example/le-pont?utm_source=flux")
    assert seen(entry).canonical_key == "//valmont.example/le-pont"
    both = [entry, replace(MARKET, canonical=entry.canonical)]
    found, _ = identify(both, home=None, now=NOW)
    assert [s.canonical_key for s in found] == [None, None]
    front = replace(BRIDGE, canonical="https://valmont.example/index.html")
    assert seen(front).canonical_key is None


def test_the_front_page_of_any_site_is_no_identity() -> None:
    (found,), oddities = identify(
        [replace(BRIDGE, url="https://ailleurs.example/index.html")], home=None, now=NOW
    )
    assert found.url_key is None
    assert oddities == ["1 entry links to ailleurs.example, which tells none of them apart"]
    (found,), _ = identify(
        [replace(BRIDGE, url="https://valmont.example/actualites/")],
        home=None,
        now=NOW,
        also=["https://www.valmont.example/actualites", None],
    )
    assert found.url_key is None


def test_a_date_that_cannot_be_right_is_remembered_as_it_was_written() -> None:
    assert seen(replace(BRIDGE, published=NOW + timedelta(days=900))).absurd[:4] == "2028"
    assert seen(replace(BRIDGE, published=None, date_text="Mon, 01 Jan 0001")).absurd == (
        "Mon, 01 Jan 0001"
    )
    assert seen(BRIDGE).absurd == ""


def test_an_address_that_several_entries_share_is_no_identity() -> None:
    front = "https://valmont.example/"
    entries = [replace(BRIDGE, url=front, guid=None), replace(MARKET, url=front, guid=None)]
    found, oddities = identify(entries, home=None, now=NOW)
    assert [s.url_key for s in found] == [None, None]
    assert found[0].key != found[1].key
    assert "2 entries link to valmont.example" in oddities[0]


def test_the_address_of_the_site_itself_is_no_identity() -> None:
    (found,), _ = identify(
        [replace(BRIDGE, url="https://valmont.example/")],
        home="https://valmont.example",
        now=NOW,
    )
    assert found.url_key is None


def test_a_guid_that_several_entries_share_is_no_identity() -> None:
    found, oddities = identify([BRIDGE, replace(MARKET, guid="bridge")], home=None, now=NOW)
    assert [s.guid for s in found] == [None, None]
    assert "share the guid 'bridge'" in oddities[0]


def test_a_doubled_entry_keeps_its_identities() -> None:
    found, oddities = identify([BRIDGE, BRIDGE], home=None, now=NOW)
    assert {s.guid for s in found} == {"bridge"}
    assert not oddities


def test_endless_keys_are_shortened_so_that_they_can_be_indexed() -> None:
    found = seen(replace(BRIDGE, guid="g" * 10_000, url="https://valmont.example/" + "p" * 9_000))
    assert len(found.key) < 100
    assert len(found.url_key or "") < 100


def test_absurd_dates_are_ignored_and_near_future_ones_kept() -> None:
    assert credible(datetime(1, 1, 1, tzinfo=UTC), NOW) is None
    assert credible(NOW + timedelta(days=4000), NOW) is None
    assert credible(NOW + timedelta(days=3), NOW) == NOW + timedelta(days=3)


def test_an_edit_names_what_changed_and_nothing_else() -> None:
    article = stored(BRIDGE)
    assert changes(article, seen(BRIDGE)) == {}
    assert set(changes(article, seen(replace(BRIDGE, title="Rouvert")))) == {
        "title",
        "content_hash",
    }


def test_a_withdrawn_article_learns_only_what_it_is_known_by() -> None:
    article = stored(BRIDGE)
    article.withdrawn_at = NOW
    moved = replace(BRIDGE, title="Rouvert", url="https://valmont.example/x", published=NOW)
    assert changes(article, seen(moved)).keys() == {"url_key", "content_hash"}


def test_a_text_that_went_missing_is_kept() -> None:
    article = stored(BRIDGE)
    assert changes(article, seen(replace(BRIDGE, summary_html=""))) == {}


def test_the_newest_are_the_latest_dated_and_the_undated_in_feed_order() -> None:
    old = seen(replace(BRIDGE, published=NOW - timedelta(days=9)))
    recent = seen(MARKET)
    assert newest([old, recent], 1, NOW) == [recent]
    one, two = (seen(replace(e, published=None)) for e in (BRIDGE, MARKET))
    assert newest([one, two], 1, NOW) == [one]


def test_of_what_is_dated_ahead_the_nearest_is_the_newest() -> None:
    days = [seen(replace(BRIDGE, published=NOW + timedelta(days=n))) for n in (9, 1, 5, -1)]
    assert newest(days, 9, NOW) == [days[1], days[2], days[0], days[3]]


def _many(count: int, published: datetime | None) -> list[Seen]:
    return [
        seen(replace(BRIDGE, guid=str(i), url=f"https://valmont.example/{i}", published=published))
        for i in range(count)
    ]


def test_many_old_articles_at_once_are_held_and_fresh_ones_among_them_are_not() -> None:
    old, fresh = _many(20, NOW - timedelta(days=60)), seen(MARKET)
    read = NOW - timedelta(minutes=30)
    assert held_back([*old, fresh], last_read=read, now=NOW) == frozenset(old)
    assert held_back(old[:19], last_read=read, now=NOW) == frozenset()


def test_a_source_that_was_down_for_a_month_catches_up() -> None:
    missed = _many(25, NOW - timedelta(days=10))
    assert held_back(missed, last_read=NOW - timedelta(days=30), now=NOW) == frozenset()


def test_many_undated_articles_are_held_only_where_the_source_was_just_read() -> None:
    undated = _many(20, None)
    assert held_back(undated, last_read=NOW - timedelta(hours=1), now=NOW) == frozenset(undated)
    assert held_back(undated, last_read=NOW - timedelta(days=3), now=NOW) == frozenset()


def test_an_archive_without_dates_is_held_however_long_nobody_read_it() -> None:
    archive = frozenset(_many(150, None))
    for days in (2, 30):
        read = NOW - timedelta(days=days)
        assert held_back(list(archive), last_read=read, now=NOW) == archive


def test_categories_become_slugs() -> None:
    assert topic_slug("  Vie Locale ") == "vie-locale"
    assert topic_slug("Été à Valmont !") == "ete-a-valmont"
    assert topic_slugs(["Culture", "culture", "", "¡!"]) == {"culture"}
