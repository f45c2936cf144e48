"""An evaluator in the small consultation: for tests."""

from __future__ import annotations

from consult import clock
from consult.accounts.access import Role
from consult.accounts.models import Person, RoleGrant
from consult.db import new_id, session, transaction
from consult.i18n import LANGUAGES
from consult.testing.world import World


def make_evaluator(world: World, key: str = "evaluator", name: str = "آمنة البرعصي") -> None:
    """Enter an evaluator of the consultation, who takes part in nothing."""
    with transaction():
        person = Person(id=new_id(), name=name, email=f"{key}@example.org", email_key=f"{key}@example.org")
        person.language, person.created_at = "ar", clock.now()
        session.add(person)
        session.flush()
        grant = RoleGrant(person_id=person.id, role=Role.EVALUATOR, consultation_id=world.consultation_id)
        grant.granted_at = clock.now()
        session.add(grant)
        world.people[key] = person.id


def in_three(text: str) -> dict[str, str]:
    """Return a text in the three languages."""
    return {code: f"{text} ({code})" for code in LANGUAGES}


__all__ = ["in_three", "make_evaluator"]
