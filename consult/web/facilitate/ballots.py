"""Conducting ballots: the list, one ballot with its roll and turnout, and the acts that ask once more."""

from __future__ import annotations

from dataclasses import dataclass

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms.validators import Optional

from consult.accounts.access import allowed
from consult.accounts.clauses import permitted
from consult.ballots.models import Ballot
from consult.ballots.parts import parts_missing
from consult.ballots.queries import (
    ListedBallot,
    ballot_by_number,
    ballots_page,
    next_round_of,
    roll_of,
    rules_for,
    turnout,
)
from consult.ballots.roll import Roll, make_roll
from consult.ballots.rules import DecisionRule, Outcome, find_rule
from consult.ballots.rules.words import outcome_label
from consult.ballots.services import NextRound, Ruling, annul, close_ballot, open_ballot, prepare_next_round
from consult.ballots.states import BallotState
from consult.consultations.names import PublicName, public_names
from consult.consultations.phases import Right, is_open
from consult.errors import Rejected
from consult.i18n import LANGUAGES, N_, Localized, Message
from consult.paging import Page
from consult.sessions.models import Session
from consult.sessions.queries import sessions_of
from consult.sessions.states import SessionState
from consult.web.conditional import conditional, fresh_for
from consult.web.decisions import BallotShown, ballot_mark, number_argument, shown
from consult.web.facilitate.blueprint import blueprint
from consult.web.forms import (
    L_,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    clean_line,
    clean_text,
    required,
    say,
    whole_numbers,
)
from consult.web.guards import requires, visible
from consult.web.language import current_language
from consult.web.proof import IN_THE_HALL, recently_proven
from consult.web.public.ballots import TURNOUT_SECONDS
from consult.web.visitor import actor, consultation


def _ballot(number: int) -> Ballot:
    row: Ballot = visible("ballot.prepare", ballot_by_number(consultation().id, number))
    return row


@blueprint.get("/c/<slug>/facilitate/ballots/")
@requires("ballot.list")
def ballots() -> str:
    """List the ballots, newest first, those that are only prepared too, as far as the visitor may read them."""
    here = consultation().id
    which = permitted(actor(), "ballot.read", here)
    page = ballots_page(here, which=which, below=number_argument("below"), above=number_argument("above"))
    return render_template(
        "facilitate/ballots.html",
        page=page,
        marks={row.number: ballot_mark(row.state, row.outcome) for row in page.rows},
        conducted=_conducted(page),
    )


def _conducted(page: Page[ListedBallot]) -> frozenset[int]:
    """Return the numbers of the ballots whose page for those who conduct them the visitor may open."""
    rows = [Ballot(consultation_id=consultation().id, session_id=row.session_id) for row in page.rows]
    may = [allowed(actor(), "ballot.prepare", row) for row in rows]
    return frozenset(row.number for row, yes in zip(page.rows, may, strict=True) if yes)


@dataclass(frozen=True, slots=True)
class Readiness:
    """The roll as it would be frozen now, whom a plugin keeps off it, and what stands in the way of opening."""

    roll: Roll
    kept_off: list[tuple[PublicName, list[Message]]]
    hindrances: list[Message]


def _readiness(row: Ballot) -> Readiness:
    rule = find_rule(row.rule_id, rules_for(row.consultation_id))
    roll = make_roll(row, rule, consultation())
    names = public_names(roll.kept_off)
    kept_off = [(names[member], [problem.message for problem in why]) for member, why in roll.kept_off.items()]
    return Readiness(roll, kept_off, list(_hindrances(row, rule, roll)))


def _hindrances(row: Ballot, rule: DecisionRule, roll: Roll) -> list[Message]:
    """Return, in words, what would make opening fail now."""
    found = []
    if not is_open(consultation().phases, Right.VOTE):
        found.append(N_("No phase opens voting now."))
    sitting = _session(row)
    if sitting is not None and sitting.state != SessionState.OPEN:
        found.append(N_("The session of this ballot is not sitting."))
    if not roll.voters and not rule.declared:
        found.append(N_("Nobody can vote: no seat has a holder who may vote under this rule now."))
    if parts_missing(rule, roll.electorate):
        found.append(
            N_("This rule counts parts of the seats apart, and the seats of this consultation are not divided so.")
        )
    return found


def _session(row: Ballot) -> Session | None:
    return next((s for s in sessions_of(row.consultation_id) if s.id == row.session_id), None)


@blueprint.get("/c/<slug>/facilitate/ballots/<int:number>/")
@conditional
@requires("ballot.list")
def ballot(number: int) -> str:
    """Show a ballot to those who conduct it: readiness before, turnout while it is open, the way on afterwards."""
    row = _ballot(number)
    if row.state == BallotState.OPEN:
        fresh_for(TURNOUT_SECONDS)
    goes_on = row.state == BallotState.CLOSED and row.result is not None and row.result["outcome"] == Outcome.NEXT_ROUND
    return render_template(
        "facilitate/ballot.html",
        ballot=shown(row),
        readiness=_readiness(row) if row.state == BallotState.PREPARED else None,
        turnout=turnout(row.id) if row.state == BallotState.OPEN else None,
        roll=roll_of(row) if row.state != BallotState.PREPARED else (),
        sitting=_session(row),
        goes_on=goes_on and next_round_of(row.id) is None,
    )


@blueprint.route("/c/<slug>/facilitate/ballots/<int:number>/open/", methods=["GET", "POST"])
@requires("ballot.conduct")
@recently_proven(IN_THE_HALL)
def ballot_open(number: int) -> str | Response:
    """Ask once more, then open the ballot."""
    row, form = _ballot(number), Form()
    if form.validate_on_submit():
        open_ballot(row, actor=actor())
        flash(say(N_("Ballot %(number)s is open.", number=number)), "ok")
        return redirect(url_for("facilitate.ballot", number=number), 303)
    readiness = _readiness(row) if row.state == BallotState.PREPARED else None
    return render_template("facilitate/ballot_open.html", ballot=shown(row), readiness=readiness)


class ClosingForm(Form):
    """What is declared at the closing, under a rule without arithmetic."""

    outcome = RadioField(L_("What is declared"), validators=[required(N_("Choose what is declared."))])
    reasons = TextAreaField(
        L_("Reasons"),
        filters=[clean_text],
        validators=[required(N_("Write the reasons: under this rule they are part of the result."))],
    )
    language = SelectField(L_("The language you wrote in"))
    dissents = IntegerField(L_("Dissents on record"), default=0, validators=[Optional(), whole_numbers(0, 100_000)])


@blueprint.route("/c/<slug>/facilitate/ballots/<int:number>/close/", methods=["GET", "POST"])
@requires("ballot.conduct")
@recently_proven(IN_THE_HALL)
def ballot_close(number: int) -> str | Response | tuple[str, int]:
    """Ask once more, then close the ballot and count it."""
    row = _ballot(number)
    paper = shown(row)
    form = _closing_form(paper)
    if form.is_submitted() and form.validate():
        try:
            close_ballot(row, actor=actor(), ruling=_ruling(form))
        except Rejected as error:
            form.take(error)
        else:
            flash(say(N_("Ballot %(number)s is closed and counted.", number=number)), "ok")
            return redirect(url_for("public.ballot", number=number), 303)
    return _closing_page(paper, form), 422 if form.is_submitted() else 200


def _closing_form(paper: BallotShown) -> Form:
    if not paper.rule.declared:
        return Form()
    form = ClosingForm(language=current_language().code)
    form.outcome.choices = [(ruling.value, say(outcome_label(ruling))) for ruling in paper.rule.rulings]
    form.language.choices = [(code, language.name) for code, language in LANGUAGES.items()]
    return form


def _ruling(form: Form) -> Ruling | None:
    if not isinstance(form, ClosingForm):
        return None
    return Ruling(Outcome(form.outcome.data), form.reasons.data or "", form.language.data, form.dissents.data or 0)


def _closing_page(paper: BallotShown, form: Form) -> str:
    return render_template(
        "facilitate/ballot_close.html",
        ballot=paper,
        form=form,
        turnout=turnout(paper.row.id) if paper.row.state == BallotState.OPEN else None,
    )


class AnnulmentForm(Form):
    """Why a ballot is annulled."""

    reason = TextAreaField(
        L_("Why is it annulled?"),
        description=L_("The reason is published on the page of the ballot."),
        filters=[clean_text],
        validators=[required(N_("Say why the ballot is annulled: the reason is published."))],
    )
    language = SelectField(L_("The language you wrote in"))


@blueprint.route("/c/<slug>/facilitate/ballots/<int:number>/annul/", methods=["GET", "POST"])
@requires("ballot.conduct")
@recently_proven(IN_THE_HALL)
def ballot_annul(number: int) -> str | Response | tuple[str, int]:
    """Take the reason, then annul the ballot."""
    row = _ballot(number)
    form = AnnulmentForm(language=current_language().code)
    form.language.choices = [(code, language.name) for code, language in LANGUAGES.items()]
    if form.validate_on_submit():
        try:
            annul(row, form.reason.data or "", language=form.language.data, actor=actor())
        except Rejected as error:
            form.take(error)
        else:
            flash(say(N_("Ballot %(number)s was annulled.", number=number)), "ok")
            return redirect(url_for("facilitate.ballot", number=number), 303)
    page = render_template("facilitate/ballot_annul.html", ballot=shown(row), form=form)
    return page, 422 if form.is_submitted() else 200


class NextRoundForm(Form):
    """The next round: its question, if it is another one, and the session it is held in."""

    question_ar = StringField(L_("The question in Arabic"), filters=[clean_line])
    question_en = StringField(L_("The question in English"), filters=[clean_line])
    question_fr = StringField(L_("The question in French"), filters=[clean_line])
    session = SelectField(L_("Session"))


@blueprint.route("/c/<slug>/facilitate/ballots/<int:number>/next/", methods=["GET", "POST"])
@requires("ballot.list")
def ballot_next(number: int) -> str | Response | tuple[str, int]:
    """Prepare the next round under the rule that follows, with the options that qualified."""
    row = _ballot(number)
    sittings = [s for s in sessions_of(row.consultation_id) if s.state != SessionState.CLOSED]
    form = NextRoundForm(
        session=str(row.session_id or ""), **{f"question_{code}": row.questions.get(code, "") for code in LANGUAGES}
    )
    form.session.choices = [("", say(N_("Outside a session"))), *((str(s.id), say(s.names)) for s in sittings)]
    if form.validate_on_submit():
        questions = Localized({code: form[f"question_{code}"].data or "" for code in LANGUAGES})
        sitting = next((s.id for s in sittings if str(s.id) == form.session.data), None)
        try:
            made = prepare_next_round(row, NextRound(questions, sitting), actor=actor())
        except Rejected as error:
            form.take(error)
        else:
            flash(say(N_("The next round is prepared. Open it when you are ready.")), "ok")
            return redirect(url_for("facilitate.ballot", number=made.number), 303)
    page = render_template("facilitate/ballot_next.html", ballot=shown(row), form=form)
    return page, 422 if form.is_submitted() else 200
