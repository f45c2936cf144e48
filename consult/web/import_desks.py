"""What differs between bringing in submissions and bringing in bodies: who may, what columns can be, how a row is shown."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import request

from consult.accounts.bodies.entering import Entered
from consult.accounts.bodies.imports import look_at_bodies
from consult.accounts.bodies.maps import BODY_ROLES, BodyMap, body_given, body_roles_of, known_named
from consult.accounts.bodies.services import BodyDraft
from consult.accounts.bodies.words import KIND_LABELS, kind_label
from consult.consultations.models import Consultation
from consult.i18n import LANGUAGES, N_, Message
from consult.spreadsheets import Row
from consult.submissions.exchange.guessing import ROLE_LABELS, given_of, is_single, roles_of
from consult.submissions.exchange.imported_answers import questions_in_tables
from consult.submissions.exchange.importing import coming_in
from consult.submissions.exchange.imports import look_at
from consult.submissions.exchange.kinds import BODIES, SUBMISSIONS
from consult.submissions.exchange.mapping import ImportedDraft, InvalidMap, map_of_page
from consult.submissions.exchange.models import ImportRun
from consult.submissions.exchange.presets import VOTES, given_for, preset_named
from consult.submissions.exchange.queries import saved_maps
from consult.submissions.tracks import track_label
from consult.web.context import local
from consult.web.forms import L_, Form, HiddenField, SelectField, StringField, clean_line, say
from consult.web.submissions import language_name
from consult.web.visitor import consultation


class MapForm(Form):
    """What all rows of a file of submissions have in common; the roles of the columns come as `c0`, `c1` and so on."""

    language = SelectField(L_("Language of the texts"), validate_choice=False)
    track = SelectField(L_("Track"), validate_choice=False)
    conversation = StringField(L_("Name of the conversation"), filters=[clean_line])
    saved = SelectField(L_("Saved map"), validate_choice=False)
    map_name = StringField(L_("Keep this map under a name"), filters=[clean_line])
    columns = HiddenField()


class BodyMapForm(Form):
    """What all rows of a file of bodies have in common."""

    kind = SelectField(L_("Kind of body"), validate_choice=False)
    saved = SelectField(L_("Saved map"), validate_choice=False)
    map_name = StringField(L_("Keep this map under a name"), filters=[clean_line])
    columns = HiddenField()


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row as it will stand, or what is wrong with it, each with its column; of a body also what comes of it, and from which day."""

    number: int
    draft: ImportedDraft | BodyDraft | None
    problems: list[tuple[str, str]]
    comes_to: Entered | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """A place where files are brought: the name of its blueprint, who may, what the map of a file is made of.

    `here` returns the consultation it belongs to; `single` tells whether only one column may have a role.
    """

    at: str
    permission: str
    here: Callable[[], Consultation | None]
    roles: Callable[[], Mapping[str, Message]]
    single: Callable[[str], bool]
    form: Callable[[ImportRun], Any]
    given: Callable[[ImportRun, Any, Mapping[str, str]], Mapping[str, Any]]
    roles_of: Callable[[Mapping[str, Any], Sequence[str]], Mapping[str, str]]
    known: Callable[[str], Any]
    shown: Callable[[ImportRun, list[Row]], Iterator[ShownRow]]

    @property
    def id(self) -> uuid.UUID | None:
        """Return the id of its consultation."""
        here = self.here()
        return None if here is None else here.id


def desk() -> Desk:
    """Return the desk of the present address."""
    return _DESKS[request.blueprint or ""]


def _constant(given: Mapping[str, Any], part: str) -> str:
    value = str(given.get(part, ""))
    return "" if value.startswith("{") else value


def _saved(here: uuid.UUID | None) -> list[tuple[str, str]]:
    return [("", say(N_("None"))), *((name, name) for name in saved_maps(here))]


def _submission_form(row: ImportRun) -> MapForm:
    form = MapForm(
        language=_constant(row.given, "language"),
        track=_constant(row.given, "track"),
        conversation=row.given.get("conversation", ""),
    )
    nothing = say(N_("As its column says"))
    form.language.choices = [("", nothing), *((code, language_name(code)) for code in LANGUAGES)]
    tracks = [(track.key, local(track_label(track.key))) for track in consultation().tracks]
    form.track.choices = [("", say(N_("None, or as its column says"))), *tracks]
    form.saved.choices = _saved(row.consultation_id)
    return form


def _submission_roles() -> Mapping[str, Message]:
    """Return what a column may be: a part of a text, or the answer to a question of a track."""
    return {
        **ROLE_LABELS,
        **{
            role: N_("%(track)s, question: %(question)s", track=track_label(track), question=label)
            for role, (track, label) in questions_in_tables(consultation()).items()
        },
    }


def _submission_given(row: ImportRun, form: MapForm, roles: Mapping[str, str]) -> Mapping[str, Any]:
    language, track = form.language.data or "", form.track.data or ""
    preset = preset_named(row.preset)
    if preset is None:
        return given_of(roles, language=language, track=track)
    given = given_for(preset, row.columns, language, track)
    return {**given, "conversation": form.conversation.data} if form.conversation.data else given


def _shown_submissions(row: ImportRun, sample: list[Row]) -> Iterator[ShownRow]:
    """Put the first rows as they will stand; nothing where the map says too little."""
    if row.preset == VOTES:
        return
    try:
        mapping = map_of_page(row.given).bound(list(sample[0].cells))
    except InvalidMap:
        return
    for one in look_at(sample, mapping, consultation()):
        yield ShownRow(one.number, one.draft, [(r.column, say(r.reason)) for r in one.rejections])


def _body_form(row: ImportRun) -> BodyMapForm:
    form = BodyMapForm(kind=_constant(row.given, "kind"))
    kinds = [(kind, local(kind_label(kind))) for kind in KIND_LABELS]
    form.kind.choices = [("", say(N_("As its column says"))), *kinds]
    form.saved.choices = _saved(None)
    return form


def _body_given(row: ImportRun, form: BodyMapForm, roles: Mapping[str, str]) -> Mapping[str, Any]:
    return {} if row.preset else body_given(roles, kind=form.kind.data or "")


def _shown_bodies(row: ImportRun, sample: list[Row]) -> Iterator[ShownRow]:
    known, mapping = known_named(row.preset), BodyMap(row.given)
    read = known.read if known else mapping.read
    named: dict[str, Any] = {} if known else {"column_of": mapping.column_of}
    for one in look_at_bodies(sample, read, coming=coming_in(row, read), **named):
        problems = [(r.column, say(r.reason)) for r in one.rejections]
        if problems:
            yield ShownRow(one.number, None, problems)
        else:
            yield ShownRow(one.number, one.row.draft, [], one.comes_to, one.row.since)


_DESKS: Mapping[str, Desk] = {
    "organise": Desk(
        "organise",
        SUBMISSIONS.permission,
        consultation,
        _submission_roles,
        is_single,
        _submission_form,
        _submission_given,
        roles_of,
        preset_named,
        _shown_submissions,
    ),
    "administer": Desk(
        "administer",
        BODIES.permission,
        lambda: None,
        lambda: BODY_ROLES,
        bool,
        _body_form,
        _body_given,
        body_roles_of,
        known_named,
        _shown_bodies,
    ),
}
