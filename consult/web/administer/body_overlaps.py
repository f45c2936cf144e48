"""That a mandate overlaps another body's: first the other body is found, then both mandates are chosen and what both claim is said."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.bodies.overlaps import OverlapDraft, OverlapRead, overlaps_of
from consult.accounts.bodies.queries import MandateRead, mandates_of
from consult.accounts.bodies.words import kind_label
from consult.accounts.models import Body
from consult.accounts.queries import bodies, body_by_key
from consult.accounts.services import remove_overlap, save_overlap
from consult.db import as_id
from consult.errors import NotFound, Rejected
from consult.i18n import LANGUAGES, N_
from consult.web.administer.blueprint import blueprint
from consult.web.administer.bodies import done, in_force
from consult.web.administer.body_forms import RecordForm
from consult.web.forms import L_, RadioField, StringField, TextAreaField, clean_line, clean_text, say
from consult.web.guards import requires
from consult.web.visitor import actor

#: So many bodies are offered for what was looked for; characters of a mandate that is offered.
FOUND, SHORT = 20, 300


class OverlapForm(RecordForm):
    """Two mandates, what both claim, and where that was read."""

    mandate = RadioField(L_("Which mandate of this body"), validate_choice=False)
    other = RadioField(L_("Which mandate of the other body"), validate_choice=False)
    notes_ar = TextAreaField(L_("In Arabic"), filters=[clean_text])
    notes_en = TextAreaField(L_("In English"), filters=[clean_text])
    notes_fr = TextAreaField(L_("In French"), filters=[clean_text])
    source = StringField(L_("Source"), description=L_("Where this was read."), filters=[clean_line])

    def draft(self) -> OverlapDraft:
        """Return what was typed."""
        both = [as_id(self[name].data) if name in self else None for name in ("mandate", "other")]
        return OverlapDraft(both[0], both[1], self.localized("notes"), self.source.data or "")


def _choices(body: uuid.UUID) -> dict[str, str]:
    """Return the mandates of a body that hold, or are to come, by id."""
    return {str(one.id): _short(one) for one in mandates_of(body) if not one.former}


def _short(one: MandateRead) -> str:
    said = say(one.texts)
    return said if len(said) <= SHORT else f"{said[:SHORT]}…"


@blueprint.route("/administer/bodies/<uuid:body>/overlaps/new/", methods=["GET", "POST"])
@requires("body.register")
def body_overlap_new(body: uuid.UUID) -> str | Response | tuple[str, int]:
    """Find the other body, then say which mandates overlap and in what."""
    row, other = in_force(body), body_by_key(request.args.get("other", "")[:80])
    if other is None or other.id == row.id:
        return _find(row)
    form = OverlapForm()
    form.mandate.choices, form.other.choices = _choices(row.id), _choices(other.id)
    return _edit(row, form, None, other=other)


def _find(row: Body) -> str:
    wanted = request.args.get("q", "").strip()[:200]
    found = bodies(text=wanted, limit=FOUND).lines if wanted else []
    lines = [
        (one, url_for("administer.body_overlap_new", body=row.id, other=one.key)) for one in found if one.id != row.id
    ]
    return render_template(
        "administer/body_overlap_find.html", row=row, q=wanted, lines=lines, kind_label=kind_label, most=FOUND
    )


@blueprint.route("/administer/bodies/<uuid:body>/overlaps/<uuid:overlap>/", methods=["GET", "POST"])
@requires("body.register")
def body_overlap(body: uuid.UUID, overlap: uuid.UUID) -> str | Response | tuple[str, int]:
    """Mend what is said of an overlap; which mandates it is of stays."""
    row = in_force(body)
    found = _overlap(row, overlap)
    words = {f"notes_{code}": found.notes.get(code, "") for code in LANGUAGES}
    form = OverlapForm(source=found.source, **words)
    del form.mandate, form.other
    return _edit(row, form, found, other=None)


def _overlap(row: Body, overlap: uuid.UUID) -> OverlapRead:
    found = next((one for one in overlaps_of(row.id) if one.id == overlap), None)
    if found is None:
        raise NotFound
    return found


def _edit(
    row: Body, form: OverlapForm, found: OverlapRead | None, *, other: Body | None
) -> str | Response | tuple[str, int]:
    if form.validate_on_submit():
        try:
            save_overlap(form.draft(), body=row.id, actor=actor(), overlap=found.id if found else None)
        except Rejected as refused:
            form.take(refused)
        else:
            return done(row, N_("The overlap is on record, and stands with both bodies."))
    shown: dict[str, Any] = {"row": row, "form": form, "found": found, "other": other, "languages": LANGUAGES}
    return render_template("administer/body_overlap.html", **shown), 422 if form.is_submitted() else 200


@blueprint.post("/administer/bodies/<uuid:body>/overlaps/<uuid:overlap>/remove")
@requires("body.register")
def body_overlap_remove(body: uuid.UUID, overlap: uuid.UUID) -> Response:
    """Take off an overlap that was entered by mistake, from both bodies."""
    row = in_force(body)
    remove_overlap(overlap, body=row.id, actor=actor())
    flash(say(N_("It was taken off the record.")), "ok")
    return redirect(url_for("administer.body", body=row.id), 303)
