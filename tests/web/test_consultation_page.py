"""The page of a consultation: what is open, what one can do, what has become of one's own; few queries."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from consult import clock
from consult.consultations.models import Member, Phase
from consult.consultations.services import create_seats
from consult.db import new_id, session, transaction
from consult.i18n import Localized
from consult.sessions.models import AgendaItem, Session
from consult.submissions.models import Draft, Submission
from consult.testing.world import World
from consult.web import kept

Counter = Callable[[], AbstractContextManager[list[str]]]
HOME = "/en/c/test/"


def _words(client: FlaskClient, path: str = HOME) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def _selects(statements: list[str]) -> int:
    return len([s for s in statements if s.lstrip().upper().startswith("SELECT")])


def _submission(world: World, number: int, state: str = "accepted", **more: object) -> Submission:
    values = {
        "id": new_id(),
        "consultation_id": world.consultation_id,
        "number": f"TT-2026-{number:05}",
        "track": "municipal",
        "title": f"Title {number}",
        "language": "en",
        "state": state,
        "received_at": clock.now(),
    } | more
    row = Submission(**values)
    session.add(row)
    return row


def _session(world: World, state: str = "open") -> Session:
    row = Session(
        id=new_id(),
        consultation_id=world.consultation_id,
        number=1,
        kind="plenary",
        names=Localized(en="First plenary"),
        venues=Localized(en="Tripoli"),
        starts_at=clock.now() - timedelta(hours=1),
        ends_at=clock.now() + timedelta(hours=3),
        state=state,
    )
    session.add(row)
    session.flush()
    session.add(
        AgendaItem(
            session_id=row.id,
            position=1,
            titles=Localized(en="Migration data"),
            started_at=clock.now(),
            finished_at=None,
        )
    )
    return row


def test_an_anonymous_visitor_sees_what_is_open_and_until_when(client: FlaskClient, world: World) -> None:
    words = _words(client)
    assert "How do we test?" in words
    assert "29 days left" in words
    assert "Sign in to write" in words
    assert "What is yours" not in words
    assert words.index("Open now") < words.index("Tracks")


def test_what_closes_at_midnight_is_open_until_the_day_before(client: FlaskClient, world: World) -> None:
    """Phases of a new consultation close as a day begins: whoever read that day would come too late."""
    with transaction():
        for phase in session.scalars(sa.select(Phase)):
            phase.closes_at = datetime(2030, 2, 1, tzinfo=ZoneInfo("Africa/Tripoli"))
    during = _words(client)
    assert ("until 31 January" in during, "Under way, until 31 January 2030" in during) == (True, True)
    assert "Until 31 January 2030, 24:00." in during
    assert "1 February" not in during
    with clock.at(datetime(2030, 2, 2, tzinfo=UTC)):
        after = _words(client)
    assert ("Ended on 31 January 2030" in after, "Ended on 1 February" in after) == (True, False)


def test_at_most_eight_queries_also_while_a_session_sits(
    client: FlaskClient, world: World, count_queries: Counter
) -> None:
    with count_queries() as quiet:
        _words(client)
    assert _selects(quiet) == 7
    with count_queries() as again:
        _words(client)
    assert _selects(again) == 1
    with transaction():
        _session(world)
        for number in (1, 2, 3):
            _submission(world, number)
    client.application.extensions["consult.kept"].clear()
    with count_queries() as busy:
        words = _words(client)
    assert _selects(busy) == 5
    assert "Under discussion: Migration data" in words


def test_figures_count_what_is_published(client: FlaskClient, world: World) -> None:
    with transaction():
        for number, state in enumerate(("accepted", "hidden", "received", "returned", "withdrawn"), start=1):
            _submission(world, number, state)
    page = client.get(HOME).get_data(as_text=True)
    assert "<dt>submissions</dt><dd>2</dd>" in page
    row = re.search(r"municipal</a>.*?</tr>", page.replace("\n", ""), re.S) or re.search(
        r"track=municipal.*?</tr>", page.replace("\n", "")
    )
    assert row is not None
    assert re.findall(r'data-t="[^"]+">(\d+)', row[0]) == ["3", "3", "2"]
    assert "<dt>bodies taking part</dt><dd>4</dd>" in page


def test_a_body_whose_name_is_withheld_is_not_counted(client: FlaskClient, world: World) -> None:
    """Who takes part under their own name is listed: any other number would tell how many withhold theirs."""
    page = client.get(HOME).get_data(as_text=True)
    listed = client.get(f"{HOME}bodies/?part=yes").get_data(as_text=True).count('class="title"')
    with transaction():
        session.execute(sa.update(Member).where(Member.track == "cso").values(part_ended_at=clock.now()))
    client.application.extensions["consult.kept"].clear()
    without = client.get(HOME).get_data(as_text=True)
    assert [f"<dt>bodies taking part</dt><dd>{listed}</dd>" in one for one in (page, without)] == [True, True]


def _seats_counted(client: FlaskClient) -> int:
    page = client.get(HOME).get_data(as_text=True).replace("\n", "")
    row = re.search(r"track=cso.*?</tr>", page)
    assert row is not None
    return int(re.findall(r'data-t="[^"]+">(\d+)', row[0])[0])


def test_figures_are_kept_until_something_happens_and_longer_only_where_there_is_much_to_count(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, organiser = world.consultation, world.actor("organiser")
    assert _seats_counted(client) == 1
    create_seats("cso", 2, consultation=here, actor=organiser)
    assert _seats_counted(client) == 3
    monkeypatch.setattr(kept, "LARGE", -1)
    client.application.extensions["consult.kept"].clear()
    at = clock.now()
    with clock.at(at):
        assert _seats_counted(client) == 3
        create_seats("cso", 1, consultation=here, actor=organiser)
        assert _seats_counted(client) == 3
    with clock.at(at + timedelta(minutes=1)):
        assert _seats_counted(client) == 4


def test_a_participant_sees_what_became_of_their_own(client: FlaskClient, world: World) -> None:
    with transaction():
        mine = {"member_id": world.members["ghat"], "body_id": world.bodies["ghat"]}
        _submission(world, 1, "returned", **mine)
        _submission(world, 2, "accepted", member_id=world.members["derna"])
        session.add(
            Draft(
                consultation_id=world.consultation_id,
                member_id=world.members["ghat"],
                answers={"title": "Half a thought", "language": "en"},
                created_at=clock.now(),
                saved_at=clock.now(),
            )
        )
    words = _words(world.sign_in(client, "ghat"))
    assert "Start or go on" in words
    assert "Half a thought" in words
    assert "Title 1" in words
    assert "Returned for correction" in words
    assert "Title 2" not in words


def test_whoever_has_no_part_is_told_so(client: FlaskClient, world: World) -> None:
    assert "Members of a track write; you have no part in one." in _words(world.sign_in(client, "moderator"))


def test_when_nothing_is_open_the_page_says_what_comes_next(client: FlaskClient, world: World) -> None:
    now = clock.now()
    with transaction():
        session.execute(sa.update(Phase).values(opens_at=now + timedelta(days=3), closes_at=now + timedelta(days=9)))
    words = _words(client)
    assert "Nothing is open at this moment. Next:" in words
    assert "Begins on" in words
    with transaction():
        session.execute(sa.update(Phase).values(opens_at=now - timedelta(days=9), closes_at=now - timedelta(days=3)))
    assert words != _words(client)


def test_it_stands_in_three_languages(client: FlaskClient, world: World) -> None:
    assert "كيف نختبر؟" in _words(client, "/ar/c/test/")
    assert "Comment tester ?" in _words(client, "/fr/c/test/")


def test_there_is_no_such_consultation(client: FlaskClient, world: World) -> None:
    assert client.get("/en/c/none/").status_code == 404
