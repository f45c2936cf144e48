"""Who may do what with messages to groups."""

from __future__ import annotations

import sqlalchemy as sa

from consult.accounts.access import Actor, permission
from consult.accounts.clauses import clause
from consult.consultations.models import Consultation
from consult.i18n import N_
from consult.notifications.models import MessageReader


@permission("message.send", N_("write to groups of those who take part"))
def sends_messages(actor: Actor, subject: Consultation) -> bool:
    """Organisers of the consultation."""
    return actor.organises(subject.id)


@permission("message.read", N_("read a message of the organisers"))
def reads_messages(actor: Actor, subject: MessageReader) -> bool:
    """Those to whom it was sent."""
    return actor.person is not None and actor.person == subject.person_id


@clause("message.read", MessageReader)
def readable(actor: Actor, _consultation: None) -> sa.ColumnElement[bool]:
    """Return `message.read` as a condition on the readers of messages."""
    return sa.false() if actor.person is None else MessageReader.person_id == actor.person
