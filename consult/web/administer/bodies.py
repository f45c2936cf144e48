"""The register of bodies: found, entered, given another name, ended."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.access import allowed
from consult.accounts.body_life import ENDED, EndDraft
from consult.accounts.body_queries import body_by_id, record_of
from consult.accounts.body_words import (
    AUDIENCE_LABELS,
    CAPACITY_LABELS,
    LEVEL_LABELS,
    kind_label,
    level_label,
    region_label,
)
from consult.accounts.models import Body
from consult.accounts.queries import bodies as read_bodies
from consult.accounts.queries import body_by_key, kinds_of_bodies, regions_of_bodies
from consult.accounts.services import change_body, register_body, rename_body
from consult.consultations.names import public_names
from consult.consultations.winding_up import ELSEWHERE, FATE_LABELS, Fate, may_settle, settlements_of, stakes_of
from consult.errors import Conflict, NotFound, Rejected
from consult.i18n import LANGUAGES, N_
from consult.submissions.tracks import track_label
from consult.submissions.winding_up import wind_up
from consult.web.administer.blueprint import blueprint
from consult.web.administer.body_forms import EndForm, FactsForm, RenameForm, today, wind_up_form
from consult.web.context import local
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.proof import recently_proven
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
    ended = given["state"] == "ended"
    page = read_bodies(
        kinds=[given["kind"]] if given["kind"] else [],
        text=given["q"],
        region=given["region"],
        level=given["level"],
        which=Body.valid_to.is_not(None) if ended else None,
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
        states=[("", local(N_("Those that are there"))), ("ended", local(N_("Those that have ended")))],
        kind_label=kind_label,
        region_label=region_label,
        level_label=level_label,
    )


@blueprint.route("/administer/bodies/new/", methods=["GET", "POST"])
@requires("body.register")
def body_new() -> str | Response | tuple[str, int]:
    """Enter a body in the register."""
    form = FactsForm()
    if form.validate_on_submit():
        try:
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
    return render_template(
        "administer/body.html",
        record=record_of(body_of(body), actor()),
        topics=topic_names(),
        kind_label=kind_label,
        region_label=region_label,
        level_label=level_label,
        capacity_labels=CAPACITY_LABELS,
        audience_labels=AUDIENCE_LABELS,
        language_label=language_label,
        settled=settled,
    )


@blueprint.route("/administer/bodies/<uuid:body>/facts/", methods=["GET", "POST"])
@requires("body.register")
def body_facts(body: uuid.UUID) -> str | Response | tuple[str, int]:
    """Correct the facts of a body; another name has its own page, which keeps the former one."""
    row = in_force(body)
    form = FactsForm(**FactsForm.shown(row))
    del form.key
    if form.validate_on_submit():
        try:
            change_body(form.draft(row), actor=actor())
        except Rejected as refused:
            form.take(refused)
        else:
            return _done(row, N_("The facts were corrected."))
    page = render_template("administer/body_facts.html", form=form, row=row, languages=LANGUAGES)
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/administer/bodies/<uuid:body>/name/", methods=["GET", "POST"])
@requires("body.register")
def body_name(body: uuid.UUID) -> str | Response | tuple[str, int]:
    """Give a body another name."""
    row = in_force(body)
    form = RenameForm(since=today(), **{f"names_{code}": row.names.get(code, "") for code in LANGUAGES})
    if form.validate_on_submit():
        try:
            rename_body(form.draft(), body=row.id, actor=actor())
        except Rejected as refused:
            form.take(refused)
        else:
            return _done(row, N_("The new name is in the register. The former one is kept with its day."))
    page = render_template("administer/body_name.html", form=form, row=row, languages=LANGUAGES)
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/administer/bodies/<uuid:body>/end/", methods=["GET", "POST"])
@requires("body.register")
@recently_proven()
def body_end(body: uuid.UUID) -> str | Response | tuple[str, int]:
    """End a body, or let it go into another: first what is to happen, then what follows from it, then it happens."""
    row = in_force(body)
    form = EndForm(since=today())
    if form.validate_on_submit():
        try:
            draft = form.draft()
            return _what_follows(row, form, draft, _successor(draft.successor_key, row))
        except Rejected as refused:
            form.take(refused)
    page = render_template("administer/body_end.html", form=form, row=row)
    return page, 422 if form.is_submitted() else 200


def _successor(key: str, row: Body) -> Body | None:
    """Return the body that this one goes into, None for none. Raises Rejected for one that it cannot go into."""
    if not key:
        return None
    found = body_by_key(key)
    if found is None or found.valid_to is not None or found.id == row.id:
        raise Rejected(N_("There is no other body with the code “%(code)s”.", code=key), field="successor_key")
    return found


def _what_follows(
    row: Body, form: EndForm, draft: EndDraft, successor: Body | None
) -> str | Response | tuple[str, int]:
    """Show what follows from the end and ask what becomes of seats and members; where that was sent, end the body."""
    stakes, sent = stakes_of(row.id), request.form.get("then") == "end"
    elsewhere = not all(may_settle(stake, actor()) for stake in stakes)
    decisions = wind_up_form([] if elsewhere else stakes, successor, sent=sent)
    if sent:
        try:
            wind_up(draft, decisions.decided([] if elsewhere else stakes), body=row.id, actor=actor())
            return _done(row, N_("The body has ended. What it was and did stays under its name."))
        except Rejected as refused:
            if not {problem.field for problem in refused.problems} <= set(decisions.data):
                raise
            decisions.take(refused)
    page = render_template(
        "administer/body_end_confirm.html",
        form=form,
        row=row,
        successor=successor.names if successor else None,
        stakes=[] if elsewhere else stakes,
        decisions=decisions,
        elsewhere=ELSEWHERE if elsewhere else None,
        names=public_names(member.id for stake in stakes for member in stake.members),
    )
    return (page, 422) if sent else page


def _done(row: Body, words: Any) -> Response:
    flash(say(words), "ok")
    return redirect(url_for("administer.body", body=row.id), 303)
