"""Applying for a body to take part, and the page that the body is given: where it stands, what it can do."""

from __future__ import annotations

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult import clock
from consult.accounts.bodies.words import kind_label
from consult.accounts.people import PersonDraft
from consult.accounts.queries import person
from consult.consultations import services
from consult.consultations.accreditation.drafts import ApplicationDraft
from consult.consultations.accreditation.files import MEGABYTES, MOST_FILES, files_of
from consult.consultations.accreditation.models import Application
from consult.consultations.accreditation.queries import (
    has_ended,
    steps_of,
    token_of,
    tracks_to_apply,
)
from consult.consultations.accreditation.states import CLOSED, ENDED_LABEL, STATE_LABELS, ApplicationState, may_become
from consult.consultations.accreditation.terms import appeal_until
from consult.errors import Conflict, Rejected, TooManyTries
from consult.i18n import LANGUAGES, N_, Message
from consult.submissions.tracks import track_label
from consult.web.forms import (
    L_,
    BooleanField,
    Form,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    clean_line,
    clean_text,
    required,
    say,
)
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.public.accreditation_address import keep_application, waiting_of, waiting_page
from consult.web.public.accreditation_files import ApplicationFileForm, application_of, file_facts, shown_files
from consult.web.public.blueprint import blueprint
from consult.web.security_log import note_refusal
from consult.web.visitor import actor, consultation

TAGS = {
    "applied": "wait",
    "appealed": "wait",
    "returned": "ret",
    "accepted": "ok",
    "refused": "no",
    "refused_finally": "no",
    "revoked": "no",
}


class ApplicationForm(Form):
    """What a body says when it applies."""

    track = RadioField(L_("Track"), [required(N_("Choose one of the answers."))], validate_choice=False)
    name = StringField(L_("Name of the body"), [required(N_("Write the name of the body."))], filters=[clean_line])
    kind = SelectField(L_("Kind of body"), validate_choice=False)
    mandate = TextAreaField(L_("What it is charged with"), filters=[clean_text])
    legal_basis = TextAreaField(
        L_("Legal basis"), description=L_("The law, decision or statute, with number and year."), filters=[clean_text]
    )
    documents = TextAreaField(
        L_("Documents"),
        description=L_(
            "Addresses of pages, or references: one a line. Files are added on the next page, once your e-mail address is confirmed."
        ),
        filters=[clean_text],
    )
    contact = StringField(L_("Whom we write to"), [required(N_("Write the name."))], filters=[clean_line])
    email = StringField(
        L_("E-mail address"),
        [required(N_("Write an e-mail address, for example name@example.org."))],
        description=L_(
            "A letter with a link goes there: nobody reads the application before you open it. So do its news, and the invitation if it is accepted."
        ),
        filters=[clean_line],
        render_kw={"type": "email", "spellcheck": "false"},
    )
    language = RadioField(
        L_("Language of letters"), choices={code: language.name for code, language in LANGUAGES.items()}
    )
    withheld = BooleanField(
        L_("Keep the name of the body and of whoever takes part from the public"),
        description=L_("Only in tracks in which names may be withheld. Accreditors read it all the same."),
    )

    def offer(self) -> None:
        """Offer the tracks that are open to applications, and the kinds of body that belong to them."""
        tracks = tracks_to_apply(consultation())
        self.track.choices = [(track.key, say(track.label)) for track in tracks]
        kinds = dict.fromkeys(kind for track in tracks for kind in track.body_kinds)
        self.kind.choices = [("", say(N_("Choose"))), *((kind, say(kind_label(kind))) for kind in kinds)]

    def draft(self) -> ApplicationDraft:
        """Return what was typed."""
        return ApplicationDraft(
            self.track.data or "",
            self.name.data or "",
            self.kind.data or "",
            PersonDraft(self.contact.data or "", self.email.data or "", self.language.data or "ar"),
            self.mandate.data or "",
            self.legal_basis.data or "",
            self.documents.data or "",
            bool(self.withheld.data),
        )


class AppealForm(Form):
    """Why a refusal, or taking an accreditation back, was wrong."""

    reason = TextAreaField(
        L_("Why it was wrong"), description=L_("Another accreditor reads it and decides."), filters=[clean_text]
    )


def _form(row: Application | None = None) -> ApplicationForm:
    if row is None:
        form = ApplicationForm(language=current_language().code)
    else:
        form = ApplicationForm(obj=row)
        form.email.validators, form.email.data = [], None
    form.offer()
    return form


@blueprint.route("/c/<slug>/accreditation/", methods=["GET", "POST"])
@requires("accreditation.apply")
def apply_for_body() -> str | Response | tuple[str, int]:
    """Show the form, and take an application; whoever applied is led to its page."""
    form = _form()
    if not form.is_submitted():
        return _apply_page(form)
    status = 422
    if form.validate():
        try:
            here, origin = consultation(), request.remote_addr or ""
            made = services.ask_to_apply(form.draft(), consultation=here, origin=origin, actor=actor())
        except Rejected as refused:
            form.take(refused)
        except Conflict as closed:
            form.problems.append(say(closed.message))
            status = 409
        except TooManyTries as waiting:
            note_refusal("too many tries")
            form.problems.append(say(waiting.message))
            status = 429
        else:
            keep_application(made)
            flash(say(N_("The application is handed in. Keep the address of this page.")), "ok")
            return redirect(url_for("public.application", token=token_of(made)), 303)
    return _apply_page(form), status


def _apply_page(form: ApplicationForm) -> str:
    return render_template(
        "public/accreditation_apply.html",
        form=form,
        open=bool(form.track.choices),
        most_files=MOST_FILES,
        megabytes=MEGABYTES,
    )


def state_label(row: Application) -> Message:
    """Return how an application stands."""
    return ENDED_LABEL if has_ended(row) else STATE_LABELS[ApplicationState(row.state)]


def state_tag(row: Application) -> str:
    """Return the colour of how an application stands."""
    return "shut" if has_ended(row) else TAGS.get(row.state, "shut")


def _page(row: Application, form: ApplicationForm, appeal: AppealForm, status: int = 200) -> Response:
    state = ApplicationState(row.state)
    files, token = files_of(row.id), token_of(row.id)
    page = render_template(
        "public/accreditation.html",
        row=row,
        token=token,
        files=shown_files(files, lambda one: url_for("public.application_file", token=token, file=one)),
        file_facts=file_facts(row, files),
        file_form=ApplicationFileForm(formdata=None),
        label=state_label(row),
        tag=state_tag(row),
        track=track_label(row.track),
        kind=kind_label(row.kind),
        steps=[(STATE_LABELS[ApplicationState(step.state)], step) for step in steps_of(row.id)],
        form=form,
        appeal=appeal,
        may={other.value: may_become(state, other) for other in ApplicationState},
        appeal_until=appeal_until(row) if may_become(state, ApplicationState.APPEALED) else None,
        now=clock.now(),
        over=has_ended(row) or state in CLOSED,
    )
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/c/<slug>/accreditation/<token>/")
@requires("accreditation.apply")
def application(token: str) -> Response:
    """Show an application to whoever has its address, also while its e-mail address is not confirmed."""
    if (waiting := waiting_of(token)) is not None:
        return waiting_page(waiting)
    row = application_of(token)
    return _page(row, _form(row), AppealForm(formdata=None))


@blueprint.post("/c/<slug>/accreditation/<token>/")
@requires("accreditation.apply")
def change_application(token: str) -> Response:
    """Correct, appeal or withdraw, by the button that was pressed."""
    row, act = application_of(token), request.form.get("act", "")
    if act not in ("correct", "appeal", "withdraw"):
        abort(400)
    form, appeal = _form(row), AppealForm()
    tried: Form = form if act == "correct" else appeal
    try:
        if not tried.validate():
            return _page(row, form, appeal, 422)
        if act == "correct":
            services.correct(_corrected(form, row), application=row, actor=actor())
        elif act == "appeal":
            services.appeal(appeal.reason.data or "", application=row, actor=actor())
        else:
            services.withdraw(application=row, actor=actor())
    except Rejected as refused:
        tried.take(refused)
        return _page(row, form, appeal, 422)
    flash(say(N_("It is recorded, and the accreditors see it.")), "ok")
    return redirect(url_for("public.application", token=token), 303)


def _corrected(form: ApplicationForm, row: Application) -> ApplicationDraft:
    """Return what was corrected; track and address stay as they were."""
    form.track.data, form.email.data = row.track, person(row.person_id).email
    return form.draft()
