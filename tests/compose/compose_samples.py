"""Made-up content for the tests of compose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

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
from newsletter.mail.slots import SlotName, Slots

NOW = datetime(2026, 1, 24, 9, 30, tzinfo=UTC)
DAY = date(2026, 1, 24)

FRENCH = ListView(
    slug="hebdo",
    title="Le Courrier de Valmont",
    description="Chaque samedi, la petite ville au bord de l’eau",
    language="fr",
    from_name="La rédaction",
    postal_address="Le Courrier de Valmont\n3, quai des Tanneurs\n00420 Valmont",
    footer_note="Ni les ouvertures ni les clics ne sont comptés.",
    home_url="https://courrier.example/",
    site_name="Le Courrier de Valmont",
    privacy_url="https://courrier.example/donnees",
    archive_url="https://courrier.example/numeros",
    timezone="Europe/Paris",
)
ENGLISH = replace(
    FRENCH,
    slug="weekly",
    title="The Valmont Courier",
    description="News from a small town on a river",
    language="en",
    postal_address="The Valmont Courier\n3 Tanners’ Quay\n00420 Valmont",
    footer_note="Neither opens nor clicks are counted.",
    site_name="The Valmont Courier",
)
LISTS = {"fr": FRENCH, "en": ENGLISH}

BRIDGE = ArticleView(
    title="Le pont des Tanneurs rouvre: qui passera ?",
    url="https://courrier.example/pont?page=1;vue=2",
    excerpt=(
        "Après sept mois de travaux, le pont rouvre samedi à 10:30. « Enfin ! » dit la boulangère.",
        "Les voitures attendront le printemps ; les piétons, eux, préparent leurs chaussures.",
    ),
    language="fr",
    published=NOW - timedelta(days=1),
    source="Mairie",
    image=Image("https://courrier.example/pont.jpg", "Le pont au petit matin", 1200, 800),
    author="C. Verdier",
)
TUBA = ArticleView(
    title="The brass band looks for a tuba: can you?",
    url="https://courrier.example/tuba",
    excerpt=("Rehearsals are on Tuesdays at 19:30. Can you carry it? Then you can play it!",),
    language="en",
    published=NOW - timedelta(days=2),
    source="Brass band",
)
BEANS = ArticleView(
    title="Au jardin de l’école, les premières fèves",
    url="https://courrier.example/feves",
    excerpt=("Encore un peu de patience : la soupe est prévue pour mai !",),
    published=NOW - timedelta(days=3),
    sent_as_alert=True,
)
ARTICLES = (BRIDGE, TUBA, BEANS)

BODY = """Un *pont* rouvre, et [le plan](/plan) est en ligne :

- à pied ;
- à vélo.

## Et après ?

> Patience !
"""


def all_mails(slots: Slots, language: str) -> dict[str, Rendered]:
    """Every mail, by name."""
    mlist = LISTS[language]
    return {
        "digest": render_digest(
            mlist, ARTICLES, number=12, day=DAY, slots=slots, intro_markdown=BODY
        ),
        "alert": render_alert(
            mlist, subject="Quai fermé", body_markdown=BODY, sent_at=NOW, slots=slots, article=TUBA
        ),
        "letter": render_letter(mlist, subject="Bonjour", body_markdown=BODY, day=DAY, slots=slots),
        "confirm": render_confirm(
            mlist,
            consent="Je veux recevoir Le Courrier.",
            requested_at=NOW,
            slots=slots,
            ip_hint="203.0.113.x",
            valid_until=NOW + timedelta(days=7),
        ),
        "welcome": render_welcome(
            mlist, slots=slots, next_day=DAY + timedelta(days=7), greeting_markdown=BODY
        ),
        "already": render_already(mlist, slots=slots),
        "settings": render_settings(mlist, valid_until=NOW + timedelta(hours=1), slots=slots),
        "move": render_move(
            mlist,
            before="m•••@valmont.example",
            requested_at=NOW,
            valid_until=NOW + timedelta(days=1),
            ip_hint="203.0.113.x",
            slots=slots,
        ),
        "moved": render_moved(
            mlist,
            after="m•••@pont.example",
            moved_at=NOW,
            contact="redaction@valmont.example",
            slots=slots,
        ),
        "goodbye": render_goodbye(
            mlist, left_at=NOW, back_url="https://courrier.example/lists/hebdo", slots=slots
        ),
    }


def digest(*articles: ArticleView, slots: Slots | None = None, **more: Any) -> Rendered:
    """A French digest of `articles`."""
    values: Mapping[str, Any] = {"number": 12, "day": DAY, **more}
    mlist = values.get("mlist", FRENCH)
    rest = {key: value for key, value in values.items() if key != "mlist"}
    return render_digest(mlist, articles, slots=slots or Slots.fresh(), **rest)


def filled(text: str, slots: Slots, value: Callable[[SlotName], str]) -> str:
    """`text` with every slot replaced."""
    return "".join(
        piece if isinstance(piece, str) else value(piece.name) for piece in slots.split(text)
    )
