"""Articles by the shape of a page: h-entries, <article> elements, headings with paragraphs.

Each way stops behind more articles than are read of a page (`bounds`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from newsletter.collect.blocks import (
    author_of,
    date_of,
    is_for_ears,
    is_small_print,
    lines_below,
    links_of,
    paragraphs_as_html,
    summary_of,
    topics_of,
    with_class,
)
from newsletter.collect.bounds import MOST_FOUND
from newsletter.collect.datelines import date_line
from newsletter.collect.datemarks import dates_on_page
from newsletter.collect.dates import parse_date
from newsletter.collect.entry import Image, url_key
from newsletter.collect.headline import title_of, title_of_link
from newsletter.collect.images import first_image
from newsletter.collect.markup import HEADINGS, Element, absolute, elements, text_of
from newsletter.collect.readmore import is_more
from newsletter.collect.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Teaser:
    """An article as a page lists it; `summary` is HTML of plain paragraphs, unsanitised."""

    url: str | None  # None: the page lists it without a link
    title: str
    summary: str = ""
    published: datetime | None = None
    image: Image | None = None
    author: str | None = None
    topics: tuple[str, ...] = ()
    language: str | None = None


def found_in_h_entries(sheet: Sheet) -> list[Teaser]:
    """By microformats2: class h-entry (or its ancestor, hentry) with p-name and u-url."""
    found: list[_Placed] = []
    for node in with_class(sheet.tree, "h-entry", "hentry"):
        if len(found) == MOST_FOUND:
            break
        if node in sheet.elsewhere or _is_within(node, "h-entry", "hentry"):
            continue
        names = with_class(node, "p-name", "entry-title") or _headings(sheet, node)
        links = [a for a in with_class(node, "u-url") if a.get("href")]
        item = _found(
            sheet,
            names[0] if names else None,
            [node],
            link=links[0] if links else None,
            unlinked=True,
        )
        if item is not None:
            found.append((item, names[0] if names else None, [node]))
    return _dated(sheet, found)


def found_in_articles(sheet: Sheet) -> list[Teaser]:
    """By <article> elements, each with a heading or a link to read more."""
    found: list[_Placed] = []
    for node in sheet.tree.iter("article"):
        if len(found) == MOST_FOUND:
            break
        if node in sheet.elsewhere or any(
            parent.tag == "article" for parent in node.iterancestors()
        ):
            continue
        headings = _headings(sheet, node)
        item = _found(sheet, headings[0] if headings else None, [node], unlinked=True)
        if item is not None:
            found.append((item, headings[0] if headings else None, [node]))
    return _dated(sheet, found)


def found_in_blocks(sheet: Sheet) -> list[Teaser]:
    """By headings and "read more" links, wherever they repeat."""
    headings = [n for n in elements(sheet.tree) if n.tag in HEADINGS and n not in sheet.elsewhere]
    # One in another is a slip; a hundred are a trap: each would have all that stands below.
    headings = [n for n in headings if next(n.iterancestors(*HEADINGS), None) is None]
    headings = [n for n in headings if sheet.standing_date(n) is None]
    within = _counted((heading, heading.tag) for heading in headings)
    found: list[_Placed] = []
    bare: list[_Placed] = []  # without a link
    used: set[Element] = set()
    for heading in headings:
        if len(found) + len(bare) == MOST_FOUND:
            break
        block = _block(sheet, heading, within)
        item = _found(sheet, heading, block, unlinked=True)
        if item is not None and (item.url or item.summary):
            (found if item.url else bare).append((item, heading, block))
            for part in block if item.url else ():
                used.update(elements(part))
    # A heading with a link and not a word is an article only where most of the list is so.
    wordy = [placed for placed in found if placed[0].summary]
    if wordy and len(wordy) * 2 >= len(found):
        found = wordy
    free = (a for a in links_of(sheet.tree) if a not in used and a not in sheet.elsewhere)
    loose = list(islice((a for a in free if _is_more(sheet, a)), MOST_FOUND))
    sharing = _counted((link, "more") for link in loose)
    for link in loose:
        box = _around(link, sharing)
        item = _found(sheet, None, [box])
        if item is not None:
            found.append((item, None, [box]))
    return _dated(sheet, found or bare)


def found_in_dated_links(sheet: Sheet) -> list[Teaser]:
    """By lists whose every line is a link and a date, as archives are written."""
    found: list[Teaser] = []
    for node in sheet.tree.iter("li", "tr", "p", "div"):
        if len(found) == MOST_FOUND:
            break
        if node in sheet.elsewhere or len(node) > 12 or _holds_boxes(node):
            continue
        line = sheet.line(node, 1000)
        link = _only_link(sheet, [node]) if line else None
        if link is None or len(sheet.text(link)) < 8:
            continue
        item = _found(sheet, None, [node], link=link)
        if item is None:
            continue
        moment = item.published or date_line(text_of(node, skip=frozenset({link})).strip(" :-–—»"))
        if moment is not None:
            found.append(replace(item, published=moment))
    return found


def found_in_box(sheet: Sheet, box: Element, parts: Mapping[str, list[Element]]) -> Teaser | None:
    """The article in one box; `parts` are the elements that are known to hold its parts."""
    headings = parts.get("title") or _headings(sheet, box)
    heading = headings[0] if headings else None
    links = [a for node in parts.get("link", []) for a in links_of(node)]
    item = _found(sheet, heading, [box], link=links[0] if links else None, unlinked=True)
    if item is None:
        link = next(iter(links or links_of(box)), None)
        item = _found(sheet, None, [box], link=link) if link is not None else None
    if item is None:
        return None
    texts = _texts(sheet, parts.get("excerpt", []), heading)
    date = date_of(sheet, parts["date"]) if parts.get("date") else None
    if date is None and parts.get("date"):
        date = next((d for n in parts["date"] if (d := parse_date(sheet.text(n)))), None)
    image = next((i for n in parts.get("image", []) if (i := first_image(n, sheet.base))), None)
    author = next((name for n in parts.get("author", []) if (name := sheet.text(n))), None)
    topics = tuple(name for n in parts.get("topic", []) if (name := sheet.text(n)))
    return replace(
        item,
        title=(title_of(sheet, heading) if heading is not None else "") or item.title,
        summary=paragraphs_as_html(texts) if texts else item.summary,
        published=date or item.published,
        image=image or item.image,
        author=author or item.author,
        topics=topics or item.topics,
    )


def _texts(sheet: Sheet, nodes: list[Element], heading: Element | None) -> list[str]:
    """The paragraphs in what an editor named as the text: without the title, links to the rest and
    lines about the article, which stand in paragraphs of many pages."""
    found: dict[str, None] = {}
    for node in nodes:
        skip = frozenset(
            n
            for n in elements(node)
            if n is heading
            or (n is not node and (is_for_ears(n) or (n.tag == "a" and _is_more(sheet, n))))
        )
        for line, _ in lines_below(sheet, node, skip=skip):
            if not is_small_print(line):
                found.setdefault(line)
    return list(found)


# An article, its heading, and the elements that it stands in.
_Placed = tuple[Teaser, Element | None, list[Element]]


def _dated(sheet: Sheet, placed: list[_Placed]) -> list[Teaser]:
    """The articles, each with its own date or that of the line above or under it."""
    base = sheet.base
    homes = {url_key(base), url_key(absolute(base, "/") or base)}  # the site's name is no article
    placed = [p for p in placed if p[0].url is None or url_key(p[0].url) not in homes]
    dates = dates_on_page(sheet, [(heading, block) for _, heading, block in placed])
    return [replace(p[0], published=date) for p, date in zip(placed, dates, strict=True)]


def _holds_boxes(node: Element) -> bool:
    if next(node.iterdescendants("li", "article"), None) is not None:
        return True
    return node.tag != "li" and any(child.tag in ("div", "p") for child in node)


def _is_within(node: Element, *names: str) -> bool:
    return any(
        not frozenset(names).isdisjoint((parent.get("class") or "").split())
        for parent in node.iterancestors("article", "div", "li", "section")
    )


def _headings(sheet: Sheet, node: Element) -> list[Element]:
    """The headings of a box, those with a link first: a label may stand above the title."""
    headings = [n for n in elements(node) if n.tag in HEADINGS and sheet.text(n)]
    linked = [n for n in headings if _heading_links(n)]
    return linked or headings


def _counted(nodes: Iterable[tuple[Element, str]]) -> Counter[tuple[Element, str]]:
    """How many nodes of each kind stand below each element; one pass, however long the page."""
    below: Counter[tuple[Element, str]] = Counter()
    for node, kind in nodes:
        below.update((parent, kind) for parent in node.iterancestors())
    return below


def _block(sheet: Sheet, heading: Element, within: Counter[tuple[Element, str]]) -> list[Element]:
    """The elements that belong to one heading: its box, or what follows up to the next one."""
    box = heading
    for parent in heading.iterancestors():
        if parent.tag in ("body", "html", "main") or within[parent, heading.tag] > 1:
            break
        box = parent
    if box is not heading and len(sheet.text(box)) > len(sheet.text(heading)):
        return [box]
    block = [box]
    rank = heading.tag
    for following in box.itersiblings():
        inner = any(n.tag <= rank for n in following.iter(*HEADINGS))
        if not isinstance(following.tag, str) or inner or following.tag in _ENDS_BLOCK:
            break
        block.append(following)
    return block


_ENDS_BLOCK = frozenset({"nav", "footer", "aside", "form"})


def _around(link: Element, sharing: Counter[tuple[Element, str]]) -> Element:
    """The largest element around a "read more" link that holds no other such link."""
    box = link
    for parent in link.iterancestors():
        if parent.tag in ("body", "html", "main") or sharing[parent, "more"] > 1:
            break
        box = parent
    return box


def _found(
    sheet: Sheet,
    heading: Element | None,
    block: list[Element],
    *,
    link: Element | None = None,
    unlinked: bool = False,
) -> Teaser | None:
    links = [a for part in block for a in links_of(part)]
    more = [a for a in links if _is_more(sheet, a)]
    if len({url_key(absolute(sheet.base, a.get("href")) or "") for a in more}) > 1:
        return None  # several articles in one box: each will be found by its own heading
    named = _heading_links(heading) if heading is not None else []
    if link is None:
        link = next(iter(named or more), None)
    if link is None and heading is not None:
        link = _only_link(sheet, block)
    href = (link.get("href") or "") if link is not None else ""
    url = None if href.startswith("#") else absolute(sheet.base, href)
    title = title_of(sheet, heading) if heading is not None else ""
    title = title or (title_of_link(sheet, link) if link is not None else "")
    if not title or (url is None and not unlinked):
        return None
    return Teaser(
        url,
        title,
        summary_of(
            sheet,
            block,
            heading if heading is not None else link,
            title,
            is_more=lambda a: _is_more(sheet, a),
        ),
        date_of(sheet, block, heading),
        next((image for part in block if (image := first_image(part, sheet.base))), None),
        author_of(sheet, block),
        topics_of(sheet, block),
    )


def _heading_links(heading: Element) -> list[Element]:
    inside = links_of(heading)
    around = [a for a in heading.iterancestors("a") if a.get("href")]
    return inside or around


def _only_link(sheet: Sheet, block: list[Element]) -> Element | None:
    """The link of a box whose links, those of its labels apart, all lead to one place."""
    plain = [a for part in block for a in links_of(part) if not _is_label(a)]
    targets = {url_key(target) for a in plain if (target := absolute(sheet.base, a.get("href")))}
    worded = [a for a in plain if sheet.text(a)]
    return next(iter(worded or plain)) if len(targets) == 1 else None


def _is_label(link: Element) -> bool:
    rels = (link.get("rel") or "").lower().split()
    return not {"tag", "category", "author"}.isdisjoint(rels)


def _is_more(sheet: Sheet, link: Element) -> bool:
    classes = (link.get("class") or "").lower().split()
    return is_more(sheet.line(link, 400) or "") or not _MORE_CLASSES.isdisjoint(classes)


_MORE_CLASSES = frozenset(
    {"read-more", "readmore", "more-link", "lire-la-suite", "lirelasuite", "lire-suite", "suite"}
)
