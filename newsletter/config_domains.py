"""The recipient domains of config.toml that want their mail at a pace of their own."""

from __future__ import annotations

from typing import Annotated

import idna
from pydantic import AfterValidator, Field, model_validator

from newsletter.config_values import Section, fail

MESSAGES_A_CONNECTION = 10.0  # a second, where only the number of connections is said


def _domain(value: str) -> str:
    try:
        return idna.encode(value.strip().rstrip("."), uts46=True).decode("ascii").lower()
    except idna.IDNAError as error:
        raise fail("expected a domain such as example.org, without '@' or '*'") from error


Domain = Annotated[str, AfterValidator(_domain)]
"""In A-labels and lower case, as deliveries name theirs (RFC 5890 §2.3.2.1)."""


class DomainConfig(Section):
    """The limits of one recipient domain, or of several that share them; the first names them all.

    A name means that very domain: its subdomains have their own mail servers, or none.
    """

    names: Annotated[tuple[Domain, ...], Field(min_length=1)]
    connections: Annotated[int, Field(ge=1, le=200)] | None = None  # messages at once
    rate: Annotated[float, Field(gt=0)] | None = None  # messages a second

    @model_validator(mode="after")
    def _complete(self) -> DomainConfig:
        if self.connections is None and self.rate is None:
            raise fail("expected 'connections', 'rate' or both")
        return self

    @property
    def effective_rate(self) -> float:
        """Messages a second; by the number of connections where no rate is said."""
        return self.rate or (self.connections or 1) * MESSAGES_A_CONNECTION
