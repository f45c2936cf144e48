"""What the organisers say in every letter of answer beside the answers: a greeting, whom to ask, until when."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from consult import clock
from consult.accounts.access import Actor, demand
from consult.cleaning import clean_text
from consult.consultations.models import Consultation
from consult.db import session, transaction
from consult.errors import Problem, Rejected
from consult.events.record import record
from consult.i18n import LANGUAGES, N_, Localized
from consult.outcomes.events import LetterWordsWritten
from consult.outcomes.models import LetterWords

#: Characters of each text in each language: it stands on every sheet of paper.
LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Words:
    """What stands before the answers and after them; a language that is not there says nothing in letters in that language."""

    openings: Localized = Localized()
    closings: Localized = Localized()


def words_of(consultation: uuid.UUID) -> Words:
    """Return what the organisers wrote, nothing where they wrote nothing (1 query)."""
    row = session.get(LetterWords, consultation)
    return Words() if row is None else Words(row.openings, row.closings)


def write_letter_words(words: Words, *, consultation: Consultation, actor: Actor) -> LetterWords:
    """Let every letter say this from now on. Raises Rejected, each problem at `openings_CODE` or `closings_CODE`."""
    with transaction():
        demand(actor, "letters.send", consultation)
        words = Words(_cleaned(words.openings), _cleaned(words.closings))
        if problems := list(_problems(words)):
            raise Rejected(problems)
        row = session.get(LetterWords, consultation.id, with_for_update=True)
        if row is None:
            row = LetterWords(consultation_id=consultation.id)
            session.add(row)
        row.openings, row.closings, row.written_by, row.written_at = (
            words.openings,
            words.closings,
            actor.person,
            clock.now(),
        )
        session.flush()
        said = {*words.openings, *words.closings}
        record(LetterWordsWritten(len(said)), stream=consultation.id, actor=actor.person)
        return row


def _cleaned(texts: Localized) -> Localized:
    cleaned = {code: clean_text(texts.get(code, "")) for code in LANGUAGES}
    return Localized({code: text for code, text in cleaned.items() if text})


def _problems(words: Words) -> Iterator[Problem]:
    for name, texts in (("openings", words.openings), ("closings", words.closings)):
        for code, text in texts.items():
            if len(text) > LIMIT:
                yield Problem(f"{name}_{code}", N_("Write at most %(limit)s characters.", limit=LIMIT))
