"""newsletter source and newsletter collect: where articles come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.app import App, pass_app, yes_option
from newsletter.cli.grammar import CONTEXT, Noun, Verb

if TYPE_CHECKING:
    from newsletter.jobs.overseeing import SourceRow
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
    called = made.title or _document(made)["location"]
    app.say(f"Source '{made.name}' is added: {called} ({made.kind.value}).")
    app.say(f"Next: newsletter collect {made.name}")


def _names(app: App) -> list[str]:
    from newsletter.jobs.overseeing import source_names

    return source_names(app.inst)


@source.command("ls")
@pass_app
def ls(app: App) -> None:
    """All sources, and how reading them goes."""
    from newsletter.cli.output import table, when
    from newsletter.jobs.overseeing import list_sources

    found = list_sources(app.inst, now=app.now)
    table(
        app,
        [_row(row) for row in found],
        ("source", "kind", "lists", "articles#", "newest@", "read@", "how it goes"),
        (
            (
                row.source.name,
                row.source.kind,
                row.lists,
                row.articles,
                when(row.newest_at),
                when(row.source.read_at),
                row.health.words,
            )
            for row in found
        ),
        empty="No source yet. Add one with 'newsletter source add'.",
    )
    troubled = [row for row in found if row.health.why and not app.json]
    if len(troubled) == 1:
        app.note(f"Why, and what to do: 'newsletter source show {troubled[0].source.name}'.")
    elif troubled:
        app.note("Why, and what to do: 'newsletter source show NAME'.")


def _row(row: SourceRow) -> dict[str, Any]:
    """A source as --json has it."""
    return {
        **_document(row.source),
        "lists": row.lists,
        "articles": row.articles,
        "newest_at": row.newest_at,
        "health": row.health.state,
        "says": row.health.words,
        "remedy": row.health.remedy or None,
    }


@source.command("show")
@click.argument("name")
@pass_app
def show(app: App, name: str) -> None:
    """One source: how it is read, how that goes, its last articles and what is held back."""
    from newsletter.cli.output import facts, when, zoned
    from newsletter.jobs.health import usual_gap
    from newsletter.jobs.overseeing import show_source
    from newsletter.jobs.places import selectors_as_written

    found = show_source(app.inst, name, now=app.now)
    row = found.row
    one = row.source
    facts(
        app,
        {
            **_row(row),
            "articles_seen": row.articles,
            "articles": [
                {"id": a.id, "title": a.title, "url": a.url, "first_seen_at": a.first_seen_at}
                for a in found.latest
            ],
            "held": [
                {"id": a.id, "title": a.title, "url": a.url, "removed_at": a.removed_at}
                for a in found.held
            ],
        },
        {
            "source": one.name,
            "kind": one.kind,
            "location": row.location,
            "title": one.title,
            "offers to": [
                f"{feed.mlist.slug} (topic {feed.topic})" if feed.topic else feed.mlist.slug
                for feed in one.feeds
            ],
            "private": "allowed" if one.allow_private else None,
            "selectors": selectors_as_written(one.selectors),
            "saved from": one.site,
            "articles' pages": "read for excerpts" if one.read_articles else None,
            "tried": zoned(one.tried_at),
            "read": zoned(one.read_at),
            "not before": zoned(one.next_at),
            "newest article": zoned(one.newest_at),
            "usual gap": usual_gap(one),
            "how it goes": row.health.words,
            "why": row.health.why,
            "next": row.health.remedy,
            "last articles": "\n".join(
                f"{when(a.first_seen_at)}  {a.id:>5}  {a.title}" for a in found.latest
            ),
            "held back": "\n".join(
                f"{when(a.removed_at)}  {a.id:>5}  {a.title} (gone from the source)"
                for a in found.held
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
    from newsletter.jobs.places import shown

    names = (
        "name kind title language active allow_private selectors site read_articles "
        "tried_at read_at next_at gone_at failures problem"
    )
    return {**row(one, *names.split()), "location": shown(one.location)}
