"""What a parser returns: the Entry, its picture, the Feed it came in, and how two are compared."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from newsletter.collect.markup import LONGEST_HOST, plain_text


@dataclass(frozen=True, slots=True)
class Image:
    """A picture on the web; width and height in CSS pixels where the source said so."""

    url: str
    alt: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One article as its source gave it, cleaned but not yet stored.

    `summary_html` and `content_html` are sanitised, with absolute URLs; either may be empty.
    """

    guid: str | None  # the source's own identifier, never trusted to be unique
    url: str | None  # absolute, http or https
    title: str  # plain text, never empty
    summary_html: str = ""
    content_html: str = ""
    author: str | None = None
    published: datetime | None = None  # aware UTC; None when the source gave no credible date
    language: str | None = None  # BCP 47
    topics: tuple[str, ...] = ()
    image: Image | None = None
    canonical: str | None = None  # its address by rel=canonical, where the entry itself names one
    date_text: str = ""  # what the source wrote for a date, where it cannot be right


@dataclass(frozen=True, slots=True)
class Feed:
    """Everything one reading of a source gave, in the source's order."""

    title: str
    language: str | None
    home: str | None  # the address of the site, for people
    entries: tuple[Entry, ...]
    oddities: tuple[str, ...] = ()  # a line for each thing that was wrong and survived
    lost: int = 0  # articles that are there and could not be read: they have not vanished
    bare: int = 0  # articles that lead to its home for want of an address of their own: it is told
    left_out: Mapping[str, int] = field(default_factory=dict)  # what its author keeps back, by why
    unread: tuple[str, ...] = ()  # of a folder, the guids (paths) of the files of which that holds


# Parameters that say where a reader came from, who they are, or how SPIP is to draw the page anew;
# never which page is shown. A name that some site might use for a page's own number (pk_id, at_id)
# is not dropped with its family.
_TRACKING_NAMES = """
    _ga _gl _hsenc _hsmi __hsfp __hssc __hstc __s _openstat _bta_c _bta_tid
    at_campaign at_channel at_content at_creation at_format at_general_placement at_link_id
    at_link_origin at_link_type at_medium at_platform at_ptr_name at_recipient_id at_variant
    ck_subscriber_id cmpid dclid epik fb_action_ids fb_action_types fb_ref fb_source fbclid
    fref gbraid gclid gclsrc guccounter guce_referrer guce_referrer_sig igsh igshid li_fat_id
    mc_cid mc_eid mibextid mkt_tok msclkid oly_anon_id oly_enc_id
    pk_campaign pk_cid pk_content pk_cpn pk_keyword pk_kwd pk_medium pk_placement pk_source
    ref_src ref_url replytocom s_cid s_kwcid sc_cid ttclid twclid var_hasard var_mode
    var_recherche vero_conv vero_id wbraid wickedid wt_mc xtcr xtor xtref yclid ysclid zanpid
    aspsessionid cfid cftoken jsessionid oscsid phpsessid zenid
"""
_TRACKING = frozenset(_TRACKING_NAMES.split())
_TRACKING_PREFIXES = ("utm_", "hsa_", "mtm_", "matomo_", "piwik_", "at_custom", "aspsessionid")
# These names are numbers of articles on some sites: only a value of such a shape is a session's.
_SESSION_NAMES = frozenset({"s", "sid", "session", "sessionid", "session_id"})
_SESSION = re.compile(r"(?=[^0-9]*[0-9])(?=[^a-zA-Z]*[a-zA-Z])[0-9A-Za-z]{24,}")
_SESSION_IN_PATH = re.compile(r";(?:jsessionid|phpsessid)=[^/;]*", re.I)
# What a server shows for its folder.
_FOLDER_PAGE = re.compile(r"index\.(?:x?html?|shtml|php[0-9]?|aspx?|jsp)|default\.aspx?", re.I)
# Google's form of a page for telephones, which names the page itself as its canonical address.
_AMP = frozenset({("amp", ""), ("amp", "1"), ("amp", "true"), ("outputtype", "amp")})
_WORD = re.compile(r"\w+")
_PERCENT = re.compile(r"%([0-9a-fA-F]{2})?")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")
_SAFE = "%/:@!$&'()*+,;=~-._"


def url_key(url: str) -> str:
    """The form in which two addresses of one page are equal.

    Scheme, default port, "www.", fragment, trailing slash, index.html, and what tracks a reader or
    keeps their session do not count; host names are compared without case and as A-labels;
    parameters without order. Whatever might choose another page counts. The key names no scheme, so
    it is not an address to fetch. What is not an http(s) address is its own key.
    """
    text = "".join(c for c in url if c.isprintable()).strip()
    try:
        parts = urlsplit(text)
        port = parts.port
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return text
    if parts.scheme not in ("http", "https", "") or " " in host:
        return text
    if not 0 < len(host) <= LONGEST_HOST:
        return text
    with suppress(UnicodeError):  # not a name DNS could hold: kept as it is, it still equals itself
        host = host.encode("idna").decode("ascii")
    host = f"[{host}]" if ":" in host else host.lower()
    while host.startswith("www.") and host.count(".") > 1:  # and not the domain www.com
        host = host.removeprefix("www.")
    if port not in (None, 80, 443):
        host += f":{port}"
    path = quote(_PERCENT.sub(_settled, parts.path), _SAFE, errors="surrogateescape")
    path = _SESSION_IN_PATH.sub("", path).rstrip("/")
    while _FOLDER_PAGE.fullmatch(path, path.rfind("/") + 1):
        path = path[: path.rfind("/") + 1].rstrip("/")
    kept = sorted(
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape")
        if not _is_passing(name.casefold(), value)
    )
    query = urlencode(kept, errors="surrogateescape")
    return f"//{host}{path}" + (f"?{query}" if query else "")


def _settled(match: re.Match[str]) -> str:
    """One way to write each character: %70 is p, %2f is %2F and no slash (RFC 3986 §6.2.2)."""
    if match[1] is None:
        return "%25"
    character = chr(int(match[1], 16))
    return character if _UNRESERVED.match(character) else match[0].upper()


def _is_passing(name: str, value: str) -> bool:
    """Whether a parameter says nothing about which page is shown."""
    if name in _TRACKING or name.startswith(_TRACKING_PREFIXES):
        return True
    if name in _SESSION_NAMES:
        return _SESSION.fullmatch(value) is not None
    return (name, value.casefold()) in _AMP


def words_of(entry: Entry) -> str:
    """The text of an entry, or else its summary, as one line without mark-up."""
    return plain_text(entry.content_html or entry.summary_html)


def word_list(text: str) -> list[str]:
    """The words of a text, however its quotes, dashes and letters with accents are typed."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def content_hash(entry: Entry, text: str | None = None) -> str:
    """The sha256, as 64 hex digits, of the words of title and text.

    Neither mark-up nor punctuation counts, so an article stays itself when its site is restyled, or
    puts ’ where ' was. `text` is what `words_of` found, for whoever has it already.
    """
    text = words_of(entry) if text is None else text
    digest = hashlib.sha256()
    for part in (entry.title, text):
        words = " ".join(word_list(part)) or part
        digest.update(words.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()
