"""Files of other platforms that are known by their columns: proposals of Decidim, statements and votes of Polis.

A preset puts columns of its own beside those of the file (they begin with `consult/`), from which its map takes the parts of a
submission. Columns as Decidim's exporter flattens them (`title/ar`), with `;` or in JSON and XLSX.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any

from consult.i18n import N_, Message
from consult.spreadsheets import Row, Table
from consult.submissions.exchange.exports import FORM, OWN_COLUMNS, OWN_GIVEN
from consult.submissions.exchange.statement_votes import statement_key
from consult.submissions.states import SubmissionState

#: Characters of a statement that stand as its title.
TITLE = 120
#: The name of a preset that holds votes, not submissions.
VOTES = "polis_votes"
_BLOCK = re.compile(r"(?i)</?(?:p|div|h[1-6]|ul|ol|blockquote)\b[^>]*>")
_BREAK = re.compile(r"(?i)<br\s*/?>|</li>")
_ITEM = re.compile(r"(?i)<li\b[^>]*>")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
#: Endings of Decidim's columns that are no language.
_NO_LANGUAGE = frozenset({"machine_translations"})
Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Preset:
    """A file that is known: its name, what it is called, the columns by which it is known, its map, what is put beside."""

    name: str
    label: Message
    columns: frozenset[str]
    given: Mapping[str, Any]
    beside: Callable[[Cells, str], Cells] = lambda cells, conversation: {}
    begins: frozenset[str] = frozenset()

    def knows(self, columns: Sequence[str]) -> bool:
        """Tell whether a file with these columns is one of these: of `begins`, each column has one that begins so."""
        return self.columns <= set(columns) and all(any(c.startswith(b) for c in columns) for b in self.begins)


def shortened(text: str, most: int = TITLE) -> str:
    """Return the beginning of a text, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    head = line[: most - 1]
    return (head.rpartition(" ")[0] or head) + "…"


def plain_text(html: str) -> str:
    """Return what Decidim's editor wrote as text: paragraphs by blank lines, items by lines; a plain text stays as it is."""
    if not _TAG.search(html):
        return html
    text = _ITEM.sub("\n- ", _BREAK.sub("\n", _BLOCK.sub("\n\n", html)))
    return re.sub(r"\n{3,}", "\n\n", unescape(_TAG.sub("", text))).strip()


def _moment(text: str) -> str:
    """Return milliseconds since 1970 as an ISO moment, "" for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) < 15):
        return ""
    return datetime.fromtimestamp(int(text) / 1000, UTC).isoformat()


def _polis(cells: Cells, conversation: str) -> Cells:
    text = cells["comment-body"]
    accepted = cells["moderated"].strip() == "1"
    return {
        "consult/key": statement_key(cells["comment-id"].strip(), conversation) if cells["comment-id"].strip() else "",
        "consult/title": shortened(text),
        "consult/state": SubmissionState.ACCEPTED.value if accepted else "",
        "consult/received": _moment(cells["timestamp"].strip()),
    }


def _decidim(cells: Cells, _conversation: str) -> Cells:
    language = _language(cells)
    state = cells.get("state", "").strip()
    gone = state == "withdrawn" or bool(cells.get("withdrawn_at", "").strip())
    received = cells.get("published_at", "") or cells.get("created_at", "")
    return {
        "consult/key": f"decidim:{cells['id'].strip()}" if cells["id"].strip() else "",
        "consult/language": language,
        "consult/title": plain_text(_in_language(cells, "title", language)),
        "consult/text": plain_text(_in_language(cells, "body", language)),
        "consult/state": SubmissionState.WITHDRAWN.value if gone else "",
        "consult/received": _iso(received),
        "consult/author": cells.get("author/name", "") or cells.get("authors/names", ""),
        "consult/decidim_state": state,
        "consult/category": _named(cells, "category/name", language),
        "consult/scope": _named(cells, "scope/name", language),
        "consult/supports": cells.get("proposal_votes", "") or cells.get("supports", ""),
        "consult/endorsements": cells.get("endorsements/total_count", "") or cells.get("endorsements", ""),
        "consult/url": cells.get("url", ""),
    }


def _iso(text: str) -> str:
    """Return a moment as Ruby writes it (2026-11-24 10:00:00 UTC, or +0200) as ISO writes it."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)? ?(UTC|Z|[+-]\d\d:?\d\d)?", text.strip())
    if found is None:
        return text.strip()
    zone = "+00:00" if found[3] in (None, "UTC", "Z") else found[3]
    return f"{found[1]}T{found[2]}{zone}"


def _language(cells: Cells) -> str:
    """Return the first language in which a proposal has a body, else a title; "" where the columns name none."""
    for part in ("body", "title"):
        for column, cell in cells.items():
            code = column.removeprefix(f"{part}/")
            if code != column and "/" not in code and code not in _NO_LANGUAGE and cell.strip():
                return code
    return ""


def _in_language(cells: Cells, part: str, language: str) -> str:
    return cells.get(f"{part}/{language}", "") or ("" if cells.get(part, "").startswith("{") else cells.get(part, ""))


def _named(cells: Cells, part: str, language: str) -> str:
    """Return the name of a category or a scope, in the language of the proposal where it has one, else in any."""
    names = [cell for column, cell in cells.items() if column.startswith(f"{part}/") and cell.strip()]
    return _in_language(cells, part, language) or next(iter(names), "")


def _answer(column: str, label: str) -> dict[str, str]:
    return {"column": f"consult/{column}", "label": label}


PRESETS: Sequence[Preset] = (
    Preset("own", N_("Submissions that consult exported"), frozenset(OWN_COLUMNS), OWN_GIVEN),
    Preset(VOTES, N_("Votes of a Polis conversation"), frozenset({"timestamp", "comment-id", "voter-id", "vote"}), {}),
    Preset(
        "polis",
        N_("Statements of a Polis conversation"),
        frozenset({"timestamp", "comment-id", "moderated", "comment-body"}),
        {
            "key": "{consult/key}",
            "title": "{consult/title}",
            "received": "{consult/received}",
            "state": "{consult/state}",
            "text": [{"column": "comment-body"}],
            "called": {"consult/key": "comment-id", "consult/title": "comment-body", "consult/received": "timestamp"},
        },
        _polis,
    ),
    Preset(
        "decidim",
        N_("Proposals of Decidim"),
        frozenset({"id"}),
        {
            "key": "{consult/key}",
            "language": "{consult/language}",
            "title": "{consult/title}",
            "author": "{consult/author}",
            "received": "{consult/received}",
            "state": "{consult/state}",
            "text": [{"column": "consult/text"}],
            "called": {
                "consult/key": "id",
                "consult/language": "body",
                "consult/title": "title",
                "consult/text": "body",
                "consult/state": "state",
                "consult/received": "published_at",
            },
            "answer": [
                _answer("decidim_state", "Decidim: state"),
                _answer("category", "Decidim: category"),
                _answer("scope", "Decidim: scope"),
                _answer("supports", "Decidim: supports"),
                _answer("endorsements", "Decidim: endorsements"),
                _answer("url", "Decidim: address"),
            ],
        },
        _decidim,
        frozenset({"title", "body", "component/id"}),
    ),
)


def preset_for(columns: Sequence[str]) -> Preset | None:
    """Return the preset that a file with these columns is for, None for a file of its own kind."""
    return next((preset for preset in PRESETS if preset.knows(columns)), None)


def preset_named(name: str) -> Preset | None:
    """Return a preset by its name, None for none."""
    return next((preset for preset in PRESETS if preset.name == name), None)


def given_for(preset: Preset, columns: Sequence[str], language: str = "", track: str = "") -> dict[str, Any]:
    """Return the map of a preset, with the language and the track that the file does not say."""
    given = dict(preset.given)
    says = any(column.startswith(("body/", "title/")) for column in columns) or preset.name == "own"
    if preset.name == "own" and FORM in columns:
        given[FORM] = f"{{{FORM}}}"
    if language and not says:
        given["language"] = language
    if track and "track" not in given:
        given["track"] = track
    return given


def prepared(table: Table, preset: Preset | None, conversation: str = "") -> Table:
    """Return a table with the columns of a preset put beside its own."""
    if preset is None:
        return table
    empty = preset.beside(dict.fromkeys(table.columns, ""), conversation)

    def rows() -> Iterator[Row]:
        for row in table.rows:
            yield Row(row.number, {**row.cells, **preset.beside(row.cells, conversation)})

    return Table((*table.columns, *empty), rows())
