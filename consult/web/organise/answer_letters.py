"""The letters of answer: looked at on three real cases, sent as one act, printed where there is no address."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.accounts.models import Person
from consult.consultations.models import Member
from consult.db import session
from consult.errors import NotFound
from consult.i18n import NN_
from consult.outcomes.letters import cases, letter_of, letters_due, rounds_of
from consult.outcomes.services import send_letters
from consult.recommendations.answer_queries import count_unanswered
from consult.submissions.models import Submission
from consult.submissions.queries import submission_by_number
from consult.submissions.states import SubmissionState
from consult.web.answer_letters import reader_of, sheet_of
from consult.web.forms import say
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.visitor import actor, consultation


@blueprint.get("/c/<slug>/organise/answers/letters/")
@requires("letters.send")
def answer_letters() -> str:
    """Show how many letters there are, three of them as they will be read, and what was sent."""
    here = consultation()
    return render_template(
        "organise/answer_letters.html",
        due=letters_due(here.id),
        unanswered=count_unanswered(here.id),
        rounds=rounds_of(here.id),
        sheets=[_sheet(row, code) for row, code in cases(here.id)],
    )


def _sheet(row: Submission, code: str) -> object:
    language = reader_of(code)
    return sheet_of(letter_of(row, language), language)


@blueprint.post("/c/<slug>/organise/answers/letters/")
@requires("letters.send")
def send_answer_letters() -> Response:
    """Send the letters that are due."""
    row = send_letters(consultation=consultation(), actor=actor())
    flash(say(NN_("%(count)s letter is on its way.", "%(count)s letters are on their way.", row.letters)), "ok")
    return redirect(url_for("organise.answer_letters"), 303)


@blueprint.get("/c/<slug>/organise/answers/letters/<number>/")
@requires("letters.send")
def answer_letter(number: str) -> str:
    """Show one letter, to be printed, in the language its author reads."""
    row = submission_by_number(consultation().id, number)
    if row is None or row.state == SubmissionState.WITHDRAWN:
        raise NotFound
    member = None if row.member_id is None else session.get_one(Member, row.member_id)
    code = row.language if member is None else session.get_one(Person, member.person_id).language
    return render_template("organise/answer_letter.html", sheet=_sheet(row, code))
