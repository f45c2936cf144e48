"""Themes of the board: their names and codes, and what a person finds them to be."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.coding.models import Theme
from consult.coding.queries import CodeLine, codebook
from consult.coding.services import ThemeDraft, ThemeFinding, decide_theme, save_theme
from consult.coding.states import THEME_LABELS
from consult.errors import NotFound, Rejected
from consult.i18n import LANGUAGES, N_
from consult.typed_numbers import as_number
from consult.web.forms import (
    L_,
    Form,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    clean_line,
    clean_text,
    say,
)
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.organise.blueprint import blueprint
from consult.web.organise.board import theme_here
from consult.web.organise.codebook import TextsForm, code_options, texts_of
from consult.web.submissions import language_name
from consult.web.visitor import actor, consultation


class ThemeForm(TextsForm):
    """A theme and its codes."""

    names_ar = StringField(L_("Name in Arabic"), filters=[clean_line])
    names_en = StringField(L_("Name in English"), filters=[clean_line])
    names_fr = StringField(L_("Name in French"), filters=[clean_line])
    codes = SelectMultipleField(L_("Its codes"), validate_choice=False)


class FindingForm(Form):
    """What somebody finds a theme to be."""

    state = RadioField(L_("What is it?"), validate_choice=False)
    note = TextAreaField(L_("What this rests on"), filters=[clean_text])
    language = SelectField(L_("Language of the note"), validate_choice=False)


def _existing(number: int) -> Theme:
    found = theme_here(number)
    if found is None:
        raise NotFound
    return found


@blueprint.route("/c/<slug>/organise/coding/board/new/", methods=["GET", "POST"])
@requires("coding.organise")
def new_theme() -> str | Response | tuple[str, int]:
    """Add a theme."""
    return _save(None)


@blueprint.route("/c/<slug>/organise/coding/board/<int:theme>/change/", methods=["GET", "POST"])
@requires("coding.organise")
def edit_theme(theme: int) -> str | Response | tuple[str, int]:
    """Change the names and codes of a theme."""
    return _save(_existing(theme))


def _save(row: Theme | None) -> str | Response | tuple[str, int]:
    codes = list(codebook(consultation().id))
    present = [str(line.number) for line in codes if row and line.theme == row.id]
    form = ThemeForm(**(texts_of("names", row.names) if row else {}), codes=present)
    form.codes.choices = [*code_options(codes), *_retired(codes)]
    if form.validate_on_submit():
        numbers = frozenset(as_number(one, 0) for one in form.codes.data or ())
        draft = ThemeDraft(form.localized("names"), numbers)
        try:
            made = save_theme(draft, consultation=consultation(), actor=actor(), number=row.number if row else None)
        except Rejected as error:
            form.take(error)
        else:
            flash(say(N_("The theme was saved.")), "ok")
            return redirect(url_for("organise.theme", theme=made.number), 303)
    page = render_template("organise/theme_form.html", form=form, theme=row, languages=LANGUAGES)
    return page, 422 if form.is_submitted() else 200


def _retired(codes: Sequence[CodeLine]) -> list[tuple[str, str]]:
    """Return the codes that are given no more and count where they were given: they belong to a theme as before."""
    gone = say(N_("Given no more"))
    return [(str(code.number), f"{code.number} {say(code.names)} · {gone}") for code in codes if code.retired]


@blueprint.route("/c/<slug>/organise/coding/board/<int:theme>/finding/", methods=["GET", "POST"])
@requires("coding.organise")
def finding(theme: int) -> str | Response | tuple[str, int]:
    """Say that a theme is agreed or contested, and why."""
    row = _existing(theme)
    form = FindingForm(state=row.state, note=row.note, language=row.language or current_language().code)
    form.state.choices = [(state.value, say(label)) for state, label in THEME_LABELS.items()]
    form.language.choices = [(code, language_name(code)) for code in LANGUAGES]
    if form.validate_on_submit():
        given = ThemeFinding(form.state.data or "", form.note.data or "", form.language.data or "")
        try:
            decide_theme(given, number=theme, consultation=consultation(), actor=actor())
        except Rejected as error:
            form.take(error)
        else:
            flash(say(N_("The theme was saved.")), "ok")
            return redirect(url_for("organise.theme", theme=theme), 303)
    page = render_template("organise/theme_finding.html", form=form, theme=row)
    return page, 422 if form.is_submitted() else 200
