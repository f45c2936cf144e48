"""The files of submissions: served to whoever may read the text now, and to nobody else."""

from __future__ import annotations

import uuid

from werkzeug.wrappers import Response

from consult.accounts.access import allowed
from consult.attachments import Kind
from consult.db import session
from consult.errors import NotFound
from consult.submissions.documents.attached import Document, holds, is_nameless, submission_with
from consult.submissions.documents.models import Attachment
from consult.submissions.models import Draft
from consult.web.documents import served
from consult.web.guards import requires, visible
from consult.web.public.blueprint import blueprint
from consult.web.visitor import actor, consultation


@blueprint.get("/c/<slug>/documents/<uuid:document>/")
@requires("public.read")
def document(document: uuid.UUID) -> Response:
    """Give a file of a submission, or of one's own draft; hidden or withdrawn, it is gone at once."""
    file = session.get(Attachment, document)
    if file is None or file.consultation_id != consultation().id:
        raise NotFound
    if _is_of_own_draft(file):
        return served(file, Document(file.id, 1, Kind(file.kind), file.name, file.size, file.scanned), nameless=False)
    found = submission_with(document)
    if found is None:
        raise NotFound
    row = visible("submission.own" if found[2] else "submission.read", found[0])
    return served(file, found[1], nameless=is_nameless(row))


def _is_of_own_draft(file: Attachment) -> bool:
    """Tell whether a file is in a draft that the visitor writes in, as long as that is there and holds the file."""
    draft = session.get(Draft, file.draft_id) if file.draft_id else None
    return draft is not None and allowed(actor(), "draft.edit", draft) and holds(draft.answers, file.id)
