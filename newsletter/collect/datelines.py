"""Knows a line that says when an article came out, and nothing else."""

from __future__ import annotations

import re
from datetime import datetime

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
_USUAL = frozenset(_AROUND.split())
_PARTED = re.compile(r"\s[|·•—–]\s")
_BY = re.compile(r",?\s*\b(?:par|by|von|por|door)\s+[^\W\d].*$", re.I | re.S)
_WORDS = re.compile(r"[^\W\d_]+")
_YEAR = re.compile(r"(?:19|20)\d\d")


def date_line(text: str) -> datetime | None:
    """When, in UTC, if the line holds a date with its year and the usual words only.

    Who wrote it, and what stands behind a bar or a dot, may follow.
    """
    if len(text) > _LONGEST or not _YEAR.search(text):
        return None
    return next((moment for part in _PARTED.split(text) if (moment := _only_date(part))), None)


def _only_date(text: str) -> datetime | None:
    text = _BY.sub("", text)
    if not _YEAR.search(text):
        return None
    moment = parse_date(text)
    if moment is None:
        return None
    strange = [w for w in _WORDS.findall(text.casefold()) if w not in _USUAL]
    return moment if all(_is_month(word) for word in strange) else None


def _is_month(word: str) -> bool:
    return 2 < len(word) < 11 and parse_date(f"1 {word} 2001") is not None
