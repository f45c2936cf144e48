"""What an accredited body said it is charged with goes into the register, with the application as its source."""

from __future__ import annotations

import sqlalchemy as sa

from consult.accounts.access import Actor
from consult.accounts.bodies.events import MandateSaved
from consult.accounts.bodies.models import Mandate, MandateTopic
from consult.accounts.models import Body
from consult.consultations.accreditation.models import Application
from consult.consultations.models import Consultation
from consult.consultations.queries import topics_of
from consult.db import new_id, session
from consult.errors import Rejected
from consult.events.record import record
from consult.i18n import N_, Localized


def source_of(row: Application, consultation: Consultation) -> str:
    """Return how the register names an application as the place where something was read."""
    return f"{consultation.prefix} accreditation {row.number}"


def enter_mandate(
    row: Application, body: Body, topics: tuple[str, ...], consultation: Consultation, actor: Actor
) -> Mandate | None:
    """Enter the mandate of an accepted application; inside the transaction of the acceptance. Raises Rejected at `topics`.

    One that stands there in the same words is left as it is. Of a body that keeps its name back nothing is entered: the
    source would tell that it takes part.
    """
    if not set(topics) <= {topic.slug for topic in topics_of(consultation.id)}:
        raise Rejected(N_("Choose one of the answers."), field="topics")
    texts = Localized({row.language: row.mandate})
    if row.withheld or _is_there(body, texts, row.legal_basis):
        return None
    made = Mandate(
        id=new_id(),
        body_id=body.id,
        texts=texts,
        legal_basis=row.legal_basis,
        source=source_of(row, consultation),
        valid_from=None,
        valid_to=None,
    )
    session.add(made)
    session.flush()
    session.add_all(MandateTopic(mandate_id=made.id, topic=topic) for topic in topics)
    session.flush()
    record(MandateSaved(body=body.id, mandate=made.id), actor=actor.person)
    return made


def _is_there(body: Body, texts: Localized, legal_basis: str) -> bool:
    own = session.scalars(sa.select(Mandate).where(Mandate.body_id == body.id, Mandate.valid_to.is_(None)))
    return any((dict(one.texts), one.legal_basis) == (dict(texts), legal_basis) for one in own)
