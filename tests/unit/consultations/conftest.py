"""Three small tracks, so that the core is tested without the installed plugins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest
from flask import Flask

from consult.accounts.models import Body
from consult.app import create_app
from consult.db import database
from consult.i18n import N_, Localized
from consult.plugins.hookspecs import hookimpl
from consult.plugins.questions import Question, QuestionKind
from consult.plugins.track import ReferenceBody, Track
from consult.settings import Settings


class TownTrack(Track):
    """One seat a town, counted by region."""

    key = "municipal"
    label = N_("Submissions")
    description = N_("Submissions")
    body_kinds = ("municipality",)
    one_seat_a_body = True

    def settings_questions(self) -> Sequence[Question]:
        return (Question("endorsed", QuestionKind.YES_NO, N_("Yes"), required=True),)

    def constituency_of(self, body: Body | None) -> str:
        return body.region if body else ""

    def reference_bodies(self) -> Sequence[ReferenceBody]:
        names = {"LY032101": "غات", "LY020101": "سبها", "LY010301": "طبرق"}
        return [ReferenceBody(key, "municipality", Localized(ar=name), region="south") for key, name in names.items()]


class CivilTrack(Track):
    """Names may be withheld."""

    key = "cso"
    label = N_("Submissions")
    description = N_("Submissions")
    body_kinds = ("cso",)
    may_withhold_name = True


class Plugin:
    """A plugin that brings one track."""

    def __init__(self, track: Track) -> None:
        self.track = track

    @hookimpl
    def consult_track(self) -> Track:
        return self.track


PLUGINS: Mapping[str, object] = {"towns": Plugin(TownTrack()), "civil": Plugin(CivilTrack())}


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with these tracks only: the academic one is not installed."""
    app = create_app(settings, plugins=PLUGINS)
    app.testing = True
    with app.app_context():
        yield app
        database.session.remove()
        database.engine.dispose()
