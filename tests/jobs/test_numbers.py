"""What people type for an issue or an article: whatever it is, it names one or none."""

from __future__ import annotations

from datetime import datetime

import pytest

from newsletter.errors import NotFound
from newsletter.installation import Installation
from newsletter.jobs.articles import find_article
from newsletter.jobs.drafting import find_issue
from newsletter.jobs.explaining_issues import explain_issue
from newsletter.jobs.previewing import preview
from subscribers.errors import UnknownList

ODD = ("²", "٣", "9" * 23, "9" * 5000, "hebdo/²", "hebdo/" + "9" * 10, "hebdo/" + "9" * 5000, "-1")


@pytest.mark.parametrize("ref", ODD)
def test_no_issue_has_an_odd_or_endless_number(inst: Installation, ref: str, now: datetime) -> None:
    with inst.database.read() as session, pytest.raises(NotFound, match="no such issue"):
        find_issue(session, ref)
    with pytest.raises((NotFound, UnknownList)):
        explain_issue(inst, ref, now=now)
    with pytest.raises((NotFound, UnknownList)):
        preview(inst, ref, now=now)


@pytest.mark.parametrize("ref", ODD)
def test_no_article_has_an_odd_or_endless_id(inst: Installation, ref: str) -> None:
    with inst.database.read() as session, pytest.raises(NotFound, match="no such article"):
        find_article(session, ref)
