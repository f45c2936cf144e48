"""The open data that lie ready: the organisers choose a licence, the worker makes the package anew when the log has grown.

Nobody who asks for it has it made: it is a file in the instance's folder, at most so old as RENEW says.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import OPERATOR, Actor, demand
from consult.consultations.models import Consultation
from consult.db import session, transaction
from consult.errors import Rejected
from consult.events.models import EventRow, Stream
from consult.events.record import record
from consult.i18n import N_
from consult.outcomes.events import OpenDataLicensed
from consult.outcomes.models import OpenData
from consult.outcomes.open_data import LICENCES, write_open_data
from consult.runtime import runtime

#: How old a package may become while the record grows.
RENEW = timedelta(minutes=15)
#: Events after which a package is given away no more: a text, a name or a signature that it may hold is not public now.
#: (`SheetClaimed` stands in this stream where it is of before there was `AuthorNameChanged`.)
TAKEN_BACK = (
    *("SubmissionHidden", "SubmissionReturned", "SubmissionCorrected", "SubmissionWithdrawn", "TranslationSetAside"),
    *("DisplayNameChanged", "OwnNameChanged", "AuthorNameChanged", "SheetClaimed", "MemberErased"),
    *("CosignatureRevoked", "CosignaturesFell"),
)
CHUNK = 2**16


def package_of(consultation: uuid.UUID) -> OpenData | None:
    """Return how the open data of a consultation stand, None where no licence was ever chosen (1 query)."""
    return session.get(OpenData, consultation)


def is_given_away(row: OpenData) -> bool:
    """Tell whether a package may be handed out: it is there, and nothing was taken back since it was made (1 query)."""
    if not (row.licence and row.made_at):
        return False
    return not session.execute(sa.select(_taken_back(sa.literal(row.consultation_id, sa.Uuid()), row.seq))).scalar_one()


def _taken_back(stream: sa.ColumnElement[uuid.UUID] | object, seq: object) -> sa.Exists:
    return sa.exists().where(EventRow.stream_id == stream, EventRow.seq > seq, EventRow.type.in_(TAKEN_BACK))


def file_of(row: OpenData) -> Path:
    """Return where a package lies."""
    return runtime().settings.instance_path / "open-data" / f"{row.consultation_id}-{row.seq}.zip"


def choose_licence(licence: str, *, consultation: Consultation, actor: Actor) -> OpenData:
    """Give the public part away under a licence, or with "" no more. Raises Rejected at `licence` for one that is unknown."""
    if licence and licence not in LICENCES:
        raise Rejected(N_("Choose one of the licences."), "licence")
    with transaction():
        demand(actor, "open_data.license", consultation)
        session.get_one(Consultation, consultation.id, with_for_update={"key_share": True}, populate_existing=True)
        row = session.get(OpenData, consultation.id, populate_existing=True)
        if row is None:
            row = OpenData(consultation_id=consultation.id, licence="", seq=0, size=0, digest="", rows={})
            session.add(row)
        if row.licence != licence:
            row.licence, row.made_at = licence, None
            record(OpenDataLicensed(licence), stream=consultation.id, actor=actor.person)
        return row


def make_due() -> bool:
    """Make one package whose consultation has moved on; tell whether there was one (1 query where there is none)."""
    old = sa.or_(OpenData.made_at < clock.now() - RENEW, _taken_back(OpenData.consultation_id, OpenData.seq))
    due = sa.or_(OpenData.made_at.is_(None), sa.and_(OpenData.seq < Stream.seq, old))
    row = session.scalars(
        sa.select(OpenData)
        .join(Stream, Stream.id == OpenData.consultation_id)
        .where(OpenData.licence != "", due)
        .limit(1)
    ).first()
    if row is None:
        return False
    _make(session.get_one(Consultation, row.consultation_id), row)
    return True


def _make(consultation: Consultation, row: OpenData) -> None:
    """Write the package beside the one that lies there, then put it in its place."""
    licence, before = row.licence, file_of(row)
    folder = before.parent
    folder.mkdir(mode=0o700, exist_ok=True)
    part = folder / f"{consultation.id}-{uuid.uuid4().hex}.part"
    try:
        seq = session.execute(sa.select(Stream.seq).where(Stream.id == consultation.id)).scalar_one()
        counts = write_open_data(part, consultation=consultation, licence=licence, actor=OPERATOR)
        with transaction():
            kept = session.get_one(OpenData, consultation.id, with_for_update=True, populate_existing=True)
            if kept.licence != licence:
                return  # another was chosen meanwhile: the next round makes it
            kept.seq, kept.rows, kept.made_at = seq, dict(counts), clock.now()
            kept.size, kept.digest = part.stat().st_size, _digest(part)
            part.replace(file_of(kept))
            after = file_of(kept)
        if before != after:
            before.unlink(missing_ok=True)
    finally:
        part.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
