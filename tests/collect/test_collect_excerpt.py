"""An excerpt is the beginning of a text in whole sentences, in French and in English."""

from __future__ import annotations

import pytest

from newsletter.collect.excerpt import excerpt
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


def test_no_break_spaces_stay_and_others_are_folded() -> None:
    text = f"<p>«{NB}Oui{NB}!{NB}»  dit   la\nmaire\u202f; 12{NB}000{NB}€.</p>"
    assert excerpt("", text) == (f"«{NB}Oui{NB}!{NB}» dit la maire\u202f; 12{NB}000{NB}€.",)


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


@pytest.mark.parametrize(
    ("summary", "shown"),
    [
        # The last of several sentences goes.
        (
            ["La séance s’ouvre à 18 h. Le maire a présenté le budget de la commune pour"],
            ["La séance s’ouvre à 18 h."],
        ),
        (
            ["La séance s’ouvre à 18 h. Le maire a présenté le budget de la commune"],
            ["La séance s’ouvre à 18 h."],
        ),
        (["The hall reopens at 7.30 p.m. The roof had been"], ["The hall reopens at 7.30 p.m."]),
        (
            ["Il pleut.", "Le pont est fermé. Les travaux de la"],
            ["Il pleut.", "Le pont est fermé."],
        ),
        (["Il pleut.", "Le maire a présenté les travaux du pont"], ["Il pleut."]),
        (["Il pleut. « Le pont rouvre enfin"], ["Il pleut."]),
        # The only one ends with dots.
        (["Le maire a présenté le budget pour"], ["Le maire a présenté le budget pour…"]),
        (["Les élèves ont planté des arbres,"], ["Les élèves ont planté des arbres…"]),
        (["The council agreed to spend the"], ["The council agreed to spend the…"]),
        # In the middle, whether its site says so or not.
        (["Un.", "Le maire a vu les travaux de la", "Deux."], None),
        (["Un.", "Le maire a vu les travaux (…)", "Deux."], None),
        (["Un.", "Il pleut. Le maire a vu la (…)", "Deux."], ["Un.", "Il pleut.", "Deux."]),
        (["Un.", "Il pleut. Le maire a vu la", "Deux."], ["Un.", "Il pleut.", "Deux."]),
    ],
)
def test_no_sentence_of_a_summary_stops_in_its_middle(
    summary: list[str], shown: list[str] | None
) -> None:
    found = excerpt("".join(f"<p>{line}</p>" for line in summary), "")
    if shown is None:
        assert (found[0], found[2]) == ("Un.", "Deux.")
        assert found[1].startswith("Le maire a vu les travaux")
        assert found[1].endswith("…")
    else:
        assert list(found) == shown


@pytest.mark.parametrize(
    "summary",
    [
        ["Samedi 12 mars, salle des fêtes, 20 h"],
        ["La fête du village est annulée"],
        ["Concert de la fanfare samedi. Entrée libre"],
        ["Vide-greniers dimanche. Réservations au 05 00 00 00 00"],
        ["Ingrédients : 3 pommes, 200 g de farine, une pincée de sel"],
        ["Sous le pont coule la rivière", "Et nos chansons", "Qui s’en souvient encore"],
        ["Chers habitants,", "Le printemps vient.", "Bien à vous,", "La rédaction"],
        ["Le printemps vient.", "Jean Aubier, adjoint aux sports"],
        ["Noces d’or", "Un spectacle pour petits et grands"],
        ["Le prix est fixé. Écrire à mairie@valmont.example"],
        ["Family drop-in, town hall, Saturday 2 p.m."],
        ["The fair returns. Bring a cake to the tent by noon"],
        ["Visite numéro un"],
    ],
)
def test_a_line_that_needs_no_full_stop_gets_no_dots(summary: list[str]) -> None:
    assert list(excerpt("".join(f"<p>{line}</p>" for line in summary), "")) == summary


def test_a_content_ends_where_its_author_stopped() -> None:
    text = "<p>Il pleut.</p><p>Le maire a présenté les travaux du pont</p>"
    assert excerpt("", text) == ("Il pleut.", "Le maire a présenté les travaux du pont")
    assert excerpt("", "<p>Il pleut. Les travaux de la</p>") == ("Il pleut.",)
