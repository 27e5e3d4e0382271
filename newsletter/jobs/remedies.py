"""What an editor can do about a source that could not be read, as the exact command. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.models import Source

_PAGE_NOT_FEED = re.compile(
    r"(?P<kept> is a web page(?: that asks for a password)?, not a feed)"
    r"(?:: give the address of its feed, or read it as a page \(--kind page\)"
    r"|: give an address that everybody may read)?"
)
_NAMES_A_FEED = re.compile(r": it names a feed, give that address: (?P<feed>[^\s;]+)")
_NO_LIST = re.compile(
    r"(?P<kept>no list of articles found on [^\s;]+): give a page that lists articles with "
    r"headings and links, or a feed, or say where they stand with --selectors"
)
_PRIVATE = re.compile(
    r"(?P<kept> which is not a public address) \(if that is meant, say --allow-private\)"
)
_BY_SCRIPT = re.compile(
    r"(?P<kept> shows its articles by script only), and no script is run here: give the address of "
    r"its feed, or of a page that lists them without one"
)
_REFUSED = re.compile(
    r"(?P<kept> answered (?P<status>401|404|410): "
    r"(?:it wants a password|no such page|it is gone for good)): [^;]+"
)


@dataclass(frozen=True)
class Advice:
    """Why a source could not be read, and what to do about it."""

    why: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.why} ({self.remedy})"


def advice(problem: str, source: Source, *, again: str) -> Advice:
    """What to do about a `problem` in reading this source; `again`: when it is asked again.

    What was read well before is mostly back by itself: nobody is told to read a page of
    maintenance instead.
    """
    edit = f"newsletter source edit {source.name}"
    named = _NAMES_A_FEED.search(problem)
    if named and named["feed"] != source.location:
        return Advice(_NAMES_A_FEED.sub("", problem), f"{edit} --location {named['feed']}")
    problem = _NAMES_A_FEED.sub("", problem)
    if _PAGE_NOT_FEED.search(problem):
        why = _PAGE_NOT_FEED.sub(r"\g<kept>", problem)
        if source.first_read_at is None:
            return Advice(why, f"{edit} --location URL, of its feed")
        today = f"today it answers with a web page; it is asked again {again}"
        return Advice(why, f"{today}. Where its feed has moved: {edit} --location URL")
    refused = _REFUSED.search(problem)
    if refused:
        why = _REFUSED.sub(r"\g<kept>", problem)
        if refused["status"] == "401":
            return Advice(why, f"{edit} --location https://name:password@host/…")
        gone = f", or newsletter source rm {source.name}" if refused["status"] == "410" else ""
        return Advice(why, f"{edit} --location URL{gone}")
    if _PRIVATE.search(problem):
        return Advice(_PRIVATE.sub(r"\g<kept>", problem), f"{edit} --allow-private")
    if _BY_SCRIPT.search(problem):
        why = _BY_SCRIPT.sub(r"\g<kept>", problem)
        return Advice(why, f"{edit} --location URL, of its feed or another page")
    if _NO_LIST.search(problem):
        why = _NO_LIST.sub(r"\g<kept>", problem)
        return Advice(why, f"{edit} --location URL, or say where they stand: {edit} --selectors …")
    return Advice(problem, f"it is asked again {again}; at once: newsletter collect {source.name}")
