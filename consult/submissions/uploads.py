"""Files that come in pieces, documents and answers alike: begun with their size, gone on with after a break, checked whole like any other at the end.

Of each person few are under way at once, none larger than their track takes, and each for a day after its last piece.
None of it is an event: a draft is not yet said.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.attachments.kinds import NotNow
from consult.attachments.pieces import add_piece, pieces_path, remove_pieces, sweep_pieces
from consult.consultations.models import Consultation, Member
from consult.db import new_id, session, transaction
from consult.errors import Conflict, NotFound, Rejected
from consult.i18n import N_
from consult.submissions.attaching import (
    BroughtDocument,
    attach,
    attach_answer,
    demand_file_question,
    demand_room,
    limits_of,
)
from consult.submissions.attachment_models import Attachment, Upload
from consult.submissions.models import Draft

#: Bytes of one piece, uploads under way of one person, and how long the next piece may take.
MOST_OF_A_PIECE, MOST_UNDER_WAY = 2**20, 3
WAITS = timedelta(hours=24)


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


def begin_upload(draft: Draft, coming: ComingFile, *, consultation: Consultation, actor: Actor) -> Upload:
    """Begin to bring a file, or go on with it: the one of that size and mark that is under way is given back.

    Raises Rejected at `file` for one that is too large, or too many, NotFound where no such question asks for a file.
    """
    size = coming.size
    with transaction():
        member = session.get_one(Member, draft.member_id, with_for_update={"key_share": True}, populate_existing=True)
        demand(actor, "draft.edit", draft)
        limits = limits_of(consultation, member.track)
        if coming.question:
            demand_file_question(draft, coming.question, consultation, member.track)
        else:
            demand_room(draft, limits)
        if size > limits.megabytes * 2**20:
            raise Rejected(N_("The file is larger than %(limit)s MB.", limit=limits.megabytes), "file")
        if size < 1:
            raise Rejected(N_("The file is empty."), "file")
        waiting = _under_way(member.person_id)
        for one in waiting:
            if (one.draft_id, one.size, one.mark, one.question) == (draft.id, size, coming.mark[:200], coming.question):
                return one
        if len(waiting) >= MOST_UNDER_WAY:
            raise Rejected(
                N_("%(count)s files are under way already. Finish one, or wait a day.", count=MOST_UNDER_WAY), "file"
            )
        row = Upload(
            id=new_id(),
            member_id=member.id,
            draft_id=draft.id,
            name=coming.name[:200],
            size=size,
            mark=coming.mark[:200],
            question=coming.question,
            received=0,
            expires_at=clock.now() + WAITS,
        )
        session.add(row)
        session.flush()
        return row


def take_piece(draft: Draft, upload: uuid.UUID, start: int, content: bytes, *, actor: Actor) -> Upload:
    """Keep a piece. Raises OtherPlace where it does not begin at what is there, NotFound for an upload of another draft."""
    with transaction():
        row = _locked(draft, upload, actor)
        if start != row.received or start + len(content) > row.size or len(content) > MOST_OF_A_PIECE:
            raise OtherPlace(row.received)
        add_piece(row.id, start, content)
        row.received += len(content)
        row.expires_at = clock.now() + WAITS
        return row


def finish_upload(draft: Draft, upload: uuid.UUID, *, consultation: Consultation, actor: Actor) -> Attachment:
    """Check what was gathered as one file and add it to the draft, or as the answer to its question. Raises as `attach` does.

    Whoever finishes takes the row first, so that a file that is sent twice is added once. What was gathered goes, but for
    NotNow: then it can be finished later.
    """
    with transaction():
        row = _locked(draft, upload, actor)
        if row.received < row.size:
            raise OtherPlace(row.received)
        kept = {column.key: getattr(row, column.key) for column in Upload.__table__.columns}
        session.delete(row)
    try:
        with pieces_path(upload).open("rb") as content:
            brought = BroughtDocument(kept["name"], content)
            if question := kept["question"]:
                made = attach_answer(draft, question, brought, consultation=consultation, actor=actor)
            else:
                made = attach(draft, brought, consultation=consultation, actor=actor)
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


def forget_past_uploads() -> bool:
    """Delete what nobody went on with for a day, and what no row knows any more; tell whether there was any. For the worker."""
    past = session.scalars(sa.select(Upload.id).where(Upload.expires_at <= clock.now())).all()
    for upload in past:
        _forget(upload)
    known = session.scalars(sa.select(Upload.id)).all()
    return bool(sweep_pieces(known, clock.now() - WAITS) or past)


def _under_way(person: uuid.UUID | None) -> list[Upload]:
    rows = sa.select(Upload).join(Member, Member.id == Upload.member_id)
    return list(session.scalars(rows.where(Member.person_id == person, Upload.expires_at > clock.now())))


def _locked(draft: Draft, upload: uuid.UUID, actor: Actor) -> Upload:
    demand(actor, "draft.edit", draft)
    row = session.get(Upload, upload, with_for_update=True, populate_existing=True)
    if row is None or row.draft_id != draft.id or row.expires_at <= clock.now():
        raise NotFound
    return row


def _forget(upload: uuid.UUID) -> None:
    with transaction() as running:
        session.execute(sa.delete(Upload).where(Upload.id == upload))
        running.after_commit(lambda: remove_pieces(upload))
