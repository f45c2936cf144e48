"""Own names that stand in public: somebody who takes part under theirs does not come to be called like whoever speaks for the consultation.

Two people may have the same name, so members are not kept from each other's; from those of organisers and bodies they are, for they are believed.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.models import Person
from consult.accounts.people import PersonDraft, change_account
from consult.accounts.taking_part import takes_part
from consult.cleaning import clean_line
from consult.consultations.display_names import labels_of_offices, names_of_offices
from consult.consultations.events import OwnNameChanged
from consult.consultations.models import Consultation, Member
from consult.db import session, transaction
from consult.errors import Rejected
from consult.events.record import record
from consult.i18n import N_, Localized, Message
from consult.lookalikes import looks_like, script_of


def name_refusal(name: str, consultation: uuid.UUID, person: uuid.UUID | None = None) -> Message | None:
    """Return why somebody cannot take part in a consultation under a name of their own, None where they can."""
    if not script_of(name):
        return N_("Write Arabic or Latin letters, not both; digits, spaces and hyphens may stand between them.")
    wanted = looks_like(name)
    if any(looks_like(label) in (wanted, wanted.removeprefix("ال")) for label in labels_of_offices()):
        return N_("This sounds like an office of this consultation. Write your own name.")
    if any(looks_like(other) == wanted for other in names_of_offices(consultation, besides=person)):
        return N_(
            "This name is too like that of somebody who holds an office here, or of a body. Write yours in full, with the names of your father and family."
        )
    return None


def stands_in(person: uuid.UUID) -> Sequence[tuple[Member, Localized]]:
    """Return as which members somebody takes part without withholding their name, with the names of the consultation (1 query)."""
    rows = session.execute(
        sa.select(Member, Consultation.names)
        .join(Consultation, Consultation.id == Member.consultation_id)
        .where(Member.person_id == person, Member.withheld.is_(False), takes_part(Member, clock.now()))
        .order_by(Member.id)
    )
    return [(member, names) for member, names in rows]


def renames_in_public(name: str, person: uuid.UUID) -> bool:
    """Tell whether another name would stand in public (2 queries, 1 for the same name)."""
    return clean_line(name) != session.get_one(Person, person).name and bool(stands_in(person))


def change_details(draft: PersonDraft, *, actor: Actor) -> Person:
    """Change the actor's own name and language; where the name stands in public it is checked, and organisers are told. Raises Rejected."""
    with transaction():
        demand(actor, "account.use")
        person = session.get_one(Person, actor.person)
        changed = stands_in(person.id) if renames_in_public(draft.name, person.id) else []
        change_account(draft, actor=actor)
        for here in sorted({member.consultation_id for member, _ in changed}):
            if refusal := name_refusal(person.name, here, person.id):
                raise Rejected(refusal, "name")
        for member, _ in changed:
            record(OwnNameChanged(member.id), stream=member.consultation_id, actor=None)
        return person
