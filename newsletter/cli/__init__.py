"""The command line: the face that admins and editors use. `main` is what `newsletter` calls."""

from newsletter.cli.program import main

__all__ = ["main"]
