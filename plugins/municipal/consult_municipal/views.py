"""The plugin's page, its link, and its part of the organiser's overview."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, render_template, url_for
from markupsafe import Markup

from consult.sdk import N_, Actor, Consultation, NavigationLink, Permission, allowed, consultation, piece, requires
from consult_municipal import services

blueprint = Blueprint("municipal", __name__, url_prefix="/<lang>/c/<slug>/municipal")


def _staff(actor: Actor, subject: Consultation) -> bool:
    return actor.staff(subject.id)


SEES_ANSWERS = Permission("municipal.answers", N_("see which municipalities have answered"), _staff)


@blueprint.get("/answers/")
@requires(SEES_ANSWERS.name)
def answers() -> str:
    """Show which municipalities have answered, region by region."""
    found = services.answers(consultation().id)
    return render_template("municipal/answers.html", regions=services.by_region(found))


def links(viewer: Actor, consultation: Consultation) -> Iterable[NavigationLink]:
    """Return the link to the page for whoever may open it."""
    if not allowed(viewer, SEES_ANSWERS.name, consultation):
        return []
    return [NavigationLink(N_("Municipalities"), url_for("municipal.answers", slug=consultation.slug))]


def overview(consultation: Consultation) -> Markup:
    """Return the card for the organiser's overview."""
    found = services.answers(consultation.id)
    waiting = [answer for answer in found if not answer.answered]
    return piece("municipal/overview.html", waiting=waiting, seats=len(found))
