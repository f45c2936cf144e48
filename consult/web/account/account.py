"""One's own account: name and language, where one takes part, password."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import PasswordField

from consult.accounts.access import ROLE_LABELS, Held, Role
from consult.accounts.people import PersonDraft
from consult.accounts.queries import person
from consult.accounts.roles import grants_held
from consult.accounts.services import set_password
from consult.accounts.signing_in.passwords import PasswordDraft, asks_present_password
from consult.coding.queries import desks_of
from consult.consultations.own_names import renames_in_public, stands_in
from consult.consultations.queries import staff_consultations
from consult.consultations.services import change_details as change_own_details
from consult.errors import Rejected, TooManyTries
from consult.i18n import LANGUAGES, N_
from consult.peer_review.queries import review_desks
from consult.runtime import runtime
from consult.testimony.queries import reading_desks
from consult.web.account.blueprint import blueprint
from consult.web.account.landing import me
from consult.web.forms import L_, Form, RadioField, StringField, clean_line, required, say
from consult.web.guards import requires
from consult.web.parts import part_label
from consult.web.proof import recently_proven
from consult.web.role_desks import desk_of
from consult.web.visitor import actor


class DetailsForm(Form):
    """Name and language."""

    name = StringField(
        L_("Your name"),
        [required(N_("Write the name."))],
        description=L_("As it should stand beside what you do here."),
        filters=[clean_line],
    )
    language = RadioField(
        L_("Language of letters to you"), choices={code: language.name for code, language in LANGUAGES.items()}
    )


class PasswordForm(Form):
    """The present password, where it is asked for, and a new one."""

    present = PasswordField(L_("Present password"))
    new = PasswordField(
        L_("New password"),
        [required(N_("Write a password."))],
        description=L_("At least 12 characters; a sentence works well."),
    )


@blueprint.get("/account")
@requires("account.use")
def account() -> str:
    """Show the account: who, and where one takes part."""
    viewer, hooks, grants = actor(), runtime().hooks, grants_held(me())
    here = [one.consultation for one in viewer.memberships] + [
        one.consultation_id for one in grants if one.consultation_id
    ]
    known = {one.id: one for one in staff_consultations(here)}
    coding, reviewing, reading = (staff_consultations(of(me())) for of in (desks_of, review_desks, reading_desks))
    parts = [
        (known[m.consultation], track.label if (track := hooks.track(m.track)) else m.track)
        for m in viewer.memberships
        if m.consultation in known
    ]
    roles = []
    for one in grants:
        held = Held(Role(one.role), one.consultation_id, one.track, one.session_id)
        where = known[one.consultation_id] if one.consultation_id else None
        roles.append((ROLE_LABELS[held.role], where, part_label(held), one.last_moment, desk_of(held)))
    return render_template(
        "account/account.html",
        person=person(me()),
        parts=parts,
        roles=roles,
        desks=coding,
        review_desks=reviewing,
        reading_desks=reading,
        languages=LANGUAGES,
    )


@blueprint.get("/account/details")
@requires("account.use")
def details() -> str:
    """Show the form for name and language, and where the name stands in public."""
    now = person(me())
    return _details_page(DetailsForm(name=now.name, language=now.language))


def _details_page(form: DetailsForm) -> str:
    return render_template("account/details.html", form=form, places=[names for _, names in stands_in(me())])


def _grave() -> bool:
    return renames_in_public(request.form.get("name", ""), me())


@blueprint.post("/account/details")
@requires("account.use")
@recently_proven(when=_grave)
def change_details() -> Response | tuple[str, int]:
    """Change name and language."""
    form = DetailsForm()
    if not form.validate_on_submit():
        return _details_page(form), 422
    try:
        change_own_details(PersonDraft(form.name.data or "", language=form.language.data), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _details_page(form), 422
    flash(say(N_("Saved.")), "ok")
    return redirect(url_for("account.account"), 303)


def _password_page(form: PasswordForm) -> str:
    asks = asks_present_password(person(me()), actor())
    return render_template("account/password.html", form=form, asks_present=asks)


@blueprint.get("/account/password")
@requires("account.use")
@recently_proven()
def password() -> str:
    """Show the form for a password."""
    return _password_page(PasswordForm())


@blueprint.post("/account/password")
@requires("account.use")
@recently_proven()
def change_password() -> Response | tuple[str, int]:
    """Set or change the password; every other device is signed out."""
    form = PasswordForm()
    if not form.validate_on_submit():
        return _password_page(form), 422
    try:
        set_password(PasswordDraft(form.new.data or "", form.present.data or ""), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _password_page(form), 422
    except TooManyTries as waiting:
        form.problems.append(say(waiting.message))
        return _password_page(form), 429
    flash(say(N_("Your password is set. Every other device was signed out.")), "ok")
    return redirect(url_for("account.security"), 303)
