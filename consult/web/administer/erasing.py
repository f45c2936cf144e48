"""Entering the erasure of somebody who asked on paper, and stopping one that waits."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField

from consult.db import as_id
from consult.erasure.contacts import NamedContact
from consult.erasure.services import PaperRequest, ask_erasure_of, proposed_contacts, stop_erasure_of
from consult.errors import Conflict, NotFound, Rejected
from consult.i18n import N_
from consult.web.administer.accounts import AccountForm
from consult.web.administer.blueprint import blueprint
from consult.web.formats import ltr
from consult.web.formats import person as bdi
from consult.web.forms import L_, SelectMultipleField, StringField, clean_line, required, say
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
    contacts = SelectMultipleField(
        L_("Contacts of bodies that bear this name"),
        description=L_(
            "Another person may bear it. Tick those that are the same person: they are deleted with the rest, and do not come back."
        ),
        validate_choice=False,
    )
    shown = HiddenField()

    def offer(self, found: Sequence[NamedContact]) -> bool:
        """Offer the contacts that bear the person's name, and tell whether the page that was sent had offered these very ones."""
        self.contacts.choices = [(str(one.id), _said(one)) for one in found]
        before, self.shown.data = self.shown.data or "", ",".join(str(one.id) for one in found)
        return before == self.shown.data


def _said(one: NamedContact) -> Markup:
    """Return a contact as it reads, with the body beside it."""
    ways = Markup(" ").join(ltr(way) for way in (one.email, one.phone) if way)
    return Markup("{} · {} {}").format(bdi(one.label), bdi(say(one.body)), ways)


class StopForm(AccountForm):
    """Whose erasure is stopped."""


#: What is said before a second press where contacts bear the person's name.
LOOK = N_("Contacts of bodies bear the same name. Tick those that are the same person, or none, and ask again.")


@blueprint.get("/administer/accounts/erase/")
@requires("account.erase")
def paper_erasure() -> str:
    """Show the form."""
    return _page(PaperForm(formdata=None))


@blueprint.post("/administer/accounts/erase/")
@requires("account.erase")
@recently_proven()
def ask_paper_erasure() -> Response | tuple[str, int]:
    """Ask another administrator to confirm; where contacts of bodies bear the person's name, once it was said which are theirs."""
    form = PaperForm()
    address = form.email.data or ""
    was_offered = form.offer(proposed_contacts(address, actor=actor()))
    if not form.validate_on_submit():
        return _page(form), 422
    if not was_offered:
        form.take(Rejected(LOOK, "contacts"))
        return _page(form), 422
    try:
        chosen = frozenset(filter(None, map(as_id, form.contacts.data or ())))
        draft = PaperRequest(address, form.reason.data or "", texts=bool(form.texts.data), contacts=chosen)
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
