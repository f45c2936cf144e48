"""Writing to a group: who, in three languages, looked at as each reader gets it, counted, and sent as one act."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from consult.accounts.bodies.words import kind_label, region_label
from consult.accounts.queries import kinds_of_bodies, regions_of_bodies
from consult.consultations.models import Consultation
from consult.db import new_id
from consult.errors import NotFound, Rejected
from consult.i18n import LANGUAGES, N_, NN_, Localized
from consult.notifications.groups import Group, is_over
from consult.notifications.messages import (
    MessageDraft,
    Preview,
    message_by_number,
    messages_of,
    preview_message,
)
from consult.notifications.services import send_message
from consult.sessions.queries import sessions_of
from consult.submissions.tracks import track_label
from consult.typed_numbers import as_number
from consult.web.context import local
from consult.web.forms import (
    L_,
    BooleanField,
    Form,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
    clean_line,
    clean_text,
    say,
)
from consult.web.guards import requires
from consult.web.organise.blueprint import blueprint
from consult.web.visitor import actor, consultation

HANDED_IN = {
    "": L_("Whether they handed in a text or not"),
    "no": L_("Those who have handed in no text yet"),
    "yes": L_("Those who have handed in a text"),
}


class MessageForm(Form):
    """A message: its group, and subject and text in three languages."""

    key = HiddenField()
    people = HiddenField()
    track = SelectField(L_("Track"))
    region = SelectField(L_("Region of their body"))
    kind = SelectField(L_("Kind of body"))
    handed_in = SelectField(L_("Texts"), choices=HANDED_IN)
    session = SelectField(L_("Came to the session"))
    language = SelectField(L_("Read letters in"), default="")
    subject_ar = StringField(L_("Subject, in Arabic"), filters=[clean_line])
    text_ar = TextAreaField(L_("Text, in Arabic"), filters=[clean_text])
    subject_en = StringField(L_("Subject, in English"), filters=[clean_line])
    text_en = TextAreaField(L_("Text, in English"), filters=[clean_text])
    subject_fr = StringField(L_("Subject, in French"), filters=[clean_line])
    text_fr = TextAreaField(L_("Text, in French"), filters=[clean_text])
    falls_back = BooleanField(L_("Whoever reads a language in which it is not written gets it in another"))

    def __init__(self, here: Consultation, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.track.choices = [("", say(N_("All tracks")))] + [(t.key, say(track_label(t.key))) for t in here.tracks]
        everywhere, any_kind, any_session = (
            say(N_("All regions")),
            say(N_("All kinds")),
            say(N_("Whether there or not")),
        )
        self.region.choices = [("", everywhere)] + [(r, say(region_label(r))) for r in regions_of_bodies() if r]
        self.kind.choices = [("", any_kind)] + [(k, say(kind_label(k))) for k in kinds_of_bodies()]
        self.session.choices = [("", any_session)] + [
            (str(row.number), say(N_("%(number)s: %(name)s", number=row.number, name=row.names)))
            for row in sessions_of(here.id)
        ]
        self.language.choices = [("", say(N_("All languages")))] + [(code, one.name) for code, one in LANGUAGES.items()]

    def draft(self) -> MessageDraft:
        """Return what was typed; a key that is none becomes a new one."""
        try:
            key = uuid.UUID(self.key.data or "")
        except ValueError:
            key = new_id()
        self.key.data = str(key)
        shown = self.people.data or ""
        group = Group(
            self.track.data or "",
            self.region.data or "",
            self.kind.data or "",
            self.handed_in.data or "",
            int(self.session.data or 0),
            self.language.data or "",
        )
        subjects = Localized({code: (self[f"subject_{code}"].data or "").strip() for code in LANGUAGES})
        texts = Localized({code: (self[f"text_{code}"].data or "").strip() for code in LANGUAGES})
        people = as_number(shown, 0)
        return MessageDraft(key, subjects, texts, group, bool(self.falls_back.data), people)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A message as readers of one language get it: how many they are, and in which language it is written for them."""

    code: str
    name: str
    readers: int
    subject: str
    text: str
    written: str


def _sheets(draft: MessageDraft, preview: Preview) -> list[Sheet]:
    return [
        Sheet(
            code,
            language.name,
            preview.count.languages.get(code, 0),
            draft.subjects.for_language(code),
            draft.texts.for_language(code),
            draft.texts.language_for(code),
        )
        for code, language in LANGUAGES.items()
        if code in draft.texts or preview.count.languages.get(code, 0)
    ]


def _group_words(here: Consultation, group: Group) -> list[Markup | str]:
    """Return a group in words, one for each thing that narrows it."""
    words: list[Markup | str] = [local(track_label(group.track)) if group.track else say(N_("All tracks"))]
    if group.region:
        words.append(local(region_label(group.region)))
    if group.kind:
        words.append(local(kind_label(group.kind)))
    if group.handed_in:
        words.append(str(HANDED_IN.get(group.handed_in, "")))
    if group.session:
        words.append(say(N_("Came to session %(number)s", number=group.session)))
    if group.language:
        words.append(say(N_("Read letters in %(language)s", language=LANGUAGES[group.language].name)))
    return words


@blueprint.get("/c/<slug>/organise/messages/")
@requires("message.send")
def messages() -> str:
    """Show the messages that were sent."""
    here = consultation()
    sent = [(row, _group_words(here, Group.of(row.chosen))) for row in messages_of(here.id)]
    return render_template("organise/messages.html", sent=sent)


@blueprint.get("/c/<slug>/organise/messages/new/")
@requires("message.send")
def new_message() -> str:
    """Show the form; the address may say to whom, with the names of the fields."""
    group = {name: request.args.get(name, "")[:80] for name in ("track", "region", "kind", "handed_in", "language")}
    return render_template("organise/message_new.html", form=MessageForm(consultation(), key=str(new_id()), **group))


@blueprint.post("/c/<slug>/organise/messages/new/")
@requires("message.send")
def write_message() -> Response | str | tuple[str, int]:
    """Show the message as its readers get it, with the count; or go back to the form; or send it."""
    here = consultation()
    form = MessageForm(here)
    if not form.validate_on_submit():
        return render_template("organise/message_new.html", form=form), 422
    draft, then = form.draft(), request.form.get("then", "")
    if then == "edit":
        return render_template("organise/message_new.html", form=form)
    try:
        if then == "send":
            return _sent(draft, here)
        preview = preview_message(draft, consultation=here, actor=actor())
    except Rejected as refused:
        form.take(refused)
        return render_template("organise/message_new.html", form=form), 422
    form.people.data = str(preview.count.people)
    return render_template(
        "organise/message_preview.html",
        form=form,
        count=preview.count,
        gaps=[LANGUAGES[code].name for code in preview.gaps],
        sheets=_sheets(draft, preview),
        group=_group_words(here, draft.group),
        over=is_over(here.id),
    )


def _sent(draft: MessageDraft, here: Consultation) -> Response:
    row = send_message(draft, consultation=here, actor=actor())
    said = NN_(
        "The message is on its way to %(count)s person.", "The message is on its way to %(count)s people.", row.people
    )
    flash(say(said), "ok")
    return redirect(url_for("organise.messages"), 303)


@blueprint.get("/c/<slug>/organise/messages/<int:number>/")
@requires("message.send")
def message(number: int) -> str:
    """Show what was sent, to whom as a group, and to how many."""
    here = consultation()
    row = message_by_number(here.id, number)
    if row is None:
        raise NotFound
    texts = [(code, row.subjects[code], row.texts[code]) for code in LANGUAGES if code in row.texts]
    group = _group_words(here, Group.of(row.chosen))
    return render_template("organise/message.html", row=row, texts=texts, group=group, languages=LANGUAGES)
