"""Official responses: organisers ask a body, its members write and sign off as its rule asks, and everybody reads it.

Where nobody takes part for a body, the organisers enter the response from its letter, and the page says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.models import Body
from consult.accounts.taking_part import takes_part
from consult.cleaning import clean_line, clean_text
from consult.consultations.models import Consultation, Member
from consult.db import new_id, session, transaction
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.events.record import record
from consult.events.types import Event, canonical
from consult.i18n import N_
from consult.recommendations.events import (
    ResponseAsked,
    ResponseDue,
    ResponsePublished,
    ResponseRequestDropped,
    ResponseSignedOff,
)
from consult.recommendations.models import Recommendation
from consult.recommendations.responders import rule_for_response
from consult.recommendations.response_kinds import LETTER_LIMIT, TEXT_LIMIT, WITH_A_DAY, ResponseKind
from consult.recommendations.response_models import RESPONSES, OfficialResponse, speaks
from consult.recommendations.states import RecommendationState
from consult.submissions.bodies import sheltered_kinds, taking_part
from consult.submissions.content import is_language
from consult.submissions.models import Submission
from consult.submissions.offices.parts import forget
from consult.submissions.offices.sign_off import TEXT_CHANGED, say_yes, signers_of
from consult.submissions.offices.sign_off_rules import missing
from consult.submissions.offices.speaking import demand_signs
from consult.submissions.states import SubmissionState

#: Days before the last one on which a body that has not responded is reminded, once.
REMINDED_BEFORE = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class RequestDraft:
    """Whom to ask (a body's code), about what (a recommendation's number, or a receipt number), and the last day."""

    body: str
    due: date | None
    recommendation: int | None = None
    submission: str = ""


@dataclass(frozen=True, slots=True)
class ResponseDraft:
    """A response as typed; `letter` is the letter it is entered from, if it is."""

    kind: str
    text: str
    language: str
    until: date | None = None
    letter: str = ""


def ask_response(draft: RequestDraft, *, consultation: Consultation, actor: Actor) -> OfficialResponse:
    """Ask a body for its official response. Raises Rejected, each problem at its field: `body`, `about`, `due`."""
    with transaction():
        demand(actor, "response.ask", consultation)
        # Whoever else asks waits here: two presses of the button are one request.
        session.get_one(Consultation, consultation.id, with_for_update={"key_share": True}, populate_existing=True)
        body, about = _body(draft, consultation), _about(draft, consultation)
        problems = [] if body else [Problem("body", N_("Choose a body of the register."))]
        if about is None:
            problems.append(
                Problem("about", N_("Choose a recommendation that was proposed, or an accepted submission."))
            )
        if draft.due is None or draft.due < _today(consultation):
            problems.append(Problem("due", N_("Choose a day to come.")))
        if body and about and _is_asked(body, about):
            problems.append(Problem("body", N_("This body is asked already, and has not responded yet.")))
        if problems or body is None or about is None or draft.due is None:
            raise Rejected(problems)
        made = OfficialResponse(
            id=new_id(),
            consultation_id=consultation.id,
            body_id=body.id,
            recommendation_id=about.id if isinstance(about, Recommendation) else None,
            submission_id=about.id if isinstance(about, Submission) else None,
            asked_by=actor.person,
            asked_at=clock.now(),
            due=draft.due,
        )
        session.add(made)
        session.flush()
        _record(ResponseAsked(made.id, *named_in(made)), made, actor)
        return made


def drop_request(response: OfficialResponse, *, actor: Actor) -> None:
    """Take a request back while there is no response to it; what its members had written of one goes too."""
    with transaction():
        row = held_response(response)
        demand(actor, "response.enter", row)
        event = ResponseRequestDropped(row.id, *named_in(row))
        session.delete(row)
        session.flush()
        _record(event, row, actor)


def sign_response(response: OfficialResponse, digest: str, *, actor: Actor) -> OfficialResponse:
    """Say yes for one's body to the words that the page showed; once the body's rule is met, everybody reads them.

    Raises Conflict if the words are others by now, or others of the body sign (`offices.speaking`).
    """
    with transaction():
        row = held_response(response)
        demand(actor, "response.write", row)
        if not is_whole(row) or digest != digest_of(row):
            raise Conflict(TEXT_CHANGED)
        rule, me = demand_signs(rule_for_response(row), actor)
        say_yes(row.id, digest, me.member)
        if any(missing(rule, signers_of([row.id], {row.id: digest})[row.id].keys())):
            _record(ResponseSignedOff(row.id, *named_in(row)), row, None)
            return row
        return _publish(row, None)


def enter_response(draft: ResponseDraft, *, response: OfficialResponse, actor: Actor) -> OfficialResponse:
    """Enter and publish a response that came by letter. Raises Conflict where somebody takes part for the body."""
    with transaction():
        row = held_response(response)
        demand(actor, "response.enter", row)
        if is_represented(row):
            raise Conflict(N_("Somebody takes part for this body: its members respond themselves."))
        given = _checked(draft, row)
        _write(row, given)
        row.letter, row.entered_by = given.letter, actor.person
        return _publish(row, actor)


def remind_due() -> bool:
    """Remind the bodies whose last day is near, each once; tell whether there were any. For the worker."""
    near = (clock.now() + REMINDED_BEFORE).date()
    due = (
        OfficialResponse.published_at.is_(None),
        OfficialResponse.reminded_at.is_(None),
        OfficialResponse.due <= near,
    )
    found = session.scalars(sa.select(OfficialResponse.id).where(*due).order_by(OfficialResponse.id).limit(100)).all()
    session.rollback()
    for response in found:
        with transaction():
            row = session.get(OfficialResponse, response, with_for_update=True, populate_existing=True)
            if row is not None and row.reminded_at is None and row.published_at is None:
                row.reminded_at = clock.now()
                _record(ResponseDue(row.id, *named_in(row)), row, None)
    return bool(found)


def is_represented(row: OfficialResponse) -> bool:
    """Tell whether somebody takes part for the body that responds."""
    there = (Member.consultation_id == row.consultation_id, Member.body_id == row.speaker)
    return session.scalar(sa.select(sa.exists().where(*there, takes_part(Member, clock.now())))) is True


def is_whole(row: OfficialResponse) -> bool:
    """Tell whether a body has written all that a response says."""
    return bool(row.kind and row.text)


def digest_of(row: OfficialResponse) -> str:
    """Return SHA-256 of what a body says and to what: it is what is signed off."""
    said = {"kind": row.kind, "text": row.text, "language": row.language, "until": str(row.until or "")}
    return sha256(
        canonical({**said, "to": str(row.recommendation_id or row.submission_id), "body": str(row.speaker)})
    ).hexdigest()


def named_in(row: OfficialResponse) -> tuple[int | None, str | None]:
    """Return the number of the recommendation, or of the submission, that a response is about."""
    if row.recommendation_id is not None:
        return session.get_one(Recommendation, row.recommendation_id).number, None
    assert row.submission_id is not None  # noqa: S101  # one of the two is always there
    return None, session.get_one(Submission, row.submission_id).number


def held_response(response: OfficialResponse) -> OfficialResponse:
    """Keep everybody else who writes, signs off or enters a response waiting until this transaction ends. Raises Conflict once it is published."""
    row = session.get(OfficialResponse, response.id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    if row.published_at is not None:
        raise Conflict(N_("This response is published. The organisers can ask the body again."))
    return row


def _body(draft: RequestDraft, consultation: Consultation) -> Body | None:
    """Return the body that is asked; one of a kind that may take part unnamed only where it takes part by name."""
    found = session.scalars(sa.select(Body).where(Body.key == draft.body, Body.listed, Body.valid_to.is_(None))).first()
    if found is None or found.kind not in sheltered_kinds():
        return found
    return found if taking_part(consultation.id, [found.id]) else None


def _about(draft: RequestDraft, consultation: Consultation) -> Recommendation | Submission | None:
    if (draft.recommendation is None) == (not draft.submission):
        return None
    if draft.recommendation is not None:
        return session.scalars(
            sa.select(Recommendation).where(
                Recommendation.consultation_id == consultation.id,
                Recommendation.number == draft.recommendation,
                Recommendation.state != RecommendationState.DRAFT,
            )
        ).first()
    return session.scalars(
        sa.select(Submission).where(
            Submission.consultation_id == consultation.id,
            Submission.number == draft.submission,
            Submission.state == SubmissionState.ACCEPTED,
        )
    ).first()


def _is_asked(body: Body, about: Recommendation | Submission) -> bool:
    row = OfficialResponse
    subject = row.recommendation_id == about.id if isinstance(about, Recommendation) else row.submission_id == about.id
    asked = sa.exists().where(speaks() == body.id, subject, row.published_at.is_(None))
    return session.scalar(sa.select(asked)) is True


def _today(consultation: Consultation) -> date:
    return clock.now().astimezone(ZoneInfo(consultation.timezone)).date()


def _checked(draft: ResponseDraft, row: OfficialResponse) -> ResponseDraft:
    given = replace(draft, text=clean_text(draft.text), letter=clean_line(draft.letter))
    consultation = session.get_one(Consultation, row.consultation_id)
    if problems := [
        *decision_problems(given.kind, given.until, consultation),
        *word_problems(given.text, given.language),
        *_letter_problems(given.letter),
    ]:
        raise Rejected(problems)
    return given if given.kind in WITH_A_DAY else replace(given, until=None)


def _letter_problems(letter: str) -> Iterator[Problem]:
    if not letter or len(letter) > LETTER_LIMIT:
        yield Problem("letter", N_("Name the letter: its number and day."))


def decision_problems(kind: str, until: date | None, consultation: Consultation) -> Iterator[Problem]:
    """Yield what is wrong with what a body says becomes of a matter, and until when."""
    if kind not in set(ResponseKind):
        yield Problem("kind", N_("Choose what becomes of it."))
    elif kind in WITH_A_DAY and (until is None or until < _today(consultation)):
        yield Problem("until", N_("Say until when: a day to come."))


def word_problems(text: str, language: str) -> Iterator[Problem]:
    """Yield what is wrong with the words of a response."""
    if not text:
        yield Problem("text", N_("Write the response: everybody reads it."))
    elif len(text) > TEXT_LIMIT:
        yield Problem("text", N_("Write at most %(limit)s characters.", limit=TEXT_LIMIT))
    if not is_language(language):
        yield Problem("language", N_("Choose the language you wrote in."))


def _write(row: OfficialResponse, given: ResponseDraft) -> None:
    row.kind, row.text, row.language, row.until = given.kind, given.text, given.language, given.until
    row.version += 1
    session.flush()


def _publish(row: OfficialResponse, actor: Actor | None) -> OfficialResponse:
    same = OfficialResponse.recommendation_id == row.recommendation_id
    if row.recommendation_id is None:
        same = OfficialResponse.submission_id == row.submission_id
    of_asked = OfficialResponse.body_id == row.body_id
    own = sa.or_(of_asked, speaks() == row.body_id) if row.responder_id is None else of_asked
    before = (same, own, OfficialResponse.replaced_at.is_(None))
    for earlier in session.scalars(
        sa.select(OfficialResponse).where(*before, OfficialResponse.published_at.is_not(None))
    ):
        earlier.replaced_at = clock.now()
    row.digest, row.published_at = digest_of(row), clock.now()
    forget(RESPONSES, row.id)
    session.flush()
    _record(ResponsePublished(row.id, *named_in(row), row.kind, row.responder_id), row, actor)
    return row


def _record(event: Event, row: OfficialResponse, actor: Actor | None) -> None:
    """Record; without the actor what members of a body do for it."""
    record(event, stream=row.consultation_id, actor=actor.person if actor else None)
