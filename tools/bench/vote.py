"""One vote as the bare route writes it: the application's own statement, with the driver's parameters."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_TEXT = """
INSERT INTO open_choice (ballot_id, voter_id, choice, weight, cast_by, at)
SELECT entry.ballot_id, entry.voter_id, {choice}, entry.weight, {cast_by}, {at}
FROM ballot JOIN roll_entry AS entry ON entry.ballot_id = ballot.id
WHERE ballot.id = {ballot} AND ballot.state = 'open' AND entry.voter_id = {voter} {lock}
ON CONFLICT (ballot_id, voter_id) DO UPDATE SET choice = excluded.choice, cast_by = excluded.cast_by, at = excluded.at
RETURNING voter_id
"""
_NAMES = ("choice", "cast_by", "at", "ballot", "voter")

CAST = {
    "sqlite": _TEXT.format(lock="", **{name: f":{name}" for name in _NAMES}),
    "postgresql": _TEXT.format(lock="FOR SHARE OF ballot", **{name: f"%({name})s" for name in _NAMES}),
}


@dataclass(frozen=True, slots=True)
class Vote:
    """Who votes on what how; ids in hexadecimal."""

    ballot: str
    voter: str
    choice: str

    def parameters(self, sqlite: bool) -> dict[str, Any]:
        """Return the parameters as the driver of a database wants them."""
        now = datetime.now(UTC)
        ballot, voter = uuid.UUID(self.ballot), uuid.UUID(self.voter)
        return {
            "choice": self.choice,
            "cast_by": voter.hex if sqlite else voter,
            "at": now.strftime("%Y-%m-%d %H:%M:%S.%f") if sqlite else now,
            "ballot": ballot.hex if sqlite else ballot,
            "voter": voter.hex if sqlite else voter,
        }
