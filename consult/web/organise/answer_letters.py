"""The letters of answer: looked at on three real cases, sent as one act, printed where there is no address."""

from __future__ import annotations

import sqlalchemy as sa
from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.access import allowed
from consult.accounts.clauses import permitted
from consult.accounts.models import Person
from consult.consultations.models import Member
from consult.db import session
from consult.errors import NotFound, Rejected
from consult.i18n import LANGUAGES, N_, NN_
from consult.notifications.bounces import comes_back
from consult.outcomes.letter_words import LIMIT, Words, words_of
from consult.outcomes.letters import cases, letter_of, letters_due, rounds_of
from consult.outcomes.printing import PAGE, count_on_paper, letters_on_paper, tally
from consult.outcomes.services import mark_printed, send_letters, write_letter_words
from consult.recommendations.answer_counts import count_open
from consult.submissions.models import Submission
from consult.submissions.queries import submission_by_number
from consult.submissions.states import SubmissionState
from consult.web.answer_letters import Sheet, reader_of, sheet_of
from consult.web.forms import L_, Form, LocalizedForm, SelectMultipleField, TextAreaField, clean_text, say
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.submissions import language_name
from consult.web.visitor import actor, consultation


@blueprint.get("/c/<slug>/organise/answers/letters/")
@requires("letters.send")
def answer_letters() -> str:
    """Show how many letters there are, three of them as they will be read, what was sent, and what is to be printed."""
    here = consultation()
    words = words_of(here.id)
    return render_template(
        "organise/answer_letters.html",
        due=letters_due(here.id, comes_back()),
        unanswered=count_open(here),
        rounds=rounds_of(here.id),
        paper=count_on_paper(here.id, _readable(), bounced=comes_back()),
        tally=tally(here.id, comes_back()),
        gaps=_gaps(words),
        written=bool(words.openings or words.closings),
        sheets=[_sheet(row, code, words) for row, code in cases(here.id, _readable())],
    )


def _readable() -> sa.ColumnElement[bool]:
    """Return the condition that a submission may be read by whoever prints: not one from which they keep away."""
    return permitted(actor(), "submission.read", consultation().id)


def _gaps(words: Words) -> list[str]:
    """Return the languages in which a text is missing that is there in another."""
    lacking = [
        code for code in LANGUAGES if any(texts and code not in texts for texts in (words.openings, words.closings))
    ]
    return [language_name(code) for code in lacking]


def _sheet(row: Submission, code: str, words: Words | None = None) -> Sheet:
    language = reader_of(code)
    return sheet_of(letter_of(row, language), language, words)


@blueprint.post("/c/<slug>/organise/answers/letters/")
@requires("letters.send")
def send_answer_letters() -> Response:
    """Send the letters that are due."""
    row = send_letters(consultation=consultation(), actor=actor())
    flash(say(NN_("%(count)s letter is on its way.", "%(count)s letters are on their way.", row.letters)), "ok")
    return redirect(url_for("organise.answer_letters"), 303)


class WordsForm(LocalizedForm):
    """What stands in every letter before the answers and after them."""

    openings_ar = TextAreaField(L_("Before the answers, in Arabic"), filters=[clean_text])
    openings_en = TextAreaField(L_("Before the answers, in English"), filters=[clean_text])
    openings_fr = TextAreaField(L_("Before the answers, in French"), filters=[clean_text])
    closings_ar = TextAreaField(L_("After the answers, in Arabic"), filters=[clean_text])
    closings_en = TextAreaField(L_("After the answers, in English"), filters=[clean_text])
    closings_fr = TextAreaField(L_("After the answers, in French"), filters=[clean_text])

    def words(self) -> Words:
        """Return what was typed."""
        return Words(self.localized("openings"), self.localized("closings"))


@blueprint.route("/c/<slug>/organise/answers/letters/words/", methods=["GET", "POST"])
@requires("letters.send")
def letter_words() -> str | Response | tuple[str, int]:
    """Write what every letter says beside the answers, and look at it on real cases before it is saved."""
    here, form, status = consultation(), WordsForm(), 200
    if not form.is_submitted():
        kept = words_of(here.id)
        form.fill("openings", kept.openings)
        form.fill("closings", kept.closings)
    elif not form.validate():
        status = 422
    elif request.form.get("step") != "look":
        try:
            write_letter_words(form.words(), consultation=here, actor=actor())
            flash(say(N_("Saved.")), "ok")
            return redirect(url_for("organise.answer_letters"), 303)
        except Rejected as refused:
            form.take(refused)
            status = 422
    page = render_template(
        "organise/letter_words.html",
        form=form,
        languages=LANGUAGES,
        limit=LIMIT,
        gaps=_gaps(form.words()),
        sheets=[_sheet(row, code, form.words()) for row, code in cases(here.id, _readable())],
    )
    return page, status


class PrintedForm(Form):
    """Which letters were printed, by receipt number."""

    t = SelectMultipleField(validate_choice=False)


@blueprint.get("/c/<slug>/organise/answers/letters/print/")
@requires("letters.send")
def letters_to_print() -> str:
    """Show the letters to authors without an address: those that wait to be printed, or those that were."""
    printed, after = request.args.get("printed") == "yes", request.args.get("after", "")[:40]
    rows = letters_on_paper(
        consultation().id, _readable(), printed=printed, after=after, limit=PAGE + 1, bounced=comes_back()
    )
    return render_template(
        "organise/letters_print.html",
        rows=rows[:PAGE],
        older=url_for("organise.letters_to_print", printed="yes" if printed else None, after=rows[PAGE - 1].number)
        if len(rows) > PAGE
        else None,
        printed=printed,
        paper=count_on_paper(consultation().id, _readable(), bounced=comes_back()),
        most=PAGE,
        language_name=language_name,
    )


@blueprint.route("/c/<slug>/organise/answers/letters/print/all/", methods=["GET", "POST"])
@requires("letters.send")
def print_letters() -> str | Response | tuple[str, int]:
    """Show the next letters on one page, each on a sheet of its own; a POST says that they were printed."""
    here, form = consultation(), PrintedForm()
    if form.validate_on_submit():
        try:
            count = mark_printed(form.t.data or (), consultation=here, actor=actor(), bounced=comes_back())
            flash(
                say(NN_("%(count)s letter is marked as printed.", "%(count)s letters are marked as printed.", count)),
                "ok",
            )
            return redirect(url_for("organise.letters_to_print"), 303)
        except Rejected as refused:
            form.take(refused)
    found, words = letters_on_paper(here.id, _readable(), printed=False, bounced=comes_back()), words_of(here.id)
    rows = [(submission_by_number(here.id, one.number), one.reads) for one in found]
    page = render_template(
        "organise/letters_sheets.html",
        form=form,
        numbers=[one.number for one in found],
        left=count_on_paper(here.id, _readable(), bounced=comes_back()).waiting - len(found),
        sheets=[_sheet(row, reads, words) for row, reads in rows if row is not None],
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/c/<slug>/organise/answers/letters/<number>/")
@requires("letters.send")
def answer_letter(number: str) -> str:
    """Show one letter, to be printed, in the language its author reads."""
    row = submission_by_number(consultation().id, number)
    if row is None or row.state == SubmissionState.WITHDRAWN or not allowed(actor(), "submission.read", row):
        raise NotFound
    member = None if row.member_id is None else session.get_one(Member, row.member_id)
    code = row.language if member is None else session.get_one(Person, member.person_id).language
    return render_template("organise/answer_letter.html", sheet=_sheet(row, code))
