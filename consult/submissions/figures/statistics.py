"""Statistics of what was accepted and stands in the register: tables with small counts hidden (see `suppression`).

The tables share no total but that of everything, so that what is hidden in one is not told by another. Of whose name is
withheld neither region nor body is told; they count with those who take part for no body.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from consult import clock
from consult.accounts.models import Body
from consult.consultations.models import Consultation
from consult.db import session, snapshot
from consult.i18n import Localized
from consult.plugins.questions import Question, QuestionKind
from consult.submissions.figures.models import ChannelCount
from consult.submissions.figures.suppression import LEAST, Cell, nested, one_way, suppressed, two_way
from consult.submissions.models import Questionnaire, Revision, Submission
from consult.submissions.places import MUNICIPALITY, regions_of_places
from consult.submissions.questionnaires.content import COUNTED, FormContent
from consult.submissions.questionnaires.queries import form_of
from consult.submissions.questionnaires.states import FormState
from consult.submissions.states import SubmissionState

#: A region or channel that is not told, and what of a region is not listed by municipality.
NOT_TOLD, OTHERS = "?", ""
#: So many weeks are shown; what came before them is one row.
MOST_WEEKS = 26
BEFORE = ""
#: Private answers are counted by so many texts more at a time.
WAVE = 10


@dataclass(frozen=True, slots=True)
class Table:
    """Counts by key; None is a count that is hidden. `whole` tells that the table is shown: it could not be protected else."""

    counts: Mapping[Any, int | None]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class AskedTable:
    """The answers to a question of an organisers' form, by what was answered; of places by (region, place), as `places`.

    `total` is how many answered: what is hidden in the table is hidden as if that were published.
    """

    track: str
    question: Question
    table: Table
    total: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """What was counted; `total` is None where it is too little to tell.

    `languages` has keys (track, language), with the totals (track, None) and (None, language); `places` (region, code of
    the municipality), where OTHERS stands for all that is not listed, and the totals (region, None); `weeks` the Saturday on
    which a week begins, as an ISO date. `names` are those of the municipalities. In `channels` NOT_TOLD stands for texts whose
    author's name is withheld and that no step has counted yet; the last was `stepped_on`.
    """

    total: int | None
    languages: Table
    places: Table
    channels: Table
    weeks: Table
    answers: Sequence[AskedTable]
    names: Mapping[str, Localized]
    stepped_on: date | None = None


def statistics_of(consultation: Consultation) -> Statistics:
    """Count (at most 7 queries, 3 to read the consultation anew, one for each form that this process has not read).

    All tables are of one moment: a text that comes between two of them would be told by their difference.
    """
    with snapshot():
        return _counted(consultation)


def _counted(consultation: Consultation) -> Statistics:
    languages = _languages(consultation.id)
    total = sum(languages.values())
    if total < LEAST:
        none = Table({}, whole=False)
        return Statistics(None, none, none, none, none, (), {})
    by_language = _table(two_way(languages))
    places, names = _places(consultation.id)
    channels, stepped_on, first, last = _channels(consultation.id)
    weeks = _weeks(consultation, first, last)
    answers = _answers(consultation.id, by_language)
    listed = _table(nested(places))
    by_channel, by_week = _table(one_way(channels)), _table(one_way(weeks))
    return Statistics(total, by_language, listed, by_channel, by_week, answers, names, stepped_on)


def _table(cells: Sequence[Cell]) -> Table:
    hidden = suppressed(cells)
    if hidden is None:
        return Table({}, whole=False)
    return Table({cell.key: None if cell.key in hidden else cell.value for cell in cells})


def _accepted(consultation: uuid.UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return (Submission.consultation_id == consultation, Submission.state == SubmissionState.ACCEPTED)


def _languages(consultation: uuid.UUID) -> Mapping[tuple[str, str], int]:
    rows = session.execute(
        sa.select(Submission.track, Submission.language, sa.func.count())
        .where(*_accepted(consultation))
        .group_by(Submission.track, Submission.language)
        .order_by(Submission.track, Submission.language)
    )
    found = {(track, language): number for track, language, number in rows}
    tracks, codes = sorted({track for track, _ in found}), sorted({code for _, code in found})
    return {(track, code): found.get((track, code), 0) for track in tracks for code in codes}


def _places(consultation: uuid.UUID) -> tuple[Mapping[str, Mapping[str, int]], Mapping[str, Localized]]:
    """Return the counts by region and municipality; one of few texts is among the others of its region."""
    told = sa.and_(Body.listed, sa.not_(Submission.withheld))
    region = sa.case((told, Body.region), else_=sa.literal(NOT_TOLD)).label("region")
    town = sa.case((sa.and_(told, Body.kind == MUNICIPALITY), Body.key), else_=sa.literal("")).label("town")
    each = (
        sa.select(region, town)
        .select_from(Submission)
        .outerjoin(Body, Body.id == Submission.body_id)
        .where(*_accepted(consultation))
        .subquery()
    )
    number = sa.func.count().label("number")
    counted = sa.select(each.c.region, each.c.town, number).group_by(each.c.region, each.c.town).subquery()
    rows = session.execute(
        sa.select(counted, Body.names)
        .outerjoin(Body, Body.key == counted.c.town)
        .order_by(counted.c.region, counted.c.town)
    )
    found: dict[str, dict[str, int]] = {}
    names: dict[str, Localized] = {}
    for place, key, texts, called in rows:
        parts = found.setdefault(place, {})
        part = key if key and texts >= LEAST else OTHERS
        parts[part] = parts.get(part, 0) + texts
        if part:
            names[part] = called
    return found, names


def _channels(consultation: uuid.UUID) -> tuple[Mapping[str, int], date | None, datetime, datetime]:
    """Return the counts by channel, the day of the last step, and when the first and the last text was received; there is one.

    A text that stands under a name counts at once: its page says how it came. The others count in steps (`channels`).
    """
    at, counted = Submission.received_at, sa.literal("counted")
    channel = sa.case(
        (Submission.channel_counted, counted), (Submission.withheld, NOT_TOLD), else_=Submission.channel
    ).label("way")
    each = sa.select(channel, at.label("at")).where(*_accepted(consultation)).subquery()
    rows = session.execute(
        sa.select(each.c.way, sa.func.count(), sa.func.min(each.c.at), sa.func.max(each.c.at))
        .group_by(each.c.way)
        .order_by(each.c.way)
    ).all()
    steps = session.get(ChannelCount, consultation, populate_existing=True)
    found = {way: number for way, number, *_ in rows if way != "counted"}
    for way, number in steps.counts.items() if steps else ():
        found[way] = found.get(way, 0) + number
    return found, steps.stepped_on if steps else None, min(row[2] for row in rows), max(row[3] for row in rows)


def _weeks(consultation: Consultation, first: datetime, last: datetime) -> Mapping[str, int]:
    """Return the counts by week, Saturday to Friday on the consultation's clock."""
    zone = ZoneInfo(consultation.timezone)
    newest = clock.week_of(last.astimezone(zone).date())
    begin = max(clock.week_of(first.astimezone(zone).date()), newest - timedelta(weeks=MOST_WEEKS - 1))
    firsts = [begin + timedelta(weeks=n) for n in range((newest - begin).days // 7 + 1)]
    starts = [datetime.combine(day, time(), zone) for day in firsts]
    # A moment belongs to the last week that has begun: the first of these conditions that holds, the newest week first.
    places = [(Submission.received_at >= start, index) for index, start in reversed(list(enumerate(starts)))]
    week = sa.case(*places, else_=-1).label("week")
    each = sa.select(week).where(*_accepted(consultation.id)).subquery()
    rows = session.execute(sa.select(each.c.week, sa.func.count()).group_by(each.c.week))
    found: dict[int, int] = dict(rows.all())
    before = {BEFORE: found[-1]} if -1 in found else {}
    return {**before, **{day.isoformat(): found.get(index, 0) for index, day in enumerate(firsts)}}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question of a track's open form, with the versions that asked the same: whose answers are read by all, and by nobody."""

    track: str
    question: Question
    open: Sequence[uuid.UUID]
    private: Sequence[uuid.UUID]


def _answers(consultation: uuid.UUID, tracks: Table) -> Sequence[AskedTable]:
    """Return the answers to what each track's open form asks, of tracks whose own count is shown.

    How many have answered is not published; the counts are hidden as if it were, because it may be the count of the track.
    """
    asked = [one for one in _asked(consultation) if (tracks.counts.get((one.track, None)) or 0) >= LEAST]
    if not asked:
        return ()
    counts: list[dict[str, int]] = [{} for _ in asked]
    for index, answer, number in session.execute(_counted_answers(consultation, asked)):
        counts[index][str(answer)] = number
    found = [
        AskedTable(one.track, one.question, _of_answers(one.question, n), sum(n.values()))
        for one, n in zip(asked, counts, strict=True)
    ]
    return [one for one, n in zip(found, counts, strict=True) if sum(n.values()) >= LEAST]


def _of_answers(question: Question, given: Mapping[str, int]) -> Table:
    """Return the table of a question, from how often each answer was given as the database writes it."""
    match question.kind:
        case QuestionKind.CHOICES:
            return _several(question, given)
        case QuestionKind.PLACE:
            return _table(nested(_by_region({choice.key: given.get(choice.key, 0) for choice in question.choices})))
        case QuestionKind.YES_NO:
            return _table(one_way({one: sum(given.get(word, 0) for word in words) for one, words in _WRITTEN.items()}))
        case QuestionKind.SCALE:
            return _table(one_way({str(point): given.get(str(point), 0) for point in question.points}))
        case _:
            return _table(one_way({choice.key: given.get(choice.key, 0) for choice in question.choices}))


#: Yes and no as the engines write them.
_WRITTEN = {"yes": ("true", "1", "True"), "no": ("false", "0", "False")}


def _several(question: Question, given: Mapping[str, int]) -> Table:
    """Return how many took each of several choices: a table each, of those who took it and the others.

    Where one alone may be taken it is one table: what is hidden in it would follow from the sum.
    """
    counts = {choice.key: 0 for choice in question.choices}
    taken = [(set(json.loads(answer)) & counts.keys(), number) for answer, number in given.items()]
    for keys, number in taken:
        for key in keys:
            counts[key] += number
    one_each = all(len(keys) <= 1 for keys, _ in taken)  # an earlier version may have let them take more
    if question.most == 1 and one_each:
        return _table(one_way(counts))
    total = sum(given.values())
    each = {key: _table(one_way({True: number, False: total - number})) for key, number in counts.items()}
    return Table({key: table.counts.get(True) for key, table in each.items()})


def _by_region(counts: Mapping[str, int]) -> Mapping[str, Mapping[str, int]]:
    """Return the counts of places by region; one of few is among the others of its region."""
    regions, found = regions_of_places(), dict[str, dict[str, int]]()
    for place, number in counts.items():
        if number:
            parts = found.setdefault(regions.get(place, ""), {})
            part = place if number >= LEAST else OTHERS
            parts[part] = parts.get(part, 0) + number
    return found


def _counted_answers(consultation: uuid.UUID, asked: Sequence[_Asked]) -> sa.Select[Any]:
    """Return the question that counts, by its place in `asked` and by answer as the database writes it.

    Private answers move on by whole `WAVE`s of texts in the order in which they were accepted, so that the counts of before
    and after one text do not tell what it answered.
    """
    parts: list[sa.Select[Any]] = []
    current = sa.and_(Revision.submission_id == Submission.id, Revision.number == Submission.revision)
    for index, one in enumerate(asked):
        of_track, number = (
            (*_accepted(consultation), Submission.track == one.track),
            sa.literal(index).label("question"),
        )
        if one.open:
            answer = sa.type_coerce(Submission.answers, sa.JSON)[one.question.key].as_string().label("answer")
            parts.append(
                sa.select(number, answer).where(
                    *of_track, Submission.questionnaire_id.in_(one.open), answer.is_not(None)
                )
            )
        if one.private:
            answer = sa.type_coerce(Revision.private_answers, sa.JSON)[one.question.key].as_string().label("answer")
            order = sa.func.row_number().over(order_by=(Submission.decided_at, Submission.id)).label("place")
            each = (
                sa.select(answer, order, sa.func.count().over().label("whole"))
                .join_from(Submission, Revision, current)
                .where(*of_track, Submission.questionnaire_id.in_(one.private), answer.is_not(None))
                .subquery()
            )
            parts.append(sa.select(number, each.c.answer).where(each.c.place <= each.c.whole - each.c.whole % WAVE))
    every = sa.union_all(*parts).subquery()
    return sa.select(every.c.question, every.c.answer, sa.func.count()).group_by(every.c.question, every.c.answer)


def asked_questions(consultation: uuid.UUID) -> Sequence[tuple[str, Question]]:
    """Return what the open forms ask whose answers are counted, with the track of each, in their order (1 query)."""
    return [(one.track, one.question) for one in _asked(consultation)]


def _asked(consultation: uuid.UUID) -> Sequence[_Asked]:
    """Return what can be counted of the open forms, in their order (1 query): public answers, and those that are counted only."""
    rows = session.execute(
        sa.select(Questionnaire.track, Questionnaire.id, Questionnaire.state)
        .where(Questionnaire.consultation_id == consultation, Questionnaire.state != FormState.DRAFT)
        .order_by(Questionnaire.track, Questionnaire.version.desc())
    ).all()
    contents, found = {form: form_of(form) for _, form, _ in rows}, []
    for track, newest, state in rows:
        versions = [form for of, form, _ in rows if of == track]
        for question in contents[newest].questions if state == FormState.OPEN else ():
            if _is_counted(question):
                same = [(form, one) for form in versions if (one := _same(contents[form], question)) is not None]
                read = [form for form, one in same if not one.private]
                found.append(_Asked(track, question, read, [form for form, one in same if one.private]))
    return found


def _same(form: FormContent, question: Question) -> Question | None:
    """Return the question of a version that is the same: counted, with the key, the kind and the answers of another."""
    one = form.question(question.key)
    if one is None or not _is_counted(one):
        return None
    return one if (one.kind, one.choices, one.points) == (question.kind, question.choices, question.points) else None


def _is_counted(question: Question) -> bool:
    """Tell whether it is published how many gave each answer; never of what tells who wrote."""
    return question.kind in COUNTED and not question.identifies and (question.counted or not question.private)
