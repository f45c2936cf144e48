"""Between which languages a translator works: in the grant, in the policy and its clause, in the queue and in what they are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.access import Role, allowed
from consult.accounts.clauses import permitted
from consult.accounts.models import RoleGrant
from consult.accounts.people import PersonDraft
from consult.accounts.roles import RoleDraft
from consult.accounts.services import grant_role
from consult.db import session, transaction
from consult.errors import Forbidden, Rejected
from consult.events.models import INSTANCE
from consult.events.stream import events_after
from consult.i18n import LANGUAGES
from consult.notifications.models import Notice
from consult.settings import Settings
from consult.submissions.models import Submission
from consult.submissions.policies import languages_into, translatable_into
from consult.submissions.services import Review, correct, return_for_correction
from consult.submissions.translations.queries import IntoLanguage, case_of
from consult.submissions.translations.services import return_translation
from consult.testing.acts import deliver
from consult.testing.small_tracks import running_app
from consult.testing.translators import approve, make_translator, write_translation
from consult.testing.world import World

HandIn = Callable[..., Submission]


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


def _grant(world: World, role: Role = Role.TRANSLATOR, **languages: frozenset[str]) -> RoleGrant:
    until = clock.now() + timedelta(days=9)
    person = PersonDraft("سامي", "sami@example.org", "fr")
    draft = RoleDraft(person, role, world.consultation_id, until, "Translates", **languages)
    return grant_role(draft, actor=world.actor("administrator"))


def test_a_grant_names_languages_and_the_log_says_which(world: World) -> None:
    row = _grant(world, into=frozenset({"fr", "en"}), out_of=frozenset({"ar"}))
    assert (row.into, row.out_of) == (["en", "fr"], ["ar"])
    facts = events_after(INSTANCE)[-1].facts
    assert (facts["into"], facts["out_of"]) == ("en fr", "ar")
    _grant(world, into=frozenset({"ar"}))  # other languages are another role
    with pytest.raises(Rejected):
        _grant(world, into=frozenset({"ar"}))


@pytest.mark.parametrize(
    ("role", "into", "out_of"),
    [(Role.MODERATOR, {"fr"}, set()), (Role.TRANSLATOR, {"de"}, set()), (Role.TRANSLATOR, {"fr"}, {"fr"})],
)
def test_languages_that_are_none_are_refused(world: World, role: Role, into: set[str], out_of: set[str]) -> None:
    with pytest.raises(Rejected) as refused:
        _grant(world, role, into=frozenset(into), out_of=frozenset(out_of))
    assert [problem.field for problem in refused.value.problems] == ["into"]


@pytest.mark.parametrize(
    ("into", "out_of", "track"),
    [
        ((), (), ""),
        (("fr",), (), ""),
        ((), ("en",), ""),
        (("fr", "en"), ("ar",), "municipal"),
        (("ar",), ("ar", "fr"), ""),
    ],
)
def test_policy_and_clause_say_the_same_of_every_text_and_language(
    world: World, handed_in: HandIn, into: Sequence[str], out_of: Sequence[str], track: str
) -> None:
    make_translator(world, "zuwara", track, into=into, out_of=out_of)
    for key, language in (("ghat", "ar"), ("derna", "en"), ("professor", "fr"), ("zuwara", "ar")):
        handed_in(key, language=language)
    here, who = world.consultation_id, world.actor("zuwara")
    rows = session.scalars(sa.select(Submission)).all()
    read = set(session.scalars(sa.select(Submission.id).where(permitted(who, "translation.read", here))))
    assert read == {row.id for row in rows if allowed(who, "translation.read", row)}
    for code in LANGUAGES:
        listed = session.scalars(sa.select(Submission.id).where(translatable_into(who, here, code))).all()
        mine = {row.id for row in rows if row.member_id == world.members["zuwara"]}
        may = {row.id for row in rows if allowed(who, "translation.write", IntoLanguage(row, code))}
        assert set(listed) - mine == may
        assert may == {
            row.id
            for row in rows
            if row.id not in mine
            and code != row.language
            and code in (into or LANGUAGES)
            and row.language in (out_of or LANGUAGES)
            and track in ("", row.track)
        }
        if code not in languages_into(who, here):
            assert not listed


def test_another_language_is_refused_to_write_and_to_approve(world: World, handed_in: HandIn) -> None:
    make_translator(world, "zuwara", into=("fr",))
    make_translator(world, "professor", into=("en",))
    row = handed_in()
    with pytest.raises(Forbidden):
        write_translation(world, row, "en", by="zuwara")
    made = write_translation(world, row, "fr", by="zuwara")
    with pytest.raises(Forbidden):
        approve(world, made, by="professor")
    assert allowed(world.actor("organiser"), "translation.approve", case_of(row, "fr"))


def _told(world: World, key: str) -> list[tuple[str, str]]:
    rows = sa.select(Notice.kind, Notice.about).where(Notice.person_id == world.people[key]).order_by(Notice.id)
    return [(kind, about) for kind, about in session.execute(rows) if kind.startswith("translation")]


def test_translators_hear_what_became_of_their_work_as_long_as_it_is_theirs(
    world: World, handed_in: HandIn, position: HandIn
) -> None:
    make_translator(world, "zuwara", into=("fr",))
    row = handed_in()
    write_translation(world, row, "fr", by="zuwara")
    return_translation(row, "fr", 1, remark="Le titre.", actor=world.actor("organiser"))
    deliver()
    made = write_translation(world, row, "fr", by="zuwara", version=1)
    approve(world, made)
    deliver()
    about = f"fr/{row.number}"
    assert _told(world, "zuwara") == [("translation_returned", about), ("translation_approved", about)]
    return_for_correction(row, Review("unclear", "؟"), actor=world.actor("moderator"))
    changed = position(corrects=row.id, text="تمر بغات أقدم طرق.\n\nولا تعرف البلدية عدد المقيمين.")
    correct(changed, consultation=world.consultation, actor=world.actor("ghat"))
    deliver()
    assert _told(world, "zuwara")[2:] == [("translation_stale", about)]
    # Who translates no more is told of nothing they could not open.
    with transaction():
        session.execute(sa.update(RoleGrant).where(RoleGrant.role == Role.TRANSLATOR).values(revoked_at=clock.now()))
    return_for_correction(row, Review("unclear", "؟"), actor=world.actor("moderator"))
    correct(position(corrects=row.id), consultation=world.consultation, actor=world.actor("ghat"))
    deliver()
    assert len(_told(world, "zuwara")) == 3
