"""Search: the same results on both engines, whatever is asked and however it is spelt."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from consult import clock, search
from consult.accounts.bodies.life import ChangeDraft, change_body
from consult.accounts.bodies.services import BodyDraft, correct_body
from consult.accounts.models import Body
from consult.consultations.models import Member
from consult.db import dialect_name, new_id, session, transaction
from consult.i18n import Localized
from consult.search.question import Field, Question, Term, parse
from consult.search.words import LONGEST_WORD, MOST_WORDS, words_of
from consult.settings import Settings
from consult.submissions.found import excerpt, marked
from consult.submissions.models import Passage, Submission
from consult.submissions.offered import offered
from consult.submissions.register import RegisterFilter, count_register, first_page, register
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


def found(world: World, question: str, *, gather: bool = False) -> list[str]:
    """The keys of what is found, newest first."""
    hits = search.search(world.consultation_id, question, gather=gather)
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
    '"rescued at sea"': ["reception"],
    '"at sea rescued"': [],
    '"sea a"': [],  # the last word of the title and the first of the text do not stand together
    "«طرق القوافل»": ["register"],
    "“أقدم طُرُق” بغات": ["register"],
    "«القوافل طرق»": [],
    '"القوافل والمستشفى والمدرسة"': ["register"],
    "« l’école, la santé »": ["return"],
    "title:سجل": ["register"],
    "title:القوافل": [],
    "عنوان:سِجلّ": ["register"],
    "titre : digne": ["return"],
    'title:"people rescued"': ["reception"],
    'title:"rescued people"': [],
    'title:"town clinic"': [],
    "body:derna": ["wages", "return", "reception", "register"],
    "بلدية:درنة اجور": ["wages"],
    "body:rescued": [],
    'body:"درنة"': ["wages", "return", "reception", "register"],
}


def test_the_same_on_both_engines(world: World, four: dict[str, Submission]) -> None:
    year = str(clock.now().year)
    answers = {question: found(world, question.replace("2026", year)) for question in QUESTIONS}
    assert answers == QUESTIONS
    assert {q: found(world, q.replace("2026", year), gather=True) for q in QUESTIONS} == QUESTIONS


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
    assert [term.words for term in parse(" ".join(f"w{n}" for n in range(500))).terms] == [
        (f"w{n}",) for n in range(MOST_WORDS)
    ]
    assert parse("a" * 5000).terms == (Term(("a" * LONGEST_WORD,), open=True),)
    assert parse("one a").terms == (Term(("one",)), Term(("a",)))


def test_a_long_text_is_indexed(world: World) -> None:
    row = hand_in(world, "Long", "ar", " ".join(f"كلمة{n}" for n in range(5000)))
    assert accept(row, Review("in_order"), actor=world.actor("moderator")).state == "accepted"
    assert found(world, "كلمه4999") == ["Long"]


VOCABULARY = ("ماء", "الماء", "مدرسة", "water", "Waters", "école", "right", "to", "work", "2026", "غات", "ghat")


def _texts(random: Random, count: int) -> list[tuple[str, str]]:
    """Return titles and texts of so many words of a small vocabulary, so that everything meets everything."""
    return [
        (" ".join(random.choices(VOCABULARY, k=3)), ", ".join(random.choices(VOCABULARY, k=random.randint(2, 30))))
        for _ in range(count)
    ]


def _question(random: Random) -> str:
    """Return a question with words, beginnings, phrases in any quotation marks, and fields."""
    parts = []
    for _ in range(random.randint(1, 3)):
        words = " ".join(random.choices(VOCABULARY, k=random.randint(1, 3)))
        quoted = random.choice(['"{}"', "«{}»", "“{}”", "„{}“", "{}", "{}"]).format(words)
        parts.append(random.choice(["", "", "title:", "عنوان:", "titre : ", "body:", "other:"]) + quoted)
    return " ".join(parts)[: random.choice([200, 200, 12])]


def test_random_questions_find_on_each_database_what_they_ask_for(world: World) -> None:
    """200 questions: what the database finds, in its order, is what reading every folded text finds; so for both the same."""
    random = Random(7)
    for title, text in _texts(random, 60):
        hand_in(world, title, "ar", text)
    with transaction():
        session.execute(sa.update(Submission).values(state="accepted", decided_at=clock.now()))
        assert search.rebuild() == 60
    rows = session.scalars(sa.select(Submission).order_by(Submission.received_at.desc(), Submission.id.desc())).all()
    folded = {row.number: search.folded_of(row.id) or "" for row in rows}
    sizes = set()
    for _ in range(200):
        asked = _question(random)
        question = parse(asked)
        expected = [number for number, text in folded.items() if question.found_in(text)] if question.terms else None
        hits = search.search(world.consultation_id, asked)
        found = None
        if hits is not None:
            query = sa.select(Submission.number).join(hits, hits.c.submission_id == Submission.id)
            found = list(session.scalars(query.order_by(hits.c.place.desc())))
        assert found == expected, asked
        sizes.add(len(found or ()))
        if question.terms:
            assert _best(world, asked) == _in_steps(folded, expected or [], question), asked
    assert {0, 60} <= sizes
    assert len(sizes) > 10


def _best(world: World, asked: str, *, best: bool = True) -> list[str]:
    """The receipt numbers of what is found, best match or newest first, read page after page."""
    found, before = [], ""
    while True:
        page = register(world.consultation_id, RegisterFilter(words=asked, best=best), before=before)
        found += [row.number for row in page.rows]
        if page.older is None:
            return found
        before = page.older


def _in_steps(folded: Mapping[str, str], numbers: list[str], question: Question) -> list[str]:
    """The same in plain Python, from what the interface says: in the title, often, somewhere; all words so, or some."""
    asked = {(word, term.open and word == term.words[-1]) for term in question.terms for word in term.words}

    def step(number: str) -> tuple[int, int]:
        words = [word for word in folded[number].split() if word != "|"]
        titled = [word[1:] for word in words if word[0] == "\u2020"]
        words = [word for word in words if word[0] not in "\u2020\u2021"]
        often = [word for word in words if words.count(word) >= 3 and words.count(word) * 100 >= len(words)]

        def has(among: list[str], word: str, begun: bool) -> bool:
            return any(one.startswith(word) if begun else one == word for one in among)

        levels = [2 if has(titled, *one) else 1 if has(often, *one) else 0 for one in asked]
        return min(levels), max(levels)

    return sorted(numbers, key=step, reverse=True)  # among equals the order stays: the newest first


def test_filters_and_words_together_find_what_has_them_all(world: World) -> None:
    """150 filters of up to five kinds with words or without: each page and each count is that of reading every text."""
    random = Random(11)
    keys = ("ghat", "derna", "zuwara", "professor", "cso")
    for title, text in _texts(random, 40):
        hand_in(world, title, random.choice(["ar", "en"]), text, key=random.choice(keys))
    with transaction():
        session.execute(sa.update(Submission).values(state="accepted", decided_at=clock.now()))
        assert search.rebuild() == 40
    rows = session.scalars(sa.select(Submission).order_by(Submission.received_at.desc(), Submission.id.desc())).all()
    regions = dict(session.execute(sa.select(Body.id, Body.region)).all())
    left = set()
    for _ in range(150):
        offered: Mapping[str, Sequence[Any]] = {
            "track": ("municipal", "academic", "cso"),
            "language": ("ar", "en", "fr"),
            "topic": (*world.topics.values(), world.people["ghat"]),
            "body": (*world.bodies.values(),),
            "region": ("south", "west", "north"),
            "words": ("water ", '"right to"', "ماء title:ghat", "wat"),
        }
        chosen = {name: random.choice(offered[name]) for name in random.sample(list(offered), random.randint(0, 4))}
        wanted = RegisterFilter(**chosen)
        expected = [
            row.number
            for row in rows
            if wanted.track in ("", row.track)
            and wanted.language in ("", row.language)
            and wanted.topic in (None, world.topics["gcm-1"])
            and wanted.body in (None, row.body_id)
            and wanted.region in ("", regions.get(row.body_id) if row.body_id else None)
            and wanted.question.found_in(search.folded_of(row.id) or "")
        ]
        count = count_register(world.consultation_id, wanted)
        again, first = first_page(world.consultation_id, wanted)
        assert again == count, wanted
        for page in (first, *(register(world.consultation_id, wanted, few=few) for few in (False, True))):
            assert [row.number for row in page.rows] == expected[:25], wanted
            assert (page.older is None) == (len(expected) <= 25)
        assert count.total in (len(expected), None)
        left.add(len(expected))
    assert {0, 40} <= left
    assert len(left) > 10


def test_a_track_and_a_language_are_asked_for_by_one_word(world: World) -> None:
    """Each is the list of nearly all texts: with a topic besides there would be three lists to go through."""
    both = {search.Facet.TRACK: "cso", search.Facet.LANGUAGE: "fr"}
    asked = [
        search.asked_of(search.parse(""), facets)
        for facets in (both, both | {search.Facet.TOPIC: world.topics["gcm-1"]})
    ]
    assert [len(re.split(r" AND | & ", one.match)) for one in asked if one] == [1, 2]


def test_words_that_stand_together_are_counted_from_the_index(
    world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    """PostgreSQL takes them for independent of each other and of filters, and would read through the register for few texts."""
    joint = RegisterFilter(words="water school"), RegisterFilter(words="water", track="cso", region="south")
    alone = RegisterFilter(words="water"), RegisterFilter(track="cso", region="south")
    for wanted in (*joint, *alone):
        with count_queries() as sent:
            count_register(world.consultation_id, wanted)
        gathered = wanted in joint and dialect_name() == "postgresql"
        assert ["MATERIALIZED" in statement for statement in sent] == [gathered], wanted


def test_what_nearly_every_text_has_is_looked_up_for_the_few_of_a_body(world: World) -> None:
    """On SQLite the index would walk through all texts of a track and a language for those of one body."""
    facets = search.Facet.TRACK, search.Facet.LANGUAGE, search.Facet.REGION
    narrowed = {facet: facet.value for facet in facets} | {search.Facet.TOPIC: "t"}
    for body, looked_up in (({}, ()), ({search.Facet.BODY: "b"}, facets if dialect_name() == "sqlite" else ())):
        asked = search.asked_of(Question(), narrowed | body)
        assert asked is not None
        assert dict(asked.plain) == {facet: facet.value for facet in looked_up}
        assert asked.match.count("\u00a6") == len(narrowed | body) - len(looked_up)


def test_a_withheld_name_has_no_region(world: World) -> None:
    """Neither its own nor any: what is left of the register in each region are texts that everybody knows are from there."""
    row = hand_in(world, "أجور يحجزها الوسطاء", "ar", "نص.", key="cso")
    accept(row, Review("in_order"), actor=world.actor("moderator"))
    hidden = session.get_one(Submission, row.id)
    assert (hidden.withheld, session.get_one(Body, world.bodies["cso"]).region) == (True, "south")
    for region in ("south", "west", "east"):
        for more in ({}, {"track": "cso"}, {"words": "اجور"}, {"track": "cso", "language": "ar"}):
            wanted = RegisterFilter(region=region, **more)
            assert register(world.consultation_id, wanted).rows == []
            assert count_register(world.consultation_id, wanted).total == 0
    assert len(register(world.consultation_id, RegisterFilter(track="cso", language="ar")).rows) == 1


def test_a_body_that_moves_or_is_renamed_takes_its_texts_along(world: World, four: dict[str, Submission]) -> None:
    keeper, body = world.actor("administrator"), session.get_one(Body, world.bodies["derna"])
    draft = BodyDraft(body.key, body.kind, body.names, region="west", source="register")
    correct_body(draft, actor=keeper)
    counts = [count_register(world.consultation_id, RegisterFilter(region=one)).total for one in ("east", "west")]
    assert counts == [0, 4]
    of_body = [
        count_register(world.consultation_id, RegisterFilter(body=body.id, region=one)).total
        for one in ("east", "west")
    ]
    assert of_body == [0, 4]
    change_body(ChangeDraft(clock.now().date(), "law", Localized(ar="طبرق")), body=body.id, actor=keeper)
    assert [len(found(world, q)) for q in ("body:درنة", "body:طبرق")] == [0, 4]


def test_what_is_offered_is_understood_again_where_it_changed_only(world: World) -> None:
    """One object while the database says the same; a new name is there at once, and a name that is withheld gone."""
    first = offered(world.consultation_id)
    session.rollback()
    assert offered(world.consultation_id) is first
    derna = world.bodies["derna"]
    assert [key for _, key, _ in first.bodies] == sorted(key for _, key, _ in first.bodies)
    assert (world.bodies["cso"] in {one for one, *_ in first.bodies}, "south" in first.regions) == (False, True)
    assert {(one, slug) for one, slug, _ in first.topics} == {(one, slug) for slug, one in world.topics.items()}
    change_body(
        ChangeDraft(clock.now().date(), "law", Localized(ar="طبرق")), body=derna, actor=world.actor("administrator")
    )
    assert {one: names["ar"] for one, _, names in offered(world.consultation_id).bodies}[derna] == "طبرق"
    with transaction():
        session.execute(sa.update(Member).where(Member.body_id == derna).values(withheld=True))
    assert derna not in {one for one, *_ in offered(world.consultation_id).bodies}


def test_pages_of_the_best_follow_each_other(world: World) -> None:
    """Down and up again, from step to step of the ranking; from a text that is not there no page begins."""
    random = Random(3)
    for title, text in _texts(random, 60):
        hand_in(world, title, "en", text)
    with transaction():
        session.execute(sa.update(Submission).values(state="accepted", decided_at=clock.now()))
        search.rebuild()
    for asked in ("water", "water school ecole", '"right to" wat', "title:water work", "work"):
        wanted = RegisterFilter(words=asked, best=True)
        down = [register(world.consultation_id, wanted)]
        while down[-1].older:
            down.append(register(world.consultation_id, wanted, before=down[-1].older))
        up = down[-1:]
        while up[0].newer:
            up.insert(0, register(world.consultation_id, wanted, after=up[0].newer))
        numbers = [row.number for page in down for row in page.rows]
        assert numbers == _best(world, asked)
        assert [row.number for page in up for row in page.rows] == numbers
        assert sorted(numbers) == sorted(_best(world, asked, best=False))
        assert register(world.consultation_id, wanted, before="TT-2026-99999").rows == []


def test_the_best_of_all_stands_first_however_many_are_newer(world: World) -> None:
    """The oldest of 700 texts, all of which have the word, stands first: its title has it; then the one that has it often."""
    hand_in(world, "The clinic", "en", "A clinic.")
    hand_in(world, "Often", "en", "A clinic, a clinic, a clinic.")
    columns = [column for column in Submission.__table__.columns if column.key not in ("id", "number", "title")]
    one = session.execute(sa.select(*columns).where(Submission.title == "Often")).mappings().one()
    made = [
        {**one, "id": new_id(), "number": f"TT-2026-1{number:04}", "title": f"Newer {number}"} for number in range(698)
    ]
    parts = [
        {"id": new_id(), "submission_id": row["id"], "revision": 1, "number": 1, "kind": "text", "text": "One clinic."}
        for row in made
    ]
    with transaction():
        session.execute(sa.insert(Submission.__table__), made)
        session.execute(sa.insert(Passage.__table__), parts)
        session.execute(sa.update(Submission).values(state="accepted", decided_at=clock.now()))
        assert search.rebuild() == 700
    wanted = RegisterFilter(words="clinic", best=True)
    page = register(world.consultation_id, wanted)
    assert [row.title for row in page.rows[:3]] == ["The clinic", "Often", "Newer 697"]
    assert len(set(_best(world, "clinic"))) == 700


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        ("سجلّ بلدي لبيانات الهِجْرة", "الهجره", "سجلّ بلدي لبيانات [الهِجْرة]"),
        ("L’école et la santé", "ecole", "L’[école] et la santé"),
        ("Right to work, work to right", '"right to work"', "[Right to work], work to right"),
        ("work to work", "work", "[work] to [work]"),
        ("Waters and water", "wat", "[Waters] and [water]"),
        ("الـمـاء ماء", "الماء", "[الـمـاء] ماء"),
        ("Au cœur des œuvres", '"au coeur" oeuv', "[Au cœur] des [œuvres]"),
        ("nothing", "body:nothing", "nothing"),
        ("<b>bold</b>", "bold", "<b>[bold]</b>"),
    ],
)
def test_what_was_found_is_marked_in_its_own_spelling(text: str, question: str, expected: str) -> None:
    pieces = marked(text, parse(question))
    assert "".join(f"[{piece.text}]" if piece.found else piece.text for piece in pieces) == expected


@given(st.text(), st.text())
def test_marking_changes_no_letter(text: str, question: str) -> None:
    assert "".join(piece.text for piece in marked(text, parse(question))) == text


def test_an_excerpt_is_cut_at_words_around_what_was_found() -> None:
    long = " ".join(f"word{n}" for n in range(200))
    pieces = excerpt(["Nothing here.", long], parse("word100 x word101"))
    shown = "".join(f"[{piece.text}]" if piece.found else piece.text for piece in pieces)
    assert shown.startswith("… word92 word93")
    assert "[word100] [word101]" in shown
    assert shown.endswith(" …")
    assert len(shown) < 250
    assert excerpt(["Nothing here."], parse("else")) == []


def test_fields_that_hold_no_words_are_said_apart() -> None:
    question = parse('مسار:cso لغة:fr state:hidden "to work" عنوان:«حق»')
    assert [question.of(field) for field in (Field.TRACK, Field.LANGUAGE, Field.STATE)] == ["cso", "fr", "hidden"]
    assert question.terms == (Term(("to", "work")), Term(("حق",), Field.TITLE))
