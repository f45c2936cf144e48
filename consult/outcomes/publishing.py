"""Publishing an edition: compile in every language, seal, set the files, then write all of it at once.

Setting takes seconds, so it happens before the transaction that writes; the log's number tells whether anything that the
document says has moved meanwhile.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.four_eyes import Kind, confirm_second, digest_of, needs_two
from consult.consultations.ending import Silence
from consult.consultations.models import Consultation
from consult.consultations.phases import Right
from consult.db import in_transaction, new_id, session, transaction
from consult.errors import Conflict
from consult.events.checkpoint import latest_checkpoint, sign_checkpoint
from consult.events.log_keys import spans_in
from consult.events.models import EventRow, Stream
from consult.events.record import record
from consult.events.stream import current_seq
from consult.i18n import LANGUAGES, N_
from consult.outcomes.addresses import Addresses
from consult.outcomes.canonical import canonical
from consult.outcomes.canonical import seal as hash_of_bytes
from consult.outcomes.citing import Subject, subjects
from consult.outcomes.compiler import Draft, compile_draft, printed
from consult.outcomes.edition_pages import pages_of
from consult.outcomes.events import EditionPublished, SilenceExplained
from consult.outcomes.hindrances import blocking, hindrances
from consult.outcomes.material import Material
from consult.outcomes.models import Citation, Edition, EditionFile
from consult.outcomes.outline import Publication
from consult.outcomes.queries import accepted_receipts, next_edition_number
from consult.outcomes.reading import read_material
from consult.outcomes.renderers import FORMATS, render
from consult.outcomes.silence import Unanswered, unanswered_with_reason
from consult.outcomes.tree import Document, SourceKind
from consult.outcomes.walk import sources

#: The day on which a text is dated when it is only compared.
_NO_DAY = datetime(2000, 1, 1, tzinfo=UTC)
#: How often an edition is set anew when the record moved while it was being set.
ATTEMPTS = 3

#: Events that change no word of a document: what happens in a hall from minute to minute, and texts under review.
QUIET_EVENTS = (
    "LettersSent",
    "SubmissionReceived",
    "SubmissionCorrected",
    "SubmissionReturned",
    "MemberCheckedIn",
    "MemberCheckedOut",
    "FloorRequested",
    "FloorRequestWithdrawn",
    "FloorGiven",
    "SpeakingTimeExtended",
    "AgendaItemStarted",
    "AgendaItemFinished",
    "MinutesWritten",
    "MinutesCorrected",
    "MinutesLineHidden",
    "MinutesLineShown",
)

#: The formats that are files of an edition; the others are its pages on the site.
DOWNLOADS = frozenset({"json", *FORMATS})


@dataclass(frozen=True, slots=True)
class File:
    """A file of an edition before it is written down."""

    language: str
    format: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes, in hexadecimal."""
        return hash_of_bytes(self.content)


@dataclass(frozen=True, slots=True)
class Made:
    """An edition as it was set: its texts by language, its seal and its files; `seq` is the log's number it tells of."""

    number: int
    at: datetime
    seq: int
    checkpoint: tuple[str, ...]
    key: str
    documents: Mapping[str, Document]
    material: Material
    sealed: str
    seal: str
    files: tuple[File, ...]
    unanswered: Unanswered
    content: str


def publish_edition(
    *, consultation: Consultation, actor: Actor, silence: Silence | None = None, act: uuid.UUID | None = None
) -> Edition:
    """Publish the next edition in every language, as canonical JSON, HTML and PDF.

    While accepted submissions have no answer, `silence` says why, and everybody reads it. Raises Conflict, in words, when
    something blocks it, or when the record kept moving while the files were made; Rejected where that reason is missing.
    Where two people are needed, `act` is what another asked for and this actor confirms; Conflict without one.
    """
    demand(actor, "outcome.publish", consultation)
    for _ in range(ATTEMPTS):
        made = _make(consultation, silence)
        with transaction():
            demand(actor, "outcome.publish", consultation)
            if not _moved(consultation.id, made):
                _second(act, made.content, consultation, actor)
                return _write(made, consultation, actor)
    raise Conflict(
        N_("Something was recorded while the files were made. Nothing was published; try again in a moment.")
    )


def _second(act: uuid.UUID | None, content: str, consultation: Consultation, actor: Actor) -> None:
    """Take the confirmation of what another asked for, where there is one or must be one."""
    if act is not None:
        confirm_second(act, Kind.PUBLISH, content, consultation=consultation.id, actor=actor)
    elif needs_two(consultation.id):
        raise Conflict(N_("Publishing needs two people here: ask for it, and somebody else confirms."))


@dataclass(frozen=True, slots=True)
class Content:
    """What the next edition would say now: its number, and a hash of its words whatever the moment of publication."""

    edition: int
    digest: str


def content_of_now(consultation: Consultation, silence: Silence | None) -> Content:
    """Return what would be published now, without setting any file. Raises as publishing does."""
    number, interim = next_edition_number(consultation.id), _interim(consultation, clock.now())
    material = read_material(consultation)
    drafts = {code: compile_draft(consultation, code, Publication(number, interim, ()), material) for code in LANGUAGES}
    if found := blocking(hindrances(consultation, drafts)):
        raise Conflict(found[0].message)
    unanswered = unanswered_with_reason(consultation, silence)
    return Content(number, _digest(drafts, unanswered, interim=interim))


def _digest(drafts: Mapping[str, Draft], unanswered: Unanswered, *, interim: bool) -> str:
    """Return a hash of what three drafts say, dated at one fixed day, and of the reason why texts have no answer."""
    texts = {code: hash_of_bytes(canonical(printed(draft, _NO_DAY))) for code, draft in drafts.items()}
    return digest_of({"kind": Kind.PUBLISH, "texts": texts, "reason": unanswered.reason, "interim": interim})


def _interim(consultation: Consultation, at: datetime) -> bool:
    return not any(Right.OUTCOME in phase.rights and phase.opens_at <= at for phase in consultation.phases)


def _make(consultation: Consultation, silence: Silence | None) -> Made:
    """Compile and set an edition on the state of this moment."""
    seq, checkpoint, key = _checkpoint(consultation.id)
    at = clock.now().replace(microsecond=0)
    interim = _interim(consultation, at)
    publication = Publication(next_edition_number(consultation.id), interim, (*checkpoint, "", key) if key else ())
    material = read_material(consultation)
    drafts = {code: compile_draft(consultation, code, publication, material) for code in LANGUAGES}
    if found := blocking(hindrances(consultation, drafts)):
        raise Conflict(found[0].message)
    unanswered = unanswered_with_reason(consultation, silence)
    plain = Publication(publication.number, interim, ())
    content = _digest(
        {code: compile_draft(consultation, code, plain, material) for code in LANGUAGES}, unanswered, interim=interim
    )
    documents = {code: printed(draft, at) for code, draft in drafts.items()}
    if not in_transaction():
        session.rollback()  # everything is read: nobody waits for us while the files are set
    texts = {code: canonical(document) for code, document in documents.items()}
    sealed = sealed_list(material.slug, publication.number, texts)
    seal = hash_of_bytes(sealed.encode())
    return Made(
        number=publication.number,
        at=at,
        seq=seq,
        checkpoint=checkpoint,
        key=key,
        documents=documents,
        material=material,
        sealed=sealed,
        seal=seal,
        files=tuple(_files(material.slug, documents, texts, seal)),
        unanswered=unanswered,
        content=content,
    )


def _checkpoint(consultation: uuid.UUID) -> tuple[int, tuple[str, ...], str]:
    """Return the log's number, the signed checkpoint that covers everything up to it, and the public half of its key."""
    with transaction():
        seq, latest = current_seq(consultation), latest_checkpoint(consultation)
        if not seq:
            return 0, (), ""
        if latest is None or latest.size != seq:
            latest = sign_checkpoint(consultation)
        return seq, tuple(latest.note.rstrip("\n").split("\n")), spans_in(consultation)[-1].key.line


def sealed_list(slug: str, number: int, texts: Mapping[str, bytes]) -> str:
    """Return the list that is sealed: a line for each text, as `sha256sum` writes and checks it."""
    return "".join(
        f"{hash_of_bytes(text)}  {file_name(slug, number, code, 'json')}\n" for code, text in sorted(texts.items())
    )


def file_name(slug: str, number: int, language: str, form: str) -> str:
    """Return the name under which a file of an edition is downloaded."""
    return f"{slug}-outcome-{number}-{language}.{form}"


def _files(slug: str, documents: Mapping[str, Document], texts: Mapping[str, bytes], seal: str) -> Iterator[File]:
    for code, document in documents.items():
        yield File(code, "json", texts[code])
        for form in FORMATS:
            yield File(code, form, render(document, form, seal))
        for form, content in pages_of(document, seal, Addresses(slug, code)):
            yield File(code, form, content)


def _moved(consultation: uuid.UUID, made: Made) -> bool:
    """Tell whether anything that the document says was recorded after it was compiled; others wait until we are done."""
    session.execute(sa.select(Stream.seq).where(Stream.id == consultation).with_for_update())
    since = sa.select(EventRow.id).where(
        EventRow.stream_id == consultation, EventRow.seq > made.seq, EventRow.type.not_in(QUIET_EVENTS)
    )
    return session.execute(since.limit(1)).first() is not None


def _write(made: Made, consultation: Consultation, actor: Actor) -> Edition:
    edition = Edition(
        id=new_id(),
        consultation_id=consultation.id,
        number=made.number,
        seal=made.seal,
        manifest=json.dumps(manifest_of(made), ensure_ascii=False, indent=1),
        unanswered=made.unanswered.count,
        silence=made.unanswered.reason,
        silence_language=made.unanswered.language,
        published_by=actor.person,
        published_at=made.at,
    )
    session.add(edition)
    session.flush()
    session.execute(sa.insert(EditionFile), [_file_row(edition.id, file) for file in made.files])
    cited = list(_citations(edition.id, made))
    if cited:
        session.execute(sa.insert(Citation), cited)
    if edition.silence:
        explained = SilenceExplained(edition.id, edition.number, edition.unanswered)
        record(explained, stream=consultation.id, actor=actor.person)
    languages = tuple(sorted(made.documents))
    record(
        EditionPublished(edition.id, edition.number, edition.seal, languages),
        stream=consultation.id,
        actor=actor.person,
    )
    return edition


def manifest_of(made: Made) -> dict[str, Any]:
    """Return the manifest: what was sealed, the seal, the log's checkpoint with the public half of its key, and hash and size of every file."""
    slug = made.material.slug
    return {
        "consultation": slug,
        "edition": made.number,
        "published": made.documents["en"].published,
        "seal": made.seal,
        "sealed": made.sealed,
        "checkpoint": "\n".join(made.checkpoint) + "\n",
        "key": made.key,
        "files": [
            {
                "name": file_name(slug, made.number, file.language, file.format),
                "language": file.language,
                "format": file.format,
                "sha256": file.sha256,
                "size": len(file.content),
            }
            for file in made.files
            if file.format in DOWNLOADS
        ],
    }


def _file_row(edition: uuid.UUID, file: File) -> dict[str, Any]:
    return {
        "edition_id": edition,
        "language": file.language,
        "format": file.format,
        "content": file.content,
        "sha256": file.sha256,
        "size": len(file.content),
    }


def _citations(edition: uuid.UUID, made: Made) -> Iterator[dict[str, Any]]:
    """Yield the rows of the trace: each place once for each thing it comes from."""
    known = dict(subjects(made.material))
    for code, document in made.documents.items():
        found = list(sources(document))
        named = {c.source.id for c in found if c.source.kind is SourceKind.SUBMISSION and c.source.key not in known}
        for receipt, id_ in accepted_receipts(made.material.consultation_id, named).items():
            known[SourceKind.SUBMISSION, receipt] = (("submission", id_),)
        places = {
            (citation.anchor, citation.paragraph or 0, *subject): None
            for citation in found
            for subject in _subjects(known, citation.source.key)
        }
        for anchor, paragraph, kind, subject_id in places:
            yield {
                "id": new_id(),
                "edition_id": edition,
                "language": code,
                "anchor": anchor,
                "paragraph": paragraph,
                "kind": kind,
                "subject_id": subject_id,
            }


def _subjects(
    known: Mapping[tuple[SourceKind, str], tuple[Subject, ...]], key: tuple[SourceKind, str]
) -> Sequence[Subject]:
    return known.get(key, ())
