"""The pages of receiving: when moderators read, grounds, appeals, decisions taken together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.consultations.frame import TrackDraft, set_track
from consult.db import session, transaction
from consult.settings import Settings
from consult.submissions.drafting.drafts import answers_of, start_draft
from consult.submissions.models import Appeal, Draft, ReviewDecision, Submission
from consult.submissions.review.appeal_queries import standing_of
from consult.submissions.review.appeals import AppealDraft, appeal
from consult.submissions.services import Review, accept, restore
from consult.testing.acts import hand_in, hide
from consult.testing.small_tracks import running_app
from consult.testing.web import form_token, post
from consult.testing.world import World

HOME = "/en/c/test"
ANSWERS = {"decision": "31/2026"}
Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


def text_of(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found[1]


def municipal(world: World, key: str = "ghat", **changes: object) -> Submission:
    return hand_in(world, key, ANSWERS, **changes)


def test_an_organiser_sets_when_moderators_read_and_authors_are_told(app: Flask, world: World) -> None:
    organiser = world.sign_in(app.test_client(), "organiser")
    path = f"{HOME}/organise/frame/tracks/municipal/"
    wrong = post(organiser, path, {"enabled": "y", "seats": "3", "moderation": "later"}, form_page=path)
    assert (wrong.status_code, "Choose one of the answers." in wrong.get_data(as_text=True)) == (422, True)
    assert (
        post(organiser, path, {"enabled": "y", "seats": "3", "moderation": "post"}, form_page=path).status_code == 303
    )
    author = world.sign_in(app.test_client(), "ghat")
    row = municipal(world)
    draft = start_draft(world.members["ghat"], consultation=world.consultation, actor=world.actor("ghat"))
    with transaction():
        session.get_one(Draft, draft.id).answers = answers_of(row)
    check = text_of(author, f"{HOME}/write/{draft.id}/check/")
    assert "It is public as soon as you hand it in. A moderator looks it over" in check
    receipt = text_of(author, f"{HOME}/receipts/{row.number}/")
    assert ("Published at once" in receipt, "Read by a moderator" in receipt) == (True, False)
    anybody = app.test_client()
    assert "Published at once, by the rule of its track" in text_of(anybody, f"{HOME}/submissions/{row.number}/")
    assert "Published at once, read afterwards" in text_of(anybody, f"{HOME}/moderation/")


def test_the_queue_to_look_over(app: Flask, world: World) -> None:
    draft = TrackDraft("municipal", enabled=True, seats=3, moderation="post")
    set_track(draft, consultation=world.consultation, actor=world.actor("organiser"))
    row = municipal(world)
    moderator = world.sign_in(app.test_client(), "moderator")
    assert row.title not in text_of(moderator, f"{HOME}/review/")
    assert row.title in text_of(moderator, f"{HOME}/review/?list=published")
    page = text_of(moderator, f"{HOME}/review/{row.number}/")
    assert ("Leave it public" in page, "Accept for discussion" in page) == (True, False)
    answer = post(moderator, f"{HOME}/review/{row.number}/", {"decision": "keep", "revision": "1"})
    assert answer.status_code == 303
    assert "Nothing waits to be looked over." in text_of(moderator, f"{HOME}/review/?list=published")


def test_an_organiser_edits_the_grounds(app: Flask, world: World) -> None:
    organiser, path = world.sign_in(app.test_client(), "organiser"), f"{HOME}/organise/moderation/"
    wrong = post(organiser, f"{path}grounds/new/", {"label_ar": "إعلان", "seals": "y"}, form_page=f"{path}grounds/new/")
    page = wrong.get_data(as_text=True)
    assert (wrong.status_code, "Write the ground in this language." in page, 'value="إعلان"' in page) == (
        422,
        True,
        True,
    )
    words = {"label_ar": "إعلان", "label_en": "Advertises <b>", "label_fr": "Publicité", "decisions": ["hide"]}
    assert post(organiser, f"{path}grounds/new/", words, form_page=f"{path}grounds/new/").status_code == 303
    moderator = world.sign_in(app.test_client(), "moderator")
    row = municipal(world)
    assert "Advertises &lt;b&gt;" in text_of(moderator, f"{HOME}/review/{row.number}/")
    decided = {"decision": "hide", "ground": "own_1", "reason": "سبب سري", "revision": "1"}
    assert post(moderator, f"{HOME}/review/{row.number}/", decided).status_code == 303
    assert post(organiser, f"{path}grounds/own_1/retire", {}, form_page=f"{path}grounds/own_1/").status_code == 303
    assert "One decision stands on it." in text_of(organiser, f"{path}grounds/own_1/")
    register = text_of(app.test_client(), f"{HOME}/moderation/")
    assert ("Advertises &lt;b&gt;" in register, "سبب سري" in register) == (True, False)
    renamed = {"label_ar": "نص لا يُفهم", "label_en": "Nobody understands it", "label_fr": "Incompréhensible"}
    assert post(organiser, f"{path}grounds/unclear/", renamed, form_page=f"{path}grounds/unclear/").status_code == 303
    assert "Nobody understands it" in text_of(organiser, path)
    assert organiser.get(f"{path}grounds/by_rule/").status_code == 404
    assert [world.sign_in(app.test_client(), key).get(path).status_code for key in ("moderator", "ghat")] == [403, 403]


def test_an_organiser_sets_the_days_of_appeals(app: Flask, world: World) -> None:
    organiser, path = world.sign_in(app.test_client(), "organiser"), f"{HOME}/organise/moderation/"
    wrong = post(organiser, path, {"days": "400", "answer": "0"}, form_page=path)
    page = wrong.get_data(as_text=True)
    assert (wrong.status_code, 'value="400"' in page, page.count("Write a whole number from") >= 2) == (422, True, True)
    assert post(organiser, path, {"days": "٢١", "answer": "7"}, form_page=path).status_code == 303
    assert 'value="21"' in text_of(organiser, path)


def test_from_the_appeal_to_the_register(app: Flask, world: World) -> None:
    row = hide(world, municipal(world))
    author = world.sign_in(app.test_client(), "ghat")
    path = f"{HOME}/submissions/{row.number}/appeal/"
    assert path in text_of(author, f"{HOME}/submissions/{row.number}/")
    assert path in text_of(author, f"{HOME}/mine/")
    decision = hidden(text_of(author, path), "decision")
    wrong = post(author, path, {"reason": " ", "decision": decision}, form_page=path)
    assert (wrong.status_code, "Write your reasons." in wrong.get_data(as_text=True)) == (422, True)
    assert post(author, path, {"reason": "CANARY-REASON", "decision": decision}, form_page=path).status_code == 303
    assert author.get(path).status_code == 303
    assert "Appeal not decided yet" in text_of(author, f"{HOME}/submissions/{row.number}/")
    session.rollback()
    made = session.scalars(sa.select(Appeal.id)).one()
    of_it = f"{HOME}/appeals/{made}/"
    moderator, organiser = (world.sign_in(app.test_client(), key) for key in ("moderator", "organiser"))
    assert (of_it in text_of(moderator, f"{HOME}/appeals/"), moderator.get(of_it).status_code) == (False, 404)
    assert of_it in text_of(organiser, f"{HOME}/appeals/")
    assert [author.get(page).status_code for page in (f"{HOME}/appeals/", of_it)] == [403, 403]
    assert organiser.get(f"{HOME}/appeals/{row.id}/").status_code == 404
    page = text_of(organiser, of_it)
    assert ("CANARY-REASON" in page, row.title in page) == (True, True)
    wrong = post(organiser, of_it, {"outcome": "overturn", "ground": "holds", "words": "CANARY-WORDS"})
    assert (wrong.status_code, "CANARY-WORDS" in wrong.get_data(as_text=True)) == (422, True)
    verdict = {"outcome": "overturn", "ground": "does_not_hold", "words": "CANARY-WORDS"}
    assert post(organiser, of_it, verdict).status_code == 303
    anybody = app.test_client()
    register = text_of(anybody, f"{HOME}/moderation/")
    assert "Decided appeals are counted in steps" in register  # one appeal is too few for a step
    assert [words in register for words in ("Decision overturned", "From appeal to decision")] == [False, False]
    listed, log = register.partition('id="decisions"')[2], text_of(anybody, f"{HOME}/log/")
    page = text_of(anybody, f"{HOME}/submissions/{row.number}/")
    assert all("Text shown again" in told and "appeal" not in told for told in (listed, page))
    assert log.count("An appeal was made or decided") == 1, (
        "a second line of the moment of the text would tell which it was"
    )
    assert "Decision overturned on appeal" in text_of(author, f"{HOME}/submissions/{row.number}/")
    public = [register, page, log]
    assert not any("CANARY" in page or "هدى" in page for page in public)
    again = post(organiser, of_it, verdict, form_page=f"{HOME}/appeals/")
    assert (again.status_code, again.location) == (303, f"{HOME}/appeals/"), "pressed twice"
    assert organiser.get(of_it).status_code == 404, "decided, by themselves"


def test_reasons_of_an_appeal_stay_on_the_page_where_the_decision_or_the_time_has_moved_on(
    app: Flask, world: World
) -> None:
    row = hide(world, municipal(world))
    author, path = world.sign_in(app.test_client(), "ghat"), f"{HOME}/submissions/{row.number}/appeal/"
    before = {"reason": "The name is that of a street.", "decision": hidden(text_of(author, path), "decision")}
    restore(row, Review("restored", "It is a street."), actor=world.actor("moderator"))
    hide(world, row)
    moved = post(author, path, before)
    page = moved.get_data(as_text=True)
    assert (moved.status_code, before["reason"] in page, "another decision" in page) == (409, True, True)
    assert hidden(page, "decision") != before["decision"], "the next press is about the one that is shown"
    with clock.at(clock.now() + timedelta(days=14, minutes=5)):
        world.sign_in(author, "ghat")
        late = author.post(path, data={"csrf_token": form_token(author, f"{HOME}/mine/"), **before})
    page = late.get_data(as_text=True)
    assert (late.status_code, before["reason"] in page, "appeal against this decision is over" in page) == (
        409,
        True,
        True,
    )


def test_the_list_of_appeals_costs_the_same_for_many(app: Flask, world: World, count_queries: Counting) -> None:
    organiser = world.sign_in(app.test_client(), "organiser")
    text_of(organiser, f"{HOME}/appeals/")
    counts = []
    for key in ("ghat", "derna", "zuwara"):
        row = hide(world, municipal(world, key))
        standing = standing_of(row)
        assert standing is not None
        appeal(AppealDraft(standing.decision, "سبب"), submission=row, actor=world.actor(key))
        with count_queries() as queries:
            text_of(organiser, f"{HOME}/appeals/")
        counts.append(len(queries))
    assert counts[0] == counts[2]


def test_decide_on_several_look_hold_undo_do_it(app: Flask, world: World) -> None:
    rows = [municipal(world, key, title=f"نص {key}") for key in ("ghat", "derna", "zuwara")]
    moderator = world.sign_in(app.test_client(), "moderator")
    queue, together = f"{HOME}/review/", f"{HOME}/review/together/"
    ticked = [f"{row.number}.1" for row in rows]
    assert all(f'name="t" value="{one}"' in text_of(moderator, queue) for one in ticked)
    assert "Nothing was ticked" in text_of(moderator, together)
    form = text_of(moderator, together + "?" + "&".join(f"t={one}" for one in ticked))
    assert "3 texts get the same decision" in form
    given: dict[str, object] = {"t": ticked, "decision": "return", "ground": "", "reason": "CANARY", "step": "check"}
    wrong = post(moderator, together, given, form_page=queue)
    assert (wrong.status_code, "Choose a ground that fits" in (page := wrong.get_data(as_text=True))) == (422, True)
    assert all(one in page for one in ("CANARY", *ticked))
    accept(rows[2], Review("in_order"), actor=world.actor("moderator"))
    given |= {"ground": "unclear"}
    seen = post(moderator, together, given, form_page=queue).get_data(as_text=True)
    assert ("2 texts are decided on" in seen, "One is skipped" in seen, "it has moved on since" in seen) == (True,) * 3
    held = post(moderator, together, given | {"step": "hold"}, form_page=queue)
    assert held.status_code == 303
    page = text_of(moderator, held.location)
    assert ("Nothing has happened yet" in page, "Undo" in page, rows[2].number in page) == (True, True, False)
    assert "It is part of a decision on several texts" in text_of(moderator, f"{HOME}/review/{rows[0].number}/")
    others = [world.sign_in(app.test_client(), key).get(held.location).status_code for key in ("organiser", "ghat")]
    assert others == [403, 403]
    assert post(moderator, f"{held.location}undo", {}, form_page=held.location).status_code == 303
    again = post(moderator, together, given | {"step": "hold"}, form_page=queue).location
    assert post(moderator, f"{again}now", {}, form_page=again).status_code == 303
    assert text_of(moderator, again).count("Decided") >= 2
    assert post(moderator, f"{again}undo", {}, form_page=again).status_code == 409


def test_a_decision_and_a_withdrawal_that_are_pressed_twice_are_no_problem(app: Flask, world: World) -> None:
    row, other = municipal(world), municipal(world, "derna")
    moderator, path = world.sign_in(app.test_client(), "moderator"), f"{HOME}/review/{row.number}/"
    sent = {"csrf_token": form_token(moderator, path), "revision": "1"}
    given = sent | {"decision": "return", "ground": "unclear", "reason": "Which road?"}
    presses = [moderator.post(path, data=given) for _ in range(2)]
    assert [(one.status_code, one.location) for one in presses] == [(303, f"{HOME}/review/")] * 2
    for changed in ({"reason": "Which town?"}, {"revision": "2"}, {"decision": "accept"}):
        assert moderator.post(path, data=given | changed).status_code in (409, 422), (
            "another decision is no second press"
        )
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(ReviewDecision)) == 1
    author, path = world.sign_in(app.test_client(), "derna"), f"{HOME}/submissions/{other.number}/withdraw/"
    token = form_token(author, path)
    presses = [author.post(path, data={"csrf_token": token}) for _ in range(2)]
    assert [(one.status_code, one.location) for one in presses] == [(303, f"{HOME}/submissions/{other.number}/")] * 2


def test_whoever_holds_fewer_texts_than_they_ticked_is_told(app: Flask, world: World) -> None:
    """One was decided on by somebody else after the preview."""
    rows = [municipal(world, key) for key in ("ghat", "derna")]
    moderator, together = world.sign_in(app.test_client(), "moderator"), f"{HOME}/review/together/"
    act = {"t": [f"{row.number}.1" for row in rows], "decision": "accept"}
    assert "Skipped" not in post(moderator, together, act, form_page=f"{together}?t={rows[0].number}.1").text
    accept(rows[0], Review("in_order"), actor=world.actor("moderator"))
    told = "Texts that have moved on or that you may not decide on are not among them."
    for texts, fewer in ((act["t"], True), ([f"{municipal(world, 'zuwara').number}.1"], False)):
        sent = act | {"t": texts, "step": "hold"}
        held = post(moderator, together, sent, form_page=f"{together}?t={rows[1].number}.1")
        assert (held.status_code, told in text_of(moderator, held.location)) == (303, fewer)


def test_record_and_open_the_next(app: Flask, world: World) -> None:
    first, second = municipal(world), municipal(world, "derna")
    moderator = world.sign_in(app.test_client(), "moderator")
    given = {"decision": "accept", "revision": "1", "then": "next"}
    page = text_of(moderator, f"{HOME}/review/{first.number}/")
    assert [f'accesskey="{key}"' in page for key in "123"] == [True] * 3
    onward = post(moderator, f"{HOME}/review/{first.number}/", given).location
    assert onward == f"{HOME}/review/{second.number}/"
    assert post(moderator, onward, given).location == f"{HOME}/review/"


def test_the_queue_is_narrowed_by_language(app: Flask, world: World) -> None:
    arabic, french = municipal(world), municipal(world, "derna")
    with transaction():
        session.execute(sa.update(Submission).where(Submission.id == french.id).values(language="fr"))
    moderator = world.sign_in(app.test_client(), "moderator")
    shown = {
        query: [row.number for row in (arabic, french) if row.number in text_of(moderator, f"{HOME}/review/{query}")]
        for query in ("", "?language=ar", "?language=fr&track=municipal", "?language=en")
    }
    assert list(shown.values()) == [[arabic.number, french.number], [arabic.number], [french.number], []]


def test_who_decides_declares_an_interest_where_they_read(app: Flask, world: World) -> None:
    row = municipal(world)
    moderator = world.sign_in(app.test_client(), "moderator")
    page = f"{HOME}/review/{row.number}/"
    way = re.search(r'href="([^"]+/interest/\?from=review)"', text_of(moderator, page))
    assert way is not None
    asked = text_of(moderator, way[1])
    assert f'href="{page}"' in asked, "back to the text"
    kind = re.findall(r'name="kind" [^>]*value="([^"]+)"', asked)[0]
    assert post(moderator, way[1], {"kind": kind}, form_page=way[1]).location == f"{HOME}/review/"
    assert f"You keep away from {row.number} from now on." in text_of(moderator, f"{HOME}/review/")
    assert row.number not in text_of(moderator, f"{HOME}/review/")
    assert moderator.get(page).status_code == 404


def test_the_queue_costs_the_same_for_many(app: Flask, world: World, count_queries: Counting) -> None:
    moderator = world.sign_in(app.test_client(), "moderator")
    text_of(moderator, f"{HOME}/review/")
    counts = []
    for key in ("ghat", "derna", "zuwara"):
        municipal(world, key)
        with count_queries() as queries:
            text_of(moderator, f"{HOME}/review/")
        counts.append(len(queries))
    assert counts[0] == counts[2]
