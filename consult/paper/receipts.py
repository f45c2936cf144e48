"""Receipts of sheets: a number and a code, with which whoever wrote it reads what became of it and claims it later.

The code is one of printed cards (49 random bits and a check); only its keyed hash is kept, and tries are counted.
"""

from __future__ import annotations

import hmac
import uuid
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from consult import clock, search
from consult.accounts.access import Actor, demand
from consult.accounts.attempts import RECEIPT_FROM_ADDRESS, RECEIPT_OF_SHEET, count_attempt
from consult.accounts.signing_in.card_codes import code_hash, code_hashes, new_code, typed_code
from consult.consultations.models import Consultation, Member
from consult.db import session, transaction
from consult.errors import Conflict, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.paper.events import ReceiptPrinted, SheetClaimed
from consult.paper.models import Comparison, Entry, Sheet
from consult.paper.numbers import sheet_number_of
from consult.paper.receiving import day_of, received
from consult.paper.services import locked
from consult.paper.states import SheetState
from consult.submissions.display_names import rename_texts
from consult.submissions.events import AuthorNameChanged
from consult.submissions.models import Submission
from consult.submissions.review.blind import forget_name
from consult.submissions.states import SubmissionState

#: One answer for a number that is none, a sheet that is not there and a code that does not fit: nothing tells which it was.
UNKNOWN = N_("Number and code do not fit each other. Compare them with your receipt, letter by letter.")


@dataclass(frozen=True, slots=True)
class PrintedReceipt:
    """A receipt just made: the only moment at which its code is known."""

    number: int
    language: str
    code: str
    received_on: date | None


def print_receipt(sheet: Sheet, *, actor: Actor) -> PrintedReceipt:
    """Make the receipt of a sheet, for whoever hands it in: it comes in today, unless another day is noted already.

    The code of a former receipt opens nothing any more.
    """
    with transaction():
        row = locked(sheet.id)
        demand(actor, "paper.enter", row)
        if row.state == SheetState.VOID or row.claimed_at is not None:
            raise Conflict(N_("This sheet was set aside or claimed: there is nothing to give a receipt for."))
        if row.received_on is None:
            consultation = session.get_one(Consultation, row.consultation_id)
            received(row, day_of(clock.now(), consultation))
        code = new_code()
        row.code_hash, row.receipt_by = code_hash(code), actor.person
        record(ReceiptPrinted(row.id, row.number), actor=actor.person)
        return PrintedReceipt(row.number, row.language, code, row.received_on)


def sheet_of_receipt(number: str, code: str, *, consultation: Consultation, origin: str) -> Sheet:
    """Return the sheet whose receipt somebody has. Raises Rejected where the two do not fit, TooManyTries.

    `origin` is the network address, of which a keyed hash is counted for a quarter of an hour.
    """
    known, typed = sheet_number_of(number), typed_code(code)
    count_attempt(RECEIPT_FROM_ADDRESS, origin)
    if known is None or typed is None:
        raise Rejected(UNKNOWN, "code")
    count_attempt(RECEIPT_OF_SHEET, f"{consultation.id}/{known}")
    found = session.scalars(
        sa.select(Sheet).where(Sheet.consultation_id == consultation.id, Sheet.number == known)
    ).first()
    if found is None or not any(hmac.compare_digest(found.code_hash or b"", one) for one in code_hashes(typed)):
        raise Rejected(UNKNOWN, "code")
    return found


def claim(number: str, code: str, *, consultation: Consultation, actor: Actor, origin: str) -> Submission:
    """Take over the text of a sheet with one's account: from then on it is one's own, to follow, correct and withdraw.

    A receipt makes nobody a member: who enters paper could otherwise make voters. Nobody claims what they entered themselves.
    Raises Rejected at `code`, TooManyTries, and Conflict where it cannot be claimed.
    """
    demand(actor, "account.use")
    found = sheet_of_receipt(number, code, consultation=consultation, origin=origin)
    hashed = found.code_hash
    with transaction():
        sheet = locked(found.id)
        if sheet.code_hash is None or sheet.code_hash != hashed:
            raise Rejected(UNKNOWN, "code")
        if sheet.submission_id is None:
            raise Conflict(N_("Your sheet is not entered yet. Come back later with the same code."))
        if actor.person in _hands(sheet):
            raise Conflict(N_("You had a hand in entering this sheet: it is not yours to claim."))
        member = _member(sheet, consultation, actor)
        row = session.get_one(Submission, sheet.submission_id, with_for_update=True, populate_existing=True)
        if row.member_id is not None or row.state == SubmissionState.WITHDRAWN:
            raise Conflict
        known_as = (row.author, row.withheld)
        row.member_id = member.id
        if member.withheld:
            forget_name(row.id)
            row.withheld, row.author = True, ""
            search.refresh(row.id)
        elif member.display_name:
            session.flush()
            rename_texts(member, member.display_name)
        sheet.code_hash, sheet.claimed_at = None, clock.now()
        by = None if row.withheld else actor.person
        record(SheetClaimed(sheet.id, sheet.number, row.id), actor=by)
        if (row.author, row.withheld) != known_as:
            record(AuthorNameChanged(row.id, row.number), stream=row.consultation_id, actor=None)
        return row


def _hands(sheet: Sheet) -> set[uuid.UUID | None]:
    """Return who entered or settled a sheet, or printed its receipt."""
    entered = session.scalars(sa.select(Entry.entered_by).where(Entry.sheet_id == sheet.id))
    settled = session.scalars(sa.select(Comparison.settled_by).where(Comparison.sheet_id == sheet.id))
    return {sheet.receipt_by, *entered, *settled}


def _member(sheet: Sheet, consultation: Consultation, actor: Actor) -> Member:
    """Return as whom somebody takes part in the track of a sheet; Conflict if they do not."""
    own = [m.member for m in actor.memberships_in(consultation.id) if m.track == sheet.track]
    if not own:
        raise Conflict(
            N_(
                "You do not take part in the track of this sheet. Register for it, or ask the organisers; then come back."
            )
        )
    return session.get_one(Member, own[0])
