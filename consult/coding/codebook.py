"""The codebook: a tree of codes with what each covers, started from a scheme of topics, kept without losing what was coded."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.coding.events import CodebookStarted, CodeMerged, CodeRetired, CodeSaved
from consult.coding.models import Code, Theme
from consult.consultations.models import Consultation
from consult.consultations.numbering import next_number
from consult.consultations.reference import SCHEME_LABELS, topics
from consult.db import new_id, session, transaction
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.events.record import record
from consult.i18n import LANGUAGES, N_, Localized, translate

#: Codes of one codebook, levels of its tree, and characters of a name, of what a code covers, and of an example.
MOST_CODES, DEEPEST, NAME_LIMIT, MEMO_LIMIT = 300, 4, 120, 2000


@dataclass(frozen=True, slots=True)
class CodeDraft:
    """A code as written: names, what it covers and an example by language, the code above it, the theme it belongs to."""

    names: Localized
    memos: Localized = field(default_factory=Localized)
    examples: Localized = field(default_factory=Localized)
    parent: uuid.UUID | None = None
    theme: uuid.UUID | None = None


class _Placed(Protocol):
    id: uuid.UUID
    parent_id: uuid.UUID | None
    position: int


Placed = TypeVar("Placed", bound=_Placed)


def in_order(codes: Sequence[Placed]) -> Sequence[tuple[Placed, int]]:
    """Return codes as the tree reads, each with its level from 0; one whose parent is not among them stands at the top."""
    known = {code.id for code in codes}
    below: dict[uuid.UUID | None, list[Placed]] = {}
    for code in sorted(codes, key=lambda one: (one.position, one.id)):
        below.setdefault(code.parent_id if code.parent_id in known else None, []).append(code)

    def walk(parent: uuid.UUID | None, level: int) -> Iterator[tuple[Placed, int]]:
        for code in below.get(parent, ()):
            yield code, level
            yield from walk(code.id, level + 1)

    return list(walk(None, 0))


def start_codebook(scheme: str, *, consultation: Consultation, actor: Actor) -> int:
    """Take the topics of a scheme into the codebook, below a code for the scheme, and return how many are new. Raises Rejected."""
    with transaction():
        demand(actor, "coding.organise", consultation)
        wanted = [topic for topic in topics().values() if topic.scheme == scheme]
        if not wanted:
            raise Rejected(N_("Choose one of the answers."), "scheme")
        known = {code.key: code for code in _codes(consultation.id)}
        head = known.get(scheme) or _add(scheme, CodeDraft(_label(scheme)), consultation)
        fresh = [topic for topic in wanted if topic.key not in known]
        if len(known) + len(fresh) > MOST_CODES:
            raise Rejected(N_("A codebook has at most %(limit)s codes.", limit=MOST_CODES), "scheme")
        for topic in fresh:
            _add(topic.key, CodeDraft(topic.names, memos=topic.titles, parent=head.id), consultation)
        if fresh:
            record(CodebookStarted(scheme, len(fresh)), stream=consultation.id, actor=actor.person)
        return len(fresh)


def _label(scheme: str) -> Localized:
    return Localized({code: translate(SCHEME_LABELS[scheme], code) for code in LANGUAGES})


def _codes(consultation: uuid.UUID) -> Sequence[Code]:
    return session.scalars(sa.select(Code).where(Code.consultation_id == consultation)).all()


def _add(key: str, draft: CodeDraft, consultation: Consultation) -> Code:
    number = next_number(consultation.id, "code")
    row = Code(
        id=new_id(),
        consultation_id=consultation.id,
        number=number,
        key=key or f"c{number}",
        parent_id=draft.parent,
        position=number,
        names=draft.names,
        memos=draft.memos,
        examples=draft.examples,
        theme_id=draft.theme,
        created_at=clock.now(),
    )
    session.add(row)
    session.flush()
    return row


def save_code(draft: CodeDraft, *, consultation: Consultation, actor: Actor, number: int | None = None) -> Code:
    """Add a code at the end of its place, or change the one with a number. Raises Rejected, NotFound, Conflict."""
    with transaction():
        demand(actor, "coding.organise", consultation)
        known = {code.id: code for code in _codes(consultation.id)}
        row = None if number is None else _in_use(number, consultation)
        if problems := list(_problems(draft, row, known, consultation)):
            raise Rejected(problems)
        if row is None:
            row = _add("", draft, consultation)
        else:
            row.names, row.memos, row.examples = draft.names, draft.memos, draft.examples
            row.parent_id, row.theme_id = draft.parent, draft.theme
        record(CodeSaved(row.id, row.number), stream=consultation.id, actor=actor.person)
        return row


def _in_use(number: int, consultation: Consultation) -> Code:
    """Return a code that is neither merged nor retired. Raises NotFound, Conflict."""
    row = session.scalars(
        sa.select(Code).where(Code.consultation_id == consultation.id, Code.number == number).with_for_update()
    ).first()
    if row is None:
        raise NotFound
    if row.merged_into_id or row.retired_at:
        raise Conflict(N_("This code is given no more."))
    return row


def _problems(
    draft: CodeDraft, row: Code | None, known: Mapping[uuid.UUID, Code], consultation: Consultation
) -> Iterator[Problem]:
    if not draft.names:
        yield Problem("names", N_("Write a name, in at least one language."))
    for name, texts, limit in (
        ("names", draft.names, NAME_LIMIT),
        ("memos", draft.memos, MEMO_LIMIT),
        ("examples", draft.examples, MEMO_LIMIT),
    ):
        for code, text in texts.items():
            if len(text) > limit:
                yield Problem(f"{name}_{code}", N_("Write at most %(limit)s characters.", limit=limit))
    if row is None and len(known) >= MOST_CODES:
        yield Problem("", N_("A codebook has at most %(limit)s codes.", limit=MOST_CODES))
    yield from _place_problems(draft.parent, row, known)
    if draft.theme is not None and not _theme_here(draft.theme, consultation):
        yield Problem("theme", N_("Choose one of the answers."))


def _place_problems(parent: uuid.UUID | None, row: Code | None, known: Mapping[uuid.UUID, Code]) -> Iterator[Problem]:
    if parent is not None and (parent not in known or known[parent].merged_into_id or known[parent].retired_at):
        yield Problem("parent", N_("Choose one of the answers."))
        return
    above = list(_above(parent, known))
    if row is not None and row.id in above:
        yield Problem("parent", N_("A code cannot stand below itself."))
    elif len(above) + (_height(row.id, known) if row else 1) > DEEPEST:
        yield Problem("parent", N_("The tree has at most %(limit)s levels.", limit=DEEPEST))


def _above(code: uuid.UUID | None, known: Mapping[uuid.UUID, Code]) -> Iterator[uuid.UUID]:
    while code is not None:
        yield code
        code = known[code].parent_id


def _height(code: uuid.UUID, known: Mapping[uuid.UUID, Code]) -> int:
    """Return how many levels a code and what stands below it take."""
    return 1 + max((_height(one.id, known) for one in known.values() if one.parent_id == code), default=0)


def _theme_here(theme: uuid.UUID, consultation: Consultation) -> bool:
    found = sa.exists().where(Theme.id == theme, Theme.consultation_id == consultation.id)
    return session.execute(sa.select(found)).scalar_one()


def move_code(number: int, direction: str, *, consultation: Consultation, actor: Actor) -> Code:
    """Move a code `up` or `down` by one place among those beside it; at the end it stays. Raises NotFound, Conflict."""
    with transaction():
        demand(actor, "coding.organise", consultation)
        row = _in_use(number, consultation)
        beside = [
            code
            for code in sorted(_codes(consultation.id), key=lambda one: (one.position, one.id))
            if code.parent_id == row.parent_id and not code.merged_into_id and not code.retired_at
        ]
        at = beside.index(row)
        other = at - 1 if direction == "up" else at + 1
        if 0 <= other < len(beside):
            beside[at], beside[other] = beside[other], beside[at]
            for position, code in zip(sorted(code.position for code in beside), beside, strict=True):
                code.position = position
            record(CodeSaved(row.id, row.number), stream=consultation.id, actor=actor.person)
        return row


def merge_code(number: int, into: int, *, consultation: Consultation, actor: Actor) -> Code:
    """Merge a code into another one: what was coded with it stays as it was, and counts there. Raises Rejected, NotFound, Conflict."""
    with transaction():
        demand(actor, "coding.organise", consultation)
        row = _in_use(number, consultation)
        known = {code.number: code for code in _codes(consultation.id)}
        target = known.get(into)
        if target is None or target is row or target.merged_into_id or target.retired_at:
            raise Rejected(N_("Choose another code that is still in use."), "into")
        for code in known.values():
            if code.merged_into_id == row.id:
                code.merged_into_id = target.id
            if code.parent_id == row.id and code is not target:
                code.parent_id = row.parent_id
        if target.parent_id == row.id:
            target.parent_id = row.parent_id
        row.merged_into_id = target.id
        record(CodeMerged(row.id, row.number, target.number), stream=consultation.id, actor=actor.person)
        return row


def retire_code(number: int, *, consultation: Consultation, actor: Actor) -> Code:
    """Give a code no more; what was coded with it stays. Raises NotFound, Conflict."""
    with transaction():
        demand(actor, "coding.organise", consultation)
        row = _in_use(number, consultation)
        for code in _codes(consultation.id):
            if code.parent_id == row.id:
                code.parent_id = row.parent_id
        row.retired_at = clock.now()
        record(CodeRetired(row.id, row.number), stream=consultation.id, actor=actor.person)
        return row
