"""Bringing in submissions from a file: hand it over, say what its columns are, look at the first rows, let the worker do it."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from consult.accounts.access import allowed
from consult.errors import NotFound, Problem, Rejected
from consult.i18n import LANGUAGES, N_
from consult.spreadsheets import Row, quoted
from consult.submissions.guessing import ROLE_LABELS, SINGLE, given_of, roles_of
from consult.submissions.import_models import ImportRun
from consult.submissions.import_queries import PAGE, import_run, imports_of, refusals_of, saved_map, saved_maps
from consult.submissions.import_states import IMPORT_LABELS, UNDER_WAY, WAITING, ImportState
from consult.submissions.importing import (
    MOST_BYTES,
    MOST_COLUMNS,
    BroughtFile,
    ask_for_import,
    bring_file,
    drop_import,
    path_of,
    sample_of,
    save_map,
    set_map,
)
from consult.submissions.imports import look_at
from consult.submissions.mapping import ImportedDraft, InvalidMap, map_of
from consult.submissions.presets import VOTES, given_for, preset_named
from consult.submissions.tracks import track_label
from consult.web.context import local
from consult.web.forms import L_, Form, HiddenField, SelectField, StringField, clean_line, say
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.submissions import language_name
from consult.web.visitor import actor, consultation

#: Colours of the tags.
TAGS = {
    ImportState.MAPPING: "wait",
    ImportState.ASKED: "sea",
    ImportState.RUNNING: "live",
    ImportState.CHECKED: "wait",
    ImportState.DONE: "ok",
    ImportState.FAILED: "no",
    ImportState.DROPPED: "shut",
}
#: Bytes that come with a file in a form: names of fields, the token.
AROUND = 2**16


@blueprint.url_value_preprocessor
def let_a_file_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Take more than a page's form from whoever may bring in a file, and only at the address for it."""
    if endpoint == "organise.bring_import" and allowed(actor(), "submission.import", consultation()):
        request.max_content_length = MOST_BYTES + AROUND


@blueprint.teardown_request
def let_the_file_go(_error: BaseException | None) -> None:
    """Close what came with a form: a large file lies in a temporary one until then."""
    request.close()


class BringForm(Form):
    """The file."""

    file = FileField(L_("File"))


@blueprint.get("/c/<slug>/organise/import/")
@requires("submission.import")
def imports() -> str:
    """Show the imports of the consultation, and the form for another."""
    return _imports_page(BringForm())


@blueprint.post("/c/<slug>/organise/import/")
@requires("submission.import")
def bring_import() -> Response | tuple[str, int]:
    """Keep a file, and go on to its columns."""
    form = BringForm()
    file = form.file.data
    if not form.validate_on_submit() or not isinstance(file, FileStorage) or not file.filename:
        form.add(Problem("file", N_("Choose a file.")))
        return _imports_page(form), 422
    try:
        brought = BroughtFile(file.filename, file.stream)
        row = bring_file(brought, consultation=consultation(), actor=actor())
    except Rejected as error:
        form.take(error)
        return _imports_page(form), 422
    return redirect(url_for("organise.import_file", run=row.id), 303)


def _imports_page(form: BringForm) -> str:
    return render_template(
        "organise/imports.html",
        form=form,
        rows=imports_of(consultation().id),
        maps=saved_maps(consultation().id),
        labels=IMPORT_LABELS,
        tags=TAGS,
        megabytes=MOST_BYTES // 2**20,
        columns=MOST_COLUMNS,
    )


class MapForm(Form):
    """What all rows have in common; the roles of the columns come as `c0`, `c1` and so on."""

    language = SelectField(L_("Language of the texts"), validate_choice=False)
    track = SelectField(L_("Track"), validate_choice=False)
    conversation = StringField(L_("Name of the conversation"), filters=[clean_line])
    saved = SelectField(L_("Saved map"), validate_choice=False)
    map_name = StringField(L_("Keep this map under a name"), filters=[clean_line])
    columns = HiddenField()


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column of the file: what it is taken for, and what stands in it."""

    field: str
    name: str
    role: str
    sample: list[str]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row as it will stand, or what is wrong with it, each with its column."""

    number: int
    draft: ImportedDraft | None
    problems: list[tuple[str, str]]


def _run(run: uuid.UUID) -> ImportRun:
    found = import_run(consultation().id, run)
    if found is None:
        raise NotFound
    return found


@blueprint.get("/c/<slug>/organise/import/<uuid:run>/")
@requires("submission.import")
def import_file(run: uuid.UUID) -> str:
    """Show an import as it stands: its columns and first rows, how far it is, or what came of it."""
    row = _run(run)
    return _page(row, _form(row))


@blueprint.post("/c/<slug>/organise/import/<uuid:run>/")
@requires("submission.import")
def sort_import(run: uuid.UUID) -> Response | tuple[str, int]:
    """Say what the columns are; then look again, keep the map, have every row checked, or bring them in."""
    row, then = _run(run), request.form.get("then", "look")
    form = _form(row)
    given = _given(row, form)
    here, by = consultation(), actor()
    try:
        _demand_once(row)
        set_map(run, given, consultation=here, actor=by)
        if then == "keep":
            save_map(form.map_name.data or "", given, consultation=here, actor=by)
            flash(say(N_("The map is kept under this name.")), "ok")
        elif then in ("check", "bring"):
            ask_for_import(run, dry=then == "check", consultation=here, actor=by)
    except Rejected as error:
        form.take(error)
        wrong = {p.field: say(p.message) for p in error.problems}
        return _page(row, form, given, wrong), 422
    return redirect(url_for("organise.import_file", run=run, _anchor="preview" if then == "look" else None), 303)


@blueprint.post("/c/<slug>/organise/import/<uuid:run>/go/")
@requires("submission.import")
def go_on_import(run: uuid.UUID) -> Response:
    """Bring in what was checked, or go on after a fault."""
    ask_for_import(_run(run).id, dry=False, consultation=consultation(), actor=actor())
    return redirect(url_for("organise.import_file", run=run), 303)


@blueprint.post("/c/<slug>/organise/import/<uuid:run>/drop/")
@requires("submission.import")
def drop_file(run: uuid.UUID) -> Response:
    """Give an import up."""
    drop_import(_run(run).id, consultation=consultation(), actor=actor())
    flash(say(N_("The file is gone from the server.")), "ok")
    return redirect(url_for("organise.imports"), 303)


@blueprint.get("/c/<slug>/organise/import/<uuid:run>/refused.csv")
@requires("submission.import")
def refused(run: uuid.UUID) -> Response:
    """Give what was refused as a table: row, column, reason in the page's language."""
    row = _run(run)
    lines = [[one.row, quoted(one.column), quoted(say(one.reason))] for one in refusals_of(row.id, limit=None)]
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([say(N_("Row")), say(N_("Column")), say(N_("Reason"))])
    writer.writerows(lines)
    answer = Response(("\ufeff" + file.getvalue()).encode(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="refused.csv"'
    return answer


def _form(row: ImportRun) -> MapForm:
    form = MapForm(
        language=_constant(row.given, "language"),
        track=_constant(row.given, "track"),
        conversation=row.given.get("conversation", ""),
    )
    nothing = say(N_("As its column says"))
    form.language.choices = [("", nothing), *((code, language_name(code)) for code in LANGUAGES)]
    tracks = [(track.key, local(track_label(track.key))) for track in consultation().tracks]
    form.track.choices = [("", say(N_("None, or as its column says"))), *tracks]
    form.saved.choices = [("", say(N_("None"))), *((name, name) for name in saved_maps(consultation().id))]
    return form


def _constant(given: Mapping[str, Any], part: str) -> str:
    value = str(given.get(part, ""))
    return "" if value.startswith("{") else value


def _roles(row: ImportRun) -> dict[str, str]:
    """Return what was sent of the columns, by name."""
    sent = {name: request.form.get(f"c{place}", "") for place, name in enumerate(row.columns)}
    return {name: role if role in ROLE_LABELS else "" for name, role in sent.items()}


def _given(row: ImportRun, form: MapForm) -> dict[str, Any]:
    """Return the map that the form describes: a saved one that was just chosen, that of a known file, or its columns' roles."""
    language, track = form.language.data or "", form.track.data or ""
    preset = preset_named(row.preset)
    if form.saved.data and request.form.get("then") == "use":
        return dict(saved_map(consultation().id, form.saved.data) or {})
    if preset is not None:
        given = given_for(preset, row.columns, language, track)
        return {**given, "conversation": form.conversation.data} if form.conversation.data else given
    return given_of(_roles(row), language=language, track=track)


def _demand_once(row: ImportRun) -> None:
    """Raise Rejected, at the column, where two columns are what only one can be."""
    if row.preset or request.form.get("then") == "use":
        return
    problems, seen = [], set[str]()
    for place, role in enumerate(_roles(row).values()):
        if role in SINGLE and role in seen:
            problems.append(
                Problem(f"c{place}", N_("Two columns cannot be this: %(what)s.", what=say(ROLE_LABELS[role])))
            )
        seen.add(role)
    if problems:
        raise Rejected(problems)


def _page(
    row: ImportRun, form: MapForm, given: Mapping[str, Any] | None = None, wrong: Mapping[str, str] | None = None
) -> str:
    waiting = row.state in WAITING and row.kept
    sample = sample_of(row) if waiting else []
    return render_template(
        "organise/import.html",
        row=row,
        form=form,
        preset=preset_named(row.preset),
        votes=row.preset == VOTES,
        under_way=row.state in UNDER_WAY,
        waiting=waiting,
        gone=waiting and not path_of(row.id).exists(),
        columns=_columns(row, sample, row.given if given is None else given),
        wrong=wrong or {},
        roles=[(role, say(label)) for role, label in ROLE_LABELS.items()],
        shown=list(_shown(row, sample)) if given is None else [],
        refusals=refusals_of(row.id, after=_place()),
        page=PAGE,
        label=IMPORT_LABELS[ImportState(row.state)],
        tag=TAGS[ImportState(row.state)],
        language_name=language_name,
    )


def _place() -> int:
    text = request.args.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _columns(row: ImportRun, sample: list[Row], given: Mapping[str, Any]) -> list[ShownColumn]:
    if row.preset:
        return []
    roles = (
        _roles(row) if request.method == "POST" and request.form.get("then") != "use" else roles_of(given, row.columns)
    )
    return [
        ShownColumn(
            f"c{place}", name, roles[name], [r.cells[name] for r in sample if r.cells.get(name, "").strip()][:2]
        )
        for place, name in enumerate(row.columns)
    ]


def _shown(row: ImportRun, sample: list[Row]) -> Iterator[ShownRow]:
    """Put the first rows as they will stand; nothing where the map says too little."""
    if row.preset == VOTES or not sample:
        return
    given = {part: value for part, value in row.given.items() if part != "conversation"}
    try:
        mapping = map_of(given).bound(list(sample[0].cells))
    except InvalidMap:
        return
    for one in look_at(sample, mapping, consultation()):
        yield ShownRow(one.number, one.draft, [(r.column, say(r.reason)) for r in one.rejections])
