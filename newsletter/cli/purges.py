"""How a purge is shown: what each rule would take and whose it is, the question, and what went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from newsletter.cli.app import App
from newsletter.cli.output import count, give, table, when

if TYPE_CHECKING:
    from newsletter.jobs.retaining import Due, Rules

MOST_SHOWN = 20  # people of a rule, for people
MOST_IN_JSON = 1000
KINDS = {  # what the rows of a rule are
    "never_confirmed": "subscription",
    "never_invited": "subscription",
    "left": "subscription",
    "erased": "line of evidence or log",
    "ip": "IP address",
    "log": "line of the log",
    "attempts": "use of the form",
}
PLURALS = {
    "erased": "lines of evidence or log",
    "ip": "IP addresses",
    "log": "lines of the log",
    "attempts": "uses of the form",
}


def run_purge(app: App, rules: Rules, *, dry_run: bool, yes: bool) -> None:
    """List what these rules would take, ask, and take it."""
    from newsletter.jobs.retaining import apply, due

    found = due(app.inst, rules, now=app.now, names=MOST_IN_JSON if app.json else MOST_SHOWN)
    if not app.json:
        _list(app, found)
    takes = [one for one in found if not one.is_empty]
    done = bool(takes) and not dry_run
    if done:
        app.ask(_doing(takes), yes)
        gone = apply(app.inst, {one.rule: rules[one.rule] for one in takes}, now=app.now,
                     actor=app.actor)  # fmt: skip
        names = {one.rule: one.some for one in found}
        found = [replace(one, some=names[one.rule]) for one in gone]
    pending = [one for one in found if one.rule.value in ("never_confirmed", "never_invited")]
    document = {
        "dry_run": dry_run,
        "subscriptions": sum(one.rows for one in pending),
        "people": sum(one.people for one in found),
        "rules": found,
    }
    give(app, document)
    if done:
        app.say(f"Done: {', '.join(map(_taken, found))}.")
    else:
        app.say("Nothing was changed.")


def _list(app: App, found: Sequence[Due]) -> None:
    table(
        app,
        None,
        ("rule", "days#", "people#", "rows#", "of"),
        ((one.rule.value, one.days, one.people, f"{one.rows:,}", _kind(one, 2)) for one in found),
        empty="No rule is set: all is kept ([retention] in config.toml).",
    )
    for one in found:
        if one.left:
            again = count(one.left, "subscription")
            app.note(f"By {one.rule.value}: {again} of who had left before, to end again.")
        if not one.some:
            continue
        app.note(f"By {one.rule.value}:")
        for person in one.some:
            app.note(f"  {person.address} (since {when(person.since)[:10]})")
        if len(one.some) == MOST_SHOWN:
            app.note("  … (--json tells more)")


def _doing(takes: Sequence[Due]) -> str:
    people = sum(one.people for one in takes)
    rows = [f"{one.rows:,} {_kind(one, one.rows)}" for one in takes if one.rows]
    left = sum(one.left for one in takes)
    said = [f"forget {count(people, 'person', 'people')}"] if people else []
    if rows:
        said.append(f"delete {', '.join(rows)}")
    if left:
        said.append(f"end {count(left, 'subscription')} of who had left")
    return " and ".join(said)


def _taken(one: Due) -> str:
    if one.rule.value == "left":
        return f"{count(one.people, 'person', 'people')} who left"
    again = f" ({_leaves_again(one.left)})" if one.left else ""
    return f"{one.rows:,} {_kind(one, one.rows)}{again}"


def _leaves_again(number: int) -> str:
    """Of people who were pending again: it ends as it had, and the evidence stays."""
    return f"{count(number, 'subscription')} of who had left before ended again"


def _kind(one: Due, number: int) -> str:
    name = one.rule.value
    return KINDS[name] if number == 1 else PLURALS.get(name, "subscriptions")
