"""What is kept about the visitor: a page to read, and a file to take along. Both hold the same.

The page leaves out the keys by which rows refer to each other, and nothing else.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from flask import Response, render_template, request
from markupsafe import Markup, escape

from consult import clock
from consult.accounts.own_data import OwnData, Row, own_data, packed
from consult.consultations.accreditation.files import own_application_files
from consult.i18n import LANGUAGES, N_, Localized, Message
from consult.paper.queries import own_scans
from consult.plugins.questions import Question
from consult.submissions.documents.attached import own_files
from consult.submissions.tracks import track_label
from consult.typed_numbers import as_number
from consult.web.account.blueprint import blueprint
from consult.web.account.landing import me
from consult.web.account.own_answers import AnswersTo, Named, OwnAnswers
from consult.web.account.own_data_words import CODES, COLUMNS, EVENTS, KINDS, Kind, label_of
from consult.web.context import local, present_formats
from consult.web.formats import ltr, paragraphs, person
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.proof import recently_proven
from consult.web.submissions import language_name

#: How many rows of a kind the first page shows, and how many a page that is of one kind.
SHOWN, PAGE = 3, 50
#: A text with more characters is folded behind its beginning.
LONG, BEGINNING = 240, 80
Pair = tuple[Markup | str, Markup | str]


@dataclass(frozen=True, slots=True)
class Entry:
    """A row as it is read: `first` what says something to everybody, `rest` whatever else the file has of it."""

    first: Sequence[Pair]
    rest: Sequence[Pair]


@dataclass(frozen=True, slots=True)
class Part:
    """A kind of what is kept, with some of its rows; `name` is what the address of its own page calls it."""

    name: str
    label: Markup | str
    count: int
    rows: Sequence[Entry]


@blueprint.get("/account/data")
@requires("account.use")
@recently_proven()
def data() -> str:
    """Show whoever shows again who they are everything that is kept about them; `of` names one kind, of which `after` skips the rows before."""
    found = own_data(me())
    kinds = {**found.rows, **({"events": found.events} if found.events else {})}
    answers = OwnAnswers(found)
    if (one := request.args.get("of", "")) in kinds:
        after = _number(request.args.get("after", ""))
        rows, end = kinds[one][after : after + PAGE], after + PAGE
        return render_template(
            "account/data_kind.html",
            part=Part(one, _label(one), len(kinds[one]), [_entry(one, answers.of(one, row)) for row in rows]),
            before=max(0, after - PAGE) if after else None,
            after=end if end < len(kinds[one]) else None,
            begin=after,
        )
    parts = [
        Part(name, _label(name), len(rows), [_entry(name, answers.of(name, row)) for row in rows[:SHOWN]])
        for name, rows in sorted(kinds.items(), key=lambda kind: _place(kind[0]))
    ]
    return render_template(
        "account/data.html",
        parts=parts,
        acts=found.acts,
        files=list(_files()),
    )


@blueprint.get("/account/data.zip")
@requires("account.use")
@recently_proven()
def data_file() -> Response:
    """Give everything as a file; whoever takes it shows again who they are."""
    found = own_data(me())
    response = Response(packed(found, _readme(found), _files()), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="consult-{clock.now():%Y-%m-%d}.zip"'
    return response


def _files() -> Mapping[str, Path]:
    """Return the files that somebody handed in, by their name in the file."""
    return {**own_files(me()), **own_application_files(me()), **own_scans(me())}


def _number(text: str) -> int:
    return as_number(text, 0)


def _place(name: str) -> tuple[int, str]:
    """Put kinds in the order of their list; those of plugins that it does not know come behind, the log last."""
    return (len(KINDS) + 1 if name == "events" else list(KINDS).index(name) if name in KINDS else len(KINDS), name)


def _kind(name: str) -> Kind | None:
    return EVENTS if name == "events" else KINDS.get(name)


def _label(name: str) -> Markup | str:
    return local(EVENTS.label if name == "events" else label_of(name))


def _entry(name: str, row: Row) -> Entry:
    kind = _kind(name)
    columns = kind.columns if kind else tuple(row)
    rest = [column for column in row if column not in columns]
    return Entry(_pairs(name, {column: row.get(column) for column in columns}), _pairs(name, {c: row[c] for c in rest}))


def _pairs(kind: str, row: Row) -> list[Pair]:
    """Return what a row holds under the words of its columns, without keys and what is empty."""
    return [
        (_column(name), _code(kind, name, value) or _value(name, value))
        for name, value in row.items()
        if not _is_empty(value) and not isinstance(value, uuid.UUID)
    ]


def _is_empty(value: object) -> bool:
    held = value.given if isinstance(value, AnswersTo) else value
    return held is None or (isinstance(held, str | list | tuple | Mapping) and not held)


def _column(name: str) -> Markup | str:
    if name in LANGUAGES:
        return language_name(name)
    return local(COLUMNS[name]) if name in COLUMNS else ltr(name)


def _code(kind: str, name: str, value: object) -> Markup | None:
    """Return a code as people read it, with itself beside it, as it stands in the file; None for what is none."""
    if not isinstance(value, str):
        return None
    label = track_label(value) if name == "track" else CODES.get((kind, name), {}).get(value)
    return _worded(label, value) if label else None


def _worded(label: Message | Localized | str, code: str) -> Markup:
    if label == code:
        return person(code)
    return Markup('<bdi>%s</bdi> <span class="soft">(<bdi>%s</bdi>)</span>') % (
        label if isinstance(label, str) else local(label),
        code,
    )


def _answer(question: Question | None, answer: Any) -> Markup | str:
    """Return an answer as people read it: choices in the words of their question."""
    if question is None or isinstance(answer, bool):
        return _value("", answer)
    if isinstance(answer, Mapping):
        rows = {row.key: row.label for row in question.rows}
        return _named(
            (local(rows[key]) if key in rows else ltr(key), _answer(question, one)) for key, one in answer.items()
        )
    if isinstance(answer, list):
        return _listed(_answer(question, one) for one in answer)
    if isinstance(answer, str) and question.choices:
        return _worded(question.label_of(answer), answer)
    return _value("", answer)


def _value(name: str, value: Any) -> Markup | str:
    """Return a value as people read it; words of people and codes stand by themselves in whatever direction they have."""
    if isinstance(value, datetime):
        return present_formats().moment(value)
    if isinstance(value, date):
        return present_formats().day(value)
    if isinstance(value, bool):
        return say(N_("Yes") if value else N_("No"))
    if isinstance(value, int | float):
        return ltr(value)
    if isinstance(value, AnswersTo):
        asked = value.questions
        return _named(
            (local(asked[key].label) if key in asked else ltr(key), _answer(asked.get(key), one))
            for key, one in value.given.items()
            if not _is_empty(one)
        )
    if isinstance(value, Named):
        return _worded(value.names, value.code)
    if isinstance(value, Mapping):
        pairs = [(str(key), one) for key, one in value.items() if not _is_empty(one)]
        return _named((_column(key), _code("", key, one) or _value(key, one)) for key, one in pairs)
    if isinstance(value, list | tuple):
        return _listed(_value("", one) for one in value)
    return language_name(value) if name == "language" and value in LANGUAGES else _words(str(value))


def _named(values: Iterable[tuple[Markup | str, Markup | str]]) -> Markup:
    """Return values under their words."""
    return _listed(Markup("%s: %s") % pair for pair in values)


def _listed(items: Iterable[Markup | str]) -> Markup:
    return Markup('<ul class="bare">%s</ul>') % Markup("").join(Markup("<li>%s</li>") % item for item in items)


def _words(text: str) -> Markup:
    """Return somebody's words, a long text folded behind its beginning."""
    if len(text) <= LONG and "\n" not in text:
        return person(text)
    whole = Markup('<div class="text" dir="auto">%s</div>') % paragraphs(text)
    if len(text) <= LONG:
        return whole
    beginning = Markup("<bdi>%s…</bdi>") % escape(" ".join(text[:BEGINNING].split()))
    return Markup("<details><summary>%s</summary>%s</details>") % (beginning, whole)


def _readme(found: OwnData) -> str:
    """Return what is in the file, in the language of the page."""
    lines = [
        say(N_("Everything that this platform keeps about you, on %(day)s.", day=present_formats().day(clock.now()))),
        say(
            N_("data.json holds all of it; each table is a CSV file too. Secrets that open your account are left out.")
        ),
        "",
        *(f"{name}: {say(label_of(name))} ({len(rows)})" for name, rows in found.rows.items()),
    ]
    return "\r\n".join(lines) + "\r\n"
