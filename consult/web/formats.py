"""Dates, times and numbers as people of each language write them, in the consultation's time zone.

Babel's own formatters parse a pattern at every call; a list of 25 rows would spend its whole budget on dates. These read
Babel's month and day names once and put them together. Time zones are never abbreviated (Babel prints EEST for Tripoli).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal, format_percent
from markupsafe import Markup, escape

from consult.i18n import LANGUAGES, grouped


@cache
def zone(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name."""
    return ZoneInfo(name)


@cache
def months(code: str) -> Mapping[int, str]:
    """Return the names of the months in a language, as they stand in a date."""
    return dict(LANGUAGES[code].locale.months["format"]["wide"])


@cache
def weekdays(code: str) -> Mapping[int, str]:
    """Return the names of the days, Monday being 0."""
    return dict(LANGUAGES[code].locale.days["format"]["wide"])


@dataclass(frozen=True, slots=True)
class Formats:
    """The formats of one language in one time zone."""

    code: str
    tz: tzinfo = UTC

    def local(self, moment: datetime) -> datetime:
        """Return the moment on the clock of the time zone."""
        return moment.astimezone(self.tz)

    def _date(self, value: date | datetime) -> date:
        return self.local(value).date() if isinstance(value, datetime) else value

    def day_month(self, value: date | datetime) -> str:
        """24 November, 24 نوفمبر, 24 novembre."""
        on = self._date(value)
        number = "1er" if self.code == "fr" and on.day == 1 else str(on.day)
        return f"{number} {months(self.code)[on.month]}"

    def day(self, value: date | datetime) -> str:
        """24 November 2026."""
        return f"{self.day_month(value)} {self._date(value).year}"

    def month(self, value: str) -> str:
        """November 2026, of a month as it is kept: 2026-11."""
        year, number = value.split("-")
        return f"{months(self.code)[int(number)]} {year}"

    def weekday(self, value: date | datetime) -> str:
        """Tuesday 24 November."""
        separator = "، " if self.code == "ar" else " "
        return f"{weekdays(self.code)[self._date(value).weekday()]}{separator}{self.day_month(value)}"

    def time(self, value: datetime) -> str:
        """10:05, in French 10 h 05."""
        at = self.local(value)
        return f"{at.hour} h {at.minute:02}" if self.code == "fr" else f"{at.hour:02}:{at.minute:02}"

    def moment(self, value: datetime) -> str:
        """24 November 2026, 10:05."""
        separator = "، " if self.code == "ar" else ", "
        return f"{self.day(value)}{separator}{self.time(value)}"

    def end(self, value: datetime) -> str:
        """24 November 2026, 10:05, as the end of something: midnight is 24:00 of the day that ends, or people come a day late."""
        at = self.local(value)
        if at.hour or at.minute:
            return self.moment(value)
        separator, midnight = "، " if self.code == "ar" else ", ", "24 h 00" if self.code == "fr" else "24:00"
        return f"{self.day(at.date() - timedelta(days=1))}{separator}{midnight}"

    def number(self, value: float) -> str:
        """1,234 with the language's separators and Latin digits."""
        return str(value) if isinstance(value, int) and 0 <= value < 1000 else grouped(value, self.code)

    def percent(self, value: float) -> str:
        """73 %."""
        return str(format_percent(value, locale=LANGUAGES[self.code].locale))

    def ratio(self, value: float) -> str:
        """0.86, in Arabic and French 0,86: two decimals, and nothing below zero that rounds to it."""
        return str(format_decimal(round(value, 2) + 0.0, format="0.00", locale=LANGUAGES[self.code].locale))

    def clock(self, span: timedelta | float) -> Markup:
        """Minutes and seconds, 1:24, kept left to right."""
        seconds = int(span.total_seconds() if isinstance(span, timedelta) else span)
        return Markup('<bdi dir="ltr">{}:{:02}</bdi>').format(seconds // 60, seconds % 60)

    def iso(self, value: datetime) -> str:
        """2026-11-24T10:05 on the local clock, as form fields want it."""
        return self.local(value).strftime("%Y-%m-%dT%H:%M")


@cache
def formats(code: str, timezone: str = "Africa/Tripoli") -> Formats:
    """Return the formats of a language in a time zone."""
    return Formats(code, zone(timezone))


def ltr(value: object) -> Markup:
    """Isolate a receipt number, an address or a formula, left to right."""
    return Markup('<bdi dir="ltr">%s</bdi>') % value


def person(value: object) -> Markup:
    """Isolate a name, so that it cannot turn the sentence round."""
    return Markup("<bdi>%s</bdi>") % value


def paragraphs(text: str) -> Markup:
    """Return plain text as paragraphs: a blank line separates, a line break stays."""
    parts = (part.strip() for part in str(escape(text)).replace("\r\n", "\n").split("\n\n"))
    lines = "".join(f"<p>{part}</p>" for part in parts if part).replace("\n", "<br>")
    return Markup(lines)  # noqa: S704  # escaped as a whole, before the tags were put in
