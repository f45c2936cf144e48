"""What is entered about a body, one thing a page: mandates, capacities, contacts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.accounts.bodies.overlaps import OverlapRead, overlaps_to_take
from consult.accounts.bodies.queries import MandateRead, record_of
from consult.accounts.bodies.record import Entry
from consult.accounts.models import Body
from consult.accounts.services import remove_entry, replace_mandate, save_capacity, save_contact, save_mandate
from consult.errors import NotFound, Rejected
from consult.i18n import LANGUAGES, N_, Message
from consult.web.administer.blueprint import blueprint
from consult.web.administer.bodies import in_force
from consult.web.administer.body_forms import FRESH, CapacityForm, ContactForm, MandateForm, ReplaceForm, today
from consult.web.forms import Form, say
from consult.web.guards import requires
from consult.web.visitor import actor


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entry: its form, what saves it under which argument, and its words."""

    entry: Entry
    form: Callable[..., Any]
    save: Callable[..., Any]
    heading: Message
    lede: Message
    saved: Message


KINDS: Mapping[str, Kind] = {
    "mandates": Kind(
        Entry.MANDATE,
        MandateForm,
        save_mandate,
        N_("Mandate"),
        N_("What the body is charged with by law or decision, in its own words as far as possible."),
        N_("The mandate is on record."),
    ),
    "capacities": Kind(
        Entry.CAPACITY,
        CapacityForm,
        save_capacity,
        N_("Capacity"),
        N_("What the body can do: as it was on a day, and where that was read."),
        N_("The capacity is on record."),
    ),
    "contacts": Kind(
        Entry.CONTACT,
        ContactForm,
        save_contact,
        N_("Contact"),
        N_("An office that answers, and who may see how to reach it."),
        N_("The contact is on record."),
    ),
}


@blueprint.route(
    "/administer/bodies/<uuid:body>/<any(mandates,capacities,contacts):kind>/new/", methods=["GET", "POST"]
)
@requires("body.register")
def body_add(body: uuid.UUID, kind: str) -> str | Response | tuple[str, int]:
    """Enter a mandate, capacity or contact of a body."""
    form_class: Any = KINDS[kind].form
    return _edit(in_force(body), kind, form_class(as_of=today(), **FRESH.get(form_class, {})), None)


@blueprint.route(
    "/administer/bodies/<uuid:body>/<any(mandates,capacities,contacts):kind>/<uuid:entry>/", methods=["GET", "POST"]
)
@requires("body.register")
def body_entry(body: uuid.UUID, kind: str, entry: uuid.UUID) -> str | Response | tuple[str, int]:
    """Change a mandate, capacity or contact of a body."""
    row = in_force(body)
    form_class: Any = KINDS[kind].form
    return _edit(row, kind, form_class(**form_class.shown(_entry(row, kind, entry))), entry)


@blueprint.route("/administer/bodies/<uuid:body>/mandates/<uuid:entry>/replace/", methods=["GET", "POST"])
@requires("body.register")
def body_replace(body: uuid.UUID, entry: uuid.UUID) -> str | Response | tuple[str, int]:
    """Enter a mandate in the place of another, which ends on the day on which this one begins and is kept."""
    row = in_force(body)
    former = _entry(row, "mandates", entry)
    overlaps = overlaps_to_take(row.id, entry)
    shown = {**ReplaceForm.shown(former), "valid_from": today(), "valid_to": "", "source": ""}
    return _edit(row, "mandates", ReplaceForm(overlaps, **shown), entry, replaced=former, overlaps=overlaps)


def _edit(
    row: Body,
    kind: str,
    form: Form,
    entry: uuid.UUID | None,
    *,
    replaced: MandateRead | None = None,
    overlaps: Sequence[OverlapRead] = (),
) -> str | Response | tuple[str, int]:
    its = KINDS[kind]
    save: Callable[..., Any] = its.save if replaced is None else replace_mandate
    more = {"overlaps": form.taken()} if isinstance(form, ReplaceForm) else {}
    if form.is_submitted():
        try:
            with form.whole():
                save(form.draft(), body=row.id, actor=actor(), **{its.entry.value: entry}, **more)
        except Rejected as refused:
            form.take(refused)
        else:
            flash(say(its.saved), "ok")
            return redirect(url_for("administer.body", body=row.id), 303)
    page = render_template(
        f"administer/body_{its.entry.value}.html",
        form=form,
        row=row,
        kind=kind,
        its=its,
        entry=entry,
        replaced=replaced,
        overlaps=overlaps,
        languages=LANGUAGES,
    )
    return page, 422 if form.is_submitted() else 200


def _entry(row: Body, kind: str, entry: uuid.UUID) -> Any:
    """Return an entry of a body as the visitor may see it; NotFound otherwise."""
    found = next((one for one in getattr(record_of(row, actor()), kind) if one.id == entry), None)
    if found is None:
        raise NotFound
    return found


@blueprint.route(
    "/administer/bodies/<uuid:body>/<any(mandates,capacities,contacts):kind>/<uuid:entry>/remove/",
    methods=["GET", "POST"],
)
@requires("body.register")
def body_remove(body: uuid.UUID, kind: str, entry: uuid.UUID) -> str | Response:
    """Take off what was entered by mistake, after asking once more."""
    row, its, form = in_force(body), KINDS[kind], Form()
    found = _entry(row, kind, entry)
    if form.validate_on_submit():
        remove_entry(its.entry, entry, body=row.id, actor=actor())
        flash(say(N_("It was taken off the record.")), "ok")
        return redirect(url_for("administer.body", body=row.id), 303)
    return render_template("administer/body_remove.html", row=row, kind=kind, its=its, entry=found)
