"""Articles by the shape of a page: h-entries, <article> elements, headings with paragraphs."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from newsletter.collect.dates import parse_date
from newsletter.collect.entry import Image, url_key
from newsletter.collect.excerpt import READ_MORE
from newsletter.collect.images import first_image
from newsletter.collect.markup import Element, absolute, elements, text_of, tidy

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_MOST_PARAGRAPHS = 4
_MORE = re.compile(rf"[\[(«…>\s]*(?:{READ_MORE})(?!\w)", re.I)
_MORE_AFTER_TITLE = re.compile(rf"^(.{{3,300}}?)[\s:–—|…-]*[\[(«]?(?:{READ_MORE})\W*$", re.I | re.S)
_MORE_CLASS = re.compile(r"\b(?:read-?more|more-link|lire-?la-?suite|suite)\b", re.I)
_TITLE_AFTER_MORE = re.compile(rf"^\W*(?:{READ_MORE})\s*(?:de\b|d[’']|:|about\b|of\b)?\W*", re.I)
_BULLET = re.compile(r"^(?:[*•·▪►‣]|[-–—](?=[ \u00a0]))[ \u00a0]*")
# Where no article of the page's own list stands.
_ELSEWHERE_TAGS = frozenset({"nav", "footer", "aside", "form", "script", "style", "template"})
_ELSEWHERE_ROLES = frozenset({"navigation", "contentinfo", "complementary", "search", "dialog"})
_ELSEWHERE_NAMES = """
    menu nav navbar navigation sidebar breadcrumb breadcrumbs ariane pagination comments
    comment-list footer site-footer site-header widget-area cookie-notice cookie-banner related
    related-posts
"""
_ELSEWHERE = frozenset(_ELSEWHERE_NAMES.split())
_FOR_EARS = frozenset(
    {"screen-reader-text", "sr-only", "visually-hidden", "visuallyhidden", "invisible"}
)
_META = re.compile(
    r"(?:^|[\s_-])(?:meta|date|published|byline|author|auteur|infos?|posted-on|tags?|categor\w*|cat-links"
    r"|rubrique|fil|comments?|share|partage)(?:$|[\s_-])",
    re.I,
)
_DATED = re.compile(
    r"(?:^|[\s_-])(?:date|published|posted-on|dt-published|entry-date|infos?|meta)(?:$|[\s_-])",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Found:
    """An article as a page lists it; `summary` is HTML of plain paragraphs, unsanitised."""

    url: str
    title: str
    summary: str = ""
    published: datetime | None = None
    image: Image | None = None
    author: str | None = None
    topics: tuple[str, ...] = ()
    language: str | None = None


def found_in_h_entries(tree: Element, base: str) -> list[Found]:
    """By microformats2: class h-entry (or its ancestor, hentry) with p-name and u-url."""
    found = []
    for node in _with_class(tree, "h-entry", "hentry"):
        names = _with_class(node, "p-name", "entry-title")
        links = _with_class(node, "u-url") or _links(names[0] if names else node)
        url = absolute(base, next((a.get("href") for a in links if a.get("href")), None))
        title = _title(names[0]) if names else ""
        if url is None or not title:
            continue
        summary = _with_class(node, "p-summary", "entry-summary", "e-content", "entry-content")
        authors = _with_class(node, "p-author")
        found.append(
            Found(
                url,
                title,
                _summary([summary[0]] if summary else [], names[0], title),
                _date([node]),
                first_image(node, base),
                text_of(authors[0]) or None if authors else None,
                tuple(text_of(n) for n in _with_class(node, "p-category")),
            )
        )
    return found


def found_in_articles(tree: Element, base: str) -> list[Found]:
    """By <article> elements, each with a heading or a link to read more."""
    found = []
    for node in tree.iter("article"):
        if any(parent.tag == "article" for parent in node.iterancestors()):
            continue
        headings = [n for n in elements(node) if n.tag in _HEADINGS]
        item = _found(headings[0] if headings else None, [node], base)
        if item is not None:
            found.append(item)
    return found


def found_in_blocks(tree: Element, base: str) -> list[Found]:
    """By headings and "read more" links, wherever they repeat."""
    headings = [n for n in elements(tree) if n.tag in _HEADINGS and not _is_elsewhere(n)]
    within = _counted((heading, heading.tag) for heading in headings)
    found = []
    used: set[Element] = set()
    for heading in headings:
        block = _block(heading, within)
        item = _found(heading, block, base)
        if item is not None:
            found.append(item)
            for part in block:
                used.update(elements(part))
    # A heading with a link and not a word is an article only where most of the list is so.
    if any(item.summary for item in found):
        wordy = [item for item in found if item.summary]
        found = found if len(wordy) * 2 < len(found) else wordy
    loose = [a for a in _links(tree) if a not in used and _is_more(a) and not _is_elsewhere(a)]
    sharing = _counted((link, "more") for link in loose)
    for link in loose:
        item = _found(None, [_around(link, sharing)], base)
        if item is not None:
            found.append(item)
    return found


def _counted(nodes: Iterable[tuple[Element, str]]) -> Counter[tuple[Element, str]]:
    """How many nodes of each kind stand below each element; one pass, however long the page."""
    below: Counter[tuple[Element, str]] = Counter()
    for node, kind in nodes:
        below.update((parent, kind) for parent in node.iterancestors())
    return below


def _block(heading: Element, within: Counter[tuple[Element, str]]) -> list[Element]:
    """The elements that belong to one heading: its box, or what follows up to the next one."""
    box = heading
    for parent in heading.iterancestors():
        if parent.tag in ("body", "html", "main") or within[parent, heading.tag] > 1:
            break
        box = parent
    if box is not heading and len(text_of(box)) > len(text_of(heading)):
        return [box]
    block = [box]
    rank = heading.tag
    for following in box.itersiblings():
        inner = [n for n in elements(following) if n.tag in _HEADINGS and n.tag <= rank]
        if not isinstance(following.tag, str) or inner or following.tag in _ELSEWHERE_TAGS:
            break
        block.append(following)
    return block


def _around(link: Element, sharing: Counter[tuple[Element, str]]) -> Element:
    """The largest element around a "read more" link that holds no other such link."""
    box = link
    for parent in link.iterancestors():
        if parent.tag in ("body", "html", "main") or sharing[parent, "more"] > 1:
            break
        box = parent
    return box


def _found(heading: Element | None, block: list[Element], base: str) -> Found | None:
    links = [a for part in block for a in _links(part)]
    more = [a for a in links if _is_more(a)]
    if len({url_key(absolute(base, a.get("href")) or "") for a in more}) > 1:
        return None  # several articles in one box: each will be found by its own heading
    named = _heading_links(heading) if heading is not None else []
    link = next(iter(named or more), None)
    if link is None:
        return None
    url = absolute(base, link.get("href"))
    title = _title(heading) if heading is not None else ""
    title = title or _title_of_more(link)
    if url is None or not title or (link.get("href") or "").startswith("#"):
        return None
    return Found(url, title, _summary(block, heading, title), _date(block), _image(block, base))


def _heading_links(heading: Element) -> list[Element]:
    inside = _links(heading)
    around = [a for a in heading.iterancestors("a") if a.get("href")]
    return inside or around


def _is_more(link: Element) -> bool:
    text = text_of(link)
    return bool(_MORE.match(text) or _MORE_AFTER_TITLE.match(text)) or bool(
        _MORE_CLASS.search(link.get("class") or "")
    )


def _title_of_more(link: Element) -> str:
    """The title on a "read more" link: before it, after it, or only for screen readers."""
    text = text_of(link)
    before = _MORE_AFTER_TITLE.match(text)
    after = tidy(_TITLE_AFTER_MORE.sub("", text).strip('«»“”"→›>…. '))
    spoken = [t for name in ("aria-label", "title") if (t := tidy(link.get(name) or ""))]
    for candidate in (before[1] if before else "", after if _MORE.match(text) else "", *spoken):
        title = _BULLET.sub("", tidy(candidate))
        if title and not _MORE.fullmatch(title):
            return tidy(_TITLE_AFTER_MORE.sub("", title)) if _MORE.match(title) else title
    return ""


def _title(heading: Element) -> str:
    """The words of a heading; those for screen readers alone only if there are no others."""
    spoken = frozenset(n for n in elements(heading) if _is_for_ears(n) and n is not heading)
    return _BULLET.sub("", text_of(heading, skip=spoken) or text_of(heading))


def _summary(block: list[Element], heading: Element | None, title: str) -> str:
    """One to four paragraphs of a block, without its title, its date and its links."""
    paragraphs: list[str] = []
    skip = _not_prose(block, heading)
    nodes = [n for part in block for n in elements(part) if n.tag in ("p", "li", "blockquote")]
    inner = [n for n in nodes if not any(c.tag in ("p", "li") for c in elements(n) if c is not n)]
    for node in inner or block:
        if node in skip or any(parent in skip for parent in node.iterancestors()):
            continue
        text = _BULLET.sub("", text_of(node, skip=skip))
        if len(text) > 1 and text != title and not _MORE.fullmatch(text) and text not in paragraphs:
            paragraphs.append(text)
    return "".join(
        f"<p>{html.escape(text, quote=False)}</p>" for text in paragraphs[:_MOST_PARAGRAPHS]
    )


def _not_prose(block: list[Element], heading: Element | None) -> frozenset[Element]:
    skip: set[Element] = set() if heading is None else {heading}
    for part in block:
        for node in elements(part):
            if (
                node.tag in ("time", "figure", "form", "button", "nav", *_HEADINGS)
                or _is_for_ears(node)
                or (node.tag == "a" and _is_more(node))
                or (
                    node is not part
                    and _META.search(node.get("class") or "")
                    and len(text_of(node)) < 200
                )
            ):
                skip.add(node)
    return frozenset(skip)


def _date(block: list[Element]) -> datetime | None:
    """What is written for machines goes before what is written for people."""
    nodes = [node for part in block for node in elements(part)]
    dated = [n for n in nodes if n.tag == "time" or _DATED.search(n.get("class") or "")]
    exact = [n.get("datetime") or (n.get("title") if n.tag == "abbr" else "") for n in dated]
    spoken = [words for n in dated if len(words := text_of(n)) < 200]
    for written in (*exact, *spoken):
        moment = parse_date(written) if written else None
        if moment is not None:
            return moment
    return None


def _image(block: list[Element], base: str) -> Image | None:
    return next((image for part in block if (image := first_image(part, base))), None)


def _links(node: Element) -> list[Element]:
    return [a for a in node.iter("a") if a.get("href")]


def _with_class(tree: Element, *names: str) -> list[Element]:
    wanted = frozenset(names)
    return [
        n
        for n in elements(tree)
        if n is not tree and not wanted.isdisjoint((n.get("class") or "").split())
    ]


def _is_for_ears(node: Element) -> bool:
    return not _FOR_EARS.isdisjoint((node.get("class") or "").split())


def _is_elsewhere(node: Element) -> bool:
    for parent in (node, *node.iterancestors()):
        if parent.tag in ("body", "html", "main"):
            return False
        if parent.tag in _ELSEWHERE_TAGS or parent.get("role") in _ELSEWHERE_ROLES:
            return True
        names = (parent.get("class") or "").lower().split()
        if not _ELSEWHERE.isdisjoint(names) or (parent.get("id") or "").lower() in _ELSEWHERE:
            return True
    return False
