"""On what reviewers of a track score: what organisers chose, else what the track ships."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from consult.accounts.access import Actor, demand
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.events.record import record
from consult.i18n import LANGUAGES, N_, Localized
from consult.peer_review.events import ReviewCriteriaSet
from consult.peer_review.models import Assessment, Criteria
from consult.plugins.track import ReviewCriterion
from consult.runtime import runtime
from consult.submissions.models import Submission

#: Criteria of a track; more is a questionnaire, and nobody fills it in for thirty texts.
MOST_CRITERIA = 10
MOST_WEIGHT = 100
NAME_LIMIT, HINT_LIMIT = 80, 240


@dataclass(frozen=True, slots=True)
class CriterionDraft:
    """A criterion as an organiser words it, in every language; `hints` may be empty."""

    names: Localized
    hints: Localized
    weight: int


def criteria_of(consultation: uuid.UUID, track: str) -> Sequence[ReviewCriterion]:
    """Return the criteria of a track in a consultation, in order (1 query)."""
    row = session.get(Criteria, (consultation, track))
    if row is None:
        shipped = runtime().hooks.track(track)
        return () if shipped is None else tuple(shipped.review_criteria())
    return [_read(one) for one in row.chosen]


def are_fixed(consultation: uuid.UUID, track: str) -> bool:
    """Tell whether somebody scored on the criteria of a track already: then they stay as they are (1 query)."""
    scored = (
        sa.select(Assessment.id)
        .join(Submission, Submission.id == Assessment.submission_id)
        .where(
            Submission.consultation_id == consultation,
            Submission.track == track,
            Assessment.handed_in_at.is_not(None),
        )
    )
    return session.scalar(sa.select(scored.exists())) is True


def set_criterion(
    key: str | None, draft: CriterionDraft, *, track: str, consultation: Consultation, actor: Actor
) -> ReviewCriterion:
    """Add a criterion, or word and weigh one anew. Raises Rejected at the fields, Conflict once somebody scored."""
    with transaction():
        row = _changeable(track, consultation, actor)
        present = [_read(one) for one in row.chosen]
        if problems := list(_problems(draft, len(present), new=key is None)):
            raise Rejected(problems)
        made = ReviewCriterion(key or f"c{new_id().hex[-8:]}", draft.names, draft.hints, draft.weight)
        if key is None:
            _write([*present, made], row, actor)
        else:
            at = _place(key, present)
            _write([*present[:at], replace(made, key=key), *present[at + 1 :]], row, actor)
        return made


def remove_criterion(key: str, *, track: str, consultation: Consultation, actor: Actor) -> None:
    """Score on a criterion no more. Raises NotFound, Conflict once somebody scored or if it is the last one."""
    with transaction():
        row = _changeable(track, consultation, actor)
        present = [_read(one) for one in row.chosen]
        at = _place(key, present)
        if len(present) == 1:
            raise Conflict(N_("One criterion has to stay: change it instead."))
        _write([*present[:at], *present[at + 1 :]], row, actor)


def _changeable(track: str, consultation: Consultation, actor: Actor) -> Criteria:
    """Return the chosen criteria of a track, those that ship written down first."""
    demand(actor, "peer_review.organise", consultation)
    if track not in {one.key for one in consultation.tracks}:
        raise NotFound
    if are_fixed(consultation.id, track):
        raise Conflict(N_("Somebody has scored on these criteria: they stay as they are."))
    row = session.get(Criteria, (consultation.id, track), with_for_update=True)
    if row is None:
        row = Criteria(consultation_id=consultation.id, track=track)
        row.chosen = [_written(one) for one in criteria_of(consultation.id, track)]
        session.add(row)
    return row


def _write(chosen: Sequence[ReviewCriterion], row: Criteria, actor: Actor) -> None:
    row.chosen = [_written(one) for one in chosen]
    session.flush()
    record(ReviewCriteriaSet(row.track, len(chosen)), stream=row.consultation_id, actor=actor.person)


def _place(key: str, present: Sequence[ReviewCriterion]) -> int:
    found = next((at for at, one in enumerate(present) if one.key == key), None)
    if found is None:
        raise NotFound
    return found


def _problems(draft: CriterionDraft, present: int, *, new: bool) -> Iterator[Problem]:
    for code in LANGUAGES:
        if not draft.names.get(code):
            yield Problem(f"names_{code}", N_("Write the name in this language."))
        elif len(draft.names[code]) > NAME_LIMIT:
            yield Problem(f"names_{code}", N_("Write at most %(limit)s characters.", limit=NAME_LIMIT))
        if len(draft.hints.get(code, "")) > HINT_LIMIT:
            yield Problem(f"hints_{code}", N_("Write at most %(limit)s characters.", limit=HINT_LIMIT))
    if not 1 <= draft.weight <= MOST_WEIGHT:
        yield Problem("weight", N_("Write a whole number from %(low)s to %(high)s.", low=1, high=MOST_WEIGHT))
    if new and present >= MOST_CRITERIA:
        yield Problem("names_ar", N_("At most %(most)s criteria.", most=MOST_CRITERIA))


def _read(kept: dict[str, Any]) -> ReviewCriterion:
    return ReviewCriterion(kept["key"], Localized(kept["names"]), Localized(kept["hints"]), kept["weight"])


def _written(one: ReviewCriterion) -> dict[str, Any]:
    return {"key": one.key, "names": dict(one.names), "hints": dict(one.hints), "weight": one.weight}
