"""Storing is tried without keeping others from writing for long, however much there is to try."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.collect.entry import Entry, Feed
from newsletter.collect.reading import Place
from newsletter.jobs import rehearsing
from newsletter.jobs.rehearsing import Fate, rehearse
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
    assert trial.stored.oddities[0] == "of 30 articles the newest 20 were tried"
    short = replace(FEED, entries=FEED.entries[:20])
    assert len(rehearse(inst, PLACE, short, slug="weekly", now=NOW).items) == 20
    assert not rehearse(inst, PLACE, short, slug="weekly", now=NOW).stored.oddities
    inst.close()
