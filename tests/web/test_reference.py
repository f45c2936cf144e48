"""Reference figures: recorded in a table, pasted or from a file, and what was heard set against them without telling of a few."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from datetime import date
from html import unescape

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from consult import clock
from consult.consultations.models import Consultation, Member
from consult.db import new_id, session, transaction
from consult.errors import Rejected
from consult.events.models import EventRow
from consult.i18n import WRITTEN, Localized
from consult.notifications.groups import Group, reached
from consult.plugins.questions import Choice, Question, QuestionKind
from consult.submissions.figures.models import ReferenceFigures
from consult.submissions.figures.pasted import lines_of_text, read_numbers
from consult.submissions.figures.reference import FiguresDraft, Grouping, compare, figures_of, groupings, record_figures
from consult.submissions.figures.statistics import AskedTable, Statistics, Table, statistics_of
from consult.submissions.figures.suppression import one_way, suppressed
from consult.submissions.models import Questionnaire, Submission
from consult.submissions.questionnaires.content import FormContent, Section, as_data
from consult.testing.at_once import at_once
from consult.testing.web import post
from consult.testing.world import World

MISSING = "/en/c/test/organise/missing/"
LANGUAGES_PAGE = f"{MISSING}figures/language/"
SOURCE = {"source": "Census 2026, table 4", "as_of": "2026-01-31"}
TONGUES = {"ar": Localized(ar="العربية", en="Arabic"), "en": Localized(en="English"), "fr": Localized(fr="Français")}


def _texts(world: World, number: int, **facts: object) -> None:
    with transaction():
        for _ in range(number):
            known = {"track": "municipal", "title": "نص", "language": "ar", "state": "accepted", **facts}
            key = f"TT-2026-{new_id().hex}"
            session.add(
                Submission(
                    id=new_id(), consultation_id=world.consultation_id, number=key, received_at=clock.now(), **known
                )
            )


@pytest.fixture
def organiser(client: FlaskClient, world: World) -> FlaskClient:
    """The organiser's browser."""
    return world.sign_in(client, "organiser")


def _numbers(world: World, about: str = "language") -> Mapping[str, int]:
    session.rollback()
    row = figures_of(world.consultation_id).get(about)
    return row.numbers if row else {}


def _rows(client: FlaskClient) -> dict[str, list[str]]:
    """Return the cells of the tables of shares as they read, by the name of the group."""
    page = unescape(client.get(MISSING).get_data(as_text=True))
    section = page.partition('id="reference"')[2].partition("</section>")[0]
    found = {}
    for row in re.findall(r'<tr><th scope="row">(.*?)</tr>', section, re.DOTALL):
        name, *cells = re.split(r"<td[^>]*>", row)
        found[re.sub("<.*", "", name, flags=re.DOTALL).strip() or name] = [
            re.sub(r"\s+", " ", re.sub("<[^>]+>", "", cell)).strip() for cell in cells
        ]
    return found


def test_nothing_is_set_against_what_nobody_recorded(organiser: FlaskClient, world: World) -> None:
    page = organiser.get(MISSING).get_data(as_text=True)
    assert "No figures are recorded yet" in page
    assert 'href="/en/c/test/organise/missing/figures/language/"' in page
    assert session.scalar(sa.select(sa.func.count()).select_from(ReferenceFigures)) == 0


def test_shares_heard_stand_beside_shares_expected_and_each_group_has_its_way(
    organiser: FlaskClient, world: World
) -> None:
    sent = post(organiser, LANGUAGES_PAGE, {"n-ar": "٧٠٠", "n-en": "200", "n-fr": "1 00", **SOURCE})
    assert sent.status_code == 422  # "1 00" is no number
    assert 'value="٧٠٠"' in sent.get_data(as_text=True) or 'value="700"' in sent.get_data(as_text=True)
    assert _numbers(world) == {}
    assert post(organiser, LANGUAGES_PAGE, {"n-ar": "٧٠٠", "n-en": "200", "n-fr": "100", **SOURCE}).status_code == 303
    assert _numbers(world) == {"ar": 700, "en": 200, "fr": 100}
    _texts(world, 50)
    _texts(world, 40, language="en")
    _texts(world, 10, language="fr")
    rows = list(_rows(organiser).values())
    assert [row[:3] for row in rows] == [
        ["50% (50)", "70% (700)", "−20"],
        ["40% (40)", "20% (200)", "+20"],
        ["10% (10)", "10% (100)", "+0"],
    ]
    page = unescape(organiser.get(MISSING).get_data(as_text=True))
    assert "/organise/messages/new/?handed_in=no&language=ar" in page
    assert [bool(row[3]) for row in rows] == [True, False, False]
    assert "Census 2026, table 4" in page
    facts = session.scalars(
        sa.select(EventRow.facts).where(EventRow.type == "ReferenceFiguresRecorded").order_by(EventRow.seq)
    ).all()
    assert facts == [{"about": "language", "groups": 3}]


def test_figures_are_of_every_language_that_people_write_in_and_of_what_else_came_in(
    organiser: FlaskClient, world: World
) -> None:
    _texts(world, 60)
    _texts(world, 30, language="tuq")
    _texts(world, 10, language="es")
    groups = next(one for one in groupings(world.consultation_id) if one.about == "language").groups
    assert set(groups) == {*WRITTEN, "es"}
    assert post(organiser, LANGUAGES_PAGE, {"pasted": "Arabic;50\nTebu;40\nes;10", **SOURCE}).status_code == 303
    assert _numbers(world) == {"ar": 50, "tuq": 40, "es": 10}
    rows = _rows(organiser)
    assert rows["Tebu"][:3] == ["30% (30)", "40% (40)", "−10"]
    page = unescape(organiser.get(MISSING).get_data(as_text=True))
    by_language = page.partition("Texts accepted in it")[2].partition("</table>")[0]
    assert re.findall(r'<th scope="row">(Tebu|Spanish)</th>.*?data-t="Texts accepted in it">(\d+)<', by_language) == [
        ("Tebu", "30"),
        ("Spanish", "10"),
    ]
    assert "language=tuq" not in page  # nobody gets letters in it
    with transaction():
        session.execute(sa.delete(Submission).where(Submission.language == "es"))
    again = organiser.get(LANGUAGES_PAGE).get_data(as_text=True)
    assert re.search(r'name="n-es"[^>]*value="10"|value="10"[^>]*name="n-es"', again)  # what is recorded stays


def test_a_hidden_count_has_no_share_and_none_that_would_tell_it(organiser: FlaskClient, world: World) -> None:
    assert post(organiser, LANGUAGES_PAGE, {"n-ar": "70", "n-en": "20", "n-fr": "10", **SOURCE}).status_code == 303
    _texts(world, 50)
    _texts(world, 9, language="en")
    _texts(world, 2, language="fr")
    rows = list(_rows(organiser).values())
    assert [row[0] for row in rows].count("not shown") == 2
    assert rows[0][0] == "82% (50)"  # of all 61: taking what is hidden away would tell it
    assert all(row[2] == "–" for row in rows if row[0] == "not shown")
    assert all(row[3] for row in rows if row[0] == "not shown")


def test_a_group_without_anybody_to_write_to_is_invited(organiser: FlaskClient, world: World) -> None:
    with transaction():
        session.execute(sa.update(Member).values(part_ended_at=clock.now()).where(Member.id == world.members["ghat"]))
    page = f"{MISSING}figures/region/"
    keys = list(next(one for one in groupings(world.consultation_id) if one.about == "region").groups)
    numbers = {f"n-{key}": str(10 if key == "south" else 5) for key in keys}
    assert post(organiser, page, {**numbers, **SOURCE}).status_code == 303
    _texts(world, 12, body_id=world.bodies["derna"])
    shown = unescape(organiser.get(MISSING).get_data(as_text=True)).partition('id="reference"')[2]
    shown = shown.partition("</section>")[0]
    assert "/organise/people/invite/" in shown
    assert "region=south" not in shown
    with transaction():
        session.execute(sa.update(Member).values(part_ended_at=None).where(Member.id == world.members["ghat"]))
    shown = unescape(organiser.get(MISSING).get_data(as_text=True)).partition('id="reference"')[2]
    assert "/organise/messages/new/?handed_in=no&region=south" in shown.partition("</section>")[0]


def test_figures_are_pasted_or_come_from_a_file(organiser: FlaskClient, world: World) -> None:
    pasted = "Language\tPeople\nالعربية\t٦٬٣٠٠٬٠٠٠\n\nenglish\t200 000\nFrançais\t5000"
    assert post(organiser, LANGUAGES_PAGE, {"n-ar": "1", "pasted": pasted, **SOURCE}).status_code == 303
    assert _numbers(world) == {"ar": 6300000, "en": 200000, "fr": 5000}
    file = (io.BytesIO("group;number\nar;7\nen;3\n".encode("utf-8-sig")), "census.csv")
    fields = {"n-fr": "4", "file": file, **SOURCE}
    assert post(organiser, LANGUAGES_PAGE, fields).status_code == 303
    assert _numbers(world) == {"ar": 7, "en": 3, "fr": 4}


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("Arabic,6,300,000\nEnglish,5", "Line 1: write a group and one whole number."),
        ("Arabic;10\nKlingon;4", "Line 2: no group is called “Klingon”."),
        ("Arabic;10\nar;11", "Line 2: “ar” stands there twice."),
        ("Arabic;10\nEnglish;-4", "Line 2: write a group and one whole number."),
        ("Arabic;3.5\nEnglish;4", "Line 1: write a group and one whole number."),
        ("Arabic;10\nEnglish;12.345", "Line 2: “12.345” can be read in two ways: 12345, or 12 and 345 thousandths. "),
        ("nothing", "No number of a group stands there."),
        ("x;1\n" * 501, "Give at most 500 lines."),
    ],
)
def test_what_cannot_be_read_is_said_line_by_line_and_stays(
    organiser: FlaskClient, world: World, lines: str, told: str
) -> None:
    answer = post(organiser, LANGUAGES_PAGE, {"pasted": lines, **SOURCE})
    page = unescape(answer.get_data(as_text=True))
    assert (answer.status_code, told in page, lines[:40] in page) == (422, True, True)
    assert _numbers(world) == {}


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("en", "Arabic: “12.345” can be read in two ways: 12345, or 12 and 345 thousandths."),
        ("fr", "Arabe\xa0: «\xa012.345\xa0» peut se lire de deux façons\xa0: 12345, ou 12 et 345 millièmes."),
        ("ar", "العربية: «12.345» تُقرأ على وجهين: 12345، أو 12 و345 من الألف."),
    ],
)
def test_a_number_that_reads_in_two_ways_is_asked_back(
    organiser: FlaskClient, world: World, code: str, told: str
) -> None:
    """A thousands separator here is a decimal sign there: whoever typed it says which, in every language."""
    address = LANGUAGES_PAGE.replace("/en/", f"/{code}/")
    answer = post(organiser, address, {"n-ar": "12.345", "n-en": "1.234.567", **SOURCE})
    page = unescape(re.sub(r"</?bdi[^>]*>", "", answer.get_data(as_text=True)))
    assert (answer.status_code, told in page, 'value="12.345"' in page) == (422, True, True)
    assert _numbers(world) == {}
    assert post(organiser, address, {"n-ar": "12 345", "n-en": "1.234.567", **SOURCE}).status_code == 303
    assert _numbers(world) == {"ar": 12345, "en": 1234567}


def test_a_file_that_is_no_table_is_refused(organiser: FlaskClient, world: World) -> None:
    for content in (b"PK\x03\x04garbage", b"", b"\x00\xff\xfe\x00\x01"):
        answer = post(organiser, LANGUAGES_PAGE, {"file": (io.BytesIO(content), "census.xlsx"), **SOURCE})
        assert answer.status_code == 422
        assert 'href="#file"' in answer.get_data(as_text=True)
    assert _numbers(world) == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"source": ""}, "source"),
        ({"source": "x" * 301}, "source"),
        ({"as_of": ""}, "as_of"),
        ({"as_of": "31.1.2026"}, "as_of"),
        ({"as_of": "2999-01-01"}, "as_of"),
        ({"n-en": ""}, "n-ar"),
        ({"n-ar": "0", "n-en": "0"}, "n-ar"),
        ({"n-ar": "99999999999"}, "n-ar"),
        ({"n-en": "many"}, "n-en"),
    ],
)
def test_an_error_stands_at_its_field(
    organiser: FlaskClient, world: World, changes: dict[str, str], field: str
) -> None:
    answer = post(organiser, LANGUAGES_PAGE, {"n-ar": "5", "n-en": "6", **SOURCE, **changes})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.get_data(as_text=True)


def test_figures_are_taken_away_and_nobody_else_records_any(
    client: FlaskClient, organiser: FlaskClient, world: World
) -> None:
    assert post(organiser, LANGUAGES_PAGE, {"n-ar": "5", "n-en": "6", **SOURCE}).status_code == 303
    assert post(organiser, f"{LANGUAGES_PAGE}remove", {}).status_code == 303
    assert _numbers(world) == {}
    removed = sa.select(EventRow.facts).where(EventRow.type == "ReferenceFiguresRemoved")
    assert session.scalars(removed).all() == [{"about": "language"}]
    assert organiser.get(f"{MISSING}figures/shoe-size/").status_code == 404
    moderator = world.sign_in(client.application.test_client(), "moderator")
    assert moderator.get(LANGUAGES_PAGE).status_code == 403
    assert post(moderator, LANGUAGES_PAGE, {"n-ar": "5", "n-en": "6", **SOURCE}).status_code == 403
    assert post(moderator, f"{LANGUAGES_PAGE}remove", {}).status_code == 403


def _ask(world: World, *asked: Question) -> Questionnaire:
    label = Localized(ar="أسئلة", en="Questions", fr="Questions")
    content = as_data(FormContent((Section("s1", label, Localized(), asked),), 0))
    with transaction():
        form = Questionnaire(
            id=new_id(),
            consultation_id=world.consultation_id,
            track="municipal",
            version=1,
            state="open",
            content=content,
            digest="",
            created_at=clock.now(),
        )
        session.add(form)
    return form


def test_groups_that_a_question_asks_are_compared(organiser: FlaskClient, world: World) -> None:
    label = Localized(ar="العمر", en="Age", fr="Âge")
    choices = tuple(Choice(key, Localized(ar=key, en=key, fr=key)) for key in ("under-30", "30-and-more"))
    age = Question("age", QuestionKind.CHOICE, label, choices=choices)
    form = _ask(
        world,
        age,
        Question("tags", QuestionKind.CHOICES, label, choices=choices),
        Question("secret", QuestionKind.CHOICE, label, choices=choices, private=True),
        Question("abroad", QuestionKind.YES_NO, label),
    )
    offered = [one.about for one in groupings(world.consultation_id)]
    assert offered == ["language", "region", "asked:municipal:age", "asked:municipal:abroad"]
    page = f"{MISSING}figures/asked:municipal:age/"
    assert post(organiser, page, {"n-under-30": "60", "n-30-and-more": "40", **SOURCE}).status_code == 303
    _texts(world, 6, questionnaire_id=form.id, answers={"age": "under-30"})
    _texts(world, 18, questionnaire_id=form.id, answers={"age": "30-and-more"})
    rows = _rows(organiser)
    assert rows["under-30"][:3] == ["25% (6)", "60% (60)", "−35"]
    assert rows["30-and-more"][:3] == ["75% (18)", "40% (40)", "+35"]
    shown = unescape(organiser.get(MISSING).get_data(as_text=True))
    assert "/organise/messages/new/?handed_in=no&track=municipal" in shown


def test_a_message_goes_to_those_who_read_a_language(world: World) -> None:
    def people(language: str) -> int:
        return len(reached(world.consultation_id, Group(language=language)))

    everybody = reached(world.consultation_id, Group())
    assert sum(people(code) for code in TONGUES) == len(everybody)
    assert people("ar") == sum(one.language == "ar" for one in everybody)
    assert Group.of(Group(language="fr", handed_in="no").kept()) == Group(language="fr", handed_in="no")


GROUPS = ("a", "b", "c", "d")


@given(
    counts=st.dictionaries(st.sampled_from(GROUPS), st.integers(0, 12), min_size=2),
    listed=st.sets(st.sampled_from(GROUPS), min_size=2),
)
def test_no_share_tells_a_hidden_count(counts: dict[str, int], listed: set[str]) -> None:
    """Whatever is shown of shares is computed from what the table shows and its total: another table would show the same."""
    hidden = suppressed(one_way(counts))
    shown = {key: None if hidden is None or key in hidden else number for key, number in counts.items()}
    table = Table({} if hidden is None else shown, whole=hidden is not None)
    asked = Question("q", QuestionKind.CHOICE, Localized(en="q"))
    none = Table({}, whole=False)
    total = sum(counts.values())
    counted = Statistics(total, none, none, none, none, [AskedTable("t", asked, table, total)], {})
    grouping = Grouping("asked:t:q", "q", dict.fromkeys(GROUPS, "x"), "t")
    row = ReferenceFigures(about="asked:t:q", numbers=dict.fromkeys(listed, 5), source="s", as_of=date(2026, 1, 1))
    found = compare(grouping, row, counted)
    for share in found.shares:
        if hidden is None or share.key in hidden:
            assert (share.heard, share.heard_share, share.apart) == (None, None, None)
        elif found.heard:
            assert share.heard == counts.get(share.key, 0)
    others = [counts[key] for key in counts if key not in listed]
    if hidden is None:
        assert found.heard is None
    elif any(key in hidden for key in counts if key not in listed):
        assert found.heard == total
    else:
        assert found.heard == total - sum(others)


def test_two_groups_of_one_name_are_told_apart_by_their_keys() -> None:
    groups = {"m1": Localized(ar="المرج", en="Marj"), "m2": Localized(ar="المرج", en="El Marj")}
    assert read_numbers(lines_of_text("m1;4\nEl Marj;5"), groups, "pasted") == {"m1": 4, "m2": 5}
    with pytest.raises(Rejected):
        read_numbers(lines_of_text("المرج;4"), groups, "pasted")


def test_statistics_say_how_many_answered(world: World) -> None:
    label = Localized(ar="الجنس", en="Gender", fr="Genre")
    choices = tuple(Choice(key, Localized(ar=key, en=key, fr=key)) for key in ("woman", "man"))
    form = _ask(world, Question("gender", QuestionKind.CHOICE, label, choices=choices))
    _texts(world, 9, questionnaire_id=form.id, answers={"gender": "woman"})
    _texts(world, 3)
    [asked] = statistics_of(world.consultation).answers
    assert asked.total == 9


def test_figures_recorded_in_two_windows_at_once_are_recorded(app: Flask, world: World) -> None:
    who, where = world.actor("organiser"), world.consultation_id
    [languages] = [one for one in groupings(where) if one.about == "language"]

    def recording(number: int) -> Callable[[], object]:
        draft = FiguresDraft({"ar": number, "en": 1}, "Census", date(2026, 1, 31))
        return lambda: record_figures(draft, languages, consultation=session.get_one(Consultation, where), actor=who)

    assert at_once(app, [recording(number) for number in (2, 3, 4, 5)]) == ["done"] * 4
    assert _numbers(world)["ar"] in (2, 3, 4, 5)
    told = sa.select(sa.func.count()).where(EventRow.type == "ReferenceFiguresRecorded")
    assert session.scalar(told) == 4
