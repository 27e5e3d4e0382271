"""Shortens an article to a few whole sentences of plain text.

A newsletter shows the beginning of an article and links to the rest. What it shows ends where a
sentence ends, and holds nothing that only made sense on the site: no "Lire la suite", no sharing
buttons, no footnote marks, no feed footers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from newsletter.collect.clutter import points_elsewhere
from newsletter.collect.debris import (
    ends_in_dots,
    is_about_page,
    is_note,
    is_share,
    is_shelves,
    without_hung_on,
    without_notes,
)
from newsletter.collect.lines import lines_of
from newsletter.collect.markup import fragment, tidy
from newsletter.collect.sentences import sentences
from newsletter.collect.unfinished import is_stopped, is_unfinished, stands_whole

_ADDRESS = re.compile(r"https?://\S+")
_LONGEST_BUTTON = 100  # characters

_WIDE_RANGES = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WIDE = re.compile(f"[{_WIDE_RANGES}]")
_LONG_WORD = 40  # letters; what is longer counts for several words
_ENDLESS = 20_000  # characters of a paragraph whose end no excerpt reaches
_ENDLESS_WORD = re.compile(rf"([^\s{_WIDE_RANGES}]{{100}})[^\s{_WIDE_RANGES}]+")


@dataclass(frozen=True, slots=True)
class _Source:
    paragraphs: tuple[str, ...]
    cuts: tuple[bool, ...]  # of each paragraph: the site had shortened it, and said so
    was_cut: bool  # likewise, of the whole


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
    summary, content = _read_both(entry_html_summary, content_html)
    if summary.paragraphs and ends_in_dots(summary.paragraphs[-1]):
        # Dots at the end of a summary are the site's scissors far more often than its style.
        summary = replace(summary, was_cut=True, cuts=(*summary.cuts[:-1], True))
    chosen = _choose(summary, content)
    shown = _mended(chosen, chosen is summary, max(paragraphs, 1), language)
    return _shorten(shown, max(words, 1), language)


def is_cut(entry_html_summary: str, content_html: str) -> bool:
    """Whether a site gave no text, or shortened the one that an excerpt would be made of.

    A content ends where its author stopped; a summary alone is cut where it ends in mid-sentence.
    """
    summary, content = _read_both(entry_html_summary, content_html)
    chosen = _choose(summary, content)
    if not chosen.paragraphs or chosen.was_cut or (chosen is summary and any(summary.cuts)):
        return True
    last = chosen.paragraphs[-1]
    return chosen is summary and not stands_whole(last)


def _choose(summary: _Source, content: _Source) -> _Source:
    if not summary.paragraphs or not content.paragraphs:
        return summary if summary.paragraphs else content
    begins_content = _folded(content).startswith(_folded(summary)[:200])
    ends_whole = is_stopped(summary.paragraphs[-1]) and not summary.was_cut
    if not ends_whole and (begins_content or summary.was_cut):
        return content
    # A summary that only repeats the beginning, without its paragraphs.
    return content if begins_content and len(summary.paragraphs) == 1 else summary


def _folded(source: _Source) -> str:
    return re.sub(r"\W+", "", " ".join(source.paragraphs)).casefold()


def _read_both(summary: str, content: str) -> tuple[_Source, _Source]:
    """Summary and content; with the lines that point elsewhere if there are no others."""
    both = _read(summary), _read(content)
    if any(source.paragraphs for source in both):
        return both
    return _read(summary, elsewhere=True), _read(content, elsewhere=True)


def _read(markup: str, *, elsewhere: bool = False) -> _Source:
    kept: list[str] = []
    cuts: list[bool] = []
    was_cut = False
    if not markup.strip():
        return _Source((), (), False)
    buttons: list[bool] = []  # of each line: all of it is a link
    addresses: list[int] = []  # lines of kept that are shown if there is nothing else
    announced = False
    for line in lines_of(fragment(markup)):
        text, cut = without_hung_on(line.text)
        was_cut = cut if text else was_cut or cut
        if not text or is_share(text) or not any(c.isalnum() for c in text):
            continue
        if not elsewhere and points_elsewhere(text, linked=line.linked):
            continue
        if kept and (is_note(text) or is_shelves(text)):
            continue
        is_button = line.is_link and len(text) <= _LONGEST_BUTTON and not is_stopped(text)
        if not _ADDRESS.fullmatch(text):
            announced = announced if is_button else not _ends_prose(text, cut)
        elif not announced:
            addresses.append(len(kept))
        kept.append(tidy(without_notes(text)))
        cuts.append(cut)
        buttons.append(is_button)
    if len(addresses) < len(kept):
        for index in reversed(addresses):
            del kept[index], cuts[index], buttons[index]
    # Below prose they are there to be clicked; elsewhere they may be headings, or a programme.
    end = len(kept)
    while end and buttons[end - 1]:
        end -= 1
    if 0 < end < len(kept) and _ends_prose(kept[end - 1], cuts[end - 1]):
        del kept[end:], cuts[end:]
        was_cut = was_cut or cuts[-1]
    while len(kept) > 1 and is_about_page(kept[0]):
        del kept[0], cuts[0]
    if cuts:
        cuts[-1] = was_cut
    return _Source(tuple(kept), tuple(cuts), was_cut)


def _ends_prose(text: str, cut: bool) -> bool:
    """Whether a line is prose that is over, or was cut, and no label of what follows."""
    return cut or (is_stopped(text) and not text.endswith(":"))


# --- what was cut -----------------------------------------------------------------------------


def _mended(source: _Source, is_summary: bool, most: int, language: str | None) -> list[str]:
    """The first paragraphs, without the sentences in whose middle the site stopped.

    One that is all of its paragraph ends with "…", unless whole ones stand before it and none
    comes after: then it goes.
    """
    kept: list[str] = []
    for index, paragraph in enumerate(source.paragraphs[:most]):
        if stands_whole(paragraph) or len(paragraph) > _ENDLESS:
            kept.append(paragraph)
            continue
        last = index == len(source.paragraphs) - 1
        parts = sentences(paragraph)
        sound = any(map(stands_whole, kept))
        if source.cuts[index] or is_unfinished(
            parts, last=last and is_summary, after_sentences=sound, language=language
        ):
            if len(parts) > 1:
                paragraph = paragraph[: paragraph.rindex(parts[-1])].rstrip()
            elif last and sound:
                continue
            else:
                paragraph = _close(paragraph)
        kept.append(paragraph)
    return kept


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


def _shorten(source: Iterable[str], words: int, language: str | None) -> tuple[str, ...]:
    kept: list[str] = []
    used = 0
    for paragraph in source:
        taken: list[str] = []
        # No more is looked at than could be shown: a page's worth of one line is somebody's joke.
        parts = sentences(_ENDLESS_WORD.sub(r"\1…", paragraph[: 4000 + 40 * words]))
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


def _cut(sentence: str, words: int) -> str:
    """The first words of a sentence with "…"; open quotation marks are closed."""
    pieces = re.split(r"(?<=[^ \t\n])[ \t\n]+", sentence)[:words]
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
