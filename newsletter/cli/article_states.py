"""What became of an article, in words: in each list, and in issues that no edit reaches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from newsletter.cli.app import App

if TYPE_CHECKING:
    from newsletter.jobs.articles import ArticleRow
    from newsletter.jobs.whereabouts import InIssue
    from newsletter.models import Article

OFFER_WORDS = {"offered": "on offer", "seeded": "counted as seen"}
_TOO_LATE = {
    "skip": "a skip takes nothing back: 'newsletter article withdraw' takes it out of the archive",
    "edit": "your words are for what comes after",
}


def became(row: ArticleRow, issues: Sequence[InIssue]) -> Iterator[str]:
    """What became of an article in each list that was offered it."""
    for name, state in row.lists:
        words = OFFER_WORDS.get(state, state)
        if state == "seeded" and row.is_of_flood:
            words = "held"
        there = [issue.words for issue in issues if issue.slug == name]
        if there:
            words = ", ".join([*there, "skipped"] if state == "skipped" else there)
        yield f"{name}: {words}"


def too_late(app: App, ref: str, what: str, slug: str | None = None) -> None:
    """Say which issues, of one list or of all, are not changed by a skip or an edit (`what`)."""
    from newsletter.jobs.whereabouts import too_late_for

    for issue in too_late_for(app.inst, ref, slug=slug):
        if issue.is_out:
            app.note(f"{issue.label} has gone out with it ({_TOO_LATE[what]}).")
        else:
            when, stop = (" once it is resumed", "cancel") if issue.is_paused else ("", "pause")
            app.note(
                f"{issue.label} goes out with it as it was{when} "
                f"(to stop that: 'newsletter issue {stop} {issue.label}')."
            )


def state_of(one: Article) -> str:
    """What holds it back from every list."""
    if one.withdrawn_at is not None:
        return "withdrawn"
    return "held back: gone from its source" if one.removed_at is not None else ""
