"""Fetches one address of a source politely and safely: bytes and headers, or a FetchError.

Rules: only http and https; every address is checked where it is connected to, after each redirect
again; at most five redirects, followed by hand; no proxy and no password from the environment, no
cookie that outlives the fetch; caps on what is sent and on what it unpacks to; one deadline over
everything. A password in the address goes to that server only and stands in no message and no
result but `permanent_url`, which replaces the address that held it.
"""

from __future__ import annotations

import functools
import hashlib
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import IO, TypeGuard
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

import httpcore
import httpx

from newsletter import __version__
from newsletter.collect import addresses
from newsletter.collect.bodies import LARGE, take_body
from newsletter.collect.bodies import Limits as Limits
from newsletter.collect.pinned import Deadline, NotPublic, OutOfTime, PinnedTransport, TooMuch
from newsletter.errors import FetchError

FEEDS = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, text/html;q=0.5, */*;q=0.1"
)
PAGES = "text/html, application/xhtml+xml, application/xml;q=0.8, */*;q=0.1"

LONGEST_VALIDATOR = 1000  # characters; a longer one would come back as a header too large

_USUAL = Limits()
_PERMANENT = frozenset({301, 308})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_VALIDATING = frozenset({"If-None-Match", "If-Modified-Since"})  # of the address that gave them
_MAIL = re.compile(r"(?:mailto:)?[^\s:/@]+@[^\s:/@]+", re.I)
_LIKE = "https://www.valmont.example"
_MOST_PATIENCE = 30 * 24 * 3600.0  # seconds; a Retry-After beyond a month is a mistake


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back: 200 with a body, or 304 with none."""

    status: int
    url: str  # where it was found at last, without any password
    permanent_url: str | None  # the address to ask from now on, if all redirects were 301 or 308
    content: bytes | IO[bytes] = field(repr=False)  # a file of its own where it is large
    content_type: str  # lower case, without parameters; "" if not said
    charset: str | None  # as the server named it, lower case
    etag: str | None
    last_modified: str | None  # as the server wrote it, to be sent back unread
    body_hash: str | None = None  # of the body and all else that tells how it is read
    language: str = ""  # of its readers, as the server wrote it (RFC 9110 §8.5)
    links: tuple[str, ...] = ()  # the lines of its header that name any, unread (RFC 8288)

    @property
    def body(self) -> bytes:
        """What came, unpacked. Ask when it is wanted, and keep it no longer than that."""
        if isinstance(self.content, bytes):
            return self.content
        self.content.seek(0)
        return self.content.read()

    @property
    def is_large(self) -> bool:
        """Whether it is too large to wait in memory beside many others."""
        return not isinstance(self.content, bytes)


@functools.cache
def _trusted() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def fetch(
    url: str,
    *,
    etag: str | None = None,
    last_modified: str | None = None,
    body_hash: str | None = None,
    allow_private: bool = False,
    accept: str = FEEDS,
    limits: Limits = _USUAL,
    now: datetime | None = None,
    base_url: str | None = None,
    resolver: addresses.Resolver = addresses.resolve,
    tls: ssl.SSLContext | None = None,
    may: Callable[[str], None] | None = None,
) -> Fetched:
    """What `url` holds now; with `etag` or `last_modified`, a 304 if nothing changed since.

    With `body_hash`, an answer in full that is the same as then counts as a 304, too: many servers
    know no validators, or give others to the same bytes. `base_url` names our own site in the
    User-Agent, for the server's operator. `allow_private` is for the host of `url` alone: a
    redirect to another finds only public addresses. `may` is asked before each address, of a
    redirect too; it may wait, which does not count as the server's time, and raises FetchError
    where we may not go. Raises FetchError with `status`, `retry_after` (seconds, counted from
    `now`) and `gone` where they are known.
    """
    deadline = Deadline(limits.total)
    transport = PinnedTransport(
        resolver=resolver,
        private_host=_host(url) if allow_private else None,
        deadline=deadline,
        tls=tls or _trusted(),
        most=limits.transferred,
    )
    headers = {
        "User-Agent": f"newsletter-publisher/{__version__}"
        + (f" (+{base_url})" if base_url else ""),
        "Accept": accept,
        "Accept-Encoding": "gzip, deflate",
    }
    if _is_validator(etag):
        headers["If-None-Match"] = etag
    if _is_validator(last_modified):
        headers["If-Modified-Since"] = last_modified
    timeout = httpx.Timeout(limits.total, connect=limits.connect)
    with httpx.Client(
        transport=transport, trust_env=False, follow_redirects=False, timeout=timeout
    ) as client:
        client.headers.clear()
        found = _follow(
            client,
            url,
            headers,
            limits,
            deadline,
            now or datetime.now(UTC),
            conditional="If-None-Match" in headers or "If-Modified-Since" in headers,
            may=may,
        )
    return _compared(found, body_hash)


def _compared(found: Fetched, body_hash: str | None) -> Fetched:
    """With its body_hash, and as a 304 if that is the one of the last time."""
    if found.status != 200:
        return found
    # A newer version of ours may read the same bytes better.
    about = (__version__, found.url, found.content_type, found.charset or "")
    ours = hashlib.sha256("\n".join(about).encode("utf-8", "surrogatepass"))
    if isinstance(found.content, bytes):
        ours.update(found.content)
    else:
        found.content.seek(0)
        while piece := found.content.read(LARGE):
            ours.update(piece)
    if ours.hexdigest() != body_hash:
        return replace(found, body_hash=ours.hexdigest())
    return replace(found, status=304, content=b"", body_hash=body_hash)


def _is_validator(value: str | None) -> TypeGuard[str]:
    return bool(
        value and value.isascii() and value.isprintable() and len(value) < LONGEST_VALIDATOR
    )


def _follow(
    client: httpx.Client,
    url: str,
    headers: dict[str, str],
    limits: Limits,
    deadline: Deadline,
    now: datetime,
    *,
    conditional: bool,
    may: Callable[[str], None] | None,
) -> Fetched:
    start, password = _without_password(url)
    here, permanent = start, True
    for hop in range(limits.redirects + 1):
        if may is not None:
            with deadline.stopped():
                may(here)
        auth = password if _origin(here) == _origin(start) else None
        try:
            request = client.build_request("GET", _encoded(here), headers=headers)
            answer = client.send(request, stream=True, auth=auth)
            try:
                target = _redirect(answer, here)
                if target is None:
                    moved = _with_password(here, auth) if hop and permanent else None
                    found = _read(answer, here, moved, limits, deadline, now, conditional)
                    # What validates the target says nothing of the address that led there today.
                    return found if permanent else replace(found, etag=None, last_modified=None)
                permanent = permanent and answer.status_code in _PERMANENT
                here = target
                headers = {name: headers[name] for name in headers.keys() - _VALIDATING}
                conditional = False
            finally:
                answer.close()
        except TooMuch as error:
            raise FetchError(
                f"{here} sends headers without end: check the address in a browser"
            ) from error
        except NotPublic as error:
            raise FetchError(
                f"refused to fetch {here}: {error} ({_remedy(here, start)})"
            ) from error
        except (OutOfTime, httpcore.TimeoutException) as error:
            raise FetchError(
                f"{here} did not answer in time ({_time_limit(error, limits):g} s): "
                "try again later, or check the server"
            ) from error
        except (httpx.InvalidURL, UnicodeError) as error:  # the latter is IDNA's
            raise FetchError(
                f"not a web address: {here!r} ({error}); give one like {_LIKE}"
            ) from error
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
        ) as error:
            raise FetchError(f"could not fetch {here}: {_reason(error)}") from error
    raise FetchError(
        f"{start} redirects more than {limits.redirects} times: give the address where it ends",
        status=302,
    )


def _remedy(here: str, start: str) -> str:
    if _origin(here)[1] == _origin(start)[1]:
        return "if that is meant, say --allow-private"
    return f"{start} redirects there: if that is meant, give that address, with --allow-private"


def _host(url: str) -> str | None:
    """The host of an address, as it is asked for; None of what is none."""
    try:
        return _encoded(_without_password(url)[0]).raw_host.decode("ascii").lower()
    except (FetchError, httpx.InvalidURL, UnicodeError):
        return None  # told where it is asked for


def _time_limit(error: Exception, limits: Limits) -> float:
    return limits.connect if isinstance(error, httpcore.ConnectTimeout) else limits.total


def _reason(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = cause.verify_message.rstrip(".")
        return (
            f"its certificate is not right ({why}): tell its operator, or give its http:// address"
        )
    if isinstance(cause, ssl.SSLError) and cause.reason == "WRONG_VERSION_NUMBER":
        return "no https is spoken there: give its http:// address"
    text = " ".join(str(error).split()) or type(error).__name__
    return f"{text[:200]}; check the address, or try again later"


def _redirect(answer: httpx.Response, here: str) -> str | None:
    """Where a redirect leads, or None if the answer is none."""
    if answer.status_code not in _REDIRECTS:
        return None
    location = answer.headers.get("location", "").strip()
    if not location:
        raise FetchError(
            f"{here} redirects without saying where: give the address it should lead to",
            status=answer.status_code,
        )
    try:
        return _without_password(urljoin(here, location))[0]
    except (ValueError, FetchError) as error:
        raise FetchError(
            f"{here} redirects to what is no web address: give the address it should lead to",
            status=answer.status_code,
        ) from error


def _read(
    answer: httpx.Response,
    here: str,
    permanent_url: str | None,
    limits: Limits,
    deadline: Deadline,
    now: datetime,
    conditional: bool,
) -> Fetched:
    status = answer.status_code
    unchanged = status == 304 and conditional
    if not unchanged and status not in (200, 203):
        raise _refusal(answer, here, now)
    body = b"" if unchanged else take_body(answer, here, limits, deadline)
    kind = Message()
    kind["content-type"] = answer.headers.get("content-type", "")
    said = bool(answer.headers.get("content-type"))
    charset = kind.get_content_charset()
    return Fetched(
        status=304 if unchanged else 200,
        url=here,
        permanent_url=permanent_url,
        content=body,
        content_type=kind.get_content_type() if said else "",
        charset=charset.lower() if charset else None,
        etag=answer.headers.get("etag"),
        last_modified=answer.headers.get("last-modified"),
        language=answer.headers.get("content-language", ""),
        links=tuple(answer.headers.get_list("link")),
    )


def _refusal(answer: httpx.Response, here: str, now: datetime) -> FetchError:
    status = answer.status_code
    remedy = {
        401: "it wants a password: put it into the address, as in https://name:password@host/",
        403: "it refuses us: ask its operator to let newsletter-publisher in",
        404: "no such page: check the address",
        410: "it is gone for good: remove the source, or give its new address",
        429: "too many requests: it is asked less often from now on",
    }.get(status, "try again later, or check the address in a browser")
    return FetchError(
        f"{here} answered {status}: {remedy}",
        status=status,
        gone=status == 410,
        retry_after=retry_after(answer.headers.get("retry-after"), now)
        if status in (429, 503)
        else None,
    )


def retry_after(value: str | None, now: datetime) -> float | None:
    """The seconds to wait by a Retry-After header, in either form (RFC 9110 §10.2.3)."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _MOST_PATIENCE)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), _MOST_PATIENCE)


def _no_address(text: str) -> str:
    """Why nothing can be fetched there, without a password that may be in it."""
    if _MAIL.fullmatch(text):
        return "that is an e-mail address: give the address of the site, as your browser shows it"
    if not text:
        return "no address was given: give that of the site, as your browser shows it"
    what = text.rpartition("@")[2][:200]
    return f"not a web address: {what!r} (give it as your browser shows it, such as {_LIKE})"


def _without_password(url: str) -> tuple[str, tuple[str, str] | None]:
    """The address alone, and the (name, password) that stood in it; FetchError if it is none."""
    text = url.strip()
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise FetchError(_no_address(text)) from error
    if parts.scheme not in ("http", "https") or not host:
        raise FetchError(_no_address(text))
    name = f"[{host}]" if ":" in host else host
    netloc = name if port is None else f"{name}:{port}"
    bare = urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, ""))
    if parts.username is None:
        return bare, None
    return bare, (unquote(parts.username), unquote(parts.password or ""))


def _with_password(url: str, password: tuple[str, str] | None) -> str:
    if password is None:
        return url
    parts = urlsplit(url)
    user = ":".join(quote(piece, safe="") for piece in password)
    return urlunsplit(parts._replace(netloc=f"{user}@{parts.netloc}"))


def _origin(url: str) -> tuple[str, str | None, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme]


def _encoded(url: str) -> httpx.URL:
    return httpx.URL("".join(c for c in url if c.isprintable()))
