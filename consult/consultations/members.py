"""Members: invited with a letter by mail or on paper, given a new one when they lost it, and leaving."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, allowed, demand
from consult.accounts.models import Body, Person
from consult.accounts.people import PersonDraft, known_or_entered
from consult.accounts.queries import person_by_email
from consult.accounts.roles import holds_a_role
from consult.accounts.signing_in.links import IssuedLink, Purpose, issue_link
from consult.accounts.taking_part import is_taking_part, takes_part
from consult.consultations.accreditation.steps import close_accreditations
from consult.consultations.events import (
    CardPrinted,
    InvitationRenewed,
    MemberInvited,
    MemberLeft,
    MemberReturned,
    SeatGiven,
)
from consult.consultations.models import Alternate, Consultation, Member, Seat
from consult.consultations.names import PublicName, public_names
from consult.consultations.numbering import next_number
from consult.consultations.policies import LinkOf
from consult.consultations.seats.holding import hold_seats, holder_refusal, seat_member, seat_refusal, take_off, vacate
from consult.consultations.seats.services import free_seat
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_, Message
from consult.runtime import runtime


class Letter(StrEnum):
    """How an invitation reaches its reader."""

    MAIL = "mail"
    PRINT = "print"


@dataclass(frozen=True, slots=True)
class MemberDraft:
    """Somebody to be invited: who, in which track, for which body, with the name withheld or not, with a seat or not."""

    person: PersonDraft
    track: str
    body: uuid.UUID | None = None
    withheld: bool = False
    seat: bool = False
    letter: Letter = Letter.MAIL


@dataclass(frozen=True, slots=True)
class Invited:
    """A member just invited; `link` only for a letter on paper: a mailed one is written, with its link, by the worker.

    `stays_withheld` where the name was not to be withheld, but was in their former part.
    """

    member: Member
    link: IssuedLink | None
    stays_withheld: bool


@dataclass(frozen=True, slots=True)
class PaperLetter:
    """A letter to be printed, now or never: its link is known at this moment only."""

    number: int
    name: PublicName
    track: str
    link: IssuedLink


def invite_member(draft: MemberDraft, *, consultation: Consultation, actor: Actor) -> Invited:
    """Invite somebody: the person (entered if the address is new), the member, a seat if wanted, and a letter.

    Raises Rejected, each problem at its field.
    """
    with transaction():
        demand(actor, "member.invite", consultation)
        if problems := list(_problems(draft, consultation)):
            raise Rejected(problems)
        person = known_or_entered(draft.person, actor=actor)
        if draft.letter is Letter.PRINT and (refusal := print_refusal(person.id, consultation, actor)):
            raise Rejected(refusal, field="letter")
        member = _entered(person, draft, consultation, actor)
        record(MemberInvited(member.id, draft.track, draft.letter), stream=consultation.id, actor=actor.person)
        if draft.seat:
            _seat(member, actor)
        link = None
        if draft.letter is Letter.PRINT:
            link = issue_link(
                person, Purpose.INVITATION, consultation=consultation.id, actor=actor.person, printed=True
            )
        return Invited(member, link, stays_withheld=member.withheld and not draft.withheld)


def write_member(draft: MemberDraft, consultation: Consultation, actor: Actor) -> Member:
    """Write a member as an invitation by mail does; inside the transaction of a service that has asked for permission."""
    if problems := list(_problems(draft, consultation)):
        raise Rejected(problems)
    member = _entered(known_or_entered(draft.person, actor=actor), draft, consultation, actor)
    record(MemberInvited(member.id, draft.track, Letter.MAIL), stream=consultation.id, actor=actor.person)
    if draft.seat:
        _seat(member, actor)
    return member


def _entered(person: Person, draft: MemberDraft, consultation: Consultation, actor: Actor) -> Member:
    """Write the member, under the number of their former part in this track if they had one.

    A part that ran out with its accreditation ends before the new one begins: nothing of it lasts into that, but that a
    name was withheld: what was done in it stands under the same number.
    """
    member = session.scalars(
        sa.select(Member).where(
            Member.consultation_id == consultation.id, Member.person_id == person.id, Member.track == draft.track
        )
    ).first()
    if member is None:
        number = next_number(consultation.id, "member")
        member = Member(
            id=new_id(), consultation_id=consultation.id, person_id=person.id, track=draft.track, number=number
        )
        session.add(member)
    elif member.part_ended_at is None:
        leave(member, actor)
    member.own_body_id, member.withheld = draft.body, bool(member.withheld) or draft.withheld
    member.invited_at, member.registered = clock.now(), False
    member.until = member.part_ended_at = None
    session.flush()
    return member


def _problems(draft: MemberDraft, consultation: Consultation) -> Iterator[Problem]:
    track = runtime().hooks.track(draft.track)
    if track is None or draft.track not in consultation.enabled_tracks():
        yield Problem("track", N_("Choose a track that is switched on."))
        return
    if draft.withheld and not track.may_withhold_name:
        yield Problem("withheld", N_("In this track names are not withheld."))
    body = session.get(Body, draft.body) if draft.body else None
    if draft.body and (
        body is None or body.valid_to is not None or (track.body_kinds and body.kind not in track.body_kinds)
    ):
        yield Problem("body", N_("Choose a body of this track."))
    if draft.seat and free_seat(consultation.id, draft.track, draft.body) is None:
        yield Problem("seat", N_("There is no free seat for this body in this track. Make one first."))
    if draft.letter is Letter.MAIL and not draft.person.email.strip():
        yield Problem("email", N_("A letter by mail needs an e-mail address. Without one, print it."))
    if _is_member(draft, consultation):
        yield Problem("email", N_("This person takes part in this track already."))


def _is_member(draft: MemberDraft, consultation: Consultation) -> bool:
    known = person_by_email(draft.person.email) if draft.person.email.strip() else None
    return known is not None and bool(
        session.scalar(
            sa.select(
                sa.exists().where(
                    Member.consultation_id == consultation.id,
                    Member.person_id == known.id,
                    Member.track == draft.track,
                    takes_part(Member, clock.now()),
                )
            )
        )
    )


def _seat(member: Member, actor: Actor) -> None:
    hold_seats(member.consultation_id)
    seat = free_seat(member.consultation_id, member.track, member.own_body_id)
    if seat is None:
        raise Conflict(N_("There is no free seat for this body in this track. Make one first."))
    if (refusal := seat_refusal(seat, member) or holder_refusal(member)) is not None:
        raise Rejected(refusal, "seat")
    vacate(seat, actor)
    seat_member(seat, member, actor)
    record(SeatGiven(seat.id, member.id), stream=member.consultation_id, actor=actor.person)


def print_refusal(person: uuid.UUID, consultation: Consultation, actor: Actor) -> Message | None:
    """Return why the actor may not hold this person's link in their hands (`card.print`), None where they may (2 queries)."""
    link = link_of(person, consultation)
    if allowed(actor, "card.print", link):
        return None
    if link.holds_role:
        return N_("This person holds a role. Their link goes to their own address only.")
    return N_("This person takes part in another consultation too. Their link goes to their own address only.")


def link_of(person: uuid.UUID, consultation: Consultation) -> LinkOf:
    """Return what somebody's sign-in opens besides this consultation (2 queries)."""
    elsewhere = sa.exists().where(Member.person_id == person, Member.consultation_id != consultation.id)
    return LinkOf(consultation.id, holds_a_role(person), bool(session.scalar(sa.select(elsewhere))))


def send_invitations(members: Sequence[Member], *, consultation: Consultation, actor: Actor) -> int:
    """Send new invitations by mail to those who have an address; return how many."""
    with transaction():
        demand(actor, "member.invite", consultation)
        reachable = [member for member in _present(members, consultation) if _person(member).email]
        for member in reachable:
            record(InvitationRenewed(member.id, Letter.MAIL), stream=consultation.id, actor=actor.person)
        return len(reachable)


def print_invitations(members: Sequence[Member], *, consultation: Consultation, actor: Actor) -> list[PaperLetter]:
    """Make new invitations to be printed, for those whose link may be printed; the others are left out."""
    with transaction():
        demand(actor, "member.invite", consultation)
        printable = [
            member
            for member in _present(members, consultation)
            if print_refusal(member.person_id, consultation, actor) is None
        ]
        for member in printable:
            record(InvitationRenewed(member.id, Letter.PRINT), stream=consultation.id, actor=actor.person)
        return _letters(printable, Purpose.INVITATION, consultation, actor)


def print_card(member: Member, *, consultation: Consultation, actor: Actor) -> PaperLetter:
    """Make a new link for a member who lost theirs, to be printed in the hall; they are told by mail. Raises Conflict."""
    with transaction():
        demand(actor, "card.print", consultation)
        if not _present([member], consultation):
            raise Conflict(N_("This member no longer takes part."))
        if refusal := print_refusal(member.person_id, consultation, actor):
            raise Conflict(refusal)
        record(CardPrinted(member.id), stream=consultation.id, actor=actor.person)
        (letter,) = _letters([member], Purpose.CARD, consultation, actor)
        return letter


def _letters(
    members: Sequence[Member], purpose: Purpose, consultation: Consultation, actor: Actor
) -> list[PaperLetter]:
    names = public_names(member.id for member in members)
    return [
        PaperLetter(
            member.number,
            names[member.id],
            member.track,
            issue_link(_person(member), purpose, consultation=consultation.id, actor=actor.person, printed=True),
        )
        for member in members
    ]


def _person(member: Member) -> Person:
    return session.get_one(Person, member.person_id)


def _present(members: Sequence[Member], consultation: Consultation) -> list[Member]:
    now = clock.now()
    return [m for m in members if m.consultation_id == consultation.id and is_taking_part(m, now)]


def end_membership(member: Member, *, consultation: Consultation, actor: Actor) -> Member:
    """End a member's part: the seat is free again; texts and votes stay. Raises Conflict if it has ended."""
    with transaction():
        demand(actor, "member.invite", consultation)
        if not _present([member], consultation):
            raise Conflict(N_("This member no longer takes part."))
        leave(member, actor)
        return member


def come_back(member: Member, actor: Actor) -> None:
    """Write that a member whose part had ended by mistake takes part again; inside the transaction of a service that has asked for permission."""
    member.part_ended_at = None
    record(MemberReturned(member.id), stream=member.consultation_id, actor=actor.person)


def leave(member: Member, actor: Actor, reason: str = "", language: str = "") -> None:
    """Write that a member's part has ended, and with it the accreditation they took part through; inside the transaction of a service that has asked for permission."""
    hold_seats(member.consultation_id)
    member.part_ended_at = clock.now()
    for standing in session.scalars(sa.select(Alternate).where(Alternate.member_id == member.id)).all():
        take_off(standing, actor)
    seat = session.scalars(sa.select(Seat).where(Seat.holder_id == member.id)).first()
    if seat is not None:
        vacate(seat, actor, reason, language)
    close_accreditations(member.id, actor)
    record(MemberLeft(member.id), stream=member.consultation_id, actor=actor.person)
