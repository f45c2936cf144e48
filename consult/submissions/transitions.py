"""A change of state that is about to happen: the row locked, the plugins asked."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from consult.consultations.models import Consultation
from consult.db import session
from consult.errors import Rejected
from consult.plugins.manager import Hooks
from consult.runtime import runtime
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of state that is about to happen: which revision of which submission, from where to where, why.

    `ground` is the key of a moderator's ground, "" where nobody needs one (handing in, withdrawing). `before` is None when it is
    handed in; where its track publishes at once, `after` is accepted then.
    """

    submission: uuid.UUID
    number: str
    track: str
    revision: int
    before: SubmissionState | None
    after: SubmissionState
    ground: str = ""


def locked(submission: uuid.UUID) -> Submission:
    """Return a submission as it now is; nobody else changes it before the transaction ends."""
    return session.get_one(Submission, submission, with_for_update=True, populate_existing=True)


def locked_all(submissions: Sequence[uuid.UUID]) -> list[Submission]:
    """Return several submissions as `locked` does, in the order they are asked for (1 query). Raises NoResultFound."""
    query = sa.select(Submission).where(Submission.id.in_(submissions)).order_by(Submission.id).with_for_update()
    found = {row.id: row for row in session.scalars(query, execution_options={"populate_existing": True})}
    if len(found) < len(set(submissions)):
        raise sa.exc.NoResultFound
    return [found[one] for one in submissions]


def transition_of(row: Submission, after: SubmissionState, *, revision: int = 0, ground: str = "") -> Transition:
    """Return the change of a submission into a state, of its present revision unless another is named."""
    before = SubmissionState(row.state)
    return Transition(row.id, row.number, row.track, revision or row.revision, before, after, ground)


def ask(consultation: Consultation, change: Transition) -> None:
    """Ask the plugins whether anything speaks against a change of state; Rejected if so."""
    if problems := scoped(consultation).review_transition(change):
        raise Rejected(problems)


def scoped(consultation: Consultation) -> Hooks:
    """Return the hooks of the tracks that are switched on in a consultation."""
    return runtime().hooks.scoped(consultation.enabled_tracks())
