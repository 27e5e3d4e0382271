"""Options by which people are looked for, the same wherever many of them are meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from newsletter.jobs.drawing import Drawn
    from newsletter.jobs.finding import Asked

Command = TypeVar("Command", bound=Callable[..., Any])

_DAY = click.DateTime(["%Y-%m-%d"])


def said_of_people(command: Command) -> Command:
    """The options of a search."""
    for option in reversed(
        (
            click.option("--list", "slug", metavar="SLUG", help="Only of this list."),
            click.option(
                "--state",
                type=click.Choice(["pending", "active", "unsubscribed"]),
                help="Only in this state.",
            ),
            click.option("--search", metavar="TEXT", help="Part of an address or a name."),
            click.option("--topic", metavar="T", help="Who gets this topic, chosen or with all."),
            click.option("--tag", metavar="TAG", help="Who has this tag."),
            click.option(
                "--since", type=_DAY, metavar="DAY", help="In this state since then, or later."
            ),
            click.option("--until", type=_DAY, metavar="DAY", help="… since then, or earlier."),
            click.option("--where", metavar="CONDITION", help="""As 'town = "Valmont"'."""),
        )
    ):
        command = option(command)
    return command


def asked(options: dict[str, Any]) -> Asked:
    """The search that these options say."""
    from newsletter.jobs.finding import Asked
    from subscribers.models import SubscriptionState

    given = {name: value for name, value in options.items() if value is not None}
    if "state" in given:
        given["state"] = SubscriptionState(given["state"])
    if "search" in given:
        given["text"] = given.pop("search")
    for name in {"since", "until"} & given.keys():
        given[name] = given[name].date()
    return Asked(**given)


def drawn_text(drawn: Drawn) -> str:
    """That a list has no subscribers of its own, and how many it goes to all the same."""
    text = f"'{drawn.slug}' has no subscribers of its own: it is drawn from '{drawn.of}'"
    if drawn.matching is None:
        return f"{text}, and its condition cannot be read (newsletter list edit --where …)."
    return f"{text}, of whose readers {drawn.matching:,} match now."
