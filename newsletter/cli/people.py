"""newsletter subscriber: people, and what they agreed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.app import App, pass_app
from newsletter.cli.asking import invite
from newsletter.cli.forgetting import erase, purge, unsubscribe
from newsletter.cli.grammar import Noun
from newsletter.cli.transfers import export, import_

if TYPE_CHECKING:
    from subscribers.models import Subscription


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
@click.option("--alerts", is_flag=True, help="They asked for alerts too.")
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
@click.option("--list", "slug", metavar="SLUG", help="Only of this list.")
@click.option(
    "--state", type=click.Choice(["pending", "active", "unsubscribed"]), help="Only in this state."
)
@click.option("--search", default="", metavar="TEXT", help="Part of an address or a name.")
@click.option("--limit", type=int, default=100, show_default=True, help="At most so many; 0: all.")
@pass_app
def ls(app: App, slug: str | None, state: str | None, search: str, limit: int) -> None:
    """Who is on which list, by address."""
    from newsletter.cli.output import table, when
    from newsletter.jobs.peopling import list_subscriptions
    from subscribers.models import SubscriptionState

    found, total = list_subscriptions(
        app.inst,
        slug=slug,
        state=SubscriptionState(state) if state else None,
        search=search,
        limit=limit or None,
    )
    table(
        app,
        [
            {"address": one.subscriber.address, "name": one.subscriber.name, **_document(one)}
            for one in found
        ],
        ("address", "name", "list", "state", "since@"),
        (
            (
                one.subscriber.address,
                one.subscriber.name,
                one.mlist.slug,
                one.state,
                when(one.unsubscribed_at or one.confirmed_at or one.requested_at),
            )
            for one in found
        ),
        empty="Nobody.",
    )
    if total > len(found):
        app.note(f"{len(found)} of {total:,} (--limit 0 shows all)")


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
            **row(
                person, "address", "name", "language", "attributes", "paused_until", "created_at"
            ),
            "subscriptions": [_document(one) for one in found.subscriptions],
            "suppression": against and row(against, "key", "reason", "created_at", "note"),
        },
        {
            "address": person.address,
            "name": person.name,
            "language": person.language,
            "known since": zoned(person.created_at),
            "paused until": zoned(person.paused_until),
            "lists": "\n".join(map(_sentence, found.subscriptions)),
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

    found = history_of(app.inst, email)
    names = ("at", "kind", "source", "words", "ip", "actor", "detail")
    table(
        app,
        [{"list": slug, **row(event, *names)} for event, slug in found],
        ("when@", "what", "list", "how", "by", "words"),
        (
            (when(e.at), e.kind, slug, e.source, e.actor or "themselves", e.words)
            for e, slug in found
        ),
        empty="Nothing is on record.",
    )


@subscriber.command("edit")
@click.argument("email")
@click.option("--name", metavar="N", help="Theirs.")
@click.option("--language", metavar="L", help="'' for the list's.")
@click.option("--pause-until", metavar="WHEN", help="'2026-08-20 08:00'; 'now' ends a pause.")
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
    cadence: str | None,
    topics: tuple[str, ...],
    digests: bool | None,
    alerts: bool | None,
    consent: str,
) -> None:
    """Change a person's name, language or pause, or what a list brings them."""
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
        missing.append("--alerts is a consent of its own: say how they asked (--consent)")
    if missing:
        raise click.UsageError("; ".join(missing))
    if not person and not wanted:
        raise click.UsageError("nothing to change was named (see --help)")
    changed = edit_subscriber(
        app.inst,
        email,
        slug=slug,
        person=person,
        subscription=wanted,
        words=consent,
        now=app.now,
        actor=app.actor,
    )
    give(app, {"address": email, "changed": changed})
    app.say(f"{email} is changed." if changed else f"{email} is so already.")


def _document(one: Subscription) -> dict[str, Any]:
    from newsletter.cli.output import row

    names = "state cadence topics digests alerts source requested_at confirmed_at unsubscribed_at"
    return {"list": one.mlist.slug, **row(one, *names.split())}


for verb in (invite, unsubscribe, erase, purge, import_, export):
    subscriber.add_command(verb)
