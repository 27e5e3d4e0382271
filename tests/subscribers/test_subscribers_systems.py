"""The export files of other systems: whose they are, and what their rows say."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from subscribers.errors import InvalidValue, SubscriberError
from subscribers.transfer.foreign import flag, moment
from subscribers.transfer.listmonk_csv import assuming
from subscribers.transfer.reading import Row, Table, open_table

SAMPLES = Path(__file__).parent / "samples"


def table(name: str, **options: Any) -> Table:
    return open_table(io.BytesIO((SAMPLES / name).read_bytes()), **options)


def rows(name: str, **options: Any) -> list[dict[str, str]]:
    found: list[Row] = list(table(name, **options).rows)
    return [dict(row.values) for row in found if not row.fault]


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("mailchimp-subscribed.csv", "mailchimp"),
        ("mailchimp-unsubscribed.csv", "mailchimp"),
        ("mailchimp-cleaned.csv", "mailchimp"),
        ("mailchimp-nonsubscribed.csv", "mailchimp"),
        ("ghost.csv", "ghost"),
        ("ghost-4.csv", "ghost"),
        ("substack.csv", "substack"),
        ("substack-2020.csv", "substack"),
        ("substack-page.csv", "substack"),
        ("mailman-fields.csv", "mailman"),
        ("mailman-web.csv", "mailman"),
        ("listmonk.csv", "listmonk"),
        ("mailman-postorius.csv", None),
        ("mailman-members.txt", None),
    ],
)
def test_each_system_is_recognised_by_its_header(name: str, system: str | None) -> None:
    found = table(name).system
    assert (found and found.name) == system


def test_a_file_of_nobody_in_particular_is_taken_for_no_system() -> None:
    for header in ("email,name,created_at", "Email;State;Tags", "email,role,status", "uuid,email"):
        text = f"{header}\nlea@valmont.example{',;'[';' in header]}\n"
        assert open_table(io.BytesIO(text.encode())).system is None


def test_mailchimp_says_who_agreed_when_and_under_which_tags() -> None:
    lea, bob = rows("mailchimp-subscribed.csv")
    assert lea["address"] == "lea.martin@valmont.example"
    assert lea["name"] == "Léa Martin"
    assert lea["requested_at"] == lea["created_at"] == "2021-03-05T08:15:00+00:00"
    assert lea["confirmed_at"] == "2021-03-05T08:17:31+00:00"
    assert lea["labels"] == "Abonnés, Marché samedi"
    assert "state" not in lea  # as the one who imports it says
    assert "suppression" not in lea
    assert bob["requested_at"] == bob["confirmed_at"] == "2019-11-20T09:00:00+00:00"


def test_columns_that_mailchimps_admins_named_like_ours_are_attributes() -> None:
    lea, _ = rows("mailchimp-subscribed.csv")
    assert lea["attribute.address"] == "3 rue du Pont  Valmont  99123"
    assert lea["attribute.state"] == "Rivière"
    assert lea["attribute.interests"] == "Marché, Fanfare"
    assert lea["attribute.notes"] == "Écrit souvent."
    assert lea["attribute.optin_ip"] == "192.0.2.10"
    assert not {"topics", "list", "source"} & set(lea)


def test_mailchimps_other_files_say_who_left_complained_bounced_or_never_agreed() -> None:
    paul, nina = rows("mailchimp-unsubscribed.csv")
    assert (paul["state"], paul["unsubscribed_at"]) == ("unsubscribed", "2023-05-06T18:00:00+00:00")
    assert "suppression" not in paul
    assert (nina["state"], nina["suppression"]) == ("unsubscribed", "complaint")
    [bounced] = rows("mailchimp-cleaned.csv")
    assert (bounced["suppression"], bounced["suppressed_at"]) == (
        "bounce",
        "2022-09-01T06:00:00+00:00",
    )
    [client] = rows("mailchimp-nonsubscribed.csv")
    assert client["state"] == "pending"


def test_mailchimps_header_says_who_left_or_bounced_though_the_time_be_missing() -> None:
    for header, expected in (
        ("UNSUB_TIME,UNSUB_REASON", {"state": "unsubscribed"}),
        ("CLEAN_TIME,CLEAN_CAMPAIGN_ID", {"suppression": "bounce"}),
    ):
        text = (
            f"Email Address,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME,{header},LEID,EUID\n"
            "lea@valmont.example,2,2020-01-01 00:00:00,2020-01-02 00:00:00,,,1,x\n"
        )
        [row] = open_table(io.BytesIO(text.encode())).rows
        assert row.values.items() >= expected.items()


def test_ghost_says_who_takes_mail_and_keeps_its_own_columns() -> None:
    lea, paul, gone = rows("ghost.csv")
    assert lea["requested_at"] == lea["created_at"] == "2021-03-05T08:15:00+00:00"
    assert lea["labels"] == "Abonnés, Chorale"
    assert lea["attribute.note"] == "Chante, le dimanche"
    assert lea["attribute.tiers"] == "Soutien"
    assert lea["attribute.custom_fields_village"] == "Valmont"
    assert lea["attribute.ghost_id"] == "65a1f0c2e4b0a1a2b3c4d5e6"
    assert "state" not in lea
    assert paul["state"] == "unsubscribed"
    assert (gone["state"], gone["unsubscribed_at"]) == ("unsubscribed", "2022-02-02T02:02:02+00:00")
    [bob] = rows("ghost-4.csv")
    assert bob["attribute.complimentary_plan"] == "false"


def test_substack_says_who_turned_mail_off_in_each_of_its_exports() -> None:
    lea, paul = rows("substack.csv")
    assert lea["requested_at"] == "2021-03-05T08:15:00+00:00"
    assert lea["attribute.plan"] == "yearly"
    assert "state" not in lea
    assert paul["state"] == "unsubscribed"
    [bob] = rows("substack-2020.csv")
    assert bob["attribute.prefer_digests"] == "true"
    again, _ = rows("substack-page.csv")
    assert (again["name"], again["created_at"]) == ("Léa Martin", "2021-03-05T08:15:00+00:00")
    assert again["attribute.subscription_source"] == "substack-notes"


def test_mailman_says_who_gets_mail_and_who_is_no_reader() -> None:
    found = list(table("mailman-fields.csv").rows)
    lea, paul, bounced = (row.values for row in found[:3])
    assert (lea["address"], lea["name"]) == ("lea.martin@valmont.example", "Léa Martin")
    assert "state" not in lea
    assert not {"attribute.email", "attribute.user", "attribute.http_etag"} & set(lea)
    assert paul["state"] == "unsubscribed"
    assert paul["attribute.delivery_mode"] == "mime_digests"
    assert (bounced["suppression"], bounced["suppression_source"]) == ("bounce", "mailman")
    assert "owner" in found[3].fault
    bob, again = rows("mailman-web.csv")
    assert "state" not in bob
    assert again["state"] == "unsubscribed"


@pytest.mark.parametrize("name", ["mailman-postorius.csv", "mailman-members.txt"])
def test_mailmans_files_without_a_header_are_read_line_by_line(name: str) -> None:
    found = [row["address"] for row in rows(name)]
    assert all("@valmont.example" in address for address in found)
    assert len(found) == (SAMPLES / name).read_text("utf-8").count("\n")


def test_listmonks_file_says_nothing_of_lists_until_somebody_does() -> None:
    lea, paul = rows("listmonk.csv")
    assert "state" not in lea
    assert lea["former"] == "5e91dda1-1c16-467d-9bf9-2a21bf22ae21"
    assert lea["attributes"] == '{"village": "Valmont", "age": 41}'
    assert lea["requested_at"] == "2021-03-05T08:15:00.123456+00:00"
    assert (paul["state"], paul["suppression"]) == ("unsubscribed", "admin")
    assert paul["suppressed_at"] == "2023-05-06T16:00:00.500000+00:00"
    for said, state in (("confirmed", "active"), ("unconfirmed", "pending")):
        lea, paul = rows("listmonk.csv", system=assuming(said))
        assert (lea["state"], paul["state"]) == (state, "unsubscribed")


def test_times_are_read_as_each_system_writes_them() -> None:
    for text, meant in (
        ("2021-03-05 08:15:00", "2021-03-05T08:15:00+00:00"),
        ("2021-03-05T08:15:00.000Z", "2021-03-05T08:15:00+00:00"),
        ("2021-03-05", "2021-03-05T00:00:00+00:00"),
        ("2021-03-05T09:15:00+01:00", "2021-03-05T08:15:00+00:00"),
        ("2021-03-05 09:15:00 +0100 CET", "2021-03-05T08:15:00+00:00"),
        ("2021-03-05 13:45:00.123456789 +0530 IST", "2021-03-05T08:15:00.123456+00:00"),
        ("2021-03-05 05:15:00 -0300 -03", "2021-03-05T08:15:00+00:00"),
    ):
        assert moment(text) == meant
    for text in ("05/03/2021 08:15", "yesterday", "2021-13-05", "0000-00-00 00:00:00", "44260.5",
                 "0001-01-01T00:00+01:00", "9999-12-31T23:59-01:00"):  # fmt: skip
        with pytest.raises(InvalidValue, match="export the file again"):
            moment(text)


def test_flags_are_true_or_false_or_refused() -> None:
    assert flag("TRUE", "x")
    assert not flag("False", "x")
    with pytest.raises(InvalidValue, match="neither"):
        flag("maybe", "x")


def test_a_status_that_listmonk_does_not_have_is_refused() -> None:
    text = (SAMPLES / "listmonk.csv").read_text("utf-8").replace("blocklisted", "gone")
    found = list(open_table(io.BytesIO(text.encode())).rows)
    assert "status 'gone'" in found[1].fault


@pytest.mark.parametrize("path", sorted(SAMPLES.iterdir()), ids=lambda path: path.name)
def test_no_damaged_file_of_a_system_ends_an_import(path: Path) -> None:
    data = path.read_bytes()
    for cut in range(len(data) // 2, len(data), 17):
        for text in (data[:cut], data[:cut] + b'"' + data[cut:], data.replace(b",", b"\0", 3)):
            try:
                list(open_table(io.BytesIO(text)).rows)
            except SubscriberError:
                continue
