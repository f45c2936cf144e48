"""Every route declares its permission; a GET writes nothing."""

from __future__ import annotations

import pytest
from flask import Blueprint, Flask

from consult.accounts.access import ANONYMOUS, allowed, declared_permissions
from consult.app import create_app
from consult.plugins.hookspecs import hookimpl
from consult.settings import Settings
from consult.testing.world import World
from consult.web.guards import declared_permission


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


def test_no_two_routes_answer_the_same_request(app: Flask) -> None:
    """Of two with one address and one method only the first is ever asked."""
    asked = [
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if method in {"GET", "POST"}
    ]
    assert sorted({one for one in asked if asked.count(one) > 1}) == []
