"""Translators in the small consultation: for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from consult import clock
from consult.accounts.access import Role
from consult.accounts.models import RoleGrant
from consult.db import session, transaction
from consult.submissions.models import Submission
from consult.submissions.translations.models import Translation
from consult.submissions.translations.queries import original_of
from consult.submissions.translations.services import TranslationDraft, approve_translation, save_translation
from consult.testing.world import World


def make_translator(
    world: World, key: str, track: str = "", *, into: Sequence[str] = (), out_of: Sequence[str] = ()
) -> None:
    """Make somebody of the world a translator of the consultation, or of a track of it; of every language, or of some."""
    with transaction():
        grant = RoleGrant(person_id=world.people[key], role=Role.TRANSLATOR, granted_at=clock.now())
        grant.consultation_id, grant.track = world.consultation_id, track
        grant.into, grant.out_of = list(into), list(out_of)
        session.add(grant)


def words_for(row: Submission, language: str) -> Mapping[str, str]:
    """Return a whole translation: the language before the words of the original."""
    return {part.key: f"[{language}] {part.text}" for part in original_of(row, row.revision)}


def write_translation(
    world: World, row: Submission, language: str, *, by: str, version: int = 0, ready: bool = True
) -> Translation:
    """Save a whole translation as somebody, and hand it in."""
    draft = TranslationDraft(language, row.revision, version, words_for(row, language), ready=ready)
    return save_translation(draft, submission=row, actor=world.actor(by))


def approve(world: World, made: Translation, *, by: str = "organiser") -> Translation:
    """Make a translation official as somebody."""
    row = session.get_one(Submission, made.submission_id)
    return approve_translation(row, made.language, made.version, actor=world.actor(by))


__all__ = ["approve", "make_translator", "words_for", "write_translation"]
