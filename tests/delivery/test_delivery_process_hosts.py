"""Two machines on one database, one of which is lost in mid-send (network namespaces)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "torture"))

from hosts import Loss, NoNamespaces, lose_a_host


@pytest.mark.long
@pytest.mark.parametrize("loss", ["killed", "cut off"])
def test_what_a_lost_host_leaves_another_one_ends(
    tmp_path: Path,
    needs_tool: Callable[[str], Path],
    cannot: Callable[[str], NoReturn],
    loss: Loss,
) -> None:
    needs_tool("ip")
    if os.geteuid() != 0:
        cannot("only root can make network namespaces")
    try:
        report = lose_a_host(tmp_path, loss)
    except NoNamespaces as error:
        cannot(f"no network namespaces here: {error}")
    print(report)
    assert report.kept, str(report)
