"""One text beside its translation: written part by part, handed in, approved by somebody else or sent back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from consult import clock
from consult.accounts.access import allowed, demand
from consult.errors import Conflict, NotFound, Problem, Rejected
from consult.i18n import N_, direction
from consult.runtime import runtime
from consult.submissions.drafting.splices import OtherText, Splice, plain, spliced
from consult.submissions.models import Submission
from consult.submissions.policies import languages_into
from consult.submissions.queries import submission_by_number
from consult.submissions.reading import whole_submission
from consult.submissions.states import SubmissionState
from consult.submissions.tracks import track_label
from consult.submissions.translations.models import Translation
from consult.submissions.translations.parts import TITLE, SidePart, side_by_side
from consult.submissions.translations.queries import (
    IntoLanguage,
    case_of,
    original_of,
    present_translation,
    words_of_translation,
)
from consult.submissions.translations.services import (
    TranslationDraft,
    approve_translation,
    ask_machine,
    return_translation,
    save_translation,
    set_aside,
)
from consult.submissions.translations.states import KIND_LABELS, TranslationKind
from consult.web.forms import (
    L_,
    Form,
    HiddenField,
    StringField,
    TextAreaField,
    clean_line,
    clean_text,
    say,
    sent_version,
)
from consult.web.guards import requires, visible
from consult.web.problems import ours_only
from consult.web.submissions import language_name
from consult.web.take_part.saving import saved, sent_changes
from consult.web.translate.blueprint import blueprint
from consult.web.translations import TRANSLATION_TAGS
from consult.web.visitor import actor, consultation

Answer = str | Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Desk:
    """A text and what there is of it in one language: what stands beside the original, and where its words come from."""

    row: Submission
    code: str
    draft: Translation | None
    official: Translation | None
    machine: Translation | None
    sides: Sequence[SidePart]
    made_from: int
    taken_from_machine: bool

    @classmethod
    def of(cls, row: Submission, code: str) -> Desk:
        """Read the desk; without a draft the words are those of the official translation, or of the machine where asked for."""
        draft, official, machine = (
            present_translation(row.id, code, kind)
            for kind in (TranslationKind.DRAFT, TranslationKind.OFFICIAL, TranslationKind.MACHINE)
        )
        taken = draft or official or (machine if request.args.get("from") == "machine" else None)
        now = original_of(row, row.revision)
        words = words_of_translation(taken.id) if taken else {}
        before = original_of(row, taken.revision) if taken and taken.revision != row.revision else None
        if before is not None and taken is not None and taken.revision not in _open_revisions(row):
            before = None  # a ground keeps that revision out of sight
        made_from = taken.revision if taken else 0
        return cls(
            row,
            code,
            draft,
            official,
            machine,
            side_by_side(now, before, words),
            made_from,
            taken is not None and taken is machine,
        )

    @property
    def handed_in(self) -> bool:
        """Tell whether the draft waits for approval, in the present revision."""
        draft = self.draft
        return draft is not None and draft.handed_in_at is not None and draft.revision == self.row.revision

    @property
    def writes(self) -> bool:
        """Tell whether the visitor may write here."""
        return allowed(actor(), "translation.write", IntoLanguage(self.row, self.code))

    @property
    def approves(self) -> bool:
        """Tell whether the visitor may approve the draft that waits."""
        return self.handed_in and allowed(actor(), "translation.approve", case_of(self.row, self.code))

    @property
    def asks_machine(self) -> bool:
        """Tell whether a machine can be asked for the present revision."""
        fresh = self.machine is not None and self.machine.revision == self.row.revision
        public = self.row.state == SubmissionState.ACCEPTED
        return self.writes and public and not fresh and runtime().hooks.translates()


def _open_revisions(row: Submission) -> frozenset[int]:
    whole = whole_submission(row.consultation_id, row.number)
    return whole.open_revisions if whole else frozenset()


class ReturnForm(Form):
    """What its writer is to look at again."""

    remark = TextAreaField(
        L_("What is to be looked at again?"),
        description=L_("Only those who translate and the organisers read this."),
        filters=[clean_text],
    )


def _desk(code: str, number: str) -> Desk:
    row: Submission = visible("translation.read", submission_by_number(consultation().id, number))
    if code not in languages_into(actor(), row.consultation_id) or code == row.language:
        raise NotFound
    return Desk.of(row, code)


def _form_class(sides: Sequence[SidePart]) -> type[Form]:
    """Return a form with a field for each part; `revision` and `version` are what the page shows."""
    fields: dict[str, Any] = {"revision": HiddenField(), "version": HiddenField(), "page": HiddenField()}
    for side in sides:
        if side.original.key == TITLE:
            fields[TITLE] = StringField(L_("Title"), filters=[clean_line])
        else:
            fields[side.original.key] = TextAreaField(say(_label(side)), filters=[clean_text])
    return type("TranslationForm", (Form,), fields)


def _label(side: SidePart) -> Any:
    part = side.original
    if part.key == TITLE:
        return N_("Title")
    if part.kind == "answer":
        return part.label
    number = part.key.removeprefix("p")
    return (
        N_("Proposal, passage %(number)s", number=number)
        if part.kind == "proposal"
        else N_("Passage %(number)s", number=number)
    )


@blueprint.route("/c/<slug>/translations/<code>/<number>/", methods=["GET", "POST"])
@requires("translation.list")
def text(code: str, number: str) -> Answer:
    """Show a text beside its translation; a POST saves what was written, and hands it in where that is asked for."""
    desk = _desk(code, number)
    kept = {side.original.key: side.text for side in desk.sides}
    version = desk.draft.version if desk.draft else 0
    form = _form_class(desk.sides)(
        data={**kept, "revision": str(desk.row.revision), "version": str(version), "page": token_hex(8)}
    )
    if request.method == "GET":
        return _page(desk, form)
    demand(actor(), "translation.write", IntoLanguage(desk.row, code))
    ready = request.form.get("then") == "ready"
    try:
        form.validate()
        save_translation(_draft(desk, form, ready=ready), submission=desk.row, actor=actor())
    except Rejected as error:
        form.take(error)
        return _page(desk, form), 422
    except Conflict as error:
        return _moved(desk, form, error), 409
    done = N_("The translation is handed in: somebody else approves it.") if ready else N_("Saved.")
    flash(say(done), "ok")
    onward = _queue(code) if ready else url_for("translate.text", code=code, number=number)
    return redirect(onward, 303)


@blueprint.post("/c/<slug>/translations/<code>/<number>/autosave")
@requires("translation.list")
def autosave(code: str, number: str) -> Response | tuple[str, int]:
    """Keep what is being typed; the answer is the draft's version and the line that the page shows."""
    desk = _desk(code, number)
    demand(actor(), "translation.write", IntoLanguage(desk.row, code))
    ours_only()
    sent = sent_changes()
    words = {side.original.key: side.text for side in desk.sides}
    try:
        for part, change in sent.fields.items():
            if part in words:
                words[part] = spliced(words[part], change) if isinstance(change, Splice) else plain("".join(change[:1]))
        shown = sent_version(request.args.get("revision"))
        draft = TranslationDraft(code, shown, sent.version, words, checked=False)
        made = save_translation(draft, submission=desk.row, actor=actor())
    except OtherText:
        return "", 412
    except Conflict:
        return "", 409
    return saved(made.version, made.written_at or clock.now())


def _queue(code: str) -> str:
    chosen: dict[str, Any] = {"in": code}
    return url_for("translate.queue", **chosen)


def _draft(desk: Desk, form: Any, *, ready: bool) -> TranslationDraft:
    words: Mapping[str, str] = {side.original.key: form[side.original.key].data or "" for side in desk.sides}
    return TranslationDraft(desk.code, sent_version(form.revision.data), sent_version(form.version.data), words, ready)


def _moved(desk: Desk, form: Any, error: Conflict) -> str:
    """Show what was typed beside what now is; saving again then saves it."""
    form.add(Problem("", error.message))
    form.revision.data, form.page.data = str(desk.row.revision), token_hex(8)
    form.version.data = str(desk.draft.version if desk.draft else 0)
    return _page(desk, form, theirs=words_of_translation(desk.draft.id) if desk.draft else {})


def _page(desk: Desk, form: Any, refused: Form | None = None, theirs: Mapping[str, str] | None = None) -> str:
    edits = desk.writes and not (desk.approves and request.method == "GET" and request.args.get("edit") != "yes")
    row = desk.row
    return render_template(
        "translate/text.html",
        desk=desk,
        row=row,
        form=form,
        edits=edits and refused is None,
        returning=refused or ReturnForm(),
        theirs=theirs,
        saves_itself=theirs is None and not desk.handed_in,
        label=_label,
        into_name=language_name(desk.code),
        into_dir=direction(desk.code),
        language_name=language_name(row.language),
        track=track_label(row.track),
        kind_labels=KIND_LABELS,
        kind_tags=TRANSLATION_TAGS,
        sets_aside=allowed(actor(), "translation.set_aside", row) and bool(desk.official or desk.machine),
    )


@blueprint.post("/c/<slug>/translations/<code>/<number>/<any(approve, return, machine, aside):act>")
@requires("translation.list")
def act(code: str, number: str, act: str) -> Answer:
    """Approve the translation that the page showed, send it back, ask a machine, or take what is shown out of sight."""
    desk, form = _desk(code, number), ReturnForm()
    version = sent_version(request.form.get("version"))
    try:
        form.validate()
        if act == "approve":
            approve_translation(desk.row, code, version, actor=actor())
            said = N_("The translation is official now, and readers of the language see it first.")
        elif act == "return":
            return_translation(desk.row, code, version, remark=form.remark.data or "", actor=actor())
            said = N_("The translation is sent back to its writer.")
        elif act == "machine":
            ask_machine(desk.row, code, actor=actor())
            said = N_("The machine translation is asked for. It stands here in a moment.")
        else:
            set_aside(desk.row, code, actor=actor())
            said = N_("Nothing is shown in this language any more.")
    except Rejected as error:
        form.take(error)
        return _page(desk, _form_class(desk.sides)(), form), 422
    except Conflict as error:
        flash(say(error.message), "no")
        return redirect(url_for("translate.text", code=code, number=number), 303)
    flash(say(said), "ok")
    return redirect(url_for("translate.text", code=code, number=number), 303)
