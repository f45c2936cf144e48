"""The pages that are measured, and the bars they have to meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import BuildError

from consult.accounts.models import Person
from consult.accounts.signing_in.sign_in import start_sign_in
from consult.ballots.models import Ballot
from consult.consultations.models import Topic
from consult.db import session
from consult.demo.load import DEMO_PEOPLE, SLUG
from consult.recommendations.models import Recommendation, Source
from consult.sessions.models import Session
from consult.submissions.models import Submission

#: CPU milliseconds and queries of a public page, CPU milliseconds of the organisers' list and of an unchanged page.
PUBLIC_CPU, PUBLIC_QUERIES, LIST_CPU, UNCHANGED_CPU = 5.0, 8, 15.0, 0.5
#: At most so many times the bare route, and at 100,000 submissions at most so many times 1,000.
BARE_RATIO, GROWTH = 2.0, 2.0


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its endpoint with values for the address (`{submission}` stands for a place found in the database).

    `role` is a key of the sample's people who are signed in for it, "" for an anonymous visitor; `unchanged` says that
    the page answers conditional requests.
    """

    name: str
    endpoint: str
    values: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    role: str = ""
    unchanged: bool = True

    @property
    def cpu_bar(self) -> float:
        """CPU milliseconds of a request, at most."""
        return LIST_CPU if self.role else PUBLIC_CPU

    @property
    def query_bar(self) -> int | None:
        """Queries of a request, at most; the issue sets none for the organisers' list."""
        return None if self.role else PUBLIC_QUERIES


PAGES = (
    Page("consultation", "public.consultation"),
    Page("register", "public.register"),
    Page("register-filter", "public.register", query={"track": "municipal", "topic": "{topic}", "language": "ar"}),
    Page("search", "public.register", query={"q": "البلديات المجاورة"}),
    Page("submission", "public.submission", {"number": "{submission}"}),
    Page("recommendation", "public.recommendation", {"number": "{recommendation}"}),
    Page("session", "public.session", {"number": "{session}"}),
    Page("sign-in", "account.sign_in", unchanged=False),
    Page("organiser-list", "organise.people", role="organiser", unchanged=False),
)


def places() -> Mapping[str, str]:
    """Return the numbers that addresses of measured pages are made of: a cited submission, a recommendation with result..."""
    submission = (
        sa.select(Submission.number).join(Source, Source.submission_id == Submission.id).order_by(Source.added_at)
    )
    recommendation = (
        sa.select(Recommendation.number)
        .join(Ballot, Ballot.recommendation_id == Recommendation.id)
        .where(Ballot.state == "closed")
        .order_by(Recommendation.number)
    )
    topic = session.scalars(sa.select(Topic).order_by(Topic.position)).first()
    return {
        "submission": _first(submission),
        "recommendation": _first(recommendation),
        "session": _first(sa.select(Session.number).where(Session.state == "open")),
        "topic": topic.slug if topic else "",
    }


def _first(query: sa.Select[str] | sa.Select[int]) -> str:
    found = session.scalars(query.limit(1)).first()
    if found is None:
        raise LookupError(f"the sample has nothing for {query}")
    return str(found)


def address(app: Flask, page: Page, at: Mapping[str, str]) -> str | None:
    """Return the path of a page in Arabic, None if the application has no such page."""
    values: dict[str, Any] = {key: value.format(**at) for key, value in page.values.items()}
    if page.endpoint not in app.view_functions:
        return None
    with app.test_request_context("/ar/"):
        if app.url_map.is_endpoint_expecting(page.endpoint, "slug"):
            values["slug"] = SLUG
        try:
            path = app.url_for(page.endpoint, lang="ar", **values)
        except BuildError:
            values = {key: int(value) if value.isdigit() else value for key, value in values.items()}
            path = app.url_for(page.endpoint, lang="ar", **values)
    query = {key: value.format(**at) for key, value in page.query.items()}
    return f"{path}?{urlencode(query)}" if query else path


def sign_in(role: str) -> str:
    """Sign a person of the sample in and return the token of their cookie."""
    person = session.scalars(sa.select(Person.id).where(Person.email_key == DEMO_PEOPLE[role])).one()
    return start_sign_in(person, method="link")
