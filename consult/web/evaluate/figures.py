"""The figures of a consultation, for those who evaluate it: one page, and the same tables as one file."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, render_template

from consult.accounts.access import allowed
from consult.evaluation.figures import FigureTable, Number, figures_of
from consult.evaluation.queries import draft_of
from consult.i18n import N_, Message
from consult.recommendations.answer_conditions import BY_PASSAGE, UNANSWERED
from consult.sessions.queries import sessions_of
from consult.spreadsheets import WRITERS
from consult.submissions.dispositions import KINDS, DispositionKind
from consult.submissions.figures.statistics import BEFORE, Statistics
from consult.submissions.figures.suppression import LEAST
from consult.submissions.states import APPEAL_LABELS, DECISION_LABELS, AppealState, Decision
from consult.web.context import local, present_formats
from consult.web.evaluate.blueprint import blueprint
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.kept import Kept, counted
from consult.web.public.statistics import (
    CHANNELS,
    Words,
    counted_statistics,
    language_words,
    region_words,
    track_words,
)
from consult.web.submissions import ground_label
from consult.web.visitor import actor, consultation

#: What a table counts, by its key: its heading, and where the word helps, a sentence about it.
TITLES: Mapping[str, Message] = {
    "texts": N_("Accepted texts"),
    "members": N_("Who takes part, and who has handed in"),
    "seats": N_("Seats"),
    "readers": N_("In which language people read"),
    "bodies": N_("Who is missing: bodies of the reference files"),
    "decisions": N_("Decisions of moderators"),
    "appeals": N_("Appeals of authors"),
    "times": N_("How long it took, in days"),
    "answers": N_("What became of the texts"),
    "responses": N_("Official responses of bodies"),
    "sheets": N_("Sheets entered by two clerks"),
    "clerks": N_("Pairs of clerks"),
    "help": N_("Help in the hall"),
    "attendance": N_("Attendance at sessions"),
}
ABOUT: Mapping[str, Message] = {
    "bodies": N_(
        "A body was heard if something was handed in under its name. Of a withheld name no body is known here."
    ),
    "appeals": N_("Decided appeals, counted in steps of %(least)s or more with the same outcome.", least=LEAST),
    "sheets": N_("Of sheets whose text everybody reads as handed in on paper: of texts without a name it is not told."),
    "clerks": N_("Pairs are numbered, not named; those with fewer than %(least)s sheets are left out.", least=LEAST),
    "times": N_("Half of the cases took at most so long, nine in ten at most so long."),
    "attendance": N_("Members who were in the room at some time. The same people may come to several sessions."),
}
#: The chapters of the page, each with its tables.
CHAPTERS: Mapping[Message, tuple[str, ...]] = {
    N_("Taking part"): ("texts", "members", "seats", "readers"),
    N_("Who is missing"): ("bodies",),
    N_("Moderation"): ("decisions", "appeals", "times"),
    N_("Answers"): ("answers", "responses"),
    N_("Paper and help"): ("sheets", "clerks", "help"),
    N_("Sessions"): ("attendance",),
}
HEADS: Mapping[str, Message] = {
    "track": N_("Track"),
    "language": N_("Language"),
    "region": N_("Region"),
    "channel": N_("Channel"),
    "week": N_("Week from"),
    "decision": N_("Decision"),
    "ground": N_("Ground"),
    "outcome": N_("Outcome"),
    "step": N_("Step"),
    "answer": N_("Answer"),
    "pair": N_("Pair"),
    "session": N_("Session"),
}
MEASURES: Mapping[str, Message] = {
    "texts": N_("Texts"),
    "people": N_("People"),
    "members": N_("Members"),
    "handed_in": N_("Handed in"),
    "silent": N_("Nothing handed in"),
    "seats": N_("Seats"),
    "filled": N_("Filled"),
    "bodies": N_("Bodies"),
    "seated": N_("With a seat"),
    "heard": N_("Heard"),
    "missing": N_("Not heard"),
    "times": N_("Times"),
    "cases": N_("Cases"),
    "half_within": N_("Half within"),
    "ninety_within": N_("Nine in ten within"),
    "asked": N_("Asked"),
    "given": N_("Given"),
    "overdue": N_("Overdue"),
    "sheets": N_("Sheets"),
    "compared": N_("Compared"),
    "differed": N_("Differed"),
    "differed_share": N_("Share in per cent"),
    "cards": N_("Sign-in cards printed"),
}
STEPS: Mapping[str, Message] = {
    "decision": N_("From hand-in to decision"),
    "appeal": N_("From appeal to decision"),
    "answer": N_("From hand-in to the first answer"),
}
COLUMNS = ("table", "row", "column", "measure", "number", "hidden")
TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A table in words: the headings of what it counts by and of its measures, and its lines."""

    title: Words
    about: Words
    heads: Sequence[str]
    measures: Sequence[str]
    lines: Sequence[tuple[Sequence[Words], Sequence[Number]]]
    hides: bool


@blueprint.get("/c/<slug>/evaluation/figures/")
@requires("evaluation.figures")
def figures() -> str:
    """Show every table, chapter by chapter."""
    found, here = _counted(), consultation()
    writes = allowed(actor(), "evaluation.write", here)
    return render_template(
        "evaluate/figures.html",
        chapters=[(label, _chapter(keys, found.value)) for label, keys in CHAPTERS.items()],
        counted_at=found.at,
        writes=writes,
        draft=draft_of(here.id, actor().person) if writes else None,
        least=LEAST,
    )


@blueprint.get("/c/<slug>/evaluation/figures.<any(csv, xlsx):kind>")
@requires("evaluation.figures")
def figures_file(kind: str) -> Response:
    """Give the same tables as one file: table, row, column, measure, number, and whether it is not shown."""
    file = io.BytesIO()
    WRITERS[kind](COLUMNS, _cells(_counted().value), file)
    answer = Response(file.getvalue(), mimetype=TYPES[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{consultation().slug}-evaluation.{kind}"'
    return answer


def _counted() -> Kept[Sequence[FigureTable]]:
    here, public = consultation(), counted_statistics()
    return counted(("evaluation", here.id), lambda: figures_of(here, public.value), lambda _: _size(public.value))


def _size(public: Statistics) -> int:
    return public.total or 0


def _cells(tables: Sequence[FigureTable]) -> Iterator[Mapping[str, Any]]:
    for table in tables:
        for row in table.rows:
            first, second = (*row.keys, "", "")[:2]
            for measure, number in zip(table.measures, row.numbers, strict=True):
                name = f"{table.key} by {' and '.join(table.by)}" if table.by else table.key
                hidden = "yes" if number is None else "no"
                values = (name, first, second, measure, "" if number is None else number, hidden)
                yield dict(zip(COLUMNS, values, strict=True))


def _chapter(keys: Sequence[str], tables: Sequence[FigureTable]) -> Sequence[Shown]:
    return [_in_words(table) for key in keys for table in tables if table.key == key and table.rows]


def _in_words(table: FigureTable) -> Shown:
    names, title = [_names(by) for by in table.by], say(TITLES[table.key])
    if table.key == "texts":  # counted in several ways: its title says in which
        ways = [say(N_("Week by week") if by == "week" else HEADS[by]) for by in table.by]
        title = say(N_("%(whole)s: %(part)s", whole=title, part=say(N_(", ")).join(ways)))
    return Shown(
        title,
        say(ABOUT[table.key]) if table.key in ABOUT else "",
        [say(HEADS[by]) for by in table.by],
        [say(MEASURES[measure]) for measure in table.measures],
        [([name(key) for name, key in zip(names, row.keys, strict=True)], row.numbers) for row in table.rows],
        table.hides,
    )


def _names(by: str) -> Callable[[str], Words]:
    """Return what puts the keys of a column in words."""
    match by:
        case "session":
            names = {str(one.number): local(one.names) for one in sessions_of(consultation().id)}
            return lambda key: names.get(key, key)
        case "week":
            day = present_formats().day_month
            return lambda key: say(N_("Before")) if key == BEFORE else day(date.fromisoformat(key))
        case _:
            return _WORDS.get(by, str)


def _answer_words(key: str) -> str:
    others = {UNANSWERED: N_("No answer yet"), BY_PASSAGE: N_("Each passage answered by itself")}
    return say(others[key] if key in others else KINDS[DispositionKind(key)].label)


_WORDS: Mapping[str, Callable[[str], Words]] = {
    "track": track_words,
    "language": language_words,
    "region": region_words,
    "channel": lambda key: say(CHANNELS.get(key, key)),
    "decision": lambda key: say(DECISION_LABELS[Decision(key)]),
    "ground": lambda key: local(ground_label(key)) if key else "–",
    "outcome": lambda key: say(APPEAL_LABELS[AppealState(key)]),
    "step": lambda key: say(STEPS[key]),
    "answer": _answer_words,
}
