"""The pages of evaluators: figures without anybody in them, a draft that is theirs alone, and what everybody reads."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from consult.spreadsheets import open_table
from consult.testing.acts import accept, hand_in
from consult.testing.evaluators import in_three, make_evaluator
from consult.testing.web import post
from consult.testing.withheld import ENDORSED
from consult.testing.world import World

HOME = "/en/c/test/evaluation/"
FIGURES, WRITE, PUBLISH = f"{HOME}figures/", f"{HOME}write/", f"{HOME}publish/"


@pytest.fixture
def evaluator(client: FlaskClient, world: World) -> FlaskClient:
    """An evaluator's browser."""
    make_evaluator(world)
    return world.sign_in(client, "evaluator")


def fields(text: str, **more: str) -> dict[str, str]:
    return {f"texts_{code}": said for code, said in in_three(text).items()} | {"signed": "yes"} | more


def test_the_same_figures_on_the_page_and_in_both_files(evaluator: FlaskClient, world: World, tmp_path: Path) -> None:
    accept(world, hand_in(world, "ghat", ENDORSED))
    page = evaluator.get(FIGURES)
    assert page.status_code == 200
    for name in ("عيسى كوسا", "سجل بلدي", "Ghat", "TT-2026"):
        assert name not in page.get_data(as_text=True)
    answer = evaluator.get(f"{HOME}figures.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="test-evaluation.csv"'
    lines = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    found = {(one["table"], one["row"], one["measure"]): (one["number"], one["hidden"]) for one in lines}
    assert found["seats by track", "municipal", "filled"] == ("3", "no")
    assert found["members by track", "municipal", "members"] == ("", "yes")
    assert found["times by step", "decision", "cases"] == ("1", "no")
    file = tmp_path / "figures.xlsx"
    file.write_bytes(evaluator.get(f"{HOME}figures.xlsx").get_data())
    with open_table(file) as table:
        rows = [row.cells for row in table.rows]
    assert [list(one.values()) for one in rows] == [list(one.values()) for one in lines]


def test_a_draft_stays_whatever_is_wrong_and_becomes_a_public_page(
    evaluator: FlaskClient, client: FlaskClient, world: World
) -> None:
    assert post(evaluator, WRITE, fields("## What went well", version="0")).status_code == 303
    assert "What went well" not in evaluator.get(HOME).get_data(as_text=True)
    moved = post(evaluator, WRITE, fields("Another tab", version="0"))
    assert moved.status_code == 409
    page = moved.get_data(as_text=True)
    assert "Another tab (en)" in page
    assert "## What went well (en)" in page
    lacking = post(evaluator, WRITE, fields("## What went well", version="1", texts_fr="", then="check"))
    assert lacking.status_code == 422
    page = lacking.get_data(as_text=True)
    assert 'id="texts_fr-error"' in page
    assert "## What went well (ar)" in page
    whole = fields("## What <script>alert(1)</script> went well", version="2", then="check")
    assert post(evaluator, WRITE, whole).location == PUBLISH
    assert "آمنة البرعصي" in evaluator.get(PUBLISH).get_data(as_text=True)
    stale = post(evaluator, PUBLISH, {"version": "2"})
    assert stale.location == WRITE
    done = post(evaluator, PUBLISH, {"version": "3"})
    assert done.location == f"{HOME}#e1"
    public = client.get(HOME).get_data(as_text=True)
    assert "<script>alert" not in public
    assert "went well (en)</h2>" in public
    assert "آمنة البرعصي" in public
    assert evaluator.get(PUBLISH).location == WRITE


def test_organisers_answer_and_edit_nothing(evaluator: FlaskClient, world: World) -> None:
    post(evaluator, WRITE, fields("## Found", version="0", signed="no"))
    post(evaluator, PUBLISH, {"version": "1"})
    organiser = world.sign_in(evaluator, "organiser")
    assert "آمنة" not in organiser.get(HOME).get_data(as_text=True)
    path = "/en/c/test/organise/evaluations/1/"
    assert path in organiser.get(HOME).get_data(as_text=True)
    refused = post(organiser, path, {"texts_ar": "شكرًا"})
    assert refused.status_code == 422
    assert "شكرًا" in refused.get_data(as_text=True)
    assert post(organiser, path, fields("We thank her")).status_code == 303
    page = organiser.get("/fr/c/test/evaluation/").get_data(as_text=True)
    assert "We thank her (fr)" in page
    assert path not in page
    assert organiser.get("/en/c/test/organise/evaluations/2/").status_code == 404
    assert organiser.get(WRITE).status_code == 403
    assert organiser.get(FIGURES).status_code == 200


@pytest.mark.parametrize("who", ["moderator", "administrator", "ghat"])
def test_nobody_else_sees_the_figures(client: FlaskClient, world: World, who: str) -> None:
    visitor = world.sign_in(client, who)
    assert [visitor.get(path).status_code for path in (FIGURES, f"{HOME}figures.csv", WRITE, PUBLISH)] == [403] * 4
