"""The municipal track: its questions, constituencies and reference bodies."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from consult.sdk import (
    N_,
    Body,
    Choice,
    Constituency,
    Consultation,
    Localized,
    Message,
    Question,
    QuestionKind,
    ReferenceBody,
    Track,
    clock,
    latin_digits,
)

HOME = Path(__file__).parent
REGIONS = {"west": N_("West"), "east": N_("East"), "south": N_("South")}
SERVICES = {
    "health": N_("Health"),
    "schools": N_("Schools"),
    "water": N_("Water"),
    "housing": N_("Housing"),
    "waste": N_("Waste"),
    "civil_registry": N_("Civil registry"),
    "labour": N_("Work and markets"),
    "security": N_("Public safety"),
}
#: A decision number as councils write it, in digits of either kind: "31/2026", "31-2026".
_DECISION = re.compile(r"[1-9]\d{0,3}\s?[/-]\s?(19|20)\d\d")
#: The clocks that are furthest ahead (Kiribati): where it is not yet a day, it is that day nowhere.
_FURTHEST_AHEAD = timedelta(hours=14)
STILL_TO_COME = N_("This date is still to come.")


class MunicipalTrack(Track):
    """One seat for each municipality; the council endorses what is handed in."""

    key = "municipal"
    label = N_("Municipal track")
    description = N_("One seat a municipality, with the endorsement of its council")
    body_kinds = ("municipality",)
    one_seat_a_body = True
    sign_off = "lead"

    def questions(self, settings: Mapping[str, Any]) -> Sequence[Question]:
        """Ask for the council's endorsement (required unless the consultation says otherwise) and the services affected."""
        needed = bool(settings.get("endorsement_required", True))
        return (
            Question(
                "council_date",
                QuestionKind.DATE,
                N_("When did the council endorse this position?"),
                hint=N_("The date of the sitting."),
                required=needed,
                check=_not_in_the_future,
                identifies=True,
            ),
            Question(
                "council_decision",
                QuestionKind.TEXT,
                N_("Number of the council’s decision"),
                hint=N_("As it stands in the minutes, for example 31/2026."),
                required=needed,
                limit=20,
                check=_decision_number,
                identifies=True,
            ),
            Question(
                "services",
                QuestionKind.CHOICES,
                N_("Which services of the municipality are affected?"),
                hint=N_("Choose all that apply."),
                choices=tuple(Choice(key, label) for key, label in SERVICES.items()),
            ),
        )

    def settings_questions(self) -> Sequence[Question]:
        """Let organisers decide whether the endorsement is required."""
        return (
            Question(
                "endorsement_required", QuestionKind.YES_NO, N_("Must the council endorse a submission?"), required=True
            ),
        )

    def constituencies(self) -> Sequence[Constituency]:
        """The three historical regions."""
        return tuple(Constituency(key, label) for key, label in REGIONS.items())

    def constituency_of(self, body: Body | None) -> str:
        """A municipality votes in its region."""
        return body.region if body is not None and body.region in REGIONS else ""

    def reference_bodies(self) -> Sequence[ReferenceBody]:
        """The municipalities of the shipped file."""
        return municipalities()

    def agenda_outline(self, consultation: Consultation) -> Sequence[Localized]:
        """Municipalities speak region by region."""
        return (
            Localized(
                ar="كلمات البلديات بحسب الإقليم",
                en="Statements of municipalities, by region",
                fr="Interventions des municipalités, par région",
            ),
        )

    def migrations(self) -> Path:
        """This plugin's own history."""
        return HOME / "migrations"


def _not_in_the_future(answer: str) -> Message | None:
    """Refuse a day that has begun nowhere; the consultation's own clock is asked when the position is handed in."""
    return STILL_TO_COME if date.fromisoformat(answer) > (clock.now() + _FURTHEST_AHEAD).date() else None


def _decision_number(answer: str) -> Message | None:
    if _DECISION.fullmatch(latin_digits(answer)):
        return None
    return N_("Write the number and the year, for example 31/2026.")


@cache
def municipalities() -> tuple[ReferenceBody, ...]:
    """Read the shipped list; however many there are, that is how many there are."""
    with (HOME / "reference" / "municipalities.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            ReferenceBody(
                key=row["id"],
                kind="municipality",
                names=Localized(ar=row["name_ar"], en=row["name_en"]),
                region=row["region"],
                district=row["district_iso"],
                source="municipalities.csv",
            )
            for row in csv.DictReader(file)
        )
