"""A printed code instead of its link: typed where the camera of a phone does not help."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.services import consume_card_code
from consult.i18n import N_
from consult.web.account.blueprint import blueprint
from consult.web.account.landing import ArrivalForm, come_in_by_code
from consult.web.forms import L_, StringField, required
from consult.web.guards import requires
from consult.web.visitor import actor, device


class CardCodeForm(ArrivalForm):
    """The code of a card, and whether the phone is shared."""

    code = StringField(
        L_("The code on your card or letter"),
        [required(N_("Write the code."))],
        description=L_("Three groups of four letters and digits. Spaces and small letters make no difference."),
        render_kw={"spellcheck": "false", "autocapitalize": "characters"},
    )


def _page(form: CardCodeForm, status: int = 200) -> Response:
    response: Response = make_response(render_template("account/card_code.html", form=form), status)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/sign-in/code")
@requires("public.read")
def card_code() -> Response:
    """Ask for the code."""
    if actor().signed_in:
        return redirect(url_for("account.account"), 303)
    return _page(CardCodeForm())


@blueprint.post("/sign-in/code")
@requires("public.read")
def take_card_code() -> Response:
    """Use the code up and sign in."""
    form = CardCodeForm()
    return come_in_by_code(
        form,
        _page,
        lambda: consume_card_code(
            form.code.data or "",
            origin=request.remote_addr or "",
            actor=actor(),
            shared=bool(form.shared.data),
            device=device(),
        ),
        noted="card code",
    )
