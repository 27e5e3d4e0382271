"""E-mail addresses: read, made fit for sending, and compared (RFC 5321 §4.1.2, RFC 6531)."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from subscribers.errors import InvalidAddress

# The common case, decided without the validator: a dot-atom in ASCII (RFC 5322 §3.2.3).
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_MAILBOX = re.compile(r"(?P<name>.*?)<(?P<address>[^<>]*)>", re.DOTALL)
_LOCAL_OCTETS = 64  # RFC 5321 §4.5.3.1.1
_ADDRESS_OCTETS = 254  # RFC 5321 §4.5.3.1.3, erratum 1690
_SHOWN = 80  # characters of a wrong address that an error repeats
_PADDING = " \t\u00a0\u202f"  # what copying from a page or a spreadsheet leaves around an address

# The validator refuses these, rightly for the open internet; but a company's own names end in
# .local, and mail to localhost is how a small server is tried out (RFC 6761, RFC 6762).
_HOME = frozenset({"local", "localhost"})


@dataclass(frozen=True, slots=True)
class Address:
    """One address in the forms we need."""

    address: str  # for sending: the local part as typed (NFC), the domain in A-labels
    key: str  # for comparing: case folded; dots and +tags stand, since they may tell people apart
    local: str
    domain: str  # A-labels, lower case
    ascii: bool  # False: needs a server that offers SMTPUTF8 (RFC 6531)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name, perhaps empty, and an address (RFC 5322 §3.4)."""

    name: str
    address: Address


def parse(text: str) -> Address:
    """The address that `text` spells, without asking the network.

    Blanks around it are trimmed. Raises InvalidAddress, whose line says what is wrong with it.
    """
    text = text.strip(_PADDING)
    if has_controls(text):
        raise _invalid(text, "it holds a control character")
    local, at, domain = text.rpartition("@")
    if not at:
        raise _invalid(text, "there is no @ in it")
    if _DOT_ATOM.fullmatch(local) and len(local) <= _LOCAL_OCTETS:
        domain = _domain_of(text, domain)
        if len(local) + 1 + len(domain) > _ADDRESS_OCTETS:
            raise _invalid(text, f"it is longer than {_ADDRESS_OCTETS} characters")
        key = f"{local.lower()}@{domain}"
        return Address(f"{local}@{domain}", key, local, domain, ascii=True)
    return _parse_unusual(text, local, domain)


def key(text: str) -> str:
    """The form in which two spellings of one address are equal; raises InvalidAddress."""
    return parse(text).key


def parse_domain(text: str) -> str:
    """The domain in A-labels and lower case (RFC 5890 §2.3.2.1); raises InvalidAddress."""
    text = text.strip(_PADDING).removeprefix("@")
    return _domain_of(text, text)


def parse_mailbox(text: str) -> Mailbox:
    """`Name <a@b>`, `"Name, and more" <a@b>` or a bare `a@b`; raises InvalidAddress."""
    text = text.strip(_PADDING)
    if has_controls(text):
        raise _invalid(text, "it holds a control character")
    found = _MAILBOX.fullmatch(text)
    if found is None:
        return Mailbox("", parse(text))
    name = found["name"].strip(_PADDING)
    if len(name) >= 2 and name[0] == name[-1] == '"':
        name = re.sub(r"\\(.)", r"\1", name[1:-1])
    return Mailbox(unicodedata.normalize("NFC", name), parse(found["address"]))


def has_controls(text: str) -> bool:
    """Whether there is a control character in it: CR, LF, NUL, and those that only look empty."""
    if text.isprintable():  # the quick answer for nearly every text
        return False
    return any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in text)


def _parse_unusual(text: str, local: str, domain: str) -> Address:
    domain = _domain_of(text, domain)
    try:
        checked = validate_email(
            f"{local}@example.org", check_deliverability=False, test_environment=True, strict=True
        )
    except EmailNotValidError as error:
        raise _invalid(text, _reason(error)) from None
    local = unicodedata.normalize("NFC", local)
    if max(len(local.encode()), 1) > _LOCAL_OCTETS:
        raise _invalid(text, f"what stands before the @ is longer than {_LOCAL_OCTETS} bytes")
    if len(local.encode()) + 1 + len(domain) > _ADDRESS_OCTETS:
        raise _invalid(text, f"it is longer than {_ADDRESS_OCTETS} bytes")
    folded = _fold(local)
    return Address(
        f"{local}@{domain}", f"{folded}@{domain}", local, domain, ascii=not checked.smtputf8
    )


def _fold(local: str) -> str:
    """Canonical caseless form (Unicode, section 3.13, D145), composed again for storing."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", local).casefold())


def _domain_of(text: str, domain: str) -> str:
    try:
        return _domain(domain)
    except EmailNotValidError as error:
        raise _invalid(text, _reason(error)) from None


@lru_cache(maxsize=20_000)
def _domain(domain: str) -> str:
    lowered = domain.lower()
    stem, dot, last = lowered.rpartition(".")
    if lowered == "localhost":
        return lowered
    if last in _HOME and dot:
        return _domain(f"{stem}{dot}test").removesuffix("test") + last
    checked = validate_email(f"x@{domain}", check_deliverability=False, test_environment=True)
    return str(checked.ascii_domain).lower()


def _reason(error: EmailNotValidError) -> str:
    reason = " ".join(str(error).split()).rstrip(".")
    return reason[:1].lower() + reason[1:]


def _invalid(text: str, reason: str) -> InvalidAddress:
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return InvalidAddress(
        f"not an e-mail address: {shown!r}: {reason}; write it like name@example.org"
    )
