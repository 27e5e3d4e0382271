"""newsletter source: where articles come from."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.app import App, pass_app, put, yes_option
from newsletter.cli.grammar import Noun

if TYPE_CHECKING:
    from newsletter.collect.reading import Reading
    from newsletter.jobs.checking import Found
    from newsletter.models import Source


@click.group("source", cls=Noun)
def source() -> None:
    """Feeds, pages and folders that articles come from."""


KIND = click.option(
    "--kind", type=click.Choice(["feed", "page", "folder"]), help="[default: found out]"
)
SELECTORS = click.option(
    "--selectors",
    metavar="CSS",
    help="Of a page: 'article=.teaser; title=h2; excerpt=p', where guessing fails.",
)
SITE = click.option(
    "--site", metavar="URL", help="Of a saved page: the site, where its articles are looked up."
)
READ_ARTICLES = click.option(
    "--read-articles/--no-read-articles",
    default=None,
    help="Read the articles' own pages, where the source cuts them.",
)
TITLE = click.option(
    "--title", metavar="T", help="As readers know it; '': as it calls itself, '-': no name."
)
PRIVATE = click.option(
    "--allow-private", is_flag=True, help="It is on this machine or a private network."
)
TAKE = click.option(
    "--take", type=click.IntRange(1), metavar="N", help="Of several at the address, this one."
)


@source.command("add")
@click.argument("location")
@click.option(
    "--list", "slug", metavar="SLUG", help="Which list it offers to.  [default: the only one]"
)
@click.option("--name", metavar="N", help="What it is called.  [default: by its title or host]")
@TITLE
@KIND
@click.option("--topic", metavar="T", help="All its articles are of this topic.")
@SELECTORS
@SITE
@READ_ARTICLES
@PRIVATE
@TAKE
@yes_option
@pass_app
def add(
    app: App,
    location: str,
    slug: str | None,
    name: str | None,
    title: str | None,
    topic: str | None,
    read_articles: bool | None,
    take: int | None,
    yes: bool,
    **how: Any,
) -> None:
    """Add a feed, a page that lists articles, or a folder of Markdown files.

    It is read first, and what was found is shown; where there are several feeds you are asked
    which, and with --yes, or where nobody can be asked, the best is taken. The newest five articles
    come on offer at the first collection, the rest counts as seen.
    """
    from newsletter.cli.output import give
    from newsletter.cli.source_facts import source_document
    from newsletter.cli.source_reports import FEW, document, looking, show_report
    from newsletter.jobs.checking import chosen_of, report_on
    from newsletter.jobs.sources import add_source, find_at, known_source, list_meant

    slug = list_meant(app.inst, slug)
    readings: tuple[Reading, ...] = ()
    number = 1
    if known_source(app.inst, location, slug=slug) is None:
        with looking(app, location):
            readings = find_at(app.inst, location, now=app.now, **how)
        number = _chosen(app, location, readings, take, yes)
    before = _names(app)
    made = add_source(
        app.inst,
        location,
        slug=slug,
        name=name,
        title=title,
        topic=topic,
        read_articles=bool(read_articles),
        reading=chosen_of(readings, number) if readings else None,
        now=app.now,
        actor=app.actor,
        **how,
    )
    if made.name in before or not readings:
        known = source_document(made)
        give(app, {**known, "added": False, "check": None})
        app.say(
            f"Source '{made.name}' is known already: {known['location']} ({made.kind.value}). "
            f"It offers to '{slug}'."
        )
        _say_unchanged(app, made, name, read_articles, {**how, "title": title})
        return
    report = report_on(app.inst, readings, take=number, source=made, now=app.now)
    give(app, {**source_document(made), "added": True, "check": document(report)})
    if not app.quiet:
        show_report(app, report, most=FEW, brief=True, listed=_is_question(report.found))
    app.say("")
    called = made.title or source_document(made)["location"]
    app.say(f"Source '{made.name}' is added: {called} ({made.kind.value}).")
    app.say(f"Next: newsletter collect {made.name}")


def _chosen(
    app: App, location: str, readings: Sequence[Reading], take: int | None, yes: bool
) -> int:
    """Which of several feeds at an address."""
    from newsletter.cli.source_reports import show_found
    from newsletter.jobs.checking import found_at
    from newsletter.jobs.places import shown

    if take is not None or len(readings) == 1:
        return take or 1
    found = found_at(app.inst, readings, app.now)
    if not _is_question(found) or app.json:
        return 1
    if not app.quiet:
        put(f"There are several at {shown(location)}:")
        show_found(found, choices=True)
    if yes or not sys.stdin.isatty():
        app.say("The first is taken (another one with --take N).")
        return 1
    wanted: int = click.prompt("Which one", type=click.IntRange(1, len(found)), default=1, err=True)
    return wanted


def _is_question(found: Sequence[Found]) -> bool:
    """Whether there are several feeds with articles; a page beside one is no question."""
    return sum(one.kind.value == "feed" and one.is_choice for one in found) > 1


def _say_unchanged(
    app: App, made: Source, name: str | None, read_articles: bool | None, how: Mapping[str, Any]
) -> None:
    """That a source which is there stays as it is, though other settings were asked for."""
    other = [
        option
        for option, wanted, there in (
            ("--name", name, made.name),
            ("--kind", how["kind"], made.kind.value),
            ("--read-articles", read_articles, made.read_articles),
        )
        if wanted is not None and wanted != there
    ]
    other += [f"--{option}" for option in ("title", "selectors", "site") if how[option] is not None]
    if other:
        app.note(
            f"It is read as before: {', '.join(other)} changed nothing "
            f"(see 'newsletter source edit {made.name}')."
        )


def _names(app: App) -> list[str]:
    from newsletter.jobs.overseeing import source_names

    return source_names(app.inst)


@source.command("ls")
@pass_app
def ls(app: App) -> None:
    """All sources, and how reading them goes."""
    from newsletter.cli.output import table
    from newsletter.cli.source_facts import row_document
    from newsletter.jobs.overseeing import list_sources

    found = list_sources(app.inst, now=app.now)
    table(
        app,
        [row_document(row) for row in found],
        ("source!", "kind", "lists", "articles#", "how it goes"),
        (
            (
                row.source.name,
                row.source.kind,
                row.lists,
                row.articles,
                row.health.words,
            )
            for row in found
        ),
        empty="No source yet. Add one with 'newsletter source add'.",
    )
    troubled = [row for row in found if row.health.is_trouble and not app.json]
    if len(troubled) == 1:
        app.note(f"Why, and what to do: 'newsletter source show {troubled[0].source.name}'.")
    elif troubled:
        app.note("Why, and what to do: 'newsletter source show NAME'.")


@source.command("show")
@click.argument("name")
@pass_app
def show(app: App, name: str) -> None:
    """One source: how it is read, how that goes, its last articles and what is held back."""
    from newsletter.cli.source_facts import show_facts
    from newsletter.jobs.overseeing import show_source

    show_facts(app, show_source(app.inst, name, now=app.now))


@source.command("check")
@click.argument("name_or_location")
@KIND
@SELECTORS
@SITE
@READ_ARTICLES
@PRIVATE
@TAKE
@pass_app
def check(app: App, name_or_location: str, take: int | None, **how: Any) -> None:
    """Say what is at a source, or at any address, what would be taken of it, and what is odd.

    Changes nothing. What is given beside the name is tried, as if the source had it.
    """
    from newsletter.cli.output import give
    from newsletter.cli.source_reports import document, looking, show_found, show_report
    from newsletter.jobs.checking import check_source

    with looking(app, name_or_location):
        report = check_source(app.inst, name_or_location, take=take or 1, now=app.now, **how)
    give(app, document(report))
    if not app.json and len(report.found) > 1:
        put("There are several at this address:")
        show_found(report.found)
        put(f"This is number {report.taken + 1} (another one with --take N).")
        click.echo()
    show_report(app, report, listed=len(report.found) > 1)
    app.say("")
    app.say(f"Next: {report.next}")


@source.command("edit")
@click.argument("name")
@click.option("--name", "new_name", metavar="N", help="Another name.")
@click.option("--location", metavar="URL", help="Another address; it is read first.")
@TITLE
@KIND
@click.option("--selectors", metavar="CSS", help="Of a page, as for 'source add'; '-': none.")
@click.option("--site", metavar="URL", help="That a page was saved from; '-': none.")
@READ_ARTICLES
@click.option("--pause/--resume", "paused", default=None, help="Do not read it for a while.")
@click.option(
    "--allow-private/--no-allow-private", default=None, help="It may be on a private network."
)
@click.option("--list", "slug", metavar="SLUG", help="Offer to this list too.")
@click.option("--topic", metavar="T", help="… under this topic; '-': none.")
@pass_app
def edit(app: App, name: str, paused: bool | None, **options: Any) -> None:
    """Change what is named of a source; where and how it is read is tried first."""
    from newsletter.cli.output import give
    from newsletter.cli.source_facts import source_document
    from newsletter.cli.source_reports import FEW, document, looking, show_report
    from newsletter.jobs.checking import report_on
    from newsletter.jobs.sources import edit_source, read_anew

    if paused is None and all(wanted is None for wanted in options.values()):
        raise click.UsageError("say what to change (see --help)")
    where = ("location", "kind", "selectors", "site", "allow_private")
    with looking(app, options["location"] or name):
        reading = read_anew(app.inst, name, now=app.now, **{way: options[way] for way in where})
    edited = edit_source(
        app.inst,
        name,
        active=None if paused is None else not paused,
        reading=reading,
        now=app.now,
        actor=app.actor,
        **options,
    )
    made, changed = edited.source, edited.changed
    report = report_on(app.inst, (reading,), source=made, now=app.now) if reading else None
    checked = document(report) if report else None
    give(app, {**source_document(made), "changed": changed, "check": checked})
    if report is not None and not app.quiet:
        show_report(app, report, most=FEW, brief=True)
        app.say("")
    already = "" if changed else " already: nothing was changed"
    app.say(f"Source '{made.name}' is as you said{already}.")
    if report is not None:
        app.say(f"Next: {report.next}")


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
    if removed:
        app.say(f"Source '{name}' offers nothing more{where}.")
    else:
        app.say(f"Source '{name}' offers nothing{where}: nothing was changed.")
