"""The coding desk: one's own texts, one text with its passages, the next one. Nobody sees here what another coder gave."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from consult.coding.marks import Mark, Sentence, sentences, write_line
from consult.coding.models import Coder
from consult.coding.queries import (
    CodeLine,
    Task,
    codebook,
    coded_before,
    coder_of,
    coder_with_task,
    marks_of,
    memos_of,
    next_task,
    progress_of,
    tasks_page,
)
from consult.coding.services import CodingDraft, finish_text, redo_codes, reopen_text, save_codes, undo_codes
from consult.coding.states import SIGN_OF, TextState
from consult.coding.suggestions import Suggestion, suggest
from consult.errors import Conflict, NotFound, Rejected
from consult.i18n import N_, Message
from consult.submissions.queries import ShownPassage, passages_of
from consult.typed_numbers import as_number
from consult.web.coding.blueprint import blueprint
from consult.web.context import local
from consult.web.forms import (
    Form,
    HiddenField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    clean_line,
    clean_text,
    latin_digits,
    say,
    sent_version,
)
from consult.web.guards import requires, visible
from consult.web.submissions import language_name
from consult.web.visitor import actor, consultation

#: What a button of the page does beside saving, and what is said then.
ACTS = {
    "undo": (undo_codes, N_("The last step is taken back.")),
    "redo": (redo_codes, N_("The step is done again.")),
}


def coder_here() -> Coder:
    """Return the visitor as a coder of the consultation; NotFound for everybody else."""
    row: Coder = visible("coding.code", coder_of(consultation().id, actor().person))
    return row


def _with_task(number: str) -> tuple[Coder, Task]:
    """Return the visitor as a coder, and their task on a text; NotFound for everybody else."""
    found = coder_with_task(consultation().id, actor().person, number)
    coder: Coder = visible("coding.code", found[0] if found else None)
    if found is None:
        raise NotFound
    return coder, found[1]


@blueprint.get("/c/<slug>/coding/")
@requires("coding.enter")
def mine() -> str:
    """Show one's progress and texts: those to do, or those done."""
    coder, done = coder_here(), request.args.get("done") == "yes"
    page = tasks_page(coder.id, done=done, after=request.args.get("after", "")[:40])
    chosen: dict[str, Any] = {"done": "yes"} if done else {}
    return render_template(
        "coding/mine.html",
        coder=coder,
        done=done,
        progress=progress_of(coder.id),
        rows=page.rows,
        older=url_for("coding.mine", **chosen, after=page.older) if page.older else None,
        language_name=language_name,
    )


@blueprint.get("/c/<slug>/coding/next/")
@requires("coding.enter")
def next_text() -> Response:
    """Go to the next text that one has not finished, or back to the list once there is none."""
    number = next_task(coder_here().id, request.args.get("after", "")[:40])
    return redirect(url_for("coding.text", number=number) if number else url_for("coding.mine"), 303)


@blueprint.route("/c/<slug>/coding/texts/<number>/", methods=["GET", "POST"])
@requires("coding.enter")
def text(number: str) -> str | Response | tuple[str, int]:
    """Code a text: save and stay, or finish it and go to the next."""
    if request.method == "GET":
        desk = Desk.of(*_with_task(number))
        return desk.page(desk.form())
    desk = Desk.of(*_with_task(number), suggests=False)  # what is sent names its codes: nothing has to be suggested
    form = desk.form()
    if not form.validate():
        return _again(number), 422
    then = request.form.get("then", "")
    save, said = ACTS.get(then, (save_codes, N_("Saved.")))
    try:
        save(desk.draft(form), task=desk.task.id, actor=actor())
        if then == "done":
            finish_text(task=desk.task.id, actor=actor())
    except Rejected as error:
        return _again(number, error), 422
    except Conflict as error:
        return _moved_on(number, error), 409
    if then == "done":
        flash(say(N_("%(number)s is finished.", number=number)), "ok")
        return redirect(url_for("coding.next_text", after=number), 303)
    flash(say(said), "ok")
    return redirect(url_for("coding.text", number=number), 303)


def _again(number: str, error: Rejected | None = None) -> str:
    """Show what was typed again, and what is wrong with it."""
    desk = Desk.of(*_with_task(number))
    form = desk.form()
    form.validate()
    if error is not None:
        form.take(error)
    return desk.page(form)


def _moved_on(number: str, error: Conflict) -> str:
    """Show what was typed again, beside what stands there now; saving once more then writes over it knowingly."""
    desk = Desk.of(*_with_task(number))
    form = desk.form()
    form.problems.append(say(error.message))
    form.version.data = str(desk.task.version)
    form.version.raw_data = None
    return desk.page(form, beside=desk.lines())


@blueprint.post("/c/<slug>/coding/texts/<number>/reopen/")
@requires("coding.enter")
def reopen(number: str) -> Response:
    """Take a finished text up again."""
    reopen_text(task=_with_task(number)[1].id, actor=actor())
    return redirect(url_for("coding.text", number=number), 303)


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A code as a chip: number and name, and the sign of a stance."""

    number: int
    name: Markup | str
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """A text on the desk, with everything its page needs; read once for a request."""

    task: Task
    passages: Sequence[ShownPassage]
    codes: Sequence[CodeLine]
    marks: Mapping[uuid.UUID, Sequence[Mark]]
    memos: Mapping[uuid.UUID, str]
    suggestions: Mapping[uuid.UUID, Sequence[Suggestion]]

    @classmethod
    def of(cls, coder: Coder, task: Task, *, suggests: bool = True) -> Desk:
        """Read a text with what its coder gave so far (5 queries, 4 without suggestions); of one that is out of sight, nothing is read."""
        passages = passages_of(task.submission, task.revision) if task.live else []
        codes, marks = codebook(consultation().id), marks_of(task.id)
        suggestions: Mapping[uuid.UUID, Sequence[Suggestion]] = {}
        if suggests and task.done_at is None:
            known = [code.known for code in codes if code.in_use]
            before = coded_before(coder.id, task.id)
            suggestions = suggest({passage.id: passage.text for passage in passages}, known, before)
        return cls(task, passages, codes, marks, memos_of(task.id), suggestions)

    def lines(self) -> Mapping[int, str]:
        """Return what stands beside each passage now, as a coder writes it."""
        numbers = {code.id: code.number for code in self.codes}
        return {p.number: write_line(self.marks.get(p.id, ()), numbers, p.text) for p in self.passages}

    def form(self) -> Any:
        """Return the form, with a line, suggestions and a memo for each passage."""
        fields: dict[str, Any] = {"version": HiddenField()}
        data: dict[str, Any] = {"version": str(self.task.version)}
        codes = {code.id: code for code in self.codes}
        lines = self.lines()
        for passage in self.passages:
            n = passage.number
            fields[f"codes_{n}"] = StringField(filters=[clean_line, latin_digits])
            fields[f"memo_{n}"] = TextAreaField(filters=[clean_text])
            data[f"codes_{n}"], data[f"memo_{n}"] = lines[n], self.memos.get(passage.id, "")
            given = {mark.code for mark in self.marks.get(passage.id, ())}
            offered = [(codes[one.code], one) for one in self.suggestions.get(passage.id, ()) if one.code not in given]
            if offered:
                fields[f"pick_{n}"] = SelectMultipleField(
                    choices={str(code.number): f"{code.number} {say(code.names)}" for code, _ in offered},
                    validate_choice=False,
                )
        return type("CodingForm", (Form,), fields)(**data)

    def draft(self, form: Any) -> CodingDraft:
        """Return what was written."""
        numbers = [passage.number for passage in self.passages]
        return CodingDraft(
            sent_version(form.version.data),
            {n: form[f"codes_{n}"].data or "" for n in numbers},
            {n: form[f"memo_{n}"].data or "" for n in numbers},
            {
                n: [code for one in request.form.getlist(f"pick_{n}")[:20] if (code := as_number(one, 0))]
                for n in numbers
            },
        )

    def page(self, form: Any, beside: Mapping[int, str] | None = None) -> str:
        """Return the page; `beside` is what another page saved meanwhile."""
        return render_template(
            "coding/text.html",
            task=self.task,
            form=form,
            beside=beside or {},
            begin=self._begin(form),
            steps=self.task.steps,
            progress=self.task.progress,
            passages=[(passage, _parts(passage.text), self._chips(passage)) for passage in self.passages],
            hints={passage.number: self._hints(passage) for passage in self.passages},
            codes=[code for code in self.codes if code.in_use],
            language_name=language_name(self.task.language),
            reopens=self.task.done_at is not None and (self.task.state == TextState.OPEN or self.task.coders == 1),
        )

    def _begin(self, form: Any) -> int | None:
        """Return where the cursor stands: in the first line without a code, 0 at what finishes, None where errors stand."""
        if form.errors or form.problems:
            return None
        return next((one.number for one in self.passages if not form[f"codes_{one.number}"].data), 0)

    def _chips(self, passage: ShownPassage) -> Sequence[ShownCode]:
        names = {code.id: code for code in self.codes}
        found = [
            ShownCode(names[mark.code].number, local(names[mark.code].names), SIGN_OF.get(mark.stance, ""))
            for mark in self.marks.get(passage.id, ())
        ]
        return sorted(found, key=lambda one: one.number)

    def _hints(self, passage: ShownPassage) -> Mapping[str, Markup | str]:
        """Return why each code is suggested: the words in common, and whether they are those of earlier coding."""
        numbers = {code.id: code.number for code in self.codes}
        before = N_("as you coded before: %(words)s")
        book = N_("words in common: %(words)s")
        return {
            str(numbers[one.code]): local(
                Message((before if one.from_before else book).text, {"words": say(N_(", ")).join(one.words)})
            )
            for one in self.suggestions.get(passage.id, ())
        }


def _parts(text: str) -> Sequence[tuple[Sentence, str]]:
    return [(one, text[one.begins : one.ends]) for one in sentences(text)]
