"""newsletter dkim: the keys that sign our mail, for those whose relay does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.app import App, pass_app
from newsletter.cli.grammar import Noun

if TYPE_CHECKING:
    from newsletter.mail.dkim import DkimKey


@click.group("dkim", cls=Noun)
def dkim() -> None:
    """The keys that sign mail here, where the relay does not."""


@dkim.command("create")
@click.argument("domain")
@click.option(
    "--selector",
    metavar="S",
    default="newsletter",
    show_default=True,
    help="The key's name in DNS; another one for each new key.",
)
@click.option("--ed25519", is_flag=True, help="A second key beside it, for a short signature.")
@pass_app
def create(app: App, domain: str, selector: str, ed25519: bool) -> None:
    """Make the keys of a sender's domain; say what to publish in DNS, and what to configure.

    The files lie beside keys.toml, readable by their owner only. Those that exist are kept.
    """
    from newsletter.cli.output import give
    from newsletter.setup.dkim import config_lines, create_keys, zone_lines

    made = create_keys(app.config, domain, selector, with_ed25519=ed25519)
    lines = config_lines(made.section, app.config.folder)
    give(
        app,
        {
            "files": list(made.section.files.values()),
            "keys": [_document(key) for key in made.keys],
            "config": lines,
        },
    )
    for file in made.section.files.values():
        app.say(f"{'Kept' if file in made.kept else 'Made'} {file}")
    app.say("\nPublish in DNS:\n")
    for key in made.keys:
        app.say(f"{zone_lines(key)}\n\nor, where one value is asked for at {key.dns_name}:\n")
        app.say(f"{key.record}\n")
    if any(section == made.section for section in app.config.dkim):
        app.say("config.toml names these keys already. Then: 'newsletter dkim check'.")
    else:
        app.say("When 'newsletter dkim check' may find it there, add to config.toml:\n")
        app.say(f"{lines}\n")
        app.say("Then: 'newsletter dkim check', and restart 'newsletter run'.")


@dkim.command("show")
@pass_app
def show(app: App) -> None:
    """The keys in use, and what DNS must say of each."""
    from newsletter.cli.output import give
    from newsletter.setup.dkim import keys_of, zone_lines

    keys = keys_of(app.config)
    give(app, [_document(key) for key in keys])
    for key in keys:
        app.say(f"{key.domain} is signed for with {key.algorithm}; in DNS:\n\n{zone_lines(key)}\n")
    if not keys:
        app.note(_NONE)


@dkim.command("check")
@pass_app
def check(app: App) -> None:
    """Whether DNS has the public half of each key; status 1 where it has not."""
    from newsletter.cli.doctor import MARKS
    from newsletter.cli.output import give, plain
    from newsletter.setup.dkim import examine_key, keys_of
    from newsletter.setup.domains import Unanswered

    findings, failed = [], []
    for key in keys_of(app.config):
        try:
            findings.append(examine_key(key))
        except Unanswered as error:
            failed.append(f"{key.dns_name}: could not be checked ({error})")
    give(app, {"findings": findings, "unanswered": failed})
    for finding in findings:
        mark, colour = MARKS[finding.level.value]
        remedy = f" ({finding.remedy})" if finding.remedy else ""
        app.say(f"{plain(finding.text)}{remedy}", mark=f"{click.style(mark, fg=colour)} ")
    for line in failed:
        app.note(line, mark="! ")
    if not findings and not failed:
        app.note(_NONE)
    if failed or any(finding.level.value == "bad" for finding in findings):
        click.echo("error: DNS does not bear out every key (see above)", err=True)
        click.get_current_context().exit(1)


_NONE = "No key: mail is signed by the relay, or not at all (see 'newsletter dkim create')."


def _document(key: DkimKey) -> dict[str, str]:
    return {
        "domain": key.domain,
        "selector": key.selector,
        "algorithm": key.algorithm,
        "name": key.dns_name,
        "record": key.record,
    }
