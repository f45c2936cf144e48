"""After a link was asked for by mail: look there, or type the code that it shows where it was opened."""

from __future__ import annotations

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult.accounts.services import consume_link_code
from consult.i18n import N_
from consult.web.account.blueprint import blueprint
from consult.web.account.landing import ArrivalForm, asked, come_in_by_code
from consult.web.forms import L_, StringField, required
from consult.web.guards import requires
from consult.web.visitor import actor, device, settings


class LinkCodeForm(ArrivalForm):
    """The code that a link showed on another device, and whether this phone is shared."""

    code = StringField(
        L_("The code that the link shows"),
        [required(N_("Write the code."))],
        description=L_("Eight digits. Where the link was opened in this browser, there is nothing to type."),
        render_kw={"inputmode": "numeric", "spellcheck": "false"},
    )


def _page(form: LinkCodeForm, status: int = 200) -> Response:
    page = render_template("account/link_sent.html", form=form, minutes=settings().sign_in_link_minutes, asked=asked())
    response: Response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/sign-in/sent")
@requires("public.read")
def link_sent() -> Response:
    """Say that a letter is on its way if there is such an account, and ask for the code of a link opened elsewhere."""
    return _page(LinkCodeForm())


@blueprint.post("/sign-in/sent")
@requires("public.read")
def take_link_code() -> Response:
    """Use the link up by its code and sign in; the answer to a wrong one is the same whether a letter went or not."""
    if not asked():
        return redirect(url_for("account.sign_in"), 303)
    form = LinkCodeForm()
    return come_in_by_code(
        form,
        _page,
        lambda: consume_link_code(
            form.code.data or "",
            asked=asked(),
            origin=request.remote_addr or "",
            actor=actor(),
            shared=bool(form.shared.data),
            device=device(),
        ),
        noted="code of a link",
    )
