"""A JSON Feed is doubted as any other feed is: its language, and which of its items are one."""

from __future__ import annotations

import json

import pytest
from feed_kit import read

from newsletter.collect.entry import Feed

FRENCH = "Les enfants de l’école sont dans la cour avec des fleurs pour la fête, et une fanfare. "


def json_feed(*items: object, **more: object) -> Feed:
    told = {"version": "https://jsonfeed.org/version/1.1", "title": "Le Courrier de Valmont"}
    return read(json.dumps({**told, **more, "items": items}).encode())


def item(number: int, title: str = "Le pont", **more: object) -> dict[str, object]:
    return {"id": str(number), "url": f"/{number}", "title": title, **more}


@pytest.mark.parametrize("name", ["content_html", "content_text", "summary"])
@pytest.mark.parametrize(("said", "kept"), [("en-US", None), ("fr-FR", "fr-FR")])
def test_a_program_s_own_language_is_not_that_of_an_article_in_another(
    name: str, said: str, kept: str | None
) -> None:
    feed = json_feed(item(1, **{name: FRENCH * 3}), "rubbish", language=said)
    assert (feed.language, feed.entries[0].language) == (said, kept)


def test_an_item_that_stands_twice_is_read_once_and_not_lost() -> None:
    feed = json_feed(item(1), item(1), item(2, "Le conseil"))
    assert [entry.title for entry in feed.entries] == ["Le pont", "Le conseil"]
    assert feed.oddities == ("item 2: stands in the feed twice (1)",)
    assert feed.lost == 0


def test_an_id_shared_by_different_articles_identifies_none_of_them() -> None:
    feed = json_feed(item(1), item(1, "Le conseil", url="/other"), item(2, "Le bal"))
    assert [entry.guid for entry in feed.entries] == [None, None, "2"]
    assert [line.partition(" (")[0] for line in feed.oddities] == [
        "item 1: shares its guid with another item",
        "item 2: shares its guid with another item",
    ]


def test_what_cannot_be_read_is_lost() -> None:
    assert json_feed(item(1), "rubbish", {}).lost == 2
    assert json_feed(*(item(n, f"Bal {n}") for n in range(2003))).lost == 3


def test_without_a_page_an_article_leads_to_its_sound() -> None:
    sound = [
        7,
        {"url": 7, "mime_type": "audio/mpeg"},
        {"url": "/12.mp3", "mime_type": "audio/mpeg"},
    ]
    feed = json_feed({"id": "1", "title": "Radio", "attachments": sound}, item(2, attachments={}))
    assert [entry.url for entry in feed.entries] == [
        "https://courrier.example/12.mp3",
        "https://courrier.example/2",
    ]
