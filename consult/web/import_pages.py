"""Bringing in what a file holds: hand it over, say what its columns are, look at the first rows, let the worker do it.

The same pages stand on the organisers' desk, for submissions, and beside the register, for bodies (`import_desks`).
"""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf.file import FileField
from markupsafe import Markup
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from consult.accounts.access import allowed
from consult.accounts.bodies.words import kind_label, region_label
from consult.errors import NotFound, Problem, Rejected
from consult.i18n import N_
from consult.spreadsheets import Row, quoted
from consult.submissions.exchange.importing import (
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
from consult.submissions.exchange.models import ImportRun
from consult.submissions.exchange.presets import VOTES
from consult.submissions.exchange.queries import (
    PAGE,
    import_run,
    imports_of,
    refusals_of,
    saved_map,
    saved_maps,
    why_failed,
)
from consult.submissions.exchange.states import IMPORT_LABELS, UNDER_WAY, WAITING, ImportState
from consult.typed_numbers import as_number
from consult.web.forms import L_, Form, say
from consult.web.guards import requires
from consult.web.import_desks import desk
from consult.web.submissions import language_name
from consult.web.visitor import actor

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


def let_a_file_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Take more than a page's form from whoever may bring in a file, and only at the address for it."""
    if (endpoint or "").endswith(".bring_import") and allowed(actor(), desk().permission, desk().here()):
        request.max_content_length = MOST_BYTES + AROUND


def let_the_file_go(_error: BaseException | None) -> None:
    """Close what came with a form: a large file lies in a temporary one until then."""
    request.close()


class BringForm(Form):
    """The file."""

    file = FileField(L_("File"))


def imports() -> str:
    """Show the imports of the consultation, and the form for another."""
    return _imports_page(BringForm())


def bring_import() -> Response | tuple[str, int]:
    """Keep a file, and go on to its columns."""
    form = BringForm()
    file = form.file.data
    if not form.validate_on_submit() or not isinstance(file, FileStorage) or not file.filename:
        form.add(Problem("file", N_("Choose a file.")))
        return _imports_page(form), 422
    try:
        brought = BroughtFile(file.filename, file.stream)
        row = bring_file(brought, consultation=desk().here(), actor=actor())
    except Rejected as error:
        form.take(error)
        return _imports_page(form), 422
    return redirect(url_for(f"{desk().at}.import_file", run=row.id), 303)


def _imports_page(form: BringForm) -> str:
    return render_template(
        "imports/list.html",
        form=form,
        at=desk().at,
        rows=imports_of(desk().id),
        maps=saved_maps(desk().id),
        labels=IMPORT_LABELS,
        tags=TAGS,
        megabytes=MOST_BYTES // 2**20,
        columns=MOST_COLUMNS,
    )


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A column of the file: what it is taken for, and what stands in it."""

    field: str
    name: str
    role: str
    sample: list[str]


def _run(run: uuid.UUID) -> ImportRun:
    found = import_run(desk().id, run)
    if found is None:
        raise NotFound
    return found


def import_file(run: uuid.UUID) -> str:
    """Show an import as it stands: its columns and first rows, how far it is, or what came of it."""
    row = _run(run)
    return _page(row, desk().form(row))


def sort_import(run: uuid.UUID) -> Response | tuple[str, int]:
    """Say what the columns are; then look again, keep the map, have every row checked, or bring them in."""
    row, then = _run(run), request.form.get("then", "look")
    form = desk().form(row)
    given = _given(row, form)
    here, by = desk().here(), actor()
    try:
        _demand_once(row)
        set_map(run, given, consultation=here, actor=by)
        if then == "keep":
            save_map(form.map_name.data or "", given, consultation=here, actor=by)
            flash(say(N_("The map is kept under this name.")), "ok")
        elif then in ("check", "bring"):
            ask_for_import(run, dry=then == "check", consultation=here, actor=by)
    except Rejected as error:
        return _page(row, form, given, _taken(row, form, error)), 422
    return redirect(url_for(f"{desk().at}.import_file", run=run, _anchor="preview" if then == "look" else None), 303)


def go_on_import(run: uuid.UUID) -> Response:
    """Bring in what was checked, or go on after a fault."""
    ask_for_import(_run(run).id, dry=False, consultation=desk().here(), actor=actor())
    return redirect(url_for(f"{desk().at}.import_file", run=run), 303)


def drop_file(run: uuid.UUID) -> Response:
    """Give an import up."""
    drop_import(_run(run).id, consultation=desk().here(), actor=actor())
    flash(say(N_("The file is gone from the server.")), "ok")
    return redirect(url_for(f"{desk().at}.imports"), 303)


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


def _roles(row: ImportRun) -> dict[str, str]:
    """Return what was sent of the columns, by name."""
    sent = {name: request.form.get(f"c{place}", "") for place, name in enumerate(row.columns)}
    known = desk().roles()
    return {name: role if role in known else "" for name, role in sent.items()}


def _given(row: ImportRun, form: Any) -> dict[str, Any]:
    """Return the map that the form describes: a saved one that was just chosen, that of a known file, or its columns' roles."""
    if form.saved.data and request.form.get("then") == "use":
        return dict(saved_map(desk().id, form.saved.data) or {})
    return dict(desk().given(row, form, _roles(row)))


def _demand_once(row: ImportRun) -> None:
    """Raise Rejected, at the column, where two columns are what only one can be."""
    if row.preset or request.form.get("then") == "use":
        return
    problems, seen = [], set[str]()
    for place, role in enumerate(_roles(row).values()):
        if role and desk().single(role) and role in seen:
            what = say(desk().roles()[role])
            problems.append(Problem(f"c{place}", N_("Two columns cannot be this: %(what)s.", what=what)))
        seen.add(role)
    if problems:
        raise Rejected(problems)


def _taken(row: ImportRun, form: Any, error: Rejected) -> dict[str, str]:
    """Put problems at their fields, and return those of columns: the summary names each of these columns and leads to its list."""
    columns = {f"c{place}": name for place, name in enumerate(row.columns)}
    wrong: dict[str, str] = {}
    for problem in error.problems:
        if problem.field not in columns:
            form.add(problem)
            continue
        wrong[problem.field] = say(problem.message)
        link = Markup('<a href="#f-{}"><bdi>{}</bdi> – {}</a>')
        form.problems.append(link.format(problem.field, columns[problem.field], wrong[problem.field]))
    return wrong


def _page(
    row: ImportRun, form: Any, given: Mapping[str, Any] | None = None, wrong: Mapping[str, str] | None = None
) -> str:
    waiting = row.state in WAITING and row.kept
    sample = sample_of(row) if waiting else []
    return render_template(
        "imports/file.html",
        row=row,
        form=form,
        preset=desk().known(row.preset),
        votes=row.preset == VOTES,
        at=desk().at,
        under_way=row.state in UNDER_WAY,
        waiting=waiting,
        gone=waiting and not path_of(row.id).exists(),
        columns=_columns(row, sample, row.given if given is None else given),
        wrong=wrong or {},
        roles=[(role, say(label)) for role, label in desk().roles().items()],
        shown=list(desk().shown(row, sample)) if given is None and sample else [],
        refusals=refusals_of(row.id, after=_place()),
        why=why_failed(row),
        page=PAGE,
        label=IMPORT_LABELS[ImportState(row.state)],
        tag=TAGS[ImportState(row.state)],
        language_name=language_name,
        kind_label=kind_label,
        region_label=region_label,
    )


def _place() -> int:
    text = request.args.get("after", "")
    return as_number(text, 0)


def _columns(row: ImportRun, sample: list[Row], given: Mapping[str, Any]) -> list[ShownColumn]:
    if row.preset:
        return []
    roles = (
        _roles(row)
        if request.method == "POST" and request.form.get("then") != "use"
        else desk().roles_of(given, row.columns)
    )
    return [
        ShownColumn(
            f"c{place}", name, roles[name], [r.cells[name] for r in sample if r.cells.get(name, "").strip()][:2]
        )
        for place, name in enumerate(row.columns)
    ]


#: Below the address of a desk: what is asked there, how, and by what it is answered.
_ROUTES: Sequence[tuple[str, str, Callable[..., Any]]] = (
    ("", "GET", imports),
    ("", "POST", bring_import),
    ("<uuid:run>/", "GET", import_file),
    ("<uuid:run>/", "POST", sort_import),
    ("<uuid:run>/go/", "POST", go_on_import),
    ("<uuid:run>/drop/", "POST", drop_file),
    ("<uuid:run>/refused.csv", "GET", refused),
)


def install(blueprint: Blueprint, address: str, permission: str) -> None:
    """Put the pages of imports below an address, for whoever has a permission; the desk is the blueprint's."""
    for rest, method, view in _ROUTES:
        blueprint.add_url_rule(f"{address}{rest}", view.__name__, requires(permission)(view), methods=[method])
    blueprint.url_value_preprocessor(let_a_file_in)
    blueprint.teardown_request(let_the_file_go)
