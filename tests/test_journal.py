"""The journal survives crashes, and tells the epoch without reading all of itself."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter import journal
from newsletter.journal import Journal

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def book(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.jsonl")


def test_a_journal_that_is_not_there_yet_is_empty(book: Journal) -> None:
    assert book.epoch() == 0
    assert book.since(0) == []


def test_the_last_epoch_counts_wherever_it_stands(
    book: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "CHUNK", 37)  # lines lie across the chunks
    for epoch in (1, 2, 30):
        book.append("epoch", epoch, NOW)
        for person in range(20):
            book.append("left", person, NOW)
    assert book.epoch() == 30
    assert book.epoch() == max(line.value for line in book.lines() if line.verb == "epoch")


def test_what_people_asked_since_an_epoch_is_found(book: Journal) -> None:
    for epoch, person in ((1, 11), (2, 12), (3, 13)):
        book.append("epoch", epoch, NOW)
        book.append("left", person, NOW)
    assert [line.value for line in book.since(2)] == [12, 13]


def test_epochs_that_changed_places_hide_nothing(book: Journal) -> None:
    for epoch in (1, 3, 2):
        book.append("epoch", epoch, NOW)
    book.append("left", 7, NOW)
    assert [line.value for line in book.since(3)] == [7]
    assert book.epoch() == 3


def test_a_line_cut_short_by_a_crash_is_passed_over(book: Journal) -> None:
    book.append("epoch", 4, NOW)
    with book.path.open("a") as stream:
        stream.write('{"at": "2026-11-22T12:00:00+00:00", "epo')
    assert book.epoch() == 4
    assert [line.value for line in book.lines()] == [4]


def test_the_file_is_for_its_owner_only(book: Journal) -> None:
    book.append("epoch", 1, NOW)
    assert book.path.stat().st_mode & 0o077 == 0
