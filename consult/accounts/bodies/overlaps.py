"""That a mandate overlaps another body's: recorded by hand, with a note in three languages and where it was read.

Bodies at one level and in one region that are charged with one topic are counted by `consult.submissions.figures.coverage`.
What is recorded here says more: that two mandates claim the same thing, and what. It belongs to both mandates, stands with
both bodies, and holds as long as both of them do; once one is replaced or has ended, it stays with what was before.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.bodies.events import BodyEntryRemoved, MandateOverlapSaved
from consult.accounts.bodies.life import body_in_force
from consult.accounts.bodies.models import Mandate, MandateOverlap
from consult.accounts.bodies.queries import Relative
from consult.accounts.bodies.record import LONGEST_LINE, LONGEST_TEXT
from consult.accounts.models import Body
from consult.db import new_id, session, transaction
from consult.errors import NotFound, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_, Localized


@dataclass(frozen=True, slots=True)
class OverlapDraft:
    """That a mandate overlaps another: both, what they both claim, and where that was read."""

    mandate: uuid.UUID | None
    other: uuid.UUID | None
    notes: Localized
    source: str


@dataclass(frozen=True, slots=True)
class OverlapRead:
    """An overlap as one of its bodies sees it: its own mandate, the other body and that one's, a note; `present` says whether both hold today."""

    id: uuid.UUID
    mandate: uuid.UUID
    own: Localized
    body: Relative
    theirs: Localized
    notes: Localized
    source: str
    present: bool


def save_overlap(
    draft: OverlapDraft, *, body: uuid.UUID, actor: Actor, overlap: uuid.UUID | None = None
) -> MandateOverlap:
    """Record that a mandate of a body overlaps another body's, or mend the note of one. Raises Rejected, Conflict, NotFound."""
    with transaction():
        demand(actor, "body.register")
        held = body_in_force(body)
        row = _found(overlap, held.id) if overlap is not None else None
        if problems := [*_words_problems(draft), *([] if row else _pair_problems(draft, held.id))]:
            raise Rejected(problems)
        if row is None:
            row = MandateOverlap(id=new_id(), mandate_id=draft.mandate, other_id=draft.other)
            session.add(row)
        row.notes, row.source = draft.notes, draft.source
        session.flush()
        record(MandateOverlapSaved(held.id, row.id, row.mandate_id, row.other_id), actor=actor.person)
        return row


def remove_overlap(overlap: uuid.UUID, *, body: uuid.UUID, actor: Actor) -> None:
    """Take off an overlap that was entered by mistake, from both bodies. Raises Conflict, NotFound."""
    with transaction():
        demand(actor, "body.register")
        held = body_in_force(body)
        session.delete(_found(overlap, held.id))
        record(BodyEntryRemoved(body=held.id, entry=overlap, kind="overlap"), actor=actor.person)


def _found(overlap: uuid.UUID, body: uuid.UUID) -> MandateOverlap:
    row = session.get(MandateOverlap, overlap)
    if row is None or body not in {session.get_one(Mandate, one).body_id for one in (row.mandate_id, row.other_id)}:
        raise NotFound
    return row


def _words_problems(draft: OverlapDraft) -> Iterator[Problem]:
    if not draft.notes:
        yield Problem("notes", N_("Say what both mandates claim, in at least one language."))
    elif any(len(text) > LONGEST_TEXT for text in draft.notes.values()):
        yield Problem("notes", N_("Write at most %(limit)s characters.", limit=LONGEST_TEXT))
    if not draft.source:
        yield Problem("source", N_("Say where this is written."))
    elif len(draft.source) > LONGEST_LINE:
        yield Problem("source", N_("Write at most %(limit)s characters.", limit=LONGEST_LINE))


def _pair_problems(draft: OverlapDraft, body: uuid.UUID) -> Iterator[Problem]:
    own, other = (session.get(Mandate, one) if one else None for one in (draft.mandate, draft.other))
    if own is None or own.body_id != body:
        yield Problem("mandate", N_("Choose the mandate of this body."))
    if other is None or other.body_id == body:
        yield Problem("other", N_("Choose the mandate of the other body."))
    if own is None or other is None:
        return
    pair, back = (MandateOverlap.mandate_id, MandateOverlap.other_id), sa.tuple_
    known = sa.or_(back(*pair) == back(own.id, other.id), back(*pair) == back(other.id, own.id))
    if session.scalar(sa.select(sa.exists().where(known))):
        yield Problem("other", N_("That these two overlap is on record already."))


def overlaps_of(body: uuid.UUID, which: sa.ColumnElement[bool] | None = None) -> Sequence[OverlapRead]:
    """Return what is recorded of a body's mandates (1 query), what holds today first; of other bodies only those that `which` takes."""
    own, theirs = aliased(Mandate), aliased(Mandate)
    both = (MandateOverlap.mandate_id, MandateOverlap.other_id)
    rows = session.execute(
        sa.select(MandateOverlap, own, theirs, Body.id, Body.key, Body.names, Body.valid_to)
        .select_from(own)
        .join(MandateOverlap, sa.or_(*(side == own.id for side in both)))
        .join(theirs, sa.and_(theirs.id.in_(both), theirs.id != own.id))
        .join(Body, Body.id == theirs.body_id)
        .where(own.body_id == body, sa.true() if which is None else which)
        .order_by(Body.search_names, Body.key, MandateOverlap.id)
    )
    found = []
    for row, mine, other, identity, key, names, ended in rows:
        present = all(holds_on(clock.now().date(), mandate) for mandate in (mine, other))
        words = (mine.id, mine.texts, Relative(identity, key, names, ended), other.texts, row.notes, row.source)
        found.append(OverlapRead(row.id, *words, present))
    return sorted(found, key=lambda overlap: not overlap.present)


def holds_on(day: date, mandate: Mandate) -> bool:
    """Tell whether a mandate is in force on a day."""
    begun = mandate.valid_from is None or mandate.valid_from <= day
    return begun and (mandate.valid_to is None or mandate.valid_to > day)
