"""Who may do what with confidential testimony."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from consult.accounts.access import Actor, permission
from consult.consultations.models import Consultation
from consult.i18n import N_


@dataclass(frozen=True, slots=True)
class ReadersDesk:
    """The desk of a consultation's readers: who they are, and whether the asker showed a second factor in this sign-in."""

    consultation_id: uuid.UUID
    readers: frozenset[uuid.UUID]
    proved: bool


@permission("testimony.give", N_("give confidential testimony"))
def gives(actor: Actor, subject: Consultation) -> bool:
    """Everybody, wherever it is offered: nobody is asked who they are, and no service is told."""
    return subject.public


@permission("testimony.organise", N_("offer confidential testimony and name its readers"))
def organises(actor: Actor, subject: Consultation) -> bool:
    """Organisers of the consultation, and administrators. It opens no testimony."""
    return actor.organises(subject.id) or actor.administrator


@permission("testimony.read", N_("read, answer and quote confidential testimony"))
def reads(actor: Actor, subject: ReadersDesk) -> bool:
    """Whoever was named as a reader of this consultation and showed a second factor: no role opens it, not even the operator's."""
    return actor.person is not None and actor.person in subject.readers and subject.proved


@permission("testimony.rotate", N_("change the key of confidential testimony"))
def rotates(actor: Actor, subject: object) -> bool:
    """The operator at the terminal, who holds the file."""
    return actor.operator
