"""Choosing a display name: it stands everywhere at once, also on what was handed in under the former one."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from consult import search
from consult.accounts.access import Actor, demand
from consult.accounts.models import Person
from consult.consultations.display_names import clean_display_name, may_choose_name
from consult.consultations.events import DisplayNameChanged
from consult.consultations.models import Consultation, Member
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden
from consult.events.record import record
from consult.i18n import N_
from consult.submissions.models import Submission
from consult.submissions.review.blind_models import SealedName


def choose_display_name(typed: str, *, member: uuid.UUID, consultation: Consultation, actor: Actor) -> Member:
    """Let a member take part under another name, or ("") under their own again; what they handed in bears it at once.

    Only what is sealed stays: an edition of the outcome document says what it said. Raises Rejected at `name`, Conflict
    where the track allows none, Forbidden for another's.
    """
    with transaction():
        demand(actor, "consultation.take_part", consultation)
        if not actor.is_member(member):
            raise Forbidden
        session.get_one(Consultation, consultation.id, with_for_update=True, populate_existing=True)
        row = session.get_one(Member, member, with_for_update=True, populate_existing=True)
        if not may_choose_name(row):
            raise Conflict(N_("In this track people take part under their own name."))
        name = clean_display_name(typed, row, consultation)
        if name == row.display_name:
            return row
        row.display_name = name
        session.flush()
        rename_texts(row, name or session.get_one(Person, row.person_id).name)
        record(DisplayNameChanged(row.id, chosen=bool(name)), stream=consultation.id, actor=None)
        return row


def rename_texts(member: Member, name: str) -> None:
    """Write the name on the member's texts that bear one, and find them by it and not by the former one; in the caller's transaction."""
    own = (Submission.member_id == member.id, Submission.author != "")
    texts = session.scalars(sa.select(Submission.id).where(*own)).all()
    session.execute(sa.update(Submission).where(*own).values(author=name).execution_options(synchronize_session=False))
    theirs = sa.select(Submission.id).where(Submission.member_id == member.id)
    sealed = (SealedName.submission_id.in_(theirs), SealedName.author != "")
    session.execute(
        sa.update(SealedName).where(*sealed).values(author=name).execution_options(synchronize_session=False)
    )
    session.expire_all()
    for text in texts:
        search.refresh(text)
