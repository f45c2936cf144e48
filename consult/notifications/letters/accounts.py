"""Letters about accounts: the sign-in link that was asked for, a role granted or taken back, a new password."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult.accounts.access import ROLE_LABELS, Role
from consult.accounts.links import Purpose, answer_link_request, issue_link
from consult.accounts.models import Person, RoleGrant
from consult.accounts.roles import has_signed_in
from consult.consultations.models import Consultation
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_, Localized, Message
from consult.notifications.mail import Link, Words, page_address, write_mail
from consult.runtime import runtime


def sign_in_link(recorded: Recorded) -> None:
    """Send the link to whoever asked; to an address that nobody has, nothing is sent."""
    link = answer_link_request(uuid.UUID(recorded.facts["request"]))
    if link is None:
        return
    write_mail(
        session.get_one(Person, link.person),
        "sign_in_link",
        str(recorded.id),
        N_("Your sign-in link"),
        [
            N_(
                "You asked for a link to sign in. It works once, within %(minutes)s minutes.",
                minutes=runtime().settings.sign_in_link_minutes,
            ),
            N_("If you did not ask for it, do nothing: nobody gets in without this letter."),
        ],
        Link(link.address, N_("Sign in")),
        why=N_("You get this letter because somebody typed your address on the sign-in page."),
    )


def role_granted(recorded: Recorded) -> None:
    """Tell somebody of their new role; whoever never signed in gets a link to do so."""
    grant = session.get_one(RoleGrant, uuid.UUID(recorded.facts["grant"]))
    person = session.get_one(Person, grant.person_id)
    if grant.granted_by == person.id or not person.email:
        return
    role, consultation = ROLE_LABELS[Role(grant.role)], _consultation(grant.consultation_id)
    said: list[Message | Words] = [
        N_("You are now %(role)s of %(consultation)s.", role=role, consultation=consultation)
        if consultation
        else N_("You are now %(role)s of this platform.", role=role)
    ]
    if grant.ends_at is not None:
        said.append(N_("This holds until %(day)s.", day=grant.ends_at))
    said.append(N_("If you do not want this, answer to whoever asked you."))
    write_mail(
        person,
        "role_granted",
        str(recorded.id),
        N_("You have a new role: %(role)s", role=role),
        said,
        _way_in(person, grant.consultation_id),
        sender=consultation,
    )


def role_revoked(recorded: Recorded) -> None:
    """Tell somebody that a role was taken back, and why."""
    grant = session.get_one(RoleGrant, uuid.UUID(recorded.facts["grant"]))
    person, consultation = session.get_one(Person, grant.person_id), _consultation(grant.consultation_id)
    role = ROLE_LABELS[Role(grant.role)]
    write_mail(
        person,
        "role_revoked",
        str(recorded.id),
        N_("A role of yours has ended: %(role)s", role=role),
        [
            N_("You are no longer %(role)s of %(consultation)s.", role=role, consultation=consultation)
            if consultation
            else N_("You are no longer %(role)s of this platform.", role=role),
            N_("The reason that was given:"),
            Words(grant.revoked_because, _language_of(grant.revoked_by)),
        ],
        sender=consultation,
    )


def password_set(recorded: Recorded) -> None:
    """Tell somebody that their password was set, in case it was not them."""
    person = session.get_one(Person, uuid.UUID(recorded.facts["person"]))
    write_mail(
        person,
        "password_set",
        str(recorded.id),
        N_("Your password was set"),
        [
            N_("A new password was set for your account, and every other device was signed out."),
            N_("If it was not you, ask for a sign-in link now and set another password."),
        ],
        Link(page_address("/sign-in", person.language), N_("Sign in")),
    )


def _way_in(person: Person, consultation: uuid.UUID | None) -> Link:
    if has_signed_in(person.id):
        return Link(page_address("/sign-in", person.language), N_("Sign in"))
    issued = issue_link(person, Purpose.INVITATION, consultation=consultation, actor=None)
    return Link(issued.address, N_("Sign in for the first time"))


def _consultation(consultation: uuid.UUID | None) -> Localized | None:
    return session.get_one(Consultation, consultation).names if consultation else None


def _language_of(person: uuid.UUID | None) -> str:
    return session.scalar(sa.select(Person.language).where(Person.id == person)) or "ar"


WRITERS = {
    "PasswordSet": password_set,
    "RoleGranted": role_granted,
    "RoleRevoked": role_revoked,
    "SignInLinkRequested": sign_in_link,
}
