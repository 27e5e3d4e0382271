"""Knows what stands around an article on its page, by the names that themes and plug-ins give."""

from __future__ import annotations

import re

from newsletter.collect.debris import is_share
from newsletter.collect.markup import Element, text_of

_GONE_TAGS = frozenset(
    {"nav", "aside", "footer", "form", "script", "style", "template", "noscript", "iframe"}
    | {"button", "dialog", "select", "svg", "object", "embed", "input", "textarea"}
)
_GONE_ROLES = frozenset(
    {"navigation", "contentinfo", "complementary", "search", "dialog", "alertdialog", "banner"}
)
# Parts of the names that themes and plug-ins give to what stands around an article. A whole word
# of a class or an id, as "post-navigation" has "navigation".
_CLUTTER = re.compile(
    r"(?:^|[\s_-])(?:share|sharing|shares|sharedaddy|addtoany|a2a|heateor|partage|partager|social"
    r"|socials|related|relatedposts|recommend(?:ed|ations?)?|similaires?|suggestions?|crp|yarpp|lire-aussi"
    r"|read-?also|see-also|comments?|commentaires?|respond|forum|disqus|nav|navbar|navigation|menu|menus"
    r"|breadcrumbs?|ariane|arbo|hierarchie|pagination|pager|page-links?|sidebar|widget-area|newsletter"
    r"|subscribe-(?:box|form|widget)|subscription-widget\S*|recent|latest|inread\w*|\w*readalso|mc4wp"
    r"|mailchimp|toc|sommaire|author-(?:bio|box|info)|about-author|post-tags|tagcloud"
    r"|tags-links|cat-links|entry-footer|post-footer|byline|entry-meta|post-meta|article-meta|info-publi"
    r"|posted-on|reading-time|printfriendly|pf-content-toolbar|cookies?|consent|gdpr|rgpd|tarteaucitron\w*"
    r"|didomi\w*|axeptio\w*|onetrust|cybot\w*|cmplz|cky|qc-cmp\w*|advert\w*|ads?|adsbygoogle|pub|publicite"
    r"|sponsor\w*|promo|popup|modal|overlay|notes|footnotes|spip_notes|skip-link|screen-reader-text"
    r"|sr-only|visually-hidden|visuallyhidden|traductions|repondre|hyperlien|wpulike|rating|notation)"
    r"(?=$|[\s_-])",
    re.I,
)
# Likewise, but only of what is short: longer, such a name stands for more than it says.
_SMALL_CLUTTER = re.compile(
    r"(?:^|[\s_-])(?:meta|metas|\w*metadata|tags?|auteurs?|authors?|dates?|published|publication|submitted"
    r"|timestamp|cta)(?=$|[\s_-])",
    re.I,
)
_COMMENTS = re.compile(
    r"comment|respond|forum|disqus|cookie|consent|gdpr|rgpd|tarteaucitron|didomi|axeptio|onetrust",
    re.I,
)
# What a theme says of a box, not what the box is; WordPress names an article's categories there.
_STATE = re.compile(r"(?:category|categorie|tag|has|no|with|is|hide|post|page)-", re.I)
_NAV = re.compile(r"(?:post|page)-(?:navigation|nav|links?|tags|meta|footer|share|related)", re.I)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_LABEL = re.compile(
    r"\W*(?:(?:la\s+)?suite\s+après\s+(?:la|cette)\s+pub(?:licité)?|publicités?|annonces?"
    r"|advertise?ments?|(?:story|article)\s+continues\s+(?:below|after)\s+(?:th[ei]s?\s+)?ad(?:vertise?ment)?"
    r"|anzeige|werbung|publicidad|pubblicità|publicidade|publicitat|advertentie"
    r"|continua\s+a\s+leggere\s+dopo\s+la\s+pubblicità)\W*",
    re.I,
)
_OTHERS = (
    r"(?:[àa]\s+)?(?:re)?lire\s+(?:aussi|également)|(?:à\s+)?voir\s+(?:aussi|également)"
    r"|sur\s+le\s+même\s+(?:sujet|thème)|articles?\s+(?:similaires?|liés?)"
    r"|read\s+(?:also|next)|see\s+also|related(?:\s+(?:articles?|posts?|stories))?|you\s+may\s+also\s+like"
    r"|lesen\s+sie\s+auch|siehe\s+auch|lea\s+también|ver\s+también|leggi\s+anche|vedi\s+anche|lees\s+ook"
    r"|leia\s+também|llegiu\s+també"
)
_SEE_ALSO = re.compile(
    rf"\W*(?:{_OTHERS})(?!\w)(?P<sign>[\s\u00a0\u202f]*[^\w\s«“\"(\[,.!])?", re.I
)
_SEE_ALSO_LABEL = re.compile(rf"\W*(?:{_OTHERS})\W*", re.I)
_LONGEST_ASIDE = 300  # characters


def is_clutter(node: Element, *, small: bool) -> bool:
    """Whether an element is no part of an article; `small`: so little that a vague name counts."""
    if node.tag in _GONE_TAGS or (node.get("role") or "").lower() in _GONE_ROLES:
        return True
    if node.get("hidden") is not None or _HIDDEN.search(node.get("style") or ""):
        return True
    if node.tag in ("p", "h1", "h2", "h3", "strong", "em", "span", "img", "figure", "a"):
        # A word of the text that looks like one of ours: only a name made for it counts.
        of_line = node.tag == "p" and small
        return any(
            _CLUTTER.fullmatch(name) or (of_line and _SMALL_CLUTTER.fullmatch(name))
            for name in (node.get("class") or "").lower().split()
        )
    return any(
        (_CLUTTER.search(name) or (small and _SMALL_CLUTTER.search(name)))
        and (not _STATE.match(name) or _NAV.match(name))
        for name in _names(node).split()
    )


def is_comments(node: Element) -> bool:
    """Whether a box has readers' comments, or a banner: it may be the longest of a page."""
    return bool(_COMMENTS.search(_names(node)))


def is_aside(node: Element) -> bool:
    """Whether a paragraph only points elsewhere, offers to share, or labels an advertisement."""
    text = text_of(node)
    if node.tag != "strong" and is_share(text):  # a name in bold is a word of its sentence
        return True
    if len(text) > _LONGEST_ASIDE:
        return False
    return points_elsewhere(text, linked=" ".join(map(text_of, node.iter("a"))))


def points_elsewhere(text: str, *, linked: str) -> bool:
    """Whether a line labels an advertisement or names another article, in words that are `linked`.

    "Voir aussi le plan." is a sentence of the text: it has neither a colon nor a missing full
    stop. Nor do other words than a link's say much of another article: a date, a place.
    """
    if len(text) > _LONGEST_ASIDE:
        return False
    if _LABEL.fullmatch(text):
        return True
    label = _SEE_ALSO.match(text)
    if label is None or not linked:
        return False
    of_links = _letters(_SEE_ALSO.sub("", linked, count=1) if _SEE_ALSO.match(linked) else linked)
    beside = _letters(text[label.end() :]) - of_links
    if label["sign"]:
        return 4 * beside <= of_links  # "and", between two
    return beside <= 0 and not text.endswith((".", "!"))


def _letters(text: str) -> int:
    return sum(c.isalnum() for c in text)


def names_others(text: str) -> bool:
    """Whether a line is what stands above a list of other articles."""
    return len(text) <= _LONGEST_ASIDE and bool(_SEE_ALSO_LABEL.fullmatch(text))


def _names(node: Element) -> str:
    return " ".join(node.get(name) or "" for name in ("class", "id", "data-hook"))
