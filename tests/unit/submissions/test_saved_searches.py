"""Saved searches: private, bounded, matched as the register matches, told of once and only as long as the text may be read."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consult import clock, search
from consult.accounts.access import ANONYMOUS, OPERATOR
from consult.consultations.models import Consultation
from consult.db import session, transaction
from consult.errors import Conflict, Forbidden, NotFound, Rejected
from consult.events.deliver import deliver_due
from consult.events.models import EventRow
from consult.i18n import NN_, translate
from consult.notifications.choosing import TellingDraft, choose_telling
from consult.notifications.gathering import gather_due
from consult.notifications.kinds import How, Topic
from consult.notifications.models import Mail, Notice
from consult.spreadsheets import Row
from consult.submissions.exchange.imports import import_submissions
from consult.submissions.exchange.mapping import map_of
from consult.submissions.models import Submission
from consult.submissions.register import RegisterFilter, register
from consult.submissions.review.blind import open_names
from consult.submissions.saved import (
    LONGEST_NAME,
    MOST,
    SearchDraft,
    delete_search,
    save_search,
    saved_searches,
    tell_of_search,
    who_looks_for,
)
from consult.submissions.services import Review, restore
from consult.submissions.states import SubmissionState
from consult.testing.acts import accept, hand_in, hide, said, withdraw
from consult.testing.peer_review import TRACK, set_blind
from consult.testing.translators import approve, make_translator, write_translation
from consult.testing.world import World

ENDORSED = {"decision": "31/2026"}
WATER = RegisterFilter(words="«طرق القوافل» title:سجل")


def _save(world: World, key: str, wanted: RegisterFilter = WATER, name: str = "الماء") -> int:
    draft = SearchDraft(name, wanted, {"q": wanted.words})
    return save_search(draft, consultation=world.consultation, actor=world.actor(key)).number


def _accepted(world: World, key: str = "ghat") -> str:
    return accept(world, hand_in(world, key, ENDORSED)).number


def _accepted_row(world: World, key: str = "ghat") -> Submission:
    return accept(world, hand_in(world, key, ENDORSED))


def _told(world: World) -> list[tuple[str, str]]:
    """Return who was told of which number by a saved search."""
    while deliver_due():
        pass
    by_person = {person: key for key, person in world.people.items()}
    rows = session.execute(
        sa.select(Notice.person_id, Notice.about).where(Notice.kind == "search_found").order_by(Notice.id)
    )
    return [(by_person[person], about) for person, about in rows]


def _mails(world: World, later: timedelta) -> list[str]:
    """Return the texts of the letters to the professor that are due by then."""
    while deliver_due():
        pass
    with clock.at(clock.now() + later):
        while gather_due():
            pass
    return list(session.scalars(sa.select(Mail.text).where(Mail.person_id == world.people["professor"])))


def test_everybody_is_told_of_what_their_search_finds_and_of_nothing_else(world: World) -> None:
    _save(world, "professor")
    _save(world, "professor", RegisterFilter(track="municipal"))
    _save(world, "ghat")
    _save(world, "derna", replace(WATER, track="academic"))
    _save(world, "zuwara", replace(WATER, body=world.bodies["ghat"], language="ar", topic=world.topics["gcm-1"]))
    silent = _save(world, "organiser")
    tell_of_search(silent, mails=False, actor=world.actor("organiser"))
    hand_in(world, "ghat", ENDORSED, title="سجل لم يُقرأ")
    number = _accepted(world)
    assert sorted(_told(world)) == [("professor", number), ("zuwara", number)]
    facts = " ".join(str(facts) for facts in session.scalars(sa.select(EventRow.facts)))
    assert "القوافل" not in facts


def test_what_is_told_is_what_the_register_finds(world: World) -> None:
    row = accept(world, hand_in(world, "ghat", ENDORSED))
    asked = (
        "القوافل",
        "قوافل",
        "title:بلدي",
        "title:القوافل",
        "«أقدم طرق»",
        "«طرق أقدم»",
        "body:غات",
        "body:درنة",
        "يعر",
    )
    wanted = [RegisterFilter(words=words) for words in asked]
    wanted += [
        RegisterFilter(words="غات", field=search.Field.BODY),
        RegisterFilter(words="غات", field=search.Field.TITLE),
    ]
    wanted += [RegisterFilter(language="en"), RegisterFilter(language="ar"), RegisterFilter(body=world.bodies["derna"])]
    wanted += [RegisterFilter(region=region) for region in ("west", "south")]
    wanted += [
        RegisterFilter(region="south", track="municipal", words="القوافل"),
        RegisterFilter(region="south", language="en"),
    ]
    wanted += [RegisterFilter(topic=world.topics[topic]) for topic in ("gcm-1", "gcm-15")]
    for one in wanted:
        with transaction():
            session.execute(sa.text("DELETE FROM saved_search"))
        _save(world, "professor", one)
        finds = [line.number for line in register(world.consultation_id, one).rows] == [row.number]
        assert (who_looks_for(row) == [world.people["professor"]]) is finds, one


def test_texts_that_are_imported_as_accepted_are_told_of_and_once(world: World) -> None:
    """An import is no other way in: what it accepts is told of, what it leaves waiting is not, again is nothing."""
    _save(world, "professor", RegisterFilter(words="بئر"))
    row = {"id": "1", "language": "ar", "title": "بئر", "text": "حفر بئر في الحي.", "state": "accepted"}
    rows = [Row(2, row), Row(3, {**row, "id": "2", "state": "received"})]
    given = {"key": "{id}", "language": "{language}", "title": "{title}", "state": "{state}"}
    mapping = map_of({**given, "text": [{"column": "text"}]}).bound(list(row))
    for _ in range(2):
        import_submissions(iter(rows), mapping, consultation=world.consultation, actor=OPERATOR)
        _told(world)
    states = dict(session.execute(sa.select(Submission.number, Submission.state)).all())
    [accepted] = [number for number, state in states.items() if state == "accepted"]
    assert (len(states), _told(world)) == (2, [("professor", accepted)])


@pytest.mark.parametrize(("how", "later"), [(How.NOW, timedelta(minutes=11)), (How.DAILY, timedelta(days=2))])
def test_a_file_of_many_texts_is_one_letter(world: World, how: How, later: timedelta) -> None:
    """However many texts an import brings that a search finds: one mail, which names some and counts the others."""
    _save(world, "professor", RegisterFilter(words="بئر"))
    choose_telling(TellingDraft({Topic.SEARCHES: how}), actor=world.actor("professor"))
    row = {"language": "ar", "title": "بئر", "text": "حفر بئر في الحي.", "state": "accepted"}
    rows = [Row(number, {**row, "id": str(number)}) for number in range(2, 122)]
    given = {"key": "{id}", "language": "{language}", "title": "{title}", "state": "{state}"}
    mapping = map_of({**given, "text": [{"column": "text"}]}).bound(["id", *row])
    import_submissions(iter(rows), mapping, consultation=world.consultation, actor=OPERATOR)
    assert len(_told(world)) == 120
    [first] = session.scalars(sa.select(Submission).order_by(Submission.number).limit(1))
    hide(world, first)
    [letter] = _mails(world, later)
    assert (first.number in letter, len(set(re.findall(r"TT-\d+-\d+", letter)))) == (False, 30)
    assert translate(NN_("And %(count)s more.", "And %(count)s more.", 89), "ar") in letter
    while gather_due():
        pass
    assert len(_mails(world, later * 3)) == 1


def test_what_a_translation_makes_findable_is_told_of(world: World) -> None:
    """Only whoever could not find the text before: others have read it, or were told."""
    make_translator(world, "zuwara")
    row = _accepted_row(world)
    assert _told(world) == []
    _save(world, "professor", RegisterFilter(words='"fr" بلدي'))
    _save(world, "derna", RegisterFilter(words="بلدي"))
    _save(world, "organiser", RegisterFilter(language="ar"))
    approve(world, write_translation(world, row, "fr", by="zuwara"))
    assert _told(world) == [("professor", row.number)]
    approve(world, write_translation(world, row, "en", by="zuwara"))
    assert _told(world) == [("professor", row.number)]


def test_what_an_opened_name_makes_findable_is_told_of(world: World) -> None:
    set_blind(world)
    row = accept(world, hand_in(world, "professor", {}))
    assert _told(world) == []
    _save(world, "ghat", RegisterFilter(body=world.bodies["professor"]))
    _save(world, "derna", RegisterFilter(words="Zawiya"))
    _save(world, "zuwara", RegisterFilter(track=TRACK))
    assert register(world.consultation_id, RegisterFilter(words="Zawiya")).rows == []
    open_names(TRACK, consultation=world.consultation, actor=world.actor("organiser"))
    assert sorted(_told(world)) == [("derna", row.number), ("ghat", row.number)]


def test_a_letter_tells_only_of_what_may_still_be_read(world: World) -> None:
    _save(world, "professor")
    first, second, third = (accept(world, hand_in(world, key, ENDORSED)) for key in ("ghat", "derna", "zuwara"))
    assert len(_told(world)) == 3
    hide(world, second)
    withdraw(world, "zuwara", third)
    [letter] = _mails(world, timedelta(days=2))
    assert [row.number in letter for row in (first, second, third)] == [True, False, False]
    assert "القوافل" not in letter


def test_at_once_none_or_by_week_as_each_wants(world: World) -> None:
    _save(world, "professor")
    ten_minutes, days = timedelta(minutes=11), timedelta(days=9)
    for how, later, count in ((How.NOW, ten_minutes, 1), (How.PRODUCT, days, 1), (How.WEEKLY, days, 2)):
        choose_telling(TellingDraft({Topic.SEARCHES: how}), actor=world.actor("professor"))
        number = _accepted(world)
        letters = _mails(world, later)
        assert (len(letters), number in " ".join(letters)) == (count, how is not How.PRODUCT)


def test_a_text_is_told_of_once_though_it_comes_back(world: World) -> None:
    _save(world, "professor")
    row = hide(world, accept(world, hand_in(world, "ghat", ENDORSED)))
    restore(row, Review("restored", "لا اسم فيه"), actor=world.actor("moderator"))
    assert _told(world) == [("professor", row.number)]


def test_of_a_consultation_that_is_closed_again_only_those_inside_are_told(world: World) -> None:
    for key in ("professor", "moderator"):
        _save(world, key)
    with transaction():
        session.execute(sa.update(Consultation).values(public=False))
    number = _accepted(world)
    assert _told(world) == [("moderator", number)]


def test_a_search_is_its_persons_alone(world: World) -> None:
    number = _save(world, "professor")
    for attempt in (delete_search, lambda n, actor: tell_of_search(n, mails=True, actor=actor)):
        with pytest.raises(NotFound):
            attempt(number, actor=world.actor("ghat"))
        with pytest.raises(Forbidden):
            attempt(number, actor=ANONYMOUS)
    assert saved_searches(world.people["ghat"], world.consultation_id) == []
    with pytest.raises(Forbidden):
        save_search(SearchDraft("x", WATER), consultation=world.consultation, actor=ANONYMOUS)
    delete_search(number, actor=world.actor("professor"))
    assert saved_searches(world.people["professor"], world.consultation_id) == []


@pytest.mark.parametrize(
    ("name", "wanted", "message"),
    [
        (" ", WATER, "Give the search a name."),
        ("x" * (LONGEST_NAME + 1), WATER, f"Write at most {LONGEST_NAME} characters."),
        ("x", RegisterFilter(), "Search for something first: words, a track, a topic, a region, a body or a language."),
        (
            "x",
            RegisterFilter(words=" !? "),
            "Search for something first: words, a track, a topic, a region, a body or a language.",
        ),
        (
            "x",
            RegisterFilter(state=SubmissionState.HIDDEN, track="cso"),
            "Search for something first: words, a track, a topic, a region, a body or a language.",
        ),
    ],
)
def test_what_cannot_be_saved_is_said(world: World, name: str, wanted: RegisterFilter, message: str) -> None:
    with pytest.raises(Rejected) as refused:
        _save(world, "professor", wanted, name)
    assert said(refused.value) == [("name", message)]


def test_a_person_keeps_so_many_and_no_more(world: World) -> None:
    numbers = [_save(world, "professor") for _ in range(MOST)]
    with pytest.raises(Conflict):
        _save(world, "professor")
    delete_search(numbers[0], actor=world.actor("professor"))
    assert _save(world, "professor") == MOST + 1
