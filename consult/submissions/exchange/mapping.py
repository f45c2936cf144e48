"""The map of an import: which columns of a foreign table become which part of a submission. See `docs/import.md`."""

from __future__ import annotations

import json
import re
import tomllib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from consult import clock
from consult.cleaning import clean_line, clean_text
from consult.errors import Problem, Rejected
from consult.events.types import canonical
from consult.i18n import N_, Message
from consult.submissions.content import TITLE_LIMIT, is_language
from consult.typed_days import read_moment

_PLACE = re.compile(r"\{([^{}]+)\}")
#: Parts of a submission that a map says once, each as a text with columns in braces.
TEMPLATES = ("key", "language", "title", "track", "author", "body", "received", "topics", "withheld", "state", "form")
_SOURCE = {"encoding", "separator", "sheet"}
_LISTS = {"text": {"column", "label"}, "proposal": {"column", "label"}, "answer": {"column", "label", "key"}}


class InvalidMap(ValueError):
    """A map that cannot be used; the message names the entry."""

    def __init__(self, words: Message | str) -> None:
        self.words = words
        super().__init__(str(words))


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """A column and what stands before its text ("" for nothing); for an answer, the key it is kept under."""

    column: str
    label: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class ImportedDraft:
    """A row as a submission to be: parts as text, before any check against the consultation.

    `hash` is SHA-256 over all of it but the state, which counts when the row comes first: the same row again is unchanged.
    `form` is the number of the version of the organisers' form that it names; what answers a form is told apart by
    `imported_answers`, which also finds that version.
    """

    source_key: str
    track: str
    language: str
    title: str
    author: str
    body: str
    withheld: bool
    state: str
    received_at: datetime | None
    topics: tuple[str, ...]
    text: str
    proposals: str
    answers: Mapping[str, Any]
    hash: bytes
    form: str = ""
    private_answers: Mapping[str, Any] = field(default_factory=dict)
    questionnaire: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class SubmissionMap:
    """A map that was read. `key`, `language` and the like are templates: text with columns in braces (`{P19_*} 2020`).

    `called` is what a column that stands beside those of the file is called where a problem names its cell.
    """

    key: str
    language: str
    title: str
    track: str = ""
    author: str = ""
    body: str = ""
    received: str = ""
    topics: str = ""
    withheld: str = ""
    state: str = ""
    form: str = ""
    texts: Sequence[ColumnUse] = ()
    proposals: Sequence[ColumnUse] = ()
    answers: Sequence[ColumnUse] = ()
    source: Mapping[str, str] = field(default_factory=dict)
    called: Mapping[str, str] = field(default_factory=dict)

    def bound(self, columns: Sequence[str]) -> SubmissionMap:
        """Return the map with every column's whole name; raises InvalidMap where a column is missing or ambiguous.

        A name that ends with `*` stands for the one column that begins so.
        """

        def template(text: str) -> str:
            return _PLACE.sub(lambda m: "{" + _column(m[1], columns) + "}", text)

        def uses(given: Sequence[ColumnUse]) -> tuple[ColumnUse, ...]:
            found = [(use, _column(use.column, columns)) for use in given]
            return tuple(ColumnUse(name, use.label, use.key or use.label or name) for use, name in found)

        parts: dict[str, Any] = {part: template(getattr(self, part)) for part in TEMPLATES}
        return replace(
            self, **parts, texts=uses(self.texts), proposals=uses(self.proposals), answers=uses(self.answers)
        )

    def _answers(self, cells: Mapping[str, str], problems: list[Problem]) -> dict[str, Any]:
        """Return the answers; the key `*` stands for a column that holds all of them as a JSON object."""
        found: dict[str, Any] = {}
        for use in self.answers:
            cell = cells[use.column].strip()
            if use.key != "*":
                found |= {use.key: cell} if cell else {}
                continue
            try:
                several = json.loads(cell or "{}")
            except (ValueError, RecursionError):
                several = None
            if isinstance(several, dict):
                found |= several
            else:
                problems.append(Problem(use.column, N_("This cell must hold a JSON object.")))
        return found

    def column_of(self, part: str) -> str:
        """Return the columns that a part of a submission, or an answer by its key, stands in; the name itself where none is known."""
        texts = {"text": self.texts, "proposals": self.proposals}
        if part in texts:
            found = [use.column for use in texts[part]]
        elif part in TEMPLATES:
            found = _PLACE.findall(getattr(self, part))
        else:
            columns = {use.key: use.column for use in reversed(self.answers)}
            found = [columns[key] for key in (part, "*") if key in columns][:1]
        return ", ".join(self.called.get(column, column) for column in found) or part

    def draft(self, cells: Mapping[str, str]) -> ImportedDraft:
        """Return a row as a draft. Raises Rejected, each problem under the column or part it belongs to."""
        problems: list[Problem] = []
        key = _filled(self.key, cells).strip()
        if not key:
            problems.append(Problem(self.column_of("key"), N_("The row has no key.")))
        language = _filled(self.language, cells).strip().lower()
        if not is_language(language):
            problems.append(
                Problem(
                    self.column_of("language"),
                    N_("“%(code)s” is not the code of a language.", code=language),
                )
            )
        received, wrong = _received(_filled(self.received, cells).strip())
        if wrong is not None:
            problems.append(Problem(self.column_of("received"), wrong))
        text, proposals = _joined(self.texts, cells), _joined(self.proposals, cells)
        answers = self._answers(cells, problems)
        if not text and not proposals and not answers:
            problems.append(Problem("", N_("The row has neither text nor answers.")))
        if problems:
            raise Rejected(problems)
        title = clean_line(_filled(self.title, cells))[:TITLE_LIMIT].strip() or key
        parts: dict[str, Any] = {
            "track": _filled(self.track, cells).strip(),
            "language": language,
            "title": title,
            "author": clean_line(_filled(self.author, cells)),
            "body": _filled(self.body, cells).strip(),
            "withheld": _filled(self.withheld, cells).strip().lower() in {"1", "true", "yes"},
            "topics": _items(_filled(self.topics, cells)),
            "text": text,
            "proposals": proposals,
            "answers": answers,
        }
        if form := _filled(self.form, cells).strip():
            parts["form"] = form
        whole = canonical(
            {**parts, "topics": list(parts["topics"]), "received": received.isoformat() if received else ""}
        )
        state = _filled(self.state, cells).strip().lower()
        return ImportedDraft(source_key=key, received_at=received, state=state, hash=sha256(whole).digest(), **parts)


def _column(name: str, columns: Sequence[str]) -> str:
    name = " ".join(name.split())
    found = [c for c in columns if c == name or (name.endswith("*") and c.startswith(name[:-1]))]
    if len(found) != 1:
        there = {"name": name, "columns": ", ".join(columns[:80])}
        if found:
            raise InvalidMap(N_("several columns begin with “%(name)s”; the file has: %(columns)s", **there))
        raise InvalidMap(N_("there is no column “%(name)s”; the file has: %(columns)s", **there))
    return found[0]


def _filled(template: str, cells: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda m: cells[m[1]], template)


def _joined(uses: Iterable[ColumnUse], cells: Mapping[str, str]) -> str:
    """Join columns as paragraphs; a label stands before the first paragraph of its column."""
    parts = []
    for use in uses:
        text = clean_text(cells[use.column])
        if text:
            parts.append(f"{use.label}: {text}" if use.label else text)
    return "\n\n".join(parts)


def _items(cell: str) -> tuple[str, ...]:
    """Return the items of a list: separated by commas, or as JSON."""
    if cell.lstrip().startswith("["):
        try:
            several = json.loads(cell)
        except (ValueError, RecursionError):
            several = None
        if isinstance(several, list):
            return tuple(str(item).strip() for item in several if str(item).strip())
    return tuple(part.strip() for part in cell.split(",") if part.strip())


def _received(text: str) -> tuple[datetime | None, Message | None]:
    if not text:
        return None, None
    moment, wrong = read_moment(text, UTC)
    if moment is not None and moment > clock.now():
        return None, N_("This is still to come. A time without its distance to UTC is read as UTC.")
    return moment, wrong


def read_map(path: Path) -> SubmissionMap:
    """Read a map from TOML. Raises InvalidMap, naming the entry that is wrong."""
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidMap(f"the map cannot be read: {error}") from error
    return map_of(given)


def map_of(given: Mapping[str, Any]) -> SubmissionMap:
    """Return the map that a mapping describes. Raises InvalidMap."""
    unknown = set(given) - {*TEMPLATES, *_LISTS, "source", "called"}
    if unknown:
        raise InvalidMap(f"there is no entry {sorted(unknown)[0]!r} in a map")
    for part in ("key", "language", "title"):
        if not given.get(part):
            raise InvalidMap(f"the map must say {part!r}")
    wrong = set(given.get("source", {})) - _SOURCE
    if wrong:
        raise InvalidMap(f"there is no entry {sorted(wrong)[0]!r} in [source]")
    topics = given.get("topics", "")
    return SubmissionMap(
        **{part: str(given.get(part, "")) for part in TEMPLATES if part != "topics"},
        topics=", ".join(topics) if isinstance(topics, list) else str(topics),
        texts=_uses(given, "text"),
        proposals=_uses(given, "proposal"),
        answers=_uses(given, "answer"),
        source=dict(given.get("source", {})),
        called=dict(given.get("called", {})),
    )


def map_of_page(given: Mapping[str, Any]) -> SubmissionMap:
    """Return the map that a page keeps with an import, beside the name of a conversation. Raises InvalidMap."""
    return map_of({part: value for part, value in given.items() if part != "conversation"})


def _uses(given: Mapping[str, Any], part: str) -> tuple[ColumnUse, ...]:
    found = []
    for entry in given.get(part, []):
        if not isinstance(entry, dict) or "column" not in entry or set(entry) - _LISTS[part]:
            raise InvalidMap(f"an entry [[{part}]] has the keys {', '.join(sorted(_LISTS[part]))}, and `column` always")
        found.append(ColumnUse(**{key: str(value) for key, value in entry.items()}))
    return tuple(found)
