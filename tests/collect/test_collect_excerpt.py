"""An excerpt ends where a sentence ends, in French and in English, and holds no debris."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.collect.excerpt import count_words, excerpt
from newsletter.collect.sentences import sentences

NB = "\u00a0"


@pytest.mark.parametrize(
    "pair",
    [
        ("M. Rivoire est venu.", "Il a vu le pont."),
        ("Mme Aubier et le Dr. Lenoir, p. ex. hier, ont ri.", "Le maire aussi."),
        ("Il a mesuré 3,5 m, puis 3.5 km.", "C’est tout."),
        (f"«{NB}Venez{NB}!{NB}»", "Elle sourit."),
        (f"Il dit{NB}: «{NB}Le pont rouvre. Enfin{NB}!{NB}»", "Nous irons."),
        (f"Vraiment{NB}?", "Oui."),
        ("On vend des poires, des pommes, etc.", "Le marché ferme à midi."),
        ("Au IIe s. av. J.-C. le gué existait.", "Puis vint le pont."),
        ("Voir l’art. 3 et la p. 12.", "Le reste suit."),
        ("Mr. Hale met Mrs. Dunn at St. Mary’s.", "They sang."),
        ("Dr. J. R. Fenn spoke, e.g. about floods, i.e. water.", "Then tea."),
        ("It closes at 5 p.m.", "The band plays on."),
        ("See no. 12 and fig. 3.", "Both are new."),
        ("He said no.", "She said yes."),
        ("“Will it rain?” she asked.", "Nobody knew."),
        ("(It rained. A lot.)", "Then it stopped."),
        ("The U.S. Mail came.", "It was late."),
        ("Le pont… le vieux pont, rouvre…", "Enfin."),
        ("2025 fut calme.", "12 élèves ont semé."),
        ("1. Ouverture du marché.", "2. Fanfare."),
    ],
)
def test_two_sentences_are_two(pair: tuple[str, str]) -> None:
    assert sentences(" ".join(pair)) == list(pair)


def test_whole_sentences_fill_the_words_and_no_more() -> None:
    text = "<p>Un deux trois. Quatre cinq.</p><p>Six sept huit neuf dix.</p>"
    assert excerpt("", text, words=5) == ("Un deux trois. Quatre cinq.",)
    assert excerpt("", text, words=4) == ("Un deux trois.",)
    assert excerpt("", text, words=10) == ("Un deux trois. Quatre cinq.", "Six sept huit neuf dix.")
    assert excerpt("", text, words=10, paragraphs=1) == ("Un deux trois. Quatre cinq.",)


def test_a_first_sentence_that_is_too_long_is_cut_at_a_word() -> None:
    assert excerpt("", "<p>Un deux trois, quatre cinq six.</p>", words=3) == ("Un deux trois…",)
    assert excerpt("", f"<p>«{NB}Un deux trois quatre.{NB}»</p>", words=2) == (
        f"«{NB}Un deux…{NB}»",
    )


@pytest.mark.parametrize(
    "tail",
    [
        " Les travaux […]",
        " Les travaux [&#8230;]",
        " Les travaux [...]",
        " Les travaux (...)",
        " Les travaux […] Lire la suite",
        " Les travaux&hellip; <a href='/x'>Lire la suite</a>",
        " Les&hellip; <a class='more-link' href='/x'>Continue reading <span>Le pont</span> →</a>",
        " Les travaux <a href='/x'>Continue reading →</a>",
        " <a href='/x'>Lire la suite : Le pont</a>",
        "<p><a href='/x'>Weiterlesen</a></p>",
        " Leer más",
        " [Read more...]",
        " (more…)",
        "</p><p>The post <a>Le pont</a> appeared first on <a>Courrier</a>.",
        "</p><p>L’article <a>Le pont</a> est apparu en premier sur <a>Courrier</a>.",
        "</p><p>Partager :</p><p>Partager sur Facebook (ouvre dans une nouvelle fenêtre) Facebook",
        "</p><p>Share this: Tweet Email Print",
        "</p><p>&nbsp;</p><p>***",
        "</p><figure><img src='https://a.example/x'><figcaption>Le pont.</figcaption></figure><p>",
    ],
)
def test_no_debris_of_the_site_is_left(tail: str) -> None:
    assert excerpt(f"<p>Le pont rouvre lundi.{tail}</p>", "") == ("Le pont rouvre lundi.",)


@pytest.mark.parametrize(
    "text",
    [
        "Read more books this summer.",
        "You can continue reading at the library.",
        "Il faut lire la suite de ce roman.",
        "Share the road with cyclists.",
        "Le pont (1887) rouvre.",
    ],
)
def test_sentences_that_only_look_like_debris_stay(text: str) -> None:
    assert excerpt(f"<p>{text}</p>", "") == (text,)


def test_marks_of_footnotes_go_and_powers_stay() -> None:
    text = (
        "<p>Le jardin<sup><a href='#n1'>1</a></sup> a 50 m<sup>2</sup>"
        "<sup>[2]</sup> de radis [<a href='https://a.example/x#nb3'>3</a>].</p>"
    )
    assert excerpt("", text) == ("Le jardin a 50 m² de radis.",)


def test_no_break_spaces_stay_and_others_are_folded() -> None:
    text = f"<p>«{NB}Oui{NB}!{NB}»  dit   la\nmaire\u202f; 12{NB}000{NB}€.</p>"
    assert excerpt("", text) == (f"«{NB}Oui{NB}!{NB}» dit la maire\u202f; 12{NB}000{NB}€.",)


def test_the_summary_comes_before_the_content_unless_it_is_its_cut_beginning() -> None:
    content = "<p>Le pont rouvre lundi.</p><p>Les travaux ont duré un an.</p>"
    assert excerpt("<p>Un pont, un an.</p>", content) == ("Un pont, un an.",)
    whole = ("Le pont rouvre lundi.", "Les travaux ont duré un an.")
    assert excerpt("Le pont rouvre lundi. Les travaux […]", content) == whole
    assert excerpt("Le pont rouvre lundi. Les travaux", content) == whole
    assert excerpt("", content) == whole


def test_a_summary_that_its_site_cut_ends_with_its_last_whole_sentence() -> None:
    assert excerpt("Le pont rouvre. Les travaux ont…", "") == ("Le pont rouvre.",)
    assert excerpt("Le pont rouvre lundi et les travaux…", "") == (
        "Le pont rouvre lundi et les travaux…",
    )


def test_headings_stand_in_only_where_there_is_nothing_else() -> None:
    assert excerpt("", "<h2>Titre</h2><p>Texte.</p>") == ("Texte.",)
    assert excerpt("", "<h2>Titre</h2>") == ("Titre",)


def test_two_breaks_are_a_paragraph() -> None:
    assert excerpt("Un.<br><br>Deux.<br>Trois.", "") == ("Un.", "Deux. Trois.")


def test_what_announces_a_list_that_is_not_shown_goes() -> None:
    text = "<p>Samedi, fête.</p><p>Au programme :</p><ul><li>" + "mot " * 30 + "</li></ul>"
    assert excerpt("", text, words=10) == ("Samedi, fête.",)


@pytest.mark.parametrize(
    "nothing", ["", " ", "<p></p>", "<p>&nbsp;</p>", "<img src=x>", "…", "<script>x</script>"]
)
def test_nothing_gives_nothing(nothing: str) -> None:
    assert excerpt(nothing, nothing) == ()


@pytest.mark.parametrize(
    "hostile",
    [
        "share this " * 26 + "z",
        "." * 100_000,
        "A. " * 50_000,
        "« A. " * 20_000,
        "[…] " * 20_000,
        "<b>" * 50_000,
    ],
)
def test_hostile_text_takes_no_time(hostile: str) -> None:
    began = time.monotonic()
    excerpt(hostile, hostile)
    assert time.monotonic() - began < 3


def test_an_endless_word_is_no_excerpt() -> None:
    (shown,) = excerpt("", f"<p>{'a' * 5000}</p>")
    assert shown == "a" * 100 + "…"
    (shown,) = excerpt("", f"<p>{('b' * 90 + ' ') * 300}</p>", words=60)
    assert len(shown) < 60 * 40
    assert excerpt("", "<p>Voir https://courrier.valmont.example/vieux-pont/travaux.</p>") == (
        "Voir https://courrier.valmont.example/vieux-pont/travaux.",
    )


WILD = st.text(alphabet='aB1 .…!?«»"“”()[]<>/pb&;\u00a0\u202f\n:-é中。', max_size=200)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(WILD, WILD, st.integers(-1, 12), st.integers(-1, 3))
def test_an_excerpt_never_fails_nor_exceeds_its_limits(
    a: str, b: str, words: int, most: int
) -> None:
    parts = excerpt(a, b, words=words, paragraphs=most, language="fr")
    assert len(parts) <= max(most, 1)
    assert sum(map(count_words, parts)) <= max(words, 1) + 1
    assert all(part.strip() and "\n" not in part for part in parts)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(WILD)
def test_no_word_is_lost_between_sentences(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "す",
        "これは！ すa 3,5",
        "é" * 39,
        "«" + "x" * 200,
        "日本A B語。 すすす1 する",
        "一 二 三 四 五",
    ],
)
def test_no_excerpt_is_longer_than_its_words_in_any_writing(text: str) -> None:
    for words in (1, 2, 5):
        shown = excerpt("", f"<p>{text}</p><p>{text}</p>", words=words)
        assert 0 < sum(count_words(paragraph) for paragraph in shown) <= words
