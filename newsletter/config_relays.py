"""The [[relays]] of config.toml: where each is, how it is spoken to, and its limits."""

from __future__ import annotations

import enum
import os
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator

from newsletter.config_values import OneLine, Section, fail, is_local_host
from newsletter.errors import ConfigError

DEFAULT_CONNECTIONS = 4  # for a relay that is not local and names no rate
DEFAULT_RATE = 10.0  # messages a second, likewise


def _growing(value: object) -> object:
    days = value if isinstance(value, list | tuple) else []
    whole = all(isinstance(day, int) and not isinstance(day, bool) for day in days)
    if not days or not whole or days[0] < 1 or any(a > b for a, b in pairwise(days)):
        raise fail("expected growing numbers of messages, such as [50, 100, 500], one for each day")
    return value


def _share(value: float) -> float:
    if not 0 <= value <= 0.5:
        raise fail("expected a share between 0 and 0.5")
    return value


Limit = Annotated[int, Field(ge=1)]


class Tls(enum.StrEnum):
    NONE = "none"  # only for a relay on this machine or a trusted network
    STARTTLS = "starttls"  # required: never falls back to plain text
    IMPLICIT = "implicit"


class RelayConfig(Section):
    """An SMTP server we hand mail to, or a folder that only keeps it (`kind = "outbox"`)."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    kind: Literal["smtp", "outbox"] = "smtp"
    host: OneLine = ""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    tls: Tls = Tls.STARTTLS
    username: OneLine | None = None
    password: SecretStr | None = None
    password_file: Path | None = None
    password_env: str | None = None
    connections: Annotated[int, Field(ge=1, le=200)] | None = None
    weight: Annotated[int, Field(ge=0, le=1000)] = 1  # 0: only when no other can be used
    rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None  # messages a second
    per_minute: Limit | None = None  # messages, in any minute
    per_hour: Limit | None = None
    per_day: Limit | None = None
    # Messages a day while it is new: on its first day, its second, …; afterwards `per_day`.
    warm_up: Annotated[tuple[int, ...], BeforeValidator(_growing)] | None = None
    # Kept for alerts and notices, of each of these limits.
    reserve: Annotated[float, AfterValidator(_share)] = 0.1
    messages_per_connection: Annotated[int, Field(ge=1)] = 1000
    pipelining: bool = True  # several commands at once, where the server offers it (RFC 2920)
    helo: OneLine | None = None
    ca_file: Path | None = None
    folder: Path = Path("outbox")

    @model_validator(mode="after")
    def _complete(self) -> RelayConfig:
        if self.kind == "smtp" and not self.host:
            raise fail("expected 'host', such as smtp.example.org")
        given = [s for s in (self.password, self.password_file, self.password_env) if s]
        if len(given) > 1:
            raise fail("expected one of 'password', 'password_file' and 'password_env'")
        if given and not self.username:
            raise fail("expected 'username' beside the password")
        if self.username and self.tls is Tls.NONE and not self.is_local:
            raise fail("expected tls = 'starttls' or 'implicit' where a password is sent")
        return self

    @property
    def is_local(self) -> bool:
        """Whether it stands on this machine, or is a folder of it."""
        return self.kind == "outbox" or is_local_host(self.host)

    @property
    def effective_port(self) -> int:
        """465 for implicit TLS, 25 for a local relay without TLS, else 587 (RFC 6409, RFC 8314)."""
        if self.port is not None:
            return self.port
        return {Tls.IMPLICIT: 465, Tls.STARTTLS: 587, Tls.NONE: 25}[self.tls]

    @property
    def effective_connections(self) -> int:
        if self.connections is not None:
            return self.connections
        return 10 if self.is_local else DEFAULT_CONNECTIONS

    @property
    def effective_rate(self) -> float | None:
        """Messages a second; None is no limit, which only a local relay gets unasked."""
        if self.rate is not None or self.is_local:
            return self.rate
        return DEFAULT_RATE

    def secret(self) -> str | None:
        """The password, read now from where it is kept.

        Raises ConfigError when the file or the variable is not there.
        """
        if self.password_file is not None:
            try:
                return self.password_file.read_text("utf-8").strip()
            except OSError as error:
                raise ConfigError(
                    f"relay '{self.name}'",
                    [f"password_file: cannot read {self.password_file}: {error.strerror}"],
                ) from error
        if self.password_env is not None:
            value = os.environ.get(self.password_env)
            if value is None:
                raise ConfigError(
                    f"relay '{self.name}'",
                    [f"password_env: {self.password_env} is not set in the environment"],
                )
            return value
        return self.password.get_secret_value() if self.password else None
