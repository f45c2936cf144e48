"""Who is told of a translation.

The author, or who acts for the body once they have left, when it is official, so that they can say that it says something else; its writers when it goes back, when it is
official, and when the original leaves it behind.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping

import sqlalchemy as sa

from consult.accounts.access import allowed
from consult.accounts.models import Person
from consult.accounts.signing_in.sign_in import load_actors
from consult.db import session
from consult.events.types import Recorded
from consult.i18n import N_
from consult.notifications.letters.bodies import says
from consult.notifications.letters.many import Said
from consult.notifications.letters.submissions import acting_on, submission_of
from consult.notifications.telling import tell_many
from consult.submissions.models import Submission
from consult.submissions.states import SubmissionState
from consult.submissions.translations.models import Translation
from consult.submissions.translations.queries import IntoLanguage, case_of, present_translation
from consult.submissions.translations.states import TranslationKind


def approved(recorded: Recorded) -> None:
    """Tell whoever acts on a text that it can be read in another language."""
    row = submission_of(recorded)
    if row.state != SubmissionState.WITHDRAWN:
        tell_many(acting_on(row), recorded, "text_translated", about=row.number)
        language = recorded.facts["language"]
        made = present_translation(row.id, language, TranslationKind.OFFICIAL)
        about = f"{language}/{row.number}"
        tell_many(_serving(row, language, made.writers if made else ()), recorded, "translation_approved", about=about)


def returned(recorded: Recorded) -> None:
    """Tell whoever wrote in a translation that it is to be looked at again."""
    row = submission_of(recorded)
    language = recorded.facts["language"]
    people = _serving(row, language, case_of(row, language).writers)
    tell_many(people, recorded, "translation_returned", about=f"{language}/{row.number}")


def fallen_behind(recorded: Recorded) -> None:
    """Tell whoever translated a text that its original has a newer revision, language by language."""
    row = submission_of(recorded)
    stale = sa.select(Translation).where(
        Translation.submission_id == row.id,
        Translation.replaced_at.is_(None),
        Translation.kind != TranslationKind.MACHINE,
        Translation.revision < row.revision,
    )
    told: set[str] = set()
    for made in session.scalars(stale.order_by(Translation.language, Translation.kind)):
        people = [one for one in _serving(row, made.language, made.writers) if f"{one} {made.language}" not in told]
        told |= {f"{one} {made.language}" for one in people}
        tell_many(people, recorded, "translation_stale", about=f"{made.language}/{row.number}")


def _serving(row: Submission, language: str, writers: Iterable[uuid.UUID | str]) -> list[uuid.UUID]:
    """Return, of those who wrote in a translation, who may still write it: others would be told of a page they cannot open."""
    actors = load_actors({uuid.UUID(str(one)) for one in writers})
    return sorted(
        one for one, actor in actors.items() if allowed(actor, "translation.write", IntoLanguage(row, language))
    )


LETTERS: Mapping[str, Callable[[Person, Recorded], Said]] = {
    "text_translated": says(
        N_("Your submission"),
        N_(
            "Your text can be read in another language now. Somebody translated it, and somebody else read it beside yours."
        ),
        N_("What you wrote stays what counts. If the translation says something else, tell the organisers."),
    ),
    "translation_returned": says(
        N_("Open the translation"),
        N_("A translation that you wrote was sent back. What is to be looked at again stands on its page."),
    ),
    "translation_approved": says(
        N_("Open the translation"),
        N_("A translation that you wrote is official now. Readers of the language see it first."),
    ),
    "translation_stale": says(
        N_("Open the translation"),
        N_(
            "The original of a text that you translated has a new revision. What changed in it is marked beside your words."
        ),
    ),
}
WRITERS = {"TranslationApproved": approved, "TranslationReturned": returned}
