from __future__ import annotations

import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.errors import SubscriberError
from subscribers.transfer import COLUMNS, Row, guess_columns, open_table, read_rows, write_csv
from subscribers.transfer.columns import defuse, restore

LINES = ["E-mail;Nom", 'anne@x.example;"Zoé ; Martin"', "paul@x.example;Paul Élan"]
PEOPLE = [("anne@x.example", "Zoé ; Martin"), ("paul@x.example", "Paul Élan")]


def read(data: bytes) -> list[Row]:
    return list(read_rows(io.BytesIO(data)))


def people(data: bytes) -> list[tuple[str, str | None]]:
    return [(row.values["address"], row.values.get("name")) for row in read(data)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_any_dialect_is_read(end: str, encoding: str, delimiter: str) -> None:
    text = end.join(LINES).replace(" ; ", "\0").replace(";", delimiter).replace("\0", " ; ")
    assert people((text + end).encode(encoding)) == PEOPLE
    assert people(text.encode(encoding)) == PEOPLE


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Email Address,First Name,Last Name", ["address", "first_name", "last_name"]),
        ("E-mail;Nom;Prénom", ["address", "last_name", "first_name"]),
        ("Nom,Adresse e-mail,Langue", ["name", "address", "language"]),
        ("Adresse,NOM COMPLET,Rubriques", ["address", "name", "topics"]),
        ("courriel,âge", ["address", None]),
        ("email,mail", ["address", None]),
        (",".join(COLUMNS), list(COLUMNS)),
    ],
)
def test_headers_are_understood_in_french_and_english(
    header: str, expected: list[str | None]
) -> None:
    assert guess_columns(header.replace(";", ",").split(",")) == expected


def test_first_and_last_names_are_put_together() -> None:
    assert people("Prénom;Nom;Email\nAnne;Martin;anne@x.example\n".encode()) == [
        ("anne@x.example", "Anne Martin")
    ]


def test_a_file_without_a_header_has_addresses_in_its_first_column() -> None:
    table = open_table(io.BytesIO(b"anne@x.example,Anne\npaul@x.example,Paul,extra\n"))
    assert (table.header, table.columns) == ((), ("address", "name"))
    first, second = table.rows
    assert first.values == {"address": "anne@x.example", "name": "Anne"}
    assert "3 cells" in second.fault


def test_lines_are_numbered_as_an_editor_numbers_them_and_kept_as_they_are() -> None:
    data = b'\nemail,consent\n\na@x.example,"two\nlines"\n  \nb@x.example, x \n'
    rows = read(data)
    assert [(r.line, r.raw) for r in rows] == [
        (4, 'a@x.example,"two\nlines"'),
        (7, "b@x.example, x "),
    ]
    assert rows[0].values["attribute.consent"] == "two\nlines"


def test_a_quote_that_is_never_closed_costs_its_own_line_only() -> None:
    good = "".join(f"p{i}@x.example,P\n" for i in range(500))
    rows = read(f'email,name\na@x.example,"A\n{good}'.encode())
    assert [r.line for r in rows if r.fault] == [2]
    assert len([r for r in rows if not r.fault]) == 500
    rows = read(b'email,name\na@x.example,"A\nb@x.example,B')
    assert [(r.line, bool(r.fault)) for r in rows] == [(2, True), (3, False)]


def test_a_stray_quote_inside_a_cell_is_only_a_character() -> None:
    assert people(b'email,name\na@x.example,5" pipe\nb@x.example,B\n') == [
        ("a@x.example", '5" pipe'),
        ("b@x.example", "B"),
    ]


def test_lines_of_different_encodings_stand_in_one_file() -> None:
    data = b"email,name\n" + "a@x.example,Zoé\n".encode() + "b@x.example,Zoé\n".encode("cp1252")
    assert people(data) == [("a@x.example", "Zoé"), ("b@x.example", "Zoé")]


def test_a_file_without_addresses_says_what_to_do() -> None:
    with pytest.raises(SubscriberError, match="write 'email' over that column"):
        open_table(io.BytesIO(b"Nom,Ville\nAnne,Valmont\n"))
    assert read(b"") == read(b"\n\r\n") == []


def test_a_large_file_is_never_in_memory_at_once() -> None:
    class Endless(io.RawIOBase):
        lines = 0

        def read(self, size: int = -1) -> bytes:
            self.lines += 1
            return b"email\n" if self.lines == 1 else b"a@x.example\n" * 5000 * (self.lines < 12)

    tracemalloc.start()
    assert sum(1 for _ in read_rows(Endless())) == 50_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000
    one_line = b"email\n" + b"x" * 3_000_000 + b"\na@x.example\n"
    assert next(iter(read(one_line))).fault
    assert people(one_line[6 + 2_999_999 :].replace(b"x\n", b"email\n")) == [("a@x.example", None)]


@given(st.binary(max_size=400) | st.text("a@x.é,;\"'\n\r\t \0=", max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        rows = read(b"email,name\n" + data)
    except SubscriberError:
        return
    assert all(set(row.values) <= {"address", "name"} for row in rows)


@pytest.mark.parametrize("cell", ["=1+1", "+33 1", "-x", "@SUM(A1)", "\tx", "\rx", "'quoted", "''"])
def test_what_a_spreadsheet_would_run_is_defused_and_restored(cell: str) -> None:
    assert defuse(cell) == "'" + cell
    assert restore(defuse(cell)) == cell


@given(st.text(max_size=30))
def test_defusing_is_always_reversible(cell: str) -> None:
    assert restore(defuse(cell)) == cell
    assert not defuse(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


def test_the_file_written_begins_with_a_bom_and_quotes_what_needs_it() -> None:
    out = io.BytesIO()
    row = dict.fromkeys(COLUMNS, "") | {"address": "+x@x.example", "name": 'Zoé, "Z"'}
    assert write_csv([row], out) == 1
    lines = out.getvalue().decode().split("\r\n")
    assert lines[0] == "\ufeff" + ",".join(COLUMNS)
    assert lines[1].startswith('\'+x@x.example,"Zoé, ""Z""",')


# --- Columns that say who wants no mail -------------------------------------------------------


def rows_of(text: str, **mapped: str) -> list[Row]:
    return list(open_table(io.BytesIO(text.encode()), mapped=mapped).rows)


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        *(
            ("status", word)
            for word in ["unsubscribed", "bounced", "Cleaned", "complained", "pending"]
        ),
        *(("Statut", word) for word in ("désabonné", "Désinscrite", "non confirmé")),
        *(("opt_in", word) for word in ["no", "false", "0", "non"]),
        *((name, "0") for name in ("subscribed", "consent", "Consentement RGPD", "newsletter")),
        *((name, "yes") for name in ("Unsubscribed", "Désabonné", "opt-out", "Bounced")),
        ("unsubscribe date", "2024-05-06"),
    ],
)
def test_a_row_that_says_no_in_a_column_nobody_spoke_of_is_refused(header: str, cell: str) -> None:
    [row] = rows_of(f"email;{header}\nanne@x.example;{cell}\n")
    assert repr(header) in row.fault
    assert "=state" in row.fault
    assert "=attribute." in row.fault
    [kept] = rows_of(f"email;{header}\nanne@x.example;{cell}\n", **{header: "attribute.other"})
    assert (kept.fault, kept.values["attribute.other"]) == ("", cell)


@pytest.mark.parametrize(
    ("header", "cell"),
    [("status", "vip"), ("Statut", "abonné"), ("opt_in", "yes"), ("Unsubscribed", "no"),
     ("town", "no"), ("Abonnement", "mensuel"), ("subscribed_on", "2024-05-06"),
     ("Unsubscribe status", "subscribed")],
)  # fmt: skip
def test_one_that_says_yes_or_something_else_is_not(header: str, cell: str) -> None:
    [row] = rows_of(f"email;{header}\nanne@x.example;{cell}\n")
    assert row.fault == ""
    assert cell in row.values.values()


@pytest.mark.parametrize(
    ("header", "cell", "state"),
    [
        ("unsubscribed", "true", "unsubscribed"),
        ("unsubscribed", "2024-05-06", "unsubscribed"),
        ("unsubscribed", "false", "active"),
        ("bounced", "1", "bounced"),
        ("status", "cleaned", "cleaned"),
    ],
)
def test_a_column_said_to_be_the_state_is_read_by_its_name_too(
    header: str, cell: str, state: str
) -> None:
    [row] = rows_of(f"email,{header}\nanne@x.example,{cell}\n", **{header: "state"})
    assert row.values["state"] == state


# --- Exports of ours --------------------------------------------------------------------------


def test_consent_is_guessed_in_exports_of_ours_only_of_whatever_age() -> None:
    first = COLUMNS[: COLUMNS.index("tags")]
    for columns in (COLUMNS, first):
        assert guess_columns(columns) == list(columns)
        assert open_table(io.BytesIO(",".join(columns).encode())).own
    assert guess_columns(["email", "consent", "state"]) == ["address", None, "state"]


def test_evidence_of_any_length_comes_back_in_an_export_of_ours_only() -> None:
    long = "x" * 600_000
    row = dict.fromkeys(COLUMNS, "") | {"address": "anne@x.example", "evidence": long}
    stream = io.BytesIO()
    write_csv([row, row], stream)
    stream.seek(0)
    assert [(r.fault, len(r.values["evidence"])) for r in read_rows(stream)] == [("", 600_000)] * 2
    for theirs in ("x" * 140_000, long):
        data = f"email,note\nanne@x.example,{theirs}\nbo@x.example,y\n"
        first, second = read(data.encode())
        assert "too long" in first.fault
        assert second.values["address"] == "bo@x.example"
