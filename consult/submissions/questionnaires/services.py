"""What organisers do with forms: begin a version, write it, open it. What was opened is never changed underneath anybody."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_, Localized
from consult.plugins.questions import Question
from consult.submissions.events import (
    QuestionnaireChanged,
    QuestionnaireDiscarded,
    QuestionnaireDrafted,
    QuestionnaireOpened,
)
from consult.submissions.models import Questionnaire
from consult.submissions.questionnaires.checks import (
    blocks,
    cleaned,
    demand_known_keys,
    lines,
    question_problems,
    text_problems,
)
from consult.submissions.questionnaires.content import (
    HINT_LIMIT,
    LABEL_LIMIT,
    FormContent,
    Section,
    as_data,
    digest_of,
    gaps,
    question_data,
)
from consult.submissions.questionnaires.editing import (
    checked,
    moved,
    with_new_keys,
    with_question,
    with_section,
    without,
)
from consult.submissions.questionnaires.queries import content_of
from consult.submissions.questionnaires.states import FormState
from consult.submissions.tracks import questions_of


@dataclass(frozen=True, slots=True)
class SectionDraft:
    """A section as typed; `key` is "" for a new one. `seen` is the digest of its words when its page was opened."""

    titles: Localized
    intros: Localized = field(default_factory=Localized)
    key: str = ""
    seen: str = ""


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A question as typed: `question.key` is "" for a new one, which comes at the end of `section`.

    Choices and rows without a key are new. `seen` is the digest of the question when its page was opened: whoever else
    changed it meanwhile is not written over.
    """

    question: Question
    section: str = ""
    seen: str = ""


def begin_form(
    track: str, source: uuid.UUID | None = None, *, consultation: Consultation, actor: Actor
) -> Questionnaire:
    """Begin the next version of a track's form, empty or as a copy of any version that the actor organises.

    Its new keys are none that an earlier version has: answers are counted, exported and taken over by them. A copy of an
    earlier version keeps those of what it copies.

    Raises Conflict if the track has a draft already, NotFound for a track or a source that is not there.
    """
    with transaction():
        demand(actor, "consultation.organise", consultation)
        if track not in {row.key for row in consultation.tracks}:
            raise NotFound
        session.get_one(Consultation, consultation.id, with_for_update=True)
        known = session.execute(
            sa.select(Questionnaire.id, Questionnaire.version, Questionnaire.state, Questionnaire.content).where(
                Questionnaire.consultation_id == consultation.id, Questionnaire.track == track
            )
        ).all()
        if any(row.state == FormState.DRAFT for row in known):
            raise Conflict(N_("A new version of this form is being written already."))
        last = max((int(row.content.get("last", 0)) for row in known), default=0)
        begun = FormContent() if source is None else content_of(_source(source, actor))
        earlier = source in {row.id for row in known}
        content = as_data(replace(begun, last=last) if earlier else with_new_keys(begun, last))
        row = Questionnaire(
            id=new_id(),
            consultation_id=consultation.id,
            track=track,
            version=max((row.version for row in known), default=0) + 1,
            state=FormState.DRAFT,
            content=content,
            digest=digest_of(content),
            created_at=clock.now(),
        )
        session.add(row)
        session.flush()
        record(QuestionnaireDrafted(row.id, row.track, row.version), stream=consultation.id, actor=actor.person)
        return row


def _source(source: uuid.UUID, actor: Actor) -> Questionnaire:
    row = session.get(Questionnaire, source)
    if row is None or not actor.organises(row.consultation_id):
        raise NotFound
    return row


def save_section(draft: SectionDraft, *, questionnaire: Questionnaire, actor: Actor) -> FormContent:
    """Write a section of a draft.

    Raises Rejected at `titles` or `intros`, and Conflict if somebody else changed the section since its page was opened.
    """
    titles, intros = lines(draft.titles), blocks(draft.intros)
    problems = [*text_problems("titles", titles, LABEL_LIMIT), *text_problems("intros", intros, HINT_LIMIT)]
    if not titles:
        problems.append(Problem("titles", N_("Write a title in at least one language.")))
    if problems:
        raise Rejected(problems)

    def edit(content: FormContent) -> FormContent:
        before = content.section(draft.key)
        if draft.key and before is None:
            raise NotFound
        if before is not None and draft.seen and draft.seen != words_of(before):
            raise Conflict(
                N_("Somebody else changed this section since you opened the page. Nothing was written over.")
            )
        return with_section(content, Section(draft.key, titles, intros))

    return _edit(questionnaire, edit, actor)


def words_of(section: Section) -> str:
    """Return the digest of what a section says itself, its questions apart."""
    return digest_of({"titles": dict(section.titles), "intros": dict(section.intros)})


def save_question(draft: QuestionDraft, *, questionnaire: Questionnaire, actor: Actor) -> FormContent:
    """Write a question of a draft.

    Raises Rejected at `labels`, `hints`, `choices`, `rows`, `low`, `high`, `ends`, `limit`, `most`, `decimals` or
    `shown_if`, or `earliest` or `latest`, and Conflict if somebody else changed the question since its page was opened.
    """
    question = cleaned(draft.question)
    if problems := list(question_problems(question)):
        raise Rejected(problems)

    def edit(content: FormContent) -> FormContent:
        before = content.question(question.key)
        if (question.key and before is None) or (not question.key and content.section(draft.section) is None):
            raise NotFound
        if before is not None and draft.seen and draft.seen != digest_of(question_data(before)):
            raise Conflict(
                N_("Somebody else changed this question since you opened the page. Nothing was written over.")
            )
        demand_known_keys(question, before)
        return with_question(content, draft.section, question)

    return _edit(questionnaire, edit, actor)


def write_form(content: FormContent, *, questionnaire: Questionnaire, actor: Actor) -> FormContent:
    """Write a whole draft at once, from a file for instance; Rejected with the first question that is not in order."""
    clean = replace(
        content,
        sections=tuple(replace(one, questions=tuple(map(_in_order, one.questions))) for one in content.sections),
    )
    written = checked(clean)
    return _edit(questionnaire, lambda _: written, actor)


def _in_order(question: Question) -> Question:
    clean = cleaned(question)
    if problems := list(question_problems(clean)):
        raise Rejected(problems)
    return clean


def move_part(key: str, step: int, *, questionnaire: Questionnaire, actor: Actor) -> FormContent:
    """Move a section or question of a draft one place up (-1) or down (1); Rejected if a condition would look forward."""
    return _edit(questionnaire, lambda content: moved(content, key, step), actor)


def remove_part(key: str, *, questionnaire: Questionnaire, actor: Actor) -> FormContent:
    """Remove a section with its questions, or a question; Rejected while a condition elsewhere looks at it."""

    def edit(content: FormContent) -> FormContent:
        if content.section(key) is None and content.question(key) is None:
            raise NotFound
        return without(content, key)

    return _edit(questionnaire, edit, actor)


def open_form(questionnaire: Questionnaire, *, despite_gaps: bool = False, actor: Actor) -> Questionnaire:
    """Open a draft: new drafts answer it from now on, and the version that was open is retired.

    Raises Rejected if it asks nothing, asks for a key that the track asks for itself, has a condition that cannot be asked, or is
    not written in every language, unless `despite_gaps`.
    """
    with transaction():
        consultation = session.get_one(Consultation, questionnaire.consultation_id, with_for_update=True)
        row = _locked(questionnaire, actor)
        content = content_of(row)
        if not content.questions:
            raise Rejected(N_("The form asks nothing yet."))
        checked(content)
        own = {question.key for question in questions_of(consultation, row.track)}
        if taken := own & {question.key for question in content.questions}:
            raise Rejected(N_("The track itself asks a question with the key “%(key)s”.", key=min(taken)))
        if gaps(content) and not despite_gaps:
            raise Rejected(N_("Say that you open it although languages are missing."), "despite_gaps")
        session.execute(
            sa.update(Questionnaire)
            .where(
                Questionnaire.consultation_id == row.consultation_id,
                Questionnaire.track == row.track,
                Questionnaire.state == FormState.OPEN,
            )
            .values(state=FormState.RETIRED)
        )
        row.state, row.published_at = FormState.OPEN, clock.now()
        session.flush()
        event = QuestionnaireOpened(row.id, row.track, row.version, row.digest)
        record(event, stream=row.consultation_id, actor=actor.person)
        return row


def discard_form(questionnaire: Questionnaire, *, actor: Actor) -> None:
    """Delete a draft; versions that were opened stay."""
    with transaction():
        row = _locked(questionnaire, actor)
        session.delete(row)
        session.flush()
        event = QuestionnaireDiscarded(row.id, row.track, row.version)
        record(event, stream=row.consultation_id, actor=actor.person)


def _locked(questionnaire: Questionnaire, actor: Actor) -> Questionnaire:
    """Return a draft for writing; NotFound if it is gone, Conflict if it was opened meanwhile."""
    row = session.get(Questionnaire, questionnaire.id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    demand(actor, "consultation.organise", session.get_one(Consultation, row.consultation_id))
    if row.state != FormState.DRAFT:
        raise Conflict(N_("This version was opened: it is not changed any more. Begin a new one."))
    return row


def _edit(questionnaire: Questionnaire, edit: Callable[[FormContent], FormContent], actor: Actor) -> FormContent:
    with transaction():
        row = _locked(questionnaire, actor)
        content = edit(content_of(row))
        row.content = as_data(content)
        row.digest = digest_of(row.content)
        session.flush()
        event = QuestionnaireChanged(row.id, row.track, row.version)
        record(event, stream=row.consultation_id, actor=actor.person)
        return content
