"""The feeds of the corpus, described by hand: their bytes, and what is read in them."""

from __future__ import annotations

import json
from collections.abc import Iterator

from . import added, broken, dated, hostile, identities, kinds, letters, pictures, systems, texts
from .cases import Case

MODULES = (kinds, systems, letters, broken, dated, hostile, identities, pictures, texts, added)


def all_cases() -> Iterator[Case]:
    for module in MODULES:
        yield from module.CASES


def told(case: Case) -> str:
    """The text of its NAME.expect.json."""
    return json.dumps(case.expected, ensure_ascii=False, indent=1) + "\n"
