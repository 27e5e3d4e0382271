"""The grammar NOUN VERB as click knows it: commands found when they are needed, errors as a line.

Loading this, and every module of the command line, takes nothing but click and the standard
library; what a verb needs is imported when it runs.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Mapping
from typing import Any

import click

from newsletter.cli.app import App, put
from newsletter.errors import NewsletterError
from newsletter.supervisor import FATAL, is_part
from subscribers.errors import SubscriberError

CONTEXT: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Failure(click.ClickException):
    """What went wrong, and the remedy, as `error: …` on stderr; exit status 1."""

    exit_code = 1

    def show(self, file: Any = None) -> None:
        put(f"error: {self.message}", err=True)


class Fatal(Failure):
    """The same in a part of `newsletter run`: no bug ends with this status."""

    exit_code = FATAL


class Interrupted(Failure):
    """Ctrl-C: the status that a shell expects of it (128 + SIGINT)."""

    exit_code = 130

    def show(self, file: Any = None) -> None:
        click.echo("stopped", err=True)


class Verb(click.Command):
    """A command that also understands --json and --quiet after its own name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        taken = {option for parameter in self.params for option in parameter.opts}
        for name, text in (("json", "One JSON document."), ("quiet", "Only results and errors.")):
            if f"--{name}" not in taken:
                self.params.append(_global_option(name, text))


def _global_option(name: str, text: str) -> click.Option:
    def switch(context: click.Context, _: click.Parameter, value: bool) -> None:
        app = context.find_object(App)
        if value and app is not None:
            setattr(app, name, True)

    return click.Option(
        [f"--{name}"], is_flag=True, hidden=True, expose_value=False, callback=switch, help=text
    )


class Noun(click.Group):
    """The verbs of one noun; their order is that of the file, which is the order of use."""

    command_class = Verb

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("context_settings", CONTEXT)
        super().__init__(*args, **kwargs)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            near = difflib.get_close_matches(name, self.list_commands(ctx), n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"see '{ctx.command_path} --help'"
            raise click.UsageError(f"no such command: '{name}' ({hint})", ctx)
        return super().resolve_command(ctx, args)


class Program(Noun):
    """The root: commands by theme, each loaded when it is called or listed.

    Expected errors leave as one line and status 1; a bug keeps its traceback.
    """

    def __init__(self, *args: Any, themes: Mapping[str, Mapping[str, str]], **kwargs: Any) -> None:
        """`themes` maps a heading to names of commands, each with its `module:attribute`."""
        super().__init__(*args, **kwargs)
        self.themes = themes
        self.places = {name: at for theme in themes.values() for name, at in theme.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.places:
            return None
        module, _, attribute = self.places[cmd_name].partition(":")
        found = getattr(importlib.import_module(f"newsletter.cli.{module}"), attribute)
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, self.places))
        for heading, theme in self.themes.items():
            rows = []
            for name in theme:
                command = self.get_command(ctx, name)
                help_text = command.get_short_help_str(90) if command is not None else ""
                rows.append((name.ljust(width), help_text))
            with formatter.section(heading):
                formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (NewsletterError, SubscriberError) as error:
            raise (Fatal if is_part() else Failure)(str(error)) from error
        except KeyboardInterrupt as error:
            raise Interrupted("stopped") from error
        except click.Abort as error:
            click.echo(err=True)  # the question still stands on this line
            if isinstance(error.__context__, KeyboardInterrupt):
                raise Interrupted("stopped") from error
            raise Failure("no answer came: nothing was done (add --yes)") from error
        finally:
            app = ctx.find_object(App)
            if app is not None:
                app.close()
