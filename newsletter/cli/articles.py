"""newsletter article: what may come into an issue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from newsletter.cli import parting
from newsletter.cli.app import App, pass_app, yes_option
from newsletter.cli.article_states import OFFER_WORDS, became, state_of, too_late
from newsletter.cli.grammar import Noun

if TYPE_CHECKING:
    from newsletter.compose.content import ArticleView
    from newsletter.models import Article


@click.group("article", cls=Noun)
def article() -> None:
    """What may come into an issue, named by id or address."""


LIST = click.option("--list", "slug", required=True, metavar="SLUG", help="Of which list.")


@article.command("add")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@LIST
@click.option("--key", metavar="K", help="Your own name for it: the same one twice is once.")
@pass_app
def add(app: App, file: Path, slug: str, key: str | None) -> None:
    """Add an article written by hand: Markdown, '-' for stdin.

    Its front matter may name title, url, date, topics, image and language. A program gives a --key:
    the same key with the same text changes nothing, with another text it is an edit.
    """
    from newsletter.cli.files import text_of
    from newsletter.cli.output import give
    from newsletter.jobs.curating import add_article

    source = text_of(file) if str(file) == "-" else file
    added = add_article(app.inst, slug, source, key=key, now=app.now, actor=app.actor)
    one = added.article
    give(
        app,
        {
            **_document(one),
            "new": added.is_new,
            "edited": added.edited,
            "offered": added.offered,
            "changed": added.changed,
        },
    )
    for oddity in added.oddities:
        app.note(f"! {oddity}")
    if added.is_new or added.offered:
        app.say(f"Article {one.id} is on offer to '{slug}': {one.title}")
    elif added.edited:
        app.say(f"Article {one.id} was known: its new text was taken. {one.title}")
    else:
        app.say(f"Article {one.id} was there already: nothing was changed.")


@article.command("ls")
@click.option("--list", "slug", metavar="SLUG", help="What this list would carry, and why.")
@click.option("--schedule", metavar="NAME", help="… by this schedule.")
@click.option("--due", "only", flag_value="due", help="… only what comes.")
@click.option("--held", "only", flag_value="held", help="… only what does not, though never sent.")
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many."
)
@pass_app
def ls(
    app: App,
    slug: str | None,
    schedule: str | None,
    only: Literal["due", "held"] | None,
    limit: int,
) -> None:
    """The last articles; with --list, what is due first, and why."""
    from newsletter.cli.article_tables import show_of_list
    from newsletter.cli.output import table, when
    from newsletter.jobs.curating import list_articles
    from newsletter.jobs.whereabouts import issues_by_article

    if (schedule or only) and not slug:
        raise click.UsageError(f"{'--schedule' if schedule else f'--{only}'} needs --list")
    found = list_articles(
        app.inst, slug=slug, schedule=schedule, only=only, limit=limit, now=app.now
    )
    document = [
        {
            **_document(row.article),
            "topics": row.topics,
            "lists": dict(row.lists),
            "due": row.due,
            "place": row.place,
            "pinned": row.pinned,
            "position": row.position,
            "reason": row.reason,
            "why": row.why,
        }
        for row in found
    ]
    if slug is None:
        issues = issues_by_article(app.inst, [row.article.id for row in found], now=app.now)
        for shown in document:
            shown["issues"] = [issue.label for issue in issues.get(shown["id"], ())]
        table(
            app,
            document,
            ("id#", "first seen@", "title", "topics", "lists"),
            (
                (
                    row.article.id,
                    when(row.article.first_seen_at),
                    row.title,
                    row.topics,
                    state_of(row.article) or list(became(row, issues.get(row.article.id, ()))),
                )
                for row in found
            ),
            empty="No article yet. Collect some with 'newsletter collect'.",
        )
        return
    empty = f"No article of '{slug}' is {only}." if only else f"'{slug}' was offered no article."
    show_of_list(app, document, found, slug=slug, empty=empty)


@article.command("show")
@click.argument("ref", metavar="ARTICLE")
@click.option("--list", "slug", metavar="SLUG", help="As the readers of this list would see it.")
@pass_app
def show(app: App, ref: str, slug: str | None) -> None:
    """One article: how readers would see it, where it was seen, what became of it."""
    from newsletter.cli.output import dated, facts, when, zoned
    from newsletter.collect.history import tell as in_words
    from newsletter.jobs.curating import show_article

    found = show_article(app.inst, ref, slug=slug)
    one = found.article
    told = [line for event in one.history or () if (line := in_words(event, when))]
    name, view = found.shown or ("", None)
    carried = [
        it for it, _, choice in found.issues if choice is None or choice.position is not None
    ]
    facts(
        app,
        {
            **_document(one),
            "removed_at": one.removed_at,
            "canonical_url": one.canonical_url,
            "summary_html": one.summary_html,
            "content_html": one.content_html,
            "override": one.override,
            "shown": {"list": name, "view": view} if view else None,
            "sources": found.sources,
            "offers": {mlist.slug: offer.state for mlist, offer in found.offers},
            "same": [other.id for other in found.same],
            "issues": carried,
            "history": one.history or [],
        },
        {
            "article": one.id,
            "title": found.title,
            "at its source": one.title if one.title != found.title else "",
            "address": one.url,
            "by": one.author,
            "language": one.language,
            "topics": one.topics,
            "dated": dated(one.published_at, zone=True),
            "first seen": zoned(one.first_seen_at),
            "removed": zoned(one.removed_at) and f"{zoned(one.removed_at)}: held back",
            "withdrawn": zoned(one.withdrawn_at),
            "own words": ", ".join(sorted(one.override)),
            f"in '{name}'": _beginning(view) if view else "",
            "picture": _picture(view) if view else "",
            "the same as": ", ".join(f"article {other.id}" for other in found.same),
            "seen in": ", ".join(found.sources),
            "offered to": "\n".join(
                f"{mlist.slug}: {OFFER_WORDS.get(offer.state, offer.state)}"
                + (", pinned" if offer.pinned else "")
                + (f" at position {offer.position}" if offer.position is not None else "")
                + (
                    f", under {', '.join(found.topics[mlist.slug])}"
                    if found.topics[mlist.slug]
                    else ""
                )
                for mlist, offer in found.offers
            ),
            "issues": ", ".join(carried),
            "history": "\n".join(told),
        },
    )


def _beginning(view: ArticleView) -> str:
    more = ("… and all of its text follows.",) if view.text_html else ()
    return "\n\n".join((*view.excerpt, *more))


def _picture(view: ArticleView) -> str:
    if view.image is None:
        return ""
    return f"{view.image.url} ({view.image.alt})" if view.image.alt else view.image.url


@article.command("edit")
@click.argument("ref", metavar="ARTICLE")
@click.option("--title", metavar="T", help="'' goes back to the source's.")
@click.option(
    "--excerpt", metavar="TEXT", help="Paragraphs are parted by an empty line; '' goes back."
)
@click.option(
    "--paragraph",
    "paragraphs",
    type=(int, str),
    multiple=True,
    metavar="N TEXT",
    help="One paragraph of what is shown; '' takes it out. Repeatable.",
)
@click.option("--image", metavar="URL", help="'' shows none.")
@click.option("--image-alt", metavar="TEXT", help="What the picture shows, for who cannot see it.")
@click.option("--reset", is_flag=True, help="Go back to all the source says.")
@pass_app
def edit(app: App, ref: str, paragraphs: tuple[tuple[int, str], ...], **options: Any) -> None:
    """Say an article in your own words, whatever its source says. Frozen issues stay.

    Where a list shows whole texts, a --paragraph stands in the text, an --excerpt in place of it.
    """
    from newsletter.cli.output import give
    from newsletter.jobs.curating import edit_article, own_words_in, show_article

    if not paragraphs and all(wanted in (None, False) for wanted in options.values()):
        raise click.UsageError("say what to change (see --help)")
    before = show_article(app.inst, ref).article.override
    one = edit_article(
        app.inst, ref, paragraphs=dict(paragraphs), now=app.now, actor=app.actor, **options
    )
    lists = own_words_in(app.inst, str(one.id))
    changed = one.override != before
    give(
        app,
        {**_document(one), "override": one.override, "whole_text": lists, "changed": changed},
    )
    own = f"its own {', '.join(sorted(one.override))}" if one.override else "all as its source says"
    already = "" if changed else " already: nothing was changed"
    app.say(f"Article {one.id} has {own}{already}.")
    too_late(app, str(one.id), "edit")
    for slug, whole in lists.items():
        if whole:
            app.say(f"In '{slug}', which shows whole texts, your paragraphs stand in the text.")
        else:
            app.note(
                f"In '{slug}', which shows whole texts, your excerpt stands in place of the text "
                f"(its text is back with: newsletter article edit {one.id} --excerpt '')."
            )


@article.command("skip")
@click.argument("ref", metavar="ARTICLE")
@LIST
@click.option("--undo", is_flag=True, help="Put it on offer again.")
@pass_app
def skip(app: App, ref: str, slug: str, undo: bool) -> None:
    """Leave an article out of a list, and of its drafts."""
    from newsletter.jobs import curating
    from newsletter.jobs.whereabouts import drafts_with

    verb = curating.unskip if undo else curating.skip
    before = drafts_with(app.inst, ref, slug)
    changed = verb(app.inst, slug, ref, now=app.now, actor=app.actor)
    _say(app, ref, slug, changed, "is on offer to" if undo else "is left out of")
    if not undo:
        left = set(drafts_with(app.inst, ref, slug))
        if gone := [name for name in before if name not in left]:
            app.say(f"Taken out of {', '.join(gone)}.")
        too_late(app, ref, "skip", slug)


@article.command("pin")
@click.argument("ref", metavar="ARTICLE")
@LIST
@click.option("--position", type=int, metavar="N", help="Lower ones come first.")
@click.option("--undo", is_flag=True, help="Let it wait its turn again.")
@pass_app
def pin(app: App, ref: str, slug: str, position: int | None, undo: bool) -> None:
    """Take an article into the list's next issue, at the top, however old it is.

    Even where its source no longer has it: look first that it is right.
    """
    from newsletter.cli.article_drafts import pinned, unpinned
    from newsletter.jobs import curating

    if undo:
        left = curating.unpin(app.inst, slug, ref, now=app.now, actor=app.actor)
        what = "is not pinned in" if left.kept else "waits its turn in"
        _say(app, ref, slug, left.changed, what, out_of=left.out, still_in=left.kept)
        unpinned(app, ref, slug, left)
        return
    done = curating.pin(app.inst, slug, ref, position=position, now=app.now, actor=app.actor)
    _say(app, ref, slug, done.changed, "is pinned in", drafts=done.drafts, full=done.full)
    pinned(app, ref, slug, done)


def _say(app: App, ref: str, slug: str, changed: bool, what: str, **more: object) -> None:
    from newsletter.cli.output import give

    give(app, {"article": ref, "list": slug, "changed": changed, **more})
    rest = "." if changed else " already: nothing was changed."
    app.say(f"Article {ref} {what} '{slug}'{rest}")


article.add_command(parting.join)
article.add_command(parting.part)


@article.command("withdraw")
@click.argument("ref", metavar="ARTICLE")
@click.option("--readers", is_flag=True, help="Name everybody who has it already.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="… in a CSV file."
)
@yes_option
@pass_app
def withdraw(app: App, ref: str, readers: bool, output: Path | None, yes: bool) -> None:
    """Take an article back for good: out of drafts, the archive and all that is to come.

    Issues that carry it and are under way are paused. Who has it already is counted, and named
    with --readers, -o or --json; say it again to be told once more.
    """
    from newsletter.cli.article_readers import readers_by_issue, show_readers, write_readers
    from newsletter.cli.output import count, give
    from newsletter.jobs.curating import show_article
    from newsletter.jobs.curating import withdraw as take_back

    known = show_article(app.inst, ref)
    one = known.article
    same = " and ".join(str(other.id) for other in known.same)
    if any(it.withdrawn_at is None for it in (one, *known.same)):
        with_it = f", and article {same}, which is the same," if same else ""
        app.ask(f"withdraw '{known.title}'{with_it} for good", yes)
    done = take_back(app.inst, str(one.id), now=app.now, actor=app.actor)
    if app.json:
        give(
            app,
            {
                **_document(done.article),
                "same": [other.id for other in done.same],
                "changed": done.is_new,
                "drafts": done.drafts,
                "paused": done.paused,
                "archive": done.pages,
                "reached": dict(done.reached),
                "readers": readers_by_issue(app, str(one.id)),
            },
        )
    if done.is_new:
        app.say(f"Article {one.id} is withdrawn: {known.title}")
        if same:
            app.say(f"With it, article {same}, which is the same.")
    else:
        app.say(f"Article {one.id} was withdrawn already: nothing was changed.")
    if done.drafts:
        app.say(f"Taken out of {', '.join(done.drafts)}.")
    if done.pages:
        app.say(f"Cut out of the pages of {', '.join(done.pages)}.")
    if done.paused:
        app.say(f"Paused: {', '.join(done.paused)} ('issue cancel' or 'issue resume').")
    for name, number in done.reached:
        app.say(f"It came too late for {count(number, 'reader')} of {name}.")
    if output is not None:
        write_readers(app, str(one.id), output)
    elif readers:
        show_readers(app, str(one.id))
    elif done.reached:
        app.note(f"Who they are: 'newsletter article withdraw {one.id} --readers'.")


@article.command("explain")
@click.argument("ref", metavar="ARTICLE")
@click.option("--list", "slug", metavar="SLUG", help="Only about this list.")
@pass_app
def explain(app: App, ref: str, slug: str | None) -> None:
    """Why an article is in an issue or not, and whether it will be in the next."""
    from newsletter.cli.explanations import tell
    from newsletter.jobs.explaining import explain_article

    tell(app, explain_article(app.inst, ref, slug=slug, now=app.now))


def _document(one: Article) -> dict[str, Any]:
    from newsletter.cli.output import row

    names = "id title url author language topics published_at first_seen_at withdrawn_at"
    return row(one, *names.split())
