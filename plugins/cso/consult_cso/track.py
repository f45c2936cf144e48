"""The civil-society track: its questions; names may be withheld."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from consult.sdk import N_, Choice, Consultation, Localized, Message, Question, QuestionKind, Track

HOME = Path(__file__).parent
#: The code of "registered with nobody" among the authorities.
NONE = "none"
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
ONLY_NUMBERS = N_("Nobody sees your answer: it is counted with others, and small numbers are not shown.")


class CsoTrack(Track):
    """Organisations and groups of civil society, registered or not."""

    key = "cso"
    label = N_("Civil-society track")
    description = N_("The name may be withheld")
    body_kinds = ("cso",)
    may_withhold_name = True
    may_use_pseudonym = True

    def questions(self, settings: Mapping[str, Any]) -> Sequence[Question]:
        """Ask for kind, fields of work and coverage.

        Kind and coverage are private: the kind tells whether a group is registered, and in a small town either may tell
        who wrote. They are counted, and only numbers that point at nobody are shown.
        """
        return (
            Question(
                "kind",
                QuestionKind.CHOICE,
                N_("Kind of organisation"),
                hint=ONLY_NUMBERS,
                required=True,
                choices=kinds(),
                private=True,
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
                hint=ONLY_NUMBERS,
                private=True,
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

    def registration_questions(self) -> Sequence[Question]:
        """Ask for the registration, which is for the organisation alone; some hold one from both commissions."""
        return (
            Question(
                "authorities",
                QuestionKind.CHOICES,
                N_("With which authority is your organisation registered?"),
                hint=N_("Choose all that apply."),
                choices=authorities(),
                check=_none_alone,
            ),
            Question("number", QuestionKind.TEXT, N_("Registration number"), limit=120),
        )

    def agenda_outline(self, consultation: Consultation) -> Sequence[Localized]:
        """Organisations speak in turn."""
        return (
            Localized(
                ar="كلمات منظمات المجتمع المدني",
                en="Statements of civil-society organisations",
                fr="Interventions des organisations de la société civile",
            ),
        )

    def migrations(self) -> Path:
        """This plugin's own history."""
        return HOME / "migrations"


def _none_alone(answer: list[str]) -> Message | None:
    return N_("Choose either authorities or none.") if NONE in answer and len(answer) > 1 else None


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
