"""The day on which a sheet came in on paper: it counts for the deadline, whenever somebody enters the sheet."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from zoneinfo import ZoneInfo

from consult import clock
from consult.accounts.access import Actor, demand
from consult.consultations.models import Consultation
from consult.consultations.phases import Right
from consult.db import session, transaction
from consult.errors import Conflict, Rejected
from consult.events.record import record
from consult.i18n import N_
from consult.paper.events import SheetReceived
from consult.paper.models import Sheet
from consult.paper.states import SheetState


def day_of(moment: datetime, consultation: Consultation) -> date:
    """Return the day that a moment falls on where the consultation is held."""
    return moment.astimezone(ZoneInfo(consultation.timezone)).date()


def note_received(sheet: Sheet, day: date, *, consultation: Consultation, actor: Actor) -> Sheet:
    """Note on which day a sheet came in, until it is handed in or set aside: not before it was printed, nor after today.

    Each time is an event, with the day and who noted it. Raises Rejected at `day`, Conflict.
    """
    with transaction():
        row = session.get_one(Sheet, sheet.id, with_for_update=True, populate_existing=True)
        demand(actor, "paper.enter", row)
        if row.state in (SheetState.DONE, SheetState.VOID):
            raise Conflict(N_("This sheet was handed in or set aside: the day stays as it is."))
        if day < day_of(row.printed_at, consultation):
            raise Rejected(N_("The sheet was not printed by then."), "day")
        if day > day_of(clock.now(), consultation):
            raise Rejected(N_("This day has not come yet."), "day")
        if row.received_on != day:
            received(row, day, actor.person)
        return row


def received(row: Sheet, day: date, by: uuid.UUID | None = None) -> None:
    """Write the day down, inside a caller's transaction.

    Where it goes along with an entry or a receipt the log does not say who it was: the name on the sheet may be withheld, and
    a clerk tells the place.
    """
    row.received_on = day
    session.flush()
    record(SheetReceived(row.id, row.number, day.isoformat()), actor=by)


def demand_in_time(row: Sheet, consultation: Consultation) -> None:
    """Raise Conflict unless a sheet came in while a phase let people hand in; one of which no day is noted comes in today."""
    day = row.received_on or day_of(clock.now(), consultation)
    open_on = [
        phase
        for phase in consultation.phases
        if Right.SUBMIT in phase.rights
        and day_of(phase.opens_at, consultation) <= day <= day_of(clock.last_moment(phase.closes_at), consultation)
    ]
    if not open_on and row.received_on is None:
        raise Conflict(
            N_(
                "Nothing can be handed in today. If this sheet came in while that was open, note the day on its page first."
            )
        )
    if not open_on:
        raise Conflict(N_("This sheet came in on a day on which nothing could be handed in."))
    if row.received_on is None:
        received(row, day)
