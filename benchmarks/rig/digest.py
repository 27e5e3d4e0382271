"""A digest of ten made-up articles with pictures, ready to be rendered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from newsletter.compose.content import ArticleView, Image, ListView, Rendered
from newsletter.compose.render import render_digest
from newsletter.mail.slots import Slots

DAY = date(2026, 1, 24)
SITE = "https://courrier.valmont.example"

TITLES = (
    "Le vieux pont rouvre samedi : qui passera le premier ?",
    "La bibliothèque prête aussi des graines",
    "Au marché, la place des Tilleuls fait l’unanimité",
    "Le potager de l’école se compte en brouettes",
    "La fanfare cherche un tuba, et quelqu’un pour en jouer",
    "Trois promenades le long de la Virelle",
    "Le lavoir retrouve son toit",
    "Un banc pour chaque hameau",
    "Le four du village rallumé le premier dimanche du mois",
    "Les hirondelles sont revenues sous la halle",
)
PARAGRAPHS = (
    "Après sept mois de travaux, on s’y retrouve enfin. « Nous n’y croyions plus ! » dit la "
    "boulangère, qui a compté les semaines ; les voisins, eux, avaient sorti les chaises.",
    "Rendez-vous samedi à dix heures : il y aura du café, des tartes, et la fanfare si le temps "
    "le permet. Que faut-il apporter ? Une tasse, dit la mairie, et de bonnes chaussures.",
)

LIST = ListView(
    slug="hebdo",
    title="Le Courrier de Valmont",
    description="Chaque samedi, la petite ville au bord de l’eau",
    language="fr",
    from_name="La rédaction",
    postal_address="Le Courrier de Valmont\n2, quai des Tilleuls\nValmont",
    footer_note="Ni les ouvertures ni les clics ne sont comptés.",
    home_url=f"{SITE}/",
    site_name="Le Courrier de Valmont",
    privacy_url=f"{SITE}/donnees",
    archive_url=f"{SITE}/numeros",
    timezone="Europe/Paris",
)
ARTICLES = tuple(
    ArticleView(
        title=title,
        url=f"{SITE}/articles/{number}",
        excerpt=PARAGRAPHS,
        published=datetime(2026, 1, 24, 9, 30, tzinfo=UTC) - timedelta(hours=7 * number),
        source="Le Courrier",
        author="La rédaction",
        image=Image(f"{SITE}/pictures/{number}.jpg", f"Une vue : {title}", 1200, 675),
    )
    for number, title in enumerate(TITLES, 1)
)


def render(slots: Slots | None = None) -> Rendered:
    """The digest, rendered as for a new issue."""
    return render_digest(LIST, ARTICLES, number=12, day=DAY, slots=slots or Slots.fresh())
