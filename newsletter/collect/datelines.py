"""Knows a line that says when an article came out, and which articles of a page it speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import zip_longest

from newsletter.collect.dates import parse_date

_LONGEST = 90  # characters
_AROUND = """
    publie publié publiée paru parue posté postée mis mise en ligne le la les du de à a par rédigé
    rédigée écrit ajouté ajoutée modifié mise à jour dernière
    posted published updated written on at the of by last
    veröffentlicht am um uhr den vom publicado publicada el del las pubblicato il alle ore
    geplaatst gepubliceerd op om publicat publicada em às
    lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu ven sam dim
    monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun
    montag dienstag mittwoch donnerstag freitag samstag sonntag mo di mi do fr sa so
    lunes martes miércoles jueves viernes sábado domingo
    lunedì martedì mercoledì giovedì venerdì sabato domenica
    maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
    dilluns dimarts dimecres dijous divendres dissabte diumenge
    segunda terça quarta quinta sexta feira
    er st nd rd th h am pm utc gmt z t min et and und
"""
_BEFORE = """
    au aux des dès pour depuis avant après jusqu vers sous sans avec chez nos ses vos leurs
    un une ce cet cette ces d l en dans entre sur notre votre son sa leur
    for since until till to from before after between in with our your their his her its this
    für seit ab bis vor nach zum zur im mit die der das den unsere ihre
    para desde hasta antes después a en con los sus nuestros
    per da dal dalla dall fino prima dopo gli i nostri suoi in
    voor sinds vanaf tot na de het onze até do dos das os nossos des fins els
"""  # words that want one more
_USUAL = frozenset(_AROUND.split())
_LEADS = _USUAL | frozenset(_BEFORE.split())
_PARTED = re.compile(r"\s[|·•—–]\s")
_BY = re.compile(r",?\s*\b(?:par|by|von|por|door)\s+[^\W\d].*$", re.I | re.S)
_WORDS = re.compile(r"[^\W\d_]+")
_YEAR = re.compile(r"(?:19|20)\d\d")


@lru_cache(maxsize=512)  # one page asks for each of its lines in several ways
def date_line(text: str) -> datetime | None:
    """When, in UTC, if the line holds a date with its year and the usual words only.

    Who wrote it, and what stands behind a bar or a dot, may be there, too. Not for headings and
    links: "Conseil municipal – 15 mars 2026" is the title of an article (`only_date`).
    """
    if len(text) > _LONGEST or not _YEAR.search(text):
        return None
    return next((moment for part in _PARTED.split(text) if (moment := only_date(part))), None)


@lru_cache(maxsize=512)
def only_date(text: str) -> datetime | None:
    """When, in UTC, if all of a line is a date with its year, the usual words and who wrote it."""
    if len(text) > _LONGEST:
        return None
    text = _BY.sub("", text)
    if not _YEAR.search(text):
        return None
    moment = parse_date(text)
    if moment is None:
        return None
    strange = [w for w in _WORDS.findall(text.casefold()) if w not in _USUAL]
    return moment if all(_is_month(word) for word in strange) else None


def leads_to_date(text: str) -> bool:
    """Whether a text ends in a word after which a date is a part of it: "le marché du"."""
    return (_WORDS.findall(text.casefold()) or [""])[-1] in _LEADS


def _is_month(word: str) -> bool:
    return 2 < len(word) < 11 and parse_date(f"1 {word} 2001") is not None


@dataclass(frozen=True, slots=True)
class Listed:
    """An article on a page, and the date that stands in it, below its title, if one does."""

    own: datetime | None = None


def dates_by_place(marks: Sequence[datetime | Listed]) -> list[datetime | None]:
    """The date of each article, in order, among the date lines that stand between articles.

    Lines that stand above date every article down to the next line; lines that stand at the end
    date the one article that they follow. An article's own date goes before both.
    """
    dates: list[datetime | None] = []
    open_marks = [mark for mark in marks if isinstance(mark, datetime) or mark.own is None]
    if _is_of_the_page(open_marks):
        return [mark.own for mark in marks if isinstance(mark, Listed)]
    if _stand_above(open_marks):
        latest: datetime | None = None
        for mark in marks:
            if isinstance(mark, datetime):
                latest = mark
            else:
                dates.append(mark.own or latest)
        return dates
    for mark, following in zip_longest(marks, marks[1:]):
        if isinstance(mark, Listed):
            dates.append(mark.own or (following if isinstance(following, datetime) else None))
    return dates


def _stand_above(marks: Sequence[datetime | Listed]) -> bool:
    """Whether date lines head what follows them; `marks` are without articles of their own date.

    The ends of the page tell: a line above the first article, none after the last. Where both have
    one, one of them is the page's own, and where neither has, an article lacks its date: there
    the lines are at the end if there are about as many of them as articles.
    """
    if not marks:
        return False
    lines, articles = _places(marks), sum(isinstance(mark, Listed) for mark in marks)
    begins, ends = isinstance(marks[0], datetime), isinstance(marks[-1], datetime)
    if begins and ends:
        return lines < articles
    return begins or (not ends and lines * 2 < articles)


def _is_of_the_page(marks: Sequence[datetime | Listed]) -> bool:
    """Whether the only lines stand under several articles: when the page was changed or printed."""
    articles = sum(isinstance(mark, Listed) for mark in marks)
    return articles > 1 and _places(marks) == 1 and isinstance(marks[-1], datetime)


def _places(marks: Sequence[datetime | Listed]) -> int:
    """In how many places date lines stand; several in a row are in one."""
    return sum(
        isinstance(mark, datetime) and not isinstance(before, datetime)
        for before, mark in zip([None, *marks], marks, strict=False)
    )
