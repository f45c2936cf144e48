"""One account, found by its whole address: signing its person out, closing it, opening it again."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.accounts.access import ROLE_LABELS
from consult.accounts.closing import account_by_address
from consult.accounts.services import close_account, open_account, sign_out_account
from consult.consultations.queries import consultations
from consult.errors import Conflict, NotFound, Rejected
from consult.i18n import N_, NN_, Message
from consult.web.administer.blueprint import blueprint
from consult.web.forms import L_, Form, StringField, clean_line, required, say
from consult.web.guards import requires
from consult.web.parts import part_label
from consult.web.proof import recently_proven
from consult.web.visitor import actor


class AccountForm(Form):
    """Whose account. It is sent in a form, never in an address: addresses of pages are kept in many places."""

    email = StringField(
        L_("E-mail address"),
        [required(N_("Write an e-mail address, for example name@example.org."))],
        description=L_("The whole address. There is no list of accounts to look through."),
        filters=[clean_line],
        render_kw={"type": "email", "spellcheck": "false"},
    )


class CloseForm(AccountForm):
    """Why an account is closed."""

    reason = StringField(
        L_("Reason"),
        [required(N_("Say why."))],
        description=L_("Its person gets it with the letter."),
        filters=[clean_line],
    )


def _page(form: AccountForm, status: int = 200) -> tuple[str, int]:
    """Return the account that the form names, and what can be done with it; or the form with what is wrong."""
    found = account_by_address(form.email.data) if form.email.data else None
    if found is None and form.email.data and not form.errors:
        form.email.errors = [say(N_("There is no account with this address."))]
        status = 422
    names = {row.id: row.names for row in consultations(public_only=False)} if found and found.roles else {}
    page = render_template(
        "administer/accounts.html",
        form=form,
        closing=form if isinstance(form, CloseForm) else CloseForm(formdata=None),
        found=found,
        own=found is not None and found.person == actor().person,
        roles=[
            (ROLE_LABELS[h.role], names[h.consultation] if h.consultation else None, part_label(h)) for h in found.roles
        ]
        if found
        else [],
    )
    return page, status


@blueprint.get("/administer/accounts/")
@requires("account.close")
def accounts() -> tuple[str, int]:
    """Ask for an address."""
    return _page(AccountForm(formdata=None))


@blueprint.post("/administer/accounts/")
@requires("account.close")
def find_account() -> tuple[str, int]:
    """Show the account with this address."""
    form = AccountForm()
    return _page(form, 200 if form.validate_on_submit() else 422)


@blueprint.post("/administer/accounts/sign-out")
@requires("account.close")
@recently_proven()
def end_account_sign_ins() -> Response | tuple[str, int]:
    """Sign its person out of every device."""
    return _act(AccountForm(), _sign_out)


@blueprint.post("/administer/accounts/close")
@requires("account.close")
@recently_proven()
def end_account() -> Response | tuple[str, int]:
    """Close it."""
    return _act(CloseForm(), _close)


@blueprint.post("/administer/accounts/open")
@requires("account.close")
@recently_proven()
def reopen_account() -> Response | tuple[str, int]:
    """Open it again."""
    return _act(AccountForm(), _open)


def _act(form: AccountForm, act: Callable[[AccountForm], Message]) -> Response | tuple[str, int]:
    """Do something with the account and say what was done; what keeps it from being done stands on its page."""
    if not form.validate_on_submit():
        return _page(form, 422)
    try:
        done = act(form)
    except (Conflict, NotFound) as changed:
        form.problems.append(say(changed.message))
        return _page(form, 409)
    except Rejected as refused:
        form.take(refused)
        return _page(form, 422)
    flash(say(done), "ok")
    return redirect(url_for("administer.accounts"), 303)


def _sign_out(form: AccountForm) -> Message:
    devices = sign_out_account(form.email.data or "", actor=actor())
    return NN_(
        "The account is signed out on %(count)s device.", "The account is signed out on %(count)s devices.", devices
    )


def _close(form: AccountForm) -> Message:
    if not close_account(form.email.data or "", reason=form.data["reason"], actor=actor()):
        return N_("Nothing is closed yet: another administrator confirms it within seven days.")
    return N_("The account is closed, and its person is told by mail.")


def _open(form: AccountForm) -> Message:
    open_account(form.email.data or "", actor=actor())
    return N_("The account is open again, and its person is told by mail.")
