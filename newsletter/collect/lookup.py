"""Finds the address of an article by its title, among those that its site tells.

Pure: the pages of the site are given, from its feed first, then from its sitemap. An address is
taken only if it is the only one that fits; a wrong link is worse than none.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from newsletter.collect.entry import url_key

_SHORTEST = 16  # letters of a title that is cut
_MOST_WORDS = 60  # of a title that are looked for in an address
_CUT_SLUG = 24  # letters of an address that is cut: SPIP's are, at about 35 with their hyphens
_SMALL_WORDS = """
    a au aux avec ce ces cet cette comme dans de des du en est et il la le les leur leurs
    l d n s c j m t qu que qui ne ou par pas plus pour sa se ses son sont sur un une vos votre y
    an and are as at be by for from has in is it its of on or that the this to was were will with
    der die das den dem ein eine und von zu im am el los las un una y o del al en lo gli i di da e
"""
_SMALL = frozenset(_SMALL_WORDS.split())
_SUFFIX = re.compile(r"\.(?:html?|php\d?|aspx?|md)$", re.I)
_NUMBERS_AROUND = re.compile(r"^(?:\d+[-_.])+|[-_](?:\d{1,2}|a?\d{4,})$")
_WORD = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Known:
    """A page of the site: its title, or "" where only its address is known."""

    title: str
    url: str


def find_links(titles: Sequence[str], known: Iterable[Known]) -> dict[str, str]:
    """The address of each title that has one and one only among the pages given.

    A title fits one that is equal without case, accents and punctuation, or that goes on where it
    was cut ("…"); else the last part of an address that is made of its words, as sites make them.
    Two titles never get one address, and a title that stands twice gets none: nothing tells which
    of two articles an address is of.
    """
    wanted = {title: _words(title) for title in once(titles) if _words(title)}
    by_title: defaultdict[str, dict[str, str]] = defaultdict(dict)
    by_slug: defaultdict[str, dict[str, str]] = defaultdict(dict)
    by_number: defaultdict[str, dict[str, str]] = defaultdict(dict)  # numbers taken off
    for page in known:
        key = url_key(page.url)
        if page.title:
            by_title["".join(_words(page.title))].setdefault(key, page.url)
        name = _name(page.url)
        for slug in _slugs(name):
            by_slug[slug].setdefault(key, page.url)
        for slug in _slugs(_NUMBERS_AROUND.sub("", name)):
            by_number[slug].setdefault(key, page.url)
    found: dict[str, str] = {}
    titled = sorted(by_title)
    for title, words in wanted.items():
        url = (
            _only(by_title.get("".join(words)))
            or _only(_cut(title, words, titled, by_title))
            or _by_slug(words, by_slug, by_number)
        )
        if url is not None:
            found[title] = url
    taken: defaultdict[str, list[str]] = defaultdict(list)
    for title, url in found.items():
        taken[url_key(url)].append(title)
    return {t: url for t, url in found.items() if len(taken[url_key(url)]) == 1}


def once(titles: Sequence[str]) -> list[str]:
    """The titles that are those of one article only."""
    count = Counter(titles)
    return [title for title in titles if count[title] == 1]


def _only(found: Mapping[str, str] | None) -> str | None:
    return next(iter(found.values())) if found and len(found) == 1 else None


def _cut(
    title: str, words: list[str], keys: list[str], known: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """The pages whose titles begin like a title that was cut."""
    whole = "".join(words)
    if len(whole) < _SHORTEST or not re.search(r"(?:…|\.\.\.)\W*$", title[-20:]):
        return {}
    return {k: url for key in _beginning(whole, keys) for k, url in known[key].items()}


def _by_slug(
    words: list[str],
    slugs: Mapping[str, Mapping[str, str]],
    without_numbers: Mapping[str, Mapping[str, str]],
) -> str | None:
    forms = _slugs(" ".join(words))
    exact = {k: url for form in forms for k, url in without_numbers.get(form, {}).items()}
    exact |= {k: url for form in forms for k, url in slugs.get(form, {}).items()}
    if exact:
        return _only(exact)
    # An address that was cut holds the title's first words.
    for count in range(min(len(words) - 1, _MOST_WORDS), 2, -1):
        start = "".join(words[:count])
        if len(start) < _CUT_SLUG:
            return None
        if start in slugs:
            return _only(slugs[start])
    return None


def _beginning(start: str, keys: list[str]) -> list[str]:
    """The keys, which are sorted, that begin so."""
    at = bisect_left(keys, start)
    found = []
    while at < len(keys) and keys[at].startswith(start):
        found.append(keys[at])
        at += 1
    return found


def _name(url: str) -> str:
    path = unquote(urlsplit(url).path, errors="replace").rstrip("/")
    return _SUFFIX.sub("", path.rpartition("/")[2])


def _slugs(name: str) -> set[str]:
    """A name as letters and digits, whole and without its small words."""
    words = _words(name)
    forms = "".join(words), "".join(word for word in words if word not in _SMALL)
    return {slug for slug in forms if len(slug) >= 6 and not slug.isdigit()}


def _words(text: str) -> list[str]:
    """The words of a line in small plain letters; an apostrophe parts them as a space does."""
    folded = text.casefold().replace("œ", "oe").replace("æ", "ae").replace("ß", "ss")
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c)
    )
    return _WORD.findall(plain)
