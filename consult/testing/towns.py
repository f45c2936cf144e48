"""Two small tracks, so that the core is tested without the installed plugins; the academic one is not installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from consult.accounts.models import Body
from consult.i18n import Localized, Message
from consult.plugins.hookspecs import hookimpl
from consult.plugins.questions import Question, QuestionKind
from consult.plugins.track import ReferenceBody, Track


class TownTrack(Track):
    """One seat a town, counted by region."""

    key = "municipal"
    label = Message("Town track")
    description = Message("One seat a town")
    body_kinds = ("municipality",)
    one_seat_a_body = True

    def settings_questions(self) -> Sequence[Question]:
        """Ask whether the council must endorse."""
        return (Question("endorsed", QuestionKind.YES_NO, Message("Must the council endorse it?"), required=True),)

    def constituency_of(self, body: Body | None) -> str:
        """A town votes in its region."""
        return body.region if body else ""

    def reference_bodies(self) -> Sequence[ReferenceBody]:
        """Three towns."""
        names = {"LY032101": "غات", "LY020101": "سبها", "LY010301": "طبرق"}
        return [ReferenceBody(key, "municipality", Localized(ar=name), region="south") for key, name in names.items()]


class CivilTrack(Track):
    """Names may be withheld."""

    key = "cso"
    label = Message("Civil track")
    description = Message("Names may be withheld")
    body_kinds = ("cso",)
    may_withhold_name = True


class Plugin:
    """A plugin that brings one track."""

    def __init__(self, track: Track) -> None:
        self.track = track

    @hookimpl
    def consult_track(self) -> Track:
        """Give the track."""
        return self.track


PLUGINS: Mapping[str, object] = {"towns": Plugin(TownTrack()), "civil": Plugin(CivilTrack())}
