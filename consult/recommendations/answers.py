"""Answering: what became of a text or a passage, given by an organiser, read by its author and by everybody.

An answer is never changed: a new one takes its place, and the old one stays in the history.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, allowed, demand
from consult.cleaning import clean_line, clean_text
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Problem, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.recommendations.answer_lists import proposed_answers
from consult.recommendations.events import SubmissionAnswered
from consult.recommendations.models import Clause, Disposition, Recommendation, Version
from consult.recommendations.states import RecommendationState
from consult.submissions.content import is_language
from consult.submissions.dispositions import KINDS, REASON_LIMIT, DispositionKind, Need
from consult.submissions.models import Passage, Submission
from consult.submissions.states import SubmissionState

#: Texts and passages that one act may answer: what a person can look through before they confirm it.
MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Target:
    """What is answered: a submission, or one passage of it; `revision` is the one that was read, None for the present one."""

    submission: uuid.UUID
    passage: uuid.UUID | None = None
    revision: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as written: the kind, the number of a recommendation and the key of a clause of it, a reason and its language."""

    kind: str
    recommendation: int | None = None
    clause: str = ""
    reason: str = ""
    language: str = ""


def answer(given: Answer, targets: Collection[Target], *, consultation: Consultation, actor: Actor) -> int:
    """Answer texts and passages alike, and return to how many that said something new.

    Raises Rejected with every problem at its field: `kind`, `recommendation`, `clause`, `reason`, `language`, `targets`.
    """
    with transaction():
        demand(actor, "answer.give", consultation)
        texts = _locked(targets, consultation)
        given, cited = _checked(given, targets, texts, consultation, actor)
        at = clock.now()
        fresh = _replace(given, cited, targets, texts, at)
        for target in fresh:
            row = texts[target.submission]
            session.add(_disposition(given, cited, target, consultation, actor, at))
            record(
                SubmissionAnswered(row.id, row.number, target.passage, given.kind, given.recommendation),
                stream=consultation.id,
                actor=actor.person,
            )
        session.flush()
        return len(fresh)


def answer_sources(passages: Collection[uuid.UUID], *, consultation: Consultation, actor: Actor) -> int:
    """Confirm of passages that are sources, and have no answer of their own, that they are taken up where they are cited.

    Raises Rejected if none of them is such a passage any more.
    """
    with transaction():
        demand(actor, "answer.give", consultation)
        ticked = frozenset(passages)
        found = [one for one in proposed_answers(consultation.id, actor) if one.passage in ticked]
        if not found:
            raise Rejected(N_("Tick at least one passage that has no answer of its own yet."), "passages")
        found.sort(key=lambda one: one.recommendation)
        return sum(
            answer(
                Answer(DispositionKind.TAKEN_UP, recommendation=number),
                [Target(one.submission, one.passage) for one in group],
                consultation=consultation,
                actor=actor,
            )
            for number, group in groupby(found, key=lambda one: one.recommendation)
        )


def check_answer(given: Answer, targets: Collection[Target], *, consultation: Consultation, actor: Actor) -> Answer:
    """Return an answer cleaned, without giving it, for a person to confirm; raises as `answer` does."""
    demand(actor, "answer.give", consultation)
    texts = _texts(targets, consultation)
    return _checked(given, targets, {row.id: row for row in session.scalars(texts)}, consultation, actor)[0]


def _texts(targets: Collection[Target], consultation: Consultation) -> sa.Select[Submission]:
    wanted = {target.submission for target in targets}
    return (
        sa.select(Submission)
        .where(Submission.id.in_(wanted), Submission.consultation_id == consultation.id)
        .order_by(Submission.id)  # whoever else answers takes them in the same order: nobody waits for each other
    )


def _locked(targets: Collection[Target], consultation: Consultation) -> Mapping[uuid.UUID, Submission]:
    query = _texts(targets, consultation).with_for_update().execution_options(populate_existing=True)
    return {row.id: row for row in session.scalars(query)}


def _checked(
    given: Answer,
    targets: Collection[Target],
    texts: Mapping[uuid.UUID, Submission],
    consultation: Consultation,
    actor: Actor,
) -> tuple[Answer, Recommendation | None]:
    """Return the answer cleaned, and the recommendation it names; Rejected with everything that is wrong."""
    given = replace(given, clause=clean_line(given.clause), reason=clean_text(given.reason))
    cited = _recommendation(given, consultation)
    problems = [*_kind_problems(given, cited), *_reason_problems(given), *_target_problems(targets, texts, actor)]
    if problems:
        raise Rejected(problems)
    return replace(given, language=given.language if given.reason else ""), cited


def _recommendation(given: Answer, consultation: Consultation) -> Recommendation | None:
    if given.recommendation is None:
        return None
    return session.scalars(
        sa.select(Recommendation).where(
            Recommendation.consultation_id == consultation.id, Recommendation.number == given.recommendation
        )
    ).first()


def _kind_problems(given: Answer, cited: Recommendation | None) -> Iterator[Problem]:
    if given.kind not in KINDS:
        yield Problem("kind", N_("Choose what became of it."))
        return
    need = KINDS[DispositionKind(given.kind)].recommendation
    if given.recommendation is not None and need is Need.NONE:
        yield Problem("recommendation", N_("This kind of answer names no recommendation."))
    elif given.recommendation is None:
        if need is Need.MUST:
            yield Problem("recommendation", N_("Choose the recommendation that takes it up."))
        if given.clause:
            yield Problem("clause", N_("Choose the recommendation that this clause belongs to."))
    elif cited is None or cited.state == RecommendationState.DRAFT:
        yield Problem(
            "recommendation", N_("Choose a recommendation that is open for discussion: a draft is not public.")
        )
    elif given.clause and not _has_clause(cited, given.clause):
        yield Problem(
            "clause",
            N_("Recommendation %(number)s has no clause %(key)s now.", number=cited.number, key=given.clause),
        )


def _has_clause(cited: Recommendation, key: str) -> bool:
    present = sa.select(Version.id).where(Version.recommendation_id == cited.id, Version.number == cited.version)
    found = sa.select(sa.exists().where(Clause.version_id == present.scalar_subquery(), Clause.key == key))
    return session.execute(found).scalar_one()


def _reason_problems(given: Answer) -> Iterator[Problem]:
    need = KINDS[DispositionKind(given.kind)].reason if given.kind in KINDS else Need.MAY
    if need is Need.MUST and not given.reason:
        yield Problem("reason", N_("Write the reason: its author and everybody will read it."))
    if len(given.reason) > REASON_LIMIT:
        yield Problem("reason", N_("Write at most %(limit)s characters.", limit=REASON_LIMIT))
    if given.reason and not is_language(given.language):
        yield Problem("language", N_("Choose the language you wrote in."))


def _target_problems(
    targets: Collection[Target], texts: Mapping[uuid.UUID, Submission], actor: Actor
) -> Iterator[Problem]:
    if not targets:
        yield Problem("targets", N_("Tick at least one text."))
    if len(targets) > MOST_AT_ONCE:
        yield Problem("targets", N_("Answer at most %(limit)s at once.", limit=MOST_AT_ONCE))
    gone = any(t.submission not in texts for t in targets) or not _own_passages(targets, texts)
    moved = any(t.revision not in (None, texts[t.submission].revision) for t in targets if t.submission in texts)
    if gone or moved or any(row.state != SubmissionState.ACCEPTED for row in texts.values()):
        yield Problem(
            "targets",
            N_("A text was hidden, withdrawn or corrected meanwhile: it needs no answer. Look at the list again."),
        )
    for row in texts.values():
        if not allowed(actor, "answer.give", row):
            yield Problem("targets", N_("%(number)s is your own text: somebody else answers it.", number=row.number))


def _own_passages(targets: Collection[Target], texts: Mapping[uuid.UUID, Submission]) -> bool:
    """Tell whether every passage is one of the present revision of the text it is said to be of (1 query)."""
    wanted = {target.passage: target.submission for target in targets if target.passage is not None}
    if not wanted:
        return True
    rows = session.execute(
        sa.select(Passage.id, Passage.submission_id, Passage.revision).where(Passage.id.in_(wanted))
    ).all()
    present = [row for row in rows if row.submission_id in texts and texts[row.submission_id].revision == row.revision]
    return len(present) == len(wanted) and all(wanted[row.id] == row.submission_id for row in present)


def _replace(
    given: Answer,
    cited: Recommendation | None,
    targets: Collection[Target],
    texts: Mapping[uuid.UUID, Submission],
    at: datetime,
) -> Sequence[Target]:
    """Take what is in force for these targets out of force; return those to which the answer says something new."""
    in_force = {
        Target(row.submission_id, row.passage_id): row
        for row in session.scalars(
            sa.select(Disposition).where(Disposition.submission_id.in_(texts), Disposition.replaced_at.is_(None))
        )
    }
    fresh = [one for one in dict.fromkeys(targets) if one not in in_force or not _says(in_force[one], given, cited)]
    for one in fresh:
        if one in in_force:
            in_force[one].replaced_at = at
    session.flush()  # before the new ones come: the database keeps one in force
    return fresh


def _says(row: Disposition, given: Answer, cited: Recommendation | None) -> bool:
    said = (row.kind, row.recommendation_id, row.clause, row.reason, row.language)
    return said == (given.kind, cited.id if cited else None, given.clause, given.reason, given.language)


def _disposition(
    given: Answer,
    cited: Recommendation | None,
    target: Target,
    consultation: Consultation,
    actor: Actor,
    at: datetime,
) -> Disposition:
    return Disposition(
        id=new_id(),
        consultation_id=consultation.id,
        submission_id=target.submission,
        passage_id=target.passage,
        kind=given.kind,
        recommendation_id=None if cited is None else cited.id,
        clause=given.clause,
        reason=given.reason,
        language=given.language,
        given_by=actor.person,
        at=at,
    )
