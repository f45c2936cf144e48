"""Bringing in submissions from a table: every row is imported, unchanged or rejected, and again changes nothing.

An import is the operator's recorded act and is not bound by phases. Rows are written in chunks, each one transaction: a
fault leaves whole chunks, never half a row, and running the import again goes on where it stopped.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import sqlalchemy as sa

from consult.accounts.access import Actor, allowed, demand
from consult.accounts.models import Body
from consult.consultations.models import Consultation
from consult.consultations.queries import topics_of
from consult.db import session, transaction
from consult.errors import Problem, Rejected
from consult.events.record import record_all
from consult.events.types import Event
from consult.i18n import N_
from consult.spreadsheets import Row
from consult.spreadsheets.outcome import ImportOutcome, Rejection
from consult.submissions.content import number_passages, text_problems
from consult.submissions.correcting import work_from
from consult.submissions.events import SubmissionCorrected, SubmissionReceived
from consult.submissions.exchange.imported_answers import Forms
from consult.submissions.exchange.mapping import ImportedDraft, SubmissionMap
from consult.submissions.models import Submission
from consult.submissions.review.blind import judged_blind, kept_private, set_aside, without_name
from consult.submissions.review.deciding import Review, decide_all
from consult.submissions.states import Decision, SubmissionState
from consult.submissions.tracks import questions_of
from consult.submissions.writing import Origin, Writing, write_revisions, write_submissions

CHUNK = 100
#: States in which a changed row becomes a new revision; later somebody has decided on what stood there.
REPLACEABLE = frozenset({SubmissionState.RECEIVED, SubmissionState.RETURNED})
#: States that a row may say it was in. What was accepted is accepted again if whoever imports may do that; the others wait.
STATES_READ = frozenset(SubmissionState) - {SubmissionState.WITHDRAWN}


@dataclass(frozen=True, slots=True)
class _Frame:
    """What rows are checked against: topics and bodies of the consultation, tracks that are known, their forms."""

    topics: frozenset[str]
    bodies: Mapping[str, uuid.UUID]
    tracks: frozenset[str]
    forms: Forms


def import_submissions(
    rows: Iterable[Row],
    mapping: SubmissionMap,
    *,
    consultation: Consultation,
    actor: Actor,
    dry_run: bool = False,
    progress: Callable[[int], object] = lambda count: None,
    after: int = 1,
    keep: Callable[[int, ImportOutcome], object] = lambda row, part: None,
) -> ImportOutcome:
    """Import rows under a bound map; `progress` is told how many rows were done. A dry run checks and writes nothing.

    `keep` is called within the transaction of each chunk, with the number of its last row and what became of its rows;
    an import that goes on begins `after` that row. Raises Forbidden for an actor who may not import.
    """
    demand(actor, "submission.import", consultation)
    outcome, seen = ImportOutcome(), set[str]()
    frame = _frame(consultation)
    for chunk in _chunks(rows):
        part = ImportOutcome()
        drafts = [pair for pair in _drafts(chunk, mapping, frame, seen, part) if pair[0] > after]
        part.rejections = [one for one in part.rejections if one.row > after]
        if chunk[-1].number > after:
            with transaction():
                _take(drafts, consultation, actor, frame, part, key=mapping.column_of("key"), dry_run=dry_run)
                keep(chunk[-1].number, part)
            outcome.add(part)
        progress(len(chunk))
    return outcome


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A row as it would stand, or why it would not be taken."""

    number: int
    draft: ImportedDraft | None
    rejections: Sequence[Rejection]


def look_at(rows: Iterable[Row], mapping: SubmissionMap, consultation: Consultation) -> list[LookedAt]:
    """Return rows as they would stand under a bound map, without asking what is there already; nothing is written."""
    frame, seen, outcome = _frame(consultation), set[str](), ImportOutcome()
    given = list(rows)
    drafts = dict(_drafts(given, mapping, frame, seen, outcome))
    return [
        LookedAt(row.number, drafts.get(row.number), [one for one in outcome.rejections if one.row == row.number])
        for row in given
    ]


def _frame(consultation: Consultation) -> _Frame:
    bodies = dict(session.execute(sa.select(Body.key, Body.id)).all())
    topics = frozenset(topic.slug for topic in topics_of(consultation.id))
    return _Frame(topics, bodies, frozenset(track.key for track in consultation.tracks), Forms(consultation))


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    source = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        yield chunk


def _drafts(
    rows: Iterable[Row], mapping: SubmissionMap, frame: _Frame, seen: set[str], outcome: ImportOutcome
) -> Iterator[tuple[int, ImportedDraft]]:
    for row in rows:
        try:
            draft = mapping.draft(row.cells)
            problems = list(_problems(draft, frame, seen))
            draft, unfit = frame.forms.checked(draft)
            if problems := [Problem(mapping.column_of(one.field), one.message) for one in (*problems, *unfit)]:
                raise Rejected(problems)
        except Rejected as rejected:
            outcome.rejections += [Rejection(row.number, p.field, p.message) for p in rejected.problems]
            continue
        seen.add(draft.source_key)
        yield row.number, draft


def _problems(draft: ImportedDraft, frame: _Frame, seen: set[str]) -> Iterator[Problem]:
    yield from text_problems(draft.title, draft.text, draft.proposals, needs_text=False)
    if draft.source_key in seen:
        yield Problem("key", N_("Another row of this file has the key “%(key)s”.", key=draft.source_key))
    if draft.track and draft.track not in frame.tracks:
        yield Problem("track", N_("This consultation has no track “%(track)s”.", track=draft.track))
    if draft.body and draft.body not in frame.bodies:
        yield Problem("body", N_("There is no body with the code “%(code)s”.", code=draft.body))
    if draft.state and draft.state not in STATES_READ:
        yield Problem("state", N_("A submission cannot come in with the state “%(state)s”.", state=draft.state))
    for slug in draft.topics:
        if slug not in frame.topics:
            yield Problem("topics", N_("This consultation has no topic “%(topic)s”.", topic=slug))


def _take(
    drafts: list[tuple[int, ImportedDraft]],
    consultation: Consultation,
    actor: Actor,
    frame: _Frame,
    outcome: ImportOutcome,
    *,
    key: str,
    dry_run: bool,
) -> None:
    """Write what is new or changed; `key` is the column of the key, at which the others are refused."""
    here, keys = Submission.consultation_id == consultation.id, [draft.source_key for _, draft in drafts]
    known = {
        row.source_key: row
        for row in session.scalars(sa.select(Submission).where(here, Submission.source_key.in_(keys)))
    }
    # A table that was taken out of this consultation: a number alone may be that of another one's text.
    own = sa.select(Submission.number, Submission.received_at).where(here, Submission.number.in_(keys))
    stands_here = {(number, at) for number, at in session.execute(own)}
    taken = []
    for number, draft in drafts:
        row = known.get(draft.source_key)
        if row is None and (draft.source_key, draft.received_at) in stands_here:
            reason = N_("%(number)s stands here already: no file changes it.", number=draft.source_key)
            outcome.rejections.append(Rejection(number, key, reason))
        elif row is not None and row.source_hash == draft.hash:
            outcome.unchanged += 1
        elif row is not None and row.state not in REPLACEABLE:
            reason = N_("A submission with this key was decided on already: %(number)s.", number=row.number)
            outcome.rejections.append(Rejection(number, key, reason))
        elif row is not None and row.state == SubmissionState.RECEIVED and (said := work_from(row)) is not None:
            outcome.rejections.append(Rejection(number, key, said))
        else:
            outcome.imported += 1
            outcome.changed += row is not None
            taken.append(_text_of(draft, row, consultation, frame))
    if taken and not dry_run:
        _write(taken, consultation, actor)


@dataclass(frozen=True, slots=True)
class _Text:
    """A row as it is written: what it says, whom it is from, the submission that it changes (None: a new one)."""

    draft: ImportedDraft
    writing: Writing
    origin: Origin
    row: Submission | None
    blind: bool

    @property
    def shown(self) -> Origin:
        """Whom it is from, as others may know it."""
        return without_name(self.origin) if self.blind else self.origin


def _text_of(draft: ImportedDraft, row: Submission | None, consultation: Consultation, frame: _Frame) -> _Text:
    blind = judged_blind(consultation, draft.track, None if row is None else row.id)
    private = frozenset[str]()
    if blind or draft.withheld:
        private = kept_private(questions_of(consultation, draft.track, draft.questionnaire), nameless=True)
    writing = Writing(
        title=draft.title,
        language=draft.language,
        passages=number_passages(draft.text, draft.proposals),
        topics=draft.topics,
        answers={key: answer for key, answer in draft.answers.items() if key not in private},
        private_answers={
            **draft.private_answers,
            **{key: answer for key, answer in draft.answers.items() if key in private},
        },
        questionnaire=draft.questionnaire,
    )
    origin = Origin(
        track=draft.track,
        body=frame.bodies.get(draft.body),
        author="" if draft.body else draft.author,
        withheld=draft.withheld,
        channel="import",
        received_at=draft.received_at,
        source_key=draft.source_key,
        source_hash=draft.hash,
    )
    return _Text(draft, writing, origin, row, blind)


def _write(texts: Sequence[_Text], consultation: Consultation, actor: Actor) -> None:
    """Write texts and record each as an event of its own, in the order of the file; then accept those that may be."""
    new = [(text.writing, text.shown) for text in texts if text.row is None]
    changed = [(_as_received(text.row, text), text.writing) for text in texts if text.row is not None]
    made = iter(write_submissions(new, consultation=consultation, by=actor.person))
    corrected = iter(write_revisions(changed, by=actor.person) if changed else ())
    rows: list[Submission] = []
    events: list[Event] = []
    for text in texts:
        if text.row is None:
            row, revision = next(made)
            events.append(
                SubmissionReceived(row.id, row.number, row.track, row.body_id, row.channel, revision.fingerprint)
            )
        else:
            row, revision = text.row, next(corrected)
            events.append(SubmissionCorrected(row.id, row.number, row.revision, revision.fingerprint))
        rows.append(row)
        if text.blind:
            set_aside(row, text.origin)
    record_all(events, stream=consultation.id, actor=actor.person)
    accepted = [
        row.id
        for text, row in zip(texts, rows, strict=True)
        if text.draft.state == SubmissionState.ACCEPTED and allowed(actor, "submission.review", row)
    ]
    if accepted:
        decide_all(accepted, Decision.ACCEPT, Review("in_order"), actor)


def _as_received(row: Submission, text: _Text) -> Submission:
    """Return a submission as a changed row of the file makes it: it waits again, under whatever name the row says."""
    shown = text.shown
    row.source_hash, row.state, row.decided_at = text.draft.hash, SubmissionState.RECEIVED, None
    row.track, row.withheld = text.draft.track, shown.withheld
    row.body_id = None if shown.withheld else shown.body
    row.author = "" if shown.withheld else shown.author
    return row
