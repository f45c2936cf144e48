"""Who may do what with purposes."""

from __future__ import annotations

from consult.accounts.access import Actor, permission
from consult.consultations.models import Consultation
from consult.i18n import N_


@permission("purpose.publish", N_("write what people are asked to agree to"))
def publishes(actor: Actor, subject: Consultation) -> bool:
    """The organisers of the consultation, and administrators."""
    return actor.organises(subject.id) or actor.administrator


@permission("consent.give", N_("agree to a purpose, and take it back"))
def answers(actor: Actor, subject: Consultation) -> bool:
    """Those who take part in the consultation, for themselves."""
    return actor.person is not None and bool(actor.memberships_in(subject.id))
