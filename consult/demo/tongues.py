"""Translations of the sample: an official one, one that its original left behind, one that waits for approval."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from consult.db import session
from consult.demo.people import Cast
from consult.demo.sample_files import Timeline
from consult.submissions.models import Submission
from consult.submissions.translations.services import TranslationDraft, approve_translation, save_translation


def add_translations(cast: Cast, timeline: Timeline) -> None:
    """Put every translation and its approval on the timeline."""
    for entry in cast.sample.read("translations")["translation"]:
        timeline.at(cast.sample.moment(entry["day"]), _write(cast, entry))
        if approved := entry.get("approved"):
            timeline.at(cast.sample.moment(approved["day"]), _approve(cast, entry, approved["by"]))


def _write(cast: Cast, entry: dict[str, Any]) -> Callable[[], None]:
    def act() -> None:
        row = session.get_one(Submission, cast.submissions[entry["submission"]])
        words = {"title": entry["title"]}
        words |= {f"p{number}": text for number, text in enumerate(entry["passages"], start=1)}
        draft = TranslationDraft(entry["language"], row.revision, 0, words, ready=True)
        save_translation(draft, submission=row, actor=cast.actor(entry["by"]))

    return act


def _approve(cast: Cast, entry: dict[str, Any], by: str) -> Callable[[], None]:
    def act() -> None:
        row = session.get_one(Submission, cast.submissions[entry["submission"]])
        approve_translation(row, entry["language"], 1, actor=cast.actor(by))

    return act
