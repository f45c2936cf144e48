"""Statistics as pages and as a file: small counts stand nowhere, withheld names count nowhere; and who is missing."""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.access import OPERATOR
from consult.connections import engine_options
from consult.consultations.models import Member
from consult.db import database, new_id, session, snapshot, transaction
from consult.i18n import Localized
from consult.outcomes.open_data import write_open_data
from consult.plugins.questions import Choice, Question, QuestionKind
from consult.settings import Settings
from consult.submissions.figures.missing import readers_by_language, silent_bodies, silent_by_track
from consult.submissions.figures.statistics import NOT_TOLD, OTHERS, Statistics, statistics_of
from consult.submissions.models import Questionnaire, Revision, Submission
from consult.submissions.questionnaires.content import FormContent, Section, as_data
from consult.testing.acts import accept, hand_in
from consult.testing.web import post
from consult.testing.withheld import ENDORSED
from consult.testing.world import World

PAGE, FILE = "/en/c/test/statistics/", "/en/c/test/statistics.csv"
MISSING = "/en/c/test/organise/missing/"
Queries = Callable[[], AbstractContextManager[list[str]]]


def _texts(world: World, number: int, *, body: str = "", begin: int = 0, **changes: object) -> None:
    """Put accepted texts into the register, one a day from Monday 2 March 2026."""
    with transaction():
        for index in range(begin, begin + number):
            facts = {
                "track": "municipal",
                "title": "نص",
                "language": "ar",
                "state": "accepted",
                "body_id": world.bodies[body] if body else None,
                "received_at": datetime(2026, 3, 2 + index % 14, 12, tzinfo=UTC),
                **changes,
            }
            session.add(
                Submission(
                    id=new_id(), consultation_id=world.consultation_id, number=f"TT-2026-{new_id().hex}", **facts
                )
            )


def _rows(client: FlaskClient) -> dict[tuple[str, str, str], str]:
    answer = client.get(FILE)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="test-statistics.csv"'
    lines = csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")))
    return {(one["table"], one["row"], one["column"]): one["count"] for one in lines}


def test_too_few_texts_are_not_counted_apart(client: FlaskClient, world: World) -> None:
    _texts(world, 4)
    page = client.get(PAGE).get_data(as_text=True)
    assert "Too few texts to count them apart" in page
    assert '<svg class="chart"' not in page
    assert _rows(client) == {}


def test_small_counts_stand_neither_on_the_page_nor_in_the_file(client: FlaskClient, world: World) -> None:
    _texts(world, 20, body="ghat")
    _texts(world, 9, body="derna", language="en")
    _texts(world, 3, body="zuwara", language="fr", channel="import")
    rows = _rows(client)
    assert rows["all", "", ""] == "32"
    small = {key for key, count in rows.items() if count and 0 < int(count) < 5}
    assert small == set()
    assert [rows["track and language", "", code] for code in ("ar", "en", "fr")] == ["20", "", ""]
    assert (
        rows["region and municipality", "south", "LY032101"] == ""
        or rows["region and municipality", "south", ""] == "20"
    )
    assert [rows["region and municipality", region, ""] for region in ("east", "west")] == ["", ""]
    assert ("region and municipality", "west", "LY020701") not in rows
    assert [rows["channel", key, ""] for key in ("online", "import")] == ["", ""]
    page = client.get(PAGE).get_data(as_text=True)
    assert page.count("not shown") > 6
    assert page.count('role="img"') == page.count("</title><desc")
    assert page.count('<svg class="chart"') == page.count('<svg class="chart" direction="ltr"')
    assert re.findall(r'<td class="n"[^>]*>([1-4])</td>', page) == []


def test_weeks_begin_on_saturday_by_the_consultations_clock(client: FlaskClient, world: World) -> None:
    _texts(world, 12)
    # Saturday the seventh, half past midnight, in Tripoli
    _texts(world, 5, received_at=datetime(2026, 3, 6, 22, 30, tzinfo=UTC))
    rows = _rows(client)
    assert {key[1]: count for key, count in rows.items() if key[0] == "week"} == {"2026-02-28": "5", "2026-03-07": "12"}


def test_the_choices_of_the_organisers_form_are_counted_and_private_ones_are_not(
    client: FlaskClient, world: World
) -> None:
    label = Localized(ar="الجنس", en="Gender", fr="Genre")
    choices = tuple(Choice(key, Localized(ar=key, en=key.title())) for key in ("woman", "man", "none"))
    asked = tuple(
        Question(key, QuestionKind.CHOICE, label, choices=choices, private=private)
        for key, private in (("gender", False), ("secret", True))
    )
    content = as_data(FormContent((Section("s1", label, Localized(), asked),), 0))
    form = new_id()
    with transaction():
        session.add(
            Questionnaire(
                id=form,
                consultation_id=world.consultation_id,
                track="municipal",
                version=1,
                state="open",
                content=content,
                digest="",
                created_at=clock.now(),
            )
        )
    _texts(world, 11, questionnaire_id=form, answers={"gender": "woman", "secret": "man"})
    _texts(world, 2, questionnaire_id=form, answers={"gender": "none"})
    _texts(world, 6, questionnaire_id=form, answers={"gender": "man"})
    counted = statistics_of(world.consultation)
    assert (counted.languages.counts["municipal", None], len(counted.answers)) == (19, 1)
    rows = {key[1]: count for key, count in _rows(client).items() if key[0] == "municipal: gender"}
    assert rows == {"woman": "11", "man": "", "none": ""}
    assert not any("secret" in key[0] for key in _rows(client))
    assert "Gender" in client.get(PAGE).get_data(as_text=True)
    _texts(world, 3, track="academic")
    assert statistics_of(world.consultation).languages.counts["municipal", None] is None
    assert statistics_of(world.consultation).answers == ()  # they would tell how many the track has


def test_a_withheld_name_tells_no_region_and_no_body(client: FlaskClient, world: World) -> None:
    _texts(world, 6, body="ghat")
    _texts(world, 6, body="derna", withheld=True)
    found = statistics_of(world.consultation).places.counts
    assert ("east", None) not in found
    assert (NOT_TOLD, None) in found
    told = client.get(PAGE).get_data(as_text=True) + client.get(FILE).get_data(as_text=True)
    assert ("LY010102" in told, re.search(r"\beast\b", told.casefold())) == (False, None)


def test_the_figures_are_read_in_a_fixed_number_of_queries_and_a_page_that_is_known_in_none_of_them(
    client: FlaskClient, world: World, count_queries: Queries
) -> None:
    seen = []
    for _ in range(2):
        _texts(world, 10, body="ghat")
        here = world.consultation
        with count_queries() as queries:
            statistics_of(here)
        seen.append(len(queries))
    # Six count, three read the consultation anew; one more where an organisers’ form asks for a choice.
    assert seen == [9, 9]
    first = client.get(PAGE)
    again = client.get(PAGE, headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)


def test_municipalities_with_few_texts_are_the_others_of_their_region(world: World) -> None:
    _texts(world, 8, body="ghat")
    with transaction():
        session.execute(sa.text("UPDATE body SET region = 'south' WHERE key = 'LY010102'"))
    _texts(world, 2, body="derna")
    _texts(world, 30)
    counts = statistics_of(world.consultation).places.counts
    assert {key: value for key, value in counts.items() if key[0] == "south"} == {
        ("south", None): 10,
        ("south", "LY032101"): None,
        ("south", OTHERS): None,
    }


def test_who_is_missing_is_read_in_six_queries(world: World, count_queries: Queries) -> None:
    here, seen = world.consultation, []
    for body in ("ghat", "derna"):
        assert here.tracks
        with count_queries() as queries:
            silent_bodies(here, "municipal")
            silent_by_track(here)
            readers_by_language(here.id)
        seen.append(len(queries))
        _texts(world, 1, body=body)
        here = world.consultation
    assert seen == [6, 6]


@pytest.fixture
def organiser(client: FlaskClient, world: World) -> FlaskClient:
    """The organiser's browser."""
    return world.sign_in(client, "organiser")


def test_who_is_missing_and_the_way_to_each(organiser: FlaskClient, world: World) -> None:
    page = unescape(organiser.get(MISSING).get_data(as_text=True))
    assert "/organise/messages/new/?track=municipal&region=south&handed_in=no" in page
    assert "/organise/people/invite/municipal/?language=fr" in page
    south = f"{MISSING}?region=south&after=LY032100"
    write = "/organise/messages/new/?track=municipal&region=south&handed_in=no"
    assert unescape(organiser.get(south).get_data(as_text=True)).count(write) == 2  # the region, and Ghat
    accept(world, hand_in(world, "ghat", ENDORSED))
    assert unescape(organiser.get(south).get_data(as_text=True)).count(write) == 1


def _chosen(page: str) -> str:
    [chosen] = [one for one in re.findall(r'<input[^>]*name="language"[^>]*>', page) if "checked" in one]
    return re.findall(r'value="(\w+)"', chosen)[0]


def test_the_ways_lead_to_forms_that_are_filled_in(organiser: FlaskClient, world: World) -> None:
    form = organiser.get("/en/c/test/organise/messages/new/?track=municipal&region=south&handed_in=no").get_data(
        as_text=True
    )
    for value in ("municipal", "south", "no"):
        assert re.search(f'<option selected value="{value}"', form), value
    invite = organiser.get("/en/c/test/organise/people/invite/municipal/?language=fr").get_data(as_text=True)
    assert _chosen(invite) == "fr"
    other = organiser.get("/en/c/test/organise/people/invite/municipal/?language=xx").get_data(as_text=True)
    assert _chosen(other) == "ar"


def test_a_body_for_which_nobody_takes_part_is_invited_from_the_list(organiser: FlaskClient, world: World) -> None:
    """One press leads from the missing body to its invitation; name and address are all that is left to say."""
    with transaction():
        session.execute(sa.update(Member).where(Member.id == world.members["ghat"]).values(part_ended_at=clock.now()))
    page = unescape(organiser.get(f"{MISSING}?region=south&after=LY032100").get_data(as_text=True))
    invite = f"/en/c/test/organise/people/invite/municipal/?body={world.bodies['ghat']}"
    assert invite in page
    form = organiser.get(invite).get_data(as_text=True)
    assert re.search(f'<option selected value="{world.bodies["ghat"]}"', form)
    fields = {"name": "سالم", "email": "salem@example.org", "language": "ar", "letter": "mail"}
    sent = post(organiser, invite, {**fields, "body": str(world.bodies["ghat"])})
    assert sent.status_code == 303
    invited = session.scalars(
        sa.select(Member.body_id).where(Member.part_ended_at.is_(None), Member.track == "municipal")
    )
    assert world.bodies["ghat"] in set(invited)


def test_nobody_else_sees_who_is_missing(client: FlaskClient, world: World) -> None:
    assert world.sign_in(client, "ghat").get(MISSING).status_code == 403


def test_page_and_package_of_one_moment_tell_neither_whose_a_withheld_text_is_nor_how_it_came(
    world: World, tmp_path: Path
) -> None:
    """Whatever is computed from counts and rows together is the same, whoever wrote the withheld text, however it came."""
    _texts(world, 12, body="ghat")
    _texts(world, 7, body="derna", language="en", channel="paper")
    _texts(world, 2, body="zuwara", language="fr", channel="assisted")
    _texts(world, 1, withheld=True)
    withheld = session.scalars(sa.select(Submission.id).where(Submission.withheld)).one()
    online = session.scalars(sa.select(Submission.id).where(Submission.channel == "online").limit(1)).one()

    def given_away() -> tuple[Statistics, bytes]:
        write_open_data(tmp_path / "a.zip", consultation=world.consultation, licence="CC0-1.0", actor=OPERATOR)
        return statistics_of(world.consultation), (tmp_path / "a.zip").read_bytes()

    def change(row: uuid.UUID, **values: object) -> None:
        with transaction():
            session.execute(sa.update(Submission).where(Submission.id == row).values(**values))

    members = sa.select(Member.body_id, Member.id).where(Member.body_id.is_not(None))
    of_body = dict(session.execute(members).all())
    change(withheld, member_id=of_body[world.bodies["ghat"]])
    before = given_away()
    change(withheld, member_id=of_body[world.bodies["derna"]])
    assert given_away() == before
    paper = session.scalars(sa.select(Submission.id).where(Submission.channel == "paper").limit(1)).one()
    change(online, channel="paper")
    change(paper, channel="online")
    assert given_away() == before
    change(withheld, channel="paper")
    assert given_away() == before
    change(withheld, track="cso")
    counts, package = given_away()
    assert (counts != before[0], package != before[1]) == (True, True)


def test_what_is_read_in_a_snapshot_is_of_one_moment(settings: Settings, world: World) -> None:
    """A text that comes while tables are written, or counted one after the other, is in none of them."""
    _texts(world, 6)
    more = sa.insert(Submission.__table__).from_select(
        [column.name for column in Submission.__table__.columns],
        sa.select(
            *(
                sa.literal(new_id(), sa.Uuid())
                if column.name == "id"
                else sa.literal("TT-2026-MORE")
                if column.name == "number"
                else column
                for column in Submission.__table__.columns
            )
        ).limit(1),
    )
    count = sa.select(sa.func.count()).select_from(Submission)
    with snapshot():
        before = session.scalar(count)
        with sa.create_engine(database.engine.url, poolclass=sa.NullPool, **engine_options(settings)).begin() as other:
            other.execute(more)
        assert session.scalar(count) == before == 6
    assert session.scalar(count) == 7


def _label(key: str) -> Localized:
    return Localized(ar=f"{key} ع", en=key.title(), fr=f"{key} fr")


def _form(world: World, version: int, state: str, *asked: Question) -> uuid.UUID:
    """Put a version of the municipal track's form there."""
    content, form = as_data(FormContent((Section("s1", _label("facts"), Localized(), asked),), 0)), new_id()
    with transaction():
        session.add(
            Questionnaire(
                id=form,
                consultation_id=world.consultation_id,
                track="municipal",
                version=version,
                state=state,
                content=content,
                digest="",
                created_at=clock.now(),
            )
        )
    return form


def _answering(world: World, number: int, form: uuid.UUID, begin: int = 0, **private: object) -> None:
    """Accept texts whose answers are for their authors alone."""
    with transaction():
        for index in range(begin, begin + number):
            moment = datetime(2026, 3, 2, 12, index, tzinfo=UTC)
            text = Submission(
                id=new_id(),
                consultation_id=world.consultation_id,
                number=f"TT-2026-{new_id().hex}",
                track="municipal",
                title="نص",
                language="ar",
                state="accepted",
                revision=1,
                received_at=moment,
                decided_at=moment,
                questionnaire_id=form,
            )
            session.add(text)
            session.flush()
            session.add(
                Revision(
                    id=new_id(),
                    submission_id=text.id,
                    number=1,
                    title="نص",
                    language="ar",
                    private_answers=private,
                    fingerprint="",
                    at=moment,
                    questionnaire_id=form,
                )
            )


GENDER = Question(
    "gender",
    QuestionKind.CHOICE,
    _label("gender"),
    choices=(Choice("woman", _label("woman")), Choice("man", _label("man"))),
    private=True,
    counted=True,
)


def _asked(client: FlaskClient, key: str) -> dict[tuple[str, str], str]:
    return {(row, column): n for (table, row, column), n in _rows(client).items() if table == f"municipal: {key}"}


def test_answers_for_their_authors_alone_are_counted_where_the_question_says_so(
    client: FlaskClient, world: World
) -> None:
    """They stand nowhere else, and move on by ten texts: one more text tells nothing of what it answered."""

    def counted() -> dict[str, dict[str, int | None]]:
        return {one.question.key: dict(one.table.counts) for one in statistics_of(world.consultation).answers}

    form = _form(world, 1, "open", GENDER, replace(GENDER, key="secret", counted=False))
    _answering(world, 12, form, gender="woman", secret="man")
    _answering(world, 8, form, begin=12, gender="man", secret="man")
    assert counted() == {"gender": {"woman": 12, "man": 8}}
    _answering(world, 9, form, begin=20, gender="woman")
    assert counted() == {"gender": {"woman": 12, "man": 8}}
    _answering(world, 1, form, begin=29, gender="man")
    assert counted() == {"gender": {"woman": 21, "man": 9}}
    assert "counted 10 texts at a time" in client.get(PAGE).get_data(as_text=True)


def test_versions_that_ask_the_same_are_counted_together(client: FlaskClient, world: World) -> None:
    """One whose answers nobody was to count is not, nor one with other choices."""
    told = replace(GENDER, private=False, counted=False)
    other = replace(told, choices=(*GENDER.choices, Choice("none", _label("none"))))
    first, second = _form(world, 1, "retired", told), _form(world, 2, "retired", replace(GENDER, counted=False))
    third, now = _form(world, 3, "retired", other), _form(world, 4, "open", GENDER)
    _texts(world, 6, questionnaire_id=first, answers={"gender": "woman"})
    _answering(world, 10, second, gender="man")
    _texts(world, 7, questionnaire_id=third, answers={"gender": "woman"})
    _answering(world, 10, now, gender="man")
    assert _asked(client, "gender") == {("woman", ""): "6", ("man", ""): "10"}


def test_of_several_choices_of_which_one_may_be_taken_the_sum_does_not_tell_the_least(
    client: FlaskClient, world: World
) -> None:
    choices = tuple(Choice(key, _label(key)) for key in ("roads", "water", "tax"))
    asked = Question(
        "several", QuestionKind.CHOICES, _label("several"), choices=choices, private=True, counted=True, most=1
    )
    form = _form(world, 1, "open", asked)
    for begin, times, choice in ((0, 12, "roads"), (12, 3, "water"), (15, 5, "tax")):
        _answering(world, times, form, begin=begin, several=[choice])
    assert _asked(client, "several") == {("roads", ""): "12", ("water", ""): "", ("tax", ""): ""}
    assert "Several answers were possible" not in client.get(PAGE).get_data(as_text=True)


def test_every_kind_that_can_be_counted_is(client: FlaskClient, world: World) -> None:
    choices = tuple(Choice(key, _label(key)) for key in ("roads", "water", "tax"))
    kinds = {
        "several": Question("several", QuestionKind.CHOICES, _label("several"), choices=choices),
        "agreed": Question("agreed", QuestionKind.YES_NO, _label("agreed")),
        "often": Question("often", QuestionKind.SCALE, _label("often"), low=1, high=3),
        "place": Question("place", QuestionKind.PLACE, _label("place")),
        "office": replace(GENDER, key="office", private=False, counted=False, identifies=True),
    }
    form = _form(world, 1, "open", *kinds.values())
    given = {"several": ["roads", "water"], "agreed": True, "often": 3, "place": "LY032101", "office": "man"}
    _texts(world, 9, questionnaire_id=form, answers=given)
    _texts(world, 6, questionnaire_id=form, answers={**given, "several": ["water"], "agreed": False, "often": 1})
    _texts(world, 2, questionnaire_id=form, answers={"place": "LY010102", "agreed": True})
    assert _asked(client, "several") == {("roads", ""): "9", ("water", ""): "15", ("tax", ""): "0"}
    assert _asked(client, "agreed") == {("yes", ""): "11", ("no", ""): "6"}
    assert _asked(client, "often") == {("1", ""): "6", ("2", ""): "0", ("3", ""): "9"}
    assert _asked(client, "office") == {}
    places = _asked(client, "place")
    assert (places["south", ""], places["south", "LY032101"], places["east", ""]) == ("", "", "")
    page = client.get(PAGE).get_data(as_text=True)
    assert [word in page for word in ("Several answers were possible", "Roads", "Office")] == [True, True, False]
    missing = world.sign_in(client, "organiser").get(MISSING).get_data(as_text=True)
    section = missing[missing.index('id="asked-1"') : missing.index("From whom nothing has come")]
    named = section[: section.index("<details")]
    few = section[len(named) :]
    assert "Named by 5 texts or more" in named
    assert [town in few for town in ("Ghat", "Derna")] == [False, True]
