"""The files of a body's application: founding act, licence, list of members. Added and removed by whoever holds its page.

They go the way of every file that is handed in: known by content, taken apart, made anew. Accreditors of the track and the
body itself see them, whatever becomes of the application. Each that is added or removed is recorded.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.attempts import APPLICATION_FILE, APPLICATION_FILE_FROM_ADDRESS, count_attempt
from consult.attachments import Checked, Refused, check_file, path_of, remove_files
from consult.attachments.brought import BroughtDocument, clean_name
from consult.consultations import uploads
from consult.consultations.accreditation.models import Application, ApplicationFile
from consult.consultations.accreditation.states import TAKES_FILES
from consult.consultations.accreditation.steps import locked
from consult.consultations.events import AccreditationFileAdded, AccreditationFileRemoved
from consult.consultations.models import Consultation
from consult.consultations.upload_models import Upload
from consult.consultations.uploads import ComingFile, Goal
from consult.db import end_reading, new_id, session, transaction
from consult.errors import Conflict, NotFound, Rejected
from consult.events.record import record
from consult.i18n import N_

#: Files of one application, and megabytes of each.
MOST_FILES, MEGABYTES = 6, 10


def files_of(application: uuid.UUID) -> Sequence[ApplicationFile]:
    """Return the files of an application, those too that were removed, the oldest first (1 query)."""
    mine = sa.select(ApplicationFile).where(ApplicationFile.application_id == application)
    return session.scalars(mine.order_by(ApplicationFile.added_at, ApplicationFile.id)).all()


def file_of(application: uuid.UUID, file: uuid.UUID) -> ApplicationFile:
    """Return a file of an application. Raises NotFound for another's, and for one that was removed."""
    row = session.get(ApplicationFile, file)
    if row is None or row.application_id != application or row.place is None:
        raise NotFound
    return row


def takes_files(application: Application) -> bool:
    """Tell whether files may be added and removed: while somebody decides on it, or waits for it to come back."""
    return application.state in TAKES_FILES


def add_file(brought: BroughtDocument, *, application: Application, origin: str, actor: Actor) -> ApplicationFile:
    """Check a file, keep it and add it to an application.

    Raises Rejected at `file`, saying why it is not taken, Conflict once everything is decided, TooManyTries, and NotNow
    where it cannot be checked now.
    """
    _demand_room(application, actor)
    _count(application, origin, actor)
    return _add(brought, application, actor)


def _add(brought: BroughtDocument, application: Application, actor: Actor) -> ApplicationFile:
    """Check a file with no transaction open, keep it, and write that it was added."""
    _demand_room(application, actor)
    end_reading()
    try:
        checked = check_file(brought.content, MEGABYTES * 2**20)
    except Refused as refused:
        raise Rejected(refused.message, "file") from refused
    try:
        with transaction():
            row = locked(application)
            _demand_room(row, actor)
            return _kept(row, brought.name, checked)
    except BaseException:
        remove_files([checked.place])
        raise


def remove_file(file: uuid.UUID, *, application: Application, actor: Actor) -> None:
    """Take a file out of an application: it is deleted, and that it was there stays. Raises NotFound, Conflict."""
    with transaction() as running:
        row = locked(application)
        _demand(row, actor)
        gone = file_of(row.id, file)
        running.after_commit(partial(remove_files, [str(gone.place)]))
        gone.place, gone.removed_at = None, clock.now()
        session.flush()
        _note(AccreditationFileRemoved(row.id, row.number, row.track, gone.id), row)


def begin_file(coming: ComingFile, *, application: Application, origin: str, actor: Actor) -> Upload:
    """Begin to bring a file in pieces, or go on with it. Raises as `add_file` does."""
    _count(application, origin, actor)
    with transaction():
        row = locked(application)
        _demand_room(row, actor)
        waiting = uploads.under_way(Upload.application_id == row.id)
        return uploads.begin(coming, Goal(application=row.id), megabytes=MEGABYTES, under_way=waiting)


def take_piece(upload: uuid.UUID, start: int, content: bytes, *, application: Application, actor: Actor) -> Upload:
    """Keep a piece of a file, as `uploads.take` does."""
    _demand(application, actor)
    return uploads.take(Goal(application=application.id), upload, start, content)


def finish_file(upload: uuid.UUID, *, application: Application, actor: Actor) -> ApplicationFile:
    """Check what was gathered as one file and add it. Raises as `add_file` does, but for TooManyTries."""

    def keep(brought: BroughtDocument, _question: str) -> ApplicationFile:
        return _add(brought, application, actor)

    return uploads.finish(Goal(application=application.id), upload, keep)


def own_application_files(person: uuid.UUID) -> dict[str, Path]:
    """Return the files of the applications with somebody's address, by a name that no other has, and where they lie (1 query)."""
    rows = session.scalars(
        sa.select(ApplicationFile)
        .join(Application, Application.id == ApplicationFile.application_id)
        .where(Application.person_id == person, ApplicationFile.place.is_not(None))
        .order_by(ApplicationFile.id)
    )
    return {
        f"applications/{number}-{row.name}.{row.kind}": path
        for number, row in enumerate(rows, start=1)
        if row.place is not None and (path := path_of(row.place)).is_file()
    }


def _demand(application: Application, actor: Actor) -> None:
    demand(actor, "accreditation.apply", session.get_one(Consultation, application.consultation_id))
    if not takes_files(application):
        raise Conflict(N_("No files are taken any more: it was decided on this application."))


def _demand_room(application: Application, actor: Actor) -> None:
    _demand(application, actor)
    if sum(one.removed_at is None for one in files_of(application.id)) >= MOST_FILES:
        raise Rejected(
            N_("You have added %(count)s documents, as many as may be. Remove one first.", count=MOST_FILES), "file"
        )


def _count(application: Application, origin: str, actor: Actor) -> None:
    if not actor.operator:
        count_attempt(APPLICATION_FILE_FROM_ADDRESS, origin)
        count_attempt(APPLICATION_FILE, str(application.id))


def _kept(row: Application, name: str, checked: Checked) -> ApplicationFile:
    made = ApplicationFile(
        id=new_id(),
        application_id=row.id,
        kind=checked.kind.value,
        name=clean_name(name),
        size=checked.size,
        sha256=checked.sha256,
        place=checked.place,
        added_at=clock.now(),
    )
    session.add(made)
    session.flush()
    _note(AccreditationFileAdded(row.id, row.number, row.track, made.id), row)
    return made


def _note(event: AccreditationFileAdded | AccreditationFileRemoved, row: Application) -> None:
    record(event, stream=row.consultation_id, actor=None)
