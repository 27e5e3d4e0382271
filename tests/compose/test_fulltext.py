"""The whole text of an article in a mail: clean, set, shortened, and the same in plain text."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any

import pytest
from compose_samples import BEANS, BODY, BRIDGE, FRENCH, NOW, TUBA, digest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from newsletter.compose.content import Image
from newsletter.compose.fulltext import Text, levels, set_blocks, shortened
from newsletter.compose.inline import HTML_LIMIT, encoded_size
from newsletter.compose.render import render_alert
from newsletter.mail.slots import SlotName, Slots

NB, NN = "\u00a0", "\u202f"
BASE = "https://courrier.example/pont/"
WHOLE = """
<p><strong>Après sept mois</strong>, le pont rouvre ; <a href="/plan?a=1&amp;b=2">le plan</a>.</p>
<figure><img src="vue-1024x683.jpg" alt="Le pont" width="1024" height="683">
<figcaption>Photo: C. Verdier</figcaption></figure>
<h2>Ce qui change</h2><ul><li>deux voies<ul><li>amont</li></ul></li><li><p>un banc</p></li></ul>
<h4>Les horaires</h4>
<table><tr><th>Jour<th>Départ<tr><td><p>Lundi</p><p>Mardi</p><td>7 h 10</table>
<blockquote><p>Enfin !</p><p>Il était temps.</p></blockquote><pre>a = 1
  b = 2</pre>"""


def blocks(markup: str, *, language: str = "fr", title: str = "") -> list[str]:
    text = set_blocks(markup, base=BASE, language=language, title=title)
    return [block.html for block in text.blocks]


def plain(markup: str, *, language: str = "fr") -> str:
    body = shortened(set_blocks(markup, base=BASE, language=language), None)
    return body.text if body else ""


def paragraphs(count: int, words: int = 40) -> str:
    return "".join(f"<p>{n} {'mot ' * (words - 2)}fin.</p>" for n in range(count))


def tree(html: str) -> Any:
    return lxml_html.document_fromstring(html)


# Blocks


def test_an_article_becomes_a_row_of_clean_blocks() -> None:
    assert blocks(WHOLE) == [
        f"<p><strong>Après sept mois</strong>, le pont rouvre{NN}; "
        '<a href="https://courrier.example/plan?a=1&amp;b=2">le plan</a>.</p>',
        '<p class="shot"><img src="https://courrier.example/pont/vue-1024x683.jpg" alt="Le pont" '
        'width="536"></p>',
        '<p class="caption">Photo&nbsp;: C. Verdier</p>',
        "<h3>Ce qui change</h3>",
        "<ul><li>deux voies<ul><li>amont</li></ul></li><li>un banc</li></ul>",
        "<h4>Les horaires</h4>",
        '<div class="grid"><table cellpadding="0" cellspacing="0" border="0"><tbody><tr>'
        "<th>Jour</th><th>Départ</th></tr><tr><td>Lundi<br>Mardi</td><td>7&nbsp;h 10</td></tr>"
        "</tbody></table></div>",
        f"<blockquote><p>Enfin{NN}!</p><p>Il était temps.</p></blockquote>",
        "<pre>a = 1\n  b = 2</pre>",
    ]


def test_its_plain_text_says_the_same() -> None:
    assert plain(WHOLE).replace(NB, " ").replace(NN, " ") == (
        "*Après sept mois*, le pont rouvre ; le plan [1].\n"
        "[1] https://courrier.example/plan?a=1&b=2\n\n"
        "[Le pont]\n\n"
        "Photo : C. Verdier\n\n"
        "Ce qui change\n-------------\n\n"
        "- deux voies\n  - amont\n- un banc\n\n"
        "Les horaires\n------------\n\n"
        "Jour         Départ\nLundi Mardi  7 h 10\n\n"
        "> Enfin !\n>\n> Il était temps.\n\n"
        "    a = 1\n      b = 2"
    )


def test_plain_text_is_wrapped_and_addresses_stay_whole() -> None:
    address = "https://courrier.example/" + "a" * 90
    text = plain(
        f'<p>{"Le pont rouvre samedi. " * 9}<a href="{address}">Le plan</a></p>'
        f'<ul><li>{"Le pont rouvre. " * 9}</li></ul><p><a href="{address}">{address}</a></p>'
        '<p><a href="mailto:a@valmont.example">a@valmont.example</a></p>'
    )
    lines = text.split("\n")
    assert all(len(line) <= 72 for line in lines if address not in line)
    assert [line for line in lines if address in line] == [f"[1] {address}", f"[2] {address}"]
    assert "a@valmont.example" in lines


def test_a_table_too_wide_for_columns_has_a_row_to_a_paragraph() -> None:
    row = "".join(f"<td>{word * 6}" for word in ("quai ", "pont ", "gare "))
    text = plain(f"<table><tr>{row}<tr>{row}</table>")
    assert text.count(" | ") == 4
    assert all(len(line) <= 72 for line in text.split("\n"))


def test_loose_words_become_paragraphs() -> None:
    assert blocks("un<br>deux<br><br>trois<div>quatre<p>cinq</p>six</div>") == [
        f"<p>{words}</p>" for words in ("un<br>deux", "trois", "quatre", "cinq", "six")
    ]
    assert blocks("<a href='/x'><h2>Titre</h2><p>texte</p></a>") == [
        "<h3>Titre</h3>",
        "<p>texte</p>",
    ]
    assert blocks("<dl><dt>Quai<dd>au bord</dl>") == [
        "<p><strong>Quai</strong></p>",
        "<p>au bord</p>",
    ]
    assert blocks("<table><tr><td>mise en <b>page</b></td></tr></table>") == [
        "<p>mise en <strong>page</strong></p>"
    ]


def test_headings_stand_below_the_articles_own_title() -> None:
    html = "<h1>Un</h1><p>a</p><h3>Deux</h3><p>b</p><h6>Trois</h6><p>c</p>"
    assert [b for b in blocks(html) if "h" in b] == [
        "<h3>Un</h3>",
        "<h4>Deux</h4>",
        "<h4>Trois</h4>",
    ]


def test_a_list_within_a_heading_is_a_list() -> None:
    assert blocks("<h2>Un<ul><li>a</ul></h2><p>b</p>") == [
        "<h3>Un</h3>",
        "<ul><li>a</li></ul>",
        "<p>b</p>",
    ]


def test_a_title_repeated_above_the_text_is_left_out() -> None:
    html = "<hr><h1>Le pont: rouvre !</h1><h2>Samedi</h2><p>oui</p><hr>"
    assert blocks(html, title="Le pont rouvre") == ["<h3>Samedi</h3>", "<p>oui</p>"]
    assert blocks("<p><img src='a.jpg' alt=''></p><p>x</p>", title="!!!")[0].startswith("<p><img")


def test_a_list_keeps_its_numbers() -> None:
    assert blocks("<ol start='7'><li>a<li>b</ol>") == ['<ol start="7"><li>a</li><li>b</li></ol>']
    assert plain("<ol start='7'><li>a<li>b</ol>") == "7. a\n8. b"


def test_french_is_set_as_french_and_code_is_left_alone() -> None:
    [block] = blocks('<p>Il dit: "<em>oui</em>"; <code>a : b</code> !</p>')
    assert block == (
        f"<p>Il dit&nbsp;: «&nbsp;<em>oui</em>&nbsp;»{NN}; <code>a : b</code>{NN}!</p>"
    )
    assert blocks("<p>Is it? Yes!</p>", language="en") == ["<p>Is it? Yes!</p>"]


# Pictures


def test_pictures_are_as_wide_as_the_sheet_at_most_and_spies_are_gone() -> None:
    html = (
        "<img src='a.jpg' width=2000><img src=b.jpg width=300 height=200 alt=Quai>"
        "<img src='//c.example/p.gif' width=1 height=1><img src='data:image/png;base64,AA'>"
    )
    [block] = blocks(html)
    assert re.findall(r'src="([^"]+)" alt="([^"]*)" width="(\d+)"', block) == [
        (f"{BASE}a.jpg", "", "536"),
        (f"{BASE}b.jpg", "Quai", "300"),
    ]
    assert block.count("<img") == 2
    [unknown] = blocks("<img src='a.jpg' height=900>")  # not blown up to the width for Outlook
    assert 'class="loose"' in unknown
    assert "loose" not in block


def test_a_picture_that_outlook_cannot_show_becomes_a_link() -> None:
    assert blocks("<img src='a.webp' alt='Une affiche'><img src='b.svg'>") == [
        f'<p><a href="{BASE}a.webp">Une affiche</a></p>'
    ]


def test_a_link_that_says_nothing_is_no_link() -> None:
    assert blocks("<a href='/g.jpg'><img src='a.jpg' alt=''></a><a href='/x'></a>") == [
        f'<p><img class="loose" src="{BASE}a.jpg" alt="" width="536"></p>'
    ]


def test_a_lead_picture_that_the_text_holds_is_shown_once() -> None:
    html = f'<p>Le pont.</p><img src="{BASE}vue-300x200.jpg" alt="">'
    lead = Image("https://cdn.example/pont/vue-scaled.jpg?w=9", "Le pont")
    assert digest(replace(BRIDGE, text_html=html, image=lead)).html.count("<img") == 1
    other = replace(lead, url="https://cdn.example/pont/autre.jpg")
    assert digest(replace(BRIDGE, text_html=html, image=other)).html.count("<img") == 2


# Safety

HOSTILE = """<p onclick="x()" style="background:url(https://spy.example/)" class="prose glance"
id="top">mot <script>alert(1)</script><a href="javascript:alert(1)">js</a>
<a href="data:text/html,x">d</a> {{ 7*7 }} {% raw %} &lt;b&gt;</p><style>p{color:red}</style>
<iframe src="https://spy.example/"></iframe><form action="/x"><input name=q value=v></form>
<svg onload=alert(1)></svg><!--article--><!--[if mso]>x<![endif]-->
<base href="https://spy.example/">
<meta http-equiv=refresh content=0><img src=x onerror=alert(1)><object data=x>o</object>
<p>fin<table background="https://spy.example/b"><tr><td>a<td>b<tr><td style="position:fixed">c
<td>d"""


def test_nothing_of_a_hostile_article_reaches_the_mail() -> None:
    mail = digest(replace(BRIDGE, text_html=HOSTILE, image=None))
    again = render_alert(
        FRENCH, subject="Quai", body_markdown="x", sent_at=NOW, slots=Slots.fresh(),
        article=replace(BRIDGE, text_html=HOSTILE),
    )  # fmt: skip
    for html in (mail.html, again.html):
        for trace in (
            "spy.example",
            "javascript:",
            "alert(",
            "data:",
            "onerror",
            "position",
            "<form",
        ):
            assert trace not in html
        assert "{{ 7*7 }} {% raw %} &lt;b&gt;" in html
        document = tree(html)
        assert not document.xpath("//script | //iframe | //base | //svg | //input | //object")
        assert not document.xpath("//@id | //@*[starts-with(name(), 'on')]")
        [prose] = [d for d in document.xpath("//div[@class='prose']") if "mot" in d.text_content()]
        classes = {c for e in prose.iter() for c in e.get("class", "").split()}
        assert classes == {"prose", "grid", "loose"}
    assert mail.html.count("<!--article-->") == BEANS_ALONE.count("<!--article-->")
    assert "{{ 7*7 }} {% raw %} <b>" in mail.text


BEANS_ALONE = digest(BEANS).html


_PIECES = """
<p>|</p>|<div>|</div>|<b>|<a href='/x'>|</a>|<ul>|<li>|</ul>|<ol start=9>|<table>|<tr>|<td>|</table>
<br>|<br>|<img src=a.jpg alt=q>|<h1>|<h5>|</h5>|<pre>|</pre>|<blockquote>|</blockquote>|<figure>
<figcaption>|</figure>|<script>|<!--|-->|mot:|«oui»|\x00|&#1;|&#xfffe;|\u202e|&|<|"|<code>|</code>
<th colspan=2>|<caption>|<hr>|<dt>|<dd>
"""
_MARKUP = st.lists(st.sampled_from(re.split("[|\n]", _PIECES.strip())), max_size=60).map(" ".join)
_CLEAN = re.compile(
    r"</?(?:p|br|a|img|code|em|strong|[uo]l|li|h3|h4|pre|hr|blockquote|div|table|caption|thead|tbody"
    r"|tfoot|tr|th|td)\b"
)


def test_a_heading_within_a_list_keeps_to_itself() -> None:
    assert blocks("<ul><li>Le quai<h4>Le pont</h4></li></ul>") == [
        "<ul><li>Le quai<p>Le pont</p></li></ul>"
    ]


@settings(max_examples=150, deadline=None)
@given(_MARKUP)
def test_any_markup_becomes_clean_blocks_and_text(markup: str) -> None:
    text = set_blocks(markup, base=BASE, language="en", title="Le pont")
    for block in text.blocks:
        assert block.html.count("<") == len(_CLEAN.findall(block.html))
        assert not re.search("[\x00\x01\ufffe]", block.html + block.text)
        assert len(lxml_html.fragments_fromstring(block.html)) == 1
    again = set_blocks("".join(b.html for b in text.blocks), base=BASE, language="en")
    assert [b.words for b in again.blocks] == [b.words for b in text.blocks]


def test_a_monstrous_text_takes_little_time_and_is_not_shown_whole() -> None:
    began = time.thread_time()
    for start in (
        "<p>" + "a<br>" * 4_000,
        "<b>" * 9_000 + "x",
        "<ul><li>" * 2_000,
        "<div>" * 3_000,
    ):
        set_blocks(start, base=BASE, language="fr")
    long = set_blocks(paragraphs(2_000), base=BASE, language="fr")
    assert not long.whole
    assert sum(len(block.html) for block in long.blocks) < 2 * HTML_LIMIT
    assert time.thread_time() - began < 6


@pytest.mark.parametrize("link", ["<a>–", "<a href='/p'></a>–"])
def test_thousands_of_links_that_are_none_take_no_time(link: str) -> None:
    began = time.thread_time()
    set_blocks(f"<p>{link * 15_000}</p>", base=BASE, language="fr", title="Le pont")
    assert time.thread_time() - began < 2


# Room


def test_a_shortened_text_ends_with_a_whole_block_that_leads_to_nothing_more() -> None:
    text = set_blocks(
        "<p>un deux</p><p>voici :</p><h2>Titre</h2><hr><p>trois quatre cinq</p>",
        base=BASE,
        language="fr",
    )
    whole, part = shortened(text, None), shortened(text, 6)
    assert whole is not None
    assert part is not None
    assert (whole.whole, part.whole) == (True, False)
    assert part.html == "<p>un deux</p>"
    assert part.text == "un deux"
    assert shortened(text, 1) is None
    assert shortened(Text(), None) is None


def test_levels_fall_and_begin_where_there_is_room() -> None:
    short, long = (set_blocks(paragraphs(n), base=BASE, language="fr") for n in (2, 60))
    assert levels([short, long], 1_000_000)[0] is None
    tight = levels([short, long], 4_000)
    assert None not in tight
    assert list(tight) == sorted(tight, key=lambda n: -(n or 0))
    kept = [shortened(text, tight[0]) for text in (short, long)]
    # The short one is not shortened for the long one's sake.
    assert [body.whole for body in kept if body] == [True, False]
    assert levels([], 10) == (None,)


def test_a_digest_of_long_texts_is_shortened_until_no_provider_clips_it() -> None:
    articles = [replace(TUBA, title=f"Article {n}", text_html=paragraphs(60)) for n in range(6)]
    mail = digest(*articles, replace(BEANS, text_html="<p>Court.</p>"))
    assert HTML_LIMIT * 0.8 < encoded_size(mail.html) <= HTML_LIMIT
    document = tree(mail.html)
    assert [h.text_content() for h in document.iter("h2")][:6] == [a.title for a in articles]
    ends = [a.text_content() for a in document.xpath("//a[@class='more']")]
    assert all(end.startswith(f"Lire la suite{NB}: Article") for end in ends[:6])
    assert ends[6].startswith(f"Lire sur le site{NB}: ")
    lengths = [len(d.xpath(".//p")) for d in document.xpath("//div[@class='prose']")]
    assert len(set(lengths[:6])) == 1
    assert lengths[6] == 1
    for n in range(lengths[0]):
        assert f"{n} mot" in mail.text
    assert f"{lengths[0]} mot" not in mail.text


def test_more_articles_than_have_room_fall_back_to_their_excerpts() -> None:
    many = [replace(TUBA, title=f"Article {n}", text_html=paragraphs(2, 1200)) for n in range(24)]
    mail = digest(*many)
    assert encoded_size(mail.html) <= HTML_LIMIT
    assert len(tree(mail.html).xpath("//h2")) == 24
    assert "Rehearsals" in mail.html


def test_a_full_text_stands_in_place_of_the_excerpt() -> None:
    mail = digest(replace(BRIDGE, text_html=WHOLE))
    assert "Les voitures attendront" not in mail.html + mail.text
    assert f"Lire sur le site{NB}: Le pont" in mail.text
    assert mail.preheader.startswith("Après sept mois de travaux")  # from the excerpt
    slots = Slots.fresh()
    alert = render_alert(
        FRENCH, subject="Quai", body_markdown=BODY, sent_at=NOW, slots=slots,
        article=replace(BRIDGE, text_html=WHOLE),
    )  # fmt: skip
    assert 'width="484"' in alert.html  # the card is narrower than the sheet
    assert "Ce qui change" in alert.html
    assert "- deux voies" in alert.text
    assert slots.marker(SlotName.UNSUBSCRIBE) in alert.html


@pytest.mark.parametrize(
    "nothing", ["", "  ", "<p> </p>", "<img src='data:x'>", "<script>x</script>"]
)
def test_where_there_is_no_text_the_excerpt_is_shown(nothing: str) -> None:
    mail = digest(replace(BRIDGE, text_html=nothing))
    assert "Les voitures attendront" in mail.html
    assert f"Lire la suite{NB}: Le pont" in mail.text
