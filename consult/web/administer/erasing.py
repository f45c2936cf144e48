"""Entering the erasure of somebody who asked on paper, and stopping one that waits."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import BooleanField

from consult.erasure.services import PaperRequest, ask_erasure_of, stop_erasure_of
from consult.errors import Conflict, NotFound, Rejected
from consult.i18n import N_
from consult.web.administer.accounts import AccountForm
from consult.web.administer.blueprint import blueprint
from consult.web.forms import L_, StringField, clean_line, required, say
from consult.web.guards import requires
from consult.web.proof import recently_proven
from consult.web.visitor import actor, settings


class PaperForm(AccountForm):
    """Who asked, how, and whether texts go too."""

    reason = StringField(
        L_("How they asked, and how you know that it is them"),
        [required(N_("Say why."))],
        description=L_("For the administrator who confirms. It is erased with the person."),
        filters=[clean_line],
    )
    texts = BooleanField(L_("Texts that are not cited go too"))


class StopForm(AccountForm):
    """Whose erasure is stopped."""


@blueprint.get("/administer/accounts/erase/")
@requires("account.erase")
def paper_erasure() -> str:
    """Show the form."""
    return _page(PaperForm(formdata=None))


@blueprint.post("/administer/accounts/erase/")
@requires("account.erase")
@recently_proven()
def ask_paper_erasure() -> Response | tuple[str, int]:
    """Ask another administrator to confirm."""
    form = PaperForm()
    if not form.validate_on_submit():
        return _page(form), 422
    draft = PaperRequest(form.email.data or "", form.reason.data or "", texts=bool(form.texts.data))
    try:
        ask_erasure_of(draft, actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _page(form), 422
    except NotFound:
        form.email.errors = [say(N_("There is no account with this address."))]
        return _page(form), 422
    except Conflict as refused:
        form.problems.append(say(refused.message))
        return _page(form), 409
    flash(say(N_("Another administrator confirms it within seven days.")), "ok")
    return redirect(url_for("administer.second_look"), 303)


@blueprint.post("/administer/accounts/erase/stop")
@requires("account.erase")
@recently_proven()
def stop_paper_erasure() -> Response | tuple[str, int]:
    """Stop an erasure that waits."""
    form = StopForm(prefix="stop-")
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        stop_erasure_of(form.email.data or "", actor=actor())
    except (Conflict, NotFound) as refused:
        flash(say(refused.message), "no")
    else:
        flash(say(N_("Nothing is erased, and the person is told by mail.")), "ok")
    return redirect(url_for("administer.paper_erasure"), 303)


def _page(form: PaperForm | StopForm) -> str:
    """Return the page with the form that was sent, and the other one empty."""
    asking = form if isinstance(form, PaperForm) else PaperForm(formdata=None)
    stopping = form if isinstance(form, StopForm) else StopForm(formdata=None, prefix="stop-")
    return render_template(
        "administer/erase.html", form=asking, stopping=stopping, sent=form, days=settings().erasure_days
    )
