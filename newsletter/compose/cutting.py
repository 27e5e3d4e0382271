"""Takes a withdrawn article out of a finished page, so that the archive no longer tells of it.

Templates put marks, which are comments, around each article, around the editor's introduction and
around the preheader. No article can forge one: of people's words no comment is kept. A page without
them (a template restyled from the ground up) is given up whole, and so is one that still names the
article once it is cut: what was withdrawn must not be readable.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from newsletter.compose.headlines import LEAST
from newsletter.compose.language import direction, typeset
from newsletter.compose.text import clean, clip

__all__ = ["Cut", "cut", "without_marks"]

_MARK = re.compile(r"<!--/?(?:article|intro|glance)-->\n?")
_ARTICLE = re.compile(r"(<!--article-->)(.*?)(<!--/article-->)", re.DOTALL)
_INTRO = re.compile(r"<!--intro-->.*?<!--/intro-->", re.DOTALL)
_GLANCE = re.compile(r"<!--glance-->.*?<!--/glance-->", re.DOTALL)
_HEADING = re.compile(r"<h[1-3]\b[^>]*>(.*?)</h[1-3]>", re.DOTALL | re.IGNORECASE)
_TITLE = re.compile(r"(<title>)(.*?)(</title>)", re.DOTALL | re.IGNORECASE)
_HIDDEN = re.compile(r"<style\b.*?</style>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_LINK = re.compile(r'\bhref="([^"]*)"', re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")

BEGUN = 16  # characters of a title, marks left out, by which a subject names it
TELLING = 12  # a shorter title may stand in a page for other reasons

# The classes are those of our templates, for narrow screens and for the night.
_ROW = (
    '<tr><td class="side" style="padding: 26px 32px"><p class="note" style="margin: 0; '
    "font-family: Georgia, serif; font-size: 17px; line-height: 26px; font-style: italic; "
    'color: #645a4c">{line}</p></td></tr>'
)
_PAGE = """<!DOCTYPE html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body style="max-width: 36em; margin: 4em auto; padding: 0 1.5em; font-family: Georgia, serif; \
line-height: 1.6">
<h1 style="font-size: 1.6em">{title}</h1>
<p>{line}</p>
</body>
</html>
"""


@dataclass(frozen=True)
class Cut:
    """A page and its subject without the article; `whole` where nothing of the page is left."""

    page: str
    subject: str
    whole: bool


def without_marks(page: str) -> str:
    """The page as a mail: nothing shows where an article begins."""
    return _MARK.sub("", page)


def cut(
    page: str,
    place: int,
    *,
    titles: Sequence[str],
    leads_there: Callable[[str], bool],
    subject: str,
    plain_subject: str,
    line: str,
    whole_line: str,
    language: str,
) -> Cut:
    """The page without its article number `place`, counted from 0.

    `line` stands where it was. `plain_subject`, which names no article, replaces a subject that
    names this one; `whole_line` is the text of a page that has to be given up. `titles` are what
    the article is or was called, and `leads_there` knows its address.
    """
    blocks = list(_ARTICLE.finditer(page))
    plain_subject = typeset(plain_subject, language)
    given_up = Cut(
        _PAGE.format(
            language=html.escape(language),
            direction=direction(language),
            title=html.escape(plain_subject),
            line=html.escape(whole_line),
        ),
        plain_subject,
        whole=True,
    )
    if place >= len(blocks):
        return given_up
    block = blocks[place]
    heading = _HEADING.search(block[2])  # the first: a full text may have others below it
    called = [*titles, *([clean(_text(heading[1]))] if heading else [])]
    known = {_folded(title): title for title in called}
    known = {f: t for f, t in known.items() if f and f not in _folded(plain_subject)}

    if any(_begins_in(subject, title) for title in known.values()):
        subject = plain_subject
    # With no heading left to tell titles apart, an introduction that only might name it stays.
    telling = {title for title in known if len(title) >= TELLING}

    def names(part: str) -> bool:
        told = _folded(_text(part))
        return any(title in told for title in telling) or any(
            leads_there(html.unescape(link)) for link in _LINK.findall(part)
        )

    said = html.escape(line)
    row = _ROW.format(line=said) if block[2].lstrip().startswith("<tr") else f"<p>{said}</p>"
    page = page[: block.start(2)] + f"\n{row}\n" + page[block.end(2) :]
    page = _GLANCE.sub("", page)
    page = _INTRO.sub(lambda intro: "" if names(intro[0]) else intro[0], page)
    page = _retitled(page, subject)
    return given_up if names(_ARTICLE.sub("", page)) else Cut(page, subject, whole=False)


def _retitled(page: str, subject: str) -> str:
    """The page under this subject, wherever it names its own: title, and label for who listens."""
    title = _TITLE.search(page)
    if title is None or html.unescape(title[2]) == subject:
        return page
    was = html.unescape(title[2])
    for quote in (True, False):
        page = page.replace(html.escape(was, quote=quote), html.escape(subject, quote=quote))
    return page


def _begins_in(subject: str, title: str) -> bool:
    """Whether a subject names a title, or ends in as much of it as there was room for."""
    told = _folded(subject)
    if _folded(title)[:BEGUN].rstrip() in told:
        return True
    shown = (_folded(clip(title, room)) for room in range(LEAST, len(title)))
    return subject.endswith("…") and any(one and told.endswith(f" {one}") for one in shown)


def _text(part: str) -> str:
    return html.unescape(_TAG.sub(" ", _HIDDEN.sub(" ", part)))


def _folded(text: str) -> str:
    """Words only: marks and spaces are set as each language wants them."""
    return " ".join(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))
