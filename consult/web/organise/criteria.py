"""On what reviewers of a track score: the list, one criterion in three languages with its weight."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.errors import Conflict, NotFound, Rejected
from consult.i18n import LANGUAGES, N_
from consult.peer_review.criteria import are_fixed, criteria_of
from consult.peer_review.services import CriterionDraft, remove_criterion, set_criterion
from consult.plugins.track import ReviewCriterion
from consult.submissions.tracks import track_label
from consult.typed_numbers import as_number
from consult.web.forms import L_, LocalizedForm, StringField, clean_line, latin_digits, say
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.visitor import actor, consultation


class CriterionForm(LocalizedForm):
    """A criterion in three languages, and its weight."""

    names_ar = StringField(L_("Name in Arabic"), filters=[clean_line])
    names_en = StringField(L_("Name in English"), filters=[clean_line])
    names_fr = StringField(L_("Name in French"), filters=[clean_line])
    hints_ar = StringField(L_("What is asked, in Arabic"), filters=[clean_line])
    hints_en = StringField(L_("What is asked, in English"), filters=[clean_line])
    hints_fr = StringField(L_("What is asked, in French"), filters=[clean_line])
    weight = StringField(L_("Weight"), filters=[latin_digits], render_kw={"inputmode": "numeric"})

    def draft(self) -> CriterionDraft:
        """Return what was typed; a weight that is no number is refused by the service."""
        typed = self.weight.data or ""
        weight = as_number(typed, 0)
        return CriterionDraft(self.localized("names"), self.localized("hints"), weight)


def _track(key: str) -> str:
    if key not in {row.key for row in consultation().tracks}:
        raise NotFound
    return key


@blueprint.get("/c/<slug>/organise/peer-review/criteria/<key>/")
@requires("peer_review.organise")
def criteria(key: str) -> str:
    """Show the criteria of a track with the share of each."""
    here = consultation()
    chosen = criteria_of(here.id, _track(key))
    return render_template(
        "organise/criteria.html",
        key=key,
        label=track_label(key),
        criteria=chosen,
        whole=sum(one.weight for one in chosen),
        fixed=are_fixed(here.id, key),
    )


@blueprint.route("/c/<slug>/organise/peer-review/criteria/<key>/new/", methods=["GET", "POST"])
@requires("peer_review.organise")
def new_criterion(key: str) -> str | Response | tuple[str, int]:
    """Add a criterion."""
    return _edit(_track(key), None, CriterionForm(weight="1"))


@blueprint.route("/c/<slug>/organise/peer-review/criteria/<key>/<criterion>/", methods=["GET", "POST"])
@requires("peer_review.organise")
def criterion(key: str, criterion: str) -> str | Response | tuple[str, int]:
    """Word and weigh a criterion anew."""
    present = _criterion(_track(key), criterion)
    form = CriterionForm(weight=str(present.weight))
    if not form.is_submitted():
        form.fill("names", present.names)
        form.fill("hints", present.hints)
    return _edit(key, present, form)


def _criterion(track: str, key: str) -> ReviewCriterion:
    found = next((one for one in criteria_of(consultation().id, track) if one.key == key), None)
    if found is None:
        raise NotFound
    return found


def _edit(track: str, present: ReviewCriterion | None, form: CriterionForm) -> str | Response | tuple[str, int]:
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        key = None if present is None else present.key
        try:
            set_criterion(key, form.draft(), track=track, consultation=consultation(), actor=actor())
        except Rejected as error:
            form.take(error)
        except Conflict as error:
            form.problems.append(say(error.message))
            status = 409
        else:
            flash(say(N_("Saved.")), "ok")
            return redirect(url_for("organise.criteria", key=track), 303)
    page = render_template(
        "organise/criterion.html", form=form, key=track, present=present, label=track_label(track), languages=LANGUAGES
    )
    return page, status


@blueprint.post("/c/<slug>/organise/peer-review/criteria/<key>/<criterion>/remove/")
@requires("peer_review.organise")
def drop_criterion(key: str, criterion: str) -> Response:
    """Score on a criterion no more."""
    try:
        remove_criterion(criterion, track=_track(key), consultation=consultation(), actor=actor())
        flash(say(N_("Reviewers do not score on it.")), "ok")
    except Conflict as error:
        flash(say(error.message), "no")
    return redirect(url_for("organise.criteria", key=key), 303)
