"""Correcting a text before anybody has decided on it: how long an author may, and who works from it meanwhile.

A returned text is its author's to correct until they hand it in again. One that waits to be read, or to be looked over, is too: nobody
has said anything of it yet. Where a text is public at once and nobody looks it over, its author mends a slip for an hour: after
that others will have read it, and a later opinion is a text of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from consult import clock
from consult.consultations.models import Consultation
from consult.db import session
from consult.errors import Conflict
from consult.i18n import N_, Message
from consult.submissions.models import CampaignMember, Submission
from consult.submissions.states import MODES, SubmissionState
from consult.submissions.tracks import moderation_of

#: For how long a text that is public at once, and that nobody looks over, can be mended.
SLIP = timedelta(hours=1)
#: After so many revisions a moderator decides first.
MOST_REVISIONS = 20
#: What came in otherwise says what a sheet or a file says: it is corrected once a moderator has returned it.
CHANNEL = "online"

#: Tells in words what others do with a text that another revision would falsify, None where they do nothing.
Work = Callable[[Submission], Message | None]
_WORKS: list[Work] = []


def works_from_texts(work: Work) -> Work:
    """Declare what a room above does with texts that must stay as they are meanwhile."""
    _WORKS.append(work)
    return work


def is_correctable(row: Submission) -> bool:
    """Tell whether an author may hand in another revision of a text, as far as the text itself says."""
    if row.state == SubmissionState.RETURNED:
        return True
    if row.channel != CHANNEL or row.revision >= MOST_REVISIONS:
        return False
    slip = row.correctable_until is not None and row.correctable_until > clock.now()
    return row.state == SubmissionState.RECEIVED or (row.state == SubmissionState.ACCEPTED and (row.look_over or slip))


def correctable() -> sa.ColumnElement[bool]:
    """Return `is_correctable` as a condition on submissions; it is never NULL."""
    slip = sa.and_(Submission.correctable_until.is_not(None), Submission.correctable_until > clock.now())
    public = sa.and_(Submission.state == SubmissionState.ACCEPTED, sa.or_(Submission.look_over, slip))
    undecided = sa.or_(Submission.state == SubmissionState.RECEIVED, public)
    small = sa.and_(Submission.channel == CHANNEL, Submission.revision < MOST_REVISIONS)
    return sa.or_(Submission.state == SubmissionState.RETURNED, sa.and_(small, undecided))


def demand_correctable(row: Submission) -> None:
    """Raise Conflict, in words for the author, unless a text can be corrected and nobody works from it."""
    if not is_correctable(row):
        raise Conflict(
            N_(
                "This text can no longer be corrected: somebody has decided on it, or the time for it is over. What you wrote stays in your draft."
            )
        )
    if row.state != SubmissionState.RETURNED and (said := work_from(row)) is not None:
        raise Conflict(said)


def work_from(row: Submission) -> Message | None:
    """Tell in words what somebody does with a text that another revision would falsify, None where nobody does anything."""
    return next((said for work in _WORKS if (said := work(row)) is not None), None)


@works_from_texts
def _read_first(row: Submission) -> Message | None:
    """Tell that a text is public from before its track was read first: what it would say now nobody would have read."""
    mode = MODES[moderation_of(session.get_one(Consultation, row.consultation_id), row.track)]
    if row.state != SubmissionState.ACCEPTED or mode.enters is SubmissionState.ACCEPTED:
        return None
    return N_(
        "Texts of this track are now read before they are public: this one is corrected once a moderator has returned it."
    )


@works_from_texts
def _gathered(row: Submission) -> Message | None:
    """Tell that somebody has confirmed that a text is one of many like letters."""
    member = CampaignMember
    gathered = sa.exists().where(member.submission_id == row.id, member.belongs.is_(True))
    if not session.scalar(sa.select(gathered)):
        return None
    return N_("This text is counted with others that say the same, so it stays as it is until it is decided on.")
