"""Bringing in submissions from a file, and taking them out as one that can be brought in again."""

from __future__ import annotations

from collections.abc import Callable

from flask import request

from consult.consultations.models import Consultation
from consult.db import session
from consult.submissions.exchange.exports import export_submissions
from consult.submissions.states import SubmissionState
from consult.web.export_pages import Table, install_export
from consult.web.import_pages import install
from consult.web.organise.blueprint import blueprint
from consult.web.visitor import actor, consultation


def _submissions() -> Callable[[str], Table]:
    """Ask for the accepted submissions, or, where the address says `all`, all that stand somewhere, each with its state."""
    every = request.args.get("all") == "yes"
    standing = [one for one in SubmissionState if one is not SubmissionState.WITHDRAWN]
    states = standing if every else [SubmissionState.ACCEPTED]
    here, by = consultation().id, actor()
    return lambda form: export_submissions(session.get_one(Consultation, here), states, actor=by, form=form)


install(blueprint, "/c/<slug>/organise/import/", "submission.import")
install_export(blueprint, "/c/<slug>/organise/export/", "submission.export", _submissions, "submissions")
