"""What is wrong with what somebody wrote in a recommendation, each problem at its field."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from consult.accounts.models import Body
from consult.consultations.models import Topic
from consult.db import session
from consult.errors import Problem
from consult.i18n import LANGUAGES, N_, Localized
from consult.recommendations.clauses import ClauseDraft

#: Characters; a title is one line of a list, a clause a paragraph or two, a reservation a statement.
TITLE_LIMIT, CLAUSE_LIMIT, REASON_LIMIT, RESERVATION_LIMIT = 200, 6000, 1000, 2000


def title_problems(titles: Localized, authoritative: str) -> Iterator[Problem]:
    """Yield what is wrong with titles; the language of record needs one."""
    if authoritative not in LANGUAGES:
        yield Problem("authoritative", N_("Choose the language of record."))
    elif not titles.get(authoritative, "").strip():
        yield Problem(f"title_{authoritative}", N_("Write the title in the language of record."))
    for code, title in titles.items():
        if len(title) > TITLE_LIMIT:
            yield Problem(f"title_{code}", N_("Write at most %(limit)s characters.", limit=TITLE_LIMIT))


def clause_problems(clauses: Sequence[ClauseDraft], authoritative: str, known: set[str]) -> Iterator[Problem]:
    """Yield what is wrong with clauses; the place is the clause's number from 0 and the language, `clauses-0-ar`."""
    if not clauses:
        yield Problem("", N_("A version has at least one clause."))
    for position, clause in enumerate(clauses):
        if clause.key and clause.key not in known:
            yield Problem(
                f"clauses-{position}-key", N_("There is no clause %(key)s in the present version.", key=clause.key)
            )
        if not clause.texts.get(authoritative, "").strip():
            yield Problem(f"clauses-{position}-{authoritative}", N_("Write the clause in the language of record."))
        for code, text in clause.texts.items():
            if len(text) > CLAUSE_LIMIT:
                yield Problem(
                    f"clauses-{position}-{code}", N_("Write at most %(limit)s characters.", limit=CLAUSE_LIMIT)
                )
    keys = [clause.key for clause in clauses if clause.key]
    if len(set(keys)) < len(keys):
        yield Problem("", N_("A clause can stand in a version once only."))


def details_problems(topic: uuid.UUID | None, responsible: Sequence[str], consultation: uuid.UUID) -> Iterator[Problem]:
    """Yield what is wrong with topic and responsible bodies (at most 2 queries)."""
    if topic is not None and not _exists(Topic.id == topic, Topic.consultation_id == consultation):
        yield Problem("topic", N_("Choose one of the topics of this consultation."))
    known = set(session.scalars(sa.select(Body.key).where(Body.key.in_(responsible)))) if responsible else set()
    for key in responsible:
        if key not in known:
            yield Problem("responsible", N_("There is no body %(key)s in the register.", key=key))


def reservation_problems(text: str, language: str) -> Iterator[Problem]:
    """Yield what is wrong with a reservation."""
    if language not in LANGUAGES:
        yield Problem("language", N_("Choose the language you wrote in."))
    if not text.strip():
        yield Problem("text", N_("Write your reservation."))
    elif len(text) > RESERVATION_LIMIT:
        yield Problem("text", N_("Write at most %(limit)s characters.", limit=RESERVATION_LIMIT))


def _exists(*conditions: sa.ColumnElement[bool]) -> bool:
    return session.execute(sa.select(sa.exists().where(*conditions))).scalar_one()


def reason_problems(reason: str) -> Iterator[Problem]:
    """Yield what is wrong with the reason of a change."""
    if len(reason) > REASON_LIMIT:
        yield Problem("reason", N_("Write at most %(limit)s characters.", limit=REASON_LIMIT))
