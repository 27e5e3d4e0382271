"""What every command is given: the installation, who is asking, and how to answer them."""

from __future__ import annotations

import getpass
import os
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from newsletter.errors import Refused

if TYPE_CHECKING:
    from newsletter.config import Config
    from newsletter.installation import Installation

Verb = TypeVar("Verb", bound=Callable[..., Any])
Result = TypeVar("Result")


class App:
    """One call of the command line."""

    def __init__(self, config_path: Path, *, json: bool = False, quiet: bool = False) -> None:
        self.config_path = config_path
        self.json = json  # exactly one JSON document on stdout
        self.quiet = quiet  # results and errors only
        self._inst: Installation | None = None

    @property
    def inst(self) -> Installation:
        """The installation, its database at the schema that this program speaks.

        Raises ConfigError with all mistakes of the file, or DatabaseError with the remedy.
        """
        if self._inst is None:
            from newsletter import schema

            inst = self.open()
            schema.require(inst.database)
        return self.open()

    def open(self) -> Installation:
        """The installation whatever its schema, for the commands that make or mend it."""
        if self._inst is None:
            from newsletter.installation import open_installation

            self._inst = open_installation(self.config_path)
        return self._inst

    @property
    def timezone(self) -> str:
        """The site's, in which moments are shown to people."""
        return self.open().config.site.timezone

    @cached_property
    def config(self) -> Config:
        from newsletter.config import load_config

        return load_config(self.config_path)

    @cached_property
    def now(self) -> datetime:
        """When this command was called."""
        return datetime.now(UTC)

    @cached_property
    def actor(self) -> str:
        """Who is asking, as the audit log names them."""
        try:
            name = getpass.getuser()
        except (KeyError, OSError):  # a container's user without a name
            name = str(os.getuid())
        return f"cli:{name}"

    def close(self) -> None:
        """Let the database go."""
        if self._inst is not None:
            self._inst.close()
            self._inst = None

    def refuse_json(self, why: str) -> None:
        """Raise Refused with --json, where stdout carries something else."""
        if self.json:
            raise Refused(f"--json: {why}")

    def say(self, text: str, *, mark: str = "") -> None:
        """One line for people on stdout: what was done. `mark`, before it, may be coloured."""
        if not self.json and not self.quiet:
            put(text, mark=mark)

    def note(self, text: str, *, mark: str = "") -> None:
        """One line for people on stderr: what to know beside the result."""
        if not self.quiet:
            put(text, mark=mark, err=True)

    def ask(self, doing: str, yes: bool) -> None:
        """Go on only if `yes`, or if the person at the terminal says so.

        `doing` says what is about to happen: "send weekly/12 to 120 readers". Raises Refused
        without a terminal, and on a no.
        """
        if yes:
            return
        if self.json or not sys.stdin.isatty():
            raise Refused(f"to {doing} needs a yes, and nobody can be asked here (add --yes)")
        if not click.confirm(f"{doing[0].upper()}{doing[1:]}?", err=True):
            raise Refused("nothing was done")


def put(text: str, *, mark: str = "", err: bool = False) -> None:
    """Write lines for people; at a terminal, too long ones go on below, cut between words.

    `mark` stands before the first and may be coloured.
    """
    stream = sys.stderr if err else sys.stdout
    lines = harmless(text).splitlines() or [""]
    if stream.isatty():
        columns = os.get_terminal_size(stream.fileno()).columns
        first = wrapped(lines[0], columns, before=len(click.unstyle(mark)))
        lines = [first, *(wrapped(line, columns) for line in lines[1:])]
    click.echo(mark + "\n".join(lines), err=err)


def wrapped(line: str, columns: int, *, before: int = 0) -> str:
    """A line in pieces of so many columns, indented as the line is.

    A command in quotes stays whole, to be copied. `before` is the width of what stands before the
    first piece, below which the others begin.
    """
    if before + len(line) <= columns or columns < LEAST_COLUMNS:
        return line
    import textwrap

    text = line.lstrip(" ")
    indent = " " * (len(line) - len(text))
    whole = _COMMAND.sub(lambda found: found[0].replace(" ", _HELD), text)
    return textwrap.fill(
        whole,
        columns,
        initial_indent=" " * before + indent,
        subsequent_indent=" " * before + indent,
        break_long_words=False,
        break_on_hyphens=False,
    )[before:].replace(_HELD, " ")


LEAST_COLUMNS = 30  # below which nothing is gained
_HELD = "\ue000"  # of the private use area, where no text has anything
_COMMAND = re.compile(r"'(?:newsletter|issue|relay) [^']*'")


def harmless(text: str) -> str:
    """The text without what could move the cursor of a terminal, or turn its lines around.

    Each such character (C0, C1, bidirectional controls) is shown as U+FFFD.
    """
    return "".join(c if c.isprintable() or c in _SHOWN else "\ufffd" for c in text)


# Not "printable" to Python, and harmless: French is full of no-break spaces.
_SHOWN = "\n\u00a0\u202f\u200d\u00ad"


def pass_app(command: Callable[..., Result]) -> Callable[..., Result]:
    """Give the command its App as the first argument."""
    return click.make_pass_decorator(App)(command)


def yes_option(command: Verb) -> Verb:
    """--yes: the answer given beforehand."""
    return click.option("--yes", "-y", is_flag=True, help="Answer yes: do not ask.")(command)
