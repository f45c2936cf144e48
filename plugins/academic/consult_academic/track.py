"""The academic track: its questions and reference bodies."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from consult.sdk import (
    N_,
    Choice,
    Consultation,
    Localized,
    Message,
    Question,
    QuestionKind,
    ReferenceBody,
    ReviewCriterion,
    Track,
)

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
#: On what reviewers score a paper; evidence and method weigh most.
REVIEW_CRITERIA = (
    ReviewCriterion(
        "evidence",
        Localized(ar="الأدلّة والمنهج", en="Evidence and method", fr="Preuves et méthode"),
        Localized(
            ar="هل تحمل البيانات والمنهج ما تُستنتج منها؟",
            en="Do data and method carry what is concluded from them?",
            fr="Les données et la méthode portent-elles les conclusions ?",
        ),
        3,
    ),
    ReviewCriterion(
        "relevance",
        Localized(ar="الصلة بموضوع التشاور", en="Bearing on the consultation", fr="Portée pour la consultation"),
        Localized(
            ar="هل تجيب عمّا يسأل عنه التشاور؟",
            en="Does it answer what the consultation asks?",
            fr="Répond-il à ce que demande la consultation ?",
        ),
        2,
    ),
    ReviewCriterion(
        "use",
        Localized(ar="قابلية المقترحات للتطبيق", en="Proposals that can be carried out", fr="Propositions applicables"),
        Localized(
            ar="هل يمكن لجهة معيّنة أن تنفّذ ما يُقترح؟",
            en="Could a named body carry out what is proposed?",
            fr="Un organisme précis pourrait-il appliquer ce qui est proposé ?",
        ),
        2,
    ),
    ReviewCriterion(
        "clarity",
        Localized(ar="وضوح العرض", en="Clarity", fr="Clarté"),
        Localized(
            ar="هل يفهمها من ليس من أهل الاختصاص؟",
            en="Can it be understood outside its discipline?",
            fr="Se comprend-il hors de sa discipline ?",
        ),
        1,
    ),
)
#: The form of a DOI: "10.", a registrant of four to nine digits that may be divided, a slash, a suffix (DOI Handbook,
#: section 2.2; the suffix without spaces, as Crossref recommends).
_DOI = re.compile(r"10\.\d{4,9}(\.\d+)*/\S+")
#: What a reference gives as its DOI: "doi:10.1000/182", "DOI 10.1000/182", "https://doi.org/10.1000/182".
_GIVEN_DOI = re.compile(r"(?:\bdoi\s?:\s*|\bdoi\s+(?=\d)|\bdoi\.org/)(?!https?:)(\S*)", re.IGNORECASE)
#: What a sentence puts after a DOI and a DOI does not end with.
_AFTER = ".,;:!?،؛؟\"'»”’)]}>"


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
                N_("Affiliation"),
                hint=N_("Your faculty or department. If you do not take part for an institution, name it first."),
                limit=200,
                identifies=True,
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
                hint=N_("One a line. A DOI looks like 10.1000/182 or https://doi.org/10.1000/182."),
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
                identifies=True,
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

    def review_criteria(self) -> Sequence[ReviewCriterion]:
        """The criteria of the shipped list."""
        return REVIEW_CRITERIA

    def agenda_outline(self, consultation: Consultation) -> Sequence[Localized]:
        """Papers are presented, then questioned."""
        return (
            Localized(ar="عرض الأوراق البحثية", en="Presentation of papers", fr="Présentation des articles"),
            Localized(ar="أسئلة إلى الباحثين", en="Questions to the authors", fr="Questions aux auteurs"),
        )

    def migrations(self) -> Path:
        """This plugin's own history."""
        return HOME / "migrations"


def _references(lines: list[str]) -> Message | None:
    """Refuse a line that gives a DOI which has not the form of one."""
    for number, line in enumerate(lines, start=1):
        if not all(_DOI.fullmatch(doi) for doi in given_dois(line)):
            return N_("The DOI in reference %(number)s does not have the form 10.1000/182.", number=number)
    return None


def given_dois(reference: str) -> Sequence[str]:
    """Return what a reference gives as its DOIs, right or wrong, without the punctuation that follows them.

    A closing bracket belongs to a DOI that opened it: 10.1016/S0140-6736(05)67890-X(1).
    """
    return [_without_punctuation(unquote(found[1])) for found in _GIVEN_DOI.finditer(reference)]


def _without_punctuation(doi: str) -> str:
    while doi and doi[-1] in _AFTER and not (doi[-1] == ")" and doi.count("(") >= doi.count(")")):
        doi = doi[:-1]
    return doi


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
