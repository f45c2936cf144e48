"""Who may do what with sheets."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from consult.accounts.access import Actor, Role, permission
from consult.accounts.clauses import clause
from consult.consultations.models import Consultation
from consult.db import session
from consult.i18n import N_
from consult.paper.models import Sheet
from consult.submissions.models import Submission
from consult.submissions.policies import had_a_hand


@dataclass(frozen=True, slots=True)
class TwiceEntered:
    """A sheet that two people entered, who are told apart from whoever settles it."""

    sheet: Sheet
    clerks: frozenset[uuid.UUID | None]


def _serves(actor: Actor, subject: Consultation | Sheet) -> bool:
    if isinstance(subject, Sheet):
        return actor.reach(Role.CLERK, subject.consultation_id).track(subject.track)
    return actor.reach(Role.CLERK, subject.id).some_track


def _organises(actor: Actor, subject: Consultation | Sheet) -> bool:
    return actor.organises(subject.consultation_id if isinstance(subject, Sheet) else subject.id)


@permission("paper.desk", N_("see which sheets there are, and print them"))
def sees_desk(actor: Actor, subject: Consultation | Sheet) -> bool:
    """Clerks of the consultation, those of one track what belongs to it, and organisers."""
    return _serves(actor, subject) or _organises(actor, subject)


@clause("paper.desk", Sheet)
def reachable(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `paper.desk` as a condition on the sheets of a consultation."""
    reach = actor.reach(Role.CLERK, consultation)
    return sa.true() if reach.whole or actor.organises(consultation) else Sheet.track.in_(reach.tracks)


@permission("paper.pictures", N_("keep and see the pictures of a sheet, and which text it became"))
def sees_pictures(actor: Actor, subject: Sheet) -> bool:
    """Who sees the desk; of a text whose name is withheld only who had a hand in entering it: a picture shows the name."""
    if not sees_desk(actor, subject):
        return False
    text = session.get(Submission, subject.submission_id) if subject.submission_id else None
    return text is None or not text.withheld or had_a_hand(actor, text)


@permission("paper.enter", N_("enter sheets, write down a position for somebody, print receipts"))
def enters(actor: Actor, subject: Consultation | Sheet) -> bool:
    """Clerks of the consultation, those of one track what belongs to it."""
    return _serves(actor, subject)


@permission("paper.settle", N_("settle where two entries of a sheet differ"))
def settles(actor: Actor, subject: TwiceEntered) -> bool:
    """Clerks of its track and organisers, but neither of the two who entered it."""
    return actor.person is not None and actor.person not in subject.clerks and sees_desk(actor, subject.sheet)


@permission("paper.figures", N_("see how often two entries differ, by question and by pair of clerks"))
def sees_figures(actor: Actor, subject: Consultation) -> bool:
    """Organisers: the figures tell of the work of single people."""
    return actor.organises(subject.id)
