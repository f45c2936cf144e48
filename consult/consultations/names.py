"""What others may read of who somebody is. Every page, export, event, mail and document asks here, and nowhere else."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from consult.accounts.models import ERASED_NAME, Body, Person
from consult.consultations.models import Member
from consult.db import prepared, read, session
from consult.i18n import N_, Localized, Message

NAME_WITHHELD = N_("Name withheld")


@dataclass(frozen=True, slots=True)
class PublicName:
    """Who a member is to others: `who` is the person's name (or an alias where it is withheld), `body` for whom."""

    who: Localized | Message
    body: Localized | None = None

    @property
    def official(self) -> Localized | Message:
        """The body where there is one, else the person: how votes, texts and reservations are signed."""
        return self.body or self.who


def public_names(members: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, PublicName]:
    """Return the public names of members (one query); a withheld one is "Participant 12, name withheld"."""
    wanted = list(members)
    if not wanted:
        return {}
    return {
        member: shown_name(number, name, language, names, withheld=withheld, display=display)
        for member, number, withheld, display, name, language, names in read(*_named(wanted))
    }


@prepared
def _named(members: Sequence[uuid.UUID]) -> sa.Select[uuid.UUID, int, bool, str, str, str, Localized]:
    return (
        sa.select(
            Member.id, Member.number, Member.withheld, Member.display_name, Person.name, Person.language, Body.names
        )
        .join(Person, Person.id == Member.person_id)
        .outerjoin(Body, Body.id == Member.body_id)
        .where(Member.id.in_(members))
    )


def shown_name(
    number: int, name: str, language: str, body: Localized | None, *, withheld: bool, display: str = ""
) -> PublicName:
    """Return the public name of a member from what is kept: an alias where the name is withheld, or was erased; else the display name, if there is one."""
    if withheld:
        return alias(number)
    if name == ERASED_NAME:
        return PublicName(N_("Former participant %(number)s", number=number), body)
    return PublicName(Localized({language: display or name}), body)


def alias(number: int) -> PublicName:
    """Return what stands for a member whose name is withheld."""
    return PublicName(N_("Participant %(number)s, name withheld", number=number))


def withheld_alias(person: uuid.UUID) -> PublicName | None:
    """Return what stands for a person whose name is withheld somewhere, or who takes part under another, None for everybody else: for what strangers may hold."""
    number = session.scalars(
        sa.select(Member.number).where(Member.person_id == person, Member.withheld).order_by(Member.number)
    ).first()
    if number is not None:
        return alias(number)
    chosen = session.execute(
        sa.select(Member.display_name, Person.language)
        .join(Person, Person.id == Member.person_id)
        .where(Member.person_id == person, Member.display_name != "")
        .order_by(Member.number)
    ).first()
    return None if chosen is None else PublicName(Localized({chosen.language: chosen.display_name}))


def withheld_number(consultation: uuid.UUID) -> sa.ScalarSelect[int | None]:
    """Return, as part of a query of persons, their number as a member whose name is withheld, NULL for everybody else."""
    of = (Member.consultation_id == consultation, Member.person_id == Person.id, Member.withheld)
    return sa.select(sa.func.min(Member.number)).where(*of).scalar_subquery()


def name_for_staff(name: str, withheld: int | None) -> str | Message:
    """Return how organisers are told somebody who codes or judges texts: by name, or by number where it is withheld."""
    return name if withheld is None else N_("Participant %(number)s, name withheld", number=withheld)
