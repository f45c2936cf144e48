"""The steps of an application: what it comes to, when, by whom and why, each recorded. What ends a part closes its accreditation."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor
from consult.cleaning import clean_text
from consult.consultations.accreditation.models import Application, ApplicationStep
from consult.consultations.accreditation.states import WITH_REASON, ApplicationState, may_become
from consult.consultations.events import AccreditationMoved
from consult.db import new_id, session
from consult.errors import Conflict, Problem, Rejected
from consult.events.record import record
from consult.i18n import LANGUAGES, N_

LONGEST_REASON = 2000
MOVED_ON = N_("This application has moved on meanwhile.")


def locked(application: Application) -> Application:
    """Return the application as it is now, kept from others until the transaction ends."""
    return session.get_one(Application, application.id, with_for_update=True, populate_existing=True)


def move(
    row: Application, state: ApplicationState, *, actor: Actor | None, reason: str = "", language: str = ""
) -> Application:
    """Bring an application to another state, with a reason where one is needed. Raises Conflict, Rejected."""
    if not may_become(ApplicationState(row.state), state):
        raise Conflict(MOVED_ON)
    if problems := list(reason_problems(state, reason, language)):
        raise Rejected(problems)
    reason = clean_text(reason)
    row.state, row.reminded_at = state, None
    until = row.until if state == ApplicationState.ACCEPTED else None
    return note(row, by=actor.person if actor else None, reason=reason, language=language, until=until)


def reason_problems(state: ApplicationState, reason: str, language: str) -> Iterator[Problem]:
    """Yield what is wrong with the reason for bringing an application to a state."""
    reason = clean_text(reason)
    if state in WITH_REASON and not reason:
        yield Problem("reason", N_("Say why."))
    if len(reason) > LONGEST_REASON:
        yield Problem("reason", N_("Write at most %(limit)s characters.", limit=LONGEST_REASON))
    if reason and language not in LANGUAGES:
        yield Problem("language", N_("Choose the language you wrote in."))


def note(
    row: Application,
    *,
    by: uuid.UUID | None = None,
    reason: str = "",
    language: str = "",
    until: datetime | None = None,
) -> Application:
    """Write the step and record it: the body itself is named by nobody."""
    session.add(
        ApplicationStep(
            id=new_id(),
            application_id=row.id,
            state=row.state,
            at=clock.now(),
            by=by,
            reason=reason,
            language=language if reason else "",
            until=until,
        )
    )
    session.flush()
    record(AccreditationMoved(row.id, row.number, row.track, row.state), stream=row.consultation_id, actor=by)
    return row


def standing_accreditations(member: uuid.UUID) -> list[Application]:
    """Return the accreditations through which a member takes part or took part until their date, locked."""
    mine = (Application.member_id == member, Application.state == ApplicationState.ACCEPTED)
    query = sa.select(Application).where(*mine).order_by(Application.number).with_for_update()
    return list(session.scalars(query).all())


def close_accreditations(member: uuid.UUID, actor: Actor) -> None:
    """Close what a member takes part through, because that part ends or another takes its place; nobody extends it any more."""
    for row in standing_accreditations(member):
        move(row, ApplicationState.ENDED, actor=actor)
