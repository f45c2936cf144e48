"""Who may do what with a consultation as a whole."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from consult.accounts.access import Actor, Role, permission
from consult.accounts.clauses import clause
from consult.consultations.accreditation.models import Application
from consult.consultations.models import Consultation, Seat
from consult.i18n import N_


@permission("consultation.read", N_("read a consultation"))
def reads(actor: Actor, subject: Consultation) -> bool:
    """Everyone reads a public one; while it is being set up, whoever has a role in it and administrators."""
    return subject.public or actor.serves(subject.id) or actor.administrator


@clause("consultation.read", Consultation)
def readable(actor: Actor, _consultation: None) -> sa.ColumnElement[bool]:
    """Return `consultation.read` as a condition on consultations."""
    if actor.administrator:
        return sa.true()
    serves = {held.consultation for held in actor.roles if held.consultation is not None}
    return sa.or_(Consultation.public, Consultation.id.in_(serves))


@permission("consultation.create", N_("set up a consultation"))
def creates(actor: Actor, subject: object) -> bool:
    """Administrators, and whoever already organises one."""
    return actor.administrator or actor.has_anywhere(Role.ORGANISER)


@permission("consultation.organise", N_("organise a consultation"))
def organises(actor: Actor, subject: Consultation) -> bool:
    """Its organisers."""
    return actor.organises(subject.id)


@permission("member.invite", N_("invite bodies and people"))
def invites(actor: Actor, subject: Consultation) -> bool:
    """Its organisers."""
    return actor.organises(subject.id)


@permission("consultation.take_part", N_("take part in a consultation"))
def takes_part(actor: Actor, subject: Consultation) -> bool:
    """Its members."""
    return bool(actor.memberships_in(subject.id))


@dataclass(frozen=True, slots=True)
class LinkOf:
    """The sign-in link of somebody who takes part in a consultation: whether they hold a role, or take part elsewhere too."""

    consultation_id: uuid.UUID
    holds_role: bool
    elsewhere: bool


@permission("card.print", N_("print a new sign-in card for a member"))
def prints_cards(actor: Actor, subject: Consultation | LinkOf) -> bool:
    """Its moderators and organisers; a link that opens more than this consultation is held by its own person alone."""
    if isinstance(subject, Consultation):
        return actor.staff(subject.id)
    opens_more = subject.holds_role or subject.elsewhere
    return actor.administrator or (actor.staff(subject.consultation_id) and not opens_more)


@permission("second_step.help", N_("help somebody at the desk who lost the second step"))
def helps_with_second_step(actor: Actor, subject: Consultation | LinkOf) -> bool:
    """Its moderators, organisers and clerks; of whoever holds a role or takes part elsewhere too, the second to see them is an administrator."""
    if isinstance(subject, Consultation):
        at_desk = actor.reach(Role.CLERK, subject.id).some_track
        return actor.administrator or actor.staff(subject.id) or at_desk
    if subject.holds_role or subject.elsewhere:
        return actor.administrator
    at_desk = actor.reach(Role.CLERK, subject.consultation_id).some_track
    return actor.administrator or actor.staff(subject.consultation_id) or at_desk


@permission("proxy.give", N_("give and revoke the proxy of a seat"))
def gives_proxies(actor: Actor, subject: Seat | Consultation) -> bool:
    """Who holds it; organisers, who enter what they were shown on paper."""
    if isinstance(subject, Consultation):
        return actor.organises(subject.id) or any(m.seated for m in actor.memberships_in(subject.id))
    return actor.organises(subject.consultation_id) or actor.is_member(subject.holder_id)


@permission("accreditation.apply", N_("apply for a body to take part"))
def applies(actor: Actor, subject: Consultation) -> bool:
    """Everyone who may read the consultation; what became of it is shown to whoever holds the address they were given."""
    return reads(actor, subject)


@permission("registration.ask", N_("register as a person"))
def registers(actor: Actor, subject: Consultation) -> bool:
    """Everyone who may read the consultation; track and phase are asked by the service."""
    return reads(actor, subject)


@permission("accreditation.decide", N_("decide on applications of bodies"))
def decides(actor: Actor, subject: Application | Consultation) -> bool:
    """Accreditors, those of one track what belongs to it; none on an application of their own or of a body they take part for.

    On an appeal none who has decided on the application before.
    """
    if isinstance(subject, Application):
        concerned = actor.person == subject.person_id or subject.body_id in bodies_of(actor)
        return actor.reach(Role.ACCREDITOR, subject.consultation_id).track(subject.track) and not concerned
    return actor.reach(Role.ACCREDITOR, subject.id).some_track


@permission("accreditation.inside", N_("read the application of one’s own body"))
def reads_inside(actor: Actor, subject: Application) -> bool:
    """Who takes part for the body in the track it applied for; its files stay with whoever applied, and the accreditors."""
    mine = ((m.body, m.track) for m in actor.memberships_in(subject.consultation_id))
    return subject.body_id is not None and (subject.body_id, subject.track) in mine


@clause("accreditation.inside", Application)
def readable_inside(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `accreditation.inside` as a condition on the applications of a consultation."""
    mine = [(m.body, m.track) for m in actor.memberships_in(consultation) if m.body is not None]
    return sa.or_(
        sa.false(), *(sa.and_(Application.body_id == body, Application.track == track) for body, track in mine)
    )


@clause("accreditation.decide", Application)
def decidable(actor: Actor, consultation: uuid.UUID) -> sa.ColumnElement[bool]:
    """Return `accreditation.decide` as a condition on the applications of a consultation."""
    reach = actor.reach(Role.ACCREDITOR, consultation)
    within = sa.true() if reach.whole else Application.track.in_(reach.tracks)
    stranger = sa.or_(Application.body_id.is_(None), Application.body_id.not_in(bodies_of(actor)))
    return sa.and_(within, stranger, sa.true() if actor.person is None else Application.person_id != actor.person)


def bodies_of(actor: Actor) -> frozenset[uuid.UUID]:
    """Return the bodies somebody takes part for, in whatever consultation."""
    return frozenset(one.body for one in actor.memberships if one.body is not None)
