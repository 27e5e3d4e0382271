"""Tables on a terminal of 80 columns: what names a thing and how it is stay on one line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Site

LONG = "The footbridge by the old washhouse opens again on Saturday, and the brass band plays"


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.cli.output.WIDE", 80)  # as a terminal is


def test_an_issue_is_told_on_one_line_and_only_its_subject_goes_on_below(readers: Site) -> None:
    readers("issue", "create", "weekly", "--subject", LONG)
    readers("issue", "cancel", "weekly/1", "--yes")
    readers("issue", "create", "weekly", "--queue", "--yes")
    readers("issue", "create", "weekly", "--subject", "Hello", "--body", "config.toml")
    readers("article", "add", "-", "--list", "weekly", stdin="# Bread\n\nThe oven is lit.\n")
    readers("issue", "create", "weekly")
    lines = readers("issue", "ls").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    date = r"\d{4}-\d\d-\d\d \d\d:\d\d"
    [fourth, third, second, first] = [line for line in lines if line.startswith("weekly/")]
    assert re.match(rf"weekly/1 +digest +cancelled +{date} +The footbridge by", first)
    assert re.match(rf"weekly/2 +digest +frozen +{date} +0 of 3 +Story", second)
    assert re.match(r"weekly/3 +letter +draft +Hello · waits for", third)
    assert re.match(r"weekly/4 +digest +draft +\(of its articles\) · waits", fourth)
