"""Reading the reference files that ship with consult: topics, districts, institutions."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from consult.i18n import N_, Localized, Message
from consult.plugins.track import ReferenceBody
from consult.settings import PACKAGE

FOLDER = PACKAGE / "reference"
#: What the institutions of the shipped file are registered under, beside the tracks' own lists.
INSTITUTIONS = "institutions"

SCHEME_LABELS: Mapping[str, Message] = {
    "gcm": N_("Objectives of the Global Compact for Migration"),
    "jvap": N_("Domains of the Joint Valletta Action Plan"),
    "icmpd-pillar": N_("Pillars of work"),
    "dialogue": N_("Regional and international dialogues"),
}


@dataclass(frozen=True, slots=True)
class ReferenceTopic:
    """A topic of a scheme: `names` are short labels for lists, `titles` the scheme's own words where they are known."""

    scheme: str
    code: str
    names: Localized
    titles: Localized

    @property
    def key(self) -> str:
        """Return the topic's key in forms and settings, such as `gcm:1`."""
        return f"{self.scheme}:{self.code}"


@dataclass(frozen=True, slots=True)
class District:
    """One of the 22 districts, with the historical region it lies in."""

    code: str
    names: Localized
    region: str


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@cache
def topics() -> Mapping[str, ReferenceTopic]:
    """Return the topics of every scheme by key, in the order of the file."""
    found = (
        ReferenceTopic(
            row["scheme"],
            row["code"],
            Localized(ar=row["short_ar"], en=row["short_en"], fr=row["short_fr"]),
            Localized(en=row["title_en"], fr=row["title_fr"]),
        )
        for row in _rows("topics.csv")
    )
    return {topic.key: topic for topic in found}


@cache
def districts() -> Mapping[str, District]:
    """Return the districts by ISO code."""
    return {
        row["iso_code"]: District(row["iso_code"], Localized(ar=row["name_ar"], en=row["name_en"]), row["region"])
        for row in _rows("districts.csv")
    }


@cache
def shipped_missions() -> Sequence[Mapping[str, str]]:
    """Return the missions abroad of the shipped file, as they stand there."""
    return tuple(_rows("missions.csv"))


def district_label(code: str) -> Localized | str:
    """Return what a district is called, its code where no file tells."""
    found = districts().get(code)
    return found.names if found else code


@cache
def institutions() -> Sequence[ReferenceBody]:
    """Return ministries and other institutions, ready for the register."""
    return tuple(
        ReferenceBody(
            key=row["code"],
            kind=row["kind"],
            names=Localized(ar=row["name_ar"], en=row["name_en"], fr=row["name_fr"]),
            source=row["source"],
        )
        for row in _rows("institutions.csv")
    )


@cache
def institution_parents() -> Mapping[str, str]:
    """Return the code of the body that an institution belongs to, for those of which it is known."""
    return {row["code"]: row["parent"] for row in _rows("institutions.csv") if row["parent"]}


@cache
def shipped_rule_ids() -> frozenset[str]:
    """Return the ids of the decision rules that ship with consult."""
    return frozenset(row["id"] for row in _rows("decision_rules.csv"))
