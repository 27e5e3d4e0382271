"""Tags have as many attributes as people give them: the rest goes, and takes no time."""

from __future__ import annotations

import time

import pytest

from newsletter.collect.attributes import with_few_attributes
from newsletter.collect.feeds import parse_feed
from newsletter.collect.markup import fragment

MANY = "".join(f' a{number}="v"' for number in range(20_000))


@pytest.mark.parametrize(
    "form",
    [' a{}="v"', ' a{}=">"', " a{}", "/a{}", "\na{}='<b'", ' a="v"b{}=x', " a{}<x", ' ="{}"'],
)
def test_a_tag_keeps_a_hundred(form: str) -> None:
    tag = "<b" + "".join(form.format(number) for number in range(2000)) + ">"
    holder = fragment(f"<p>avant {tag}gras</b> après</p>")
    (bold,) = holder.iter("b")
    assert len(bold.attrib) <= 100
    assert holder.text_content() == "avant gras après"


@pytest.mark.parametrize(
    "text",
    [
        "<p>a < b, <b c=d e='f>' g>h</b> <i/> <été></p>" * 20,
        "<a b=" + '"<a b=' * 50,
        "<" * 500 + "<a " * 20,
        "<p>" + "un mot " * 200 + "</p>",
    ],
)
def test_all_else_stays_as_it_is(text: str) -> None:
    assert with_few_attributes(text) == text


def test_a_script_that_compares_still_ends() -> None:
    text = "<script>if(i<n){" + "a b; " * 300 + "}</script><p>Il rouvre.</p>"
    assert with_few_attributes(text).endswith("</script><p>Il rouvre.</p>")


def test_a_tag_of_thousands_takes_no_time() -> None:
    began = time.thread_time()
    item = (
        f"<item{MANY}><title>Le pont</title><link>/pont</link>"
        f"<description><![CDATA[<p{MANY}>Il rouvre.</p>]]></description></item>"
    )
    body = f"<rss version='2.0'><channel>{item}</channel></rss>".encode()
    feed = parse_feed(body, url="https://courrier.example/feed")
    assert [entry.title for entry in feed.entries] == ["Le pont"]
    assert feed.entries[0].summary_html == "<p>Il rouvre.</p>"
    assert time.thread_time() - began < 2
