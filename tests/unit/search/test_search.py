"""Search: the same results on both engines, whatever is asked and however it is spelt."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from consult import clock, search
from consult.db import session, transaction
from consult.search.words import LONGEST_WORD, MOST_WORDS, prefix_and_words, words_of
from consult.settings import Settings
from consult.submissions.models import Submission
from consult.submissions.services import Review, SubmissionDraft, accept, hide, restore, submit, withdraw
from consult.testing.small_tracks import running_app
from consult.testing.world import World

TEXTS = {
    "register": (
        "سجلّ بلدي لبيانات الهِجْرة",
        "ar",
        "تمر بغات أقدم طرق القوافل، والمستشفى والمدرسة في حاجة إلى أرقام ٢٠٢٦.",
    ),
    "reception": (
        "Reception of people rescued at sea",
        "en",
        "A coastal town's clinic cannot do it alone: 24/7 duty_officer.",
    ),
    "return": ("Retour digne et réintégration", "fr", "Trois enseignements du Fezzan : l'accueil, l'école, la santé."),
    "wages": ("أجور يحجزها الوسطاء", "ar", "أخبرنا عمال يومية أن وسيطًا يأخذ ثلثي أجرهم."),
}


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


def hand_in(world: World, title: str, language: str, text: str, key: str = "derna") -> Submission:
    answers = {"decision": "1/2026"} if key in {"ghat", "derna", "zuwara"} else {}
    draft = SubmissionDraft(
        member=world.members[key], title=title, language=language, text=text, topics=("gcm-1",), answers=answers
    )
    return submit(draft, consultation=world.consultation, actor=world.actor(key))


@pytest.fixture
def four(world: World) -> dict[str, Submission]:
    """Four accepted submissions, received a minute apart, from Derna."""
    rows = {}
    for minute, (key, (title, language, text)) in enumerate(TEXTS.items()):
        with clock.at(clock.now() + timedelta(minutes=minute)):
            row = hand_in(world, title, language, text)
            rows[key] = accept(row, Review("in_order"), actor=world.actor("moderator"))
    return rows


def found(world: World, question: str, *, few: bool = False) -> list[str]:
    """The keys of what is found, newest first."""
    hits = search.search(world.consultation_id, question, few=few)
    if hits is None:
        return ["everything"]
    titles = session.scalars(
        sa.select(Submission.title).join(hits, hits.c.submission_id == Submission.id).order_by(hits.c.place.desc())
    ).all()
    by_title = {title: key for key, (title, _, _) in TEXTS.items()}
    return [by_title.get(title, title) for title in titles]


QUESTIONS = {
    "بيانات": [],
    "لبيانات": ["register"],
    "هجرة": [],
    "الهجره": ["register"],
    "الهِجْرَة": ["register"],
    "والمستشفي": ["register"],
    "2026": ["wages", "return", "reception", "register"],
    "2026 غات بغات": [],
    "٢٠٢٦ بغات": ["register"],
    "أجور": ["wages"],
    "اجور وسي": ["wages"],
    "وسي اجور": [],
    "RESCUED": ["reception"],
    "resc": ["reception"],
    "resc people": [],
    "people resc": ["reception"],
    "reintegration": ["return"],
    "Réintégr": ["return"],
    "ecole": ["return"],
    "l'école": ["return"],
    "duty officer": ["reception"],
    "duty_officer": ["reception"],
    "24/7": ["reception"],
    "s": ["reception"],
    "x": [],
    "درنة": ["wages", "return", "reception", "register"],
    "derna": ["wages", "return", "reception", "register"],
    "DERNA fezzan": ["return"],
    "TT-2026-00003": ["return"],
    "tt-2026-0000": ["wages", "return", "reception", "register"],
    "": ["everything"],
    " !?، ": ["everything"],
    '"': ["everything"],
    'rescued" OR "wages': [],
    "rescued*": ["reception"],
    "rescued AND": [],
    "NOT rescued": [],
    "words:rescued": [],
    "rescued & !alone | (": ["reception"],
    "sea rescued & ! | (": ["reception"],
    "'; DROP TABLE submission; --": [],
    "NEAR(a b)": [],
    "\\ \x00 rescued": ["reception"],
    "{rescued} : ^ + -": ["reception"],
}


def test_the_same_on_both_engines(world: World, four: dict[str, Submission]) -> None:
    year = str(clock.now().year)
    answers = {question: found(world, question.replace("2026", year)) for question in QUESTIONS}
    assert answers == QUESTIONS
    assert {q: found(world, q.replace("2026", year), few=True) for q in QUESTIONS} == QUESTIONS


def test_only_accepted_texts_are_in_the_index(world: World, four: dict[str, Submission]) -> None:
    hand_in(world, "Unread", "en", "A text that nobody has read yet.")
    hide(four["wages"], Review("names_person", "لا تسمّ أحدًا"), actor=world.actor("moderator"))
    withdraw(four["return"], actor=world.actor("derna"))
    assert [found(world, q) for q in ("unread", "اجور", "fezzan", "rescued")] == [[], [], [], ["reception"]]
    restore(four["wages"], Review("restored", "لا اسم فيه"), actor=world.actor("moderator"))
    assert found(world, "اجور") == ["wages"]


def test_a_withheld_name_finds_nothing(world: World) -> None:
    row = hand_in(world, "أجور يحجزها الوسطاء", "ar", "نص.", key="cso")
    accept(row, Review("in_order"), actor=world.actor("moderator"))
    assert [found(world, q) for q in ("خديجة", "التارقي", "الأمل", "amal", "اجور")] == [[], [], [], [], ["wages"]]


def test_rebuilding_gives_the_same_index(world: World, four: dict[str, Submission]) -> None:
    before = {question: found(world, question) for question in QUESTIONS}
    with transaction():
        assert search.rebuild() == 4
    assert {question: found(world, question) for question in QUESTIONS} == before
    with transaction():
        assert search.rebuild(session.connection()) == 4


def test_texts_of_one_moment_all_have_a_place(world: World) -> None:
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    rows = [hand_in(world, f"Number {n}", "en", "The same moment.") for n in range(5)]
    with transaction():
        session.execute(sa.update(Submission).values(received_at=moment, state="accepted"))
        assert search.rebuild() == 5
    assert found(world, "moment") == [row.title for row in reversed(rows)]


def test_another_consultations_texts_are_not_found(world: World, four: dict[str, Submission]) -> None:
    assert found(world, "rescued") == ["reception"]
    hits = search.search(world.people["ghat"], "rescued")
    assert hits is not None
    assert session.execute(sa.select(hits.c.submission_id)).all() == []


@given(st.text())
def test_words_are_letters_and_digits_only(text: str) -> None:
    assert all(word.isalnum() and len(word) <= LONGEST_WORD for word in words_of(text))
    assert words_of(" ".join(words_of(text))) == words_of(text)


def test_a_question_is_cut_to_a_sensible_length() -> None:
    prefix, words = prefix_and_words(" ".join(f"w{n}" for n in range(500)))
    assert (prefix, len(words)) == (f"w{MOST_WORDS - 1}", MOST_WORDS - 1)
    assert prefix_and_words("a" * 5000) == ("a" * LONGEST_WORD, [])
    assert prefix_and_words("one a") == ("", ["one", "a"])


def test_a_long_text_is_indexed(world: World) -> None:
    row = hand_in(world, "Long", "ar", " ".join(f"كلمة{n}" for n in range(5000)))
    assert accept(row, Review("in_order"), actor=world.actor("moderator")).state == "accepted"
    assert found(world, "كلمه4999") == ["Long"]
