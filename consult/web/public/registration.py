"""Registering as a person: the form, the word that a letter is on its way, and the page behind the mailed link."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.people import PersonDraft
from consult.consent.queries import asked_in
from consult.consent.uses import USES
from consult.consultations.accreditation.queries import tracks_to_apply
from consult.consultations.registration import RegistrationDraft, registration_of, tracks_to_register
from consult.consultations.services import ask_to_register, confirm_registration
from consult.errors import Conflict, LinkSpent, Rejected, TooManyTries
from consult.i18n import LANGUAGES, N_
from consult.submissions.drafting.begun import begun_text, may_begin
from consult.submissions.tracks import track_label
from consult.web.account.invitation import InvitationForm
from consult.web.account.landing import signed_in
from consult.web.forms import L_, BooleanField, Form, RadioField, StringField, clean_line, required, say
from consult.web.guards import requires
from consult.web.joining import take_agreed
from consult.web.language import current_language
from consult.web.problems import error_page
from consult.web.public.blueprint import blueprint
from consult.web.security_log import note_refusal
from consult.web.visitor import actor, begun_token, consultation, device


class RegistrationForm(Form):
    """Who wants to take part, and in which track."""

    track = RadioField(L_("Track"), [required(N_("Choose one of the answers."))], validate_choice=False)
    name = StringField(
        L_("Your name"),
        [required(N_("Write the name."))],
        description=L_("As it should stand beside what you do here."),
        filters=[clean_line],
    )
    email = StringField(
        L_("E-mail address"),
        [required(N_("Write an e-mail address, for example name@example.org."))],
        description=L_("A letter goes there. You take part when you have pressed the button in it."),
        filters=[clean_line],
        render_kw={"type": "email", "spellcheck": "false"},
    )
    language = RadioField(
        L_("Language of letters to you"), choices={code: language.name for code, language in LANGUAGES.items()}
    )
    withheld = BooleanField(
        L_("Keep my name from the public"),
        description=L_("No page, letter, export or document tells it; only your number is shown."),
    )

    def offer(self) -> None:
        """Offer the tracks that are open to persons."""
        tracks = tracks_to_register(consultation())
        self.track.choices = [(track.key, say(track.label)) for track in tracks]
        if not any(track.may_withhold_name for track in tracks):
            del self.withheld
        elif not all(track.may_withhold_name for track in tracks):
            self.withheld.description = say(N_("Only in tracks in which names may be withheld."))

    def draft(self) -> RegistrationDraft:
        """Return what was typed."""
        person = PersonDraft(self.name.data or "", self.email.data or "", self.language.data or "")
        return RegistrationDraft(person, self.track.data or "", bool("withheld" in self and self.withheld.data))


def _page(form: RegistrationForm, status: int = 200) -> tuple[str, int]:
    bodies = bool(tracks_to_apply(consultation()))
    page = render_template(
        "public/register_person.html",
        form=form,
        open=bool(form.track.choices),
        bodies=bodies,
        begins=may_begin(consultation()),
    )
    return page, status


@blueprint.route("/c/<slug>/register/", methods=["GET", "POST"])
@requires("registration.ask")
def register_person() -> Response | tuple[str, int]:
    """Show the form, and note who wants to take part; what follows looks the same for everybody."""
    form = RegistrationForm(language=current_language().code)
    form.offer()
    if not form.is_submitted():
        if len(only := tracks_to_register(consultation())) == 1:
            form.track.data = only[0].key
        return _page(form)
    if not form.validate():
        return _page(form, 422)
    try:
        ask_to_register(form.draft(), consultation=consultation(), origin=request.remote_addr or "", actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _page(form, 422)
    except Conflict as closed:
        form.problems.append(say(closed.message))
        return _page(form, 409)
    except TooManyTries as waiting:
        note_refusal("too many tries")
        form.problems.append(say(waiting.message))
        return _page(form, 429)
    return redirect(url_for("public.register_sent"), 303)


@blueprint.get("/c/<slug>/register/sent/")
@requires("registration.ask")
def register_sent() -> str:
    """Say that a letter is on its way."""
    return render_template("public/register_sent.html")


@blueprint.get("/c/<slug>/register/<token>/")
@requires("registration.ask")
def registration(token: str) -> Response | tuple[str, int]:
    """Show what the link does; nothing is used up."""
    try:
        row = registration_of(consultation().id, token)
    except LinkSpent:
        return _spent()
    page = render_template(
        "public/register_confirm.html",
        form=InvitationForm(),
        token=token,
        row=row,
        track=track_label(row.track),
        asks=asked_in([consultation().id]),
        uses=USES,
    )
    response: Response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.post("/c/<slug>/register/<token>/")
@requires("registration.ask")
def confirm_part(token: str) -> Response | tuple[str, int]:
    """Take part, and be signed in."""
    shared = bool(InvitationForm().shared.data)
    try:
        opened = confirm_registration(token, consultation=consultation(), actor=actor(), shared=shared, device=device())
    except LinkSpent:
        return _spent()
    answer = signed_in(opened, url_for("take_part.write") if begun_text(begun_token(), consultation().id) else None)
    take_agreed(opened, [consultation().id])
    return answer


def _spent() -> tuple[str, int]:
    note_refusal("link spent")
    return error_page(410, N_("This link has been used, or a day has passed. Register again, or sign in."))
