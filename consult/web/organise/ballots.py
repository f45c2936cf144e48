"""Preparing a ballot: what is asked, under which rule, on which recommendation, in which session."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import FieldList, FormField
from wtforms import Form as PlainForm
from wtforms.validators import Optional

from consult.ballots import services
from consult.ballots.choices import OPTION_LIMIT, Option
from consult.ballots.custom_rules import rules_for
from consult.ballots.services import Backing, BallotDraft
from consult.ballots.states import BALLOT_KIND_LABELS, BallotKind
from consult.errors import Rejected
from consult.i18n import LANGUAGES, N_, Localized, translate
from consult.recommendations.queries import ListedRecommendation, votable_recommendations
from consult.sessions.queries import sessions_of
from consult.sessions.states import SessionState
from consult.web.decisions import number_argument
from consult.web.forms import (
    L_,
    Form,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    clean_line,
    say,
    whole_numbers,
)
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.visitor import actor, consultation

#: Options offered at first; more are offered on request.
FIRST_OPTIONS, MORE_OPTIONS = 3, 3


class OptionForm(PlainForm):
    """The names of one option."""

    ar = StringField(L_("Arabic"), filters=[clean_line])
    en = StringField(L_("English"), filters=[clean_line])
    fr = StringField(L_("French"), filters=[clean_line])


class BallotForm(Form):
    """A ballot to prepare."""

    kind = RadioField(L_("What is voted on"))
    recommendation = SelectField(L_("Recommendation"))
    question_ar = StringField(L_("The question in Arabic"), filters=[clean_line])
    question_en = StringField(L_("The question in English"), filters=[clean_line])
    question_fr = StringField(L_("The question in French"), filters=[clean_line])
    rule = SelectField(L_("Decision rule"))
    session = SelectField(L_("Session"))
    options = FieldList(FormField(OptionForm), max_entries=OPTION_LIMIT)
    endorsements = IntegerField(L_("Endorsements before the vote"), validators=[Optional(), whole_numbers(0, 100_000)])
    components = IntegerField(L_("Components that back it"), validators=[Optional(), whole_numbers(0, 1000)])

    def offer_options(self, count: int) -> None:
        """Offer empty options below."""
        for _ in range(count):
            if len(self.options) < OPTION_LIMIT:
                self.options.append_entry()

    def at(self, field: str) -> str:
        """Put what is wrong with the options in the summary: it belongs to all of them."""
        return "" if field == "options" else super().at(field)


@blueprint.route("/c/<slug>/organise/ballots/new/", methods=["GET", "POST"])
@requires("ballot.prepare")
def prepare_ballot() -> str | Response | tuple[str, int]:
    """Prepare a ballot; the moderator opens it from its page."""
    found = votable_recommendations(consultation().id)
    form = _form(found)
    more = request.form.get("then") == "more"
    if form.is_submitted() and not more and form.validate():
        try:
            row = services.prepare_ballot(_draft(form, found), consultation=consultation(), actor=actor())
        except Rejected as error:
            form.take(error)
        else:
            flash(say(N_("Ballot %(number)s is prepared.", number=row.number)), "ok")
            return redirect(url_for("facilitate.ballot", number=row.number), 303)
    form.offer_options(MORE_OPTIONS if more else max(0, FIRST_OPTIONS - len(form.options)))
    page = render_template("organise/ballot_new.html", form=form, most=OPTION_LIMIT)
    return page, 422 if form.is_submitted() and not more else 200


def _form(found: Sequence[ListedRecommendation]) -> BallotForm:
    chosen = number_argument("recommendation")
    kind = BallotKind.PROCEDURAL if chosen is None and not found else BallotKind.RECOMMENDATION
    form = BallotForm(
        kind=kind.value,
        recommendation=str(next((row.id for row in found if row.number == chosen), "")),
        session=request.args.get("session", ""),
    )
    form.kind.choices = [(kind.value, say(label)) for kind, label in BALLOT_KIND_LABELS.items()]
    form.recommendation.choices = [
        ("", say(N_("None"))),
        *((str(row.id), f"{row.number}. {say(row.titles)}") for row in found),
    ]
    known = rules_for(consultation().id)
    form.rule.choices = [
        ("", say(N_("The consultation's rule for this kind of ballot"))),
        *((key, f"{say(rule.name)} ({key})") for key, rule in known.items()),
    ]
    sittings = [s for s in sessions_of(consultation().id) if s.state != SessionState.CLOSED]
    form.session.choices = [("", say(N_("Outside a session"))), *((str(s.id), say(s.names)) for s in sittings)]
    return form


def _draft(form: BallotForm, found: Sequence[ListedRecommendation]) -> BallotDraft:
    kind = BallotKind(form.kind.data)
    row = next((r for r in found if str(r.id) == form.recommendation.data), None)
    options = tuple(
        Option("", names)
        for entry in form.options.entries
        if (names := Localized({code: entry.form[code].data or "" for code in LANGUAGES}))
    )
    return BallotDraft(
        kind=kind,
        rule=form.rule.data or consultation().rules.get(kind, ""),
        questions=_questions(form, row),
        recommendation=None if row is None else row.id,
        session=uuid.UUID(form.session.data) if form.session.data else None,
        options=options if kind is BallotKind.CHOICE else (),
        backing=Backing(form.endorsements.data, form.components.data),
    )


def _questions(form: BallotForm, row: ListedRecommendation | None) -> Localized:
    """Return the question as written, else whether the recommendation is adopted, in the languages of its title."""
    written = Localized({code: form[f"question_{code}"].data or "" for code in LANGUAGES})
    if written or row is None:
        return written
    asked = N_("Do you adopt recommendation %(number)s: %(title)s?", number=row.number, title=row.titles)
    return Localized({code: translate(asked, code) for code in row.titles})
