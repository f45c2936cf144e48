"""Reservations to a recommendation: of a member who speaks for nobody else, or of a body by the rule that its track asks for.

What a body writes is its own until whom its rule asks for has said yes to these very words; only then is it on record. It is
taken back in the same way.
"""

from __future__ import annotations

import uuid
from hashlib import sha256

from consult import clock
from consult.accounts.access import Actor, Membership, allowed, demand
from consult.cleaning import clean_text
from consult.consultations.models import Consultation, Member
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.events.record import record
from consult.events.types import canonical
from consult.i18n import N_
from consult.recommendations.checks import reservation_problems
from consult.recommendations.events import ReservationRecorded, ReservationWithdrawn
from consult.recommendations.models import Recommendation
from consult.recommendations.reservation_models import Reservation, UnsignedReservation
from consult.recommendations.reservation_queries import offices_of, own_reservation, unsigned_of
from consult.submissions.events import SignOffAsked, SignOffFell, TextSignedOff
from consult.submissions.offices.sign_off import (
    TEXT_CHANGED,
    let_fall,
    record_sign_off,
    rule_of,
    say_yes,
    signers_of,
)
from consult.submissions.offices.sign_off_rules import missing

#: What somebody's act came to: it is on record (or withdrawn), or it waits for the yes of others.
Outcome = Reservation | UnsignedReservation


def record_reservation(
    text: str, *, language: str, recommendation: Recommendation, member: uuid.UUID, actor: Actor
) -> Outcome:
    """Say what a member, or their body, has against a recommendation; one for each, never changed once it is on record.

    For a body it is kept, and its members are asked, until nothing of its rule is missing; writing it is the yes of whoever does.
    """
    with transaction():
        row = _locked(recommendation.id)
        demand(actor, "reservation.record", row)
        me = next((one for one in actor.memberships_in(row.consultation_id) if one.member == member), None)
        if me is None:
            raise Conflict(N_("A reservation is recorded by the member whose words they are."))
        text = _checked(text, language)
        if own_reservation(row.id, [me]) is not None:
            raise Conflict(N_("Your reservation is already on record."))
        office = next(iter(offices_of([me])), None)
        if office is None:
            return _on_record(row, text, language, actor, member=member)
        if unsigned_of(row.id, [me]) is not None:
            raise Conflict(
                N_("A colleague is writing a reservation of your body already. Open it under “Our body’s work”.")
            )
        return _settled(_kept(row, office, actor, text=text, language=language), row, me, actor)


def rewrite_reservation(
    text: str, *, language: str, version: int, unsigned: UnsignedReservation, actor: Actor
) -> Outcome:
    """Save other words of what one's body is going to say; every earlier yes falls, and whoever saves says yes to these.

    Raises Conflict if somebody else has saved meanwhile, Rejected with each problem at its field.
    """
    with transaction():
        row, kept, me = _entered(unsigned, actor)
        if kept.withdraws_id is not None or kept.version != version:
            raise Conflict(
                N_("A colleague has saved since you opened the page. What you wrote is below and not saved yet.")
            )
        text, before = _checked(text, language), digest_of(kept)
        kept.text, kept.language = text, language
        kept.version, kept.saved_at = kept.version + 1, clock.now()
        if digest_of(kept) != before and let_fall(kept.id):
            record_sign_off(SignOffFell(kept.id, before), _here(row), kept.track, actor)
        return _settled(kept, row, me, actor)


def sign_reservation(unsigned: UnsignedReservation, digest: str, *, actor: Actor) -> Outcome:
    """Say yes for one's body to the words, or to the withdrawal, that the page showed.

    Raises Conflict if it is another by now, or the reservation is not that body's to take back any more.
    """
    with transaction():
        row, kept, me = _entered(unsigned, actor)
        if kept.withdraws_id is not None:
            made = session.get_one(Reservation, kept.withdraws_id, populate_existing=True)
            lost = made.body_id is not None and not allowed(actor, "reservation.withdraw", made)
            if lost or made.withdrawn_at is not None:
                raise Conflict(N_("This reservation is not your body’s to take back any more. Give this up."))
        if digest != digest_of(kept):
            raise Conflict(TEXT_CHANGED)
        return _settled(kept, row, me, actor, by_hand=True)


def drop_reservation(unsigned: UnsignedReservation, *, actor: Actor) -> None:
    """Give up what one's body was going to say, or that it takes its reservation back; nobody else ever knew of it."""
    with transaction():
        row, kept, _me = _entered(unsigned, actor)
        if let_fall(kept.id):
            record_sign_off(SignOffFell(kept.id, digest_of(kept)), _here(row), kept.track, actor)
        session.delete(kept)


def withdraw_reservation(reservation: Reservation, *, actor: Actor) -> Outcome:
    """Take a reservation back: at once where it is a member's own; where it is a body's, by the rule of that body or of the one it went into.

    Its words stay to be read, as withdrawn. Raises Conflict where it is withdrawn already, or where its body has not signed off
    something else of this recommendation yet: the yes would be to that.
    """
    with transaction():
        row = _locked(reservation.recommendation_id)
        made = session.get_one(Reservation, reservation.id, populate_existing=True)
        demand(actor, "reservation.withdraw", made)
        if made.withdrawn_at is not None:
            raise Conflict(N_("This reservation is withdrawn already."))
        me = _answering(made, row, actor)
        office = next(iter(offices_of([me])), None)
        if office is None and made.body_id is not None:
            raise Forbidden  # whose name is withheld does not speak for the body
        if office is None:
            return _withdrawn(row, made, actor)
        kept = unsigned_of(row.id, [me]) or _kept(row, office, actor, withdraws=made.id)
        if kept.withdraws_id != made.id:
            raise Conflict(
                N_(
                    "Your body is about to say something else about this recommendation. Sign that off or give it up first, under “Our body’s work”."
                )
            )
        return _settled(kept, row, me, actor)


def digest_of(unsigned: UnsignedReservation) -> str:
    """Return SHA-256 of what a body is going to say, and of what: it is what is signed off."""
    of = {"recommendation": str(unsigned.recommendation_id), "body": str(unsigned.body_id), "track": unsigned.track}
    said = {"text": unsigned.text, "language": unsigned.language, "withdraws": str(unsigned.withdraws_id or "")}
    return sha256(canonical({**of, **said, "reservation": str(unsigned.id)})).hexdigest()


def membership_for(unsigned: UnsignedReservation, actor: Actor) -> Membership:
    """Return as which member somebody signs off; NotFound for everybody else."""
    office = (unsigned.body_id, unsigned.track)
    found = next((m for m in actor.memberships_in(unsigned.consultation_id) if (m.body, m.track) == office), None)
    if found is None:
        raise NotFound
    return found


def _answering(made: Reservation, row: Recommendation, actor: Actor) -> Membership:
    """Return as which member somebody takes a reservation back; Forbidden for whoever may not."""
    here = actor.memberships_in(row.consultation_id)
    own = next((m for m in here if m.member == made.member_id), None)
    found = own or actor.answering_for(row.consultation_id, (made.body_id, made.track) if made.body_id else None)
    if found is None:
        raise Forbidden
    return found


def _checked(text: str, language: str) -> str:
    text = clean_text(text)
    if problems := list(reservation_problems(text, language)):
        raise Rejected(problems)
    return text


def _entered(unsigned: UnsignedReservation, actor: Actor) -> tuple[Recommendation, UnsignedReservation, Membership]:
    row = _locked(unsigned.recommendation_id)
    kept = session.get(UnsignedReservation, unsigned.id, populate_existing=True)
    if kept is None:
        raise NotFound
    demand(actor, "reservation.sign", kept)
    return row, kept, membership_for(kept, actor)


def _kept(
    row: Recommendation,
    office: tuple[uuid.UUID, str],
    actor: Actor,
    *,
    text: str = "",
    language: str = "",
    withdraws: uuid.UUID | None = None,
) -> UnsignedReservation:
    """Keep what a body is going to say, and ask its members."""
    made = UnsignedReservation(
        id=new_id(),
        consultation_id=row.consultation_id,
        recommendation_id=row.id,
        body_id=office[0],
        track=office[1],
        withdraws_id=withdraws,
        text=text,
        language=language,
        version=1,
        saved_at=clock.now(),
    )
    session.add(made)
    session.flush()
    return made


def _settled(
    kept: UnsignedReservation, row: Recommendation, me: Membership, actor: Actor, *, by_hand: bool = False
) -> Outcome:
    """Write the yes of a member; once nothing is missing, what the body says is on record, and is kept nowhere else."""
    here, digest = _here(row), digest_of(kept)
    new = say_yes(kept.id, digest, me.member)[1]
    rule = rule_of(here, kept.body_id, kept.track)
    if any(missing(rule, signers_of([kept.id], {kept.id: digest})[kept.id].keys())):
        if new:
            told = TextSignedOff if by_hand else SignOffAsked
            record_sign_off(told(kept.id, digest), here, kept.track, actor)
        return kept
    text, language, withdraws = kept.text, kept.language, kept.withdraws_id
    session.delete(kept)
    session.flush()
    if withdraws is not None:
        return _withdrawn(row, session.get_one(Reservation, withdraws), None, by=kept.body_id)
    return _on_record(row, text, language, None, office=(kept.body_id, kept.track))


def _on_record(
    row: Recommendation,
    text: str,
    language: str,
    actor: Actor | None,
    *,
    member: uuid.UUID | None = None,
    office: tuple[uuid.UUID, str] | None = None,
) -> Reservation:
    made = Reservation(id=new_id(), recommendation_id=row.id, member_id=member, text=text, language=language)
    made.body_id, made.track = office or (None, "")
    made.at = clock.now()
    session.add(made)
    session.flush()
    event = ReservationRecorded(row.id, row.number, made.id)
    record(event, stream=row.consultation_id, actor=_named(member, actor))
    return made


def _withdrawn(
    row: Recommendation, made: Reservation, actor: Actor | None, *, by: uuid.UUID | None = None
) -> Reservation:
    """Write that a reservation is taken back, `by` a body; where that is another than its own, it acts in that one's place."""
    made.withdrawn_at, made.withdrawn_by_id = clock.now(), None if by == made.body_id else by
    session.flush()
    event = ReservationWithdrawn(row.id, row.number, made.id, made.withdrawn_by_id)
    record(event, stream=row.consultation_id, actor=_named(made.member_id, actor))
    return made


def _named(member: uuid.UUID | None, actor: Actor | None) -> uuid.UUID | None:
    """Return whom the log names: nobody for a body, nor a member whose name is withheld."""
    if actor is None or (member is not None and session.get_one(Member, member).withheld):
        return None
    return actor.person


def _here(row: Recommendation) -> Consultation:
    return session.get_one(Consultation, row.consultation_id)


def _locked(recommendation: uuid.UUID) -> Recommendation:
    """Return the recommendation, whose reservations nobody else changes until the transaction ends."""
    return session.get_one(Recommendation, recommendation, with_for_update=True, populate_existing=True)
