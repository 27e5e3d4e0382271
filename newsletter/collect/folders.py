"""Reads a folder of Markdown files with YAML front matter."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt

from newsletter.collect.dates import credible, parse_date
from newsletter.collect.entry import Entry, Feed, Image
from newsletter.collect.images import first_image_in, pixels
from newsletter.collect.items import BadItem, language_tag, make_entry
from newsletter.collect.markup import absolute, plain_text, tidy
from newsletter.errors import CollectError

_SUFFIXES = frozenset({".md", ".markdown"})
_LARGEST = 2 * 1024 * 1024  # bytes of one file
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M)
_DATED_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})-")
_FIRST_HEADING = re.compile(r"\A\s*#[ \t]+(.+?)[ \t]*#*[ \t]*(?:\n|\Z)")


class _Plain(yaml.SafeLoader):
    """YAML without aliases: a few lines of them can stand for gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not read")
        return super().compose_node(parent, index)


class _Draft(Exception):
    """The file is not to be shown yet."""


def read_folder(folder: Path, *, base: str | None = None) -> Feed:
    """The articles in a folder and the folders below it, newest first, the undated last.

    `base` is the address that relative links and pictures are read from; without it they are
    left out. Drafts are skipped; a file that cannot be read is an oddity that names it. Raises
    CollectError if there is no such folder.
    """
    if not folder.is_dir():
        raise CollectError(f"no such folder: {folder} (give the path of a folder of .md files)")
    entries: list[Entry] = []
    oddities: list[str] = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES):
        name = path.relative_to(folder)
        if any(part.startswith((".", "_")) for part in name.parts):
            continue
        try:
            entry, trouble = _entry(path, name, folder, base)
        except _Draft:
            continue
        except (BadItem, OSError, yaml.YAMLError) as error:
            oddities.append(f"{name}: {_reason(error)}")
            continue
        entries.append(entry)
        oddities += [f"{name}: {line}" for line in trouble]
    entries.sort(key=lambda e: e.published or datetime.min.replace(tzinfo=UTC), reverse=True)
    return Feed(folder.resolve().name, None, base, tuple(entries), tuple(oddities))


def _reason(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        line = error.problem_mark.line + 2  # its own count starts at 0, after the ---
        return f"line {line}: the front matter is not YAML ({error.problem})"
    if isinstance(error, yaml.YAMLError):
        return f"the front matter is not YAML ({error})"
    if isinstance(error, OSError):
        return f"cannot be read ({error.strerror})"
    return str(error)


def _entry(path: Path, name: Path, folder: Path, base: str | None) -> tuple[Entry, list[str]]:
    text = _text(path, folder)
    front, body = _split(text)
    if _is_true(front.get("draft")) or front.get("published") is False:
        raise _Draft
    oddities: list[str] = []
    title = _line(front.get("title"))
    heading = _FIRST_HEADING.match(body)
    if heading and (not title or plain_text(heading[1]) == title):
        title = title or plain_text(_html(heading[1]))
        body = body[heading.end() :]
    dated = _DATED_NAME.match(path.name)
    title = title or _title_of(path)
    said = front.get("date") or (dated[1] if dated else None)
    published = _moment(said)
    if said is not None and published is None:
        oddities.append(f"no credible date ({str(said)[:60]!r})")
    url = absolute(base, _line(front.get("url") or front.get("link")))
    content = _html(body)
    summary = _line(front.get("summary") or front.get("description") or front.get("excerpt"))
    entry, trouble = make_entry(
        guid=_line(front.get("guid") or front.get("id")) or name.as_posix(),
        url=url,
        title=title,
        summary=f"<p>{html.escape(summary, quote=False)}</p>" if summary else "",
        content=content,
        base=url or base,
        author=_line(front.get("author")) or None,
        published=published,
        language=language_tag(front.get("language") or front.get("lang")),
        topics=_several(front.get("topics") or front.get("tags") or front.get("categories")),
        image=_image(front.get("image"), url or base) or first_image_in(content, url or base),
    )
    return entry, oddities + trouble


def _text(path: Path, folder: Path) -> str:
    if not path.resolve().is_relative_to(folder.resolve()):
        raise BadItem("leads out of the folder; put the file itself there")
    if path.stat().st_size > _LARGEST:
        raise BadItem("is larger than 2 MB; shorten it")
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise BadItem("is not UTF-8; save it as UTF-8") from error


def _split(text: str) -> tuple[Mapping[str, Any], str]:
    match = _FRONT.match(text)
    if match is None:
        if text.startswith("---\n"):
            raise BadItem("its front matter has no end; close it with a line ---")
        return {}, text
    try:
        front = yaml.load(match[1], Loader=_Plain)
    except (ValueError, RecursionError) as error:  # 2026-02-31 is a ValueError of datetime's
        raise BadItem(f"the front matter cannot be read ({error}); correct it") from error
    if front is not None and not isinstance(front, dict):
        raise BadItem("its front matter is no list of keys and values; write 'title: …'")
    return {str(k).lower(): v for k, v in (front or {}).items()}, text[match.end() :]


def _html(markdown: str) -> str:
    # Foreign HTML passes here, since everything goes through the sanitiser afterwards.
    return str(MarkdownIt("commonmark", {"html": True}).enable("strikethrough").render(markdown))


def _title_of(path: Path) -> str:
    return re.sub(r"[-_]+", " ", _DATED_NAME.sub("", path.stem)).strip().capitalize()


def _is_true(value: object) -> bool:
    return value is True or str(value).strip().lower() in ("true", "yes", "1", "oui")


def _line(value: object) -> str:
    return tidy(str(value)) if isinstance(value, (str, int, float)) else ""


def _several(value: object) -> list[str]:
    if isinstance(value, str):
        return value.split(",")
    return [_line(v) for v in value] if isinstance(value, list) else []


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return credible(value)
    if isinstance(value, date):
        return credible(datetime(value.year, value.month, value.day, tzinfo=UTC))
    return parse_date(str(value)) if value is not None else None


def _image(value: object, base: str | None) -> Image | None:
    if isinstance(value, dict):
        source = absolute(base, _line(value.get("url") or value.get("src")))
        sides = pixels(value.get("width")), pixels(value.get("height"))
        return Image(source, _line(value.get("alt")), *sides) if source else None
    source = absolute(base, _line(value))
    return Image(source) if source else None
