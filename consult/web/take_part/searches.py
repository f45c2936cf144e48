"""Searches of the register that the visitor saved: theirs alone, told of as they want to be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from consult.errors import NotFound, Rejected
from consult.i18n import N_
from consult.submissions.saved import SearchDraft, delete_search, save_search, saved_searches, tell_of_search
from consult.submissions.saved_models import SavedSearch
from consult.submissions.tracks import track_label
from consult.web.addresses import sent_number
from consult.web.context import local
from consult.web.forms import L_, Form, StringField, clean_line, say
from consult.web.guards import requires
from consult.web.public.narrowing import choices, given_filters, wanted_filter
from consult.web.submissions import language_name
from consult.web.take_part.blueprint import blueprint
from consult.web.visitor import actor, consultation


class SearchForm(Form):
    """The name under which a search is kept."""

    name = StringField(L_("Name of the search"), filters=[clean_line])


@dataclass(frozen=True, slots=True)
class SearchLine:
    """A saved search: its name, what it asks for, the page of what it finds, whether its person is told of what is new."""

    number: int
    name: str
    asks: Sequence[Markup | str]
    href: str
    mails: bool
    created_at: datetime


@blueprint.route("/c/<slug>/searches/", methods=["GET", "POST"])
@requires("account.use")
def searches() -> str | Response | tuple[str, int]:
    """Show the visitor's saved searches, and keep the one of the address; a button deletes one or tells of it or not."""
    form = SearchForm()
    if not form.is_submitted():
        return _page(form)
    try:
        if not form.validate():
            return _page(form), 422
        said = _changed() or _saved(form)
    except Rejected as refused:
        form.take(refused)
        return _page(form), 422
    flash(said, "ok")
    return redirect(url_for("take_part.searches"), 303)


def _changed() -> str | Markup | None:
    """Do what a button of the list says, None where the form of a new search was sent."""
    for button in ("delete", "tell", "quiet"):
        if button in request.form:
            number = sent_number(request.form, button)
            if number is None:
                raise NotFound
            if button == "delete":
                delete_search(number, actor=actor())
                return say(N_("The search is deleted."))
            tell_of_search(number, mails=button == "tell", actor=actor())
            return say(
                N_("You are told of what it newly finds.") if button == "tell" else N_("You are told no longer.")
            )
    return None


def _saved(form: SearchForm) -> str | Markup:
    here, given = consultation(), given_filters()
    wanted = wanted_filter(given, choices(here), here)
    draft = SearchDraft(form.name.data or "", wanted, {name: value for name, value in given.items() if value})
    save_search(draft, consultation=here, actor=actor())
    return say(N_("The search is saved. You are told of what it newly finds."))


def _page(form: SearchForm) -> str:
    here, who, given = consultation(), actor().person, given_filters()
    if who is None:
        raise NotFound
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value}
    if not form.is_submitted():
        form.name.data = given["q"][:60]
    return render_template(
        "take_part/searches.html",
        form=form,
        action=url_for("take_part.searches", **chosen),
        asks=_asks(given) if chosen else [],
        rows=[_line(row) for row in saved_searches(who, here.id)],
    )


def _line(row: SavedSearch) -> SearchLine:
    given: dict[str, Any] = dict(row.given)
    return SearchLine(
        row.number, row.name, _asks(given), url_for("public.register", **given), row.mails, row.created_at
    )


def _asks(given: Any) -> list[Markup | str]:
    """Return what a search asks for, in words."""
    offered = choices(consultation())
    options = {"topic": offered.topics, "region": offered.regions, "body": offered.bodies}
    names = {name: dict(option[:2] for option in known) for name, known in options.items()}
    told: list[Markup | str] = [Markup("<bdi>%s</bdi>") % given["q"]] if given.get("q") else []
    if given.get("track"):
        told.append(local(track_label(given["track"])))
    told += [known[given[name]] for name, known in names.items() if given.get(name) in known]
    if given.get("language"):
        told.append(language_name(given["language"]))
    return told
