"""newsletter subscriber: people, and what they agreed to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.app import App, pass_app
from newsletter.cli.asking import invite
from newsletter.cli.bulk import remove, tag
from newsletter.cli.finding import asked, said_of_people
from newsletter.cli.forgetting import erase, purge, unsubscribe
from newsletter.cli.grammar import Noun
from newsletter.cli.transfers import export, import_

if TYPE_CHECKING:
    from subscribers.models import Subscription


_NEEDS_WORDS = "--alerts is a consent of its own: say how they asked (--consent)"


@click.group("subscriber", cls=Noun)
def subscriber() -> None:
    """People, and what they agreed to."""


@subscriber.command("add")
@click.argument("email")
@click.option("--list", "slug", required=True, metavar="SLUG", help="Which list.")
@click.option("--name", default="", metavar="N", help="Theirs.")
@click.option("--language", metavar="L", help="[default: the list's]")
@click.option("--cadence", metavar="SCHEDULE", help="[default: the list's default schedule]")
@click.option("--topic", "topics", multiple=True, metavar="T", help="[default: everything]")
@click.option("--alerts", is_flag=True, help="They asked for alerts too; needs --consent.")
@click.option("--confirmed", is_flag=True, help="They agreed elsewhere; needs --consent.")
@click.option("--consent", default="", metavar="TEXT", help="The words that they agreed to.")
@click.option("--again", is_flag=True, help="They left, and want to come back.")
@pass_app
def add(
    app: App,
    email: str,
    slug: str,
    topics: tuple[str, ...],
    **options: Any,
) -> None:
    """Enter somebody into a list.

    They get a mail with a link to confirm; with --confirmed and --consent they are on the list at
    once, and the words are kept as evidence.
    """
    from newsletter.cli.output import give
    from newsletter.jobs.peopling import add_subscriber
    from subscribers.signup import Outcome

    if options["alerts"] and not options["consent"].strip():
        raise click.UsageError(_NEEDS_WORDS)
    added = add_subscriber(
        app.inst,
        email,
        slug,
        topics=frozenset(topics) or None,
        now=app.now,
        actor=app.actor,
        **options,
    )
    give(
        app,
        {
            "address": added.subscriber.address,
            "list": slug,
            "outcome": added.outcome,
            "state": added.subscription.state,
        },
    )
    match added.outcome:
        case Outcome.ADDED:
            app.say(f"{email} is on '{slug}'.")
        case Outcome.PENDING:
            app.say(f"{email} is asked by mail to confirm for '{slug}'.")
            app.say("The mail is queued: a running sender, or 'newsletter deliver', sends it.")
        case Outcome.UNCHANGED:
            state = added.subscription.state.value
            app.say(f"{email} is on '{slug}' already ({state}): nothing was changed.")


@subscriber.command("ls")
@said_of_people
@click.option("--limit", type=int, default=100, show_default=True, help="At most so many; 0: all.")
@pass_app
def ls(app: App, limit: int, **options: Any) -> None:
    """Who is on which list, by address; found by anything that is known of them.

    --where takes a condition, as of a segment (docs/segments.md): 'age >= 18 and not tag = away'.
    """
    from newsletter.cli.finding import drawn_text
    from newsletter.cli.output import row, table, when
    from newsletter.jobs.drawing import drawn_lists
    from newsletter.jobs.finding import list_subscriptions

    found, total = list_subscriptions(app.inst, asked(options), limit=limit or None)
    table(
        app,
        [{**row(one.subscriber, "address", "name", "tags"), **_document(one)} for one in found],
        ("address", "name", "list", "state", "since@", "tags"),
        (
            (
                one.subscriber.address,
                one.subscriber.name,
                one.mlist.slug,
                one.state,
                when(one.unsubscribed_at or one.confirmed_at or one.requested_at),
                one.subscriber.tags,
            )
            for one in found
        ),
        empty="Nobody.",
    )
    if total > len(found):
        app.note(f"{len(found)} of {total:,} (--limit 0 shows all)")
    for drawn in drawn_lists(app.inst, options["slug"], now=app.now) if options["slug"] else ():
        app.note(drawn_text(drawn))


@subscriber.command("show")
@click.argument("email")
@pass_app
def show(app: App, email: str) -> None:
    """One person: what is known of them, and all their subscriptions."""
    from newsletter.cli.output import facts, row, zoned
    from newsletter.jobs.peopling import show_subscriber

    found = show_subscriber(app.inst, email)
    person, against = found.subscriber, found.suppression
    facts(
        app,
        {
            **row(person, "address", "name", "language", "attributes", "tags"),
            **row(person, "paused_until", "created_at"),
            "subscriptions": [
                {**_document(one), "in_segment": one.id not in found.passed_by}
                for one in found.subscriptions
            ],
            "suppression": against and row(against, "key", "reason", "created_at", "note"),
        },
        {
            "address": person.address,
            "name": person.name,
            "language": person.language,
            "tags": person.tags,
            "attributes": "\n".join(
                f"{name}: {value if isinstance(value, str) else json.dumps(value)}"
                for name, value in person.attributes.items()
            ),
            "known since": zoned(person.created_at),
            "paused until": zoned(person.paused_until),
            "lists": "\n".join(
                _sentence(one) + ("; not in its segment" if one.id in found.passed_by else "")
                for one in found.subscriptions
            ),
            "suppressed": against and f"{against.reason.value}, {zoned(against.created_at)}",
        },
    )


def _sentence(one: Subscription) -> str:
    from newsletter.cli.output import zoned

    since = one.unsubscribed_at or one.confirmed_at or one.requested_at
    wants = [name for name, on in (("digests", one.digests), ("alerts", one.alerts)) if on]
    parts = [f"{one.state.value} since {zoned(since)}", " and ".join(wants)]
    parts += [f"schedule '{one.cadence}'"] if one.cadence else []
    parts += [f"topics {', '.join(sorted(one.topics))}"] if one.topics else []
    return f"{one.mlist.slug}: {'; '.join(parts)}"


@subscriber.command("history")
@click.argument("email")
@pass_app
def history(app: App, email: str) -> None:
    """The evidence kept of a person: what they agreed to or refused, when, how, on what words."""
    from newsletter.cli.output import row, table, when
    from newsletter.jobs.peopling import history_of
    from subscribers import wording

    found = history_of(app.inst, email)
    with app.inst.database.read() as session:
        said = {event.form: wording.text_of(session, event.form) for event, _ in found}
    names = ("at", "kind", "source", "words", "ip", "actor", "detail")
    table(
        app,
        [{"list": slug, **row(event, *names), "form": said[event.form]} for event, slug in found],
        ("when@", "what", "list", "how", "by", "from IP", "words"),
        (
            (when(e.at), e.kind, slug, e.source, e.actor or "themselves", e.ip, e.words)
            for e, slug in found
        ),
        empty="Nothing is on record.",
    )


@subscriber.command("edit")
@click.argument("email")
@click.option("--name", metavar="N", help="Theirs.")
@click.option("--language", metavar="L", help="'' for the list's.")
@click.option("--pause-until", metavar="WHEN", help="'2026-08-20 08:00'; 'now' ends a pause.")
@click.option(
    "--attribute",
    "attributes",
    multiple=True,
    metavar="NAME=VALUE",
    help="One of your own; NAME= takes it away; repeat it.",
)
@click.option("--tag", "add_tags", multiple=True, metavar="TAG", help="Put it on; repeat it.")
@click.option("--untag", "remove_tags", multiple=True, metavar="TAG", help="Take it off.")
@click.option("--list", "slug", metavar="SLUG", help="What follows is about this list.")
@click.option("--cadence", metavar="SCHEDULE", help="'' for the list's default.")
@click.option("--topic", "topics", multiple=True, metavar="T", help="'' for everything.")
@click.option("--digests/--no-digests", default=None, help="Digests and letters.")
@click.option("--alerts/--no-alerts", default=None, help="Alerts; needs --consent.")
@click.option(
    "--consent", default="", metavar="TEXT", help="How they asked for it; needed for alerts."
)
@pass_app
def edit(
    app: App,
    email: str,
    slug: str | None,
    name: str | None,
    language: str | None,
    pause_until: str | None,
    attributes: tuple[str, ...],
    add_tags: tuple[str, ...],
    remove_tags: tuple[str, ...],
    cadence: str | None,
    topics: tuple[str, ...],
    digests: bool | None,
    alerts: bool | None,
    consent: str,
) -> None:
    """Change what is known of a person, their pause or tags, or what a list brings them."""
    from newsletter.calendar import parse_when, zone
    from newsletter.cli.output import give
    from newsletter.jobs.peopling import edit_subscriber

    person: dict[str, Any] = {}
    if name is not None:
        person["name"] = name
    if language is not None:
        person["language"] = language or None
    if pause_until is not None:
        tz = zone(app.inst.config.site.timezone)
        person["paused_until"] = parse_when(pause_until, tz, app.now)
    wanted: dict[str, Any] = {"digests": digests, "alerts": alerts}
    wanted = {key: value for key, value in wanted.items() if value is not None}
    if cadence is not None:
        wanted["cadence"] = cadence or None
    if topics:
        wanted["topics"] = frozenset(topics) - {""} or None
    missing = []
    if wanted and slug is None:
        missing.append("--cadence, --topic, --digests and --alerts need --list")
    if alerts and not consent:
        missing.append(_NEEDS_WORDS)
    if missing:
        raise click.UsageError("; ".join(missing))
    if not (person or wanted or attributes or add_tags or remove_tags):
        raise click.UsageError("nothing to change was named (see --help)")
    changed = edit_subscriber(
        app.inst,
        email,
        slug=slug,
        person=person,
        subscription=wanted,
        attributes=dict(map(_attribute, attributes)),
        add_tags=add_tags,
        remove_tags=remove_tags,
        words=consent,
        now=app.now,
        actor=app.actor,
    )
    give(app, {"address": email, "changed": changed})
    app.say(f"{email} is changed." if changed else f"{email} is so already.")


def _attribute(said: str) -> tuple[str, Any]:
    from subscribers.attributes import read_value

    name, equals, value = said.partition("=")
    if not equals:
        raise click.UsageError(f"--attribute {said}: write it as NAME=VALUE")
    return name.strip(), read_value(value) if value else None


def _document(one: Subscription) -> dict[str, Any]:
    from newsletter.cli.output import row

    names = "state cadence topics digests alerts source requested_at confirmed_at unsubscribed_at"
    return {"list": one.mlist.slug, **row(one, *names.split())}


for verb in (tag, remove, invite, unsubscribe, erase, purge, import_, export):
    subscriber.add_command(verb)
