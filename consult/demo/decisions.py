"""Recommendations and ballots of the sample."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from consult.ballots import services as ballots
from consult.ballots.box import cast as cast_choice
from consult.ballots.choices import Option
from consult.ballots.draft import BallotDraft, NextRound
from consult.ballots.models import Ballot
from consult.ballots.states import BallotKind
from consult.consultations.models import Topic
from consult.db import session
from consult.demo.people import Cast
from consult.demo.sample_files import Timeline, texts
from consult.i18n import Localized
from consult.recommendations import services as recommendations
from consult.recommendations.clauses import ClauseDraft
from consult.recommendations.models import Recommendation
from consult.submissions.models import Passage, Submission

#: A ballot that is still to be opened was prepared this long before.
PREPARED_BEFORE = timedelta(days=4)


def add_recommendations(cast: Cast, timeline: Timeline) -> None:
    """Put every recommendation on the timeline: drafted from its sources, written, proposed, reserved against."""
    entries = cast.sample.read("recommendations")["recommendation"]
    for entry, begun in zip(entries, _beginnings(cast, entries), strict=True):
        first, *later = entry["version"]
        timeline.at(begun, _draft(cast, entry))
        timeline.at(cast.sample.moment(first["day"]), _write(cast, entry, first))
        proposal = entry.get("discussion")
        if proposal:
            timeline.at(cast.sample.moment(proposal), _propose(cast, entry["number"]))
        for version in later:
            timeline.at(cast.sample.moment(version["day"]), _write(cast, entry, version))
        for reservation in entry.get("reservation", []):
            timeline.at(cast.sample.moment(reservation["day"]), _reserve(cast, entry["number"], reservation))


def _beginnings(cast: Cast, entries: list[dict[str, Any]]) -> list[datetime]:
    """Return when each is begun: when its text is written, but never after one with a higher number."""
    days = [cast.sample.moment(entry["version"][0]["day"]) for entry in entries]
    return [min(days[place:]) for place in range(len(days))]


def _row(cast: Cast, number: int) -> Recommendation:
    return session.get_one(Recommendation, cast.recommendations[number])


def _draft(cast: Cast, entry: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        scheme, code = entry["topic"].split(":")
        topic = session.scalars(
            sa.select(Topic).where(
                Topic.consultation_id == cast.consultation_id, Topic.scheme == scheme, Topic.code == code
            )
        ).one()
        details = recommendations.DetailsDraft(
            topic.id, tuple(entry["responsible"]), date.fromisoformat(entry["due"]) if "due" in entry else None
        )
        draft = recommendations.RecommendationDraft(
            Localized(entry["titles"]),
            entry["authoritative"],
            details,
            tuple(_passage(cast, source) for source in entry["sources"]),
        )
        made = recommendations.draft_recommendation(
            draft, consultation=cast.consultation, actor=cast.actor("organiser")
        )
        if made.number != entry["number"]:
            raise RuntimeError(f"recommendation {entry['number']} was given the number {made.number}")
        cast.recommendations[entry["number"]] = made.id

    return act


def _passage(cast: Cast, source: dict[str, Any]) -> uuid.UUID:
    submission = cast.submissions[source["submission"]]
    return session.scalars(
        sa.select(Passage.id)
        .join(Submission, sa.and_(Submission.id == Passage.submission_id, Submission.revision == Passage.revision))
        .where(Passage.submission_id == submission, Passage.number == source["passage"])
    ).one()


def _write(cast: Cast, entry: dict[str, Any], version: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        row = _row(cast, entry["number"])
        present = {clause.key for clause in recommendations.present_version(row).clauses}
        clauses = tuple(
            ClauseDraft(texts(c), c["key"] if c["key"] in present else "", frozenset(c.get("checked", [])))
            for c in version["clause"]
        )
        titles = Localized(version.get("titles", entry["titles"]))
        draft = recommendations.VersionDraft(
            titles, clauses, version.get("reason", ""), base=recommendations.present_version(row).id
        )
        recommendations.write_version(draft, recommendation=row, actor=cast.actor("organiser"))

    return act


def _propose(cast: Cast, number: int) -> Callable[[], None]:
    def act() -> None:
        recommendations.propose(_row(cast, number), actor=cast.actor("organiser"))

    return act


def _reserve(cast: Cast, number: int, reservation: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        recommendations.record_reservation(
            reservation["text"],
            language=reservation["language"],
            recommendation=_row(cast, number),
            member=cast.members[reservation["person"]],
            actor=cast.actor(reservation["person"]),
        )

    return act


def add_ballots(cast: Cast, timeline: Timeline) -> None:
    """Put every ballot on the timeline; the votes are cast right after the opening."""
    for entry in cast.sample.read("ballots")["ballot"]:
        sample = cast.sample
        if "opened" not in entry:
            timeline.at(sample.now - PREPARED_BEFORE, _prepare(cast, entry))
            continue
        opened = sample.moment(entry["opened"])
        timeline.at(opened, _prepare(cast, entry))
        timeline.at(opened, _open(cast, entry))
        timeline.at(opened, _vote(cast, entry))
        if "closed" in entry:
            timeline.at(sample.moment(entry["closed"]), _close(cast, entry))


def _ballot(cast: Cast, number: int) -> Ballot:
    return session.get_one(Ballot, cast.ballots[number])


def _prepare(cast: Cast, entry: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        organiser = cast.actor("organiser")
        if "previous" in entry:
            made = ballots.prepare_next_round(
                _ballot(cast, entry["previous"]),
                NextRound(texts(entry["question"]), cast.sessions[entry["session"]]),
                actor=organiser,
            )
        else:
            draft = BallotDraft(
                BallotKind(entry["kind"]),
                entry["rule"],
                texts(entry["question"]),
                recommendation=cast.recommendations[entry["recommendation"]],
                session=cast.sessions[entry["session"]],
                options=tuple(Option(option["key"], texts(option)) for option in entry.get("options", [])),
            )
            made = ballots.prepare_ballot(draft, consultation=cast.consultation, actor=organiser)
        cast.ballots[entry["number"]] = made.id

    return act


def _open(cast: Cast, entry: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        ballots.open_ballot(_ballot(cast, entry["number"]), actor=cast.actor("mod-huda"))

    return act


def _vote(cast: Cast, entry: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        ballot = _ballot(cast, entry["number"])
        for group in entry["votes"]:
            for person in group["voters"]:
                cast_choice(ballot, group["choice"], actor=cast.actor(person))

    return act


def _close(cast: Cast, entry: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        closed = ballots.close_ballot(_ballot(cast, entry["number"]), actor=cast.actor("mod-huda"))
        outcome = (closed.result or {}).get("outcome")
        if outcome != entry["expected"]:
            raise RuntimeError(f"ballot {entry['number']} ended as {outcome}, expected {entry['expected']}")

    return act
