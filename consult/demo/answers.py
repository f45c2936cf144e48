"""What became of the texts of the sample: the answers, day by day, and the letters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from consult.db import session
from consult.demo.people import Cast
from consult.demo.sample_files import LANGUAGES, Timeline
from consult.outcomes.services import send_letters
from consult.recommendations.answer_lists import proposed_answers
from consult.recommendations.services import Answer, Target, answer, answer_sources
from consult.submissions.models import Passage, Submission


def add_answers(cast: Cast, timeline: Timeline) -> None:
    """Put every day of answering on the timeline, and the day the letters are sent."""
    written = cast.sample.read("answers")
    languages = {
        entry["key"]: language
        for language in LANGUAGES
        for entry in cast.sample.read(f"submissions.{language}")["submission"]
    }
    for day in written["day"]:
        timeline.at(cast.sample.moment(day["at"]), _answer(cast, day, languages))
    timeline.at(
        cast.sample.moment(written["letters"]),
        lambda: send_letters(consultation=cast.consultation, actor=cast.actor("organiser")),
    )


def _answer(cast: Cast, day: dict[str, Any], languages: dict[str, str]) -> Callable[[], None]:
    def act() -> None:
        here, organiser = cast.consultation, cast.actor("organiser")
        for entry in day["answer"]:
            given = Answer(
                entry["kind"],
                entry.get("recommendation"),
                entry.get("clause", ""),
                entry.get("reason", ""),
                languages[entry["submission"]],
            )
            answer(given, [_target(cast, entry)], consultation=here, actor=organiser)
        if day["sources"]:
            found = proposed_answers(here.id, organiser)
            answer_sources([one.passage for one in found], consultation=here, actor=organiser)

    return act


def _target(cast: Cast, entry: dict[str, Any]) -> Target:
    submission = cast.submissions[entry["submission"]]
    if "passage" not in entry:
        return Target(submission)
    passage = session.scalars(
        sa.select(Passage.id)
        .join(Submission, sa.and_(Submission.id == Passage.submission_id, Submission.revision == Passage.revision))
        .where(Passage.submission_id == submission, Passage.number == entry["passage"])
    ).one()
    return Target(submission, passage)
