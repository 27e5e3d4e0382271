"""What stands in the box of one article on a page: its title, its text, its date, its author."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from newsletter.collect.datelines import date_line
from newsletter.collect.dates import parse_date
from newsletter.collect.markup import BLOCKS, HEADINGS, Element, elements, tidy
from newsletter.collect.readmore import is_only_more, without_bullet
from newsletter.collect.sheet import Sheet

MOST_PARAGRAPHS = 4
_FOR_EARS = frozenset(
    {"screen-reader-text", "sr-only", "visually-hidden", "visuallyhidden", "invisible"}
)
_META = re.compile(
    r"(?:^|[\s_-])(?:meta|date|published|byline|author|auteur|infos?|posted-on|tags?|categor\w*|cat-links"
    r"|rubrique|fil|comments?|share|partage|label|badge|kicker|surtitre)(?:$|[\s_-])",
    re.I,
)
_DATED = re.compile(
    r"(?:^|[\s_-])(?:date|published|posted-on|dt-published|entry-date|infos?|meta)(?:$|[\s_-])",
    re.I,
)
_UPDATED = re.compile(r"(?:^|[\s_-])(?:updated|modified|dt-updated)(?:$|[\s_-])", re.I)
# The box of the excerpt itself, in themes that have one; the first that is there.
_EXCERPT_NAMES = """
    p-summary entry-summary post-excerpt entry-excerpt wp-block-post-excerpt__excerpt
    introduction chapo excerpt gh-card-excerpt post-card-excerpt
    e-content entry-content post-content-inner field--name-body item-content
"""
_EXCERPTS = tuple(tuple(line.split()) for line in _EXCERPT_NAMES.strip().splitlines())
_AUTHORS = ("p-author", "author", "byline", "auteur", "vcard", "post-author", "entry-author")
_BY = re.compile(
    r"^(?:(?:écrit|written|rédigé|posté|posted|publié)\s+)?(?:par|by|von|por|di|door|per)\s+", re.I
)
_SMALL_TALK = re.compile(
    r"(?:\d+|aucun|no|un|one|kein|sin|nessun)?\s*(?:commentaires?|comments?|réponses?|kommentare?|comentarios?|commenti)"
    r"|(?:laisse[rz]|leave|add)\s+(?:un|a)\s+(?:commentaire|comment|reply)"
    r"|(?:temps\s+de\s+lecture\s*:?\s*)?\d+\s*min(?:utes?)?(?:\s+(?:de\s+lecture|read))?"
    r"|(?:par|by|von|por)\s+\S+(?:\s\S+){0,3}|posted\s+in\b.{0,60}|publié\s+dans\b.{0,60}|tags?\s*:.{0,80}",
    re.I,
)
_ENDS_LIKE_PROSE = re.compile(r"[.!?…:;)\]»”\"]$")
_UNSORTED = frozenset({"non classé", "uncategorized", "uncategorised", "sin categoría"})
_NO_PROSE = ("time", "figure", "form", "button", "nav", "footer", "aside", "table", *HEADINGS)


def summary_of(
    sheet: Sheet,
    block: list[Element],
    heading: Element | None,
    title: str,
    *,
    is_more: Callable[[Element], bool],
) -> str:
    """One to four paragraphs of a block as HTML, without its title, its date and its links."""
    skip = _not_prose(sheet, block, heading, is_more)
    parts = _excerpt_boxes(sheet, block) or block
    paragraphs: list[str] = []
    for part in parts:
        for text, marked in lines_below(sheet, part, skip=skip):
            line = without_bullet(text)
            if (
                len(line) > 1
                and line != title
                and line not in paragraphs
                and (marked or is_prose(line) or parts is not block)
                and not is_small_print(line)
            ):
                paragraphs.append(line)
    return paragraphs_as_html(paragraphs)


def paragraphs_as_html(paragraphs: list[str]) -> str:
    """The first four paragraphs of plain text as HTML."""
    shown = paragraphs[:MOST_PARAGRAPHS]
    return "".join(f"<p>{html.escape(text, quote=False)}</p>" for text in shown)


def is_prose(line: str) -> bool:
    """Whether a line is part of a text rather than a label or a title."""
    return len(line) >= 40 or bool(_ENDS_LIKE_PROSE.search(line))


def is_small_print(line: str) -> bool:
    """Whether a line tells of an article and is no part of it: its date, author, comments."""
    return bool(is_only_more(line) or _SMALL_TALK.fullmatch(line)) or date_line(line) is not None


def _excerpt_boxes(sheet: Sheet, block: list[Element]) -> list[Element]:
    for names in _EXCERPTS:
        for part in block:
            found = with_class(part, *names)
            if found and sheet.text(found[0]):
                inner = frozenset(found)
                return [n for n in found if inner.isdisjoint(n.iterancestors())]
    return []


def lines_below(
    sheet: Sheet, node: Element, *, skip: frozenset[Element] = frozenset()
) -> Iterator[tuple[str, bool]]:
    """The lines of text below an element, and whether each is marked up as a paragraph."""
    found: list[tuple[str | None, bool]] = []
    _gather(sheet, node, skip, found, marked=False, outermost=True)
    pieces: list[str] = []
    for piece, marked in found:
        if piece is not None:
            pieces.append(piece)
            continue
        line = tidy("".join(pieces))
        pieces = []
        if line:
            yield line, marked


def _gather(
    sheet: Sheet,
    node: Element,
    skip: frozenset[Element],
    found: list[tuple[str | None, bool]],
    *,
    marked: bool,
    outermost: bool = False,
) -> None:
    """Text as it stands, and None where a line ends."""
    name = node.tag
    if not isinstance(name, str) or name in ("script", "style", "template") or node in skip:
        return
    if name == "br":
        following = node.getnext()
        twice = following is not None and following.tag == "br" and not (node.tail or "").strip()
        found.append((None if twice else " ", marked))
        return
    apart = name in BLOCKS or outermost
    if apart:
        found.append((None, marked))
        marked = name in ("p", "blockquote", "dd") or (name == "li" and not outermost)
    found.append((node.text or "", marked))
    ends = (None if holds_lines(sheet, node) else ""), marked
    for child in node:
        _gather(sheet, child, skip, found, marked=marked)
        found += (child.tail or "", marked), ends
    if apart:
        found.append((None, marked))


def holds_lines(sheet: Sheet, node: Element) -> bool:
    """Whether the inline elements right in a block are lines of their own, as its style has it.

    So they are if there is nothing but them, and one is a date, or they would make one word of two:
    each is of several words, and begins with a capital right where the other ends.
    """
    if node.tag not in _MAY_HOLD_LINES or len(node) < 2 or (node.text or "").strip():
        return False
    if any(child.tag not in _INLINE or (child.tail or "").strip() for child in node):
        return False
    lines = [sheet.line(child, _LONGEST_LINE) for child in node]
    texts = [text for text in lines if text]
    if None in lines:
        return False
    if len(texts) > 1 and any(date_line(text) for text in texts):
        return True
    glued = not any(child.tail for child in node)
    return glued and all(" " in text and text[0].isupper() for text in texts)


_SMALL_PRINT = 200  # characters
_LONGEST_LINE = 5_000  # characters; a longer one is no line that somebody styled
_MAY_HOLD_LINES = frozenset({"div", "li", "section", "article", "td", "dd", "main"})
_INLINE = frozenset({"span", "time", "a", "b", "strong", "em", "i", "small", "font", "button"})


def _not_prose(
    sheet: Sheet,
    block: list[Element],
    heading: Element | None,
    is_more: Callable[[Element], bool],
) -> frozenset[Element]:
    skip: set[Element] = set() if heading is None else {heading}
    for part in block:
        for node in elements(part):
            if (
                (node.tag in _NO_PROSE and node is not part)
                or is_for_ears(node)
                or (node.tag == "a" and is_more(node))
                or (node is not part and sheet.boxed_date(node) is not None)
                or (
                    node is not part
                    and _META.search(node.get("class") or "")
                    and sheet.line(node, _SMALL_PRINT) is not None
                )
            ):
                skip.add(node)
    return frozenset(skip)


def date_of(
    sheet: Sheet, block: Sequence[Element], heading: Element | None = None
) -> datetime | None:
    """When it came out: what is written for machines goes before what is written for people.

    A line with a date alone counts, too.
    """
    nodes = [node for part in block for node in elements(part)]
    dated = [n for n in nodes if n.tag == "time" or _DATED.search(n.get("class") or "")]
    dated += [n for n in nodes if n.get("content") and _DATES.search(_properties(n))]
    dated.sort(key=lambda n: bool(_UPDATED.search(n.get("class") or "")))
    exact = [_exact(n) for n in dated]
    spoken = [sheet.line(n, _SMALL_PRINT) for n in dated]
    for written in (*exact, *spoken):
        moment = parse_date(written) if written else None
        if moment is not None:
            return moment
    small = [n for n in nodes if n is not heading and n.tag in _SMALL and len(n) < 4]
    return next((moment for n in [*dated, *small] if (moment := sheet.standing_date(n))), None)


def _exact(node: Element) -> str:
    """What an element says for machines: HTML's time, microformats' abbr, RDFa and microdata."""
    if node.tag == "abbr":
        return node.get("title") or ""
    return node.get("datetime") or (node.get("content") if _properties(node) else "") or ""


def _properties(node: Element) -> str:
    return f"{node.get('property') or ''} {node.get('itemprop') or ''}".strip()


_DATES = re.compile(r"datePublished|dc:date|dc:created|published_time", re.I)
_SMALL = (
    "p",
    "span",
    "small",
    "div",
    "em",
    "i",
    "li",
    "td",
    "dt",
    "dd",
    "font",
    "b",
    "strong",
    *HEADINGS,
)


def author_of(sheet: Sheet, block: list[Element]) -> str | None:
    """Who wrote it, where the block says so."""
    for part in block:
        for node in [*with_class(part, *_AUTHORS), *part.iter("a")]:
            names = {*(node.get("class") or "").split(), *(node.get("rel") or "").split()}
            if _AUTHORS_SET.isdisjoint(names):
                continue
            name = _BY.sub("", sheet.line(node, _SMALL_PRINT) or "")
            if 1 < len(name) <= 60 and not re.search(r"\d", name):
                return name
    return None


_AUTHORS_SET = frozenset(_AUTHORS)


def topics_of(sheet: Sheet, block: list[Element]) -> tuple[str, ...]:
    """The subjects that the block names as such."""
    found: dict[str, None] = {}
    for part in block:
        for node in elements(part):
            rels = (node.get("rel") or "").lower().split() if node.tag == "a" else []
            if "tag" in rels or "p-category" in (node.get("class") or "").split():
                name = (sheet.line(node, _SMALL_PRINT) or "").lstrip("# ")
                if name and name.casefold() not in _UNSORTED:
                    found.setdefault(name)
    return tuple(found)


def links_of(node: Element) -> list[Element]:
    """The links below an element, itself included."""
    return [a for a in node.iter("a") if a.get("href")]


def with_class(tree: Element, *names: str) -> list[Element]:
    """The elements below `tree` that carry one of these classes."""
    wanted = frozenset(names)
    return [
        n
        for n in elements(tree)
        if n is not tree and not wanted.isdisjoint((n.get("class") or "").split())
    ]


def is_for_ears(node: Element) -> bool:
    """Whether an element is there for screen readers only."""
    return not _FOR_EARS.isdisjoint((node.get("class") or "").split())
