"""A list that is called something else now: what old mails and pasted forms lead to."""

from __future__ import annotations

from valmont import Town

from newsletter.jobs.relisting import edit_mlist


def test_the_old_name_of_a_list_still_opens_its_pages_and_takes_its_form(town: Town) -> None:
    old = town.opened("hebdo")
    edit_mlist(town.inst, "hebdo", new_slug="courrier", now=town.now, actor="claire")
    for page in ("lists", "archive"):
        shown = [town.client.get(f"/{page}/{slug}") for slug in ("hebdo", "courrier")]
        assert [answer.status_code for answer in shown] == [200, 200]
        assert "/lists/courrier" in shown[0].text
    answer = town.client.post("/lists/hebdo", data={"address": "marie@example.org", "shown": old})
    assert answer.status_code == 200
    assert len(town.notices()) == 1
