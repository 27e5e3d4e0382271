"""Topics of articles: by name, by patterns of categories, and by address."""

from __future__ import annotations

import time

import pytest

from newsletter.collect.topics import KnownTopics, topic_pattern, topic_patterns
from newsletter.errors import Refused

TOPICS = KnownTopics(
    {"culture": "culture", "vie-locale": "local"},
    (("cine*", "culture"), ("*-de-rue", "culture"), ("/sport/*", "sport"), ("fete", "local")),
)


def of(*slugs: str, url: str | None = None) -> set[str]:
    return set(TOPICS.of(slugs, url))


def test_an_article_is_of_the_topics_that_its_categories_name() -> None:
    assert of("culture", "vie-locale", "inconnu") == {"culture", "local"}
    assert of() == set()


def test_a_star_stands_for_any_letters_of_a_category() -> None:
    assert of("cine-club") == of("cine") == of("theatre-de-rue") == {"culture"}
    assert of("le-cine") == of("theatre-de-rues") == set()
    assert of("fete") == {"local"}
    assert of("fetes") == set()


def test_a_pattern_with_a_slash_is_of_the_path_of_the_address() -> None:
    assert of(url="https://valmont.example/sport/2026/match?page=2") == {"sport"}
    assert of(url="https://valmont.example/SPORT/match") == {"sport"}
    assert of(url="https://valmont.example/culture/sport/") == set()
    assert of(url="https://sport.example/") == of(url=None) == of(url="http://[") == set()


def test_a_pattern_may_ask_for_what_follows_the_question_mark() -> None:
    spip = KnownTopics({}, ((topic_pattern("/spip.php?rubrique7*"), "sport"),))
    assert spip.of((), "https://valmont.example/spip.php?rubrique7&lang=fr") == {"sport"}
    assert spip.of((), "https://valmont.example/spip.php?article12") == set()


def test_it_says_what_made_an_article_of_a_topic() -> None:
    assert TOPICS.why(["cine-club", "vie-locale"], "https://valmont.example/sport/1") == {
        "local": "category vie-locale",
        "culture": "category cine-club, by cine*",
        "sport": "its address, by /sport/*",
    }


def test_patterns_are_stored_as_categories_are() -> None:
    assert topic_patterns(" Cinéma, Théâtre *,, /Sport/, vie  locale") == {
        "cinema", "theatre*", "/sport/*", "vie-locale",
    }  # fmt: skip
    assert topic_pattern("/Fête du pont/**") == "/fête%20du%20pont/*"
    assert topic_patterns("") == set()


@pytest.mark.parametrize("text", ["*", "/", "/*", "**", "¡!", "-", "a" * 201])
def test_a_pattern_of_everything_or_nothing_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="pattern"):
        topic_pattern(text)


def test_no_pattern_takes_long() -> None:
    began = time.thread_time()
    known = KnownTopics({}, ((topic_pattern("a*" * 99 + "b"), "x"),))
    assert known.of(["a" * 5000], None) == set()
    assert time.thread_time() - began < 1
