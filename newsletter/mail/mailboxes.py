"""Mailboxes as they stand in headers and envelopes: a name, a local part, a domain in A-labels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import idna

from newsletter.errors import MessageError
from newsletter.mail.encoding import refuse_controls

__all__ = ["Mailbox", "addr_spec", "aligned", "ascii_domain", "needs_smtputf8"]

_ATEXT = r"A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-"  # RFC 5322 §3.2.3, widened by RFC 6531
_DOT_ATOM = re.compile(rf"[{_ATEXT}]+(?:\.[{_ATEXT}]+)*")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_HOST = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*")
_LITERAL = re.compile(r"\[[A-Za-z0-9:.]+\]")

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address and the name shown with it, "" for none."""

    address: str
    name: str = ""


@lru_cache(maxsize=4096)
def ascii_domain(domain: str) -> str:
    """`domain` in A-labels (RFC 5890), the only form older software can use.

    An encoded-word inside an address is illegal, so this comes before any header is made. Raises
    MessageError for what is not a domain.
    """
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except idna.IDNAError as error:
            raise MessageError(f"not a domain: {domain!r} ({error}); correct it") from error
    if len(domain) > 255 or not (_HOST.fullmatch(domain) or _LITERAL.fullmatch(domain)):
        raise MessageError(f"not a domain: {domain!r}; correct it")
    return domain


@lru_cache(maxsize=4096)
def addr_spec(address: str) -> str:
    """`address` as headers and SMTP commands carry it (RFC 5322 §3.4.1): the domain in A-labels.

    Only a non-ASCII local part stays as it is; the message then needs SMTPUTF8. Raises
    MessageError, naming the address, for what is not an address.
    """
    refuse_controls(address, "address")
    local, at, domain = address.rpartition("@")
    if not at or not (_DOT_ATOM.fullmatch(local) or _QUOTED.fullmatch(local)):
        raise MessageError(f"not an address: {address!r}; it must look like name@example.org")
    if len(local.encode()) > 64:  # RFC 5321 §4.5.3.1.1
        raise MessageError(f"the part before @ is longer than 64 bytes: {address!r}; shorten it")
    return f"{local}@{ascii_domain(domain)}"


def needs_smtputf8(address: str) -> bool:
    """Whether mail to `address` can only go to a server that offers SMTPUTF8 (RFC 6531)."""
    return not address.rpartition("@")[0].isascii()


def aligned(by_domain: Mapping[str, Found], domain: str) -> Found | None:
    """What is there for `domain`, else for the nearest domain above it; keys are in A-labels.

    Signed by either, mail from `domain` is its author's to DMARC (RFC 7489 §3.1.1).
    """
    name = ascii_domain(domain).lower()
    while name:
        if name in by_domain:
            return by_domain[name]
        name = name.partition(".")[2]
    return None
