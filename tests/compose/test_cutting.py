"""A subject that began with a withdrawn article no longer names it, however little it showed."""

from __future__ import annotations

import html
from dataclasses import replace

import pytest
from compose_samples import BRIDGE, FRENCH

from newsletter.compose.content import ListView
from newsletter.compose.cutting import cut
from newsletter.compose.language import typeset
from newsletter.compose.render import digest_subject

LONG = replace(FRENCH, title="Le Courrier de Valmont et des communes de la vallée du moulin")
NB = "\N{NO-BREAK SPACE}"


def subject_of(mlist: ListView, *titles: str) -> str:
    return digest_subject(mlist, [replace(BRIDGE, title=t) for t in titles], number=3)


def without(title: str, subject: str, mlist: ListView) -> str:
    """What a subject becomes once the article of this title is withdrawn."""
    return cut(
        f"<!--article--><h2>{html.escape(typeset(title, 'fr'))}</h2><!--/article-->",
        0,
        titles=[title],
        leads_there=lambda _: False,
        subject=subject,
        plain_subject=subject_of(mlist),
        line="Retiré.",
        whole_line="Retiré.",
        language="fr",
    ).subject


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Le maire démissionne lundi", "Le maire…"),
        ("La désindustrialisation de la vallée", "La…"),
        ("Le pont: à qui la faute cette fois", f"Le pont{NB}: à qui la…"),
        ("Anticonstitutionnellement", "Anticonstitutionnel…"),
    ],
)
def test_a_subject_with_hardly_any_room_is_known_by_the_title_as_it_was_cut(
    title: str, shown: str
) -> None:
    subject = subject_of(LONG, title)
    assert subject.endswith(f"moulin nº{NB}3{NB}: {shown}")
    assert without(title, subject, LONG) == subject_of(LONG)


def test_a_title_of_many_marks_is_known_too() -> None:
    title = "« Oui » — « Non » — « Et » — « Ou »"
    roomy = replace(FRENCH, title="Le Courrier de Valmont et des communes du moulin")
    subject = subject_of(roomy, title)
    assert subject.endswith("…")
    assert without(title, subject, roomy) == subject_of(roomy)


@pytest.mark.parametrize(
    "title", ["Communes rurales : on vote", "Démission du maire de Brisemont", "La mairie recrute"]
)
def test_a_subject_that_names_another_article_stays(title: str) -> None:
    subject = subject_of(LONG, "Le maire démissionne lundi")
    assert without(title, subject, LONG) == subject
