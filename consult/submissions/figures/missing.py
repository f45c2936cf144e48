"""Who has not been heard: bodies of the tracks' reference files, tracks and languages, against what is known of them.

The reference is a body of a track's shipped file, and one seat each; nothing is known of how many people live where.
A text is handed in when it was received and not taken back; of a withheld name no body is known here either.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from consult import clock
from consult.accounts.models import Body, Person
from consult.accounts.taking_part import takes_part
from consult.consultations.models import Consultation, Member, Seat
from consult.consultations.queries import TrackCounts, counts_by_track
from consult.consultations.seats.services import reference_bodies
from consult.db import session
from consult.i18n import Localized
from consult.plugins.track import ReferenceBody
from consult.submissions.belonging import has_text
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState

PAGE = 25


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a body of the register stands in a track: its id, whether a seat is its own, and whether anybody of it takes part."""

    body: uuid.UUID
    seated: bool
    takes_part: bool


@dataclass(frozen=True, slots=True)
class Silent:
    """A body of a reference file that has handed in nothing; `standing` is None where it is not in the register."""

    key: str
    names: Localized
    region: str
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Share:
    """Of a region: how many bodies the reference file has, how many of them have a seat, how many have handed in."""

    region: str
    bodies: int
    seated: int
    heard: int


@dataclass(frozen=True, slots=True)
class SilentPage:
    """The regions of a track, and a page of those who are silent, by code; `after` begins the next, None on the last."""

    regions: Sequence[Share]
    lines: Sequence[Silent]
    after: str | None


def silent_bodies(
    consultation: Consultation, track: str, *, region: str | None = None, after: str = "", limit: int = PAGE
) -> SilentPage:
    """Return the bodies of a track's reference file from which nothing has come, all or those of a region (2 queries)."""
    known = sorted(reference_bodies(track), key=lambda body: body.key)
    if not known:
        return SilentPage((), (), None)
    heard, standing = _heard(consultation.id), _standing(consultation.id, track)
    wanted = [b for b in known if b.key not in heard and b.key > after and (region is None or b.region == region)]
    lines = [Silent(b.key, b.names, b.region, standing.get(b.key)) for b in wanted[:limit]]
    return SilentPage(_regions(known, heard, standing), lines, lines[-1].key if len(wanted) > limit else None)


def region_shares(consultation: Consultation, track: str) -> Sequence[Share]:
    """Return each region of a track's reference file, with how many of its bodies have a seat and were heard (2 queries)."""
    known = reference_bodies(track)
    return _regions(known, _heard(consultation.id), _standing(consultation.id, track)) if known else ()


def _regions(
    known: Sequence[ReferenceBody], heard: frozenset[str], standing: Mapping[str, Standing]
) -> Sequence[Share]:
    seated = {key for key, one in standing.items() if one.seated}
    found: dict[str, set[str]] = {}
    for body in known:
        found.setdefault(body.region, set()).add(body.key)
    return [
        Share(name, len(keys), len(keys & seated), len(keys & heard))
        for name, keys in sorted(found.items(), key=lambda one: (not one[0], one[0]))
    ]


def _handed_in(consultation: uuid.UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return (Submission.consultation_id == consultation, Submission.state != SubmissionState.WITHDRAWN)


def _heard(consultation: uuid.UUID) -> frozenset[str]:
    """Return the codes of the bodies for which something was handed in under their name."""
    handed_in = sa.select(Submission.body_id).where(*_handed_in(consultation), Submission.withheld.is_(False))
    return frozenset(session.scalars(sa.select(Body.key).where(Body.id.in_(handed_in))))


def _standing(consultation: uuid.UUID, track: str) -> Mapping[str, Standing]:
    """Return where the bodies of the register stand, by code; a member whose name is withheld does not count."""
    seated = sa.exists().where(Seat.body_id == Body.id, Seat.consultation_id == consultation, Seat.track == track)
    part = sa.exists().where(
        Member.body_id == Body.id,
        Member.consultation_id == consultation,
        Member.track == track,
        takes_part(Member, clock.now()),
    )
    rows = session.execute(sa.select(Body.key, Body.id, seated, part).where(Body.valid_to.is_(None)))
    return {key: Standing(body, bool(has_seat), bool(takes_part)) for key, body, has_seat, takes_part in rows}


@dataclass(frozen=True, slots=True)
class TrackShare:
    """Of a track: its seats and members, and of the members how many have no text, of their own or of their body."""

    track: str
    counts: TrackCounts
    silent: int


def silent_by_track(consultation: Consultation) -> Sequence[TrackShare]:
    """Return the tracks that are switched on, in order (3 queries)."""
    counts = counts_by_track(consultation.id)
    rows = session.execute(
        sa.select(Member.track, sa.func.count())
        .where(Member.consultation_id == consultation.id, takes_part(Member, clock.now()), sa.not_(has_text()))
        .group_by(Member.track)
    )
    silent = dict(rows.all())
    return [
        TrackShare(row.key, counts.get(row.key, TrackCounts()), silent.get(row.key, 0))
        for row in consultation.tracks
        if row.enabled
    ]


def readers_by_language(consultation: uuid.UUID) -> Mapping[str, int]:
    """Return how many of those who take part get their letters in which language (1 query)."""
    rows = session.execute(
        sa.select(Person.language, sa.func.count(Person.id.distinct()))
        .join(Member, Member.person_id == Person.id)
        .where(Member.consultation_id == consultation, takes_part(Member, clock.now()))
        .group_by(Person.language)
        .order_by(Person.language)
    )
    return dict(rows.all())


@dataclass(frozen=True, slots=True)
class Reachable:
    """Where somebody takes part who has handed in nothing: languages of letters, and (track, region) under their own name."""

    languages: frozenset[str]
    regions: frozenset[tuple[str, str]]

    def in_region(self, region: str, track: str = "") -> bool:
        """Tell whether somebody of a region can be written to, in a track or in any."""
        return any(region == one and track in ("", of) for of, one in self.regions)


def reachable_silent(consultation: uuid.UUID) -> Reachable:
    """Return whom a message would reach of those from whom nothing has come under their name (1 query)."""
    region = sa.func.coalesce(Body.region, "")
    rows = session.execute(
        sa.select(Person.language, Member.track, region)
        .join(Member, Member.person_id == Person.id)
        .outerjoin(Body, Body.id == Member.body_id)
        .where(Member.consultation_id == consultation, takes_part(Member, clock.now()), sa.not_(has_text(named=True)))
        .distinct()
    ).all()
    return Reachable(
        frozenset(language for language, _, _ in rows),
        frozenset((track, place) for _, track, place in rows if place),
    )
