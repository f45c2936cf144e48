"""Leaving: what goes, what stays without the visitor, what stays and why; then the wish, and the time to change one's mind."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from consult.accounts.queries import person
from consult.erasure.asking import erasure_refusal
from consult.erasure.plan import Line, Plan, plan_of, waiting_erasure
from consult.erasure.rules import Treatment
from consult.erasure.services import ErasureDraft, ask_erasure, withdraw_erasure
from consult.errors import Conflict, Rejected
from consult.i18n import N_, Message
from consult.web.account.blueprint import blueprint
from consult.web.account.landing import me
from consult.web.account.own_data_words import label_of
from consult.web.context import local
from consult.web.formats import ltr
from consult.web.formats import person as bdi
from consult.web.forms import L_, Form, SelectMultipleField, StringField, clean_line, say
from consult.web.guards import requires
from consult.web.proof import recently_proven
from consult.web.visitor import actor, settings


class ErasureForm(Form):
    """The texts that go too, and one's name, typed by hand."""

    texts = SelectMultipleField(
        L_("Texts that go too"),
        description=L_("Their words are erased. What you do not choose stays in the record, without your name."),
    )
    typed = StringField(L_("Your name, to confirm"), filters=[clean_line])


@blueprint.get("/account/erase")
@requires("account.use")
def erase() -> str:
    """Show what erasing would do, or until when there is time to change one's mind."""
    return _page(_form(plan_of(me())))


@blueprint.post("/account/erase")
@requires("account.use")
@recently_proven()
def ask_to_erase() -> Response | tuple[str, int]:
    """Ask to be erased."""
    form = _form(plan_of(me()))
    if not form.validate_on_submit():
        return _page(form), 422
    try:
        ask_erasure(ErasureDraft(frozenset(form.texts.data or ()), form.typed.data or ""), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _page(form), 422
    except Conflict as refused:
        flash(say(refused.message), "no")
    return redirect(url_for("account.erase"), 303)


@blueprint.post("/account/erase/stop")
@requires("account.use")
def stop_erasing() -> Response:
    """Change one's mind."""
    try:
        withdraw_erasure(actor=actor())
        flash(say(N_("Nothing is erased. Your account stays.")), "ok")
    except Conflict as refused:
        flash(say(refused.message), "no")
    return redirect(url_for("account.erase"), 303)


def _form(plan: Plan) -> ErasureForm:
    form = ErasureForm()
    form.texts.choices = [
        (text.number, Markup("{} {}").format(ltr(text.number), bdi(text.title or say(N_("Text erased")))))
        for text in plan.texts
        if not text.stays
    ]
    return form


def _page(form: ErasureForm) -> str:
    who, plan = me(), plan_of(me())
    return render_template(
        "account/erase.html",
        form=form,
        name=person(who).name,
        waiting=waiting_erasure(who),
        refusal=erasure_refusal(who),
        days=settings().erasure_days,
        goes=_said(plan.lines[Treatment.ERASE]),
        stays=_reasons([*plan.lines[Treatment.DETACH], *plan.lines[Treatment.KEEP], *plan.lines[Treatment.TEXT]]),
        texts=plan.texts,
    )


def _said(lines: Sequence[Line]) -> Sequence[tuple[str, int]]:
    return [(_label(line), line.rows) for line in lines]


def _label(line: Line) -> str:
    return local(label_of(line.table))


def _reasons(lines: Sequence[Line]) -> Sequence[tuple[Message, Sequence[str]]]:
    """Return each reason to keep something with what is kept for it."""
    found: dict[str, tuple[Message, list[str]]] = {}
    for line in lines:
        if line.why is not None:
            found.setdefault(str(line.why), (line.why, []))[1].append(_label(line))
    return list(found.values())
