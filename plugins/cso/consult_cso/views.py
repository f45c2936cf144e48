"""The organisation's own page about its registration."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.sdk import (
    N_,
    Actor,
    Consultation,
    Forbidden,
    NavigationLink,
    Permission,
    Rejected,
    actor,
    allowed,
    consultation,
    question_form,
    requires,
    say,
)
from consult_cso import services
from consult_cso.track import CsoTrack

blueprint = Blueprint("cso", __name__, url_prefix="/<lang>/c/<slug>/cso")


def _member(actor: Actor, subject: Consultation) -> bool:
    return services.membership_of(actor, subject) is not None


KEEPS_REGISTRATION = Permission("cso.registration", N_("note one’s own organisation’s registration"), _member)


@blueprint.route("/registration/", methods=["GET", "POST"])
@requires(KEEPS_REGISTRATION.name)
def registration() -> str | Response | tuple[str, int]:
    """Show the organisation what it noted, and keep what it changes."""
    member = services.membership_of(actor(), consultation())
    if member is None:
        raise Forbidden
    form = question_form(CsoTrack().registration_questions())(obj=services.registration(member))
    if not form.is_submitted():
        return render_template("cso/registration.html", form=form)
    draft = services.RegistrationDraft({"authorities": form["authorities"].data, "number": form["number"].data})
    try:
        kept = services.note_registration(draft, consultation=consultation(), actor=actor())
    except Rejected as rejected:
        form.take(rejected)
        return render_template("cso/registration.html", form=form), 422
    flash(say(N_("Saved. Only you can see it.") if kept else N_("Nothing is kept about your registration.")), "ok")
    return redirect(url_for("cso.registration"), 303)


def links(viewer: Actor, consultation: Consultation) -> Iterable[NavigationLink]:
    """Return the link to the page for whoever may open it."""
    if not allowed(viewer, KEEPS_REGISTRATION.name, consultation):
        return []
    return [NavigationLink(N_("Registration"), url_for("cso.registration", slug=consultation.slug))]
