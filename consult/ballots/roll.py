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
from consult.consultations.models import Consultation, Member
from consult.consultations.seats.acting import Acting, acting
from consult.consultations.seats.standing import PlenarySeat, plenary
from consult.db import session
from consult.errors import Problem
from consult.events.types import canonical
from consult.i18n import LANGUAGES, Localized, Message, translate
from consult.runtime import runtime
from consult.sessions.queries import present_members


@dataclass(frozen=True, slots=True)
class Voter:
    """A seat that votes, in the name of a member: its holder or an alternate. `represented_by` casts for an absent one."""

    member: uuid.UUID
    seat: uuid.UUID
    track: str
    constituency: str
    present: bool
    weight: int = 1
    represented_by: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Roll:
    """Who may vote, the electorate they stand for, and whom a plugin keeps off, with its reasons.

    `overtaken` holds proxies of seats for which somebody is present.
    """

    voters: tuple[Voter, ...]
    electorate: Electorate
    kept_off: Mapping[uuid.UUID, tuple[Problem, ...]]
    overtaken: Sequence[uuid.UUID] = ()

    @property
    def commitment(self) -> str:
        """SHA-256, in hexadecimal, of the canonical JSON of the voters, sorted."""
        return commitment(self.voters)


def commitment(voters: Iterable[Voter]) -> str:
    """Return the hash that commits to a roll: of a sorted list of member, seat, track, constituency, weight, present.

    Where somebody votes by proxy, the line ends with the member who casts.
    """
    lines = sorted(
        [
            *(str(v.member), str(v.seat), v.track, v.constituency, v.weight, int(v.present)),
            *([str(v.represented_by)] if v.represented_by else []),
        ]
        for v in voters
    )
    return sha256(canonical(lines)).hexdigest()


def make_roll(ballot: Ballot, rule: DecisionRule, consultation: Consultation) -> Roll:
    """Return the roll as it would be frozen now (4 queries, 5 for a ballot in a session).

    It holds every seat that somebody may vote for: holder, alternate or bearer of a proxy, as `consult.consultations.seats.acting`
    says. In a session, a rule that counts who is present lets only them vote, so no proxies.
    """
    seats = plenary(consultation.id, session=ballot.session_id, kind=ballot.kind)
    there = None if ballot.session_id is None else present_members(ballot.session_id)
    now = acting([seat.standing for seat in seats], there, proxies_each=consultation.proxies_each, from_afar=True)
    held = [
        _voter(seat, one, anywhere=there is None) for seat in seats if (one := now.get(seat.standing.seat)) is not None
    ]
    present = None if there is None else sum(voter.present for voter in held)
    overtaken = [seat.proxy for seat in seats if seat.proxy and _is_there(now.get(seat.standing.seat))]
    if there is not None and needs_presence(rule):
        held = [voter for voter in held if voter.present]
    kept_off = _kept_off(ballot, [voter.member for voter in held], consultation)
    voters = tuple(voter for voter in held if voter.member not in kept_off)
    return Roll(voters, _electorate(seats, present), kept_off, overtaken)


def _voter(seat: PlenarySeat, one: Acting, *, anywhere: bool) -> Voter:
    return Voter(
        one.voter,
        seat.standing.seat,
        seat.track,
        seat.constituency,
        anywhere or one.present,
        represented_by=one.represented_by,
    )


def _is_there(one: Acting | None) -> bool:
    return one is not None and one.present


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
    """Write the entries of a ballot that is still prepared, each with the body it votes for; triggers refuse it afterwards."""
    if not roll.voters:
        return
    members = sa.select(Member.id, Member.body_id).where(Member.id.in_([voter.member for voter in roll.voters]))
    bodies = {row.id: row.body_id for row in session.execute(members)}
    session.execute(
        sa.insert(RollEntry),
        [
            {
                "ballot_id": ballot.id,
                "voter_id": voter.member,
                "seat_id": voter.seat,
                "body_id": bodies[voter.member],
                "track": voter.track,
                "constituency": voter.constituency,
                "weight": voter.weight,
                "present": voter.present,
                "represented_by_id": voter.represented_by,
            }
            for voter in roll.voters
        ],
    )
