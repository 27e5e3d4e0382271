"""Knows the pages that stand where an article should: walls, banners, and "not found" with 200."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from newsletter.collect.maintext import text_sizes
from newsletter.collect.markup import Element, elements, text_of
from newsletter.collect.titles import alike


class Barrier(enum.StrEnum):
    """Why a page's text is left alone."""

    PAYWALL = "only for subscribers"
    CONSENT = "shown after a choice of cookies"
    SCRIPT = "shown only by a browser"  # by JavaScript, or after a check for robots
    MISSING = "not there any more"  # said with status 200, or by leading to the front page
    OTHER = "another page than the article's"


_NOT_FOUND = re.compile(
    r"^\W*(?:(?:error|erreur|fehler)\s*404\b|404\b|(?:page|article|contenu|content|document|rubrique)"
    r"\s+(?:non\s+trouvée?|introuvable|inexistante?|indisponible|supprimée?|not\s+found|unavailable)\b"
    r"|(?:cette|la)\s+page\s+(?:(?:demandée\s+)?(?:est\s+introuvable|n[’']existe\s+(?:pas|plus)|a\s+été"
    r"\s+(?:supprimée|déplacée))|que\s+vous\s+(?:cherchez|recherchez|demandez))"
    r"|(?:cet|l[’'])\s*article\s+(?:n[’']existe\s+(?:pas|plus)|n[’']est\s+plus\s+disponible|a\s+été\s+supprimé)"
    r"|o+ps\b|not\s+found\b|nothing\s+found\b|(?:this|the|that)\s+page\s+(?:can[’']?t\s+be\s+found"
    r"|cannot\s+be\s+found|could\s+not\s+be\s+found|doesn[’']t\s+exist|does\s+not\s+exist|isn[’']t\s+available)"
    r"|page\s+not\s+found|sorry,\s+(?:this|that|the)\s+page|seite\s+nicht\s+gefunden"
    r"|p[áa]gina\s+no\s+encontrada|pagina\s+non\s+trovata|p[áa]gina\s+n[ãa]o\s+encontrada)",
    re.I,
)
_NOT_FOUND_CLASS = re.compile(
    r"(?:^|\s)(?:error-?404|page-?404|page_404|page404|not-found)(?:\s|$)"
)
_WALL_CLASS = re.compile(
    r"(?:^|[\s_-])(?:paywall\w*|subscribers?-only|subscription-(?:wall|required)|premium-(?:wall|lock|block)"
    r"|poool\w*|piano-\w+|pmpro_content_message|rcp_restricted|mepr-unauthorized\w*|reserve-aux-abonnes"
    r"|article-locked|locked-content|content-locked|regwall|registration-wall|mur-payant)(?=$|[\s_-])",
    re.I,
)
# A pool, a library and a choir have subscribers and members too: the notice must name the text.
_THE_TEXT = (
    r"(?:(?:la|une)\s+suite(?:\s+de\s+(?:cet\s+|l[’'])article|(?=\W*$|[.,!?:;]))|(?:cet|l[’'])\s*(?:article|intégralité)"
    r"|(?:ce|le|ces|les|nos|tous\s+(?:nos|les))\s+(?:articles?|contenus?)|(?:à|la|votre|ma)\s+(?:lire|lecture))"
)
_OTHERS = (
    r"(?!\s+(?:de\s+la|du|des|d[’']|de\s+l[’'])\s*+"
    r"(?!journal|site|quotidien|courrier|magazine|gazette))"
)
_WALL = re.compile(
    rf"(?:\b(?:article|contenu|suite|lecture)\b.{{0,40}}\b(?:réservée?s?|exclusif)\b.{{0,10}}\b(?:aux|nos|les)\s+(?:\w+\s+)?abonnée?s\b{_OTHERS}"
    r"|(?:^|[.!?:]\s*)(?:exclusi\w+\s+)?réservée?\s+(?:aux|à\s+nos)\s+abonnés"
    r"(?:\s+(?:numériques?|payants?|premium|web|du\s+(?:journal|site)))?\s*(?:[.!?:]|$)"
    r"|il\s+vous\s+reste\s+(?:[\d.,]+[\s\u00a0\u202f]*%|.{1,20}\s+(?:de\s+cet\s+article|de\s+l[’']article|du\s+texte)).{0,20}à\s+(?:lire|découvrir)"
    r"|(?:abonnez|connectez|inscrivez|identifiez)-vous\b(?!.{0,40}\b(?:lettre|newsletter|infolettre|bulletin)\b).{0,40}\bpour\b"
    rf".{{0,20}}\b(?:lire|accéder\s+à|continuer|poursuivre|découvrir)\s+{_THE_TEXT}"
    r"|abonnez-vous\s+pour\s+(?:lire|continuer)\s*[.!]?$"
    rf"|pour\s+(?:lire|accéder\s+à|continuer|poursuivre|découvrir)\s+{_THE_TEXT}.{{0,60}}\b(?:abonne|connecte|inscri|identifie)"
    r"|(?:subscribe|sign\s+in|log\s+in|register)\b.{0,40}\bto\s+(?:(?:continue|keep)\s+reading"
    r"|read\s+(?:the\s+(?:full\s+(?:article|story|post|text|piece)|rest)|this(?:\s+(?:article|story|post|piece))?\s*(?:[.!]|$)))"
    r"|(?:this\s+)?(?:article|story|post|content)\s+is\s+(?:only\s+)?(?:for|available\s+to|reserved\s+for)\s+(?:paying\s+|our\s+)?(?:subscribers|members)(?!\s+of\b)"
    r"|to\s+(?:continue|keep)\s+reading.{0,40}\b(?:subscribe|sign\s+in|log\s+in)"
    r"|(?:nur\s+für\s+abonnent|exklusiv\s+für\s+abonnent|jetzt\s+abonnieren\s+und\s+weiterlesen)"
    r"|(?:solo|exclusivo)\s+para\s+(?:los\s+)?(?:suscriptores|abonados)|riservat[oa]\s+agli\s+abbonati)",
    re.I | re.S,
)
_CONSENT = re.compile(
    r"(?:accept\w*|refus\w*|consent\w*|reject\w*|paramétr\w*|choi\w+|zustimm\w*|acept\w*|accett\w*)"
    r".{0,200}\b(?:cookies?|traceurs?|trackers?)\b"
    r"|\b(?:cookies?|traceurs?|trackers?)\b.{0,200}(?:accept|refus|consent|reject|zustimm|acept|accett)",
    re.I | re.S,
)
_SCRIPT = re.compile(
    r"(?:enable|activate|turn\s+on|requires?|needs?)\s+(?:the\s+use\s+of\s+)?java\s?script|java\s?script\s+(?:is|must\s+be|to\s+be)"
    r"\s+(?:required|disabled|enabled)|(?:activer|activez|nécessite|autoriser|autorisez)\b.{0,30}\bjava\s?script"
    r"|java\s?script\s+(?:est|doit\s+être)\s+(?:désactivé|requis|activé|nécessaire)"
    r"|java\s?script\s+(?:aktivieren|habilitar|activar)|(?:habilite|active|abilita|aktivieren\s+sie)\s+java\s?script",
    re.I | re.S,
)
_CHALLENGE = re.compile(
    r"^\W*(?:just\s+a\s+moment|un\s+instant|attention\s+required|checking\s+your\s+browser|access\s+denied"
    r"|accès\s+(?:refusé|interdit)|are\s+you\s+(?:a\s+)?(?:human|robot)|êtes-vous\s+un\s+(?:humain|robot)"
    r"|vérification\s+de\s+(?:votre\s+navigateur|sécurité)|verif(?:y|ying)\s+you(?:\s+are|r)|security\s+check"
    r"|pardon\s+our\s+interruption|ddos-guard|captcha)",
    re.I,
)
_FOR_A_PASSWORD = re.compile(rb"""<input\b[^<>]{0,500}?\btype\s*=\s*["']?password\b""", re.I)
_A_NOTICE = 600  # characters; what is longer is no notice but a text about one
_A_LINE = 300  # characters of a notice that has no name of its own
_NOTICE_TAGS = frozenset({"p", "div", "span", "section", "strong", "h2", "h3", "h4"})


def asks_for_password(body: bytes) -> bool:
    """Whether a page has a field for one: of a page without articles, that is what it is for."""
    return _FOR_A_PASSWORD.search(body) is not None


def heads_of(tree: Element) -> list[str]:
    """What the page calls itself: its title and its first headings."""
    heads = (node for node in elements(tree) if node.tag in ("title", "h1", "h2"))
    return [text_of(node) for node in islice(heads, 12)]


def is_not_found(tree: Element, heads: Sequence[str], title: str) -> bool:
    """Whether the page says that nothing is there, though its status said 200."""
    for node in elements(tree):
        if node.tag in ("body", "section", "article", "main") and _NOT_FOUND_CLASS.search(
            node.get("class") or ""
        ):
            return True
    if title and any(alike(head, title) for head in heads):
        return False  # an article may well be called «Page not found»
    return any(_NOT_FOUND.search(head) for head in heads[:3])


def barrier_without_text(heads: Sequence[str], words: str) -> Barrier | None:
    """What stands in the way on a page where no text was found; `words` are all of it."""
    if any(_CHALLENGE.search(head) for head in heads) or _SCRIPT.search(words[:20_000]):
        return Barrier.SCRIPT
    return Barrier.CONSENT if _CONSENT.search(words[:5_000]) else None


def has_wall(text: Sequence[Element]) -> bool:
    """Whether only subscribers may read on: a notice in the text, or close after it."""
    if not text:
        return False
    article = next((a for a in text[-1].iterancestors() if a.tag == "article"), None)
    after = [node for node in text[-1].itersiblings() if isinstance(node.tag, str)][:5]
    scope = [article] if article is not None else [*text, *after]
    return any(_is_wall(node) for top in scope for node in _notices(top))


def _notices(top: Element) -> Iterator[Element]:
    """The small blocks below an element; labels on links to other articles are none of them."""
    labels: set[Element] = set()
    for node, size in text_sizes(top).items():
        if node.tag in ("a", "li") or node.getparent() in labels:
            labels.add(node)
        elif 0 < size < _A_NOTICE and (node.tag in _NOTICE_TAGS or _is_named_wall(node)):
            yield node


def _is_named_wall(node: Element) -> bool:
    return bool(_WALL_CLASS.search(f"{node.get('class') or ''} {node.get('id') or ''}"))


def _is_wall(node: Element) -> bool:
    words = text_of(node)
    if _is_named_wall(node):
        return len(words) > 20
    return len(words) < _A_LINE and bool(_WALL.search(words))
