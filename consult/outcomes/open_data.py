"""The public part of a consultation as one file: tables, what their columns mean, and a licence.

The file is a Data Package (Frictionless, datapackage.org, version 2): CSV files and a `datapackage.json` that describes
them. Nothing stands in it that the public pages do not show; names that are withheld are withheld here. The same state
of the record gives the same bytes.
"""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import sqlalchemy as sa

from consult.accounts.access import Actor, demand
from consult.accounts.models import Body
from consult.ballots.models import Ballot
from consult.ballots.queries import roll_of
from consult.consultations.models import Consultation, Member
from consult.consultations.queries import topics_of
from consult.db import session
from consult.events.checkpoint import latest_checkpoint
from consult.events.stream import current_seq
from consult.i18n import LANGUAGES, Localized, Message, translate
from consult.recommendations.models import Clause, Recommendation, Source, Version
from consult.recommendations.states import RecommendationState
from consult.sessions.queries import sessions_of
from consult.spreadsheets import write_csv_rows
from consult.submissions.exports import export_submissions
from consult.submissions.models import Passage, Submission
from consult.submissions.questionnaire_content import question_data
from consult.submissions.questionnaire_queries import opened_forms
from consult.submissions.states import SubmissionState

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
#: Name -> title and address, as Open Definition lists them.
LICENCES: Mapping[str, tuple[str, str]] = {
    "CC-BY-4.0": ("Creative Commons Attribution 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "CC0-1.0": ("CC0 1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "ODC-BY-1.0": ("Open Data Commons Attribution License 1.0", "https://opendatacommons.org/licenses/by/1-0/"),
}
BATCH = 500
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its Frictionless type, and in a sentence what stands in it."""

    name: str
    type: str
    about: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the package: what it is called, what it holds, its columns, its key, and where its rows come from."""

    name: str
    about: str
    columns: Sequence[Column]
    key: Sequence[str]
    rows: Callable[[Consultation, Actor], Iterator[Row]]


def write_open_data(path: Path, *, consultation: Consultation, licence: str, actor: Actor) -> Mapping[str, int]:
    """Write the package of a consultation as a ZIP file and return the number of rows of each table.

    Raises Forbidden for an actor who may not export, KeyError for a licence that is not among LICENCES.
    """
    demand(actor, "submission.export", consultation)
    title, address = LICENCES[licence]
    with ZipFile(path, "w", ZIP_DEFLATED) as package:
        counts = {table.name: _write(package, table, table.rows(consultation, actor)) for table in TABLES}
        described = _description(consultation, {"name": licence, "title": title, "path": address}, counts)
        package.writestr(_entry("datapackage.json"), json.dumps(described, ensure_ascii=False, indent=1) + "\n")
    return counts


def _entry(name: str) -> ZipInfo:
    """Return an entry without the time of its writing, so that the same data are the same bytes."""
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    return entry


def _write(package: ZipFile, table: Table, rows: Iterator[Row]) -> int:
    with (
        package.open(_entry(f"data/{table.name}.csv"), "w", force_zip64=True) as raw,
        io.TextIOWrapper(raw, encoding="utf-8", newline="") as file,
    ):
        return write_csv_rows([column.name for column in table.columns], rows, file)


def _boolean(value: bool) -> str:
    """Return a truth as Frictionless writes it."""
    return "true" if value else "false"


def _description(consultation: Consultation, licence: Mapping[str, str], counts: Mapping[str, int]) -> dict[str, Any]:
    checkpoint = latest_checkpoint(consultation.id)
    return {
        "$schema": PROFILE,
        "name": consultation.slug,
        "title": consultation.titles.for_language("en"),
        "description": consultation.summaries.for_language("en"),
        "licenses": [licence],
        "resources": [_resource(table, counts[table.name]) for table in TABLES],
        "log": {
            "events": current_seq(consultation.id),
            "checkpoint": None if checkpoint is None else {"size": checkpoint.size, "root": checkpoint.root.hex()},
        },
    }


def _resource(table: Table, rows: int) -> dict[str, Any]:
    fields = [{"name": c.name, "type": c.type, "description": c.about} for c in table.columns]
    return {
        "name": table.name,
        "type": "table",
        "path": f"data/{table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "description": table.about,
        "rows": rows,
        "schema": {"fields": fields, "primaryKey": list(table.key), "missingValues": [""]},
    }


def _texts(name: str, about: str) -> list[Column]:
    called = LANGUAGES["en"].locale.languages
    return [Column(f"{name}_{code}", "string", f"{about}, in {called[code]}") for code in LANGUAGES]


def _in_each(name: str, value: Localized | Message | None) -> dict[str, str]:
    if isinstance(value, Message):
        return {f"{name}_{code}": translate(value, code) for code in LANGUAGES}
    texts = value if value is not None else Localized()
    return {f"{name}_{code}": texts.get(code, "") for code in LANGUAGES}


def _submissions(consultation: Consultation, actor: Actor) -> Iterator[Row]:
    _, rows = export_submissions(consultation, (SubmissionState.ACCEPTED,), actor=actor)
    for row in rows:
        yield {**row, "withheld": _boolean(row["withheld"] == "yes")}


def _passages(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    names, last = ("submission", "revision", "passage", "kind", "text"), ""
    accepted = (Submission.consultation_id == consultation.id, Submission.state == SubmissionState.ACCEPTED)
    columns = (Submission.number, Passage.revision, Passage.number, Passage.kind, Passage.text)
    present = sa.and_(Passage.submission_id == Submission.id, Passage.revision == Submission.revision)
    numbers = sa.select(Submission.number).where(*accepted).order_by(Submission.number).limit(BATCH)
    while batch := session.scalars(numbers.where(Submission.number > last)).all():
        query = sa.select(*columns).join(Passage, present).where(*accepted, Submission.number.in_(batch))
        for row in session.execute(query.order_by(Submission.number, Passage.number)):
            yield dict(zip(names, row, strict=True))
        last = batch[-1]


def _topics(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    for topic in topics_of(consultation.id):
        yield {"topic": f"{topic.scheme}-{topic.code}", **_in_each("name", topic.names)}


def _bodies(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    takes_part = sa.exists().where(
        Member.body_id == Body.id, Member.consultation_id == consultation.id, Member.withheld.is_(False)
    )
    for body in session.scalars(sa.select(Body).where(takes_part).order_by(Body.key)):
        facts = {"body": body.key, "kind": body.kind, "region": body.region, "district": body.district}
        yield {**facts, **_in_each("name", body.names)}


def _sessions(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    for row in sessions_of(consultation.id):
        times = {"starts": row.starts_at, "ends": row.ends_at, "opened": row.opened_at, "closed": row.closed_at}
        facts = {"session": row.number, "kind": row.kind, "state": row.state, **times}
        yield {**facts, **_in_each("name", row.names), **_in_each("venue", row.venues)}


def _public(consultation: Consultation) -> sa.ColumnElement[bool]:
    return sa.and_(Recommendation.consultation_id == consultation.id, Recommendation.state != RecommendationState.DRAFT)


def _recommendations(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    for row in session.scalars(sa.select(Recommendation).where(_public(consultation)).order_by(Recommendation.number)):
        facts = {"recommendation": row.number, "state": row.state, "version": row.version, "due": row.due}
        more = {"decided": row.decided_at, "record": row.authoritative, "responsible": " ".join(row.responsible)}
        yield {**facts, **more, **_in_each("title", row.titles)}


def _clauses(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    query = (
        sa.select(Recommendation.number, Version.number, Clause.key, Clause.texts)
        .join(Version, Version.recommendation_id == Recommendation.id)
        .join(Clause, Clause.version_id == Version.id)
        .where(_public(consultation))
        .order_by(Recommendation.number, Version.number, Clause.position)
    )
    for number, version, key, texts in session.execute(query):
        yield {"recommendation": number, "version": version, "clause": key, **_in_each("text", texts)}


def _sources(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    query = (
        sa.select(Recommendation.number, Submission.number, Passage.number, Source.version)
        .join(Source, Source.recommendation_id == Recommendation.id)
        .join(Submission, Submission.id == Source.submission_id)
        .join(Passage, Passage.id == Source.passage_id)
        .where(_public(consultation), Submission.state == SubmissionState.ACCEPTED)
        .order_by(Recommendation.number, Submission.number, Passage.number)
    )
    names = ("recommendation", "submission", "passage", "since_version")
    return (dict(zip(names, row, strict=True)) for row in session.execute(query))


def _counted(consultation: Consultation) -> Sequence[Ballot]:
    query = sa.select(Ballot).where(Ballot.consultation_id == consultation.id, Ballot.result.is_not(None))
    return session.scalars(query.order_by(Ballot.number)).all()


def _ballots(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    query = sa.select(Recommendation.id, Recommendation.number).where(Recommendation.consultation_id == consultation.id)
    numbers: dict[uuid.UUID | None, int] = {row[0]: row[1] for row in session.execute(query)}
    for row in _counted(consultation):
        result = row.result or {}
        facts = {"ballot": row.number, "recommendation": numbers.get(row.recommendation_id), "version": row.version}
        times = {"opened": row.opened_at, "closed": row.closed_at, "annulled": row.annulled_at}
        figures = {"seats": row.seats, "present": row.present, "outcome": result["outcome"]}
        counted = {"input": json.dumps(result["input"], ensure_ascii=False, sort_keys=True)}
        yield {**facts, **times, "rule": row.rule_id, **figures, **counted, **_in_each("question", row.questions)}


def _votes(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    for row in _counted(consultation):
        for place, line in enumerate(roll_of(row), start=1):
            facts = {"ballot": row.number, "line": place, "track": line.track, "constituency": line.constituency}
            voted = {"present": _boolean(line.present), "choice": line.choice}
            yield {**facts, **voted, **_in_each("voter", line.name.official)}


def _questions(consultation: Consultation, _actor: Actor) -> Iterator[Row]:
    for version, track, content in opened_forms(consultation.id):
        for question in content.questions:
            data = question_data(question)
            listed = data.get("choices") or data.get("rows") or []
            yield {
                "track": track,
                "version": version,
                "question": question.key,
                "kind": question.kind.value,
                "private": _boolean(question.private),
                "choices": json.dumps(listed, ensure_ascii=False, sort_keys=True) if listed else "",
                **_in_each("label", question.label),
            }


TABLES: Sequence[Table] = (
    Table(
        "submissions",
        "What was handed in and accepted for discussion, in its present revision",
        (
            Column("number", "string", "Receipt number"),
            Column("track", "string", "Key of the track"),
            Column("language", "string", "Language of the text (BCP 47)"),
            Column("title", "string", "Title"),
            Column("author", "string", "Who wrote it, empty where a body speaks or the name is withheld"),
            Column("body", "string", "Key of the body it was written for"),
            Column("withheld", "boolean", "Whether the author's name is withheld"),
            Column("received", "datetime", "When it was handed in"),
            Column("topics", "string", "Keys of its topics, separated by commas"),
            Column("text", "string", "Text; a blank line separates passages"),
            Column("proposals", "string", "Proposals; a blank line separates passages"),
            Column("answers", "string", "Public answers to the track's questions, as JSON"),
        ),
        ("number",),
        _submissions,
    ),
    Table(
        "passages",
        "The numbered passages of the submissions: what recommendations cite",
        (
            Column("submission", "string", "Receipt number"),
            Column("revision", "integer", "Revision of the submission"),
            Column("passage", "integer", "Number of the passage"),
            Column("kind", "string", "text or proposal"),
            Column("text", "string", "The passage"),
        ),
        ("submission", "passage"),
        _passages,
    ),
    Table(
        "questions",
        "What the organisers asked in each version of a track's form; the answers stand under these keys",
        (
            Column("track", "string", "Key of the track"),
            Column("version", "integer", "Version of the form"),
            Column("question", "string", "Key of the question"),
            Column("kind", "string", "Kind of answer"),
            Column("private", "boolean", "Whether the answer is for its author alone, and so in no table"),
            Column("choices", "string", "Choices, or rows of a matrix, with their keys, as JSON"),
            *_texts("label", "The question"),
        ),
        ("track", "version", "question"),
        _questions,
    ),
    Table("topics", "The topics", (Column("topic", "string", "Key"), *_texts("name", "Name")), ("topic",), _topics),
    Table(
        "bodies",
        "Bodies that take part under their own name",
        (
            Column("body", "string", "Key"),
            Column("kind", "string", "Kind"),
            Column("region", "string", "Key of the region"),
            Column("district", "string", "Key of the district"),
            *_texts("name", "Name"),
        ),
        ("body",),
        _bodies,
    ),
    Table(
        "sessions",
        "The sessions",
        (
            Column("session", "integer", "Number"),
            Column("kind", "string", "Kind"),
            Column("state", "string", "planned, open, suspended or closed"),
            Column("starts", "datetime", "When it was to begin"),
            Column("ends", "datetime", "When it was to end"),
            Column("opened", "datetime", "When it was opened"),
            Column("closed", "datetime", "When it was closed"),
            *_texts("name", "Name"),
            *_texts("venue", "Place"),
        ),
        ("session",),
        _sessions,
    ),
    Table(
        "recommendations",
        "The recommendations that were proposed",
        (
            Column("recommendation", "integer", "Number"),
            Column("state", "string", "State"),
            Column("version", "integer", "Number of the present version"),
            Column("due", "date", "Until when it is to be carried out"),
            Column("decided", "datetime", "When it was decided on"),
            Column("record", "string", "Language of record"),
            Column("responsible", "string", "Keys of the bodies that are to carry it out, separated by spaces"),
            *_texts("title", "Title"),
        ),
        ("recommendation",),
        _recommendations,
    ),
    Table(
        "clauses",
        "The clauses of every version",
        (
            Column("recommendation", "integer", "Number of the recommendation"),
            Column("version", "integer", "Number of the version"),
            Column("clause", "string", "Key of the clause, the same in every version"),
            *_texts("text", "Text"),
        ),
        ("recommendation", "version", "clause"),
        _clauses,
    ),
    Table(
        "sources",
        "Which passages a recommendation was drafted from",
        (
            Column("recommendation", "integer", "Number of the recommendation"),
            Column("submission", "string", "Receipt number"),
            Column("passage", "integer", "Number of the passage"),
            Column("since_version", "integer", "From which version on"),
        ),
        ("recommendation", "submission", "passage"),
        _sources,
    ),
    Table(
        "ballots",
        "Ballots that were counted",
        (
            Column("ballot", "integer", "Number"),
            Column("recommendation", "integer", "Number of the recommendation voted on"),
            Column("version", "integer", "Number of the version voted on"),
            Column("opened", "datetime", "When it was opened"),
            Column("closed", "datetime", "When it was closed and counted"),
            Column("annulled", "datetime", "When it was annulled"),
            Column("rule", "string", "Key of the decision rule"),
            Column("seats", "integer", "Seats on the roll"),
            Column("present", "integer", "Seats represented at the opening"),
            Column("outcome", "string", "Outcome under the rule"),
            Column("input", "string", "What was counted, as JSON that consult rules evaluate reads"),
            *_texts("question", "Question"),
        ),
        ("ballot",),
        _ballots,
    ),
    Table(
        "votes",
        "How each member of the roll voted in the named ballots that were counted",
        (
            Column("ballot", "integer", "Number of the ballot"),
            Column("line", "integer", "Place on the roll"),
            Column("track", "string", "Key of the track"),
            Column("constituency", "string", "Constituency under the rule"),
            Column("present", "boolean", "Whether the seat was represented at the opening"),
            Column("choice", "string", "The choice, empty for whoever did not vote"),
            *_texts("voter", "The voter"),
        ),
        ("ballot", "line"),
        _votes,
    ),
)
