"""The register of bodies as its keepers see it: found, entered, changed one thing a page, ended after a look at what follows."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from time import process_time
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.bodies.models import (
    BodyState,
    BodySuccessor,
    Capacity,
    Contact,
    Mandate,
    MandateOverlap,
    MandateTopic,
)
from consult.accounts.models import Body
from consult.accounts.queries import bodies
from consult.db import new_id, session, transaction
from consult.i18n import Localized
from consult.testing.web import cost, form_token
from consult.testing.world import World

HOME = "/en/administer/bodies/"
MANY = 10_000


@pytest.fixture
def keeper(client: FlaskClient, world: World) -> FlaskClient:
    """An organiser's browser."""
    return world.sign_in(client, "organiser")


def _send(client: FlaskClient, path: str, **fields: Any) -> tuple[int, str]:
    answer = client.post(path, data={"csrf_token": form_token(client, HOME), **fields})
    return answer.status_code, answer.location or answer.get_data(as_text=True)


def _page(client: FlaskClient, path: str = HOME) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def _all(query: sa.Select[Any]) -> list[Any]:
    """Return what the database holds now."""
    session.rollback()
    return list(session.scalars(query))


def _body(key: str) -> Body:
    found: Body = _all(sa.select(Body).where(Body.key == key))[0]
    return found


def test_a_body_is_entered_and_described_one_thing_a_page(keeper: FlaskClient) -> None:
    status, page = _send(keeper, HOME + "new/", key="MO L", names_en="Labour")
    assert (status, page.count('class="err"')) == (422, 2)
    facts = {"key": "MOL", "kind": "ministry", "names_ar": "وزارة العمل", "level": "national", "since": "2011-01-05"}
    status, page = _send(keeper, HOME + "new/", **{**facts, "names_ar": "\u200b\u2800"})
    assert (status, page.count('class="err"')) == (422, 1), "a name that nobody sees is none"
    status, address = _send(keeper, HOME + "new/", **facts)
    row = _body("MOL")
    assert (status, address, row.valid_from.date().isoformat()) == (303, f"{HOME}{row.id}/", "2011-01-05")

    mandate = {
        "texts_ar": "تسجيل العمال",
        "source": "الجريدة الرسمية",
        "legal_basis": "القانون 12",
        "topics": ["gcm-6", "gcm-18"],
    }
    assert _send(keeper, address + "mandates/new/", **{**mandate, "valid_from": "soon"})[0] == 422
    assert _send(keeper, address + "mandates/new/", **mandate) == (303, address)
    capacity = {"kind": "languages", "languages": ["ar", "tuq"], "as_of": "2026-03-01", "source": "تقرير"}
    assert _send(keeper, address + "capacities/new/", **{**capacity, "as_of": ""})[0] == 422
    assert _send(keeper, address + "capacities/new/", **capacity) == (303, address)
    read = {"as_of": "2026-03-01", "source": "رسالتها"}
    contact = {"label": "الأمانة", "email": "office@example.org", "audience": "organisers", **read}
    assert _send(keeper, address + "contacts/new/", **{**contact, "source": ""})[0] == 422
    assert _send(keeper, address + "contacts/new/", **contact) == (303, address)
    assert _all(sa.select(MandateTopic.topic).order_by(MandateTopic.topic)) == ["gcm-18", "gcm-6"]
    assert _all(sa.select(Capacity.languages)) == [["ar", "tuq"]]
    page = _page(keeper, address)
    assert [words in page for words in ("تسجيل العمال", "القانون 12", "office@example.org", "Tebu")] == [True] * 4

    first = _all(sa.select(Mandate.id))[0]
    replace = f"{address}mandates/{first}/replace/"
    assert "تسجيل العمال" in _page(keeper, replace)
    second = {**mandate, "texts_ar": "شؤون العمل", "valid_from": "2026-03-01"}
    status, page = _send(keeper, replace, **{**second, "valid_from": ""})
    assert (status, 'href="#valid_from' in page, "شؤون العمل" in page) == (422, True, True)
    assert _send(keeper, replace, **second) == (303, address)
    page = _page(keeper, address)
    assert page.index("شؤون العمل") < page.index("<summary>Former mandates") < page.index("تسجيل العمال")
    assert f"{address}mandates/{first}/replace/" not in page

    entry = _all(sa.select(Contact.id))[0]
    assert 'value="office@example.org"' in _page(keeper, f"{address}contacts/{entry}/")
    changed = {**contact, "email": "", "phone": "+218 21 000 0000"}
    assert _send(keeper, f"{address}contacts/{entry}/", **changed) == (303, address)
    assert _all(sa.select(Contact.phone)) == ["+218 21 000 0000"]
    assert keeper.get(f"{address}mandates/{entry}/").status_code == 404
    assert "by mistake" in _page(keeper, f"{address}contacts/{entry}/remove/")
    assert _send(keeper, f"{address}contacts/{entry}/remove/") == (303, address)
    assert _all(sa.select(Contact.id)) == []


def test_a_change_on_a_day_keeps_address_and_what_was(keeper: FlaskClient, world: World) -> None:
    row = session.get_one(Body, world.bodies["ghat"])
    address = f"{HOME}{row.id}/"
    state = {"kind": "municipality", "level": row.level, "region": row.region}
    new = {"names_ar": "بلدية غات الكبرى", "since": "2026-03-01", "source": "قرار 7", **state}
    status, page = _send(keeper, address + "change/", **{**new, "source": ""})
    assert (status, "بلدية غات الكبرى" in page) == (422, True)
    assert _send(keeper, address + "change/", **new) == (303, address)
    assert _all(sa.select(BodyState.names)) == [Localized(ar="غات", en="Ghat")]
    page = _page(keeper, address)
    assert [words in page for words in ("What it was before", "1 March 2026", "قرار 7", "Ghat")] == [True] * 4
    moved = {**new, "since": "2026-04-01", "district": "LY-MQ", "parent_key": "nobody"}
    status, page = _send(keeper, address + "change/", **moved)
    assert (status, 'href="#parent_key' in page) == (422, True)
    assert _send(keeper, address + "change/", **moved | {"parent_key": "LY010102"}) == (303, address)
    assert _send(keeper, address + "change/", **moved | {"parent_key": "", "since": "2026-05-01"}) == (303, address)
    page = _page(keeper, address)
    assert page.count("Belongs to:") == 1, "it stood below that one for a month"
    assert "Murzuq" in page
    assert f"/bodies/{row.id}/" in _page(keeper, HOME + "?q=غات الكبري")
    assert f"/bodies/{row.id}/" in _page(keeper, HOME + "?q=ghat")
    assert _send(
        keeper, address + "facts/", kind="municipality", names_ar="بلدية غات", names_en="", region="south"
    ) == (
        303,
        address,
    )
    assert _body("LY032101").names == Localized(ar="بلدية غات")


def test_nobody_stands_above_that_is_nowhere_or_below(keeper: FlaskClient) -> None:
    facts = {"key": "MOL", "kind": "ministry", "names_ar": "وزارة العمل", "parent_key": "PMO"}
    status, page = _send(keeper, HOME + "new/", **facts)
    assert (status, page.count("Write the code of another body of the register."), 'href="#parent_key' in page) == (
        422,
        2,  # in the summary and at the field
        True,
    )
    assert 'value="PMO"' in page
    status, page = _send(keeper, HOME + "new/", **facts | {"key": "LY032101", "names_ar": ""})
    assert status == 422
    assert [f'href="#{at}' in page for at in ("key", "names_ar", "parent_key")] == [True] * 3, "all at once"
    assert _send(keeper, HOME + "new/", **facts | {"key": "PMO", "parent_key": ""})[0] == 303
    assert _send(keeper, HOME + "new/", **facts)[0] == 303
    pages = {key: f"{HOME}{_body(key).id}/facts/" for key in ("PMO", "MOL")}
    for wrong in ("MOL", "PMO", "PMO2", "no code"):
        status, page = _send(keeper, pages["PMO"], **facts | {"parent_key": wrong})
        assert (status, 'href="#parent_key' in page) == (422, True), wrong
    assert _all(sa.select(Body.parent_key).where(Body.key.in_(pages)).order_by(Body.key)) == ["PMO", ""]
    with transaction():
        session.execute(sa.update(Body).where(Body.key == "MOL").values(parent_key="LOST"))
    again = facts | {"parent_key": "LOST", "names_en": "Labour"}
    assert _send(keeper, pages["MOL"], **again)[0] == 303, (
        "what stands above it already may stay while a name is put right"
    )


def test_an_overlap_is_found_recorded_shown_with_both_and_taken_off(keeper: FlaskClient, world: World) -> None:
    own, other = (session.get_one(Body, world.bodies[key]) for key in ("ghat", "derna"))
    words = {"texts_ar": "إدارة المعبر", "topics": "gcm-1", "source": "قانون 59"}
    for body in (own, other):
        assert _send(keeper, f"{HOME}{body.id}/mandates/new/", **words)[0] == 303
    address = f"{HOME}{own.id}/"
    find = f"{address}overlaps/new/"
    assert find in _page(keeper, address)
    page = _page(keeper, f"{find}?q=derna")
    assert f"?other={other.key}" in page
    form = f"{find}?other={other.key}"
    one, two = (_all(sa.select(Mandate.id).where(Mandate.body_id == body.id))[0] for body in (own, other))
    sent = {"mandate": str(one), "other": str(two), "notes_ar": "تسجيل الداخلين", "source": "تقرير الديوان"}
    status, page = _send(keeper, form, **{**sent, "other": "x", "notes_ar": ""})
    assert (status, 'href="#other' in page, 'href="#notes_ar"' in page, "تقرير الديوان" in page) == (
        422,
        True,
        True,
        True,
    )
    assert _send(keeper, form, **sent) == (303, address)
    public = "/en/c/test/bodies/"
    for body, near in ((own, other), (other, own)):
        for page in (_page(keeper, f"{HOME}{body.id}/"), keeper.get(f"{public}{body.key}/").text):
            assert ("Overlaps a mandate of:" in page, "تسجيل الداخلين" in page, "تقرير الديوان" in page) == (True,) * 3
            assert near.names["en"] in page
    assert "Overlaps on record" in keeper.get("/en/c/test/coverage/").text
    book = openpyxl.load_workbook(io.BytesIO(keeper.get("/en/c/test/coverage.xlsx").data))
    assert book.sheetnames == ["mandates", "matrix", "overlaps"]
    assert [row[0] for row in book["matrix"].values] == [
        "body",
        "ar",
        "en",
        "fr",
        "bodies",
        *sorted([other.key, own.key]),
    ]
    assert [row[0] for row in book["overlaps"].values] == ["one_body", own.key]
    _replaced_with_its_overlap(keeper, f"{address}mandates/{one}/replace/", words)
    entry = _all(sa.select(MandateOverlap.id).order_by(MandateOverlap.id))[0]
    mend = f"{HOME}{other.id}/overlaps/{entry}/"
    assert "تسجيل الداخلين" in _page(keeper, mend)
    assert _send(keeper, mend, notes_ar="", source="x")[0] == 422
    assert _send(keeper, mend, notes_ar="", notes_fr="Enregistrement", source="Audit") == (303, f"{HOME}{other.id}/")
    assert "Enregistrement" in _page(keeper, address)
    assert keeper.get(f"{HOME}{world.bodies['cso']}/overlaps/{entry}/").status_code == 404
    token = form_token(keeper, mend)
    assert keeper.post(f"{mend}remove", data={"csrf_token": token}).status_code == 303
    assert entry not in _all(sa.select(MandateOverlap.id))


def _replaced_with_its_overlap(keeper: FlaskClient, page: str, words: dict[str, Any]) -> None:
    """Put another mandate in the place of one, twice: what it overlaps is ticked at first, and goes along as long as it is."""
    (first,) = _all(sa.select(MandateOverlap.id))
    shown = _page(keeper, page)
    assert re.findall(r'name="overlaps"[^>]*value="([^"]*)"([^>]*)>', shown) == [(str(first), " checked")]
    assert [part in shown for part in ("Overlaps that it takes along", "Derna", "تسجيل الداخلين")] == [True] * 3
    new = {**words, "texts_ar": "المعبر البري", "valid_from": "2026-03-01"}
    status, shown = _send(keeper, page, **new, overlaps=str(new_id()))
    assert (status, 'href="#overlaps-0"' in shown, "checked" in shown.partition('name="overlaps"')[2][:80]) == (
        422,
        True,
        False,
    )
    assert _send(keeper, page, **new, overlaps=str(first))[0] == 303
    assert len(_all(sa.select(MandateOverlap.id))) == 2
    assert "تسجيل الداخلين" in keeper.get("/en/c/test/coverage/").text
    second = _all(sa.select(Mandate.id).where(Mandate.texts["ar"].as_string() == "المعبر البري"))[0]
    again = page.partition("/mandates/")[0] + f"/mandates/{second}/replace/"
    assert _send(keeper, again, **new | {"valid_from": "2026-04-01"})[0] == 303
    assert len(_all(sa.select(MandateOverlap.id))) == 2
    assert "Overlaps on record" not in keeper.get("/en/c/test/coverage/").text


def test_what_follows_is_said_before_a_body_ends_and_a_mistake_is_undone(keeper: FlaskClient, world: World) -> None:
    row = session.get_one(Body, world.bodies["ghat"])
    address, into = f"{HOME}{row.id}/", {"since": "2026-03-01", "source": "Law 3 of 2026", "successors": "LY010102"}
    status, page = _send(keeper, address + "end/", **{**into, "successors": "LY032101", "source": ""})
    assert (status, page.count('class="err"')) == (422, 2)
    status, page = _send(keeper, address + "end/", **into)
    assert (status, "is followed by" in page, "Derna" in page) == (200, True, True)
    for words in ("Its seats and members", "Seat 1", "عيسى كوسا", "Their part ends; the seats fall empty"):
        assert words in page, words
    assert "Seats and members go to" not in page  # Derna has a seat: they would both vote
    assert _all(sa.select(Body.valid_to).where(Body.key == "LY032101"))[0] is None
    fate = re.findall(r'name="(fate_[0-9a-f]{32}_municipal)"', page)[0]
    why = {"reason": "They were merged.", "language": "en"}
    status, page = _send(keeper, address + "end/", **into, **{fate: "move:LY010102"}, **why, then="end")
    assert (status, f'href="#{fate}' in page, "They were merged." in page) == (422, True, True)
    assert _send(keeper, address + "end/", **into, then="end")[0] == 422
    assert _all(sa.select(Body.valid_to).where(Body.key == "LY032101"))[0] is None
    decided = {fate: "join:LY010102", **why, "mandates_to": "LY010102"}
    assert _send(keeper, address + "end/", **into, **decided, then="end") == (303, address)
    page = _page(keeper, address)
    assert [words in page for words in ("They were merged.", "It was followed by", "Derna", "Law 3 of 2026")] == [
        True
    ] * 4
    assert _all(sa.select(BodySuccessor.successor_id)) == [world.bodies["derna"]]
    assert f"/bodies/{row.id}/" not in _page(keeper)
    assert f"/bodies/{row.id}/" in _page(keeper, HOME + "?state=ended")
    assert f"/bodies/{row.id}/" in _page(keeper, f"{HOME}{world.bodies['derna']}/")
    assert keeper.get(address + "facts/").status_code == 409

    page = _page(keeper, address + "undo-end/")
    assert [words in page for words in ('Seat 1 <span class="tag ok">Comes back', "Derna", "عيسى كوسا")] == [True] * 3
    status, page = _send(keeper, address + "undo-end/", reason="", language="en")
    assert (status, 'href="#reason' in page) == (422, True)
    undo = {"reason": "Decree 9 was never published.", "language": "en"}
    assert _send(keeper, address + "undo-end/", **undo) == (303, address)
    assert _all(sa.select(Body.valid_to).where(Body.key == "LY032101")) == [None]
    page = _page(keeper, address)
    assert [words in page for words in ("Ends that were undone", "Decree 9 was never published.")] == [True] * 2
    assert keeper.get(address + "undo-end/").status_code == 409


def test_before_a_split_it_is_said_that_nobody_goes_anywhere_by_themselves(keeper: FlaskClient, world: World) -> None:
    row, into = world.bodies["ghat"], {"since": "2026-03-01", "source": "Law 3", "successors": "LY010102\r\nLY020701"}
    page = _send(keeper, f"{HOME}{row}/end/", **into)[1]
    for words in ("Derna", "Zwara", "no seat and no member goes to one of them by itself"):
        assert words in page, words
    assert re.findall(r'name="fate_\w+" value="([^"]*)"[^>]* checked', page) == []


def test_the_register_of_ten_thousand_is_read_in_pages(
    app: Flask, keeper: FlaskClient, world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    now, few = clock.now(), cost(keeper, HOME)
    with transaction():
        rows: list[dict[str, Any]] = [
            {
                "id": new_id(),
                "key": f"B{number}",
                "kind": ("cso", "university", "ministry")[number % 3],
                "names": Localized(ar=f"جهة رقم {number}", en=f"Body {number}"),
                "region": ("west", "east", "south")[number % 3],
                "valid_from": now,
                "profile": {},
            }
            for number in range(MANY)
        ]
        session.execute(sa.insert(Body), rows)
    for path in (HOME, HOME + "?kind=cso&region=west", HOME + "?q=جهه رقم 99", HOME + "?q=body&after=جهه رقم 5%09B5"):
        _page(keeper, path)
        with count_queries() as queries:
            page = _page(keeper, path)
        assert (page.count('class="title"'), len(queries)) == (25, 6), queries
        assert cost(keeper, path) < 10 * few, path  # five bodies before, a page of 25 among ten thousand now
    assert _seconds("en") < 5 * _seconds("ar"), "the order of each language is that of an index"
    assert _seconds("fr") < 5 * _seconds("ar")
    first = _page(keeper, HOME + "?kind=ministry")
    assert first.count('rel="next"') == 1


def _seconds(language: str) -> float:
    """Return the least CPU seconds of this process that the first page of the register in a language takes, of three."""
    taken = []
    for _ in range(3):
        begun = process_time()
        assert len(bodies(language=language, limit=25).lines) == 25
        taken.append(process_time() - begun)
    return min(taken)


@pytest.mark.parametrize("who", ["moderator", "ghat"])
def test_others_do_not_see_it(client: FlaskClient, world: World, who: str) -> None:
    world.sign_in(client, who)
    assert client.get(HOME).status_code == 403
    assert client.get(f"{HOME}{world.bodies['ghat']}/").status_code == 403
    assert _all(sa.select(Mandate.id)) == []
