"""How the files of other systems are told apart and read: one `Format` for each.

Reading a file goes in three steps. The header is compared with every format of `known.FORMATS`;
the one that recognises it says which field each column is, and what is not named becomes an
attribute; at last `Format.read` may turn what the row says into what we mean by it.

A row's values are texts by field; an empty cell is not among them:

- those of `columns.COLUMNS`: address, name, language, list, state, cadence, topics, digests,
  alerts, attributes, paused_until, source, requested_at, confirmed_at, unsubscribed_at, consent,
  suppression, tags, created_at, invited_at, evidence, suppression_source, suppression_note,
  suppressed_at;
- `first_name` and `last_name`, which become the name where there is none;
- `labels`: names of groups between commas, which become tags; kept as written in the attribute
  `labels`;
- `former`: the system's own name of the person (a UUID), by which their old links are known;
- `attribute.NAME`: one attribute each; a column that nobody names is one by itself;
- `-` (`columns.NOTHING`): not taken over; of several columns, too;
- `.NAME`: a cell that only `Format.read` looks at, and that is not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from subscribers.errors import SubscriberError
from subscribers.transfer.columns import NOTHING, bare

Values = dict[str, str]
"""What a row says, by field; see above."""


def as_it_is(values: Values) -> Values:
    """For a format whose cells mean what the field means."""
    return values


@dataclass(frozen=True, slots=True)
class Format:
    """The export file of one system.

    Headers are compared as `columns.bare` writes them: `Email Address` is `emailaddress`.
    """

    name: str  # as in `--from mailchimp`
    title: str  # as people know it: Mailchimp
    recognises: Callable[[frozenset[str]], bool]  # given the bare headers, empty ones left out
    fields: Mapping[str, str] = field(default_factory=dict)  # bare header -> field of a row
    read: Callable[[Values], Values] = as_it_is
    """Once for each row; raises SubscriberError (InvalidValue) for a row that means nothing.

    It gets a dict of its own and may change it. Times must leave it as ISO 8601 with a zone; a
    state, a suppression and the flags in our own words; attributes as texts.
    """

    read_under: Callable[[frozenset[str]], Callable[[Values], Values]] | None = None
    """Instead of `read`, where it depends on which (bare) columns the file has."""

    def reading(self, header: Sequence[str]) -> Callable[[Values], Values]:
        """What makes sense of the rows under this header."""
        if self.read_under is None:
            return self.read
        return self.read_under(frozenset(map(bare, header)))

    def columns(self, header: Sequence[str], guessed: Sequence[str | None]) -> list[str | None]:
        """The field of each column: as this format says, else as guessed from its name."""
        found: list[str | None] = []
        for cell, guess in zip(header, guessed, strict=True):
            column = self.fields.get(bare(cell), guess)
            found.append(column if column == NOTHING or column not in found else None)
        return found


def recognise(header: Sequence[str], formats: Iterable[Format]) -> Format | None:
    """The first format that knows this header; None: a file of nobody in particular."""
    bares = frozenset(map(bare, header)) - {""}
    return next((one for one in formats if one.recognises(bares)), None)


def named(name: str, formats: Sequence[Format]) -> Format:
    """The format of this name; raises SubscriberError, which names those that there are."""
    for one in formats:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in formats) or "none"
    raise SubscriberError(f"no such system: {name[:40]!r} (known by their files: {known})")
