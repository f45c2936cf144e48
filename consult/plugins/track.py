"""A track: how one kind of participant takes part. The core asks the track object; hooks are for what many may answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consult.i18n import Localized, Message
from consult.plugins.questions import Question

if TYPE_CHECKING:
    from consult.accounts.models import Body
    from consult.consultations.models import Consultation


@dataclass(frozen=True, slots=True)
class Constituency:
    """A part of the voters whose votes a rule may count apart, for instance a region."""

    key: str
    label: Message | Localized


@dataclass(frozen=True, slots=True)
class ReferenceBody:
    """A body of a track's reference file, ready for the register: its key, kind, names and place."""

    key: str
    kind: str
    names: Localized
    region: str = ""
    district: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class ReviewCriterion:
    """What reviewers score a text on: its key, its name, what is asked in a sentence, and its weight among the others."""

    key: str
    names: Localized
    hints: Localized = field(default_factory=Localized)
    weight: int = 1


class Track:
    """Base of every track; a plugin subclasses it, sets `key` and `label`, and overrides what it needs.

    `key` never changes once a consultation has used it. `may_withhold_name` lets authors keep their name and body off
    every page, export, event, mail and document. `may_use_pseudonym` lets them take part under a name of their own
    choice, which stands wherever theirs would. `one_seat_a_body` gives each body exactly one seat. `sign_off` is the least
    that a body must give before a text of its leaves: `member` (whoever writes), `lead` or `council` (the lead and others).
    """

    key: str
    label: Message
    description: Message
    body_kinds: Sequence[str] = ()
    may_withhold_name: bool = False
    may_use_pseudonym: bool = False
    one_seat_a_body: bool = False
    sign_off: str = "member"

    def questions(self, settings: Mapping[str, Any]) -> Sequence[Question]:
        """Return the track's own questions of a submission, under the consultation's settings of this track."""
        return ()

    def settings_questions(self) -> Sequence[Question]:
        """Return what an organiser may set for this track in a consultation."""
        return ()

    def constituencies(self) -> Sequence[Constituency]:
        """Return the constituencies in which this track's votes may be counted apart."""
        return ()

    def constituency_of(self, body: Body | None) -> str:
        """Return the key of the constituency in which a body's member votes: its region, "" for none."""
        return body.region if body is not None else ""

    def reference_bodies(self) -> Sequence[ReferenceBody]:
        """Return the bodies of this track's shipped reference file."""
        return ()

    def review_criteria(self) -> Sequence[ReviewCriterion]:
        """Return on what reviewers score this track's texts until organisers choose otherwise."""
        return ()

    def agenda_outline(self, consultation: Consultation) -> Sequence[Localized]:
        """Return titles of agenda items this track suggests for a new session."""
        return ()

    def migrations(self) -> Path | None:
        """Return the folder of this plugin's own Alembic history, None if it has no tables."""
        return None
