"""Recommendations as everybody reads them: the list, one with its result and its way, the versions."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request

from consult.ballots.queries import ballots_on, standing_ballot
from consult.ballots.states import BallotState
from consult.consultations.models import Topic
from consult.consultations.queries import topics_of
from consult.db import session
from consult.errors import NotFound
from consult.i18n import LANGUAGES
from consult.recommendations.changes import version_changes
from consult.recommendations.clauses import best_language, languages_of
from consult.recommendations.queries import Dossier, VersionRead, read_dossier, recommendations_page
from consult.recommendations.reservation_queries import inherited_reservations, own_reservation, unsigned_of
from consult.recommendations.response_kinds import RESPONSE_LABELS
from consult.recommendations.response_queries import PublishedResponse, responses_to
from consult.recommendations.states import STATE_LABELS, RecommendationState
from consult.recommendations.surroundings import Surroundings, read_surroundings
from consult.web.conditional import conditional
from consult.web.decisions import BallotShown, language_argument, number_argument, recommendation_mark, shown
from consult.web.guards import requires, visible
from consult.web.kept import kept
from consult.web.language import current_language
from consult.web.public.blueprint import blueprint
from consult.web.responses import RESPONSE_TAGS
from consult.web.submissions import short_address
from consult.web.trace import step_of_version
from consult.web.visitor import actor, consultation


@blueprint.get("/c/<slug>/recommendations/")
@conditional
@requires("public.read")
def recommendations() -> str:
    """List what was proposed, newest first, by state and topic."""
    topics = topics_of(consultation().id)
    state, topic = _state(request.args.get("state", "")), _topic(topics, request.args.get("topic", ""))
    page = recommendations_page(
        consultation().id,
        state=state,
        topic=None if topic is None else topic.id,
        below=number_argument("below"),
        above=number_argument("above"),
    )
    return render_template(
        "public/recommendations.html",
        page=page,
        marks={row.number: recommendation_mark(row.state) for row in page.rows},
        states=[(s.value, STATE_LABELS[s]) for s in RecommendationState if s is not RecommendationState.DRAFT],
        state="" if state is None else state.value,
        topics=topics,
        topic="" if topic is None else topic.slug,
    )


def _state(given: str) -> RecommendationState | None:
    known = {state.value: state for state in RecommendationState if state is not RecommendationState.DRAFT}
    return known.get(given)


def _topic(topics: Sequence[Topic], given: str) -> Topic | None:
    return next((topic for topic in topics if topic.slug == given), None)


@blueprint.get("/c/<slug>/recommendations/<int:number>/")
@conditional
@requires("public.read")
def recommendation(number: int) -> str:
    """Show a recommendation: its text, the result condition by condition, where it came from, reservations, versions."""
    file = _file(consultation().id, number, current_language().code)
    dossier: Dossier = visible("recommendation.read", file.dossier)
    own = actor().memberships_in(consultation().id)
    unsigned = unsigned_of(dossier.id, own)
    return render_template(
        "public/recommendation.html",
        dossier=dossier,
        mark=recommendation_mark(dossier.state),
        beside=file.beside,
        result=file.result,
        ballots=file.others,
        open_now=next((ballot.row for ballot in file.others if ballot.row.state == BallotState.OPEN), None),
        reserved=own_reservation(dossier.id, own),
        inherited=inherited_reservations(dossier.id, own),
        unsigned=unsigned.id if unsigned else None,
        printed_in=file.printed_in,
        responses=file.responses,
        response_labels=RESPONSE_LABELS,
        response_tags=RESPONSE_TAGS,
        short=short_address(number, "recommendation"),
        **_text(dossier, dossier.present),
    )


@dataclass(frozen=True, slots=True)
class _File:
    """All that is on record about a recommendation: its text, what stands beside it, its ballots, where it is printed."""

    dossier: Dossier
    beside: Surroundings
    result: BallotShown | None
    others: Sequence[BallotShown]
    printed_in: Mapping[str, Any]
    responses: Sequence[PublishedResponse]


def _file(here: uuid.UUID, number: int, code: str) -> _File:
    """Return what is on record about a recommendation, in a language (6 queries when the log went on, else none).

    Raises NotFound where there is no such recommendation.
    """
    return kept(("recommendation", here, number, code), lambda: _read_file(here, number))


def _read_file(here: uuid.UUID, number: int) -> _File:
    dossier = read_dossier(here, number)
    if dossier is None:
        raise NotFound
    ballots = ballots_on(dossier.id)
    for row in ballots:
        session.expunge(row)  # kept for others to read, long after this request's session
    standing = standing_ballot(ballots)
    return _File(
        dossier=dossier,
        beside=read_surroundings(dossier.id, dossier.responsible),
        result=None if standing is None else shown(standing),
        others=[shown(row) for row in ballots if row is not standing],
        printed_in=step_of_version(dossier.present),
        responses=responses_to(recommendation=dossier.id),
    )


@blueprint.get("/c/<slug>/recommendations/<int:number>/versions/<int:version>/")
@conditional
@requires("public.read")
def version(number: int, version: int) -> str:
    """Show one version of a recommendation, and what changed since the one before."""
    found = read_dossier(consultation().id, number, clauses_of=(version - 1, version))
    dossier: Dossier = visible("recommendation.read", found)
    read, before = dossier.at(version), dossier.at(version - 1)
    if read is None:
        raise NotFound
    text = _text(dossier, read)
    changes = None if before is None else version_changes(before, read, text["lang"], dossier.authoritative)
    return render_template("public/version.html", dossier=dossier, version=read, changes=changes, **text)


def _text(dossier: Dossier, read: VersionRead) -> dict[str, Any]:
    """Return the text in the language asked for, where all of it exists, else in the language of record."""
    wanted = language_argument("text", current_language().code)
    lang = best_language(read.clauses, wanted, dossier.authoritative)
    return {
        "lang": lang,
        "clauses": [
            {"number": clause.key, "text": clause.texts.for_language(lang), "id": f"c{clause.key}"}
            for clause in read.clauses
        ],
        "stale": any(lang in clause.stale for clause in read.clauses),
        "text_languages": [LANGUAGES[code] for code in languages_of(read.clauses, LANGUAGES) if code != lang],
        "lang_name": LANGUAGES[lang].name,
        "record_name": LANGUAGES[dossier.authoritative].name,
    }
