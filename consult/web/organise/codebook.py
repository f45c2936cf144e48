"""The codebook as organisers keep it: started from a scheme, codes added, changed, moved by buttons, merged or retired."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.coding.queries import CodeLine, codebook, themes_of, uses_of_codes
from consult.coding.services import CodeDraft, merge_code, move_code, retire_code, save_code, start_codebook
from consult.consultations.reference import SCHEME_LABELS
from consult.errors import NotFound, Rejected
from consult.i18n import LANGUAGES, N_, NN_, Localized
from consult.typed_numbers import as_number
from consult.web.forms import L_, Form, SelectField, StringField, TextAreaField, clean_line, clean_text, say
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.visitor import actor, consultation


class TextsForm(Form):
    """A form with texts in three languages; what is wrong with all of them stands at the first."""

    AT: ClassVar[Mapping[str, str]] = {"names": "names_ar"}

    def at(self, field: str) -> str:
        """Put a problem of a text at its first field."""
        return self.AT.get(field, field)

    def localized(self, name: str) -> Localized:
        """Return what was written, by language."""
        return Localized({code: self[f"{name}_{code}"].data or "" for code in LANGUAGES})


def texts_of(name: str, texts: Localized) -> dict[str, str]:
    """Return a localized text as the fields of a form want it."""
    return {f"{name}_{code}": texts.get(code, "") for code in LANGUAGES}


class CodeForm(TextsForm):
    """A code."""

    names_ar = StringField(L_("Name in Arabic"), filters=[clean_line])
    names_en = StringField(L_("Name in English"), filters=[clean_line])
    names_fr = StringField(L_("Name in French"), filters=[clean_line])
    memos_ar = TextAreaField(L_("What it covers, in Arabic"), filters=[clean_text])
    memos_en = TextAreaField(L_("What it covers, in English"), filters=[clean_text])
    memos_fr = TextAreaField(L_("What it covers, in French"), filters=[clean_text])
    examples_ar = TextAreaField(L_("An example, in Arabic"), filters=[clean_text])
    examples_en = TextAreaField(L_("An example, in English"), filters=[clean_text])
    examples_fr = TextAreaField(L_("An example, in French"), filters=[clean_text])
    parent = SelectField(L_("Below which code?"), validate_choice=False)
    theme = SelectField(L_("Theme"), validate_choice=False)

    def draft(self) -> CodeDraft:
        """Return the code as written. Raises Rejected for what is no id."""
        return CodeDraft(
            self.localized("names"),
            self.localized("memos"),
            self.localized("examples"),
            self._id("parent"),
            self._id("theme"),
        )

    def _id(self, name: str) -> uuid.UUID | None:
        try:
            return uuid.UUID(self[name].data) if self[name].data else None
        except ValueError:
            raise Rejected(N_("Choose one of the answers."), name) from None


class SchemeForm(Form):
    """A scheme of topics to begin with."""

    scheme = SelectField(L_("Scheme of topics"), validate_choice=False)


class EndCodeForm(Form):
    """What becomes of a code that is given no more."""

    into = SelectField(L_("Which code takes its place?"), validate_choice=False)


def code_options(codes: list[CodeLine]) -> list[tuple[str, str]]:
    """Return the codes that are in use as choices by number, indented as the tree is."""
    return [(str(code.number), f"{'— ' * code.level}{code.number} {say(code.names)}") for code in codes if code.in_use]


def _codes() -> list[CodeLine]:
    return list(codebook(consultation().id))


def _code(number: int) -> tuple[CodeLine, list[CodeLine]]:
    codes = _codes()
    found = next((code for code in codes if code.number == number and code.in_use), None)
    if found is None:
        raise NotFound
    return found, codes


@blueprint.route("/c/<slug>/organise/coding/codebook/", methods=["GET", "POST"])
@requires("coding.organise")
def codes() -> str | Response | tuple[str, int]:
    """Show the tree, and start it from a scheme of topics."""
    form = SchemeForm()
    form.scheme.choices = [(key, say(label)) for key, label in SCHEME_LABELS.items()]
    if form.validate_on_submit():
        try:
            count = start_codebook(form.scheme.data or "", consultation=consultation(), actor=actor())
        except Rejected as error:
            form.take(error)
        else:
            flash(say(NN_("%(count)s code was added.", "%(count)s codes were added.", count)), "ok")
            return redirect(url_for("organise.codes"), 303)
    found = _codes()
    page = render_template(
        "organise/codebook.html",
        form=form,
        codes=found,
        passages=uses_of_codes(consultation().id),
        ends=_ends(found),
        themes={theme.id: theme for theme in themes_of(consultation().id)},
    )
    return page, 422 if form.is_submitted() else 200


def _ends(codes: list[CodeLine]) -> Mapping[int, tuple[bool, bool]]:
    """Return of each code whether it is the first and the last of those beside it."""
    beside: dict[int, list[int]] = {}
    for code in codes:
        if code.in_use:
            beside.setdefault(code.parent if code.level else 0, []).append(code.number)
    return {number: (number == row[0], number == row[-1]) for row in beside.values() for number in row}


def _form(code: CodeLine | None) -> CodeForm:
    codes = _codes()
    ids = {line.number: str(line.id) for line in codes}
    data: dict[str, Any] = {}
    if code is not None:
        data = {**texts_of("names", code.names), **texts_of("memos", code.memos), **texts_of("examples", code.examples)}
        data |= {"parent": ids.get(code.parent, ""), "theme": str(code.theme or "")}
    form = CodeForm(**data)
    offered = [(ids[int(number)], label) for number, label in code_options(codes)]
    form.parent.choices = [("", say(N_("None: at the top")))] + [
        one for one in offered if not code or one[0] != str(code.id)
    ]
    themes = [(str(theme.id), f"{theme.number}. {say(theme.names)}") for theme in themes_of(consultation().id)]
    form.theme.choices = [("", say(N_("None"))), *themes]
    return form


@blueprint.route("/c/<slug>/organise/coding/codebook/new/", methods=["GET", "POST"])
@requires("coding.organise")
def new_code() -> str | Response | tuple[str, int]:
    """Add a code."""
    return _save(None)


@blueprint.route("/c/<slug>/organise/coding/codebook/<int:code>/", methods=["GET", "POST"])
@requires("coding.organise")
def code(code: int) -> str | Response | tuple[str, int]:
    """Change a code."""
    return _save(_code(code)[0])


def _save(line: CodeLine | None) -> str | Response | tuple[str, int]:
    form = _form(line)
    if form.validate_on_submit():
        try:
            row = save_code(
                form.draft(), consultation=consultation(), actor=actor(), number=line.number if line else None
            )
        except Rejected as error:
            form.take(error)
        else:
            flash(say(N_("Code %(number)s was saved.", number=row.number)), "ok")
            return redirect(url_for("organise.codes", _anchor=f"code-{row.number}"), 303)
    page = render_template("organise/code.html", form=form, code=line, languages=LANGUAGES)
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/c/<slug>/organise/coding/codebook/<int:code>/<any(up, down):direction>/")
@requires("coding.organise")
def move(code: int, direction: str) -> Response:
    """Move a code up or down by one place."""
    move_code(code, direction, consultation=consultation(), actor=actor())
    return redirect(url_for("organise.codes", _anchor=f"code-{code}"), 303)


@blueprint.route("/c/<slug>/organise/coding/codebook/<int:code>/end/", methods=["GET", "POST"])
@requires("coding.organise")
def end_code(code: int) -> str | Response | tuple[str, int]:
    """Merge a code into another one, or retire it; what was coded with it stays."""
    line, codes = _code(code)
    form = EndCodeForm()
    others = [option for option in code_options(codes) if option[0] != str(code)]
    form.into.choices = [("", say(N_("None: it is only given no more"))), *others]
    if form.validate_on_submit():
        into = form.into.data or ""
        try:
            if into:
                number = as_number(into, 0)
                merge_code(code, number, consultation=consultation(), actor=actor())
            else:
                retire_code(code, consultation=consultation(), actor=actor())
        except Rejected as error:
            form.take(error)
        else:
            flash(say(N_("Code %(number)s is given no more.", number=code)), "ok")
            return redirect(url_for("organise.codes"), 303)
    page = render_template("organise/code_end.html", form=form, code=line)
    return page, 422 if form.is_submitted() else 200
