"""The domains of config.toml that we sign for ourselves (DKIM), and where their keys lie."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from newsletter.config_domains import Domain
from newsletter.config_values import Section, fail

# RFC 6376 §3.1: one or more labels, as in a host name.
Selector = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$",
        max_length=100,
    ),
]


class DkimConfig(Section):
    """One domain: its RSA key, and perhaps an Ed25519 key beside it, each under its selector."""

    domain: Domain
    selector: Selector
    key_file: Path
    ed25519_selector: Selector | None = None
    ed25519_key_file: Path | None = None

    @model_validator(mode="after")
    def _complete(self) -> DkimConfig:
        if (self.ed25519_selector is None) != (self.ed25519_key_file is None):
            raise fail("expected both of 'ed25519_selector' and 'ed25519_key_file', or neither")
        if self.selector == self.ed25519_selector:
            raise fail("expected an 'ed25519_selector' other than 'selector'")
        return self

    @property
    def files(self) -> dict[str, Path]:
        """Its private keys by selector, RSA first; `db backup` takes them along."""
        files = {self.selector: self.key_file}
        if self.ed25519_selector is not None and self.ed25519_key_file is not None:
            files[self.ed25519_selector] = self.ed25519_key_file
        return files
