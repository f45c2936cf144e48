"""Roles: granted with an end date and a reason, and taken back with one."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult import clock
from consult.accounts.access import GUARDED_ROLES, ROLE_LABELS, Role
from consult.accounts.people import PersonDraft
from consult.accounts.roles import RoleDraft
from consult.accounts.services import grant_role, revoke_role
from consult.consultations.models import Consultation
from consult.consultations.queries import consultations, role_grants
from consult.errors import NotFound, Rejected
from consult.i18n import LANGUAGES, N_
from consult.sessions.queries import sessions_of
from consult.submissions.tracks import track_label
from consult.web.administer.blueprint import blueprint
from consult.web.formats import zone
from consult.web.forms import (
    L_,
    DayField,
    Form,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    clean_line,
    required,
    say,
)
from consult.web.guards import requires
from consult.web.proof import recently_proven
from consult.web.visitor import actor, settings

#: An end date without a consultation's clock is the end of that day in the country.
COUNTRY = "Africa/Tripoli"


#: How the choice of a part begins, after the consultation's id: `<id>/track/<key>`, `<id>/session/<id>`.
TRACK, SESSION = "track", "session"


def _places(row: Consultation) -> Iterator[tuple[str, str]]:
    """Give what a role may be for in a consultation: all of it, each track, each session."""
    name = say(row.names)
    yield str(row.id), name
    for track in row.tracks:
        yield f"{row.id}/{TRACK}/{track.key}", say(N_("%(whole)s: %(part)s", whole=name, part=track_label(track.key)))
    for sitting in sessions_of(row.id):
        yield f"{row.id}/{SESSION}/{sitting.id}", say(N_("%(whole)s: %(part)s", whole=name, part=sitting.names))


def _id(text: str) -> uuid.UUID | None:
    """Return an id that was chosen, None for none; one that nobody offered is nothing's."""
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return uuid.UUID(int=0)


NAMES = {code: language.name for code, language in LANGUAGES.items()}


class GrantForm(Form):
    """A role to be granted."""

    email = StringField(
        L_("E-mail address"),
        [required(N_("Write an e-mail address, for example name@example.org."))],
        description=L_("Whoever has an account with it gets the role; otherwise one is made."),
        filters=[clean_line],
        render_kw={"type": "email", "spellcheck": "false"},
    )
    name = StringField(
        L_("Name"), description=L_("For a new account; an account that is there keeps its name."), filters=[clean_line]
    )
    language = RadioField(L_("Language of letters"), choices=NAMES)
    role = RadioField(L_("Role"), [required(N_("Choose one of the answers."))])
    consultation = SelectField(
        L_("For what"),
        description=L_("A moderator of one track reviews its texts only; one of a session runs that session only."),
        validate_choice=False,
    )
    out_of = SelectMultipleField(
        L_("For a translator: out of which languages"),
        description=L_("None: out of every language."),
        choices=NAMES,
        validate_choice=False,
    )
    into = SelectMultipleField(
        L_("For a translator: into which languages"),
        description=L_("None: into every language. Their queue holds what is to be put into these, and nothing else."),
        choices=NAMES,
        validate_choice=False,
    )
    ends_on = DayField(L_("Until (last day)"), description=L_("Every role ends by itself; it can be granted again."))
    reason = StringField(L_("Reason"), [required(N_("Say why."))], filters=[clean_line])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = {role.value: say(label) for role, label in ROLE_LABELS.items()}
        places = [place for row in consultations(public_only=False) for place in _places(row)]
        self.consultation.choices = [("", say(N_("None: the whole instance"))), *places]

    def draft(self) -> RoleDraft:
        """Return what was typed. Raises Rejected for a day that is none and a role that is not offered."""
        where, part, key = (*(self.consultation.data or "").split("/", 2), "", "")[:3]
        if self.role.data not in (role.value for role in Role):
            raise Rejected(N_("Choose from what is offered here."), "role")
        day = self.ends_on.day
        return RoleDraft(
            PersonDraft(self.name.data or self.email.data or "", self.email.data or "", self.language.data or "ar"),
            Role(self.role.data),
            _id(where),
            datetime.combine(day + timedelta(days=1), time(), zone(COUNTRY)) if day else None,
            self.reason.data or "",
            key if part == TRACK else "",
            _id(key) if part == SESSION else None,
            frozenset(self.into.data or ()),
            frozenset(self.out_of.data or ()),
        )

    def at(self, field: str) -> str:
        """Put a problem of the end at its last day."""
        return "ends_on" if field == "ends_at" else field


@blueprint.get("/administer/roles/")
@requires("role.grant")
def roles() -> str:
    """Show who holds which role, until when and why."""
    lines = role_grants()
    now = clock.now()
    return render_template(
        "administer/roles.html",
        held=[g for g in lines if g.revoked_at is None and (g.ends_at is None or g.ends_at > now)],
        past=[g for g in lines if g.revoked_at is not None or (g.ends_at is not None and g.ends_at <= now)],
        labels=ROLE_LABELS,
        guarded=GUARDED_ROLES,
        track_label=track_label,
        asks_second_factor=settings().second_factor_for_roles,
    )


@blueprint.get("/administer/roles/new/")
@requires("role.grant")
def new_role() -> str:
    """Show the form to grant a role."""
    return render_template("administer/grant.html", form=GrantForm(language="ar"))


@blueprint.post("/administer/roles/new/")
@requires("role.grant")
@recently_proven()
def grant() -> Response | tuple[str, int]:
    """Grant a role; its holder is told by mail."""
    form = GrantForm()
    try:
        with form.whole():
            grant_role(form.draft(), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return render_template("administer/grant.html", form=form), 422
    flash(say(N_("The role is granted, and its holder is told by mail.")), "ok")
    return redirect(url_for("administer.roles"), 303)


class RevokeForm(Form):
    """Why a role is taken back."""

    reason = StringField(L_("Reason"), [required(N_("Say why."))], filters=[clean_line])


def _revoke_page(grant_id: uuid.UUID, form: RevokeForm) -> str:
    found = next((line for line in role_grants() if line.id == grant_id and line.revoked_at is None), None)
    if found is None:
        raise NotFound
    return render_template(
        "administer/revoke.html", grant=found, form=form, labels=ROLE_LABELS, track_label=track_label
    )


@blueprint.get("/administer/roles/<uuid:grant_id>/revoke/")
@requires("role.grant")
def confirm_revoke(grant_id: uuid.UUID) -> str:
    """Ask for the reason before a role is taken back."""
    return _revoke_page(grant_id, RevokeForm())


@blueprint.post("/administer/roles/<uuid:grant_id>/revoke/")
@requires("role.grant")
@recently_proven()
def revoke(grant_id: uuid.UUID) -> Response | tuple[str, int]:
    """Take a role back; its holder is told, with the reason."""
    form = RevokeForm()
    if not form.validate_on_submit():
        return _revoke_page(grant_id, form), 422
    revoke_role(grant_id, reason=form.reason.data or "", actor=actor())
    flash(say(N_("The role is taken back, and its holder is told by mail.")), "ok")
    return redirect(url_for("administer.roles"), 303)
