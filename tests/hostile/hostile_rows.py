"""A corpus of rows that nobody should send us, made from what breaks readers of CSV, addresses,
databases, spreadsheets, mails and pages.

Each is the text of one record of a file whose columns are `COLUMNS`, and what must become of it.
"""

from __future__ import annotations

import csv
import enum
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from subscribers.transfer.columns import restore

COLUMNS = ("email", "name", "language", "cadence", "topics", "state", "requested_at",
           "confirmed_at", "paused_until", "attributes", "town")  # fmt: skip
DELIMITER = ";"


class Fate(enum.Enum):
    REFUSED = "refused"  # with its line and a reason
    KEPT = "kept"  # taken, and each value comes back out as it went in
    EITHER = "either"  # both are right, as long as nothing else suffers


@dataclass(frozen=True)
class Hostile:
    """One record, and what must become of it."""

    what: str
    record: bytes  # without its line end
    fate: Fate
    values: tuple[tuple[str, str], ...] = ()  # what must come back, by column


def corpus() -> list[Hostile]:
    """All of them; each has an address of its own where it has one at all."""
    number = itertools.count()
    return [
        *_addresses(),
        *_controls(number),
        *_texts(number),
        *_words(number),
        *_moments(number),
        *_json(number),
        *_shapes(number),
        *_bytes(number),
    ]


def record(**cells: str) -> str:
    """One line of the file, each cell quoted."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=DELIMITER, quoting=csv.QUOTE_ALL, lineterminator="")
    writer.writerow([cells.get(name, "") for name in COLUMNS])
    return out.getvalue()


def _row(what: str, fate: Fate, **cells: str) -> Hostile:
    kept = cells.items() if fate is Fate.KEPT else ()
    values = tuple((name, restore(cell)) for name, cell in kept)
    return Hostile(what, record(**cells).encode(), fate, values)


# --- Addresses --------------------------------------------------------------------------------

_NO_ADDRESSES = (
    "", " ", "@", "a@", "@b.example", "a", "a.example", "a b@c.example", "a@b c.example",
    "a@@b.example", "a@b@c.example", ".a@b.example", "a.@b.example", "a..b@c.example",
    "a@.example", "a@b..example", "a@-b.example", "a@b-.example", "a@b.example-", "a@b_.example",
    "a@b.example,c@d.example", "a@b.example c@d.example", "a@b.example|c@d.example",
    "a@b.example:25", "a@b.example/x", "a@b.example?x=y", "a@b.example#x", "a@b.example\\",
    "mailto:a@b.example", "https://b.example/a@", "a at b.example", "a(at)b.example",
    "a＠b.example", "a@b,example", "a@b;example", "a@b!example", "a@b%example", "a@*.example",
    "a@$b.example", "a@(b).example", "a@[127.0.0.1", "a@127.0.0.1]", "a@[]", "a@[x]",
    "a@[999.1.1.1]", "a@[IPv6:::g]", "a@[IPv6:fe80::1%eth0]", "<a@b.example", "a@b.example>",
    "<>", "<@b.example>", "<a>", "Anne <anne>", "Anne <a@b.example", "a@b.example <x",
    '"a@b.example', 'a"b@c.example', 'a""@b.example', "a\\b@c.example", "a@b.exa mple",
    "a@" + "b" * 64 + ".example", "a" * 65 + "@b.example", "a@" + "b." * 125 + "example",
    "é" * 33 + "@b.example", "a@xn--.example", "a@xn--a-.example\u3002\u3002x", "a@\u00ad.example",
    "a@b.1", "a@1.2.3.4", "a@0x7f.1", "a@2130706433", "a@b.exam\u200bple", "a@b\u202e.example",
    "a\u202eb@c.example", "a\u2066@c.example", "\ufeffa\ufeff@c.example", "a\u2028b@c.example",
    "a\u2029b@c.example", "a@b.example\u2028", "a\u0085b@c.example", "a@\ue000.example",
    "a@\ud7ff\U0010ffff.example", "a@b.example\\r\\nBcc: x@y.example\\0 x", "a@b.example%0aBcc:x y",
    "../../../etc/passwd", "a@../../etc/passwd", "a@b.example' OR '1'='1", "'; DROP TABLE x; --",
    "' UNION SELECT 1 --@b.example", "$(reboot)@b .example", "`id`@b example", "|id@b", "a@b.ex|id",
    "{{7*7}}@", "{{config}}", "<script>alert(1)</script>", "a@<script>.example",
    "a@b.example\"><x>",
    "=cmd|'/C calc'!A0", "=1+1", "+1", "-1", "@SUM(1)", "\t=1+1", "a@b\tc.example", "null", "None",
    "NaN", "undefined", "true", "0", "-0", "1e309", "#REF!", "#N/A", "x" * 5_000,
    "a@" + "x" * 70_000 + ".example", "@" * 300, "a@" + "." * 300, "((((a))))@b.example(",
    "a@b.example (", "group: a@b.example, c@d.example;", "@x,@y:a@b.example", "a@b..", "a@..",
    "undisclosed-recipients:;", "a b", "a;b", "a@b;c@d", "postmaster", "a@localhost.", "a@.",
)  # fmt: skip

_ODD_ADDRESSES = (
    "a%b@c.example", "a!b@c.example", "x@y=a@b.example", "'a'@b.example", "{a}@b.example",
    "a+b+c@d.example", "--@b.example", "!#$%&'*+/=?^_`{|}~@b.example", '"a b"@c.example',
    '"a@b"@c.example', '"\\"<script>"@c.example', "a@bücher.example", "ü@b.example",
    "用户@例子.example", "δοκιμή@παράδειγμα.example", "अ@b.example", "😀@b.example",
    "e\u0301t@b.example", "ﬁ@b.example", "A@B.EXAMPLE", "a@ｂ.example", "a@b。example",
    "a@faß.example", "a@xn--bcher-kva.example", "a@[127.0.0.1]", "a@[IPv6:::1]", "a@localhost",
    "a@b.local", "a@b", "a@b.example.", "a" * 64 + "@b.example", "a@" + "b" * 63 + ".example",
    "a(c)@b.example", "Anne <a1@b.example>", '"An;ne" <a2@b.example>', "a@b.test", "a@b.invalid",
    "root@b.example", "mailer-daemon@b.example", "postmaster@b.example", "a&b@c.example",
    "=x@b.example", "-x@b.example", "\u00a0a3@b.example\u00a0", "a@ಠ.example", "a@İ.example",
    "ſ@b.example", "K@b.example", "a@m\u0131.example", "\u0627@b.example", "a\u200d@b.example",
)  # fmt: skip


def _addresses() -> Iterator[Hostile]:
    for text in _NO_ADDRESSES:
        yield _row(f"no address: {text[:60]!r}", Fate.REFUSED, email=text, name="Ana")
    for text in _ODD_ADDRESSES:
        yield _row(f"an odd address: {text[:60]!r}", Fate.EITHER, email=text)


# --- Control characters, in every field -----------------------------------------------------------

CONTROLS = [chr(n) for n in (*range(0x20), 0x7F, *range(0x80, 0xA0))]


def _controls(number: Iterator[int]) -> Iterator[Hostile]:
    for control in CONTROLS:
        what = f"U+{ord(control):04X}"
        address = f"c{next(number)}@hostile.example"
        yield _row(f"{what} in the address", Fate.REFUSED, email=f"c{control}{address}")
        if control == "\t":  # what a spreadsheet leaves around a name, and no harm in a field
            continue
        for field in ("name", "town"):
            fields = {"email": f"c{next(number)}@hostile.example", field: f"An{control}a"}
            yield _row(f"{what} in {field}", Fate.REFUSED, **fields)
    for control in ("\r\n", "\n", "\r", "\0"):
        for field in ("language", "cadence", "topics", "state", "requested_at", "attributes"):
            fields = {
                "email": f"c{next(number)}@hostile.example",
                field: f"fr{control}Bcc: x@y.example",
            }
            yield _row(f"{control!r} in {field}", Fate.REFUSED, **fields)


# --- Names and fields of their own that must come back as they are --------------------------------

_TEXTS = (
    "=1+1", "+1", "-1", "@SUM(A1)", "'=1+1", "''", "'", '"', '""', "a;b", "a,b", "a|b", "\\",
    "\\N", "\\0", "%s%s%n", "{0}", "{{7*7}}", "{% raw %}", "${jndi:ldap://x}", "#{7*7}", "<%= 7 %>",
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</td></html>", "&lt;&amp;",
    "javascript:alert(1)", "'; DROP TABLE subscriber; --", "' OR '1'='1", "1; SELECT pg_sleep(9)",
    "../../etc/passwd", "$(reboot)", "`id`", "| id", "null", "NULL", "None", "NaN", "true", "0",
    "Robert'); --", "Bcc: x@y.example", "=?utf-8?q?a?=", "Anne <x@y.example>", "(a)", "a:b;",
    "😀👩‍👩‍👧🏳️‍🌈", "مرحبا", "שלום", "用户", "Ünïcödé", "ﬁ", "ǅ", "𝒜𝓃𝒶",
    "\u0301", "a\u0300\u0301\u0302",
    "Zoë O’Neill-Ó Súilleabháin", "x" * 200, "9" * 200, "🇫🇷" * 40, "l'été", "œuf", "№ 5", "™",
    "hmac:AAAA", "@hostile.example", "#REF!", "1e309", "0x41", "1/2", "2026-01-01", "12:00",
)  # fmt: skip


def _texts(number: Iterator[int]) -> Iterator[Hostile]:
    for text in _TEXTS:
        yield _row(
            f"the name and town {text[:40]!r}",
            Fate.KEPT,
            email=f"t{next(number)}@hostile.example",
            name=text,
            town=text,
        )
    for text in (
        "a\u202eb",
        "a\u2066b",
        "\ufeffa",
        "a\u200bb",
        "\U000e0041",
        "x" * 201,
        "x" * 9_999,
    ):
        address = f"t{next(number)}@hostile.example"
        yield _row(f"the name {text[:20]!r}", Fate.EITHER, email=address, name=text)


# --- Words of ours, misspelled ------------------------------------------------------------------


def _words(number: Iterator[int]) -> Iterator[Hostile]:
    bad = {
        "language": ("../fr", "fr fr", "klingon", "f", "x" * 99, "fr_", "<b>", "{{7}}", "1", "é"),
        "topics": ("no-such-topic", "Culture!", "a b ,", "../x", "{{7}}", "x" * 99, "'; --"),
        "state": ("deleted", "ACTIVE!", "1", "{{7}}", "erased", "x" * 99),
    }
    for field, texts in bad.items():
        for text in texts:
            fields = {"email": f"w{next(number)}@hostile.example", field: text}
            yield _row(f"{field} {text[:30]!r}", Fate.EITHER, **fields)
    for text in ("hourly", "../daily", "{{7}}", "x" * 999, "daily'--", "Zoë", "0", "a b"):
        address = f"w{next(number)}@hostile.example"
        yield _row(f"cadence {text[:30]!r}", Fate.EITHER, email=address, cadence=text)


def _moments(number: Iterator[int]) -> Iterator[Hostile]:
    nonsense = (
        "now", "yesterday", "32/13/2020", "2026-13-01T00:00Z", "2026-02-30T00:00Z", "1e9", "-1",
        "2026-01-01T25:00Z", "2026-01-01T00:00+99:99", "∞", "{{7}}", "２０２６-01-01", "x" * 999,
    )  # fmt: skip
    for text, field in itertools.product(nonsense, ("requested_at", "paused_until")):
        fields = {"email": f"m{next(number)}@hostile.example", field: text}
        yield _row(f"{field} {text[:30]!r}", Fate.REFUSED, **fields)
    far = ("0001-01-01T00:00Z", "0001-01-01T00:00+14:00", "9999-12-31T23:59:59-14:00",
           "1600-01-01T00:00Z", "9999-12-31T23:59:59.999999Z", "1970-01-01T00:00Z")  # fmt: skip
    for text, field in itertools.product(far, ("requested_at", "confirmed_at", "paused_until")):
        fields = {"email": f"m{next(number)}@hostile.example", field: text}
        yield _row(f"{field} {text!r}", Fate.EITHER, **fields)


def _json(number: Iterator[int]) -> Iterator[Hostile]:
    broken = ("{", "[1]", '"x"', "1", "null", "{'a': 1}", '{"a": }', "{}}", '{"a": 1} x', "{a: 1}",
              "x" * 50, '{"a": "\\u0000"}', '{"\\u0000": 1}', '{"a": "\\ud800"}', '{"a": 01}',
              '{"a":' * 2_000 + "1" + "}" * 2_000,
              '{"a": ' + "[" * 20_000 + "]" * 20_000 + "}")  # fmt: skip
    for text in broken:
        address = f"j{next(number)}@hostile.example"
        yield _row(f"attributes {text[:30]!r}", Fate.REFUSED, email=address, attributes=text)
    strange = ('{"a": "\\u000d\\u000aBcc: x"}', '{"a": NaN}',
               '{"a": Infinity}', '{"a": 1e999}', '{"a": ' + "9" * 400 + "}",
               '{"a": ' + "9" * 5_000 + "}",
               '{"a": 1, "a": 2}', '{"": 1}', '{"__proto__": {}}', '{"' + "k" * 999 + '": 1}',
               '{"a": {"b": {"c": [1, {"d": null}]}}}',
               '{"a": "' + "x" * 60_000 + '"}')  # fmt: skip
    for text in strange:
        address = f"j{next(number)}@hostile.example"
        yield _row(f"attributes {text[:30]!r}", Fate.EITHER, email=address, attributes=text)


# --- Records that are no records --------------------------------------------------------------


def _shapes(number: Iterator[int]) -> Iterator[Hostile]:
    def of(what: str, text: str, fate: Fate) -> Hostile:
        return Hostile(what, text.replace("@h.", f"{next(number)}@hostile.").encode(), fate)

    width = len(COLUMNS)
    yield of("a cell too many", "s@h.example;Ana" + ";" * (width - 2) + ";more", Fate.REFUSED)
    yield of("a thousand cells", "s@h.example;" + "x;" * 1_000, Fate.REFUSED)
    yield of("empty cells too many", "s@h.example" + ";" * 500, Fate.EITHER)
    yield of("one cell", "s@h.example", Fate.EITHER)
    yield of("a quote that is never closed", '"s@h.example;Ana;fr', Fate.REFUSED)
    yield of("a quote in the middle of a cell", 's@h.example;An"a;fr', Fate.EITHER)
    yield of("text after a quoted cell", '"s@h.example"x;Ana', Fate.EITHER)
    yield of("three quotes", '"""', Fate.REFUSED)
    yield of("quotes in the middle, again", 's@h.example;An"a";fr', Fate.EITHER)
    yield of("a cell of 200,000 characters", "s@h.example;" + "x" * 200_000, Fate.REFUSED)
    yield of("a line of 600,000 characters", "y" * 600_000, Fate.REFUSED)
    yield of("another header", ";".join(COLUMNS), Fate.REFUSED)
    yield of("a line of another delimiter", "s@h.example,Ana,fr", Fate.REFUSED)
    yield of("a mail's header", "From: s@h.example", Fate.REFUSED)
    yield of("a comment", "# s@h.example", Fate.EITHER)
    yield of("XML", "<row><email>s@h.example</email></row>", Fate.EITHER)
    yield of("JSON", '{"email": "s@h.example"}', Fate.REFUSED)


def _bytes(number: Iterator[int]) -> Iterator[Hostile]:
    def address() -> bytes:
        return b"b%d@hostile.example" % next(number)

    for what, raw, fate in (
        ("Latin-1", "Zoé".encode("latin-1"), Fate.EITHER),
        ("Windows-1252", b"l\x92\xe9t\xe9 \x80", Fate.EITHER),
        ("half a character of UTF-8", b"Zo\xc3", Fate.EITHER),
        ("a slash in two bytes", b"a\xc0\xafb", Fate.EITHER),
        ("a NUL in two bytes", b"a\xc0\x80b", Fate.EITHER),
        ("a surrogate in UTF-8", b"a\xed\xa0\x80b", Fate.EITHER),
        ("beyond Unicode", b"a\xf4\x90\x80\x80b", Fate.EITHER),
        ("bytes of no encoding", b"a\x81\x8d\x8f\x90\x9db", Fate.REFUSED),
        ("a BOM in the middle", b"a\xef\xbb\xbfb", Fate.EITHER),
        ("UTF-16 in the middle", "Zoé".encode("utf-16-le"), Fate.REFUSED),
        (
            "all bytes",
            bytes(range(0x20, 0x100)).replace(b'"', b"").replace(b";", b""),
            Fate.REFUSED,
        ),
    ):
        yield Hostile(f"{what} in the name", address() + b';"' + raw + b'"', fate)
    for raw in (b"\xff", b"\xfe\xff", b"\x80", b"\xc3\x28", b"\xe9"):
        yield Hostile(f"{raw!r} in the address", b"b" + raw + address(), Fate.EITHER)
