"""Bringing in bodies by the page: columns guessed, first rows shown, errors by cell, a map kept for next time, for the command too."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from consult.accounts.bodies.models import BodyState
from consult.accounts.models import Body
from consult.cli.root import program
from consult.db import session
from consult.events.models import INSTANCE, EventRow
from consult.jobs.worker import work_once
from consult.testing.uploads import read, roles, send_file
from consult.testing.web import post
from consult.testing.world import World

SORTED = {"c0": "key", "c1": "name_en", "c2": "kind", "c3": "source"}
LIST = "/en/administer/bodies/import/"
FILE = "رمز الجهة;الاسم;Name;المصدر\nX-1;مكتب المياه;Water office;a\nX-2;مكتب الطرق;;b\nX 3;مكتب آخر;;c\nX-4;;;d\nX-1;;Twice;e\n"


def _go(client: FlaskClient, page: str, *then: str) -> None:
    for one in then:
        if one == "bring":
            assert post(client, f"{page}go/", {}, form_page=page).status_code == 303
        else:
            given = {"c0": "key", "c1": "name_ar", "c2": "name_en", "c3": "source", "kind": "agency", "then": one}
            assert post(client, page, given).status_code == 303
        session.rollback()
        work_once()


def test_bodies_come_in_by_the_page_and_their_map_serves_the_command(app: Flask, world: World, tmp_path: Path) -> None:
    client = world.sign_in(app.test_client(), "administrator")
    before = set(session.scalars(sa.select(Body.key)))
    page = send_file(client, LIST, FILE.encode(), "جهات.csv").location
    shown = client.get(page).text
    assert roles(shown)[:4] == ["key", "name_ar", "name_en", "source"]
    lacks = post(client, page, {"c0": "", "c1": "name_ar", "then": "check"})
    assert (lacks.status_code, lacks.text.count("Say which column is the code of the body.") > 0) == (422, True)
    assert "Choose the kind of body, or the column that says it." in lacks.text
    twice = post(client, page, {"c0": "key", "c1": "name_ar", "c2": "name_ar", "kind": "agency", "then": "look"})
    assert (twice.status_code, "Two columns cannot be this" in twice.text) == (422, True)
    _go(client, page, "look")
    words = read(client.get(page).text)
    for part in ("مكتب المياه", "Row 2 X-1 Agency", "Row 4 رمز الجهة: Write a code", "Row 5 الاسم: Write the name in"):
        assert part in words
    _go(client, page, "check")
    assert "would be new 2 changed since 0 unchanged 0 refused 3" in read(client.get(page).text)
    assert set(session.scalars(sa.select(Body.key))) == before
    _go(client, page, "bring")
    assert "new 2 changed since 0 unchanged 0 refused 3" in read(client.get(page).text)
    assert set(session.scalars(sa.select(Body.key))) - before == {"X-1", "X-2"}
    told = sa.select(EventRow.type).where(
        EventRow.stream_id == INSTANCE, EventRow.type.in_(["ImportAsked", "ImportEnded", "BodyRegistered"])
    )
    assert list(session.scalars(told.order_by(EventRow.seq)))[-4:] == [
        "ImportAsked",
        *["BodyRegistered"] * 2,
        "ImportEnded",
    ]
    session.rollback()
    _map_serves_the_command(app, client, tmp_path)


def _map_serves_the_command(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    other = send_file(client, LIST, FILE.replace("Water office", "Office of water").encode(), "x.csv").location
    given = {"c0": "key", "c1": "name_ar", "c2": "name_en", "c3": "source", "kind": "agency"}
    given |= {"then": "keep", "map_name": "جهات"}
    assert post(client, other, given).status_code == 303
    assert "جهات" in read(client.get(LIST).text)
    session.rollback()
    file = tmp_path / "in.csv"
    file.write_text(FILE.replace("Water office", "Office of water"), "utf-8")
    run = CliRunner().invoke(
        program,
        ["import", "bodies", str(file), "--saved", "جهات", "--rejects", str(tmp_path / "no.csv")],
        obj=lambda: app,
    )
    assert (run.exit_code, run.stdout.splitlines()[-1]) == (0, "imported 1, unchanged 1, rejected 3")
    assert "4,رمز الجهة," in (tmp_path / "no.csv").read_text("utf-8-sig")
    body = session.scalars(sa.select(Body).where(Body.key == "X-1")).one()
    assert (body.kind, body.names["en"]) == ("agency", "Office of water")


def test_the_page_says_which_rows_change_a_body_and_from_which_day(app: Flask, world: World) -> None:
    client = world.sign_in(app.test_client(), "administrator")
    first = send_file(
        client, LIST, b"code;name;kind;source\nZ-1;Office;agency;a\nZ-2;Bureau;agency;a\n", "a.csv"
    ).location
    assert post(client, first, {**SORTED, "then": "bring"}).status_code == 303
    session.rollback()
    work_once()
    table = "code;name;kind;source;من يوم;parent\nZ-1;Authority;agency;Law 5;2020-01-01;Z-3\nZ-2;The Bureau;agency;a;;\nZ-3;New;agency;a;;\n"
    page = send_file(client, LIST, table.encode(), "b.csv").location
    assert roles(client.get(page).text)[4:6] == ["since", "parent"]
    more = {"c4": "since", "c5": "parent"}
    assert post(client, page, {**SORTED, **more, "then": "look"}).status_code == 303
    words = read(client.get(page).text)
    for part in ("Authority Change from 1 January 2020", "The Bureau Correction", "New New body Row 4"):
        assert part in words
    session.rollback()
    assert post(client, page, {**SORTED, **more, "then": "bring"}).status_code == 303
    session.rollback()
    work_once()
    kept = sa.select(BodyState.until, BodyState.source, Body.key).join(Body, Body.id == BodyState.body_id)
    assert [tuple(row) for row in session.execute(kept)] == [(date(2020, 1, 1), "Law 5", "Z-1")]
    above = session.scalars(sa.select(Body.parent_key).where(Body.key == "Z-1")).all()
    assert above == ["Z-3"], "it came in by a row further down"


def test_a_known_file_needs_no_sorting_and_a_consultation_does_not_see_it(app: Flask, world: World) -> None:
    client = world.sign_in(app.test_client(), "administrator")
    content = (Path(__file__).parents[2] / "consult/reference/institutions.csv").read_bytes()
    page = send_file(client, LIST, content, "institutions.csv").location
    words = read(client.get(page).text)
    assert "This file is known by its columns: nothing has to be sorted." in words
    organiser = world.sign_in(app.test_client(), "organiser")
    run = page.rstrip("/").rpartition("/")[2]
    assert organiser.get(f"/en/c/test/organise/import/{run}/").status_code == 404
    member = world.sign_in(app.test_client(), "ghat")
    assert member.get(LIST).status_code == 403
    assert post(client, f"{page}drop/", {}, form_page=page).status_code == 303
