"""The articles of a list, those of one reason together below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from newsletter.cli.app import App

if TYPE_CHECKING:
    from newsletter.jobs.articles import ArticleRow

# What a pin brings in, as a sentence says it.
_PINNABLE = {
    "removed_upstream": "is held back",
    "seeded": "counts as seen",
    "alerted_left_out": "went out as an alert",
    "too_old": "is too old",
}


def show_of_list(
    app: App, document: object, found: Sequence[ArticleRow], *, slug: str, empty: str
) -> None:
    """A table of what a list would carry and what not, and how an editor decides otherwise."""
    from newsletter.cli.output import table

    table(app, document, ("at#", "id#", "title", "topics"), _below_reasons(found), empty=empty)
    reasons = {row.reason for row in found}
    if said := [words for reason, words in _PINNABLE.items() if reason in reasons]:
        what = f"{', '.join(said[:-1])} or {said[-1]}" if said[1:] else said[0]
        app.note(f"What {what} comes with 'newsletter article pin ID --list {slug}'.")
    if "skipped" in reasons:
        app.note(f"What was skipped: 'newsletter article skip ID --list {slug} --undo'.")


def _below_reasons(found: Sequence[ArticleRow]) -> Iterator[Sequence[object]]:
    """A line for each reason, then the articles that it holds for, in their order."""
    groups: dict[str, list[ArticleRow]] = {}
    for row in found:
        groups.setdefault(row.why, []).append(row)
    for why, rows in groups.items():
        yield "", "", why, ""
        for row in rows:
            yield row.place, row.article.id, f"  {row.title}", row.topics
