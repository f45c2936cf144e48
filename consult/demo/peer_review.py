"""How papers of the sample are judged blind: reviewers, three papers, an interest, what was found and said of one."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from consult import clock
from consult.consultations.frame import TrackDraft, set_track
from consult.consultations.models import Consultation
from consult.db import session
from consult.demo.people import Cast
from consult.demo.sample_files import Timeline
from consult.peer_review.criteria import CriterionDraft, criteria_of, set_criterion
from consult.peer_review.queries import task_on
from consult.peer_review.services import (
    AssessmentDraft,
    NoteDraft,
    ReviewerDraft,
    add_note,
    ask_to_lift,
    declare_interest,
    give_review,
    hand_in_assessment,
    name_reviewer,
    save_assessment,
)
from consult.submissions.models import Submission
from consult.submissions.services import SubmissionDraft, submit


def add_peer_review(cast: Cast, timeline: Timeline) -> None:
    """Put the day on which the track is judged blind on the timeline, then its papers and what reviewers found."""
    written, moment = cast.sample.read("peer_review"), cast.sample.moment
    timeline.at(moment(written["at"]), lambda: _begin(cast, written))
    for entry in written["paper"]:
        timeline.at(moment(entry["at"]), partial(_paper, cast, written["track"], entry))


def _begin(cast: Cast, written: dict[str, Any]) -> None:
    here, organiser = cast.consultation, cast.actor("organiser")
    row = next(one for one in here.tracks if one.key == written["track"])
    draft = TrackDraft(
        row.key, row.enabled, row.seats, dict(row.settings), "pre", row.files, row.file_megabytes, None, blind=True
    )
    set_track(draft, consultation=here, actor=organiser)
    for entry in written["reviewer"]:
        named = ReviewerDraft(cast.people[entry["who"]], row.key, tuple(entry["languages"]), entry["most"])
        name_reviewer(named, consultation=here, actor=organiser)
    shipped = criteria_of(here.id, row.key)[0]  # written down once, they stand whatever a later release ships
    draft_of_it = CriterionDraft(shipped.names, shipped.hints, shipped.weight)
    set_criterion(shipped.key, draft_of_it, track=row.key, consultation=here, actor=organiser)


def _paper(cast: Cast, track: str, entry: dict[str, Any]) -> None:
    """Hand in a paper, give it to its reviewers, and let each do what is written of them."""
    here, author = cast.consultation, cast.actor(entry["author"])
    draft = SubmissionDraft(
        member=cast.members[entry["author"]],
        title=entry["title"],
        language=entry["language"],
        text=entry["text"].strip(),
        topics=tuple(entry["topics"]),
        answers=entry["answers"],
    )
    row = submit(draft, consultation=here, actor=author)
    cast.submissions[entry["key"]] = row.id
    due = clock.now().date() + timedelta(days=14)
    for number in entry["given"]:
        give_review(row, number, due_on=due, actor=cast.actor("organiser"))
    for found in entry.get("found", []):
        _judge(cast, here, track, row, found)
    for said in entry.get("note", []):
        note = NoteDraft(said["text"], said["language"], row.revision)
        add_note(note, submission=session.get_one(Submission, row.id), actor=cast.actor(said["who"]))
    for who, kind in entry.get("interests", {}).items():
        declare_interest(kind, submission=row, actor=cast.actor(who))
    for who, because in entry.get("mistakes", {}).items():
        ask_to_lift(because, number=row.number, consultation=here, actor=cast.actor(who))


def _judge(cast: Cast, here: Consultation, track: str, row: Submission, found: dict[str, Any]) -> None:
    actor = cast.actor(found["who"])
    given = task_on(here.id, actor.person, row.number)
    if given is None:
        raise RuntimeError(f"the sample's paper {row.number} was not given to {found['who']}")
    keys = [one.key for one in criteria_of(here.id, track)]
    draft = AssessmentDraft(
        1,
        dict(zip(keys, found["points"], strict=False)),
        found.get("recommendation", ""),
        found.get("inside", ""),
        found.get("to_author", ""),
        found["language"],
    )
    verb = save_assessment if found.get("begun") else hand_in_assessment
    verb(draft, assessment=given[0].id, actor=actor)
