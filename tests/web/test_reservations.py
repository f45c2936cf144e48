"""The pages of a body's reservation: written, signed off, shown to everybody, taken back; and nothing of it outside before."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult import clock
from consult.accounts.models import SignIn
from consult.db import session, transaction
from consult.recommendations.reservation_models import Reservation
from consult.recommendations.reservations import record_reservation
from consult.submissions.offices.sign_off import RuleDraft, set_rule
from consult.testing.colleagues import colleague
from consult.testing.plenary import propose_recommendation
from consult.testing.web import post
from consult.testing.winding import goes_into
from consult.testing.world import World

HOME = "/en/c/test"
TEXT = f"{HOME}/recommendations/1/"
WRITE, BACK = f"{TEXT}reservation/", f"{TEXT}reservation/withdraw/"
OFFICE = f"{HOME}/office/"


def _words(client: FlaskClient, path: str) -> str:
    answered = client.get(path)
    assert answered.status_code == 200, path
    page = answered.get_data(as_text=True)
    page = page[page.index("<main") :]
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?(?:b|bdi|i|span)\b[^>]*>", "", page)).split())


def _digest(client: FlaskClient, path: str) -> str:
    return re.findall(r'name="digest" value="(\w+)"', client.get(path).get_data(as_text=True))[0]


def test_a_body_signs_its_reservation_off_and_takes_it_back(app: Flask, client: FlaskClient, world: World) -> None:
    propose_recommendation(world)
    colleague(world, "colleague")
    rule = RuleDraft("council", 1, world.members["ghat"])
    here, organiser = world.consultation, world.actor("organiser")
    set_rule(rule, body=world.bodies["ghat"], track="municipal", consultation=here, actor=organiser)
    ghat, other, derna = (world.sign_in(app.test_client(), who) for who in ("ghat", "colleague", "derna"))
    assert "The lead and other members sign off" in _words(ghat, WRITE)
    assert "with the name of your body" in _words(ghat, WRITE)
    assert post(ghat, WRITE, {"text": "Too <b>dear</b>.", "language": "xx"}).status_code == 422
    kept = post(ghat, WRITE, {"text": "Too <b>dear</b>.", "language": "en"}).location
    assert re.fullmatch(rf"{HOME}/reservations/[-0-9a-f]+/", kept)
    assert ghat.get(WRITE).location == kept
    assert "Too &lt;b&gt;dear&lt;/b&gt;." in ghat.get(kept).get_data(as_text=True)
    assert "Sign-offs of other members still missing: 1." in _words(ghat, kept)
    assert (derna.get(kept).status_code, client.get(kept).status_code) == (404, 303)
    for stranger in (client, derna):
        assert "dear" not in stranger.get(TEXT).get_data(as_text=True)
    assert "What your body has not signed off yet" in _words(ghat, TEXT)
    assert "Waits for you" in _words(other, OFFICE)
    assert "Waits for you" not in _words(ghat, OFFICE)
    old = _digest(other, kept)
    stale = {"text": "Much too dear.", "language": "en", "version": "0"}
    answer = post(ghat, kept, stale)
    assert (answer.status_code, "Much too dear." in answer.get_data(as_text=True)) == (409, True)
    assert post(ghat, kept, {**stale, "version": "1"}).location == kept
    assert post(other, f"{kept}sign", {"digest": old}, form_page=kept).location == kept
    assert "The text has changed since you opened this page" in other.get(kept).get_data(as_text=True)
    assert (
        post(other, f"{kept}sign", {"digest": _digest(other, kept)}, form_page=kept).location == f"{TEXT}#reservations"
    )
    assert "Much too dear. Ghat" in _words(client, TEXT)
    assert other.get(kept).status_code == 404
    assert (derna.get(BACK).status_code, "Withdraw the reservation" in _words(other, BACK)) == (404, True)
    kept = post(other, BACK, {}).location
    assert "Withdrawing a reservation" in _words(ghat, OFFICE)
    assert "Withdrawn on" not in _words(client, TEXT)
    assert post(ghat, f"{kept}sign", {"digest": _digest(ghat, kept)}, form_page=kept).location == f"{TEXT}#reservations"
    assert "None stands. Withdrawn on" in _words(client, TEXT)
    kept = post(ghat, WRITE, {"text": "Once more.", "language": "en"}).location
    assert post(other, f"{kept}drop", {}, form_page=kept).location == OFFICE
    assert "What your body has not signed off yet" not in _words(ghat, TEXT)
    assert "Put a reservation on record" in _words(ghat, TEXT)


def test_whose_name_is_withheld_writes_their_own_beside_what_colleagues_write(
    client: FlaskClient, world: World
) -> None:
    """No page sends them on to what stands under the name of the body."""
    row = propose_recommendation(world)
    colleague(world, "colleague")
    rule = RuleDraft("council", 1, world.members["ghat"])
    here, ghat = world.consultation, world.actor("ghat")
    set_rule(rule, body=world.bodies["ghat"], track="municipal", consultation=here, actor=ghat)
    record_reservation("Ours.", language="en", recommendation=row, member=world.members["ghat"], actor=ghat)
    with transaction():
        world.member("ghat").withheld = True
    browser = world.sign_in(client, "ghat")
    assert "Put a reservation on record" in _words(browser, TEXT)
    assert post(browser, WRITE, {"text": "My own.", "language": "en"}).location == f"{TEXT}#reservations"
    assert post(browser, BACK, {}).location == f"{TEXT}#reservations"
    assert "Reservations of your body that are not signed off yet" in _words(browser, OFFICE)


def test_what_did_not_pass_with_the_body_says_so_to_those_who_went_along(app: Flask, world: World) -> None:
    row = propose_recommendation(world)
    colleague(world, "colleague")
    here, ghat = world.consultation, world.actor("ghat")
    rule = RuleDraft("council", 1, world.members["ghat"])
    set_rule(rule, body=world.bodies["ghat"], track="municipal", consultation=here, actor=ghat)
    record_reservation("Ours.", language="en", recommendation=row, member=world.members["ghat"], actor=ghat)
    goes_into(world, "ghat", "derna")
    left = "What was not on record when your former body ended"
    went, derna = (_words(world.sign_in(app.test_client(), who), OFFICE) for who in ("ghat", "derna"))
    assert (left in went, "Ours. Ghat" in went, left in derna, "Ours." in derna) == (True, True, False, False)


def test_what_is_put_on_record_asks_again_who_it_is_and_loses_no_word(client: FlaskClient, world: World) -> None:
    """Of whoever signs in with links too: they sign in anew on another page, and send the same words from the one that asks."""
    propose_recommendation(world)
    browser = world.sign_in(client, "professor")
    with transaction():
        session.execute(sa.update(SignIn).values(proved_at=clock.now() - timedelta(minutes=61)))
    asked = post(browser, WRITE, {"text": "I have <b>doubts</b>.", "language": "en"})
    assert (asked.status_code, "Is it you?" in asked.text, "Sign out on another page" in asked.text) == (
        403,
        True,
        True,
    )
    assert session.scalars(sa.select(Reservation)).all() == []
    kept = dict(re.findall(r'<input type="hidden" name="(text|language)" value="([^"]*)">', asked.text))
    world.sign_in(client, "professor")
    stale = client.post(WRITE, data={"csrf_token": "of the page before", **{k: unescape(v) for k, v in kept.items()}})
    assert (stale.status_code, "What you typed is not lost" in stale.text) == (400, True)
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', stale.text))
    assert client.post(WRITE, data={k: unescape(v) for k, v in kept.items()}).location == f"{TEXT}#reservations"
    assert session.scalars(sa.select(Reservation.text)).all() == ["I have <b>doubts</b>."]


def test_a_short_form_comes_back_too_where_somebody_had_to_show_who_they_are(client: FlaskClient, world: World) -> None:
    second = colleague(world, "second")
    browser = world.sign_in(client, "ghat")
    rule = f"/en/c/test/office/{world.member('ghat').number}/"
    with transaction():
        session.execute(sa.update(SignIn).values(proved_at=clock.now() - timedelta(minutes=61)))
    asked = post(browser, rule, {"level": "council", "others": "1"})
    assert (asked.status_code, "Send it again" in asked.text) == (403, True)
    world.sign_in(client, "ghat")
    stale = client.post(rule, data={"csrf_token": "of the page before", "level": "council", "others": "9" * 5_000})
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', stale.text))
    assert (stale.status_code, kept["level"], len(kept["others"])) == (400, "council", 5_000)
    assert client.post(rule, data={k: unescape(v) for k, v in kept.items()}).status_code == 422, "no such number"
    assert client.post(rule, data=kept | {"others": "1", "lead": str(second.id)}).status_code == 303


def test_whoever_speaks_alone_takes_it_back_alone(client: FlaskClient, world: World) -> None:
    propose_recommendation(world)
    browser = world.sign_in(client, "professor")
    assert post(browser, WRITE, {"text": "I have doubts.", "language": "en"}).location == f"{TEXT}#reservations"
    assert post(browser, BACK, {}).location == f"{TEXT}#reservations"
    assert "None stands. Withdrawn on" in _words(client, TEXT)
