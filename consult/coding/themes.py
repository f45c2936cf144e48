"""Themes: what several codes say together, and what a person found it to be."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.cleaning import clean_text
from consult.coding.codebook import NAME_LIMIT
from consult.coding.events import ThemeDecided, ThemeSaved
from consult.coding.models import Code, Theme
from consult.coding.states import ThemeState
from consult.consultations.models import Consultation
from consult.consultations.numbering import next_number
from consult.db import new_id, session, transaction
from consult.errors import NotFound, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_, Localized
from consult.submissions.content import is_language

#: Characters of the note beside what a theme was found to be.
NOTE_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class ThemeDraft:
    """A theme as written: names by language, and the numbers of its codes; a code belongs to one theme at most."""

    names: Localized
    codes: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class ThemeFinding:
    """What a person found: `open`, `agreed` or `contested`, why, and the language of that."""

    state: str
    note: str = ""
    language: str = ""


def save_theme(draft: ThemeDraft, *, consultation: Consultation, actor: Actor, number: int | None = None) -> Theme:
    """Add a theme, or change the one with a number; its codes leave the themes they were in. Raises Rejected, NotFound."""
    with transaction():
        demand(actor, "coding.organise", consultation)
        codes = {c.number: c for c in session.scalars(sa.select(Code).where(Code.consultation_id == consultation.id))}
        if problems := list(_problems(draft, set(codes))):
            raise Rejected(problems)
        if number is None:
            row = Theme(
                id=new_id(),
                consultation_id=consultation.id,
                number=next_number(consultation.id, "theme"),
                names=draft.names,
                state=ThemeState.OPEN,
            )
            session.add(row)
            session.flush()
        else:
            row = _theme(number, consultation.id)
            row.names = draft.names
        for code in codes.values():
            if code.number in draft.codes:
                code.theme_id = row.id
            elif code.theme_id == row.id:
                code.theme_id = None
        record(ThemeSaved(row.id, row.number), stream=consultation.id, actor=actor.person)
        return row


def _theme(number: int, consultation: uuid.UUID) -> Theme:
    row = session.scalars(
        sa.select(Theme).where(Theme.consultation_id == consultation, Theme.number == number).with_for_update()
    ).first()
    if row is None:
        raise NotFound
    return row


def _problems(draft: ThemeDraft, known: set[int]) -> Iterator[Problem]:
    if not draft.names:
        yield Problem("names", N_("Write a name, in at least one language."))
    for code, text in draft.names.items():
        if len(text) > NAME_LIMIT:
            yield Problem(f"names_{code}", N_("Write at most %(limit)s characters.", limit=NAME_LIMIT))
    if not draft.codes <= known:
        yield Problem("codes", N_("Choose one of the answers."))


def decide_theme(finding: ThemeFinding, *, number: int, consultation: Consultation, actor: Actor) -> Theme:
    """Say that a theme is agreed or contested, with a note why; or open it again. Raises Rejected, NotFound."""
    with transaction():
        demand(actor, "coding.organise", consultation)
        row = _theme(number, consultation.id)
        note = clean_text(finding.note)
        if problems := list(_finding_problems(finding, note)):
            raise Rejected(problems)
        row.state, row.note, row.language = finding.state, note, finding.language if note else ""
        row.decided_by, row.decided_at = actor.person, clock.now()
        record(ThemeDecided(row.id, row.number, row.state), stream=consultation.id, actor=actor.person)
        return row


def _finding_problems(finding: ThemeFinding, note: str) -> Iterator[Problem]:
    if finding.state not in set(ThemeState):
        yield Problem("state", N_("Choose one of the answers."))
    elif finding.state != ThemeState.OPEN and not note:
        yield Problem("note", N_("Write what this rests on."))
    if len(note) > NOTE_LIMIT:
        yield Problem("note", N_("Write at most %(limit)s characters.", limit=NOTE_LIMIT))
    if note and not is_language(finding.language):
        yield Problem("language", N_("Choose the language you wrote in."))
