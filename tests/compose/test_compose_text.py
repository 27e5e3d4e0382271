"""Plain text: wrapping, cutting, and Markdown as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from newsletter.compose.markdown import to_html, to_line, to_text, without_title
from newsletter.compose.text import clean, clip, follow, prose, shorten, tidy, underlined
from newsletter.mail.slots import SlotName, Slots

URL = "https://courrier.example/" + "a-very-long-path/" * 8


def test_prose_is_wrapped_and_a_url_is_never_broken() -> None:
    lines = prose(f"{'mot ' * 40}{URL} {'mot ' * 10}").split("\n")
    assert URL in lines
    assert all(len(line) <= 72 for line in lines if line != URL)


def test_no_break_spaces_hold_lines_together() -> None:
    assert "un\u00a0:" in prose("x" * 68 + " un\u00a0: deux").split("\n")[1]


def test_a_title_is_set_off_by_a_line_as_long_as_itself() -> None:
    assert underlined("Le pont") == "Le pont\n-------"
    *wrapped, line = underlined("Un titre " * 12).split("\n")
    assert len(line) == max(map(len, wrapped))


def test_tidying_keeps_the_space_of_the_signature_separator() -> None:
    assert tidy("\n\na  \n\n\n\nb\n-- \nc") == "a\n\nb\n-- \nc\n"


def test_control_characters_and_line_breaks_do_not_survive_cleaning() -> None:
    assert clean("a\x00b\r\nc\u2028d\ud800 \u00a0e\x1b") == "ab c d \u00a0e"


@given(st.text(max_size=60), st.integers(2, 40))
def test_clipping_never_exceeds_its_limit(text: str, limit: int) -> None:
    assert len(clip(text, limit)) <= limit


def test_clipping_cuts_at_a_word() -> None:
    assert clip("Le pont rouvre samedi", 16) == "Le pont rouvre…"
    assert clip("Le pont rouvre, samedi", 17) == "Le pont rouvre…"
    assert clip("Le pont", 7) == "Le pont"


@pytest.mark.parametrize(
    ("words", "short"),
    [
        (99, ("Un deux trois. Quatre cinq.", "Six sept huit.")),
        (6, ("Un deux trois. Quatre cinq.", "Six …")),
        (4, ("Un deux trois.",)),
        (2, ("Un deux …",)),
        (0, ()),
    ],
)
def test_excerpts_are_shortened_at_a_sentence_where_one_ends_in_time(
    words: int, short: tuple[str, ...]
) -> None:
    assert shorten(("Un deux trois. Quatre cinq.", "Six sept huit."), words) == short


MARKDOWN = """# Titre

Un *mot* et [un lien](/plan "le plan"), puis <https://courrier.example/x>.

1. un ;
2. deux :
   - deux bis.

> Vraiment ?

```
code ? oui
```

![Le pont](pont.jpg)

| a | b |
|---|---|
| c | d |
"""


def test_markdown_becomes_text_with_its_addresses_on_their_own_lines() -> None:
    text = to_text(MARKDOWN, language="fr", base_url="https://courrier.example/n/")
    assert text.startswith("Titre\n-----\n\nUn _mot_ et un lien [1], puis [2].\n")
    lines = text.split("\n")
    assert "[1] https://courrier.example/plan" in lines
    assert "[2] https://courrier.example/x" in lines
    assert "1. un\u202f;" in lines
    assert "   - deux bis." in lines
    assert "> Vraiment\u202f?" in lines
    assert "    code ? oui" in lines
    assert "[Le pont]" in lines
    assert "c | d" in lines


def test_markdown_becomes_clean_html_under_the_lists_address() -> None:
    html = to_html(MARKDOWN, language="fr", base_url="https://courrier.example/n/")
    assert "<h2>Titre</h2>" in html
    assert 'href="https://courrier.example/plan"' in html
    assert 'src="https://courrier.example/n/pont.jpg"' in html
    assert 'alt="Le pont"' in html
    assert "code ? oui" in html


def test_the_highest_heading_an_editor_uses_becomes_h2() -> None:
    html = to_html("### Un\n\n#### Deux\n\n###### Trois", language="en")
    assert "<h2>Un</h2>" in html
    assert "<h3>Deux</h3>" in html
    assert "<h4>Trois</h4>" in html


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](data:text/html;base64,xx)",
        '[x](https://a.example "\\" onmouseover=alert(1)")',
        "<iframe src=//a.example></iframe>",
    ],
)
def test_html_and_scripts_in_markdown_are_never_live(attack: str) -> None:
    tree = lxml_html.fromstring(f"<div>{to_html(attack, language='en')}</div>")
    assert not tree.xpath("//script | //iframe | //@onerror | //@onmouseover")
    assert not tree.xpath("//@href[starts-with(., 'javascript')] | //@src[starts-with(., 'data')]")


def test_typography_sees_across_emphasis() -> None:
    assert "<strong>Note</strong>&nbsp;: oui" in to_html("**Note** : oui", language="fr")
    assert to_text("**Note**: oui", language="fr") == "*Note*\u00a0: oui"


def test_a_preheader_gets_the_bare_words() -> None:
    assert to_line("# A\n\n**B** et [c](/x)\nd", language="fr") == "A. B et c d"


def test_the_marker_of_a_slot_takes_the_room_of_an_address() -> None:
    marker = Slots.fresh().marker(SlotName.ADDRESS)
    lines = prose(f"Vous recevez ce message à l’adresse {marker} parce qu’elle y est").split("\n")
    assert lines[0].endswith(f"{marker} parce")
    assert prose(f"{marker} et {marker}") == f"{marker} et {marker}"


def test_a_title_and_the_text_behind_it_are_two_sentences() -> None:
    assert follow("Le moulin", "Un meuble") == "Le moulin. Un meuble"
    assert follow("Le moulin ?", "Un meuble") == "Le moulin ? Un meuble"
    assert to_line("# Au moulin\n\nUn meuble", language="fr") == "Au moulin. Un meuble"


@pytest.mark.parametrize("heading", ["# L'eau est coupée", "\n## L’eau est *coupée* ##"])
def test_a_first_heading_that_is_the_subject_is_not_said_twice(heading: str) -> None:
    assert without_title(f"{heading}\n\nRue Basse.", "L’eau est coupée").strip() == "Rue Basse."


@pytest.mark.parametrize("body", ["# Autre chose\n\nTexte.", "L'eau\n\nTexte.", "# L'eau", "", "#"])
def test_any_other_beginning_stays(body: str) -> None:
    assert without_title(body, "L'eau") == body
