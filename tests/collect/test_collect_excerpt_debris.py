"""An excerpt holds no debris of its site, and no marks of notes and lists."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

import pytest

from newsletter.collect.excerpt import excerpt
from newsletter.collect.markup import plain_text


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
        "</p><p>L'articolo <a>Il ponte</a> proviene da <a>Valmont</a>.",
        " L’articolo <a>Il ponte</a> sembra essere il primo su <a>Valmont</a>.",
        "</p><p>Het bericht <a>De brug</a> verscheen eerst op <a>Valmont</a>.",
        "</p><p>O post <a>A ponte</a> apareceu primeiro em <a>Valmont</a>.",
        "</p><p>O conteúdo <a>A ponte</a> aparece primeiro em <a>Valmont</a>.",
        "</p><p>A entrada <a>A ponte</a> apareceu primeiro en <a>Valmont</a>.",
        "</p><p>L'entrada <a>El pont</a> ha aparegut primer a <a>Valmont</a>.",
        "</p><p>La entrada <a>El puente</a> aparece primero en <a>Valmont</a>.",
        "</p><p>La entrada <a>El puente</a> se publicó primero en <a>Valmont</a>.",
        "</p><p>Artykuł <a>Most</a> pochodzi z serwisu <a>Valmont</a>.",
        "</p><p>Inlägget <a>Bron</a> dök först upp på <a>Valmont</a>.",
        "</p><p>Articolul <a>Podul</a> apare prima dată în <a>Valmont</a>.",
        "</p><p>Cet article provient de <a>courrier.example</a>.",
        "</p><p>L’article <a>Le pont</a> a été publié en premier sur <a>Valmont</a>.",
        "</p><p>Ce contenu a été publié dans <a>Vie locale</a> par <a>admin</a>. Mettez-le en favori avec son <a>permalien</a>.",
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
        "L’articolo del tavolo proviene da Como. Costa poco.",
        "O post da esquina apareceu primeiro em sonhos. Depois caiu.",
        "Cet article provient de la collection du musée.",
        "Catégorie : benjamins.",
    ],
)
def test_sentences_that_only_look_like_debris_stay(text: str) -> None:
    assert excerpt(f"<p>{text}</p>", "") == (text,)


@pytest.mark.parametrize(
    "above",
    [
        "Publié le 3 mars 2026",
        "Temps de lecture : 3 min",
        "Crédit photo : J. Aubier",
        "3 min read",
        "Par Odile Marchand",
        "Par O. Marchand et Jean-Paul d’Aubier",
        "By Paul Sorel and Ines Aubry",
    ],
)
def test_what_stands_above_a_text_and_speaks_of_the_page_goes(above: str) -> None:
    assert excerpt("", f"<p>{above}</p><p>Le pont rouvre.</p>") == ("Le pont rouvre.",)
    assert excerpt("", f"<p>{above}</p>") == (above,)  # better than nothing


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


@pytest.mark.parametrize(
    "beside",
    [
        "<p><strong>À lire aussi : </strong><a href='/x'>La halle rouvre</a></p>",
        "<p><a href='/x'>Lire aussi : La halle va-t-elle rouvrir ?</a></p>",
        "<p>A lire également → <a href='/x'>La halle rouvre</a></p>",
        "<p>Read also: <a href='/x'>The hall opens again</a></p>",
        "<p>La suite après cette publicité</p>",
        "<p>Publicité</p>",
        "<div>Advertisements</div>",
        "<p>Article continues below advertisement</p>",
        "<p>https://film.example/x</p>",
    ],
)
def test_what_only_leads_elsewhere_is_no_part_of_an_excerpt(beside: str) -> None:
    text = f"<p>Le pont rouvre lundi.</p>{beside}<p>Le maire viendra.</p>"
    assert excerpt("", text) == ("Le pont rouvre lundi.", "Le maire viendra.")


@pytest.mark.parametrize(
    "below",
    [
        "<p><a href='/x'>S’inscrire</a></p>",
        "<p><a href='/x'>Bulletin de janvier</a></p><p><a href='/y'>Bulletin de mars</a></p>",
        "<p>https://film.example/x</p><p><a href='/x'>S’inscrire</a></p>",
        "<h3>À lire aussi</h3><ul><li><a href='/x'>La halle rouvre</a></li></ul>",
    ],
)
def test_lone_links_below_a_text_are_no_part_of_an_excerpt(below: str) -> None:
    text = "<p>Le pont rouvre lundi.</p><p>Le maire viendra […]</p>"
    assert excerpt("", f"<p>Le pont rouvre.</p>{below}") == ("Le pont rouvre.",)
    assert excerpt("", text + below, paragraphs=9) == excerpt("", text, paragraphs=9)


@pytest.mark.parametrize(
    "text",
    [
        "<p>Au programme du week-end</p>"
        "<ul><li><a href='/a'>Samedi : concert</a></li><li><a href='/b'>Dimanche : repas</a></li></ul>",
        "<p>Il y en a deux.</p><p>Documents à télécharger</p><p><a href='/a'>Le plan</a></p>",
        "<p>Sommaire</p><ul><li><a href='/a'>Le pont</a></li><li><a href='/b'>La halle</a></li></ul>",
        "<p>Deux films :</p><p>https://film.example/x</p><p>https://film.example/y</p><p>Bon film !</p>",
        "<p>Nos adresses</p><p>https://film.example/x</p><p>https://film.example/y</p>",
        "<p><a>Samedi</a></p><p>Concert à 20 h.</p><p><a>Dimanche</a></p><p>Bal.</p>",
    ],
)
def test_links_that_a_label_announces_or_a_text_follows_stay(text: str) -> None:
    assert " ".join(excerpt("", text, paragraphs=9)) == plain_text(text)


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<p>Voir aussi <a href='/x'>le plan</a>.</p>", ("Voir aussi le plan.",)),
        ("<p>Lire aussi, c’est voyager.</p>", ("Lire aussi, c’est voyager.",)),
        (
            "<p>Il rouvre.</p><p>À voir aussi : <a href='/x'>l’exposition Monet</a>, jusqu’au 3 mars.</p>",
            ("Il rouvre.", "À voir aussi : l’exposition Monet, jusqu’au 3 mars."),
        ),
        ("<p>Voir aussi le <a href='/x'>plan</a> !</p>", ("Voir aussi le plan !",)),
        (
            "<p>Il rouvre.</p><p>See also our <a href='/x'>guide</a> (published last year)</p>",
            ("Il rouvre.", "See also our guide (published last year)"),
        ),
        ("<p>Lire aussi : <a href='/x'>La halle</a></p>", ("Lire aussi : La halle",)),
        ("<p><a href='/x'>La fête du pont</a></p>", ("La fête du pont",)),
        (
            "<p>Au programme :</p><ul><li><a href='/x'>Bal</a></li><li><a href='/y'>Repas</a></li></ul>",
            ("Au programme :", "Bal", "Repas"),
        ),
        (
            "<p>Il rouvre.</p><p><a href='/x'>Le maire l’a dit.</a></p>",
            ("Il rouvre.", "Le maire l’a dit."),
        ),
    ],
)
def test_links_that_are_all_there_is_or_part_of_the_text_stay(
    markup: str, shown: tuple[str, ...]
) -> None:
    assert excerpt("", markup) == shown


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        (
            "<p>Ordre du jour :\n- budget\n- école</p>",
            ("Ordre du jour :", "- budget", "- école"),
        ),
        (
            "<p>Ordre du jour :<br>• budget ;<br>\n• école.</p>",
            ("Ordre du jour :", "budget ;", "école."),
        ),
        ("<p>La halle est\n- enfin - ouverte.</p>", ("La halle est - enfin - ouverte.",)),
        (
            "<p>De 9\n-10 h, la\nhalle est - enfin - ouverte.</p>",
            ("De 9 -10 h, la halle est - enfin - ouverte.",),
        ),
        ("<p>Par Odile et ses amis.</p><p>Oui.</p>", ("Par Odile et ses amis.", "Oui.")),
    ],
)
def test_the_lines_of_a_list_typed_by_hand_stay_apart(markup: str, shown: tuple[str, ...]) -> None:
    assert excerpt("", markup) == shown


def test_a_unit_is_raised_without_reading_its_line_again() -> None:
    from newsletter.collect.lines import Collector

    collector = Collector()
    longest = 0
    for _ in range(2_000):
        collector._line += ["le terrain de 5", " m", " "]
        collector._line.append(collector._raised("2"))
        longest = max(longest, max(map(len, collector._line)))
    assert longest < 20
    collector.flush()
    assert collector.lines[0].text.startswith("le terrain de 5 m²")
