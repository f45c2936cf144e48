"""The public register of what moderators decided: when, on which number, on what ground; never whose text, nor what it said."""

from __future__ import annotations

from flask import render_template, request, url_for

from consult.consultations.moderation import MODERATION_LABELS, Moderation
from consult.i18n import N_
from consult.submissions.figures.suppression import LEAST
from consult.submissions.review.appeal_figures import appeal_figures
from consult.submissions.review.appeal_queries import decision_times
from consult.submissions.review.queries import count_decisions, registered_decisions
from consult.submissions.states import APPEAL_LABELS, DECISION_LABELS
from consult.submissions.tracks import track_label
from consult.web.conditional import conditional
from consult.web.guards import requires
from consult.web.public.blueprint import blueprint
from consult.web.submissions import ground_label
from consult.web.visitor import consultation


@blueprint.get("/c/<slug>/moderation/")
@conditional
@requires("public.read")
def moderation() -> str:
    """Show the decisions that kept a text from the public or gave it back, newest first, and how often each ground was used."""
    here = consultation().id
    appeals = appeal_figures(here)
    page = registered_decisions(here, before=request.args.get("before", ""))
    return render_template(
        "public/moderation.html",
        decisions=page.rows,
        counts=count_decisions(here),
        older=url_for("public.moderation", before=page.older) if page.older else None,
        first=not request.args.get("before"),
        labels=DECISION_LABELS,
        ground_label=ground_label,
        track_label=track_label,
        appeals=appeals,
        least=LEAST,
        appeal_labels=APPEAL_LABELS,
        durations=[
            (N_("From hand-in to decision"), decision_times(here)),
            (N_("From appeal to decision"), appeals.times if appeals else None),
        ],
        modes=[
            (row.key, MODERATION_LABELS[Moderation(row.moderation)]) for row in consultation().tracks if row.enabled
        ],
    )
