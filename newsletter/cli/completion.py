"""newsletter completion: what a shell needs to complete our commands."""

from __future__ import annotations

import click

from newsletter.cli.app import App, pass_app
from newsletter.cli.grammar import CONTEXT, Verb


@click.command("completion", cls=Verb, context_settings=CONTEXT)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
@pass_app
def completion(app: App, context: click.Context, shell: str) -> None:
    """Print the completion of a shell.

    \b
    newsletter completion bash \\
        > ~/.local/share/bash-completion/completions/newsletter
    newsletter completion zsh > "${fpath[1]}/_newsletter"
    newsletter completion fish > ~/.config/fish/completions/newsletter.fish
    """
    from click.shell_completion import get_completion_class

    from newsletter.cli.output import give

    found = get_completion_class(shell)
    assert found is not None  # the three that are offered are click's own
    script = found(context.find_root().command, {}, "newsletter", "_NEWSLETTER_COMPLETE").source()
    give(app, {"shell": shell, "script": script})
    if not app.json:
        click.echo(script)
