"""Tracks, topics and decision rules of a consultation."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from consult.accounts.access import Actor, demand
from consult.consultations.events import RulesChosen, TopicsChosen, TrackBlindSet, TrackModerationSet, TrackSet
from consult.consultations.models import Consultation, ConsultationTrack, Topic
from consult.consultations.moderation import Moderation
from consult.consultations.queries import topics_of
from consult.consultations.reference import shipped_rule_ids, topics
from consult.consultations.seats.services import quota_problem
from consult.consultations.templates import RULED_KINDS
from consult.db import session, transaction
from consult.errors import Problem, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.plugins.questions import clean_answers
from consult.plugins.track import Track
from consult.runtime import runtime

#: Files that a submission may have at most, and megabytes of each: more than twenty reach nobody on a bad line.
MOST_FILES, MOST_FILE_MEGABYTES = 10, 20


@dataclass(frozen=True, slots=True)
class TrackDraft:
    """How a consultation uses a track: on or off, seats in the plenary, answers to what the track lets organisers set.

    `moderation` says when a moderator reads what is handed in from now on, `open_to_persons` whether persons register by
    themselves, `blind` whether names of authors are kept back from now on; None leaves any of them as it is. `files` is how
    many files a submission may have, each of at most `file_megabytes`.
    """

    key: str
    enabled: bool
    seats: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    moderation: str | None = None
    files: int = 0
    file_megabytes: int = 5
    open_to_persons: bool | None = None
    blind: bool | None = None


def set_track(draft: TrackDraft, *, consultation: Consultation, actor: Actor) -> ConsultationTrack:
    """Switch a track on or off and set its seats and settings. Raises Rejected.

    Switching off takes nothing away: submissions stay readable and reviewable, drafts are kept.
    """
    with transaction():
        demand(actor, "consultation.organise", consultation)
        row = next((t for t in consultation.tracks if t.key == draft.key), None)
        track = runtime().hooks.track(draft.key)
        settings, problems = _settings(draft, track, dict(row.settings) if row else {})
        problems = [*problems, *_track_problems(draft, track, consultation.id, known=row is not None)]
        if problems:
            raise Rejected(problems)
        if row is None:
            row = ConsultationTrack(key=draft.key, position=len(consultation.tracks), settings={})
            consultation.tracks.append(row)
        row.enabled, row.seats, row.settings = draft.enabled, draft.seats, settings
        row.files, row.file_megabytes = draft.files, draft.file_megabytes
        if draft.open_to_persons is not None:
            row.open_to_persons = draft.open_to_persons
        record(TrackSet(draft.key, draft.enabled, draft.seats), stream=consultation.id, actor=actor.person)
        if draft.moderation not in (None, row.moderation or Moderation.PRE):
            row.moderation = Moderation(draft.moderation)
            record(TrackModerationSet(row.key, row.moderation), stream=consultation.id, actor=actor.person)
        if draft.blind not in (None, bool(row.blind)):
            row.blind = bool(draft.blind)
            record(TrackBlindSet(row.key, row.blind), stream=consultation.id, actor=actor.person)
        return row


def _settings(draft: TrackDraft, track: Track | None, kept: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Check the answers while the track is on; what cannot be asked now (switched off, plugin gone) stays as it was."""
    if track is None or not draft.enabled:
        return kept, []
    return clean_answers(track.settings_questions(), draft.settings)


def _track_problems(
    draft: TrackDraft, track: Track | None, consultation: uuid.UUID, *, known: bool
) -> Iterator[Problem]:
    if track is None and (draft.enabled or not known):
        yield Problem("enabled", N_("The plugin of this track is not installed."))
    if not 0 <= draft.files <= MOST_FILES:
        yield Problem("files", N_("Between 0 and %(limit)s documents.", limit=MOST_FILES))
    if not 1 <= draft.file_megabytes <= MOST_FILE_MEGABYTES:
        yield Problem("file_megabytes", N_("Between 1 and %(limit)s MB.", limit=MOST_FILE_MEGABYTES))
    if (problem := quota_problem(consultation, draft.key, draft.seats)) is not None:
        yield Problem("seats", problem)
    if draft.moderation is not None and draft.moderation not in set(Moderation):
        yield Problem("moderation", N_("Choose one of the answers."))


def choose_topics(keys: Sequence[str], *, consultation: Consultation, actor: Actor) -> Sequence[Topic]:
    """Make the topics exactly these reference keys (`gcm:1`), in this order. Raises Rejected.

    A topic that a submission or recommendation is about cannot go.
    """
    with transaction():
        demand(actor, "consultation.organise", consultation)
        wanted = list(dict.fromkeys(keys))
        present = {f"{t.scheme}:{t.code}": t for t in topics_of(consultation.id)}
        if unknown := [key for key in wanted if key not in topics() and key not in present]:
            raise Rejected(N_("There is no topic “%(topic)s”.", topic=unknown[0]), field="topics")
        for key in present.keys() - set(wanted):
            if _is_used(present[key].id):
                raise Rejected(
                    N_("Something was written on “%(topic)s”: it has to stay.", topic=present[key].names), "topics"
                )
            session.delete(present[key])
        session.flush()
        for position, key in enumerate(wanted):
            _place(consultation.id, key, position, present.get(key))
        session.flush()
        record(TopicsChosen(tuple(wanted)), stream=consultation.id, actor=actor.person)
        return topics_of(consultation.id)


def _place(consultation: uuid.UUID, key: str, position: int, topic: Topic | None) -> None:
    if topic is not None:
        topic.position = position
        return
    found = topics()[key]
    session.add(
        Topic(
            consultation_id=consultation,
            scheme=found.scheme,
            code=found.code,
            names=found.names,
            position=position,
        )
    )


# Submissions and recommendations are tables of rooms above; their names are enough to ask whether a topic is used.
_USERS = tuple(sa.table(name, sa.column("topic_id", sa.Uuid())) for name in ("submission_topic", "recommendation"))


def _is_used(topic: uuid.UUID) -> bool:
    return any(session.scalar(sa.select(sa.exists().where(table.c.topic_id == topic))) for table in _USERS)


def choose_rules(rules: Mapping[str, str], *, consultation: Consultation, actor: Actor) -> Consultation:
    """Choose the decision rule of each kind of ballot, by rule id. Ballots that are open keep the rule they froze.

    Raises Rejected, each problem at its kind.
    """
    with transaction():
        demand(actor, "consultation.organise", consultation)
        known = usable_rules(consultation.id)
        problems = [Problem(kind, N_("There is no such kind of ballot.")) for kind in rules if kind not in RULED_KINDS]
        problems += [Problem(kind, N_("Choose a decision rule.")) for kind, rule in rules.items() if rule not in known]
        if problems:
            raise Rejected(problems)
        consultation.rules = {**consultation.rules, **rules}
        kinds = tuple(sorted(consultation.rules))
        record(
            RulesChosen(kinds, tuple(consultation.rules[kind] for kind in kinds)),
            stream=consultation.id,
            actor=actor.person,
        )
        return consultation


def usable_rules(consultation: uuid.UUID) -> frozenset[str]:
    """Return the ids of the rules that may be chosen: shipped ones, those of plugins, the consultation's own."""
    own = sa.table("custom_rule", sa.column("consultation_id", sa.Uuid()), sa.column("key", sa.Text()))
    added = session.scalars(sa.select(own.c.key).where(own.c.consultation_id == consultation))
    return frozenset({*shipped_rule_ids(), *(rule.id for rule in runtime().hooks.decision_rules()), *added})
