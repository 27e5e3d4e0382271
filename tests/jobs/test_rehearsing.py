"""Storing is tried without keeping others from writing for long, however much there is to try."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.collect.entry import Entry, Feed
from newsletter.collect.reading import Place
from newsletter.jobs import rehearsing
from newsletter.jobs.rehearsing import Fate, rehearse
from newsletter.jobs.telling_sources import what_would_be
from newsletter.models import SourceKind
from tests.jobs.paper_site import NOW, installation

FEED = Feed(
    "Le Courrier de Valmont",
    "fr",
    "https://courrier.example/",
    tuple(
        Entry(
            guid=f"v{n}",
            url=f"https://courrier.example/{n}",
            title=f"Nouvelle du bourg, n° {n}",
            summary_html=f"<p>Le conseil a parlé du pont n° {n}.</p>",
            content_html="",
        )
        for n in range(30)
    ),
)
PLACE = Place("https://courrier.example/feed", SourceKind.FEED)


def test_of_very_many_articles_the_newest_are_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearsing, "MOST", 20)
    inst = installation(tmp_path, "weekly")
    trial = rehearse(inst, PLACE, FEED, slug="weekly", now=NOW)
    assert len(trial.items) == 20
    assert trial.items[0].fate is Fate.OFFERED
    assert trial.untried == 10
    assert what_would_be(trial) == [
        "of 30 articles the newest 20 were tried:",
        "a first collection would offer the newest 5 and count 15 as seen",
    ]
    short = replace(FEED, entries=FEED.entries[:20])
    trial = rehearse(inst, PLACE, short, slug="weekly", now=NOW)
    assert (len(trial.items), trial.untried) == (20, 0)
    assert what_would_be(trial) == [
        "a first collection would offer the newest 5 and count 15 as seen"
    ]
    inst.close()


def test_all_that_a_feed_may_hold_is_tried(tmp_path: Path) -> None:
    inst = installation(tmp_path, "weekly")
    entries = tuple(replace(FEED.entries[0], guid=f"g{n}", url=None) for n in range(400))
    entries = tuple(replace(one, title=f"Séance n° {n}") for n, one in enumerate(entries))
    trial = rehearse(inst, PLACE, replace(FEED, entries=entries), slug="weekly", now=NOW)
    assert what_would_be(trial) == [
        "a first collection would offer the newest 5 and count 395 as seen"
    ]
    inst.close()
