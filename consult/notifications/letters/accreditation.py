"""Letters about accreditation: that there is something to read, and where; what it says stands on that page alone.

The staff are told of appeals: whoever may decide one, or, where nobody may, those who can name another accreditor.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Role, allowed
from consult.accounts.models import Person, RoleGrant
from consult.accounts.roles import in_force
from consult.accounts.separation import may_decide_appeal
from consult.accounts.signing_in.sign_in import load_actors
from consult.consultations.accreditation.confirming import issue_confirmation
from consult.consultations.accreditation.models import Application
from consult.consultations.accreditation.queries import steps_of, token_of
from consult.consultations.accreditation.states import ApplicationState
from consult.consultations.accreditation.terms import DECIDED_WITHIN, since
from consult.consultations.models import Consultation
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_, Message
from consult.notifications.mail import Link, Stranger, page_address, write_mail


def confirm(recorded: Recorded) -> None:
    """Send the link that confirms the address of an application: the same to everybody, for nobody knows yet who they are.

    It says nothing that was typed: a letter to a stranger carries no words of whoever typed the address.
    """
    issued = issue_confirmation(uuid.UUID(recorded.facts["application"]))
    if issued is None:
        return
    consultation = session.get_one(Consultation, issued.consultation)
    page = f"/c/{consultation.slug}/accreditation/confirm/{issued.token}/"
    write_mail(
        Stranger(issued.email, issued.language),
        "application_address",
        str(recorded.id),
        N_("Confirm your address: application number %(number)s", number=issued.number),
        [
            N_(
                "Somebody, we hope you, applied for a body with this address: %(consultation)s.",
                consultation=consultation.names,
            ),
            N_(
                "Nobody reads the application before the address is confirmed. The link works once, until %(day)s.",
                day=issued.expires_at,
            ),
            N_("If it was not you, do nothing: the application is then erased, and nobody has read it."),
        ],
        Link(page_address(page, issued.language), N_("Confirm the address")),
        sender=consultation.names,
        why=N_("You get this letter because somebody applied for a body with your address."),
        timezone=consultation.timezone,
    )


def news(recorded: Recorded) -> None:
    """Tell the contact of an application that it has moved on, in the language of the application."""
    row = _application(recorded)
    if recorded.facts["state"] == ApplicationState.APPEALED:
        _tell_staff(recorded, row)
    _tell_body(
        recorded,
        row,
        N_("There is something new about the application in %(consultation)s.", consultation=_where(recorded).names),
    )


def reminded(recorded: Recorded) -> None:
    """Remind a body that its accreditation ends soon, or the staff that an appeal waits; not of what has moved on meanwhile."""
    row = _application(recorded)
    if row.state != recorded.facts["state"]:
        return
    if row.state == ApplicationState.APPEALED:
        _tell_staff(recorded, row)
    elif row.until is not None and row.until > clock.now():
        ends = N_("Your part through this application ends on %(day)s, unless it is extended before.", day=row.until)
        _tell_body(recorded, row, ends)


def _application(recorded: Recorded) -> Application:
    return session.get_one(Application, uuid.UUID(recorded.facts["application"]))


def _where(recorded: Recorded) -> Consultation:
    return session.get_one(Consultation, recorded.stream)


def _tell_body(recorded: Recorded, row: Application, said: Message) -> None:
    person, consultation = session.get_one(Person, row.person_id), _where(recorded)
    page = f"/c/{consultation.slug}/accreditation/{token_of(row.id)}/"
    write_mail(
        person,
        "accreditation",
        str(recorded.id),
        N_("Your application to take part: number %(number)s", number=row.number),
        [
            said,
            N_("The page shows where it stands and what you can do. Its address is for you alone: do not pass it on."),
        ],
        Link(page_address(page, person.language), N_("See the application")),
        sender=consultation.names,
        why=N_("You get this letter because somebody applied for a body with your address."),
        timezone=consultation.timezone,
    )


def _tell_staff(recorded: Recorded, row: Application) -> None:
    """Tell whoever may decide an appeal that it waits; where nobody may, organisers and administrators, who can name somebody."""
    consultation, decided = _where(recorded), [step.by for step in steps_of(row.id) if step.by]
    holders = _holders(row.consultation_id, Role.ACCREDITOR)
    actors = load_actors([person.id for person in holders])
    accreditors = [
        person
        for person in holders
        if allowed(actors[person.id], "accreditation.decide", row) and may_decide_appeal(person.id, decided)
    ]
    due = since(row.id) + DECIDED_WITHIN
    told: Sequence[Person] = accreditors
    if accreditors:
        page, label = f"facilitate/accreditation/{row.number}/", N_("Read the application")
        said = N_("It is to be decided until %(day)s, by somebody who has decided nothing on it before.", day=due)
    else:
        told, page, label = _holders(row.consultation_id, Role.ORGANISER), "organise/", N_("To the organisers’ desk")
        said = N_(
            "Nobody may decide it: it needs an accreditor who has decided nothing on it before. An administrator names one, at best before %(day)s.",
            day=due,
        )
    for person in told:
        write_mail(
            person,
            "accreditation_appealed",
            str(recorded.id),
            N_("An appeal waits: application %(number)s", number=row.number),
            [N_("A body has appealed against the decision on application %(number)s.", number=row.number), said],
            Link(page_address(f"/c/{consultation.slug}/{page}", person.language), label),
            sender=consultation.names,
            why=N_("You get this letter because of your role in this consultation."),
            timezone=consultation.timezone,
        )


def _holders(consultation: uuid.UUID, role: Role) -> Sequence[Person]:
    """Return who holds a role in a consultation or a part of it now; beside the organisers the administrators, who name others."""
    wanted = [sa.and_(RoleGrant.role == role, RoleGrant.consultation_id == consultation)]
    if role == Role.ORGANISER:
        wanted.append(RoleGrant.role == Role.ADMINISTRATOR)
    grants = sa.exists().where(RoleGrant.person_id == Person.id, sa.or_(*wanted), *in_force())
    query = sa.select(Person).where(grants, Person.closed_at.is_(None)).order_by(Person.id)
    return session.scalars(query).all()


WRITERS = {"AccreditationAsked": confirm, "AccreditationMoved": news, "AccreditationReminded": reminded}
