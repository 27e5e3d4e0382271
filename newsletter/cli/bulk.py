"""newsletter subscriber tag, remove: many people at once, from a search or a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO

import click

from newsletter.cli.app import App, pass_app, yes_option
from newsletter.cli.finding import asked, said_of_people
from newsletter.cli.grammar import Verb

if TYPE_CHECKING:
    from newsletter.jobs.bulk_people import Found
    from newsletter.jobs.finding import Asked

file_argument = click.argument("file", type=click.File("rb"), required=False)


@click.command("tag", cls=Verb)
@file_argument
@click.option("--add", "add", multiple=True, metavar="TAG", help="Put it on; repeat it.")
@click.option("--remove", "remove", multiple=True, metavar="TAG", help="Take it off; repeat it.")
@said_of_people
@pass_app
def tag(
    app: App,
    file: BinaryIO | None,
    add: tuple[str, ...],
    remove: tuple[str, ...],
    **options: Any,
) -> None:
    """Put tags on people, or take them off: all that a search finds, or a file names.

    FILE holds addresses, one a line or in a column; - is stdin. 'subscriber ls' with the same
    options shows whom a search finds.
    """
    from newsletter.cli.output import count, give
    from newsletter.jobs import bulk_people

    if not add and not remove:
        raise click.UsageError("say which tags (--add TAG, --remove TAG)")
    found = bulk_people.people(app.inst, _whom(file, options), file)
    changed = bulk_people.tag(
        app.inst, found.ids, add=add, remove=remove, now=app.now, actor=app.actor
    )
    give(app, {"people": len(found.ids), "changed": changed, **_not_found(found)})
    _tell(app, found)
    app.say(
        f"{count(changed, 'person', 'people')} of {len(found.ids):,} changed."
        if changed
        else f"{count(len(found.ids), 'person', 'people')} found: nothing was changed."
    )


@click.command("remove", cls=Verb)
@file_argument
@said_of_people
@yes_option
@pass_app
def remove(app: App, file: BinaryIO | None, yes: bool, **options: Any) -> None:
    """Take people off their lists: all that a search finds, or a file names.

    FILE holds addresses, one a line or in a column; - is stdin. With --list, only off that list.
    Nobody is written to. The evidence stays; 'subscriber erase' forgets a person.
    """
    from newsletter.cli.output import count, give
    from newsletter.jobs import bulk_people

    found = bulk_people.subscriptions(app.inst, _whom(file, options), file)
    about = bulk_people.ending(app.inst, found.ids)
    people = count(about.people, "person", "people")
    lists = ", ".join(f"{number:,} of '{slug}'" for slug, number in about.lists.items())
    if found.ids:
        _tell(app, found)
        app.ask(f"end {count(len(found.ids), 'subscription')} of {people} ({lists})", yes)
    ended = bulk_people.remove(app.inst, found.ids, now=app.now, actor=app.actor)
    give(app, {"ended": ended, "people": about.people, "lists": about.lists, **_not_found(found)})
    if not found.ids:
        _tell(app, found)
    app.say(
        f"{count(ended, 'subscription')} ended: {lists}."
        if ended
        else "No subscription to end was found: nothing was changed."
    )


def _whom(file: BinaryIO | None, options: dict[str, Any]) -> Asked:
    """The search; a usage error where nothing says who is meant."""
    found = asked(options)
    if file is None and found.is_everybody:
        raise click.UsageError("say who is meant: a search (see --help), or a file of addresses")
    return found


def _not_found(found: Found) -> dict[str, Any]:
    return {"unknown": found.unknown, "unreadable": found.unreadable}


def _tell(app: App, found: Found) -> None:
    """What of a file led to nobody, on stderr."""
    from newsletter.cli.output import plain

    for what, some in (("nobody of this address is known", found.unknown),
                       ("not an address", found.unreadable)):  # fmt: skip
        for one in some[:20]:
            app.note(f"{plain(one)}: {what}")
        if len(some) > 20:
            app.note(f"… and more, {len(some):,} in all: {what}")
