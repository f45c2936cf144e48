"""The civil-society track: its questions; names may be withheld."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from consult.sdk import N_, Choice, Localized, Question, QuestionKind, Track

HOME = Path(__file__).parent
FIELDS = {
    "migrants": N_("Support of migrants and refugees"),
    "rights": N_("Human rights and legal aid"),
    "women": N_("Women"),
    "children": N_("Children and young people"),
    "health": N_("Health"),
    "education": N_("Education"),
    "relief": N_("Relief"),
    "return": N_("Return and reintegration"),
    "media": N_("Media and information"),
    "development": N_("Local development"),
    "other": N_("Another field"),
}
COVERAGE = {
    "national": N_("The whole country"),
    "regional": N_("Several municipalities"),
    "municipal": N_("One municipality"),
}


class CsoTrack(Track):
    """Organisations and groups of civil society, registered or not."""

    key = "cso"
    label = N_("Civil-society track")
    description = N_("The name may be withheld")
    body_kinds = ("cso",)
    may_withhold_name = True

    def questions(self, settings: Mapping[str, Any]) -> Sequence[Question]:
        """Ask for kind, fields of work and coverage; registration is asked elsewhere and never published."""
        return (
            Question(
                "kind",
                QuestionKind.CHOICE,
                N_("Kind of organisation"),
                hint=N_("This does not ask whether you are registered."),
                required=True,
                choices=kinds(),
            ),
            Question(
                "fields",
                QuestionKind.CHOICES,
                N_("Fields of work"),
                hint=N_("Choose all that apply."),
                choices=tuple(Choice(key, label) for key, label in FIELDS.items()),
            ),
            Question(
                "coverage",
                QuestionKind.CHOICE,
                N_("Where do you work?"),
                required=bool(settings.get("coverage_required", True)),
                choices=tuple(Choice(key, label) for key, label in COVERAGE.items()),
            ),
        )

    def settings_questions(self) -> Sequence[Question]:
        """Let organisers decide whether coverage must be told (in a small town it may tell who somebody is)."""
        return (
            Question(
                "coverage_required", QuestionKind.YES_NO, N_("Must an organisation say where it works?"), required=True
            ),
        )

    def migrations(self) -> Path:
        """This plugin's own history."""
        return HOME / "migrations"


@cache
def kinds() -> tuple[Choice, ...]:
    """Read the kinds of organisation from the shipped file."""
    return _choices("cso_kinds.csv")


@cache
def authorities() -> tuple[Choice, ...]:
    """Read the registration authorities from the shipped file."""
    return _choices("cso_registration_authorities.csv")


def _choices(name: str) -> tuple[Choice, ...]:
    with (HOME / "reference" / name).open(encoding="utf-8", newline="") as file:
        return tuple(
            Choice(row["code"], Localized(ar=row["name_ar"], en=row["name_en"], fr=row.get("name_fr") or ""))
            for row in csv.DictReader(file)
        )
