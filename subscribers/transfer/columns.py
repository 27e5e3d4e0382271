"""The columns we know, what others call them, and how a cell is made safe for spreadsheets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from subscribers.errors import SubscriberError
from subscribers.values import suggest_slug

Mapped = Mapping[str, str]
"""What an admin said of columns: a header -> a field, an attribute, or `NOTHING`."""
Columns = Callable[[Sequence[str], Sequence[str | None]], Sequence[str | None]]
"""What a system says of a header, beside what was guessed: `Format.columns`."""

NOTHING = "-"  # of a column that is not taken over
ATTRIBUTE = "attribute."  # before the name of one

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
    "tags",
    "created_at",
    "invited_at",
    "evidence",
    "suppression_source",
    "suppression_note",
    "suppressed_at",
)
"""What an export has, in this order; an import needs the first only."""

_FIRST = COLUMNS[: COLUMNS.index("tags")]
"""Those that every export of ours had, since the first."""
_GUESSED = tuple(name for name in _FIRST if name != "consent")
"""Those that a file of anybody's may have. By the other names others mean other things: `consent`
holds words here, and a yes or no there."""
FIELDS = (*COLUMNS, "first_name", "last_name", "labels")
"""What an admin may say that a column is, besides attributes."""

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
    "labels": ("label", "tag", "tags", "etiquette", "etiquettes", "libelles", "groups", "groupes"),
}
_KNOWN = {word: column for column, words in _NAMES.items() for word in words} | {
    column.replace("_", ""): column for column in _GUESSED
}
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run it (CWE-1236)
_MARKED = frozenset({*_DANGEROUS, "'"})


def is_own(header: Sequence[str]) -> bool:
    """Whether this is the header of an export of ours, of whatever age, in any order."""
    return set(_FIRST) <= set(header)


def map_columns(
    header: Sequence[str], mapped: Mapped, system: Columns | None = None
) -> list[str | None]:
    """The field of each column: as said, else as the system means it, else as guessed.

    What nobody knows becomes an attribute under its own name. Raises SubscriberError for a column
    or a field that there is not.
    """
    found = guess_columns(header)
    if system is not None:
        found = list(system(header, found))
    for name, field in mapped.items():
        place = _place(header, name)
        if field not in FIELDS and not field.startswith(ATTRIBUTE) and field != NOTHING:
            raise SubscriberError(
                f"--map {name}={field}: no such field: take {ATTRIBUTE}{field} for an attribute of "
                f"your own, {', '.join(FIELDS)}, or {NOTHING} for nothing"
            )
        found = [None if column == field else column for column in found]
        found[place] = field
    taken = {column for column in found if column is not None}
    for place, column in enumerate(found):
        if column is None:
            found[place] = _attribute(header[place], place, taken)
            taken.add(found[place] or "")
    return [None if column == NOTHING else column for column in found]


def _own_columns(header: Sequence[str]) -> list[str | None]:
    found: list[str | None] = []
    for cell in header:
        found.append(cell if cell in COLUMNS and cell not in found else None)
    return found


def _place(header: Sequence[str], name: str) -> int:
    for same in (str, bare):
        for place, cell in enumerate(header):
            if same(cell) == same(name) != "":
                return place
    raise SubscriberError(f"--map {name}: no such column (there are: {', '.join(header)})")


def _attribute(cell: str, place: int, taken: set[str]) -> str:
    name = suggest_slug(cell).replace("-", "_") or f"column_{place + 1}"
    while f"{ATTRIBUTE}{name}" in taken:
        name += "_"
    return f"{ATTRIBUTE}{name}"


def guess_columns(header: Sequence[str]) -> list[str | None]:
    """For each cell of a header the column it means, in French or English; None: not known.

    Each column is given once, to the first cell that names it. `first_name` and `last_name` are put
    together as the name by the reader.
    """
    if is_own(header):
        return _own_columns(header)
    found: list[str | None] = []
    for cell in header:
        column = _KNOWN.get(bare(cell))
        found.append(column if column not in found else None)
    if "first_name" in found and "last_name" not in found and "name" in found:
        found[found.index("name")] = "last_name"  # «Prénom» beside «Nom»
    return found


def defuse(cell: str) -> str:
    """The cell with an apostrophe before it, where a spreadsheet might take it for a formula."""
    return "'" + cell if cell[:1] in _MARKED else cell


def restore(cell: str) -> str:
    """The other way round, exactly."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _MARKED else cell


def bare(cell: str) -> str:
    """A header without accents, case and punctuation: `Adresse é-mail` is `adresseemail`."""
    bare = unicodedata.normalize("NFKD", cell).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]", "", bare)
