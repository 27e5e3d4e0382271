"""Articles that an editor adds by hand, and what is due of them."""

from __future__ import annotations

from pathlib import Path

from newsletter.installation import Installation
from newsletter.jobs.curating import add_article, list_articles
from newsletter.models import Article
from tests.jobs.paper_site import NOW

POTAGER = """---
title: Le potager de l'école
url: https://valmont.example/potager
date: 2026-03-19
topics: [Culture]
image: {url: https://valmont.example/radis.jpg, alt: Des radis}
---
Les élèves récoltent leurs premiers radis.

La vente a lieu samedi.
"""
BRIEF = "# Concert\n\nLa fanfare joue dimanche à onze heures."
BY = {"now": NOW, "actor": "editor"}


def add(inst: Installation, markdown: Path | str = POTAGER, slug: str = "weekly") -> Article:
    """As an editor of that list adds it at NOW."""
    return add_article(inst, slug, markdown, now=NOW, actor="editor").article


def due(inst: Installation, slug: str = "weekly") -> dict[str, bool | None]:
    """By its title, whether each article on offer to that list would be in its next issue."""
    return {row.title: row.due for row in list_articles(inst, slug=slug, now=NOW)}
