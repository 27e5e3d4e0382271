"""The [metrics] of config.toml: who may read in numbers how everything goes, and where."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from newsletter.config_values import OneLine, Section, fail
from newsletter.errors import ConfigError

SHORTEST_TOKEN = 16  # characters


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value))
    except ValueError as error:
        raise fail("expected an address or a network such as 10.0.0.0/8") from error


class Metrics(Section):
    """Off unless enabled, and then only for these networks, or for who shows the token."""

    enabled: bool = False
    allowed: tuple[Annotated[str, AfterValidator(_network)], ...] = ()  # who reads without a token
    token_file: Path | None = None
    token_env: str | None = None
    worker_host: OneLine = "127.0.0.1"
    worker_port: Annotated[int, Field(ge=1, le=65535)] | None = None  # of the first sender

    @model_validator(mode="after")
    def _complete(self) -> Metrics:
        if self.token_file and self.token_env:
            raise fail("expected one of 'token_file' and 'token_env'")
        if self.enabled and not (self.allowed or self.token_file or self.token_env):
            raise fail("expected 'allowed', 'token_file' or 'token_env': metrics are not public")
        return self

    def token(self) -> str | None:
        """What a reader must show, read now from where it is kept; None: no token will do.

        Raises ConfigError when it is not there, or is too short to be a secret.
        """
        if self.token_file is not None:
            try:
                token = self.token_file.read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                reason = f"token_file: cannot read {self.token_file} (write the token into it)"
                raise ConfigError("metrics", [reason]) from error
        elif self.token_env is not None:
            token = os.environ.get(self.token_env, "")
        else:
            return None
        if len(token) < SHORTEST_TOKEN or not token.isascii():
            where = "token_file" if self.token_file else "token_env"
            reason = f"{where}: expected a token of {SHORTEST_TOKEN} ASCII characters or more"
            raise ConfigError("metrics", [reason])
        return token
