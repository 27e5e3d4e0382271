"""newsletter source and newsletter collect: where articles come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.app import App, pass_app, yes_option
from newsletter.cli.grammar import CONTEXT, Noun, Verb

if TYPE_CHECKING:
    from newsletter.models import Source


@click.group("source", cls=Noun)
def source() -> None:
    """Feeds, pages and folders that articles come from."""


KIND = click.option(
    "--kind", type=click.Choice(["feed", "page", "folder"]), help="[default: found out]"
)
PRIVATE = click.option(
    "--allow-private", is_flag=True, help="It is on this machine or a private network."
)


@source.command("add")
@click.argument("location")
@click.option("--list", "slug", required=True, metavar="SLUG", help="Which list it offers to.")
@click.option("--name", metavar="N", help="What it is called.  [default: by its host]")
@KIND
@click.option("--topic", metavar="T", help="All its articles are of this topic.")
@PRIVATE
@pass_app
def add(app: App, location: str, **options: Any) -> None:
    """Add a feed, a page that lists articles, or a folder of Markdown files.

    It is read first. Where the address is a page that names a feed, the feed is taken. The newest
    five articles come on offer at the first collection, the rest counts as seen.
    """
    from newsletter.cli.output import give
    from newsletter.jobs.sources import add_source

    before = _names(app)
    made = add_source(app.inst, location, now=app.now, actor=app.actor, **options)
    known = made.name in before
    give(app, {**_document(made), "added": not known})
    if known:
        app.say(f"Source '{made.name}' offers to '{options['slug']}'; it was known already.")
        return
    app.say(f"Source '{made.name}' is added: {made.title or made.location} ({made.kind.value}).")
    app.say(f"Next: newsletter collect {made.name}")


def _names(app: App) -> set[str]:
    from newsletter.jobs.sources import list_sources

    return {row.source.name for row in list_sources(app.inst)}


@source.command("ls")
@pass_app
def ls(app: App) -> None:
    """All sources, and how reading them goes."""
    from newsletter.cli.output import table, when
    from newsletter.jobs.sources import list_sources

    found = list_sources(app.inst)
    table(
        app,
        [
            {
                **_document(row.source),
                "location": row.location,
                "lists": row.lists,
                "articles": row.articles,
                "newest_at": row.newest_at,
            }
            for row in found
        ],
        ("source", "kind", "lists", "articles#", "newest@", "read@", "how it goes"),
        (
            (
                row.source.name,
                row.source.kind,
                row.lists,
                row.articles,
                when(row.newest_at),
                when(row.source.read_at),
                _health(row.source),
            )
            for row in found
        ),
        empty="No source yet. Add one with 'newsletter source add'.",
    )


def _health(one: Source) -> str:
    if not one.active:
        return "paused"
    if one.gone_at:
        return f"gone: {one.problem}" if one.problem else "gone"
    if one.failures:
        return f"failed {one.failures}×: {one.problem}"
    return one.problem or ("well" if one.read_at else "not read yet")


@source.command("show")
@click.argument("name")
@pass_app
def show(app: App, name: str) -> None:
    """One source, and the last articles seen in it."""
    from newsletter.cli.output import facts, when, zoned
    from newsletter.jobs.sources import show_source

    row, articles = show_source(app.inst, name)
    one = row.source
    facts(
        app,
        {
            **_document(one),
            "location": row.location,
            "lists": row.lists,
            "articles": [
                {"id": a.id, "title": a.title, "url": a.url, "first_seen_at": a.first_seen_at}
                for a in articles
            ],
        },
        {
            "source": one.name,
            "kind": one.kind,
            "location": row.location,
            "title": one.title,
            "offers to": row.lists,
            "private": "allowed" if one.allow_private else None,
            "tried": zoned(one.tried_at),
            "read": zoned(one.read_at),
            "not before": zoned(one.next_at),
            "how it goes": _health(one),
            "last articles": "\n".join(
                f"{when(a.first_seen_at)}  {a.id:>5}  {a.title}" for a in articles
            ),
        },
    )


@source.command("check")
@click.argument("name_or_location")
@KIND
@PRIVATE
@pass_app
def check(app: App, name_or_location: str, kind: str | None, allow_private: bool) -> None:
    """Say what is at a source, or at any address, and what would be taken of it.

    Changes nothing.
    """
    from newsletter.cli.output import give, plain, when
    from newsletter.jobs.checking import check_source

    found = check_source(
        app.inst, name_or_location, now=app.now, kind=kind, allow_private=allow_private
    )
    give(
        app,
        {
            "kind": found.kind,
            "location": found.location,
            "title": found.title,
            "lines": found.lines,
            "oddities": found.oddities,
            "entries": [
                {"title": e.title, "url": e.url, "published": e.published} for e in found.entries
            ],
        },
    )
    if app.json:
        return
    for line in found.lines:
        click.echo(plain(line))
    for entry in found.entries[:10]:
        click.echo(f"  {when(entry.published):16}  {plain(entry.title)}")
    if len(found.entries) > 10:
        click.echo(f"  … and {len(found.entries) - 10} more")
    for line in found.oddities:
        click.echo(click.style(f"! {plain(line)}", fg="yellow"))


@source.command("edit")
@click.argument("name")
@click.option("--name", "new_name", metavar="N", help="Another name.")
@click.option("--location", metavar="URL", help="Another address; it is read first.")
@click.option("--pause/--resume", "paused", default=None, help="Do not read it for a while.")
@click.option(
    "--allow-private/--no-allow-private", default=None, help="It may be on a private network."
)
@click.option("--list", "slug", metavar="SLUG", help="Offer to this list too.")
@click.option("--topic", metavar="T", help="… under this topic.")
@pass_app
def edit(app: App, name: str, paused: bool | None, **options: Any) -> None:
    """Change what is named of a source."""
    from newsletter.cli.output import give
    from newsletter.jobs.sources import edit_source

    active = None if paused is None else not paused
    made = edit_source(app.inst, name, active=active, now=app.now, actor=app.actor, **options)
    give(app, _document(made))
    app.say(f"Source '{made.name}' is as you said.")


@source.command("rm")
@click.argument("name")
@click.option("--list", "slug", metavar="SLUG", help="Only let it offer nothing more to this list.")
@yes_option
@pass_app
def rm(app: App, name: str, slug: str | None, yes: bool) -> None:
    """Forget a source. Its articles stay, and what is on offer stays so."""
    from newsletter.cli.output import give
    from newsletter.jobs.operating import removed_before
    from newsletter.jobs.sources import remove_source

    if name not in _names(app):
        with app.inst.database.read() as session:
            gone = removed_before(session, "source.rm", name)
        if gone:
            give(app, {"source": name, "removed": False})
            app.say(f"Source '{name}' was removed already: nothing was changed.")
            return
    else:
        app.ask(f"forget the source '{name}'" + (f" for '{slug}'" if slug else ""), yes)
    removed = remove_source(app.inst, name, slug=slug, now=app.now, actor=app.actor)
    give(app, {"source": name, "removed": removed})
    where = f" to '{slug}'" if slug else ""
    app.say(f"Source '{name}' offers nothing more{where}." if removed else "It did not: unchanged.")


@click.command("collect", cls=Verb, context_settings=CONTEXT)
@click.argument("names", nargs=-1, metavar="[SOURCE]…")
@click.option(
    "--backfill", type=click.IntRange(1), metavar="N", help="Offer the newest N, seen or not."
)
@pass_app
def collect(app: App, names: tuple[str, ...], backfill: int | None) -> None:
    """Read the sources now, and offer what is new.

    One source that cannot be read never keeps the others from being read; the status is then 1.
    """
    from newsletter.cli.output import table
    from newsletter.cli.progress import counter
    from newsletter.jobs.collecting import collect as read_all

    with counter(app, "sources …") as told:
        told(len(names) or len(_names(app)))
        found = read_all(app.inst, names, backfill=backfill, now=app.now)
    table(
        app,
        found,
        ("source", "", "new#", "on offer#", "told"),
        (
            (
                one.source,
                one.state,
                one.new or "",
                one.offered or "",
                one.problem or "; ".join(_told(one)),
            )
            for one in found
        ),
        empty="No source to read. Add one with 'newsletter source add'.",
    )
    failed = [one.source for one in found if one.state == "failed"]
    if failed:
        click.echo(
            f"error: could not read {', '.join(failed)} (see 'newsletter source check')", err=True
        )
        click.get_current_context().exit(1)


def _told(one: Any) -> list[str]:
    told = [f"{one.seeded} counted as seen"] if one.seeded else []
    told += [f"{one.held} held"] if one.held else []
    told += [f"{one.edited} edited"] if one.edited else []
    return [*told, *one.oddities]


def _document(one: Source) -> dict[str, Any]:
    from newsletter.cli.output import row

    names = "name kind location title language active allow_private read_at failures problem"
    return row(one, *names.split())
