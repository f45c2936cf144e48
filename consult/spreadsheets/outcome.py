"""What became of the rows of a table that was brought in, whatever they hold."""

from __future__ import annotations

from dataclasses import dataclass, field

from consult.i18n import Message


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a row was not taken: its number in the file, the column ("" for the whole row), the reason."""

    row: int
    column: str
    reason: Message


@dataclass(slots=True)
class ImportOutcome:
    """What became of the rows so far: of those that were imported, `changed` were there already and say something else now.

    `replaced` are votes that somebody changed further down.
    """

    imported: int = 0
    changed: int = 0
    replaced: int = 0
    unchanged: int = 0
    rejections: list[Rejection] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        """The number of rejected rows (a row may have several reasons)."""
        return len({rejection.row for rejection in self.rejections})

    def add(self, other: ImportOutcome) -> None:
        """Count what became of further rows."""
        self.imported += other.imported
        self.changed += other.changed
        self.replaced += other.replaced
        self.unchanged += other.unchanged
        self.rejections += other.rejections
