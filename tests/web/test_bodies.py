"""Bodies as everybody sees them: who stands here under its own name and who does not, one body, topics and bodies."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import openpyxl
import sqlalchemy as sa
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.bodies.ending import EndDraft
from consult.accounts.bodies.life import ChangeDraft
from consult.accounts.bodies.models import Mandate, MandateTopic
from consult.accounts.bodies.record import ContactDraft, MandateDraft
from consult.accounts.bodies.services import BodyDraft
from consult.accounts.models import Body, Person
from consult.accounts.services import (
    change_body,
    end_body,
    register_body,
    replace_mandate,
    save_contact,
    save_mandate,
)
from consult.ballots.box import cast
from consult.ballots.services import BallotDraft, close_ballot, open_ballot, prepare_ballot
from consult.ballots.states import BallotKind
from consult.consultations.models import Member, Seat
from consult.db import new_id, session, transaction
from consult.i18n import Localized
from consult.recommendations.services import DetailsDraft, change_details
from consult.submissions.bodies import public_bodies
from consult.testing.acts import accept, describe_body, hand_in, hide
from consult.testing.plenary import propose_recommendation
from consult.testing.web import cost
from consult.testing.withheld import BODY_KEY, CANARIES, ENDORSED, everything_happens
from consult.testing.world import World

HOME = "/en/c/test/bodies/"
TABLE = "/en/c/test/coverage/"
MANY = 10_000
DAY = date(2026, 3, 1)
#: Of the page of a body, with all that can stand on it.
QUERIES = 18


def _page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def _ministry(world: World, key: str, name: str, *topics: str) -> Body:
    organiser = world.actor("organiser")
    body = register_body(BodyDraft(key, "ministry", Localized(ar=name), level="national"), actor=organiser)
    if topics:
        save_mandate(MandateDraft(Localized(ar=f"=اختصاص {key}"), topics, "قانون"), body=body.id, actor=organiser)
    return body


def test_who_stands_here_is_listed_and_nobody_else(client: FlaskClient, world: World) -> None:
    _ministry(world, "MOL", "وزارة العمل", "gcm-1")
    _ministry(world, "MOY", "وزارة الشباب")
    describe_body(world.bodies["cso"], actor=world.actor("organiser"))
    page = _page(client, HOME)
    keys = ("LY032101", "LY010102", "LY020701", "ror:01vnv1744", "MOL", "MOY", "cso-amal")
    assert [f'/bodies/{key}/"' in page for key in keys] == [True, True, True, True, True, False, False]
    assert page.count("Takes part") == 4
    assert page.count("الأمل") == 0
    assert 'class="title"' not in _page(client, HOME + "?q=amal")
    assert _page(client, HOME + "?q=وزاره العمل").count('class="title"') == 1
    assert _page(client, HOME + "?part=yes&region=west").count('class="title"') == 2
    assert [client.get(f"{HOME}{key}/").status_code for key in ("MOY", "cso-amal", "nobody")] == [404, 404, 404]
    assert client.get(TABLE).get_data(as_text=True).count("الأمل") == 0


def test_bodies_stand_in_the_order_of_the_pages_language_also_from_one_page_to_the_next(
    client: FlaskClient, world: World
) -> None:
    names = {
        path: [
            re.sub(r"<[^>]+>", "", found)
            for found in re.findall(r'<a class="title"[^>]*>(.*?)</a>', _page(client, path))
        ]
        for path in (HOME, "/ar/c/test/bodies/")
    }
    assert names[HOME] == sorted(names[HOME])
    assert names["/ar/c/test/bodies/"] == sorted(names["/ar/c/test/bodies/"])
    assert len(names[HOME]) == 4
    first = public_bodies(world.consultation_id, language="en", limit=2)
    second = public_bodies(world.consultation_id, language="en", limit=2, after=first.after or "")
    assert [line.names["en"] for line in (*first.lines, *second.lines)] == names[HOME]
    assert second.after is None
    with transaction():
        session.get_one(Body, world.bodies["zuwara"]).names = Localized(ar="زوارة", en="école of Zwara")
    again = [line.names.get("en") for line in public_bodies(world.consultation_id, language="en").lines]
    assert again == ["Al Zawiya University", "Derna", "école of Zwara", "Ghat"]


def test_a_body_with_all_that_is_public_of_it_and_one_of_which_nothing_is(client: FlaskClient, world: World) -> None:
    everything_happens(world)
    _nothing_is_told(client)
    administrator, ghat = world.actor("administrator"), world.bodies["ghat"]
    describe_body(ghat, actor=administrator)
    closed = ContactDraft("organisers", "مكتب مغلق", DAY, "رسالة", "closed@example.org")
    save_contact(closed, body=ghat, actor=administrator)
    renamed = Localized(ar="بلدية غات", en="Municipality of Ghat")
    change_body(ChangeDraft(DAY, "قرار 7", renamed, level="local"), body=ghat, actor=administrator)
    hide(world, hand_in(world, "ghat", ENDORSED))
    page = _page(client, HOME + "LY032101/")
    told = ("Municipality of Ghat", "حفظ السجل", "1 March 2026", "Seat 1", "Held", "+218 21 000 0000", "قرار 7")
    for words in (*told, "What it was before", "تقريرها", "Local level"):
        assert words in page, words
    assert [words in page for words in ("مكتب مغلق", "closed@example.org")] == [False, False]
    assert page.count("/en/c/test/submissions/TT-") == 1
    assert page.count("/en/c/test/ballots/") == 1
    assert not any(canary in page.casefold() for canary in CANARIES)


def _nothing_is_told(client: FlaskClient) -> None:
    """Look for the body whose member's name is withheld, by its address and by its name."""
    unknown, known = client.get(HOME + "cso-nobody/"), client.get(f"{HOME}{BODY_KEY}/")
    assert (known.status_code, unknown.status_code) == (404, 404)
    assert known.get_data(as_text=True).replace(BODY_KEY, "cso-nobody") == unknown.get_data(as_text=True)
    assert "kanar" not in (_page(client, HOME) + _page(client, f"{HOME}?kind=cso") + _page(client, TABLE)).casefold()
    assert 'class="title"' not in _page(client, f"{HOME}?q=kanar")


def test_an_ended_body_stays_readable_and_leads_to_those_that_follow_it(client: FlaskClient, world: World) -> None:
    organiser, ghat = world.actor("organiser"), world.bodies["ghat"]
    accepted = accept(world, hand_in(world, "ghat", ENDORSED)).number
    text = f"/en/c/test/submissions/{accepted}/"
    describe_body(ghat, actor=organiser)
    assert f'{HOME}LY032101/"' in _page(client, text)
    for key in ("WEST", "SOUTH"):
        register_body(BodyDraft(key, "municipality", Localized(ar=key)), actor=organiser)
    end_body(EndDraft(DAY, "Law 3", ("WEST", "SOUTH")), body=ghat, actor=organiser)
    page = _page(client, f"{HOME}LY032101/")
    for words in ("It ended on 1 March 2026.", "It was followed by", "Law 3", "حفظ السجل", accepted):
        assert words in page, words
    for key in ("WEST", "SOUTH"):
        assert f'{HOME}{key}/"' in page
        assert f'{HOME}LY032101/"' in _page(client, f"{HOME}{key}/")
    assert f'{HOME}LY032101/"' not in _page(client, HOME)
    later = register_body(BodyDraft("LAST", "municipality", Localized(ar="LAST")), actor=organiser)
    west = session.scalars(sa.select(Body).where(Body.key == "WEST")).one()
    end_body(EndDraft(clock.now().date(), "Law 4", (later.key,)), body=west.id, actor=organiser)
    assert f'{HOME}WEST/"' in _page(client, f"{HOME}LAST/")
    assert f'{HOME}LAST/"' not in _page(client, f"{HOME}LY032101/")  # the chain is told as it happened

    _ministry(world, "OLD", "وزارة سابقة", "gcm-1")
    old = session.scalars(sa.select(Body).where(Body.key == "OLD")).one()
    end_body(EndDraft(DAY, "Law 5"), body=old.id, actor=organiser)
    page = _page(client, f"{HOME}OLD/")
    assert [words in page for words in ("اختصاص OLD", "Nobody follows it.")] == [True, True]


def test_ended_bodies_are_found_with_their_day_and_those_that_follow_them(
    client: FlaskClient, world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    organiser = world.actor("organiser")
    for key in ("OLD", "OLDER"):
        _ministry(world, key, f"وزارة {key}", "gcm-1")
    for key in ("WEST", "SOUTH"):
        register_body(BodyDraft(key, "ministry", Localized(ar=f"وزارة {key}")), actor=organiser)
    hidden = world.bodies["cso"]
    _end(world, "OLD", "WEST", "SOUTH")
    _end(world, "OLDER")
    assert [f'/bodies/{key}/"' in _page(client, HOME) for key in ("OLD", "OLDER")] == [False, False]
    client.application.extensions["consult.kept"].clear()
    with count_queries() as seen:
        ended = _page(client, HOME + "?state=ended")
    assert len(seen) == count_of_all(client, count_queries)
    assert ended.count('class="title"') == ended.count("Ended on 1 March 2026") == 2
    assert re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", ended)).count("Followed by: وزارة SOUTH, وزارة WEST") == 1
    every = _page(client, HOME + "?state=all")
    assert every.count("Has ended") == 2
    assert f'{HOME}LY032101/"' in every
    found = _page(client, HOME + "?q=OLDER")
    assert f'{HOME}?q=OLDER&amp;state=all"' in found
    assert _page(client, HOME + "?q=OLDER&state=all").count('class="title"') == 1
    assert hidden not in {line.id for line in public_bodies(world.consultation_id, ended=None, limit=99).lines}


def count_of_all(client: FlaskClient, count_queries: Callable[[], AbstractContextManager[list[str]]]) -> int:
    """Return the queries of the list of all: one more than that of those which are there, for the ones that follow."""
    client.application.extensions["consult.kept"].clear()
    with count_queries() as seen:
        _page(client, HOME)
    return len(seen) + 1


def _end(world: World, key: str, *successors: str) -> None:
    row = session.scalars(sa.select(Body).where(Body.key == key)).one()
    end_body(EndDraft(DAY, "Law 3", successors), body=row.id, actor=world.actor("organiser"))


def test_mandates_in_force_stand_first_with_those_that_others_hold_beside_each_topic(
    client: FlaskClient, world: World
) -> None:
    organiser = world.actor("organiser")
    labour = _ministry(world, "MOL", "وزارة العمل", "gcm-1", "gcm-15")
    for number in range(7):
        _ministry(world, f"GOV-{number}", f"حكومة {number}", "gcm-1")
    local = BodyDraft("LOCAL", "authority", Localized(ar="هيئة محلية"), level="local", region="south")
    local_mandate = MandateDraft(Localized(ar="اختصاص"), ("gcm-1",), "قانون")
    save_mandate(local_mandate, body=register_body(local, actor=organiser).id, actor=organiser)
    page = _page(client, f"{HOME}MOL/")
    assert re.findall(r'bodies/(GOV-\d|LOCAL)/"', page) == [f"GOV-{number}" for number in range(5)]
    assert [f'{TABLE}#gcm-1"' in page, "and 2 more" in page] == [True, True]
    (former,) = session.scalars(sa.select(Mandate).where(Mandate.body_id == labour.id))
    draft = MandateDraft(Localized(ar="شؤون العمل"), ("gcm-15",), "قانون 9", valid_from=DAY)
    replace_mandate(draft, body=labour.id, mandate=former.id, actor=organiser)
    page = _page(client, f"{HOME}MOL/")
    assert page.index("شؤون العمل") < page.index("<summary>Former mandates") < page.index("اختصاص MOL")
    assert "GOV-0" not in page
    data, services = _page(client, TABLE).split('id="gcm-1"')[1].split('id="gcm-15"')
    assert ["/bodies/MOL/" in data, "شؤون العمل" in data, "شؤون العمل" in services] == [False, False, True]


def _counted_ballot(world: World) -> None:
    """Let everybody of Ghat and Derna vote in a ballot, and count it."""
    draft = BallotDraft(kind=BallotKind.PROCEDURAL, rule="GA-SIMPLE", questions=Localized(ar="هل تُرفع الجلسة؟"))
    ballot = prepare_ballot(draft, consultation=world.consultation, actor=world.actor("organiser"))
    open_ballot(ballot, actor=world.actor("moderator"))
    for key in ("ghat", "derna"):
        cast(ballot, "for", actor=world.actor(key))
    close_ballot(ballot, actor=world.actor("moderator"))


def test_the_votes_of_a_body_are_read_in_pages_and_stay_with_it_when_its_members_go_on(
    client: FlaskClient, world: World
) -> None:
    for _ in range(27):
        _counted_ballot(world)
    home = f"{HOME}LY032101/"
    page = _page(client, home)
    assert page.count("/en/c/test/ballots/") == 25
    (older,) = re.findall(r'rel="next" href="([^"]+)#votes"', page)
    assert _page(client, older).count("/en/c/test/ballots/") == 2
    assert _page(client, home + "?votes=soon").count("/en/c/test/ballots/") == 25
    with transaction():
        world.member("ghat").own_body_id = world.bodies["derna"]
    assert _page(client, home).count("/en/c/test/ballots/") == 25
    named = re.findall(r"/en/c/test/ballots/(\d+)/", _page(client, f"{HOME}LY010102/"))
    assert len(named) == len(set(named)) == 25  # Derna's own votes, and none of Ghat's


def _a_year_passes(world: World, year: int) -> None:
    """Give Ghat one more of everything that its page shows."""
    organiser, ghat = world.actor("organiser"), world.bodies["ghat"]
    describe_body(ghat, actor=world.actor("administrator"))
    row = session.get_one(Body, ghat)
    for key in ("BESIDE", "BEFORE"):
        near = BodyDraft(f"{key}-{year}", "authority", Localized(ar="هيئة"), level=row.level, region=row.region)
        describe_body(register_body(near, actor=organiser).id, actor=organiser)
    passed = MandateDraft(Localized(ar="كان"), ("gcm-1",), "قانون", valid_from=DAY, valid_to=DAY + timedelta(days=1))
    save_mandate(passed, body=ghat, actor=organiser)
    named = Localized(ar=f"بلدية غات {year}")
    change_body(ChangeDraft(date(year, 1, 1), "قرار", named), body=ghat, actor=organiser)
    _end(world, f"BEFORE-{year}", "LY032101")
    accept(world, hand_in(world, "ghat", ENDORSED))
    _counted_ballot(world)
    change_details(
        DetailsDraft(responsible=("LY032101",)), recommendation=propose_recommendation(world), actor=organiser
    )
    track = {2001: "academic", 2002: "cso", 2003: "research"}[year]  # a body has one seat in a track
    seat = {"track": track, "number": year, "body_id": ghat}
    with transaction():
        session.add(Seat(id=new_id(), consultation_id=world.consultation_id, **seat))


def test_the_page_of_a_body_asks_as_often_for_one_of_everything_as_for_three(
    client: FlaskClient, world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    _page(client, f"{HOME}LY032101/")  # what a process keeps from its first page on
    counts = []
    for years in ((2001,), (2002, 2003)):
        for year in years:
            _a_year_passes(world, year)
        session.rollback()
        with count_queries() as seen:
            page = _page(client, f"{HOME}LY032101/")
        counts.append(len(seen))
    for words in ("Seat 2003", "Changed by: ", "BEFORE-2003", "BESIDE-2003"):
        assert words in page, words
    for path in ("submissions/TT-", r"ballots/\d", r"recommendations/\d"):
        assert len(re.findall(f'href="/en/c/test/{path}', page)) == 3, path
    assert counts == [QUERIES] * 2


def test_the_recommendations_that_a_body_answers_for_follow_it_to_its_successor(
    client: FlaskClient, world: World
) -> None:
    organiser = world.actor("organiser")
    old, *_ = (_ministry(world, key, key, "gcm-1") for key in ("OLD", "NEW", "OLDER"))
    for responsible in (("OLD",), ("NEW", "OLD"), ("OLDER",)):
        row = propose_recommendation(world)
        change_details(DetailsDraft(responsible=responsible), recommendation=row, actor=organiser)
    end_body(EndDraft(DAY, "Law 3", ("NEW",)), body=old.id, actor=organiser)
    shown = {
        key: re.findall(r"/en/c/test/recommendations/(\d+)/", _page(client, f"{HOME}{key}/")) for key in ("OLD", "NEW")
    }
    assert shown == {"OLD": ["1", "2"], "NEW": ["1", "2"]}
    assert _page(client, f"{HOME}NEW/").count("Named as:") == 2


def test_gaps_and_overlaps_are_said_in_words_on_the_page_and_in_the_table(client: FlaskClient, world: World) -> None:
    assert "On 2 topics, no body with a mandate is on record." in _page(client, TABLE)
    organiser = world.actor("organiser")
    labour = _ministry(world, "MOL", "وزارة العمل", "gcm-1", "gcm-6")
    to_come = MandateDraft(Localized(ar="لاحقًا"), ("gcm-15",), "قانون", valid_from=date(2100, 1, 1))
    save_mandate(to_come, body=labour.id, actor=organiser)
    assert _told(client) == {"gcm-1": ["One body alone is charged with it", "=اختصاص MOL"], "gcm-15": [GAP]}
    _ministry(world, "BSC", "مصلحة الإحصاء", "gcm-1")
    ended = _ministry(world, "OLD", "وزارة سابقة", "gcm-15")
    end_body(EndDraft(clock.now().date(), "قانون"), body=ended.id, actor=organiser)
    page = _page(client, TABLE)
    assert "On one topic, no body with a mandate is on record." in page
    assert "One topic is covered by several bodies." in page
    assert page.index("Covered by nobody") < page.index("Covered by several") < page.index("Topic by topic")
    assert [f'/bodies/{key}/"' in page for key in ("MOL", "BSC", "OLD")] == [True, True, False]
    assert _told(client) == {"gcm-1": [OVERLAP, "=اختصاص BSC", "=اختصاص MOL"], "gcm-15": [GAP]}

    answer = client.get("/en/c/test/coverage.xlsx")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="test-coverage.xlsx"'
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.values)  # type: ignore[union-attr]  # a new book has a sheet
    column = {name: place for place, name in enumerate(rows[0])}
    names = ("topic", "topic_en", "coverage", "coverage_en", "body", "mandate_ar")
    assert [[row[column[name]] for name in names] for row in rows[1:]] == [
        ["gcm-1", "Data", "overlap", OVERLAP, "BSC", "'=اختصاص BSC"],
        ["gcm-1", "Data", "overlap", OVERLAP, "MOL", "'=اختصاص MOL"],
        ["gcm-15", "Services", "gap", GAP, None, None],
    ]
    assert rows[3][column["coverage_ar"]] not in (None, GAP)


GAP, OVERLAP = "Gap: no body with a mandate is on record", "Overlap: several bodies are charged with it"


def _told(client: FlaskClient) -> dict[str, list[str]]:
    """Return what the table says of each topic: its tag, and the words of the mandates."""
    sections = re.findall(r'<section[^>]* id="(gcm-\d+)".*?</section>', _page(client, TABLE), re.DOTALL)
    texts = re.findall(r'<section[^>]* id="gcm-\d+"(.*?)</section>', _page(client, TABLE), re.DOTALL)
    told = [re.findall(r'class="tag[^"]*">([^<]+)<|<p class="small" lang[^>]*>([^<]+)</p>', text) for text in texts]
    return {slug: [tag or words.strip() for tag, words in found] for slug, found in zip(sections, told, strict=True)}


#: Path -> lines of bodies, and queries while nothing happens.
PAGES_OF_MANY = {
    HOME: (25, 2),
    HOME + "?q=جهه رقم 99": (25, 2),
    HOME + "?part=yes&region=south": (1, 2),
    TABLE: (25, 5),
}


def test_ten_thousand_bodies_cost_a_page(
    client: FlaskClient, world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    few = cost(client, HOME)
    _many(world)
    client.application.extensions["consult.kept"].clear()
    for path, counts in PAGES_OF_MANY.items():
        _page(client, path)
        with count_queries() as seen:
            page = _page(client, path)
        assert (page.count('class="title"'), len(seen)) == counts, (path, seen)
        assert cost(client, path) < 10 * few, path  # a page of 25 among ten thousand, and of five before


def _many(world: World) -> None:
    """Let ten thousand universities take part, each tenth of them with a mandate."""
    now, ids = clock.now(), [(new_id(), new_id(), new_id(), new_id()) for _ in range(MANY)]
    bodies: list[dict[str, Any]] = [
        {
            "id": body,
            "key": f"B{number}",
            "kind": "university",
            "names": Localized(ar=f"جهة رقم {number}"),
            "valid_from": now,
            "profile": {},
        }
        for number, (body, *_) in enumerate(ids)
    ]
    people = [{"id": person, "name": "فلان", "created_at": now} for _, person, *_ in ids]
    members = [
        {
            "id": member,
            "consultation_id": world.consultation_id,
            "person_id": person,
            "track": "academic",
            "own_body_id": body,
            "number": number,
            "invited_at": now,
        }
        for number, (body, person, member, _) in enumerate(ids, start=100)
    ]
    charged = ids[::10]
    mandates = [
        {"id": mandate, "body_id": body, "texts": Localized(ar="اختصاص"), "legal_basis": "", "source": "قانون"}
        for body, _, _, mandate in charged
    ]
    with transaction():
        for model, rows in ((Body, bodies), (Person, people), (Member, members), (Mandate, mandates)):
            session.execute(sa.insert(model), rows)
        session.execute(sa.insert(MandateTopic), [{"mandate_id": each[3], "topic": "gcm-1"} for each in charged])
