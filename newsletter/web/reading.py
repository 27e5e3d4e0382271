"""Issues in the browser and past issues; the files of our pages; how the service is."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from sqlalchemy.orm import Session

from newsletter.compose.language import local_date, long_date, typeset
from newsletter.errors import NotFound
from newsletter.jobs.standing import named_list
from newsletter.models import Issue, IssueState, Variant
from newsletter.web.faces import Face, show
from newsletter.web.guards import ISSUE_POLICY
from newsletter.web.health import health
from newsletter.web.pages import chosen, words_of
from newsletter.web.signing import set_title
from subscribers.errors import InvalidToken
from subscribers.models import MailingList, Visibility
from subscribers.tokens import Purpose

OUT = (IssueState.SENDING, IssueState.PAUSED, IssueState.SENT)  # somebody may have it already
MOST_ISSUES = 500


@dataclass(frozen=True)
class Past:
    """An issue in the archive."""

    url: str
    subject: str
    number: int
    date: str
    language: str


class Reading(Face):
    """`/v/TOKEN`, `/archive/…`, `/static/…` and `/health`."""

    def routes(self, router: APIRouter) -> None:
        show(router, "/v/{token}", self.in_browser)
        show(router, "/archive/{slug}", self.archive)
        show(router, "/archive/{slug}/{number:int}", self.past)
        show(router, "/static/{name}", self.static)
        show(router, "/health", self.health)

    def in_browser(self, token: str) -> Response:
        """The issue as the reader's variant shows it; nothing in it is personal."""
        inst = self.site.inst
        payload = inst.tokens.read(Purpose.BROWSER, token, self.site.now())
        if not isinstance(payload, tuple) or len(payload) != 2:
            raise InvalidToken("this link shows no issue: copy it whole")
        issue_id, variant_id = payload
        with inst.database.read() as session:
            found = session.execute(
                sa.select(Variant.page, Variant.language)
                .join(Issue)
                .where(Variant.id == variant_id, Issue.id == issue_id)
                .where(Issue.state != IssueState.DRAFT)
            ).first()
        if found is None:
            raise NotFound("this issue is no longer kept (see the archive of its list)")
        return _issue_page(found.page, found.language)

    def archive(self, request: Request, slug: str) -> Response:
        site = self.site
        with site.inst.database.read() as session:
            mlist = _open_archive(session, slug)
            rows = session.execute(
                sa.select(Issue, Variant)
                .join(Variant, Variant.id == _best_variant(mlist))
                .where(Issue.mlist_id == mlist.id, Issue.state.in_(OUT))
                .order_by(Issue.number.desc())
                .limit(MOST_ISSUES)
            ).all()
        language = chosen(request, mlist.language)
        issues = [
            Past(
                url=site.path(f"archive/{mlist.slug}/{issue.number}"),
                subject=typeset(variant.subject, variant.language),
                number=issue.number,
                date=long_date(local_date(issue.nominal_at, mlist.timezone), language),
                language=variant.language,
            )
            for issue, variant in rows
        ]
        return site.page(
            "archive",
            language,
            title=words_of(language).archive_title.format(title=set_title(mlist)),
            languages=site.tongues(request, language),
            mlist={"title": set_title(mlist)},
            issues=issues,
            signup_url=site.path(f"lists/{mlist.slug}"),
        )

    def past(self, slug: str, number: int) -> Response:
        with self.site.inst.database.read() as session:
            mlist = _open_archive(session, slug)
            found = session.execute(
                sa.select(Variant.page, Variant.language)
                .join(Issue, Variant.id == _best_variant(mlist))
                .where(
                    Issue.mlist_id == mlist.id,
                    Issue.number == min(number, 2**31 - 1),
                    Issue.state.in_(OUT),
                )
            ).first()
        if found is None:
            raise NotFound(f"no such issue: {slug}/{number} (see the archive of the list)")
        return _issue_page(found.page, found.language)

    def static(self, name: str) -> Response:
        for asset in (self.site.style, self.site.icon):
            if name == asset.name:
                return Response(
                    asset.content,
                    media_type=asset.media_type,
                    headers={"Cache-Control": "public, max-age=31536000, immutable"},
                )
        raise NotFound(f"no such file: {name[:80]} (reload the page)")

    def health(self) -> Response:
        report = health(self.site.inst)
        return JSONResponse(report.as_json(), 200 if report.well else 503)


def _issue_page(page: str, language: str) -> HTMLResponse:
    headers = {"Content-Security-Policy": ISSUE_POLICY, "Content-Language": language}
    return HTMLResponse(page, headers=headers)


def _open_archive(session: Session, slug: str) -> MailingList:
    """The list, if everybody may read its past issues; a private one is as good as none."""
    mlist = named_list(session, slug)
    if mlist.visibility is not Visibility.PUBLIC or not mlist.archive:
        raise NotFound(f"no archive of {slug[:64]!r} (see the list of all)")
    return mlist


def _best_variant(mlist: MailingList) -> sa.ScalarSelect[int]:
    """The variant that the archive shows: in the list's own language, with the most articles."""
    own = sa.case((Variant.language == mlist.language, 0), else_=1)
    commas = sa.func.length(Variant.key) - sa.func.length(sa.func.replace(Variant.key, ",", ""))
    return (
        sa.select(Variant.id)
        .where(Variant.issue_id == Issue.id)
        .order_by(own, commas.desc(), Variant.id)
        .limit(1)
        .correlate(Issue)
        .scalar_subquery()
    )
