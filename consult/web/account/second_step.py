"""The second step of a sign-in: a code or a passkey, from whoever's first step was right. Until then nobody is signed in."""

from __future__ import annotations

from flask import redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from consult.accounts.services import finish_with_code, finish_with_passkey
from consult.accounts.signing_in.passkeys import Purpose, options_to_show, site
from consult.accounts.signing_in.proof import ways_to_prove
from consult.accounts.signing_in.second_step import Waiting, waiting_sign_in
from consult.accounts.signing_in.sign_in import Opened
from consult.errors import Conflict, Rejected, TooManyTries
from consult.i18n import N_
from consult.web.account.blueprint import blueprint
from consult.web.account.landing import SECOND_STEP, WANTED, signed_in
from consult.web.forms import L_, Form, HiddenField, StringField, clean_line, say
from consult.web.guards import requires
from consult.web.security_log import note_refusal
from consult.web.visitor import actor


class CodeForm(Form):
    """A code of the app, or a recovery code; or what the browser sends for a passkey."""

    passkey = HiddenField()

    code = StringField(
        L_("Code"),
        description=L_("The six digits that the app shows now, or one of your recovery codes."),
        filters=[clean_line],
        render_kw={"spellcheck": "false", "autocapitalize": "characters"},
    )


def token() -> str:
    """Return the token of the first step, "" if there was none in this browser."""
    return str(session.get(SECOND_STEP, ""))


def page(form: CodeForm, waiting: Waiting) -> str:
    """Return the page that asks for the second step."""
    ways = ways_to_prove(waiting.person)
    options = options_to_show(Purpose.SECOND_STEP, waiting.person) if ways.passkey and site() else ""
    return render_template("account/second_step.html", form=form, ways=ways, passkey_options=options)


def to_the_beginning() -> Response:
    """Send somebody without a first step, or whose first step is too long ago, to the sign-in page."""
    return redirect(url_for("account.sign_in", next=session.pop(WANTED, "") or None), 303)


def _finish(form: CodeForm) -> Opened:
    if form.passkey.data:
        return finish_with_passkey(token(), form.passkey.data, actor=actor())
    return finish_with_code(token(), form.code.data or "", actor=actor())


@blueprint.get("/sign-in/second-step")
@requires("public.read")
def second_step() -> Response | str:
    """Ask for the code."""
    waiting = waiting_sign_in(token())
    return page(CodeForm(), waiting) if waiting else to_the_beginning()


@blueprint.post("/sign-in/second-step")
@requires("public.read")
def take_second_step() -> Response | tuple[str, int]:
    """Take the code or the passkey and sign in."""
    waiting, form, wanted = waiting_sign_in(token()), CodeForm(), session.get(WANTED)
    if waiting is None:
        return to_the_beginning()
    if not (form.code.data or form.passkey.data):
        form.code.errors = [say(N_("Write the code."))]
        return page(form, waiting), 422
    try:
        return signed_in(_finish(form), wanted)
    except Conflict:
        return to_the_beginning()
    except Rejected as refused:
        note_refusal("second step")
        form.take(refused)
        return page(form, waiting), 422
    except TooManyTries as waits:
        note_refusal("too many tries")
        form.problems.append(say(waits.message))
        return page(form, waiting), 429
