"""Confirming the address of an application: its page until then, the page behind the mailed link, the code that the link shows."""

from __future__ import annotations

import uuid

from flask import abort, flash, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from consult.accounts.bodies.words import kind_label
from consult.consultations import services
from consult.consultations.accreditation.confirming import (
    application_to_confirm,
    code_of,
    kept_until,
    waiting_application,
)
from consult.consultations.accreditation.models import UnconfirmedApplication
from consult.consultations.accreditation.queries import opened_by, token_of
from consult.errors import Conflict, LinkSpent, NotFound, Rejected, TooManyTries
from consult.i18n import N_
from consult.submissions.tracks import track_label
from consult.web.forms import L_, Form, StringField, clean_line, required, say
from consult.web.guards import requires
from consult.web.public.blueprint import blueprint
from consult.web.security_log import note_refusal
from consult.web.visitor import actor, consultation

#: The form's cookie holds which applications were handed in in this browser: the links of so many of them confirm here.
APPLIED, KEPT = "applied", 3


class AddressCodeForm(Form):
    """The code that a link showed elsewhere."""

    code = StringField(
        L_("The code that the link shows"),
        [required(N_("Write the code."))],
        description=L_("Eight digits. Where the link was opened in this browser, there is nothing to type."),
        render_kw={"inputmode": "numeric", "spellcheck": "false"},
    )


class AddressForm(Form):
    """Where the letter goes."""

    email = StringField(
        L_("E-mail address"),
        [required(N_("Write an e-mail address, for example name@example.org."))],
        description=L_("Mend it if it is wrong. Only the newest letter counts."),
        filters=[clean_line],
        render_kw={"type": "email", "spellcheck": "false"},
    )


def keep_application(application: uuid.UUID) -> None:
    """Keep in this browser that an application was handed in here."""
    session[APPLIED] = [*session.get(APPLIED, ()), str(application)][-KEPT:]


def waiting_of(token: str) -> UnconfirmedApplication | None:
    """Return the application that a token opens while its address is not confirmed, None otherwise."""
    opened = opened_by(token)
    return waiting_application(consultation().id, opened) if opened else None


def waiting_page(row: UnconfirmedApplication, tried: Form | None = None, status: int = 200) -> Response:
    """Show an application whose address is not confirmed; `tried` is the form that was sent."""
    code = tried if isinstance(tried, AddressCodeForm) else AddressCodeForm(formdata=None)
    letter = tried if isinstance(tried, AddressForm) else AddressForm(formdata=None, email=row.email)
    page = render_template(
        "public/accreditation_waiting.html",
        row=row,
        token=token_of(row.id),
        track=track_label(row.track),
        kind=kind_label(row.kind),
        until=kept_until(row),
        code=code,
        letter=letter,
        tried=tried or code,
    )
    return _private(page, status)


@blueprint.post("/c/<slug>/accreditation/<token>/address")
@requires("accreditation.apply")
def application_address(token: str) -> Response:
    """Take the code of a letter, or send another letter, by the button that was pressed."""
    row, act = waiting_of(token), request.form.get("act", "")
    if act not in ("code", "letter"):
        abort(400)
    if row is None:
        if opened_by(token) is None:
            raise NotFound
        return redirect(url_for("public.application", token=token), 303)  # confirmed meanwhile
    form = AddressCodeForm() if act == "code" else AddressForm()
    if not form.validate():
        return waiting_page(row, form, 422)
    try:
        if isinstance(form, AddressCodeForm):
            services.confirm_by_code(form.code.data or "", application=row, actor=actor())
        else:
            services.ask_again(row, form.email.data or "", origin=request.remote_addr or "", actor=actor())
    except Rejected as refused:
        form.take(refused)
        return waiting_page(row, form, 422)
    except TooManyTries as waiting:
        note_refusal("too many tries")
        form.problems.append(say(waiting.message))
        return waiting_page(row, form, 429)
    except (Conflict, LinkSpent):  # somebody was quicker, in another window
        return redirect(url_for("public.application", token=token), 303)
    flash(say(CONFIRMED if act == "code" else N_("Another letter goes out.")), "ok")
    return redirect(url_for("public.application", token=token), 303)


CONFIRMED = N_("The address is confirmed. The accreditors see the application now.")


@blueprint.route("/c/<slug>/accreditation/confirm/<token>/", methods=["GET", "POST"])
@requires("accreditation.apply")
def confirm_application(token: str) -> Response:
    """Show what the link of a letter does, and do it; in a browser that did not hand the application in, show its code."""
    try:
        row = application_to_confirm(consultation().id, token)
        if str(row.id) not in session.get(APPLIED, ()):
            return _link_page(row, token, code_of(row), 409 if request.method == "POST" else 200)
        if request.method == "GET":
            return _link_page(row, token, "", 200)
        made = services.confirm_by_link(token, consultation=consultation(), actor=actor())
    except LinkSpent:
        note_refusal("link spent")
        return _private(render_template("public/accreditation_spent.html"), 410)
    flash(say(CONFIRMED), "ok")
    return redirect(url_for("public.application", token=token_of(made.id)), 303)


def _link_page(row: UnconfirmedApplication, token: str, code: str, status: int) -> Response:
    page = render_template("public/accreditation_confirm.html", row=row, token=token, code=code, until=kept_until(row))
    return _private(page, status)


def _private(page: str, status: int) -> Response:
    """Keep the address, which opens an application, out of every cache and every referrer."""
    response: Response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
