"""A text begun without an account: kept for a while under a cookie's token, taken over by whoever takes part by then.

It is offered where persons may register and hand in now. None of it is an event, and it counts nowhere: nobody has said it yet.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.attempts import BEGUN_FROM_ADDRESS, count_attempt
from consult.accounts.signing_in.sign_in import token_hash
from consult.consultations.models import Consultation
from consult.consultations.phases import Right, is_open
from consult.consultations.registration import tracks_to_register
from consult.db import new_id, session, transaction
from consult.errors import Conflict, NotFound
from consult.i18n import N_
from consult.submissions.drafting.begun_models import BegunText
from consult.submissions.drafting.drafts import DraftMoved, merged, start_draft
from consult.submissions.drafting.splices import LONGEST, with_splices
from consult.submissions.models import Draft

#: How long a text is kept after it was saved last.
KEPT_FOR = timedelta(days=7)
#: So many wait in one consultation: more is an attempt to fill the disk.
MOST_WAITING = 5000
FIELDS = ("title", "language", "text", "proposals")
#: Beside them: whether others use the device, so that nothing is kept on it.
SHARED = "shared"


def may_begin(consultation: Consultation) -> bool:
    """Tell whether a text may be begun without an account now: persons may register, and texts be handed in."""
    return bool(tracks_to_register(consultation)) and is_open(consultation.phases, Right.SUBMIT, clock.now())


def begin_text(answers: Mapping[str, Any], *, consultation: Consultation, origin: str, actor: Actor) -> str:
    """Keep a new text and return the token that leads to it: the only moment at which it is known.

    Raises Conflict where the phases do not allow it or too many wait, and TooManyTries for an address that begins too many.
    """
    demand(actor, "text.begin", consultation)
    if not may_begin(consultation):
        raise Conflict(N_("A text cannot be begun without an account now."))
    count_attempt(BEGUN_FROM_ADDRESS, origin)
    token = secrets.token_urlsafe(32)
    with transaction():
        waiting = sa.select(sa.func.count()).where(BegunText.consultation_id == consultation.id)
        if session.execute(waiting).scalar_one() >= MOST_WAITING:
            raise Conflict(N_("Too many texts wait here to be taken over. Register first, then write."))
        row = BegunText(id=new_id(), consultation_id=consultation.id, token_hash=token_hash(token), answers={})
        _keep(row, answers, "")
        session.add(row)
    return token


def begun_text(token: str, consultation: uuid.UUID) -> BegunText | None:
    """Return the text that a token leads to in a consultation, None for any other and once its time is over (1 query)."""
    return session.scalars(
        sa.select(BegunText).where(
            BegunText.token_hash == token_hash(token),
            BegunText.consultation_id == consultation,
            BegunText.expires_at > clock.now(),
        )
    ).first()


def save_begun(
    token: str, answers: Mapping[str, Any], version: int, *, page: str, consultation: Consultation, actor: Actor
) -> BegunText:
    """Keep what was typed, right or wrong, as `save_step` does. Raises NotFound, DraftMoved, OtherText."""
    with transaction():
        demand(actor, "text.begin", consultation)
        row = _locked(token, consultation)
        if row.version != version and (not page or row.saved_from != page):
            raise DraftMoved
        _keep(row, answers, page)
        row.version += 1
        return row


def claim_text(token: str, *, member: uuid.UUID, consultation: Consultation, actor: Actor) -> Draft:
    """Make a draft of a member's of the text that a token leads to; of two that come at the same time one gets NotFound.

    Raises Rejected if they have as many drafts as one may have; the text stays then.
    """
    with transaction():
        row = _locked(token, consultation)
        draft = start_draft(member, consultation=consultation, actor=actor)
        draft.answers = {**draft.answers, **{name: row.answers[name] for name in FIELDS if name in row.answers}}
        session.delete(row)
        session.flush()
        return draft


def drop_text(token: str, *, consultation: Consultation, actor: Actor) -> None:
    """Delete the text that a token leads to; nothing happens if there is none."""
    with transaction():
        demand(actor, "text.begin", consultation)
        row = begun_text(token, consultation.id)
        if row is not None:
            session.delete(row)


def forget_begun_texts() -> bool:
    """Delete texts that nobody took over in time; tell whether there were any. For the worker."""
    past = BegunText.expires_at <= clock.now()
    if not session.scalar(sa.select(sa.exists().where(past))):
        return False
    with transaction():
        session.execute(sa.delete(BegunText).where(past))
    return True


def _locked(token: str, consultation: Consultation) -> BegunText:
    found = begun_text(token, consultation.id)
    row = found and session.get(BegunText, found.id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(N_("This text is no longer here: it was taken over, deleted, or its time is over."))
    return row


def _keep(row: BegunText, answers: Mapping[str, Any], page: str) -> None:
    given = with_splices(row.answers or {}, {name: answers[name] for name in (*FIELDS, SHARED) if name in answers})
    row.answers = merged(
        row.answers or {}, {n: one[:LONGEST] if isinstance(one, str) else one for n, one in given.items()}
    )
    row.saved_from, row.saved_at = page, clock.now()
    row.expires_at = row.saved_at + KEPT_FOR
