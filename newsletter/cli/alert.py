"""newsletter alert: urgent, ahead of everything that waits."""

from __future__ import annotations

from pathlib import Path

import click

from newsletter.cli.app import App, pass_app, yes_option
from newsletter.cli.grammar import CONTEXT, Verb


@click.command("alert", cls=Verb, context_settings=CONTEXT)
@click.argument("slug")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--subject", required=True, metavar="S", help="What the mail says first.")
@click.option("--article", "article_ref", metavar="ARTICLE", help="What it is about.")
@click.option("--to", "to", metavar="EMAIL", help="Only a test, to this address.")
@click.option("--queue", is_flag=True, help="Only queue it; a running sender takes it at once.")
@click.option("--again", is_flag=True, help="Although the same one went out within the hour.")
@yes_option
@pass_app
def alert(
    app: App,
    slug: str,
    file: Path,
    subject: str,
    article_ref: str | None,
    to: str | None,
    queue: bool,
    again: bool,
    yes: bool,
) -> None:
    """Send something urgent, ahead of all that waits.

    To all who take the alerts of a list. FILE is Markdown, or - for stdin. A running sender
    takes it at once; without one it is sent from here. The same alert within an hour is sent
    once.

    \b
    newsletter alert town --subject "The quay is closed" quay.md
    """
    from newsletter.cli.files import text_of
    from newsletter.cli.output import count, give, plain, zoned
    from newsletter.cli.sending import readers_of, send_or_follow, tell_plan
    from newsletter.jobs.alerting import plan_alert, require_takers, send_alert, test_alert
    from newsletter.jobs.sending import relays_to_use

    body = text_of(file)
    plan = plan_alert(app.inst, slug, subject=subject, body=body, article=article_ref, now=app.now)
    if to is not None:
        test_alert(app.inst, plan, to, now=app.now)
        give(app, {"list": slug, "to": to, "state": "queued"})
        app.say(f"A test is queued to {to}: a running sender, or 'newsletter deliver', sends it.")
        return
    if plan.twin is not None and not again:
        name = f"{slug}/{plan.twin.number}"
        give(app, {"issue": name, "id": plan.twin.id, "sent": False, "state": plan.twin.state})
        app.say(f"The same alert went out as {name} within the hour: nothing was sent (--again).")
        return
    if not queue:
        relays_to_use(app.inst)  # say now that nothing could be sent, not after the question
    require_takers(app.inst, plan, now=app.now)
    app.note(plain(plan.preview.variants[0].text).strip() + "\n")
    tell_plan(app, plan.preview, name=f"alert to {slug}")
    for earlier in plan.earlier:
        sent = zoned(earlier.nominal_at)
        app.note(f"{slug}/{earlier.number} was about this article: '{earlier.subject}', {sent}.")
    app.ask(f"send this alert to {readers_of(plan.preview)} now", yes)
    issue = send_alert(app.inst, plan, again=again, now=app.now, actor=app.actor)
    name = f"{slug}/{issue.number}"
    counts = None
    if queue:
        app.say(f"{name} is queued to {count(issue.audience or 0, 'reader')}.")
    else:
        counts = send_or_follow(app, issue.id, name).counts
    give(
        app,
        {
            "issue": name,
            "id": issue.id,
            "sent": True,
            "audience": issue.audience,
            "counts": counts,
            "earlier": [f"{slug}/{one.number}" for one in plan.earlier],
        },
    )
