"""Makes of a feed's text what an XML parser can read, as a person would who looks at it.

What is mended: words in front of the feed, names of letters that only HTML knows, "&" and "<" as
they are typed, prefixes that nobody declared. CDATA is left as it is.
"""

from __future__ import annotations

import html.entities
import re
from xml.parsers import expat

_MOST_TO_MEND = 500_000  # characters
_BEGINNING = re.compile(r"<\?xml\b|<(?:rss|feed|rdf:RDF)[\s>]")
_MOST_BEFORE = 4_000  # characters of a notice that a program prints in front of its feed
_NAMED = re.compile(r"&([A-Za-z]{2,8}[0-9]?);")
_CLOSED_BY = {"<![CDATA[": "]]>", "<!--": "-->"}
_LEFT_ALONE = re.compile(r"<!\[CDATA\[|<!--")
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)")
_BARE_LESS_THAN = re.compile(r"<(?![A-Za-z_/!?])")
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*)(?=[\s>])")
_CAPTION = re.compile(
    r"(?P<empty><media:content\b[^<>]*/>)|(?P<opening><media:content\b[^<>]*>)|</media:content>"
    r"|<media:description\b[^<>]*>(?P<words>[^<]{0,2000}|<!\[CDATA\[.{0,2000}?\]\]>)</media:description>",
    re.S,
)
_LONG_NAME = re.compile(
    r"(<(?:\w+:)?(?:author|creator|contributor|editor|email|managingEditor|name|owner|publisher"
    r"|webMaster)\b[^<>]{0,200}>\s{0,20}(?:<!\[CDATA\[)?[^<\]]{1000})[^<\]]+",
    re.I,
)
_SPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
}


def without_preface(text: str) -> tuple[str, str]:
    """The text from where its feed begins, and what stood before it, such as a program's warning.

    A page that only holds a feed somewhere within is left as it is.
    """
    start = _BEGINNING.search(text, 0, _MOST_BEFORE)
    if start is None or start.start() == 0:
        return text, ""
    before = text[: start.start()]
    if re.search(r"<(?:!doctype|html|head|body|!--)|^\s*[{\[]|^\s*<\w+:?\w*\s+xmlns", before, re.I):
        return text, ""
    return text[start.start() :], before.strip()


def with_short_names(text: str) -> str:
    """The text with no name of a person longer than a thousand characters.

    feedparser looks for an address of mail in it, by the square of its length.
    """
    return _LONG_NAME.sub(r"\1", text)


def with_letters(text: str) -> str:
    """HTML's named letters, which XML does not know but feeds use ("&eacute;"), as themselves."""
    return _NAMED.sub(_letter, text)


def _letter(match: re.Match[str]) -> str:
    letter = html.entities.html5.get(match[1] + ";", "")
    return match[0] if letter in ("", "<", ">", "&", '"', "'") else letter


def with_captions(text: str) -> str:
    """The text with the words about a picture of media:content in an attribute of it, `alt`.

    feedparser takes a media:description for the text of the article, wherever it stands.
    """
    if "<media:description" not in text or "<media:content" not in text:
        return text
    made: list[str] = []
    place, within = 0, -1  # `within`: the piece that ends with the open media:content, less its ">"
    for match in _CAPTION.finditer(text):
        if match["empty"] is not None:
            continue
        if match["opening"] is not None:
            made.append(text[place : match.end() - 1])
            within, place = len(made) - 1, match.end() - 1
        elif match["words"] is None:
            within = -1
        elif within >= 0:
            words = match["words"]
            if words.startswith("<![CDATA["):
                words = html.escape(words[9:-3], quote=False)
            made[within] += f' alt="{words.replace(chr(34), "&quot;")}"'
            made.append(text[place : match.start()])
            place = match.end()
            within = -1
    return "".join([*made, text[place:]])


def fault(text: str) -> str | None:
    """Why an XML parser would not take the text, with line and column; None if it would."""
    try:
        expat.ParserCreate("utf-8", " ").Parse(text.encode("utf-8"), True)
    except expat.ExpatError as error:
        return str(error)
    return None


def mended(text: str) -> str:
    """An ill-formed text with its commonest slips corrected; perhaps still ill-formed."""
    parts = []
    place = 0
    while (opening := _LEFT_ALONE.search(text, place)) is not None:
        closing = _CLOSED_BY[opening[0]]
        end = text.find(closing, opening.end())
        if end < 0:
            break
        parts.append(_without_slips(text[place : opening.start()]))
        place = end + len(closing)
        parts.append(text[opening.start() : place])
    text = "".join([*parts, _without_slips(text[place:])])
    root = _ROOT.search(text)
    if root is None:
        return text
    missing = [
        f' xmlns:{prefix}="{address}"'
        for prefix, address in _SPACES.items()
        if f"<{prefix}:" in text and f"xmlns:{prefix}=" not in text
    ]
    return text[: root.end()] + "".join(missing) + text[root.end() :]


def _without_slips(text: str) -> str:
    return _BARE_LESS_THAN.sub("&lt;", _BARE_AMPERSAND.sub("&amp;", text))


def bounded(text: str) -> tuple[str, bool]:
    """An ill-formed text, or its beginning if it is long; and whether it was shortened.

    feedparser's way of reading broken XML takes time by the square of what it reads.
    """
    if len(text) <= _MOST_TO_MEND:
        return text, False
    begun = text[:_MOST_TO_MEND]
    ended = max(begun.rfind("</item>"), begun.rfind("</entry>"))
    return (begun[: begun.index(">", ended) + 1] if ended >= 0 else begun), True
