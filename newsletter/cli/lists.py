"""newsletter list: what people subscribe to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.app import App, pass_app, yes_option
from newsletter.cli.described import import_
from newsletter.cli.grammar import Noun
from newsletter.cli.list_options import (
    excerpt_text,
    given,
    match_option,
    matches_of,
    said_of_lists,
    topic_of,
)

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from newsletter.jobs.listing import Going
    from subscribers.models import MailingList

FIELDS = (
    "slug",
    "title",
    "description",
    "language",
    "timezone",
    "from_name",
    "from_address",
    "reply_to",
    "list_id",
    "postal_address",
    "footer_note",
    "welcome_text",
    "visibility",
    "double_opt_in",
    "welcome",
    "goodbye",
    "archive",
    "excerpt_words",
    "excerpt_style",
    "on_unknown",
    "after_alert",
    "created_at",
)

SCHEDULE = (
    *("name", "title", "cron", "timezone", "is_default", "active", "approval", "hold_minutes"),
    *("minimum", "maximum", "max_age_days"),
)


@click.group("list", cls=Noun)
def mlist() -> None:
    """What people subscribe to."""


@mlist.command("create")
@click.argument("slug")
@click.option("--from", "from_mailbox", required=True, metavar='"NAME <A@B>"', help="The sender.")
@said_of_lists
@click.option(
    "--of", metavar="SLUG", help="It goes to those of this list's subscribers --where names."
)
@click.option("--schedule", "cron", metavar="CRON", help='When it goes out: "0 8 * * fri".')
@click.option(
    "--approval",
    default="auto",
    metavar="HOW",
    help="auto, hold:2h (goes out after two hours) or manual.  [default: auto]",
)
@click.option(
    "--topic",
    "topics",
    multiple=True,
    metavar="SLUG=TITLE",
    help="One that readers may choose; repeat it.",
)
@match_option
@pass_app
def create(
    app: App,
    slug: str,
    from_mailbox: str,
    of: str | None,
    cron: str | None,
    approval: str,
    topics: tuple[str, ...],
    matches: tuple[str, ...],
    **options: Any,
) -> None:
    """Make a list, and its first schedule.

    Without --schedule its issues are made by hand. The first issue waits for 'issue approve',
    whatever --approval says.

    --where makes it a segment: of those who subscribe, its issues go only to people of whom the
    condition holds when an issue is made ready (docs/segments.md). With --of it has no subscribers
    of its own: it goes to those of another list whom the condition names.

    \b
    newsletter list create weekly --title "The Valmont Courier" \\
        --from "The Courier <news@valmont.example>" --schedule "0 8 * * fri"
    """
    from newsletter.cli.output import give
    from newsletter.jobs.listing import create_mlist
    from subscribers.addresses import parse_mailbox
    from subscribers.lists import find_lists

    with app.inst.database.read() as session:
        lists = {one.slug: one for one in find_lists(session)}
        known = lists.get(slug)
        there = _segment(session, known) if known is not None else {}
    if known is not None:
        address = parse_mailbox(from_mailbox).address.address
        _same_or_refuse(known, address, there, {**options, "of": of})
        give(app, _document(known))
        app.say(f"There is a list '{slug}' already: nothing was changed.")
        return
    made = create_mlist(
        app.inst,
        slug,
        from_mailbox=from_mailbox,
        of=of,
        cron=cron,
        approval=approval,
        topics=tuple(topic_of(text) for text in topics),
        matches=matches_of(matches),
        now=app.now,
        **given(options),
    )
    give(app, _document(made))
    app.say(f"List '{slug}' is made: {made.title}, from {made.from_address}.")
    app.say(f"Next: newsletter source add https://… --list {slug}")


def _same_or_refuse(
    known: MailingList, address: str, segment: dict[str, Any], options: dict[str, Any]
) -> None:
    from newsletter.errors import Refused

    wanted = {**given(options), "from_address": address}
    there = {name: getattr(known, name, None) for name in wanted} | segment
    others = [name for name, value in wanted.items() if there[name] != value]
    if others:
        raise Refused(
            f"there is a list '{known.slug}' already, with another {others[0].replace('_', ' ')} "
            f"(change it with 'newsletter list edit {known.slug}')"
        )


def _segment(session: Session, one: MailingList) -> dict[str, Any]:
    """For whom a list is: its condition, and the list that it is drawn from."""
    from subscribers.models import MailingList
    from subscribers.segments import said_of, source_of

    source = session.get_one(MailingList, source_of(session, one.id))
    return {"where": said_of(session, one.id), "of": None if source is one else source.slug}


@mlist.command("ls")
@pass_app
def ls(app: App) -> None:
    """All lists, how many read them, and when the next issue is due."""
    from newsletter.cli.finding import drawn_text
    from newsletter.cli.output import table, when
    from newsletter.jobs.drawing import drawn_lists
    from newsletter.jobs.operating import stats

    found = stats(app.inst, now=app.now).lists
    table(
        app,
        found,
        ("list", "title", "active#", "pending#", "left#", "next issue@"),
        (
            (one.slug, one.title, one.active, one.pending, one.unsubscribed, when(one.next_at))
            for one in found
        ),
        empty="No list yet. Make one with 'newsletter list create'.",
    )
    for drawn in drawn_lists(app.inst, now=app.now):
        app.note(drawn_text(drawn))


@mlist.command("show")
@click.argument("slug")
@click.option("--embed", is_flag=True, help="Print an HTML sign-up form for your own site.")
@click.option("--with", "further", multiple=True, metavar="SLUG", help="… for this list as well.")
@pass_app
def show(app: App, slug: str, embed: bool, further: tuple[str, ...]) -> None:
    """One list: all its settings, its schedules and topics; or a form to paste into a page."""
    from newsletter.cli.output import facts, give, plain, row, zoned
    from newsletter.jobs.embedding import signup_form
    from newsletter.jobs.operating import stats_of
    from newsletter.jobs.scheduling import approval_text, schedules_of
    from subscribers import audience
    from subscribers.lists import find_list, former_slugs

    with app.inst.database.read() as session:
        one = find_list(session, slug)
        former, segment = former_slugs(session, one), _segment(session, one)
        where, of = segment["where"], segment["of"]
        about: dict[str, Any] = {"cadence": None, "is_default_cadence": True}
        matching = (
            audience.count(session, one.id, "letter", **about, now=app.now) if where else None
        )
        topics = [(topic.slug, topic.title, sorted(topic.categories)) for topic in one.topics]
        schedules = schedules_of(session, one)
    if further and not embed:
        raise click.UsageError("--with belongs to --embed: it adds lists to the form")
    if embed:
        form = signup_form(app.inst, slug, further)
        give(app, {"list": slug, "html": form})
        if not app.json:
            click.echo(form)
        return
    numbers = stats_of(app.inst, slug, now=app.now)
    document = {
        **_document(one),
        "topics": {topic: title for topic, title, _ in topics},
        "matches": {topic: patterns for topic, _, patterns in topics if patterns},
        "schedules": [row(s, *SCHEDULE) for s in schedules],
        "subscriptions": numbers,
        **segment,
        "matching": matching,
        "former_slugs": former,
    }
    facts(
        app,
        document,
        {
            "list": one.slug,
            "title": one.title,
            "description": one.description,
            "from": f"{one.from_name} <{one.from_address}>".strip(),
            "reply to": one.reply_to,
            "language": f"{one.language}, {one.timezone}",
            "readers": f"{numbers.active} active, {numbers.pending} pending, "
            f"{numbers.unsubscribed} left; {numbers.alerts} also take alerts",
            "drawn from": of,
            "only where": where and f"{where}\nholds of {matching:,} who take digests now",
            "schedules": "\n".join(
                f"{s.name}: {s.title or s.cron or 'by hand'}, {approval_text(s)}" for s in schedules
            ),
            "next issue": zoned(numbers.next_at, one.timezone),
            "topics": "\n".join(
                f"{topic}: {title}" + (f" (also {', '.join(patterns)})" if patterns else "")
                for topic, title, patterns in topics
            ),
            "sign-up": f"{plain(one.visibility)}, "
            + ("confirmed by mail" if one.double_opt_in else "without confirmation"),
            "page": app.inst.config.url(f"lists/{one.slug}"),
            "archive": one.archive,
            "excerpt": excerpt_text(one),
            "on unknown": one.on_unknown,
            "after alert": one.after_alert,
            "postal address": one.postal_address,
            "footer note": one.footer_note,
            "welcome": one.welcome,
            "welcome text": one.welcome_text,
            "goodbye": one.goodbye,
            "list id": one.list_id,
            "called before": former or None,
        },
    )


@mlist.command("edit")
@click.argument("slug")
@click.option(
    "--slug", "new_slug", metavar="NEW", help="Another name; the old one goes on working."
)
@click.option("--from", "from_mailbox", metavar='"NAME <A@B>"', help="The sender.")
@said_of_lists
@click.option(
    "--topic", "topics", multiple=True, metavar="SLUG=TITLE", help="All its topics; '' for none."
)
@match_option
@pass_app
def edit(
    app: App,
    slug: str,
    topics: tuple[str, ...],
    matches: tuple[str, ...],
    where: str | None,
    **options: Any,
) -> None:
    """Change what is named; the rest stays. Issues that are frozen keep what they have.

    Whoever had chosen a topic that goes away keeps their other topics, or gets everything. What
    --match says holds at once, for articles that wait as well.

    \b
    newsletter list edit weekly --topic culture=Culture --topic sport=Sport \\
        --match "culture=cinema, theatre*" --match "sport=/sport/*"
    """
    from newsletter.cli.output import count, give
    from newsletter.jobs.relisting import edit_mlist

    done = edit_mlist(
        app.inst,
        slug,
        topics=tuple(topic_of(text) for text in topics if text) if topics else None,
        matches=matches_of(matches),
        where=where,
        now=app.now,
        actor=app.actor,
        **given(options),
    )
    give(app, {**_document(done.mlist), "changed": done.changed, "moved": done.moved})
    said = ", ".join(name.replace("_", " ") for name in done.changed)
    app.say(f"'{slug}' changed: {said}." if done.changed else f"'{slug}' is so already.")
    if "slug" in done.changed:
        app.say(f"It is called '{done.mlist.slug}' now; its old pages and commands still find it.")
    if done.moved:
        people = count(done.moved, "subscription")
        app.say(f"{people} had chosen a topic that is gone: without it, or with everything, now.")


@mlist.command("rm")
@click.argument("slug")
@yes_option
@pass_app
def rm(app: App, slug: str, yes: bool) -> None:
    """Remove a list with its subscriptions, schedules and issues.

    People, articles and the evidence of consent stay.
    """
    from newsletter.cli.output import give
    from newsletter.jobs.listing import going, remove_mlist, was_removed

    if was_removed(app.inst, slug):
        give(app, {"list": slug, "removed": False})
        app.say(f"List '{slug}' was removed already: nothing was changed.")
        return
    gone = going(app.inst, slug)
    app.ask(f"remove the list '{gone.slug}' with {_all_of(gone)}", yes)
    remove_mlist(app.inst, slug, now=app.now, actor=app.actor)
    give(app, {"list": gone.slug, "removed": True, "with": gone})
    app.say(f"List '{gone.slug}' is removed.")


def _all_of(gone: Going) -> str:
    """What goes with a list, in one line; what there is none of is left out."""
    from newsletter.cli.output import count

    readers = count(gone.active + gone.pending, "subscription")
    counted = [(gone.left, "that ended", "that ended"), (gone.issues, "issue", "issues")]
    counted += [
        (gone.deliveries, "delivery", "deliveries"),
        (gone.schedules, "schedule", "schedules"),
    ]
    counted += [(gone.topics, "topic", "topics")]
    parts = [readers, *(count(number, one, many) for number, one, many in counted if number)]
    if gone.where:
        parts.append(f"its segment ({gone.where})")
    if gone.former_slugs:
        parts.append(f"the pages of its old names ({', '.join(gone.former_slugs)})")
    if gone.former_letters:
        parts.append(f"the old links of {count(gone.former_letters, 'letter')} sent elsewhere")
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else readers


def _document(one: MailingList) -> dict[str, Any]:
    from newsletter.cli.output import row

    return row(one, *FIELDS)


mlist.add_command(import_)
