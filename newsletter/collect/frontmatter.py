"""Reads what stands above a Markdown file: YAML between ---, TOML between +++, JSON, or lines."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import yaml

from newsletter.collect.dates import credible, parse_date
from newsletter.collect.items import BadItem
from newsletter.collect.markup import tidy

_YAML = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.S | re.M)
_TOML = re.compile(r"\A\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.S | re.M)
# "Title: …" and "Date: …" above an empty line, as Pelican and MultiMarkdown have them.
_BARE = re.compile(
    r"\A(?=(?:.+\n)*?title:)((?:\w[\w -]{0,30}:(?:[ \t].*)?\n(?:[ \t]+\S.*\n)*)+)(?:[ \t]*\n|\Z)",
    re.I,
)
_BARE_LINE = re.compile(r"^(\w[\w -]*):[ \t]*((?:.|\n[ \t]+)*)", re.M)
# A line whose value is text to whoever wrote it, whatever YAML may see in it.
_OF_TEXT = re.compile(
    r"((?:title|subtitle|description|summary|excerpt|authors?|image_alt|caption|chapo|seo_title"
    r"|linktitle|kicker|lead):)[ \t]+(?![ \t]|!!)(?=.*\w)(.*)\Z",
    re.I,
)
_APOSTROPHES = re.compile(r"'((?:[^']|(?<=\w)'(?=\w))+)'")
_LEFT_OPEN = re.compile(r""""[^"]*|'(?:[^']|(?<=\w)'(?=\w))*""")  # 'L'école ends nowhere either
_LONGEST_KEY = 40  # characters; what stands in front of a later colon is no key
_ENDS = {'"': ("quote", '"'), "'": ("quote", "'"), "[": ("bracket", "]"), "{": ("brace", "}")}
_SHOWN = 60  # characters of a text that is told
# What the readers of these forms raise for a value that cannot be (2026-02-31), or nests too deep.
_BROKEN = (ValueError, TypeError, RecursionError, OverflowError)


class _Plain(yaml.SafeLoader):
    """YAML without aliases: a few lines of them can stand for gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not read")
        return super().compose_node(parent, index)


def split(text: str) -> tuple[Mapping[str, object], str]:
    """The front matter, its keys in small letters, and the text below; none is no error.

    Raises BadItem, with the line where there is one, for front matter that cannot be read.
    """
    for fence, pattern, read in (("---", _YAML, _yaml), ("+++", _TOML, _toml)):
        match = pattern.match(text)
        if match is not None:
            return _keys(read(match[1])), text[match.end() :]
        if text.startswith(f"{fence}\n"):
            raise BadItem(f"its front matter has no end; close it with a line {fence}")
    if re.match(r"\{\s*[\"}]", text):
        try:
            front, end = json.JSONDecoder().raw_decode(text)
        except _BROKEN as error:
            raise BadItem(f"the front matter is not JSON ({error}); correct it") from error
        return _keys(front), text[end:].lstrip("\n")
    if (match := _BARE.match(text)) is not None:
        lines = _BARE_LINE.findall(match[1])
        return _keys({key: tidy(value) for key, value in lines}), text[match.end() :]
    return {}, text


def _keys(front: object) -> Mapping[str, object]:
    if front is not None and not isinstance(front, dict):
        raise BadItem("its front matter is no list of keys and values; write 'title: …'")
    return {str(key).lower(): value for key, value in (front or {}).items()}


def _yaml(text: str) -> object:
    try:
        try:
            return yaml.load(text, Loader=_Plain)
        except yaml.YAMLError:
            mended = _quoted(text)
            if mended == text:
                raise
            return yaml.load(mended, Loader=_Plain)
    except yaml.MarkedYAMLError as error:
        raise BadItem(_in_plain_words(error, text)) from error
    except yaml.YAMLError as error:
        raise BadItem(f"the front matter is not YAML ({error})") from error
    except _BROKEN as error:
        raise BadItem(f"the front matter cannot be read ({error}); correct it") from error


def _quoted(text: str) -> str:
    """The lines of plain text in quotes, where YAML sees something else in them.

    "title: Football : Brisemont perd" is a title to whoever wrote it, and half of all French ones
    are like it. A value that goes on in the next line is left as it is.
    """
    lines = text.split("\n")
    for number, (this, below) in enumerate(zip(lines, [*lines[1:], ""], strict=True)):
        match = _OF_TEXT.match(this.rstrip(" \t"))
        if match is None or (below[:1].isspace() and below.strip()):
            continue
        if _LEFT_OPEN.fullmatch(match[2]):
            continue  # a quote that was forgotten, which would stand in the title
        try:
            yaml.load(this, Loader=_Plain)
        except yaml.YAMLError:
            inner = _APOSTROPHES.fullmatch(match[2])  # 'L'été' has its quotes already
            plain = (inner[1] if inner else match[2]).replace("'", "''")
            lines[number] = f"{match[1]} '{plain}'"
    return "\n".join(lines)


def _in_plain_words(error: yaml.MarkedYAMLError, text: str) -> str:
    """What an editor has to do about a line that YAML cannot read."""
    # What was left open is told by where it begins; a block is open all the way.
    inside = error.context_mark if "block" not in (error.context or "block") else None
    mark = inside or error.problem_mark
    if mark is None:
        return f"the front matter is not YAML ({error.problem}); correct it"
    lines = text.split("\n")
    number = min(mark.line, len(lines) - 1)
    while number and not lines[number].strip():  # it was missed at the end
        number -= 1
    this = lines[number].strip()
    key, colon, value = this.partition(":")
    if "\t" in lines[number][: len(lines[number]) - len(lines[number].lstrip())]:
        remedy = "begin it with blanks, not with a tab"
    elif inside is not None and (open_ := _left_open(value.strip())):
        name, end = open_
        remedy = f"close its {name}: {key}: {_shown(value.strip())}{end}"
    elif colon and value.strip() and len(key) <= _LONGEST_KEY:
        words = value.strip().strip("\"'").replace('"', "'")
        remedy = f'put its text in quotes: {key}: "{_shown(words)}"'
    else:
        remedy = "write each line as 'key: value'"
    # The count starts at 0, below the ---.
    return f"line {number + 2} of the front matter is not understood ({remedy})"


def _left_open(value: str) -> tuple[str, str] | None:
    """What a value begins with and never ends, by its name, and the sign that ends it."""
    name, end = _ENDS.get(value[:1], ("", ""))
    return (name, end) if name and end not in value[1:] else None


def _shown(words: str) -> str:
    return words[:_SHOWN] + "…" * (len(words) > _SHOWN)


def _toml(text: str) -> object:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadItem(f"the front matter is not TOML ({error}); correct it") from error
    except _BROKEN as error:
        raise BadItem(f"the front matter cannot be read ({error}); correct it") from error


# --- values -----------------------------------------------------------------------------------


def is_true(value: object) -> bool:
    return value is True or str(value).strip().lower() in ("true", "yes", "1", "oui")


def is_false(value: object) -> bool:
    return value is False or str(value).strip().lower() in ("false", "no", "0", "non")


def line(value: object) -> str:
    """A value as one line of text; "" for what is no text or number."""
    if isinstance(value, bool) or (isinstance(value, int) and abs(value) >= 10**18):
        return ""
    return tidy(str(value)) if isinstance(value, (str, int, float)) else ""


def several(value: object) -> list[str]:
    """The values of a list, or of a line with commas."""
    if isinstance(value, str):
        return value.split(",")
    return [line(one) for one in value] if isinstance(value, list) else []


def moment(value: object) -> datetime | None:
    """A date in UTC, as a date of YAML or TOML or as text; None for none and for the absurd."""
    if isinstance(value, datetime):
        return credible(value)
    if isinstance(value, date):
        return credible(datetime(value.year, value.month, value.day, tzinfo=UTC))
    return parse_date(str(value)) if value is not None else None
