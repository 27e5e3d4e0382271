"""What French typography does, and what it leaves alone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.compose.language import typeset
from newsletter.compose.typography import french, marked, spaced_after

NB, NN = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("typed", "set_"),
    [
        ("Bonjour !", f"Bonjour{NN}!"),
        ("Bonjour!", f"Bonjour{NN}!"),
        ("Bonjour  !", f"Bonjour{NN}!"),
        (f"Bonjour{NB}!", f"Bonjour{NN}!"),
        ("Vraiment ?!", f"Vraiment{NN}?!"),
        ("un ; deux", f"un{NN}; deux"),
        ("Marché : trente", f"Marché{NB}: trente"),
        ("Marché: trente", f"Marché{NB}: trente"),
        ("« oui »", f"«{NB}oui{NB}»"),
        ("«oui»", f"«{NB}oui{NB}»"),
        ("« Quoi ? » dit-il", f"«{NB}Quoi{NN}?{NB}» dit-il"),
        ("(vraiment ?)", f"(vraiment{NN}?)"),
        ("« Le Courrier »: lire", f"«{NB}Le Courrier{NB}»{NB}: lire"),
        ("12 000 habitants", f"12{NN}000 habitants"),
        ("20 % de 5 €", f"20{NB}% de 5{NB}€"),
        ("à 10 h 30", f"à 10{NB}h 30"),
        ("nº 12", f"nº{NB}12"),
        ("n° 12", f"nº{NB}12"),
        ("N°12", f"Nº{NB}12"),
        ("l'eau d'aujourd'hui", "l’eau d’aujourd’hui"),
        ('l\'"eau"', f"l’«{NB}eau{NB}»"),
        ("il attend...", "il attend…"),
        ("Quoi ?...", f"Quoi{NN}?…"),
        ('dit "oui", puis "non".', f"dit «{NB}oui{NB}», puis «{NB}non{NB}»."),
        ('("oui" ?)', f"(«{NB}oui{NB}»{NN}?)"),
        ('"Quoi ?"', f"«{NB}Quoi{NN}?{NB}»"),
    ],
)
def test_french_text_gets_the_spaces_a_french_reader_expects(typed: str, set_: str) -> None:
    assert french(typed) == set_


@pytest.mark.parametrize(
    "text",
    [
        "à 10:30 précises",
        "un rapport de 16:9",
        "https://courrier.example/?a=1;b=2!x et www.courrier.example/a:b?c",
        "voir https://courrier.example/agenda?, puis www.courrier.example/liste: merci",
        "mailto:a@b.example?subject=x",
        "le code `a ? b : c; d!`",
        "quoi (?) et (!)",
        "un sourire :-) ou ;-) ou :)",
        "le code :smile: aussi",
        "AT&amp;T",
        "std::vecteur",
        "C:\\temp",
        "page?id=3",
        "en 2026 300 personnes",
        'un écran de 15" et un autre de 17"',
        'un "mot sans fin',
        'a "b" c "d',
        "les années '80 et 5' de pause",
        "le dossier a/.../b et ...../",
        "https://courrier.example/l'eau...?q=n°1 et `l'eau... \"x\"`",
        "a...b@courrier.example",
        "o'brassband@courrier.example",
        "20° à l’ombre",
        "! seul au début",
        "sans rien du tout",
        "",
    ],
)
def test_what_is_not_french_punctuation_is_left_alone(text: str) -> None:
    assert french(text) == text


TRICKY = st.text(alphabet="ab 1.:;!?«»()`&@/\u00a0\u202f\u2009\n-_*whtps…'\"nº%€^", max_size=40)


@settings(max_examples=1500, deadline=None)
@given(TRICKY)
def test_setting_twice_changes_nothing_more(text: str) -> None:
    once = french(text)
    assert french(once) == once


_TYPED = str.maketrans({"’": "'", "…": "...", "º": "°", "«": '"', "»": '"'})


@settings(max_examples=500, deadline=None)
@given(TRICKY)
def test_only_spaces_and_marks_are_ever_changed(text: str) -> None:
    def bare(words: str) -> str:
        return "".join(words.translate(_TYPED).split())

    assert bare(french(text)) == bare(text)


@settings(max_examples=500, deadline=None)
@given(st.lists(TRICKY, max_size=4))
def test_pieces_of_a_paragraph_are_marked_as_the_whole(pieces: list[str]) -> None:
    bare = [piece.replace("...", "") for piece in pieces]  # one that is split stays as it is
    if "..." not in "".join(bare):
        assert "".join(marked(bare)) == marked(["".join(bare)])[0]


def test_marks_are_seen_across_emphasis() -> None:
    assert marked(["l'", "été"]) == ["l’", "été"]
    assert marked(['dit "', "oui", '" hier']) == [f"dit «{NB}", "oui", f"{NB}» hier"]


def test_a_mark_at_the_start_of_a_piece_belongs_to_the_word_before() -> None:
    assert spaced_after("Note", " : oui") == f"{NB}: oui"
    assert spaced_after("", " : oui") == " : oui"
    assert spaced_after("Note ", "! oui") == "! oui"


def test_only_french_is_set_so() -> None:
    assert typeset("Really?", "en") == "Really?"
    assert typeset("Vraiment?", "fr-CA") == f"Vraiment{NN}?"


@pytest.mark.parametrize("text", ["a" * 20_000, "é'" * 10_000, "." * 20_000, "a-" * 10_000])
def test_an_endless_word_takes_no_time(text: str) -> None:
    began = time.perf_counter()
    french(text)
    assert time.perf_counter() - began < 2
