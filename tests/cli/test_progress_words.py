"""What a terminal shows while something is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from test_cli_books import at_terminal

if TYPE_CHECKING:
    from conftest import Site


def test_one_source_is_one_source(site: Site) -> None:
    seen = at_terminal(site, "collect")
    assert "1 source read" in seen
    assert "1 sources" not in seen
