"""The tables of the open data: what each holds, what its columns mean, and what refers to what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from consult.accounts.access import Actor
from consult.consultations.models import Consultation
from consult.i18n import LANGUAGES
from consult.outcomes import open_data_rows as rows
from consult.outcomes.open_data_files import MOST_MEGABYTES

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

    Without `rows` they come with the files that are packed. `refers` says which of its columns, where it is not empty, is the key
    of which other table.
    """

    name: str
    about: str
    columns: Sequence[Column]
    key: Sequence[str]
    rows: Callable[[Consultation, Actor], Iterator[Row]] | None
    refers: Mapping[str, str] = field(default_factory=dict)


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
        None,
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
            Column(
                "in_place_of", "string", "Key of the body that was asked, where it had gone into the one that responded"
            ),
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
        {"body": "bodies", "in_place_of": "bodies", "recommendation": "recommendations", "submission": "submissions"},
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
