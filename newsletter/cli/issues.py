"""newsletter issue: the editions of a list, from a draft to the last reader."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from newsletter.cli import books
from newsletter.cli.app import App, pass_app, yes_option
from newsletter.cli.grammar import Noun

if TYPE_CHECKING:
    from newsletter.jobs.reviewing import IssueRow, IssueView
    from newsletter.models import Issue


@click.group("issue", cls=Noun)
def issue() -> None:
    """The editions of a list, named like weekly/12, or by id."""


REF = click.argument("ref", metavar="ISSUE")


@issue.command("preview")
@click.argument("ref", metavar="SLUG|ISSUE")
@click.option("--schedule", metavar="NAME", help="Of which one.  [default: the list's default one]")
@click.option("--to", "to", metavar="EMAIL", help="Send a test to this address.")
@click.option(
    "-o",
    "--output",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write every variant there, as HTML and text, in place of showing it.",
)
@pass_app
def preview(app: App, ref: str, schedule: str | None, to: str | None, folder: Path | None) -> None:
    """Show what would go out now, and to how many; changes nothing."""
    from newsletter.cli.previews import show_preview
    from newsletter.jobs.previewing import preview as render
    from newsletter.jobs.previewing import send_preview

    if to is not None:
        send_preview(app.inst, ref, to, schedule=schedule, now=app.now)
    found = render(app.inst, ref, schedule=schedule, now=app.now)
    show_preview(app, found, folder, to)


@issue.command("create")
@click.argument("slug")
@click.option("--send", is_flag=True, help="Send it now.")
@click.option("--queue", is_flag=True, help="Only queue it; a running sender takes it.")
@click.option(
    "--subject", default="", metavar="S", help="Subject.  [default: made from the articles]"
)
@click.option("--intro", default="", metavar="TEXT", help="Markdown above the articles.")
@click.option(
    "--body",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="A letter of this Markdown instead of articles.",
)
@click.option(
    "--at", "at", metavar="WHEN", help="Let it out then: 'fri 08:00', '2026-11-27 08:00', '+2h'."
)
@click.option("--schedule", metavar="NAME", help="Of which one.  [default: the list's default one]")
@yes_option
@pass_app
def create(
    app: App,
    slug: str,
    send: bool,
    queue: bool,
    subject: str,
    intro: str,
    body: Path | None,
    at: str | None,
    schedule: str | None,
    yes: bool,
) -> None:
    """Make a draft of what is due now, or with --body a letter of free text.

    It waits for 'issue approve', or goes out at --at. --send and --queue approve it at once, after
    showing to how many it goes.

    \b
    newsletter issue create weekly
    newsletter issue create weekly --subject "A word" --body letter.md --send
    """
    from newsletter.cli.files import text_of
    from newsletter.cli.output import zoned
    from newsletter.cli.sending import tell_lacking
    from newsletter.jobs.drafting import draft_digest, draft_letter, label
    from newsletter.jobs.reviewing import same_letter, show_issue

    if sum((send, queue, at is not None)) > 1:
        raise click.UsageError("take one of --send, --queue and --at")
    if body is not None and (intro or schedule):
        raise click.UsageError("a letter has neither --intro nor --schedule")
    send_at = _when(app, slug, at)
    if body is not None:
        text = text_of(body)
        known = same_letter(app.inst, slug, subject=subject, body=text, now=app.now)
        made = known or draft_letter(
            app.inst, slug, subject=subject, body=text, send_at=send_at,
            now=app.now, actor=app.actor,
        )  # fmt: skip
    else:
        known = None
        made = draft_digest(
            app.inst, slug, schedule=schedule, subject=subject, intro=intro, send_at=send_at,
            now=app.now, actor=app.actor,
        ).issue  # fmt: skip
    name = label(made)
    if known is not None:
        app.say(f"{name} is this very letter already ({known.state.value}): no second one is made.")
    elif not (send or queue):
        app.say(f"{name} is drafted.")
    if send or queue:
        _approve(app, name, None, send=send, yes=yes)
        return
    tell_lacking(app, show_issue(app.inst, name, now=app.now).lacking)
    _give(app, name)
    if send_at is not None:
        app.say(f"It goes out on {zoned(send_at, made.mlist.timezone)}.")
    elif known is None:
        app.say(f"Next: newsletter issue preview {name}, then newsletter issue approve {name}")


def _when(app: App, slug: str, text: str | None) -> datetime | None:
    from newsletter.calendar import parse_when, zone
    from subscribers.lists import find_list

    if text is None:
        return None
    with app.inst.database.read() as session:
        return parse_when(text, zone(find_list(session, slug).timezone), app.now)


@issue.command("ls")
@click.option("--list", "slug", metavar="SLUG", help="Only of this list.")
@click.option(
    "--limit", type=click.IntRange(1), default=30, show_default=True, help="At most so many."
)
@pass_app
def ls(app: App, slug: str | None, limit: int) -> None:
    """The last issues, newest first."""
    from newsletter.cli.output import plain, table, when
    from newsletter.jobs.reviewing import list_issues

    found = list_issues(app.inst, slug=slug, limit=limit)
    table(
        app,
        [{**_document(r.issue, r.label), "counts": r.counts} for r in found],
        ("issue!", "kind", "state", "when@", "sent#", "subject and note"),
        (
            (
                r.label,
                r.issue.kind,
                r.issue.state,
                when(r.issue.ended_at or r.issue.frozen_at or r.issue.ready_at),
                _sent(r),
                " · ".join(
                    filter(None, (plain(r.headline) or "(of its articles)", plain(r.issue.note)))
                ),
            )
            for r in found
        ),
        empty="No issue yet. Make one with 'newsletter issue create'.",
    )


def _sent(one: IssueRow) -> str:
    """`118 of 120`, the readers of its audience; nothing before it has one."""
    from newsletter.models import DeliveryState

    if one.issue.audience is None:
        return ""
    return f"{one.counts.get(DeliveryState.SENT, 0):,} of {one.issue.audience:,}"


@issue.command("show")
@REF
@click.option("--follow", "-f", is_flag=True, help="Watch it until it is over.")
@pass_app
def show(app: App, ref: str, follow: bool) -> None:
    """One issue: its articles, variants, and how far it has got."""
    from newsletter.cli.output import facts, zoned
    from newsletter.cli.sending import follow as watch
    from newsletter.jobs.reviewing import show_issue

    found = show_issue(app.inst, ref, now=app.now)
    if follow:
        watch(app, found.issue.id, found.label)
        found = show_issue(app.inst, ref, now=app.now)
    one = found.issue
    facts(
        app,
        _view(found),
        {
            "issue": f"{found.label} ({one.kind.value})",
            "state": one.state,
            "note": one.note,
            "subject": one.subject,
            "goes out": zoned(one.ready_at) if one.frozen_at is None else None,
            "frozen": zoned(one.frozen_at),
            "begun": zoned(one.begun_at),
            "ended": zoned(one.ended_at),
            "approved by": one.approved_by,
            "audience": one.audience,
            "messages": ", ".join(f"{n:,} {s.value}" for s, n in found.counts.items()),
            "articles": "\n".join(
                f"{n}. {title}" + (f" ({found.left_out[n]})" if n in found.left_out else "")
                for n, title in enumerate(found.articles, 1)
            ),
            "without": "\n".join(found.lacking),
            "variants": "\n".join(
                f"{language}: {number:,} × '{subject}'"
                for language, subject, number in found.variants
            ),
            "text": one.body or one.intro,
        },
    )


@issue.command("edit")
@REF
@click.option("--subject", metavar="S", help="'' for one made from the articles.")
@click.option("--intro", metavar="TEXT", help="Markdown above the articles of a digest.")
@click.option(
    "--body",
    type=click.Path(path_type=Path, allow_dash=True),
    metavar="FILE",
    help="The Markdown of a letter or an alert.",
)
@pass_app
def edit(app: App, ref: str, subject: str | None, intro: str | None, body: Path | None) -> None:
    """Change a draft's own words; articles are changed with 'article'."""
    from newsletter.cli.files import text_of
    from newsletter.jobs.drafting import edit_issue

    if subject is None and intro is None and body is None:
        raise click.UsageError("nothing to change was named (see --help)")
    text = text_of(body) if body is not None else None
    edit_issue(app.inst, ref, subject=subject, intro=intro, body=text, now=app.now, actor=app.actor)
    _give(app, ref)
    app.say(f"{ref} is as you said.")


@issue.command("explain")
@click.argument("ref", metavar="ISSUE|SLUG")
@pass_app
def explain(app: App, ref: str) -> None:
    """Why an issue is what it is; of a list: what comes next, and why nothing came."""
    from newsletter.cli.explanations import tell
    from newsletter.jobs.explaining import explain_issue

    tell(app, explain_issue(app.inst, ref, now=app.now))


issue.add_command(books.audit)
issue.add_command(books.deliveries)


@issue.command("approve")
@REF
@click.option("--at", "at", metavar="WHEN", help="'fri 08:00', '+2h'.  [default: now]")
@click.option("--send", is_flag=True, help="Send it here, if no sender runs.")
@yes_option
@pass_app
def approve(app: App, ref: str, at: str | None, send: bool, yes: bool) -> None:
    """Let a draft go out, now or at a time, after showing to how many.

    A running sender takes it at once; 'newsletter deliver', or --send, sends it without one.
    """
    _approve(app, ref, at, send=send, yes=yes)


def _approve(app: App, ref: str, at: str | None, *, send: bool, yes: bool) -> None:
    from newsletter.cli.output import count, zoned
    from newsletter.cli.sending import readers_of, send_or_follow, tell_plan
    from newsletter.jobs.freezing import require_readers
    from newsletter.jobs.previewing import preview as render
    from newsletter.jobs.reviewing import show_issue
    from newsletter.jobs.sending import relays_to_use, sender_alive
    from newsletter.jobs.steering import approve as let_out
    from newsletter.models import IssueState

    found = show_issue(app.inst, ref, now=app.now)
    name = found.label
    ended = (IssueState.SENT, IssueState.CANCELLED)
    if found.issue.state in ended or (found.issue.state is not IssueState.DRAFT and not send):
        _give(app, name)
        app.say(f"{name} is {found.issue.state.value} already: nothing was changed.")
        return
    if send and not sender_alive(app.inst, now=app.now):
        relays_to_use(app.inst)
    send_at = _when(app, found.issue.mlist.slug, at)
    if found.issue.state is IssueState.DRAFT:
        plan = render(app.inst, name, now=app.now)
        if send_at is None:  # until then, people may come
            require_readers(app.inst, found.issue.id, now=app.now)
        tell_plan(app, plan, name=name)
        app.ask(f"send {name} to {readers_of(plan)}" + (f" at {at}" if at else ""), yes)
    made = let_out(app.inst, name, at=send_at, now=app.now, actor=app.actor)
    if made.state is IssueState.DRAFT:
        app.say(f"{name} goes out on {zoned(made.ready_at, found.issue.mlist.timezone)}.")
    elif send:
        send_or_follow(app, made.id, name)
    else:
        app.say(f"{name} is on its way to {count(made.audience or 0, 'reader')}.")
        if not sender_alive(app.inst, now=app.now):
            app.say("No sender is running: 'newsletter deliver' sends it.")
    _give(app, name)


@issue.command("pause")
@REF
@click.option("--reason", default="paused by an editor", metavar="TEXT", help="Kept beside it.")
@pass_app
def pause(app: App, ref: str, reason: str) -> None:
    """Begin no further message of an issue under way."""
    from newsletter.jobs import steering

    made = steering.pause(app.inst, ref, reason=reason, now=app.now, actor=app.actor)
    _steered(app, made, "is paused")


@issue.command("resume")
@REF
@pass_app
def resume(app: App, ref: str) -> None:
    """Go on with a paused issue where it stopped."""
    from newsletter.jobs import steering

    _steered(app, steering.resume(app.inst, ref, now=app.now, actor=app.actor), "goes on")


@issue.command("cancel")
@REF
@click.option("--reason", default="cancelled by an editor", metavar="TEXT", help="Kept beside it.")
@yes_option
@pass_app
def cancel(app: App, ref: str, reason: str, yes: bool) -> None:
    """Stop an issue for good. If it reached nobody, its articles are due again."""
    from newsletter.jobs import steering
    from newsletter.jobs.reviewing import show_issue
    from newsletter.models import IssueState

    found = show_issue(app.inst, ref, now=app.now)
    if found.issue.state is not IssueState.CANCELLED:
        app.ask(f"cancel {found.label} for good", yes)
    made = steering.cancel(app.inst, ref, reason=reason, now=app.now, actor=app.actor)
    _steered(app, made, "is cancelled")


def _steered(app: App, made: Issue, what: str) -> None:
    from newsletter.cli.output import give
    from newsletter.jobs.reviewing import show_issue

    found = show_issue(app.inst, str(made.id), now=app.now)
    give(app, _view(found))
    app.say(f"{found.label} {what}.")


issue.add_command(books.settle)
issue.add_command(books.retry)


def _give(app: App, ref: str) -> None:
    from newsletter.cli.output import give
    from newsletter.jobs.reviewing import show_issue

    if app.json:
        give(app, _view(show_issue(app.inst, ref, now=app.now)))


def _view(found: IssueView) -> dict[str, Any]:
    return {
        **_document(found.issue, found.label),
        "counts": found.counts,
        "articles": found.articles,
        "left_out": found.left_out,
        "lacking": found.lacking,
        "variants": [
            {"language": language, "subject": subject, "messages": number}
            for language, subject, number in found.variants
        ],
    }


def _document(one: Issue, name: str) -> dict[str, Any]:
    from newsletter.cli.output import row

    names = (
        "id kind state subject audience note ready_at frozen_at begun_at ended_at nominal_at "
        "created_at approved_by"
    )
    return {"issue": name, **row(one, *names.split())}
