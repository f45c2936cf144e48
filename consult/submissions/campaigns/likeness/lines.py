"""Texts from outside, one JSON object a line, and the campaigns among them as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import isfinite
from pathlib import Path

from consult.errors import Problem, Rejected
from consult.i18n import N_, Message
from consult.submissions.campaigns.likeness.model import Campaign, Letter

#: What a line may have as `id`: it comes back as it is in `flips`, and as a string where it is the key of an object.
Identifier = str | int | float


class InvalidLetters(Rejected):
    """A line is not a text with an identifier of its own; the message names the line."""


def read_letters(lines: Iterable[bytes]) -> Iterator[Letter[Identifier]]:
    """Yield the letters in lines of UTF-8, each with `id`, `text` and, where it is known, `lang`; empty lines are passed over.

    Raises InvalidLetters at the first line that is none, or has the `id` of an earlier one.
    """
    lines_of: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        row = _row(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line, number)
        if row is None:
            continue
        letter = Letter(
            _identifier(row, number), _string(row, "lang", number, default=""), _string(row, "text", number)
        )
        earlier = lines_of.setdefault(key(letter.id), number)
        if earlier != number:
            raise _invalid(
                N_(
                    "Line %(line)s has the id %(id)s of line %(earlier)s.",
                    line=number,
                    id=key(letter.id),
                    earlier=earlier,
                )
            )
        yield letter


class LetterFile:
    """A file of letters, read through once, and then again at the lines of some of them; `read` counts its letters."""

    def __init__(self, path: Path, advance: Callable[[int], object] = lambda read: None) -> None:
        """Tell `advance` the bytes of each line that is read."""
        self.read, self._advance = 0, advance
        self._places: dict[str, int] = {}
        self._file = path.open("rb")

    def __enter__(self) -> LetterFile:
        """Return it, to be closed."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()

    @property
    def again(self) -> Callable[[Sequence[Identifier]], Iterator[str]] | None:
        """Return what gives the texts of letters once more, None where nothing is read twice, as from a pipe."""
        return self._again if self._file.seekable() else None

    def letters(self) -> Iterator[Letter[Identifier]]:
        """Yield the letters. Raises InvalidLetters at the first line that is none."""
        place = begun = 0

        def lines() -> Iterator[bytes]:
            nonlocal place, begun
            for line in self._file:
                begun, place = place, place + len(line)
                yield line
                self._advance(len(line))

        for letter in read_letters(lines()):
            self._places[key(letter.id)] = begun
            self.read += 1
            yield letter

    def _again(self, ids: Sequence[Identifier]) -> Iterator[str]:
        for one in ids:
            self._file.seek(self._places[key(one)])
            line = self._file.readline().removeprefix(b"\xef\xbb\xbf")
            yield from (letter.text for letter in read_letters([line]))


def as_mapping(campaigns: Sequence[Campaign[Identifier]]) -> dict[str, object]:
    """Return campaigns as `groups`, identifier to number, counted from 1 in order of the first text, and `flips`.

    A text that demands the opposite has the number of the letter it turns round, and stands in `flips` after the
    identifier of that group's representative.
    """
    return {
        "groups": {key(member): number for number, campaign in enumerate(campaigns, 1) for member in campaign.members},
        "flips": [[campaign.representative, text] for campaign in campaigns for text in campaign.opposed],
    }


def key(identifier: Identifier) -> str:
    """Return an identifier as the key of a JSON object."""
    return identifier if isinstance(identifier, str) else json.dumps(identifier)


def _row(line: bytes, number: int) -> Mapping[str, object] | None:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _invalid(N_("Line %(line)s is not UTF-8.", line=number)) from error
    if not text.strip():
        return None
    try:
        row = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _invalid(N_("Line %(line)s is not JSON: %(why)s", line=number, why=error)) from error
    if not isinstance(row, dict):
        raise _invalid(N_("Line %(line)s is not an object with id, lang and text.", line=number))
    return row


def _identifier(row: Mapping[str, object], number: int) -> Identifier:
    value = row.get("id")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _invalid(N_("In line %(line)s, id is missing or is neither a text nor a number.", line=number))
    if isinstance(value, float) and not isfinite(value):
        raise _invalid(N_("In line %(line)s, id is missing or is neither a text nor a number.", line=number))
    return value


def _string(row: Mapping[str, object], name: str, number: int, default: str | None = None) -> str:
    value = default if row.get(name) is None else row[name]
    if not isinstance(value, str):
        raise _invalid(N_("In line %(line)s, %(name)s is missing or is not a text.", line=number, name=name))
    return value


def _invalid(message: Message) -> InvalidLetters:
    return InvalidLetters((Problem("", message),))
