"""Files of drafts that come in pieces, documents and answers alike: none larger than their track takes.

None of it is an event: a draft is not yet said.
"""

from __future__ import annotations

import uuid

from consult.accounts.access import Actor, demand
from consult.attachments.brought import BroughtDocument
from consult.consultations import uploads
from consult.consultations.models import Consultation, Member
from consult.consultations.upload_models import Upload
from consult.consultations.uploads import ComingFile, Goal
from consult.db import session, transaction
from consult.submissions.documents.attaching import (
    answer_limits,
    attach,
    attach_answer,
    demand_answer_room,
    demand_room,
    file_question,
    limits_of,
)
from consult.submissions.documents.models import Attachment
from consult.submissions.models import Draft


def begin_upload(draft: Draft, coming: ComingFile, *, consultation: Consultation, actor: Actor) -> Upload:
    """Begin to bring a file, or go on with it, as `uploads.begin` does.

    Raises Rejected at `file` for one that is too large, or too many, NotFound where no such question asks for a file.
    """
    with transaction():
        member = session.get_one(Member, draft.member_id, with_for_update={"key_share": True}, populate_existing=True)
        demand(actor, "draft.edit", draft)
        limits = limits_of(consultation, member.track)
        if coming.question:
            question = file_question(draft, coming.question, consultation, member.track)
            limits = answer_limits(question, consultation, member.track)
            demand_answer_room(draft, coming.question, limits)
        else:
            demand_room(draft, limits)
        waiting = uploads.under_way(Member.person_id == member.person_id)
        return uploads.begin(coming, _goal(draft), megabytes=limits.megabytes, under_way=waiting)


def take_piece(draft: Draft, upload: uuid.UUID, start: int, content: bytes, *, actor: Actor) -> Upload:
    """Keep a piece. Raises OtherPlace where it does not begin at what is there, NotFound for an upload of another draft."""
    demand(actor, "draft.edit", draft)
    return uploads.take(_goal(draft), upload, start, content)


def finish_upload(draft: Draft, upload: uuid.UUID, *, consultation: Consultation, actor: Actor) -> Attachment:
    """Check what was gathered as one file and add it to the draft, or as the answer to its question. Raises as `attach` does."""
    demand(actor, "draft.edit", draft)

    def keep(brought: BroughtDocument, question: str) -> Attachment:
        if question:
            return attach_answer(draft, question, brought, consultation=consultation, actor=actor)
        return attach(draft, brought, consultation=consultation, actor=actor)

    return uploads.finish(_goal(draft), upload, keep)


def _goal(draft: Draft) -> Goal:
    return Goal(draft=draft.id, member=draft.member_id)
