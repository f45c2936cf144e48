"""Interests: whoever declares one in a text neither sees nor judges it from then on, in no office of theirs."""

from __future__ import annotations

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.db import new_id, session, transaction
from consult.errors import Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.peer_review.events import InterestDeclared
from consult.peer_review.models import Assessment, DeclaredInterest, EarlierAssessment, Reviewer
from consult.peer_review.states import InterestKind
from consult.submissions.models import Submission


def declare_interest(kind: str, *, submission: Submission, actor: Actor) -> DeclaredInterest:
    """Keep away from a text as one of its reviewers or of those who decide; what one found of it is taken out.

    Whoever declared it cannot take it back: they ask an organiser (`consult.peer_review.mending`). The log says neither who nor of which text. Raises Rejected at `kind`.
    """
    with transaction():
        row = session.get_one(Submission, submission.id, with_for_update=True, populate_existing=True)
        mine = _assessments_of(row, actor)
        if mine:
            for _, reviewer in mine:
                demand(actor, "peer_review.assess", reviewer)
        else:
            demand(actor, "peer_review.results", row)
        if kind not in set(InterestKind):
            raise Rejected(N_("Choose one of the answers."), "kind")
        assert actor.person is not None  # noqa: S101 (either permission asks for it)
        made = DeclaredInterest(
            id=new_id(), submission_id=row.id, person_id=actor.person, kind=InterestKind(kind), at=clock.now()
        )
        session.add(made)
        for assessment, reviewer in mine:
            session.delete(assessment)
            earlier = (EarlierAssessment.submission_id == row.id, EarlierAssessment.reviewer_id == reviewer.id)
            session.execute(sa.delete(EarlierAssessment).where(*earlier))
        session.flush()
        record(InterestDeclared(made.id), stream=row.consultation_id, actor=None)
        return made


def _assessments_of(row: Submission, actor: Actor) -> list[tuple[Assessment, Reviewer]]:
    rows = session.execute(
        sa.select(Assessment, Reviewer)
        .join(Reviewer, Reviewer.id == Assessment.reviewer_id)
        .where(Assessment.submission_id == row.id, Reviewer.person_id == actor.person)
    )
    return [(assessment, reviewer) for assessment, reviewer in rows]
