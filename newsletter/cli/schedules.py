"""newsletter schedule: when the issues of a list are due, and who lets them out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.app import App, pass_app, yes_option
from newsletter.cli.grammar import Noun

if TYPE_CHECKING:
    from newsletter.models import Schedule


@click.group("schedule", cls=Noun)
def schedule() -> None:
    """When the issues of a list are due."""


@schedule.command("add")
@click.argument("slug")
@click.option("--cron", metavar="CRON", help='"0 8 * * fri"; without it, by hand only.')
@click.option("--name", metavar="N", help="What it is called.  [default: by its rhythm]")
@click.option("--title", metavar="T", help="As readers see it.  [default: in words]")
@click.option("--timezone", metavar="ZONE", help="[default: the list's]")
@click.option("--approval", default="auto", metavar="HOW", help="auto, hold:2h or manual.")
@click.option("--minimum", type=int, default=1, help="Articles; with fewer, no issue.")
@click.option("--maximum", type=int, default=12, help="Articles; the rest waits.")
@click.option("--max-age", "max_age_days", type=int, default=35, help="Days; 0 for any age.")
@click.option("--default", "is_default", is_flag=True, help="For readers who chose none.")
@pass_app
def add(app: App, slug: str, **options: Any) -> None:
    """Add a cadence to a list: a daily edition beside the weekly one.

    It starts where the list stands: nothing that another schedule carried is repeated.
    """
    from newsletter.cli.output import give
    from newsletter.jobs.scheduling import add_schedule, schedules_of
    from subscribers.lists import find_list

    with app.inst.database.write() as session:
        mlist = find_list(session, slug)
        known = {one.name: one for one in schedules_of(session, mlist)}.get(options["name"] or "")
        if known is not None and known.cron == (options["cron"] or None):
            give(app, _document(known))
            app.say(f"'{slug}' has the schedule '{known.name}' already: nothing was changed.")
            return
        made = add_schedule(session, mlist, **options, now=app.now)
    give(app, _document(made))
    app.say(f"Schedule '{made.name}' of '{slug}' is made: {made.title or 'by hand'}.")


@schedule.command("ls")
@click.argument("slug", required=False)
@pass_app
def ls(app: App, slug: str | None) -> None:
    """The schedules of a list, or of all, and when each is due next."""
    from newsletter.cli.output import table, zoned
    from newsletter.jobs.scheduling import approval_text, schedules_of, upcoming
    from subscribers.lists import find_list, find_lists

    with app.inst.database.read() as session:
        lists = [find_list(session, slug)] if slug else find_lists(session)
        found = [
            (mlist.slug, one, upcoming(session, one, app.now))
            for mlist in lists
            for one in schedules_of(session, mlist)
        ]
    table(
        app,
        [
            {"list": name, **_document(one), "next_at": moment and moment.due_at}
            for name, one, moment in found
        ],
        ("list", "schedule", "when", "approval", "articles", "next", "default"),
        (
            (
                name,
                one.name,
                (one.cron or "by hand")
                + (f" ({one.title})" if one.title else "")
                + ("" if one.active else ", paused"),
                approval_text(one),
                f"{one.minimum}-{one.maximum}",
                zoned(moment.due_at, one.timezone) if moment else "",
                "yes" if one.is_default else "",
            )
            for name, one, moment in found
        ),
        empty="No schedule yet. Add one with 'newsletter schedule add'.",
    )


@schedule.command("edit")
@click.argument("slug")
@click.argument("name")
@click.option("--cron", metavar="CRON", help="Another rhythm, from now on; '' for by hand.")
@click.option("--title", metavar="T", help="As readers see it.")
@click.option("--approval", metavar="HOW", help="auto, hold:2h or manual.")
@click.option("--minimum", type=int, help="Articles; with fewer, no issue.")
@click.option("--maximum", type=int, help="Articles; the rest waits.")
@click.option("--max-age", "max_age_days", type=int, help="Days; 0 for any age.")
@click.option("--default", "is_default", is_flag=True, help="For readers who chose none.")
@click.option("--pause/--resume", "paused", default=None, help="Make no issues for a while.")
@pass_app
def edit(app: App, slug: str, name: str, **options: Any) -> None:
    """Change what is named of a schedule."""
    from newsletter.cli.output import count, give
    from newsletter.jobs.rescheduling import edit_schedule, readers_of

    changed, one = edit_schedule(app.inst, slug, name, **options, now=app.now, actor=app.actor)
    readers = readers_of(app.inst, slug, name, now=app.now)
    give(app, {**_document(one), "changed": changed, "readers": readers})
    said = f"'{name}' changed: {', '.join(changed)}." if changed else f"'{name}' is so already."
    app.say(said)
    if "is_default" in changed:
        app.say(f"It goes to {count(readers, 'reader')} now: who chose it, and who chose none.")
    if "active" in changed and not one.active:
        app.say(f"Its {count(readers, 'reader')} will get no digest until --resume.")


@schedule.command("skip")
@click.argument("slug")
@click.argument("name", required=False)
@click.option("--reason", default="", metavar="TEXT", help="Kept beside it.")
@pass_app
def skip(app: App, slug: str, name: str | None, reason: str) -> None:
    """Leave out the next issue of a schedule, the list's default one unless named.

    Once more: the one after it too.
    """
    from newsletter.cli.output import give, zoned
    from newsletter.jobs.rescheduling import skip_next

    one, moment = skip_next(app.inst, slug, name, reason=reason, now=app.now, actor=app.actor)
    give(app, {"list": slug, "schedule": one.name, "skipped": moment.due_at})
    app.say(f"No issue of '{slug}' on {zoned(moment.due_at, one.timezone)}.")


@schedule.command("rm")
@click.argument("slug")
@click.argument("name")
@yes_option
@pass_app
def rm(app: App, slug: str, name: str, yes: bool) -> None:
    """Remove a schedule; its readers move to the list's default one."""
    from newsletter.cli.output import count, give
    from newsletter.jobs.rescheduling import remove_schedule, was_removed

    if was_removed(app.inst, slug, name):
        give(app, {"list": slug, "schedule": name, "removed": False})
        app.say(f"Schedule '{name}' was removed already: nothing was changed.")
        return
    find(app, slug, name)
    app.ask(f"remove the schedule '{name}' of '{slug}'", yes)
    moved = remove_schedule(app.inst, slug, name, now=app.now, actor=app.actor)
    give(app, {"list": slug, "schedule": name, "removed": True, "moved": moved})
    app.say(f"Schedule '{name}' is removed; {count(moved, 'reader')} moved to the default one.")


def find(app: App, slug: str, name: str) -> Schedule:
    """The schedule of that name; raises NotFound before anything is asked."""
    from newsletter.jobs.scheduling import find_schedule
    from subscribers.lists import find_list

    with app.inst.database.read() as session:
        return find_schedule(session, find_list(session, slug), name)


def _document(one: Schedule) -> dict[str, Any]:
    from newsletter.cli.output import row

    names = "name title cron timezone is_default active approval hold_minutes minimum maximum"
    return row(one, *names.split(), "max_age_days")
