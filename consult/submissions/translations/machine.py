"""Fetching the machine translations that were asked for: in the worker, with nothing locked while a plugin is at work."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from datetime import timedelta

import sqlalchemy as sa

from consult import clock
from consult.db import session, transaction
from consult.events.record import record
from consult.runtime import runtime
from consult.submissions.events import MachineTranslationMade
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState
from consult.submissions.translations.models import Translation
from consult.submissions.translations.queries import original_of
from consult.submissions.translations.services import write_parts

#: How long a plugin may take before another worker tries, and after how many tries it is given up.
PATIENCE, MOST_TRIES = timedelta(minutes=10), 3
log = logging.getLogger(__name__)


def translate_due() -> bool:
    """Fetch the translations that are due, one after the other; tell whether there were any.

    What a plugin gives for a text that moved, was hidden or was translated by a person meanwhile is thrown away.
    """
    done = False
    while (due := _take()) is not None:
        done = True
        words = _translated(due)
        session.rollback()
        _keep(due, words)
    return done


def _take() -> uuid.UUID | None:
    """Take the translation that has waited longest, and keep other workers from it for a while."""
    query = sa.select(Translation.id).where(Translation.try_at <= clock.now(), Translation.replaced_at.is_(None))
    found = session.scalars(query.order_by(Translation.try_at, Translation.id).limit(1)).first()
    session.rollback()
    if found is None:
        return None
    with transaction():
        row = session.get_one(Translation, found, with_for_update=True, populate_existing=True)
        if row.try_at is None or row.try_at > clock.now():
            return None  # another worker was quicker
        row.tries += 1
        row.try_at = clock.now() + PATIENCE
        return row.id


def _translated(translation: uuid.UUID) -> Mapping[str, str]:
    """Ask the plugins for each part; empty where the text may not be given to them any more, or one part has no answer."""
    made = session.get_one(Translation, translation)
    row = session.get_one(Submission, made.submission_id)
    if row.state != SubmissionState.ACCEPTED or row.revision != made.revision:
        return {}
    source, target = row.language, made.language
    parts = original_of(row, made.revision)
    session.rollback()
    words = {}
    for part in parts:
        text = runtime().hooks.translate(part.text, source, target)
        if text is None:
            return {}
        words[part.key] = text
    return words


def _keep(translation: uuid.UUID, words: Mapping[str, str]) -> None:
    with transaction():
        submission = session.get_one(Translation, translation).submission_id
        text = session.get_one(Submission, submission, with_for_update=True, populate_existing=True)
        made = session.get_one(Translation, translation, with_for_update=True, populate_existing=True)
        if made.replaced_at is not None or made.written_at is not None:
            return
        if text.state != SubmissionState.ACCEPTED or text.revision != made.revision:
            made.replaced_at, made.try_at = clock.now(), None
        elif words:
            made.written_at, made.try_at = clock.now(), None
            write_parts(made, words)
            event = MachineTranslationMade(text.id, text.number, made.language, made.revision)
            record(event, stream=text.consultation_id, actor=None)
        elif made.tries >= MOST_TRIES:
            log.warning("no plugin translated %s into %s", text.number, made.language)
            made.replaced_at, made.try_at = clock.now(), None
