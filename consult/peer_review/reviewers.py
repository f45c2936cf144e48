"""Who judges: reviewers of a track, named by organisers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.consultations.models import Consultation
from consult.consultations.numbering import next_number
from consult.consultations.queries import people_of
from consult.db import new_id, session, transaction
from consult.errors import NotFound, Problem, Rejected
from consult.events.record import record
from consult.i18n import LANGUAGES, N_
from consult.peer_review.earlier import put_back
from consult.peer_review.events import ReviewerEnded, ReviewerNamed
from consult.peer_review.models import Assessment, Reviewer

#: Unfinished texts a reviewer may be given at a time.
MOST_UNFINISHED = 200


@dataclass(frozen=True, slots=True)
class ReviewerDraft:
    """Who judges texts of a track: in which languages they read (none: in any), how many unfinished texts they take."""

    person: uuid.UUID
    track: str
    languages: tuple[str, ...] = ()
    most: int = 20


def name_reviewer(draft: ReviewerDraft, *, consultation: Consultation, actor: Actor) -> Reviewer:
    """Name somebody who takes part in the consultation or holds a role in it, or change what they read. Raises Rejected."""
    with transaction():
        demand(actor, "peer_review.organise", consultation)
        if problems := list(_problems(draft, consultation)):
            raise Rejected(problems)
        row = session.scalars(
            sa.select(Reviewer).where(
                Reviewer.consultation_id == consultation.id,
                Reviewer.track == draft.track,
                Reviewer.person_id == draft.person,
            )
        ).first()
        if row is None:
            row = Reviewer(
                id=new_id(),
                consultation_id=consultation.id,
                track=draft.track,
                person_id=draft.person,
                number=next_number(consultation.id, "reviewer"),
                added_at=clock.now(),
            )
            session.add(row)
        row.languages, row.most, row.ended_at = sorted(set(draft.languages)), draft.most, None
        session.flush()
        record(ReviewerNamed(row.id, row.number, row.track), stream=consultation.id, actor=actor.person)
        return row


def _problems(draft: ReviewerDraft, consultation: Consultation) -> Iterator[Problem]:
    if draft.person not in set(session.scalars(people_of(consultation.id))):
        yield Problem("person", N_("Choose somebody who takes part in this consultation or holds a role in it."))
    if draft.track not in {one.key for one in consultation.tracks}:
        yield Problem("track", N_("Choose one of the answers."))
    if set(draft.languages) - set(LANGUAGES):
        yield Problem("languages", N_("Choose one of the answers."))
    if not 1 <= draft.most <= MOST_UNFINISHED:
        yield Problem("most", N_("Write a whole number from %(low)s to %(high)s.", low=1, high=MOST_UNFINISHED))


def end_reviewer(number: int, *, consultation: Consultation, actor: Actor) -> Reviewer:
    """Let somebody judge no more: what they handed in stays, what they had not finished is taken back. Raises NotFound."""
    with transaction():
        demand(actor, "peer_review.organise", consultation)
        row = session.scalars(
            sa.select(Reviewer)
            .where(Reviewer.consultation_id == consultation.id, Reviewer.number == number, Reviewer.ended_at.is_(None))
            .with_for_update()
        ).first()
        if row is None:
            raise NotFound
        row.ended_at = clock.now()
        unfinished = (Assessment.reviewer_id == row.id, Assessment.handed_in_at.is_(None))
        for one in session.scalars(sa.select(Assessment).where(*unfinished).with_for_update()):
            if not put_back(one):
                session.delete(one)
        session.flush()
        record(ReviewerEnded(row.id, row.number, row.track), stream=consultation.id, actor=actor.person)
        return row
