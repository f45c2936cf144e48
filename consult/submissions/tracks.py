"""The track of a submission: its plugin may be there, switched off in a consultation, or gone."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from consult.consultations.models import Consultation
from consult.consultations.moderation import Moderation
from consult.errors import Conflict
from consult.i18n import N_, Localized, Message
from consult.plugins.questions import Question
from consult.plugins.track import Track
from consult.runtime import runtime
from consult.submissions.questionnaires.queries import form_of


def track_of(consultation: Consultation, key: str) -> Track | None:
    """Return a track that is loaded and switched on in a consultation, None otherwise."""
    return runtime().hooks.track(key) if key in consultation.enabled_tracks() else None


def demand_track(consultation: Consultation, key: str) -> Track:
    """Return a track that can be handed in to; Conflict, in words for the author, if its form is not there now."""
    track = track_of(consultation, key)
    if track is None:
        raise Conflict(
            N_("The form of this track is not available now. Your draft is kept; the organisers know when it returns.")
        )
    return track


def questions_of(consultation: Consultation, key: str, questionnaire: uuid.UUID | None = None) -> Sequence[Question]:
    """Return the questions a track asks in a consultation, then those of a version of the organisers' form.

    A track that is not there asks nothing; what organisers asked is theirs and can be read without it.
    """
    track = track_of(consultation, key)
    own = () if track is None else tuple(track.questions(track_settings(consultation, key)))
    return (*own, *form_of(questionnaire).questions)


def track_settings(consultation: Consultation, key: str) -> Mapping[str, Any]:
    """Return what the organisers set for a track."""
    return next((track.settings for track in consultation.tracks if track.key == key), {})


def moderation_of(consultation: Consultation, key: str) -> Moderation:
    """Return when moderators read what is handed in to a track."""
    return next((Moderation(track.moderation) for track in consultation.tracks if track.key == key), Moderation.PRE)


def is_blind(consultation: Consultation, key: str) -> bool:
    """Tell whether names of authors are kept back from hand-in on in a track, now."""
    return any(track.key == key and track.blind for track in consultation.tracks)


def track_label(key: str) -> Message | Localized | str:
    """Return the label of a track, its bare key when the plugin is gone, "" for none."""
    track = runtime().hooks.track(key) if key else None
    return key if track is None else track.label
