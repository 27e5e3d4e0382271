"""What a pin, and a pin taken back, came to in the drafts of a list, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from newsletter.cli.app import App

if TYPE_CHECKING:
    from newsletter.jobs.curating import Pinned, Unpinned


def pinned(app: App, ref: str, slug: str, done: Pinned) -> None:
    """Say in which draft an article is now, and which ones could not take it."""
    if done.drafts:
        app.say(f"It is in {', '.join(done.drafts)}, not sent yet.")
    for name in done.full:
        app.note(
            f"{name}, a draft, is full: it comes in the issue after, or there once another article "
            f"is skipped and you say 'newsletter article pin {ref} --list {slug}' again."
        )
    for name in done.approved:
        app.note(f"{name} is approved and stays as it is: it comes in the issue after.")


def unpinned(app: App, ref: str, slug: str, done: Unpinned) -> None:
    """Say which drafts go without an article now, and which ones keep it."""
    if done.out:
        app.say(f"Taken out of {', '.join(done.out)}.")
    if done.kept:
        app.note(
            f"It stays in {', '.join(done.kept)} "
            f"('newsletter article skip {ref} --list {slug}' takes it out)."
        )
