"""Submissions as a table that imports back to the same. Nothing private, and no name that is withheld."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from consult.accounts.access import Actor, demand
from consult.accounts.clauses import permitted
from consult.accounts.models import Body
from consult.consultations.models import Consultation, Topic
from consult.db import bytes_of, session
from consult.plugins.questions import QuestionKind
from consult.runtime import runtime
from consult.spreadsheets import demand_held
from consult.submissions.cosigning.services import cosigners_of
from consult.submissions.exchange.answer_columns import AnswerColumn, answer_columns
from consult.submissions.exchange.mapping import map_of
from consult.submissions.exchange.statement_votes import vote_counts
from consult.submissions.models import Passage, Questionnaire, Submission, SubmissionTopic
from consult.submissions.questionnaires.queries import form_of
from consult.submissions.states import SubmissionState

BATCH = 500
#: Columns for what participants of another platform thought of a statement.
VOTES = ("agrees", "disagrees", "passes")
#: Keys of the bodies that stand behind the text, separated by spaces. A signature is the body's own act: it is written here and
#: never read again, so that nobody signs for a body by a file.
COSIGNED = "cosigned"
#: The number of the version of the organisers' form that the answers are to.
FORM = "form"
#: The day on which a text came in on paper: what an import brings comes in by the import, so it is never read again.
CAME_IN = "came_in_on"
COLUMNS = (
    "number",
    "state",
    "track",
    "language",
    "title",
    "author",
    "body",
    "withheld",
    "received",
    "topics",
    "text",
    "proposals",
    "answers",
    *VOTES,
    COSIGNED,
    FORM,
    CAME_IN,
)
#: How a table that consult exported is read again: no map is needed for it.
OWN_GIVEN: Mapping[str, Any] = {
    **{part: f"{{{part}}}" for part in ("language", "title", "track", "author", "body", "received", "topics")},
    **{part: f"{{{part}}}" for part in ("withheld", "state")},
    "key": "{number}",
    "text": [{"column": "text"}],
    "proposal": [{"column": "proposals"}],
    "answer": [{"column": "answers", "key": "*"}],
}
OWN_MAP = map_of(OWN_GIVEN)
#: The columns by which such a table is known: others came later, and those of votes and signatures hold what is kept elsewhere.
OWN_COLUMNS = tuple(column for column in COLUMNS if column not in (*VOTES, COSIGNED, FORM, CAME_IN))


def export_submissions(
    consultation: Consultation,
    states: Sequence[SubmissionState] = (SubmissionState.ACCEPTED,),
    *,
    actor: Actor,
    form: str = "",
) -> tuple[tuple[str, ...], Iterator[Mapping[str, Any]]]:
    """Return the columns and the rows of an export, oldest first; plugins add columns, named after them.

    The public answers stand whole in `answers`, which is read again, and apart in a column for each question of the
    organisers' forms.

    A text that the actor may not read on its page (withdrawn, or unread where they have no part) is left out. Raises Forbidden
    for an actor who may not export, and UnwritableTable, before a row is given, where a file in the format `form` does not hold
    them all: then what texts and answers there are is looked through once. A cell that a plugin fills is met only when it is written.
    """
    demand(actor, "submission.export", consultation)
    hooks = runtime().hooks.scoped(consultation.enabled_tracks())
    extra = [column.key for column in hooks.export_columns("submissions", [])]
    asked = answer_columns(consultation.id)
    columns, wanted = (*COLUMNS, *extra, *(column.name for column in asked)), _wanted(consultation.id, states, actor)
    if form:
        demand_held(form, _count(wanted), columns, lambda most: _rows(sa.and_(wanted, _longer(most)), asked))
    return columns, _rows(wanted, asked)


def count_left_out(consultation: uuid.UUID, states: Sequence[SubmissionState], actor: Actor) -> int:
    """Count the texts in these states that an export leaves out because the actor may not read them (2 queries)."""
    there = sa.and_(Submission.consultation_id == consultation, Submission.state.in_(states))
    return _count(there) - _count(_wanted(consultation, states, actor))


def _count(rows: sa.ColumnElement[bool]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Submission).where(rows)) or 0


def _longer(most: int) -> sa.ColumnElement[bool]:
    """Return, as a condition on submissions, that their passages, with an empty line between, or their answers take more bytes."""
    present = (Passage.submission_id == Submission.id, Passage.revision == Submission.revision)
    passages = sa.select(sa.func.sum(bytes_of(Passage.text) + 2)).where(*present).scalar_subquery()
    return sa.or_(passages > most, bytes_of(sa.cast(Submission.answers, sa.Text)) > most)


def _wanted(consultation: uuid.UUID, states: Sequence[SubmissionState], actor: Actor) -> sa.ColumnElement[bool]:
    return sa.and_(permitted(actor, "submission.read", consultation), Submission.state.in_(states))


def _rows(wanted: sa.ColumnElement[bool], asked: Sequence[AnswerColumn]) -> Iterator[Mapping[str, Any]]:
    last = None
    while batch := _batch(wanted, last):
        yield from _complete(batch, asked)
        last = batch[-1]


def _batch(wanted: sa.ColumnElement[bool], last: Submission | None) -> list[Submission]:
    query = sa.select(Submission).where(wanted).order_by(Submission.received_at, Submission.id).limit(BATCH)
    if last is not None:
        query = query.where(sa.tuple_(Submission.received_at, Submission.id) > (last.received_at, last.id))
    return list(session.scalars(query))


def _complete(batch: list[Submission], asked: Sequence[AnswerColumn]) -> Iterator[Mapping[str, Any]]:
    ids = [row.id for row in batch]
    texts, topics, bodies = _passages(ids), _topics(ids), _bodies({row.body_id for row in batch if row.body_id})
    columns, votes = runtime().hooks.export_columns("submissions", ids), vote_counts(ids)
    cosigners = cosigners_of(ids)
    forms = _forms({row.questionnaire_id for row in batch if row.questionnaire_id})
    for row in batch:
        yield {
            "number": row.number,
            "state": row.state,
            "track": row.track,
            "language": row.language,
            "title": row.title,
            "author": row.author,
            "body": bodies.get(row.body_id, "") if row.body_id else "",
            "withheld": "yes" if row.withheld else "",
            "received": row.received_at.isoformat(),
            "topics": topics[row.id],
            "text": "\n\n".join(texts[row.id]["text"]),
            "proposals": "\n\n".join(texts[row.id]["proposal"]),
            "answers": {key: one for key, one in row.answers.items() if key not in forms[row.questionnaire_id][1]},
            **{part: getattr(votes.get(row.id), part, "") for part in VOTES},
            COSIGNED: " ".join(key for key, _ in cosigners.get(row.id, ())),
            FORM: forms[row.questionnaire_id][0],
            CAME_IN: row.came_in_on.isoformat() if row.came_in_on else "",
            **{column.key: column.values.get(row.id, "") for column in columns},
            **{column.name: column.cell(row) for column in asked},
        }


def _forms(ids: set[uuid.UUID]) -> Mapping[uuid.UUID | None, tuple[str, frozenset[str]]]:
    """Return the number of each version, and its questions that files answer: those do not go into a table (1 query)."""
    found: dict[uuid.UUID | None, tuple[str, frozenset[str]]] = {None: ("", frozenset())}
    versions = sa.select(Questionnaire.id, Questionnaire.version).where(Questionnaire.id.in_(ids))
    for form, version in session.execute(versions) if ids else ():
        files = frozenset(one.key for one in form_of(form).questions if one.kind is QuestionKind.FILE)
        found[form] = (str(version), files)
    return found


def _passages(ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, list[str]]]:
    found: dict[uuid.UUID, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    rows = session.execute(
        sa.select(Passage.submission_id, Passage.kind, Passage.text)
        .join(Submission, sa.and_(Submission.id == Passage.submission_id, Submission.revision == Passage.revision))
        # Said of the submissions: PostgreSQL reads the whole table of them where it is said of their passages.
        .where(Submission.id.in_(ids))
        .order_by(Passage.submission_id, Passage.number)
    )
    for submission, kind, text in rows:
        found[submission][kind].append(text)
    return found


def _topics(ids: list[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    rows = session.execute(
        sa.select(SubmissionTopic.submission_id, Topic.scheme, Topic.code)
        .join(Topic, Topic.id == SubmissionTopic.topic_id)
        .where(SubmissionTopic.submission_id.in_(ids))
        .order_by(Topic.position)
    )
    for submission, scheme, code in rows:
        found[submission].append(f"{scheme}-{code}")
    return found


def _bodies(ids: set[uuid.UUID]) -> dict[uuid.UUID, str]:
    return dict(session.execute(sa.select(Body.id, Body.key).where(Body.id.in_(ids))).all()) if ids else {}
