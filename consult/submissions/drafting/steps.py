"""The steps of writing a submission: what each asks, and how far a draft has come."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from consult.consultations.models import Consultation
from consult.errors import Problem
from consult.i18n import N_, Message
from consult.plugins.questions import Answered, Question, QuestionKind, answered
from consult.submissions.drafting.drafts import submission_draft
from consult.submissions.models import Draft
from consult.submissions.questionnaires.content import FormContent
from consult.submissions.services import draft_problems


class Step(StrEnum):
    """One page of the form; the last, checking and handing in, is not among them."""

    BEHALF = "behalf"
    TOPICS = "topics"
    TEXT = "text"
    PROPOSALS = "proposals"
    DOCUMENTS = "documents"
    TRACK = "track"


STEP_LABELS: Mapping[Step, Message] = {
    Step.BEHALF: N_("On whose behalf, title and language"),
    Step.TOPICS: N_("Topics"),
    Step.TEXT: N_("The situation, and your position"),
    Step.PROPOSALS: N_("Your proposals"),
    Step.DOCUMENTS: N_("Documents"),
    Step.TRACK: N_("Questions of the track"),
}
#: The organisers' form follows: each of its sections is a step, called by its key.

CHECK_LABEL = N_("Check and hand in")

#: step -> the fields it keeps; those of the track are under one key
STEP_FIELDS: Mapping[Step, tuple[str, ...]] = {
    Step.BEHALF: ("title", "language", "withheld"),
    Step.TOPICS: ("topics",),
    Step.TEXT: ("text", "why"),
    Step.PROPOSALS: ("proposals",),
    Step.DOCUMENTS: ("documents",),
    Step.TRACK: ("track",),
}


class Progress(StrEnum):
    """How far a step is."""

    NOT_STARTED = ""
    DONE = "done"
    MEND = "mend"


@dataclass(frozen=True, slots=True)
class StepProgress:
    """A step of a draft: how far it is, and what is still wrong with it."""

    step: str
    progress: Progress
    problems: tuple[Problem, ...]


def steps_of(
    *, topics: bool, own: Sequence[Question], form: FormContent, shown: Collection[str], documents: bool = False
) -> list[str]:
    """Return the steps of a draft: without topics or questions there is nothing to ask on their pages.

    `documents` says whether the track takes files; `own` are its own questions; `shown` the keys of the questions that the answers so far show.
    """
    absent = {step for step, there in ((Step.TOPICS, topics), (Step.DOCUMENTS, documents)) if not there}
    if not any(question.key in shown for question in own):
        absent.add(Step.TRACK)
    sections = [one.key for one in form.sections if any(question.key in shown for question in one.questions)]
    return [*(step.value for step in Step if step not in absent), *sections]


def given_answers(draft: Draft, questions: Sequence[Question]) -> Answered:
    """Return what a draft's answers come to: the questions they show, what is wrong, what is not handed in."""
    given = draft.answers.get("track") or {}
    return answered(questions, {question.key: given.get(question.key) for question in questions})


def progress_of(
    draft: Draft,
    consultation: Consultation,
    *,
    topics: bool,
    own: Sequence[Question],
    form: FormContent,
    documents: bool = False,
) -> list[StepProgress]:
    """Return how far each step of a draft is (at most 2 queries)."""
    found = given_answers(draft, (*own, *form.questions))
    common = list(draft_problems(submission_draft(draft), consultation))
    shown = {question.key for question in found.shown}
    steps = []
    for step in steps_of(topics=topics, own=own, form=form, shown=shown, documents=documents):
        keys = asked_on(step, own, form)
        of_step = found.problems if keys else common
        problems = tuple(p for p in of_step if p.field in (keys or STEP_FIELDS[Step(step)]))
        state = Progress.MEND if problems else Progress.DONE
        steps.append(
            StepProgress(step, state if _is_begun(draft, step, keys, form) else Progress.NOT_STARTED, problems)
        )
    return steps


def asked_on(step: str, own: Sequence[Question], form: FormContent) -> tuple[str, ...]:
    """Return the keys of all questions of a step, whether or not they are shown; none for a step of the common part."""
    if step == Step.TRACK:
        return tuple(question.key for question in own)
    section = form.section(step)
    return () if section is None else tuple(question.key for question in section.questions)


def _is_begun(draft: Draft, step: str, keys: Sequence[str], form: FormContent) -> bool:
    if not keys:
        return STEP_FIELDS[Step(step)][0] in draft.answers
    given = draft.answers.get("track")
    if given is None:
        return False
    section = form.section(step)
    to_read = section is not None and all(one.kind is QuestionKind.STATEMENT for one in section.questions)
    return to_read or draft.submission_id is not None or any(key in given for key in keys)


def step_of_field(field: str, form: FormContent) -> str:
    """Return the step on which a field is asked; whatever is neither common nor of the organisers' form is the track's."""
    section = form.section_of(field)
    if section is not None:
        return section.key
    return next(
        (step for step, fields in STEP_FIELDS.items() if field in fields and step is not Step.TRACK), Step.TRACK
    )
