"""Bringing in submissions from a file, and taking them out as one that can be brought in again."""

from __future__ import annotations

from flask import request

from consult.consultations.models import Consultation
from consult.db import session
from consult.submissions.exchange.exports import export_submissions
from consult.submissions.states import SubmissionState
from consult.web.export_pages import Table, install_export
from consult.web.import_pages import install
from consult.web.organise.blueprint import blueprint
from consult.web.visitor import actor, consultation


def _submissions() -> Table:
    """Read the accepted submissions, or, where the address says `all`, all that stand somewhere, each with its state."""
    every = request.args.get("all") == "yes"
    states = [one for one in SubmissionState if one is not SubmissionState.WITHDRAWN]
    here = session.get_one(Consultation, consultation().id)  # in this view: what the visit read is of another
    return export_submissions(here, states if every else [SubmissionState.ACCEPTED], actor=actor())


install(blueprint, "/c/<slug>/organise/import/", "submission.import")
install_export(blueprint, "/c/<slug>/organise/export/", "submission.export", _submissions, "submissions")
