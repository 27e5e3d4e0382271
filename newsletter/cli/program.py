"""The command `newsletter` itself: what may stand before every command, and the list of them."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from newsletter import __version__
from newsletter.cli.app import App
from newsletter.cli.grammar import CONTEXT, Program

THEMES = {
    "Start": {
        "init": "init:init",
        "demo": "demo:demo",
        "doctor": "doctor:doctor",
        "run": "run:run",
        "web": "run:web",
        "ticker": "run:ticker",
        "worker": "run:worker",
    },
    "Content": {
        "source": "sources:source",
        "collect": "collecting:collect",
        "article": "articles:article",
    },
    "People": {
        "list": "lists:mlist",
        "schedule": "schedules:schedule",
        "subscriber": "people:subscriber",
        "suppression": "suppressions:suppression",
    },
    "Issues": {"issue": "issues:issue", "alert": "alert:alert"},
    "Deliver": {"deliver": "deliver:deliver", "relay": "relays:relay", "domain": "domains:domain"},
    "Operate": {
        "stats": "stats:stats",
        "log": "logs:log",
        "template": "templates:template",
        "config": "settings:config",
        "key": "keys:key",
        "dkim": "dkim:dkim",
        "db": "databases:db",
        "completion": "completion:completion",
    },
}


@click.group("newsletter", cls=Program, themes=THEMES, context_settings=CONTEXT)
@click.option(
    "--config",
    "config_path",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="NEWSLETTER_CONFIG",
    default="config.toml",
    help="The configuration.  [default: NEWSLETTER_CONFIG, else config.toml here]",
)
@click.option("--json", "json_", is_flag=True, help="One JSON document on stdout, nothing else.")
@click.option("--quiet", "-q", is_flag=True, help="Only results and errors.")
@click.version_option(__version__, prog_name="newsletter", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context, config_path: Path, json_: bool, quiet: bool) -> None:
    """Collects new articles into digests and mails them to people who asked.

    Begin with 'newsletter demo', or with 'newsletter init' in an empty folder.

    ls, show, add or create, edit and rm mean the same under every noun. --json and --quiet may also
    stand after a command. Status: 0 done, 1 failed, 2 misused.
    """
    logging.basicConfig(
        level=logging.ERROR if quiet else logging.WARNING, format="%(levelname)s: %(message)s"
    )
    context.obj = App(config_path, json=json_, quiet=quiet)
