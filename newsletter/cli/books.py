"""newsletter issue audit, deliveries, settle, retry: who got an issue, who did not, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli.app import App, pass_app, put, yes_option
from newsletter.cli.grammar import CONTEXT, Verb

if TYPE_CHECKING:
    from newsletter.jobs.auditing import Audit, Owed

MOST_SHOWN = 10  # in an audit, where 'issue deliveries' shows all
REF = click.argument("ref", metavar="ISSUE")
ADDRESSES = click.argument("addresses", metavar="[ADDRESS]...", nargs=-1)
STATES = (
    "queued", "claimed", "transmitting", "deferred", "unknown", "sent", "failed", "suppressed",
    "cancelled", "skipped", "expired", "bounced",
)  # fmt: skip


@click.command("audit", cls=Verb, context_settings=CONTEXT)
@REF
@pass_app
def audit(app: App, ref: str) -> None:
    """Prove the books: the audience is the sum of the final states. Status 1 if it is not.

    Tells who is in no final state, and of each unknown message what is known.
    """
    from newsletter.cli.output import give
    from newsletter.jobs.auditing import audit_issue

    found = audit_issue(app.inst, ref)
    give(
        app,
        {
            "issue": found.label,
            "state": found.issue.state,
            "audience": found.audience,
            "counts": found.counts,
            "balanced": found.balanced,
            "due_at": found.due_at,
            "proofs": found.proofs,
            "unknown": [_document(one) for one in found.unknown],
        },
    )
    _tell_books(app, found)
    if found.balanced:
        app.say("The books balance: everybody has reached a final state.")
        return
    put(f"error: {found.label}: {_why_not(found)}", err=True)
    click.get_current_context().exit(1)


def _tell_books(app: App, found: Audit) -> None:
    counts = sorted(found.counts.items(), key=lambda item: (item[0] in found.open, -item[1]))
    states = " + ".join(f"{number:,} {state.value}" for state, number in counts)
    same = sum(found.counts.values()) == found.audience
    app.say(
        f"audience {found.audience:,} = {states or '0'}"
        if same
        else f"audience {found.audience:,}, but {states or 'no deliveries'}"
    )
    for proof in found.proofs:
        mark = click.style("✗", fg="red") if proof.against else click.style("✓", fg="green")
        app.say(f" {proof.holds}" + (f": not so of {proof.against:,}" if proof.against else ""),
                mark=mark)  # fmt: skip
    for one in found.unknown[:MOST_SHOWN]:
        _tell(app, one)
    if len(found.unknown) > MOST_SHOWN:
        app.say(
            f"and {len(found.unknown) - MOST_SHOWN:,} more unknown ones: "
            f"'newsletter issue deliveries {found.label} --state unknown'"
        )
    if found.unknown:
        app.note(
            "Each may have been accepted, or not. The relay's log knows it by its Message-ID; then:"
        )
        for verdict, means in VERDICTS.items():
            call = f"newsletter issue settle {found.label} --{verdict}"
            app.note(f"  {call.ljust(35 + len(found.label))}{means}")
        app.note("or, after that, the addresses of some of them.")


def _why_not(found: Audit) -> str:
    wrong = [proof for proof in found.proofs if proof.against]
    if wrong:
        return (
            f"the books are wrong: {'; '.join(f'not {one.holds}' for one in wrong)} (keep the "
            "database as it is with 'newsletter db backup', and report it)"
        )
    if found.issue.audience is None:
        why, remedy = "it is a draft", f"'newsletter issue approve {found.label}' lets it out"
    else:
        open_ones = ", ".join(f"{number:,} {state.value}" for state, number in found.open.items())
        why = f"not everybody is in a final state: {open_ones}"
        remedy = ", ".join(_remedies(found))
    return f"the books do not balance yet: {why} ({remedy})"


def _remedies(found: Audit) -> Iterator[str]:
    from newsletter.cli.output import zoned

    states = {state.value for state in found.open}
    if states & {"queued", "claimed", "transmitting"}:
        yield "'newsletter deliver' sends what waits"
    if found.due_at is not None:
        yield f"what was deferred is tried again from {zoned(found.due_at)} on"
    if "unknown" in states:
        yield f"'newsletter issue settle {found.label}' for what is unknown"


@click.command("deliveries", cls=Verb, context_settings=CONTEXT)
@REF
@click.option(
    "--state",
    "states",
    type=click.Choice(STATES),
    multiple=True,
    help="Only those; may be repeated.",
    metavar="STATE",
)
@click.option("--answer", default="", metavar="TEXT", help="Only where the relay said this.")
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=100,
    show_default=True,
    help="At most so many; 0: all.",
)
@pass_app
def deliveries(app: App, ref: str, states: tuple[str, ...], answer: str, limit: int) -> None:
    """The recipients of an issue: state, tries, and the relay's answer in full.

    \b
    newsletter issue deliveries weekly/12 --state failed --state deferred
    newsletter issue deliveries weekly/12 --answer "relay access denied"
    """
    from newsletter.cli.output import give
    from newsletter.jobs.auditing import list_deliveries
    from newsletter.models import DeliveryState

    found = list_deliveries(
        app.inst,
        ref,
        states=[DeliveryState(state) for state in states],
        answer=answer,
        limit=limit + 1 if limit else None,
    )
    shown = found[:limit] if limit else found
    give(app, [_document(one) for one in shown])
    if app.json:
        return
    for one in shown:
        _tell(app, one)
    if not shown:
        app.note(f"There is none of {ref}." if states or answer else f"{ref} has none yet.")
    if len(found) > len(shown):
        app.note("… and more: --limit 0 shows all.")


VERDICTS = {
    "sent": "they arrived",
    "failed": "they did not",
    "retry": "send the same once more",
}


@click.command("settle", cls=Verb, context_settings=CONTEXT)
@REF
@ADDRESSES
@click.option("--sent", "verdict", flag_value="sent", help="They arrived.")
@click.option("--failed", "verdict", flag_value="failed", help="They did not.")
@click.option("--retry", "verdict", flag_value="retry", help="Send the same bytes once more.")
@yes_option
@pass_app
def settle(app: App, ref: str, addresses: tuple[str, ...], verdict: Any, yes: bool) -> None:
    """Say what became of messages whose last reply was lost: see 'issue audit'.

    Of all unknown ones of the issue, or only of those to the addresses named.

    \b
    newsletter issue settle weekly/12 --sent
    newsletter issue settle weekly/12 --retry ana@valmont.example
    """
    from newsletter.cli.output import count, give
    from newsletter.jobs import steering
    from newsletter.jobs.auditing import list_deliveries, require
    from newsletter.models import DeliveryState

    if verdict is None:
        raise click.UsageError("say what became of them: --sent, --failed or --retry")
    unknown = DeliveryState.UNKNOWN
    found = list_deliveries(app.inst, ref, states=[unknown], addresses=addresses)
    require(found, addresses, unknown, ref)
    if found:
        _show(app, found)
        number = count(len(found), "unknown message")
        app.ask(
            f"send {number} of {ref} once more, though it may have arrived"
            if verdict == "retry"
            else f"settle {number} of {ref} as {verdict}",
            yes,
        )
    settled = steering.settle(
        app.inst, ref, verdict=verdict, ids=[one.id for one in found],
        now=app.now, actor=app.actor,
    )  # fmt: skip
    give(app, {"issue": ref, "settled": settled, "as": verdict})
    app.say(
        f"{count(settled, 'message')} of {ref} settled as {verdict}."
        if settled
        else f"Nothing of {ref} is unknown: nothing was changed."
    )
    if settled and verdict == "retry":
        _tell_sender(app)


@click.command("retry", cls=Verb, context_settings=CONTEXT)
@REF
@ADDRESSES
@click.option("--answer", default="", metavar="TEXT", help="Only where the relay said this.")
@yes_option
@pass_app
def retry(app: App, ref: str, addresses: tuple[str, ...], answer: str, yes: bool) -> None:
    """Send once more what failed, once its cause is mended: a relay's wrong setting, a block.

    Nobody gets it twice, since a message that failed was not accepted. Who has left since, or must
    not be written to, is passed over.

    \b
    newsletter issue retry weekly/12 --answer "relay access denied"
    """
    from newsletter.cli.output import count, give
    from newsletter.jobs import steering
    from newsletter.jobs.auditing import list_deliveries, require
    from newsletter.models import DeliveryState

    failed = DeliveryState.FAILED
    found = list_deliveries(app.inst, ref, states=[failed], addresses=addresses, answer=answer)
    require(found, addresses, failed, ref)
    if found:
        _show(app, found)
        app.ask(f"send {count(len(found), 'failed message')} of {ref} once more", yes)
    queued = steering.retry(
        app.inst, ref, ids=[one.id for one in found], now=app.now, actor=app.actor
    )
    give(app, {"issue": ref, "queued": queued})
    app.say(
        f"{count(queued, 'message')} of {ref} queued once more."
        if queued
        else f"Nothing of {ref} failed{' with that answer' if answer else ''}: nothing was changed."
    )
    if queued:
        _tell_sender(app)


def _tell_sender(app: App) -> None:
    from newsletter.jobs.sending import sender_alive

    if not sender_alive(app.inst, now=app.now):
        app.say("No sender is running: 'newsletter deliver' sends it.")


def _show(app: App, found: Sequence[Owed]) -> None:
    """What is about to be moved: whose, and what was heard; on stderr."""
    from newsletter.cli.output import plain
    from newsletter.cli.sending import answer

    for one in found[:MOST_SHOWN]:
        app.note(f"{plain(one.address) or '(forgotten)'}: {answer(one.reply, one.code)}")
    if len(found) > MOST_SHOWN:
        app.note(f"and {len(found) - MOST_SHOWN:,} more")


def _tell(app: App, one: Owed) -> None:
    """One delivery: a line on how it is, one on what the relay said, one to look for."""
    from newsletter.cli.output import count, plain, zoned
    from newsletter.cli.sending import answer

    relay = f" by relay '{one.relay}'" if one.relay and one.tries else ""
    said = [count(one.tries, "try", "tries") + relay] if one.tries else []
    match one.state.value:
        case "unknown":
            said.append(f"since {zoned(one.since)}")
            said.append(f"again at {zoned(one.due_at)}" if one.due_at else "held for you")
        case "deferred":
            said.append(f"again at {zoned(one.due_at)}")
        case _ if one.ended_at is not None:
            said.append(zoned(one.ended_at))
        case _:
            pass
    whom = plain(one.address) or "(forgotten)"
    app.say(f"{whom}  {one.state.value}" + "".join(f", {text}" for text in said))
    if one.reply:
        app.say(f"  {answer(one.reply, one.code)}")
    if one.state.value == "unknown":
        app.say(f"  Message-ID {one.message_id}")


def _document(one: Owed) -> dict[str, Any]:
    from newsletter.cli.output import row

    names = "id address name state tries relay first_tried_at due_at ended_at code reply message_id"
    return row(one, *names.split())
