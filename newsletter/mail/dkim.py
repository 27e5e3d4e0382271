"""DKIM: signs a message on its way out, so that receivers know whose it is (RFC 6376, 8301, 8463).

Always rsa-sha256, relaxed/relaxed, over the whole body; beside it Ed25519 where there is such a
key, but never alone, since many receivers cannot read it. The fields that receivers show, or act
upon, are signed once more than they occur: a second From or List-Unsubscribe that somebody adds on
the way breaks the signature. Both kinds of signature are deterministic, so the same message and
moment give the same bytes at every try.

What costs is RSA alone. The body of our own messages is in its canonical form already, and most
fields are the same in a whole issue, so that their canonical form is remembered.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from newsletter.config_dkim import DkimConfig
from newsletter.errors import ConfigError, MessageError
from newsletter.mail.mailboxes import aligned

__all__ = ["DkimKey", "Signer", "load_signers", "signer_for"]

RSA_BITS = 2048  # of a new key; RFC 8301 §3.2 has verifiers take up to 4096

_SIGNED = frozenset(
    b"from to cc subject date message-id reply-to sender mime-version content-type "
    b"content-transfer-encoding feedback-id auto-submitted precedence".split()
)  # and every list-*
_OVERSIGNED = (
    *(b"from", b"to", b"cc", b"subject", b"date", b"reply-to", b"content-type"),
    *(b"list-unsubscribe", b"list-unsubscribe-post"),
)
_LINE = 76

PrivateKey = RSAPrivateKey | Ed25519PrivateKey


@dataclass(frozen=True)
class DkimKey:
    """One key of a domain, and the name under which DNS has its public half."""

    domain: str  # in A-labels, lower case: the d= of its signatures
    selector: str
    private: PrivateKey = field(repr=False)

    @property
    def is_rsa(self) -> bool:
        return isinstance(self.private, RSAPrivateKey)

    @property
    def algorithm(self) -> str:
        return "rsa-sha256" if self.is_rsa else "ed25519-sha256"

    @property
    def dns_name(self) -> str:
        """Where receivers look for the public key (RFC 6376 §3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def public(self) -> str:
        """The public key in base64, as p= gives it (RFC 6376 §3.6.1, RFC 8463 §4)."""
        key, to = self.private.public_key(), serialization
        if self.is_rsa:
            raw = key.public_bytes(to.Encoding.DER, to.PublicFormat.SubjectPublicKeyInfo)
        else:
            raw = key.public_bytes(to.Encoding.Raw, to.PublicFormat.Raw)
        return b64encode(raw).decode("ascii")

    @property
    def record(self) -> str:
        """The TXT record to publish at `dns_name`."""
        return f"v=DKIM1; k={'rsa' if self.is_rsa else 'ed25519'}; p={self.public}"

    @classmethod
    def load(cls, domain: str, selector: str, file: Path) -> DkimKey:
        """The key in a PEM file that only its owner may read; raises ConfigError naming the file.

        RSA of 2048 to 4096 bits, or Ed25519.
        """
        try:
            mode = file.stat().st_mode
            pem = file.read_bytes()
        except FileNotFoundError as error:
            raise _broken(
                file,
                f"there is no such file (restore it from a backup, or run 'newsletter dkim create "
                f"{domain} --selector {selector}')",
            ) from error
        except OSError as error:
            raise _broken(file, f"cannot be read: {error.strerror}") from error
        if mode & 0o077:
            raise _broken(file, f"is readable by others (run 'chmod 600 {file}')")
        try:
            private = serialization.load_pem_private_key(pem, password=None)
        except TypeError as error:
            raise _broken(
                file, f"is locked by a passphrase (unlock it: openssl pkey -in {file})"
            ) from error
        except (ValueError, UnsupportedAlgorithm) as error:
            raise _broken(file, "holds no private key in PEM (name the right file)") from error
        if isinstance(private, RSAPrivateKey):
            if not RSA_BITS <= private.key_size <= 4096:
                raise _broken(
                    file,
                    f"is an RSA key of {private.key_size} bits, and receivers want 2048 to 4096 "
                    f"(make a new one with 'newsletter dkim create {domain} --selector …')",
                )
        elif not isinstance(private, Ed25519PrivateKey):
            raise _broken(
                file,
                "is neither an RSA nor an Ed25519 key (make one with 'newsletter dkim create "
                f"{domain} --selector …')",
            )
        return cls(domain, selector, private)

    def _sign(self, signed: bytes) -> bytes:
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(signed, PKCS1v15(), hashes.SHA256())
        return self.private.sign(hashlib.sha256(signed).digest())  # RFC 8463 §3


class Signer:
    """Signs with one RSA key, and with Ed25519 keys beside it."""

    def __init__(self, keys: Sequence[DkimKey]) -> None:
        """Raises ValueError unless there is an RSA key and all are of one domain."""
        if not any(key.is_rsa for key in keys) or len({key.domain for key in keys}) > 1:
            raise ValueError("a DKIM signer needs an RSA key, and all its keys of one domain")
        self.keys = tuple(keys)

    @cached_property
    def domain(self) -> str:
        return self.keys[0].domain

    def sign(self, message: bytes, at: datetime, *, canonical_body: bool) -> bytes:
        """The DKIM-Signature fields, each ending in CRLF, to put before `message`.

        `message` has CRLF lines. `canonical_body` promises that its body is its own "relaxed"
        canonical form (RFC 6376 §3.4.4), and is hashed as it is. Raises MessageError for a message
        without a From.
        """
        head, _, body = message.partition(b"\r\n\r\n")
        if message.startswith(b"\r\n"):
            head, body = b"", message[2:]
        digest = hashlib.sha256(body if canonical_body else relaxed_body(body)).digest()
        names, fields = _selected(head)
        tail = (
            f"t={int(at.timestamp())};\r\n{_header_list(names)}"
            f" bh={b64encode(digest).decode('ascii')};\r\n b="
        )
        return b"".join(self._field(key, fields, tail) for key in self.keys)

    def _field(self, key: DkimKey, fields: bytes, tail: str) -> bytes:
        """One signature over the canonical `fields`, and over itself but for what is in b=."""
        start = f"DKIM-Signature: v=1; a={key.algorithm}; c=relaxed/relaxed;\r\n"
        unsigned = f"{start} d={key.domain}; s={key.selector}; {tail}".encode("ascii")
        signature = b64encode(key._sign(fields + _canonical(unsigned)))
        lines = [signature[:70]]  # beside " b="
        lines += [signature[i : i + 73] for i in range(70, len(signature), 73)]
        return unsigned + b"\r\n ".join(lines) + b"\r\n"


def load_signers(configured: Iterable[DkimConfig]) -> dict[str, Signer]:
    """A signer for each domain with keys, by the domain; raises ConfigError naming file and remedy.

    Empty where nothing is configured: then no message is signed here.
    """
    return {section.domain: Signer(load_keys(section)) for section in configured}


def load_keys(section: DkimConfig) -> list[DkimKey]:
    """The one or two keys of a domain, RSA first; raises ConfigError."""
    keys = [DkimKey.load(section.domain, name, file) for name, file in section.files.items()]
    if not keys[0].is_rsa:
        raise _broken(
            section.key_file,
            "is an Ed25519 key, which many receivers cannot read (name an RSA key in 'key_file', "
            "and this one in 'ed25519_key_file')",
        )
    if section.ed25519_key_file is not None and keys[1].is_rsa:
        raise _broken(
            section.ed25519_key_file, "is an RSA key (name an Ed25519 key in 'ed25519_key_file')"
        )
    return keys


def signer_for(signers: Mapping[str, Signer], domain: str) -> Signer | None:
    """The signer for a From at `domain`; None: such mail is not signed here."""
    return aligned(signers, domain)


# --- What is signed ------------------------------------------------------------------------------

_next_field = re.compile(rb"\r\n(?![ \t])")
_spaces = re.compile(rb"[ \t]+")
_runs = re.compile(rb"[ \t]{2,}|\t")


def _selected(head: bytes) -> tuple[tuple[bytes, ...], bytes]:
    """The names for h=, and the canonical fields they stand for.

    Of fields with one name the last comes first (RFC 6376 §5.4.2); a name that stands for no field
    is there so that none can be added.
    """
    found: dict[bytes, list[bytes]] = {}
    for raw in _next_field.split(head):
        name, canonical = _named(raw)
        if name:
            found.setdefault(name, []).append(canonical)
    if b"from" not in found:
        raise MessageError("From: is missing, and a message without it cannot be signed; add it")
    names: list[bytes] = []
    fields: list[bytes] = []
    for name, canonicals in found.items():
        for canonical in reversed(canonicals):
            names.append(name)
            fields.append(canonical)
    return (*names, *_OVERSIGNED), b"".join(fields)


@lru_cache(maxsize=1024)  # a whole issue shares most fields
def _named(raw: bytes) -> tuple[bytes, bytes]:
    """Name and canonical form, with its CRLF, of a field that is signed; b"" as name otherwise."""
    name = raw.partition(b":")[0].rstrip(b" \t").lower()
    if name in _SIGNED or name.startswith(b"list-"):
        return name, _canonical(raw) + b"\r\n"
    return b"", b""


def _canonical(raw: bytes) -> bytes:
    """A field, without its CRLF, in relaxed form (RFC 6376 §3.4.2)."""
    name, _, value = raw.partition(b":")
    value = _spaces.sub(b" ", value.replace(b"\r\n", b"")).strip(b" ")
    return name.rstrip(b" \t").lower() + b":" + value


def relaxed_body(body: bytes) -> bytes:
    """A body in relaxed form (RFC 6376 §3.4.4): no run of spaces, none at a line's end, no empty
    lines at the end; a body without anything else is empty.
    """
    body = _runs.sub(b" ", body).replace(b" \r\n", b"\r\n")
    body = body.removesuffix(b" ")
    end = len(body)
    while body.endswith(b"\r\n", 0, end):
        end -= 2
    return body[:end] + b"\r\n" if end else b""


@lru_cache(maxsize=64)
def _header_list(names: tuple[bytes, ...]) -> str:
    """The h= tag on lines of its own, folded after a colon."""
    lines = [" h="]
    for index, name in enumerate(names):
        word = name.decode("ascii") + (";" if index == len(names) - 1 else ":")
        if len(lines[-1]) + len(word) > _LINE:
            lines.append(" ")
        lines[-1] += word
    return "".join(f"{line}\r\n" for line in lines)


def _broken(file: Path, mistake: str) -> ConfigError:
    return ConfigError(str(file), [mistake])
