"""Files as they are served and shown: always to be kept, never to be run, asked for anew each time."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

from flask import current_app, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from consult.attachments import KIND_LABELS, path_of
from consult.attachments.kinds import CHUNK, MEDIA_TYPES, Kind
from consult.errors import NotFound
from consult.i18n import N_
from consult.submissions.documents.attached import Document, is_nameless
from consult.submissions.documents.models import Attachment
from consult.submissions.models import Submission
from consult.web.context import present_formats
from consult.web.forms import say
from consult.web.visitor import actor

#: Whatever a reader's program makes of a file, nothing in it runs in our name.
POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'; base-uri 'none'"


class Kept(Protocol):
    """A file that was checked and lies in the instance: of a submission, of a sheet of paper, of an application."""

    @property
    def id(self) -> uuid.UUID: ...
    @property
    def kind(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    @property
    def place(self) -> str | None: ...


def served(file: Attachment, document: Document, *, nameless: bool) -> Response:
    """Give a document of a submission, under a name that tells nobody's where its author's real name is not public."""
    return served_file(file, document.file_name(nameless=nameless))


def served_file(file: Kept, name: str) -> Response:
    """Give a file to be kept under a name of its own; whoever has it as it is now gets nothing (304), or the part they ask for."""
    if file.place is None:
        raise NotFound
    path = path_of(file.place)
    if not path.is_file():
        current_app.logger.error("the file of the attachment %s is gone", file.id)
        raise NotFound
    answer = Response(_pieces(path), mimetype=MEDIA_TYPES[Kind(file.kind)])
    answer.content_length = file.size
    answer.headers.set(
        "Content-Disposition",
        "attachment",
        **{"filename": f"document.{file.kind}", "filename*": f"UTF-8''{quote(name, safe='')}"},
    )
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store" if actor().signed_in else "private, no-cache"
    answer.set_etag(file.sha256)
    return answer.make_conditional(request.environ, accept_ranges=True, complete_length=file.size)


def _pieces(path: Path) -> Iterator[bytes]:
    """Yield a file in pieces; it is opened when somebody begins to read."""
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece


def size_in_words(size: int) -> Markup | str:
    """Return a size in bytes as people read it."""
    number = present_formats().number
    if size < 1_000_000:
        return say(N_("%(size)s KB", size=number(max(1, round(size / 1000)))))
    return say(N_("%(size)s MB", size=number(round(size / 1_000_000, 1))))


def documents_of_text(row: Submission, documents: Sequence[Document]) -> list[dict[str, object]]:
    """Return the files of a text as lists show them to others (1 query, 0 without files)."""
    return shown_documents(documents, nameless=bool(documents) and is_nameless(row))


def shown_documents(documents: Sequence[Document], *, nameless: bool) -> list[dict[str, object]]:
    """Return files as lists show them: id, name, kind and size in words, whether the words in it can be searched."""
    return [
        {
            "id": one.id,
            "name": one.file_name(nameless=nameless),
            "kind": say(KIND_LABELS[one.kind]),
            "size": size_in_words(one.size),
            "scanned": one.scanned,
        }
        for one in documents
    ]
