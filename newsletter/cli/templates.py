"""newsletter template: the templates of our mails, and an operator's own."""

from __future__ import annotations

import click

from newsletter.cli.app import App, pass_app, put
from newsletter.cli.grammar import Noun


@click.group("template", cls=Noun)
def template() -> None:
    """What the mails look like."""


@template.command("check")
@pass_app
def check(app: App) -> None:
    """Render every mail with made-up content, in French and English, and say what fails."""
    from newsletter.cli.output import give, plain
    from newsletter.compose.check import check_templates

    mistakes = check_templates(app.config.templates)
    give(app, {"templates": app.config.templates, "mistakes": mistakes})
    for mistake in mistakes:
        put(f"error: {plain(mistake)}", err=True)
    if mistakes:
        click.get_current_context().exit(1)
    app.say("All templates render.")
