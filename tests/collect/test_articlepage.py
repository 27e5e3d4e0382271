"""An article's own page: its text is found whatever the theme, and so are its address and picture."""

# ruff: noqa: E501 - foreign mark-up reads best in one piece

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from article_pages import (
    COMMENTS,
    IMAGE,
    LEAD,
    PAGES,
    PLAIN_TITLE,
    TEXT,
    TITLE,
    URL,
    P,
    article,
    page,
    paragraphs,
    read,
    wordpress,
)

from newsletter.collect.articlepage import parse_article_page
from newsletter.collect.entry import Image
from newsletter.collect.excerpt import excerpt, is_cut
from newsletter.collect.sanitise import sanitise

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


def test_a_wordpress_page_has_what_a_reader_of_the_mail_needs() -> None:
    found = read(
        wordpress(f'<article><h1>{TITLE}</h1><div class="entry-content">{P}</div></article>')
    )
    assert found.title == f"{TITLE} - Le Courrier de Valmont"
    assert found.canonical_url == f"{URL}/"
    assert excerpt("", found.text_html, words=30) == (TEXT[0],)


def test_what_a_site_has_cut_is_known() -> None:
    whole = f"<p>{TEXT[0]}</p>"
    assert is_cut("", "")
    assert is_cut("<p>Les ouvriers reprennent par la pile nord, la plus […]</p>", "")
    assert is_cut("<p>Les ouvriers reprennent par la pile nord, la plus</p>", "")
    assert is_cut("", f"{whole}<p>La passerelle… <a href=/x>Lire la suite</a></p>")
    assert not is_cut(whole, "")
    assert not is_cut("<p>Les ouvriers reprennent par la pile nord, la plus […]</p>", whole)
    assert not is_cut("", f"{whole}<p>La rédaction</p>")


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


# --- its picture --------------------------------------------------------------------------------


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
