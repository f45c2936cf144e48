"""Short addresses that stay: of a submission, a recommendation, an edition, a printed sheet. They lead to the page in the reader's language.

A passage is named behind the number sign (`/s/TC-2026-00412#p3`): browsers carry it along.
"""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint, redirect, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.access import allowed
from consult.consultations.models import Consultation
from consult.db import session
from consult.errors import NotFound
from consult.i18n import DEFAULT_LANGUAGE, LANGUAGES
from consult.web.guards import requires
from consult.web.visitor import actor

blueprint = Blueprint("short", __name__)


def _to(endpoint: str, **values: object) -> Response:
    """Lead to a page in the language of the reader: that of their account, else the one their browser asks for."""
    asked = request.accept_languages.best_match(list(LANGUAGES)) or DEFAULT_LANGUAGE
    language = actor().language if actor().signed_in else asked
    answer = redirect(url_for(endpoint, lang=language, **values), 302)  # type: ignore[arg-type]
    answer.vary.update(["Accept-Language", "Cookie"])
    return answer


@blueprint.get("/s/<number>")
@requires("public.read")
def submission(number: str) -> Response:
    """Lead to a submission by its receipt number; which consultation it belongs to, its beginning tells."""
    query = sa.select(Consultation).where(Consultation.prefix == number.upper().rpartition("-")[0].rpartition("-")[0])
    found = session.scalars(query).first()
    if found is None or not allowed(actor(), "consultation.read", found):
        raise NotFound
    return _to("public.submission", slug=found.slug, number=number.upper())


@blueprint.get("/r/<slug>/<int:number>")
@requires("public.read")
def recommendation(number: int) -> Response:
    """Lead to a recommendation."""
    return _to("public.recommendation", number=number)


@blueprint.get("/o/<slug>/<int:number>")
@requires("public.read")
def edition(number: int) -> Response:
    """Lead to an edition of the outcome document."""
    return _to("public.edition", number=number)


@blueprint.get("/p/<slug>/<int:number>")
@requires("public.read")
def sheet(number: int) -> Response:
    """Lead to a printed sheet: what the square on it holds."""
    return _to("paper.sheet", number=number)
