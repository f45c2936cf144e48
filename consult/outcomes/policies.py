"""Who may do what with the outcome document."""

from __future__ import annotations

import sqlalchemy as sa

from consult.accounts.access import Actor, permission
from consult.consultations.models import Consultation
from consult.db import session
from consult.i18n import N_, Message
from consult.outcomes import silence  # noqa: F401  # declares what is asked before the phase of the outcome ends
from consult.outcomes.models import Citation
from consult.submissions.correcting import works_from_texts
from consult.submissions.models import Submission


@works_from_texts
def _printed(row: Submission) -> Message | None:
    """Tell that a published edition cites a text."""
    cited = sa.exists().where(Citation.kind == "submission", Citation.subject_id == row.id)
    if not session.scalar(sa.select(cited)):
        return None
    return N_("A published edition cites this text, so it stays as it is.")


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
