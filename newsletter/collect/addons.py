"""Knows what themes and plug-ins add to an article's text, by the names that they give it.

A feed carries it along: boxes for sharing and subscribing, tables of contents, other articles.
"""

from __future__ import annotations

import re
from itertools import islice
from urllib.parse import unquote

from newsletter.collect.clutter import is_aside, names_others
from newsletter.collect.markup import BLOCKS, Element, elements, text_of

_BOXES = re.compile(
    r"(?:^|\s)(?:sharedaddy|sd-sharing\S*|jp-relatedposts|addtoany_\S*|share-buttons?|social-share"
    r"|heateor\S*|feedflare|mc4wp-form\S*|yarpp\S*|ssba\S*|screen-reader-text|sr-only|visually-hidden"
    r"|subscription-widget\S*|install-substack-app-embed|embedded-post-wrap|digest-post-embed"
    # Not ez-toc-section, which a heading's words stand in.
    r"|wp-embedded-content|ez-toc-(?!section)\S*|lwptoc|toc_container|wp-block-rank-math-toc-block"
    r"|wp-block-yoast-seo-table-of-contents|wp-block-simpletoc-toc|pvc_stats|post-views)(?:\s|$)",
    re.I,
)
# Title, author and date of a node, which Drupal writes above the text; its own fields are boxes.
_FIELDS = re.compile(r"(?:^|\s)field--name-(?:title|uid|created)(?:\s|$)")
_BUTTON_OF_FILE = re.compile(r"(?:^|\s)wp-block-file__button(?:\s|$)")
_BUTTON = re.compile(r"(?:^|\s)button-wrapper(?:\s|$)")
# Where the site's own buttons lead; an author's own ("Sign up for the walk") are of the text.
_OF_SITE = re.compile(r"/subscribe(?:$|[/?])|/comments(?:$|[?#])|[?&]action=share\b")
_CONTENTS = re.compile(
    r"\W*(?:(?:au\s+)?sommaire|table\s+des\s+matières|dans\s+cet\s+article|(?:table\s+of\s+)?contents"
    r"|in\s+this\s+article|on\s+this\s+page|inhalt(?:sverzeichnis)?|[íi]ndice|inhoud|sumário)\W*",
    re.I,
)
# What is a paragraph in the end, unless it holds some.
_PARAGRAPH_NAMES = """
    p div address article aside center dd details dl dt fieldset footer form header main nav section
    summary
"""
_PARAGRAPHS = frozenset(_PARAGRAPH_NAMES.split())
_LABELS = frozenset({"p", "div", "strong", "h2", "h3", "h4", "h5", "h6"})
_LONGEST_LIST = 1_000  # nodes


def is_added(node: Element) -> bool:
    """Whether an element is a box that a theme or a plug-in added, by the name that it has."""
    named = f"{node.get('class') or ''} {node.get('id') or ''}"
    if _BOXES.search(named):
        return True
    if node.tag == "span":
        return bool(_FIELDS.search(named))
    if node.tag == "a":
        return bool(_BUTTON_OF_FILE.search(named)) and _has_twin(node)
    return bool(_BUTTON.search(named)) and all(
        _OF_SITE.search(a.get("href") or "") for a in node.iter("a")
    )


def seems_added(node: Element, base: str | None, places: frozenset[str]) -> tuple[Element, ...]:
    """What seems added by its words alone, as seen from one element: itself, a label above it.

    Somebody may have written so, so it may not be all of a text. In-page links are known by
    `base`, the text's own address, and lead to its `places`.
    """
    if node.tag in ("ul", "ol"):
        return _list_of_links(node, base, places)
    if node.tag not in _PARAGRAPHS:
        return ()
    blocks = any(child.tag in BLOCKS for child in elements(node) if child is not node)
    return (node,) if not blocks and is_aside(node) else ()


def places_of(tree: Element) -> frozenset[str]:
    """The names that in-page links may lead to."""
    return frozenset(
        name for node in elements(tree) for name in (node.get("id"), node.get("name")) if name
    )


def _has_twin(node: Element) -> bool:
    """Whether the file's name stands beside its button, which may go then."""
    return any(text_of(other) for other in node.getparent() if other is not node)


def _list_of_links(node: Element, base: str | None, places: frozenset[str]) -> tuple[Element, ...]:
    """A table of contents, or a list of other articles, with the label above it."""
    parts = list(islice(node.iter(), _LONGEST_LIST))
    links = [part for part in parts if part.tag == "a"]
    if len(parts) == _LONGEST_LIST or not links or not _is_all_links(node):
        return ()
    above = node.getprevious()
    if above is not None and (above.tag not in _LABELS or (above.tail or "").strip()):
        above = None
    label = "" if above is None else text_of(above)
    within = {"", (base or "").partition("#")[0]}
    targets = [(link.get("href") or "").strip().partition("#") for link in links]
    if all(place and page in within for page, _, place in targets):
        is_label = bool(_CONTENTS.fullmatch(label))
        leads = all(place in places or unquote(place) in places for _, _, place in targets)
        if not is_label and (len(links) == 1 or not leads):
            return ()
    elif names_others(label):
        is_label = True
    else:
        return ()
    return (node, above) if is_label else (node,)


def _is_all_links(node: Element) -> bool:
    """Whether all the words below an element are those of links."""
    if any(c.isalnum() for c in node.text or ""):
        return False
    return all(
        (child.tag == "a" or not isinstance(child.tag, str) or _is_all_links(child))
        and not any(c.isalnum() for c in child.tail or "")
        for child in node
    )
