"""The list of missions abroad: which are offered to whoever takes part from abroad; one is added, retired, offered again."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.errors import Rejected
from consult.i18n import LANGUAGES, N_, Localized
from consult.notifications.missions import (
    KIND_LABELS,
    MissionDraft,
    MissionRead,
    add_mission,
    missions,
    restore_mission,
    retire_mission,
)
from consult.notifications.places import city, country_choices, zone_choices
from consult.web.administer.blueprint import blueprint
from consult.web.forms import L_, Form, RadioField, SelectField, StringField, clean_line, say
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.visitor import actor


class MissionForm(Form):
    """A mission to be added."""

    country = SelectField(L_("Country"), validate_choice=False)
    kind = RadioField(L_("What it is"), validate_choice=False)
    city_ar = StringField(L_("City, in Arabic"), filters=[clean_line])
    city_en = StringField(L_("City, in English"), filters=[clean_line])
    city_fr = StringField(L_("City, in French"), filters=[clean_line])
    timezone = SelectField(L_("Time zone"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code, none = current_language().code, ("", say(N_("Choose")))
        self.country.choices = [none, *country_choices(code)]
        self.timezone.choices = [none, *zone_choices(code)]
        self.kind.choices = [(kind.value, say(label)) for kind, label in KIND_LABELS.items()]

    def draft(self) -> MissionDraft:
        """Return what was typed."""
        cities = Localized({code: self[f"city_{code}"].data or "" for code in LANGUAGES})
        return MissionDraft(self.country.data or "", self.kind.data or "", cities, self.timezone.data or "")


@blueprint.route("/administer/missions/", methods=["GET", "POST"])
@requires("body.register")
def mission_list() -> str | Response | tuple[str, int]:
    """Show the missions by country, and take one more."""
    form = MissionForm()
    if form.validate_on_submit():
        try:
            add_mission(form.draft(), actor=actor())
        except Rejected as refused:
            for problem in refused.problems:
                field = "city_ar" if problem.field == "city" else problem.field
                form.take(Rejected(problem.message, field))
        else:
            flash(say(N_("The mission is in the list.")), "ok")
            return redirect(url_for("administer.mission_list"), 303)
    return _page(form), 422 if form.is_submitted() else 200


@blueprint.post("/administer/missions/change")
@requires("body.register")
def change_mission() -> Response:
    """Retire a mission, or offer it again, by the button that was pressed."""
    acts = {"retire": retire_mission, "restore": restore_mission}
    if (act := acts.get(request.form.get("act", ""))) is None:
        abort(400)
    act(request.form.get("code", "")[:80], actor=actor())
    flash(say(N_("Saved.")), "ok")
    return redirect(url_for("administer.mission_list"), 303)


def _page(form: MissionForm) -> str:
    code = current_language().code
    groups: dict[str, list[MissionRead]] = {}
    for one in missions().values():
        groups.setdefault(one.country, []).append(one)
    named = [(name, groups[country]) for country, name in country_choices(code) if country in groups]
    clocks = {one.timezone: city(one.timezone, code) for _, group in named for one in group}
    return render_template("administer/missions.html", form=form, groups=named, clocks=clocks)
