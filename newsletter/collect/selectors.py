"""CSS selectors that an editor gives with a page, where guessing what stands on it fails.

They are written as `article=.teaser; title=h2; excerpt=p`. Only `article`, the box of one article,
is needed; the others are looked for within it, and what is not given is guessed within it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

import cssselect
import lxml.etree

from newsletter.collect.bounds import MOST_FOUND
from newsletter.collect.listing import Teaser, found_in_box
from newsletter.collect.markup import Element, elements
from newsletter.collect.sheet import Sheet
from newsletter.errors import ParseError

PARTS = ("article", "title", "link", "excerpt", "date", "image", "author", "topic")
"""What a selector may find, in the order in which they are written."""

_LONGEST = 500  # characters of one selector
_PARTED = re.compile(
    r"""(?:[^;\n"'\[(]|"[^"]*"|'[^']*'|\[(?:[^\]"']|"[^"]*"|'[^']*')*\]|[\[("'])+"""
)
_BRACKETED = re.compile(r"\[[^\]]*\]")
_MOST_PAIRS = 2_000_000  # of siblings: 1,400 side by side, or any number in smaller groups
_EXAMPLE = "article=.teaser; title=h2; excerpt=p"


class _Translator(cssselect.HTMLTranslator):
    """CSS as XPath that libxml2 answers without looking at every pair of siblings for `+`."""

    def xpath_direct_adjacent_combinator(
        self, left: cssselect.xpath.XPathExpr, right: cssselect.xpath.XPathExpr
    ) -> cssselect.xpath.XPathExpr:
        return left.join("/following-sibling::*[1]/self::", right)


class InvalidSelectors(ParseError):
    """Selectors that cannot be used as they are written."""


def parse(text: str) -> dict[str, str]:
    """The selectors in a line such as "article=.teaser; title=h2", by what they find.

    They are parted by semicolons or lines. Raises InvalidSelectors, naming the part at fault.
    """
    found: dict[str, str] = {}
    for part in _PARTED.findall(text):
        if not part.strip():
            continue
        name, equals, selector = (piece.strip() for piece in part.partition("="))
        if not equals or not re.fullmatch(r"[A-Za-z]+", name):
            raise InvalidSelectors(
                f"selectors: {part.strip()!r} names no part of an article (write {_EXAMPLE!r})"
            )
        name = name.lower()
        if name in found:
            raise InvalidSelectors(
                f"selector '{name}' is given twice (write both in one, with a comma between)"
            )
        found[name] = selector
    return checked(found)


def checked(selectors: Mapping[str, str]) -> dict[str, str]:
    """The same selectors, in their order, each seen to be CSS. Raises InvalidSelectors."""
    for name, selector in selectors.items():
        if name not in PARTS:
            raise InvalidSelectors(f"selector '{name}': no such part (one of {', '.join(PARTS)})")
        _compiled(name, selector)
    if "article" not in selectors:
        raise InvalidSelectors(
            f"selectors: 'article' is missing, the box that holds one article (write {_EXAMPLE!r})"
        )
    return {name: selectors[name] for name in PARTS if name in selectors}


def written(selectors: Mapping[str, str]) -> str:
    """The line that `parse` reads them from."""
    return "; ".join(f"{name}={selectors[name]}" for name in PARTS if name in selectors)


def select(tree: Element, name: str, selector: str) -> list[Element]:
    """The elements below `tree`, itself included, that a selector finds, in the page's order.

    Raises InvalidSelectors for one that asks after all siblings (`~`) where so many stand side by
    side that libxml2, which looks at every pair of them, would take minutes.
    """
    path = _compiled(name, selector)
    asked = _BRACKETED.sub("", selector).count("~")
    if asked and asked * sum(len(node) ** 2 for node in elements(tree)) > _MOST_PAIRS:
        raise InvalidSelectors(
            f"selector '{name}': {selector!r} asks after siblings, and too many stand side by side "
            "on the page: name the one by a class, an attribute or its place, or write '+'"
        )
    return list(path(tree))


@functools.lru_cache(maxsize=256)
def _compiled(name: str, selector: str) -> lxml.etree.XPath:
    if not selector or len(selector) > _LONGEST:
        what = "is empty" if not selector else f"has more than {_LONGEST} characters"
        raise InvalidSelectors(f"selector '{name}' {what} (write it as in {_EXAMPLE!r})")
    try:
        path = lxml.etree.XPath(_Translator().css_to_xpath(selector))
        path(lxml.etree.Element("p"))  # an unknown namespace shows only when it is used
    except (cssselect.SelectorError, lxml.etree.XPathError, RecursionError) as error:
        raise InvalidSelectors(
            f"selector '{name}': {selector!r} is no CSS selector{_place(error)}: "
            f"write it as in a style sheet, such as {_EXAMPLE!r}"
        ) from error
    return path


def _place(error: Exception) -> str:
    """Where it ceases to be CSS, as far as the parser says so."""
    at = re.search(r" at (\d+)>?$", str(error))
    return f" (it cannot be understood from its character {int(at[1]) + 1} on)" if at else ""


def chosen(
    sheet: Sheet, selectors: Mapping[str, str]
) -> tuple[list[Teaser], dict[str, int], list[str]]:
    """The articles that the selectors find, how many elements each found, and what was odd.

    What has no selector, and what its selector does not find in a box, is guessed within that box.
    """
    boxes = select(sheet.tree, "article", selectors["article"])
    outer = frozenset(boxes)
    boxes = [box for box in boxes if outer.isdisjoint(box.iterancestors())]
    counts = {name: 0 for name in PARTS if name in selectors}
    counts["article"] = len(boxes)
    found: list[Teaser] = []
    looked_at = 0
    for box in boxes:
        looked_at += 1
        parts = {n: select(box, n, selectors[n]) for n in counts if n != "article"}
        for name, nodes in parts.items():
            counts[name] += len(nodes)
        item = found_in_box(sheet, box, parts)
        if item is not None:
            found.append(item)
        if len(found) == MOST_FOUND:
            break
    where = "on the page" if boxes else "on the page, so that the others were not tried"
    oddities = [
        f"selector '{name}' ({selectors[name]}) finds nothing {where}"
        for name, count in counts.items()
        if not count and (boxes or name == "article")
    ]
    if len(found) < looked_at:
        oddities.append(f"{looked_at - len(found)} of {looked_at} boxes hold no title")
    return found, counts, oddities
