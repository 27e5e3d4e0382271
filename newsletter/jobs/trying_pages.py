"""Tries the own pages of articles that want one: which may be read, and what the first gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from newsletter.collect.articlepage import ArticlePage
from newsletter.collect.entry import Entry
from newsletter.collect.hosts import Named, private_for
from newsletter.collect.markup import plain_text
from newsletter.collect.place import Ways
from newsletter.collect.polite import Polite
from newsletter.collect.visitor import read_page
from newsletter.errors import CollectError
from newsletter.jobs.findings import Finding, is_bare, is_cut, is_teaser

_MOST = 20  # articles whose site is asked whether their page may be read
_MOST_NAMED = 3
_ASK = "ask its operator to let newsletter-publisher in"


@dataclass(frozen=True)
class PagesTried:
    """What trying the pages of a source's articles gave."""

    texts: Mapping[str, str] = field(default_factory=dict)  # HTML, by address
    lines: tuple[str, ...] = ()  # what the first gave, for people
    findings: tuple[Finding, ...] = ()  # what keeps us from reading them
    closed: bool = False  # none of them may be read


def try_pages(
    ways: Ways, entries: Sequence[Entry], *, named: Named, reads: bool, whole: bool
) -> PagesTried:
    """Whether the pages that articles want may be read; with `reads` also what the first gives.

    `whole`: a list shows all of a text, so that teasers want one too. Raises nothing of the web's.
    """
    wanting = [e for e in entries if e.url and _wants(e, reads, whole)][:_MOST]
    polite = Polite(ways)
    open_: list[Entry] = []
    shut: list[Entry] = []
    for entry in wanting:
        url = entry.url or ""
        rules = polite.rules(url, allow_private=private_for(url, named))
        if rules.problem:
            text = f"its articles' pages cannot be read: {rules.problem}"
            return PagesTried(findings=(Finding(text),), closed=True)
        (open_ if rules.allow(url) else shut).append(entry)
    findings = _shut(shut, len(wanting))
    if not open_ or not reads:
        return PagesTried(findings=findings, closed=bool(shut) and not open_)
    entry = open_[0]
    try:
        url = entry.url or ""
        private = private_for(url, named)
        page = read_page(polite, url, title=entry.title, allow_private=private)
    except CollectError as error:
        trouble = Finding(f"the page of '{entry.title}' cannot be read: {error}")
        return PagesTried(findings=(*findings, trouble))
    if page.barrier is not None:
        trouble = Finding(f"the text of '{entry.title}' on its own page is {page.barrier.value}")
        return PagesTried(findings=(*findings, trouble))
    return PagesTried({entry.url or "": page.text_html}, (_given(entry, page),), findings)


def _wants(entry: Entry, reads: bool, whole: bool) -> bool:
    """As collecting decides it."""
    if is_cut(entry) or is_bare(entry):
        return True
    return (whole and is_teaser(entry)) or (reads and entry.image is None)


def _shut(entries: Sequence[Entry], total: int) -> tuple[Finding, ...]:
    if not entries:
        return ()
    if len(entries) == total:
        text = "the robots.txt of its site lets no program read its articles' pages"
        return (Finding(text, _ASK),)
    named = ", ".join(f"'{entry.title}'" for entry in entries[:_MOST_NAMED])
    more = len(entries) - _MOST_NAMED
    named += f" and {more} more" if more > 0 else ""
    text = f"robots.txt keeps {len(entries)} of {total} articles' pages from being read: {named}"
    return (Finding(text, _ASK),)


def _given(entry: Entry, page: ArticlePage) -> str:
    words = len(plain_text(page.text_html).split())
    text = f"a text of {words} word{'' if words == 1 else 's'}" if words else "no text"
    picture = "a picture" if page.image is not None else "no picture"
    return f"the page of '{entry.title}' gives {text} and {picture}"
