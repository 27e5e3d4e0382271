"""An excerpt ends where a sentence ends, in French and in English, and holds no debris."""

from __future__ import annotations

import html
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.collect.excerpt import count_words, excerpt
from newsletter.collect.markup import plain_text
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
        " >> Lire la suite",
        " » Lire la suite",
        " &#8594; Lire l&rsquo;article",
        "</p><p>👉 Lire la suite",
        "</p><p>Cliquez ici pour lire la suite",
        " Pour en savoir plus, cliquez ici.",
        " En savoir plus : https://courrier.example/le-pont.html",
        " Plus d'infos",
        " <a href='/x'>Plus d’infos ici</a>",
        " Click here to read more",
        " Read the full story here.",
        " More information: https://courrier.example/bridge",
        " Mehr Infos",
        " Más información",
        "</p><p>Retrouvez l'article complet sur notre site.",
        "</p><p>Partager cet article sur Facebook, Twitter, WhatsApp ou par e-mail",
        "</p><p>Partager cette page sur Instagram et Mastodon, ou par courriel",
        "</p><p>Share this on Facebook, Threads or by email",
        "</p><p>Tags : fête, village",
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
        "Le texte de 1887 est lu ici.",
        "Partager le lien et la page, c’est le but du club.",
        "Plus d’informations sont venues hier.",
        "Atelier samedi. Plus d’infos : 05 00 00 00 00",
        "Le bus va de la gare → la mairie.",
        "Catégorie : benjamins.",
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


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("Le pont[1] rouvre.[2] Enfin [note 3].", "Le pont rouvre. Enfin."),
        ("Le pont rouvre.(2) Enfin.", "Le pont rouvre. Enfin."),
        ("Le pont <sup>1</sup> rouvre.<sup>2</sup> Enfin.", "Le pont rouvre. Enfin."),
        ("Le jardin<sup>1</sup> rouvre*.", "Le jardin rouvre."),
        ("Le jardin¹ rouvre.", "Le jardin rouvre."),
        (
            "Le 1<sup>er</sup>, 45 m <sup>2</sup>, 3 km², CO₂, CO<sub>2</sub>, 10<sup>3</sup> l.",
            "Le 1er, 45 m², 3 km², CO₂, CO2, 10³ l.",
        ),
        ("Le pont (1) de [1887] et les élu(e)s.", "Le pont (1) de [1887] et les élu(e)s."),
        ("Un gîte 3*, un *beau* lieu.", "Un gîte 3*, un *beau* lieu."),
    ],
)
def test_marks_of_notes_go_however_they_are_typed(markup: str, shown: str) -> None:
    assert excerpt("", f"<p>{markup}</p>") == (shown,)


def test_a_sentence_ends_at_the_mark_of_its_note_and_the_note_is_not_shown() -> None:
    text = "<p>Le pont rouvre.[1] Le maire est venu.</p><p>[1] Voir le n° 12.</p>"
    assert excerpt("", text, words=3) == ("Le pont rouvre.",)
    assert excerpt("", text) == ("Le pont rouvre. Le maire est venu.",)


@pytest.mark.parametrize(
    "above",
    ["Publié le 3 mars 2026", "Temps de lecture : 3 min", "Crédit photo : J. Aubier", "3 min read"],
)
def test_what_stands_above_a_text_and_speaks_of_the_page_goes(above: str) -> None:
    assert excerpt("", f"<p>{above}</p><p>Le pont rouvre.</p>") == ("Le pont rouvre.",)
    assert excerpt("", f"<p>{above}</p>") == (above,)  # better than nothing


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
        "> " * 50_000,
        ">>" * 50_000,
        "(…)" * 30_000 + "z",
        "(…) " * 30_000,
        "." * 30_000 + "a",
        "... " * 30_000 + "a",
        "." * 100_000 + "\nmot",
        ".»" * 50_000 + "a",
        "\u202f>" * 50_000,
        "Lire la suite. " * 20_000,
        "a@" * 50_000 + ",",
    ],
)
def test_hostile_text_takes_no_time(hostile: str) -> None:
    began = time.thread_time()
    excerpt(hostile, hostile)
    assert time.thread_time() - began < 3


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


# Sentences of an article, French and English, as they are really made.
_SENTENCES = st.sampled_from(
    [
        "M. Aubry a ouvert le pont à 10 h 30.",
        "« Il rouvre. Enfin ! » dit le maire.",
        "Il a coûté 3,5 millions d’euros (cf. l’art. 12)…",
        "Qui l’eût cru\u00a0?",
        "Le n°\u00a012 de la rue St. Éloi, etc. est fermé.",
        "Dr. Sorel met J.-P. Martin at 10 a.m. on the bridge.",
        "“At last!” the U.S. engineer said.",
        "It cost $3.5 million, i.e. twice the plan.",
        "Rendez-vous mercredi\u202f!",
        "Des mésanges, des pinsons et un geai.",
    ]
)
_TEXTS = st.lists(st.lists(_SENTENCES, min_size=1, max_size=4), min_size=1, max_size=4)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(_TEXTS, st.integers(1, 80), st.integers(1, 4))
def test_an_excerpt_is_the_text_s_beginning_in_whole_sentences(
    text: list[list[str]], words: int, most: int
) -> None:
    lines = [" ".join(paragraph) for paragraph in text]
    markup = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    shown = excerpt("", markup, words=words, paragraphs=most)
    assert 0 < len(shown) <= most
    assert sum(count_words(paragraph) for paragraph in shown) <= words
    if count_words(text[0][0]) > words:
        return  # a first sentence that is too long by itself is cut, which others try
    for number, paragraph in enumerate(shown):
        assert lines[number].startswith(paragraph)
        # It ends where one of the sentences ends that were written.
        ends = [" ".join(text[number][: n + 1]) for n in range(len(text[number]))]
        assert paragraph in ends
        if number < len(shown) - 1:
            assert paragraph == lines[number]
    # The excerpt of an excerpt is itself, and nothing in it is mark-up any more.
    again = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in shown)
    assert excerpt("", again, words=words, paragraphs=most) == shown


@settings(max_examples=120, deadline=None, derandomize=True)
@given(_TEXTS, st.integers(1, 80), st.integers(1, 80))
def test_a_longer_excerpt_only_goes_on(text: list[list[str]], one: int, more: int) -> None:
    markup = "".join(f"<p>{html.escape(' '.join(paragraph))}</p>" for paragraph in text)
    short, long = (excerpt("", markup, words=words) for words in sorted((one, more)))
    if count_words(text[0][0]) <= min(one, more):
        assert " ".join(long).startswith(" ".join(short))


_MARKUP = st.recursive(
    _SENTENCES.map(html.escape) | st.sampled_from(["<br>", "<br><br>", "<img src='/p.gif'>", " "]),
    lambda inner: st.builds(
        "<{0}>{1}</{0}>".format,
        st.sampled_from(["p", "div", "em", "strong", "li", "blockquote", "span", "h2", "table"]),
        st.lists(inner, max_size=4).map("".join),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(_MARKUP, st.integers(1, 60))
def test_no_mark_up_is_left_and_no_word_is_invented(markup: str, words: int) -> None:
    shown = excerpt("", markup, words=words)
    wanted = plain_text(markup).replace(" ", "")
    for paragraph in shown:
        assert "<" not in paragraph
        assert paragraph.rstrip("… »”\u00a0").replace(" ", "") in wanted


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<p>* Samedi : la foire.</p>", ("Samedi : la foire.",)),
        ("<p>– Bonjour, dit-il.</p>", ("– Bonjour, dit-il.",)),
        ("<p>Il rouvre.</p><p>[<a href='https://c.example/#nh1'>1</a>] Note.</p>", ("Il rouvre.",)),
        ("<p><a href='https://c.example/#a'>2</a></p><p>Il rouvre.</p>", ("Il rouvre.",)),
        ("<p>Il fait 10°, 3,5 km. Vrai.</p>", ("Il fait 10°, 3,5 km. Vrai.",)),
        ("<p>Voir la rubrique «\u00a0Lire\u00a0».</p>", ("Voir la rubrique «\u00a0Lire\u00a0».",)),
        ("<p>Il rouvre. Lire le sujet en entier</p>", ("Il rouvre.",)),
    ],
)
def test_marks_of_lists_and_notes_go_and_what_only_looks_so_stays(
    markup: str, shown: tuple[str, ...]
) -> None:
    assert excerpt("", markup) == shown


def test_a_unit_is_raised_without_reading_its_line_again() -> None:
    from newsletter.collect.excerpt import _Collector

    collector = _Collector()
    longest = 0
    for _ in range(2_000):
        collector._line += ["le terrain de 5", " m", " "]
        collector._line.append(collector._raised("2"))
        longest = max(longest, max(map(len, collector._line)))
    assert longest < 20
    collector.flush()
    assert collector.texts[0].startswith("le terrain de 5 m²")


def test_odd_white_space_parts_words_as_it_is_counted() -> None:
    (line,) = excerpt("\u0a00\u2000 h", "", words=1, paragraphs=1)
    assert count_words(line) == 1
