"""Who may do what with the outcome document."""

from __future__ import annotations

from consult.accounts.access import Actor, permission
from consult.consultations.models import Consultation
from consult.i18n import N_
from consult.outcomes import silence  # noqa: F401  # declares what is asked before the phase of the outcome ends


@permission("outcome.edit", N_("edit the outcome document"))
def edits(actor: Actor, subject: Consultation) -> bool:
    """Organisers of the consultation."""
    return actor.organises(subject.id)


@permission("outcome.publish", N_("publish an edition of the outcome document"))
def publishes(actor: Actor, subject: Consultation) -> bool:
    """Organisers of the consultation."""
    return actor.organises(subject.id)


@permission("letters.send", N_("send the letters of answer"))
def sends_letters(actor: Actor, subject: Consultation) -> bool:
    """Organisers of the consultation."""
    return actor.organises(subject.id)


@permission("open_data.license", N_("give the public part away as open data, under a licence"))
def licenses(actor: Actor, subject: Consultation) -> bool:
    """Organisers of the consultation."""
    return actor.organises(subject.id)
