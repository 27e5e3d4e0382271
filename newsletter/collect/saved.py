"""Reads the lines of a front page, as it was saved as plain text or as a page without boxes.

Each article is a title, one to four paragraphs, and a line "<title> Lire la suite". Such a line
ends an article; its title is looked for above it. A text without such lines is read by its blank
lines: a short line, then paragraphs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from newsletter.collect.blocks import (
    is_prose,
    is_small_print,
    paragraphs_as_html,
)
from newsletter.collect.bounds import MOST_FOUND
from newsletter.collect.datelines import Listed, date_line, dates_by_place, only_date
from newsletter.collect.listing import Teaser
from newsletter.collect.markup import absolute, tidy
from newsletter.collect.readmore import is_only_more, title_on_more, without_bullet

_FURTHEST = 40  # lines above "Lire la suite" in which its title is looked for
_LONGEST_TITLE = 200  # characters
_LONGEST_LINE = 5_000  # characters; a longer one is no line that somebody wrote
# Each of these goes through a line once, whatever stands in it.
_ADDRESS = r"https?://[^\s<>()]{3,2000}"
_WITH_ADDRESS = re.compile(rf"[<(\[]\s*({_ADDRESS})\s*[>)\]]\s*$")
_MARKDOWN_LINK = re.compile(rf"!?\[([^\[\]\n]{{0,500}}+)\]\(({_ADDRESS}+)[^()\n]{{0,300}}+\)")
_NUMBERED = re.compile(r"\[(\d{1,4})\]")
_REFERENCE = re.compile(rf"^[ \t]*+\[?(\d{{1,4}})[\].:][ \t]++({_ADDRESS})[ \t\r]*$", re.M)
_MARKS = re.compile(r"^(#{1,6})\s+|^(?:\*\*|__)(?=\S)|(?:\*\*|__|\s#+)$")
_RULE = re.compile(r"[\s*=_~·.–—-]{3,}")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page: a title, a paragraph, or the link to the rest."""

    text: str
    url: str | None = None  # where its link leads
    heading: bool = False  # marked up as one
    apart: bool = False  # a blank line stands before it
    box: int | None = None  # which box it stands in, where that holds one article only

    @property
    def date(self) -> datetime | None:
        """When, in UTC, if it says nothing but that; a heading may name nothing beside it."""
        return only_date(self.text) if self.heading else date_line(self.text)

    @property
    def is_small_print(self) -> bool:
        """Whether it tells of an article, and is neither its title nor its text."""
        names_more = self.heading and self.date is None and date_line(self.text) is not None
        return not names_more and is_small_print(self.text)


def articles_in_text(text: str, *, base: str | None = None) -> tuple[list[Teaser], str]:
    """The articles of a page saved as plain text, and the page's title ("" if it shows none).

    Addresses that stand with a line (`<https://…>`, Markdown, the list of references that text
    browsers write) are taken; else the articles have none.
    """
    lines = list(_lines_of(text, base))
    found = articles_in(lines) or _by_gaps(lines)
    first = next((line.text for line in lines if line.text), "")
    titles = {letters_of(item.title) for item in found}
    usable = len(first) <= 100 and not is_small_print(first) and letters_of(first) not in titles
    return found, first if usable and not is_prose(first) else ""


def articles_in(lines: Sequence[Line]) -> list[Teaser]:
    """The articles that end in a line "<title> Lire la suite", in the order of the page."""
    found: list[Teaser] = []
    marks: list[datetime | Listed] = []
    start = 0
    for position, line in enumerate(lines):
        said = title_on_more(line.text)
        if said is None:
            continue
        before = lines[max(start, position - _FURTHEST) : position]
        if not said and _is_repeated(before):  # a title that is hidden on the link, in a copy
            said = before[-1].text
            before = before[:-1]
        item, above = _article(before, said, line, is_first=start == 0)
        start = position + 1
        if item is not None and item.published is None and line.box is not None:
            box = (n for n in lines[start : start + _FURTHEST] if n.box == line.box)
            item = replace(item, published=next(iter(_dates(box)), None))
        marks += above
        if item is not None:
            found.append(item)
            marks.append(Listed(item.published))
        if len(found) == MOST_FOUND:
            break
    marks += _dates(n for n in lines[start : start + _FURTHEST] if n.box is None)
    return _dated(found, marks)


def _article(
    before: Sequence[Line], said: str, more: Line, *, is_first: bool
) -> tuple[Teaser | None, list[datetime]]:
    """One article, and the dates that stand above it, which may be of others.

    `said` is the title beside "Lire la suite", "" if there is none.
    """
    rest = list(before)
    at = _title_above(rest, said)
    if said and at is None and _is_end_of_paragraph(said, rest):
        rest.append(Line(said))  # a paragraph that ends in the link
        said = ""
    if at is None:
        at = _heading_above(rest) if said else _guessed_title(rest, is_first=is_first)
        if at is not None and said and not _alike(rest[at].text, said):
            at = None
    title = rest[at].text if at is not None else said
    if at is None and is_first:  # what stands before the first article is the page's own
        at = _before_prose(rest)
    begins = at if at is not None else _first_words(rest)
    above = _dates(line for line in rest[:begins] if line.box is None)
    own = [line for line in rest if line.box is not None and line.box == more.box]
    own += [line for line in rest[begins:] if line.box is None]
    own = [line for line in own if at is None or line is not rest[at]]
    texts = [line.text for line in rest[0 if at is None else at + 1 :]]
    paragraphs = [t for t in texts if not is_small_print(t) and letters_of(t) != letters_of(title)]
    title = without_bullet(title)
    if not title or is_only_more(title):
        return None, above
    item = Teaser(
        more.url or next((line.url for line in rest[at or 0 :] if line.url), None),
        title,
        paragraphs_as_html([without_bullet(t) for t in paragraphs]),
        next(iter(_dates(own)), None),
    )
    return item, above


def _is_repeated(before: Sequence[Line]) -> bool:
    """Whether the line right above "Lire la suite" says again what an earlier one says."""
    if len(before) < 2 or not before[-1].text:
        return False
    last = letters_of(before[-1].text)
    return bool(last) and any(letters_of(line.text) == last for line in before[:-1])


def _title_above(lines: Sequence[Line], said: str) -> int | None:
    """Where the title beside the link stands above it; the last line that says the same."""
    if not said:
        return None
    for position in range(len(lines) - 1, -1, -1):
        if _alike(lines[position].text, said):
            return position
    return None


def _alike(line: str, said: str) -> bool:
    """Whether two lines are one title, perhaps cut, whatever its quotes, dashes and spaces."""
    one, other = letters_of(line), letters_of(said)
    if one == other:
        return bool(one)
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= 16 and longer.startswith(shorter) and len(longer) <= _LONGEST_TITLE


def _is_end_of_paragraph(said: str, before: Sequence[Line]) -> bool:
    """Whether what stands before "Lire la suite" is the text and not the title."""
    return bool(before) and (len(said) > 140 or bool(re.search(r"[.…;,]\W*$", said)))


def _heading_above(lines: Sequence[Line]) -> int | None:
    marked = [n for n, line in enumerate(lines) if line.heading and not line.date]
    return marked[-1] if marked else None


def _guessed_title(lines: Sequence[Line], *, is_first: bool) -> int | None:
    """Where the title stands if the link does not repeat it: the last heading, the first line after
    the article before, or the short line above the last paragraphs."""
    marked = _heading_above(lines)
    if marked is not None:
        return marked
    usable = [n for n, line in enumerate(lines) if not line.is_small_print]
    if not usable:
        return None
    if not is_first:
        return usable[0]
    short = [n for n in usable[:-1] if not is_prose(lines[n].text) or lines[n].apart]
    return _last_before_prose(lines, short) if short else usable[0]


def _last_before_prose(lines: Sequence[Line], short: list[int]) -> int:
    for position in reversed(short):
        text = lines[position].text
        if len(text) <= _LONGEST_TITLE and not text.endswith("."):
            return position
    return short[-1]


def _before_prose(lines: Sequence[Line]) -> int | None:
    """The last line above the paragraphs right over the link."""
    position = len(lines) - 1
    while position >= 0 and is_prose(lines[position].text):
        position -= 1
    return position if position >= 0 else None


def _first_words(lines: Sequence[Line]) -> int:
    return next((n for n, line in enumerate(lines) if not line.is_small_print), 0)


def _dates(lines: Iterable[Line]) -> list[datetime]:
    return [moment for line in lines if (moment := line.date)]


def _dated(found: list[Teaser], marks: Sequence[datetime | Listed]) -> list[Teaser]:
    dates = dates_by_place(marks)
    return [replace(item, published=date) for item, date in zip(found, dates, strict=True)]


def _by_gaps(lines: Sequence[Line]) -> list[Teaser]:
    """Articles without "Lire la suite": a short line after a blank one, then paragraphs."""
    found: list[Teaser] = []
    marks: list[datetime | Listed] = []
    title: Line | None = None
    texts: list[str] = []
    own: list[datetime] = []  # dates that stand between the title and the last paragraph
    after: list[datetime] = []

    def close() -> None:
        if title is not None and texts:
            body = paragraphs_as_html([without_bullet(t) for t in texts])
            found.append(Teaser(title.url, without_bullet(title.text), body))
            marks.append(Listed(own[0] if own else None))
        else:
            marks.extend(own)
        marks.extend(after)

    for line in lines:
        if len(found) == MOST_FOUND:
            break
        if line.date is not None:
            after.append(line.date)
        elif line.is_small_print:
            continue
        elif (line.heading or (line.apart and not _is_text(line.text))) and any(
            c.isalnum() for c in line.text
        ):
            close()
            title, texts, own, after = line, [], [], []
        elif title is not None and _is_text(line.text):
            texts.append(line.text)
            own, after = [*own, *after], []
    close()
    return _dated(found, marks) if len(found) > 1 else []


def _is_text(line: str) -> bool:
    return len(line) > 120 or bool(re.search(r"[.…)]\W*$", line) and len(line) > 30)


# --- lines ------------------------------------------------------------------------------------


def _lines_of(text: str, base: str | None) -> Iterator[Line]:
    """Each paragraph and title as one line, however the text was wrapped."""
    references = dict(_REFERENCE.findall(text))
    if references:
        text = _REFERENCE.sub("", text)
    apart = True
    for raw in _unwrapped(text.splitlines()):
        stripped = tidy(raw)
        if not stripped or _RULE.fullmatch(stripped):
            apart = True
            continue
        line = _with_address(stripped, references)
        if not line.text:
            continue
        yield replace(line, url=absolute(base, line.url) if line.url else None, apart=apart)
        apart = False


def _with_address(text: str, references: dict[str, str]) -> Line:
    if len(text) > _LONGEST_LINE:
        return Line(text)
    url = None
    linked = _MARKDOWN_LINK.findall(text)
    if linked:
        url = linked[-1][1]
        text = _MARKDOWN_LINK.sub(r"\1", text)
    match = _WITH_ADDRESS.search(text)
    if match:
        text, url = text[: match.start()], match[1]
    if references:
        numbers = [n for n in _NUMBERED.findall(text) if n in references]
        url = url or (references[numbers[-1]] if numbers else None)
        text = _NUMBERED.sub(lambda m: "" if m[1] in references else m[0], text)
    heading = bool(re.match(r"#{1,6}\s+\S", text) or re.fullmatch(r"(\*\*|__).+\1", text))
    return Line(tidy(_MARKS.sub("", text)), url, heading)


def _unwrapped(lines: list[str]) -> Iterator[str]:
    """The lines, with those put together again that a program broke at its right margin."""
    lengths = [len(line.rstrip()) for line in lines if line.strip()]
    width = max(lengths, default=0)
    full = sum(length > width - 12 for length in lengths)
    if not 40 <= width <= 100 or full < max(3, len(lengths) // 5):
        yield from lines
        return
    held = ""
    last = ""
    known = {letters_of(line) for line in lines} - {""}
    for line in lines:
        words = line.split()
        # It was broken here only if the next word would not have fitted in.
        continues = bool(
            last.strip()
            and words
            and len(last.rstrip()) + 1 + len(words[0]) > width
            and not re.match(r"\s*(?:[*•#]|\d+[.)])\s", line)
            and title_on_more(tidy(last)) is None
            and letters_of(title_on_more(tidy(line)) or "") not in known
        )
        if continues:
            held = f"{held} {line.strip()}"
        else:
            yield held
            held = line
        last = line
    yield held


def letters_of(text: str) -> str:
    """The letters and digits of a line, without case, accents and ligatures, to compare titles."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return "".join(c for c in plain if c.isalnum())
