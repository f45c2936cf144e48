"""Files of a testimony: checked in memory, sealed before anything is written, and given to readers one by one.

Text comes first and files afterwards, one at a time, to a testimony that is kept already: a line that breaks or a file that is
refused then costs that file and nothing else, and between two steps nothing has to lie anywhere, sealed or not. What a file is
called, of what kind and how large it is are sealed like its content. Its words are not read, so no search finds them.
"""

from __future__ import annotations

import uuid
from collections.abc import Sized
from dataclasses import dataclass

import sqlalchemy as sa

from consult.accounts.access import Actor
from consult.attachments import Kind, Refused, check_in_memory
from consult.attachments.brought import BroughtDocument, clean_name
from consult.consultations.models import Consultation
from consult.db import session, transaction
from consult.errors import NotFound, Rejected, TooManyTries
from consult.events.record import record
from consult.i18n import N_
from consult.testimony.events import TestimonyFileOpened
from consult.testimony.giving import delete_files, own_testimony, still_here, today_of, wait_again
from consult.testimony.keys import ring
from consult.testimony.models import Testimony, TestimonyFile, TestimonyOffer, TestimonyPiece
from consult.testimony.opened import OpenedFile, data_key, files_of, open_file, sealed_file
from consult.testimony.reading import row_for_reader
from consult.testimony.sealing import seal_pieces, unseal_pieces
from consult.turns import Queue

#: Files of a testimony, and megabytes of each.
MOST_FILES, MEGABYTES = 10, 16
#: Files of a day in one consultation, of all testimonies together: more than come by hand, fewer than fill a disk.
MOST_A_DAY = 200
#: A place of its own, so that whoever sends files all day long keeps nobody else's from being checked; seconds of patience.
_queue = Queue(1, 4, 20.0)


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file as a reader takes it away: its kind, which of the testimony's files it is (from 1), its content."""

    kind: Kind
    position: int
    content: bytes


def add_file(brought: BroughtDocument, *, once: uuid.UUID, form: str, consultation: Consultation) -> None:
    """Check a file in memory, seal it and add it to one's own testimony; the same `once` a second time changes nothing.

    Raises Rejected at `file` with the reason, or at `codename` after an hour; Conflict, TooManyTries, NotNow, Busy, NoKey.
    """
    _demand_room(still_here(form, consultation=consultation).testimony.files)
    try:
        with _queue.served():
            kind, content = check_in_memory(brought.content, MEGABYTES * 2**20)
    except Refused as refused:
        raise Rejected(refused.message, "file") from refused
    with transaction():
        row = own_testimony(form, consultation)
        if session.get(TestimonyFile, once) is not None:
            return
        present = files_of(row.id)
        _demand_room(present)
        _count_one(consultation)
        file = OpenedFile(once, clean_name(brought.name), kind, len(content), today_of(consultation))
        _keep(row, file, content, max((one.position for one in present), default=0) + 1)
        wait_again(row)


def remove_file(file: uuid.UUID, *, form: str, consultation: Consultation) -> None:
    """Take a file out of one's own testimony; nothing happens if it is not there. Raises Rejected, Conflict."""
    with transaction():
        row = own_testimony(form, consultation)
        delete_files([one.id for one in files_of(row.id) if one.id == file])


def take_file(file: uuid.UUID, *, number: int, consultation: Consultation, actor: Actor) -> TakenFile:
    """Open a file of a testimony to a reader, and record that. Raises Forbidden, NotFound, Conflict, NoKey, WrongKey."""
    with transaction():
        row = row_for_reader(number, consultation, actor)
        found = session.get(TestimonyFile, file)
        if found is None or found.testimony_id != row.id:
            raise NotFound
        key = data_key(row, ring())
        said, pieces = open_file(found, key), sa.select(TestimonyPiece.sealed).where(TestimonyPiece.file_id == file)
        sealed = session.scalars(pieces.order_by(TestimonyPiece.position)).all()
        content = unseal_pieces(key, sealed, said.size, file)
        record(TestimonyFileOpened(consultation.id, number), actor=actor.person)
        return TakenFile(said.kind, found.position, content)


def _demand_room(files: Sized) -> None:
    if len(files) >= MOST_FILES:
        raise Rejected(
            N_("You have added %(count)s files, as many as may be. Take one away first.", count=MOST_FILES), "file"
        )


def _count_one(consultation: Consultation) -> None:
    """Count a file of this day in the row for which everybody queues who changes a testimony."""
    offer, day = session.get_one(TestimonyOffer, consultation.id), today_of(consultation)
    offer.files_on, offer.files = day, offer.files + 1 if offer.files_on == day else 1
    if offer.files > MOST_A_DAY:
        raise TooManyTries(N_("Too many files came today. This one was not kept. Come back tomorrow."))


def _keep(row: Testimony, file: OpenedFile, content: bytes, position: int) -> None:
    key = data_key(row, ring())
    session.add(TestimonyFile(id=file.id, testimony_id=row.id, position=position, sealed=sealed_file(file, key)))
    session.flush()
    pieces = enumerate(seal_pieces(key, content, file.id))
    session.execute(
        sa.insert(TestimonyPiece), [{"file_id": file.id, "position": at, "sealed": sealed} for at, sealed in pieces]
    )
