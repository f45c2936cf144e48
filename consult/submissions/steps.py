"""The steps of writing a submission: what each asks, and how far a draft has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from consult.consultations.models import Consultation
from consult.errors import Problem
from consult.i18n import N_, Message
from consult.plugins.questions import Question, clean_answers
from consult.submissions.drafts import submission_draft
from consult.submissions.models import Draft
from consult.submissions.services import draft_problems


class Step(StrEnum):
    """One page of the form; the last, checking and handing in, is not among them."""

    BEHALF = "behalf"
    TOPICS = "topics"
    TEXT = "text"
    PROPOSALS = "proposals"
    TRACK = "track"


STEP_LABELS: Mapping[Step, Message] = {
    Step.BEHALF: N_("On whose behalf, title and language"),
    Step.TOPICS: N_("Topics"),
    Step.TEXT: N_("The situation, and your position"),
    Step.PROPOSALS: N_("Your proposals"),
    Step.TRACK: N_("Questions of the track"),
}

CHECK_LABEL = N_("Check and hand in")

#: step -> the fields it keeps; those of the track are under one key
STEP_FIELDS: Mapping[Step, tuple[str, ...]] = {
    Step.BEHALF: ("title", "language", "withheld"),
    Step.TOPICS: ("topics",),
    Step.TEXT: ("text",),
    Step.PROPOSALS: ("proposals",),
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

    step: Step
    progress: Progress
    problems: tuple[Problem, ...]


def steps_of(*, topics: bool, questions: Sequence[Question]) -> list[Step]:
    """Return the steps of a form: without topics or questions there is nothing to ask on their pages."""
    absent = {Step.TOPICS} if not topics else set()
    if not questions:
        absent.add(Step.TRACK)
    return [step for step in Step if step not in absent]


def progress_of(
    draft: Draft, consultation: Consultation, *, topics: bool, questions: Sequence[Question]
) -> list[StepProgress]:
    """Return how far each step of a draft is (at most 2 queries)."""
    position = submission_draft(draft)
    _, wrong = clean_answers(questions, {q.key: position.answers.get(q.key) for q in questions})
    common = list(draft_problems(position, consultation))
    found = []
    for step in steps_of(topics=topics, questions=questions):
        problems = tuple(wrong if step is Step.TRACK else (p for p in common if p.field in STEP_FIELDS[step]))
        begun = STEP_FIELDS[step][0] in draft.answers
        state = Progress.NOT_STARTED if not begun else Progress.MEND if problems else Progress.DONE
        found.append(StepProgress(step, state, problems))
    return found


def step_of_field(field: str) -> Step:
    """Return the step on which a field is asked; whatever is not of the common part is the track's."""
    return next(
        (step for step, fields in STEP_FIELDS.items() if field in fields and step is not Step.TRACK), Step.TRACK
    )
