"""The frame of a consultation: phases, tracks, topics, rules; one thing a page."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import Field, ValidationError

from consult.ballots.custom_rules import rules_for
from consult.ballots.states import BALLOT_KIND_LABELS
from consult.consultations.frame import MOST_FILE_MEGABYTES, MOST_FILES, TrackDraft
from consult.consultations.models import ConsultationTrack, Phase
from consult.consultations.moderation import MODERATION_HINTS, MODERATION_LABELS, Moderation
from consult.consultations.phases import RIGHT_LABELS, Right, ahead, gaps, overlaps
from consult.consultations.queries import counts_by_track, topics_of
from consult.consultations.reference import SCHEME_LABELS
from consult.consultations.reference import topics as reference_topics
from consult.consultations.seats.services import MOST_SEATS
from consult.consultations.services import (
    choose_rules,
    choose_topics,
    remove_phase,
    set_phase,
    set_track,
)
from consult.consultations.templates import RULED_KINDS
from consult.consultations.timetable import PhaseDraft
from consult.errors import NotFound, Rejected
from consult.i18n import LANGUAGES, N_
from consult.plugins.questions import Question
from consult.recommendations.answer_counts import count_open
from consult.runtime import runtime
from consult.submissions.tracks import track_label
from consult.web.formats import zone
from consult.web.forms import (
    L_,
    BooleanField,
    Form,
    IntegerField,
    LocalizedForm,
    LocalMoment,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    clean_line,
    required,
    say,
    tell_which_hour,
    whole_numbers,
)
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.organise.needs import SHORTEST_GAP
from consult.web.organise.setting_up import lacks
from consult.web.question_fields import question_form
from consult.web.silence import SilenceFields, SilenceForm
from consult.web.visitor import actor, consultation


@blueprint.get("/c/<slug>/organise/frame/")
@requires("consultation.organise")
def frame() -> str:
    """Show the whole frame: what is set, what overlaps, what is lacking."""
    here = consultation()
    rules = rules_for(here.id)
    return render_template(
        "organise/frame.html",
        phases=sorted(here.phases, key=lambda p: (p.opens_at, p.closes_at)),
        rights=RIGHT_LABELS,
        overlaps=overlaps(here.phases),
        gaps=[gap for gap in gaps(here.phases) if gap.ends - gap.begins >= SHORTEST_GAP],
        tracks=[(row, track_label(row.key), runtime().hooks.track(row.key)) for row in here.tracks],
        others=[track for key, track in runtime().hooks.tracks.items() if key not in {t.key for t in here.tracks}],
        counts=counts_by_track(here.id),
        topics=topics_of(here.id),
        rules=[(BALLOT_KIND_LABELS[kind], rules.get(here.rules.get(kind, ""))) for kind in BALLOT_KIND_LABELS],
        lacks=[] if here.public else lacks(here),
        languages=LANGUAGES,
    )


class PhaseForm(SilenceFields, LocalizedForm):
    """A phase: names, when it opens and closes, what it opens; and why texts are left without an answer if it ends by this."""

    key = StringField(
        L_("Key"),
        description=L_("Small Latin letters, for example hearings. It never changes."),
        filters=[clean_line],
    )
    names_ar = StringField(L_("Name in Arabic"), filters=[clean_line])
    names_en = StringField(L_("Name in English"), filters=[clean_line])
    names_fr = StringField(L_("Name in French"), filters=[clean_line])
    opens_at = LocalMoment(L_("Opens"), [required(N_("Write the date and time, for example 2026-11-24 10:00."))])
    closes_at = LocalMoment(L_("Closes"), [required(N_("Write the date and time, for example 2026-11-24 10:00."))])
    rights = SelectMultipleField(L_("What may be done while it is open"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rights.choices = {right.value: say(RIGHT_LABELS[right]) for right in Right}
        self.offer()


class NewPhaseForm(PhaseForm):
    """A phase to be added: none has its key."""

    def validate_key(self, field: Field) -> None:
        """Refuse the key of a phase that is there."""
        if any(phase.key == field.data for phase in consultation().phases):
            raise ValidationError(say(N_("Two phases have this key.")))


def _phase(key: str) -> Phase:
    found = next((p for p in consultation().phases if p.key == key), None)
    if found is None:
        raise NotFound
    return found


@blueprint.get("/c/<slug>/organise/frame/phases/new/")
@requires("consultation.organise")
def new_phase() -> str:
    """Show the form for another phase."""
    return _phase_page(PhaseForm(), None)


def _phase_page(form: PhaseForm, row: Phase | None) -> str:
    """Return the form of a phase; the reason is asked for once the phase would end without one."""
    asked = count_open(consultation()) if form.silence.errors or form.silence_language.errors else None
    return render_template("organise/phase.html", form=form, phase=row, languages=LANGUAGES, unanswered=asked)


@blueprint.get("/c/<slug>/organise/frame/phases/<key>/")
@requires("consultation.organise")
def phase(key: str) -> str:
    """Show the form of a phase."""
    row, tz = _phase(key), zone(consultation().timezone)
    form = PhaseForm(
        key=row.key,
        opens_at=row.opens_at.astimezone(tz).replace(tzinfo=None),
        closes_at=row.closes_at.astimezone(tz).replace(tzinfo=None),
        rights=row.rights,
    )
    form.fill("names", row.names)
    return _phase_page(form, row)


@blueprint.post("/c/<slug>/organise/frame/phases/new/")
@requires("consultation.organise")
def add_phase() -> Response | tuple[str, int]:
    """Add a phase."""
    form = NewPhaseForm()
    return _save_phase(form, form.key.data or "", None)


@blueprint.post("/c/<slug>/organise/frame/phases/<key>/")
@requires("consultation.organise")
def save_phase(key: str) -> Response | tuple[str, int]:
    """Change a phase."""
    return _save_phase(PhaseForm(), key, _phase(key))


def _save_phase(form: PhaseForm, key: str, row: Phase | None) -> Response | tuple[str, int]:
    opens, closes = form.opens_at.moment, form.closes_at.moment
    draft = PhaseDraft(key, form.localized("names"), opens, closes, form.rights.data or ())
    try:
        with form.whole():
            set_phase(draft, consultation=consultation(), actor=actor(), silence=form.given)
    except Rejected as refused:
        form.take(refused)
        return _phase_page(form, row), 422
    flash(say(N_("Saved.")), "ok")
    tell_which_hour(opens, closes)
    return redirect(url_for("organise.frame", _anchor="phases"), 303)


@blueprint.get("/c/<slug>/organise/frame/phases/<key>/remove/")
@requires("consultation.organise")
def confirm_phase_removal(key: str) -> str:
    """Ask once more before a phase goes."""
    return _removal_page(SilenceForm(), _phase(key))


def _removal_page(form: SilenceForm, row: Phase) -> str:
    form.offer()
    here = consultation()
    ends = Right.OUTCOME in ahead(here.phases) - ahead(other for other in here.phases if other is not row)
    asked = count_open(here) if ends else None
    return render_template(
        "organise/remove_phase.html",
        form=form,
        phase=row,
        rights=RIGHT_LABELS,
        unanswered=asked and asked.total and asked,
    )


@blueprint.post("/c/<slug>/organise/frame/phases/<key>/remove/")
@requires("consultation.organise")
def drop_phase(key: str) -> Response | tuple[str, int]:
    """Remove a phase."""
    form = SilenceForm()
    try:
        remove_phase(key, consultation=consultation(), actor=actor(), silence=form.given)
    except Rejected as refused:
        form.take(refused)
        return _removal_page(form, _phase(key)), 422
    flash(say(N_("The phase is gone.")), "ok")
    return redirect(url_for("organise.frame", _anchor="phases"), 303)


class TrackForm(Form):
    """On or off, seats; what the track itself asks comes after."""

    enabled = BooleanField(L_("This track takes part"))
    seats = IntegerField(L_("Seats in the plenary"), [whole_numbers(0, MOST_SEATS)])
    moderation = RadioField(L_("When does a moderator read what is handed in?"), validate_choice=False)
    files = IntegerField(
        L_("Documents with a submission, at most"),
        [whole_numbers(0, MOST_FILES)],
        description=L_("0 takes none. Each is checked and kept without its author’s properties."),
        default=0,
    )
    file_megabytes = IntegerField(
        L_("Megabytes of each document, at most"), [whole_numbers(1, MOST_FILE_MEGABYTES)], default=5
    )
    open_to_persons = BooleanField(L_("Persons may register by themselves"))
    blind = BooleanField(L_("Texts are judged without names"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.moderation.choices = [(mode.value, say(label)) for mode, label in MODERATION_LABELS.items()]


def _track_form(questions: tuple[Question, ...]) -> type[TrackForm]:
    return question_form(questions, TrackForm)


def _questions(key: str) -> tuple[Question, ...]:
    track = runtime().hooks.track(key)
    return tuple(track.settings_questions()) if track else ()


def _track_row(key: str) -> ConsultationTrack:
    """Return the track as it is used here, or as one that is installed would begin."""
    found = next((t for t in consultation().tracks if t.key == key), None)
    if found is None and runtime().hooks.track(key) is None:
        raise NotFound
    return found or ConsultationTrack(key=key, enabled=False, seats=0, settings={}, moderation=Moderation.PRE)


def _track_page(form: TrackForm, row: ConsultationTrack) -> str:
    return render_template(
        "organise/track.html",
        form=form,
        row=row,
        label=track_label(row.key),
        installed=runtime().hooks.track(row.key) is not None,
        asked=[form[question.key] for question in _questions(row.key)],
        hints={mode.value: say(hint) for mode, hint in MODERATION_HINTS.items()},
    )


@blueprint.get("/c/<slug>/organise/frame/tracks/<key>/")
@requires("consultation.organise")
def track(key: str) -> str:
    """Show how a track is used."""
    row, questions = _track_row(key), _questions(key)
    kept = {q.key: row.settings.get(q.key) for q in questions}
    answers = {name: {True: "yes", False: "no"}.get(value, value) for name, value in kept.items() if value is not None}
    shown = ("enabled", "seats", "moderation", "open_to_persons", "blind", "files", "file_megabytes")
    set_here = {name: getattr(row, name) for name in shown} | {"file_megabytes": row.file_megabytes or 5}
    return _track_page(_track_form(questions)(**set_here, **answers), row)


@blueprint.post("/c/<slug>/organise/frame/tracks/<key>/")
@requires("consultation.organise")
def save_track(key: str) -> Response | tuple[str, int]:
    """Switch a track on or off and set it."""
    row, questions = _track_row(key), _questions(key)
    form = _track_form(questions)()
    if not form.validate_on_submit():
        return _track_page(form, row), 422
    answers = {question.key: form[question.key].data for question in questions}
    draft = TrackDraft(
        key,
        bool(form.enabled.data),
        int(form.seats.data or 0),
        answers,
        form.moderation.data or None,
        files=int(form.files.data or 0),
        file_megabytes=int(form.file_megabytes.data or 5),
        open_to_persons=bool(form.open_to_persons.data),
        blind=bool(form.blind.data),
    )
    try:
        set_track(draft, consultation=consultation(), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _track_page(form, row), 422
    flash(say(N_("Saved.")), "ok")
    return redirect(url_for("organise.frame", _anchor="tracks"), 303)


class TopicsForm(Form):
    """The topics that are chosen, as keys such as `gcm:1`; what there is no such topic of, the service says."""

    topics = SelectMultipleField(choices=(), validate_choice=False)


@blueprint.get("/c/<slug>/organise/frame/topics/")
@requires("consultation.organise")
def topics() -> str:
    """Show the topics of every scheme, those that are chosen ticked."""
    return _topics_page(TopicsForm(topics=[f"{t.scheme}:{t.code}" for t in topics_of(consultation().id)]))


@blueprint.post("/c/<slug>/organise/frame/topics/")
@requires("consultation.organise")
def save_topics() -> Response | tuple[str, int]:
    """Choose the topics, in the order of the schemes; those of the consultation's own stay in front."""
    form = TopicsForm()
    if not form.validate_on_submit():
        return _topics_page(form), 422
    try:
        choose_topics(form.topics.data or (), consultation=consultation(), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _topics_page(form), 422
    flash(say(N_("Saved.")), "ok")
    return redirect(url_for("organise.frame", _anchor="topics"), 303)


def _topics_page(form: TopicsForm) -> str:
    own = [t for t in topics_of(consultation().id) if f"{t.scheme}:{t.code}" not in reference_topics()]
    groups = [(N_("Of this consultation"), [(f"{topic.scheme}:{topic.code}", topic.names) for topic in own])]
    for scheme, label in SCHEME_LABELS.items():
        of_scheme = [(topic.key, topic.names) for topic in reference_topics().values() if topic.scheme == scheme]
        groups.append((label, of_scheme))
    return render_template("organise/topics.html", groups=[group for group in groups if group[1]], form=form)


class RulesForm(Form):
    """The decision rule of each kind of ballot."""

    recommendation = SelectField(L_("For a recommendation"), validate_choice=False)
    procedural = SelectField(L_("For a question of procedure"), validate_choice=False)
    choice = SelectField(L_("For a choice among options"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = {"": say(N_("To be chosen with each ballot"))} | {
            rule.id: say(rule.name) for rule in rules_for(consultation().id).values()
        }
        for kind in RULED_KINDS:
            self[kind].choices = offered


def _rules_page(form: RulesForm) -> str:
    return render_template("organise/chosen_rules.html", form=form)


@blueprint.get("/c/<slug>/organise/frame/rules/")
@requires("consultation.organise")
def chosen_rules() -> str:
    """Show which rule decides which kind of ballot."""
    return _rules_page(RulesForm(data=consultation().rules))


@blueprint.post("/c/<slug>/organise/frame/rules/")
@requires("consultation.organise")
def save_chosen_rules() -> Response | tuple[str, int]:
    """Choose the rules."""
    form = RulesForm()
    if not form.validate_on_submit():
        return _rules_page(form), 422
    try:
        choose_rules({kind: form[kind].data or "" for kind in RULED_KINDS}, consultation=consultation(), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _rules_page(form), 422
    flash(say(N_("Saved.")), "ok")
    return redirect(url_for("organise.frame", _anchor="rules"), 303)
