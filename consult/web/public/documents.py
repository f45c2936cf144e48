"""The files of submissions: served to whoever may read the text now, and to nobody else."""

from __future__ import annotations

import uuid

from werkzeug.wrappers import Response

from consult.accounts.access import allowed
from consult.db import session
from consult.errors import NotFound
from consult.submissions.attached import documents_of_draft, submission_with
from consult.submissions.attachment_models import Attachment
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
    if (draft := _own_draft(file)) is not None:
        shown = next(one for one in documents_of_draft(draft.answers) if one.id == file.id)
        return served(file, shown, withheld=False)
    found = submission_with(document)
    row = visible("submission.read", found[0] if found else None)
    if found is None:
        raise NotFound
    return served(file, found[1], withheld=row.withheld)


def _own_draft(file: Attachment) -> Draft | None:
    """Return the draft of the visitor's own that a file was added to, as long as it is there and holds the file."""
    draft = session.get(Draft, file.draft_id) if file.draft_id else None
    if draft is None or not allowed(actor(), "draft.edit", draft):
        return None
    return draft if str(file.id) in (draft.answers.get("attachments") or ()) else None
