"""Knows what a site hangs on to an article's text: ways to the rest, footers, sharing, notes."""

from __future__ import annotations

import re
from collections import deque

from newsletter.collect.markup import tidy

# What sites write on the link to the rest of an article.
READ_MORE = (
    r"(?:en\s+)?lire\s+(?:la\s+suite|plus|davantage|(?:tout\s+)?l[’']article(?:\s+(?:complet|entier))?"
    r"|le\s+(?:billet|sujet(?:\s+en\s+entier)?))"
    r"|(?:continuer|poursuivre)\s+(?:la\s+|votre\s+|ma\s+)?lecture|en\s+savoir\s+(?:plus|davantage|\+)"
    r"|(?:voir|afficher)\s+(?:la\s+suite|l[’']article)|(?:la\s+)?suite\s+de\s+l[’']article"
    r"|read\s+(?:more|on|full\s+topic|the\s+rest"
    r"|(?:the\s+)?full\s+(?:article|story|post))|continue\s+reading|keep\s+reading"
    r"|full\s+story|learn\s+more|\(more(?:…|\.\.\.)\)"
    r"|weiter\s?lesen|mehr\s+(?:lesen|erfahren|dazu)|(?:den\s+)?(?:ganzen\s+)?(?:artikel|beitrag)\s+lesen"
    r"|leer\s+(?:más|el\s+artículo)|(?:seguir|sigue|continuar|continúa)\s+leyendo"
    r"|leggi\s+(?:tutto|di\s+più|l[’']articolo|ancora)|continua\s+(?:a\s+leggere|la\s+lettura)|per\s+saperne\s+di\s+più"
    r"|(?:lees|verder|meer)\s+(?:meer|verder|lezen)|(?:ler|leia|saiba)\s+mais|continu(?:ar|e)\s+(?:a\s+ler|lendo)"
    r"|llegi(?:r|u|eix(?:-ne)?)\s+(?:més|l[’']article)|(?:continua|segueix|seguir)\s+llegint|legir\s+(?:mai|la\s+seguida)"
    r"|ler\s+máis|seguir\s+lendo|(?:irakurri\s+gehiago|gehiago\s+irakurri|irakurtzen\s+jarraitu)|lenn\s+muioc[’']h"
    r"|läs\s+(?:mer|vidare)|fortsätt\s+läsa|læs\s+(?:mere|videre)|les\s+(?:mer|videre)|lue\s+lisää|jatka\s+lukemista"
    r"|czytaj\s+(?:dalej|więcej)|číst\s+(?:dále|více)|citește\s+mai\s+(?:mult|departe)|legu\s+pli"
)
_HERE = (
    r"(?:cliquez|cliquer|clique|cliquez-vous|rendez-vous)\s+(?:ici|sur\s+(?:ce\s+lien|le\s+lien|la\s+photo))"
    r"|(?:click|tap)\s+(?:here|(?:on\s+)?th(?:e|is)\s+link)|hier\s+klicken|klicken\s+sie\s+hier"
    r"|(?:haga\s+)?clic\s+aquí|clicca\s+qui"
)
_THERE = (
    rf"(?:{_HERE}|ici|here|hier|aquí|aqui|sur\s+(?:notre|le)\s+site"
    r"|on\s+(?:our|the)\s+(?:web\s?)?site)"
)
# At the end of a text they are a way to the rest; beginning a line they may be much else.
_MORE_FACTS = (
    r"(?:plus|davantage)\s+d[’'](?:infos?|informations?)|toutes?\s+les\s+infos?"
    r"|more\s+(?:infos?|information|details)|(?:further|full)\s+details|mehr\s+infos?"
    r"|m[áa]s\s+info(?:rmación)?|maggiori\s+informazioni|més\s+informació|meer\s+info(?:rmatie)?"
)
_TO_MORE = rf"(?:(?:{_HERE})[\s:,]+)?(?:(?:pour|to|um|para|per)\s+)?"
_ARROWS = r"→⇒➔➜➡⟶▶►▸👉\ufe0f>"
# Such a link at the end of a paragraph: after a full stop, dots, an arrow, or in brackets; what
# follows it is the title, an address or an arrow, never a sentence with its own full stop.
_MORE_TAIL = re.compile(
    rf"(?:(?:^|(?<=[.!?…»”\])\"])|(?<=\s[.]{{3}}))\s*[{_ARROWS}\[(<«|–—-]{{0,6}}|\s(?:[{_ARROWS}]{{1,6}}|[—–|]\s))\s*(?:"
    rf"{_TO_MORE}(?:{READ_MORE})(?![\w])"
    rf"(?:[^.!?\n]{{0,160}}?)(?:\b{_THERE}\s*[.!]?|\s*:?\s*(?:https?://|www\.)\S+)?"
    rf"|(?:{_HERE})\s*[.!]?"
    rf"|{_TO_MORE}(?:{_MORE_FACTS})(?:\s*:?\s*(?:https?://|www\.)\S+|[\s,:]*\b{_THERE}\s*[.!]?)?"
    rf"|(?:retrouvez|lisez|découvrez|find|see)\s+(?:la\s+suite|(?:tout\s+)?l[’']article|the\s+(?:rest|full\s+story))"
    rf"[^.!?\n]{{0,60}}?\s{_THERE}[^.!?\n]{{0,40}}[.!]?"
    r")(?:\s*(?:\.\.\.|[…→»›>\])⟶➜]))*\s*$",
    re.I,
)
_MORE_IN_BRACKETS = re.compile(
    rf"\s*[\[(]\s*(?:{READ_MORE}|more|suite|plus)\s*(?:\.\.\.|…)?\s*[\])]\s*$", re.I
)
# As the SEO plug-ins of WordPress write them, in each language that they are translated into.
_FEED_FOOTER = re.compile(
    r"""(?:^|(?<=[.!?…»”\])]))\s*(?:
        (?:the|this)\s+(?:post|article|entry)\b.{0,300}?\bappeared\s+(?:first\s+)?(?:on|at)\b.*
      | (?:l[’']|cet\s+|the\s+)?article\b.{0,300}?
        \b(?:est\s+apparu|a\s+été\s+publié)\s+en\s+premier\s+sur\b.*
      | der\s+beitrag\b.{0,300}?\berschien\s+zuerst\s+auf\b.*
      | (?:la\s+entrada|el\s+artículo)\b.{0,300}?
        \b(?:apareció|aparece|se\s+publicó)\s+primero\s+en\b.*
      | (?:
            l[’']articolo\b.{0,300}?\b(?:proviene\s+da|sembra\s+essere\s+il\s+primo\s+su)
          | het\s+bericht\b.{0,300}?\bverscheen\s+eerst\s+op
          | (?:[oa]\s+)?(?:post|artigo|conteúdo|entrada)\b.{0,300}?
            \bapare(?:ceu|ce)\s+primeiro\s+e[mn]
          | l[’']entrada\b.{0,300}?\bha\s+aparegut\s+primer\s+a
          | artykuł\b.{0,300}?\bpochodzi\s+z\s+serwisu
          | inlägget\b.{0,300}?\bdök\s+först\s+upp\s+på
          | ind?l[æe]gget\b.{0,300}?\b(?:blev\s+først\s+udgivet|dukket\s+først\s+opp)\s+på
          | articolul\b.{0,300}?\bapare\s+prima\s+dată\s+(?:în|pe)
          | cet\s+article\s+provient\s+(?:du\s+(?:site|blog)|de\s+\S+\.\w{2,})
          # WordPress's own themes.
          | ce\s+contenu\s+a\s+été\s+publié\s+dans\b.{0,300}?\bmettez-le\s+en\s+favori\s+avec
        )\b(?:(?![.!?]\s).){0,150}
      )$""",
    re.I | re.S | re.X,
)
# What stands above a text and speaks of the page: when it was written, how long reading it takes.
_ABOUT_PAGE = re.compile(
    r"(?:publié|posté|mis\s+(?:en\s+ligne|à\s+jour)|modifié|posted|published|updated)\b[^.!?]{0,80}\d[^.!?]{0,40}"
    r"|(?:temps\s+de\s+lecture|lecture|reading\s+time)\s*:?\s*(?:environ\s+)?\d+\s*min\w*\.?"
    r"|\d+\s*min(?:ute)?s?\s+(?:de\s+lecture|read)"
    r"|(?:crédits?\s+)?(?:photos?|illustrations?|image|crédits?)\s*(?:[:©]|par\b|by\b)[^.!?]{0,20}\.?[^.!?]{0,40}"
    r"|©[^.!?]{0,60}",
    re.I,
)
_NAME = r"[A-ZÀ-ÖØ-Þ](?:[\w’'-]+|\.)"
_BYLINE = re.compile(
    rf"(?:Par|By|Von|Por|Di)(?:(?:\s+|,\s*)(?:(?:et|and|und|y|e|de|du|la|le|von|van)\s+|d[’'])?{_NAME}){{2,6}}"
)
# Marks of notes as they are typed, or left of their links: "mot [1]", "phrase.(2)", "mot ¹".
_TYPED_NOTE = re.compile(
    r"(?<=[\w.,;:!?…»”’\")])[ \u00a0\u202f]?\[[ ]?(?:\d{1,3}|notes?[ \u00a0]\d{1,3})[ ]?\]"
    r"|(?<=[^\W\d_.]|[.!?…»”])\(\d{1,2}\)(?=[\s.,;:!?…»”]|$)"
    r"|(?:(?<=[^\W\d_]{4})|(?<=[.,;:!?…»”]))[ \u00a0\u202f]?[⁰¹²³⁴-⁹]{1,2}(?=[\s.,;:!?…»”)]|$)"
)
_LONGEST_END = 3_000  # characters of a paragraph, its last, in which something may hang on to it
_STAR = re.compile(r"(?<=[^\W\d_])\*(?=[\s.,;:!?…»”)]|$)")
_NOTE_ITSELF = re.compile(r"\[(?:\d{1,3}|notes?[ \u00a0]\d{1,3})\]|[¹²³⁴-⁹]")
_CUT_MARKS = re.compile(r"[ \u00a0\u202f]*(?:[\[(]\s*(?:…|\.\.\.|&hellip;)\s*[\])][ ]*)++")
_DOTS_TAIL = re.compile(r"[ \u00a0\u202f]*(?:…|(?<!\.)\.{3,})$")
# Lines below a text that name its shelves: "Tags : fête, village".
_SHELVES = re.compile(
    r"(?:tags?|mots[- ]cl[ée]s?|étiquettes?|étiqueté|catégories|classé\s+(?:dans|sous)"
    r"|keywords?|categories|filed\s+under|tagged|posted\s+in|schlagwörter|etiquetas)\s*:[^.!?]{0,160}",
    re.I,
)
_SHARE_WORDS = (
    r"partager(?:\s+(?:sur|cet?\s+article|avec))?|partagez(?:\s+\w+)?|tweeter|tweet|imprimer|envoyer"
    r"|j[’']aime(?:\s+ça)?|chargement|share(?:\s+(?:this|on|via))?|like(?:\s+this)?|print|email|e-mail"
    r"|loading|pin(?:\s+it)?|teilen|compartir|whatsapp|facebook|twitter|linkedin|mastodon|bluesky|x"
    r"|telegram|pinterest|reddit|pocket|copier\s+le\s+lien|copy\s+link|par|sur|on|with|à\s+un\s+ami"
    r"|\((?:opens\s+in\s+new\s+window|ouvre\s+dans\s+une\s+nouvelle\s+fenêtre)\)|cliquez\s+pour"
    r"|click\s+to|a\s+friend|article|this|post|cet|cette|ce|page|contenu|le|la|l[’']article|un|ou|et|or|and|the"
    r"|instagram|threads|signal|messenger|tumblr|viber|sms|courriel|mail|lien|link|via|by|de|vos?|amis"
    r"|réseaux\s+sociaux|social\s+media|messages?"
)
# Possessive, since "share" and "share this" overlap and would otherwise be tried both ways.
_SHARE = re.compile(rf"(?:(?>(?:{_SHARE_WORDS})(?!\w))(?:[\s:.…,/|·&+•\u00a0\u202f-]+|$))++", re.I)
_SHARE_START = re.compile(
    r"(?:partage|share|tweet|imprimer|print|j[’']aime|like|teilen|compartir|pin|cli|face|what|copy"
    r"|copier|email|e-mail|envoyer|twitter|linked|mast|blue|tele|reddit|pocket)",
    re.I,
)


def is_share(text: str) -> bool:
    """Whether a paragraph is the labels of buttons for sharing."""
    return bool(len(text) < 300 and _SHARE_START.match(text) and _SHARE.fullmatch(text))


def is_shelves(text: str) -> bool:
    """Whether a line below a text only names its categories or its tags."""
    return len(text) < 200 and bool(_SHELVES.fullmatch(text))


def is_about_page(text: str) -> bool:
    """Whether a line above a text only says when it was published, by whom, or whose picture."""
    return len(text) < 140 and bool(_ABOUT_PAGE.fullmatch(text) or _BYLINE.fullmatch(text))


def is_tail(text: str) -> bool:
    """Whether a paragraph is only what its site hung on: a way to the rest, a footer, sharing."""
    rest, _ = without_hung_on(tidy(text))
    return not rest or is_share(rest) or is_shelves(rest)


def is_note(text: str) -> bool:
    """Whether a paragraph begins with the mark of a note, and so is one."""
    return bool(_NOTE_ITSELF.match(text))


def without_notes(text: str) -> str:
    """A paragraph without the marks of its notes. "(1887)", "m²" and "10³" are none, nor is "(1)"
    after a blank, which counts something as often."""
    text = _TYPED_NOTE.sub("", text)
    return _STAR.sub("", text) if text.count("*") == 1 else text


def ends_in_dots(text: str) -> bool:
    """Whether a text ends in an ellipsis, typed or printed."""
    return bool(_DOTS_TAIL.search(text))


def _without_cut_marks(text: str) -> str:
    """The text without "(…)" and the like at its end; each run of them is looked at once."""
    last = deque(_CUT_MARKS.finditer(text), maxlen=1)
    return text[: last[0].start()] if last and last[0].end() == len(text) else text


def without_hung_on(text: str) -> tuple[str, bool]:
    """The paragraph without what its site hung on to it, and whether the site had cut it."""
    begin = max(len(text) - _LONGEST_END, 0)
    while text[begin : begin + 1].isspace():
        begin += 1
    rest, text = text[:begin], text[begin:]
    still_open = rest.count("«") - rest.count("»")
    cut = False
    while True:
        before = text
        text = tidy(_FEED_FOOTER.sub("", text))
        shorter = tidy(_MORE_TAIL.sub("", _MORE_IN_BRACKETS.sub("", text)))
        shorter = tidy(_without_cut_marks(shorter))
        closed = shorter.count("»") - shorter.count("«") > still_open
        if shorter != text and shorter.endswith("»") and closed:
            shorter = tidy(shorter[:-1])  # it was an arrow
        cut = cut or shorter != text
        text = shorter
        if text == before:
            break
    if _DOTS_TAIL.search(text) and cut:
        text = tidy(_DOTS_TAIL.sub("", text))
    return tidy(rest + text) if rest else text, cut
