"""Reads a file of the corpus, compares it with what is expected, or tells what was read.

    python tests/collect/corpus/told.py FILE…     what is read now, as the file's expectation

It says what is, not what should be: correct by hand what it prints before it is an expectation.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from newsletter.collect.entry import Entry, Feed, Image
from newsletter.collect.excerpt import excerpt
from newsletter.errors import CollectError

CORPUS = Path(__file__).parent
FILES = sorted(
    file
    for folder in ("feeds", "pages")
    for file in (CORPUS / folder).glob("[!.]*")
    if not file.name.endswith(".expect.json")
)
_ABOUT = """
    note url content_type charset selectors title language home lost entries words oddities error
"""
ABOUT = frozenset(_ABOUT.split())
URL = "https://courrier.example/feed"


def expected_of(file: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(file.with_name(f"{file.stem}.expect.json").read_text("utf-8"))
    return told


def read(file: Path, expected: Mapping[str, Any]) -> Feed:
    """The Feed in a file of the corpus; raises CollectError."""
    from newsletter.collect.feeds import parse_feed
    from newsletter.collect.pages import parse_page

    said: dict[str, Any] = {
        "url": expected.get("url", URL),
        "content_type": expected.get("content_type", ""),
        "charset": expected.get("charset"),
    }
    if file.parent.name == "feeds":
        return parse_feed(file.read_bytes(), **said)
    if expected.get("selectors"):
        said["selectors"] = expected["selectors"]
    return parse_page(file.read_bytes(), **said)


def differences(feed: Feed, expected: Mapping[str, Any]) -> list[str]:
    """A line for each thing that is not as expected; KeyError for one that no entry has."""
    found = []
    for name in ("title", "language", "home", "lost"):
        if name in expected and getattr(feed, name) != expected[name]:
            found.append(f"{name}: {getattr(feed, name)!r}, not {expected[name]!r}")
    wanted = expected.get("oddities")
    if wanted is not None and not (
        len(wanted) == len(feed.oddities)
        and all(piece in line for piece, line in zip(wanted, feed.oddities, strict=True))
    ):
        found.append(f"oddities: {list(feed.oddities)!r}, not {wanted!r}")
    if "entries" not in expected:
        return found
    if len(feed.entries) != len(expected["entries"]):
        titles = [entry.title for entry in feed.entries]
        return [*found, f"{len(titles)} entries, not {len(expected['entries'])}: {titles}"]
    for number, (entry, wish) in enumerate(zip(feed.entries, expected["entries"], strict=True), 1):
        is_told = told_of(entry, expected.get("words", 60))
        for name, value in wish.items():
            if name in ("holds", "lacks"):
                markup = entry.summary_html + entry.content_html
                found += [
                    f"entry {number} {name} {piece!r}: {markup!r}"
                    for piece in value
                    if (piece in markup) is not (name == "holds")
                ]
                continue
            is_value = is_told[name]
            if name == "image" and isinstance(value, str):
                is_value = is_value and is_value["url"]
            if is_value != value:
                found.append(f"entry {number} {name}: {is_value!r}, not {value!r}")
    return found


def told_of(entry: Entry, words: int) -> dict[str, Any]:
    """An Entry in the words of an expectation."""
    shown = excerpt(entry.summary_html, entry.content_html, words=words, language=entry.language)
    return {
        "title": entry.title,
        "url": entry.url,
        "canonical": entry.canonical,
        "guid": entry.guid,
        "published": _moment(entry.published),
        "date_text": entry.date_text,
        "author": entry.author,
        "language": entry.language,
        "topics": list(entry.topics),
        "image": _image(entry.image),
        "excerpt": list(shown),
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None


def _image(image: Image | None) -> dict[str, Any] | None:
    if image is None:
        return None
    told: dict[str, Any] = {"url": image.url}
    for name in ("alt", "width", "height"):
        if getattr(image, name):
            told[name] = getattr(image, name)
    return told


def _tell(file: Path) -> dict[str, Any]:
    beside = file.with_name(f"{file.stem}.expect.json")
    expected = expected_of(file) if beside.exists() else {"note": ""}
    about = {key: expected[key] for key in expected if key not in ("entries", "oddities", "error")}
    try:
        feed = read(file, expected)
    except CollectError as error:
        return {**about, "error": str(error)}
    entries = [told_of(entry, expected.get("words", 60)) for entry in feed.entries]
    return {
        **about,
        "entries": [{k: v for k, v in e.items() if v not in (None, [], "")} for e in entries],
        "oddities": list(feed.oddities),
    }


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(json.dumps(_tell(Path(name).absolute()), ensure_ascii=False, indent=1))
