"""newsletter article join, part: an editor's word on which articles are one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from newsletter.cli.app import App, pass_app
from newsletter.cli.grammar import Verb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from newsletter.models import Article


@click.command("join", cls=Verb)
@click.argument("ref", metavar="ARTICLE")
@click.argument("other")
@pass_app
def join(app: App, ref: str, other: str) -> None:
    """Say that two articles are one: each list gets one of them, once."""
    from newsletter.cli.output import give
    from newsletter.jobs.parting import join_articles

    article, same, new = join_articles(app.inst, ref, other, now=app.now, actor=app.actor)
    give(app, {"article": article.id, "same": [one.id for one in same], "changed": new})
    already = "" if new else " already: nothing was changed"
    app.say(f"Article {article.id} is the same as {_named(same)}{already}.")


@click.command("part", cls=Verb)
@click.argument("ref", metavar="ARTICLE")
@pass_app
def part(app: App, ref: str) -> None:
    """Say that an article is no other, whatever the pages give as its address.

    It comes with an issue of its own turn again. Pins, skips and your words stay as they are.
    """
    from newsletter.cli.output import give
    from newsletter.jobs.parting import part_article

    article, others = part_article(app.inst, ref, now=app.now, actor=app.actor)
    parted = [one.id for one in others]
    give(app, {"article": article.id, "parted": parted, "changed": bool(others)})
    if not others:
        app.say(f"Article {article.id} is the same as no other already: nothing was changed.")
        return
    app.say(f"Article {article.id} stands on its own again, apart from {_named(others)}.")
    if article.override and any(one.override == article.override for one in others):
        app.note(
            "Both have the words that you gave to one (take them away with "
            f"'newsletter article edit {article.id} --reset')."
        )


def _named(articles: Sequence[Article]) -> str:
    return " and ".join(f"article {one.id}" for one in articles)
