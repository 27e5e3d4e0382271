"""Lists that are for some people only, called something else, or taken down."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Site


def test_a_list_for_some_people_says_for_whom_and_for_how_many(readers: Site) -> None:
    assert "'weekly' changed: where" in readers(
        "list", "edit", "weekly", "--where", "domain = valmont.example and not tag = away"
    ).stdout  # fmt: skip
    readers("subscriber", "edit", "ana@valmont.example", "--tag", "away")
    shown = readers.json("list", "show", "weekly")
    assert (shown["where"], shown["matching"]) == (
        "domain = valmont.example and not tag = away",
        2,
    )
    assert "holds of 2 who take digests now" in readers("list", "show", "weekly").stdout
    (ana,) = readers.json("subscriber", "show", "ana@valmont.example")["subscriptions"]
    (bob,) = readers.json("subscriber", "show", "bob@valmont.example")["subscriptions"]
    assert (ana["in_segment"], bob["in_segment"]) == (False, True)
    assert "not in its segment" in readers("subscriber", "show", "ana@valmont.example").stdout
    readers("issue", "create", "weekly", "--send", "--yes")
    assert sorted(readers.outbox()) == ["bob@valmont.example", "eva@valmont.example"]
    assert "changed: where" in readers("list", "edit", "weekly", "--where", "").stdout
    assert "is so already" in readers("list", "edit", "weekly", "--where", "").stdout
    assert readers.json("list", "show", "weekly")["matching"] is None


def test_a_condition_that_cannot_be_read_makes_no_list(site: Site) -> None:
    make = ("list", "create", "vip", "--title", "VIP", "--from", "Town <t@valmont.example>")
    error = site.error(*make, "--where", "tag == vip")
    assert "at column 6, '=': a value is missing" in error
    assert "no list 'vip'" in site.error("list", "show", "vip")
    site(*make, "--where", "tag = vip")
    assert "nothing was changed" in site(*make, "--where", "tag = vip").stdout
    assert "with another where" in site.error(*make, "--where", "tag = gold")
    assert site.json("list", "show", "vip")["where"] == "tag = vip"


def test_a_list_called_something_else_answers_to_its_old_name(readers: Site) -> None:
    readers("issue", "create", "weekly", "--send", "--yes")
    before = readers.json("list", "show", "weekly")["list_id"]
    said = readers("list", "edit", "weekly", "--slug", "courier").stdout
    assert "called 'courier' now" in said
    shown = readers.json("list", "show", "weekly")
    assert (shown["slug"], shown["former_slugs"]) == ("courier", ["weekly"])
    assert shown["list_id"] == before
    assert readers.json("issue", "show", "weekly/1") == readers.json("issue", "show", "courier/1")
    left = readers.json("subscriber", "unsubscribe", "ana@valmont.example", "--list", "weekly")
    assert left["left"] == ["courier"]
    make = ("list", "create", "weekly", "--title", "W", "--from", "Town <t@valmont.example>")
    assert "list 'courier' was called 'weekly' before" in readers.error(*make)


def test_the_list_id_of_an_older_system_can_be_kept_later(site: Site) -> None:
    site("list", "edit", "weekly", "--list-id", "<courier.old.valmont.example>")
    assert site.json("list", "show", "weekly")["list_id"] == "courier.old.valmont.example"
    assert "list id" in site.error("list", "edit", "weekly", "--list-id", "nothing")


def test_a_topic_that_goes_away_moves_its_readers_and_says_so(readers: Site) -> None:
    readers("list", "edit", "weekly", "--topic", "pont=The bridge", "--topic", "Music")
    choose = ("subscriber", "edit", "ana@valmont.example", "--list", "weekly", "--topic")
    readers(*choose, "pont")
    said = readers("list", "edit", "weekly", "--topic", "Music").stdout
    assert "1 subscription had chosen a topic that is gone" in said
    (ana,) = readers.json("subscriber", "show", "ana@valmont.example")["subscriptions"]
    assert ana["topics"] is None


def test_removing_a_list_tells_all_that_goes(readers: Site) -> None:
    readers("issue", "create", "weekly", "--send", "--yes")
    readers("subscriber", "unsubscribe", "eva@valmont.example")
    readers(
        *("list", "edit", "weekly", "--topic", "Music", "--where", "exists town"),
        *("--slug", "courier"),
    )
    error = readers.error("list", "rm", "weekly")
    assert (
        "remove the list 'courier' with 2 subscriptions, 1 that ended, 1 issue, 3 deliveries, "
        "1 schedule, 1 topic, its segment (exists town) and the pages of its old names (weekly)"
    ) in error
    readers("list", "rm", "weekly", "--yes")
    assert "was removed already" in readers("list", "rm", "courier").stdout
    make = ("list", "create", "courier", "--title", "C", "--from", "Town <t@valmont.example>")
    readers(*make)
    assert "is removed" in readers("list", "rm", "courier", "--yes").stdout  # a new one, too


def test_a_list_drawn_from_another_sends_to_its_readers_and_is_left_by_leaving_that(
    readers: Site,
) -> None:
    readers("subscriber", "edit", "ana@valmont.example", "--attribute", "town=Valmont")
    make = ("list", "create", "town", "--title", "Town", "--from", "Town <t@valmont.example>")
    drawn = (*make, "--of", "weekly", "--where", "town = Valmont")
    assert "say where" in readers.error(*make, "--of", "weekly")
    readers(*drawn)
    assert "nothing was changed" in readers(*drawn).stdout
    shown = readers.json("list", "show", "town")
    assert [shown[name] for name in ("of", "matching", "visibility", "archive")] == [
        "weekly", 1, "closed", False,
    ]  # fmt: skip
    told = (
        "'town' has no subscribers of its own: it is drawn from 'weekly', of whose readers 1 match"
    )
    assert told in readers("list", "ls").stderr
    assert told in readers("subscriber", "ls", "--list", "town").stderr
    assert "drawn" not in readers("subscriber", "ls", "--list", "weekly").stderr
    (readers.folder / "people.csv").write_text("zoe@valmont.example\n")
    for into in (("import", "people.csv"), ("add", "zoe@valmont.example")):
        error = readers.error("subscriber", *into, "--list", "town")
        assert "drawn from 'weekly' and has no subscribers of its own" in error
        assert "take them into 'weekly'" in error
    letter = readers.folder / "letter.md"
    letter.write_text("The bridge is open.", "utf-8")
    readers(
        "issue", "create", "town", "--subject", "Bridge", "--body", str(letter), "--send", "--yes"
    )
    assert readers.outbox() == ["ana@valmont.example"]
    readers("issue", "audit", "town/1")
    assert "town is drawn from it" in readers.error("list", "rm", "weekly", "--yes")
    readers("list", "rm", "town", "--yes")
    readers("list", "rm", "weekly", "--yes")


def test_a_list_is_made_again_from_what_show_says_of_it(readers: Site) -> None:
    readers(
        *("list", "edit", "weekly", "--topic", "pont=The bridge", "--goodbye", "--reply-to"),
        *("desk@valmont.example", "--where", "tag = vip", "--footer-note", "Café « du pont »"),
        *("--list-id", "the_courier.lists.valmont.example", "--excerpt", "full"),
        *("--match", "pont=travaux*", "--match", "pont=/pont/,quai"),
    )
    readers("list", "edit", "weekly", "--slug", "courier")
    readers(
        *("schedule", "add", "courier", "--cron", "0 7 * * *", "--name", "daily"),
        *("--approval", "hold:90m", "--minimum", "2", "--default"),
    )
    readers("schedule", "edit", "courier", "daily", "--pause")
    before = readers.json("list", "show", "courier")
    readers("list", "rm", "courier", "--yes")
    document = json.dumps(before)
    assert "List 'courier' is made" in readers("list", "import", "-", stdin=document).stdout
    same = readers("list", "import", "-", stdin=document)
    assert "nothing was changed" in same.stdout
    assert "differs" not in same.stderr
    other = before | {"title": "Le Courrier", "schedules": before["schedules"][:1]}
    other |= {"matches": {"pont": ["quai"]}, "excerpt_style": "line"}
    differs = readers("list", "import", "-", stdin=json.dumps(other)).stderr
    assert "It differs from what - says: title, excerpt style, matches, schedules." in differs
    assert "newsletter list rm courier" in differs
    after = readers.json("list", "show", "courier")
    for changing in ("created_at", "subscriptions", "matching"):
        del before[changing], after[changing]
    by_name = {one["name"]: one for one in before.pop("schedules")}
    assert {one["name"]: one for one in after.pop("schedules")} == by_name
    assert after == before


def test_what_describes_no_list_makes_none(site: Site) -> None:
    for document, why in (
        ("{", "it: invalid json"),
        ("[]", "it: input should be an object"),
        ('{"slug": "a"}', "title: field required"),
    ):
        error = site.error("list", "import", "-", stdin=document)
        assert f"this describes no list: {why}" in error
    whole = site.json("list", "show", "weekly") | {"slug": "b", "visibility": "hidden"}
    assert "visibility" in site.error("list", "import", "-", stdin=json.dumps(whole))


def test_categories_and_addresses_make_topics(site: Site) -> None:
    edit = ("list", "edit", "weekly")
    site(*edit, "--topic", "culture=Culture", "--topic", "Sport", "--match", "culture=Ciné*, fête")
    shown = site.json("list", "show", "weekly")
    assert shown["topics"] == {"culture": "Culture", "sport": "Sport"}
    assert shown["matches"] == {"culture": ["cine*", "fete"]}
    assert "'weekly' changed: matches" in site(*edit, "--match", "sport=/sport/*").stdout
    assert "is so already" in site(*edit, "--match", "sport=/Sport/").stdout
    assert "culture: Culture (also cine*, fete)" in site("list", "show", "weekly").stdout
    site(*edit, "--match", "culture=")
    assert site.json("list", "show", "weekly")["matches"] == {"sport": ["/sport/*"]}
    assert "choose among culture, sport" in site.error(*edit, "--match", "jazz=jazz")
    assert "is no pattern: write a category" in site.error(*edit, "--match", "sport=*")
    make = ("list", "create", "town", "--title", "Town", "--from", "Town <t@valmont.example>")
    site(*make, "--topic", "Sport", "--match", "sport=/sport/*")
    assert site.json("list", "show", "town")["matches"] == {"sport": ["/sport/*"]}


def test_a_list_says_how_much_of_an_article_it_shows(site: Site) -> None:
    def excerpt() -> str:
        return site("list", "show", "weekly").stdout.split("excerpt")[1].split("\n")[0].strip()

    assert excerpt() == "60 words, in paragraphs"
    site("list", "edit", "weekly", "--excerpt", "line", "--excerpt-words", "40")
    assert excerpt() == "40 words, in one paragraph"
    site("list", "edit", "weekly", "--excerpt", "full")
    assert excerpt() == "all of the text"
    assert site.json("list", "show", "weekly")["excerpt_style"] == "full"
