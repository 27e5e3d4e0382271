"""When two addresses are one page, and two entries one article."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.collect.entry import Entry, content_hash, url_key
from newsletter.collect.markup import absolute


@pytest.mark.parametrize(
    "other",
    [
        "https://Courrier.example/pont/?b=2&a=1",
        "http://courrier.example/pont?a=1&b=2",
        "https://courrier.example:443/pont?a=1&b=2#suite",
        "http://courrier.example:80/pont?a=1&b=2",
        "https://courrier.example./pont?a=1&b=2",
        "https://courrier.example/pont?utm_source=x&a=1&UTM_Medium=y&b=2&fbclid=1&gclid=2",
        "https://courrier.example/pont?a=1&b=2&mc_cid=1&mc_eid=2&xtor=RSS-1&at_medium=rss",
        " https://courrier.example/%70ont?a=1&b=2\n",
        "https://www.courrier.example/pont?a=1&b=2",
        "https://courrier.example/pont/index.html?a=1&b=2",
        "https://courrier.example/pont/Index.PHP?a=1&b=2",
        "https://courrier.example/pont;jsessionid=8A0F3C.node1?a=1&b=2",
        "https://courrier.example/pont?a=1&b=2&PHPSESSID=q2m8v4",
        "https://courrier.example/pont?a=1&b=2&sid=5f1c3b7a9e2d4c6b8a0f1e3d5c7b9a2f",
        "https://courrier.example/pont?a=1&b=2&var_mode=recalcul&var_hasard=12",
        "https://courrier.example/pont?a=1&b=2&replytocom=12",
        "https://courrier.example/pont?a=1&b=2&amp=1",
        "https://courrier.example/pont?a=1&amp&b=2&pk_campaign=lettre",
    ],
)
def test_addresses_of_one_page_have_one_key(other: str) -> None:
    assert url_key(other) == url_key("https://courrier.example/pont?a=1&b=2")


@pytest.mark.parametrize(
    "other",
    [
        "https://courrier.example/Pont",
        "https://courrier.example/pont?a=1",
        "https://courrier.example:8443/pont",
        "https://autre.example/pont",
        "https://courrier.example/pont/2",
        "https://courrier.example/pont%2F",
        "https://www2.courrier.example/pont",
        "https://courrier.example/pont/amp/",  # on some site, a page about amplifiers
        "https://courrier.example/pont/myindex.html",
        "https://courrier.example/index.html/pont",
        "https://courrier.example/pont?sid=12",
        "https://courrier.example/pont?s=velo",
        "https://courrier.example/pont?session=printemps",
        "https://courrier.example/pont?pk_id=12",
        "https://courrier.example/pont?at_id=12",
        "https://courrier.example/pont?lang=en",
        "https://courrier.example/pont?print=1",
        "https://courrier.example/pont?page=2",
        "mailto:redaction@courrier.example",
    ],
)
def test_addresses_of_different_pages_have_different_keys(other: str) -> None:
    assert url_key(other) != url_key("https://courrier.example/pont")


def test_articles_of_spip_are_told_apart_by_their_numbers() -> None:
    site = "https://courrier.example"
    pages = ["spip.php?article12", "spip.php?article13", "spip.php?page=article&id_article=12"]
    assert len({url_key(f"{site}/{page}") for page in (*pages, "?article12", "")}) == 5
    assert url_key(f"{site}/spip.php?article12&var_mode=calcul") == url_key(f"{site}/{pages[0]}")


def test_the_domain_www_is_not_taken_for_a_prefix() -> None:
    assert url_key("https://www.example/x") != url_key("https://example/x")


def test_a_name_beyond_ascii_equals_its_a_label() -> None:
    assert url_key("https://journal-été.example/x") == url_key(
        "http://xn--journal-t-i4ab.example/x"
    )
    assert url_key("https://a.example/été") == url_key("https://a.example/%C3%A9t%C3%A9")


@pytest.mark.parametrize("label", ["www.", "é", "xn--a."])
def test_a_host_of_endless_name_is_no_address_and_takes_no_time(label: str) -> None:
    began = time.thread_time()
    endless = f"https://{label * 40_000}"
    assert url_key(endless) == endless
    assert absolute(None, endless) is None
    assert time.thread_time() - began < 1


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    st.one_of(st.text(), st.text().map("http://a.example/".__add__), st.text().map("//".__add__))
)
def test_a_key_is_its_own_key_whatever_the_address(url: str) -> None:
    assert url_key(url_key(url)) == url_key(url)


def test_the_content_hash_knows_words_and_not_mark_up() -> None:
    one = Entry(None, None, "Le Pont", summary_html="<p>Il rouvre\u00a0!</p><p>Enfin.</p>")
    same = Entry("1", "https://a.example", "le  pont", summary_html="<b>Il</b> rouvre ! enfin.")
    other = Entry(None, None, "Le Pont", summary_html="<p>Il ferme.</p>")
    assert content_hash(one) == content_hash(same)
    assert content_hash(one) != content_hash(other)
    assert len(content_hash(one)) == 64


def test_title_and_text_do_not_run_into_each_other() -> None:
    assert content_hash(Entry(None, None, "a b", "c")) != content_hash(
        Entry(None, None, "a", "b c")
    )
