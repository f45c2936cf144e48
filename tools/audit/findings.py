"""What a check found, and which findings are accepted, each with its reason: `accepted.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

ACCEPTED = Path(__file__).with_name("accepted.toml")


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: the check, its rule, where (file or address, without line numbers, which move) and what was seen."""

    check: str
    rule: str
    place: str
    words: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """What is accepted: so many findings of a rule in a place (a file, or an address up to `*`), and why."""

    check: str
    rule: str
    place: str
    count: int
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Tell whether a finding is of this kind and in this place."""
        if (self.check, self.rule) != (finding.check, finding.rule):
            return False
        start, star, _ = self.place.partition("*")
        return finding.place.startswith(start) if star else finding.place == self.place


def accepted(path: Path = ACCEPTED) -> list[Accepted]:
    """Return what the file accepts; ValueError for an entry without a reason."""
    found = [Accepted(**entry) for entry in tomllib.loads(path.read_text("utf-8")).get("accepted", ())]
    if silent := [entry.place for entry in found if len(entry.reason) < 15]:
        raise ValueError(f"accepted without a reason: {silent}")
    return found


def not_argued(findings: Sequence[Finding], given: Iterable[Accepted]) -> list[Finding]:
    """Return the findings that no entry covers: those of a rule and place beyond the number that was looked at, too."""
    left = list(findings)
    for entry in given:
        of_it = [finding for finding in left if entry.covers(finding)]
        if len(of_it) <= entry.count:
            left = [finding for finding in left if finding not in of_it]
    return left


def out_of_date(findings: Sequence[Finding], given: Iterable[Accepted], checks: Iterable[str]) -> list[Accepted]:
    """Return the entries of the checks that ran which accept more than there is."""
    ran = set(checks)
    return [e for e in given if e.check in ran and sum(map(e.covers, findings)) < e.count]
