"""Days and moments as people type them and as files bring them: one reading and one pair of bounds for all of them.

The bounds are far from where the calendar of the computer ends, so that no page that adds a day or looks from another time
zone comes upon that end; and near enough for 0206 or 20260 to be seen as what they are. Bodies of the register may be old.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

from consult.cleaning import clean_line, latin_digits
from consult.i18n import N_, Message

FIRST, LAST = date(1800, 1, 1), date(2199, 12, 31)
A_DAY = N_("Write the date as year, month and day, for example 2026-11-24.")
A_MOMENT = N_("Write the date and time, for example 2026-11-24 10:00.")
SKIPPED = N_("The clocks go forward over this time: that day does not have it. Write another.")


def read_day(text: str) -> tuple[date | None, Message | None]:
    """Return a day, in digits of either kind, or what to say to whoever wrote what is none."""
    try:
        day = date.fromisoformat(latin_digits(clean_line(text)))
    except ValueError:
        return None, A_DAY
    return (None, wrong) if (wrong := _out_of_bounds(day)) else (day, None)


def read_moment(text: str, zone: tzinfo) -> tuple[datetime | None, Message | None]:
    """Return a moment, aware, or what to say to whoever wrote what is none; one without an offset is read on the clock of `zone`."""
    try:
        written = datetime.fromisoformat(latin_digits(clean_line(text)))
    except ValueError:
        return None, A_DAY
    return moment_on(written, zone)


def moment_on(written: datetime, zone: tzinfo) -> tuple[datetime | None, Message | None]:
    """Return when a clock shows this, or why it never does. Of an hour that comes twice, the first is meant."""
    if wrong := _out_of_bounds(written.date()):
        return None, wrong
    if written.tzinfo is not None:
        return written, None
    moment = written.replace(tzinfo=zone)
    shown = moment.astimezone(UTC).astimezone(zone)
    return (moment, None) if shown.replace(tzinfo=None, fold=0) == written else (None, SKIPPED)


def comes_twice(moment: datetime) -> bool:
    """Tell whether the clock shows this twice, as it goes back."""
    return moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()


def _out_of_bounds(day: date) -> Message | None:
    if FIRST <= day <= LAST:
        return None
    return N_("Give a day from %(first)s to %(last)s.", first=FIRST.isoformat(), last=LAST.isoformat())
