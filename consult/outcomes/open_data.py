"""The public part of a consultation as one file: tables, what their columns mean, and a licence.

The file is a Data Package (Frictionless, datapackage.org, version 2): CSV files, a `datapackage.json` that describes
them, and the documents of the texts. Nothing stands in it that the public pages do not show; names that are withheld are withheld here. The same state
of the record gives the same bytes.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from consult.accounts.access import Actor, demand
from consult.consultations.models import Consultation
from consult.db import snapshot
from consult.events.checkpoint import latest_checkpoint
from consult.events.log_keys import Span, spans_in
from consult.events.stream import current_seq
from consult.i18n import LANGUAGES
from consult.outcomes import open_data_files as files
from consult.outcomes import open_data_rows as rows
from consult.outcomes.open_data_files import MOST_MEGABYTES, pack_documents
from consult.spreadsheets import write_csv_rows

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
#: Name -> title and address, as Open Definition lists them.
LICENCES: Mapping[str, tuple[str, str]] = {
    "CC-BY-4.0": ("Creative Commons Attribution 4.0", "https://creativecommons.org/licenses/by/4.0/"),
    "CC0-1.0": ("CC0 1.0 Universal", "https://creativecommons.org/publicdomain/zero/1.0/"),
    "ODC-BY-1.0": ("Open Data Commons Attribution License 1.0", "https://opendatacommons.org/licenses/by/1-0/"),
}
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its Frictionless type, in a sentence what stands in it, and whether no cell of it is empty."""

    name: str
    type: str
    about: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the package: what it is called, what it holds, its columns, its key, and where its rows come from.

    `refers` says which of its columns, where it is not empty, is the key of which other table.
    """

    name: str
    about: str
    columns: Sequence[Column]
    key: Sequence[str]
    rows: Callable[[Consultation, Actor], Iterator[Row]]
    refers: Mapping[str, str] = field(default_factory=dict)


def write_open_data(path: Path, *, consultation: Consultation, licence: str, actor: Actor) -> Mapping[str, int]:
    """Write the package of a consultation as a ZIP file and return the number of rows of each table.

    All tables, and the number of the log, are of one moment, however long it takes to write them.
    Raises Forbidden for an actor who may not export, KeyError for a licence that is not among LICENCES.
    """
    demand(actor, "submission.export", consultation)
    title, address = LICENCES[licence]
    with snapshot(), ZipFile(path, "w", ZIP_DEFLATED) as package:
        counts = {table.name: _write(package, table, table.rows(consultation, actor)) for table in TABLES}
        pack_documents(package, consultation)
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
            "checkpoint": None
            if checkpoint is None
            else {"size": checkpoint.size, "root": checkpoint.root.hex(), "note": checkpoint.note},
            "keys": [_key(span) for span in spans_in(consultation.id)],
        },
    }


def _key(span: Span) -> dict[str, Any]:
    """Return a key that signs the log: its public half, which events, until when, how that ended and by which note."""
    key = span.key
    return {
        "number": key.number,
        "key": key.line,
        "first": span.first,
        "last": span.last,
        "until": key.until and key.until.isoformat(),
        "ended": key.ended or None,
        "note": span.note or None,
    }


def _resource(table: Table, rows: int) -> dict[str, Any]:
    fields = [
        {
            "name": column.name,
            "type": column.type,
            "description": column.about,
            **({"constraints": {"required": True}} if column.required or column.name in table.key else {}),
        }
        for column in table.columns
    ]
    keys = {other.name: list(other.key) for other in TABLES}
    foreign = [
        {"fields": [column], "reference": {"resource": other, "fields": keys[other]}}
        for column, other in table.refers.items()
    ]
    return {
        "name": table.name,
        "type": "table",
        "path": f"data/{table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "description": table.about,
        "rows": rows,
        "schema": {
            "fields": fields,
            "primaryKey": list(table.key),
            **({"foreignKeys": foreign} if foreign else {}),
            "missingValues": [""],
        },
    }


def _texts(name: str, about: str) -> list[Column]:
    called = LANGUAGES["en"].locale.languages
    return [Column(f"{name}_{code}", "string", f"{about}, in {called[code]}") for code in LANGUAGES]


TABLES: Sequence[Table] = (
    Table(
        "submissions",
        "What was handed in and accepted for discussion, in its present revision",
        (
            Column("number", "string", "Receipt number"),
            Column("track", "string", "Key of the track"),
            Column("language", "string", "Language of the text (BCP 47)", True),
            Column("title", "string", "Title", True),
            Column("author", "string", "Who wrote it, empty where a body speaks or the name is withheld"),
            Column("body", "string", "Key of the body it was written for"),
            Column("withheld", "boolean", "Whether the author's name is withheld", True),
            Column("received", "datetime", "When it was handed in", True),
            Column("topics", "string", "Keys of its topics, separated by commas"),
            Column("text", "string", "Text; a blank line separates passages"),
            Column("proposals", "string", "Proposals; a blank line separates passages"),
            Column("answers", "string", "Public answers to the track's questions, as JSON"),
            Column("agrees", "integer", "Participants of another platform who agreed with the statement"),
            Column("disagrees", "integer", "Participants of another platform who disagreed with it"),
            Column("passes", "integer", "Participants of another platform who passed"),
            Column("cosigned", "string", "Keys of the bodies that co-signed the present text, separated by spaces"),
        ),
        ("number",),
        rows.submissions,
        {"body": "bodies"},
    ),
    Table(
        "passages",
        "The numbered passages of the submissions: what recommendations cite",
        (
            Column("submission", "string", "Receipt number"),
            Column("revision", "integer", "Revision of the submission", True),
            Column("passage", "integer", "Number of the passage"),
            Column("kind", "string", "text, proposal or answer (to a question, in words)", True),
            Column("text", "string", "The passage", True),
            Column("question", "string", "Key of the question that it answers, in the form of the submission"),
        ),
        ("submission", "passage"),
        rows.passages,
        {"submission": "submissions"},
    ),
    Table(
        "translations",
        "Translations of the passages; the authority is the original in the tables before",
        (
            Column("submission", "string", "Receipt number"),
            Column("language", "string", "Language of the translation (BCP 47)"),
            Column("passage", "integer", "Number of the passage in that revision, 0 for the title"),
            Column(
                "kind", "string", "official (approved by somebody else than its writer) or machine (read by nobody)"
            ),
            Column("revision", "integer", "Revision of the submission that it was made from"),
            Column("text", "string", "The translation"),
        ),
        ("submission", "language", "passage"),
        rows.translations,
        {"submission": "submissions"},
    ),
    Table(
        "questions",
        "What the organisers asked in each version of a track's form; the answers stand under these keys",
        (
            Column("track", "string", "Key of the track"),
            Column("version", "integer", "Version of the form"),
            Column("question", "string", "Key of the question"),
            Column("kind", "string", "Kind of answer", True),
            Column("private", "boolean", "Whether the answer is for its author alone, and so in no table"),
            Column("choices", "string", "Choices, or rows of a matrix, with their keys, as JSON"),
            *_texts("label", "The question"),
        ),
        ("track", "version", "question"),
        rows.questions,
    ),
    Table("topics", "The topics", (Column("topic", "string", "Key"), *_texts("name", "Name")), ("topic",), rows.topics),
    Table(
        "bodies",
        "Bodies that take part, wrote or answered under their own name",
        (
            Column("body", "string", "Key"),
            Column("kind", "string", "Kind"),
            Column("region", "string", "Key of the region"),
            Column("district", "string", "Key of the district"),
            *_texts("name", "Name"),
        ),
        ("body",),
        rows.bodies,
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
        rows.sessions,
    ),
    Table(
        "recommendations",
        "The recommendations that were proposed",
        (
            Column("recommendation", "integer", "Number"),
            Column("state", "string", "State", True),
            Column("version", "integer", "Number of the present version", True),
            Column("due", "date", "Until when it is to be carried out"),
            Column("decided", "datetime", "When it was decided on"),
            Column("record", "string", "Language of record"),
            Column("responsible", "string", "Keys of the bodies that are to carry it out, separated by spaces"),
            *_texts("title", "Title"),
        ),
        ("recommendation",),
        rows.recommendations,
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
        rows.clauses,
        {"recommendation": "recommendations"},
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
        rows.sources,
        {"recommendation": "recommendations", "submission": "submissions"},
    ),
    Table(
        "documents",
        "The files of the submissions, as the site gives them: checked and made anew, in the folder documents. Rights in them stay"
        " with whoever handed them in: the licence of this package is for its tables",
        (
            Column("submission", "string", "Receipt number"),
            Column("document", "integer", "Number of the file in the present revision"),
            Column(
                "name",
                "string",
                "Name under which it is given; one that tells nobody where the author's is withheld",
                True,
            ),
            Column("kind", "string", "Kind of file: pdf, docx, png and so on", True),
            Column("bytes", "integer", "Its size", True),
            Column("sha256", "string", "SHA-256 of its bytes", True),
            Column(
                "path",
                "string",
                f"Where it lies in this package, empty where it did not fit: all files together have {MOST_MEGABYTES} MB at most",
            ),
        ),
        ("submission", "document"),
        files.documents,
        {"submission": "submissions"},
    ),
    Table(
        "moderation",
        "The public register of moderation: decisions that kept a text from the public or gave it back, the oldest first",
        (
            Column("line", "integer", "Place in the register"),
            Column("day", "date", "Day of the decision", True),
            Column("submission", "string", "Receipt number; the text may not be public", True),
            Column("track", "string", "Key of the track", True),
            Column("revision", "integer", "Revision that was decided on", True),
            Column("decision", "string", "What was decided", True),
            Column("ground", "string", "Key of the ground"),
        ),
        ("line",),
        rows.moderation,
    ),
    Table(
        "quotes",
        "Quotes of confidential testimonies that stand on the site; their words stand there only, because authors may take them back",
        (
            Column("quote", "integer", "Number of the quote"),
            Column("language", "string", "Language of its words (BCP 47)", True),
            Column("month", "string", "Month in which it was published", True),
        ),
        ("quote",),
        rows.quotes,
    ),
    Table(
        "quote-sources",
        "Which quotes of confidential testimonies a recommendation was drafted from; their words stand on the site",
        (
            Column("recommendation", "integer", "Number of the recommendation"),
            Column("quote", "integer", "Number of the quote"),
            Column("since_version", "integer", "From which version on"),
        ),
        ("recommendation", "quote"),
        rows.quote_sources,
        {"recommendation": "recommendations", "quote": "quotes"},
    ),
    Table(
        "answers",
        "What became of each text and passage: the answers in force",
        (
            Column("submission", "string", "Receipt number"),
            Column("passage", "integer", "Number of the passage, 0 for the text as a whole"),
            Column("kind", "string", "taken_up, partly, noted, covered, out_of_scope or not_agreed"),
            Column("recommendation", "integer", "Number of the recommendation it names"),
            Column("clause", "string", "Key of the clause it names"),
            Column("reason", "string", "The reason"),
            Column("language", "string", "Language of the reason (BCP 47)"),
            Column("given", "datetime", "When it was given", True),
        ),
        ("submission", "passage"),
        rows.answers,
        {"submission": "submissions", "recommendation": "recommendations"},
    ),
    Table(
        "responses",
        "Official responses of bodies to recommendations and submissions: those in force",
        (
            Column("body", "string", "Key of the body"),
            Column("recommendation", "integer", "Number of the recommendation it is about"),
            Column("submission", "string", "Receipt number of the submission it is about"),
            Column("kind", "string", "accepted, partly or not_accepted"),
            Column("until", "date", "By when the body says it is done"),
            Column("text", "string", "The response, with its reasons"),
            Column("language", "string", "Language of the response (BCP 47)"),
            Column(
                "letter",
                "string",
                "The letter it was entered from by the organisers, empty where members signed it off",
            ),
            Column("digest", "string", "SHA-256 of what was signed off"),
            Column("published", "datetime", "When it was published", True),
            *_texts("name", "Name of the body"),
        ),
        ("digest",),
        rows.responses,
        {"body": "bodies", "recommendation": "recommendations", "submission": "submissions"},
    ),
    Table(
        "ballots",
        "Ballots that were counted",
        (
            Column("ballot", "integer", "Number"),
            Column("recommendation", "integer", "Number of the recommendation voted on"),
            Column("version", "integer", "Number of the version voted on"),
            Column("opened", "datetime", "When it was opened"),
            Column("closed", "datetime", "When it was closed and counted", True),
            Column("annulled", "datetime", "When it was annulled"),
            Column("rule", "string", "Key of the decision rule", True),
            Column("seats", "integer", "Seats on the roll"),
            Column("present", "integer", "Seats represented at the opening"),
            Column("outcome", "string", "Outcome under the rule", True),
            Column("input", "string", "What was counted, as JSON that consult rules evaluate reads"),
            *_texts("question", "Question"),
        ),
        ("ballot",),
        rows.ballots,
        {"recommendation": "recommendations"},
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
        rows.votes,
        {"ballot": "ballots"},
    ),
)
