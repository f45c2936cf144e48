"""What is done with sheets: printed, entered by two who do not see each other, settled by a third, set aside, written down."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.consultations.models import Consultation
from consult.consultations.numbering import next_number
from consult.consultations.phases import Right
from consult.consultations.rights import demand_right
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, Problem, Rejected
from consult.events.record import record
from consult.i18n import LANGUAGES, N_
from consult.paper.boxes import WITHHELD, Box, boxes_of, cleaned
from consult.paper.comparing import compared
from consult.paper.events import EntriesCompared, SheetEntered, SheetSetAside, SheetSettled, SheetsPrinted
from consult.paper.handing_in import hand_in
from consult.paper.models import Comparison, Entry, Sheet
from consult.paper.numbers import MOST
from consult.paper.policies import TwiceEntered
from consult.paper.receiving import day_of, demand_in_time, received
from consult.paper.states import Channel, SheetState, VoidReason, demand_transition
from consult.submissions.models import Questionnaire
from consult.submissions.questionnaires.queries import open_form_of
from consult.submissions.questionnaires.states import FormState
from consult.submissions.tracks import demand_track

#: So many sheets are printed at once.
MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class PrintDraft:
    """Sheets to be printed: of which track's form, in which language, how many."""

    track: str
    language: str
    count: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """How the differing boxes of a sheet are settled: by box 1 or 2 for an entry that is right, else 0 and what stands there."""

    chosen: Mapping[str, int]
    answers: Mapping[str, Any]


def print_sheets(draft: PrintDraft, *, consultation: Consultation, actor: Actor) -> list[Sheet]:
    """Take the next numbers for sheets of a track's form as it is now. Raises Rejected, and Conflict if the track is not there."""
    with transaction():
        demand(actor, "paper.desk", consultation)
        _demand_track(consultation, draft.track, actor, "paper.desk")
        if problems := list(_print_problems(draft)):
            raise Rejected(problems)
        demand_track(consultation, draft.track)
        first = _number(consultation)
        numbers = [first, *(_number(consultation) for _ in range(draft.count - 1))]
        form = open_form_of(consultation.id, draft.track)
        made = [_sheet(draft, number, first, Channel.PAPER, consultation, actor, form) for number in numbers]
        session.flush()
        record(
            SheetsPrinted(draft.track, draft.language, first, numbers[-1]), stream=consultation.id, actor=actor.person
        )
        return made


def _print_problems(draft: PrintDraft) -> list[Problem]:
    problems = []
    if draft.language not in LANGUAGES:
        problems.append(Problem("language", N_("Choose a language.")))
    if not 1 <= draft.count <= MOST_AT_ONCE:
        problems.append(
            Problem("count", N_("Write a whole number from %(low)s to %(high)s.", low=1, high=MOST_AT_ONCE))
        )
    return problems


def _number(consultation: Consultation) -> int:
    number = next_number(consultation.id, "sheet")
    if number > MOST:
        raise Conflict(N_("This consultation has printed as many sheets as there are numbers: %(most)s.", most=MOST))
    return number


def _demand_track(consultation: Consultation, track: str, actor: Actor, permission: str) -> None:
    """Raise Rejected for a track the consultation does not have, Forbidden where the actor's role does not reach it."""
    if track not in consultation.enabled_tracks():
        raise Rejected(N_("Choose a track that is switched on."), "track")
    demand(actor, permission, Sheet(consultation_id=consultation.id, track=track))


def _sheet(
    draft: PrintDraft,
    number: int,
    run: int,
    channel: Channel,
    consultation: Consultation,
    actor: Actor,
    form: uuid.UUID | None,
) -> Sheet:
    made = Sheet(
        id=new_id(),
        consultation_id=consultation.id,
        number=number,
        run=run,
        channel=channel,
        track=draft.track,
        language=draft.language,
        questionnaire_id=form,
        boxes=[box.question.key for box in boxes_of(consultation, draft.track, form) if box.number],
        state=SheetState.PRINTED,
        printed_by=actor.person,
        printed_at=clock.now(),
    )
    session.add(made)
    return made


def locked(sheet: uuid.UUID) -> Sheet:
    """Return a sheet that nobody else changes until this transaction ends."""
    return session.get_one(Sheet, sheet, with_for_update=True, populate_existing=True)


def boxes_on(sheet: Sheet, consultation: Consultation) -> list[Box]:
    """Return the boxes of a sheet as they are numbered on it (at most 2 queries)."""
    return boxes_of(consultation, sheet.track, sheet.questionnaire_id, sheet.boxes)


def enter(sheet: Sheet, given: Mapping[str, Any], *, consultation: Consultation, actor: Actor) -> Sheet:
    """Enter a sheet, for the first or the second time; the second time the entries are compared.

    Where they agree, it is handed in; where they differ, a third person settles it. Raises Rejected with every problem at its
    box, and Conflict if it was entered by two already, or by this clerk.
    """
    with transaction():
        row = locked(sheet.id)
        demand(actor, "paper.enter", row)
        if actor.person is None:
            raise Forbidden
        demand_in_time(row, consultation)
        earlier = entries_of(row.id)
        if any(one.entered_by == actor.person for one in earlier):
            raise Conflict(N_("You have entered this sheet already. Somebody else enters it the second time."))
        demand_transition(row.state, SheetState.DIFFERS if earlier else SheetState.ENTERED)
        boxes = boxes_on(row, consultation)
        answers = cleaned(boxes, given, row.language)
        _write_entry(row, answers, len(earlier) + 1, actor)
        if earlier:
            _compare(row, boxes, earlier[0].answers, answers, consultation, actor)
        else:
            row.state = SheetState.ENTERED
        return row


def entries_of(sheet: uuid.UUID) -> list[Entry]:
    """Return the entries of a sheet, the first first (1 query)."""
    return list(session.scalars(sa.select(Entry).where(Entry.sheet_id == sheet).order_by(Entry.place)))


def _write_entry(
    row: Sheet, answers: dict[str, Any], place: int, actor: Actor, identity: uuid.UUID | None = None
) -> None:
    entry = Entry(id=identity or new_id(), sheet_id=row.id, place=place, answers=answers)
    entry.entered_by, entry.entered_at = actor.person, clock.now()
    session.add(entry)
    session.flush()
    by = None if answers.get(WITHHELD) else actor.person  # a clerk tells the place
    record(SheetEntered(row.id, row.number, place), actor=by)


def _compare(
    row: Sheet,
    boxes: list[Box],
    first: Mapping[str, Any],
    second: Mapping[str, Any],
    consultation: Consultation,
    actor: Actor,
) -> None:
    found = compared(boxes, first, second)
    session.add_all(Comparison(sheet_id=row.id, box=box, differed=differed) for box, differed in found.items())
    record(EntriesCompared(row.id, row.number, len(found), sum(found.values())), actor=None)
    if any(found.values()):
        row.state = SheetState.DIFFERS
    else:
        hand_in(row, first, consultation=consultation, actor=actor)


def settle(sheet: Sheet, settlement: Settlement, *, consultation: Consultation, actor: Actor) -> Sheet:
    """Decide, box by box, what stands on a sheet where two entries differ, and hand it in.

    Raises Rejected where a box is not decided, Forbidden for either of the two who entered it.
    """
    with transaction():
        row = locked(sheet.id)
        entries = entries_of(row.id)
        demand(actor, "paper.settle", TwiceEntered(row, frozenset(one.entered_by for one in entries)))
        if row.state != SheetState.DIFFERS:
            raise Conflict
        differing = session.scalars(
            sa.select(Comparison).where(Comparison.sheet_id == row.id, Comparison.differed)
        ).all()
        open_boxes = [one.box for one in differing if settlement.chosen.get(one.box) not in (0, 1, 2)]
        if open_boxes:
            raise Rejected(Problem(box, N_("Say what stands on the sheet.")) for box in open_boxes)
        answers = dict(entries[0].answers)
        for one in differing:
            chosen = settlement.chosen[one.box]
            source = entries[chosen - 1].answers if chosen else settlement.answers
            answers.pop(one.box, None)
            if one.box in source:
                answers[one.box] = source[one.box]
            one.settled_by = actor.person
        final = cleaned(boxes_on(row, consultation), answers, row.language)
        by = None if final.get(WITHHELD) else actor.person
        record(SheetSettled(row.id, row.number), actor=by)
        hand_in(row, final, consultation=consultation, actor=actor)
        return row


def set_aside(sheet: Sheet, reason: VoidReason, *, actor: Actor) -> Sheet:
    """Set a sheet aside that does not become a submission; what was entered from it is emptied."""
    with transaction():
        row = locked(sheet.id)
        demand(actor, "paper.enter", row)
        demand_transition(row.state, SheetState.VOID)
        row.state, row.void_reason, row.done_at, row.code_hash = SheetState.VOID, reason, clock.now(), None
        session.execute(sa.update(Entry).where(Entry.sheet_id == row.id).values(answers={}))
        record(SheetSetAside(row.id, row.number, reason), actor=actor.person)
        return row


@dataclass(frozen=True, slots=True)
class AssistDraft:
    """A position that a clerk writes down for somebody: the same `id` is handed in once, however often it comes.

    `asked` is the version of the organisers' form that its page asked, None for the one that is open now.
    """

    track: str
    language: str
    answers: Mapping[str, Any]
    id: uuid.UUID
    asked: uuid.UUID | None = None


def form_asked(consultation: uuid.UUID, track: str, asked: uuid.UUID | None) -> uuid.UUID | None:
    """Return the version that a clerk's page asked, though a newer one was opened meanwhile; else the one that is open now."""
    row = session.get(Questionnaire, asked) if asked is not None else None
    if row is None or (row.consultation_id, row.track) != (consultation, track) or row.state == FormState.DRAFT:
        return open_form_of(consultation, track)
    return row.id


def assist(draft: AssistDraft, *, consultation: Consultation, actor: Actor) -> Sheet:
    """Write down a position for somebody who stands before the clerk, and hand it in: a sheet that is entered once.

    Raises Conflict if no phase is open, and Rejected with every problem at its box. A clerk writes; nobody votes through one.
    """
    with transaction():
        demand(actor, "paper.enter", consultation)
        _demand_track(consultation, draft.track, actor, "paper.enter")
        if (done := session.get(Entry, draft.id)) is not None:
            if done.entered_by != actor.person:
                raise Conflict
            return session.get_one(Sheet, done.sheet_id)
        demand_right(consultation, Right.SUBMIT)
        if problems := _print_problems(PrintDraft(draft.track, draft.language, 1)):
            raise Rejected(problems)
        form = form_asked(consultation.id, draft.track, draft.asked)
        answers = cleaned(boxes_of(consultation, draft.track, form), draft.answers, draft.language)
        number = _number(consultation)
        printed = PrintDraft(draft.track, draft.language, 1)
        row = _sheet(printed, number, number, Channel.ASSISTED, consultation, actor, form)
        session.flush()
        received(row, day_of(clock.now(), consultation))
        _write_entry(row, answers, 1, actor, draft.id)
        hand_in(row, answers, consultation=consultation, actor=actor)
        return row
