"""Bodies as everybody sees them: who stands here under its own name and who does not, one body, topics and bodies."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import openpyxl
import sqlalchemy as sa
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.bodies import BodyDraft
from consult.accounts.body_life import EndDraft, RenameDraft
from consult.accounts.body_models import Mandate, MandateTopic
from consult.accounts.body_record import ContactDraft, MandateDraft
from consult.accounts.models import Body, Person
from consult.accounts.services import end_body, register_body, rename_body, save_contact, save_mandate
from consult.consultations.models import Member
from consult.db import new_id, session, transaction
from consult.i18n import Localized
from consult.submissions.bodies import public_bodies
from consult.testing.acts import accept, describe_body, hand_in, hide
from consult.testing.web import cost
from consult.testing.withheld import BODY_KEY, CANARIES, ENDORSED, everything_happens
from consult.testing.world import World

HOME = "/en/c/test/bodies/"
TABLE = "/en/c/test/coverage/"
MANY = 10_000


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


def test_a_body_with_all_that_is_public_of_it_and_one_of_which_nothing_is(client: FlaskClient, world: World) -> None:
    everything_happens(world)
    _nothing_is_told(client)
    administrator, ghat = world.actor("administrator"), world.bodies["ghat"]
    describe_body(ghat, actor=administrator)
    save_contact(ContactDraft("organisers", "مكتب مغلق", "closed@example.org"), body=ghat, actor=administrator)
    rename_body(
        RenameDraft(Localized(ar="بلدية غات", en="Municipality of Ghat"), date(2026, 3, 1), "قرار 7"),
        body=ghat,
        actor=administrator,
    )
    hide(world, hand_in(world, "ghat", ENDORSED))
    page = _page(client, HOME + "LY032101/")
    for words in ("Municipality of Ghat", "حفظ السجل", "1 March 2026", "Seat 1", "Held", "+218 21 000 0000", "قرار 7"):
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


def test_what_a_body_wrote_leads_to_it_and_its_old_address_leads_on(client: FlaskClient, world: World) -> None:
    accepted = accept(world, hand_in(world, "ghat", ENDORSED)).number
    text = f"/en/c/test/submissions/{accepted}/"
    assert f'{HOME}LY032101/"' in _page(client, text)
    end_body(EndDraft(date(2026, 3, 1), "LY010102"), body=world.bodies["ghat"], actor=world.actor("organiser"))
    answer = client.get(f"{HOME}LY032101/")
    assert (answer.status_code, answer.location) == (302, f"{HOME}LY010102/")
    assert "/en/c/test/submissions/?body=LY032101" in _page(client, f"{HOME}LY010102/")
    assert f'{HOME}LY032101/"' not in _page(client, HOME)


def test_gaps_and_overlaps_are_said_first_and_the_table_can_be_taken_away(client: FlaskClient, world: World) -> None:
    assert "On 2 topics, no body with a mandate is on record." in _page(client, TABLE)
    _ministry(world, "MOL", "وزارة العمل", "gcm-1", "gcm-6")
    _ministry(world, "BSC", "مصلحة الإحصاء", "gcm-1")
    ended = _ministry(world, "OLD", "وزارة سابقة", "gcm-15")
    end_body(EndDraft(clock.now().date()), body=ended.id, actor=world.actor("organiser"))
    page = _page(client, TABLE)
    assert "On one topic, no body with a mandate is on record." in page
    assert "One topic is covered by several bodies." in page
    assert page.index("Covered by nobody") < page.index("Covered by several") < page.index("Topic by topic")
    assert [f'/bodies/{key}/"' in page for key in ("MOL", "BSC", "OLD")] == [True, True, False]

    answer = client.get("/en/c/test/coverage.xlsx")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="test-coverage.xlsx"'
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.values)  # type: ignore[union-attr]  # a new book has a sheet
    column = {name: place for place, name in enumerate(rows[0])}
    told = [[row[column[name]] for name in ("topic", "topic_en", "body", "mandate_ar")] for row in rows[1:]]
    assert told == [
        ["gcm-1", "Data", "BSC", "'=اختصاص BSC"],
        ["gcm-1", "Data", "MOL", "'=اختصاص MOL"],
        ["gcm-15", "Services", None, None],
    ]


#: Path -> lines of bodies, and queries.
PAGES_OF_MANY = {
    HOME: (25, 4),
    HOME + "?q=جهه رقم 99": (25, 4),
    HOME + "?part=yes&region=south": (1, 4),
    TABLE: (25, 3),
}


def test_ten_thousand_bodies_cost_a_page(
    client: FlaskClient, world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    few = cost(client, HOME)
    _many(world)
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
            "body_id": body,
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
