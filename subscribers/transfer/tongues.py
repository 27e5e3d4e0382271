"""Languages as files name them: a tag, or the name in French, in English or in itself."""

from __future__ import annotations

import unicodedata
from functools import cache

from subscribers.errors import InvalidValue
from subscribers.values import clean_language

# Whose own names are known: what readers of a European paper write. In French and in English Babel
# knows all languages; to look them all up in themselves would take a second.
_OWN_NAMES = (
    "br ca co cs cy da de el en es et eu fi fr fy ga gd gl hr hu is it lb lt lv mt nb nl nn no oc "
    "pl pt rm ro ru sk sl sq sr sv tr uk ar he fa zh ja ko hi vi"
)


def language_of(text: str) -> str | None:
    """The tag that a cell means, such as `fr` for «Français»; None: empty, or nobody knows."""
    try:
        return clean_language(text)
    except InvalidValue:
        return _names().get(_plain(text))


@cache
def _names() -> dict[str, str]:
    """By plain name, the tag."""
    from babel import Locale  # a file of tags needs none of it

    found: dict[str, str] = {}
    for code in _OWN_NAMES.split():
        found.setdefault(_plain(Locale.parse(code).get_display_name(code) or ""), code)
    for shown in ("en", "fr"):
        for code, name in Locale.parse(shown).languages.items():
            try:
                tag = clean_language(code)
            except InvalidValue:
                continue
            if tag:
                found.setdefault(_plain(name), tag)
    return found


def _plain(name: str) -> str:
    """Without accents, capitals and blanks around it."""
    parts = unicodedata.normalize("NFKD", name.strip().casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))
