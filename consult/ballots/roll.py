"""The roll: who may vote, frozen at the opening with the seats, and committed to by its hash."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import sqlalchemy as sa

from consult.ballots.models import Ballot, RollEntry
from consult.ballots.parts import Electorate, Part, needs_presence
from consult.ballots.rules import DecisionRule
from consult.consultations.models import Consultation, Member, Seat
from consult.db import session
from consult.errors import Problem
from consult.events.types import canonical
from consult.i18n import LANGUAGES, Localized, Message, translate
from consult.runtime import runtime
from consult.sessions.queries import present_members


@dataclass(frozen=True, slots=True)
class Voter:
    """A seat that votes, through its holder."""

    member: uuid.UUID
    seat: uuid.UUID
    track: str
    constituency: str
    present: bool
    weight: int = 1


@dataclass(frozen=True, slots=True)
class PlenarySeat:
    """A seat as it is now, with its holder if it has one who still takes part."""

    id: uuid.UUID
    track: str
    constituency: str
    holder: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class Roll:
    """Who may vote, the electorate they stand for, and whom a plugin keeps off, with its reasons."""

    voters: tuple[Voter, ...]
    electorate: Electorate
    kept_off: Mapping[uuid.UUID, tuple[Problem, ...]]

    @property
    def commitment(self) -> str:
        """SHA-256, in hexadecimal, of the canonical JSON of the voters, sorted."""
        return commitment(self.voters)


def commitment(voters: Iterable[Voter]) -> str:
    """Return the hash that commits to a roll: of a sorted list of member, seat, track, constituency, weight, present."""
    lines = sorted([str(v.member), str(v.seat), v.track, v.constituency, v.weight, int(v.present)] for v in voters)
    return sha256(canonical(lines)).hexdigest()


def make_roll(ballot: Ballot, rule: DecisionRule, consultation: Consultation) -> Roll:
    """Return the roll as it would be frozen now (2 queries, 3 for a ballot in a session).

    It holds every seat with a holder who still takes part. In a session, a rule that counts who is present lets only them
    vote.
    """
    seats = _seats(consultation)
    there = None if ballot.session_id is None else present_members(ballot.session_id)
    held = [
        Voter(seat.holder, seat.id, seat.track, seat.constituency, there is None or seat.holder in there)
        for seat in seats
        if seat.holder is not None
    ]
    present = None if there is None else sum(voter.present for voter in held)
    if there is not None and needs_presence(rule):
        held = [voter for voter in held if voter.present]
    kept_off = _kept_off(ballot, [voter.member for voter in held], consultation)
    voters = tuple(voter for voter in held if voter.member not in kept_off)
    return Roll(voters, _electorate(seats, present), kept_off)


def _seats(consultation: Consultation) -> Sequence[PlenarySeat]:
    rows = session.execute(
        sa.select(Seat.id, Seat.track, Seat.constituency, Member.id)
        .outerjoin(Member, sa.and_(Member.id == Seat.holder_id, Member.ended_at.is_(None)))
        .where(Seat.consultation_id == consultation.id)
        .order_by(Seat.track, Seat.number)
    )
    return [PlenarySeat(*row) for row in rows]


def _kept_off(
    ballot: Ballot, members: Sequence[uuid.UUID], consultation: Consultation
) -> dict[uuid.UUID, tuple[Problem, ...]]:
    hooks = runtime().hooks.scoped(consultation.enabled_tracks())
    found = {}
    for member in session.scalars(sa.select(Member).where(Member.id.in_(members))):
        if problems := tuple(hooks.check_eligibility(ballot, member)):
            found[member.id] = problems
    return found


def _electorate(seats: Sequence[PlenarySeat], present: int | None) -> Electorate:
    tracks = runtime().hooks.tracks
    labels: dict[str, Localized | Message] = {
        part.key: part.label for track in tracks.values() for part in track.constituencies()
    }
    return Electorate(
        seats=len(seats),
        present=present,
        tracks={
            key: Part(number, _names(tracks[key].label if key in tracks else None))
            for key, number in Counter(seat.track for seat in seats).items()
        },
        constituencies={
            key: Part(number, _names(labels.get(key)))
            for key, number in sorted(Counter(seat.constituency for seat in seats if seat.constituency).items())
        },
    )


def _names(label: Localized | Message | None) -> Localized:
    """Return a label in every language: a result is read when the plugin that gave the label may be gone."""
    if label is None:
        return Localized()
    return label if isinstance(label, Localized) else Localized({code: translate(label, code) for code in LANGUAGES})


def write_roll(ballot: Ballot, roll: Roll) -> None:
    """Write the entries of a ballot that is still prepared, in one statement; triggers refuse it afterwards."""
    if not roll.voters:
        return
    session.execute(
        sa.insert(RollEntry),
        [
            {
                "ballot_id": ballot.id,
                "voter_id": voter.member,
                "seat_id": voter.seat,
                "track": voter.track,
                "constituency": voter.constituency,
                "weight": voter.weight,
                "present": voter.present,
            }
            for voter in roll.voters
        ],
    )
