"""The accreditor's desk: what waits, and one application with its decision."""

from __future__ import annotations

import uuid
from datetime import datetime, time
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import SelectMultipleField

from consult import clock
from consult.accounts.bodies.words import kind_label
from consult.accounts.clauses import permitted
from consult.accounts.queries import bodies, person
from consult.accounts.separation import may_decide_appeal
from consult.consultations import services
from consult.consultations.accreditation.files import file_of, files_of
from consult.consultations.accreditation.models import Application
from consult.consultations.accreditation.queries import (
    application_by_number,
    applications,
    steps_of,
)
from consult.consultations.accreditation.services import Decision
from consult.consultations.accreditation.states import DECISIONS, STATE_LABELS, ApplicationState
from consult.consultations.accreditation.steps import MOVED_ON
from consult.consultations.queries import topics_of
from consult.errors import Conflict, Problem, Rejected
from consult.i18n import LANGUAGES, N_, Message
from consult.submissions.tracks import track_label
from consult.typed_numbers import as_number
from consult.web.facilitate.blueprint import blueprint
from consult.web.formats import zone
from consult.web.forms import (
    L_,
    DayField,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    TextAreaField,
    clean_text,
    say,
)
from consult.web.guards import requires, visible
from consult.web.language import current_language
from consult.web.proof import IN_THE_HALL, posted, recently_proven
from consult.web.public.accreditation import state_label, state_tag
from consult.web.public.accreditation_files import served_application_file, shown_files
from consult.web.visitor import actor, consultation

CHOICES: dict[ApplicationState, Message] = {
    ApplicationState.ACCEPTED: N_("Accept until a date"),
    ApplicationState.RETURNED: N_("Return to be corrected"),
    ApplicationState.REFUSED: N_("Refuse"),
    ApplicationState.REFUSED_FINALLY: N_("Refuse on appeal"),
    ApplicationState.REVOKED: N_("Take the accreditation back"),
}
EXTEND = N_("Let it last until another date")


class DecisionForm(Form):
    """A decision on an application."""

    decision = RadioField(L_("Your decision"), validate_choice=False)
    until = DayField(L_("Accredited until (last day)"), description=L_("To accept."))
    body = SelectField(L_("Body of the register"), validate_choice=False, description=L_("To accept."))
    topics = SelectMultipleField(
        L_("Topics of its mandate"),
        validate_choice=False,
        description=L_(
            "To accept. Mandate and legal basis go into the register, with the application as their source."
        ),
    )
    reason = TextAreaField(
        L_("To the body"),
        description=L_(
            "What is missing or why not; to accept, in a few words, what you relied on. The body reads it, and nobody else but accreditors."
        ),
        filters=[clean_text],
    )
    language = SelectField(L_("Language of the reason"), validate_choice=False)
    seen = HiddenField()

    offered: tuple[str, ...] = ()

    @property
    def steps(self) -> int | None:
        """After how many steps the application stood on the page that was answered; None where the page says nothing of it."""
        return as_number(self.seen.data, None)

    def offer(self, row: Application) -> None:
        """Offer what may be decided, and the bodies of the register that are called so."""
        state = ApplicationState(row.state)
        self.offered = tuple(DECISIONS.get(state, ()))
        self.decision.choices = [(one, say(CHOICES[ApplicationState(one)])) for one in self.offered]
        if state == ApplicationState.ACCEPTED:
            self.decision.choices[0] = (ApplicationState.ACCEPTED, say(EXTEND))
            self.until.description = say(N_("To extend or to shorten."))
        self.language.choices = [(code, language.name) for code, language in LANGUAGES.items()]
        if row.withheld or state == ApplicationState.ACCEPTED:
            del self.topics
        else:
            self.topics.choices = [(one.slug, say(one.names)) for one in topics_of(row.consultation_id)]
        if row.body_id is not None:
            del self.body
            return
        known = bodies(kinds=[row.kind], text=row.name, limit=20).lines
        new = [("", say(N_("A new one, as the application names it")))]
        self.body.choices = new + [(one.key, f"{say(one.names)} ({one.key})") for one in known]

    def drafted(self) -> Decision:
        """Return what was decided. Raises Rejected for a day that is none or an answer that was not offered."""
        if self.decision.data not in self.offered:
            raise Rejected(N_("Choose what you decide."), field="decision")
        day = self.until.day
        end = datetime.combine(day, time(23, 59, 59), zone(consultation().timezone)) if day else None
        state = ApplicationState(self.decision.data or "")
        body = self.body.data or "" if "body" in self else ""
        topics = self.topics.data or () if "topics" in self else ()
        return Decision(state, self.reason.data or "", self.language.data or "", end, body, tuple(topics), self.steps)


@blueprint.get("/c/<slug>/facilitate/accreditation/")
@requires("accreditation.decide")
def accreditations() -> str:
    """Show what waits for a decision, the oldest first, or what was decided."""
    here, waiting = consultation().id, request.args.get("which") != "decided"
    after = request.args.get("after", 0, int)
    rows, more = applications(here, permitted(actor(), "accreditation.decide", here), waiting=waiting, after=after)
    return render_template(
        "facilitate/accreditations.html",
        rows=[(row, state_label(row), state_tag(row)) for row in rows],
        waiting=waiting,
        next=url_for("facilitate.accreditations", which=None if waiting else "decided", after=more) if more else None,
        track_label=track_label,
        kind_label=kind_label,
    )


@blueprint.get("/c/<slug>/facilitate/accreditation/<int:number>/files/<uuid:file>/")
@requires("accreditation.decide")
def accreditation_file(number: int, file: uuid.UUID) -> Response:
    """Give an accreditor a file of an application."""
    row: Application = visible("accreditation.decide", application_by_number(consultation().id, number))
    return served_application_file(file_of(row.id, file))


@blueprint.route("/c/<slug>/facilitate/accreditation/<int:number>/", methods=["GET", "POST"])
@requires("accreditation.decide")
@recently_proven(IN_THE_HALL, when=posted)
def accreditation(number: int) -> str | Response | tuple[str, int]:
    """Show one application, and take the decision on it."""
    row: Application = visible("accreditation.decide", application_by_number(consultation().id, number))
    form = DecisionForm(language=current_language().code)
    form.offer(row)
    if not form.is_submitted():
        return _page(row, form)
    try:
        if form.steps not in (None, len(steps_of(row.id))):  # before what is offered by now is compared with what was
            raise Conflict(MOVED_ON)
        with form.whole():
            services.decide(form.drafted(), application=row, actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _page(row, form), 422
    except Conflict as overtaken:
        form.add(Problem("", overtaken.message))
        return _page(row, form), 409
    flash(say(N_("Recorded. The body is told by mail that there is something to read.")), "ok")
    return redirect(url_for("facilitate.accreditations"), 303)


def _page(row: Application, form: DecisionForm) -> str:
    steps = steps_of(row.id)
    form.seen.data = str(len(steps))
    shown: dict[str, Any] = {
        "row": row,
        "files": shown_files(
            files_of(row.id), lambda one: url_for("facilitate.accreditation_file", number=row.number, file=one)
        ),
        "form": form,
        "state": (state_label(row), state_tag(row)),
        "email": person(row.person_id).email,
        "track": track_label(row.track),
        "kind": kind_label(row.kind),
        "steps": [(STATE_LABELS[ApplicationState(step.state)], step) for step in steps],
        "may_decide": row.state != ApplicationState.APPEALED
        or may_decide_appeal(actor().person, [step.by for step in steps if step.by]),
        "now": clock.now(),
    }
    return render_template("facilitate/accreditation.html", **shown)
