"""What an outcome document is made of: the public facts of a consultation, read once and the same for every language."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from consult.ballots.report import Report
from consult.ballots.states import BallotState
from consult.consultations.phases import Right
from consult.i18n import Localized, Message
from consult.outcomes.sections import ReportSection
from consult.recommendations.clauses import ClauseText
from consult.recommendations.states import RecommendationState
from consult.sessions.states import SessionState


@dataclass(frozen=True, slots=True)
class PhaseFact:
    """A phase with its span and what it opens."""

    names: Localized
    opens_at: datetime
    closes_at: datetime
    rights: frozenset[str]


@dataclass(frozen=True, slots=True)
class TrackFact:
    """A track that is switched on: its label (its key where the plugin is gone), and its seats."""

    key: str
    label: Message | Localized | str
    seats: int


@dataclass(frozen=True, slots=True)
class TopicFact:
    """A topic and how many accepted submissions are about it, by track."""

    names: Localized
    by_track: Mapping[str, int]

    @property
    def total(self) -> int:
        """Accepted submissions about it, in all tracks."""
        return sum(self.by_track.values())


@dataclass(frozen=True, slots=True)
class WritingFact:
    """What was written: accepted submissions by track and by language, those hidden, and the bodies that wrote."""

    by_track: Mapping[str, int] = field(default_factory=dict)
    by_language: Mapping[str, int] = field(default_factory=dict)
    hidden: int = 0
    bodies_by_track: Mapping[str, int] = field(default_factory=dict)

    @property
    def accepted(self) -> int:
        """Submissions that were accepted for discussion."""
        return sum(self.by_track.values())

    @property
    def bodies(self) -> int:
        """Bodies whose submissions were accepted; a body belongs to one track."""
        return sum(self.bodies_by_track.values())


@dataclass(frozen=True, slots=True)
class PassageFact:
    """A passage that a recommendation was drafted from, as everybody may read it."""

    id: uuid.UUID
    submission: uuid.UUID
    receipt: str
    number: int
    track: str
    author: Localized | Message | str


@dataclass(frozen=True, slots=True)
class QuoteFact:
    """A quote of a confidential testimony that a recommendation was drafted from, by its public number."""

    id: uuid.UUID
    number: int


@dataclass(frozen=True, slots=True)
class ReservationFact:
    """A reservation on record and whose words it is."""

    number: int
    text: str
    language: str
    by: Localized | Message


@dataclass(frozen=True, slots=True)
class ResponseFact:
    """What a body responded officially, in its own words, and by when it says it is done."""

    body: Localized | Message
    kind: Message
    text: str
    language: str
    until: date | None


@dataclass(frozen=True, slots=True)
class BallotFact:
    """A ballot that was opened; `report` is None until it is counted."""

    id: uuid.UUID
    number: int
    state: BallotState
    questions: Localized
    recommendation: uuid.UUID | None
    version: int | None
    session: uuid.UUID | None
    rule_name: Localized
    rule_source: str
    roll_hash: str
    round: int
    closed_at: datetime | None
    report: Report | None
    ruling: Mapping[str, object] = field(default_factory=dict)

    @property
    def counts(self) -> bool:
        """Tell whether its result stands."""
        return self.state is BallotState.CLOSED and self.report is not None


@dataclass(frozen=True, slots=True)
class RecommendationFact:
    """A recommendation that was proposed, in the version that was voted on, or the present one before any vote."""

    id: uuid.UUID
    number: int
    state: RecommendationState
    titles: Localized
    authoritative: str
    topic: Localized | None
    version: int
    version_id: uuid.UUID
    clauses: tuple[ClauseText, ...]
    responsible: tuple[Localized, ...]
    due: date | None
    passages: tuple[PassageFact, ...]
    reservations: tuple[ReservationFact, ...]
    ballots: tuple[BallotFact, ...]
    responses: tuple[ResponseFact, ...] = ()
    quotes: tuple[QuoteFact, ...] = ()

    @property
    def standing(self) -> BallotFact | None:
        """The last ballot whose result stands."""
        return next((ballot for ballot in reversed(self.ballots) if ballot.counts), None)

    @property
    def tracks(self) -> tuple[str, ...]:
        """The tracks its passages come from, the one with most of them first."""
        counts: dict[str, int] = {}
        for passage in self.passages:
            counts[passage.track] = counts.get(passage.track, 0) + 1
        return tuple(sorted(counts, key=lambda key: -counts[key]))


@dataclass(frozen=True, slots=True)
class ItemFact:
    """An item of an agenda, in order."""

    titles: Localized
    recommendation: int | None


@dataclass(frozen=True, slots=True)
class RemarkFact:
    """A paragraph that somebody wrote into minutes which were approved."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class OpeningFact:
    """The seats at the opening of a session, as the log has them; `needed` is 0 where there is no quorum."""

    seats: int
    present: int
    needed: int


@dataclass(frozen=True, slots=True)
class FloorFact:
    """How often a track had the floor, and for how many seconds."""

    speeches: int
    seconds: int


@dataclass(frozen=True, slots=True)
class SessionFact:
    """A session: its plan, and what is known of how it went."""

    id: uuid.UUID
    number: int
    kind: Message
    names: Localized
    venues: Localized
    starts_at: datetime
    state: SessionState
    minutes_approved: bool
    items: tuple[ItemFact, ...] = ()
    opening: OpeningFact | None = None
    floor: Mapping[str, FloorFact] = field(default_factory=dict)
    remarks: tuple[RemarkFact, ...] = ()


@dataclass(frozen=True, slots=True)
class BodyFact:
    """A body that takes part, in the track it takes part in."""

    track: str
    names: Localized


@dataclass(frozen=True, slots=True)
class TakingPart:
    """Who takes part: bodies by name, and by track the people without a body and those whose names are withheld."""

    bodies: tuple[BodyFact, ...] = ()
    alone: Mapping[str, int] = field(default_factory=dict)
    withheld: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that is in every document of a consultation; long lists are read when they are printed."""

    consultation_id: uuid.UUID
    slug: str
    names: Localized
    titles: Localized
    summaries: Localized
    timezone: str
    public: bool
    phases: tuple[PhaseFact, ...]
    tracks: tuple[TrackFact, ...]
    topics: tuple[TopicFact, ...]
    writing: WritingFact
    recommendations: tuple[RecommendationFact, ...]
    ballots: tuple[BallotFact, ...]
    sessions: tuple[SessionFact, ...]
    taking_part: TakingPart
    sections: tuple[ReportSection, ...]

    def ballot(self, number: int) -> BallotFact | None:
        """Return a ballot by the number people see."""
        return next((ballot for ballot in self.ballots if ballot.number == number), None)

    def recommendation(self, number: int) -> RecommendationFact | None:
        """Return a recommendation by the number people see."""
        return next((one for one in self.recommendations if one.number == number), None)

    def held(self) -> tuple[SessionFact, ...]:
        """Return the sessions that were held and are over."""
        return tuple(one for one in self.sessions if one.state is SessionState.CLOSED)

    def home_track(self, recommendation: RecommendationFact) -> str:
        """Return the track in whose chapter a recommendation stands, "" for that of all tracks."""
        known = {track.key for track in self.tracks}
        return next((key for key in recommendation.tracks if key in known), "")

    def phases_with(self, right: Right) -> tuple[PhaseFact, ...]:
        """Return the phases that open a right."""
        return tuple(phase for phase in self.phases if right in phase.rights)


def in_state(recommendations: Iterable[RecommendationFact], *states: RecommendationState) -> list[RecommendationFact]:
    """Return the recommendations that stand in one of these states."""
    return [one for one in recommendations if one.state in states]
