"""newsletter doctor: looks at everything, and says what is wrong and the remedy."""

from __future__ import annotations

import click

from newsletter.cli.app import App, pass_app, put
from newsletter.cli.grammar import CONTEXT, Verb

MARKS = {"good": ("✓", "green"), "unsure": ("!", "yellow"), "bad": ("✗", "red")}


@click.command("doctor", cls=Verb, context_settings=CONTEXT)
@click.option("--offline", is_flag=True, help="Ask neither DNS nor relays elsewhere.")
@pass_app
def doctor(app: App, offline: bool) -> None:
    """Say what is wrong, and the remedy.

    Looks at config, keys, database, relays, DNS, templates, sources and senders. Changes nothing,
    sends nothing. ✓ is well, ! is worth a look, ✗ must be mended: the status is then 1.
    """
    from newsletter.cli.output import give, plain
    from newsletter.cli.progress import counter
    from newsletter.setup.doctor import examine

    findings = []
    with counter(app, "things looked at") as told:
        for finding in examine(app.config_path, now=app.now, network=not offline):
            findings.append(finding)
            told(len(findings))
    give(app, findings)
    bad = sum(finding.level.value == "bad" for finding in findings)
    if not app.json:
        width = max(len(finding.area) for finding in findings)
        for finding in findings:
            mark, colour = MARKS[finding.level.value]
            area = finding.area.ljust(width)
            put(plain(finding.text), mark=f"{click.style(mark, fg=colour)} {area}  ")
            if finding.remedy:
                put(f"→ {plain(finding.remedy)}", mark=f"  {' ' * width}  ")
    if bad:
        things = "thing" if bad == 1 else "things"
        click.echo(f"error: {bad} {things} must be mended (see ✗ above)", err=True)
        click.get_current_context().exit(1)
