"""The rules of moderation: when moderators read by track, on what grounds they decide, how long authors may appeal."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.consultations.moderation import MODERATION_LABELS, Moderation
from consult.errors import NotFound, Rejected
from consult.i18n import LANGUAGES, N_, Localized, translate
from consult.submissions.review.desks import away_until, desks_of, nobodys
from consult.submissions.review.grounds import (
    CHOOSABLE,
    MOST_DAYS,
    GroundDraft,
    add_ground,
    answer_days,
    appeal_days,
    change_ground,
    grounds_of,
    retire_ground,
    set_appeal_rules,
    used_grounds,
)
from consult.submissions.states import BY_RULE, DECISION_LABELS, GROUNDS, Ground
from consult.submissions.tracks import track_label
from consult.web.forms import (
    L_,
    BooleanField,
    Form,
    IntegerField,
    LocalizedForm,
    SelectMultipleField,
    StringField,
    clean_line,
    required,
    say,
    whole_numbers,
)
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.visitor import actor, consultation
from consult.web.working_languages import language_label


class AppealRulesForm(Form):
    """For how many days authors may appeal, and in how many an appeal is decided."""

    days = IntegerField(L_("Days in which an author may appeal"), [required(), whole_numbers(0, MOST_DAYS)])
    answer = IntegerField(L_("Days in which an appeal is decided"), [required(), whole_numbers(1, MOST_DAYS)])


class GroundForm(LocalizedForm):
    """A ground in three languages, and what it stands for."""

    label_ar = StringField(L_("Ground in Arabic"), filters=[clean_line])
    label_en = StringField(L_("Ground in English"), filters=[clean_line])
    label_fr = StringField(L_("Ground in French"), filters=[clean_line])
    decisions = SelectMultipleField(L_("It is a ground for"), validate_choice=False)
    seals = BooleanField(L_("The revision stays out of sight for good"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.decisions.choices = [(decision.value, say(DECISION_LABELS[decision])) for decision in CHOOSABLE]

    def draft(self) -> GroundDraft:
        """Return what was typed."""
        return GroundDraft(self.localized("label"), tuple(self.decisions.data or ()), bool(self.seals.data))


@blueprint.route("/c/<slug>/organise/moderation/", methods=["GET", "POST"])
@requires("consultation.organise")
def moderation() -> str | Response | tuple[str, int]:
    """Show the rules of moderation; a POST sets the days of appeals."""
    here = consultation()
    form = AppealRulesForm(days=appeal_days(here), answer=answer_days(here))
    if not form.is_submitted():
        return _rules_page(form)
    if not form.validate():
        return _rules_page(form), 422
    try:
        set_appeal_rules(int(form.days.data or 0), int(form.answer.data or 0), consultation=here, actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _rules_page(form), 422
    flash(say(N_("Saved.")), "ok")
    return redirect(url_for("organise.moderation"), 303)


def _rules_page(form: AppealRulesForm) -> str:
    here = consultation()
    return render_template(
        "organise/moderation.html",
        form=form,
        grounds=[(key, ground) for key, ground in grounds_of(here).items() if key != BY_RULE],
        used=used_grounds(here),
        labels=DECISION_LABELS,
        tracks=[(row.key, MODERATION_LABELS[Moderation(row.moderation)]) for row in here.tracks if row.enabled],
        track_label=track_label,
        shipped=GROUNDS,
    )


@blueprint.route("/c/<slug>/organise/moderation/grounds/new/", methods=["GET", "POST"])
@requires("consultation.organise")
def new_ground() -> str | Response | tuple[str, int]:
    """Add a ground."""
    form = GroundForm()
    if not form.is_submitted():
        return _ground_page(form)
    try:
        if form.validate():
            add_ground(form.draft(), consultation=consultation(), actor=actor())
            flash(say(N_("The ground is added. Moderators can choose it from now on.")), "ok")
            return redirect(url_for("organise.moderation", _anchor="grounds"), 303)
    except Rejected as refused:
        form.take(refused)
    return _ground_page(form), 422


@blueprint.route("/c/<slug>/organise/moderation/grounds/<key>/", methods=["GET", "POST"])
@requires("consultation.organise")
def ground(key: str) -> str | Response | tuple[str, int]:
    """Word a ground anew; of an added one, change what it stands for."""
    present = _ground(key)
    form = GroundForm(decisions=[decision.value for decision in present.decisions], seals=present.seals)
    if not form.is_submitted():
        form.fill("label", _in_every_language(present))
        return _ground_page(form, key, present)
    try:
        if form.validate():
            change_ground(key, form.draft(), consultation=consultation(), actor=actor())
            flash(say(N_("Saved.")), "ok")
            return redirect(url_for("organise.moderation", _anchor="grounds"), 303)
    except Rejected as refused:
        form.take(refused)
    return _ground_page(form, key, present), 422


@blueprint.post("/c/<slug>/organise/moderation/grounds/<key>/retire")
@requires("consultation.organise")
def retire(key: str) -> Response | tuple[str, int]:
    """Offer a ground no longer, or again."""
    present, form = _ground(key), GroundForm()
    try:
        retire_ground(key, retired=not present.retired, consultation=consultation(), actor=actor())
    except Rejected as refused:
        form.fill("label", _in_every_language(present))
        form.decisions.data, form.seals.data = [decision.value for decision in present.decisions], present.seals
        form.take(refused)
        return _ground_page(form, key, present), 422
    flash(say(N_("Saved.")), "ok")
    return redirect(url_for("organise.moderation", _anchor="grounds"), 303)


def _ground(key: str) -> Ground:
    found = grounds_of(consultation()).get(key)
    if found is None or key == BY_RULE:
        raise NotFound
    return found


def _in_every_language(present: Ground) -> Localized:
    label = present.label
    return label if isinstance(label, Localized) else Localized({code: translate(label, code) for code in LANGUAGES})


def _ground_page(form: GroundForm, key: str = "", present: Ground | None = None) -> str:
    return render_template(
        "organise/ground.html",
        form=form,
        key=key,
        present=present,
        fixed=key in GROUNDS,
        used=used_grounds(consultation()).get(key, 0) if key else 0,
        labels=DECISION_LABELS,
        choosable=present is None or bool(present.decisions & set(CHOOSABLE)),
        languages=LANGUAGES,
    )


@blueprint.get("/c/<slug>/organise/moderation/desks/")
@requires("consultation.organise")
def desks() -> str:
    """Show how much is open with each moderator, and what is with nobody."""
    here = consultation()
    found = desks_of(here)
    return render_template(
        "organise/desks.html",
        desks=found,
        away_days={one.person: away_until(one.back_at, here) for one in found},
        nobody=nobodys(here.id),
        language_label=language_label,
        track_label=track_label,
    )
