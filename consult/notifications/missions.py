"""Missions abroad: embassies, consulates and permanent missions from whose district people take part.

The list that ships (`reference/missions.csv`) comes from general knowledge: keepers of the register check it, add what is
missing and retire what is closed. What they write stands in the database and goes before the file, by its code. Who chose a
mission that was retired since keeps it until they choose another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import Actor, demand
from consult.accounts.events import MissionAdded, MissionRestored, MissionRetired
from consult.consultations.reference import shipped_missions
from consult.db import insert_into, session, transaction
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.events.record import record
from consult.folding import fold
from consult.i18n import LANGUAGES, N_, Localized, Message, translate
from consult.notifications.models import Mission
from consult.notifications.places import COUNTRIES, ZONES

LONGEST_CITY = 80
KNOWN = N_("This mission stands in the list already.")


class MissionKind(StrEnum):
    """What a mission is."""

    EMBASSY = "embassy"
    CONSULATE = "consulate"
    MISSION = "mission"


KIND_LABELS: Mapping[MissionKind, Message] = {
    MissionKind.EMBASSY: N_("Embassy"),
    MissionKind.CONSULATE: N_("Consulate"),
    MissionKind.MISSION: N_("Permanent mission"),
}


@dataclass(frozen=True, slots=True)
class MissionRead:
    """A mission: its code, country (ISO 3166), kind, city in three languages, the clock it lives by; `retired` since when it is not offered."""

    code: str
    country: str
    kind: MissionKind
    cities: Localized
    timezone: str
    retired: datetime | None = None

    @property
    def name(self) -> Message:
        """Return how it is called: the embassy in its city."""
        match self.kind:
            case MissionKind.EMBASSY:
                return N_("Embassy in %(city)s", city=self.cities)
            case MissionKind.CONSULATE:
                return N_("Consulate in %(city)s", city=self.cities)
            case MissionKind.MISSION:
                return N_("Permanent mission in %(city)s", city=self.cities)


@dataclass(frozen=True, slots=True)
class MissionDraft:
    """A mission to be added."""

    country: str
    kind: str
    cities: Localized
    timezone: str


def missions() -> Mapping[str, MissionRead]:
    """Return every mission by its code, those that were retired too (1 query): what keepers wrote goes before the file."""
    found = {
        one["code"]: MissionRead(
            one["code"],
            one["country"],
            MissionKind(one["kind"]),
            Localized({code: one[f"city_{code}"] for code in LANGUAGES}),
            one["timezone"],
        )
        for one in shipped_missions()
    }
    written = sa.select(Mission).order_by(Mission.code).execution_options(populate_existing=True)
    for row in session.scalars(written):
        kind = MissionKind(row.kind)
        found[row.code] = MissionRead(row.code, row.country, kind, row.cities, row.timezone, row.retired_at)
    return found


def mission_called(text: str, known: Mapping[str, MissionRead]) -> MissionRead | None:
    """Return the one mission whose city or name somebody wrote, in whatever spelling and language; None for none and for several."""
    wanted = fold(text)
    fitting = [one for one in known.values() if wanted and wanted in _called(one)]
    return fitting[0] if len(fitting) == 1 else None


def _called(one: MissionRead) -> set[str]:
    return {fold(city) for city in one.cities.values()} | {fold(translate(one.name, code)) for code in LANGUAGES}


def add_mission(draft: MissionDraft, *, actor: Actor) -> MissionRead:
    """Add a mission to the list. Raises Rejected, also for one that is there."""
    with transaction():
        demand(actor, "body.register")
        known = missions()
        code = _code(draft)
        if problems := list(_problems(draft, code, known)):
            raise Rejected(problems)
        if not _write(code, draft):
            raise Rejected(KNOWN, "city")
        record(MissionAdded(code), actor=actor.person)
        return missions()[code]


def retire_mission(code: str, *, actor: Actor) -> None:
    """Offer a mission no longer. Raises NotFound, Conflict."""
    with transaction():
        demand(actor, "body.register")
        row = _written(code)
        if row.retired_at is not None:
            raise Conflict
        row.retired_at = clock.now()
        record(MissionRetired(code), actor=actor.person)


def restore_mission(code: str, *, actor: Actor) -> None:
    """Offer a mission again. Raises NotFound, Conflict."""
    with transaction():
        demand(actor, "body.register")
        row = _written(code)
        if row.retired_at is None:
            raise Conflict
        row.retired_at = None
        record(MissionRestored(code), actor=actor.person)


def _written(code: str) -> Mission:
    """Return the row of a mission, written from the file where there is none yet. Raises NotFound."""
    if (one := missions().get(code)) is None:
        raise NotFound
    _write(code, one)
    return session.get_one(Mission, code, with_for_update=True)


def _write(code: str, one: MissionDraft | MissionRead) -> bool:
    """Write a mission in the database; tell whether it was not there yet, nor has just been written by somebody else."""
    facts = {"country": one.country, "kind": one.kind, "cities": one.cities, "timezone": one.timezone}
    written = insert_into(Mission).values(code=code, **facts).on_conflict_do_nothing().returning(Mission.code)
    return session.execute(written).first() is not None


def _code(draft: MissionDraft) -> str:
    """Return the code of a new mission: its country and its city; a city has one of them in this list."""
    return f"{draft.country}-{re.sub(r'[^A-Z]', '', fold(draft.cities.get('en', '')).upper())[:40]}"


def _problems(draft: MissionDraft, code: str, known: Mapping[str, MissionRead]) -> Iterator[Problem]:
    if draft.country not in COUNTRIES:
        yield Problem("country", N_("Choose the country."))
    if draft.kind not in set(MissionKind):
        yield Problem("kind", N_("Choose one of the answers."))
    if set(draft.cities) != set(LANGUAGES):
        yield Problem("city", N_("Write the city in each language."))
    elif any(len(city) > LONGEST_CITY for city in draft.cities.values()):
        yield Problem("city", N_("Write at most %(limit)s characters.", limit=LONGEST_CITY))
    if draft.timezone not in ZONES:
        yield Problem("timezone", N_("Choose the time zone."))
    if code in known:
        yield Problem("city", KNOWN)
