"""Shortens an article to a few whole sentences of plain text.

A newsletter shows the beginning of an article and links to the rest. What it shows ends where a
sentence ends, and holds nothing that only made sense on the site: no "Lire la suite", no sharing
buttons, no footnote marks, no feed footers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from newsletter.collect.markup import BLOCKS, Element, fragment, text_of, tidy
from newsletter.collect.sentences import sentences

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_SKIPPED = frozenset(
    {"script", "style", "template", "figure", "figcaption", "pre", "table", "nav", "form", "iframe"}
    | {"svg", "video", "audio", "select", "button", "noscript", "textarea", "hr", "head", "title"}
)
_SUPERSCRIPT = str.maketrans("0123456789+-()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ")
_NOTE = re.compile(r"[\[(]?\s*(?:\d{1,3}|[*†‡]{1,3}|note\s*\d{1,3})\s*[\])]?", re.I)
# The mark of a list, typed by hand. A dash is none: in French it begins what somebody says.
_BULLET = re.compile(r"^[*•·▪►‣∙]+[ \u00a0]+(?=\S)")
_EMPTY_BRACKETS = re.compile(r"[ \u00a0\u202f]*\[[ \u00a0\u202f]*\]")

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
# Such a link at the end of a paragraph: after a full stop, dots, or in brackets; what follows it is
# the title or an arrow, never a sentence with its own full stop.
_MORE_TAIL = re.compile(
    rf"(?:^|(?<=[.!?…»”\])\"])|(?<=\s[.]{{3}}))\s*[\[(<«]?\s*(?:{READ_MORE})(?![\w])"
    r"(?:[^.!?\n]{0,160}?)(?:\s*(?:\.\.\.|[…→»›>\])⟶➜]))*\s*$",
    re.I,
)
_MORE_LINK = re.compile(rf"[\[(<«…. ]*(?:{READ_MORE})(?!\w)(?!.*[^.]\.$)", re.I)
_MORE_IN_BRACKETS = re.compile(
    rf"\s*[\[(]\s*(?:{READ_MORE}|more|suite|plus)\s*(?:\.\.\.|…)?\s*[\])]\s*$", re.I
)
_FEED_FOOTER = re.compile(
    r"""(?:^|(?<=[.!?…»”\])]))\s*(?:
        (?:the|this)\s+(?:post|article|entry)\b.{0,300}?\bappeared\s+(?:first\s+)?(?:on|at)\b.*
      | (?:l[’']|cet\s+|the\s+)?article\b.{0,300}?\best\s+apparu\s+en\s+premier\s+sur\b.*
      | der\s+beitrag\b.{0,300}?\berschien\s+zuerst\s+auf\b.*
      | (?:la\s+entrada|el\s+artículo)\b.{0,300}?\b(?:apareció|se\s+publicó)\s+primero\s+en\b.*
      )$""",
    re.I | re.S | re.X,
)
_CUT_TAIL = re.compile(r"[ \u00a0\u202f]*(?:[\[(]\s*(?:…|\.\.\.|&hellip;)\s*[\])][ ]*)+$")
_DOTS_TAIL = re.compile(r"[ \u00a0\u202f]*(?:…|\.{3,})$")
_SHARE_WORDS = (
    r"partager(?:\s+(?:sur|cet?\s+article|avec))?|partagez(?:\s+\w+)?|tweeter|tweet|imprimer|envoyer"
    r"|j[’']aime(?:\s+ça)?|chargement|share(?:\s+(?:this|on|via))?|like(?:\s+this)?|print|email|e-mail"
    r"|loading|pin(?:\s+it)?|teilen|compartir|whatsapp|facebook|twitter|linkedin|mastodon|bluesky|x"
    r"|telegram|pinterest|reddit|pocket|copier\s+le\s+lien|copy\s+link|par|sur|on|with|à\s+un\s+ami"
    r"|\((?:opens\s+in\s+new\s+window|ouvre\s+dans\s+une\s+nouvelle\s+fenêtre)\)|cliquez\s+pour"
    r"|click\s+to|a\s+friend|article|this|post|cet"
)
# Possessive, since "share" and "share this" overlap and would otherwise be tried both ways.
_SHARE = re.compile(rf"(?:(?>{_SHARE_WORDS})(?:[\s:.…,/|·&+•\u00a0\u202f-]+|$))++", re.I)
_SHARE_START = re.compile(
    r"(?:partage|share|tweet|imprimer|print|j[’']aime|like|teilen|compartir|pin|cli|face|what|copy"
    r"|copier|email|e-mail|envoyer|twitter|linked|mast|blue|tele|reddit|pocket)",
    re.I,
)
_ENDS_WHOLE = re.compile(r"[.!?…。！？:][»›”’\"')\]\s\u00a0\u202f]*$")
_WIDE_RANGES = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WIDE = re.compile(f"[{_WIDE_RANGES}]")
_LONG_WORD = 40  # letters; what is longer counts for several words
_ENDLESS_WORD = re.compile(rf"([^\s{_WIDE_RANGES}]{{100}})[^\s{_WIDE_RANGES}]+")


@dataclass(frozen=True, slots=True)
class _Source:
    paragraphs: tuple[str, ...]
    was_cut: bool  # the site itself had shortened it


def excerpt(
    entry_html_summary: str,
    content_html: str,
    *,
    words: int = 60,
    paragraphs: int = 4,
    language: str | None = None,
) -> tuple[str, ...]:
    """The beginning of an article as paragraphs of plain text, of at most `words` words together.

    The site's own summary comes first, unless it is only the cut-off beginning of the content.
    Sentences stay whole; only a first sentence that is longer than `words` by itself is cut at a
    word, with "…". A `paragraphs` or `words` below 1 counts as 1. Empty for nothing to show.
    """
    summary, content = _read(entry_html_summary), _read(content_html)
    if summary.paragraphs and _DOTS_TAIL.search(summary.paragraphs[-1]):
        # Dots at the end of a summary are the site's scissors far more often than its style.
        summary = replace(summary, was_cut=True)
    chosen = _choose(summary, content)
    return _shorten(chosen, max(words, 1), max(paragraphs, 1), language)


def is_cut(entry_html_summary: str, content_html: str) -> bool:
    """Whether a site gave no text, or shortened the one that an excerpt would be made of.

    A content ends where its author stopped; a summary alone is cut where it ends in mid-sentence.
    """
    summary, content = _read(entry_html_summary), _read(content_html)
    chosen = _choose(summary, content)
    if not chosen.paragraphs or chosen.was_cut:
        return True
    last = chosen.paragraphs[-1]
    return chosen is summary and not _stands_whole(last)


def is_tail(text: str) -> bool:
    """Whether a paragraph is only what its site hung on: a way to the rest, a footer, sharing."""
    rest, _ = _without_tails(tidy(text))
    return not rest or _is_share(rest)


def _choose(summary: _Source, content: _Source) -> _Source:
    if not summary.paragraphs or not content.paragraphs:
        return summary if summary.paragraphs else content
    begins_content = _folded(content).startswith(_folded(summary)[:200])
    ends_whole = bool(_ENDS_WHOLE.search(summary.paragraphs[-1])) and not summary.was_cut
    if not ends_whole and (begins_content or summary.was_cut):
        return content
    # A summary that only repeats the beginning, without its paragraphs.
    return content if begins_content and len(summary.paragraphs) == 1 else summary


def _folded(source: _Source) -> str:
    return re.sub(r"\W+", "", " ".join(source.paragraphs)).casefold()


def _read(markup: str) -> _Source:
    kept: list[str] = []
    was_cut = False
    if not markup.strip():
        return _Source((), False)
    for paragraph in _paragraphs(fragment(markup)):
        text, cut = _without_tails(paragraph)
        was_cut = cut if text else was_cut or cut
        if text and not _is_share(text) and any(c.isalnum() for c in text):
            kept.append(text)
    return _Source(tuple(kept), was_cut)


def _is_share(text: str) -> bool:
    return bool(len(text) < 300 and _SHARE_START.match(text) and _SHARE.fullmatch(text))


def _without_tails(text: str) -> tuple[str, bool]:
    """The paragraph without what its site hung on to it, and whether the site had cut it."""
    cut = False
    while True:
        before = text
        text = tidy(_FEED_FOOTER.sub("", text))
        shorter = tidy(_MORE_TAIL.sub("", _MORE_IN_BRACKETS.sub("", text)))
        shorter = tidy(_CUT_TAIL.sub("", shorter))
        cut = cut or shorter != text
        text = shorter
        if text == before:
            break
    if _DOTS_TAIL.search(text) and cut:
        text = tidy(_DOTS_TAIL.sub("", text))
    return text, cut


# --- paragraphs -------------------------------------------------------------------------------


def _paragraphs(tree: Element) -> list[str]:
    """The paragraphs of a tree as lines; headings only if there is nothing else."""
    collector = _Collector()
    collector.visit(tree)
    collector.flush()
    return collector.texts or collector.headings


class _Collector:
    def __init__(self) -> None:
        self.texts: list[str] = []
        self.headings: list[str] = []
        self._line: list[str] = []
        self._in_heading = False

    def flush(self) -> None:
        text = tidy(_EMPTY_BRACKETS.sub("", tidy("".join(self._line))))
        text = _BULLET.sub("", text)
        self._line = []
        if text:
            (self.headings if self._in_heading else self.texts).append(text)

    def visit(self, node: Element) -> None:
        name = node.tag
        if not isinstance(name, str) or name in _SKIPPED:
            return
        if _is_note(node) or (name in BLOCKS and _is_footnote(node)):
            return
        if name == "a" and _is_read_more(node):
            self._line.append(" […]")
            return
        if name in ("sup", "sub"):
            text = "".join(node.itertext())
            raised = (
                text.translate(_SUPERSCRIPT) if name == "sup" and text.strip().isdigit() else text
            )
            self._line.append(raised)
            return
        if name == "br":
            following = node.getnext()
            # Two in a row are a paragraph in disguise.
            if following is not None and following.tag == "br" and not (node.tail or "").strip():
                self.flush()
            self._line.append(" ")
            return
        block = name in BLOCKS
        if block:
            self.flush()
        outer, self._in_heading = self._in_heading, self._in_heading or name in _HEADINGS
        self._line.append(node.text or "")
        for child in node:
            self.visit(child)
            self._line.append(child.tail or "")
        if block:
            self.flush()
        self._in_heading = outer


def _is_note(node: Element) -> bool:
    """Whether an element is the mark of a footnote: a small number that leads within the page."""
    if node.tag == "a":
        return "#" in (node.get("href") or "") and bool(
            _NOTE.fullmatch(tidy("".join(node.itertext())))
        )
    if node.tag == "sup":
        text = tidy("".join(node.itertext()))
        linked = any(a.tag == "a" for a in node.iter())
        return not text or (bool(_NOTE.fullmatch(text)) and (linked or not text.isdigit()))
    return "spip_note_ref" in (node.get("class") or "")


def _is_footnote(node: Element) -> bool:
    """Whether a block is the footnote itself: it begins with the link back to its mark."""
    first = next(iter(node), None)
    if first is None or (node.text or "").strip(" \u00a0\n[("):
        return False
    link = first if first.tag == "a" else next(iter(first), None)
    marks = first.tag in ("a", "sup", "span") and link is not None and link.tag == "a"
    return marks and _is_note(link) and bool(tidy(text_of(node)).strip("[]() 0123456789*"))


def _is_read_more(node: Element) -> bool:
    """Whether a link is the last of its paragraph and leads to the rest of the article."""
    follows = tidy(node.tail or "").strip("]…→»›) .")
    return not follows and node.getnext() is None and bool(_MORE_LINK.match(tidy(text_of(node))))


# --- shortening -------------------------------------------------------------------------------


def count_words(text: str) -> int:
    """Words as a reader counts them; a no-break space joins, two ideographs are a word.

    A word of 40 letters counts twice, of 80 three times.
    """
    return sum(_counts(word) for word in re.split(r"[ \t\n]+", text) if word)


def _counts(word: str) -> int:
    wide = len(_WIDE.findall(word))
    rest = _WIDE.sub("", word) if wide else word
    if wide and not any(c.isalnum() for c in rest):
        return (wide + 1) // 2
    return 1 + (wide + 1) // 2 + len(rest) // _LONG_WORD


def _shorten(source: _Source, words: int, most: int, language: str | None) -> tuple[str, ...]:
    kept: list[str] = []
    used = 0
    last = len(source.paragraphs) - 1
    for index, paragraph in enumerate(source.paragraphs[:most]):
        taken: list[str] = []
        # No more is looked at than could be shown: a page's worth of one line is somebody's joke.
        parts = sentences(_ENDLESS_WORD.sub(r"\1…", paragraph[: 4000 + 40 * words]))
        if source.was_cut and index == last and parts and not _stands_whole(parts[-1]):
            if kept or len(parts) > 1:
                parts.pop()  # the site stopped in its middle
            else:
                parts[0] = _close(parts[0])
        whole = True
        for sentence in parts:
            size = count_words(sentence)
            if used + size > words:
                if not kept and not taken:
                    taken.append(_cut(sentence, words))
                whole = False
                break
            taken.append(sentence)
            used += size
        if taken:
            joint = "" if language and language[:2] in ("ja", "zh") else " "
            kept.append(joint.join(taken))
        if not whole:
            break
    if len(kept) > 1 and kept[-1].endswith(":"):
        kept.pop()  # it announces what is not shown
    return tuple(kept)


def _stands_whole(sentence: str) -> bool:
    return bool(_ENDS_WHOLE.search(sentence)) and not _DOTS_TAIL.search(sentence)


def _cut(sentence: str, words: int) -> str:
    """The first words of a sentence with "…"; open quotation marks are closed."""
    pieces = re.split(r"(?<=\S)[ \t\n]+", sentence)[:words]
    if _WIDE.search(sentence):
        text = " ".join(pieces)
        text = text[: words * 2] if count_words(text) > words else text
        while len(text) > 1 and count_words(_close(text)) > words:
            text = text[:-1]
        return _close(text)
    while len(pieces) > 1 and count_words(_close(" ".join(pieces))) > words:
        pieces.pop()
    return _close(" ".join(pieces)[: words * _LONG_WORD - 5])  # less what closing it may add


def _close(text: str) -> str:
    text = re.sub(r"[\s\u00a0\u202f,;:.!?…–—«“(\[-]+$", "", text) + "…"
    if text.count("«") > text.count("»"):
        text += "\u00a0»"
    if text.count("“") > text.count("”"):
        text += "”"
    return text
