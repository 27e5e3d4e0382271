"""newsletter relay: the servers that mail is handed to, and how they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.app import App, pass_app, put
from newsletter.cli.grammar import Noun

if TYPE_CHECKING:
    from newsletter.jobs.relaying import QuotaView, RelayView

SPANS = ("last minute", "last hour", "last 24 h")


@click.group("relay", cls=Noun)
def relay() -> None:
    """The SMTP servers that mail is handed to."""


@relay.command("ls")
@pass_app
def ls(app: App) -> None:
    """All relays: their limits, what is spent of these, and how they are."""
    from newsletter.cli.output import table
    from newsletter.jobs.relaying import list_relays

    found = list_relays(app.inst, now=app.now)
    table(
        app,
        found,
        ("relay", "state", "weight#", "limits", "hour#", "24 h#"),
        (
            (
                one.name,
                one.state if one.used else "unused",
                one.weight or "standby",
                speed(one),
                *(spent(each, short=True) for each in one.quotas[1:]),
            )
            for one in found
        ),
        empty="No relay is configured. Add [[relays]] to config.toml.",
    )
    for one in found:
        if one.problem:
            app.note(f"Relay '{one.name}' is {one.state}: {one.problem}{probed(app, one)}.")
        for remark in remarks(one):
            app.note(f"Relay '{one.name}' {remark}.")


@relay.command("show")
@click.argument("name")
@pass_app
def show(app: App, name: str) -> None:
    """One relay: its limits, what is spent of each, its warm-up, and how it is."""
    from newsletter.cli.output import facts
    from newsletter.jobs.relaying import show_relay

    found = show_relay(app.inst, name, now=app.now)
    reserve = any(each.quota for each in found.quotas) or found.rate
    facts(
        app,
        found,
        {
            "relay": found.name,
            "where": found.where,
            "state": (found.state if found.used else "unused") + probed(app, found),
            "problem": found.problem,
            "connections": f"{found.connections_in_use} in use, of {found.connections}",
            "a second": f"at most {found.rate:g}" if found.rate else "",
            **{span: spent(each) for span, each in zip(SPANS, found.quotas, strict=True)},
            "for alerts": f"{found.reserve:.0%} of each limit is kept" if reserve else "",
            "weight": found.weight or "0: a standby, used only when no other relay can be",
            "a connection": f"at most {found.messages_per_connection:,} messages"
            + ("" if found.pipelining else ", without pipelining"),
            "note": "\n".join(f"It {remark}." for remark in remarks(found)),
        },
    )


def speed(one: RelayView) -> str:
    """`4 at once, 10/s`."""
    return f"{one.connections} at once" + (f", {one.rate:g}/s" if one.rate else "")


def spent(each: QuotaView, *, short: bool = False) -> str:
    """`120 of 500`; in short `120/500`, and nothing where there is no limit."""
    from newsletter.cli.output import zoned

    if each.quota is None:
        return "" if short else f"{each.taken:,}"
    if short:
        return f"{each.taken:,}/{each.quota:,}"
    more = f"; more from {zoned(each.free_at)}" if each.free_at else ""
    kept = each.quota - (each.for_ordinary or 0)
    return (
        f"{each.taken:,} of {each.quota:,}" + (f", {kept:,} kept for alerts" if kept else "") + more
    )


def probed(app: App, one: RelayView) -> str:
    """`; it is probed next at …`, while it rests."""
    from newsletter.cli.output import zoned

    if one.retry_at is None:
        return ""
    if one.retry_at <= app.now:
        return "; the next message probes it"
    return f"; it is probed next at {zoned(one.retry_at)}"


def remarks(one: RelayView) -> list[str]:
    """What else an admin should know of a relay, each the rest of a sentence about it."""
    from newsletter.cli.output import zoned

    found = []
    if not one.used:
        found.append("is not used: base_url is of this machine, so readers could follow no link")
    if one.careful:
        found.append(f"gets {one.connections} connections and {one.rate:g}/s until a rate is set")
    if one.warm_up and one.warm_up.day <= one.warm_up.days:
        warm = one.warm_up
        found.append(
            f"is being warmed up: day {warm.day} of {warm.days}, at most {warm.today:,} in 24 h"
        )
    for span, each in zip(SPANS, one.quotas, strict=True):
        if each.free_at and each.window != "minute":
            found.append(f"has taken its share of the {span}; more from {zoned(each.free_at)}")
    return found


@relay.command("check")
@click.argument("name", required=False)
@pass_app
def check(app: App, name: str | None) -> None:
    """Connect, encrypt and log in as a sender would, and hang up. Sends nothing."""
    from newsletter.cli.output import give
    from newsletter.errors import NewsletterError, Refused
    from newsletter.jobs.relaying import address_of, check_relay, find_relay, relay_answers

    relays = [find_relay(app.inst, name)] if name else list(app.inst.config.relays)
    if not relays:
        raise Refused("no relay is configured (add [[relays]] to config.toml)")
    problems: dict[str, str] = {}
    for one in relays:
        try:
            check_relay(one)
        except NewsletterError as error:
            problems[one.name] = str(error)
        else:
            app.say(f"Relay '{one.name}' answers at {address_of(one)}.")
            if relay_answers(app.inst, one.name, now=app.now):
                app.say(f"It is paused: 'newsletter relay resume {one.name}' uses it again.")
    give(app, [{"name": r.name, "problem": problems.get(r.name, "")} for r in relays])
    for problem in problems.values():
        put(f"error: {problem}", err=True)
    if problems:
        click.get_current_context().exit(1)


@relay.command("pause")
@click.argument("name")
@click.option("--reason", default="paused by an admin", metavar="TEXT", help="Shown in 'relay ls'.")
@pass_app
def pause(app: App, name: str, reason: str) -> None:
    """Hand it nothing more until it is resumed; messages wait, or take another relay."""
    from newsletter.cli.output import give
    from newsletter.jobs.relaying import pause_relay

    row, changed = pause_relay(app.inst, name, reason=reason, now=app.now, actor=app.actor)
    give(app, {"name": name, "state": row.state, "changed": changed})
    app.say(f"Relay '{name}' is paused." if changed else f"Relay '{name}' is paused already.")


@relay.command("resume")
@click.argument("name")
@pass_app
def resume(app: App, name: str) -> None:
    """Use it again, as if nothing had happened."""
    from newsletter.cli.output import give
    from newsletter.jobs.relaying import resume_relay

    row, changed = resume_relay(app.inst, name, now=app.now, actor=app.actor)
    give(app, {"name": name, "state": row.state, "changed": changed})
    app.say(f"Relay '{name}' is in use." if changed else f"Relay '{name}' is in use already.")
