"""The columns we know, what others call them, and how a cell is made safe for spreadsheets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

COLUMNS = (
    "address",
    "name",
    "language",
    "list",
    "state",
    "cadence",
    "topics",
    "digests",
    "alerts",
    "attributes",
    "paused_until",
    "source",
    "requested_at",
    "confirmed_at",
    "unsubscribed_at",
    "consent",
    "suppression",
)
"""What an export has, in this order; an import needs the first only."""

_NAMES: dict[str, tuple[str, ...]] = {
    "address": (
        "email",
        "emailaddress",
        "mail",
        "mailaddress",
        "adresse",
        "adressemail",
        "adresseemail",
        "adresseelectronique",
        "adressedemessagerie",
        "adressedecourriel",
        "courriel",
        "courrielectronique",
        "mel",
        "subscriber",
        "subscriberemail",
    ),
    "name": (
        "fullname",
        "nom",
        "nomcomplet",
        "nomprenom",
        "nometprenom",
        "prenometnom",
        "displayname",
        "subscribername",
    ),
    "first_name": ("firstname", "givenname", "forename", "prenom", "fname"),
    "last_name": ("lastname", "surname", "familyname", "nomdefamille", "lname"),
    "language": ("lang", "langue", "locale", "langage"),
    "topics": ("topic", "sujets", "themes", "rubriques", "rubrique", "interests"),
}
_KNOWN = {word: column for column, words in _NAMES.items() for word in words} | {
    column.replace("_", ""): column for column in COLUMNS
}
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run it (CWE-1236)


def guess_columns(header: Sequence[str]) -> list[str | None]:
    """For each cell of a header the column it means, in French or English; None: not known.

    Each column is given once, to the first cell that names it. `first_name` and `last_name` are put
    together as the name by the reader.
    """
    found: list[str | None] = []
    for cell in header:
        column = _KNOWN.get(bare(cell))
        found.append(column if column not in found else None)
    if "first_name" in found and "last_name" not in found and "name" in found:
        found[found.index("name")] = "last_name"  # «Prénom» beside «Nom»
    return found


def defuse(cell: str) -> str:
    """The cell with an apostrophe before it, where a spreadsheet might take it for a formula."""
    return "'" + cell if cell.startswith((*_DANGEROUS, "'")) else cell


def restore(cell: str) -> str:
    """The other way round, exactly."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in (*_DANGEROUS, "'") else cell


def bare(cell: str) -> str:
    """A header without accents, case and punctuation: `Adresse é-mail` is `adresseemail`."""
    bare = unicodedata.normalize("NFKD", cell).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]", "", bare)
