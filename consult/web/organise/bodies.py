"""Inviting bodies: those of a track's reference file, or institutions, are entered in the register, with their seats."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.queries import bodies as register_of_bodies
from consult.consultations.queries import seated_body_keys
from consult.consultations.reference import INSTITUTIONS, districts
from consult.consultations.seats.services import reference_bodies
from consult.consultations.services import admit_bodies
from consult.errors import NotFound, Rejected
from consult.folding import fold
from consult.i18n import N_, NN_, Localized, Message
from consult.runtime import runtime
from consult.submissions.tracks import track_label
from consult.web.forms import Form, say
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.visitor import actor, consultation

#: The register is asked for so many keys at once; the shipped files are far smaller.
MOST_KNOWN = 5000


@dataclass(frozen=True, slots=True)
class Offered:
    """A body of the reference file: whether it stands in the register, and whether it has a seat here."""

    key: str
    names: Localized
    place: Localized | str
    known: bool
    seated: bool


def _label(source: str) -> Message | Localized | str:
    return N_("Ministries and other institutions") if source == INSTITUTIONS else track_label(source)


def _page(source: str, form: Form, ticked: set[str]) -> str:
    found, text = reference_bodies(source), fold(request.args.get("q", ""))
    if not found:
        raise NotFound
    known = {line.key for line in register_of_bodies(limit=MOST_KNOWN).lines}
    seated = seated_body_keys(consultation().id, source)
    offered = [
        Offered(b.key, b.names, _place(b.district, b.region), b.key in known, b.key in seated)
        for b in found
        if not text or any(text in fold(name) for name in b.names.values())
    ]
    track = runtime().hooks.track(source)
    return render_template(
        "organise/bodies.html",
        source=source,
        label=_label(source),
        offered=offered,
        form=form,
        ticked=ticked,
        text=request.args.get("q", ""),
        with_seats=track is not None and track.one_seat_a_body,
        total=len(found),
    )


def _place(district: str, region: str) -> Localized | str:
    found = districts().get(district)
    return found.names if found else region


@blueprint.get("/c/<slug>/organise/people/bodies/<source>/")
@requires("member.invite")
def bodies(source: str) -> str:
    """Show the bodies of a reference file, to be ticked."""
    return _page(source, Form(), set())


@blueprint.post("/c/<slug>/organise/people/bodies/<source>/")
@requires("member.invite")
def admit(source: str) -> Response | tuple[str, int]:
    """Enter the ticked bodies in the register, and make their seats where each has one."""
    wanted, form = request.form.getlist("body"), Form()
    if form.validate_on_submit():
        try:
            admitted = admit_bodies(source, wanted, consultation=consultation(), actor=actor())
            flash(
                say(
                    NN_(
                        "%(count)s body takes part; seats made: %(seats)s.",
                        "%(count)s bodies take part; seats made: %(seats)s.",
                        len(admitted.bodies),
                        seats=admitted.seats,
                    )
                ),
                "ok",
            )
            return redirect(url_for("organise.bodies", source=source), 303)
        except Rejected as refused:
            form.take(refused)
    return _page(source, form, set(wanted)), 422
