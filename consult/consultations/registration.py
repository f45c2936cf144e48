"""Registration: somebody takes part without having been invited, in a track that organisers opened to persons, while a phase
opens it.

The address is confirmed first: a link is mailed, whoever has the address, and before its button is pressed there is neither
person nor member. So the page says the same whether the address is known, and nobody enters somebody else. Bodies are
accredited instead (`consult.consultations.accreditation.services`).
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.attempts import REGISTRATION_FOR_ADDRESS, REGISTRATION_FROM_ADDRESS, count_attempt
from consult.accounts.models import Person, email_key
from consult.accounts.people import PersonDraft, is_address, known_or_entered, person_problems
from consult.accounts.signing_in.sign_in import Arrival, Halfway, Opened, open_sign_in, token_hash
from consult.accounts.taking_part import is_taking_part
from consult.consultations.events import MemberRegistered, RegistrationAsked
from consult.consultations.models import Consultation, Member
from consult.consultations.numbering import next_number
from consult.consultations.own_names import name_refusal
from consult.consultations.phases import Right, is_open
from consult.consultations.registration_models import Registration
from consult.consultations.rights import demand_right
from consult.db import new_id, session, transaction
from consult.errors import Conflict, LinkSpent, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.plugins.track import Track
from consult.runtime import runtime

#: How long somebody has to open the letter.
CONFIRM_WITHIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class RegistrationDraft:
    """Who wants to take part, in which track, with the name withheld or not."""

    person: PersonDraft
    track: str
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class IssuedRegistration:
    """The link of a registration, just made: the only moment at which its token is known."""

    email: str
    language: str
    token: str
    consultation: uuid.UUID
    track: str
    expires_at: datetime


def tracks_to_register(consultation: Consultation) -> Sequence[Track]:
    """Return the tracks in which persons may register now: switched on, opened to them, in a phase that opens it."""
    if not is_open(consultation.phases, Right.REGISTER, clock.now()):
        return []
    found = [runtime().hooks.track(row.key) for row in consultation.tracks if row.enabled and row.open_to_persons]
    return [track for track in found if track is not None]


def ask_to_register(draft: RegistrationDraft, *, consultation: Consultation, origin: str, actor: Actor) -> None:
    """Note that somebody wants to take part; the worker mails the link. Nobody is looked up.

    Raises Conflict where no phase opens it, Rejected, TooManyTries.
    """
    demand(actor, "registration.ask", consultation)
    demand_right(consultation, Right.REGISTER)
    if problems := list(_problems(draft, consultation)):
        raise Rejected(problems)
    count_attempt(REGISTRATION_FROM_ADDRESS, origin)
    count_attempt(REGISTRATION_FOR_ADDRESS, email_key(draft.person.email))
    with transaction():
        row = Registration(
            id=new_id(),
            consultation_id=consultation.id,
            track=draft.track,
            name=draft.person.name.strip(),
            email=draft.person.email.strip(),
            language=draft.person.language,
            withheld=draft.withheld,
            expires_at=clock.now() + CONFIRM_WITHIN,
        )
        session.add(row)
        session.flush()
        record(RegistrationAsked(row.id), actor=None)


def _problems(draft: RegistrationDraft, consultation: Consultation) -> Iterator[Problem]:
    track = next((one for one in tracks_to_register(consultation) if one.key == draft.track), None)
    if track is None:
        yield Problem("track", N_("Choose a track that is open to registration."))
    elif draft.withheld and not track.may_withhold_name:
        yield Problem("withheld", N_("In this track names are not withheld."))
    if not draft.person.email.strip():
        yield Problem("email", N_("Write an e-mail address, for example name@example.org."))
    problems = list(person_problems(draft.person))
    yield from problems
    if draft.withheld or any(problem.field == "name" for problem in problems):
        return
    if refusal := name_refusal(draft.person.name.strip(), consultation.id):
        yield Problem("name", refusal)


def issue_registration(registration: uuid.UUID) -> IssuedRegistration | None:
    """Make the link of a registration, for the letter that is being written; None if it has expired. For the worker."""
    with transaction():
        row = session.get(Registration, registration)
        if row is None or row.expires_at <= clock.now() or not is_address(row.email):
            return None
        token = secrets.token_urlsafe(32)
        row.token_hash = token_hash(token)
        return IssuedRegistration(row.email, row.language, token, row.consultation_id, row.track, row.expires_at)


def registration_of(consultation: uuid.UUID, token: str) -> Registration:
    """Return the registration of a link that waits, changing nothing. Raises LinkSpent."""
    row = session.scalars(sa.select(Registration).where(*_waiting(consultation, token))).first()
    if row is None:
        raise LinkSpent
    return row


def _waiting(consultation: uuid.UUID, token: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Registration.consultation_id == consultation,
        Registration.token_hash == token_hash(token),
        Registration.expires_at > clock.now(),
    )


def confirm_registration(
    token: str, *, consultation: Consultation, actor: Actor, shared: bool = False, device: str = ""
) -> Opened | Halfway:
    """Take part: the person (entered if the address is new), the member, and a sign-in, as an invitation opens it.

    Of two that come at the same time one gets LinkSpent. Raises Conflict where it is closed meanwhile, and for somebody whose
    part in the track was ended: registering again is no way back.
    """
    with transaction():
        demand(actor, "registration.ask", consultation)
        row = registration_of(consultation.id, token)
        demand_right(consultation, Right.REGISTER)
        if row.track not in {track.key for track in tracks_to_register(consultation)}:
            raise Conflict(N_("This track is no longer open to registration. Ask the organisers."))
        taken = sa.delete(Registration).where(Registration.id == row.id).returning(Registration.id)
        if session.scalar(taken.execution_options(synchronize_session=False)) is None:
            raise LinkSpent
        person = known_or_entered(PersonDraft(row.name, row.email, row.language), actor=actor)
        if not row.withheld and (refusal := name_refusal(person.name, consultation.id, person.id)):
            raise Conflict(refusal)  # of an account that was there already, or an office that was given meanwhile
        _take_part(person, row.track, consultation, withheld=row.withheld)
        session.expunge(row)
        return open_sign_in(person.id, Arrival("registration", shared, device, consultation.id), actor=actor)


def _take_part(person: Person, track: str, consultation: Consultation, *, withheld: bool) -> None:
    """Write the member; whoever takes part in the track already stays as they are."""
    known = session.scalars(
        sa.select(Member).where(
            Member.consultation_id == consultation.id, Member.person_id == person.id, Member.track == track
        )
    ).first()
    if known is not None and not is_taking_part(known, clock.now()):
        raise Conflict(N_("Your part in this track has ended. Ask the organisers."))
    if known is not None:
        return
    member = Member(
        id=new_id(),
        consultation_id=consultation.id,
        person_id=person.id,
        track=track,
        number=next_number(consultation.id, "member"),
        withheld=withheld,
        registered=True,
        invited_at=clock.now(),
    )
    session.add(member)
    session.flush()
    record(MemberRegistered(member.id, track), stream=consultation.id, actor=person.id)


def forget_past_registrations() -> bool:
    """Delete registrations that nobody confirmed in time; tell whether there were any. For the worker."""
    past = Registration.expires_at <= clock.now()
    if not session.scalar(sa.select(sa.exists().where(past))):
        return False
    with transaction():
        session.execute(sa.delete(Registration).where(past))
    return True
