"""The letter to whoever wants to register: the same to everybody, for nobody knows yet who they are."""

from __future__ import annotations

import uuid

from consult.consultations.models import Consultation
from consult.consultations.registration import issue_registration
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_
from consult.notifications.mail import Link, Stranger, page_address, write_mail
from consult.runtime import runtime


def confirm(recorded: Recorded) -> None:
    """Send the link with which a registration is confirmed, made at this moment."""
    issued = issue_registration(uuid.UUID(recorded.facts["registration"]))
    if issued is None:
        return
    consultation = session.get_one(Consultation, issued.consultation)
    track = runtime().hooks.track(issued.track)
    write_mail(
        Stranger(issued.email, issued.language),
        "registration",
        str(recorded.id),
        N_("Confirm that you want to take part: %(consultation)s", consultation=consultation.names),
        [
            N_("Somebody, we hope you, registered with this address."),
            N_("You would take part in: %(track)s.", track=track.label if track else issued.track),
            N_(
                "Press the button to take part. It works once, within a day; before that, nothing is kept but what was typed."
            ),
            N_("If it was not you, do nothing: after a day the registration is forgotten."),
        ],
        Link(page_address(f"/c/{consultation.slug}/register/{issued.token}/", issued.language), N_("Take part")),
        sender=consultation.names,
        why=N_("You get this letter because somebody typed your address on the page of registration."),
        timezone=consultation.timezone,
    )


WRITERS = {"RegistrationAsked": confirm}
