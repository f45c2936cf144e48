"""Pages of seats: alternates, handing over, proxies, quota, one's own seat, and voting for somebody by proxy."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.people import PersonDraft
from consult.ballots.draft import BallotDraft
from consult.ballots.models import Ballot, OpenChoice
from consult.ballots.services import close_ballot, open_ballot, prepare_ballot
from consult.ballots.states import BallotKind
from consult.consultations import services
from consult.consultations.members import MemberDraft
from consult.consultations.models import Alternate, Consultation, Member, Proxy, Seat
from consult.consultations.seats.proxies import ProxyDraft
from consult.db import new_id, session, transaction
from consult.events.stream import events_after
from consult.i18n import Localized
from consult.testing.colleagues import colleague
from consult.testing.web import post
from consult.testing.world import World

SEATS = "/en/c/test/organise/people/seats"
GHAT = f"{SEATS}/municipal/1/"


def _invited(world: World, name: str) -> Member:
    draft = MemberDraft(PersonDraft(name, f"{name}@example.org"), "municipal", world.bodies["ghat"])
    return services.invite_member(draft, consultation=world.consultation, actor=world.actor("organiser")).member


def _proxy(world: World, giver: str, bearer: str) -> None:
    draft = ProxyDraft(world.members[bearer], clock.now() + timedelta(days=7))
    seat = session.scalars(sa.select(Seat).where(Seat.holder_id == world.members[giver])).one()
    services.give_proxy(draft, seat=seat, consultation=world.consultation, actor=world.actor(giver))


def _ballot(world: World) -> Ballot:
    draft = BallotDraft(BallotKind.PROCEDURAL, "GA-SIMPLE", Localized(ar="هل تعتمد؟"))
    made = prepare_ballot(draft, consultation=world.consultation, actor=world.actor("organiser"))
    return open_ballot(made, actor=world.actor("moderator"))


def test_an_organiser_orders_alternates_and_hands_the_seat_over(client: FlaskClient, world: World) -> None:
    first, second = _invited(world, "Amal"), _invited(world, "Basma")
    world.sign_in(client, "organiser")
    assert post(client, f"{GHAT}alternates/", form_page=GHAT, fields={"member": "nobody"}).status_code == 422
    for member in (first, second):
        assert post(client, f"{GHAT}alternates/", form_page=GHAT, fields={"member": str(member.id)}).status_code == 303
    page = client.get(GHAT).get_data(as_text=True)
    assert page.index("Amal") < page.index("Basma")
    alternate = page.split('name="alternate" value="')[1].split('"')[0]
    assert post(client, f"{GHAT}alternates/down/", form_page=GHAT, fields={"alternate": alternate}).status_code == 303
    page = client.get(GHAT).get_data(as_text=True)
    assert page.index("Basma") < page.index("Amal")
    assert post(client, f"{GHAT}alternates/off/", form_page=GHAT, fields={"alternate": "x"}).status_code == 400
    wrong = post(client, f"{GHAT}hand-over/", fields={"member": str(first.id), "reason": " ", "language": "en"})
    assert (wrong.status_code, "Say why the seat is handed over" in wrong.get_data(as_text=True)) == (422, True)
    typed = {"member": str(first.id), "reason": "A new council was elected", "language": "en"}
    assert post(client, f"{GHAT}hand-over/", fields=typed).status_code == 303
    page = client.get(GHAT).get_data(as_text=True)
    assert "A new council was elected" in page
    assert "2 alternates" not in client.get(f"{SEATS}/municipal/").get_data(as_text=True)
    assert client.get(f"{SEATS}/cso/1/").status_code == 404


def test_no_page_of_the_organisers_puts_a_withheld_member_beside_the_body(client: FlaskClient, world: World) -> None:
    hidden, named = colleague(world, "hidden", "cso"), colleague(world, "Zahra", "cso")
    with transaction():
        named.withheld = False
    world.sign_in(client, "organiser")
    people, seat = "/en/c/test/organise/people", f"{SEATS}/cso/5/"
    for path in (seat, f"{seat}hand-over/", "/en/c/test/office/5/", f"{people}/5/lead/"):
        page = client.get(path).get_data(as_text=True)
        assert (str(named.id) in page, "Zahra" in page, "Amal" in page) == (False, False, False), path
    assert [str(hidden.id) in client.get(path).text for path in (seat, f"{seat}hand-over/")] == [True, True]
    for path in (f"/en/c/test/office/{named.number}/", f"{people}/{named.number}/lead/"):
        page = client.get(path).get_data(as_text=True)
        assert [str(one) in page for one in (hidden.id, world.members["cso"])] == [False, False], path
    rule = f"/en/c/test/office/{named.number}/"
    assert post(client, rule, {"level": "lead"}).status_code == 303, "whoever leads stays"
    assert post(client, f"{people}/5/seat/", {}, form_page=f"{people}/5/").status_code == 303
    own, others = (client.get(f"{people}/{number}/").text for number in (5, named.number))
    assert ("Seat 5" in own, "office/5/" in own, f"office/{named.number}/" in others) == (True, False, True)
    assert ("Free seats" in own, "Amal" in own) == (True, False)


def test_a_member_beyond_what_a_list_can_offer_is_found(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consult.consultations.seats.queries.MOST_OFFERED", 1)
    _invited(world, "Amal")
    second = _invited(world, "Basma")
    world.sign_in(client, "organiser")
    last = max((seat.number, seat.holder_id) for seat in session.scalars(sa.select(Seat)) if seat.holder_id)[1]
    for path, member, q in (
        (GHAT, second.id, "basma"),
        (f"{GHAT}hand-over/", second.id, str(second.number)),
        (f"{GHAT}proxy/", last, str(session.get_one(Member, last).number)),
    ):
        pages = [client.get(path, query_string=one).get_data(as_text=True) for one in ({}, {"q": q}, {"q": "zzz"})]
        assert [f'<option value="{member}"' in page for page in pages] == [False, True, False], path
        assert ['id="s-q"' in page for page in pages] == [True, True, True], path


def test_a_quota_is_refused_and_changed_on_the_page(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "organiser")
    assert post(client, f"{SEATS}/cso/quota/", form_page=f"{SEATS}/cso/", fields={"quota": "0"}).status_code == 422
    assert post(client, f"{SEATS}/cso/quota/", form_page=f"{SEATS}/cso/", fields={"quota": "2"}).status_code == 303
    refused = post(client, f"{SEATS}/cso/", fields={"count": "2"})
    assert (refused.status_code, "Change the quota first." in refused.get_data(as_text=True)) == (422, True)
    assert post(client, f"{SEATS}/cso/", fields={"count": "1"}).status_code == 303


def test_an_empty_seat_is_removed_with_a_reason_and_one_that_was_held_is_not(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "organiser")
    with transaction():
        for number in (90, 91):  # from before each body of this track had its own
            made = Seat(id=new_id(), consultation_id=world.consultation_id, track="municipal", number=number)
            session.add(made)
    path, held = f"{SEATS}/municipal/90/", f"{GHAT}remove/"
    assert "remove the seat" in client.get(path).text
    assert "remove the seat" not in client.get(GHAT).text
    assert client.get(held).status_code == 409
    assert post(client, held, {"reason": "x", "language": "en"}, form_page=path).status_code == 409
    answer = post(client, path + "remove/", {"reason": " ", "language": "en"})
    assert (answer.status_code, 'href="#reason' in answer.text) == (422, True)
    assert post(client, path + "remove/", {"reason": "Made twice.", "language": "en"}).status_code == 303
    assert client.get(path).status_code == 404
    assert "Made twice." in client.get(f"{SEATS}/municipal/").text
    assert "Made twice." not in client.get(f"{SEATS}/cso/").text
    told = events_after(world.consultation_id)[-1]
    assert (told.type, told.facts["number"], "reason" in told.facts) == ("SeatRemoved", 90, False)
    other = session.scalars(sa.select(Seat).where(Seat.number == 91)).one()
    alternate = _invited(world, "Amal")
    with transaction():
        standing = Alternate(id=new_id(), consultation_id=world.consultation_id, seat_id=other.id, position=1)
        standing.member_id, standing.person_id = alternate.id, alternate.person_id
        session.add(standing)
    assert client.get(f"{SEATS}/municipal/91/remove/").status_code == 409
    ghat = world.member("ghat")
    services.end_membership(ghat, consultation=world.consultation, actor=world.actor("organiser"))
    assert client.get(held).status_code == 409, "empty now, and held once"


def test_proxies_are_entered_from_paper_and_limited(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "organiser")
    until = (clock.now() + timedelta(days=3)).date().isoformat()
    typed = {"bearer": str(world.members["derna"]), "votes": "", "until": until, "shown": ""}
    refused = post(client, f"{GHAT}proxy/", fields=typed)
    assert (refused.status_code, "which paper you were shown" in refused.get_data(as_text=True)) == (422, True)
    for wrong in ({"until": "soon"}, {"bearer": "x"}, {"votes": "session:x"}, {"votes": "all of them"}):
        assert post(client, f"{GHAT}proxy/", fields={**typed, "shown": "Letter 12", **wrong}).status_code == 422
    assert post(client, f"{GHAT}proxy/", fields={**typed, "shown": "Letter 12"}).status_code == 303
    page = client.get("/en/c/test/organise/people/proxies/").get_data(as_text=True)
    assert ("Letter 12" in page, "In force" in page) == (True, True)
    assert post(client, f"{GHAT}proxy/revoke/", {}, form_page=GHAT).status_code == 303
    assert post(client, "/en/c/test/organise/people/proxies/", fields={"each": "9"}).status_code == 422
    assert post(client, "/en/c/test/organise/people/proxies/", fields={"each": "0"}).status_code == 303
    assert session.get_one(Consultation, world.consultation_id).proxies_each == 0


def test_a_holder_gives_a_proxy_and_takes_it_back(client: FlaskClient, world: World) -> None:
    world.sign_in(client, "ghat")
    until = (clock.now() + timedelta(days=3)).date().isoformat()
    typed = {"bearer": str(world.members["cso"]), "votes": "procedural", "until": until}
    assert post(client, "/en/c/test/seat/proxy/", fields={**typed, "until": ""}).status_code == 422
    offered = client.get("/en/c/test/seat/proxy/").get_data(as_text=True)
    assert ("خديجة" in offered, "Participant 5, name withheld" in offered) == (False, True)
    assert post(client, "/en/c/test/seat/proxy/", fields=typed).status_code == 303
    page = client.get("/en/c/test/seat/").get_data(as_text=True)
    assert ("</bdi>, name withheld" in page, "Take it back" in page) == (True, True)
    world.sign_in(client, "cso")
    assert "Proxies that you carry" in client.get("/en/c/test/seat/").get_data(as_text=True)
    world.sign_in(client, "ghat")
    assert post(client, "/en/c/test/seat/proxy/revoke/", {}, form_page="/en/c/test/seat/").status_code == 303
    assert session.scalars(sa.select(Proxy.ended_because)).all() == ["revoked"]
    world.sign_in(client, "moderator")
    assert client.get("/en/c/test/seat/").status_code == 403


def test_a_bearer_votes_for_each_apart(client: FlaskClient, world: World) -> None:
    _proxy(world, "ghat", "derna")
    ballot = _ballot(world)
    ghat, derna = str(world.members["ghat"]), str(world.members["derna"])
    world.sign_in(client, "derna")
    path = f"/en/c/test/ballots/{ballot.number}/vote/"
    page = client.get(path).get_data(as_text=True)
    assert ("For whom do you vote?" in page, "By proxy" in page, f"voter={ghat}" in page) == (True, True, True)
    checked = post(client, path, fields={"choice": "for", "voter": ghat}).get_data(as_text=True)
    assert ("You cast it by proxy" in checked, f'value="{ghat}"' in checked) == (True, True)
    assert post(client, path, fields={"choice": "for", "voter": ghat, "then": "cast"}).status_code == 303
    assert post(client, path, fields={"choice": "against", "voter": derna, "then": "cast"}).status_code == 303
    world.sign_in(client, "ghat")
    assert "You are not on the roll" in client.get(path).get_data(as_text=True)
    typed = {"choice": "against", "voter": ghat, "then": "cast"}
    assert post(client, path, typed, form_page="/en/c/test/seat/proxy/").status_code == 403
    chosen = {str(row.voter_id): row.choice for row in session.scalars(sa.select(OpenChoice))}
    assert chosen == {ghat: "for", derna: "against"}
    close_ballot(ballot, actor=world.actor("moderator"))
    session.expire_all()
    assert "by proxy:" in client.get(f"/en/c/test/ballots/{ballot.number}/").get_data(as_text=True)


def test_an_alternate_sees_the_seat_and_the_hall_sees_for_whom_they_act(client: FlaskClient, world: World) -> None:
    member = _invited(world, "Amal")
    seat = session.scalars(sa.select(Seat).where(Seat.holder_id == world.members["ghat"])).one()
    services.add_alternate(seat, member, consultation=world.consultation, actor=world.actor("organiser"))
    world.people["Amal"] = member.person_id
    world.sign_in(client, "Amal")
    page = client.get("/en/c/test/seat/").get_data(as_text=True)
    assert ("You stand in" in page, "as alternate number 1" in page) == (True, True)


def test_lists_ask_the_same_for_one_and_for_three(
    client: FlaskClient, world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    world.sign_in(client, "organiser")
    pages = (f"{SEATS}/municipal/", "/en/c/test/organise/people/proxies/")
    asked = []
    for giver, bearer in (("ghat", "derna"), ("zuwara", "professor"), ("professor", "cso")):
        _proxy(world, giver, bearer)
        for page in pages:
            client.get(page)
            with count_queries() as seen:
                assert client.get(page).status_code == 200
            asked.append(len(seen))
    assert asked[:2] == asked[2:4] == asked[4:]
