"""The plugin's page, and its part of the organiser's overview."""

from __future__ import annotations

from flask import Blueprint, render_template
from markupsafe import Markup

from consult.sdk import N_, Actor, Consultation, Permission, consultation, piece, requires
from consult_municipal import services
from consult_municipal.track import REGIONS

blueprint = Blueprint("municipal", __name__, url_prefix="/<lang>/c/<slug>/municipal")


def _staff(actor: Actor, subject: Consultation) -> bool:
    return actor.staff(subject.id)


SEES_ANSWERS = Permission("municipal.answers", N_("see which municipalities have answered"), _staff)


@blueprint.get("/answers/")
@requires(SEES_ANSWERS.name)
def answers() -> str:
    """Show which municipalities have answered, region by region."""
    found = services.answers(consultation().id)
    by_region = {region: [a for a in found if a.region == region] for region in REGIONS}
    return render_template("municipal/answers.html", regions=REGIONS, by_region=by_region)


def overview(consultation: Consultation) -> Markup:
    """Return the card for the organiser's overview."""
    found = services.answers(consultation.id)
    waiting = [answer for answer in found if not answer.answered]
    return piece("municipal/overview.html", waiting=waiting, seats=len(found))
