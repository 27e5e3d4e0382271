"""Keys for DKIM: makes them, says what DNS and config.toml must say, and whether DNS says it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from pydantic import ValidationError

from newsletter.config import Config, DkimConfig
from newsletter.errors import Refused
from newsletter.mail.dkim import RSA_BITS, DkimKey, PrivateKey, load_keys
from newsletter.setup.domains import records
from newsletter.setup.findings import Finding, bad, good, unsure

_STRING = 255  # octets of one string of a TXT record (RFC 1035 §3.3.14)


@dataclass(frozen=True)
class Made:
    """The keys of a domain, where they lie, and which of the files were there before."""

    section: DkimConfig
    keys: tuple[DkimKey, ...]
    kept: frozenset[Path]


def create_keys(config: Config, domain: str, selector: str, *, with_ed25519: bool) -> Made:
    """Make the keys of `domain` in files beside keys.toml, readable by their owner only.

    A file that exists is left as it is, and read. Raises Refused for what is no domain or no
    selector, or a file that cannot be written, and ConfigError for a file that holds no such key.
    """
    folder = config.keys.parent
    second = f"{selector}-ed" if with_ed25519 else None
    try:
        section = DkimConfig(domain=domain, selector=selector, key_file=Path())
        section = DkimConfig(
            domain=section.domain,
            selector=selector,
            key_file=folder / f"dkim.{section.domain}.{selector}.pem",
            ed25519_selector=second,
            ed25519_key_file=folder / f"dkim.{section.domain}.{second}.pem" if second else None,
        )
    except ValidationError as error:
        about = {str(mistake["loc"][0]) for mistake in error.errors() if mistake["loc"]}
        if "domain" in about:
            raise Refused(f"not a domain: {domain!r} (give one such as example.org)") from None
        raise Refused(f"not a selector: {selector!r} (use a-z, 0-9 and '-')") from None
    files = section.files.values()
    kept = frozenset(file for file in files if file.exists())
    for file in files:
        if file not in kept:
            _write(file, _new_key(is_rsa=file == section.key_file))
    return Made(section, tuple(load_keys(section)), kept)


def _new_key(*, is_rsa: bool) -> PrivateKey:
    if is_rsa:
        return rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    return ed25519.Ed25519PrivateKey.generate()


def _write(file: Path, private: PrivateKey) -> None:
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise Refused(f"{file}: cannot be written: {error.strerror} (mend that folder)") from error
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(pem)
        stream.flush()
        os.fsync(stream.fileno())


def keys_of(config: Config) -> list[DkimKey]:
    """All keys of config.toml; raises ConfigError naming the first that will not do."""
    return [key for section in config.dkim for key in load_keys(section)]


def zone_lines(key: DkimKey) -> str:
    """The record as a zone file has it, in strings that are not too long."""
    pieces = [key.record[i : i + _STRING] for i in range(0, len(key.record), _STRING)]
    strings = "\n".join(f'  "{piece}"' for piece in pieces)
    return f"{key.dns_name}. IN TXT (\n{strings} )"


def config_lines(section: DkimConfig, folder: Path) -> str:
    """The section as config.toml has it; files below `folder`, the config's, by their names."""

    def name(file: Path) -> str:
        return str(file.relative_to(folder) if file.is_relative_to(folder) else file)

    lines = [
        "[[dkim]]",
        f'domain = "{section.domain}"',
        f'selector = "{section.selector}"',
        f'key_file = "{name(section.key_file)}"',
    ]
    if section.ed25519_key_file is not None:
        lines += [
            f'ed25519_selector = "{section.ed25519_selector}"',
            f'ed25519_key_file = "{name(section.ed25519_key_file)}"',
        ]
    return "\n".join(lines)


def examine_key(key: DkimKey) -> Finding:
    """Whether DNS has the public half of a key; raises Unanswered when DNS does not say."""
    where = key.dns_name
    found = [text for text in records(key.dns_name, "TXT") if "p=" in text]
    remedy = "publish what 'newsletter dkim show' gives"
    if not found:
        return bad("dkim", f"DNS has no key at {where}: what we sign is not believed", remedy)
    if len(found) > 1:
        return bad("dkim", f"DNS has {len(found)} keys at {where}: receivers believe none", remedy)
    tags = dict(_tags(found[0]))
    if tags.get("v", "DKIM1") != "DKIM1" or tags.get("k", "rsa") != dict(_tags(key.record))["k"]:
        return bad("dkim", f"DNS has a key of another kind at {where}", remedy)
    if not tags.get("p"):
        return bad("dkim", f"DNS says that the key at {where} is revoked", remedy)
    if tags["p"] != key.public:
        return bad("dkim", f"DNS has another key at {where}: what we sign is not believed", remedy)
    if "sha256" not in tags.get("h", "sha256").split(":"):
        return bad("dkim", f"DNS allows no sha256 at {where}: what we sign is not believed", remedy)
    if "y" in tags.get("t", "").split(":"):
        return unsure("dkim", f"DNS says that the key at {where} is being tested", "remove t=y")
    return good("dkim", f"{where} has our public key")


def _tags(record: str) -> Iterator[tuple[str, str]]:
    """The tags of a key record (RFC 6376 §3.6.1), without white space."""
    for tag in record.split(";"):
        name, equals, value = re.sub(r"\s", "", tag).partition("=")
        if equals:
            yield name, value
