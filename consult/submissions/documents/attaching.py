"""Files added to a draft and taken away again. Neither is an event: a draft is not yet said."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.attachments import Checked, Refused, check_file, remove_files
from consult.attachments.brought import BroughtDocument, clean_name
from consult.attachments.kinds import GROUPS, Group, Kind
from consult.consultations.frame import MOST_FILE_MEGABYTES
from consult.consultations.models import Consultation, Member
from consult.db import end_reading, session, transaction
from consult.errors import NotFound, Rejected
from consult.i18n import N_
from consult.plugins.questions import Question, QuestionKind, files_in
from consult.submissions.documents.attached import ids_in
from consult.submissions.documents.models import Attachment, SubmissionAttachment
from consult.submissions.models import Draft
from consult.submissions.offices.sign_off import fall
from consult.submissions.queries import locked_draft
from consult.submissions.tracks import questions_of


@dataclass(frozen=True, slots=True)
class FileLimits:
    """How many files a track takes with a submission, or a question as its answer, how many megabytes each may have, and of which kinds; none for 0."""

    files: int = 0
    megabytes: int = 0
    kinds: frozenset[Kind] = frozenset(Kind)


def limits_of(consultation: Consultation, track: str) -> FileLimits:
    """Return what a track takes in a consultation (no query once its tracks are loaded)."""
    row = next((one for one in consultation.tracks if one.key == track), None)
    return FileLimits() if row is None else FileLimits(row.files, min(row.file_megabytes, MOST_FILE_MEGABYTES))


def attach(draft: Draft, brought: BroughtDocument, *, consultation: Consultation, actor: Actor) -> Attachment:
    """Check a file, keep it and add it to a draft.

    Raises Rejected at `file`, saying why it is not taken, and NotNow where it cannot be checked now. What the draft holds
    stays as it is.
    """
    limits = limits_of(consultation, session.get_one(Member, draft.member_id).track)

    def put(row: Draft, made: Attachment) -> None:
        documents = [*(row.answers.get("attachments") or []), str(made.id)]
        row.answers = {**row.answers, "documents": True, "attachments": documents}

    return _attach(draft, brought, limits, lambda row: demand_room(row, limits), put, actor)


def attach_answer(
    draft: Draft, key: str, brought: BroughtDocument, *, consultation: Consultation, actor: Actor
) -> Attachment:
    """Check a file and keep it as the answer to a question: in place of the one before, or beside others where several are taken.

    Raises NotFound unless the draft's form asks for a file there, Rejected at the question, and NotNow, as `attach` does.
    """
    track = session.get_one(Member, draft.member_id).track
    limits = answer_limits(file_question(draft, key, consultation, track), consultation, track)

    def put(row: Draft, made: Attachment) -> None:
        given = row.answers.get("track") or {}
        answer: str | list[str] = str(made.id)
        if limits.files > 1:
            answer = [*files_in(given.get(key)), str(made.id)]
        else:
            with transaction() as running:
                running.after_commit(partial(remove_files, _forget_answer(row, given.get(key))))
        row.answers = {**row.answers, "track": {**given, key: answer}}
        fall(row, actor)

    try:
        return _attach(draft, brought, limits, lambda row: demand_answer_room(row, key, limits), put, actor)
    except Rejected as refused:
        raise Rejected(refused.problems[0].message, key) from refused


def detach_answer(draft: Draft, key: str, files: Collection[str], *, actor: Actor) -> None:
    """Take files out of the answer to a question; nothing happens with those that are not in it."""
    with transaction() as running:
        row = locked_draft(draft.id)
        demand(actor, "draft.edit", row)
        given = dict(row.answers.get("track") or {})
        held = files_in(given.pop(key, None))
        places = _forget_answer(row, [one for one in held if one in files])
        if left := [one for one in held if one not in files]:
            given[key] = left
        row.answers, row.saved_at = {**row.answers, "track": given}, clock.now()
        fall(row, actor)
        running.after_commit(partial(remove_files, places))


def _forget_answer(draft: Draft, answer: object) -> list[str]:
    """Delete the files of an answer as `_forget` does, those that were added to this draft."""
    own, wanted = sa.select(Attachment.id).where(Attachment.draft_id == draft.id), set(files_in(answer))
    return [place for one in session.scalars(own).all() if str(one) in wanted for place in _forget(one)]


def file_question(draft: Draft, key: str, consultation: Consultation, track: str) -> Question:
    """Return the question of a draft's form that files answer. Raises NotFound for any other key."""
    questions = questions_of(consultation, track, draft.questionnaire_id)
    asked = (question for question in questions if question.key == key and question.kind is QuestionKind.FILE)
    if (found := next(asked, None)) is None:
        raise NotFound
    return found


def answer_limits(question: Question, consultation: Consultation, track: str) -> FileLimits:
    """Return what a question takes: its own limits, within those of the instance, else the size that its track takes."""
    size = min(question.megabytes, MOST_FILE_MEGABYTES) or limits_of(consultation, track).megabytes
    kinds = frozenset(kind for group in question.groups or Group for kind in GROUPS[Group(group)])
    return FileLimits(question.files, size, kinds)


def demand_answer_room(draft: Draft, key: str, limits: FileLimits) -> None:
    """Raise Rejected at `file` where several files may answer a question and as many do; the only one is replaced."""
    held = files_in((draft.answers.get("track") or {}).get(key))
    if 1 < limits.files <= len(held):
        raise Rejected(
            N_("You have added %(count)s documents, as many as may be. Remove one first.", count=limits.files), "file"
        )


def _attach(
    draft: Draft,
    brought: BroughtDocument,
    limits: FileLimits,
    room: Callable[[Draft], None],
    put: Callable[[Draft, Attachment], None],
    actor: Actor,
) -> Attachment:
    """Check a file with no transaction open, keep it, and put it where it belongs in the draft."""
    demand(actor, "draft.edit", draft)
    room(draft)
    identity = draft.id
    end_reading()
    try:
        checked = check_file(brought.content, limits.megabytes * 2**20, limits.kinds)
    except Refused as refused:
        raise Rejected(refused.message, "file") from refused
    try:
        with transaction():
            row = locked_draft(identity)
            demand(actor, "draft.edit", row)
            room(row)
            made = _row(row, brought.name, checked)
            session.add(made)
            put(row, made)
            row.saved_at = clock.now()
            return made
    except BaseException:
        remove_files([checked.place])
        raise


def detach(draft: Draft, attachment: uuid.UUID, *, actor: Actor) -> None:
    """Take a file out of a draft; one that no revision was handed in with is deleted. NotFound if the draft has no such file."""
    with transaction() as running:
        row = locked_draft(draft.id)
        demand(actor, "draft.edit", row)
        kept = [str(one) for one in ids_in(row.answers)]
        if str(attachment) not in kept:
            raise NotFound
        kept.remove(str(attachment))
        row.answers = {**row.answers, "attachments": kept}
        row.saved_at = clock.now()
        running.after_commit(partial(remove_files, _forget(attachment)))


def _row(draft: Draft, name: str, checked: Checked) -> Attachment:
    return Attachment(
        id=uuid.uuid4(),
        consultation_id=draft.consultation_id,
        member_id=draft.member_id,
        draft_id=draft.id,
        kind=checked.kind.value,
        name=clean_name(name),
        size=checked.size,
        sha256=checked.sha256,
        place=checked.place,
        text=checked.text,
        scanned=checked.scanned,
        checked_at=clock.now(),
    )


def demand_room(draft: Draft, limits: FileLimits) -> None:
    """Raise Rejected at `file` where a draft may have no further document."""
    if not limits.files:
        raise Rejected(N_("This track takes no documents."), "file")
    if len(ids_in(draft.answers)) >= limits.files:
        raise Rejected(
            N_("You have added %(count)s documents, as many as may be. Remove one first.", count=limits.files), "file"
        )


def _forget(attachment: uuid.UUID) -> list[str]:
    """Delete the row of a file unless a revision has it, and return where it lies, nothing where it stays."""
    row = session.get(Attachment, attachment)
    handed_in = sa.exists().where(SubmissionAttachment.attachment_id == attachment)
    if row is None or session.execute(sa.select(handed_in)).scalar_one():
        return []
    session.delete(row)
    return [row.place]
