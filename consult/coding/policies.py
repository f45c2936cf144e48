"""Who may do what with coding. Coders do not see each other; organisers see what is settled or differs, not what is open."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from consult.accounts.access import Actor, Role, permission
from consult.accounts.clauses import clause
from consult.accounts.models import Person, RoleGrant
from consult.accounts.roles import holding
from consult.coding.models import CodedText, Coder, CodingTask
from consult.coding.states import TextState
from consult.consultations.models import Consultation
from consult.db import session
from consult.i18n import N_, Message
from consult.submissions.correcting import works_from_texts
from consult.submissions.models import Submission


@dataclass(frozen=True, slots=True)
class Difference:
    """A text that coders coded, who they are, and who organises: whoever decides on it is told apart from its coders."""

    text: CodedText
    coders: frozenset[uuid.UUID]
    organisers: frozenset[uuid.UUID]


@works_from_texts
def _coded(row: Submission) -> Message | None:
    """Tell that a text was handed out to be coded."""
    if not session.scalar(sa.select(sa.exists().where(CodedText.submission_id == row.id))):
        return None
    return N_("This text is being coded, so it stays as it is.")


@permission("coding.enter", N_("enter the coding desk"))
def enters(actor: Actor, subject: Consultation) -> bool:
    """Whoever is signed in: they find the texts that they were charged with, and nothing else."""
    return actor.signed_in


@permission("coding.code", N_("code the texts one was charged with"))
def codes(actor: Actor, subject: Coder) -> bool:
    """The coder, as long as they are charged with it."""
    return actor.person is not None and subject.person_id == actor.person and subject.ended_at is None


@clause("coding.code", Coder)
def codable(actor: Actor, _consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `coding.code` as a condition on the coders of a consultation."""
    own = sa.false() if actor.person is None else Coder.person_id == actor.person
    return sa.and_(own, Coder.ended_at.is_(None))


@permission("coding.organise", N_("keep the codebook, hand out texts, read agreement and board, export codings"))
def organises(actor: Actor, subject: Consultation) -> bool:
    """Organisers of the consultation."""
    return actor.organises(subject.id)


@permission("coding.reconcile", N_("decide where coders differ"))
def reconciles(actor: Actor, subject: Difference) -> bool:
    """Organisers, once every coder of the text is done: before that nobody sees what the coders gave. Not those who coded it, unless no other organiser is there."""
    text, coders = subject.text, subject.coders
    if not actor.organises(text.consultation_id) or text.state == TextState.OPEN:
        return False
    return actor.person not in coders or subject.organisers <= coders


@clause("coding.reconcile", CodedText)
def reconcilable(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `coding.reconcile` as a condition on the coded texts of a consultation."""
    if not actor.organises(consultation):
        return sa.false()
    organiser = (RoleGrant.person_id == Person.id, *holding(Role.ORGANISER, consultation))
    another = sa.exists().where(*organiser, ~_coded_by(RoleGrant.person_id)).correlate(CodedText)
    return sa.and_(CodedText.state != TextState.OPEN, sa.or_(~_coded_by(actor.person), ~another))


def _coded_by(person: object) -> sa.ColumnElement[bool]:
    mine = (CodingTask.text_id == CodedText.id, CodingTask.coder_id == Coder.id, Coder.person_id == person)
    return sa.exists().where(*mine).correlate(CodedText, RoleGrant)
