"""How a preview is shown: the mail as text, its audience, and files of every variant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from newsletter.cli.app import App
from newsletter.cli.output import give, plain
from newsletter.cli.sending import tell_plan
from newsletter.errors import Refused

if TYPE_CHECKING:
    from newsletter.jobs.previewing import Preview


FILES = (".eml", ".htm", ".html", ".md", ".pdf", ".txt")  # names that nobody gives a folder


def show_preview(app: App, found: Preview, folder: Path | None, to: str | None) -> None:
    """Subject and text of the variant that most readers get, unless files are asked for; the plan
    on stderr. Raises Refused for a folder that is called a file."""
    if folder is not None and folder.suffix.lower() in FILES and not folder.is_dir():
        raise Refused(
            f"'{folder}' would be a folder: each variant is a file in it, as HTML and as text "
            f"(say -o {folder.with_suffix('')})"
        )
    files = write_variants(found, folder) if folder is not None else []
    give(
        app,
        {
            "issue": found.title,
            "audience": found.audience,
            "skipped": found.skipped,
            "rate": found.estimate.rate,
            "last_at": found.estimate.last_at,
            "lacking": found.lacking,
            "to": to,
            "variants": [
                {
                    "language": one.language,
                    "readers": one.readers,
                    "subject": one.rendered.subject,
                    "preheader": one.rendered.preheader,
                    "text": one.text,
                    "html": one.page,
                }
                for one in found.variants
            ],
            "files": files,
        },
    )
    if not app.json and folder is None:
        first = found.variants[0]
        click.echo(click.style(plain(first.rendered.subject), bold=True))
        click.echo()
        click.echo(plain(first.text).rstrip())
        click.echo()
    tell_plan(app, found, name=found.title)
    for file in files:
        app.note(f"written   {file}")
    if to is not None:
        app.note(f"a test is queued to {to}: a running sender, or 'newsletter deliver', sends it")


def write_variants(found: Preview, folder: Path) -> list[Path]:
    """Each variant as .html and .txt; raises Refused when the folder cannot be written to."""
    files = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, one in enumerate(found.variants, 1):
            stem = f"{found.title.replace('/', '-')}-{number}-{one.language}"
            for ending, text in (("html", one.page), ("txt", one.text)):
                file = folder / f"{stem}.{ending}"
                file.write_text(text, encoding="utf-8")
                files.append(file)
    except OSError as error:
        reason = (error.strerror or "cannot be written").lower()
        raise Refused(f"{folder}: {reason} (name another folder)") from error
    return files
