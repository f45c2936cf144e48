"""Reading applications for accreditation."""

from __future__ import annotations

import base64
import binascii
import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from consult import clock
from consult.accounts.keys import is_keyed, keyed
from consult.consultations.accreditation.models import Application, ApplicationStep
from consult.consultations.accreditation.states import WAITING, ApplicationState
from consult.consultations.models import Consultation
from consult.consultations.phases import Right, is_open
from consult.db import session
from consult.plugins.track import Track
from consult.runtime import runtime

PAGE = 25


def tracks_to_apply(consultation: Consultation) -> Sequence[Track]:
    """Return the tracks to which bodies may apply now: switched on, of bodies, in a phase that opens it."""
    if not is_open(consultation.phases, Right.REGISTER, clock.now()):
        return []
    found = [runtime().hooks.track(key) for key in consultation.enabled_tracks()]
    return [track for track in found if track is not None and track.body_kinds]


def token_of(application: uuid.UUID) -> str:
    """Return what opens an application to whoever made it: its id and a keyed hash; nothing in the database tells it."""
    return base64.urlsafe_b64encode(application.bytes + keyed("accreditation", application.bytes)).decode()


def opened_by(token: str) -> uuid.UUID | None:
    """Return the id of the application that a token opens, None where it is none of ours."""
    try:
        given = base64.urlsafe_b64decode(token.encode())
    except (binascii.Error, ValueError):
        return None
    if len(given) != 48 or not is_keyed(given[16:], "accreditation", given[:16]):
        return None
    return uuid.UUID(bytes=given[:16])


def application_by_token(consultation: uuid.UUID, token: str) -> Application | None:
    """Return the application that a token opens, None for every other."""
    opened = opened_by(token)
    row = session.get(Application, opened) if opened else None
    return row if row is not None and row.consultation_id == consultation else None


def application_by_number(consultation: uuid.UUID, number: int) -> Application | None:
    """Return an application by its number: whoever shows it asks who may."""
    here = (Application.consultation_id == consultation, Application.number == number)
    return session.scalars(sa.select(Application).where(*here)).first()


def steps_of(application: uuid.UUID) -> Sequence[ApplicationStep]:
    """Return the steps of an application, the oldest first (1 query)."""
    mine = sa.select(ApplicationStep).where(ApplicationStep.application_id == application)
    return session.scalars(mine.order_by(ApplicationStep.at, ApplicationStep.id)).all()


def applications(
    consultation: uuid.UUID, which: sa.ColumnElement[bool], *, waiting: bool, after: int = 0, limit: int = PAGE
) -> tuple[Sequence[Application], int | None]:
    """Return applications from after a number on (1 query): those that wait for a decision, or the others."""
    state = Application.state.in_(WAITING) if waiting else Application.state.not_in(WAITING)
    query = sa.select(Application).where(
        Application.consultation_id == consultation, which, state, Application.number > after
    )
    rows = session.scalars(query.order_by(Application.number).limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1].number if len(rows) > limit else None


def applications_of_bodies(consultation: uuid.UUID, which: sa.ColumnElement[bool]) -> Sequence[Application]:
    """Return the applications that became part of a consultation (1 query), the newest first."""
    here = (Application.consultation_id == consultation, Application.body_id.is_not(None), which)
    return session.scalars(sa.select(Application).where(*here).order_by(Application.number.desc())).all()


def accredited_until(consultation: uuid.UUID, bodies: Collection[uuid.UUID]) -> Mapping[uuid.UUID, datetime]:
    """Return until when these bodies are accredited now (1 query); those whose application keeps the name back are left out."""
    rows = session.execute(
        sa.select(Application.body_id, sa.func.max(Application.until))
        .where(
            Application.consultation_id == consultation,
            Application.body_id.in_(bodies),
            Application.state == ApplicationState.ACCEPTED,
            Application.until > clock.now(),
            Application.withheld.is_(False),
        )
        .group_by(Application.body_id)
    )
    return {body: until for body, until in rows if body is not None and until is not None}


def has_ended(row: Application) -> bool:
    """Tell whether an accreditation has ended at its date."""
    return row.state == ApplicationState.ACCEPTED and row.until is not None and row.until <= clock.now()
