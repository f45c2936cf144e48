"""Reference figures: how many each group has by a census, a register or a survey, and whether as much was heard from it.

Groups are made by language, by region, or by a question of a track's open form that is answered by one choice, yes or no,
or a municipality (by its region). No figure ships: organisers record what they have, with source and day. What was heard is
taken from the public statistics, so that what is hidden there is hidden here: no share is computed from a hidden count.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.bodies.words import region_label
from consult.accounts.queries import regions_of_bodies
from consult.cleaning import clean_line
from consult.consultations.models import Consultation
from consult.db import new_id, session, transaction
from consult.errors import Problem, Rejected
from consult.events.record import record
from consult.i18n import N_, WRITTEN, Localized, Message, language_label
from consult.plugins.questions import Question, QuestionKind
from consult.submissions.figures.events import ReferenceFiguresRecorded, ReferenceFiguresRemoved
from consult.submissions.figures.models import ReferenceFigures
from consult.submissions.figures.statistics import Statistics, asked_questions
from consult.submissions.models import Submission
from consult.submissions.places import regions_of_places
from consult.submissions.states import SubmissionState

LANGUAGE, REGION = "language", "region"
#: More than there are people.
MOST = 10**10
LONGEST_SOURCE = 300
Label = Message | Localized | str
_SINGLE = (QuestionKind.CHOICE, QuestionKind.YES_NO, QuestionKind.PLACE)


@dataclass(frozen=True, slots=True)
class Grouping:
    """By what groups are made: its key, what it is called, each group with its key, and the track whose form asks."""

    about: str
    label: Label
    groups: Mapping[str, Label]
    track: str = ""
    by_region: bool = False


def groupings(consultation: uuid.UUID) -> Sequence[Grouping]:
    """Return by what figures can be recorded here (4 queries, one for each form that this process has not read)."""
    tongues = {code: _capitals(language_label(code)) for code in (*WRITTEN, *_brought_in(consultation))}
    regions = {key: region_label(key) for key in regions_of_bodies()}
    found = [
        Grouping(LANGUAGE, N_("Language"), tongues),
        Grouping(REGION, N_("Region of the body"), regions, by_region=True),
    ]
    found += [
        Grouping(f"asked:{track}:{one.key}", one.label, _groups_of(one), track, one.kind is QuestionKind.PLACE)
        for track, one in asked_questions(consultation)
        if one.kind in _SINGLE
    ]
    return [one for one in found if len(one.groups) > 1]


def _brought_in(consultation: uuid.UUID) -> Sequence[str]:
    """Return the other languages of accepted texts, and those that figures are recorded of (2 queries)."""
    accepted = (Submission.consultation_id == consultation, Submission.state == SubmissionState.ACCEPTED)
    written = set(session.scalars(sa.select(Submission.language).where(*accepted).distinct()))
    row = figures_of(consultation).get(LANGUAGE)
    return sorted((written | set(row.numbers if row else ())) - set(WRITTEN))


def _capitals(name: Message | Localized) -> Message | Localized:
    if isinstance(name, Message):
        return name
    return Localized({read: text[:1].upper() + text[1:] for read, text in name.items()})


def _groups_of(question: Question) -> Mapping[str, Label]:
    if question.kind is QuestionKind.YES_NO:
        return {"yes": N_("Yes"), "no": N_("No")}
    if question.kind is QuestionKind.PLACE:
        known = regions_of_places()
        regions = sorted({known.get(choice.key, "") for choice in question.choices} - {""})
        return {key: region_label(key) for key in regions}
    return {choice.key: choice.label for choice in question.choices}


def figures_of(consultation: uuid.UUID) -> Mapping[str, ReferenceFigures]:
    """Return what is recorded, by what the groups are made (1 query)."""
    query = sa.select(ReferenceFigures).where(ReferenceFigures.consultation_id == consultation)
    return {row.about: row for row in session.scalars(query)}


@dataclass(frozen=True, slots=True)
class FiguresDraft:
    """What somebody recorded of the groups of a grouping: numbers by key (None: not known), the source and its day."""

    numbers: Mapping[str, int | None]
    source: str
    as_of: date | None


def record_figures(
    draft: FiguresDraft, grouping: Grouping, *, consultation: Consultation, actor: Actor
) -> ReferenceFigures:
    """Record how many each group has, in place of what was recorded before.

    Raises Rejected at the fields (`numbers`, `source`, `as_of`), Forbidden for whoever may not.
    """
    with transaction():
        demand(actor, "figures.record", consultation)
        known = {key: number for key in grouping.groups if (number := draft.numbers.get(key)) is not None}
        source = clean_line(draft.source)
        today = clock.now().astimezone(ZoneInfo(consultation.timezone)).date()
        if problems := list(_problems(known, source, draft.as_of, today)):
            raise Rejected(problems)
        session.get_one(Consultation, consultation.id, with_for_update={"key_share": True})  # one after the other
        row = _row(consultation.id, grouping.about)
        if row is None:
            row = ReferenceFigures(id=new_id(), consultation_id=consultation.id, about=grouping.about)
            session.add(row)
        row.numbers, row.source, row.recorded_at = known, source, clock.now()
        row.as_of = draft.as_of or today
        session.flush()
        event = ReferenceFiguresRecorded(grouping.about, len(known))
        record(event, stream=consultation.id, actor=actor.person)
        return row


def _problems(known: Mapping[str, int], source: str, as_of: date | None, today: date) -> Iterator[Problem]:
    if len(known) < 2 or not sum(known.values()):
        yield Problem("numbers", N_("Write the numbers of two groups at least, not all of them 0."))
    elif not all(0 <= number <= MOST for number in known.values()):
        yield Problem("numbers", N_("Write whole numbers of 0 or more."))
    if not source:
        yield Problem("source", N_("Say where the numbers come from."))
    elif len(source) > LONGEST_SOURCE:
        yield Problem("source", N_("Use at most %(most)s characters.", most=LONGEST_SOURCE))
    if as_of is None:
        yield Problem("as_of", N_("Say of which day the numbers are."))
    elif as_of > today:
        yield Problem("as_of", N_("This day has not come yet."))


def remove_figures(about: str, *, consultation: Consultation, actor: Actor) -> None:
    """Take away what is recorded of groups; where there is nothing, nothing happens."""
    with transaction():
        demand(actor, "figures.record", consultation)
        row = _row(consultation.id, about)
        if row is not None:
            session.delete(row)
            session.flush()
            record(ReferenceFiguresRemoved(about), stream=consultation.id, actor=actor.person)


def _row(consultation: uuid.UUID, about: str) -> ReferenceFigures | None:
    here = (ReferenceFigures.consultation_id == consultation, ReferenceFigures.about == about)
    return session.scalars(sa.select(ReferenceFigures).where(*here).with_for_update()).one_or_none()


@dataclass(frozen=True, slots=True)
class GroupShare:
    """A group: how many it has by the source and how many texts came from it (None: not shown), each with its share."""

    key: str
    label: Label
    expected: int
    expected_share: float
    heard: int | None
    heard_share: float | None

    @property
    def apart(self) -> float | None:
        """Return by how much the share heard is above the share expected; None where it is not shown."""
        return None if self.heard_share is None else self.heard_share - self.expected_share


@dataclass(frozen=True, slots=True)
class Comparison:
    """The groups of a grouping that figures are recorded of; `heard` texts are the whole of the shares, None if not shown."""

    grouping: Grouping
    source: str
    as_of: date
    expected: int
    heard: int | None
    shares: Sequence[GroupShare]


def compare(grouping: Grouping, row: ReferenceFigures, counted: Statistics) -> Comparison:
    """Set the texts of each group, as the public statistics count them, against what is recorded of it."""
    known = {key: int(number) for key, number in row.numbers.items() if key in grouping.groups}
    counts, total = _heard(grouping, counted)
    whole, expected = _whole(counts, set(known), total), sum(known.values())
    shares = [
        GroupShare(
            key,
            grouping.groups[key],
            number,
            number / expected if expected else 0.0,
            heard := counts.get(key, 0) if whole else None,
            heard / whole if heard is not None and whole else None,
        )
        for key, number in known.items()
    ]
    return Comparison(grouping, row.source, row.as_of, expected, whole, shares)


def _heard(grouping: Grouping, counted: Statistics) -> tuple[Mapping[str, int | None], int | None]:
    """Return the published counts by group, and that of all whom they are of; None where none are published."""
    if grouping.about == LANGUAGE:
        counts = {code: n for (track, code), n in counted.languages.counts.items() if track is None}
        return counts, counted.total if counted.languages.whole else None
    if grouping.about == REGION:
        counts = {region: n for (region, town), n in counted.places.counts.items() if town is None}
        return counts, counted.total if counted.places.whole else None
    for asked in counted.answers:
        if f"asked:{asked.track}:{asked.question.key}" == grouping.about:
            each = asked.table.counts
            by_region = {key[0]: n for key, n in each.items() if key[1] is None} if grouping.by_region else each
            return by_region, asked.total if asked.table.whole else None
    return {}, None


def _whole(counts: Mapping[str, int | None], listed: set[str], total: int | None) -> int | None:
    """Return of how many texts the shares are: of those from the groups listed, where the others are shown; else of all.

    Taking a hidden count from the total would publish it.
    """
    others = [number for key, number in counts.items() if key not in listed]
    told = [number for number in others if number is not None]
    return total if total is None or len(told) < len(others) else total - sum(told)
