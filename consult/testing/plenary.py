"""Seats with holders, proposed recommendations and ballots, for tests of voting: as many as a test needs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, Membership
from consult.accounts.models import Person
from consult.consultations.models import Member, Seat
from consult.db import new_id, session, transaction
from consult.i18n import Localized
from consult.recommendations.models import Recommendation
from consult.recommendations.services import (
    ClauseDraft,
    RecommendationDraft,
    VersionDraft,
    draft_recommendation,
    propose,
    write_version,
)
from consult.submissions.models import Passage, Submission
from consult.testing.world import World


def fill_seats(world: World, seats: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], list[uuid.UUID]]:
    """Add so many seats with holders for each track and constituency, and return the members by the same keys."""
    number = session.execute(sa.select(sa.func.max(Member.number))).scalar_one() or 0
    made: dict[tuple[str, str], list[uuid.UUID]] = {}
    with transaction():
        for (track, constituency), count in seats.items():
            for _ in range(count):
                number += 1
                made.setdefault((track, constituency), []).append(_seated(world, track, constituency, number))
    return made


def _seated(world: World, track: str, constituency: str, number: int) -> uuid.UUID:
    now = clock.now()
    person, member = new_id(), new_id()
    session.add(Person(id=person, name=f"عضو {number}", language="ar", created_at=now))
    session.flush()
    session.add(
        Member(
            id=member,
            consultation_id=world.consultation_id,
            person_id=person,
            track=track,
            number=number,
            invited_at=now,
        )
    )
    session.flush()
    session.add(
        Seat(
            consultation_id=world.consultation_id,
            track=track,
            number=number,
            constituency=constituency,
            holder_id=member,
        )
    )
    return member


def vacate_seats(world: World) -> None:
    """Take away the seats the small consultation comes with, so that a test counts its own only."""
    with transaction():
        session.execute(sa.delete(Seat).where(Seat.consultation_id == world.consultation_id))


def voter(world: World, member: uuid.UUID, track: str = "municipal") -> Actor:
    """Return the actor for a member with a seat, without reading the database."""
    return Actor(person=member, memberships=(Membership(member, world.consultation_id, track, None, True),))


def accept_passages(world: World, *texts: str, member: str = "ghat", number: int = 1) -> Sequence[uuid.UUID]:
    """Write an accepted submission with these passages and return the passages' ids."""
    submission, passages = new_id(), [new_id() for _ in texts]
    row = world.member(member)
    with transaction():
        session.add(
            Submission(
                id=submission,
                consultation_id=world.consultation_id,
                number=f"TT-2026-{number:05}",
                track=row.track,
                member_id=row.id,
                body_id=row.body_id,
                title="سجل بلدي",
                language="ar",
                state="accepted",
                received_at=clock.now(),
            )
        )
        session.flush()
        for place, (passage, text) in enumerate(zip(passages, texts, strict=True), start=1):
            session.add(Passage(id=passage, submission_id=submission, revision=1, number=place, kind="text", text=text))
    return passages


def propose_recommendation(world: World, *, passages: Sequence[uuid.UUID] = ()) -> Recommendation:
    """Draft, write and propose a recommendation with one clause, as the organiser does."""
    organiser = world.actor("organiser")
    titles = Localized(ar="سجل بلدي موحّد", en="A shared municipal register", fr="Un registre municipal commun")
    row = draft_recommendation(
        RecommendationDraft(titles, passages=tuple(passages)), consultation=world.consultation, actor=organiser
    )
    clause = ClauseDraft(
        Localized(
            ar="تُنشئ البلديات سجلًا موحّدًا.",
            en="The municipalities shall set up a shared register.",
            fr="Les municipalités créent un registre commun.",
        )
    )
    write_version(VersionDraft(titles, (clause,)), recommendation=row, actor=organiser)
    return propose(row, actor=organiser)
