"""The pages of an author: what is promised and what is not, writing, the codename, coming back. No cookie, no script."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import render_template, request
from wtforms import HiddenField

from consult.attachments import KIND_LABELS
from consult.attachments.kinds import NotNow
from consult.consultations.phases import Right, is_open
from consult.consultations.queries import topics_of
from consult.errors import Busy, Conflict, Problem, Rejected
from consult.outcomes.trace import ways_of_quotes
from consult.submissions.dispositions import KINDS
from consult.testimony.codenames import WORDS
from consult.testimony.content import MessageDraft, TestimonyDraft
from consult.testimony.files import MEGABYTES, MOST_FILES
from consult.testimony.keys import has_key
from consult.testimony.queries import desk_of, is_offered, quotes_by_number, readers_of, was_offered
from consult.testimony.services import (
    add,
    come_back,
    decide_quote,
    hand_in,
    prepare,
    prepared_again,
    still_here,
    withdraw,
)
from consult.testimony.states import QUOTE_LABELS, QUOTING_LABELS, REGION_LABELS, QuoteState, Quoting
from consult.web.context import local
from consult.web.documents import size_in_words
from consult.web.forms import (
    L_,
    FileField,
    Form,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    clean_line,
    clean_text,
    say,
)
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.submissions import trace_steps
from consult.web.testimony.blueprint import blueprint
from consult.web.visitor import actor, consultation
from consult.web.working_languages import language_label, offered_languages

#: No browser is to keep what is typed here, nor to send it to a service that looks for mistakes.
PRIVATE = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}
Page = str | tuple[str, int]


class BareForm(Form):
    """A form without a token, and so without a cookie."""

    class Meta(Form.Meta):
        """No cookie acts here, so there is nothing that another site's page could misuse."""

        csrf = False


class WriteForm(BareForm):
    """A testimony."""

    text = TextAreaField(L_("What you want to say"), filters=[clean_text], render_kw=PRIVATE)
    language = SelectField(L_("Language you write in"), validate_choice=False)
    quoting = RadioField(L_("What may be quoted from it?"), validate_choice=False)
    topics = SelectMultipleField(L_("Topics"), validate_choice=False)
    region = SelectField(L_("Where you speak from"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = list(offered_languages().items())
        self.quoting.choices = [(key.value, say(label)) for key, label in QUOTING_LABELS.items()]
        self.topics.choices = [(topic.slug, local(topic.names)) for topic in topics_of(consultation().id)]
        regions = {key.value: say(label) for key, label in REGION_LABELS.items()}
        self.region.choices = [("", "–"), *regions.items()]

    def draft(self) -> TestimonyDraft:
        """Return what was filled in."""
        return TestimonyDraft(
            self.text.data or "",
            self.language.data or "",
            tuple(self.topics.data or ()),
            self.region.data or "",
            self.quoting.data or "",
        )


class ConfirmForm(BareForm):
    """The codename's words that are asked for; the sealed form goes with them."""

    sealed = HiddenField()
    word0 = StringField(filters=[clean_line], render_kw=PRIVATE)
    word1 = StringField(filters=[clean_line], render_kw=PRIVATE)
    word2 = StringField(filters=[clean_line], render_kw=PRIVATE)

    def typed(self) -> list[str]:
        """Return the words as they were typed."""
        return [field.data or "" for field in (self.word0, self.word1, self.word2)]


class CodenameForm(BareForm):
    """The codename of whoever comes back."""

    codename = TextAreaField(
        L_("Your codename"),
        description=L_(
            "All the words in their order, on one line or several. Capital letters, accents, tashkeel and hamza do not matter."
        ),
        filters=[clean_text],
        render_kw=PRIVATE,
    )


class AddForm(BareForm):
    """Something to be added."""

    visit = HiddenField()
    once = HiddenField()
    text = TextAreaField(L_("Add something, or answer"), filters=[clean_text], render_kw=PRIVATE)
    language = SelectField(L_("Language you write in"), validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = list(offered_languages().items())


class FileForm(BareForm):
    """A file to be added."""

    visit = HiddenField()
    once = HiddenField()
    file = FileField(L_("Document, picture or recording"), render_kw={"autocomplete": "off"})


def file_form(visit: str) -> FileForm:
    """Return an empty form for the next file of whoever holds a visit."""
    return FileForm(formdata=None, visit=visit, once=str(uuid.uuid4()))


@blueprint.get("/c/<slug>/testimony/")
@requires("testimony.give")
def about() -> str:
    """Say what this is, who reads, what is promised and what is not, before anything is typed."""
    here = consultation()
    taken = is_offered(here.id) and is_open(here.phases, Right.TESTIFY)
    reads = actor().signed_in and actor().person in desk_of(here.id, actor()).readers
    return _page(
        "about", readers=readers_of(here.id), taken=taken, returns=was_offered(here.id), key=has_key(), reads=reads
    )


@blueprint.route("/c/<slug>/testimony/write/", methods=["GET", "POST"])
@requires("testimony.give")
def write() -> Page:
    """Write a testimony; what is sent is kept nowhere yet, but sealed into the page that shows the codename."""
    here = consultation()
    if not has_key() or not is_offered(here.id) or not is_open(here.phases, Right.TESTIFY):
        return about()
    form = WriteForm(language=current_language().code, quoting=Quoting.NOTHING.value)
    if not form.is_submitted():
        return _page("write", form=form)
    try:
        prepared = prepare(form.draft(), consultation=here, language=current_language().code)
    except Rejected as refused:
        form.take(refused)
        return _page("write", form=form), 422
    return _page("codename", form=ConfirmForm(formdata=None, sealed=prepared.form), prepared=prepared)


@blueprint.post("/c/<slug>/testimony/confirm/")
@requires("testimony.give")
def confirm() -> Page:
    """Keep the testimony once some words of the codename were typed again."""
    form, here = ConfirmForm(), consultation()
    prepared = prepared_again(form.sealed.data or "", consultation=here)
    try:
        visit = hand_in(prepared.form, form.typed(), consultation=here)
    except Rejected as refused:
        form.take(refused)
        return _page("codename", form=form, prepared=prepared), 422
    return _page("kept", adding=file_form(visit))


@blueprint.route("/c/<slug>/testimony/return/", methods=["GET", "POST"])
@requires("testimony.give")
def come_again() -> Page:
    """Come back with the codename, and read what the readers answered."""
    here, form = consultation(), CodenameForm()
    if not has_key() or not was_offered(here.id):
        return about()
    if not form.is_submitted():
        return _page("return", form=form, words=WORDS)
    try:
        back = come_back(form.codename.data or "", consultation=here, language=current_language().code)
    except Rejected as refused:
        form.take(refused)
        return _page("return", form=form, words=WORDS), 422
    return _mine(back.form)


@blueprint.post("/c/<slug>/testimony/mine/add/")
@requires("testimony.give")
def add_to_mine() -> Page:
    """Add something to one's own testimony."""
    form = AddForm()
    draft = MessageDraft(form.text.data or "", form.language.data or "")
    return act_as_author(
        lambda visit, here: add(draft, once=id_in(form.once.data), form=visit, consultation=here), "added", form=form
    )


@blueprint.post("/c/<slug>/testimony/mine/quote/")
@requires("testimony.give")
def decide() -> Page:
    """Agree to words being quoted, or say no."""
    quote, agrees = id_in(request.form.get("quote")), request.form.get("agrees") == "yes"
    return act_as_author(
        lambda visit, here: decide_quote(quote, agrees, form=visit, consultation=here),
        "agreed" if agrees else "declined",
    )


@blueprint.post("/c/<slug>/testimony/mine/withdraw/")
@requires("testimony.give")
def take_back() -> Page:
    """Ask whether the testimony is to be taken back for ever, and take it back."""
    visit, here = request.form.get("visit", ""), consultation()
    try:
        if request.form.get("sure") != "yes":
            still_here(visit, consultation=here)
            return _page("withdraw", visit=visit)
        withdraw(form=visit, consultation=here)
    except Rejected as over:
        return _asked_again(over)
    return _page("withdrawn")


def act_as_author(
    act: Callable[[str, Any], None], done: str, *, form: AddForm | None = None, adding: FileForm | None = None
) -> Page:
    """Do something as whoever came back, and show what is theirs again, with what was wrong in one of the two forms."""
    visit, here = request.form.get("visit", ""), consultation()
    try:
        still_here(visit, consultation=here)
    except Rejected as over:
        return _asked_again(over)
    try:
        act(visit, here)
    except Rejected as refused:
        wrong = form or adding
        if wrong is None or refused.problems[0].field == "codename":
            return _asked_again(refused)
        wrong.take(refused)
        return _mine(visit, form=form, adding=adding), 422
    except (NotNow, Busy) as later:
        if adding is None:
            raise
        adding.add(Problem("file", later.message))
        return _mine(visit, adding=adding), 503
    return _mine(visit, done=done)


def _mine(visit: str, *, done: str = "", form: AddForm | None = None, adding: FileForm | None = None) -> str:
    back = still_here(visit, consultation=consultation())
    fresh = form or AddForm(formdata=None, visit=visit, once=str(uuid.uuid4()), language=back.testimony.language)
    return _page(
        "mine",
        visit=visit,
        row=back.testimony,
        form=fresh,
        adding=adding or file_form(visit),
        files=[(one, say(KIND_LABELS[one.kind]), size_in_words(one.size)) for one in back.testimony.files],
        done=done,
        became=_became([quote.number for quote in back.testimony.quotes if quote.state is QuoteState.PUBLISHED]),
        topics={topic.slug: topic.names for topic in topics_of(consultation().id)},
        quote_labels=QUOTE_LABELS,
        kinds=KINDS,
        quoting_labels=QUOTING_LABELS,
        regions=REGION_LABELS,
    )


def _became(numbers: Sequence[int]) -> Mapping[int, Sequence[Mapping[str, Any]]]:
    """Return where public quotes led, by number: recommendation, ballot, paragraph; what leads nowhere is not there."""
    public = quotes_by_number(consultation().id, numbers)
    ways = ways_of_quotes(public.values(), current_language().code)
    return {number: trace_steps(ways[id_]) for number, id_ in public.items() if id_ in ways}


def _asked_again(over: Rejected) -> Page:
    form = CodenameForm(formdata=None)
    form.take(over)
    return _page("return", form=form, words=WORDS), 422


def _page(name: str, **shown: Any) -> str:
    """Render a page of an author; whoever is signed in is warned on each."""
    more: Mapping[str, Any] = {
        "signed_in": actor().signed_in,
        "language_label": language_label,
        "megabytes": MEGABYTES,
        "most_files": MOST_FILES,
    }
    return render_template(f"testimony/{name}.html", **more, **shown)


def id_in(given: str | None) -> uuid.UUID:
    """Return an id that a form of ours holds; Conflict for anything else."""
    try:
        return uuid.UUID(given or "")
    except ValueError as error:
        raise Conflict from error
