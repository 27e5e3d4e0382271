"""The whole journey of the demo, with the proof read from the inboxes."""

from __future__ import annotations

import urllib.request
from collections.abc import Callable

from newsletter.setup.demo import journey
from newsletter.web.server import running


def test_the_journey_goes_from_a_feed_to_the_inboxes_and_out_again_by_one_click() -> None:
    said: list[str] = []
    seen: list[str] = []

    def look(url: str, one_more: Callable[[], str]) -> None:
        assert one_more() == "hebdo/3 is on its way to 2 readers."  # Louis is not among them
        with urllib.request.urlopen(url, timeout=10) as page:
            seen.append(page.read().decode())

    told = journey.run(serve_web=running, say=said.append, wait=look)

    assert told.first_issue == ("Camille", "Nadia", "Louis")
    assert told.second_issue == ("Camille", "Nadia")
    assert told.alert == ("Nadia", "Tom")
    assert len(said) == len(told.steps) == 13
    assert all(person.name in seen[0] for person in journey.READERS)
