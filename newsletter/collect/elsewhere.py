"""Knows the parts of a page where no article of its own list stands: menus, margins, footers."""

from __future__ import annotations

import re

from newsletter.collect.markup import Element, elements

_TAGS = frozenset(
    {"nav", "footer", "aside", "form", "script", "style", "template", "dialog", "noscript", "head"}
)
_ROLES = frozenset(
    {"navigation", "contentinfo", "complementary", "search", "dialog", "banner", "menu", "alert"}
)
# Names of classes and ids, whole words of them.
_NAMES = """
    ad ads advert advertisement publicite
    author-box biography
    breadcrumb breadcrumbs ariane arbo hierarchie fil-ariane
    comments comment-list comment-respond commentaires respond recent-comments
    cookie-notice cookie-banner cookies consent gdpr
    colophon footer pied site-footer page-footer bottom-footer
    header masthead site-header page-header-main entete banner topbar
    login loginform modal popup newsletter-signup subscribe
    menu nav navbar navigation main-navigation site-navigation mega-menu off-canvas offcanvas
    pagination nav-links pager page-numbers posts-navigation
    related related-posts related-articles jp-relatedposts yarpp a-lire-aussi
    search-form skip-links
    sidebar aside widget-area colonne-droite right-column side
    share sharing sharedaddy socials social-links partage
    sites syndic tagcloud tag-cloud nuage toc
"""
_ELSEWHERE = frozenset(_NAMES.split())
# Those that may as well be of the list itself, on a page that shows nothing else.
_OF_LISTS = """
    agenda event events evenement evenements vevent h-event upcoming-events calendar calendrier
    archives forum newsletter pages search recherche social
    most-read popular popular-posts plus-lus trending
    secondary extra
"""
_PERHAPS_ELSEWHERE = _ELSEWHERE | frozenset(_OF_LISTS.split())
_LIKE = re.compile(
    r"widget_(?:recent|categ|arch|tag_cloud|calendar|meta|search|nav_menu|pages|links|text|rss|custom)\S*"
    r"|wp-block-(?:latest-comments|categories|archives|tag-cloud|navigation|search|calendar|page-list)\S*"
    r"|(?:left|right|primary|secondary|main|page|blog|post)-?sidebar|sidebar-(?:primary|secondary|left|right|\d+)"
    r"|footer-\S+|menu-\S+-container|formulaire_\S+|et_pb_widget_area\S*"
    r"|wp-block-template-part-footer|cookie-\S+|cmplz-\S+"
)
_OF_ARTICLES = frozenset({"article", "h1", "h2", "h3", "h4", "h5", "h6", "a", "p", "span", "time"})
_EVENTS = frozenset(
    {"event", "vevent", "h-event", "tribe_events", "type-tribe_events", "type-event"}
)
_LISTS = frozenset({"articles", "posts", "post-list", "actualites", "nouvelles", "news-list"})
_MAIN = frozenset({"content", "main", "contenu", "primary", "site-content", "main-content"})


def elsewhere_in(tree: Element, *, surely: bool = False) -> frozenset[Element]:
    """The elements of a page that stand in a part which lists no articles; one pass.

    Only where it `surely` lists none, if so asked: a part of the main part that is called
    "archives" or "agenda" stands beside the list of most pages, and is the list of a few.
    """
    found: set[Element] = set()
    lists: set[Element] = set()  # the elements that may be of a list, whatever they are called
    holders = _holders_of_the_list(tree)
    is_parted = surely and any(_is_main(node) for node in elements(tree))
    for node in elements(tree):
        above = node.getparent()
        if surely and (not is_parted or above in lists or _is_main(node)):
            lists.add(node)
        if node.tag in ("body", "html", "main"):
            continue
        if above in found or _begins_elsewhere(node, holders, may_list=node in lists):
            found.add(node)
    return frozenset(found)


def _begins_elsewhere(node: Element, holders: set[Element], *, may_list: bool) -> bool:
    if node.tag in _TAGS or node.get("role") in _ROLES:
        return True
    names = (node.get("class") or "").lower().split()
    if node.tag in _OF_ARTICLES:  # its names are those of a kind of article, not of a part
        return not may_list and not _EVENTS.isdisjoint(names)
    known = _ELSEWHERE if may_list else _PERHAPS_ELSEWHERE
    named = (node.get("id") or "").lower() in known or any(
        name in known
        or _LIKE.fullmatch(name)
        or (not may_list and name.startswith("tribe-events-"))
        for name in names
    )
    if not _LISTS.isdisjoint(names):  # SPIP writes "menu articles"
        return False
    return named and node not in holders


def _is_main(node: Element) -> bool:
    return node.tag == "main" or (node.tag == "div" and (node.get("id") or "").lower() in _MAIN)


def _holders_of_the_list(tree: Element) -> set[Element]:
    """What holds the main part after all: some layouts call the whole page "sidebar"."""
    found: set[Element] = set()
    for node in tree.iter("main", "div"):
        if _is_main(node):
            for above in node.iterancestors():
                if above in found:
                    break
                found.add(above)
    return found
