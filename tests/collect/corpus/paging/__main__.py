"""Writes the pages of the corpus and what is expected of each.

python tests/collect/corpus/paging           all that these modules describe
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from paging import all_cases

PAGES = Path(__file__).parent.parent / "pages"


def main() -> None:
    for case in all_cases():
        file = PAGES / case.name
        file.write_bytes(case.body)
        file.with_name(f"{file.stem}.expect.json").write_text(case.told(), encoding="utf-8")
    print(f"{len(list(all_cases()))} pages in {PAGES}")


if __name__ == "__main__":
    main()
