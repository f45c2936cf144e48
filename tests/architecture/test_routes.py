"""Every route declares its permission; a GET writes nothing."""

from __future__ import annotations

import re

import pytest
from flask import Blueprint, Flask, request

from consult.accounts.access import ANONYMOUS, allowed, declared_permissions
from consult.app import create_app
from consult.plugins.hookspecs import hookimpl
from consult.settings import Settings
from consult.testing.world import World
from consult.web.guards import declared_permission
from consult.web.language import same_page_in

UUID = "01a22d43-849e-72ff-a302-28eb993eee05"


def test_every_route_declares_a_known_permission(app: Flask) -> None:
    known = set(declared_permissions())
    undeclared = {r.endpoint for r in app.url_map.iter_rules() if declared_permission(app, r.endpoint) not in known}
    assert undeclared == set()


class Careless:
    """A plugin whose route declares nothing."""

    @hookimpl
    def consult_blueprints(self) -> list[Blueprint]:
        blueprint = Blueprint("careless", __name__)
        blueprint.add_url_rule("/open", "open", lambda: "open to all")
        return [blueprint]


def test_a_plugin_whose_route_declares_nothing_keeps_the_application_from_starting(settings: Settings) -> None:
    with pytest.raises(RuntimeError, match="careless"):
        create_app(settings, plugins={"careless": Careless()})


def test_what_is_not_declared_is_denied() -> None:
    assert not allowed(ANONYMOUS, "nobody.declared", None)


def test_permission_names_are_room_and_verb() -> None:
    assert [name for name in declared_permissions() if name.count(".") != 1 or not name.islower()] == []


def test_health_tells_the_version(app: Flask) -> None:
    answer = app.test_client().get("/-/health")
    assert (answer.status_code, answer.get_data(as_text=True).split()[:2]) == (200, ["ok", "consult"])


def test_a_number_that_no_database_holds_is_no_address(app: Flask, world: World) -> None:
    client, long = app.test_client(), "9" * 31
    pages = ("sessions", "recommendations", "ballots", "outcome")
    assert {client.get(f"/en/c/test/{page}/{long}/").status_code for page in pages} == {404}


def test_what_answers_a_form_leads_to_a_page_in_other_languages(app: Flask) -> None:
    """An address that takes forms only is none to be read: the links to other languages lead to the page of the form."""
    pages = app.url_map.bind("localhost")
    above = {}
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()) and "GET" not in (rule.methods or ()) and "lang" in rule.arguments:
            path = re.sub(r"<(?:(\w+)(?:\(([^)]*)\))?:)?\w+>", _filled, rule.rule.replace("<lang>", "en"))
            with app.test_request_context(path, method="POST"):
                assert request.endpoint == rule.endpoint, path
                above[rule.rule] = same_page_in("ar")
            assert above[rule.rule].startswith("/ar/")
            assert pages.match(above[rule.rule], "GET"), rule.rule
    here = "/<lang>/c/<slug>"
    draft = f"/ar/c/x/write/{UUID}/"
    assert above[f"{here}/write/<uuid:draft>/<step>/comments"] == f"{draft}x/"
    assert above[f"{here}/write/<uuid:draft>/newer/"] == draft
    assert above["/<lang>/account/address/confirm"] == "/ar/account/address"
    assert len(above) > 100


def _filled(argument: re.Match[str]) -> str:
    choices = (argument[2] or "").split(",")[0].strip("\"' ")
    return {"uuid": UUID, "int": "1", "any": choices}.get(argument[1] or "", "x")


def test_no_two_routes_answer_the_same_request(app: Flask) -> None:
    """Of two with one address and one method only the first is ever asked."""
    asked = [
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if method in {"GET", "POST"}
    ]
    assert sorted({one for one in asked if asked.count(one) > 1}) == []
