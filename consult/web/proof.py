"""The guard of grave acts: whoever signed in a while ago shows again who they are, and what they sent is done then."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import after_this_request, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import PasswordField

from consult.accounts.services import prove_with_code, prove_with_passkey, prove_with_password
from consult.accounts.signing_in.passkeys import Purpose, options_to_show, site
from consult.accounts.signing_in.proof import Renewed, proven_within, ways_to_prove
from consult.errors import Forbidden, Rejected, TooManyTries
from consult.i18n import N_
from consult.web.forms import L_, Form, HiddenField, StringField, clean_line, say
from consult.web.security_log import note_refusal
from consult.web.visitor import READING, actor, set_sign_in_cookie

View = TypeVar("View", bound=Callable[..., Any])
#: How long a proof is enough for another grave act, in minutes.
ENOUGH_FOR = 10
#: The same for what is done again and again while others wait: ballots and cards in a hall, sign-offs in an office.
IN_THE_HALL = 60


class ProofForm(Form):
    """A code, a passkey or the password: what the page asks for depends on what the person has."""

    proof_code = StringField(
        L_("Code"),
        description=L_("The six digits that the app shows now, or one of your recovery codes."),
        filters=[clean_line],
        render_kw={"spellcheck": "false", "autocapitalize": "characters"},
    )
    proof_password = PasswordField(L_("Password"))
    proof_passkey = HiddenField()


def recently_proven(minutes: int = ENOUGH_FOR, *, when: Callable[[], bool] | None = None) -> Callable[[View], View]:
    """Let a view act only for whoever showed in the last minutes who they are; it stands below `requires`.

    `when` tells of the request whether it is grave at all; without it each is. A page sends them to show it and back. A form is kept as it was sent, all of it, while they do, and then goes on.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def proven(*args: Any, **kwargs: Any) -> Any:
            if proven_within(actor(), minutes) or (when is not None and not when()):
                return view(*args, **kwargs)
            if request.method in READING:
                return redirect(url_for("account.prove", next=request.full_path.rstrip("?")), 303)
            return ask_or_go_on(lambda: view(*args, **kwargs), request.full_path.rstrip("?"))

        proven.__dict__["consult_proven"] = minutes
        return proven  # type: ignore[return-value]

    return decorate


def posted() -> bool:
    """Tell whether a form is sent: to read the page on which something grave is done is not grave."""
    return request.method not in READING


def ask_or_go_on(go_on: Callable[[], Any], action: str, *, asked_before: bool = False) -> Any:
    """Go on if the form sent holds a proof that is right; else show the page that asks for one, with the form in it."""
    form = ProofForm()
    if not (form.proof_code.data or form.proof_password.data or form.proof_passkey.data):
        if asked_before:
            form.problems.append(say(N_("Write what is asked for.")))
        return proof_page(form, action, 422 if asked_before else 403)
    try:
        renewed = _prove(form)
    except Rejected as refused:
        note_refusal("proof")
        form.take(refused)
        return proof_page(form, action, 422)
    except TooManyTries as waiting:
        note_refusal("too many tries")
        form.problems.append(say(waiting.message))
        return proof_page(form, action, 429)
    keep_token(renewed)
    return go_on()


def _prove(form: ProofForm) -> Renewed:
    if form.proof_passkey.data:
        return prove_with_passkey(form.proof_passkey.data, actor=actor())
    if form.proof_code.data:
        return prove_with_code(form.proof_code.data, actor=actor())
    return prove_with_password(form.proof_password.data or "", actor=actor())


def keep_token(renewed: Renewed) -> None:
    """Give the browser the new token of its sign-in with this answer."""

    @after_this_request
    def renew(response: Response) -> Response:
        set_sign_in_cookie(response, renewed.token, shared=renewed.shared)
        return response


def proof_page(form: ProofForm, action: str, status: int) -> tuple[str, int]:
    """Return the page that asks, with everything that was sent as hidden fields."""
    person = actor().person
    if person is None:
        raise Forbidden
    sent = [(name, value) for name, value in request.form.items(multi=True) if not _is_ours(name)]
    ways = ways_to_prove(person)
    options = options_to_show(Purpose.PROVE, person) if ways.passkey and site() else ""
    page = render_template(
        "account/prove.html", form=form, action=action, sent=sent, ways=ways, passkey_options=options
    )
    return page, status


def _is_ours(name: str) -> bool:
    return name == "csrf_token" or name.startswith("proof_")
