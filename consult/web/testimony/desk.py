"""The desk of the readers: a list without texts, one testimony at a time, answers, words to be quoted and their check.

A testimony is opened by a POST, because opening it is recorded, and a GET writes nothing. So it stands at no address that a
browser keeps, and looking at it again is one more reading on record.
"""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField

from consult.accounts.access import allowed
from consult.attachments import KIND_LABELS
from consult.consultations.queries import topics_of
from consult.errors import Conflict, NotFound, Rejected
from consult.i18n import N_, Message
from consult.recommendations.queries import proposed_recommendations
from consult.submissions.dispositions import KINDS
from consult.testimony.content import MessageDraft
from consult.testimony.keys import has_key
from consult.testimony.queries import (
    count_by_state,
    count_without_end,
    demand_reader,
    desk_of,
    factor_needed,
    list_of,
    readings_of,
)
from consult.testimony.services import (
    EndDraft,
    answer_testimony,
    check_quote,
    dispose_testimony,
    propose_quote,
    publish_quote,
    read_testimony,
)
from consult.testimony.states import CHECKS, QUOTE_LABELS, QUOTING_LABELS, REGION_LABELS, STATE_LABELS, TestimonyState
from consult.typed_numbers import as_number
from consult.web.documents import size_in_words
from consult.web.forms import (
    L_,
    BooleanField,
    Form,
    RadioField,
    SelectField,
    SelectMultipleField,
    TextAreaField,
    clean_text,
    say,
)
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.proof import recently_proven
from consult.web.testimony.blueprint import readers
from consult.web.visitor import actor, consultation
from consult.web.working_languages import language_label, offered_languages

Page = str | Response | tuple[str, int]


class AnswerForm(Form):
    """An answer to an author, or a question."""

    once = HiddenField()
    text = TextAreaField(L_("Your answer or question"), filters=[clean_text])
    language = SelectField(L_("Language you write in"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = list(offered_languages().items())


class EndForm(Form):
    """What becomes of a testimony, with words for its author."""

    once = HiddenField()
    kind = RadioField(L_("What becomes of it"), validate_choice=False)
    recommendation = SelectField(L_("Recommendation"), validate_choice=False)
    text = TextAreaField(L_("Words for the author"), filters=[clean_text])
    language = SelectField(L_("Language you write in"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(key.value, say(one.label)) for key, one in KINDS.items()]
        listed = proposed_recommendations(consultation().id)
        self.recommendation.choices = [("", say(N_("None")))] + [
            (str(number), say(N_("%(number)s: %(name)s", number=number, name=titles)))
            for number, titles in listed.items()
        ]
        self.language.choices = list(offered_languages().items())

    def draft(self) -> EndDraft:
        """Return what was chosen and written."""
        chosen = self.recommendation.data or ""
        number = as_number(chosen, 0)
        return EndDraft(self.kind.data or "", number, MessageDraft(self.text.data or "", self.language.data or ""))


class QuoteForm(Form):
    """Words to be quoted."""

    words = TextAreaField(
        L_("Words to be quoted"),
        description=L_("Letter by letter as the author wrote them; [...] for a part that is left out."),
        filters=[clean_text],
    )
    language = SelectField(L_("Language of these words"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = list(offered_languages().items())


class CheckForm(Form):
    """What a second reader looked for in words to be quoted."""

    quote = HiddenField()
    checks = SelectMultipleField(L_("Looked for and not found"), validate_choice=False)
    identifies = BooleanField(L_("It would identify somebody: these words are not quoted"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.checks.choices = [(key, say(label)) for key, label in CHECKS.items()]


def demand_desk() -> None:
    """Show the desk to readers; to anybody else there is nothing at this address."""
    here = consultation()
    desk = desk_of(here.id, actor())
    if not allowed(actor(), "testimony.read", desk):
        raise factor_needed() if actor().person in desk.readers else NotFound()


@readers.get("/c/<slug>/testimony/desk/")
@requires("account.use")
def desk() -> str:
    """List what came: number, day and state, never a text."""
    demand_desk()
    here, state = consultation(), request.args.get("state", "")
    state = state if state in set(TestimonyState) else ""
    rows, more = list_of(here.id, state, request.args.get("after", "")[:20])
    return render_template(
        "testimony/desk.html",
        rows=rows,
        older=url_for("readers.desk", state=state or None, after=more) if more else None,
        state=state,
        counts=count_by_state(here.id),
        without_end=count_without_end(here),
        labels=STATE_LABELS,
        readings=readings_of(here.id),
        key=has_key(),
    )


@readers.post("/c/<slug>/testimony/desk/<int(max=999999):number>/")
@requires("account.use")
@recently_proven()
def read(number: int) -> Page:
    """Open one testimony, which is recorded."""
    demand_desk()
    return _opened(number)


@readers.post("/c/<slug>/testimony/desk/<int(max=999999):number>/answer/")
@requires("account.use")
@recently_proven()
def answer(number: int) -> Page:
    """Answer the author, or ask something."""
    demand_desk()
    form = AnswerForm()
    draft = MessageDraft(form.text.data or "", form.language.data or "")
    try:
        answer_testimony(draft, number=number, once=_id(form.once.data), consultation=consultation(), actor=actor())
    except Rejected as refused:
        form.take(refused)
        return _opened(number, answering=form), 422
    return _done(N_("The answer is kept. Its author reads it when they come back."))


@readers.post("/c/<slug>/testimony/desk/<int(max=999999):number>/end/")
@requires("account.use")
@recently_proven()
def end(number: int) -> Page:
    """Say what becomes of a testimony."""
    demand_desk()
    form, here = EndForm(prefix="end-"), consultation()
    try:
        dispose_testimony(
            form.draft(),
            number=number,
            once=_id(form.once.data),
            recommendations=proposed_recommendations(here.id),
            consultation=here,
            actor=actor(),
        )
    except Rejected as refused:
        form.take(refused)
        return _opened(number, ending=form), 422
    return _done(N_("It is kept. Its author reads what became of the testimony when they come back."))


@readers.post("/c/<slug>/testimony/desk/<int(max=999999):number>/quote/")
@requires("account.use")
@recently_proven()
def propose(number: int) -> Page:
    """Propose words to be quoted."""
    demand_desk()
    form = QuoteForm()
    try:
        propose_quote(
            form.words.data or "", form.language.data or "", number=number, consultation=consultation(), actor=actor()
        )
    except Rejected as refused:
        form.take(refused)
        return _opened(number, quoting=form), 422
    return _done(N_("The words are proposed. Another reader checks them before the author is asked."))


@readers.post("/c/<slug>/testimony/desk/<int(max=999999):number>/check/")
@requires("account.use")
@recently_proven()
def check(number: int) -> Page:
    """Say whether proposed words would identify somebody."""
    demand_desk()
    form, identifies = CheckForm(), request.form.get("identifies") is not None
    try:
        check_quote(
            _id(form.quote.data),
            form.checks.data or (),
            identifies,
            number=number,
            consultation=consultation(),
            actor=actor(),
        )
    except Rejected as refused:
        form.take(refused)
        return _opened(number, checking=form), 422
    if identifies:
        return _done(N_("These words are not quoted."))
    return _done(N_("The author is asked, with exactly these words, when they come back."))


@readers.post("/c/<slug>/testimony/desk/<int(max=999999):number>/publish/")
@requires("account.use")
@recently_proven()
def publish(number: int) -> Page:
    """Make words public that the author agreed to."""
    demand_desk()
    public = publish_quote(_id(request.form.get("quote")), number=number, consultation=consultation(), actor=actor())
    return _done(N_("Quote %(number)s is public. Recommendations can cite it by its number.", number=public))


def _opened(number: int, **forms: Any) -> str:
    """Open a testimony and show it; where a form was refused, that is a reading too."""
    here, who = consultation(), actor()
    demand_reader(here.id, who)
    row = read_testimony(number, consultation=here, actor=who)
    shown: dict[str, Any] = {
        "answering": AnswerForm(formdata=None, once=str(uuid.uuid4()), language=row.language),
        "ending": EndForm(formdata=None, prefix="end-", once=str(uuid.uuid4()), language=row.language),
        "quoting": QuoteForm(formdata=None, language=row.language),
        "checking": CheckForm(formdata=None),
    }
    return render_template(
        "testimony/read.html",
        row=row,
        files=[(one, say(KIND_LABELS[one.kind]), size_in_words(one.size)) for one in row.files],
        **(shown | forms),
        me=who.person,
        topics={topic.slug: topic.names for topic in topics_of(here.id)},
        labels=STATE_LABELS,
        kinds=KINDS,
        kind_hints={key.value: say(one.hint) for key, one in KINDS.items()},
        quote_labels=QUOTE_LABELS,
        quoting_labels=QUOTING_LABELS,
        regions=REGION_LABELS,
        language_label=language_label,
        code=current_language().code,
    )


def _done(words: Message) -> Response:
    flash(say(words), "ok")
    return redirect(url_for("readers.desk"), 303)


def _id(given: str | None) -> uuid.UUID:
    try:
        return uuid.UUID(given or "")
    except ValueError as error:
        raise Conflict from error
