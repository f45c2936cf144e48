"""No silence: an edition that comes while accepted submissions have no answer says how many, and why."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from consult.cleaning import clean_text
from consult.errors import Problem, Rejected
from consult.i18n import N_
from consult.recommendations.answer_queries import count_unanswered
from consult.submissions.content import is_language

#: Characters of the reason, which stands on the page of the edition.
REASON_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Silence:
    """Why an edition is published although submissions have no answer: the reason, which everybody reads, and its language."""

    reason: str
    language: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """How many accepted submissions have no answer when an edition is made, and the reason given for it."""

    count: int = 0
    reason: str = ""
    language: str = ""


def unanswered_with_reason(consultation: uuid.UUID, silence: Silence | None) -> Unanswered:
    """Return how many have no answer, and why (1 query); raises Rejected where there are some and no reason."""
    count = count_unanswered(consultation)
    if not count:
        return Unanswered()
    reason = clean_text(silence.reason) if silence else ""
    language = silence.language if silence else ""
    if problems := list(_problems(reason, language)):
        raise Rejected(problems)
    return Unanswered(count, reason, language)


def _problems(reason: str, language: str) -> Iterator[Problem]:
    if not reason:
        yield Problem("silence", N_("Write why submissions have no answer yet: the reason is published."))
    elif not is_language(language):
        yield Problem("silence_language", N_("Choose the language you wrote in."))
    if len(reason) > REASON_LIMIT:
        yield Problem("silence", N_("Write at most %(limit)s characters.", limit=REASON_LIMIT))
