"""The rows of the open data: what the public pages show, table by table, read in batches."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult.accounts.access import Actor
from consult.accounts.models import Body
from consult.ballots.models import Ballot
from consult.ballots.queries import roll_of
from consult.consultations.models import Consultation, Member
from consult.consultations.queries import topics_of
from consult.db import session
from consult.i18n import LANGUAGES, Localized, Message, translate
from consult.recommendations.models import Clause, Disposition, Recommendation, Source, Version
from consult.recommendations.response_models import OfficialResponse, speaks
from consult.recommendations.states import RecommendationState
from consult.sessions.queries import sessions_of
from consult.submissions.exchange.exports import export_submissions
from consult.submissions.models import Passage, ReviewDecision, Submission
from consult.submissions.questionnaires.content import question_data
from consult.submissions.questionnaires.queries import opened_forms
from consult.submissions.reading import whole_submission
from consult.submissions.states import REGISTERED, Decision, SubmissionState, told_in_public
from consult.submissions.translations.models import Translation
from consult.submissions.translations.queries import published_translations, words_of_translation
from consult.testimony.models import Quote

BATCH = 500
_PASSAGE = re.compile(r"p\d+")
Row = Mapping[str, Any]


def _boolean(value: bool) -> str:
    """Return a truth as Frictionless writes it."""
    return "true" if value else "false"


def _in_each(name: str, value: Localized | Message | None) -> dict[str, str]:
    if isinstance(value, Message):
        return {f"{name}_{code}": translate(value, code) for code in LANGUAGES}
    texts = value if value is not None else Localized()
    return {f"{name}_{code}": texts.get(code, "") for code in LANGUAGES}


def submissions(consultation: Consultation, actor: Actor) -> Iterator[Row]:
    """Yield what was accepted, in its present revision."""
    _, rows = export_submissions(consultation, (SubmissionState.ACCEPTED,), actor=actor)
    for row in rows:
        yield {**row, "withheld": _boolean(row["withheld"] == "yes")}


def passages(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    """Yield the numbered passages of what was accepted."""
    names, last = ("submission", "revision", "passage", "kind", "text", "question"), ""
    accepted = (Submission.consultation_id == consultation.id, Submission.state == SubmissionState.ACCEPTED)
    columns = (Submission.number, Passage.revision, Passage.number, Passage.kind, Passage.text, Passage.question)
    present = sa.and_(Passage.submission_id == Submission.id, Passage.revision == Submission.revision)
    numbers = sa.select(Submission.number).where(*accepted).order_by(Submission.number).limit(BATCH)
    while batch := session.scalars(numbers.where(Submission.number > last)).all():
        query = sa.select(*columns).join(Passage, present).where(*accepted, Submission.number.in_(batch))
        for row in session.execute(query.order_by(Submission.number, Passage.number)):
            yield dict(zip(names, row, strict=True))
        last = batch[-1]


def translations(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    """Yield the title (passage 0) and the passages of what is shown of accepted texts in other languages."""
    rows = session.scalars(
        sa.select(Submission)
        .where(
            Submission.consultation_id == consultation.id,
            Submission.state == SubmissionState.ACCEPTED,
            sa.exists().where(Translation.submission_id == Submission.id),
        )
        .order_by(Submission.number)
    )
    for row in rows.all():
        whole = whole_submission(consultation.id, row.number)
        for one in published_translations(row, whole.open_revisions) if whole else ():
            words = words_of_translation(one.id)
            numbered = [(0, words.get("title", ""))]
            numbered += sorted((int(part[1:]), text) for part, text in words.items() if _PASSAGE.fullmatch(part))
            for passage, text in numbered:
                yield {
                    "submission": row.number,
                    "language": one.language,
                    "passage": passage,
                    "kind": one.kind.value,
                    "revision": one.revision,
                    "text": text,
                }


def topics(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    """Yield the topics."""
    for topic in topics_of(consultation.id):
        yield {"topic": f"{topic.scheme}-{topic.code}", **_in_each("name", topic.names)}


def bodies(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    """Yield the bodies that take part under their own name, that a text stands under, or whose response is published."""
    takes_part = sa.exists().where(Member.body_id == Body.id, Member.consultation_id == consultation.id)
    wrote = sa.exists().where(
        Submission.body_id == Body.id,
        Submission.consultation_id == consultation.id,
        Submission.state == SubmissionState.ACCEPTED,
        Submission.withheld.is_(False),
    )
    answered = sa.exists().where(
        sa.or_(OfficialResponse.body_id == Body.id, OfficialResponse.responder_id == Body.id),
        OfficialResponse.consultation_id == consultation.id,
        OfficialResponse.published_at.is_not(None),
        OfficialResponse.replaced_at.is_(None),
    )
    stands = sa.or_(takes_part, wrote, answered)
    for body in session.scalars(sa.select(Body).where(stands).order_by(Body.key)):
        facts = {"body": body.key, "kind": body.kind, "region": body.region, "district": body.district}
        yield {**facts, **_in_each("name", body.names)}


def sessions(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    """Yield the sessions."""
    for row in sessions_of(consultation.id):
        times = {"starts": row.starts_at, "ends": row.ends_at, "opened": row.opened_at, "closed": row.closed_at}
        facts = {"session": row.number, "kind": row.kind, "state": row.state, **times}
        yield {**facts, **_in_each("name", row.names), **_in_each("venue", row.venues)}


def _public(consultation: Consultation) -> sa.ColumnElement[bool]:
    return sa.and_(Recommendation.consultation_id == consultation.id, Recommendation.state != RecommendationState.DRAFT)


def recommendations(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    """Yield the recommendations that were proposed."""
    for row in session.scalars(sa.select(Recommendation).where(_public(consultation)).order_by(Recommendation.number)):
        facts = {"recommendation": row.number, "state": row.state, "version": row.version, "due": row.due}
        more = {"decided": row.decided_at, "record": row.authoritative, "responsible": " ".join(row.responsible)}
        yield {**facts, **more, **_in_each("title", row.titles)}


def clauses(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    """Yield the clauses of every version."""
    query = (
        sa.select(Recommendation.number, Version.number, Clause.key, Clause.texts)
        .join(Version, Version.recommendation_id == Recommendation.id)
        .join(Clause, Clause.version_id == Version.id)
        .where(_public(consultation))
        .order_by(Recommendation.number, Version.number, Clause.position)
    )
    for number, version, key, texts in session.execute(query):
        yield {"recommendation": number, "version": version, "clause": key, **_in_each("text", texts)}


def sources(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    """Yield which passages a recommendation was drafted from."""
    query = (
        sa.select(Recommendation.number, Submission.number, Passage.number, Source.version)
        .join(Source, Source.recommendation_id == Recommendation.id)
        .join(Submission, Submission.id == Source.submission_id)
        .join(Passage, Passage.id == Source.passage_id)
        .where(_public(consultation), Submission.state == SubmissionState.ACCEPTED)
        .order_by(Recommendation.number, Submission.number, Passage.number)
    )
    names = ("recommendation", "submission", "passage", "since_version")
    return (dict(zip(names, row, strict=True)) for row in session.execute(query))


def quote_sources(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    """Yield which quotes of confidential testimonies a recommendation was drafted from, by number.

    Their words are not given away: a package is copied for good, and the author of a quote may take it back at any moment.
    """
    query = (
        sa.select(Recommendation.number, Quote.number, Source.version)
        .join(Source, Source.recommendation_id == Recommendation.id)
        .join(Quote, Quote.id == Source.quote_id)
        .where(_public(consultation), Quote.withdrawn.is_(False))
        .order_by(Recommendation.number, Quote.number)
    )
    names = ("recommendation", "quote", "since_version")
    return (dict(zip(names, row, strict=True)) for row in session.execute(query))


def quotes(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    """Yield the quotes that stand on the site, without their words (see `quote_sources`)."""
    query = sa.select(Quote.number, Quote.language, Quote.month).where(
        Quote.consultation_id == consultation.id, Quote.withdrawn.is_(False)
    )
    names = ("quote", "language", "month")
    return (dict(zip(names, row, strict=True)) for row in session.execute(query.order_by(Quote.number)))


def moderation(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    """Yield the public register of moderation, the oldest decision first: neither who decided, nor whose text, nor what it said."""
    zone, row = ZoneInfo(consultation.timezone), ReviewDecision
    query = (
        sa.select(row.at, Submission.number, Submission.track, row.revision, row.decision, row.ground)
        .join(Submission, Submission.id == row.submission_id)
        .where(row.consultation_id == consultation.id, row.decision.in_(REGISTERED))
        .order_by(row.at, row.id)
    )
    names = ("submission", "track", "revision", "decision", "ground")
    for line, (at, *facts, decision, ground) in enumerate(session.execute(query).yield_per(BATCH), start=1):
        told = (*facts, *told_in_public(Decision(decision), ground))
        yield {"line": line, "day": at.astimezone(zone).date(), **dict(zip(names, told, strict=True))}


def answers(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    """Yield the answers in force to accepted texts and passages of their present revision; passage 0 is the whole text."""
    query = (
        sa.select(
            Submission.number,
            sa.func.coalesce(Passage.number, 0),
            Disposition.kind,
            Recommendation.number,
            Disposition.clause,
            Disposition.reason,
            Disposition.language,
            Disposition.at,
        )
        .join(Submission, Submission.id == Disposition.submission_id)
        .outerjoin(Passage, Passage.id == Disposition.passage_id)
        .outerjoin(Recommendation, Recommendation.id == Disposition.recommendation_id)
        .where(
            Submission.consultation_id == consultation.id,
            Submission.state == SubmissionState.ACCEPTED,
            Disposition.replaced_at.is_(None),
            sa.or_(Disposition.passage_id.is_(None), Passage.revision == Submission.revision),
        )
        .order_by(Submission.number, sa.func.coalesce(Passage.number, 0))
    )
    names = ("submission", "passage", "kind", "recommendation", "clause", "reason", "language", "given")
    return (dict(zip(names, row, strict=True)) for row in session.execute(query).yield_per(BATCH))


def responses(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    """Yield the official responses in force to proposed recommendations and accepted submissions."""
    row, asked = OfficialResponse, aliased(Body)
    query = (
        sa.select(row, Body.key, Body.names, asked.key, Recommendation.number, Submission.number)
        .join(Body, Body.id == speaks())
        .outerjoin(asked, sa.and_(asked.id == row.body_id, row.responder_id.is_not(None)))
        .outerjoin(Recommendation, Recommendation.id == row.recommendation_id)
        .outerjoin(Submission, Submission.id == row.submission_id)
        .where(
            row.consultation_id == consultation.id,
            row.published_at.is_not(None),
            row.replaced_at.is_(None),
            sa.or_(Submission.id.is_(None), Submission.state == SubmissionState.ACCEPTED),
        )
        .order_by(row.published_at, row.id)
    )
    for one, key, names, in_place_of, recommendation, submission in session.execute(query):
        about = {"body": key, "in_place_of": in_place_of, "recommendation": recommendation, "submission": submission}
        said = {"kind": one.kind, "until": one.until, "text": one.text, "language": one.language, "letter": one.letter}
        yield {**about, **said, "digest": one.digest, "published": one.published_at, **_in_each("name", names)}


def _counted(consultation: Consultation) -> Sequence[Ballot]:
    query = sa.select(Ballot).where(Ballot.consultation_id == consultation.id, Ballot.result.is_not(None))
    return session.scalars(query.order_by(Ballot.number)).all()


def ballots(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    """Yield the ballots that were counted."""
    query = sa.select(Recommendation.id, Recommendation.number).where(Recommendation.consultation_id == consultation.id)
    numbers: dict[uuid.UUID | None, int] = {row[0]: row[1] for row in session.execute(query)}
    for row in _counted(consultation):
        result = row.result or {}
        facts = {"ballot": row.number, "recommendation": numbers.get(row.recommendation_id), "version": row.version}
        times = {"opened": row.opened_at, "closed": row.closed_at, "annulled": row.annulled_at}
        figures = {"seats": row.seats, "present": row.present, "outcome": result["outcome"]}
        counted = {"input": json.dumps(result["input"], ensure_ascii=False, sort_keys=True)}
        yield {**facts, **times, "rule": row.rule_id, **figures, **counted, **_in_each("question", row.questions)}


def votes(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    """Yield how each member voted in the named ballots that were counted."""
    for row in _counted(consultation):
        for place, line in enumerate(roll_of(row), start=1):
            facts = {"ballot": row.number, "line": place, "track": line.track, "constituency": line.constituency}
            voted = {"present": _boolean(line.present), "choice": line.choice}
            yield {**facts, **voted, **_in_each("voter", line.name.official)}


def questions(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    """Yield what the organisers asked in each version of a track's form."""
    for version, track, content in opened_forms(consultation.id):
        for question in content.questions:
            data = question_data(question)
            listed = data.get("choices") or data.get("rows") or []
            yield {
                "track": track,
                "version": version,
                "question": question.key,
                "kind": question.kind.value,
                "private": _boolean(question.private),
                "choices": json.dumps(listed, ensure_ascii=False, sort_keys=True) if listed else "",
                **_in_each("label", question.label),
            }
