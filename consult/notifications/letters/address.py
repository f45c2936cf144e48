"""Letters about another address: a code to the present one and a code to the new one, then that it was changed."""

from __future__ import annotations

import uuid

from consult.accounts.address import issue_codes
from consult.accounts.models import Person
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_
from consult.notifications.mail import Link, page_address, write_mail
from consult.notifications.telling import tell


def change_asked(recorded: Recorded) -> None:
    """Send each address its code. Nothing goes to a new address that is somebody's already."""
    person = session.get_one(Person, uuid.UUID(recorded.facts["person"]))
    issued = issue_codes(person)
    if issued is None:
        return
    page = Link(page_address("/account/address", person.language), N_("Type the code"))
    if issued.old:
        write_mail(
            person,
            "address_old",
            str(recorded.id),
            N_("Your e-mail address is to be changed"),
            [
                N_(
                    "Somebody who is signed in to your account wants another e-mail address for it: %(address)s",
                    address=issued.address,
                ),
                N_("The code that goes with this address: %(code)s", code=issued.old),
                N_(
                    "If it was not you, give the code to nobody: without it nothing changes. Sign out every other device."
                ),
            ],
            page,
        )
    if issued.new:
        write_mail(
            person,
            "address_new",
            str(recorded.id),
            N_("Confirm your new e-mail address"),
            [
                N_("The code that goes with this address: %(code)s", code=issued.new),
                N_("If you know nothing of this, do nothing: the address is not used without the code."),
            ],
            page,
            why=N_("You get this letter because somebody entered this address as theirs."),
            address=issued.address,
        )


def address_changed(recorded: Recorded) -> None:
    """Tell somebody, at the new address, that it counts now."""
    person = session.get_one(Person, uuid.UUID(recorded.facts["person"]))
    said = N_(
        "Letters go to this address from now on, and you sign in with it. Links in earlier letters open nothing any more."
    )
    link = Link(page_address("/account/security", person.language), N_("Look at your sign-ins"))
    tell(person, recorded, "address_changed", N_("Your e-mail address was changed"), [said], link)


WRITERS = {"AddressChangeAsked": change_asked, "AddressChanged": address_changed}
