"""newsletter init: asks, then makes a newsletter of one's own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.app import App, pass_app
from newsletter.cli.grammar import CONTEXT, Verb

if TYPE_CHECKING:
    from newsletter.setup.answers import Question
    from newsletter.setup.init import Made


@click.command("init", cls=Verb, context_settings=CONTEXT)
@click.option("--yes", "-y", is_flag=True, help="Ask nothing: what is not given has its default.")
@click.option("--feed", metavar="URL", help="Your site, its feed, or a folder; 'none'.")
@click.option("--site-name", metavar="N", help="As readers see it.  [default: the feed's title]")
@click.option("--home-url", metavar="URL", help="The site that the articles come from.")
@click.option("--language", metavar="L", help="fr, en …")
@click.option("--timezone", metavar="ZONE", help="Europe/Paris …  [default: this machine's]")
@click.option("--base-url", metavar="URL", help="Public address of the newsletter's own pages.")
@click.option("--from", "sender", metavar='"NAME <A@B>"', help="Who the mails are from.")
@click.option("--privacy-url", metavar="URL", help="Your page on privacy, in every footer.")
@click.option("--postal-address", metavar="TEXT", help="In every footer.")
@click.option("--schedule", metavar="CRON", help="When issues go out.  [default: 0 8 * * fri]")
@click.option(
    "--list", "slug", metavar="SLUG", default="weekly", show_default=True, help="The first list."
)
@click.option("--relay", metavar="HOST[:PORT]", help="SMTP server; 'none' keeps mails in a folder.")
@click.option(
    "--relay-tls", type=click.Choice(["starttls", "implicit", "none"]), help="Its encryption."
)
@click.option("--relay-user", metavar="NAME", help="The user name there.")
@click.option(
    "--relay-password-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Its first line is the password.",
)
@click.option("--no-check", is_flag=True, help="Do not try feed and relay.")
@click.option("--allow-private", is_flag=True, help="The feed is in a private network.")
@pass_app
def init(
    app: App,
    yes: bool,
    slug: str,
    relay_password_file: Path | None,
    no_check: bool,
    allow_private: bool,
    **options: str | None,
) -> None:
    """Ask, then make a newsletter of your own in this folder.

    That is config.toml, keys.toml, the database, the first list and its source. Each question has a
    sensible default, and its answer is tried. Run again, it completes what is missing, and
    overwrites nothing. With --yes mails go to a folder, until a relay is set.
    """
    from newsletter.cli.files import text_of
    from newsletter.cli.output import give
    from newsletter.setup.init import initialise

    given = {name: value for name, value in options.items() if value is not None}
    if relay_password_file is not None:
        given["relay_password"] = text_of(relay_password_file).partition("\n")[0]
    if not yes and not app.config_path.exists():
        app.note("A newsletter of your own. Enter takes what stands in [brackets].")
        app.note("")
    made = initialise(
        app.config_path,
        given,
        ask=None if yes else ask,
        tell=lambda text: app.note(f"  {text}"),
        now=app.now,
        actor=app.actor,
        slug=slug,
        try_network=not no_check,
        allow_private=allow_private,
    )
    give(app, {"config_file": app.config_path, **vars(made)})
    _say(app, made)


def ask(question: Question, default: str) -> str:
    """Ask at the terminal, or take a line of stdin; on stderr, so that stdout stays for results."""
    answer = click.prompt(
        question.text,
        default=default,
        show_default=bool(default) and not question.secret,
        hide_input=question.secret and sys.stdin.isatty(),
        err=True,
        type=str,
    )
    assert isinstance(answer, str)
    return answer


def _say(app: App, made: Made) -> None:
    if not made.anything:
        app.say("Everything is in place: nothing was changed.")
        return
    app.say("")
    for done, text in (
        (made.config, f"{app.config_path} is written; every key is explained there"),
        (made.keys, "the keys that sign links are made: keep that file, and keep it to yourself"),
        (made.database, "the database is made"),
        (made.mlist, f"list '{made.mlist}' is made"),
        (made.source, f"source '{made.source}' is read: {made.offered} articles are ready"),
    ):
        if done:
            app.say(text, mark=click.style("✓ ", fg="green"))
    if made.problem:
        app.note(f"the source: {made.problem}", mark=click.style("! ", fg="yellow"))
    if made.source and made.cut:
        mark = click.style("! ", fg="yellow")
        app.note(f"{made.cut} are cut off by the source; their own pages give the rest:", mark=mark)
        app.note(f"newsletter source edit {made.source} --read-articles", mark="  ")
    name = made.mlist or "weekly"
    first = f"newsletter issue preview {name}" if made.source else (
        f"newsletter source add {made.feed or 'https://…'} --list {name}"
    )  # fmt: skip
    app.say("")
    app.say("Next:")
    app.say(f"  {first}")
    app.say(f"  newsletter subscriber add you@example.org --list {name}")
    app.say("  newsletter run")
