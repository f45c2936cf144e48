"""Translating: drafts saved and handed in, approved by somebody else or sent back; machine translations asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from consult import clock, search
from consult.accounts.access import Actor, demand
from consult.cleaning import clean_line, clean_text
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Forbidden, Problem, Rejected
from consult.events.record import record
from consult.events.types import Event
from consult.i18n import LANGUAGES, N_
from consult.runtime import runtime
from consult.submissions.events import (
    MachineTranslationAsked,
    TranslationApproved,
    TranslationHandedIn,
    TranslationReturned,
    TranslationSetAside,
)
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState
from consult.submissions.transitions import locked
from consult.submissions.translations.models import Translation, TranslationPart
from consult.submissions.translations.parts import TITLE, OriginalPart
from consult.submissions.translations.queries import IntoLanguage, case_of, original_of, present_translation
from consult.submissions.translations.states import TRANSLATED, TranslationKind

#: Characters of what is said to a writer whose translation goes back.
REMARK_LIMIT = 2000
ORIGINAL_MOVED = N_(
    "The original has a new revision since you opened this page. What you wrote is below; compare it with the new original."
)
SAVED_ELSEWHERE = N_(
    "Somebody has saved this translation since you opened the page. What you wrote is below and not saved yet; save again to keep it."
)


@dataclass(frozen=True, slots=True)
class TranslationDraft:
    """A translation as typed: `revision` of the original and `version` of the draft are what the page showed (0: no draft).

    `words` are the texts by part; `ready` hands it in for approval. What a page keeps while somebody types is not `checked`.
    """

    language: str
    revision: int
    version: int
    words: Mapping[str, str]
    ready: bool = False
    checked: bool = True


def save_translation(draft: TranslationDraft, *, submission: Submission, actor: Actor) -> Translation:
    """Save a translation, and hand it in where it is `ready`; saving is no event, handing in is.

    Raises Conflict if the original has moved or somebody else has saved meanwhile, Rejected with every problem at its part.
    """
    with transaction():
        row = _entered(submission, draft.language)
        demand(actor, "translation.write", IntoLanguage(row, draft.language))
        if draft.revision != row.revision:
            raise Conflict(ORIGINAL_MOVED)
        found = present_translation(row.id, draft.language, TranslationKind.DRAFT)
        if (found.version if found else 0) != draft.version:
            raise Conflict(SAVED_ELSEWHERE)
        parts = original_of(row, row.revision)
        words = _cleaned(draft.words, parts)
        if draft.checked and (problems := list(_problems(words, parts, whole=draft.ready))):
            raise Rejected(problems)
        made = found or _new(row, draft.language, TranslationKind.DRAFT)
        _write(made, row.revision, words, actor)
        made.handed_in_at = clock.now() if draft.ready else None
        session.flush()
        if draft.ready:
            _record(TranslationHandedIn(row.id, row.number, made.language, made.revision), row, actor)
        return made


def approve_translation(submission: Submission, language: str, version: int, *, actor: Actor) -> Translation:
    """Make a draft that was handed in official, in the version that the page showed; earlier ones are shown no more."""
    with transaction():
        row, made = _handed_in(submission, language, version, actor)
        for kind in (TranslationKind.OFFICIAL, TranslationKind.MACHINE):
            _replace(row, language, kind)
        made.kind, made.remark = TranslationKind.OFFICIAL, ""
        made.approved_by, made.approved_at = actor.person, clock.now()
        session.flush()
        _index(row)
        _record(TranslationApproved(row.id, row.number, language, made.revision), row, actor)
        return made


def return_translation(
    submission: Submission, language: str, version: int, *, remark: str, actor: Actor
) -> Translation:
    """Send a draft that was handed in back, with what its writers are to look at. Raises Rejected at `remark`."""
    with transaction():
        row, made = _handed_in(submission, language, version, actor)
        remark = clean_text(remark)
        if not remark:
            raise Rejected(N_("Say what is to be looked at again."), "remark")
        if len(remark) > REMARK_LIMIT:
            raise Rejected(N_("Write at most %(limit)s characters.", limit=REMARK_LIMIT), "remark")
        made.handed_in_at, made.remark = None, remark
        session.flush()
        _record(TranslationReturned(row.id, row.number, language), row, actor)
        return made


def set_aside(submission: Submission, language: str, *, actor: Actor) -> None:
    """Take what is shown of a text in a language out of the public eye, official or a machine's; it is kept.

    Raises Conflict where nothing is shown.
    """
    with transaction():
        row = locked(submission.id)
        demand(actor, "translation.set_aside", row)
        shown = (TranslationKind.OFFICIAL, TranslationKind.MACHINE)
        if not [kind for kind in shown if _replace(row, language, kind)]:
            raise Conflict(N_("No translation is shown in this language."))
        _index(row)
        _record(TranslationSetAside(row.id, row.number, language), row, actor)


def ask_machine(submission: Submission, language: str, *, actor: Actor) -> Translation:
    """Ask the plugins for a translation by machine; the worker fetches it. Only what everybody may read is given to one.

    Raises Conflict where no plugin translates, or the present revision was asked for already.
    """
    with transaction():
        row = _entered(submission, language)
        demand(actor, "translation.write", IntoLanguage(row, language))
        if not runtime().hooks.translates():
            raise Conflict(N_("No machine translation is installed here."))
        if row.state != SubmissionState.ACCEPTED:
            raise Conflict(N_("Only texts that everybody may read are given to a machine."))
        known = present_translation(row.id, language, TranslationKind.MACHINE)
        if known is not None and known.revision == row.revision:
            raise Conflict(N_("A machine translation of this text was asked for already."))
        _replace(row, language, TranslationKind.MACHINE)
        made = _new(row, language, TranslationKind.MACHINE)
        made.revision, made.try_at = row.revision, clock.now()
        session.flush()
        _record(MachineTranslationAsked(row.id, row.number, language), row, actor)
        return made


def write_parts(made: Translation, words: Mapping[str, str]) -> None:
    """Put these words in place of those of a translation; inside the transaction of a service."""
    session.execute(sa.delete(TranslationPart).where(TranslationPart.translation_id == made.id))
    if words:
        session.execute(
            sa.insert(TranslationPart),
            [
                {"translation_id": made.id, "submission_id": made.submission_id, "part": part, "text": text}
                for part, text in words.items()
            ],
        )


def _entered(submission: Submission, language: str) -> Submission:
    row = locked(submission.id)
    if row.state not in TRANSLATED or language not in LANGUAGES or language == row.language:
        raise Conflict(N_("This text is not translated into this language now. Look at the list again."))
    return row


def _handed_in(submission: Submission, language: str, version: int, actor: Actor) -> tuple[Submission, Translation]:
    row = _entered(submission, language)
    demand(actor, "translation.read", row)
    demand(actor, "translation.approve", case_of(row, language))
    made = present_translation(row.id, language, TranslationKind.DRAFT)
    if made is None or made.handed_in_at is None:
        raise Conflict(N_("No translation waits for approval here now."))
    if made.version != version or made.revision != row.revision:
        raise Conflict(N_("Text or translation have changed since you opened the page. Read them again."))
    return row, made


def _replace(row: Submission, language: str, kind: TranslationKind) -> bool:
    found = present_translation(row.id, language, kind)
    if found is None:
        return False
    found.replaced_at, found.try_at = clock.now(), None
    session.flush()  # before another comes: the database keeps one
    return True


def _new(row: Submission, language: str, kind: TranslationKind) -> Translation:
    made = Translation(
        id=new_id(),
        consultation_id=row.consultation_id,
        submission_id=row.id,
        language=language,
        kind=kind,
        revision=row.revision,
        version=0,
        writers=[],
    )
    session.add(made)
    return made


def _write(made: Translation, revision: int, words: Mapping[str, str], actor: Actor) -> None:
    if actor.person is None:
        raise Forbidden
    made.revision, made.version = revision, made.version + 1
    made.writers = sorted({*made.writers, str(actor.person)})
    made.written_by, made.written_at = actor.person, clock.now()
    session.flush()
    write_parts(made, words)


def _cleaned(given: Mapping[str, str], parts: Sequence[OriginalPart]) -> dict[str, str]:
    """Return what was written for parts that there are; nothing else is kept."""
    found = {}
    for part in parts:
        clean = clean_line if part.key == TITLE else clean_text
        if text := clean(given.get(part.key, "")):
            found[part.key] = text
    return found


def _problems(words: Mapping[str, str], parts: Sequence[OriginalPart], *, whole: bool) -> Iterator[Problem]:
    for part in parts:
        text = words.get(part.key, "")
        if whole and part.needed and not text:
            yield Problem(part.key, N_("Write its translation: only a whole translation is handed in."))
        if len(text) > part.limit:
            message = N_("Write at most %(limit)s characters; this has %(count)s.", limit=part.limit, count=len(text))
            yield Problem(part.key, message)


def _index(row: Submission) -> None:
    if row.state == SubmissionState.ACCEPTED:
        search.refresh(row.id)


def _record(event: Event, row: Submission, actor: Actor) -> None:
    """Record as the act of a person in an office; what an author whose name is withheld does is not among these."""
    record(event, stream=row.consultation_id, actor=actor.person)
