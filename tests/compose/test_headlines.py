"""Headlines are cut where a reader may pause."""

from __future__ import annotations

from dataclasses import replace

import pytest
from compose_samples import BRIDGE, ENGLISH, FRENCH
from hypothesis import given
from hypothesis import strategies as st

from newsletter.compose.headlines import clip_headline
from newsletter.compose.render import digest_subject
from newsletter.compose.text import clip

NB = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("headline", "limit", "shown"),
    [
        # Not behind what leans on the next word, however it is elided.
        (f"Au lavoir{NB}: on emprunte aussi des outils de jardin", 36,
         f"Au lavoir{NB}: on emprunte…"),
        ("La passerelle des Tanneurs est à la fin d’un long chantier", 48,
         "La passerelle des Tanneurs est à la fin…"),
        ("La fanfare de Valmont répète « Le Roi des aulnes »", 34, "La fanfare de Valmont répète…"),
        # Nor within a date or an amount; a year stands for itself.
        ("Fermeture du pont de Brisemont jusqu’au 3 mars pour travaux", 45,
         "Fermeture du pont de Brisemont…"),
        ("La piscine de Valmont rouvre le 1er avril, après un an", 36,
         "La piscine de Valmont rouvre…"),
        (f"La commune de Brisemont emprunte 30{NB}000 euros", 42,
         "La commune de Brisemont emprunte…"),
        ("La commune vote son budget 2026 à l’unanimité", 35, "La commune vote son budget 2026…"),
        # Nor just behind a colon or a dash.
        (f"Incendie rue des Lavoirs{NB}: pas de blessé, mais deux maisons", 33,
         "Incendie rue des Lavoirs…"),
        ("Le marché de printemps revient – sous la halle", 38, "Le marché de printemps revient…"),
        (f"Le marché couvert revient{NB}: cinquante stands sous la halle", 45,
         "Le marché couvert revient…"),
        # What fits is whole; what reads well is left as it is cut.
        (f"Le pont rouvre{NB}: qui passera sur", 60, f"Le pont rouvre{NB}: qui passera sur"),
        ("Les premières fèves du jardin de l’école sont là", 30, "Les premières fèves du jardin…"),
        # Better a poor cut than hardly anything.
        (f"Travaux{NB}: pas de bus entre la gare et le pont", 20, f"Travaux{NB}: pas de…"),
        (f"Travaux{NB}: cars et bus entre la gare et le pont", 23, f"Travaux{NB}: cars et bus…"),
    ],
)  # fmt: skip
def test_a_headline_is_cut_where_a_reader_may_pause(headline: str, limit: int, shown: str) -> None:
    assert clip_headline(headline, limit, "fr-FR") == shown


def test_english_has_its_own_leaning_words_and_other_languages_none() -> None:
    headline = "The swimming pool reopens with an hour for the over-sixties"
    assert clip_headline(headline, 48, "en") == "The swimming pool reopens with an hour…"
    assert clip_headline(headline, 48, "eo") == "The swimming pool reopens with an hour for the…"


@given(st.text(max_size=120), st.integers(20, 80))
def test_a_cut_headline_is_never_longer_than_a_plain_cut(headline: str, limit: int) -> None:
    found = clip_headline(headline, limit, "fr")
    assert len(found) <= len(clip(headline, limit))
    assert found == headline or found.endswith("…")


def test_subjects_are_cut_so() -> None:
    fire = replace(BRIDGE, title="Incendie d’un toit rue des Lavoirs : pas de blessé cette nuit")
    assert digest_subject(FRENCH, [fire], number=3) == (
        f"Le Courrier de Valmont nº{NB}3{NB}: Incendie d’un toit rue des Lavoirs…"
    )
    assert digest_subject(ENGLISH, [fire], number=3).endswith("Lavoirs…")
