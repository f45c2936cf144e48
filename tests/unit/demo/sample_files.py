"""The sample's files and the reference files, read once: what the tests of the sample share."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "consult" / "demo" / "sample"
#: Where a reference file may be: with consult, or with the plugin whose track it belongs to.
REFERENCE = (ROOT / "consult" / "reference", *sorted((ROOT / "plugins").glob("*/consult_*/reference")))

LANGUAGES = ("ar", "en", "fr")

Table = dict[str, Any]


def read(name: str) -> Table:
    return tomllib.loads((SAMPLE / f"{name}.toml").read_text(encoding="utf-8"))


def rows(name: str) -> list[dict[str, str]]:
    found = next(folder / name for folder in REFERENCE if (folder / name).is_file())
    with found.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def by(key: str, tables: list[Table]) -> dict[Any, Table]:
    found = {table[key]: table for table in tables}
    assert len(found) == len(tables)
    return found


FRAME = read("consultation")
PEOPLE = by("key", read("people")["person"])
BODIES = by("key", read("bodies")["body"])
WRITTEN = {language: read(f"submissions.{language}")["submission"] for language in LANGUAGES}
SUBMISSIONS = by("key", [one for language in LANGUAGES for one in WRITTEN[language]])
SESSIONS = by("number", read("sessions")["session"])
RECOMMENDATIONS = by("number", read("recommendations")["recommendation"])
BALLOTS = by("number", read("ballots")["ballot"])
OUTCOME = read("outcome")

MUNICIPALITIES = {row["id"]: row for row in rows("municipalities.csv")}
ACADEMIC = {row["id"] for row in rows("academic_institutions.csv")}
INSTITUTIONS = {row["code"] for row in rows("institutions.csv")}
TOPICS = {f"{row['scheme']}:{row['code']}" for row in rows("topics.csv")}
KINDS = {row["code"] for row in rows("cso_kinds.csv")}
AUTHORITIES = {row["code"] for row in rows("cso_registration_authorities.csv")}
RULES = {row["id"] for row in rows("decision_rules.csv")}

NOW = datetime.fromisoformat(FRAME["now"])
SEATED = [key for key, person in PEOPLE.items() if person.get("seat")]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def region(key: str) -> str:
    person = PEOPLE[key]
    return MUNICIPALITIES[person["body"]]["region"] if person["track"] == "municipal" else person["constituency"]


def revisions(one: Table) -> list[tuple[Table, Table]]:
    """The texts of a submission, each with the decision on it."""
    first = [(one, one["review"])]
    return [*first, (one["correction"], one["review2"])] if "correction" in one else first


def decision(one: Table) -> str:
    return str(revisions(one)[-1][1]["decision"])


def paragraphs(text: str) -> list[str]:
    return [part for part in text.strip().split("\n\n") if part.strip()]


def sentences(revision: Table) -> Iterator[str]:
    for text in (revision["title"], revision["text"], *revision["proposals"]):
        yield from (part.strip() for part in re.split(r"[.!?؟؛;:\n]+", text) if len(part.split()) > 3)


def attendance(session: Table, at: datetime) -> set[str]:
    """The members in the room at a moment."""
    found: set[str] = set()
    for entry in session["attendance"]:
        if moment(entry["came"]) > at or ("left" in entry and moment(entry["left"]) <= at):
            continue
        if "person" in entry:
            found.add(entry["person"])
        else:
            found |= {k for k in SEATED if PEOPLE[k]["track"] == entry["track"]} - set(entry["except"])
    return found
