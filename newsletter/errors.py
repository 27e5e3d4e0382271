"""The errors we expect, as one shallow tree.

    NewsletterError                 one line for the user: what, and the remedy
    ├── ConfigError                 config.toml or keys.toml; carries every mistake found
    ├── NotFound (LookupError)      no such list, issue, article, source …
    ├── Refused                     asked for something that would do harm or makes no sense now
    │   ├── OneMoreStep             … before something else was done
    │   └── TooMany                 … before some time has passed
    ├── DatabaseError               cannot open it, or it was restored
    │   └── SchemaError             … it is of another version
    ├── CollectError                a source could not be read
    │   ├── FetchError              … over the network
    │   └── ParseError              … what came back is not what it should be
    ├── ComposeError                a template or its values are at fault
    ├── MessageError (ValueError)   a value would break the message (RFC 5322)
    └── RelayError                  the relay is at fault, never a recipient

Every message is lower case, names the thing and ends with the remedy. A bug is none of these and
keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime


class NewsletterError(Exception):
    """Base of every error that a user may see; `str()` is the one line shown to them."""


class ConfigError(NewsletterError):
    """One or more mistakes in a configuration file.

    `mistakes` holds a line each: the key, what is wrong and what was expected.
    """

    def __init__(self, where: str, mistakes: Sequence[str]) -> None:
        self.where = where
        self.mistakes = tuple(mistakes)
        noun = "mistake" if len(self.mistakes) == 1 else "mistakes"
        super().__init__(
            f"{where}: {len(self.mistakes)} {noun}\n" + "\n".join(f"  {m}" for m in self.mistakes)
        )


class NotFound(NewsletterError, LookupError):
    """The thing named does not exist."""

    def __str__(self) -> str:
        return str(self.args[0])  # LookupError's KeyError cousin would quote it


class Refused(NewsletterError):
    """The thing asked for is understood, and will not be done as asked."""


class OneMoreStep(Refused):
    """Many ask just now: whoever asks must press one more button first."""


class TooMany(Refused):
    """Far too many ask just now; `until` is when it may be asked again, aware."""

    def __init__(self, message: str, until: datetime) -> None:
        super().__init__(message)
        self.until = until


class DatabaseError(NewsletterError):
    """The database cannot be used as it is."""


class SchemaError(DatabaseError):
    """The database is of another version: to try again cannot help."""


class CollectError(NewsletterError):
    """A source could not be read."""


class FetchError(CollectError):
    """The address could not be fetched.

    `status` is the HTTP status when there was one; `retry_after` is in seconds when the server
    named it (RFC 9110 §10.2.3); `gone` is true for 410.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        gone: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
        self.gone = gone


class ParseError(CollectError):
    """What was fetched cannot be read as what the source is said to be."""


class ComposeError(NewsletterError):
    """A template, or what it was given, is at fault."""


class MessageError(NewsletterError, ValueError):
    """A value cannot stand in a message; only the delivery that carries it fails."""


class RelayError(NewsletterError):
    """The relay is at fault: DNS, connection, TLS, AUTH or its configuration.

    Never charged to a recipient. `waits_for_admin` is true where trying again cannot help
    (wrong password, wrong certificate).
    """

    def __init__(self, message: str, *, waits_for_admin: bool = False) -> None:
        super().__init__(message)
        self.waits_for_admin = waits_for_admin
