"""The address of an application is confirmed before anybody reads it.

Whoever hands one in is sent a letter. Its link, opened in the browser that handed in, confirms; opened anywhere else it shows
a code to type on the application's page, so that only somebody who has both the mailbox and that page confirms. Nobody is
looked up before: the answer is the same whoever has the address. Where no letter arrives an accreditor confirms by hand, for
somebody whom they reached in another way, and says how.
"""

from __future__ import annotations

import hmac
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, allowed, demand
from consult.accounts.attempts import (
    APPLICATION_CODE,
    APPLICATION_FOR_ADDRESS,
    APPLICATION_FROM_ADDRESS,
    APPLICATION_LETTER,
    count_attempt,
)
from consult.accounts.keys import keyed
from consult.accounts.models import email_key
from consult.accounts.people import PersonDraft, is_address, known_or_entered
from consult.accounts.signing_in.asked_links import DIGITS
from consult.accounts.signing_in.shown_address import has_shown_address
from consult.accounts.signing_in.sign_in import token_hash
from consult.cleaning import clean_text, typed_digits
from consult.consultations.accreditation.drafts import NO_ADDRESS, ApplicationDraft, demand_in_order, facts_of
from consult.consultations.accreditation.models import Application, UnconfirmedApplication
from consult.consultations.accreditation.states import ApplicationState
from consult.consultations.accreditation.steps import LONGEST_REASON, note
from consult.consultations.events import AccreditationAsked
from consult.consultations.models import Consultation
from consult.consultations.numbering import next_number
from consult.consultations.phases import Right
from consult.consultations.rights import demand_right
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, LinkSpent, Problem, Rejected
from consult.events.record import record
from consult.i18n import LANGUAGES, N_

#: How long a letter's link works, and how long an application is kept that nobody confirms; `retention` erases it.
CONFIRM_WITHIN = timedelta(days=7)
#: What an application keeps of what was typed, once its address is confirmed.
_KEPT = (
    *("id", "consultation_id", "number", "track", "contact", "name", "kind", "language", "mandate", "legal_basis"),
    *("documents", "withheld", "applied_at"),
)
WRONG_CODE = N_("This is not the code that the link shows, or it is too old. Look at the newest letter.")
CONFIRMED = N_("This address is confirmed already, or the application is no longer kept.")


@dataclass(frozen=True, slots=True)
class IssuedConfirmation:
    """The link of an application's letter, just made: the only moment at which its token is known."""

    email: str
    language: str
    token: str
    consultation: uuid.UUID
    number: int
    expires_at: datetime


def ask_to_apply(draft: ApplicationDraft, *, consultation: Consultation, origin: str, actor: Actor) -> uuid.UUID:
    """Apply for a body, and return what its page is known by: at once where the address is shown already, else once it is confirmed.

    Raises Conflict where no phase opens it, TooManyTries, Rejected.
    """
    demand(actor, "accreditation.apply", consultation)
    demand_right(consultation, Right.REGISTER)
    demand_in_order(draft, consultation)
    count_attempt(APPLICATION_FROM_ADDRESS, origin)
    count_attempt(APPLICATION_FOR_ADDRESS, email_key(draft.contact.email))
    if has_shown_address(actor, draft.contact.email):
        return apply(draft, consultation=consultation, actor=actor).id
    with transaction():
        row = _handed_in(draft, consultation)
        session.add(row)
        session.flush()
        record(AccreditationAsked(row.id), actor=None)
        return row.id


def apply(draft: ApplicationDraft, *, consultation: Consultation, actor: Actor) -> Application:
    """Apply for a body where there is nothing to confirm: by the operator, or by somebody who has shown that the address is theirs.

    Raises Conflict where no phase opens it, Forbidden, Rejected.
    """
    demand(actor, "accreditation.apply", consultation)
    demand_right(consultation, Right.REGISTER)
    demand_in_order(draft, consultation)
    if not actor.operator and not has_shown_address(actor, draft.contact.email):
        raise Forbidden
    with transaction():
        return _entered(_handed_in(draft, consultation), actor)


def _handed_in(draft: ApplicationDraft, consultation: Consultation) -> UnconfirmedApplication:
    now = clock.now()
    return UnconfirmedApplication(
        id=new_id(),
        consultation_id=consultation.id,
        number=next_number(consultation.id, "accreditation"),
        email=draft.contact.email.strip(),
        applied_at=now,
        asked_at=now,
        **facts_of(draft),
    )


def _entered(row: UnconfirmedApplication, actor: Actor, *, reason: str = "", language: str = "") -> Application:
    """Write the application that somebody confirmed, with the person who is written to; `reason` is an accreditor's, by hand."""
    contact = PersonDraft(row.contact, row.email, row.language)
    made = Application(
        person_id=known_or_entered(contact, actor=actor).id,
        state=ApplicationState.APPLIED,
        **{name: getattr(row, name) for name in _KEPT},
    )
    session.add(made)
    session.flush()
    return note(made, by=actor.person if reason else None, reason=reason, language=language)


def issue_confirmation(application: uuid.UUID) -> IssuedConfirmation | None:
    """Make the link for the letter that is being written, in place of that of an earlier one; None once it is confirmed, or too late."""
    with transaction():
        row = session.get(UnconfirmedApplication, application)
        if row is None or not _is_kept(row) or not is_address(row.email):
            return None
        token = secrets.token_urlsafe(32)
        row.token_hash = token_hash(token)
        return IssuedConfirmation(row.email, row.language, token, row.consultation_id, row.number, kept_until(row))


def kept_until(row: UnconfirmedApplication) -> datetime:
    """Return until when an application waits to be confirmed."""
    return row.asked_at + CONFIRM_WITHIN


def _is_kept(row: UnconfirmedApplication) -> bool:
    return kept_until(row) > clock.now()


def waiting_application(consultation: uuid.UUID, application: uuid.UUID) -> UnconfirmedApplication | None:
    """Return an application whose address is not confirmed yet, None if there is none or its time is over (1 query)."""
    row = session.get(UnconfirmedApplication, application)
    return row if row is not None and row.consultation_id == consultation and _is_kept(row) else None


def application_to_confirm(consultation: uuid.UUID, token: str) -> UnconfirmedApplication:
    """Return the application of a letter's link, changing nothing. Raises LinkSpent."""
    row = session.scalars(
        sa.select(UnconfirmedApplication).where(UnconfirmedApplication.token_hash == token_hash(token))
    ).first()
    if row is None or row.consultation_id != consultation or not _is_kept(row):
        raise LinkSpent
    return row


def code_of(row: UnconfirmedApplication) -> str:
    """Return the digits that a letter's link shows: they are made of its token under the key outside the database, and kept nowhere."""
    number = int.from_bytes(keyed("code of an application", row.token_hash or b""))
    return f"{number % 10**DIGITS:0{DIGITS}}"


def ask_again(row: UnconfirmedApplication, address: str, *, origin: str, actor: Actor) -> None:
    """Have the letter sent again, to another address where the first was wrong; the link of the one before opens nothing.

    Raises Conflict once it is confirmed, Rejected, TooManyTries.
    """
    address = address.strip()
    demand(actor, "accreditation.apply", session.get_one(Consultation, row.consultation_id))
    if not is_address(address):
        raise Rejected(NO_ADDRESS, field="email")
    count_attempt(APPLICATION_FROM_ADDRESS, origin)
    count_attempt(APPLICATION_LETTER, str(row.id))
    count_attempt(APPLICATION_FOR_ADDRESS, email_key(address))
    with transaction():
        waiting = session.get(UnconfirmedApplication, row.id, with_for_update=True, populate_existing=True)
        if waiting is None or not _is_kept(waiting):
            raise Conflict(CONFIRMED)
        waiting.email, waiting.token_hash, waiting.asked_at = address, None, clock.now()
        session.flush()
        record(AccreditationAsked(waiting.id), actor=None)


def confirm_by_link(token: str, *, consultation: Consultation, actor: Actor) -> Application:
    """Confirm an address by the link of a letter, in the browser that handed in: the caller has looked. Raises LinkSpent."""
    with transaction():
        demand(actor, "accreditation.apply", consultation)
        return _confirmed(application_to_confirm(consultation.id, token), actor)


def confirm_by_code(typed: str, *, application: UnconfirmedApplication, actor: Actor) -> Application:
    """Confirm an address by the code that the link showed elsewhere. Raises Conflict, Rejected, TooManyTries."""
    code = typed_digits(typed)
    if len(code) != DIGITS:
        raise Rejected(N_("Write the eight digits that the link shows."), field="code")
    count_attempt(APPLICATION_CODE, str(application.id))
    with transaction():
        demand(actor, "accreditation.apply", session.get_one(Consultation, application.consultation_id))
        row = session.get(UnconfirmedApplication, application.id, populate_existing=True)
        if row is None or not _is_kept(row):
            raise Conflict(CONFIRMED)
        if row.token_hash is None or not hmac.compare_digest(code_of(row), code):
            raise Rejected(WRONG_CODE, field="code")
        return _confirmed(row, actor)


@dataclass(frozen=True, slots=True)
class ByHand:
    """What an accreditor writes who reached a body in another way: number and address as they were told, and how they know."""

    number: int
    email: str
    reason: str
    language: str


def confirm_by_hand(known: ByHand, *, consultation: Consultation, actor: Actor) -> Application:
    """Confirm the address of an application by hand, for somebody reached by telephone, fax or in person; step and log say by whom.

    Raises Forbidden, and Rejected: one of another track is not there, and number and address fit together or not.
    """
    demand(actor, "accreditation.decide", consultation)
    reason = clean_text(known.reason)
    if problems := _unsaid(reason, known.language):
        raise Rejected(problems)
    with transaction():
        here = UnconfirmedApplication.consultation_id == consultation.id
        row = session.scalars(
            sa.select(UnconfirmedApplication).where(here, UnconfirmedApplication.number == known.number)
        ).first()
        if row is None or not _is_kept(row) or email_key(row.email) != email_key(known.email):
            raise Rejected(_NOT_THERE, field="number")
        made = _confirmed(row, actor, reason=reason, language=known.language)
        if not allowed(actor, "accreditation.decide", made):
            raise Rejected(_NOT_THERE, field="number")
        return made


_NOT_THERE = N_("No application with this number waits for this address to be confirmed.")


def _unsaid(reason: str, language: str) -> list[Problem]:
    problems = []
    if not reason:
        problems.append(Problem("reason", N_("Say how you reached the body.")))
    if len(reason) > LONGEST_REASON:
        problems.append(Problem("reason", N_("Write at most %(limit)s characters.", limit=LONGEST_REASON)))
    if language not in LANGUAGES:
        problems.append(Problem("language", N_("Choose the language you wrote in.")))
    return problems


def _confirmed(row: UnconfirmedApplication, actor: Actor, *, reason: str = "", language: str = "") -> Application:
    """Make it the application that accreditors read. Of two that come at the same time one gets LinkSpent."""
    taken = (
        sa.delete(UnconfirmedApplication)
        .where(
            UnconfirmedApplication.id == row.id, UnconfirmedApplication.token_hash.is_not_distinct_from(row.token_hash)
        )
        .returning(UnconfirmedApplication.id)
    )
    if session.scalar(taken.execution_options(synchronize_session=False)) is None:
        raise LinkSpent
    session.expunge(row)
    return _entered(row, actor, reason=reason, language=language)
