"""Whatever the text, its excerpt is within its limits, made of its own words, and made in time."""

from __future__ import annotations

import html
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.collect.excerpt import count_words, excerpt
from newsletter.collect.markup import plain_text
from newsletter.collect.sentences import sentences


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


def test_odd_white_space_parts_words_as_it_is_counted() -> None:
    (line,) = excerpt("\u0a00\u2000 h", "", words=1, paragraphs=1)
    assert count_words(line) == 1


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
