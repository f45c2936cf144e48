"""How the texts of the sample are received: when moderators read, a ground of its own, appeals, an act that was undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from consult.consultations.frame import TrackDraft, set_track
from consult.db import session
from consult.demo.people import Cast
from consult.demo.sample_files import LANGUAGES, Timeline, texts
from consult.submissions.models import Appeal, BulkDecision, Submission
from consult.submissions.review.appeal_queries import standing_of
from consult.submissions.review.appeals import AppealDraft, Verdict, appeal, decide_appeal
from consult.submissions.review.bulk import BulkDraft, hold, undo
from consult.submissions.review.grounds import GroundDraft, add_ground


def add_receiving(cast: Cast, timeline: Timeline) -> None:
    """Put what organisers set, what authors appealed and what was undone on the timeline."""
    written, moment = cast.sample.read("receiving"), cast.sample.moment
    timeline.at(moment(written["moderation"]["day"]), _set_moderation(cast, written["moderation"]))
    for entry in written["ground"]:
        timeline.at(moment(entry["day"]), _add_ground(cast, entry))
    authors = {
        entry["key"]: entry["author"]
        for language in LANGUAGES
        for entry in cast.sample.read(f"submissions.{language}")["submission"]
    }
    for entry in written["appeal"]:
        timeline.at(moment(entry["day"]), _appeal(cast, entry, authors[entry["submission"]]))
        if "decided" in entry:
            timeline.at(moment(entry["decided"]), _decide(cast, entry))
    for entry in written["act"]:
        timeline.at(moment(entry["day"]), _hold(cast, entry))
        timeline.at(moment(entry["undone"]), _undo(cast, entry))


def _set_moderation(cast: Cast, entry: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        here = cast.consultation
        row = next(track for track in here.tracks if track.key == entry["track"])
        draft = TrackDraft(row.key, row.enabled, row.seats, dict(row.settings), entry["mode"])
        set_track(draft, consultation=here, actor=cast.actor("organiser"))

    return act


def _add_ground(cast: Cast, entry: dict[str, Any]) -> Callable[[], None]:
    draft = GroundDraft(texts(entry), tuple(entry["decisions"]))

    def act() -> None:
        add_ground(draft, consultation=cast.consultation, actor=cast.actor("organiser"))

    return act


def _text(cast: Cast, key: str) -> Submission:
    return session.get_one(Submission, cast.submissions[key])


def _appeal(cast: Cast, entry: dict[str, Any], author: str) -> Callable[[], None]:
    def act() -> None:
        row = _text(cast, entry["submission"])
        standing = standing_of(row)
        if standing is None:
            raise RuntimeError(f"nothing to appeal against: {entry['submission']}")
        draft = AppealDraft(standing.decision, entry["reason"], entry["language"])
        appeal(draft, submission=row, actor=cast.actor(author))

    return act


def _decide(cast: Cast, entry: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        made = session.scalars(
            sa.select(Appeal).where(Appeal.submission_id == cast.submissions[entry["submission"]])
        ).one()
        decide_appeal(made, Verdict(entry["outcome"], entry["ground"], entry["words"]), actor=cast.actor(entry["by"]))

    return act


def _hold(cast: Cast, entry: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        rows = [_text(cast, key) for key in entry["submissions"]]
        draft = BulkDraft({row.number: row.revision for row in rows}, entry["decision"], entry["ground"])
        hold(draft, consultation=cast.consultation, actor=cast.actor(entry["by"]))

    return act


def _undo(cast: Cast, entry: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        row = session.scalars(sa.select(BulkDecision).where(BulkDecision.state == "held")).one()
        undo(row, actor=cast.actor(entry["by"]))

    return act
