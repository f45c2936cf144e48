"""No silence: an edition, or the end of the phase, that comes while submissions have no answer says how many, and why."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.cleaning import clean_text
from consult.consultations.ending import Silence, before_last_ends
from consult.consultations.models import Consultation
from consult.consultations.phases import Right, end_of
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Problem, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.outcomes.events import EndExplained
from consult.outcomes.models import SilentEnd
from consult.recommendations.answer_counts import OpenTexts, count_open
from consult.submissions.content import is_language

#: Characters of the reason, which stands on the page of the edition, and with the answers.
REASON_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Unanswered:
    """How many submissions have come to no end when an edition is made, as everybody is told, and the reason given for it.

    Confidential testimonies are among them where they are 5 or more; where they are fewer and nothing else is open, `count` is 0.
    """

    count: int = 0
    reason: str = ""
    language: str = ""


def unanswered_with_reason(consultation: Consultation, silence: Silence | None) -> Unanswered:
    """Return how many have no answer, and why (2 queries); raises Rejected where there are some and no reason."""
    found = count_open(consultation)
    if not found.total:
        return Unanswered()
    reason = clean_text(silence.reason) if silence else ""
    language = silence.language if silence else ""
    if problems := list(_problems(reason, language)):
        raise Rejected(problems)
    return Unanswered(found.told, reason, language)


@before_last_ends(Right.OUTCOME)
def explain_end(consultation: Consultation, silence: Silence | None, actor: Actor) -> None:
    """Keep the reason why the phase of the outcome ends while submissions have no answer; Rejected where there is none."""
    given = unanswered_with_reason(consultation, silence)
    if given.reason:
        _keep(given, consultation, actor)


def explain_past_end(silence: Silence, *, consultation: Consultation, actor: Actor) -> SilentEnd:
    """Say why the phase of the outcome has ended, by the clock, while submissions have no answer.

    Raises Rejected, with each problem at `silence` or `silence_language`; Conflict where nothing is to be explained.
    """
    with transaction():
        demand(actor, "outcome.publish", consultation)
        session.get_one(Consultation, consultation.id, with_for_update={"key_share": True}, populate_existing=True)
        if not ended_in_silence(consultation).total:
            raise Conflict(N_("There is nothing to explain: every submission has an answer, or the reason was given."))
        return _keep(unanswered_with_reason(consultation, silence), consultation, actor)


def ended_in_silence(consultation: Consultation) -> OpenTexts:
    """Return what has no answer although the phase of the outcome is over and nobody has said why (at most 3 queries)."""
    end = end_of(consultation.phases, Right.OUTCOME)
    if end is None:
        return OpenTexts()
    explained = sa.exists().where(SilentEnd.consultation_id == consultation.id, SilentEnd.given_at >= end)
    return OpenTexts() if session.scalar(sa.select(explained)) else count_open(consultation)


@dataclass(frozen=True, slots=True)
class ExplainedEnd:
    """Why the phase ended while so many had no answer, as everybody reads it."""

    unanswered: int
    reason: str
    language: str
    given_at: datetime


def silent_ends(consultation: uuid.UUID) -> Sequence[ExplainedEnd]:
    """Return the reasons that were given when the phase ended, the newest first (1 query)."""
    row = SilentEnd
    query = sa.select(row.unanswered, row.reason, row.language, row.given_at).where(row.consultation_id == consultation)
    return [ExplainedEnd(*found) for found in session.execute(query.order_by(row.given_at.desc(), row.id.desc()))]


def _keep(given: Unanswered, consultation: Consultation, actor: Actor) -> SilentEnd:
    row = SilentEnd(id=new_id(), consultation_id=consultation.id, unanswered=given.count, reason=given.reason)
    row.language, row.given_by, row.given_at = given.language, actor.person, clock.now()
    session.add(row)
    session.flush()
    record(EndExplained(given.count), stream=consultation.id, actor=actor.person)
    return row


def _problems(reason: str, language: str) -> Iterator[Problem]:
    if not reason:
        yield Problem("silence", N_("Write why submissions have no answer yet: the reason is published."))
    elif not is_language(language):
        yield Problem("silence_language", N_("Choose the language you wrote in."))
    if len(reason) > REASON_LIMIT:
        yield Problem("silence", N_("Write at most %(limit)s characters.", limit=REASON_LIMIT))
