"""Under which name one takes part in a consultation, where the track allows a pseudonym."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.accounts.queries import person
from consult.consultations.display_names import LONGEST, may_choose_name
from consult.consultations.models import Member
from consult.db import session
from consult.errors import NotFound, Rejected
from consult.i18n import N_
from consult.submissions.display_names import choose_display_name
from consult.submissions.tracks import track_label
from consult.web.forms import L_, Form, StringField, clean_line, say
from consult.web.guards import requires
from consult.web.take_part.blueprint import blueprint
from consult.web.take_part.desk import own_members
from consult.web.visitor import actor, consultation


class DisplayNameForm(Form):
    """The name under which somebody takes part."""

    name = StringField(
        L_("Name that others see"),
        description=L_("Leave it empty to take part under your own name."),
        filters=[clean_line],
        render_kw={"maxlength": LONGEST, "autocomplete": "off"},
    )


def choosing() -> list[Member]:
    """Return as which members the visitor may choose a name here."""
    return [row for one in own_members() if may_choose_name(row := session.get_one(Member, one))]


@blueprint.route("/c/<slug>/display-name/", methods=["GET", "POST"])
@requires("consultation.take_part")
def display_name() -> str | Response | tuple[str, int]:
    """Show the name that others see, and take another; of several parts, all that may have one get it."""
    members = choosing()
    if not members:
        raise NotFound
    form = DisplayNameForm(data={"name": members[0].display_name})
    if form.is_submitted() and form.validate():
        try:
            for member in members:
                choose_display_name(form.name.data or "", member=member.id, consultation=consultation(), actor=actor())
        except Rejected as refused:
            form.take(refused)
        else:
            flash(say(N_("Saved. It stands everywhere at once.")), "ok")
            return redirect(url_for("take_part.display_name"), 303)
    page = render_template(
        "take_part/display_name.html",
        form=form,
        member=members[0],
        real=person(members[0].person_id).name,
        tracks=[track_label(member.track) for member in members],
    )
    return page, 422 if form.is_submitted() else 200
