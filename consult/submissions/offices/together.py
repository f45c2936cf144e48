"""Writing one submission together: a draft opened to the body, in the parts of `consult.submissions.offices.parts`.

A part is what one page of the form asks (its step). Whatever changes a shared draft holds its row first, so that two
colleagues come one after the other. None of it is an event: a draft is not yet said.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from consult import clock
from consult.accounts.access import Actor, demand
from consult.consultations.models import Member
from consult.db import session, transaction
from consult.errors import Conflict
from consult.i18n import N_
from consult.submissions.drafting.drafts import DraftMoved, merged
from consult.submissions.drafting.splices import with_splices
from consult.submissions.drafting.steps import STEP_FIELDS, Step
from consult.submissions.models import Draft
from consult.submissions.offices.models import TextComment, TextPart, TextSave
from consult.submissions.offices.parts import (
    DRAFTS,
    entered,
    hold,
    is_overtaken,
    let_go,
    remember,
    resolve,
    save_of,
    saved,
    say,
)
from consult.submissions.offices.sign_off import fall, member_for
from consult.submissions.queries import locked_draft
from consult.submissions.questionnaires.queries import form_of


def share_draft(draft: Draft, *, actor: Actor) -> Draft:
    """Open a draft to those who take part for the same body in the same track; what it says so far begins its history."""
    with transaction():
        row = locked_draft(draft.id)
        demand(actor, "draft.own", row)
        member = session.get_one(Member, row.member_id)
        if member.own_body_id is None:
            raise Conflict(N_("You take part for yourself: there are no colleagues to open this draft to."))
        if row.shared_body_id is None:
            row.shared_body_id, row.shared_track = member.own_body_id, member.track
            for part, content in _parts(row):
                remember(DRAFTS, row.id, part, member.id, "", content)
        return row


def save_part(draft: Draft, part: str, answers: Mapping[str, Any], version: int, *, page: str, actor: Actor) -> Draft:
    """Keep what was typed in a part, right or wrong, and hold the part; whoever saves first takes a part that is free.

    `version` is the part's when the page was opened, `page` a name the page keeps while it is open. Raises PartHeld while
    a colleague holds the part, DraftMoved if it was saved from another page since, OtherText for a change of another text,
    NotFound if the draft is gone.
    """
    with transaction():
        row, me = _shared(draft, actor)
        here = entered(DRAFTS, row.id, part, me)
        if is_overtaken(here, version, page):
            raise DraftMoved
        _keep(row, here, with_splices(row.answers, answers), me, page, actor)
        return row


def restore_save(save: uuid.UUID, *, draft: Draft, actor: Actor) -> TextSave:
    """Let a part say again what it said after an earlier save; what it says now stays in the history."""
    with transaction():
        row, me = _shared(draft, actor)
        kept = save_of(DRAFTS, row.id, save)
        _keep(row, entered(DRAFTS, row.id, kept.part, me), kept.content, me, "", actor)
        return kept


def take_part(draft: Draft, part: str, *, actor: Actor) -> TextPart:
    """Hold a part that is free, or whose time has run out. Raises PartHeld."""
    with transaction():
        row, me = _shared(draft, actor)
        here = entered(DRAFTS, row.id, part, me)
        hold(here, me)
        return here


def release_part(draft: Draft, part: str, *, actor: Actor) -> None:
    """Let others write in a part that one holds; nothing happens if one does not hold it."""
    with transaction():
        row = locked_draft(draft.id)
        demand(actor, "draft.edit", row)
        let_go(DRAFTS, row.id, part, member_for(actor, row))


def comment(draft: Draft, part: str, text: str, *, actor: Actor) -> TextComment:
    """Say something to one's colleagues about a part. Raises Rejected at `text`, Conflict where nobody else writes."""
    with transaction():
        row, me = _shared(draft, actor)
        return say(DRAFTS, row.id, part, text, me, actor.language)


def resolve_comment(comment: uuid.UUID, *, draft: Draft, actor: Actor) -> TextComment:
    """Mark a comment as dealt with; it stays to be read."""
    with transaction():
        row, _me = _shared(draft, actor)
        return resolve(DRAFTS, row.id, comment)


def _shared(draft: Draft, actor: Actor) -> tuple[Draft, uuid.UUID]:
    """Return a shared draft, held until the transaction ends, and as whom somebody writes in it. Raises Forbidden, Conflict."""
    row = locked_draft(draft.id)
    demand(actor, "draft.edit", row)
    if row.shared_body_id is None:
        raise Conflict(N_("Open the draft to your colleagues first."))
    return row, member_for(actor, row)


def _keep(row: Draft, here: TextPart, answers: Mapping[str, Any], me: uuid.UUID, page: str, actor: Actor) -> None:
    changed = merged(row.answers, answers)
    if changed != row.answers:
        row.answers = changed
        remember(DRAFTS, row.id, here.part, me, page, answers)
        fall(row, actor)
    saved(here, me, page)
    row.version += 1
    row.saved_from, row.saved_at = page, clock.now()


def _parts(row: Draft) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what each part of a draft says so far; parts that nobody has written in are left out."""
    given = row.answers
    for step, fields in STEP_FIELDS.items():
        content = {field: given[field] for field in fields if given.get(field) and step is not Step.TRACK}
        if content:
            yield step.value, content
    rest = dict(given.get("track") or {})
    for section in form_of(row.questionnaire_id).sections:
        own = {question.key: rest.pop(question.key) for question in section.questions if question.key in rest}
        if own:
            yield section.key, {"track": own}
    if rest:
        yield Step.TRACK.value, {"track": rest}
