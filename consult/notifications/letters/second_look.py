"""Letters about grave acts: to those who may confirm one that it waits, to whoever asked what became of it.

They say what kind of act it is and where it waits. Whose account it is about, the reason and the name of whoever asked stand
on that page alone.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from consult.accounts.access import Role
from consult.accounts.four_eyes import ActState
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


def act_asked(recorded: Recorded) -> None:
    """Tell everybody who may confirm an act that it waits and until when; nobody once it no longer does."""
    row = session.get_one(GraveAct, uuid.UUID(recorded.facts["act"]))
    if row.state != ActState.WAITING:
        return
    role = Role.ORGANISER if row.consultation_id else Role.ADMINISTRATOR
    for person in sorted(open_holders(role, row.consultation_id) - {row.asked_by}):
        _tell(
            recorded,
            row,
            session.get_one(Person, person),
            "act_waits",
            [
                N_(
                    "It was asked for by somebody with the same role, and takes effect only if another person confirms it."
                ),
                N_("It waits until %(day)s. You can confirm it or refuse it.", day=row.expires_at),
            ],
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


WRITERS = {"GraveActAsked": act_asked, "GraveActConfirmed": act_confirmed, "GraveActWithdrawn": act_refused}
