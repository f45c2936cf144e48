"""The academic track: its questions and reference bodies."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from consult.sdk import N_, Choice, Localized, Message, Question, QuestionKind, ReferenceBody, Track

HOME = Path(__file__).parent
DISCIPLINES = {
    "law": N_("Law"),
    "economics": N_("Economics"),
    "sociology": N_("Sociology"),
    "political_science": N_("Political science"),
    "public_health": N_("Public health"),
    "geography": N_("Geography"),
    "engineering": N_("Engineering"),
    "statistics": N_("Statistics"),
    "other": N_("Another discipline"),
}
#: The form of a DOI as DOI Handbook section 2.2 and Crossref's recommendation describe it: 10.registrant/suffix.
_DOI = re.compile(r"10\.\d{4,9}(\.\d+)*/[^\s]+")
_SAYS_DOI = re.compile(r"\bdoi\b|doi\.org", re.IGNORECASE)


class AcademicTrack(Track):
    """Universities and research centres; sources are named and interests declared."""

    key = "academic"
    label = N_("Academic track")
    description = N_("Sources named, interests declared")
    body_kinds = ("university", "research_centre")

    def questions(self, settings: Mapping[str, Any]) -> Sequence[Question]:
        """Ask for affiliation (where it is not the body itself), discipline, references and interests."""
        return (
            Question(
                "affiliation",
                QuestionKind.TEXT,
                N_("Faculty or department"),
                hint=N_("Where you work within your institution, or the institution if it is not in the list."),
                limit=200,
            ),
            Question(
                "discipline",
                QuestionKind.CHOICE,
                N_("Discipline"),
                required=True,
                choices=tuple(Choice(key, label) for key, label in DISCIPLINES.items()),
            ),
            Question(
                "references",
                QuestionKind.LINES,
                N_("References"),
                hint=N_("One a line. A DOI looks like 10.1000/182."),
                required=bool(settings.get("references_required", False)),
                limit=8000,
                check=_references,
            ),
            Question(
                "interests",
                QuestionKind.LONG_TEXT,
                N_("Declared interests"),
                hint=N_(
                    "Who paid for the work, and what you or your institution may gain. It is shown beside the text; leave it empty if there is nothing."
                ),
                limit=1500,
            ),
        )

    def settings_questions(self) -> Sequence[Question]:
        """Let organisers decide whether references are required."""
        return (
            Question(
                "references_required", QuestionKind.YES_NO, N_("Must a paper name its references?"), required=True
            ),
        )

    def reference_bodies(self) -> Sequence[ReferenceBody]:
        """The institutions of the shipped file."""
        return institutions()

    def migrations(self) -> Path:
        """This plugin's own history."""
        return HOME / "migrations"


def _references(lines: list[str]) -> Message | None:
    """Refuse a line that says it has a DOI and does not have one of the right form."""
    for number, line in enumerate(lines, start=1):
        if _SAYS_DOI.search(line) and not _DOI.search(line):
            return N_("The DOI in reference %(number)s does not have the form 10.1000/182.", number=number)
    return None


@cache
def institutions() -> tuple[ReferenceBody, ...]:
    """Read the shipped list."""
    with (HOME / "reference" / "academic_institutions.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            ReferenceBody(
                key=row["id"],
                kind="university" if row["kind"] == "education" else "research_centre",
                names=Localized(ar=row["name_ar"], en=row["name_en"]),
                source=row["source"],
            )
            for row in csv.DictReader(file)
        )
