"""Letters survive wrong and missing charsets, and names of letters that XML does not know."""

from __future__ import annotations

import codecs
import time

import pytest
from feed_kit import URL, item, read, rss

from newsletter.collect.decode import to_text
from newsletter.collect.feeds import parse_feed
from newsletter.errors import ParseError


@pytest.mark.parametrize(
    ("codec", "said", "charset"),
    [
        ("utf-8", "utf-8", "iso-8859-1"),
        ("utf-8", "iso-8859-1", None),
        ("iso-8859-1", "iso-8859-1", None),
        ("cp1252", "utf-8", None),
        ("cp1252", "", "windows-1252"),
        ("iso-8859-15", "", "iso-8859-15"),
        ("utf-8", "no-such-charset", "rot13"),
        ("utf-16", "utf-16", None),
        ("utf-16-le", "", None),
        ("utf-8-sig", "", None),
    ],
)
def test_letters_survive_wrong_and_missing_charsets(
    codec: str, said: str, charset: str | None
) -> None:
    declared = f' encoding="{said}"' if said else ""
    text = f'<?xml version="1.0"{declared}?>' + rss(item(title="Été à Valmont"), before="").decode()
    feed = parse_feed(text.encode(codec), url=URL, charset=charset)
    assert feed.entries[0].title == "Été à Valmont"


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf-7", "undefined"]
)
def test_a_charset_that_no_page_is_written_in_is_none(charset: str) -> None:
    began = time.process_time()
    body = b"\x1b" + b"b" * 60_000 + b"-" + b"a" * 60_000 + rb"\u00e9+AOk-"
    assert to_text(body, charset=charset) == body.decode("ascii")
    assert to_text(f"<?xml encoding='{charset}'?>".encode() + body).endswith(body.decode("ascii"))
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("windows-31j", "cp932", "日本語"),
        ("gb2312", "gb2312", "中文"),
        ("big5", "big5", "中文"),
        ("koi8-u", "koi8-u", "Київ"),
        ("macintosh", "mac-roman", "Été"),
        ("iso-2022-jp", "iso-2022-jp", "日本語"),
    ],
)
def test_a_charset_of_the_web_is_read(charset: str, codec: str, text: str) -> None:
    assert to_text(text.encode(codec), charset=charset) == text


@pytest.mark.parametrize("name", ["x", "utf-16", "x-user-defined-9", "utf-7"])
def test_a_second_declaration_names_no_encoding(name: str) -> None:
    with pytest.raises(ParseError):
        parse_feed(
            f'<?xml?><?xml version="" encoding="{name}"?><r'.encode(),
            url="https://courrier.example/feed",
        )


def test_letters_named_as_in_html_do_not_make_a_feed_ill_formed() -> None:
    feed = read(rss(item(title="&Eacute;t&eacute;&nbsp;: 1 &lt; 2 &amp; 3")))
    assert [e.title for e in feed.entries] == ["Été\u00a0: 1 < 2 & 3"]
    assert feed.oddities == ()


def test_control_characters_do_not_spoil_a_feed() -> None:
    feed = read(codecs.BOM_UTF8 + b"\n\n" + rss(item(title="A\x08B\x00C")))
    assert feed.entries[0].title == "ABC"
    assert feed.oddities == ()
