"""Giving the public part away as open data: the organisers choose the licence."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.errors import Rejected
from consult.i18n import N_
from consult.outcomes.open_data import LICENCES
from consult.outcomes.open_data_ready import choose_licence, package_of
from consult.web.forms import L_, Form, RadioField, say
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.visitor import actor, consultation


class LicenceForm(Form):
    """The licence, or none."""

    licence = RadioField(L_("Under what others may use it"), validate_choice=False)


@blueprint.route("/c/<slug>/organise/open-data/", methods=["GET", "POST"])
@requires("open_data.license")
def licence() -> str | Response | tuple[str, int]:
    """Choose the licence; the worker makes the package."""
    row = package_of(consultation().id)
    form = LicenceForm(licence=row.licence if row else "")
    form.licence.choices = [
        *((key, title) for key, (title, _) in LICENCES.items()),
        ("", say(N_("It is not given away"))),
    ]
    if form.validate_on_submit():
        try:
            choose_licence(form.licence.data or "", consultation=consultation(), actor=actor())
        except Rejected as error:
            form.take(error)
        else:
            flash(say(N_("Saved. The package is being made.") if form.licence.data else N_("Saved.")), "ok")
            return redirect(url_for("public.open_data"), 303)
    page = render_template("organise/open_data.html", form=form)
    return page, 422 if form.is_submitted() else 200
