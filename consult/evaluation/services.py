"""What is done with evaluations: written, published under the evaluator's name or without, and answered."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.cleaning import clean_text
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, NotFound, Problem, Rejected
from consult.evaluation.events import EvaluationAnswered, EvaluationPublished
from consult.evaluation.models import Evaluation, EvaluationAnswer, EvaluationDraft
from consult.evaluation.queries import draft_of, evaluation_by_number
from consult.events.record import record
from consult.i18n import LANGUAGES, N_, Localized

#: Characters of an evaluation in one language: thirty printed pages.
LONGEST = 100_000
LONGEST_ANSWER = 20_000
MOVED_ON = N_("This was saved somewhere else meanwhile. Compare it with what you wrote here, then save again.")


@dataclass(frozen=True, slots=True)
class Written:
    """What an evaluator wrote: Markdown by language, whether under their own name, and the version it was begun from."""

    texts: Mapping[str, str]
    signed: bool
    version: int


def save_evaluation(written: Written, *, consultation: Consultation, actor: Actor) -> EvaluationDraft:
    """Keep what somebody is writing; it need not be whole. Raises Rejected (`texts_ar`, ...), Conflict where another tab saved."""
    with transaction():
        person = _evaluator(consultation, actor)
        texts = _clean(written.texts)
        if problems := list(_too_long(texts, LONGEST)):
            raise Rejected(problems)
        row = _locked(consultation, person)
        if (row.version if row else 0) != written.version:
            raise Conflict(MOVED_ON)
        if row is None:
            row = EvaluationDraft(consultation_id=consultation.id, person_id=person, version=0)
            session.add(row)
        row.texts, row.signed, row.version, row.saved_at = texts, written.signed, row.version + 1, clock.now()
        session.flush()
        return row


def publish_evaluation(version: int, *, consultation: Consultation, actor: Actor) -> Evaluation:
    """Publish the draft that the page showed, for ever.

    Raises NotFound without a draft, Conflict where it is another one by now, Rejected (`texts_ar`, ...) where a language is missing.
    """
    with transaction():
        person = _evaluator(consultation, actor)
        draft = _locked(consultation, person)
        if draft is None:
            raise NotFound
        if draft.version != version:
            raise Conflict(MOVED_ON)
        if problems := list(missing_languages(draft.texts)):
            raise Rejected(problems)
        session.get_one(Consultation, consultation.id, with_for_update=True)
        here = Evaluation.consultation_id == consultation.id
        last = session.scalar(sa.select(sa.func.max(Evaluation.number)).where(here)) or 0
        row = Evaluation(
            id=new_id(),
            consultation_id=consultation.id,
            number=last + 1,
            written_by=person,
            signed=draft.signed,
            texts=draft.texts,
            published_at=clock.now(),
        )
        session.add(row)
        session.delete(draft)
        session.flush()
        record(EvaluationPublished(row.number), stream=consultation.id, actor=actor.person)
        return row


def answer_evaluation(
    number: int, texts: Mapping[str, str], *, consultation: Consultation, actor: Actor
) -> EvaluationAnswer:
    """Say something to an evaluation, beside it, once. Raises NotFound, Conflict where it was answered, Rejected (`texts_ar`, ...)."""
    with transaction():
        demand(actor, "evaluation.answer", consultation)
        row = evaluation_by_number(consultation.id, number)
        if row is None:
            raise NotFound
        session.get_one(Evaluation, row.id, with_for_update=True)
        if session.get(EvaluationAnswer, row.id) is not None:
            raise Conflict(N_("This evaluation has been answered already."))
        said = _clean(texts)
        if problems := [*missing_languages(said), *_too_long(said, LONGEST_ANSWER)]:
            raise Rejected(problems)
        answer = EvaluationAnswer(evaluation_id=row.id, texts=said, answered_by=actor.person, answered_at=clock.now())
        session.add(answer)
        session.flush()
        record(EvaluationAnswered(number), stream=consultation.id, actor=actor.person)
        return answer


def missing_languages(texts: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a problem for each language in which nothing is written."""
    for code in LANGUAGES:
        if not texts.get(code):
            yield Problem(f"texts_{code}", N_("Write it in this language too: everybody reads it in their own."))


def _evaluator(consultation: Consultation, actor: Actor) -> uuid.UUID:
    demand(actor, "evaluation.write", consultation)
    if actor.person is None:
        raise Forbidden
    return actor.person


def _locked(consultation: Consultation, person: uuid.UUID) -> EvaluationDraft | None:
    found = draft_of(consultation.id, person)
    if found is not None:
        session.refresh(found, with_for_update=True)
    return found


def _clean(texts: Mapping[str, str]) -> Localized:
    return Localized({code: clean for code in LANGUAGES if (clean := clean_text(texts.get(code, "")).strip())})


def _too_long(texts: Mapping[str, str], limit: int) -> Iterator[Problem]:
    for code, text in texts.items():
        if len(text) > limit:
            yield Problem(f"texts_{code}", N_("Write at most %(limit)s characters.", limit=limit))


__all__ = ["Written", "answer_evaluation", "missing_languages", "publish_evaluation", "save_evaluation"]
