"""Peer review in the small consultation: a blind track with papers of the professor, and reviewers from the other tracks."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from consult.consultations.models import ConsultationTrack, Phase
from consult.db import session, transaction
from consult.i18n import Localized
from consult.peer_review.criteria import criteria_of
from consult.peer_review.models import Assessment, Reviewer
from consult.peer_review.services import (
    AssessmentDraft,
    CriterionDraft,
    Giving,
    ReviewerDraft,
    assign_reviews,
    hand_in_assessment,
    name_reviewer,
    plan_reviews,
    set_criterion,
)
from consult.submissions.models import Submission
from consult.submissions.services import SubmissionDraft, submit
from consult.testing.world import World

TRACK = "academic"
#: Criteria and their weights.
WEIGHTS: Mapping[str, int] = {"Evidence": 3, "Clarity": 1}


@dataclass(slots=True)
class Reviews:
    """The reviewers' room of the small consultation."""

    world: World
    papers: list[uuid.UUID] = field(default_factory=list)
    reviewers: dict[str, uuid.UUID] = field(default_factory=dict)

    def paper(self, at: int = 0) -> Submission:
        """A paper, loaded."""
        return session.get_one(Submission, self.papers[at])

    def reviewer(self, key: str) -> Reviewer:
        """A reviewer, loaded."""
        return session.get_one(Reviewer, self.reviewers[key])

    def name(self, key: str, *languages: str, most: int = 20) -> Reviewer:
        """Name a reviewer of the blind track."""
        draft = ReviewerDraft(self.world.people[key], TRACK, languages, most)
        row = name_reviewer(draft, consultation=self.world.consultation, actor=self.world.actor("organiser"))
        self.reviewers[key] = row.id
        return row

    def write(
        self, key: str = "professor", *, language: str = "en", title: str = "Counting without naming"
    ) -> Submission:
        """Hand in a paper."""
        draft = SubmissionDraft(
            member=self.world.members[key],
            title=title,
            language=language,
            text="What is counted can be planned for.",
            topics=("gcm-1",),
        )
        row = submit(draft, consultation=self.world.consultation, actor=self.world.actor(key))
        self.papers.append(row.id)
        return row

    def give(self, each: int = 2, *, language: str = "") -> None:
        """Give out what waits, as a preview shows it."""
        giving = Giving(TRACK, each, language)
        here, organiser = self.world.consultation, self.world.actor("organiser")
        assign_reviews(giving, plan_reviews(giving, consultation=here).digest, consultation=here, actor=organiser)

    def assessment(self, key: str, at: int = 0) -> Assessment:
        """A reviewer's assessment of a paper."""
        query = sa.select(Assessment).where(
            Assessment.submission_id == self.papers[at], Assessment.reviewer_id == self.reviewers[key]
        )
        return session.scalars(query.order_by(Assessment.revision.desc())).one()

    def draft(self, key: str, *points: int, at: int = 0, **more: str) -> AssessmentDraft:
        """What a reviewer finds, with these points on the criteria."""
        keys = [one.key for one in criteria_of(self.world.consultation_id, TRACK)]
        said = {
            "recommendation": "accept",
            "inside": "The data carry it.",
            "to_author": "Name your sample.",
            "language": "en",
        }
        scores = dict(zip(keys, points, strict=False))
        return AssessmentDraft(self.assessment(key, at).version, scores, **(said | more))

    def judge(self, key: str, *points: int, at: int = 0, **more: str) -> Assessment:
        """Hand in what a reviewer finds."""
        draft = self.draft(key, *points, at=at, **more)
        return hand_in_assessment(draft, assessment=self.assessment(key, at).id, actor=self.world.actor(key))


def set_blind(world: World, *, blind: bool = True) -> None:
    """Judge the academic track blind, and let the first phase open names."""
    with transaction():
        session.get_one(ConsultationTrack, (world.consultation_id, TRACK)).blind = blind
        phase = session.scalars(sa.select(Phase).where(Phase.consultation_id == world.consultation_id)).first()
        assert phase is not None
        phase.rights = [*phase.rights, "names"]
    session.expire_all()


def open_reviews(world: World, *reviewers: str, blind: bool = True) -> Reviews:
    """Open the room: the track judged blind, two criteria, one paper, these reviewers (Derna and Zuwara by default)."""
    set_blind(world, blind=blind)
    room = Reviews(world)
    for name, weight in WEIGHTS.items():
        words = Localized(dict.fromkeys(("ar", "en", "fr"), name))
        set_criterion(
            None,
            CriterionDraft(words, Localized(), weight),
            track=TRACK,
            consultation=world.consultation,
            actor=world.actor("organiser"),
        )
    room.write()
    for key in reviewers or ("derna", "zuwara"):
        room.name(key)
    return room
