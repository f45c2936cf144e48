"""The list of missions abroad on its page, and choosing one's own."""

from __future__ import annotations

import re

from flask import Flask

from consult.notifications.wishes import wishes_of
from consult.testing.web import post
from consult.testing.world import World

LIST, PLACE = "/en/administer/missions/", "/en/account/place"
OPEN = {"country": "", "timezone": "", "district": ""}
BONN = {"country": "DE", "kind": "consulate", "city_ar": "بون", "city_en": "Bonn", "city_fr": "Bonn"}


def test_a_mission_is_added_retired_and_chosen(app: Flask, world: World) -> None:
    keeper, ghat = (world.sign_in(app.test_client(), who) for who in ("organiser", "ghat"))
    assert ghat.get(LIST).status_code == 403
    wrong = post(keeper, LIST, {**BONN, "city_fr": "", "timezone": ""})
    assert (wrong.status_code, 'value="بون"' in wrong.text) == (422, True)
    for field in ("city_ar", "timezone"):
        assert f'href="#{field}' in wrong.text, field
    assert post(keeper, LIST, {**BONN, "timezone": "Europe/Berlin"}).status_code == 303
    assert "Consulate in Bonn" in re.sub(r"<[^>]+>", "", keeper.get(LIST).text)
    page = ghat.get(PLACE).text
    group = re.search(r'<optgroup label="Germany">.*?</optgroup>', page, re.DOTALL)
    assert group is not None
    assert re.findall(r'value="([^"]+)"', group[0]) == ["DE-BERLIN", "DE-BONN"]
    chosen = post(ghat, PLACE, {**OPEN, "mission": "DE-BONN"})
    assert (chosen.status_code, chosen.location) == (303, PLACE)
    page = ghat.get(PLACE).text
    assert "Your clock is that of Berlin now" in re.sub(r"<[^>]+>", "", page)
    now = wishes_of([world.people["ghat"]])[world.people["ghat"]]
    assert (now.mission, now.country, now.timezone) == ("DE-BONN", "DE", "Europe/Berlin")
    change = {"act": "retire", "code": "DE-BONN"}
    assert post(keeper, f"{LIST}change", change, form_page=LIST).status_code == 303
    assert post(keeper, f"{LIST}change", {**change, "act": "burn"}, form_page=LIST).status_code == 400
    assert 'value="DE-BONN"' in ghat.get(PLACE).text, "who chose it sees it"
    assert 'value="DE-BONN"' not in keeper.get(PLACE).text
    assert post(keeper, PLACE, {**OPEN, "mission": "DE-BONN"}).status_code == 422
    assert post(keeper, f"{LIST}change", {**change, "act": "restore"}, form_page=LIST).status_code == 303
    assert 'value="DE-BONN"' in keeper.get(PLACE).text
