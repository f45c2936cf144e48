"""The trace, walked both ways: what became of a submission, and where a paragraph of the document comes from.

Each way is a fixed number of queries, however many submissions are asked about.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from consult.accounts.models import Body
from consult.ballots.models import Ballot
from consult.ballots.report import report_of
from consult.ballots.rules.phrases import OUTCOMES
from consult.ballots.rules.votes import Outcome
from consult.ballots.states import BallotState
from consult.db import prepared, read, session
from consult.i18n import N_, NN_, Localized, Message
from consult.outcomes.models import Citation, Edition
from consult.outcomes.results import result_in_short
from consult.recommendations.models import Recommendation, Source, Version
from consult.recommendations.queries import recommendations_quoting
from consult.recommendations.states import STATE_LABELS, RecommendationState
from consult.sessions.models import Session
from consult.submissions.authors import public_author
from consult.submissions.models import Passage, Submission
from consult.submissions.states import SubmissionState
from consult.testimony.models import Quote


class StepState(StrEnum):
    """Where a step stands on the way: it happened, the reader is there, or it is still to come."""

    DONE = ""
    HERE = "here"
    TODO = "todo"


@dataclass(frozen=True, slots=True)
class Step:
    """A step from passage to paragraph; `path` is its address under the consultation's own, "" for none."""

    title: Message | Localized | str
    path: str = ""
    note: Message | Localized | str | None = None
    state: StepState = StepState.DONE


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the newest edition: its number, the paragraph's number (0 for none) and the anchor."""

    edition: int
    paragraph: int
    anchor: str


@dataclass(frozen=True, slots=True)
class _Drawn:
    """That a recommendation draws on passages of a submission."""

    recommendation: uuid.UUID
    number: int
    titles: Localized
    state: RecommendationState
    version: int
    passages: tuple[int, ...]


#: Where subjects are cited, by kind and id.
_Places = Mapping[tuple[str, uuid.UUID], list[Place]]

NOT_PUBLISHED = Step(N_("Outcome document"), note=N_("No edition tells of it yet."), state=StepState.TODO)


def what_became(submissions: Collection[uuid.UUID], language: str) -> Mapping[uuid.UUID, list[Step]]:
    """Return the way of each submission: passages, recommendation, ballot, paragraph (3 queries for any number).

    Paragraphs are those of the newest edition in a language.
    """
    if not submissions:
        return {}
    drawn = _drawn(submissions)
    recommendations = {one.recommendation for found in drawn.values() for one in found}
    ballots = _standing(recommendations)
    places = _places(("submission", "recommendation"), {*submissions, *recommendations}, language)
    return {one: list(_way(one, drawn.get(one, []), ballots, places, language)) for one in submissions}


def ways_of_quotes(quotes: Collection[uuid.UUID], language: str) -> Mapping[uuid.UUID, list[Step]]:
    """Return where public quotes lead: recommendation, ballot, paragraph (3 queries for any number); those that lead nowhere
    are left out."""
    drawn = recommendations_quoting(quotes) if quotes else {}
    recommendations = {one.id for found in drawn.values() for one in found}
    if not recommendations:
        return {}
    ballots = _standing(recommendations)
    places = _places(("quote", "recommendation"), {*quotes, *recommendations}, language)
    return {
        quote: [
            step
            for one in found
            for step in (
                recommendation_step(one.number, one.version, one.titles, one.state),
                ballot_step(ballots.get(one.id), language),
                paragraph_step(_shared(places.get(("quote", quote), []), places.get(("recommendation", one.id), []))),
            )
        ]
        for quote, found in drawn.items()
    }


def way_of_recommendations(
    submission: uuid.UUID, recommendations: Collection[uuid.UUID], language: str
) -> Mapping[uuid.UUID, list[Step]]:
    """Return where recommendations lead that take up a submission: ballot and paragraph (2 queries for any number)."""
    if not recommendations:
        return {}
    ballots = _standing(recommendations)
    places = _places(("submission", "recommendation"), {submission, *recommendations}, language)
    own = places.get(("submission", submission), [])
    return {
        one: [
            ballot_step(ballots.get(one), language),
            paragraph_step(_shared(own, places.get(("recommendation", one), []))),
        ]
        for one in recommendations
    }


def _drawn(submissions: Collection[uuid.UUID]) -> Mapping[uuid.UUID, list[_Drawn]]:
    rows = read(*_sources(list(submissions)))
    passages: dict[tuple[uuid.UUID, uuid.UUID], list[int]] = defaultdict(list)
    heads: dict[tuple[uuid.UUID, uuid.UUID], Any] = {}
    for row in rows:
        key = (row.submission_id, row.id)
        passages[key].append(row.passage)
        heads[key] = row
    found: dict[uuid.UUID, list[_Drawn]] = defaultdict(list)
    for (submission, recommendation), row in heads.items():
        found[submission].append(
            _Drawn(
                recommendation,
                row.number,
                row.titles,
                RecommendationState(row.state),
                row.version,
                tuple(passages[submission, recommendation]),
            )
        )
    return found


@prepared
def _sources(
    submissions: Collection[uuid.UUID],
) -> sa.Select[uuid.UUID, uuid.UUID, int, Localized, str, int, int]:
    return (
        sa.select(
            Passage.submission_id,
            Recommendation.id,
            Recommendation.number,
            Recommendation.titles,
            Recommendation.state,
            Recommendation.version,
            Passage.number.label("passage"),
        )
        .select_from(Source)
        .join(Recommendation, Recommendation.id == Source.recommendation_id)
        .join(Passage, Passage.id == Source.passage_id)
        .where(Source.submission_id.in_(submissions), Recommendation.state != RecommendationState.DRAFT)
        .order_by(Recommendation.number, Passage.number)
    )


def _standing(recommendations: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Ballot]:
    """Return for each recommendation its newest ballot that was opened and not annulled."""
    rows = session.scalars(*_ballots(list(recommendations)))
    return {row.recommendation_id: row for row in rows if row.recommendation_id is not None}


@prepared
def _ballots(recommendations: Collection[uuid.UUID]) -> sa.Select[Ballot]:
    return (
        sa.select(Ballot)
        .where(
            Ballot.recommendation_id.in_(recommendations),
            Ballot.opened_at.is_not(None),
            Ballot.state != BallotState.ANNULLED,
        )
        .order_by(Ballot.number)
    )


def _places(kinds: Collection[str], subjects: Collection[uuid.UUID], language: str) -> _Places:
    """Return where the newest edition of each consultation cites these subjects, in order."""
    found: dict[tuple[str, uuid.UUID], list[Place]] = defaultdict(list)
    for kind, subject, edition, paragraph, anchor in read(*_cited(kinds, list(subjects), language)):
        found[kind, subject].append(Place(edition, paragraph, anchor))
    return found


@prepared
def _cited(
    kinds: Collection[str], subjects: Collection[uuid.UUID], language: str
) -> sa.Select[str, uuid.UUID, int, int, str]:
    newest = (
        sa.select(Edition.consultation_id, sa.func.max(Edition.number).label("number"))
        .group_by(Edition.consultation_id)
        .subquery()
    )
    return (
        sa.select(Citation.kind, Citation.subject_id, Edition.number, Citation.paragraph, Citation.anchor)
        .join(Edition, Edition.id == Citation.edition_id)
        .join(newest, sa.and_(newest.c.consultation_id == Edition.consultation_id, newest.c.number == Edition.number))
        .where(Citation.language == language, Citation.kind.in_(kinds), Citation.subject_id.in_(subjects))
        .order_by(Citation.paragraph, Citation.id)
    )


def _way(
    submission: uuid.UUID,
    drawn: Sequence[_Drawn],
    ballots: Mapping[uuid.UUID, Ballot],
    places: _Places,
    language: str,
) -> Iterator[Step]:
    own = places.get(("submission", submission), [])
    if not drawn:
        yield Step(N_("Recommendations"), note=N_("No recommendation draws on this text so far."), state=StepState.TODO)
    for one in drawn:
        yield _passages_step(one)
        yield recommendation_step(one.number, one.version, one.titles, one.state)
        yield ballot_step(ballots.get(one.recommendation), language)
        yield paragraph_step(_shared(own, places.get(("recommendation", one.recommendation), [])))
    if not drawn and own:
        yield paragraph_step(_first(own))


def _passages_step(one: _Drawn) -> Step:
    numbers = ", ".join(str(number) for number in one.passages)
    return Step(
        NN_(
            "Passage %(numbers)s of this submission",
            "Passages %(numbers)s of this submission",
            len(one.passages),
            numbers=numbers,
        ),
        f"#p{one.passages[0]}",
    )


def recommendation_step(number: int, version: int | None, titles: Localized, state: RecommendationState) -> Step:
    """Return the step that a recommendation is, in one of its versions or as a whole."""
    if version is None:
        title = N_("Recommendation %(number)s: %(title)s", number=number, title=titles)
    else:
        title = N_(
            "Recommendation %(number)s, version %(version)s: %(title)s", number=number, version=version, title=titles
        )
    return Step(title, f"recommendations/{number}/", STATE_LABELS[state])


def ballot_step(ballot: Ballot | None, language: str) -> Step:
    """Return the step that a ballot is: its result, that it is open, or that there is none yet."""
    if ballot is None:
        return Step(N_("Ballot"), note=N_("It has not been put to the vote."), state=StepState.TODO)
    report = report_of(ballot)
    path = f"ballots/{ballot.number}/"
    if report is None:
        return Step(N_("Ballot %(number)s", number=ballot.number), path, N_("Being voted on"), StepState.TODO)
    return Step(
        N_("Ballot %(number)s: %(outcome)s", number=ballot.number, outcome=OUTCOMES[Outcome(report.outcome.value)]),
        path,
        result_in_short(report, language) if report.bar is not None else None,
    )


def paragraph_step(place: Place | None) -> Step:
    """Return the step that a paragraph of the newest edition is, or that there is none yet."""
    if place is None:
        return NOT_PUBLISHED
    title = (
        N_(
            "Outcome document, edition %(edition)s, paragraph %(paragraph)s",
            edition=place.edition,
            paragraph=place.paragraph,
        )
        if place.paragraph
        else N_("Outcome document, edition %(edition)s", edition=place.edition)
    )
    return Step(title, f"outcome/{place.edition}/" + (f"paragraphs/{place.paragraph}/" if place.paragraph else ""))


def _shared(own: Sequence[Place], of_recommendation: Sequence[Place]) -> Place | None:
    """Return the paragraph that cites both, else the first that cites the recommendation."""
    return _first([place for place in own if place in of_recommendation] or of_recommendation)


def _first(places: Iterable[Place]) -> Place | None:
    """Return the first numbered paragraph, or the first place where none is numbered."""
    found = list(places)
    return next((place for place in found if place.paragraph), found[0] if found else None)


def place_of_version(version: uuid.UUID, language: str) -> Place | None:
    """Return where the newest edition prints a version of a recommendation (1 query)."""
    return _first(_places(("version",), {version}, language).get(("version", version), []))


def behind(edition: Edition, language: str, paragraph: int) -> list[Step]:
    """Return where a paragraph of an edition comes from: passages, versions, ballots, sessions, and itself last (1 query).

    A submission that is no longer public is named by its number alone.
    """
    rows = session.execute(_behind(edition.id, language, paragraph)).all()
    steps = [
        step
        for make in (_passage_steps, _quote_steps, _version_steps, _ballot_steps, _session_steps)
        for step in make(rows, language)
    ]
    here = N_(
        "Outcome document, edition %(edition)s, paragraph %(paragraph)s", edition=edition.number, paragraph=paragraph
    )
    return [*steps, Step(here, note=N_("You are here"), state=StepState.HERE)]


def _behind(edition: uuid.UUID, language: str, paragraph: int) -> sa.Select[Any]:
    def subject(kind: str, column: Any) -> sa.ColumnElement[bool]:
        return sa.and_(Citation.kind == kind, column == Citation.subject_id)

    of_submission = sa.func.coalesce(Passage.submission_id, Citation.subject_id)
    of_recommendation = sa.func.coalesce(Version.recommendation_id, Citation.subject_id)
    columns: tuple[Any, ...] = (
        Citation.kind,
        Passage.number.label("passage"),
        Submission.number.label("receipt"),
        Submission.state.label("submission_state"),
        Submission.author,
        Submission.withheld,
        Body.names.label("body"),
        Quote.number.label("quote"),
        Quote.withdrawn,
        Version.number.label("version"),
        Recommendation.number.label("recommendation"),
        Recommendation.titles,
        Recommendation.state.label("recommendation_state"),
        Ballot,
        Session.number.label("session"),
        Session.names.label("session_names"),
    )
    return (
        sa.select(*columns)
        .select_from(Citation)
        .outerjoin(Passage, subject("passage", Passage.id))
        .outerjoin(Submission, Submission.id == of_submission)
        .outerjoin(Body, Body.id == Submission.body_id)
        .outerjoin(Quote, subject("quote", Quote.id))
        .outerjoin(Version, subject("version", Version.id))
        .outerjoin(Recommendation, Recommendation.id == of_recommendation)
        .outerjoin(Ballot, subject("ballot", Ballot.id))
        .outerjoin(Session, subject("session", Session.id))
        .where(Citation.edition_id == edition, Citation.language == language, Citation.paragraph == paragraph)
        .order_by(Submission.number, Passage.number, Quote.number, Recommendation.number, Ballot.number, Session.number)
    )


def _passage_steps(rows: Sequence[Any], language: str) -> Iterator[Step]:
    cited = {row.receipt for row in rows if row.kind == "passage"}
    for row in rows:
        if row.kind == "passage" or (row.kind == "submission" and row.receipt not in cited):
            public = row.submission_state == SubmissionState.ACCEPTED
            author = public_author(row.submission_state, withheld=row.withheld, body=row.body, author=row.author)
            title = N_("%(author)s, passage %(number)s", author=author, number=row.passage)
            path = f"submissions/{row.receipt}/" + (f"#p{row.passage}" if row.passage else "")
            yield Step(title if row.passage else author, path if public else "", row.receipt)


def _quote_steps(rows: Sequence[Any], language: str) -> Iterator[Step]:
    for row in rows:
        if row.kind == "quote":
            yield quote_step(row.quote, withdrawn=row.withdrawn)


def quote_step(number: int, *, withdrawn: bool) -> Step:
    """Return the step that a quote of a confidential testimony is; one that was taken back has no words any more."""
    title = N_("Quote %(number)s from a confidential testimony", number=number)
    note = N_("Its author took these words back.") if withdrawn else None
    return Step(title, f"quotes/?after={number - 1}#quote-{number}", note)


def _version_steps(rows: Sequence[Any], language: str) -> Iterator[Step]:
    printed = {row.recommendation for row in rows if row.kind == "version"}
    for row in rows:
        if row.kind == "version" or (row.kind == "recommendation" and row.recommendation not in printed):
            yield recommendation_step(
                row.recommendation, row.version, row.titles, RecommendationState(row.recommendation_state)
            )


def _ballot_steps(rows: Sequence[Any], language: str) -> Iterator[Step]:
    for row in rows:
        if row.kind == "ballot":
            yield ballot_step(row.Ballot, language)


def _session_steps(rows: Sequence[Any], language: str) -> Iterator[Step]:
    for row in rows:
        if row.kind == "session":
            yield Step(
                N_("Session %(number)s: %(name)s", number=row.session, name=row.session_names),
                f"sessions/{row.session}/",
            )
