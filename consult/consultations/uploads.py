"""Files that come in pieces, whatever they are for: begun with their size, gone on with after a break, checked whole like any other at the end.

Of each person, or application, few are under way at once, and each for a day after its last piece. Who may bring what is asked
by the room that it is for. None of it is an event.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import sqlalchemy as sa

from consult import clock
from consult.attachments.brought import BroughtDocument
from consult.attachments.kinds import NotNow
from consult.attachments.pieces import add_piece, pieces_path, remove_pieces, sweep_pieces
from consult.consultations.models import Member
from consult.consultations.upload_models import Upload
from consult.db import new_id, session, transaction
from consult.errors import Conflict, NotFound, Rejected
from consult.i18n import N_

#: Bytes of one piece, uploads under way of one person, and how long the next piece may take.
MOST_OF_A_PIECE, MOST_UNDER_WAY = 2**20, 3
WAITS = timedelta(hours=24)
Made = TypeVar("Made")


class OtherPlace(Conflict):
    """A piece does not begin where the last one ended; `received` is how much is there."""

    message = N_("The piece does not fit to what is there.")

    def __init__(self, received: int) -> None:
        self.received = received
        super().__init__()


@dataclass(frozen=True, slots=True)
class ComingFile:
    """A file of `size` bytes as its page tells of it; `mark` says that it is the same, `question` is what it answers, "" for a document."""

    name: str
    size: int
    mark: str
    question: str = ""


@dataclass(frozen=True, slots=True)
class Goal:
    """What a file is for: a draft and the member who writes it, an application, or a sheet of paper and who brings its picture."""

    draft: uuid.UUID | None = None
    member: uuid.UUID | None = None
    application: uuid.UUID | None = None
    sheet: uuid.UUID | None = None
    person: uuid.UUID | None = None


def begin(coming: ComingFile, goal: Goal, *, megabytes: int, under_way: Sequence[Upload]) -> Upload:
    """Begin to bring a file, or go on with it: the one of that size and mark among those under way is given back.

    Inside the caller's transaction, which holds whoever brings it. Raises Rejected at `file` for one too large, or too many.
    """
    size, mark = coming.size, coming.mark[:200]
    if size > megabytes * 2**20:
        raise Rejected(N_("The file is larger than %(limit)s MB.", limit=megabytes), "file")
    if size < 1:
        raise Rejected(N_("The file is empty."), "file")
    for one in under_way:
        if (_goal_of(one), one.size, one.mark, one.question) == (goal, size, mark, coming.question):
            return one
    if len(under_way) >= MOST_UNDER_WAY:
        raise Rejected(
            N_("%(count)s files are under way already. Finish one, or wait a day.", count=MOST_UNDER_WAY), "file"
        )
    row = Upload(
        id=new_id(),
        member_id=goal.member,
        draft_id=goal.draft,
        application_id=goal.application,
        sheet_id=goal.sheet,
        person_id=goal.person,
        name=coming.name[:200],
        size=size,
        mark=mark,
        question=coming.question,
        received=0,
        expires_at=clock.now() + WAITS,
    )
    session.add(row)
    session.flush()
    return row


def take(goal: Goal, upload: uuid.UUID, start: int, content: bytes) -> Upload:
    """Keep a piece. Raises OtherPlace where it does not begin at what is there, NotFound for an upload of another goal."""
    with transaction():
        row = _locked(goal, upload)
        if start != row.received or start + len(content) > row.size or len(content) > MOST_OF_A_PIECE:
            raise OtherPlace(row.received)
        add_piece(row.id, start, content)
        row.received += len(content)
        row.expires_at = clock.now() + WAITS
        return row


def finish(goal: Goal, upload: uuid.UUID, keep: Callable[[BroughtDocument, str], Made]) -> Made:
    """Let `keep` check what was gathered as one file, given the question that it answers, and return what it makes of it.

    Whoever finishes takes the row first, so that a file that is sent twice is added once. What was gathered goes, but for
    NotNow: then it can be finished later.
    """
    with transaction():
        row = _locked(goal, upload)
        if row.received < row.size:
            raise OtherPlace(row.received)
        kept = {column.key: getattr(row, column.key) for column in Upload.__table__.columns}
        session.delete(row)
    try:
        with pieces_path(upload).open("rb") as content:
            made = keep(BroughtDocument(kept["name"], content), kept["question"])
    except NotNow:
        with transaction():
            session.add(Upload(**kept))
        raise
    except FileNotFoundError:
        raise NotFound from None
    except BaseException:
        remove_pieces(upload)
        raise
    remove_pieces(upload)
    return made


def under_way(which: sa.ColumnElement[bool]) -> Sequence[Upload]:
    """Return the uploads of which a condition on their members and on themselves holds, and that somebody may go on with."""
    rows = sa.select(Upload).outerjoin(Member, Member.id == Upload.member_id)
    return session.scalars(rows.where(which, Upload.expires_at > clock.now())).all()


def forget_past_uploads() -> bool:
    """Delete what nobody went on with for a day, and what no row knows any more; tell whether there was any. For the worker."""
    past = forget(Upload.expires_at <= clock.now())
    known = session.scalars(sa.select(Upload.id)).all()
    return bool(sweep_pieces(known, clock.now() - WAITS) or past)


def forget(which: sa.ColumnElement[bool]) -> bool:
    """Delete the uploads of which a condition holds, with their pieces; tell whether there was any (1 query if none)."""
    found = session.scalars(sa.select(Upload.id).where(which)).all()
    for upload in found:
        _forget(upload)
    return bool(found)


def _goal_of(row: Upload) -> Goal:
    return Goal(row.draft_id, row.member_id, row.application_id, row.sheet_id, row.person_id)


def _locked(goal: Goal, upload: uuid.UUID) -> Upload:
    row = session.get(Upload, upload, with_for_update=True, populate_existing=True)
    if row is None or _goal_of(row) != goal or row.expires_at <= clock.now():
        raise NotFound
    return row


def _forget(upload: uuid.UUID) -> None:
    with transaction() as running:
        session.execute(sa.delete(Upload).where(Upload.id == upload))
        running.after_commit(lambda: remove_pieces(upload))
