"""Small tracks for tests of the core, so that they need none of the real plugins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import Flask

from consult.accounts.access import Actor
from consult.app import create_app
from consult.db import database
from consult.errors import Problem
from consult.i18n import Message
from consult.plugins.hookspecs import hookimpl
from consult.plugins.questions import Question, QuestionKind
from consult.plugins.track import Track
from consult.settings import Settings
from consult.submissions.services import SubmissionDraft, Transition
from consult.testing.web import Browser


class MunicipalTrack(Track):
    """Asks one thing that must be answered and one that nobody else may read."""

    key = "municipal"
    label = Message("Municipal track")
    description = Message("One seat a municipality")
    body_kinds = ("municipality",)

    def questions(self, settings: Mapping[str, Any]) -> Sequence[Question]:
        """Ask for the council's decision, and for a telephone number that is private."""
        return (
            Question(
                "decision", QuestionKind.TEXT, Message("Number of the council’s decision"), required=True, limit=20
            ),
            Question("telephone", QuestionKind.TEXT, Message("Telephone of the municipality"), private=True),
        )


class AcademicTrack(Track):
    """Asks nothing."""

    key = "academic"
    label = Message("Academic track")
    description = Message("Sources named, interests declared")
    body_kinds = ("university",)


class CsoTrack(Track):
    """Asks nothing; the name may be withheld."""

    key = "cso"
    label = Message("Civil-society track")
    description = Message("The name may be withheld")
    body_kinds = ("cso",)
    may_withhold_name = True
    may_use_pseudonym = True


class SmallPlugin:
    """A plugin that brings a track and refuses what says so: a title with "refuse", a ground named in `refuses`."""

    def __init__(self, track: Track, *, refuses: str = "") -> None:
        self.track, self.refuses = track, refuses

    @hookimpl
    def consult_track(self) -> Track:
        """The track."""
        return self.track

    @hookimpl
    def consult_review_submission(self, submission: SubmissionDraft, actor: Actor) -> list[Problem]:
        """Refuse a title."""
        return [Problem("title", Message("The plugin refuses this title."))] if "refuse" in submission.title else []

    @hookimpl
    def consult_review_transition(self, change: Transition) -> list[Problem]:
        """Refuse a ground."""
        refused = bool(self.refuses) and change.ground == self.refuses
        return [Problem("ground", Message("The plugin refuses this ground."))] if refused else []


def small_plugins(*tracks: type[Track]) -> dict[str, object]:
    """Return plugins that bring these tracks (municipal, academic, cso by default)."""
    chosen = tracks or (MunicipalTrack, AcademicTrack, CsoTrack)
    return {track.key: SmallPlugin(track()) for track in chosen}


def running_app(settings: Settings, plugins: Mapping[str, object] | None = None) -> Iterator[Flask]:
    """Yield an application with small tracks, inside its context (the body of an `app` fixture)."""
    app = create_app(settings, plugins=small_plugins() if plugins is None else plugins)
    app.testing, app.test_client_class = True, Browser
    with app.app_context():
        yield app
        database.session.remove()
        database.engine.dispose()
