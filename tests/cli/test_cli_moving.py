"""A list moves here from another system, and out again: no cell of its file is lost."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Site

SAMPLES = Path(__file__).parents[1] / "subscribers" / "samples"
DROPPED = {
    "updated_at",  # of listmonk's row: says nothing of the person
    "http_etag", "self_link", "user",  # of Mailman's API: addresses within it
}  # fmt: skip
TOLD_BY_STATE = {
    "subscribed_to_emails", "email_disabled", "delivery_status", "status", "role",
    "Delivery Status", "Role",
}  # fmt: skip
# Those of other years say the same in fewer columns: `tests/subscribers` reads them, too.
SHORTER = {
    "mailman-postorius",
    "mailman-web",
    "ghost-4",
    "substack-2020",
    "mailchimp-nonsubscribed",
}
FILES = sorted(path.name for path in SAMPLES.glob("*.csv") if path.stem not in SHORTER)


def records(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def said(row: dict[str, str]) -> str:
    """All that our export says of somebody, as one text; times as the systems write them."""
    cells = [cell.removeprefix("'") for cell in row.values()]
    cells += [json.dumps(json.loads(row["attributes"] or "{}"), ensure_ascii=False)]
    return "\n".join(cells).replace("T", " ").replace("+00:00", "")


def plainly(cell: str) -> str:
    return cell.replace(" +0000 UTC", "").replace(".000Z", "").replace("T", " ")


@pytest.mark.parametrize("name", FILES)
def test_nothing_in_a_file_of_another_system_is_lost(site: Site, name: str) -> None:
    text = (SAMPLES / name).read_text("utf-8")
    assume = ("--assume-status", "confirmed") if name == "listmonk.csv" else ()
    site(
        *("subscriber", "import", str(SAMPLES / name), "--list", "weekly", *assume),
        *("--confirmed", "--consent", "Oui, chaque vendredi"),
        status=1 if name == "mailman-fields.csv" else 0,  # it has an owner, who is no reader
    )
    site("subscriber", "export", "-o", "out.csv")
    out = {row["address"]: said(row) for row in records(Path("out.csv").read_text("utf-8"))}
    for row in records(text):
        address = next(cell for key, cell in row.items() if "mail" in key.lower() and "@" in cell)
        if row.get("role") == "owner":
            assert address not in out
            continue
        known = out[address]
        for column, cell in row.items():
            if not cell or column in DROPPED | TOLD_BY_STATE or "://" in cell:
                continue
            parts = [cell]
            if column in ("TAGS", "labels"):
                parts = cell.strip('"').split('","' if column == "TAGS" else ", ")
            if column == "attributes":
                parts = [str(value) for value in json.loads(cell).values()]
            for part in parts:
                found = plainly(part).replace(",", "") in known.replace(",", "")
                assert found, f"{column}: {part!r} is not in {known}"


HEADING = "Email Address,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME"
WHO = "lea@valmont.example,4,2021-03-05 08:15:00,2021-03-05 08:17:31"


def test_who_left_or_bounced_at_the_old_system_in_between_is_told_and_taken_off(site: Site) -> None:
    def take(text: str) -> str:
        Path("in.csv").write_text(text, "utf-8")
        agreed = ("--confirmed", "--consent", "Oui")
        return site("subscriber", "import", "in.csv", "--list", "weekly", *agreed).output

    take(f"{HEADING}\n{WHO}\n")
    told = take(f"{HEADING},CLEAN_TIME\n{WHO},2024-01-01 06:00:00\n")
    assert "1 were known here, and are suppressed from now on." in told
    told = take(f"{HEADING},UNSUB_TIME\n{WHO},2024-01-02 06:00:00\n")
    assert "1 on the list until now, and left" in told
