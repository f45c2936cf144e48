"""Whose a text is: its author's, and, once a body has signed it off under its name, that body's.

Those who take part for the body in the same track then correct, withdraw and appeal, whoever wrote it and whoever has left; once it
has gone into another, those who take part for that one (`consult.accounts.heirs`). It stays the text of the body that signed it. A
text whose name is withheld stays its author's alone: that colleagues see it would tell whose it is.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult import clock
from consult.accounts.access import Actor
from consult.accounts.heirs import heirs
from consult.accounts.taking_part import takes_part
from consult.consultations.models import Member
from consult.db import session
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState


def office_of(subject: Submission) -> tuple[uuid.UUID, str] | None:
    """Return the body and the track whose text it is too, None where it is its author's alone."""
    if subject.signed_off_at is None or subject.body_id is None or subject.withheld:
        return None
    return subject.body_id, subject.track


def of_office() -> sa.ColumnElement[bool]:
    """Return `office_of` as a condition on submissions: that a text is its body's too."""
    named = sa.not_(Submission.withheld)
    return sa.and_(Submission.signed_off_at.is_not(None), Submission.body_id.is_not(None), named)


def is_own(actor: Actor, subject: Submission) -> bool:
    """Tell whether a text is somebody's own."""
    answers = actor.answering_for(subject.consultation_id, office_of(subject))
    return actor.is_member(subject.member_id) or answers is not None


def acting_instead(actor: Actor, subject: Submission) -> uuid.UUID | None:
    """Return the body for which somebody acts on the text of another that went into it, None where they act as its author or for that one itself."""
    answers = actor.answering_for(subject.consultation_id, office_of(subject))
    return None if answers is None or answers.body == subject.body_id else answers.body


def named_in_log(actor: Actor, subject: Submission) -> uuid.UUID | None:
    """Return whom the log names for what is done with a text that was handed in: nobody where its name is withheld, or where it is its body's act.

    Of a body whoever withholds their name acts too, and it would tell for whom they take part.
    """
    return None if subject.withheld or office_of(subject) is not None else actor.person


@dataclass(frozen=True, slots=True)
class LetterCase:
    """The letter of answer to a text as its policy sees it: whose text it is, and the person who wrote it, taking part still or not.

    `office` is body and track of a text that its body signed off: whoever has left a body has left its texts to it (`who_acts`).
    """

    consultation_id: uuid.UUID
    member_id: uuid.UUID | None
    office: tuple[uuid.UUID, str] | None = None
    author: uuid.UUID | None = None


def letter_case(subject: Submission) -> LetterCase:
    """Return the letter of answer to a text as its policy sees it (1 query)."""
    author = session.scalar(sa.select(Member.person_id).where(Member.id == subject.member_id))
    return LetterCase(subject.consultation_id, subject.member_id, office_of(subject), author)


def own_texts(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `is_own` as a condition on the submissions of a consultation; it is never NULL."""
    own = actor.memberships_in(consultation)
    of_body = [sa.and_(Submission.body_id.in_(m.bodies), Submission.track == m.track) for m in own if m.bodies]
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

    That is the author. Once the author has left, it is whoever takes part for the body whose text it is too, or for the one it went
    into, and where it is no body's, still the author, who is told what becomes of it and can change nothing.
    """
    author, colleague, heir, now = aliased(Member), aliased(Member), aliased(Member), clock.now()
    stays = takes_part(author, now)
    of_body = of_office()
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
    went = heirs()
    into = sa.and_(
        went.c.consultation_id == Submission.consultation_id,
        went.c.track == Submission.track,
        went.c.former_id == Submission.body_id,
    )
    of_heir = sa.and_(
        heir.consultation_id == went.c.consultation_id, heir.track == went.c.track, heir.body_id == went.c.body_id
    )
    gone_over = (
        sa.select(Submission.id, heir.person_id, sa.true())
        .join(author, author.id == Submission.member_id)
        .join(went, into)
        .join(heir, of_heir)
    )
    return sa.union(
        written.where(which, sa.or_(stays, sa.not_(of_body))),
        inherited.where(which, of_body, sa.not_(stays), takes_part(colleague, now)),
        gone_over.where(which, of_body, sa.not_(stays), takes_part(heir, now)),
    )
