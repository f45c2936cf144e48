"""Pictures of sheets: a scan, or a photo from a phone; checked like every file, read by clerks and organisers alone."""

from __future__ import annotations

import uuid
from functools import partial
from typing import IO

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.models import Person
from consult.attachments import Checked, Kind, Refused, check_file, remove_files
from consult.consultations import uploads
from consult.consultations.upload_models import Upload
from consult.consultations.uploads import ComingFile, Goal
from consult.db import end_reading, new_id, session, transaction
from consult.errors import Conflict, NotFound, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.paper.events import ScanAdded, ScanRemoved
from consult.paper.models import Scan, Sheet
from consult.paper.services import locked
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState

#: A sheet has a few pages, photographed twice where a hand shook.
MOST_SCANS, MOST_MEGABYTES = 10, 10
KINDS = frozenset({Kind.PDF, Kind.JPEG, Kind.PNG, Kind.WEBP})


def add_scan(sheet: Sheet, content: IO[bytes], *, actor: Actor) -> Scan:
    """Check a picture of a sheet and keep it, made anew without what the phone wrote into it (place, device).

    Raises Rejected at `file`, saying why it is not taken, and NotNow where it cannot be checked now.
    """
    demand(actor, "paper.pictures", sheet)
    _demand_room(sheet)
    identity = sheet.id
    end_reading()
    try:
        checked = check_file(content, MOST_MEGABYTES * 2**20, KINDS)
    except Refused as refused:
        raise Rejected(refused.message, "file") from refused
    try:
        with transaction():
            row = locked(identity)
            demand(actor, "paper.pictures", row)
            _demand_room(row)
            made = _row(row, checked, actor)
            session.add(made)
            record(ScanAdded(row.id, row.number), actor=actor.person)
            return made
    except BaseException:
        remove_files([checked.place])
        raise


def begin_scan(coming: ComingFile, *, sheet: Sheet, actor: Actor) -> Upload:
    """Begin to bring a picture of a sheet in pieces, or go on with it. Raises Rejected and Conflict as `add_scan` does."""
    demand(actor, "paper.pictures", sheet)
    with transaction():
        session.get_one(Person, actor.person, with_for_update={"key_share": True})
        row = locked(sheet.id)
        demand(actor, "paper.pictures", row)
        _demand_room(row)
        waiting = uploads.under_way(Upload.person_id == actor.person)
        return uploads.begin(coming, _goal(row, actor), megabytes=MOST_MEGABYTES, under_way=waiting)


def take_piece(upload: uuid.UUID, start: int, content: bytes, *, sheet: Sheet, actor: Actor) -> Upload:
    """Keep a piece of a picture, as `uploads.take` does."""
    demand(actor, "paper.pictures", sheet)
    return uploads.take(_goal(sheet, actor), upload, start, content)


def finish_scan(upload: uuid.UUID, *, sheet: Sheet, actor: Actor) -> Scan:
    """Check what was gathered as one picture and keep it with the sheet. Raises as `add_scan` does."""
    demand(actor, "paper.pictures", sheet)
    return uploads.finish(
        _goal(sheet, actor), upload, lambda brought, _question: add_scan(sheet, brought.content, actor=actor)
    )


def forget_pieces_of_withdrawn() -> bool:
    """Delete what has come of pictures of sheets whose text was withdrawn; tell whether there was any (1 query if none). For the worker."""
    withdrawn = sa.and_(Submission.id == Sheet.submission_id, Submission.state == SubmissionState.WITHDRAWN)
    # Asked of each upload, of which there are few: SQLite would look through all submissions first.
    return uploads.forget(sa.exists().where(Sheet.id == Upload.sheet_id, withdrawn))


def remove_scan(sheet: Sheet, scan: uuid.UUID, *, actor: Actor) -> None:
    """Take away a picture, of another sheet perhaps. Raises NotFound if the sheet has no such picture."""
    with transaction() as running:
        row = locked(sheet.id)
        demand(actor, "paper.pictures", row)
        found = session.get(Scan, scan)
        if found is None or found.sheet_id != row.id:
            raise NotFound
        session.delete(found)
        record(ScanRemoved(row.id, row.number), actor=actor.person)
        running.after_commit(partial(remove_files, [found.place]))


def _goal(sheet: Sheet, actor: Actor) -> Goal:
    return Goal(sheet=sheet.id, person=actor.person)


def _row(sheet: Sheet, checked: Checked, actor: Actor) -> Scan:
    return Scan(
        id=new_id(),
        sheet_id=sheet.id,
        kind=checked.kind.value,
        size=checked.size,
        sha256=checked.sha256,
        place=checked.place,
        added_by=actor.person,
        added_at=clock.now(),
    )


def _demand_room(sheet: Sheet) -> None:
    if sheet.submission_id is not None:
        state = session.scalar(sa.select(Submission.state).where(Submission.id == sheet.submission_id))
        if state == SubmissionState.WITHDRAWN:
            raise Conflict(N_("The text of this sheet was withdrawn: no picture of it is kept."))
    count = session.scalar(sa.select(sa.func.count()).where(Scan.sheet_id == sheet.id)) or 0
    if count >= MOST_SCANS:
        raise Rejected(
            N_("This sheet has %(count)s pictures, as many as may be. Remove one first.", count=count), "file"
        )
