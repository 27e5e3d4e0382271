"""Every mail: whole, readable, safe, and with every marker in its place."""

from __future__ import annotations

import re
import socket
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from compose_samples import (
    ARTICLES,
    BEANS,
    BRIDGE,
    DAY,
    ENGLISH,
    FRENCH,
    NOW,
    TUBA,
    all_mails,
    digest,
    filled,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from newsletter.compose.content import ArticleView, Image, Rendered
from newsletter.compose.cutting import without_marks
from newsletter.compose.inline import HTML_LIMIT, STYLE_LIMIT, encoded_size, inline, style_size
from newsletter.compose.language import words
from newsletter.compose.personal import render_goodbye, render_welcome
from newsletter.compose.render import digest_subject, render_alert, render_digest, render_letter
from newsletter.errors import ComposeError
from newsletter.mail.slots import Slot, SlotName, Slots

SLOTS = Slots.fresh()
MAILS = {
    (kind, language): mail
    for language in ("fr", "en")
    for kind, mail in all_mails(SLOTS, language).items()
}
NB, NN = "\u00a0", "\u202f"


@pytest.fixture(params=MAILS, ids="-".join)
def kind(request: pytest.FixtureRequest) -> tuple[str, str]:
    key: tuple[str, str] = request.param
    return key


@pytest.fixture
def mail(kind: tuple[str, str]) -> Rendered:
    return MAILS[kind]


def tree(mail: Rendered) -> Any:
    return lxml_html.document_fromstring(
        mail.html.encode(), parser=lxml_html.HTMLParser(encoding="utf-8")
    )


def words_of(element: Any) -> str:
    return " ".join(element.text_content().split())


# Structure


def test_every_mail_is_a_whole_document_in_its_language(
    mail: Rendered, kind: tuple[str, str]
) -> None:
    document = tree(mail)
    assert mail.html.startswith("<!DOCTYPE html>")
    assert document.get("lang") == kind[1]
    assert document.get("dir") == "ltr"
    assert document.findtext(".//title") == mail.subject
    wrapper = document.find("body/div[@lang]")
    assert (wrapper.get("lang"), wrapper.get("dir")) == (kind[1], "ltr")
    assert len(document.findall(".//h1")) == 1
    assert all(table.get("role") == "presentation" for table in document.iter("table"))
    assert '<!--[if mso]><table role="presentation" align="center" width="600"' in mail.html
    assert "{{" not in mail.html + mail.text
    assert "{%" not in mail.html + mail.text


def test_no_mail_reaches_outside_but_for_pictures_and_links(mail: Rendered) -> None:
    document = tree(mail)
    assert not document.xpath("//script | //link | //iframe | //form | //base | //svg")
    assert not document.xpath("//@*[starts-with(name(), 'on')]")
    assert "@import" not in mail.html
    assert "data-premailer" not in mail.html
    assert "data:" not in mail.html


def test_essentials_stand_in_the_elements_and_enhancements_in_style(mail: Rendered) -> None:
    document = tree(mail)
    styles = "".join(style.text for style in document.findall("head/style"))
    for kept in (
        "prefers-color-scheme: dark",
        "max-width: 600px",
        "[data-ogsc]",
        "[data-ogsb]",
        "color-scheme: light dark",
    ):
        assert kept in styles
    assert "Georgia" not in styles
    assert document.xpath("//meta[@name='color-scheme']/@content") == ["light dark"]
    for element in document.xpath("//body//p | //body//h1 | //body//h2 | //body//li"):
        assert "font-size" in (element.get("style") or "") or element.tag == "li"
    assert "font-family:Georgia, Gelasio, Times New Roman, serif" in mail.html
    assert 'height="auto"' not in mail.html


def test_the_text_a_reader_came_for_is_16_pixels_or_more(mail: Rendered) -> None:
    main = [p for p in tree(mail).iter("p") if p.get("class") in ("para", "excerpt", "fact")]
    sizes = [int(re.search(r"font-size:(\d+)px", p.get("style"))[1]) for p in main]
    assert all(size >= 16 for size in sizes)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_text_stands_out_from_what_is_behind_it(mail: Rendered) -> None:
    for element in tree(mail).xpath("//*[contains(@style, 'color:#')]"):
        if "glance" in element.get("class", ""):
            continue
        colour = re.search(r"(?<![-\w])color:(#[0-9a-f]{6})", element.get("style"))
        if colour is None:
            continue
        behind = next(
            found[1]
            for parent in (element, *element.iterancestors())
            if (found := re.search(r"background-color:(#[0-9a-f]{6})", parent.get("style") or ""))
        )
        assert contrast(colour[1], behind) >= 4.5, (element.get("class"), colour[1], behind)


@pytest.mark.parametrize(
    ("text", "behind"),
    [
        ("#ece5d9", "#211e19"),
        ("#b9ad9b", "#211e19"),
        ("#ff9f94", "#211e19"),
        ("#ffffff", "#a3303c"),
        ("#b9ad9b", "#161411"),
    ],
)
def test_dark_mode_is_readable_too(text: str, behind: str) -> None:
    assert text in MAILS["digest", "fr"].html or text == "#ffffff"
    assert behind in MAILS["alert", "fr"].html
    assert contrast(text, behind) >= 4.5


def test_links_are_underlined_but_for_buttons(mail: Rendered) -> None:
    for link in tree(mail).iter("a"):
        style = link.get("style") or ""
        assert (
            link.get("class") == "press"
            or link.find("img") is not None
            or ("text-decoration:underline" in style)
        )
        assert words_of(link) or link.find("img").get("alt")


def test_the_preheader_is_hidden_and_not_longer_than_100(mail: Rendered) -> None:
    hidden = tree(mail).find("body/div[@class='glance']")
    assert "display:none" in hidden.get("style")
    assert hidden.text == mail.preheader
    assert 80 <= len(mail.preheader) <= 100


def test_every_picture_has_alt_and_width_and_shrinks(mail: Rendered) -> None:
    for picture in tree(mail).iter("img"):
        assert picture.get("alt") is not None
        assert picture.get("width", "").isdigit()
        assert picture.get("height") is None
        assert "max-width:100%" in picture.get("style")
        assert "height:auto" in picture.get("style")


# Slots

EXPECTED = {
    "digest": {"unsubscribe_url", "preferences_url", "browser_url", "address"},
    "alert": {"unsubscribe_url", "preferences_url", "browser_url", "address"},
    "letter": {"unsubscribe_url", "preferences_url", "browser_url", "address"},
    "confirm": {"confirm_url", "address"},
    "welcome": {"unsubscribe_url", "preferences_url", "address"},
    "already": {"unsubscribe_url", "preferences_url", "address"},
    "settings": {"preferences_url", "address"},
    "move": {"confirm_url", "address"},
    "moved": {"address"},
    "goodbye": {"address"},
}


def test_markers_survive_exactly(mail: Rendered, kind: tuple[str, str]) -> None:
    for body in (mail.html, mail.text):
        found = [piece.name for piece in SLOTS.split(body) if isinstance(piece, Slot)]
        assert set(found) == EXPECTED[kind[0]]
        # Nothing that only looks like a marker, cut or changed, is left over.
        assert body.count(SLOTS.nonce) == len(found)
    counted = Counter(p.name for p in SLOTS.split(mail.html) if isinstance(p, Slot))
    if kind[0] in ("digest", "alert", "letter"):
        assert counted == dict.fromkeys(EXPECTED[kind[0]], 1)
    if kind[0] == "confirm":
        assert counted[SlotName.CONFIRM] == 3  # the button, the link below, and its text


def test_links_of_a_recipient_are_whole_href_values(mail: Rendered) -> None:
    hrefs = tree(mail).xpath("//a/@href")
    for name in SlotName:
        if name.value.endswith("_url") and SLOTS.marker(name) in mail.html:
            assert SLOTS.marker(name) in hrefs


def test_a_recipients_url_has_its_own_line_in_the_text(mail: Rendered) -> None:
    for name in SlotName:
        marker = SLOTS.marker(name)
        if name.value.endswith("_url") and marker in mail.text:
            assert marker in mail.text.split("\n")


def test_a_marker_written_into_an_article_is_not_one() -> None:
    guess = Slots("0123456789abcd").marker(SlotName.UNSUBSCRIBE)
    slots = Slots.fresh()
    mail = digest(replace(BRIDGE, title=guess), slots=slots)
    assert guess in mail.html
    names = [piece.name for piece in slots.split(mail.html) if isinstance(piece, Slot)]
    assert names.count(SlotName.UNSUBSCRIBE) == 1


# Plain text


def test_text_lines_are_short_but_for_urls(mail: Rendered) -> None:
    text = filled(mail.text, SLOTS, lambda _name: "x" * 20)
    for line in text.split("\n"):
        assert len(line) <= 76 or re.search(r"^\S*https?://\S+$", line), line


def test_the_footer_follows_the_signature_separator(mail: Rendered) -> None:
    _, _, footer = mail.text.partition("\n-- \n")
    for piece in ("Valmont", "00420", "https://courrier.example/donnees"):
        assert piece in footer


def test_text_and_html_say_the_same(mail: Rendered) -> None:
    plain = set(re.findall(r"\w{4,}", mail.text.lower().replace("_", " ")))
    rich = set(re.findall(r"\w{4,}", tree(mail).find("body").text_content().lower()))
    hidden = set(re.findall(r"\w{4,}", mail.preheader.lower()))
    alternatives = {w for alt in tree(mail).xpath("//@alt") for w in re.findall(r"\w{4,}", alt)}
    urls = set(re.findall(r"\w{4,}", " ".join(tree(mail).xpath("//@href")).lower()))
    tagline = set(re.findall(r"\w{4,}", f"{FRENCH.description} {ENGLISH.description}".lower()))
    # "If the button does not work": a text has no button.
    button = set(re.findall(r"\w{4,}", words(tree(mail).get("lang")).confirm_link))
    assert rich - plain - hidden - tagline - button == set()
    assert plain - rich - urls - {a.lower() for a in alternatives} - tagline == set()


# Digest


def test_every_read_more_names_its_article() -> None:
    mail = MAILS["digest", "fr"]
    more = [words_of(a) for a in tree(mail).find_class("more")]
    titles = [words_of(h) for h in tree(mail).iter("h2") if h.get("class")]
    assert len(more) == len(ARTICLES) == len(titles)
    raw = [a.text_content() for a in tree(mail).find_class("more")]
    assert all(text.startswith(f"Lire la suite{NB}: ") for text in raw)
    assert [text.removeprefix("Lire la suite : ") for text in more] == titles
    assert len(set(more)) == len(more)
    assert "Read more: The brass band looks for a tuba: can you?" in MAILS["digest", "en"].text
    for article in ARTICLES:
        assert f"\n{article.url}\n" in mail.text


def test_an_article_carries_its_own_language_and_typography() -> None:
    french_mail, english_mail = MAILS["digest", "fr"], MAILS["digest", "en"]
    story = tree(french_mail).xpath("//td[@lang='en']")
    assert len(story) == 1
    assert "Can you carry it? Then you can play it!" in words_of(story[0])
    assert story[0].xpath(".//a[@class='more']/span/@lang") == ["fr"]
    assert f"rouvre{NB}: qui passera{NN}?" in french_mail.html
    assert f"rouvre{NB}: qui passera{NN}?" in french_mail.text
    assert len(tree(english_mail).xpath("//td[@lang='fr']")) == 1
    assert f"«{NB}Enfin{NN}!{NB}» dit" in english_mail.html
    assert f"«{NB}Enfin{NN}!{NB}»" in english_mail.text
    assert "page=1;vue=2" in french_mail.text  # not in a URL


def test_a_digest_shows_what_its_reader_wants_to_know() -> None:
    mail = MAILS["digest", "fr"]
    text = " ".join(tree(mail).text_content().split())
    for shown in (
        "Nº 12",
        "samedi 24 janvier 2026",
        "23 janvier 2026 · Mairie · par C. Verdier",
        "A fait l’objet d’une alerte",
        "Me désabonner",
        "Choisir ce que je reçois",
        "Voir dans le navigateur",
        "3, quai des Tanneurs",
        "Protection des données",
    ):
        assert shown in text
        assert shown in mail.text.replace(NB, " ")
    assert "24 January 2026" in MAILS["digest", "en"].html


def test_the_default_subject_is_set_like_a_front_page() -> None:
    mail = MAILS["digest", "fr"]
    assert mail.subject == (
        f"Le Courrier de Valmont nº{NB}12{NB}: Le pont des Tanneurs rouvre{NB}: qui passera{NN}?"
    )
    assert MAILS["digest", "en"].subject.startswith(f"The Valmont Courier No.{NB}12: Le pont")
    assert digest_subject(FRENCH, [BEANS], number=None).startswith(f"Le Courrier de Valmont{NB}: ")
    assert digest_subject(FRENCH, [], number=3) == f"Le Courrier de Valmont nº{NB}3"


@given(st.text(max_size=200))
def test_a_default_subject_is_one_line_below_78_characters(title: str) -> None:
    subject = digest_subject(FRENCH, [replace(BRIDGE, title=title)], number=123)
    assert len(subject) < 78
    assert subject.isprintable() or not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", subject)


def test_an_editors_subject_is_used() -> None:
    assert digest(BRIDGE, subject="Numéro spécial !").subject == f"Numéro spécial{NN}!"


def test_an_article_without_address_excerpt_or_date_is_still_handsome() -> None:
    mail = digest(ArticleView(title="Brève"), number=None)
    assert "Lire la suite" not in mail.html + mail.text
    assert not tree(mail).find_class("kicker")
    assert "Brève\n-----\n" in mail.text


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//x", "http://[", ""]
)
def test_only_web_addresses_are_linked(url: str) -> None:
    mail = digest(replace(BRIDGE, url=url, image=Image(url, "x")))
    assert "Lire la suite" not in mail.html
    assert "<img" not in mail.html


def test_pictures_that_outlook_cannot_show_are_left_out() -> None:
    assert "<img" not in digest(replace(BRIDGE, image=Image("https://a.example/b.webp"))).html


def test_a_small_picture_is_not_blown_up() -> None:
    mail = digest(replace(BRIDGE, image=Image("https://a.example/b.png", "", 200, 100)))
    picture = next(tree(mail).iter("img"))
    assert picture.get("width") == "200"
    assert picture.getparent().tag != "a"  # a link around it would have no name
    assert "width:auto" in picture.get("style")  # of programs that know it; Outlook does not


@pytest.mark.parametrize(
    ("width", "height", "shown"),
    [(1200, 800, 536), (400, 900, 213), (3000, 4000, 360), (99, None, None), (None, None, 536),
     (300, None, 300), (60, 40, None), (300, 99, None), (100, 100, 100)],
)  # fmt: skip
def test_a_lead_picture_is_no_higher_than_wide_and_none_where_it_is_tiny(
    width: int | None, height: int | None, shown: int | None
) -> None:
    mail = digest(replace(BRIDGE, image=Image("https://a.example/b.png", "Quai", width, height)))
    widths = [picture.get("width") for picture in tree(mail).iter("img")]
    assert widths == ([] if shown is None else [str(shown)])
    assert ("[Quai]" in mail.text) is (shown is not None)


# Welcome


def test_a_welcome_says_the_lists_own_words_in_the_lists_language() -> None:
    mail = MAILS["welcome", "fr"]
    own = tree(mail).xpath("//div[@class='prose']")
    assert [div.get("lang") for div in own] == ["fr"]
    assert own[0].xpath(".//a/@href") == ["https://courrier.example/plan"]
    assert "le plan [1]" in mail.text.replace(NB, " ")
    english = render_welcome(
        FRENCH, slots=Slots.fresh(), greeting_markdown="À bientôt ! {{ 7*7 }} <b>", language="en"
    )
    assert [div.get("lang") for div in tree(english).xpath("//div[@class='prose']")] == ["fr"]
    for body in (tree(english).text_content(), english.text):
        assert f"À bientôt{NN}! {{{{ 7*7 }}}} <b>" in body
        assert "Welcome" in body


def test_a_welcome_without_own_words_leaves_no_room_for_them() -> None:
    mail = render_welcome(FRENCH, slots=Slots.fresh())
    assert not tree(mail).xpath("//div[@class='prose']")
    assert "\n\n\n" not in mail.text


# Goodbye


def test_a_goodbye_says_what_was_left_and_when_and_where_to_come_back() -> None:
    mail = render_goodbye(
        FRENCH,
        left_at=NOW,
        also=[ENGLISH, replace(FRENCH, title="Alertes: eau")],
        back_url="https://courrier.example/lists/hebdo",
        slots=SLOTS,
    )
    assert mail.subject == "Vous avez quitté Le Courrier de Valmont"
    for body in (words_of(tree(mail).find("body")), " ".join(mail.text.split())):
        for title in ("Le Courrier de Valmont", "The Valmont Courier", "Alertes : eau"):
            assert f"« {title} »" in body
        assert "depuis le 24 janvier 2026 à 10 h 30" in body
        assert "Me désabonner" not in body
    assert "\nhttps://courrier.example/lists/hebdo\n" in mail.text


def test_a_goodbye_of_a_list_that_shows_no_page_leads_nowhere() -> None:
    mail = render_goodbye(ENGLISH, left_at=NOW, slots=SLOTS)
    assert "come back" not in mail.html + mail.text


# Safety


def test_jinja_in_an_article_stays_as_it_was_written() -> None:
    spell = "{{ 7919*7907 }} {% raw %} {# x #} ${7919*7907}"
    mail = render_digest(
        replace(FRENCH, title=f"T {spell}", footer_note=spell, description=spell),
        [replace(BRIDGE, title=spell, excerpt=(spell,), source=spell, author=spell)],
        number=1,
        day=DAY,
        slots=Slots.fresh(),
        intro_markdown=f"Intro {spell}",
        subject=f"S {spell}",
    )
    for body in (mail.html, mail.text, mail.subject):
        assert "62615533" not in body
        assert "{{ 7919*7907 }}" in body
    assert mail.text.count("{{ 7919*7907 }}") >= 6


def test_scripts_in_titles_are_escaped() -> None:
    evil = '</title><script>alert("x")</script><img src=x onerror=alert(1)>'
    article = ArticleView(
        title=evil,
        url='https://a.example/"><script>alert(1)</script>',
        excerpt=(evil,),
        source=evil,
        author=evil,
        language='fr"><script>',
        image=Image('https://a.example/"onload="x', evil),
        published=NOW,
    )
    mlist = replace(FRENCH, title=evil, footer_note=evil, postal_address=evil, site_name=evil)
    mail = render_digest(
        mlist, [article], number=1, day=DAY, slots=Slots.fresh(), intro_markdown=evil
    )
    document = tree(mail)
    assert not document.xpath("//script | //@onerror | //@onload")
    assert len(document.xpath("//img")) == 1
    assert evil in document.text_content()
    assert "<script" not in mail.html


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=80))
def test_any_text_at_all_renders(text: str) -> None:
    slots = Slots.fresh()
    mail = digest(
        replace(BRIDGE, title=text, excerpt=(text,), source=text), slots=slots, intro_markdown=text
    )
    mail.html.encode()
    mail.text.encode()
    assert mail.html.rstrip().endswith("</html>")
    assert slots.marker(SlotName.UNSUBSCRIBE) in mail.html


def test_nothing_is_fetched_and_links_to_styles_are_taken_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    html = inline(
        '<html><head><link rel="stylesheet" href="https://a.example/x.css">'
        '<LINK rel=stylesheet href="file:///etc/passwd">'
        "<style>@import url(https://a.example/y.css); p { color: red }</style></head>"
        "<body><p>x</p></body></html>"
    )
    assert "stylesheet" not in html
    assert "@import" not in html
    assert "color:red" in html


# Size

LONG = "Un mot d’été, très accentué : là où l’eau déborde, on s’inquiète déjà. " * 40


def test_a_big_digest_loses_excerpts_and_never_an_article_or_its_footer() -> None:
    slots = Slots.fresh()
    articles = [replace(BRIDGE, title=f"Article {n}", excerpt=(LONG, LONG)) for n in range(1, 31)]
    mail = digest(*articles, slots=slots)
    assert encoded_size(mail.html) <= HTML_LIMIT
    assert style_size(mail.html) <= STYLE_LIMIT
    for n in range(1, 31):
        assert f">Article {n}</a></h2>" in mail.html
        assert f"Lire la suite{NB}: Article {n}\n" in mail.text
    assert slots.marker(SlotName.UNSUBSCRIBE) in mail.html
    assert "quai des Tanneurs" in mail.html.rpartition("Article 30")[2]


def test_a_small_digest_keeps_every_word() -> None:
    for paragraph in BRIDGE.excerpt:
        assert words_of_text(paragraph) in words_of_text(MAILS["digest", "fr"].text)


def words_of_text(text: str) -> str:
    return " ".join(text.split())


def test_a_letter_too_long_to_be_shown_is_refused_with_the_remedy() -> None:
    with pytest.raises(ComposeError, match=r"bytes of HTML.*shorten the text"):
        render_letter(FRENCH, subject="Long", body_markdown=LONG * 60, day=DAY, slots=Slots.fresh())


# The others


def test_an_alert_is_unmistakable_and_its_headline_is_the_subject() -> None:
    for language, word in (("fr", "Alerte"), ("en", "Alert")):
        mail = MAILS["alert", language]
        band = tree(mail).find_class("band")[0]
        assert words_of(band).startswith(word)
        assert band.get("bgcolor") == "#8c1d2b"
        assert words_of(tree(mail).find(".//h1")) == mail.subject == "Quai fermé"
        assert mail.text.startswith(word.upper())
    assert "Envoyée le 24 janvier 2026 à 10" in MAILS["alert", "fr"].text
    assert TUBA.url is not None
    assert TUBA.url in MAILS["alert", "fr"].text


def test_an_alert_needs_no_article() -> None:
    mail = render_alert(
        ENGLISH, subject="Quay closed", body_markdown="Stay away.", sent_at=NOW, slots=SLOTS
    )
    assert "About this" not in mail.html + mail.text


def test_a_confirmation_says_what_was_asked_when_and_from_where() -> None:
    mail = MAILS["confirm", "fr"]
    text = " ".join(tree(mail).text_content().split())
    for said in (
        "Je confirme mon inscription",
        "Je veux recevoir Le Courrier.",
        "24 janvier 2026 à 10 h 30 (Europe/Paris)",
        "203.0.113.x",
        "31 janvier 2026",
        "Si ce n’était pas vous, ne faites rien",
    ):
        assert said in text
        assert said in words_of_text(mail.text)
    button = tree(mail).find_class("button")[0]
    assert button.get("bgcolor") == "#8c1d2b"
    assert button.find("a").get("href") == SLOTS.marker(SlotName.CONFIRM)


def test_the_language_of_a_variant_may_differ_from_its_lists() -> None:
    mail = digest(BEANS, mlist=FRENCH, language="en")
    assert 'lang="en"' in mail.html[:60]
    assert "Unsubscribe" in mail.text
    assert tree(mail).xpath("//td[@lang='fr']")


@pytest.mark.parametrize("kind", ["digest", "alert", "letter"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_public_copy_differs_in_its_footer_alone_and_holds_nothing_personal(
    kind: str, language: str
) -> None:
    mail, say = MAILS[kind, language], words(language)
    for own, public, footer in (
        (mail.html, mail.public_html, '<td class="colophon"'),
        (mail.text, mail.public_text, "\n-- \n"),
    ):
        assert any(isinstance(piece, Slot) for piece in SLOTS.split(own))
        assert SLOTS.split(public) == [public]
        assert say.unsubscribe not in public
        assert say.public.partition("}")[2] in public.replace("\n", " ")
        assert say.public.partition("}")[2] not in own.replace("\n", " ")
        assert say.archive in public
        assert own.split(footer)[:-1] == without_marks(public).split(footer)[:-1] != []
        assert own == without_marks(own)
        assert "zq" not in public.replace(SLOTS.nonce, "")


def test_a_public_copy_leads_to_the_sign_up_page_where_there_is_one() -> None:
    def rendered(url: str | None) -> Rendered:
        mlist = replace(FRENCH, signup_url=url)
        return render_letter(mlist, subject="A", body_markdown="B", day=DAY, slots=SLOTS)

    assert (
        "S’abonner\nhttps://courrier.example/lists"
        in rendered("https://courrier.example/lists").public_text
    )
    assert "S’abonner" not in rendered(None).public_html


def test_the_footer_follows_the_signature_mark_and_a_blank_line_the_masthead() -> None:
    for text in (MAILS["digest", "fr"].text, MAILS["letter", "fr"].public_text):
        assert re.search(r"\n-- \n\S", text)
        assert re.search(r"^LE COURRIER DE VALMONT\n=+\n\n\S", text)
