"""The organisers' forms of the sample: written and opened before the first submission, one being written now."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from consult.db import session
from consult.demo.people import Cast
from consult.demo.sample_files import Timeline
from consult.i18n import Localized
from consult.plugins.questions import Question, QuestionKind
from consult.runtime import runtime
from consult.submissions.models import Questionnaire
from consult.submissions.places import places
from consult.submissions.questionnaires.content import from_data
from consult.submissions.questionnaires.queries import open_form_of
from consult.submissions.questionnaires.services import QuestionDraft, begin_form, open_form, save_question, write_form


def add_forms(cast: Cast, timeline: Timeline) -> None:
    """Put the writing and opening of every form on the timeline; a track whose plugin is not there has none."""
    written = cast.sample.read("forms")
    for entry in written["form"]:
        if runtime().hooks.track(entry["track"]) is not None:
            timeline.at(cast.sample.moment(entry["begun"]), _write(cast, entry))
            timeline.at(cast.sample.moment(entry["opened"]), _open(cast, entry["track"]))
    if runtime().hooks.track(written["next"]["track"]) is not None:
        timeline.at(cast.sample.moment(written["next"]["day"]), _begin_next(cast, written["next"]))


def _write(cast: Cast, entry: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        organiser = cast.actor("organiser")
        row = begin_form(entry["track"], consultation=cast.consultation, actor=organiser)
        write_form(from_data(entry, places()), questionnaire=row, actor=organiser)
        cast.forms[entry["track"]] = row.id

    return act


def _open(cast: Cast, track: str) -> Callable[[], None]:
    def act() -> None:
        open_form(session.get_one(Questionnaire, cast.forms[track]), actor=cast.actor("organiser"))

    return act


def _begin_next(cast: Cast, entry: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        organiser, asked = cast.actor("organiser"), entry["question"]
        row = begin_form(entry["track"], cast.forms[entry["track"]], consultation=cast.consultation, actor=organiser)
        question = Question("", QuestionKind(asked["kind"]), Localized(asked["labels"]))
        save_question(QuestionDraft(question, asked["section"]), questionnaire=row, actor=organiser)

    return act


def answers_to_form(cast: Cast, submission: str, track: str) -> tuple[uuid.UUID | None, Mapping[str, Any]]:
    """Return the version that a submission of the sample answers, and its answers; None and nothing for most."""
    given: Mapping[str, Any] = cast.sample.read("forms")["answers"].get(submission, {})
    return (open_form_of(cast.consultation.id, track), given) if given else (None, given)
