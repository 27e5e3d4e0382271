"""Writes the feeds of the corpus and what is expected of each.

    python tests/collect/corpus/making           all that these modules describe

The cases are written by hand, in modules by what they are about; this only puts them into files.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from making import all_cases, told

FEEDS = Path(__file__).parent.parent / "feeds"


def main() -> None:
    for case in all_cases():
        file = FEEDS / case.name
        file.write_bytes(case.body)
        file.with_name(f"{file.stem}.expect.json").write_text(told(case), encoding="utf-8")
    print(f"{len(list(all_cases()))} feeds in {FEEDS}")


if __name__ == "__main__":
    main()
