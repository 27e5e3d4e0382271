"""config.toml as one typed value; every mistake in it is reported at once, each with its key.

Config is what a deployer changes; lists, sources, schedules and subscribers live in the database.
Secrets may be given in place, from a file, or from the environment, and are never shown.
"""

from __future__ import annotations

import difflib
import enum
import ipaddress
import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal, LiteralString
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from newsletter.errors import ConfigError

DEFAULT_NAME = "config.toml"
DEFAULT_CONNECTIONS = 4  # for a relay that is not local and names no rate
DEFAULT_RATE = 10.0  # messages a second, likewise


def _fail(expected: LiteralString) -> PydanticCustomError:
    return PydanticCustomError("expected", expected)


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _fail("expected an address such as https://news.example.org")
    if parts.query or parts.fragment or parts.username:
        raise _fail("expected an address without '?', '#' or a user name")
    return value.rstrip("/")


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise _fail("expected an IANA time zone such as Europe/Paris") from error
    return value


def _one_line(value: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise _fail("expected one line without control characters")
    return value


def _address(value: str) -> str:
    local, at, domain = _one_line(value).rpartition("@")
    if not (local and at and domain) or not value.isascii() or " " in value:
        raise _fail("expected an address such as admin@example.org")
    return value


HttpUrl = Annotated[str, AfterValidator(_http_url)]
TimeZone = Annotated[str, AfterValidator(_timezone)]
OneLine = Annotated[str, AfterValidator(_one_line)]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class Section(BaseModel):
    """Base of every section: unknown keys are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Site(Section):
    """Who publishes; shown in mails and on pages."""

    name: OneLine = "Newsletter"
    home_url: HttpUrl | None = None  # the site the articles come from
    language: Language = "en"
    timezone: TimeZone = "UTC"
    privacy_url: HttpUrl | None = None
    postal_address: str = ""
    admin: Annotated[str, AfterValidator(_address)] | None = None  # told what only they can mend
    accent: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#8a1c1c"


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
    rate: Annotated[float, Field(gt=0)] | None = None  # messages a second
    messages_per_connection: Annotated[int, Field(ge=1)] = 1000
    helo: OneLine | None = None
    ca_file: Path | None = None
    folder: Path = Path("outbox")

    @model_validator(mode="after")
    def _complete(self) -> RelayConfig:
        if self.kind == "smtp" and not self.host:
            raise _fail("expected 'host', such as smtp.example.org")
        given = [s for s in (self.password, self.password_file, self.password_env) if s]
        if len(given) > 1:
            raise _fail("expected one of 'password', 'password_file' and 'password_env'")
        if given and not self.username:
            raise _fail("expected 'username' beside the password")
        if self.username and self.tls is Tls.NONE and not self.is_local:
            raise _fail("expected tls = 'starttls' or 'implicit' where a password is sent")
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


class Web(Section):
    """The address that the web pages are served on, behind a proxy or not."""

    host: OneLine = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8025
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1")  # whose X-Forwarded-For is believed

    @model_validator(mode="after")
    def _networks(self) -> Web:
        for proxy in self.trusted_proxies:
            try:
                ipaddress.ip_network(proxy)
            except ValueError as error:
                raise _fail("expected addresses or networks in 'trusted_proxies'") from error
        return self


class Sending(Section):
    """How the senders work."""

    workers: Annotated[int, Field(ge=1, le=64)] = 1  # processes that `run` starts
    return_path: OneLine | None = None  # envelope sender; None: the list's own address
    expire_hours: Annotated[int, Field(ge=1, le=24 * 14)] = 72  # then a deferred one is given up
    lease_seconds: Annotated[int, Field(ge=5, le=600)] = 30  # a silent worker is dead after this


class Collecting(Section):
    """How sources are read."""

    every_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 30
    timeout_seconds: Annotated[float, Field(gt=0, le=600)] = 30
    max_bytes: Annotated[int, Field(ge=1024)] = 10_000_000  # of one feed, unpacked


class Config(Section):
    """The whole of config.toml. `folder` is where it lies; relative paths start there."""

    base_url: HttpUrl
    database: str = "sqlite:///newsletter.db"
    keys: Path = Path("keys.toml")
    templates: Path | None = None  # an operator's own, before ours
    site: Site = Site()
    web: Web = Web()
    sending: Sending = Sending()
    collecting: Collecting = Collecting()
    relays: tuple[RelayConfig, ...] = ()
    folder: Path = Path()

    @model_validator(mode="after")
    def _consistent(self) -> Config:
        names = [relay.name for relay in self.relays]
        if len(names) != len(set(names)):
            raise _fail("expected each relay to have a 'name' of its own")
        if not self.database.startswith(("sqlite:///", "postgresql")):
            raise _fail("expected 'database' to begin with sqlite:/// or postgresql://")
        return self

    @property
    def is_public(self) -> bool:
        """Whether readers elsewhere can follow our links; else only local relays are used."""
        return not is_local_host(urlsplit(self.base_url).hostname or "")

    @property
    def usable_relays(self) -> tuple[RelayConfig, ...]:
        """The relays that may be used: only local ones while our links lead to this machine."""
        return tuple(relay for relay in self.relays if self.is_public or relay.is_local)

    def path(self, path: Path) -> Path:
        """A path of the config, absolute."""
        return path if path.is_absolute() else self.folder / path

    def url(self, path: str) -> str:
        """A public address of ours; always from `base_url`, never from a Host header."""
        return f"{self.base_url}/{path.lstrip('/')}"


def is_local_host(host: str) -> bool:
    """Whether a host name or address means this very machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def load_config(path: Path) -> Config:
    """Read and check a configuration file.

    Raises ConfigError with all its mistakes, or with the one that keeps it from being read.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError as error:
        raise ConfigError(
            str(path), ["there is no such file (make one with 'newsletter init')"]
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), [f"cannot be read: {error}"]) from error
    try:
        return parse_config(text, path.absolute().parent)
    except ConfigError as error:
        raise ConfigError(str(path), error.mistakes) from error


def parse_config(text: str, folder: Path) -> Config:
    """The same from text; `folder` is where relative paths start."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        end = f"(at end of document, line {len(text.splitlines()) or 1})"
        said = str(error).replace("(at end of document)", end)
        raise ConfigError("config", [f"not TOML: {said}"]) from error
    data["folder"] = folder
    if from_environment := os.environ.get("NEWSLETTER_DATABASE"):
        data["database"] = from_environment  # its password need not stand in a file
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        raise ConfigError("config", [_mistake(e) for e in error.errors()]) from None
    return _with_absolute_paths(config)


def _with_absolute_paths(config: Config) -> Config:
    relays = tuple(
        relay.model_copy(
            update={
                "folder": config.path(relay.folder),
                "password_file": relay.password_file and config.path(relay.password_file),
                "ca_file": relay.ca_file and config.path(relay.ca_file),
            }
        )
        for relay in config.relays
    )
    database = config.database
    if database.startswith("sqlite:///") and not database.startswith("sqlite:////"):
        database = f"sqlite:///{config.folder / database.removeprefix('sqlite:///')}"
    return config.model_copy(
        update={
            "keys": config.path(config.keys),
            "templates": config.templates and config.path(config.templates),
            "relays": relays,
            "database": database,
        }
    )


_SECTIONS: dict[object, type[Section]] = {
    "site": Site,
    "web": Web,
    "sending": Sending,
    "collecting": Collecting,
    "relays": RelayConfig,
}


def _nearest(error: ErrorDetails) -> str:
    """`did you mean 'language'?`, where a key of that section is nearly the one that was given."""
    first, *rest = error["loc"]
    known = set(Config.model_fields) - {"folder"}
    if rest and first in _SECTIONS:
        known = set(_SECTIONS[first].model_fields)
    near = difflib.get_close_matches(str(error["loc"][-1]), known)
    return f"did you mean '{near[0]}'?" if near else ""


_PATTERNS = {
    "name": "expected lower-case letters, digits and '-'",
    "language": "expected a language code such as fr or en-GB",
    "accent": "expected a colour such as #8a1c1c",
}


def _mistake(error: ErrorDetails) -> str:
    """One line: the key as it stands in the file, and what was expected. Never the value."""
    where = ""
    for part in error["loc"]:
        where += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    match error["type"]:
        case "missing":
            what = "is missing"
        case "extra_forbidden":
            what = f"is not a key we know ({_nearest(error) or 'see config.example.toml'})"
        case "string_pattern_mismatch":
            what = _PATTERNS.get(str(error["loc"][-1]), "is not of the expected form")
        case _:
            what = error["msg"][0].lower() + error["msg"][1:]
    return f"{where.lstrip('.') or 'config'}: {what}"
