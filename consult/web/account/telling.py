"""How the visitor is told, and from where they take part."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult.errors import Rejected
from consult.i18n import N_
from consult.notifications.choosing import PlaceDraft, TellingDraft
from consult.notifications.kinds import ALWAYS, HOW_LABELS, TOPICS, How, Topic
from consult.notifications.missions import missions
from consult.notifications.places import city, country_choices, zone_choices
from consult.notifications.services import choose_place, choose_telling
from consult.notifications.wishes import HERE, Wishes, wishes_of
from consult.web.account.blueprint import blueprint
from consult.web.account.landing import me
from consult.web.forms import L_, BooleanField, Form, LazyLabel, SelectField, StringField, clean_line, say
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.visitor import actor

HOWS = {how.value: LazyLabel(label) for how, label in HOW_LABELS.items()}
HOURS = {str(hour): f"{hour:02}:00" for hour in range(24)}
USUAL_QUIET = (21, 7)


class TellingForm(Form):
    """How one is told of each topic, and quiet hours."""

    submissions = SelectField(L_("My submissions"), choices=HOWS)
    sessions = SelectField(L_("Sessions"), choices=HOWS)
    ballots = SelectField(L_("Ballots"), choices=HOWS)
    answers = SelectField(L_("What became of my texts"), choices=HOWS)
    searches = SelectField(L_("What my saved searches find"), choices=HOWS)
    messages = SelectField(L_("Messages from the organisers"), choices=HOWS)
    quiet = BooleanField(
        L_("Send nothing in quiet hours"),
        description=L_("Mail waits until they end. Mail about signing in and your account is sent in any case."),
    )
    quiet_from = SelectField(L_("Quiet from"), choices=HOURS)
    quiet_to = SelectField(L_("Quiet until"), choices=HOURS)

    @classmethod
    def of(cls, wishes: Wishes) -> TellingForm:
        """Return the form with what is chosen now."""
        begins, ends = wishes.quiet or USUAL_QUIET
        chosen: dict[str, Any] = {topic.value: wishes.of(topic).value for topic in TOPICS}
        return cls(quiet=wishes.quiet is not None, quiet_from=str(begins), quiet_to=str(ends), **chosen)

    def draft(self) -> TellingDraft:
        """Return what was chosen."""
        quiet = (int(self.quiet_from.data), int(self.quiet_to.data)) if self.quiet.data else None
        return TellingDraft({topic: How(self[topic.value].data) for topic in Topic if topic not in ALWAYS}, quiet)


class PlaceForm(Form):
    """From where one takes part."""

    timezone = SelectField(
        L_("Time zone"),
        description=L_("Sessions and deadlines are shown on your clock too, beside the consultation’s."),
    )
    country = SelectField(L_("Country"))
    mission = SelectField(
        L_("Embassy or consulate"),
        description=L_(
            "Which looks after your town, if you live abroad. Where you leave the time zone open, its clock is taken."
        ),
        validate_choice=False,
    )
    district = StringField(
        L_("Another one, in your own words"),
        description=L_("Only where it does not stand in the list."),
        filters=[clean_line],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = current_language().code
        here = [("", say(N_("As the consultation")))]
        self.timezone.choices = here + [choice for choice in zone_choices(code) if choice[0] != HERE]
        self.country.choices = [("", say(N_("I do not say"))), *country_choices(code)]
        self.mission.choices = mission_choices(kwargs.get("mission", "") or self.mission.data or "")


def mission_choices(chosen: str) -> dict[str, Any]:
    """Return the missions that are offered, under their countries, and the one that was chosen before it was retired."""
    code = current_language().code
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in missions().values():
        if one.retired is None or one.code == chosen:
            groups.setdefault(one.country, []).append((one.code, say(one.name)))
    named = [(name, groups[country]) for country, name in country_choices(code) if country in groups]
    none = [("", say(N_("I do not say, or it is another one")))]
    return {say(N_("Not in the list")): none, **dict(named)}


@blueprint.get("/account/telling")
@requires("account.use")
def telling() -> str:
    """Show how the visitor is told of each topic."""
    return render_template("account/telling.html", form=TellingForm.of(wishes_of([me()])[me()]))


@blueprint.post("/account/telling")
@requires("account.use")
def change_telling() -> Response | tuple[str, int]:
    """Keep how the visitor wants to be told."""
    form = TellingForm()
    if not form.validate_on_submit():
        return render_template("account/telling.html", form=form), 422
    try:
        choose_telling(form.draft(), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return render_template("account/telling.html", form=form), 422
    flash(say(N_("Saved.")), "ok")
    return redirect(url_for("account.account"), 303)


@blueprint.get("/account/place")
@requires("account.use")
def place() -> str:
    """Show from where the visitor takes part."""
    now = wishes_of([me()])[me()]
    zone = "" if now.timezone == HERE else now.timezone
    form = PlaceForm(timezone=zone, country=now.country, district=now.district, mission=now.mission)
    return render_template("account/place.html", form=form)


@blueprint.post("/account/place")
@requires("account.use")
def change_place() -> Response | tuple[str, int]:
    """Keep from where the visitor takes part."""
    form = PlaceForm()
    if not form.validate_on_submit():
        return render_template("account/place.html", form=form), 422
    place = {name: form[name].data or "" for name in ("timezone", "country", "district", "mission")}
    try:
        proposed = choose_place(PlaceDraft(**place), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return render_template("account/place.html", form=form), 422
    if proposed:
        clock = city(proposed, current_language().code)
        flash(
            say(
                N_(
                    "Saved. Your clock is that of %(city)s now, as your mission’s: change it if it is another.",
                    city=clock,
                )
            ),
            "ok",
        )
        return redirect(url_for("account.place"), 303)
    flash(say(N_("Saved.")), "ok")
    return redirect(url_for("account.account"), 303)
