"""config.toml as one typed value; every mistake in it is reported at once, each with its key.

Config is what a deployer changes; lists, sources, schedules and subscribers live in the database.
Secrets may be given in place, from a file, or from the environment, and are never shown.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import tomllib
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from newsletter.config_dkim import DkimConfig
from newsletter.config_domains import DomainConfig
from newsletter.config_metrics import Metrics
from newsletter.config_relays import RelayConfig, Tls
from newsletter.config_retention import Retention, Signup
from newsletter.config_values import (
    Address,
    HttpUrl,
    Language,
    OneLine,
    Section,
    TimeZone,
    fail,
    is_local_host,
)
from newsletter.errors import ConfigError

__all__ = [
    "Config",
    "DkimConfig",
    "DomainConfig",
    "Metrics",
    "RelayConfig",
    "Retention",
    "Signup",
    "Tls",
    "is_local_host",
    "load_config",
    "parse_config",
]


class Site(Section):
    """Who publishes; shown in mails and on pages."""

    name: OneLine = "Newsletter"
    home_url: HttpUrl | None = None  # the site the articles come from
    language: Language = "en"
    timezone: TimeZone = "UTC"
    privacy_url: HttpUrl | None = None  # needed as soon as base_url is public
    postal_address: str = ""
    admin: Address | None = None  # told what only they can mend
    accent: Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")] = "#8a1c1c"


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
                raise fail("expected addresses or networks in 'trusted_proxies'") from error
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
    at_once: Annotated[int, Field(ge=1, le=500)] = 50  # sources, each in a thread that waits for it


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
    signup: Signup = Signup()
    retention: Retention = Retention()
    metrics: Metrics = Metrics()
    relays: tuple[RelayConfig, ...] = ()
    domains: tuple[DomainConfig, ...] = ()
    dkim: tuple[DkimConfig, ...] = ()
    folder: Path = Path()

    @model_validator(mode="after")
    def _consistent(self) -> Config:
        names = [relay.name for relay in self.relays]
        if len(names) != len(set(names)):
            raise fail("expected each relay to have a 'name' of its own")
        limited = [name for domain in self.domains for name in domain.names]
        if len(limited) != len(set(limited)):
            raise fail("expected each domain to stand once among the 'names' of [[domains]]")
        signed = [section.domain for section in self.dkim]
        if len(signed) != len(set(signed)):
            raise fail("expected each 'domain' of [[dkim]] once")
        if self.is_public and self.site.privacy_url is None:
            raise fail(
                "expected 'privacy_url' in [site]: the sign-up form leads to your page on privacy"
            )
        if not self.database.startswith(("sqlite:///", "postgresql")):
            raise fail("expected 'database' to begin with sqlite:/// or postgresql://")
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
    dkim = tuple(
        section.model_copy(
            update={
                "key_file": config.path(section.key_file),
                "ed25519_key_file": section.ed25519_key_file
                and config.path(section.ed25519_key_file),
            }
        )
        for section in config.dkim
    )
    token_file = config.metrics.token_file and config.path(config.metrics.token_file)
    database = config.database
    if database.startswith("sqlite:///") and not database.startswith("sqlite:////"):
        database = f"sqlite:///{config.folder / database.removeprefix('sqlite:///')}"
    return config.model_copy(
        update={
            "keys": config.path(config.keys),
            "templates": config.templates and config.path(config.templates),
            "relays": relays,
            "dkim": dkim,
            "metrics": config.metrics.model_copy(update={"token_file": token_file}),
            "database": database,
        }
    )


_SECTIONS: dict[object, type[Section]] = {
    "site": Site,
    "web": Web,
    "sending": Sending,
    "collecting": Collecting,
    "signup": Signup,
    "retention": Retention,
    "metrics": Metrics,
    "relays": RelayConfig,
    "domains": DomainConfig,
    "dkim": DkimConfig,
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
    "selector": "expected lower-case letters, digits and '-'",
    "ed25519_selector": "expected lower-case letters, digits and '-'",
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
