"""Setting up a consultation, its names, and making it public."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from consult import clock
from consult.consultations.models import Consultation
from consult.consultations.services import change_names, create_consultation, publish
from consult.consultations.setting_up import ConsultationDraft, NamesDraft, lacking
from consult.consultations.templates import TEMPLATES
from consult.errors import Rejected
from consult.i18n import LANGUAGES, N_, Message
from consult.web.forms import (
    L_,
    DayField,
    LocalizedForm,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    clean_line,
    clean_text,
    required,
    say,
)
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.proof import recently_proven
from consult.web.visitor import actor, consultation

#: The page on which what is lacking is mended.
MENDED_ON = {
    "names": "organise.names",
    "phases": "organise.frame",
    "tracks": "organise.frame",
    "topics": "organise.topics",
    "rules": "organise.chosen_rules",
}
#: Time zones of the countries around; any other stands below them.
NEAR = ("Africa/Tripoli", "Africa/Tunis", "Africa/Cairo", "Africa/Algiers", "Africa/Khartoum", "Africa/Ndjamena", "UTC")


class NamesForm(LocalizedForm):
    """Names, titles and summaries in three languages, and the time zone."""

    names_ar = StringField(L_("Name in Arabic"), filters=[clean_line])
    names_en = StringField(L_("Name in English"), filters=[clean_line])
    names_fr = StringField(L_("Name in French"), filters=[clean_line])
    titles_ar = StringField(L_("Question in Arabic"), filters=[clean_line])
    titles_en = StringField(L_("Question in English"), filters=[clean_line])
    titles_fr = StringField(L_("Question in French"), filters=[clean_line])
    summaries_ar = TextAreaField(L_("Summary in Arabic"), filters=[clean_text])
    summaries_en = TextAreaField(L_("Summary in English"), filters=[clean_text])
    summaries_fr = TextAreaField(L_("Summary in French"), filters=[clean_text])
    timezone = SelectField(L_("Time zone"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rest = sorted(available_timezones() - set(NEAR))
        self.timezone.choices = {name: name.replace("_", " ") for name in (*NEAR, *rest)}

    def draft(self) -> NamesDraft:
        """Return what was typed."""
        return NamesDraft(
            self.localized("names"),
            self.localized("titles"),
            self.localized("summaries"),
            self.timezone.data or "",
        )

    def show(self, row: Consultation) -> None:
        """Fill the form with what is there."""
        self.fill("names", row.names)
        self.fill("titles", row.titles)
        self.fill("summaries", row.summaries)
        self.timezone.data = row.timezone


class NewForm(NamesForm):
    """A new consultation: template, first day, address and prefix, names."""

    template = RadioField(L_("What kind of consultation is it?"), [required(N_("Choose one of the answers."))])
    begins = DayField(
        L_("First day"),
        [required(N_("Write the date as year, month and day, for example 2026-11-24."))],
        description=L_("The phases of the template are counted from it; you can change each of them."),
    )
    slug = StringField(
        L_("Address"),
        [required(N_("Write small Latin letters, digits and hyphens, for example tripoli."))],
        description=L_("The consultation’s part of every address. It never changes."),
        filters=[clean_line],
    )
    prefix = StringField(
        L_("Prefix of receipt numbers"),
        [required(N_("Write two to six capital Latin letters, for example TC."))],
        description=L_("Two to six capital letters: TC gives TC-2026-00412. It never changes."),
        filters=[clean_line],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.template.choices = {key: say(template.label) for key, template in TEMPLATES.items()}


def _new_page(form: NewForm) -> str:
    hints = {key: say(template.description) for key, template in TEMPLATES.items()}
    return render_template("organise/new.html", form=form, hints=hints, languages=LANGUAGES)


@blueprint.get("/organise/new")
@requires("consultation.create")
def new() -> str:
    """Show the form for a new consultation."""
    return _new_page(NewForm(begins=clock.now().date().isoformat(), timezone="Africa/Tripoli"))


@blueprint.post("/organise/new")
@requires("consultation.create")
def set_up() -> Response | tuple[str, int]:
    """Set up a consultation from a template."""
    form = NewForm()
    draft = ConsultationDraft(
        form.draft(), form.slug.data or "", form.prefix.data or "", form.template.data or "", form.begins.given
    )
    try:
        with form.whole():
            made = create_consultation(draft, actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _new_page(form), 422
    flash(say(N_("The consultation is set up. Nobody but its staff sees it yet.")), "ok")
    return redirect(url_for("organise.frame", slug=made.slug), 303)


@blueprint.get("/c/<slug>/organise/frame/names/")
@requires("consultation.organise")
def names() -> str:
    """Show the form for names."""
    form = NamesForm()
    form.show(consultation())
    return render_template("organise/names.html", form=form, languages=LANGUAGES)


@blueprint.post("/c/<slug>/organise/frame/names/")
@requires("consultation.organise")
def save_names() -> Response | tuple[str, int]:
    """Change names, question, summary and time zone."""
    form = NamesForm()
    if not form.validate_on_submit():
        return render_template("organise/names.html", form=form, languages=LANGUAGES), 422
    try:
        change_names(form.draft(), consultation=consultation(), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return render_template("organise/names.html", form=form, languages=LANGUAGES), 422
    flash(say(N_("Saved.")), "ok")
    return redirect(url_for("organise.frame"), 303)


@blueprint.get("/c/<slug>/organise/frame/publish/")
@requires("consultation.organise")
def confirm_publish() -> str:
    """Ask once more before everybody can read it."""
    return render_template("organise/publish.html", lacks=lacks(consultation()))


@blueprint.post("/c/<slug>/organise/frame/publish/")
@requires("consultation.organise")
@recently_proven()
def make_public() -> Response | tuple[str, int]:
    """Make the consultation public."""
    try:
        publish(consultation=consultation(), actor=actor())
    except Rejected:
        return render_template("organise/publish.html", lacks=lacks(consultation())), 422
    flash(say(N_("The consultation is public: everybody can read it.")), "ok")
    return redirect(url_for("public.consultation"), 303)


def lacks(row: Consultation) -> list[tuple[Message, str]]:
    """Return what still has to be done before a consultation can be made public, each with the page for it."""
    return [(problem.message, url_for(MENDED_ON[problem.field])) for problem in lacking(row)]
