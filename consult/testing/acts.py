"""What people do in the small consultation, in one call each: for tests of tracks, in consult and in plugins."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import ANONYMOUS, Actor
from consult.accounts.bodies.record import CapacityDraft, ContactDraft, MandateDraft
from consult.accounts.people import PersonDraft
from consult.accounts.services import save_capacity, save_contact, save_mandate
from consult.ballots.draft import BallotDraft
from consult.ballots.models import RollEntry
from consult.ballots.services import open_ballot, prepare_ballot
from consult.ballots.states import BallotKind
from consult.consultations.accreditation.confirming import confirm_by_link, issue_confirmation
from consult.consultations.accreditation.models import UnconfirmedApplication
from consult.consultations.frame import TrackDraft, set_track
from consult.consultations.members import MemberDraft, invite_member
from consult.consultations.models import ConsultationTrack, Member
from consult.consultations.seats.services import Admitted, admit_bodies, create_seats
from consult.db import new_id, session, transaction
from consult.errors import Rejected
from consult.events.deliver import deliver_due, load_recorded
from consult.events.models import EventRow
from consult.events.types import Recorded
from consult.i18n import Localized
from consult.submissions import services
from consult.submissions.drafting.drafts import start_correction, submission_draft
from consult.submissions.models import Submission
from consult.submissions.services import Review, SubmissionDraft
from consult.testing.world import World


def describe_body(body: uuid.UUID, *, actor: Actor) -> None:
    """Enter a mandate on topic `gcm-1`, a number of staff and a public contact of a body."""
    mandate = MandateDraft(Localized(ar="حفظ السجل"), ("gcm-1",), "نظامها الأساسي")
    save_mandate(mandate, body=body, actor=actor)
    save_capacity(CapacityDraft("staff", clock.now().date(), "تقريرها", number=7), body=body, actor=actor)
    contact = ContactDraft("public", "الأمانة", clock.now().date(), "تقريرها", phone="+218 21 000 0000")
    save_contact(contact, body=body, actor=actor)


def confirm_applications(world: World) -> None:
    """Open the link of each application whose address waits to be confirmed, as if it was read where it was handed in."""
    for application in session.scalars(sa.select(UnconfirmedApplication.id)).all():
        issued = issue_confirmation(application)
        if issued is not None:
            confirm_by_link(issued.token, consultation=world.consultation, actor=ANONYMOUS)


def position(world: World, key: str, answers: Mapping[str, Any] | None = None, **changes: Any) -> SubmissionDraft:
    """Return a position of a member that is in order but for the track's own questions; keywords change it."""
    plain = SubmissionDraft(
        member=world.members[key],
        title="سجل بلدي لبيانات الهجرة",
        language="ar",
        text="تمر بالبلدية أقدم طرق القوافل.\n\nولا يعرف أحد عدد المقيمين فيها.",
        proposals="نقترح سجلًا يحصي ولا يسمّي.",
        topics=("gcm-1",),
        answers=dict(answers or {}),
    )
    return replace(plain, **changes)


def hand_in(world: World, key: str, answers: Mapping[str, Any] | None = None, **changes: Any) -> Submission:
    """Hand in a position as its author; raises as `consult.submissions.services.submit` does."""
    draft = position(world, key, answers, **changes)
    return services.submit(draft, consultation=world.consultation, actor=world.actor(key))


def accept(world: World, submission: Submission) -> Submission:
    """Accept a submission as the moderator."""
    return services.accept(submission, Review("in_order"), actor=world.actor("moderator"))


def hide(world: World, submission: Submission) -> Submission:
    """Hide a submission as the moderator."""
    review = Review("names_person", "الفقرة 2 تسمّي شخصًا.")
    return services.hide(submission, review, actor=world.actor("moderator"))


def correct(world: World, key: str, submission: Submission, answers: Mapping[str, Any]) -> Submission:
    """Return a submission as the moderator, and hand it in anew as its author, with other answers."""
    review = Review("unclear", "وضّح الفقرة 2.")
    services.return_for_correction(submission, review, actor=world.actor("moderator"))
    draft = start_correction(session.get_one(Submission, submission.id), actor=world.actor(key))
    again = replace(submission_draft(draft), answers=dict(answers))
    return services.correct(again, consultation=world.consultation, actor=world.actor(key))


def withdraw(world: World, key: str, submission: Submission) -> Submission:
    """Withdraw a submission as its author."""
    return services.withdraw(submission, actor=world.actor(key))


def deliver() -> None:
    """Bring every event that is due to its readers, as the worker does."""
    while deliver_due():
        pass


def open_track(world: World, key: str, *, to_persons: bool = True) -> None:
    """Open a track to persons who register by themselves, or close it to them."""
    with transaction():
        row = next(track for track in world.consultation.tracks if track.key == key)
        row.open_to_persons = to_persons


def said(refusal: Rejected) -> list[tuple[str, str]]:
    """Return what an input was refused for: each field with the message in English."""
    return [(problem.field, str(problem.message)) for problem in refusal.problems]


def recorded(kind: str) -> Sequence[Recorded]:
    """Return what happened of a type of event, in order, from every stream."""
    rows = session.scalars(
        sa.select(EventRow.id).where(EventRow.type == kind).order_by(EventRow.stream_id, EventRow.seq)
    )
    return [load_recorded(event) for event in rows]


def set_up_track(world: World, key: str, **settings: Any) -> ConsultationTrack:
    """Switch a track on with these settings, as the organiser; raises Rejected for a wrong one."""
    draft = TrackDraft(key, enabled=True, seats=3, settings=settings)
    return set_track(draft, consultation=world.consultation, actor=world.actor("organiser"))


def switch_off(world: World, key: str) -> ConsultationTrack:
    """Switch a track off, as the organiser."""
    draft = TrackDraft(key, enabled=False, seats=3)
    return set_track(draft, consultation=world.consultation, actor=world.actor("organiser"))


def admit(world: World, track: str, keys: Sequence[str]) -> Admitted:
    """Enter bodies of a track's reference file, with their seats, as the organiser."""
    return admit_bodies(track, keys, consultation=world.consultation, actor=world.actor("organiser"))


def invite(
    world: World, name: str, track: str, *, body: uuid.UUID | None = None, seat: bool = False, key: str = ""
) -> Member:
    """Invite somebody to a track, as the organiser; for a seat that is nobody's, one is made.

    Under `key` they are found in the world afterwards, as its own people are: `world.actor(key)`.
    """
    organiser = world.actor("organiser")
    if seat:
        create_seats(track, 1, consultation=world.consultation, actor=organiser)
    person = PersonDraft(name=name, email=f"member-{new_id()}@example.org", language="ar")
    draft = MemberDraft(person, track=track, body=body, seat=seat)
    member = invite_member(draft, consultation=world.consultation, actor=organiser).member
    if key:
        world.members[key], world.people[key] = member.id, member.person_id
    return member


def opened_roll(world: World) -> set[uuid.UUID]:
    """Open a ballot as the moderator and return the members on its roll."""
    draft = BallotDraft(kind=BallotKind.PROCEDURAL, rule="GA-SIMPLE", questions=Localized(ar="هل تُرفع الجلسة؟"))
    ballot = prepare_ballot(draft, consultation=world.consultation, actor=world.actor("organiser"))
    open_ballot(ballot, actor=world.actor("moderator"))
    return set(session.scalars(sa.select(RollEntry.voter_id).where(RollEntry.ballot_id == ballot.id)))
