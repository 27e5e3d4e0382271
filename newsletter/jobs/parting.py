"""Takes an editor's word on which articles are one, where pages say it wrongly or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from newsletter.collect.twins import join, part, twins_of
from newsletter.errors import Refused
from newsletter.installation import Installation
from newsletter.jobs.articles import find_article
from newsletter.models import Article
from subscribers import audit


def join_articles(
    inst: Installation, ref: str, other: str, *, now: datetime, actor: str
) -> tuple[Article, list[Article], bool]:
    """Make two articles one: an article, all it is one with now, and whether that is new.

    Each list gets one of them, once. Raises NotFound; Refused for one article, and where one was
    withdrawn, since the other would go with it.
    """
    with inst.database.write() as session:
        one, two = find_article(session, ref), find_article(session, other)
        if one.id == two.id:
            raise Refused(f"'{ref}' and '{other}' are both article {one.id} (name two)")
        all_of_it = {a.id: a for it in (one, two) for a in (it, *twins_of(session, it))}
        new = two.id not in {a.id for a in twins_of(session, one)}
        gone = [a.id for a in all_of_it.values() if a.withdrawn_at is not None]
        if new and gone:
            raise Refused(
                f"article {gone[0]} was withdrawn, and what is the same would go with it "
                "(withdraw the other itself, if that is meant)"
            )
        if new:
            join(one, two, now=now)
            audit.note(session, actor, "article.join", f"article {one.id} and {two.id}", now)
        return one, twins_of(session, one), new


def part_article(
    inst: Installation, ref: str, *, now: datetime, actor: str
) -> tuple[Article, Sequence[Article]]:
    """Make an article one of its own again: it, and those it was one with until now.

    Whatever became of them stays theirs: what an issue carried, pins and skips, an editor's words.
    Raises NotFound.
    """
    with inst.database.write() as session:
        article = find_article(session, ref)
        others = part(session, article, now=now)
        if others:
            audit.note(session, actor, "article.part", f"article {article.id}", now)
        return article, others
