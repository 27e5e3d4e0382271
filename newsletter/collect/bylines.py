"""Knows who signs an article: neither its site, nor a name that programs give to everybody."""

from __future__ import annotations

import re
from collections.abc import Iterable

from newsletter.collect.markup import tidy
from newsletter.collect.titles import folded

# An address, or what a program calls whoever installed it (Joomla says "Super User", Blogger
# "Unknown").
_NO_NAME = re.compile(
    r"://|@|^(?:admin\w*|root|web(?:master|mestre)\w*|author|auteur|user|utilisateur|editor"
    r"|anonym(?:ous|e)|super (?:user|utilisateur)|unknown|inconnu)$",
    re.I,
)
_MAIL_ADDRESS = re.compile(r"(?:mailto:)?[^\s@<>()\"]{1,100}@[^\s@<>()\"]{1,255}")
_LONGEST_SAID = 1000  # characters in which names are looked for
_LONGEST = 200


def byline(said: Iterable[str], sites: Iterable[str] = ()) -> str | None:
    """Who signs, of the names said, each perhaps of several people with commas between.

    `sites` are what the article's site and its publisher call themselves. None for nobody.
    """
    no_one = {"", *map(folded, sites)}
    signed: list[str] = []
    for one in said:
        bare = tidy(one[:_LONGEST_SAID])
        if folded(bare) not in no_one:  # some sites have a comma in their name
            names = map(without_address, bare.split(","))
            signed += (name for name in names if _is_name(name, no_one))
    return ", ".join(signed)[:_LONGEST] or None


def without_address(said: str) -> str:
    """A name without an address for mail, which is nobody's: `Ada` of "Ada <a@b.example>", of
    "a@b.example (Ada)", and of "Ada"."""
    bare = _MAIL_ADDRESS.sub(" ", said[:_LONGEST_SAID])
    bare = tidy(re.sub(r"[(<]\s*[)>]", "", bare)).strip('"')
    return bare[1:-1] if bare[:1] == "(" and bare.find(")") == len(bare) - 1 else bare


def _is_name(name: str, no_one: set[str]) -> bool:
    return folded(name) not in no_one and not _NO_NAME.search(name)
