"""The corpus: feeds and pages as they are met in the wild, each read as a careful person would.

`corpus/feeds/NAME.{xml,json,html,txt}` and `corpus/pages/NAME.{html,txt}` hold the bytes;
`NAME.expect.json` beside each says what stands in them. Only what it names is compared:

    note           what is special about it, for people
    url            where it was found (a stand-in, if left out)
    content_type, charset   what HTTP said
    selectors      given with the source, as {"article": ".teaser", …}
    title, language, home, lost   of the feed
    entries        all of them, in order; each an object with any of title, url, canonical, guid,
                   published ("2026-01-24T09:00:00Z" or null), date_text, author, language, topics,
                   image (null, its address, or an object of url, alt, width, height), excerpt (its
                   paragraphs), holds and lacks (pieces that its HTML has or has not)
    words          the excerpts' length; 60, if left out
    oddities       a piece of each line, in order; [] for none
    error          a piece of the message, where it cannot be read

The feeds are described in `corpus/making` and put into files by `python
tests/collect/corpus/making`. `python tests/collect/corpus/told.py FILE` prints what is read now, in
this form.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from corpus.making import all_cases, told
from corpus.told import ABOUT, CORPUS, FILES, differences, expected_of, read

from newsletter.errors import CollectError


def named(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


@pytest.mark.parametrize("file", FILES, ids=named)
def test_it_is_read_as_a_careful_person_would(file: Path) -> None:
    expected = expected_of(file)
    if "error" in expected:
        with pytest.raises(CollectError) as refused:
            read(file, expected)
        assert expected["error"] in str(refused.value)
    else:
        assert differences(read(file, expected), expected) == []


def test_every_file_has_an_expectation_and_every_expectation_a_file() -> None:
    beside = {file.with_name(f"{file.stem}.expect.json") for file in FILES}
    assert {named(f) for f in CORPUS.glob("*/*.expect.json")} == {named(f) for f in beside}


def test_the_feeds_are_those_that_are_described() -> None:
    cases = list(all_cases())
    assert len({case.name for case in cases}) == len(cases)
    for case in cases:
        file = CORPUS / "feeds" / case.name
        assert file.read_bytes() == case.body, case.name
        assert file.with_name(f"{file.stem}.expect.json").read_text("utf-8") == told(case)


@pytest.mark.parametrize("key", ["exerpt", "Title", "text"])
def test_an_expectation_that_is_misspelt_is_found(key: str) -> None:
    feed: Any = read(FILES[0], expected_of(FILES[0]))
    entries = [{key: 1} for _ in feed.entries]
    with pytest.raises(KeyError):
        differences(feed, {"entries": entries})


def test_the_notes_say_what_each_is_for() -> None:
    for file in FILES:
        told = json.loads(file.with_name(f"{file.stem}.expect.json").read_text("utf-8"))
        assert told.get("note"), named(file)
        assert set(told) <= ABOUT, named(file)
