"""Whose a text is: its author's, and, once a body has signed it off under its name, that body's.

Those who take part for the body in the same track then correct, withdraw and appeal, whoever wrote it and whoever has left. A text
whose name is withheld stays its author's alone: that colleagues see it would tell whose it is.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult import clock
from consult.accounts.access import Actor
from consult.accounts.taking_part import takes_part
from consult.consultations.models import Member
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState


def office_of(subject: Submission) -> tuple[uuid.UUID, str] | None:
    """Return the body and the track whose text it is too, None where it is its author's alone."""
    if subject.signed_off_at is None or subject.body_id is None or subject.withheld:
        return None
    return subject.body_id, subject.track


def is_own(actor: Actor, subject: Submission) -> bool:
    """Tell whether a text is somebody's own."""
    here = actor.memberships_in(subject.consultation_id)
    return actor.is_member(subject.member_id) or office_of(subject) in [(m.body, m.track) for m in here]


def own_texts(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `is_own` as a condition on the submissions of a consultation; it is never NULL."""
    own = actor.memberships_in(consultation)
    of_body = [sa.and_(Submission.body_id == m.body, Submission.track == m.track) for m in own if m.body is not None]
    signed = sa.and_(Submission.signed_off_at.is_not(None), sa.not_(Submission.withheld))
    written = sa.and_(Submission.member_id.is_not(None), Submission.member_id.in_([m.member for m in own]))
    return sa.or_(written, *(sa.and_(signed, one) for one in of_body))


def has_text(*, named: bool = False) -> sa.ColumnElement[bool]:
    """Return as a condition on members that a text of theirs stands, or of the body for which they take part in its track.

    `named`: a text whose name is withheld, by its author or while it is judged blind, does not count. So asks whoever counts by more
    than the track: how many of a region, a kind of body or a session have handed in would tell whose such a text is.

    Two questions, not one with "or" in it: each is answered from an index.
    """
    stands = Submission.state != SubmissionState.WITHDRAWN
    of_body = sa.exists().where(
        Submission.body_id == Member.own_body_id,
        Submission.track == Member.track,
        Submission.consultation_id == Member.consultation_id,
        Submission.signed_off_at.is_not(None),
        sa.not_(Submission.withheld),
        stands,
    )
    told = sa.not_(Submission.withheld) if named else sa.true()
    return sa.or_(sa.exists().where(Submission.member_id == Member.id, stands, told), of_body)


def who_acts(which: sa.ColumnElement[bool]) -> sa.CompoundSelect[uuid.UUID, uuid.UUID, bool]:
    """Return, of some submissions, who acts on each: ids of the `text` and the `person`, and whether only `for_body`.

    That is the author. Once the author has left, it is whoever takes part for the body whose text it is too, and where it is
    no body's, still the author, who is told what becomes of it and can change nothing.
    """
    author, colleague, now = aliased(Member), aliased(Member), clock.now()
    stays = takes_part(author, now)
    of_body = sa.and_(
        Submission.signed_off_at.is_not(None), Submission.body_id.is_not(None), sa.not_(Submission.withheld)
    )
    text = Submission.id.label("text")
    written = sa.select(text, author.person_id.label("person"), sa.false().label("for_body")).join(
        author, author.id == Submission.member_id
    )
    inherited = (
        sa.select(text, colleague.person_id, sa.true())
        .join(author, author.id == Submission.member_id)
        .join(
            colleague,
            sa.and_(
                colleague.consultation_id == Submission.consultation_id,
                colleague.body_id == Submission.body_id,
                colleague.track == Submission.track,
            ),
        )
    )
    return sa.union(
        written.where(which, sa.or_(stays, sa.not_(of_body))),
        inherited.where(which, of_body, sa.not_(stays), takes_part(colleague, now)),
    )
