"""Consent by purpose: in versions, taken back as easily as given, with its effect where it is used."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.access import ANONYMOUS
from consult.accounts.models import Person
from consult.app import create_app
from consult.consent.models import Consent, Purpose
from consult.consent.queries import agrees, answers_of, asked_in, counts_of, lacks_needed, open_questions, stands
from consult.consent.services import PurposeDraft, answer_purpose, end_purpose, publish_purpose
from consult.consent.uses import USES, Use
from consult.consultations.models import Consultation, Phase
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.i18n import LANGUAGES, Localized
from consult.notifications.groups import Group, reached
from consult.retention.proof import proof
from consult.retention.sweep import retain_due
from consult.runtime import runtime
from consult.submissions.models import Submission
from consult.testing.acts import hand_in, recorded, said
from consult.testing.sample import disposed
from consult.testing.world import World

ENDORSED = {"council_date": "2025-03-30", "council_decision": "31/2026"}
CHANGED = Localized(ar="أضفنا جملة", en="We added a sentence", fr="Nous avons ajouté une phrase")


def ask(world: World, use: Use, *, substance: bool = True, key: str = "organiser", **changes: Any) -> Purpose:
    """Publish the next version of a purpose, with the words that ship."""
    known = {one.use: one.version for one in asked_in([world.consultation_id])}
    given: dict[str, Any] = {"changes": CHANGED, "substance": substance, "seen": known.get(use, 0), **changes}
    words = {"titles": USES[use].title, "texts": USES[use].text}
    return publish_purpose(
        PurposeDraft(use, **{**words, **given}), consultation=world.consultation, actor=world.actor(key)
    )


def say(world: World, key: str, use: Use, given: bool, version: int = 1) -> None:
    """Let somebody answer."""
    answer_purpose(use, version, given, consultation=world.consultation, actor=world.actor(key))


def _stands(world: World, key: str, use: Use) -> bool | None:
    (asked,) = [one for one in asked_in([world.consultation_id]) if one.use is use]
    return stands(asked, answers_of(world.people[key], [asked.id]).get(asked.id, ()))


def test_every_purpose_that_ships_has_words_in_three_languages() -> None:
    for words in USES.values():
        assert set(words.title) == set(words.text) == set(LANGUAGES)


def test_a_yes_is_taken_back_and_all_that_was_said_stays_as_history(world: World) -> None:
    purpose = ask(world, Use.CONTACT)
    assert _stands(world, "ghat", Use.CONTACT) is None
    assert open_questions(world.consultation_id, world.people["ghat"]) == 1
    for given in (True, True, False, True):
        say(world, "ghat", Use.CONTACT, given)
        assert _stands(world, "ghat", Use.CONTACT) is given
    history = answers_of(world.people["ghat"], [purpose.id])[purpose.id]
    assert [(one.given, one.in_force) for one in history] == [(True, True), (False, False), (True, False)]
    assert open_questions(world.consultation_id, world.people["ghat"]) == 0
    assert counts_of([purpose.id]) == {purpose.id: (1, 0)}
    events = recorded("ConsentAnswered")
    assert len(events) == 3
    assert set(events[0].facts) == {"person", "purpose", "version"}
    assert _stands(world, "derna", Use.CONTACT) is None


def test_a_change_in_substance_asks_anew_and_one_of_words_does_not(world: World) -> None:
    ask(world, Use.RESEARCH)
    say(world, "ghat", Use.RESEARCH, True)
    ask(world, Use.RESEARCH, substance=False)
    assert _stands(world, "ghat", Use.RESEARCH) is True
    ask(world, Use.RESEARCH)
    assert _stands(world, "ghat", Use.RESEARCH) is None
    assert open_questions(world.consultation_id, world.people["ghat"]) == 1
    (asked,) = asked_in([world.consultation_id])
    assert [(one.number, one.substance) for one in asked.versions] == [(3, True), (2, False), (1, True)]
    with pytest.raises(Conflict, match="changed meanwhile"):
        say(world, "ghat", Use.RESEARCH, True, version=2)
    say(world, "ghat", Use.RESEARCH, True, version=3)
    assert _stands(world, "ghat", Use.RESEARCH) is True
    assert [event.facts["version"] for event in recorded("PurposePublished")] == [1, 2, 3]


def test_what_is_wrong_with_a_version_is_said_at_its_field(world: World) -> None:
    with pytest.raises(Rejected) as refused:
        ask(world, Use.CONTACT, titles=Localized(ar="عنوان", en="x" * 121), texts=Localized(en="Text"))
    assert {field for field, _ in said(refused.value)} == {"title_en", "title_fr", "text_ar", "text_fr"}
    assert session.scalar(sa.select(sa.func.count()).select_from(Purpose)) == 0
    ask(world, Use.CONTACT)
    with pytest.raises(Rejected) as refused:
        ask(world, Use.CONTACT, changes=Localized(ar="تغيير"))
    assert {field for field, _ in said(refused.value)} == {"changes_en", "changes_fr"}
    with pytest.raises(Conflict, match="published a version meanwhile"):
        ask(world, Use.CONTACT, seen=0)


def test_who_may_ask_and_who_may_answer(world: World) -> None:
    for key in ("ghat", "moderator"):
        with pytest.raises(Forbidden):
            ask(world, Use.CONTACT, key=key)
    ask(world, Use.CONTACT, key="administrator")
    for actor in (ANONYMOUS, world.actor("organiser")):
        with pytest.raises(Forbidden):
            answer_purpose(Use.CONTACT, 1, True, consultation=world.consultation, actor=actor)
    with pytest.raises(NotFound):
        say(world, "ghat", Use.RESEARCH, True)
    end_purpose(Use.CONTACT, consultation=world.consultation, actor=world.actor("organiser"))
    with pytest.raises(NotFound):
        say(world, "ghat", Use.CONTACT, True)
    assert len(recorded("PurposeEnded")) == 1


def test_nobody_hands_in_without_the_yes_that_it_needs(world: World) -> None:
    hand_in(world, "ghat", ENDORSED)
    ask(world, Use.TAKING_PART)
    for given in (None, False):
        if given is not None:
            say(world, "ghat", Use.TAKING_PART, given)
        with pytest.raises(Rejected) as refused:
            hand_in(world, "ghat", ENDORSED)
        assert [field for field, _ in said(refused.value)] == ["purposes"]
    say(world, "ghat", Use.TAKING_PART, True)
    hand_in(world, "ghat", ENDORSED)
    ask(world, Use.TAKING_PART)
    assert lacks_needed(world.consultation_id, world.people["ghat"])
    assert session.scalar(sa.select(sa.func.count()).select_from(Submission)) == 2


def test_after_the_end_only_those_who_agreed_are_written_to(world: World) -> None:
    ask(world, Use.CONTACT)
    say(world, "ghat", Use.CONTACT, True)
    say(world, "derna", Use.CONTACT, True)
    say(world, "derna", Use.CONTACT, False)
    assert len(reached(world.consultation_id, Group())) == 5
    with clock.at(clock.now() + timedelta(days=40)):
        assert [one.person for one in reached(world.consultation_id, Group())] == [world.people["ghat"]]
        ask(world, Use.CONTACT)
        assert reached(world.consultation_id, Group()) == []


def test_whoever_agreed_to_be_contacted_keeps_their_address(world: World) -> None:
    ask(world, Use.CONTACT)
    say(world, "ghat", Use.CONTACT, True)
    say(world, "derna", Use.CONTACT, False)
    with transaction():
        past = {"opens_at": clock.now() - timedelta(days=900), "closes_at": clock.now() - timedelta(days=800)}
        session.execute(sa.update(Phase).values(**past))
    with clock.at(clock.now() + timedelta(hours=7)):
        while retain_due():
            pass
        assert proof().older == 0
    kept = dict(session.execute(sa.select(Person.id, Person.email)).all())
    assert (kept[world.people["ghat"]], kept[world.people["derna"]]) == ("ghat@example.org", "")


def test_two_answers_at_the_same_moment_leave_one_in_force(app: Flask, world: World) -> None:
    ask(world, Use.CONTACT)
    settings = runtime().settings
    actor, start = world.actor("ghat"), threading.Barrier(4)

    def answering(given: bool) -> None:
        with create_app(settings).app_context(), disposed():
            here = session.get_one(Consultation, world.consultation_id)
            start.wait()
            answer_purpose(Use.CONTACT, 1, given, consultation=here, actor=actor)

    threads = [threading.Thread(target=answering, args=(number % 2 == 0,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.rollback()
    in_force = sa.select(sa.func.count()).where(Consent.replaced_at.is_(None))
    assert session.scalar(in_force) == 1


def test_a_yes_of_one_consultation_is_none_of_another(world: World) -> None:
    ask(world, Use.CONTACT)
    say(world, "ghat", Use.CONTACT, True)
    person = world.people["ghat"]
    for consultation, yes in ((world.consultation_id, True), (person, False)):
        assert session.scalar(sa.select(agrees(Use.CONTACT, person, consultation))) is yes
