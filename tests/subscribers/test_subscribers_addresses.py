from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.addresses import key, parse, parse_domain, parse_mailbox
from subscribers.errors import InvalidAddress


def test_the_domain_is_lowered_and_the_local_part_stands_as_typed() -> None:
    address = parse("  Jeanne.Martin+Lettre@Valmont.EXAMPLE ")
    assert address.address == "Jeanne.Martin+Lettre@valmont.example"
    assert address.key == "jeanne.martin+lettre@valmont.example"
    assert (address.local, address.domain) == ("Jeanne.Martin+Lettre", "valmont.example")
    assert address.ascii


def test_case_is_folded_for_comparing_but_dots_and_tags_tell_people_apart() -> None:
    assert key("ANNE@valmont.example") == key("anne@VALMONT.example")
    assert len({key(f"{local}@valmont.example") for local in ("an.ne", "anne", "anne+x")}) == 3


def test_an_international_domain_becomes_a_labels_and_both_spellings_are_one() -> None:
    address = parse("anne@bücher.example")
    assert address.address == "anne@xn--bcher-kva.example"
    assert address.ascii
    assert key("anne@BÜCHER.example") == key("anne@xn--bcher-kva.example") == address.key


def test_a_local_part_beyond_ascii_is_kept_and_needs_smtputf8() -> None:
    decomposed = "Andre\u0301@valmont.example"
    address = parse(decomposed)
    assert address.address == "André@valmont.example"
    assert not address.ascii
    assert address.key == key("ANDRÉ@valmont.example")


@pytest.mark.parametrize(
    "text",
    ["a@x.example", "a@example.org", "a@b.test", "a@localhost", "a@desk.local", "a@b.localhost"],
)
def test_the_domains_of_demos_and_tests_are_allowed(text: str) -> None:
    assert parse(text).address == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "anne",
        "anne@",
        "@valmont.example",
        "an ne@valmont.example",
        "anne@@valmont.example",
        "anne@valmont",
        "anne@valmont..example",
        "anne@-valmont.example",
        "anne@valmont.example.",
        ".anne@valmont.example",
        "an..ne@valmont.example",
        '"an ne"@valmont.example',
        "anne@[192.0.2.1]",
        "anne@192.0.2.1",
        "anne@valmont.example\r\nBcc: b@c.example",
        "anne\n@valmont.example",
        "anne@valmont.example\n",
        "anne\x00@valmont.example",
        "anne\u2028@valmont.example",
        "anne\u200b@valmont.example",
        "anne\u202e@valmont.example",
        "anne\ud800@valmont.example",
        "anne＠valmont.example",
        "anne@valmont.example, b@c.example",
        "a" * 65 + "@valmont.example",
        "é" * 33 + "@valmont.example",
        "anne@" + "a" * 64 + ".example",
        "anne@" + ".".join(["valmont"] * 40) + ".example",
        "anne@xn--a-ecp.example",
        "anne@.local",
    ],
)
def test_what_is_no_address_is_refused_in_one_line_with_the_remedy(text: str) -> None:
    with pytest.raises(InvalidAddress) as caught:
        parse(text)
    line = str(caught.value)
    assert "write it like name@example.org" in line
    assert line.isprintable()


@given(st.text(max_size=90) | st.emails())
def test_any_text_is_an_address_or_refused_and_its_key_is_its_own_key(text: str) -> None:
    try:
        address = parse(text)
    except InvalidAddress:
        return
    assert key(address.address) == key(address.key) == address.key
    assert parse(address.address) == address
    assert address.address.isprintable()


def test_a_mailbox_has_a_name_with_or_without_quotes_or_none() -> None:
    for text in ("Le Courrier <a@b.example>", '"Le Courrier" <a@b.example>'):
        assert parse_mailbox(text).name == "Le Courrier"
    assert parse_mailbox('"Martin, \\"Jo\\"" <a@b.example>').name == 'Martin, "Jo"'
    bare = parse_mailbox("a@b.example")
    assert (bare.name, bare.address.address) == ("", "a@b.example")


@pytest.mark.parametrize("text", ["A <a@b.example", "A\r\nB <a@b.example>", "<>", "A <b> <c>"])
def test_a_broken_mailbox_is_refused(text: str) -> None:
    with pytest.raises(InvalidAddress):
        parse_mailbox(text)


def test_a_domain_may_be_written_with_or_without_its_at_sign() -> None:
    assert parse_domain("@Bücher.example") == parse_domain("xn--bcher-kva.example")
