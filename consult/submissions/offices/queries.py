"""Reading what a body writes together: its drafts with who holds what, their history, comments; names are for inside only."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor
from consult.accounts.clauses import permitted
from consult.accounts.taking_part import takes_part
from consult.consultations.models import Member
from consult.consultations.names import public_names
from consult.db import read, session
from consult.i18n import Localized, Message
from consult.submissions.models import Draft
from consult.submissions.offices.models import TextComment, TextSave
from consult.submissions.offices.parts import DRAFTS, Tables, part_here

#: Drafts of a body on its page: more than so many are not written at once.
MOST_SHOWN = 100
#: Saves on a page of the history.
PAGE = 20


@dataclass(frozen=True, slots=True)
class Held:
    """Who writes in a part, and until when."""

    part: str
    member: uuid.UUID
    until: datetime


def colleagues(members: Iterable[uuid.UUID | None], actor: Actor) -> Mapping[uuid.UUID, Localized | Message]:
    """Return what members are called among those who write with them (1 query, 0 for none): as everybody may call them.

    One's own name is told to oneself, even where it is withheld or stands behind another.
    """
    names = public_names({member for member in members if member is not None})
    own = Localized({actor.language: actor.name})
    return {member: own if actor.is_member(member) else name.who for member, name in names.items()}


def alike(members: Sequence[uuid.UUID], row: Member) -> Sequence[uuid.UUID]:
    """Return which of the members of a body somebody outside it may read of beside one of them (1 query).

    Nobody whose name is withheld stands beside somebody whose name is not: that would tell the body.
    """
    same = set(session.scalars(sa.select(Member.id).where(Member.id.in_(members), Member.withheld.is_(row.withheld))))
    return [member for member in members if member in same]


def shared_drafts(actor: Actor, consultation: uuid.UUID) -> Sequence[Draft]:
    """Return the shared drafts that somebody may write in, the latest saved first (1 query)."""
    return session.scalars(
        sa.select(Draft)
        .where(permitted(actor, "draft.edit", consultation), Draft.shared_body_id.is_not(None))
        .order_by(Draft.saved_at.desc(), Draft.id.desc())
        .limit(MOST_SHOWN)
    ).all()


def held_parts(texts: Iterable[uuid.UUID], of: Tables = DRAFTS) -> Mapping[uuid.UUID, Sequence[Held]]:
    """Return the parts of texts that somebody writes in now (1 query)."""
    found: dict[uuid.UUID, list[Held]] = defaultdict(list)
    part = of.parts
    for text, *held in read(
        sa.select(part.text_id, part.part, part.holder_id, part.until)
        .where(part.text_id.in_(list(texts)), part.holder_id.is_not(None), part.until > clock.now())
        .order_by(part.text_id, part.part)
    ):
        found[text].append(Held(*held))
    return dict(found)


def open_comments(texts: Iterable[uuid.UUID], of: Tables = DRAFTS) -> Mapping[uuid.UUID, int]:
    """Return how many comments on texts nobody has dealt with (1 query)."""
    comment = of.comments
    rows = read(
        sa.select(comment.text_id, sa.func.count())
        .where(comment.text_id.in_(list(texts)), comment.resolved_at.is_(None))
        .group_by(comment.text_id)
    )
    return {row[0]: row[1] for row in rows}


def comments_on(text: uuid.UUID, part: str, of: Tables = DRAFTS) -> Sequence[TextComment]:
    """Return the comments on a part, the oldest first (1 query)."""
    comment = of.comments
    query = sa.select(comment).where(comment.text_id == text, comment.part == part)
    return session.scalars(query.order_by(comment.id)).all()


def part_version(text: uuid.UUID, part: str, of: Tables = DRAFTS) -> int:
    """Return how often a part was saved, from 1."""
    row = part_here(of, text, part)
    return row.version if row else 1


@dataclass(frozen=True, slots=True)
class SavesPage:
    """Saves of a text, the newest first, each with the one before it of the same part; `after` leads to older ones."""

    saves: Sequence[tuple[TextSave, TextSave | None]]
    after: uuid.UUID | None


def saves_of(text: uuid.UUID, *, before: uuid.UUID | None = None, of: Tables = DRAFTS) -> SavesPage:
    """Return a page of a text's history (1 query: a text keeps at most 200 saves)."""
    save = of.saves
    rows = session.scalars(sa.select(save).where(save.text_id == text).order_by(save.id.desc())).all()
    earlier: dict[uuid.UUID, TextSave | None] = {}
    last: dict[str, TextSave] = {}
    for row in reversed(rows):
        earlier[row.id] = last.get(row.part)
        last[row.part] = row
    wanted = [row for row in rows if before is None or row.id < before]
    shown = wanted[:PAGE]
    return SavesPage([(row, earlier[row.id]) for row in shown], shown[-1].id if len(wanted) > PAGE else None)


def member_by_number(consultation: uuid.UUID, number: int) -> Member | None:
    """Return a member who has not left, by their number in the consultation."""
    return session.scalars(
        sa.select(Member).where(
            Member.consultation_id == consultation, Member.number == number, takes_part(Member, clock.now())
        )
    ).first()
