"""What every section of config.toml is made of: its base class, and the kinds of its values."""

from __future__ import annotations

import ipaddress
from typing import Annotated, LiteralString
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError


def fail(expected: LiteralString) -> PydanticCustomError:
    """A mistake to raise in a validator; `expected` is the whole sentence after the key."""
    return PydanticCustomError("expected", expected)


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise fail("expected an address such as https://news.example.org")
    if parts.query or parts.fragment or parts.username:
        raise fail("expected an address without '?', '#' or a user name")
    return value.rstrip("/")


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise fail("expected an IANA time zone such as Europe/Paris") from error
    return value


def _one_line(value: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise fail("expected one line without control characters")
    return value


def _address(value: str) -> str:
    local, at, domain = _one_line(value).rpartition("@")
    if not (local and at and domain) or not value.isascii() or " " in value:
        raise fail("expected an address such as admin@example.org")
    return value


HttpUrl = Annotated[str, AfterValidator(_http_url)]
TimeZone = Annotated[str, AfterValidator(_timezone)]
OneLine = Annotated[str, AfterValidator(_one_line)]
Address = Annotated[str, AfterValidator(_address)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class Section(BaseModel):
    """Base of every section: unknown keys are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def is_local_host(host: str) -> bool:
    """Whether a host name or address means this very machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
