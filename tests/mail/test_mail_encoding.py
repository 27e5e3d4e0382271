"""Quoted-printable in pieces decodes to the text with the values put in, whatever they are."""

from __future__ import annotations

import html
import quopri

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.errors import MessageError
from newsletter.mail.encoding import encode_pieces, encode_text, encode_value, refuse_controls
from newsletter.mail.slots import Slot, SlotName

NAME = Slot(SlotName.NAME)
texts = st.text(st.characters(codec="utf-8"), max_size=300) | st.text(
    st.sampled_from(list("From. =\n\r\té€🎺-")), max_size=300
)
values = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=200)


def joined(pieces: list[str | Slot], value: str, *, as_html: bool) -> bytes:
    encoded = encode_pieces(pieces)
    filled = [encode_value(value, html=as_html) if isinstance(p, Slot) else p for p in encoded]
    return "".join(filled).encode("ascii")


def unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def never_two_texts_side_by_side(pieces: list[str | Slot]) -> list[str | Slot]:
    """As Slots.split gives them."""
    kept: list[str | Slot] = []
    for piece in pieces:
        if not (kept and isinstance(piece, str) and isinstance(kept[-1], str)):
            kept.append(piece)
    return kept


split = st.lists(texts | st.just(NAME), max_size=8).map(never_two_texts_side_by_side)


@given(split, values, st.booleans())
@example([NAME], "", False)
@example([NAME, NAME], " ", False)
@example(["a", NAME, "\nb"], "x" * 75, False)
@example(["a ", NAME, " b"], "From . =" * 40, True)
@example(["Fro", NAME, "m ."], ".", False)
@example(["x" * 74 + "=é"], "", False)
@example(["a  b   ", NAME, "  \n   c"], " x  y ", False)
@example(["x" * 73 + "    y"], "x" * 74 + "  y", True)
def test_the_joined_body_decodes_to_the_text_with_the_values_put_in(
    pieces: list[str | Slot], value: str, as_html: bool
) -> None:
    body = joined(pieces, value, as_html=as_html)
    put_in = html.escape(value) if as_html else value
    expected = "".join(put_in if isinstance(p, Slot) else unix(p) for p in pieces)
    assert quopri.decodestring(body).decode().replace("\r\n", "\n") == expected
    lines = body.split(b"\r\n")
    assert max(map(len, lines)) <= 76
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert not any(line.startswith((b".", b"From ")) for line in lines)
    assert not any(line.endswith((b" ", b"\t")) for line in lines)
    assert not any(b"  " in line or b"\t" in line for line in lines)


def test_a_line_that_begins_with_a_dot_is_written_so_that_smtp_leaves_it_alone() -> None:
    assert encode_text(".signature\n..") == "=2Esignature\r\n=2E."


def test_a_line_that_begins_with_from_is_guarded_against_mailboxes() -> None:
    assert encode_text("From the library") == "=46rom the library"


def test_a_run_of_spaces_is_written_so_that_dkim_has_nothing_to_fold() -> None:
    assert encode_text("  a   b ") == " =20a =20=20b=20"


def test_a_value_stands_on_lines_of_its_own() -> None:
    pieces: list[str | Slot] = ["Read it at ", NAME, " now"]
    assert joined(pieces, "u" * 80, as_html=False).split(b"\r\n") == [
        b"Read it at=20=",
        b"u" * 75 + b"=",
        b"u" * 5 + b"=",
        b" now",
    ]


def test_an_html_value_is_escaped_and_a_text_value_is_not() -> None:
    assert encode_value('<b>&"', html=True) == "&lt;b&gt;&amp;&quot;"
    assert encode_value('<b>&"', html=False) == '<b>&"'


@pytest.mark.parametrize("bad", ["\r", "\n", "\0", "\x1b", "\x7f", "\x85", "\ud800"])
def test_control_characters_are_refused_by_name(bad: str) -> None:
    with pytest.raises(MessageError, match=r"^Subject holds the control character U\+"):
        refuse_controls(f"a{bad}b", "Subject")
