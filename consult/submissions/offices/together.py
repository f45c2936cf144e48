"""Writing one text together: a draft opened to the body, parts held for a while, every save kept, comments inside.

A part is what one page of the form asks (its step). Whatever changes a shared draft holds its row first, so that two
colleagues come one after the other. None of it is an event: a draft is not yet said.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.cleaning import clean_text
from consult.consultations.models import Member
from consult.db import new_id, session, transaction
from consult.errors import Conflict, NotFound, Rejected
from consult.i18n import N_
from consult.submissions.drafting.drafts import DraftMoved, locked, merged
from consult.submissions.drafting.splices import with_splices
from consult.submissions.drafting.steps import STEP_FIELDS, Step
from consult.submissions.models import Draft
from consult.submissions.offices.models import DraftComment, DraftPart, DraftSave
from consult.submissions.offices.sign_off import fall, member_for
from consult.submissions.questionnaires.queries import form_of

#: How long a part stays with whoever wrote in it last.
HOLD = timedelta(minutes=15)
#: How many saves of a draft are kept: the newest.
MOST_SAVES = 200
MOST_COMMENTS = 500
COMMENT_LIMIT = 4000


class PartHeld(Conflict):
    """A colleague is writing in this part; nothing was saved over theirs."""

    message = N_(
        "A colleague is writing in this part, and nothing of theirs was written over. What you typed is still on this page."
    )


def share_draft(draft: Draft, *, actor: Actor) -> Draft:
    """Open a draft to those who take part for the same body in the same track; what it says so far begins its history."""
    with transaction():
        row = locked(draft.id)
        demand(actor, "draft.own", row)
        member = session.get_one(Member, row.member_id)
        if member.body_id is None:
            raise Conflict(N_("You take part for yourself: there are no colleagues to open this draft to."))
        if row.shared_body_id is None:
            row.shared_body_id, row.shared_track = member.body_id, member.track
            for part, content in _parts(row):
                _remember(row, part, member.id, "", content)
        return row


def save_part(draft: Draft, part: str, answers: Mapping[str, Any], version: int, *, page: str, actor: Actor) -> Draft:
    """Keep what was typed in a part, right or wrong, and hold the part; whoever saves first takes a part that is free.

    `version` is the part's when the page was opened, `page` a name the page keeps while it is open. Raises PartHeld while
    a colleague holds the part, DraftMoved if it was saved from another page since, OtherText for a change of another text,
    NotFound if the draft is gone.
    """
    with transaction():
        row = locked(draft.id)
        me, here = _entered(row, part, actor)
        if here.version != version and (not page or here.saved_from != page):
            raise DraftMoved
        _keep(row, here, with_splices(row.answers, answers), me, page, actor)
        return row


def restore_save(save: uuid.UUID, *, draft: Draft, actor: Actor) -> DraftSave:
    """Let a part say again what it said after an earlier save; what it says now stays in the history."""
    with transaction():
        row = locked(draft.id)
        demand(actor, "draft.edit", row)
        _shared(row, actor)
        kept = session.get(DraftSave, save)
        if kept is None or kept.draft_id != row.id:
            raise NotFound
        me, here = _entered(row, kept.part, actor)
        _keep(row, here, kept.content, me, "", actor)
        return kept


def take_part(draft: Draft, part: str, *, actor: Actor) -> DraftPart:
    """Hold a part that is free, or whose time has run out. Raises PartHeld."""
    with transaction():
        row = locked(draft.id)
        me, here = _entered(row, part, actor)
        here.holder_id, here.until = me, clock.now() + HOLD
        return here


def release_part(draft: Draft, part: str, *, actor: Actor) -> None:
    """Let others write in a part that one holds; nothing happens if one does not hold it."""
    with transaction():
        row = locked(draft.id)
        demand(actor, "draft.edit", row)
        here = session.get(DraftPart, (row.id, part))
        if here is not None and here.holder_id == member_for(actor, row):
            here.holder_id = here.until = None


def comment(draft: Draft, part: str, text: str, *, actor: Actor) -> DraftComment:
    """Say something to one's colleagues about a part. Raises Rejected at `text`, Conflict where nobody else writes."""
    with transaction():
        row = locked(draft.id)
        demand(actor, "draft.edit", row)
        me, text = _shared(row, actor), clean_text(text)
        if not text:
            raise Rejected(N_("Write a comment."), "text")
        if len(text) > COMMENT_LIMIT:
            raise Rejected(N_("Write at most %(limit)s characters.", limit=COMMENT_LIMIT), "text")
        if (
            session.execute(sa.select(sa.func.count()).where(DraftComment.draft_id == row.id)).scalar_one()
            >= MOST_COMMENTS
        ):
            raise Rejected(N_("A draft has at most %(most)s comments.", most=MOST_COMMENTS), "text")
        said = DraftComment(
            id=new_id(),
            draft_id=row.id,
            part=part,
            member_id=me,
            text=text,
            language=actor.language,
            at=clock.now(),
        )
        session.add(said)
        session.flush()
        return said


def resolve_comment(comment: uuid.UUID, *, draft: Draft, actor: Actor) -> DraftComment:
    """Mark a comment as dealt with; it stays to be read."""
    with transaction():
        row = locked(draft.id)
        demand(actor, "draft.edit", row)
        _shared(row, actor)
        said = session.get(DraftComment, comment)
        if said is None or said.draft_id != row.id:
            raise NotFound
        said.resolved_at = said.resolved_at or clock.now()
        return said


def _entered(row: Draft, part: str, actor: Actor) -> tuple[uuid.UUID, DraftPart]:
    """Return as whom somebody writes in a part, and the part. Raises Forbidden, PartHeld."""
    demand(actor, "draft.edit", row)
    me = _shared(row, actor)
    here = session.get(DraftPart, (row.id, part), populate_existing=True)
    if here is None:
        here = DraftPart(draft_id=row.id, part=part, version=1, saved_from="")
        session.add(here)
        session.flush()
    if here.holder_id not in (None, me) and here.until is not None and here.until > clock.now():
        raise PartHeld
    return me, here


def _shared(row: Draft, actor: Actor) -> uuid.UUID:
    if row.shared_body_id is None:
        raise Conflict(N_("Open the draft to your colleagues first."))
    return member_for(actor, row)


def _keep(row: Draft, here: DraftPart, answers: Mapping[str, Any], me: uuid.UUID, page: str, actor: Actor) -> None:
    changed = merged(row.answers, answers)
    if changed != row.answers:
        row.answers = changed
        _remember(row, here.part, me, page, dict(answers))
        fall(row, actor)
    here.version += 1
    here.saved_from, here.holder_id, here.until = page, me, clock.now() + HOLD
    row.version += 1
    row.saved_from, row.saved_at = page, clock.now()


def _remember(row: Draft, part: str, member: uuid.UUID, page: str, content: dict[str, Any]) -> None:
    """Write a save into the history; a page that saves by itself goes on in the row it has begun."""
    last = session.scalars(
        sa.select(DraftSave)
        .where(DraftSave.draft_id == row.id, DraftSave.part == part)
        .order_by(DraftSave.id.desc())
        .limit(1)
    ).first()
    if last is not None and page and (last.member_id, last.page) == (member, page):
        last.content, last.at = content, clock.now()
        return
    session.add(
        DraftSave(id=new_id(), draft_id=row.id, part=part, member_id=member, page=page, content=content, at=clock.now())
    )
    session.flush()
    old = session.scalars(
        sa.select(DraftSave.id).where(DraftSave.draft_id == row.id).order_by(DraftSave.id.desc()).offset(MOST_SAVES)
    ).all()
    if old:
        session.execute(sa.delete(DraftSave).where(DraftSave.id.in_(old)))


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
