"""Finds an article's own text on its page, among menus, teasers, comments and notices.

What is certainly none of it is cut away first. Then the places where sites keep the text are
looked at, from the most telling name down to the bare shape; the first that holds enough prose is
it. Nothing here knows what the text is for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from newsletter.collect.clutter import is_clutter, is_comments
from newsletter.collect.markup import Element, elements, text_of
from newsletter.collect.titles import alike

ENOUGH = 200  # characters of prose that are an article beyond doubt
_LEAST_RUN = 140  # characters that a run of paragraphs without any name must have
_LITTLE = 400  # characters
_MOST_WRAPS = 4  # boxes around one paragraph
_LEAST_PARAGRAPH = 25  # characters; less is a label or a line of a list
_NEVER_SHOWN = frozenset({"script", "style", "template"})
_FRAME = frozenset({"html", "head", "body", "main"})
_TEXT_CLASSES = """
    entry-content post-content wp-block-post-content td-post-content post-body post__content
    post__body post-text entry__content et_pb_post_content elementor-widget-theme-post-content
    article-content article-body article__body article__content article-text article__text
    article_content article_body articlebody article-corps corps-article texte-article corps
    story-body story__body content-body single-content single-post-content node__content
    field--name-body field-name-body com-content-article__body item-page gh-content body-text
    rich-text richtext prose blog-content blog-post-content td-post-text-content
    blog-item-content w-richtext available-content ob-sections news-text-wrap fl-post-content
    story-text c-article__body article-main__content fusion-post-content article__texte
"""
_TEXT_NAMES = frozenset(_TEXT_CLASSES.split())
_TEXT_NAME = re.compile(
    r"(?:[a-z]{1,4}-)?(?:article|post|story|entry|news|actu\w*)[\w-]*?(?:__|-|_)"
    r"(?:content|contenu|body|corps|text|texte)",
    re.I,
)
_SPIP = re.compile(r"(?:^|\s)(?:article-texte-\d+|articletexte|texte)(?:\s|$)", re.I)
_LEAD = re.compile(
    r"(?:^|\s)(?:crayon\s+article-chapo-\d+|chapo|chapeau|standfirst|lede|lead|article-lead|intro"
    r"|article-intro|gh-article-excerpt|article__intro|article__chapo|article-chapo|article__lead|article__standfirst"
    r"|article-chapeau|article__chapeau|entry-summary|post-excerpt|wp-block-post-excerpt__excerpt)(?:\s|$)",
    re.I,
)
_PICTURE = re.compile(
    r"(?:^|\s)(?:post-thumbnail|wp-post-image|wp-block-post-featured-image|featured-image|featured-media"
    r"|entry-thumb\w*|post-image|article-image|article__image|article__media|gh-article-image"
    r"|spip_logos?|et_post_meta_wrapper|td-post-featured-image)(?:\s|$)",
    re.I,
)
_CONTENT_IDS = frozenset({"content", "contenu", "main", "main-content", "maincontent", "article"})


@dataclass(frozen=True)
class MainText:
    """The elements that are an article's text, in order; before them, its lead and its picture."""

    parts: tuple[Element, ...] = ()
    lead: tuple[Element, ...] = ()
    pictures: tuple[Element, ...] = ()
    named: bool = False  # found where sites keep it, not by its shape alone


def find_main_text(tree: Element, title: str) -> MainText:
    """The text of the article called `title` on this page, which is cut down to it on the way."""
    headline = headline_of(tree, title)
    _prune(tree, headline)
    sizes = text_sizes(tree, links=False)
    ways: tuple[tuple[Callable[[Element], bool], bool], ...] = (
        (_is_e_content, True),
        (_is_article_body, True),
        (_is_spip_text, True),
        (_is_named_text, True),
        (_is_article, True),
        (_is_main, False),
    )
    finds: list[tuple[int, MainText]] = []
    for test, named in ways:
        parts = _best(tree, test, headline, sizes)
        if parts:
            size = sum(sizes[part] for part in parts)
            finds.append((size, MainText(tuple(parts), named=named)))
            if named and size >= ENOUGH:
                break
    run = _densest(sizes)
    if run is not None and not any(size >= ENOUGH and text.named for size, text in finds):
        # A whole <main> or <article> holds more than the run of paragraphs that is the text.
        finds = [find for find in finds if find[1].named]
        finds.append((sizes[run], MainText((run,))))
    if not finds:
        return MainText()
    most = max(size for size, _ in finds)
    text = next(text for size, text in finds if size >= ENOUGH or size * 2 >= most)
    return MainText(
        text.parts,
        tuple(_lead(tree, text.parts)),
        tuple(_pictures(tree, text.parts[0], headline)),
        text.named,
    )


def headline_of(tree: Element, title: str) -> Element | None:
    """The heading that is the article's title; without a title to go by, the first <h1>."""
    headings = [node for node in elements(tree) if node.tag in ("h1", "h2", "h3")]
    for level in ("h1", "h2", "h3"):
        for node in headings:
            if node.tag == level and title and alike(text_of(node), title):
                return node
    return next((node for node in headings if node.tag == "h1"), None)


# --- cutting away -----------------------------------------------------------------------------


def _prune(tree: Element, headline: Element | None) -> None:
    """Drop what is certainly no part of the article; never what holds its headline or its text.

    Nor, whatever its name, a box with most of the prose that is no comment.
    """
    sizes = text_sizes(tree, links=False)
    comments: set[Element] = set()
    prose = sizes[tree]
    for node, size in sizes.items():
        if node.getparent() in comments:
            comments.add(node)
        elif node.tag not in _FRAME and is_comments(node):
            comments.add(node)
            prose -= size
    kept = {
        node
        for node, size in sizes.items()
        if node.tag == "div" and size * 3 > prose * 2 and node not in comments
    }
    if headline is not None:
        kept.update((headline, *headline.iterancestors()))
    for node in elements(tree):
        if _is_text(node):
            kept.update((node, *node.iterancestors()))
    gone: set[Element] = set()
    for node in list(elements(tree)):
        if node.getparent() in gone:
            gone.add(node)
        elif node.tag in _NEVER_SHOWN or (
            node not in kept
            and node.tag not in _FRAME
            and is_clutter(node, small=sizes[node] < _LITTLE)
        ):
            gone.add(node)
            node.drop_tree()


def _is_text(node: Element) -> bool:
    return (
        _is_e_content(node) or _is_article_body(node) or _is_spip_text(node) or _is_named_text(node)
    )


# --- where sites keep it ----------------------------------------------------------------------


def _classes(node: Element) -> list[str]:
    return (node.get("class") or "").lower().split()


def _is_e_content(node: Element) -> bool:
    return "e-content" in _classes(node)


def _is_article_body(node: Element) -> bool:
    return "articlebody" in (node.get("itemprop") or "").lower().split()


def _is_spip_text(node: Element) -> bool:
    return node.tag in ("div", "section") and bool(_SPIP.search(node.get("class") or ""))


def _is_named_text(node: Element) -> bool:
    return node.tag in ("div", "section", "article", "main", "td") and (
        not _TEXT_NAMES.isdisjoint(_classes(node))
        or (node.get("id") or "").lower() in _TEXT_NAMES
        or any(_TEXT_NAME.fullmatch(name) for name in _classes(node))
    )


def _is_article(node: Element) -> bool:
    return bool(node.tag == "article")


def _is_main(node: Element) -> bool:
    return (
        node.tag == "main"
        or node.get("role") == "main"
        or (node.get("id") or "").lower() in _CONTENT_IDS
    )


def _best(
    tree: Element,
    test: Callable[[Element], bool],
    headline: Element | None,
    sizes: dict[Element, int],
) -> list[Element]:
    """The element that passes, of several the nearest to the headline that holds the most; with
    those beside it that pass too, as where advertisements part one text into several."""
    passing: list[Element] = []
    within: set[Element] = set()
    for node in elements(tree):
        parent = node.getparent()
        if parent in within:
            within.add(node)
        elif test(node) and sizes[node] > 0:
            within.add(node)
            passing.append(node)
    if not passing:
        return []
    around = list(headline.iterancestors()) if headline is not None else []
    distance = {node: place for place, node in enumerate(around)}

    def rank(node: Element) -> tuple[bool, int]:
        # The nearest ancestor of the headline that it shares; beyond <body> all are far.
        shared = next((distance[a] for a in (node, *node.iterancestors()) if a in distance), 999)
        far = bool(around) and around[min(shared, len(around) - 1)].tag in ("body", "html")
        return (not far, sizes[node])

    chosen = max(passing, key=rank)
    beside = [n for n in passing if n.getparent() is chosen.getparent() and not _is_article(n)]
    return beside if chosen in beside else [chosen]


# --- by shape ---------------------------------------------------------------------------------


def text_sizes(tree: Element, *, links: bool = True) -> dict[Element, int]:
    """Characters of text below each element, with or without those of links; one pass."""
    nodes = list(elements(tree))
    sizes = dict.fromkeys(nodes, 0)
    for node in reversed(nodes):
        if links or node.tag != "a":
            own = len((node.text or "").strip())
            sizes[node] += own + sum(len((child.tail or "").strip()) for child in node)
        else:
            sizes[node] = 0
        parent = node.getparent()
        if parent in sizes:
            sizes[parent] += sizes[node]
    return sizes


def _densest(sizes: dict[Element, int]) -> Element | None:
    """The element whose paragraphs, near below it, hold the most prose."""
    credit: dict[Element, float] = {}
    for node in sizes:
        if node.tag != "p" and not (node.tag == "div" and not _holds_blocks(node)):
            continue
        if sizes[node] < _LEAST_PARAGRAPH:
            continue
        # Text with line breaks alone is a run of paragraphs by itself.
        above = node if len(node.findall("br")) > 1 else _unwrapped(node, sizes).getparent()
        for share in (1, 2, 3):
            if above is None or above.tag in ("html", "table", "tbody"):
                break
            credit[above] = credit.get(above, 0) + sizes[node] / share
            above = above.getparent()
    best = max(credit, key=lambda node: credit[node], default=None)
    return best if best is not None and sizes[best] >= _LEAST_RUN else None


def _unwrapped(node: Element, sizes: dict[Element, int]) -> Element:
    """The outermost of the boxes that hold this paragraph and nothing else."""
    for _ in range(_MOST_WRAPS):
        above = node.getparent()
        if above.tag not in ("div", "section") or sizes.get(above) != sizes[node]:
            break
        node = above
    return node


def _holds_blocks(node: Element) -> bool:
    return any(
        child.tag in ("p", "div", "ul", "ol", "section", "table", "article") for child in node
    )


def _lead(tree: Element, parts: Iterable[Element]) -> list[Element]:
    """The leads that stand before the text, outside of it."""
    text = list(parts)
    inside = {node for part in text for node in elements(part)}
    around = {node for part in text for node in part.iterancestors()}
    for node in elements(tree):
        if node is text[0]:
            break
        if node in inside or node in around or node.tag in ("body", "main", "article"):
            continue
        if not _LEAD.search(node.get("class") or "") and node.get("itemprop") != "description":
            continue
        if len(text_of(node)) >= _LEAST_PARAGRAPH:
            return [node]
    return []


def _pictures(tree: Element, text: Element, headline: Element | None) -> Iterator[Element]:
    """The places before the text where themes show the picture of an article."""
    for node in elements(tree):
        if node is text:
            return
        if node is headline or _PICTURE.search(node.get("class") or ""):
            yield node
