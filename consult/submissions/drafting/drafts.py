"""Drafts: begun, saved at every step, given up, or turned into a submission. Saving a draft is not an event."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.heirs import acting_for
from consult.attachments import remove_files
from consult.cleaning import clean_line, clean_text
from consult.consultations.models import Consultation, Member
from consult.db import new_id, session, transaction
from consult.errors import Conflict, Rejected
from consult.i18n import N_
from consult.submissions.belonging import office_of
from consult.submissions.correcting import demand_correctable
from consult.submissions.documents.attached import attachments_of, filed_in, forget_loose, ids_in
from consult.submissions.drafting.splices import with_splices
from consult.submissions.models import Draft, Passage, Revision, Submission
from consult.submissions.offices.sign_off import fall
from consult.submissions.queries import locked_draft
from consult.submissions.questionnaires.content import carried
from consult.submissions.questionnaires.queries import form_of, open_form_of
from consult.submissions.review.blind import is_sealed
from consult.submissions.services import SubmissionDraft

#: A member may have so many drafts at once: more are a slip, or an attempt to fill the disk.
MOST_DRAFTS = 20


class DraftMoved(Conflict):
    """Another page saved the draft since this one was opened; nothing was written over."""

    message = N_(
        "This draft was saved from another page since you opened this one. Nothing was written over: compare, then save."
    )


def start_draft(member: uuid.UUID, *, consultation: Consultation, actor: Actor) -> Draft:
    """Begin a draft in the name of a member; Rejected if they have as many as one may have."""
    with transaction():
        demand(actor, "submission.submit", session.get_one(Member, member))
        if _drafts_of(member) >= MOST_DRAFTS:
            raise Rejected(
                N_("You have %(count)s drafts. Hand one in or delete one before you begin another.", count=MOST_DRAFTS)
            )
        form = open_form_of(consultation.id, session.get_one(Member, member).track)
        return _new_draft(consultation.id, member, {"language": actor.language}, form=form)


def start_correction(submission: Submission, *, actor: Actor) -> Draft:
    """Begin a draft from the current revision of a submission that can be corrected; the one that is there already is given back.

    That of a text which its body signed off is open to those who take part for the body, or for the one it went into, as the text is.
    """
    with transaction():
        row = session.get_one(Submission, submission.id)
        demand(actor, "submission.own", row)
        demand_correctable(row)
        found = session.scalars(sa.select(Draft).where(Draft.submission_id == row.id)).first()
        office = office_of(row)
        if found is None:
            answers = actor.answering_for(row.consultation_id, office)
            mine = next(
                m.member for m in actor.memberships_in(row.consultation_id) if m.member == row.member_id or m == answers
            )
            found = _new_draft(row.consultation_id, mine, answers_of(row), row.id, row.questionnaire_id)
        if office is not None:
            found.shared_body_id, found.shared_track = acting_for(row.consultation_id, office), office[1]
        return found


def save_step(draft: Draft, answers: Mapping[str, Any], version: int, *, page: str = "", actor: Actor) -> Draft:
    """Keep what was typed, right or wrong, beside what other steps hold.

    `version` is the one the page was opened with, `page` a name the page keeps while it is open; a longer text may come as
    a `Splice`. Raises DraftMoved if another page has saved since, OtherText for a change of another text, and NotFound if
    the draft was handed in or given up. A shared draft is saved part by part (`together.save_part`): a page from before it
    was shared is told that it moved.
    """
    with transaction():
        row = locked_draft(draft.id)
        demand(actor, "draft.edit", row)
        if row.shared_body_id is not None:
            raise DraftMoved
        if row.version != version and (not page or row.saved_from != page):
            raise DraftMoved
        row.answers = merged(row.answers, with_splices(row.answers, answers))
        row.version += 1
        row.saved_from, row.saved_at = page, clock.now()
        return row


def carry_over(draft: Draft, *, actor: Actor) -> Draft:
    """Let a draft answer the version of the form that is open now: answers stay by question.

    What the new version does not ask, or asks otherwise, is kept beside them under "left", with the words of its question,
    so that nothing typed is lost. Raises Conflict if there is no newer version.
    """
    with transaction():
        row = locked_draft(draft.id)
        demand(actor, "draft.edit", row)
        member = session.get_one(Member, row.member_id)
        newest = open_form_of(row.consultation_id, member.track)
        if newest is None or newest == row.questionnaire_id:
            raise Conflict(N_("This draft answers the newest form already."))
        before, after = form_of(row.questionnaire_id), form_of(newest)
        kept, left = carried(before, after, dict(row.answers.get("track") or {}))
        row.answers = {**row.answers, "track": kept, "left": [*(row.answers.get("left") or []), *left]}
        row.questionnaire_id = newest
        row.version += 1
        row.saved_from, row.saved_at = "", clock.now()
        fall(row, actor)
        return row


def discard_draft(draft: Draft, *, actor: Actor) -> None:
    """Delete a draft; a submission that it was to correct stays as it is."""
    with transaction() as running:
        row = locked_draft(draft.id)
        demand(actor, "draft.own", row)
        loose = forget_loose(row.id)
        session.delete(row)
        running.after_commit(partial(remove_files, loose))


def submission_draft(draft: Draft) -> SubmissionDraft:
    """Return what a draft says as a position to hand in."""
    given = draft.answers
    return SubmissionDraft(
        id=draft.id,
        member=draft.member_id,
        corrects=draft.submission_id,
        title=clean_line(str(given.get("title") or "")),
        language=str(given.get("language") or ""),
        text=clean_text(str(given.get("text") or "")),
        proposals=clean_text(str(given.get("proposals") or "")),
        topics=tuple(str(slug) for slug in given.get("topics") or ()),
        answers=dict(given.get("track") or {}),
        withheld=bool(given.get("withheld")),
        questionnaire=draft.questionnaire_id,
        attachments=ids_in(given),
        why=clean_line(str(given.get("why") or "")) if draft.submission_id else "",
    )


def answers_of(row: Submission) -> dict[str, Any]:
    """Return the current revision of a submission as the answers of a draft."""
    revision = session.scalars(
        sa.select(Revision).where(Revision.submission_id == row.id, Revision.number == row.revision)
    ).one()
    passages = session.execute(
        sa.select(Passage.kind, Passage.text)
        .where(Passage.submission_id == row.id, Passage.revision == row.revision)
        .order_by(Passage.number)
    ).all()
    return {
        "title": revision.title,
        "language": revision.language,
        "withheld": row.withheld and not is_sealed(row.id),
        "topics": list(revision.topics),
        "text": "\n\n".join(text for kind, text in passages if kind == "text"),
        "proposals": "\n\n".join(text for kind, text in passages if kind == "proposal"),
        "track": {**revision.answers, **revision.private_answers},
        **_documents(row, {**revision.answers, **revision.private_answers}),
    }


def _documents(row: Submission, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the files of a submission but for those that answer a question."""
    answering = filed_in({"track": answers})
    files = [file for file in attachments_of(row.id, row.revision) if str(file.id) not in answering]
    return {"documents": True, "attachments": [str(file.id) for file in files]} if files else {}


def _new_draft(
    consultation: uuid.UUID,
    member: uuid.UUID,
    answers: dict[str, Any],
    corrects: uuid.UUID | None = None,
    form: uuid.UUID | None = None,
) -> Draft:
    now = clock.now()
    draft = Draft(
        id=new_id(),
        consultation_id=consultation,
        member_id=member,
        submission_id=corrects,
        questionnaire_id=form,
        answers=answers,
        created_at=now,
        saved_at=now,
    )
    session.add(draft)
    session.flush()
    return draft


def merged(kept: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a draft holds after a step was saved: answers of one section leave those of the others as they are."""
    merged = {**kept, **given}
    if isinstance(given.get("track"), dict) and isinstance(kept.get("track"), dict):
        merged["track"] = {**kept["track"], **given["track"]}
    return merged


def _drafts_of(member: uuid.UUID) -> int:
    return session.execute(sa.select(sa.func.count()).where(Draft.member_id == member)).scalar_one()
