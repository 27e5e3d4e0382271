"""A pin with a draft there: what an editor wants comes with the issue that was made before."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from newsletter_kit import Install

from newsletter.installation import Installation
from newsletter.jobs.curating import pin, skip, unpin
from newsletter.jobs.drafting import draft_digest
from newsletter.jobs.steering import approve
from newsletter.models import Carried, Issue, Offer, OfferState, Schedule
from tests.jobs.curating_kit import BRIEF, BY, POTAGER, add
from tests.jobs.paper_site import NOW, two_lists

inst = two_lists

THIRD = "# Bal\n\nLe bal des pompiers ouvre à vingt heures."


def in_draft(inst: Installation) -> list[int]:
    """The articles of the one draft in their order, each of them carried, and no other."""
    with inst.database.read() as session:
        issue = session.scalars(sa.select(Issue)).one()
        carried = set(session.scalars(sa.select(Carried.article_id)))
        taken = [choice for choice in issue.choices if choice.position is not None]
        found = [choice.article_id for choice in sorted(taken, key=lambda c: c.position or 0)]
    assert set(found) == carried
    assert len(found) == len(carried)
    return found


def test_a_draft_with_room_takes_what_is_pinned_at_its_top(install: Install) -> None:
    inst = install()
    one, two = add(inst, slug="hebdo").id, add(inst, BRIEF, "hebdo").id
    draft_digest(inst, "hebdo", now=NOW, actor="editor")
    late = add(inst, THIRD, "hebdo").id
    done = pin(inst, "hebdo", str(late), **BY)
    assert (done.changed, done.drafts) == (True, ("hebdo/1",))
    assert in_draft(inst)[0] == late
    assert sorted(in_draft(inst)) == [one, two, late]
    assert not pin(inst, "hebdo", str(late), **BY).changed
    last = in_draft(inst)[-1]
    pin(inst, "hebdo", str(last), position=1, **BY)
    assert in_draft(inst)[:2] == [last, late]


def test_a_full_draft_takes_it_once_another_is_skipped(inst: Installation) -> None:
    one, _ = add(inst).id, add(inst, BRIEF)
    with inst.database.write() as session:
        session.execute(sa.update(Schedule).values(maximum=2))
    draft_digest(inst, "weekly", now=NOW, actor="editor")
    late = str(add(inst, THIRD).id)
    done = pin(inst, "weekly", late, **BY)
    assert (done.changed, done.drafts, done.full) == (True, (), ("weekly/1",))
    assert int(late) not in in_draft(inst)
    skip(inst, "weekly", str(one), **BY)
    done = pin(inst, "weekly", late, **BY)
    assert (done.changed, done.drafts, done.full) == (True, ("weekly/1",), ())
    assert in_draft(inst)[0] == int(late)


def test_what_was_approved_stays_as_it_was_read(inst: Installation) -> None:
    add(inst)
    draft_digest(inst, "weekly", now=NOW, actor="editor")
    approve(inst, "weekly/1", at=NOW + timedelta(hours=2), now=NOW, actor="editor")
    late = add(inst, BRIEF).id
    done = pin(inst, "weekly", str(late), **BY)
    assert (done.changed, done.drafts, done.approved) == (True, (), ("weekly/1",))
    assert late not in in_draft(inst)


def test_what_waits_for_its_day_stays_out_of_the_draft(inst: Installation) -> None:
    add(inst)
    draft_digest(inst, "weekly", now=NOW, actor="editor")
    ahead = POTAGER.replace("2026-03-19", "2026-04-19").replace("potager", "verger")
    late = add(inst, ahead).id
    done = pin(inst, "weekly", str(late), **BY)
    assert (done.changed, done.drafts, done.full) == (True, (), ())
    assert late not in in_draft(inst)


def test_what_a_draft_has_by_its_pin_alone_leaves_it_with_the_pin(install: Install) -> None:
    inst = install()
    one, two = add(inst, slug="hebdo").id, add(inst, BRIEF, "hebdo").id
    draft_digest(inst, "hebdo", now=NOW, actor="editor")
    before = in_draft(inst)
    late, last = str(add(inst, THIRD, "hebdo").id), str(before[-1])
    hour_later = {"now": NOW + timedelta(hours=1), "actor": "editor"}
    for wanted in (late, last):
        pin(inst, "hebdo", wanted, position=1, **hour_later)
    assert in_draft(inst)[:2] == [int(late), int(last)]
    done = unpin(inst, "hebdo", late, **hour_later)
    assert (done.changed, done.out, done.kept) == (True, ("hebdo/1",), ())
    done = unpin(inst, "hebdo", last, **hour_later)
    assert (done.changed, done.out, done.kept) == (True, (), ("hebdo/1",))
    assert in_draft(inst) == before
    assert sorted(before) == [one, two]
    assert not unpin(inst, "hebdo", late, **hour_later).changed
    assert not unpin(inst, "hebdo", last, **hour_later).changed


def test_of_what_was_pinned_before_the_draft_only_what_counted_as_seen_leaves_it(
    inst: Installation,
) -> None:
    due, seen = add(inst).id, add(inst, BRIEF).id
    with inst.database.write() as session:
        session.execute(
            sa.update(Offer).where(Offer.article_id == seen).values(state=OfferState.SEEDED)
        )
    for wanted in (due, seen):
        pin(inst, "weekly", str(wanted), **BY)
    draft_digest(inst, "weekly", now=NOW, actor="editor")
    assert sorted(in_draft(inst)) == [due, seen]
    assert unpin(inst, "weekly", str(due), **BY).kept == ("weekly/1",)
    assert unpin(inst, "weekly", str(seen), **BY).out == ("weekly/1",)
    assert in_draft(inst) == [due]
    with inst.database.read() as session:
        assert [choice.reason for choice in session.scalars(sa.select(Issue)).one().choices] == [
            "due"
        ]


def test_what_was_approved_keeps_what_is_pinned_no_more(inst: Installation) -> None:
    add(inst)
    draft_digest(inst, "weekly", now=NOW, actor="editor")
    late = add(inst, BRIEF).id
    hour_later = {"now": NOW + timedelta(hours=1), "actor": "editor"}
    pin(inst, "weekly", str(late), **hour_later)
    approve(inst, "weekly/1", at=NOW + timedelta(hours=2), **hour_later)
    done = unpin(inst, "weekly", str(late), **hour_later)
    assert (done.changed, done.out, done.kept) == (True, (), ("weekly/1",))
    assert late in in_draft(inst)
