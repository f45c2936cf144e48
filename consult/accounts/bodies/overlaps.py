"""That a mandate overlaps another body's: recorded by hand, with a note in three languages and where it was read.

Bodies at one level and in one region that are charged with one topic are counted by `consult.submissions.figures.coverage`.
What is recorded here says more: that two mandates claim the same thing, and what. It belongs to both mandates, stands with
both bodies, and holds as long as both of them do. Whoever replaces a mandate says of each overlap whether the new wording has
it too (`take_along`): then it is recorded of the new one as well. What was stays with the mandate that was, and so does what
is not taken along. A mandate that goes to the heir of a body that ends says the same there, and so has every overlap too, but
those with the heir's own and with what has ended (`hand_over`).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from consult.accounts.access import Actor, demand
from consult.accounts.bodies.events import BodyEntryRemoved, MandateOverlapSaved
from consult.accounts.bodies.life import body_in_force
from consult.accounts.bodies.models import LONGEST_LINE, LONGEST_TEXT, Mandate, MandateOverlap
from consult.accounts.bodies.queries import Relative, has_ended, holds_today
from consult.accounts.models import Body
from consult.db import insert_into, new_id, session, transaction
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
    """An overlap as one of its bodies sees it: its own mandate, the other body and that one's, a note.

    `present` says whether both hold today, `former` whether one of them held once and does not any more, `theirs_ended`
    whether the other body's does not.
    """

    id: uuid.UUID
    mandate: uuid.UUID
    own: Localized
    body: Relative
    theirs: Localized
    notes: Localized
    source: str
    present: bool
    former: bool
    theirs_ended: bool


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
            row = _keep([one for one in (draft.mandate, draft.other) if one], draft.notes, draft.source)
        row.notes, row.source = draft.notes, draft.source
        session.flush()
        record(MandateOverlapSaved(held.id, row.id, row.mandate_id, row.other_id), actor=actor.person)
        return row


def _keep(pair: Sequence[uuid.UUID], notes: Localized, source: str) -> MandateOverlap:
    """Keep that two mandates overlap, in the caller's transaction. Raises Rejected where it is on record, if only just."""
    one, other = sorted(pair)
    values = {"mandate_id": one, "other_id": other, "notes": notes, "source": source}
    kept = insert_into(MandateOverlap).values(id=new_id(), **values).on_conflict_do_nothing().returning(MandateOverlap)
    row = session.scalars(kept).first()
    if row is None:
        raise Rejected(N_("That these two overlap is on record already."), "other")
    return row


def take_along(overlaps: Collection[uuid.UUID], *, former: Mandate, mandate: Mandate, actor: Actor) -> None:
    """Record of a mandate that it has these overlaps of the one whose place it takes, in the caller's transaction.

    Raises Rejected for one that is not on record any more.
    """
    chosen = sa.select(MandateOverlap).where(MandateOverlap.id.in_(overlaps), _is_of(former.id))
    taken = {
        row.other_id if row.mandate_id == former.id else row.mandate_id: row
        for row in session.scalars(chosen.order_by(MandateOverlap.id))
    }
    if len(taken) < len(set(overlaps)) or len(_held(taken)) < len(taken):
        raise Rejected(N_("One of them is not on record any more. Look at the list again."), "overlaps")
    for other, was in taken.items():
        row = _keep((mandate.id, other), was.notes, was.source)
        record(MandateOverlapSaved(mandate.body_id, row.id, row.mandate_id, row.other_id), actor=actor.person)


def hand_over(*, former: Mandate, mandate: Mandate, actor: Actor) -> None:
    """Record of a mandate that goes to an heir what it overlapped: all that has not ended, but the heir's own; in the caller's transaction."""
    taken = [one.id for one in overlaps_to_take(former.body_id, former.id) if one.body.id != mandate.body_id]
    take_along(taken, former=former, mandate=mandate, actor=actor)


def has_others(mandate: uuid.UUID, *, than: uuid.UUID) -> bool:
    """Tell whether anything is recorded of a mandate that is not recorded, in the same words, of the one whose place it took (2 queries)."""
    then = _said_of(than)
    return any(said not in then for said in _said_of(mandate))


def _said_of(mandate: uuid.UUID) -> Sequence[tuple[uuid.UUID, Localized, str]]:
    """Return which mandates one overlaps, each with the note and where it was read (1 query)."""
    return [
        (row.other_id if row.mandate_id == mandate else row.mandate_id, row.notes, row.source)
        for row in session.scalars(sa.select(MandateOverlap).where(_is_of(mandate)))
    ]


def _held(mandates: Collection[uuid.UUID]) -> Mapping[uuid.UUID, Mandate]:
    """Return those of these mandates that are there; nobody takes one off its record before the transaction has ended."""
    query = sa.select(Mandate).where(Mandate.id.in_(mandates)).with_for_update(read=True, key_share=True)
    return {one.id: one for one in session.scalars(query)}


def clear_overlaps(mandate: uuid.UUID) -> None:
    """Take off what a mandate that is to be deleted overlaps, in the caller's transaction."""
    session.execute(sa.delete(MandateOverlap).where(_is_of(mandate)))


def _is_of(mandate: uuid.UUID) -> sa.ColumnElement[bool]:
    return sa.or_(MandateOverlap.mandate_id == mandate, MandateOverlap.other_id == mandate)


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
    there = _held([one for one in (draft.mandate, draft.other) if one])
    own, other = (there.get(one) if one else None for one in (draft.mandate, draft.other))
    if own is None or own.body_id != body:
        yield Problem("mandate", N_("Choose the mandate of this body."))
    if other is None or other.body_id == body:
        yield Problem("other", N_("Choose the mandate of the other body."))


def overlaps_of(body: uuid.UUID, which: sa.ColumnElement[bool] | None = None) -> Sequence[OverlapRead]:
    """Return what is recorded of a body's mandates (1 query): what holds today, then what is to come, then what was; of other bodies only those that `which` takes."""
    own, theirs = aliased(Mandate), aliased(Mandate)
    both = (MandateOverlap.mandate_id, MandateOverlap.other_id)
    rows = session.execute(
        sa.select(MandateOverlap, own, theirs, Body, holds_today(own), holds_today(theirs))
        .add_columns(has_ended(own), has_ended(theirs))
        .select_from(own)
        .join(MandateOverlap, sa.or_(*(side == own.id for side in both)))
        .join(theirs, sa.and_(theirs.id.in_(both), theirs.id != own.id))
        .join(Body, Body.id == theirs.body_id)
        .where(own.body_id == body, sa.true() if which is None else which)
        .order_by(Body.search_names, Body.key, MandateOverlap.id)
    )
    found = []
    for row, mine, other, near, own_holds, theirs_hold, own_ended, theirs_ended in rows:
        words = (Relative(near.id, near.key, near.names, near.valid_to), other.texts, row.notes, row.source)
        when = (own_holds and theirs_hold, own_ended or theirs_ended, theirs_ended)
        found.append(OverlapRead(row.id, mine.id, mine.texts, *words, *map(bool, when)))
    return sorted(found, key=lambda overlap: (overlap.former, not overlap.present))


def overlaps_to_take(body: uuid.UUID, mandate: uuid.UUID) -> Sequence[OverlapRead]:
    """Return the overlaps of a mandate that another in its place may have too (1 query): those with what has not ended."""
    return [one for one in overlaps_of(body) if one.mandate == mandate and not one.theirs_ended]
