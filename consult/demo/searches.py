"""Searches that people of the sample have saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from consult.accounts.models import Person
from consult.accounts.signing_in.sign_in import load_actor
from consult.db import session
from consult.demo.people import Cast
from consult.submissions.register import RegisterFilter
from consult.submissions.saved import SearchDraft, save_search, tell_of_search

#: Address of the person -> name of the search, words, track, and whether it tells of what is new.
SEARCHES: Mapping[str, Sequence[tuple[str, str, str, bool]]] = {
    "khadija.ettassili@example.org": (
        ("الماء والمدارس في الجنوب", "«المستشفى والمدرسة»", "municipal", True),
        ("ما تكتبه الجامعات عن البيانات", "بيانات", "academic", False),
    ),
    "najla.essanabli@example.org": (("العودة الطوعية", "العودة", "", True),),
}


def add_searches(cast: Cast) -> None:
    """Save the searches at the end, so that they have found nothing yet."""
    here = cast.consultation
    for address, searches in SEARCHES.items():
        actor = load_actor(session.scalars(sa.select(Person.id).where(Person.email_key == address)).one())
        for name, words, track, mails in searches:
            given = {"q": words, "track": track} if track else {"q": words}
            draft = SearchDraft(name, RegisterFilter(words=words, track=track), given)
            made = save_search(draft, consultation=here, actor=actor)
            if not mails:
                tell_of_search(made.number, mails=False, actor=actor)
