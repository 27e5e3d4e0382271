"""Bytes of unknown or misnamed charset to text, without failing and mostly rightly."""

from __future__ import annotations

import codecs
import re

from newsletter.collect.markup import windows_1252

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_XML = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_HTML = re.compile(rb"""<meta[^>]{0,300}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})""", re.I)
# What browsers read under these names (WHATWG Encoding Standard §4.2).
_READ_AS = {
    "iso-8859-1": "windows-1252",
    "latin-1": "windows-1252",
    "us-ascii": "windows-1252",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "windows-949": "cp949",
    "x-sjis": "cp932",
}
# The encodings of that standard (§4.1) by Python's names, and what browsers read as one of them.
# Python knows more, which no page is written in: one of them takes time by the square (punycode).
_NAMES = """
    utf-8 utf-8-sig utf-16 utf-16-le utf-16-be ascii iso8859-1 iso8859-2 iso8859-3 iso8859-4
    iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10 iso8859-11 iso8859-13 iso8859-14
    iso8859-15 iso8859-16 cp866 cp874 cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258
    koi8-r koi8-u mac-roman mac-cyrillic gb2312 gbk gb18030 big5 big5hkscs cp950 euc_jp iso2022_jp
    shift_jis cp932 euc_kr cp949
"""
_ENCODINGS = frozenset(_NAMES.split())
_LONGEST_NAME = 40  # characters


def to_text(body: bytes, *, charset: str | None = None) -> str:
    """The text of a feed or page; `charset` is what the HTTP header said.

    A byte-order mark decides. Else what is valid UTF-8 is UTF-8, whatever header and document
    say: the chance that other text is valid UTF-8 by accident is nil, and wrong labels are not
    rare. Else the document's own word, the header's, and windows-1252, in which all bytes have a
    meaning. Letters that were taken from windows-1252 to UTF-8 as if they were latin-1 are mended.
    """
    return windows_1252(_decoded(body, charset))


def _decoded(body: bytes, charset: str | None) -> str:
    for bom, name in _BOMS:
        if body.startswith(bom):
            return body.decode(name, errors="replace")
    head = body[:2048]
    if b"\0" in head[:8] and b"<" in head[:8]:  # UTF-16 without its mark
        return body.decode("utf-16-be" if head[:1] == b"\0" else "utf-16-le", errors="replace")
    named = [match[1].decode("ascii") for match in (_XML.search(head), _HTML.search(head)) if match]
    if b"\x1b" not in body:  # ISO-2022-JP is plain ASCII to the eye, with escapes
        named.insert(0, "utf-8")
    for name in (*named, charset or "", "windows-1252"):
        try:
            codec = codecs.lookup(_READ_AS.get(name.lower(), name[:_LONGEST_NAME]))
            if codec.name in _ENCODINGS:
                return body.decode(codec.name)
        except (LookupError, UnicodeError, ValueError):
            continue
    # UTF-8 with a few broken bytes reads better with marks in it than as windows-1252.
    text = body.decode("utf-8", errors="replace")
    return text if text.count("\ufffd") * 50 < len(text) else body.decode("latin-1")
