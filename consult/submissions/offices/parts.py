"""A text that several members of a body write: its parts are held for a while, every save is kept, comments stay inside.

It is the same for drafts of submissions and for official responses; `Tables` say where it is kept. Whoever uses it holds the row of the
text, has asked for the right, and says which member writes. None of it is an event: it is not yet said.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.cleaning import clean_text
from consult.db import new_id, session
from consult.errors import Conflict, NotFound, Rejected
from consult.i18n import N_
from consult.submissions.offices.models import (
    DraftComment,
    DraftPart,
    DraftSave,
    TextComment,
    TextPart,
    TextSave,
)

#: How long a part stays with whoever wrote in it last.
HOLD = timedelta(minutes=15)
#: How many saves of a text are kept: the newest.
MOST_SAVES = 200
MOST_COMMENTS = 500
COMMENT_LIMIT = 4000


@dataclass(frozen=True, slots=True)
class Tables:
    """Where parts, saves and comments of a kind of text are kept."""

    parts: type[TextPart]
    saves: type[TextSave]
    comments: type[TextComment]


DRAFTS = Tables(DraftPart, DraftSave, DraftComment)


class PartHeld(Conflict):
    """A colleague is writing in this part; nothing was saved over theirs."""

    message = N_(
        "A colleague is writing in this part, and nothing of theirs was written over. What you typed is still on this page."
    )


def part_here(of: Tables, text: uuid.UUID, part: str) -> TextPart | None:
    """Return a part of a text, None where nobody has written in it yet."""
    return session.get(of.parts, {"text_id": text, "part": part}, populate_existing=True)


def entered(of: Tables, text: uuid.UUID, part: str, me: uuid.UUID) -> TextPart:
    """Return a part in which a member may write now; it begins with the first who does. Raises PartHeld."""
    here = part_here(of, text, part)
    if here is None:
        here = of.parts(text_id=text, part=part, version=1, saved_from="")
        session.add(here)
        session.flush()
    if here.holder_id not in (None, me) and here.until is not None and here.until > clock.now():
        raise PartHeld
    return here


def hold(here: TextPart, me: uuid.UUID) -> None:
    """Let a member hold a part from now on."""
    here.holder_id, here.until = me, clock.now() + HOLD


def let_go(of: Tables, text: uuid.UUID, part: str, me: uuid.UUID) -> None:
    """Let others write in a part that a member holds; nothing happens if they do not hold it."""
    here = part_here(of, text, part)
    if here is not None and here.holder_id == me:
        here.holder_id = here.until = None


def saved(here: TextPart, me: uuid.UUID, page: str) -> None:
    """Count a save of a part from a page; whoever saved holds it."""
    here.version, here.saved_from = here.version + 1, page
    hold(here, me)


def is_overtaken(here: TextPart, version: int, page: str) -> bool:
    """Tell whether a part was saved from another page since this one was opened."""
    return here.version != version and (not page or here.saved_from != page)


def remember(of: Tables, text: uuid.UUID, part: str, member: uuid.UUID, page: str, content: Mapping[str, Any]) -> None:
    """Write a save into the history; a page that saves by itself goes on in the row it has begun."""
    save = of.saves
    last = session.scalars(
        sa.select(save).where(save.text_id == text, save.part == part).order_by(save.id.desc()).limit(1)
    ).first()
    if last is not None and page and (last.member_id, last.page) == (member, page):
        last.content, last.at = dict(content), clock.now()
        return
    session.add(
        save(id=new_id(), text_id=text, part=part, member_id=member, page=page, content=dict(content), at=clock.now())
    )
    session.flush()
    old = session.scalars(
        sa.select(save.id).where(save.text_id == text).order_by(save.id.desc()).offset(MOST_SAVES)
    ).all()
    if old:
        session.execute(sa.delete(save).where(save.id.in_(old)))


def save_of(of: Tables, text: uuid.UUID, save: uuid.UUID) -> TextSave:
    """Return an earlier save of a text. Raises NotFound."""
    kept = session.get(of.saves, save)
    if kept is None or kept.text_id != text:
        raise NotFound
    return kept


def say(of: Tables, text: uuid.UUID, part: str, words: str, member: uuid.UUID, language: str) -> TextComment:
    """Say something to one's colleagues about a part. Raises Rejected at `text`."""
    words, comment = clean_text(words), of.comments
    if not words:
        raise Rejected(N_("Write a comment."), "text")
    if len(words) > COMMENT_LIMIT:
        raise Rejected(N_("Write at most %(limit)s characters.", limit=COMMENT_LIMIT), "text")
    count = sa.select(sa.func.count()).select_from(comment).where(comment.text_id == text)
    if session.execute(count).scalar_one() >= MOST_COMMENTS:
        raise Rejected(N_("A draft has at most %(most)s comments.", most=MOST_COMMENTS), "text")
    said = comment(
        id=new_id(), text_id=text, part=part, member_id=member, text=words, language=language, at=clock.now()
    )
    session.add(said)
    session.flush()
    return said


def resolve(of: Tables, text: uuid.UUID, comment: uuid.UUID) -> TextComment:
    """Mark a comment as dealt with; it stays to be read. Raises NotFound."""
    said = session.get(of.comments, comment)
    if said is None or said.text_id != text:
        raise NotFound
    said.resolved_at = said.resolved_at or clock.now()
    return said


def forget(of: Tables, text: uuid.UUID) -> None:
    """Delete parts, history and comments of a text that leaves its body: what was said on the way was said among colleagues."""
    for kept in (of.parts, of.saves, of.comments):
        session.execute(sa.delete(kept).where(kept.text_id == text))
