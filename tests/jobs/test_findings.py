"""What is odd about a source is said in plain words, with what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from newsletter.collect.entry import Entry, Feed, Image
from newsletter.jobs.findings import Context, Finding, odd
from newsletter.models import SourceKind

NOW = datetime(2026, 3, 20, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)
WORDS = (
    "fanfare",
    "marché",
    "pont",
    "lavoir",
    "moulin",
    "verger",
    "halle",
    "école",
    "kiosque",
    "four",
)


def entry(number: int = 0, **fields: Any) -> Entry:
    word = WORDS[number % len(WORDS)]
    known = {
        "guid": f"n{number}",
        "url": f"https://valmont.example/{number}",
        "title": f"La nouvelle du jour : le {word}",
        "summary_html": f"<p>Tout sur le {word}, raconté en entier à la page {number}.</p>",
        "published": NOW - number * DAY,
    }
    return Entry(**known | fields)


def found(
    entries: Sequence[Entry], *oddities: str, language: str = "fr", **context: Any
) -> list[Finding]:
    feed = Feed("Le Courrier de Valmont", language, None, tuple(entries))
    known = {
        "now": NOW,
        "kind": SourceKind.FEED,
        "name": "courrier",
        "timezone": "Europe/Paris",
    }
    return odd(feed, oddities, Context(**known | context))


def test_of_a_source_that_is_well_nothing_is_said() -> None:
    assert found([entry(n) for n in range(10)], lists=(("hebdo", "fr"),)) == []


def test_a_day_alone_is_told_as_that_day_in_every_zone() -> None:
    day = datetime(2026, 3, 19, tzinfo=UTC)
    lines = [str(line) for line in found([entry(n, published=day) for n in range(3)],
                                         timezone="America/Martinique")]  # fmt: skip
    assert any("all have the same date, 2026-03-19: perhaps" in line for line in lines), lines


@pytest.mark.parametrize(
    ("entries", "context", "text", "remedy"),
    [
        (
            [entry(1), entry(2, summary_html="<p>Le maire a dit […]</p>")],
            {},
            "1 of 2 articles is cut off by the source",
            "newsletter source edit courrier --read-articles",
        ),
        (
            [entry(n, summary_html="<p>Le maire a dit […]</p>") for n in range(2)],
            {"name": None},
            "both articles are cut off by the source",
            "add it with --read-articles",
        ),
        (
            [entry(1, summary_html="<p>Le maire a dit […]</p>")],
            {"read_articles": True},
            "its one article is cut off by the source: the rest is read on their own pages",
            "",
        ),
        (
            [entry(1, summary_html="<p>Le maire a dit […]</p>")],
            {"pages_closed": True},
            "its one article is cut off by the source",
            "",
        ),
        (
            [entry(1, summary_html="")],
            {},
            "its one article has no text: only their titles will show",
            "newsletter source edit courrier --read-articles",
        ),
        (
            [entry(1), entry(2, title="Lâ€™Ã©tÃ©")],
            {},
            "1 of 2 articles has broken letters, as in 'Lâ€™Ã©tÃ©': what the site says of its "
            "charset is wrong",
            "tell its operator",
        ),
        (
            [entry(1, url=None), entry(2)],
            {"kind": SourceKind.PAGE},
            "1 of 2 articles has no address of its own: they can be read in the mail only",
            "newsletter source edit courrier --selectors 'article=…; link=a'",
        ),
        (
            [entry(1, url="http://localhost:8080/?p=1"), entry(2)],
            {},
            "1 of 2 articles links to where no reader can follow: localhost",
            "mend the site's own address where the feed is made",
        ),
        (
            [entry(1, published=None), entry(2)],
            {},
            "1 of 2 articles has no date: they count from the day they are first seen",
            "",
        ),
        (
            [entry(1, published=None)],
            {"kind": SourceKind.PAGE, "name": None},
            "none has a date: they count from the day they are first seen",
            "add it with --selectors 'article=…; date=…', where the page shows them",
        ),
        (
            [entry(1, published=NOW.replace(hour=23) + 9 * DAY), entry(2)],
            {},
            "1 of 2 articles is dated ahead, up to 2026-03-30: each waits for its day",
            "",
        ),
        (
            [entry(n, published=NOW - DAY) for n in range(3)],
            {},
            "all have the same date, 2026-03-19 09:00 (Europe/Paris): perhaps that of the feed, "
            "and not theirs",
            "",
        ),
        (
            [entry(n, published=NOW - n * timedelta(minutes=5)) for n in range(10)],
            {},
            "it shows 10 articles, which came within 1 hour, and is read every 30 minutes: some "
            "could be missed",
            "set every_minutes under [collecting] in config.toml to less",
        ),
        (
            [entry(n, published=NOW - (12 + 2 * n) * DAY) for n in range(6)],
            {},
            "silent for 12 days (usually 2 days at most)",
            "look whether its site has moved, or has another feed",
        ),
        (
            [entry(1, published=NOW - 90 * DAY)],
            {},
            "nothing new for 90 days",
            "look whether its site has moved, or has another feed",
        ),
        (
            [entry(1, image=Image("https://valmont.example/p.png", "", 90, 60))],
            {},
            "its one article has a small picture (90 pixels wide)",
            "",
        ),
        (
            [entry(n, title="Éditorial") for n in range(4)],
            {},
            "4 of 4 are called the same: 'Éditorial'",
            "",
        ),
        (
            [entry(1)],
            {"lists": (("hebdo", "fr"), ("weekly", "en"))},
            "it says that it is in 'fr', and the list 'weekly' is in 'en'",
            "if that is so, mails mark its articles as 'fr'; if the list is to be in 'fr' too: "
            "newsletter list edit weekly --language fr",
        ),
        (
            [entry(1, url=None), entry(2)],
            {},
            "1 of 2 articles has no address of its own: they can be read in the mail only",
            "ask its operator for a link in each item",
        ),
    ],
)
def test_what_is_odd_is_counted_and_has_its_remedy(
    entries: list[Entry], context: dict[str, Any], text: str, remedy: str
) -> None:
    assert Finding(text, remedy) in found(entries, **context)


def test_what_lies_on_this_machine_is_never_silent_nor_too_short() -> None:
    old = [entry(n, published=NOW - (90 + n) * DAY) for n in range(9)]
    assert found(old, kind=SourceKind.FOLDER, local=True) == []
    quick = [entry(n, published=NOW - n * timedelta(minutes=1)) for n in range(9)]
    assert found(quick, kind=SourceKind.PAGE, local=True) == []


def test_where_a_feed_has_no_links_its_page_may_have_them() -> None:
    home = "https://valmont.example/actualites?rubrique=1&tri=date"
    feed = Feed("Le Courrier de Valmont", "fr", home, (entry(1, url=None), entry(2)))
    for name, read in (
        ("courrier", f"newsletter source edit courrier --kind page --location '{home}'"),
        (None, f"add '{home}' --kind page"),
    ):
        (told,) = odd(feed, (), Context(now=NOW, kind=SourceKind.FEED, name=name))
        assert told.remedy == f"ask its operator for a link in each item, or read its page: {read}"


@pytest.mark.parametrize(
    ("line", "local", "remedy"),
    [
        ("2 of 3 articles have no link: say which site they are from (--site)", True, "--site URL"),
        (
            "2 of 3 articles have no link of their own, and none is found in the feed, in the "
            "sitemap or on the front page of https://valmont.example: they lead there",
            True,
            "--site URL, if they are of another site",
        ),
        (
            "2 of 3 articles have no link of their own, and none is found in the feed, in the "
            "sitemap or on the front page of https://valmont.example: they lead there",
            False,
            "--selectors 'article=…; link=a', where the page links to them",
        ),
    ],
)
def test_what_a_page_does_not_link_to_has_its_remedy(line: str, local: bool, remedy: str) -> None:
    (told,) = found([entry(1)], line, kind=SourceKind.PAGE, local=local)
    assert told == Finding(line, f"newsletter source edit courrier {remedy}")


def test_an_article_of_a_folder_gets_its_address_in_its_front_matter() -> None:
    (one,) = found([entry(1), entry(2, url=None)], kind=SourceKind.FOLDER, local=True)
    assert one.remedy == "write 'url: https://…' in the front matter"


def test_what_the_parser_said_of_several_articles_is_told_once() -> None:
    lines = [f"item {n}: no credible date ('{n} Nivôse')" for n in range(1, 8)]
    (told,) = found([entry(1)], *lines, "the feed breaks off", "the feed breaks off")[:-1]
    assert told.text == "item 1, item 2, item 3 and 4 more: no credible date ('1 Nivôse')"


def test_a_feed_that_a_page_names_can_be_read_instead() -> None:
    line = "the page names a feed, which tells more: https://valmont.example/feed"
    (told,) = found([entry(1)], line)
    assert told.remedy == "newsletter source edit courrier --location https://valmont.example/feed"
    (told,) = found([entry(1)], line, name=None)
    assert told.remedy == "add https://valmont.example/feed"


def test_teasers_are_told_where_a_list_mails_them_as_if_they_were_all() -> None:
    teasers = [entry(n) for n in range(10)]
    (told,) = found(teasers, whole=("hebdo",))
    assert told.text == (
        "all 10 articles are shown by teasers, and 'hebdo' mails them as if they were all"
    )
    assert told.remedy == "newsletter source edit courrier --read-articles"
    assert not found(teasers, whole=("hebdo",), read_articles=True)
    long = "<p>" + "La fanfare joue sur la place du marché. " * 20 + "</p>"
    assert not found([entry(n, content_html=f"{n} {long}") for n in range(10)], whole=("hebdo",))


@pytest.mark.parametrize("title", ["Menu", "»", "20/01/2026La halle rouvre", "La halle rouvre2026"])
def test_titles_that_were_guessed_wrong_are_told(title: str) -> None:
    entries = [entry(1, title=title), entry(2), entry(3)]
    told = {one.text: one.remedy for one in found(entries, kind=SourceKind.PAGE)}
    remedy = told[f"1 of 3 articles has a title that looks wrong: '{title}'"]
    assert remedy == "newsletter source edit courrier --selectors 'article=…; title=…'"


@pytest.mark.parametrize(
    "title", ["Élections 2026 : le calendrier", "Le COVID19 recule", "Menu de fête", "Oui !"]
)
def test_titles_that_are_titles_are_let_be(title: str) -> None:
    entries = [entry(1, title=title), entry(2), entry(3)]
    assert not [one for one in found(entries, kind=SourceKind.PAGE) if "look" in one.text]
