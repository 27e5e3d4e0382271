"""An article's own page that bars its text, or is none: known as what it is, and left alone."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

import pytest
from article_pages import OG, PAGES, PLAIN_TITLE, TEXT, TITLE, URL, P, article, paragraphs, read

from newsletter.collect.articlepage import ArticlePage, Barrier, parse_article_page
from newsletter.errors import ParseError

WALL = '<div class="c9"><p>La suite est réservée aux abonnés. Abonnez-vous pour lire cet article.</p></div>'
FREE = f"<p>{TEXT[0]}</p><p>{TEXT[1]}</p>"


# --- for subscribers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "markup",
    [
        article(f"<div class=entry-content>{FREE}</div>{WALL}"),
        article(f"<div class=entry-content>{FREE}{WALL}</div>"),
        article(
            f"<div class=entry-content>{FREE}<p>Il vous reste 78 % de cet article à lire.</p></div>"
        ),
        article(
            f"<div class=entry-content>{FREE}<div class=pmpro_content_message>Devenez membre pour 3 € par mois.</div></div>"
        ),
        article(f"<div class=entry-content>{FREE}<p>Subscribe to continue reading.</p></div>"),
        article(
            f"<div class=entry-content>{FREE}</div>",
            head='<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":"False"}</script>',
        ),
        article(
            f"<div class=entry-content>{FREE}</div>",
            head='<script type="application/ld+json">[{"@type":["Article"],"hasPart":{"@type":"WebPageElement","isAccessibleForFree":false}}]</script>',
        ),
        article(
            f"<div class=entry-content>{FREE}</div>",
            head='<meta property="article:content_tier" content="locked">',
        ),
    ],
    ids=["after", "within", "share-left", "plug-in", "english", "json-ld", "json-ld-part", "meta"],
)
def test_a_text_for_subscribers_is_left_alone(markup: str) -> None:
    found = read(markup.replace("<meta charset", OG + "<meta charset"))
    assert (found.barrier, found.text_html) == (Barrier.PAYWALL, "")
    assert found.canonical_url == f"{URL}/"  # what it says of itself holds
    assert found.image is not None


@pytest.mark.parametrize(
    "said",
    [
        "Réservé aux abonnés",
        "Cet article est réservé aux abonnés.",
        "La suite est réservée à nos abonnés du Courrier.",
        "Il vous reste 65.3% de cet article à lire. La suite est réservée aux abonnés.",
        "Abonnez-vous pour continuer à lire.",
        "Abonnez-vous pour accéder à tous nos articles.",
        "Connectez-vous pour lire la suite.",
        "Inscrivez-vous gratuitement pour poursuivre votre lecture.",
        "Pour lire la suite de cet article, identifiez-vous.",
        "Sign in to read this article.",
        "This post is for paying subscribers",
    ],
)
def test_a_notice_that_names_the_text_is_a_wall(said: str) -> None:
    found = read(article(f"<div class=entry-content>{FREE}<p>{said}</p></div>"))
    assert (found.barrier, found.text_html) == (Barrier.PAYWALL, "")


@pytest.mark.parametrize(
    "said",
    [
        "Inscrivez-vous dès maintenant pour découvrir la poterie.",
        "Connectez-vous au portail famille pour accéder aux dossiers.",
        "Réservé aux abonnés de la médiathèque.",
        "La suite du parcours est réservée aux abonnés de la piscine.",
        "Il vous reste trois semaines à découvrir.",
        "Il vous reste deux contes à lire avant samedi.",
        "Abonnez-vous à notre lettre d’information pour lire nos articles.",
        "Pour accéder à la suite du parcours, inscrivez-vous à l’accueil.",
        "Cet article de presse est exclusif, dit l’abonné du dimanche.",
        "Sign in at the desk to read the full programme.",
        "This content is for members of the choir.",
    ],
)
def test_an_event_page_that_speaks_of_members_is_no_wall(said: str) -> None:
    found = read(article(f"<div class=entry-content>{P}<p>{said}</p></div>"))
    assert found.barrier is None
    assert paragraphs(found) == (*TEXT, said)


def test_a_label_on_another_article_is_no_wall() -> None:
    teaser = '<ul><li><a href="/autre">Le lavoir</a> <span>Réservé aux abonnés</span></li></ul>'
    card = '<div class="related"><p>Article réservé aux abonnés</p></div>'
    said = (
        "<p>La piscine, longtemps réservée aux abonnés du club, ouvre à tous samedi. "
        + TEXT[1]
        + "</p>"
    )
    found = read(article(f"<div class=entry-content>{P}{said}</div>{teaser}{card}"))
    assert found.barrier is None
    assert paragraphs(found)[: len(TEXT)] == TEXT


def test_buttons_for_sharing_in_the_middle_of_a_text_go() -> None:
    share = "<p>Partager sur Facebook, Twitter, WhatsApp ou par e-mail</p>"
    bold = "<p>Suivez le chantier sur <strong>Facebook</strong> chaque lundi.</p>"
    found = read(article(f"<div class=entry-content>{FREE}{share}{bold}</div>"))
    assert paragraphs(found) == (*TEXT[:2], "Suivez le chantier sur Facebook chaque lundi.")


# --- for browsers -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markup", "barrier"),
    [
        (
            "<noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div>",
            Barrier.SCRIPT,
        ),
        ("<p>Veuillez activer le JavaScript pour afficher cette page.</p>", Barrier.SCRIPT),
        (
            "<h1>Just a moment...</h1><p>Checking your browser before accessing the site.</p>",
            Barrier.SCRIPT,
        ),
        ("<h1>Accès refusé</h1><p>Référence n° 18.</p>", Barrier.SCRIPT),
        (
            "<div id=consent><p>Pour continuer, acceptez les cookies ou abonnez-vous à l’offre sans traceur.</p></div>",
            Barrier.CONSENT,
        ),
    ],
)
def test_a_page_that_only_a_browser_gets_is_known(markup: str, barrier: Barrier) -> None:
    found = parse_article_page(
        f"<html><head><title>courrier.example</title></head><body>{markup}</body></html>".encode(),
        url=URL,
        title=PLAIN_TITLE,
    )
    assert found == ArticlePage(URL, title=found.title, barrier=barrier)


def test_what_a_page_made_by_script_tells_of_itself_is_taken() -> None:
    shell = "<noscript>Activez JavaScript.</noscript><div id=root></div>"
    found = read(f"<html><head>{OG}</head><body>{shell}</body></html>")
    assert (found.barrier, found.text_html) == (Barrier.SCRIPT, "")
    assert found.description == "Le chantier du Pont-Vieux rouvre lundi."
    assert (found.canonical_url, found.image is not None) == (f"{URL}/", True)


# --- no article ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "markup",
    [
        "<body><h1>Page introuvable</h1><p>Essayez une recherche, ou lisez nos derniers articles.</p></body>",
        "<body class=error404><main><p>Rien ici.</p></main></body>",
        "<body class=page_404><h1>Erreur 404</h1></body>",
        "<body><section class='error-404 not-found'><h1>Oups</h1></section></body>",
        "<head><title>Page not found – Le Courrier</title></head><body><p>Nothing.</p></body>",
        "<body><h1>Cet article n’existe plus</h1></body>",
        "<body><h1>404</h1></body>",
    ],
)
def test_not_found_said_with_200_is_known(markup: str) -> None:
    assert read(f"<html>{markup}{PAGES['hugo'][0] * 0}</html>").barrier is Barrier.MISSING


def test_an_article_about_a_lost_page_is_an_article() -> None:
    title = "Page introuvable : enquête sur un registre perdu"
    markup = PAGES["hugo"][0].replace(TITLE, title)
    assert read(markup, title=title).barrier is None


def test_an_address_that_leads_to_the_front_page_is_gone() -> None:
    front = PAGES["hugo"][0]
    assert read(front, url="https://courrier.example/", asked=URL).barrier is Barrier.MISSING
    assert read(front, url="https://courrier.example/?p=12", asked=URL).barrier is None


def test_another_page_without_any_sign_of_the_article_is_left() -> None:
    other = "<div><h1>Nos archives</h1><div>" + P + "</div></div>"
    markup = f"<html><head><title>Archives</title></head><body>{other}</body></html>"
    assert read(markup).barrier is Barrier.OTHER
    assert read(markup, title="Nos archives").barrier is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"%PDF-1.7", "application/pdf"), (b'{"a": 1}', "application/json"), (b"", "text/html"),
     (b"\x89PNG\r\n", "image/png"), (b"<html>ok</html>", "application/zip")],
)  # fmt: skip
def test_what_is_no_page_is_refused(body: bytes, kind: str) -> None:
    with pytest.raises(ParseError, match=r"courrier\.example.* is no web page"):
        parse_article_page(body, url=URL, content_type=kind)
