"""Letters about taking part: the invitation, a new one, and the notice that somebody printed a card in the hall."""

from __future__ import annotations

import uuid

from consult import clock
from consult.accounts.models import Person
from consult.accounts.signing_in.links import Purpose, issue_link
from consult.accounts.taking_part import is_taking_part
from consult.consultations.members import Letter
from consult.consultations.models import Consultation, Member
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_, Message
from consult.notifications.mail import Link, page_address, write_mail
from consult.notifications.telling import tell
from consult.runtime import runtime


def invitation(recorded: Recorded) -> None:
    """Send an invitation, with a link made at this moment, so that nobody but its reader ever sees it."""
    if recorded.facts["letter"] != Letter.MAIL:
        return
    member = session.get_one(Member, uuid.UUID(recorded.facts["member"]))
    person, consultation = session.get_one(Person, member.person_id), session.get_one(Consultation, recorded.stream)
    if not is_taking_part(member, clock.now()) or not person.email:
        return
    issued = issue_link(person, Purpose.INVITATION, consultation=consultation.id, actor=recorded.actor)
    track = runtime().hooks.track(member.track)
    said: list[Message] = [
        N_("You are invited to take part in %(consultation)s.", consultation=consultation.names),
        N_("You take part in: %(track)s.", track=track.label if track else member.track),
        N_(
            "The link signs you in without a password. It works once, until %(day)s; afterwards you get another by mail whenever you ask.",
            day=issued.expires_at,
        ),
        N_("The link is for you alone: whoever opens it signs in as you. Do not pass it on."),
    ]
    if member.withheld:
        said.append(N_("Your name is withheld: others see your number only."))
    write_mail(  # no notice: its reader has yet to come in
        person,
        "invitation",
        str(recorded.id),
        N_("Invitation: %(consultation)s", consultation=consultation.names),
        said,
        Link(issued.address, N_("Accept the invitation")),
        sender=consultation.names,
        why=N_("You get this letter because the organisers entered your address."),
        timezone=consultation.timezone,
    )


def card_printed(recorded: Recorded) -> None:
    """Tell a member that a new card was printed for them, in case it was not at their wish."""
    member = session.get_one(Member, uuid.UUID(recorded.facts["member"]))
    person, consultation = session.get_one(Person, member.person_id), session.get_one(Consultation, recorded.stream)
    tell(
        person,
        recorded,
        "card_printed",
        N_("A new sign-in card was printed for you"),
        [
            N_(
                "At the desk of %(consultation)s a moderator printed a new card with which you can sign in. Former letters open nothing any more.",
                consultation=consultation.names,
            ),
            N_("Who printed it stands on the page of your sign-in and security."),
            N_("If you did not ask for it, sign out everywhere on the page of your account, and tell the organisers."),
        ],
        Link(page_address("/account/security", person.language), N_("Sign-in and security")),
        sender=consultation.names,
        timezone=consultation.timezone,
    )


WRITERS = {"CardPrinted": card_printed, "InvitationRenewed": invitation, "MemberInvited": invitation}
