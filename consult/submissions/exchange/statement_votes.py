"""Votes on statements, as Polis took them: the latest of each participant on each statement, and their counts.

The files are those of Polis's own export (`votes.csv`, `comments.csv`); there 1 agrees, -1 disagrees and 0 passes. Who voted
is a number there and a number here.
"""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

import sqlalchemy as sa

from consult.accounts.access import Actor, demand
from consult.consultations.models import Consultation
from consult.db import read, session, transaction
from consult.errors import Problem, Rejected
from consult.events.record import record
from consult.i18n import N_, Message
from consult.spreadsheets import Row
from consult.spreadsheets.outcome import ImportOutcome, Rejection
from consult.submissions.events import StatementVotesBrought
from consult.submissions.exchange.models import StatementVote
from consult.submissions.models import Submission

AGREES, PASSES, DISAGREES = 1, 0, -1
_WHOLE, _VOTE = N_("Write a whole number, for example 120."), N_("A vote is 1, 0 or -1.")
#: Statements whose votes are written in one transaction, and votes of one statement of SQL.
STATEMENTS, BATCH = 50, 500


@dataclass(frozen=True, slots=True)
class VoteCounts:
    """How many participants agree with a statement, disagree with it, and passed."""

    agrees: int = 0
    disagrees: int = 0
    passes: int = 0

    @property
    def total(self) -> int:
        """All who were asked and said something."""
        return self.agrees + self.disagrees + self.passes


def statement_key(statement: int | str, conversation: str = "") -> str:
    """Return the source key of a statement: its number in its conversation, told apart from other conversations by a name."""
    return f"polis:{conversation}:{statement}" if conversation else f"polis:{statement}"


@dataclass(frozen=True, slots=True)
class _Vote:
    """A vote, the moment it was given in milliseconds, and the row of the file it stands in."""

    at: int
    value: int
    row: int


def import_votes(
    rows: Iterable[Row],
    *,
    consultation: Consultation,
    actor: Actor,
    conversation: str = "",
    dry_run: bool = False,
    after: int = 1,
    keep: Callable[[int, ImportOutcome], object] = lambda reached, part: None,
) -> ImportOutcome:
    """Take the latest vote of each participant on each statement; the votes of a statement are then those of the file.

    `imported` counts votes that are new or different, `replaced` those that their participant changed later. Statements are
    brought in first. `keep` is called within each transaction, with how far the import is and what became of the votes since;
    one that goes on begins `after` that. Raises Forbidden for an actor who may not import.
    """
    demand(actor, "submission.import", consultation)
    outcome, part = ImportOutcome(), ImportOutcome()
    latest: dict[int, dict[int, _Vote]] = defaultdict(dict)
    for row in rows:
        _note(row, latest, part)
    statements = sorted(latest)
    for start in range(0, max(len(statements), 1), STATEMENTS):
        some = statements[start : start + STATEMENTS]
        if start + len(some) < after:  # it was written before, and with the first of them what the file itself says
            part = ImportOutcome()
            continue
        with transaction():
            written = _take(some, latest, consultation, conversation, part, dry_run=dry_run)
            if written and not dry_run:
                record(StatementVotesBrought(written, part.imported), stream=consultation.id, actor=actor.person)
            keep(start + len(some) + 1, part)
        outcome.add(part)
        part = ImportOutcome()
    outcome.rejections.sort(key=lambda one: one.row)
    return outcome


def _note(row: Row, latest: dict[int, dict[int, _Vote]], outcome: ImportOutcome) -> None:
    """Keep a vote if it is its participant's latest on its statement; of two of one moment, the one further down."""
    try:
        statement, participant, vote = _read(row)
    except Rejected as rejected:
        outcome.rejections += [Rejection(row.number, p.field, p.message) for p in rejected.problems]
        return
    before = latest[statement].get(participant)
    outcome.replaced += before is not None
    if before is None or vote.at >= before.at:
        latest[statement][participant] = vote


def _read(row: Row) -> tuple[int, int, _Vote]:
    problems: list[Problem] = []

    def whole(column: str, least: int, most: int, wrong: Message = _WHOLE) -> int:
        text = row.cells[column].strip()
        digits = text.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) < 16 and least <= int(text) <= most:
            return int(text)
        problems.append(Problem(column, wrong))
        return 0

    statement, participant = whole("comment-id", 0, 2**31 - 1), whole("voter-id", 0, 2**31 - 1)
    at, value = whole("timestamp", -(2**53), 2**53), whole("vote", DISAGREES, AGREES, _VOTE)
    if problems:
        raise Rejected(problems)
    return statement, participant, _Vote(at, value, row.number)


def _take(
    statements: Collection[int],
    latest: Mapping[int, Mapping[int, _Vote]],
    consultation: Consultation,
    conversation: str,
    outcome: ImportOutcome,
    *,
    dry_run: bool,
) -> int:
    """Write the votes on some statements, and return on how many there was something to write."""
    keys = {statement_key(statement, conversation): statement for statement in statements}
    ids: dict[int, uuid.UUID] = {
        keys[str(key)]: found
        for found, key in session.execute(
            sa.select(Submission.id, Submission.source_key).where(
                Submission.consultation_id == consultation.id, Submission.source_key.in_(keys)
            )
        )
    }
    written = 0
    for statement in statements:
        votes = latest[statement]
        if statement in ids:
            written += _write(ids[statement], votes, outcome, dry_run=dry_run)
            continue
        reason = N_("There is no statement %(number)s here: bring in the file of comments first.", number=statement)
        outcome.rejections += [Rejection(vote.row, "comment-id", reason) for vote in votes.values()]
    return written


def _write(submission: uuid.UUID, votes: Mapping[int, _Vote], outcome: ImportOutcome, *, dry_run: bool) -> bool:
    there: dict[int, int] = dict(
        session.execute(
            sa.select(StatementVote.participant, StatementVote.value).where(StatementVote.submission_id == submission)
        ).all()
    )
    new = {who: vote.value for who, vote in votes.items() if there.get(who) != vote.value}
    gone = [who for who in there if who not in votes or who in new]
    outcome.imported += len(new)
    outcome.changed += sum(who in there for who in new)
    outcome.unchanged += len(votes) - len(new)
    if dry_run:
        return bool(new or gone)
    for some in _batches(gone):
        session.execute(
            sa.delete(StatementVote).where(
                StatementVote.submission_id == submission, StatementVote.participant.in_(some)
            )
        )
    for some in _batches(new):
        rows = [{"submission_id": submission, "participant": who, "value": new[who]} for who in some]
        session.execute(sa.insert(StatementVote), rows)
    return bool(new or gone)


def _batches(participants: Iterable[int]) -> Iterator[list[int]]:
    rest = iter(participants)
    while some := list(islice(rest, BATCH)):
        yield some


def vote_counts(submissions: Collection[uuid.UUID]) -> Mapping[uuid.UUID, VoteCounts]:
    """Return the counts of those submissions that votes were brought in on (1 query, 0 for none)."""
    if not submissions:
        return {}
    found: dict[uuid.UUID, Counter[int]] = defaultdict(Counter)
    rows = read(
        sa.select(StatementVote.submission_id, StatementVote.value, sa.func.count())
        .where(StatementVote.submission_id.in_(submissions))
        .group_by(StatementVote.submission_id, StatementVote.value)
    )
    for submission, value, count in rows:
        found[submission][value] = count
    return {key: VoteCounts(c[AGREES], c[DISAGREES], c[PASSES]) for key, c in found.items()}
