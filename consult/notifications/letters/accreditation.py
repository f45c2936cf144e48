"""Letters about accreditation: that there is something to read, and where; what it says stands on that page alone."""

from __future__ import annotations

import uuid

from consult.accounts.models import Person
from consult.consultations.accreditation_models import Application
from consult.consultations.accreditation_queries import token_of
from consult.consultations.models import Consultation
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_
from consult.notifications.mail import Link, page_address, write_mail


def news(recorded: Recorded) -> None:
    """Tell the contact of an application that it has moved on, in the language of the application."""
    row = session.get_one(Application, uuid.UUID(recorded.facts["application"]))
    person, consultation = session.get_one(Person, row.person_id), session.get_one(Consultation, recorded.stream)
    page = f"/c/{consultation.slug}/accreditation/{token_of(row.id)}/"
    write_mail(
        person,
        "accreditation",
        str(recorded.id),
        N_("Your application to take part: number %(number)s", number=row.number),
        [
            N_("There is something new about the application in %(consultation)s.", consultation=consultation.names),
            N_("The page shows where it stands and what you can do. Its address is for you alone: do not pass it on."),
        ],
        Link(page_address(page, person.language), N_("See the application")),
        sender=consultation.names,
        why=N_("You get this letter because somebody applied for a body with your address."),
        timezone=consultation.timezone,
    )


WRITERS = {"AccreditationMoved": news}
