"""Everybody who looks in the small consultation, one for each role and part there is: for walks over what each is shown."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from consult import clock
from consult.accounts.access import OPERATOR, Role
from consult.accounts.models import Person, RoleGrant
from consult.consultations.models import Consultation
from consult.consultations.services import create_consultation
from consult.consultations.setting_up import ConsultationDraft, NamesDraft
from consult.db import new_id, session, transaction
from consult.i18n import LANGUAGES, Localized
from consult.testing.colleagues import colleague
from consult.testing.world import World

#: Roles for a part only, and none at all: key -> role, and the track that it is for.
BESIDES: Mapping[str, tuple[Role | None, str]] = {
    "moderator of the academic track": (Role.MODERATOR, "academic"),
    "account": (None, ""),
    "elsewhere": (Role.ORGANISER, ""),
}


def enter_everybody(world: World) -> None:
    """Enter somebody for each role that nobody holds yet, roles for a part, an account without any, and staff of another consultation.

    Whoever they are stands in `world.people` afterwards, by role or part.
    """
    here = world.consultation
    with transaction():
        for role in Role:
            if role.value not in world.people:
                world.people[role.value] = _enter(role.value)
                grant(world.people[role.value], role, here)
        for number, (key, (role_of_part, track)) in enumerate(BESIDES.items()):
            world.people[key] = _enter(f"besides{number}")
            if role_of_part is not None and key != "elsewhere":
                grant(world.people[key], role_of_part, here, track)
    names = Localized(dict.fromkeys(LANGUAGES, "Elsewhere"))
    draft = ConsultationDraft(
        NamesDraft(names, names, names), "elsewhere", "EL", "national-dialogue", clock.now().date()
    )
    there = create_consultation(draft, actor=OPERATOR)
    with transaction():
        for role in (Role.ORGANISER, Role.MODERATOR):
            grant(world.people["elsewhere"], role, there)
    colleague(world, "colleague")


def _enter(key: str) -> uuid.UUID:
    address = f"{key.replace(' ', '-')}@example.org"
    person = Person(id=new_id(), name="سالم", email=address, email_key=address, language="ar", created_at=clock.now())
    session.add(person)
    session.flush()
    return person.id


def grant(person: uuid.UUID, role: Role, where: Consultation, track: str = "") -> None:
    """Give somebody a role in a consultation; an administrator's is the instance's."""
    scope = None if role is Role.ADMINISTRATOR else where.id
    row = RoleGrant(person_id=person, role=role, consultation_id=scope, granted_at=clock.now())
    row.track = track
    session.add(row)


__all__ = ["enter_everybody", "grant"]
