"""An article's own page: its text is found whatever the theme, and what is no article is known."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

import json
from datetime import UTC, datetime
from time import process_time

import pytest
from article_pages import (
    COMMENTS,
    IMAGE,
    LEAD,
    OG,
    PAGES,
    PLAIN_TITLE,
    TEXT,
    TITLE,
    URL,
    P,
    page,
    wordpress,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.collect.articlepage import ArticlePage, Barrier, parse_article_page
from newsletter.collect.entry import Image
from newsletter.collect.excerpt import excerpt, is_cut
from newsletter.collect.sanitise import sanitise
from newsletter.errors import ParseError

NB = "\u00a0"


def read(
    markup: str, *, title: str = PLAIN_TITLE, url: str = URL, asked: str | None = None
) -> ArticlePage:
    return parse_article_page(
        markup.encode(), url=url, asked=asked or url, title=title, content_type="text/html"
    )


def paragraphs(found: ArticlePage) -> tuple[str, ...]:
    return excerpt("", found.text_html, words=10_000, paragraphs=10_000)


def article(body: str, *, head: str = "") -> str:
    return page(f"<main><article><h1>{TITLE}</h1>{body}</article></main>", head=head)


# --- the text -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_the_text_is_found_in_the_mark_up_of_each_theme(name: str) -> None:
    markup, with_lead = PAGES[name]
    found = read(markup)
    assert found.barrier is None
    assert paragraphs(found) == ((LEAD,) if with_lead else ()) + TEXT
    assert sanitise(found.text_html, base=URL) == found.text_html
    assert found.language == "fr-FR"


@pytest.mark.parametrize("name", PAGES)
def test_it_is_found_without_knowing_the_title_too(name: str) -> None:
    markup, with_lead = PAGES[name]
    assert paragraphs(read(markup, title="")) == ((LEAD,) if with_lead else ()) + TEXT


def test_a_lead_with_which_the_text_begins_is_taken_once() -> None:
    found = read(
        article(f"<div class=chapo><p>{LEAD}</p></div><div class=texte><p>{LEAD}</p>{P}</div>")
    )
    assert paragraphs(found) == (LEAD, *TEXT)


def test_json_ld_has_the_text_where_the_page_shows_it_only_by_script() -> None:
    article = {"@type": "NewsArticle", "headline": TITLE, "articleBody": "\n\n".join(TEXT)}
    told = {"@context": "https://schema.org", "@graph": [article]}
    script = f"<script type=application/ld+json>{json.dumps(told)}</script>"
    found = read(page("<div id=root></div>", head=script))
    assert (found.barrier, paragraphs(found)) == (None, TEXT)


def test_a_table_a_list_and_a_quotation_stay_in_the_text() -> None:
    body = "<ul><li>De la farine.</li><li>Du sel.</li></ul><blockquote><p>Il fait froid.</p></blockquote>"
    text = read(article(f"<div class=entry-content>{P}{body}</div>")).text_html
    assert "<li>Du sel.</li>" in text
    assert "<blockquote><p>Il fait froid.</p></blockquote>" in text


@pytest.mark.parametrize(
    "line",
    [
        "<p>Publié le 12 mars 2026 par Odile</p>",
        '<p><strong>À lire aussi :</strong> <a href="/l">Le lavoir retrouve son toit</a></p>',
        "<p>Read also: <a href=/l>The wash house</a></p>",
        "<div>Publicité</div>",
        f"<h1>{TITLE}</h1>",
        "<p style='display:none'>Texte caché pour les moteurs, qui ne se lit nulle part ailleurs.</p>",
        "<p hidden>Texte caché pour les moteurs, qui ne se lit nulle part ailleurs.</p>",
        "<div class=newsletter-box><p>Recevez la lettre chaque vendredi, avec toute la vallée.</p></div>",
    ],
)
def test_what_only_the_page_needs_is_left_out(line: str) -> None:
    assert paragraphs(read(article(f"<div class=entry-content>{line}{P}{line}</div>"))) == TEXT


@pytest.mark.parametrize(
    "box",
    [
        '<div id="attachment_3" class="wp-caption alignleft"><img src="/pile.jpg" width="300" height="200"><p class="wp-caption-text">La pile nord</p></div>',
        "<dl class='spip_document_7 spip_documents spip_documents_center'><dt><img src='IMG/pile.jpg' width='300' height='200'></dt><dt class='spip_doc_titre'><strong>La pile nord</strong></dt><dd class='spip_doc_descriptif'>Photo du journal</dd></dl>",
        '<figure class="wp-caption"><img src="/pile.jpg" width="300" height="200"><figcaption>La pile nord</figcaption></figure>',
        '<div class="spip_document_7 spip_documents"><figure class="spip_doc_inner"><img src="/p.jpg" width="300" height="200"><figcaption>La pile nord</figcaption></figure></div>',
    ],
    ids=["wordpress", "spip-3", "wordpress-html5", "spip-4"],
)
def test_a_caption_is_no_paragraph_of_the_text(box: str) -> None:
    found = read(article(f"<div class='texte entry-content'>{box}{P}</div>"))
    assert paragraphs(found) == TEXT
    assert found.text_html.startswith("<figure>")
    assert "La pile nord" in found.text_html
    assert sanitise(found.text_html, base=URL) == found.text_html


def test_a_sentence_that_begins_like_a_pointer_stays() -> None:
    said = "Lire aussi fort que les enfants n’est pas donné à tout le monde, dit la maîtresse."
    assert paragraphs(read(article(f"<div class=texte><p>{said}</p>{P}</div>"))) == (said, *TEXT)


def test_a_box_named_like_clutter_is_kept_when_it_holds_the_article() -> None:
    text = f'<div class="x">{P}</div>'
    within = f'<div class="page-with-sidebar comments"><h1>{TITLE}</h1>{text}</div>'
    assert paragraphs(read(page(within))) == TEXT
    beside = f'<div><h1>{TITLE}</h1></div><div class="newsletter">{text}</div>{COMMENTS}'
    assert paragraphs(read(page(beside))) == TEXT


def test_windows_1252_and_wrong_labels_are_read() -> None:
    markup = article(f"<div class=texte>{P}</div>").replace('<meta charset="utf-8">', "")
    found = parse_article_page(
        markup.encode("windows-1252"), url=URL, title=PLAIN_TITLE, charset="iso-8859-1"
    )
    assert paragraphs(found) == TEXT


# --- barriers -----------------------------------------------------------------------------------

WALL = '<div class="c9"><p>La suite est réservée aux abonnés. Abonnez-vous pour lire cet article.</p></div>'
FREE = f"<p>{TEXT[0]}</p><p>{TEXT[1]}</p>"


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


def test_buttons_for_sharing_in_the_middle_of_a_text_go() -> None:
    share = "<p>Partager sur Facebook, Twitter, WhatsApp ou par e-mail</p>"
    bold = "<p>Suivez le chantier sur <strong>Facebook</strong> chaque lundi.</p>"
    found = read(article(f"<div class=entry-content>{FREE}{share}{bold}</div>"))
    assert paragraphs(found) == (*TEXT[:2], "Suivez le chantier sur Facebook chaque lundi.")


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


# --- its own address ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "taken"),
    [
        (f"{URL}/", f"{URL}/"),
        (
            "/vie-locale/pont-vieux-les-travaux",
            "https://courrier.example/vie-locale/pont-vieux-les-travaux",
        ),
        ("//www.courrier.example/p/12", "https://www.courrier.example/p/12"),
        ("https://agence.example/depeche/12", "https://agence.example/depeche/12"),
        ("https://courrier.example/", None),
        ("https://agence.example", None),
        ("https://courrier.example/vie-locale/", None),
        ("http://localhost/vie-locale/pont-vieux", None),
        ("javascript:alert(1)", None),
        ("", None),
        (f'{URL}"><link rel=canonical href="/autre', None),
    ],
)
def test_its_canonical_address_is_taken_where_it_can_be_believed(
    named: str, taken: str | None
) -> None:
    markup = article(f"<div class=texte>{P}</div>", head=f'<link rel="canonical" href="{named}">')
    assert read(markup).canonical_url == taken


@pytest.mark.parametrize("rest", ["amp", "page/2", "print", "2"])
def test_another_form_of_the_page_leads_back_to_it(rest: str) -> None:
    markup = article(f"<div class=texte>{P}</div>", head=f'<link rel="canonical" href="{URL}">')
    assert read(markup, url=f"{URL}/{rest}").canonical_url == URL


# --- what it says of itself ---------------------------------------------------------------------


def test_its_picture_has_size_and_alternative_text() -> None:
    found = read(PAGES["wordpress-twenty-sixteen"][0])
    assert found.image == Image(IMAGE, "Le Pont-Vieux sous la neige", 1200, 630)
    assert found.published == datetime(2026, 3, 12, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="og:image" content="/medias/logo-courrier.png">',
        '<meta property="og:image" content="/medias/default.jpg">',
        '<meta property="og:image" content="/IMG/siteon0.png">',
        '<meta property="og:image" content="/medias/tete.svg">',
        '<meta property="og:image" content="/x.png"><link rel="shortcut icon" href="/x.png">',
        '<meta property="og:image" content="/x.png"><meta property="og:image:width" content="48">',
        '<meta property="og:image" content="https://www.facebook.com/tr?id=1">',
        '<meta property="og:image" content="data:image/png;base64,AAAA">',
        '<script type="application/ld+json">{"@type":"Article","image":"/y.png","publisher":{"logo":{"url":"/y.png"}}}</script>',
        "",
    ],
)
def test_the_picture_of_the_site_is_none_of_the_article(head: str) -> None:
    assert read(article(f"<div class=texte>{P}</div>", head=head)).image is None
    lead = '<img src="/medias/pile.jpg" alt="La pile" width="640" height="400">'
    found = read(article(f"<div class=texte>{lead}{P}</div>", head=head))
    assert found.image == Image("https://courrier.example/medias/pile.jpg", "La pile", 640, 400)


def test_spip_shows_an_article_s_picture_beside_its_title() -> None:
    found = read(PAGES["spip-4"][0])
    assert found.image == Image("https://courrier.example/vie-locale/IMG/arton12.jpg", "", 150, 100)


def test_json_ld_names_author_and_picture() -> None:
    told = {
        "@type": "NewsArticle", "headline": TITLE, "datePublished": "2026-03-12T09:00:00+01:00",
        "author": [{"@type": "Person", "name": "Odile  Marchand"}, {"name": "Jean Petit"}],
        "image": {"@type": "ImageObject", "url": "/medias/pile.jpg", "width": 1200, "height": "800", "caption": "La pile"},
    }  # fmt: skip
    head = f"<script type='application/ld+json'>{json.dumps(told)}</script>"
    found = read(article(f"<div class=texte>{P}</div>", head=head))
    assert found.author == "Odile Marchand, Jean Petit"
    assert found.image == Image("https://courrier.example/medias/pile.jpg", "La pile", 1200, 800)
    assert found.published == datetime(2026, 3, 12, 8, tzinfo=UTC)


# --- hostile ------------------------------------------------------------------------------------


def test_nothing_of_a_hostile_page_gets_through() -> None:
    evil = (
        '<script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">clic</a>'
        '<iframe src="//evil.example"></iframe><svg onload=alert(1)></svg><base href="//evil.example/">'
        '<form action="//evil.example"><input name=mdp></form><p style="background:url(//evil.example/p)">fond</p>'
        '<img src="https://pixel.wp.com/g.gif" width=1 height=1><object data=x></object><meta http-equiv=refresh content=0>'
    )
    found = read(article(f"<div class=entry-content>{evil}{P}</div>"))
    for word in (
        "script",
        "onerror",
        "onload",
        "iframe",
        "svg",
        "form",
        "style",
        "pixel",
        "<object",
        "<meta",
    ):
        assert word not in found.text_html
    assert TEXT[2] in found.text_html


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 60_000 + "x",
        "<p class='comments share entry-content'>a" * 8_000,
        "<article><h1>a</h1><div class=texte>" * 5_000,
        "<div class=entry-content><p>Abonnez-vous pour lire " * 7_000,
        "<a href=/x>" * 12_000 + "texte",
        "<ul><li>" * 120 + "<p>Publié le 3 mai 2026 par x</p>" * 4_000,
        "<main>" + "<section><div class=chapo>lire aussi <a>x</a>" * 4_000,
        "<script type=application/ld+json>" + "[" * 90_000 + "</script>",
        "<script type=application/ld+json>"
        + json.dumps([{"@type": "Article"}] * 9_000)
        + "</script>",
        "<h1>" + "accept " * 25_000 + "</h1>",
        "<p>" + "java script " * 15_000,
        "<div class=entry-content>" + "<a>mot</a> " * 15_000,
        "<div class=entry-content><p>mot</p>" + " " * 150_000 + "<p>mot",
    ],
)
def test_a_page_made_to_be_slow_is_read_in_time(markup: str) -> None:
    begun = process_time()
    parse_article_page(markup.encode(), url=URL, title=PLAIN_TITLE)
    assert process_time() - begun < 2


def test_a_page_of_endless_elements_is_left_alone() -> None:
    with pytest.raises(ParseError, match="more than 30,000 elements"):
        read("<b><i></i></b>" * 15_001)


_PIECES = st.sampled_from(
    [f"<p>{TEXT[0]}</p>", f"<h1>{TITLE}</h1>", "<article>", "</article>", "<div class='entry-content'>",
     "</div>", "<div class=chapo>", "<div class='texte crayon'>", "<aside>", "<p class=share>", "<main>",
     "<section itemprop=articleBody>", "<div class=paywall>Abonnez-vous pour lire la suite", "<table><tr><td>",
     "<noscript>", "<!--", "-->", "<link rel=canonical href=//[x>", "<meta property=og:image content='http://[::1'>",
     "<script type='application/ld+json'>{\"@type\":\"Article\",\"author\":[[]],\"image\":[{}],\"hasPart\":7}</script>",
     "<base href='http://['>", "\x00", "\f", "\v", "&#12;", "\ud800", "&#x110000;", "<img src=//a/b.jpg>", "404"]
)  # fmt: skip


@given(st.lists(st.one_of(_PIECES, st.text(max_size=40)), max_size=25), st.text(max_size=30))
@settings(max_examples=60, derandomize=True)  # the search for more is tests/fuzz
def test_no_page_makes_it_fail(pieces: list[str], title: str) -> None:
    body = "".join(pieces).encode("utf-8", "surrogatepass")
    try:
        found = parse_article_page(body, url=URL, asked=URL, title=title)
    except ParseError:
        return
    assert sanitise(found.text_html, base=URL) == found.text_html
    assert not (found.text_html and found.barrier)


def test_what_a_site_has_cut_is_known() -> None:
    whole = f"<p>{TEXT[0]}</p>"
    assert is_cut("", "")
    assert is_cut("<p>Les ouvriers reprennent par la pile nord, la plus […]</p>", "")
    assert is_cut("<p>Les ouvriers reprennent par la pile nord, la plus</p>", "")
    assert is_cut("", f"{whole}<p>La passerelle… <a href=/x>Lire la suite</a></p>")
    assert not is_cut(whole, "")
    assert not is_cut("<p>Les ouvriers reprennent par la pile nord, la plus […]</p>", whole)
    assert not is_cut("", f"{whole}<p>La rédaction</p>")


def test_a_wordpress_page_has_what_a_reader_of_the_mail_needs() -> None:
    found = read(
        wordpress(f'<article><h1>{TITLE}</h1><div class="entry-content">{P}</div></article>')
    )
    assert found.title == f"{TITLE} - Le Courrier de Valmont"
    assert found.canonical_url == f"{URL}/"
    assert excerpt("", found.text_html, words=30) == (TEXT[0],)
