"""Letters about accounts: the sign-in link that was asked for, a role granted or taken back, what concerns signing in."""

from __future__ import annotations

import re
import uuid

import sqlalchemy as sa

from consult.accounts.access import GUARDED_ROLES, ROLE_LABELS, Role
from consult.accounts.models import Person, RoleGrant
from consult.accounts.queries import has_second_factor
from consult.accounts.roles import has_signed_in
from consult.accounts.signing_in.asked_links import answer_link_request
from consult.accounts.signing_in.links import Purpose, issue_link
from consult.consultations.models import Consultation
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_, NN_, Localized, Message
from consult.notifications.mail import Link, Words, page_address, write_mail
from consult.notifications.telling import tell
from consult.runtime import runtime
from consult.sessions.models import Session
from consult.submissions.tracks import track_label


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
            NN_(
                "You asked for a link to sign in. It works once, within one minute of asking.",
                "You asked for a link to sign in. It works once, within %(count)s minutes of asking.",
                runtime().settings.sign_in_link_minutes,
            ),
            N_("Open it in the browser where you asked. Opened in another one, it shows a code to type there."),
            N_("If you did not ask for it, do nothing, and tell nobody the code: nobody gets in without this letter."),
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
    if part := _part(grant):
        said.append(N_("It is for one part of it only: %(part)s.", part=part))
    if grant.last_moment is not None:
        said.append(N_("This holds until %(day)s.", day=grant.last_moment))
    granter = session.get(Person, grant.granted_by) if grant.granted_by else None
    if granter is not None and granter.name:
        said.append(N_("It was granted by %(name)s.", name=granter.name))
    guarded = grant.role in GUARDED_ROLES and runtime().settings.second_factor_for_roles
    if guarded and not has_second_factor(person.id):
        said.append(N_("The role acts once you have set up a second step; you are led there when you sign in."))
    said.append(N_("If you do not want this, answer to whoever asked you."))
    tell(
        person,
        recorded,
        "role_granted",
        N_("You have a new role: %(role)s", role=role),
        said,
        _way_in(person, grant.consultation_id),
        about=grant.role,
        sender=consultation,
    )


def _part(grant: RoleGrant) -> Localized | Message | str | None:
    """Return the track or the session that a role is for, None where it is for all."""
    if grant.session_id is not None:
        return session.get_one(Session, grant.session_id).names
    return track_label(grant.track) if grant.track else None


def role_revoked(recorded: Recorded) -> None:
    """Tell somebody that a role was taken back, and why."""
    grant = session.get_one(RoleGrant, uuid.UUID(recorded.facts["grant"]))
    person, consultation = session.get_one(Person, grant.person_id), _consultation(grant.consultation_id)
    role = ROLE_LABELS[Role(grant.role)]
    tell(
        person,
        recorded,
        "role_revoked",
        N_("A role of yours has ended: %(role)s", role=role),
        [
            N_("You are no longer %(role)s of %(consultation)s.", role=role, consultation=consultation)
            if consultation
            else N_("You are no longer %(role)s of this platform.", role=role),
            N_("The reason that was given:"),
            Words(grant.revoked_because, _language_of(grant.revoked_by)),
        ],
        about=grant.role,
        sender=consultation,
    )


def password_set(recorded: Recorded) -> None:
    """Tell somebody that their password was set, in case it was not them."""
    person = session.get_one(Person, uuid.UUID(recorded.facts["person"]))
    tell(
        person,
        recorded,
        "password_set",
        N_("Your password was set"),
        [
            N_("A new password was set for your account, and every other device was signed out."),
            N_("If it was not you, ask for a sign-in link now and set another password."),
        ],
        Link(page_address("/sign-in", person.language), N_("Sign in")),
    )


def app_added(recorded: Recorded) -> None:
    """Tell somebody that an app was set up for their account."""
    said = N_(
        "An app that shows codes was set up for your account. From now on its code is asked for when you sign in."
    )
    _security_letter(recorded, N_("A second step was set up"), said)


def app_removed(recorded: Recorded) -> None:
    """Tell somebody that their app was removed, by themselves or by the operator."""
    said = N_("The app that shows codes was removed from your account. Its codes are no longer asked for.")
    _security_letter(recorded, N_("A second step was removed"), said)


def second_step_reset(recorded: Recorded) -> None:
    """Tell somebody that two people at a desk had their second step removed."""
    said = N_(
        "Two people at a desk of the organisers confirmed that they saw you. Your app, passkeys and recovery codes were removed, and every device was signed out. Set up a new second step at your next sign-in, within a day."
    )
    _security_letter(recorded, N_("Your second step was removed at a desk"), said)


def passkey_added(recorded: Recorded) -> None:
    """Tell somebody that a passkey was added to their account."""
    said = N_("A passkey was added to your account. Whoever unlocks the device it is on can sign in with it.")
    _security_letter(recorded, N_("A passkey was added"), said)


def passkey_removed(recorded: Recorded) -> None:
    """Tell somebody that a passkey was removed, by themselves or by the operator."""
    _security_letter(recorded, N_("A passkey was removed"), N_("A passkey was removed from your account."))


def identity_joined(recorded: Recorded) -> None:
    """Tell somebody that an account elsewhere signs in to theirs."""
    said = N_("An account elsewhere was joined with yours. Whoever signs in there gets in here.")
    _security_letter(recorded, N_("An account elsewhere was joined with yours"), said)


def identity_parted(recorded: Recorded) -> None:
    """Tell somebody that an account elsewhere signs in to theirs no more."""
    said = N_("An account elsewhere was parted from yours. It opens nothing here any more.")
    _security_letter(recorded, N_("An account elsewhere was parted from yours"), said)


def recovery_codes_made(recorded: Recorded) -> None:
    """Tell somebody that they have new recovery codes."""
    said = N_("New recovery codes were made for your account. Those from before are worth nothing any more.")
    _security_letter(recorded, N_("You have new recovery codes"), said)


def recovery_code_used(recorded: Recorded) -> None:
    """Tell somebody that a recovery code of theirs was used, and how many are left."""
    said = N_(
        "A recovery code took the place of your second step. Codes that are left: %(left)s.",
        left=recorded.facts["left"],
    )
    _security_letter(recorded, N_("A recovery code was used"), said)


def signed_out_elsewhere(recorded: Recorded) -> None:
    """Tell somebody that other devices were signed out."""
    said = N_("Other devices that were signed in to your account were signed out.")
    _security_letter(recorded, N_("Other devices were signed out"), said)


def account_signed_out(recorded: Recorded) -> None:
    """Tell somebody that an administrator signed them out."""
    said = N_("An administrator of this platform signed you out on every device. You can sign in again as before.")
    _security_letter(recorded, N_("You were signed out"), said)


def account_closed(recorded: Recorded) -> None:
    """Tell somebody that their account was closed, and why; nothing if it was opened again meanwhile."""
    person = session.get_one(Person, uuid.UUID(recorded.facts["person"]))
    if person.closed_at is None:
        return
    tell(
        person,
        recorded,
        "account_closed",
        N_("Your account was closed"),
        [
            N_("Nobody can sign in to it any more. What you handed in and how you voted stays as it is."),
            N_("The reason that was given:"),
            Words(person.closed_because, _language_of(person.closed_by)),
            N_("If this is a mistake, answer to whoever invited you."),
        ],
    )


def account_opened(recorded: Recorded) -> None:
    """Tell somebody that their account is open again."""
    person = session.get_one(Person, uuid.UUID(recorded.facts["person"]))
    tell(
        person,
        recorded,
        "account_opened",
        N_("Your account is open again"),
        [N_("You can sign in as before.")],
        Link(page_address("/sign-in", person.language), N_("Sign in")),
    )


def _security_letter(recorded: Recorded, subject: Message, said: Message) -> None:
    """Write what happened to an account, and what to do if it was somebody else."""
    person = session.get_one(Person, uuid.UUID(recorded.facts["person"]))
    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", recorded.type).lower()
    tell(
        person,
        recorded,
        kind,
        subject,
        [said, N_("If it was not you, sign in now, sign out every other device, and tell the organisers.")],
        Link(page_address("/account/security", person.language), N_("Look at your sign-ins")),
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
    "AccountClosed": account_closed,
    "AccountOpened": account_opened,
    "AccountSignedOut": account_signed_out,
    "IdentityJoined": identity_joined,
    "IdentityParted": identity_parted,
    "PasskeyAdded": passkey_added,
    "PasskeyRemoved": passkey_removed,
    "PasswordSet": password_set,
    "RecoveryCodeUsed": recovery_code_used,
    "RecoveryCodesMade": recovery_codes_made,
    "RoleGranted": role_granted,
    "RoleRevoked": role_revoked,
    "SecondFactorAdded": app_added,
    "SecondFactorRemoved": app_removed,
    "SecondStepReset": second_step_reset,
    "SignInLinkRequested": sign_in_link,
    "SignedOutElsewhere": signed_out_elsewhere,
}
