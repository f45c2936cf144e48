"""The second step of a sign-in: a code, from whoever's first step was right. Until then nobody is signed in."""

from __future__ import annotations

from flask import redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from consult.accounts.proof import ways_to_prove
from consult.accounts.second_step import Waiting, waiting_sign_in
from consult.accounts.services import finish_with_code
from consult.errors import Conflict, Rejected, TooManyTries
from consult.i18n import N_
from consult.web.account.blueprint import blueprint
from consult.web.account.landing import SECOND_STEP, WANTED, signed_in
from consult.web.forms import L_, Form, StringField, clean_line, required, say
from consult.web.guards import requires
from consult.web.visitor import actor


class CodeForm(Form):
    """A code of the app, or a recovery code."""

    code = StringField(
        L_("Code"),
        [required(N_("Write the code."))],
        description=L_("The six digits that the app shows now, or one of your recovery codes."),
        filters=[clean_line],
        render_kw={"spellcheck": "false", "autocapitalize": "characters"},
    )


def token() -> str:
    """Return the token of the first step, "" if there was none in this browser."""
    return str(session.get(SECOND_STEP, ""))


def page(form: CodeForm, waiting: Waiting) -> str:
    """Return the page that asks for the second step."""
    return render_template("account/second_step.html", form=form, ways=ways_to_prove(waiting.person))


def to_the_beginning() -> Response:
    """Send somebody without a first step, or whose first step is too long ago, to the sign-in page."""
    return redirect(url_for("account.sign_in", next=session.pop(WANTED, "") or None), 303)


@blueprint.get("/sign-in/second-step")
@requires("public.read")
def second_step() -> Response | str:
    """Ask for the code."""
    waiting = waiting_sign_in(token())
    return page(CodeForm(), waiting) if waiting else to_the_beginning()


@blueprint.post("/sign-in/second-step")
@requires("public.read")
def take_second_step() -> Response | tuple[str, int]:
    """Take the code and sign in."""
    waiting, form, wanted = waiting_sign_in(token()), CodeForm(), session.get(WANTED)
    if waiting is None:
        return to_the_beginning()
    if not form.validate_on_submit():
        return page(form, waiting), 422
    try:
        return signed_in(finish_with_code(token(), form.code.data or "", actor=actor()), wanted)
    except Conflict:
        return to_the_beginning()
    except Rejected as refused:
        form.take(refused)
        return page(form, waiting), 422
    except TooManyTries as waits:
        form.problems.append(say(waits.message))
        return page(form, waiting), 429
