"""What a file may hold: submissions of a consultation, or, where it belongs to none, bodies of the register."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consult.accounts.bodies.maps import BodyMap, body_given, body_map_problems, guess_body_roles, known_file
from consult.consultations.models import Consultation
from consult.errors import Problem
from consult.events.models import INSTANCE
from consult.i18n import N_
from consult.submissions.exchange.guessing import given_of, guess_language, guess_roles
from consult.submissions.exchange.imported_answers import questions_in_tables
from consult.submissions.exchange.mapping import InvalidMap, map_of_page
from consult.submissions.exchange.presets import VOTES, given_for, preset_for

Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowKind:
    """A kind of row: who may bring it in, how a file is guessed, what a map lacks, and whether it fits the columns.

    `guess` returns the name of the known file ("" for none) and a map; `check` raises InvalidMap.
    """

    permission: str
    guess: Callable[[Sequence[str], Sequence[Mapping[str, str]], Consultation | None], tuple[str, dict[str, Any]]]
    lacks: Callable[[Given, str], Iterator[Problem]]
    check: Callable[[Given, str, Sequence[str]], None]


def kind_of(consultation: Consultation | uuid.UUID | None) -> RowKind:
    """Return what a file holds that was brought to a consultation, or to the register."""
    return BODIES if consultation is None else SUBMISSIONS


def stream_of(consultation: uuid.UUID | None) -> uuid.UUID:
    """Return where it is recorded that a file came in."""
    return INSTANCE if consultation is None else consultation


def _guess_submissions(
    columns: Sequence[str], sample: Sequence[Mapping[str, str]], consultation: Consultation | None
) -> tuple[str, dict[str, Any]]:
    preset = preset_for(columns)
    if preset is not None:
        return preset.name, given_for(preset, columns)
    asked = questions_in_tables(consultation) if consultation else {}
    roles = guess_roles(columns, sample, {role: label for role, (_, label) in asked.items()})
    tracks = {asked[role][0] for role in roles.values() if role in asked}
    track = tracks.pop() if len(tracks) == 1 and "track" not in roles.values() else ""
    return "", given_of(roles, language=guess_language(sample), track=track)


def _lacks_of_submissions(given: Given, preset: str) -> Iterator[Problem]:
    if preset == VOTES:
        return
    if not given.get("key"):
        yield Problem("columns", N_("Say which column is the key of the row."))
    if not given.get("language"):
        yield Problem("language", N_("Choose the language of the texts, or the column that says it."))
    if not any(given.get(part) for part in ("text", "proposal", "answer")):
        yield Problem("columns", N_("Say which columns hold texts, proposals or answers."))


def _check_submissions(given: Given, preset: str, columns: Sequence[str]) -> None:
    if preset == VOTES:
        return
    mapping = map_of_page(given)
    if not preset:
        mapping.bound(columns)


def _guess_bodies(
    columns: Sequence[str], _sample: Sequence[Mapping[str, str]], _consultation: Consultation | None
) -> tuple[str, dict[str, Any]]:
    known = known_file(columns)
    return (known.name, {}) if known else ("", body_given(guess_body_roles(columns)))


def _lacks_of_bodies(given: Given, preset: str) -> Iterator[Problem]:
    return iter(()) if preset else body_map_problems(given)


def _check_bodies(given: Given, preset: str, columns: Sequence[str]) -> None:
    if not preset and (missing := BodyMap(given).missing(columns)):
        raise InvalidMap(N_("there is no column “%(name)s”", name=missing[0]))


SUBMISSIONS = RowKind("submission.import", _guess_submissions, _lacks_of_submissions, _check_submissions)
BODIES = RowKind("body.register", _guess_bodies, _lacks_of_bodies, _check_bodies)
