"""The sample as it was written, with its moments moved so that "now" is the day it is loaded."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from consult import clock
from consult.i18n import Localized

FOLDER = Path(__file__).parent / "sample"
LANGUAGES = ("ar", "en", "fr")
#: Where it was read what is invented for the sample: one line, in the three languages.
INVENTED = "عيّنة · Sample · Exemple"
#: The sample's present day is moved in steps, so that its hours stay round.
STEP = timedelta(minutes=5)


@dataclass(frozen=True)
class Sample:
    """The files of the sample. Its moments are moved by `shift`, whole days; those of its present day by `today`.

    So a past session keeps its hours, and the one that is sitting began this morning or afternoon, not yesterday.
    """

    shift: timedelta = timedelta()
    today: timedelta = timedelta()

    @classmethod
    def for_today(cls) -> Sample:
        """Return the sample moved to today: what is "now" in it is the present day, never a later moment than now."""
        passed = clock.now() - cls().now
        return cls(timedelta(days=passed.days), passed - passed % STEP)

    def read(self, name: str) -> dict[str, Any]:
        """Return one file."""
        return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))

    @cached_property
    def frame(self) -> dict[str, Any]:
        """Return the consultation's frame."""
        return self.read("consultation")

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the consultation's time zone."""
        return ZoneInfo(self.frame["timezone"])

    @property
    def now(self) -> datetime:
        """Return the moment at which the sample stands."""
        return self.moment(self.frame["now"])

    def moment(self, text: str) -> datetime:
        """Return a local moment of the sample as an aware, moved one."""
        written = datetime.fromisoformat(text)
        is_today = written.date() == datetime.fromisoformat(self.frame["now"]).date()
        return written.replace(tzinfo=self.zone) + (self.today if is_today else self.shift)


def texts(entry: dict[str, Any]) -> Localized:
    """Return the texts of an entry that has one key for each language."""
    return Localized({code: entry[code] for code in LANGUAGES if code in entry})


@dataclass
class Timeline:
    """Acts with their moments, done in order with the clock held at each; what is to come after `until` is left out."""

    until: datetime
    _acts: list[tuple[datetime, int, Callable[[], object]]] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)

    def at(self, moment: datetime, act: Callable[[], object]) -> None:
        """Add an act; of two at one moment the one added first is done first."""
        if moment <= self.until:
            self._acts.append((moment, next(self._order), act))

    def play(self) -> None:
        """Do every act."""
        for moment, _, act in sorted(self._acts, key=lambda entry: entry[:2]):
            with clock.at(moment):
                act()
