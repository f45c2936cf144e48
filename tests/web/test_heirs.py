"""The pages of whoever acts for a body in the place of one that has ended: they say so, and what everybody reads says it too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult.consultations.services import end_membership
from consult.db import session
from consult.recommendations.reservation_models import Reservation
from consult.recommendations.reservations import digest_of as digest_of_reservation
from consult.recommendations.reservations import record_reservation, sign_reservation
from consult.settings import Settings
from consult.submissions.cosigning.services import ask_body, cosign
from consult.submissions.drafting.drafts import submission_draft
from consult.submissions.models import Submission
from consult.submissions.offices.sign_off import RuleDraft, ask_sign_off, digest_of, set_rule, sign_off
from consult.submissions.services import Review, SubmissionDraft, accept, return_for_correction, submit
from consult.testing.colleagues import colleague, shared
from consult.testing.plenary import propose_recommendation
from consult.testing.small_tracks import running_app
from consult.testing.web import post
from consult.testing.winding import comes_back, goes_into
from consult.testing.world import World

HOME = "/en/c/test"
INSTEAD = "You act for Derna, in the place of Ghat, which has ended. It stands under the name of Ghat."


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with small tracks."""
    yield from running_app(settings)


@pytest.fixture
def row(world: World) -> Submission:
    """A text of Ghat whose author has left; in Ghat the lead signs off, in Derna the lead and one other member."""
    for name, key in (("second", "ghat"), ("fourth", "derna")):
        colleague(world, name, key)
    for key, rule in (("ghat", RuleDraft("lead")), ("derna", RuleDraft("council", 1))):
        where = {"body": world.bodies[key], "track": "municipal", "consultation": world.consultation}
        set_rule(replace(rule, lead=world.members[key]), actor=world.actor(key), **where)  # type: ignore[arg-type]
    draft = shared(world, "second")
    ask_sign_off(draft, actor=world.actor("second"))
    sign_off(draft, draft.asked_digest, actor=world.actor("ghat"))
    position = replace(submission_draft(draft), seen=digest_of(draft))
    made = submit(position, consultation=world.consultation, actor=world.actor("second"))
    end_membership(world.member("second"), consultation=world.consultation, actor=world.actor("organiser"))
    return made


def _words(client: FlaskClient, path: str) -> str:
    answered = client.get(path)
    assert answered.status_code == 200, path
    page = answered.get_data(as_text=True)
    page = page[page.index("<main") :]
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?(?:b|bdi|i|span)\b[^>]*>", "", page)).split())


def test_a_text_says_who_acts_on_it_and_is_withdrawn_by_them(
    app: Flask, client: FlaskClient, world: World, row: Submission
) -> None:
    accept(row, Review("in_order"), actor=world.actor("moderator"))
    page, acts = f"{HOME}/submissions/{row.number}/", "It has ended; here another body acts in its place: Derna"
    derna, fourth = (world.sign_in(app.test_client(), who) for who in ("derna", "fourth"))
    assert (acts in _words(client, page), row.number in _words(derna, f"{HOME}/mine/")) == (False, False)
    assert derna.get(f"{page}withdraw/").status_code == 404
    goes_into(world, "ghat", "derna")
    assert acts in _words(client, page)
    assert row.number in _words(derna, f"{HOME}/mine/")
    asks = _words(derna, f"{page}withdraw/")
    assert f"{INSTEAD} The rule of Derna also says who agrees to withdrawing it." in asks
    assert "With your yes nothing happens yet" in asks
    post(derna, f"{page}withdraw/", {})
    post(fourth, f"{page}withdraw/", {})
    session.rollback()
    assert session.get_one(Submission, row.id, populate_existing=True).state == "withdrawn"
    said = f"Submission {row.number} was withdrawn; another body acted in the place of one that had ended"
    assert said in _words(client, f"{HOME}/log/")


def test_an_end_undone_is_seen_at_once(app: Flask, client: FlaskClient, world: World, row: Submission) -> None:
    accept(row, Review("in_order"), actor=world.actor("moderator"))
    page, derna = f"{HOME}/submissions/{row.number}/", world.sign_in(app.test_client(), "derna")
    goes_into(world, "ghat", "derna")
    assert (_words(client, page).count("acts in its place"), derna.get(f"{page}withdraw/").status_code) == (1, 200)
    comes_back(world, "ghat")
    assert (_words(client, page).count("acts in its place"), derna.get(f"{page}withdraw/").status_code) == (0, 404)


def test_a_correction_says_under_whose_name_it_stays(app: Flask, world: World, row: Submission) -> None:
    goes_into(world, "ghat", "derna")
    return_for_correction(row, Review("unclear", "وضّح الفقرة 2."), actor=world.actor("moderator"))
    derna = world.sign_in(app.test_client(), "derna")
    begun = post(derna, f"{HOME}/submissions/{row.number}/correct", {}).location
    assert INSTEAD in _words(derna, begun)
    assert "From Ghat" in _words(derna, re.sub(r"behalf/$", "check/", begun))


def test_a_signature_is_taken_back_on_its_page(app: Flask, world: World, row: Submission) -> None:
    plain = {"text": "تمر بغات أقدم طرق القوافل.", "topics": ("gcm-1",), "answers": {"decision": "31/2026"}}
    text = SubmissionDraft(world.members["zuwara"], "سجل", "ar", **plain)  # type: ignore[arg-type]
    made = submit(text, consultation=world.consultation, actor=world.actor("zuwara"))
    asked = ask_body(made, "LY032101", consultation=world.consultation, actor=world.actor("zuwara"))
    cosign(asked, 1, actor=world.actor("ghat"))
    page, derna = f"{HOME}/cosign/{asked.id}/", world.sign_in(app.test_client(), "derna")
    assert derna.get(page).status_code == 404
    goes_into(world, "ghat", "derna")
    set_rule(
        RuleDraft("lead", 0, world.members["derna"]),
        body=world.bodies["derna"],
        track="municipal",
        consultation=world.consultation,
        actor=world.actor("derna"),
    )
    assert page in derna.get(f"{HOME}/office/").get_data(as_text=True)
    assert INSTEAD in _words(derna, page)
    assert post(derna, f"{page}revoke", {}).location == f"{HOME}/office/"
    assert (derna.get(page).status_code, page in derna.get(f"{HOME}/office/").get_data(as_text=True)) == (404, False)


def test_a_reservation_is_taken_back_and_everybody_reads_by_whom(
    app: Flask, client: FlaskClient, world: World, row: Submission
) -> None:
    propose_recommendation(world)
    recommendation = propose_recommendation(world)
    kept = record_reservation(
        "نتحفظ على الكلفة.",
        language="ar",
        recommendation=recommendation,
        member=world.members["ghat"],
        actor=world.actor("ghat"),
    )
    made = (
        kept
        if isinstance(kept, Reservation)
        else sign_reservation(kept, digest_of_reservation(kept), actor=world.actor("ghat"))
    )
    assert isinstance(made, Reservation)
    page = f"{HOME}/recommendations/{recommendation.number}/"
    derna, fourth = (world.sign_in(app.test_client(), who) for who in ("derna", "fourth"))
    back = f"{page}reservation/withdraw/?of={made.id}"
    assert derna.get(back).status_code == 404
    goes_into(world, "ghat", "derna")
    shown = derna.get(page).get_data(as_text=True)
    assert (back in shown, "Put a reservation on record" in shown) == (True, True)
    assert "Withdraw the reservation of Ghat…" in _words(derna, page)
    assert INSTEAD in _words(derna, back)
    assert fourth.get(f"{page}reservation/withdraw/?of={recommendation.id}").status_code == 404
    unsigned = post(derna, back, {}).location
    assert INSTEAD in _words(fourth, unsigned)
    digest = re.findall(r'name="digest" value="(\w+)"', fourth.get(unsigned).get_data(as_text=True))[0]
    post(fourth, f"{unsigned}sign", {"digest": digest})
    session.rollback()
    assert session.scalars(sa.select(Reservation.withdrawn_by_id)).all() == [world.bodies["derna"]]
    assert re.search(r"Withdrawn on .{5,20} by Derna, in the place of Ghat", _words(client, page))
