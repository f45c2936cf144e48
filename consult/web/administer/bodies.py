"""The register of bodies: found, entered, corrected, and changed on a day."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.access import allowed
from consult.accounts.bodies.life import ENDED
from consult.accounts.bodies.overlaps import overlaps_of
from consult.accounts.bodies.queries import body_by_id, record_of
from consult.accounts.bodies.words import (
    AUDIENCE_LABELS,
    CAPACITY_LABELS,
    ENDED_OR_NOT,
    LEVEL_LABELS,
    ended_or_not,
    kind_label,
    level_label,
    region_label,
)
from consult.accounts.models import Body
from consult.accounts.queries import bodies as read_bodies
from consult.accounts.queries import kinds_of_bodies, regions_of_bodies
from consult.accounts.services import change_body, correct_body, register_body
from consult.consultations.reference import district_label
from consult.consultations.winding.winding_up import FATE_LABELS, Fate, settlements_of
from consult.errors import Conflict, NotFound, Rejected
from consult.i18n import LANGUAGES, N_
from consult.submissions.tracks import track_label
from consult.web.administer.blueprint import blueprint
from consult.web.administer.body_forms import ChangeForm, FactsForm, today
from consult.web.context import local
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.topics import topic_names
from consult.web.visitor import actor
from consult.web.working_languages import language_label

PAGE = 25
#: What the register can be narrowed by, in the order of the form.
FILTERS = ("q", "kind", "region", "level", "state")


@blueprint.get("/administer/bodies/")
@requires("body.register")
def bodies() -> str:
    """Show the register of bodies by name, narrowed and searched in any spelling."""
    given = {name: request.args.get(name, "").strip()[:200] for name in FILTERS}
    page = read_bodies(
        kinds=[given["kind"]] if given["kind"] else [],
        text=given["q"],
        region=given["region"],
        level=given["level"],
        ended=ended_or_not(given["state"]),
        after=request.args.get("after", "")[:500],
        limit=PAGE,
    )
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value}
    return render_template(
        "administer/bodies.html",
        page=page,
        given=given,
        narrowed=bool(chosen),
        next=url_for("administer.bodies", after=page.after, **chosen) if page.after else None,
        first=url_for("administer.bodies", **chosen) if request.args.get("after") else None,
        kinds=[(kind, local(kind_label(kind))) for kind in kinds_of_bodies()],
        regions=[(region, local(region_label(region))) for region in regions_of_bodies()],
        levels=[(level.value, local(label)) for level, label in LEVEL_LABELS.items()],
        states=[(word, local(label)) for word, (_, label) in ENDED_OR_NOT.items()],
        kind_label=kind_label,
        region_label=region_label,
        level_label=level_label,
    )


@blueprint.route("/administer/bodies/new/", methods=["GET", "POST"])
@requires("body.register")
def body_new() -> str | Response | tuple[str, int]:
    """Enter a body in the register."""
    form = FactsForm()
    if form.is_submitted():
        try:
            with form.whole():
                row = register_body(form.draft(), actor=actor())
        except Rejected as refused:
            form.take(refused)
        else:
            flash(say(N_("The body stands in the register. Now say what it is charged with.")), "ok")
            return redirect(url_for("administer.body", body=row.id), 303)
    page = render_template("administer/body_facts.html", form=form, row=None, languages=LANGUAGES)
    return page, 422 if form.is_submitted() else 200


def body_of(body: uuid.UUID) -> Body:
    """Return a body of the register; NotFound where there is none."""
    row = body_by_id(body)
    if row is None:
        raise NotFound
    return row


def in_force(body: uuid.UUID) -> Body:
    """Return a body that may still be changed. Raises NotFound, Conflict."""
    row = body_of(body)
    if row.valid_to is not None:
        raise Conflict(ENDED)
    return row


@blueprint.get("/administer/bodies/<uuid:body>/")
@requires("body.register")
def body(body: uuid.UUID) -> str:
    """Show all that is on record about a body; of what became of its seats, what the visitor may read the consultation of."""
    settled = [
        (one, where, track_label(one.track), FATE_LABELS[Fate(one.fate)])
        for one, where in settlements_of(body)
        if allowed(actor(), "consultation.read", where)
    ]
    record = record_of(body_of(body), actor())
    overlaps = overlaps_of(body)
    above = [state.parent for state in record.former if state.parent is not None]
    near = (*above, *(one.body for one in overlaps), *record.successors, *record.predecessors)
    return render_template(
        "administer/body.html",
        record=record,
        pages={one.id: url_for("administer.body", body=one.id) for one in near},
        overlaps=overlaps,
        topics=topic_names(),
        kind_label=kind_label,
        region_label=region_label,
        level_label=level_label,
        district_label=district_label,
        capacity_labels=CAPACITY_LABELS,
        audience_labels=AUDIENCE_LABELS,
        language_label=language_label,
        settled=settled,
    )


@blueprint.route("/administer/bodies/<uuid:body>/facts/", methods=["GET", "POST"])
@requires("body.register")
def body_facts(body: uuid.UUID) -> str | Response | tuple[str, int]:
    """Correct what is wrong about a body; what changed about it on a day has its own page, which keeps what it was."""
    row = in_force(body)
    form = FactsForm(**FactsForm.shown(row))
    del form.key
    if form.is_submitted():
        try:
            with form.whole():
                correct_body(form.draft(row), actor=actor())
        except Rejected as refused:
            form.take(refused)
        else:
            return done(row, N_("The facts were corrected."))
    page = render_template("administer/body_facts.html", form=form, row=row, languages=LANGUAGES)
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/administer/bodies/<uuid:body>/change/", methods=["GET", "POST"])
@requires("body.register")
def body_change(body: uuid.UUID) -> str | Response | tuple[str, int]:
    """Say what a body is from a day on: another name, kind, level or region."""
    row = in_force(body)
    form = ChangeForm(since=today(), **ChangeForm.state(row))
    if form.is_submitted():
        try:
            with form.whole():
                change_body(form.draft(), body=row.id, actor=actor())
        except Rejected as refused:
            form.take(refused)
        else:
            return done(row, N_("The change is in the register. What the body was until then is kept with its day."))
    page = render_template("administer/body_change.html", form=form, row=row, languages=LANGUAGES)
    return page, 422 if form.is_submitted() else 200


def done(row: Body, words: Any) -> Response:
    """Say what was done and lead back to the body."""
    flash(say(words), "ok")
    return redirect(url_for("administer.body", body=row.id), 303)
