"""Notices as they are read: words made at this moment, in the reader's language, from what the notice is about."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.consultations.models import Consultation
from consult.db import session, transaction
from consult.errors import Forbidden
from consult.i18n import Localized, Message
from consult.notifications.kinds import KINDS, TOPICS
from consult.notifications.models import Notice

PAGE = 25


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice: what happened, in which consultation if in one, the topic, and the path of the page where it stands."""

    id: uuid.UUID
    title: Message
    topic: Message
    path: str
    at: datetime
    read: bool
    consultation: Localized | None


def notices_of(
    person: uuid.UUID, *, before: uuid.UUID | None = None, limit: int = PAGE
) -> tuple[Sequence[NoticeLine], uuid.UUID | None]:
    """Return a person's notices, the newest first, older than one of them, and what the next page begins before (1 query)."""
    query = _lines().where(Notice.person_id == person).order_by(Notice.id.desc()).limit(limit + 1)
    if before is not None:
        query = query.where(Notice.id < before)
    rows = session.execute(query).all()
    lines = [line_of(notice, slug, names) for notice, slug, names in rows[:limit] if notice.kind in KINDS]
    return lines, rows[limit - 1][0].id if len(rows) > limit else None


def _lines() -> sa.Select[Notice, str | None, Localized | None]:
    return sa.select(Notice, Consultation.slug, Consultation.names).outerjoin(
        Consultation, Consultation.id == Notice.consultation_id
    )


def waiting_of(person: uuid.UUID, how: str, until: datetime) -> Sequence[tuple[Notice, str | None, Localized | None]]:
    """Return a person's notices that a daily or weekly letter is to take up by a moment, by consultation (1 query)."""
    query = _lines().where(Notice.person_id == person, Notice.how == how, Notice.gathered_at.is_(None))
    query = query.where(Notice.gather_at <= until).order_by(
        Consultation.created_at.desc(), Notice.consultation_id, Notice.id
    )
    return [(notice, slug, names) for notice, slug, names in session.execute(query)]


def settled_of(notice: Notice) -> Sequence[tuple[Notice, str | None, Localized | None]]:
    """Return a notice and the others of its kind, person and consultation of which a mail at once is not written yet (1 query)."""
    same = (Notice.person_id == notice.person_id, Notice.kind == notice.kind, Notice.how == notice.how)
    query = (
        _lines()
        .where(*same, Notice.gathered_at.is_(None), Notice.consultation_id == notice.consultation_id)
        .order_by(Notice.id)
    )
    return [(one, slug, names) for one, slug, names in session.execute(query)]


def line_of(notice: Notice, slug: str | None, names: Localized | None) -> NoticeLine:
    """Return a notice in words."""
    kind = KINDS[notice.kind]
    title = kind.title(notice.about, names or Localized())
    path = kind.path(slug or "", notice.about)
    return NoticeLine(notice.id, title, TOPICS[kind.topic], path, notice.at, notice.read_at is not None, names)


def mark_read(notices: Sequence[uuid.UUID] | None, *, actor: Actor) -> int:
    """Mark some of the actor's own notices as read, or all (None), and return how many were unread.

    Reading is no event: the log does not tell who reads what.
    """
    with transaction():
        demand(actor, "account.use")
        if actor.person is None:
            raise Forbidden
        unread = (Notice.person_id == actor.person, Notice.read_at.is_(None))
        change = sa.update(Notice).where(*unread)
        if notices is not None:
            change = change.where(Notice.id.in_(list(notices)))
        return len(session.execute(change.values(read_at=clock.now()).returning(Notice.id)).all())
