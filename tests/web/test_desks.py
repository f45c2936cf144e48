"""The queue shared out among its moderators: by track, language and load, past interests and days away, and given anew."""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from html import unescape
from time import monotonic, sleep

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.access import OPERATOR, Held, Role
from consult.accounts.models import Person, RoleGrant
from consult.accounts.roles import give_role, revoke_role
from consult.accounts.signing_in.sign_in import load_actor, load_actors
from consult.consultations.models import Consultation, Member
from consult.db import new_id, session, transaction
from consult.errors import Forbidden, Rejected
from consult.events.models import EventRow
from consult.jobs.worker import SHARING_RESTS, _Unhurried, work_once
from consult.peer_review.models import DeclaredInterest
from consult.submissions.models import Passage, Revision, Submission
from consult.submissions.review.desk_models import ModerationTask, ModeratorDesk
from consult.submissions.review.desks import (
    DeskDraft,
    desks_of,
    give_out,
    hand_on,
    set_desk,
    share_out_due,
    shares_due,
    take_over,
)
from consult.submissions.services import Review, accept
from consult.testing.at_once import at_once
from consult.testing.web import post
from consult.testing.world import World

QUEUE = "/en/c/test/review/"
DESK = "/en/c/test/review/desk/"
Counting = Callable[[], AbstractContextManager[list[str]]]


def _moderator(world: World, name: str, track: str = "") -> uuid.UUID:
    with transaction():
        person = Person(
            id=new_id(), name=name, language="en", email=f"{name.lower()}@example.org", created_at=clock.now()
        )
        person.email_key = person.email
        session.add(person)
        session.flush()
        give_role(person, Held(Role.MODERATOR, world.consultation_id, track), reason="Reads.", actor=OPERATOR)
    return person.id


def _texts(world: World, number: int, track: str = "municipal", language: str = "en", **facts: object) -> list[str]:
    numbers = []
    with transaction():
        for _ in range(number):
            row = Submission(
                id=new_id(),
                consultation_id=world.consultation_id,
                number=f"TT-2026-{new_id().hex}",
                track=track,
                title="A text",
                language=language,
                state="received",
                received_at=clock.now(),
                **facts,
            )
            session.add(row)
            session.flush()
            revision = Revision(
                id=new_id(),
                submission_id=row.id,
                number=1,
                title=row.title,
                language=language,
                fingerprint="",
                at=clock.now(),
            )
            session.add_all(
                [revision, Passage(id=new_id(), submission_id=row.id, revision=1, number=1, kind="text", text="Water")]
            )
            numbers.append(row.number)
    return numbers


def _holders(world: World) -> dict[str, uuid.UUID | None]:
    session.rollback()
    rows = session.execute(
        sa.select(Submission.number, ModerationTask.person_id).join(
            ModerationTask, ModerationTask.submission_id == Submission.id
        )
    )
    return dict(rows.all())


def _row(number: str) -> Submission:
    return session.scalars(sa.select(Submission).where(Submission.number == number)).one()


def _share() -> None:
    while share_out_due():
        pass


def test_texts_go_to_whoever_has_fewest_open_in_their_track_and_language(world: World) -> None:
    whole, salem = world.people["moderator"], _moderator(world, "Salem", "municipal")
    set_desk(DeskDraft(["en"], None), consultation=world.consultation, actor=load_actor(salem))
    english, arabic = _texts(world, 6), _texts(world, 3, language="ar")
    others = _texts(world, 2, track="academic")
    before = session.scalar(sa.select(sa.func.count()).select_from(EventRow))
    _share()
    held = _holders(world)
    assert {held[one] for one in arabic + others} == {whole}  # Salem reads no Arabic, and his track is another
    loads = [list(held.values()).count(one) for one in (whole, salem)]
    assert sorted(held[one] for one in english).count(salem) >= 3
    assert sum(loads) == 11
    assert [one.open for one in desks_of(world.consultation) if one.person == salem] == [loads[1]]
    assert not share_out_due()
    assert session.scalar(sa.select(sa.func.count()).select_from(EventRow)) == before


def test_a_text_that_nobody_reads_goes_to_whoever_of_its_track_has_fewest_open(world: World) -> None:
    whole, salem = world.people["moderator"], _moderator(world, "Salem", "municipal")
    other = _moderator(world, "Mariam", "academic")
    for person, language in ((whole, "ar"), (salem, "en"), (other, "tuq")):
        set_desk(DeskDraft([language], None), consultation=world.consultation, actor=load_actor(person))
    _texts(world, 3, language="ar")
    _share()
    tebu = _texts(world, 2, language="tuq")
    _share()
    assert {_holders(world)[one] for one in tebu} == {salem}  # Mariam reads it, but her track is another
    set_desk(DeskDraft(["ar", "tuq"], None), consultation=world.consultation, actor=load_actor(whole))
    more = _texts(world, 2, language="tuq")
    _share()
    assert {_holders(world)[one] for one in more} == {whole}  # who reads it, though Salem has fewer


def test_load_is_even_when_all_read_all(world: World) -> None:
    three = [world.people["moderator"], _moderator(world, "Salem"), _moderator(world, "Mariam")]
    _texts(world, 9)
    _share()
    assert sorted(list(_holders(world).values()).count(one) for one in three) == [3, 3, 3]


def test_all_that_is_due_goes_out_at_once_in_both_lists(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consult.submissions.review.desks.BATCH", 2)
    two = [world.people["moderator"], _moderator(world, "Salem")]
    numbers = [*_texts(world, 5), *_texts(world, 3, look_over=True)]
    with transaction():
        session.execute(sa.update(Submission).where(Submission.look_over).values(state="accepted"))
    meanwhile: list[int] = []
    assert share_out_due(lambda: meanwhile.append(len(_holders(world))))
    assert meanwhile == [2, 4, 5, 7, 8], "what else is due goes out between"
    assert sorted(Counter(_holders(world).values()).items()) == sorted(dict.fromkeys(two, 4).items())
    assert set(_holders(world)) == set(numbers)


def test_a_look_that_finds_nothing_due_does_not_count_what_is_open(world: World, count_queries: Counting) -> None:
    _texts(world, 3)
    _share()
    session.rollback()
    with count_queries() as asked:
        assert not share_out_due()
    assert [one for one in asked if "count(" in one] == []
    assert sum("moderation_task" in one for one in asked) == 2, "one for each list"


def test_sharing_out_rests_in_proportion_to_what_a_look_took() -> None:
    looks: list[float] = []

    def look(_meanwhile: object) -> bool:
        looks.append(monotonic())
        sleep(0.02)
        return True

    share_out = _Unhurried(look)
    assert (share_out(print), share_out(print)) == (True, False)
    while not share_out(print):
        sleep(0.01)
    assert len(looks) == 2
    assert looks[1] - looks[0] >= 0.02 * SHARING_RESTS


def test_what_was_decided_is_no_load(world: World) -> None:
    salem = _moderator(world, "Salem")
    for number in _texts(world, 4):
        take_over(_row(number), actor=load_actor(salem))
        accept(_row(number), Review("in_order"), actor=load_actor(salem))
    assert [one.open for one in desks_of(world.consultation)] == [0, 0]


def test_whoever_is_away_ended_or_has_an_interest_is_passed_over_and_their_texts_go_on(world: World) -> None:
    whole, salem = world.people["moderator"], _moderator(world, "Salem")
    numbers = _texts(world, 8)
    _share()
    assert list(_holders(world).values()).count(salem) == 4
    set_desk(
        DeskDraft([], clock.now().date() + timedelta(days=2)), consultation=world.consultation, actor=load_actor(salem)
    )
    _share()
    assert set(_holders(world).values()) == {whole}
    with transaction():
        session.execute(sa.update(ModeratorDesk).values(back_at=clock.now() - timedelta(minutes=1)))
    more = _texts(world, 4)
    _share()
    assert {_holders(world)[one] for one in more} == {salem}  # who has fewer, and is back
    with transaction():
        session.add(
            DeclaredInterest(id=new_id(), submission_id=_row(more[0]).id, person_id=salem, kind="other", at=clock.now())
        )
    assert load_actors([salem, whole])[salem] == load_actor(salem)
    _share()
    assert _holders(world)[more[0]] == whole
    grant = session.scalars(sa.select(RoleGrant.id).where(RoleGrant.person_id == salem)).one()
    revoke_role(grant, reason="Left.", actor=OPERATOR)
    _share()
    assert {_holders(world)[one] for one in numbers + more} == {whole}


def test_nobody_gets_their_own_and_what_nobody_may_decide_lies_with_nobody(world: World) -> None:
    person = session.scalars(sa.select(Person.id).where(Person.id == world.people["ghat"])).one()
    with transaction():
        session.execute(sa.update(RoleGrant).where(RoleGrant.role == "moderator").values(revoked_at=clock.now()))
        give_role(
            session.get_one(Person, person), Held(Role.MODERATOR, world.consultation_id), reason="R.", actor=OPERATOR
        )
    [own] = _texts(world, 1, member_id=world.members["ghat"])
    [other] = _texts(world, 1)
    _share()
    assert _holders(world) == {own: None, other: person}
    assert not share_out_due()  # it is not looked at again at once
    with transaction():
        session.execute(sa.update(ModerationTask).values(given_at=clock.now() - timedelta(minutes=11)))
    assert share_out_due()


def test_a_text_goes_on_from_whoever_may_not_decide_on_it_any_more(world: World) -> None:
    whole, ghat = world.people["moderator"], world.people["ghat"]
    with transaction():
        give_role(
            session.get_one(Person, ghat), Held(Role.MODERATOR, world.consultation_id), reason="R.", actor=OPERATOR
        )
    written, entered, of_body, free = _texts(world, 4)
    for number in (written, entered, of_body, free):
        take_over(_row(number), actor=load_actor(ghat))
    _share()
    assert set(_holders(world).values()) == {ghat}
    body = session.get_one(Member, world.members["ghat"]).body_id
    with transaction():
        _row(written).member_id = world.members["ghat"]
        _row(entered).hands = f"{uuid.uuid4()},{ghat}"
        _row(of_body).body_id, _row(of_body).signed_off_at = body, clock.now()
    _share()
    assert _holders(world) == {written: whole, entered: whole, of_body: whole, free: ghat}


def test_what_was_taken_over_while_the_worker_read_is_not_given_to_another(world: World) -> None:
    salem, mariam = _moderator(world, "Salem"), _moderator(world, "Mariam")
    new, kept, handed, left = _texts(world, 4)
    for number in (kept, handed, left):
        take_over(_row(number), actor=load_actor(mariam))
    away = DeskDraft([], clock.now().date() + timedelta(days=2))
    for name in (mariam, world.people["moderator"]):
        set_desk(away, consultation=world.consultation, actor=load_actor(name))
    [read] = shares_due(world.consultation_id)
    assert [(one.text, one.to, one.held_by) for one in read] == [
        (_row(number).id, salem, mariam if number != new else None) for number in (new, kept, handed, left)
    ]
    for number in (new, kept):
        take_over(_row(number), actor=world.actor("moderator"))
    hand_on(_row(handed), world.people["moderator"], consultation=world.consultation, actor=load_actor(salem))
    give_out(read)
    moderator = world.people["moderator"]
    assert _holders(world) == {new: moderator, kept: moderator, handed: moderator, left: salem}


def test_whoever_takes_a_text_is_back(client: FlaskClient, world: World) -> None:
    salem, [number] = _moderator(world, "Salem"), _texts(world, 1)
    take_over(_row(number), actor=load_actor(salem))
    browser = world.sign_in(client, "moderator")
    page = f"{QUEUE}{number}/"
    said = "You are away until"
    assert said not in browser.get(page).get_data(as_text=True)
    day = (clock.now().date() + timedelta(days=9)).isoformat()
    assert post(browser, DESK, {"languages": "en", "away_until": day}).status_code == 303
    assert said in browser.get(page).get_data(as_text=True)
    assert post(browser, f"{page}take", {}, form_page=page).status_code == 303
    taken = browser.get(page).get_data(as_text=True)
    assert "It is on your desk, and you are back" in taken
    assert said not in taken
    _share()
    assert _holders(world) == {number: world.people["moderator"]}
    assert session.scalars(sa.select(ModeratorDesk.languages)).all() == [["en"]]
    assert f'value="{day}"' not in browser.get(DESK).get_data(as_text=True)


def test_a_desk_set_in_two_windows_at_once_is_set(app: Flask, world: World) -> None:
    who, where = world.actor("moderator"), world.consultation_id

    def setting(language: str) -> Callable[[], object]:
        return lambda: set_desk(
            DeskDraft([language], None), consultation=session.get_one(Consultation, where), actor=who
        )

    at_once(app, [setting(language) for language in ("ar", "en", "fr", "tuq")])
    assert session.scalars(sa.select(ModeratorDesk.languages)).one() in [["ar"], ["en"], ["fr"], ["tuq"]]


def test_a_text_is_taken_over_and_handed_on_by_those_who_may_decide_on_it(world: World) -> None:
    salem, mariam = _moderator(world, "Salem", "municipal"), _moderator(world, "Mariam", "academic")
    [number] = _texts(world, 1)
    take_over(_row(number), actor=load_actor(salem))
    assert _holders(world) == {number: salem}
    with pytest.raises(Forbidden):
        take_over(_row(number), actor=load_actor(mariam))
    with pytest.raises(Rejected):
        hand_on(_row(number), mariam, consultation=world.consultation, actor=load_actor(salem))
    hand_on(_row(number), world.people["moderator"], consultation=world.consultation, actor=load_actor(salem))
    assert _holders(world) == {number: world.people["moderator"]}
    _share()
    assert _holders(world) == {number: world.people["moderator"]}


def test_ones_own_desk_comes_first_and_all_beside_it(client: FlaskClient, world: World) -> None:
    salem = _moderator(world, "Salem")
    mine, his = _texts(world, 2), _texts(world, 3)
    for number in mine:
        take_over(_row(number), actor=world.actor("moderator"))
    for number in his:
        take_over(_row(number), actor=load_actor(salem))
    browser = world.sign_in(client, "moderator")

    def listed(query: str = "") -> set[str]:
        page = browser.get(QUEUE + query).get_data(as_text=True)
        return set(re.findall(r'name="t" value="([^"]+)\.1"', page))

    assert listed() == set(mine)
    assert listed("?whose=all") == set(mine + his)
    assert listed("?whose=mine&language=ar") == set()
    everything = unescape(browser.get(f"{QUEUE}?whose=all").get_data(as_text=True))
    assert len(re.findall(r"With <bdi[^>]*>Salem|With Salem", everything)) == 3
    form = {"decision": "accept", "revision": "1", "then": "next"}
    first = post(browser, f"{QUEUE}{mine[0]}/", form)
    assert first.headers["Location"].endswith(f"/review/{mine[1]}/")
    second = post(browser, f"{QUEUE}{mine[1]}/", form)
    assert second.headers["Location"].rsplit("/", 2)[1] in his  # one's own first, then the others
    page = browser.get(f"{QUEUE}{his[0]}/").get_data(as_text=True)
    assert "Take it over" in page
    assert post(browser, f"{QUEUE}{his[0]}/take", {}).status_code == 303
    assert _holders(world)[his[0]] == world.people["moderator"]
    offered = browser.get(f"{QUEUE}{his[0]}/hand-on").get_data(as_text=True)
    assert f'value="{salem}"' in offered
    assert post(browser, f"{QUEUE}{his[0]}/hand-on", {"to": "nobody"}).status_code == 422
    assert post(browser, f"{QUEUE}{his[0]}/hand-on", {"to": str(salem)}).status_code == 303
    assert _holders(world)[his[0]] == salem


def test_a_desk_is_set_and_what_is_wrong_said_at_its_field(client: FlaskClient, world: World) -> None:
    browser = world.sign_in(client, "moderator")
    for fields, field in (
        ({"languages": "xx"}, "languages"),
        ({"away_until": "tomorrow"}, "away_until"),
        ({"away_until": "2020-01-01"}, "away_until"),
        ({"away_until": "2999-01-01"}, "away_until"),
    ):
        answer = post(browser, DESK, fields)
        assert (answer.status_code, f'href="#{field}' in answer.get_data(as_text=True)) == (422, True)
    day = (clock.now().date() + timedelta(days=9)).isoformat()
    assert post(browser, DESK, {"languages": "en", "away_until": day}).status_code == 303
    page = browser.get(DESK).get_data(as_text=True)
    assert f'value="{day}"' in page
    assert world.sign_in(client.application.test_client(), "ghat").get(DESK).status_code == 403


def test_a_moderator_ticks_tebu_and_narrows_the_queue_to_what_waits(client: FlaskClient, world: World) -> None:
    browser = world.sign_in(client, "moderator")
    tebu, english = _texts(world, 1, language="tuq"), _texts(world, 1)
    _texts(world, 1, language="fr", look_over=True)
    with transaction():
        session.execute(sa.update(Submission).where(Submission.language == "fr").values(state="accepted"))
    offered = re.findall(r'name="languages"[^>]*value="([^"]+)"', browser.get(DESK).get_data(as_text=True))
    assert set(offered) >= {"ar", "ber", "tmh", "tuq", "en", "fr", "ur"}
    assert post(browser, DESK, {"languages": "tuq"}).status_code == 303
    assert session.scalars(sa.select(ModeratorDesk.languages)).all() == [["tuq"]]

    def narrowing(query: str = "") -> dict[str, str]:
        page = unescape(browser.get(QUEUE + query).get_data(as_text=True))
        part = page.partition('<select id="f-language"')[2].partition("</select>")[0]
        return {name: code for code, name in re.findall(r'<option value="(\w+)"[^>]*>([^<]+)<', part)}

    assert narrowing("?whose=all") == {"English": "en", "Tebu": "tuq"}
    page = browser.get(f"{QUEUE}?whose=all&language=tuq").get_data(as_text=True)
    assert (tebu[0] in page, english[0] in page) == (True, False)
    assert narrowing("?list=published") == {}  # one language is nothing to narrow to
    assert narrowing("?whose=all&language=so") == {"English": "en", "Somali": "so", "Tebu": "tuq"}
    desks = world.sign_in(client.application.test_client(), "organiser")
    page = unescape(desks.get("/en/c/test/organise/moderation/desks/").get_data(as_text=True))
    assert '<td data-t="Reads">Tebu</td>' in page


def test_organisers_see_the_load_and_what_is_with_nobody(client: FlaskClient, world: World) -> None:
    salem = _moderator(world, "Salem", "municipal")
    for number in _texts(world, 3):
        take_over(_row(number), actor=load_actor(salem))
    _texts(world, 2, track="academic", language="fr")
    browser = world.sign_in(client, "organiser")
    page = unescape(browser.get("/en/c/test/organise/moderation/desks/").get_data(as_text=True))
    row = page.partition("Salem")[2].partition("</tr>")[0]
    assert re.findall(r'<td class="n" data-t="Open">(\d+)</td>', row) == ["3"]
    assert re.findall(r'<td class="n" data-t="Texts">(\d+)</td>', page) == ["2"]
    moderator = world.sign_in(client.application.test_client(), "moderator")
    assert moderator.get("/en/c/test/organise/moderation/desks/").status_code == 403


def test_the_worker_shares_out(world: World) -> None:
    [number] = _texts(world, 1)
    work_once()
    assert _holders(world) == {number: world.people["moderator"]}
