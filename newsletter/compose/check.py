"""Tries every template on made-up content, so that a mistake shows before readers see it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from newsletter.compose.content import ArticleView, Image, ListView, Rendered
from newsletter.compose.personal import (
    render_already,
    render_confirm,
    render_goodbye,
    render_move,
    render_moved,
    render_settings,
    render_welcome,
)
from newsletter.compose.render import render_alert, render_digest, render_letter
from newsletter.compose.templates import templates_dir
from newsletter.errors import ComposeError
from newsletter.mail.slots import Slots

__all__ = ["check_templates", "samples"]

_NOW = datetime(2026, 1, 24, 9, 30, tzinfo=UTC)

_LISTS = {
    "fr": ListView(
        slug="hebdo",
        title="Le Courrier de Valmont",
        description="Chaque samedi, la petite ville au bord de l’eau",
        language="fr",
        postal_address="Le Courrier de Valmont\n3, quai des Tanneurs, Valmont",
        footer_note="Ni les ouvertures ni les clics ne sont comptés.",
        home_url="https://courrier.example/",
        site_name="Le Courrier de Valmont",
        privacy_url="https://courrier.example/donnees",
        archive_url="https://courrier.example/numeros",
        timezone="Europe/Paris",
    ),
    "en": ListView(slug="weekly", title="The Valmont Courier", language="en"),
}

_ARTICLES = (
    ArticleView(
        title="Le pont des Tanneurs rouvre samedi",
        url="https://courrier.example/pont",
        excerpt=("Après sept mois de travaux, le pont rouvre. Qui passera le premier ?",),
        language="fr",
        published=_NOW,
        source="Mairie",
        image=Image("https://courrier.example/pont.jpg", "Le pont au petit matin", 1200, 800),
        author="C. Verdier",
    ),
    ArticleView(
        title="La fanfare sur le quai",
        url="https://courrier.example/fanfare",
        excerpt=("La fanfare joue dimanche.",),
        text_html="<p>La fanfare joue <a href='/quai'>dimanche</a>.</p><h2>Où ?</h2><p>Au quai.",
        language="fr",
        published=_NOW,
        source="La fanfare",
    ),
    ArticleView(title="The brass band looks for a tuba", language="en", sent_as_alert=True),
)

_MARKDOWN = (
    "Un *mot*, une [adresse](https://courrier.example/):\n\n- un ;\n- deux.\n\n## Et après ?"
)


def samples(language: str, templates: Path | None = None) -> dict[str, Callable[[], Rendered]]:
    """Every mail on made-up content, by name, each to be rendered when called."""
    mlist, slots, day = _LISTS[language], Slots.fresh(), _NOW.date()
    return {
        "digest": partial(
            render_digest,
            mlist,
            _ARTICLES,
            number=12,
            day=day,
            intro_markdown=_MARKDOWN,
            slots=slots,
            templates=templates,
        ),
        "digest without number, intro and footer lines": partial(
            render_digest,
            ListView("bare", "Bare"),
            _ARTICLES[2:],
            number=None,
            day=day,
            slots=slots,
            templates=templates,
        ),
        "alert": partial(
            render_alert,
            mlist,
            subject="Quai fermé",
            body_markdown=_MARKDOWN,
            sent_at=_NOW,
            article=_ARTICLES[1],
            slots=slots,
            templates=templates,
        ),
        "letter": partial(
            render_letter,
            mlist,
            subject="Bonjour",
            body_markdown=_MARKDOWN,
            day=day,
            slots=slots,
            templates=templates,
        ),
        "confirm": partial(
            render_confirm,
            mlist,
            consent="Je veux recevoir Le Courrier.",
            requested_at=_NOW,
            ip_hint="203.0.113.x",
            valid_until=_NOW,
            slots=slots,
            templates=templates,
        ),
        "welcome": partial(
            render_welcome,
            mlist,
            next_day=day,
            greeting_markdown=_MARKDOWN,
            slots=slots,
            templates=templates,
        ),
        "already": partial(render_already, mlist, slots=slots, templates=templates),
        "settings": partial(
            render_settings, mlist, valid_until=_NOW, slots=slots, templates=templates
        ),
        "move": partial(
            render_move,
            mlist,
            before="m•••@courrier.example",
            requested_at=_NOW,
            valid_until=_NOW,
            ip_hint="203.0.113.x",
            slots=slots,
            templates=templates,
        ),
        "moved": partial(
            render_moved,
            mlist,
            after="m•••@courrier.example",
            moved_at=_NOW,
            contact="redaction@courrier.example",
            slots=slots,
            templates=templates,
        ),
        "goodbye": partial(
            render_goodbye,
            mlist,
            left_at=_NOW,
            also=[ListView("bare", "Bare")],
            back_url="https://courrier.example/lists/hebdo",
            slots=slots,
            templates=templates,
        ),
    }


def check_templates(templates: Path | None = None) -> list[str]:
    """One line for each mistake found in our templates and the operator's; none means good."""
    mistakes = _strangers(templates) if templates is not None else []
    for language in _LISTS:
        for name, render in samples(language, templates).items():
            try:
                render()
            except ComposeError as error:
                mistakes.append(f"{name} ({language}): {error}")
    return mistakes


def _strangers(templates: Path) -> list[str]:
    """Templates whose name is none of ours: nothing would ever use them."""
    if not templates.is_dir():
        return [f"no such folder: {templates}; create it or change the setting"]
    return [
        f"{path}: no mail uses a template of this name; rename it, or begin its name with '_'"
        for path in sorted(templates.glob("email/*.jinja"))
        if not path.name.startswith("_") and not (templates_dir() / "email" / path.name).exists()
    ]
