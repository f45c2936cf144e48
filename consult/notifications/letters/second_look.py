"""Letters about grave acts: to those who may confirm one that it waits, to whoever asked what became of it.

They say what kind of act it is and where it waits. Whose account it is about, the reason and the name of whoever asked stand
on that page alone.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from consult.accounts.access import Role
from consult.accounts.four_eyes import ActState, Kind
from consult.accounts.four_eyes_models import GraveAct
from consult.accounts.models import Person
from consult.accounts.roles import open_holders
from consult.consultations.models import Consultation
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_, Localized, Message
from consult.notifications.kinds import KINDS
from consult.notifications.mail import Link, Words, page_address
from consult.notifications.telling import tell
from consult.testimony.offering import can_confirm, named_in
from consult.testimony.queries import readers_of


def act_asked(recorded: Recorded) -> None:
    """Tell everybody who may confirm an act that it waits and until when; nobody once it no longer does."""
    row = session.get_one(GraveAct, uuid.UUID(recorded.facts["act"]))
    if row.state != ActState.WAITING:
        return
    for person in sorted(_who_can_confirm(row)):
        _tell(
            recorded,
            row,
            session.get_one(Person, person),
            "act_waits",
            [
                N_(
                    "It was asked for by somebody who may do it too, and takes effect only if another person confirms it."
                ),
                N_("It waits until %(day)s. You can confirm it or refuse it.", day=row.expires_at),
            ],
        )


def _who_can_confirm(row: GraveAct) -> frozenset[uuid.UUID]:
    """Return who may confirm an act: those whose role it is, and of a reader never who is named."""
    if row.kind == Kind.READER and row.consultation_id:
        return can_confirm(row.consultation_id, {row.asked_by, named_in(row.details)})
    role = Role.ORGANISER if row.consultation_id else Role.ADMINISTRATOR
    return open_holders(role, row.consultation_id) - {row.asked_by}


def reader_named(recorded: Recorded) -> None:
    """Tell whoever reads from now on, and those who read already: the public page says who they are."""
    here = session.get_one(Consultation, recorded.stream)
    for reader in readers_of(here.id):
        person = session.get_one(Person, reader.person)
        new = str(person.id) == recorded.facts["person"]
        said = (
            N_(
                "From now on you read the confidential testimonies, also those that came before. Each opening is recorded."
            )
            if new
            else N_("Somebody else reads the confidential testimonies from now on. The page says who.")
        )
        tell(
            person,
            recorded,
            "reader_named",
            KINDS["reader_named"].title("", here.names),
            [said],
            Link(page_address(KINDS["reader_named"].path(here.slug, ""), person.language), N_("Who reads")),
            sender=here.names,
            timezone=here.timezone,
        )


def act_confirmed(recorded: Recorded) -> None:
    """Tell whoever asked that another person has confirmed."""
    row = session.get_one(GraveAct, uuid.UUID(recorded.facts["act"]))
    said = [N_("Another person has confirmed what you asked for. It has taken effect.")]
    _tell(recorded, row, session.get_one(Person, row.asked_by), "act_confirmed", said)


def act_refused(recorded: Recorded) -> None:
    """Tell whoever asked that another person has refused; nobody where they withdrew it themselves."""
    row = session.get_one(GraveAct, uuid.UUID(recorded.facts["act"]))
    if recorded.actor != row.asked_by:
        said = [N_("Another person has refused what you asked for. Nothing happened.")]
        _tell(recorded, row, session.get_one(Person, row.asked_by), "act_refused", said)


def _tell(recorded: Recorded, row: GraveAct, person: Person, kind: str, said: Sequence[Message | Words]) -> None:
    here = session.get_one(Consultation, row.consultation_id) if row.consultation_id else None
    title = KINDS[kind].title(row.kind, here.names if here else Localized())
    path = KINDS[kind].path(here.slug if here else "", row.kind)
    tell(
        person,
        recorded,
        kind,
        title,
        said,
        Link(page_address(path, person.language), N_("See what waits")),
        about=row.kind,
        sender=here.names if here else None,
        timezone=here.timezone if here else "Africa/Tripoli",
    )


WRITERS = {
    "GraveActAsked": act_asked,
    "GraveActConfirmed": act_confirmed,
    "GraveActWithdrawn": act_refused,
    "ReaderNamed": reader_named,
}
