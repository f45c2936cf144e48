"""The reference files go into the register of bodies, again changes nothing, and the export comes back the same."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask

from consult.accounts.access import OPERATOR
from consult.accounts.bodies.ending import EndDraft
from consult.accounts.bodies.entering import Entered
from consult.accounts.bodies.imports import (
    BODY_COLUMNS,
    codes_in,
    export_bodies,
    import_bodies,
    look_at_bodies,
    reader_for,
)
from consult.accounts.bodies.life import ENDED
from consult.accounts.bodies.models import BodyEnd, BodySuccessor
from consult.accounts.bodies.queries import former_states
from consult.accounts.models import Body
from consult.accounts.services import end_body
from consult.cli.root import program
from consult.db import session, transaction
from consult.errors import Forbidden
from consult.spreadsheets import Row, open_table, write_table
from consult.spreadsheets.outcome import ImportOutcome
from consult.submissions.exchange.imports import import_submissions
from consult.submissions.exchange.mapping import map_of
from consult.testing.world import World

ROOT = Path(__file__).parents[3]
MUNICIPALITIES = ROOT / "plugins/municipal/consult_municipal/reference/municipalities.csv"
ACADEMIC = ROOT / "plugins/academic/consult_academic/reference/academic_institutions.csv"
INSTITUTIONS = ROOT / "consult/reference/institutions.csv"


def _import(file: Path) -> tuple[int, int, int]:
    with open_table(file) as table:
        reader = reader_for(table.columns)
        assert reader is not None
        rows = list(table.rows)
        outcome = import_bodies(rows, reader, actor=OPERATOR, coming=lambda: codes_in(rows, reader))
    return outcome.imported, outcome.unchanged, outcome.rejected


def _rows(file: Path) -> int:
    with open_table(file) as table:
        return sum(1 for _ in table.rows)


@pytest.mark.parametrize("file", [MUNICIPALITIES, ACADEMIC, INSTITUTIONS], ids=lambda f: f.stem)
def test_a_reference_file_is_entered_once(app: Flask, file: Path) -> None:
    count = _rows(file)
    assert _import(file) == (count, 0, 0)
    assert _import(file) == (0, count, 0)
    assert session.scalar(sa.select(sa.func.count()).select_from(Body)) == count


def test_the_export_comes_back_the_same(app: Flask, tmp_path: Path) -> None:
    _import(INSTITUTIONS)
    file = tmp_path / "bodies.csv"
    count = write_table(BODY_COLUMNS, export_bodies(actor=OPERATOR), file, "csv")
    assert (count, _import(file)) == (_rows(INSTITUTIONS), (0, count, 0))


def test_a_row_without_a_name_is_rejected_with_its_column(app: Flask) -> None:
    cells = dict.fromkeys(BODY_COLUMNS, "") | {"key": "X1", "kind": "ministry"}
    reader = reader_for(BODY_COLUMNS)
    assert reader is not None
    outcome = import_bodies([Row(2, cells)], reader, actor=OPERATOR)
    assert [(r.row, r.column) for r in outcome.rejections] == [(2, "names")]


def test_a_dry_run_enters_nobody(app: Flask) -> None:
    cells = dict.fromkeys(BODY_COLUMNS, "") | {"key": "X1", "kind": "ministry", "name_en": "Ministry"}
    reader = reader_for(BODY_COLUMNS)
    assert reader is not None
    assert import_bodies([Row(2, cells)], reader, actor=OPERATOR, dry_run=True).imported == 1
    assert session.scalars(sa.select(Body.key)).all() == []


OFFICE = dict.fromkeys(BODY_COLUMNS, "") | {"key": "X1", "kind": "agency", "name_ar": "مكتب", "name_en": "Office"}
ABOVE = dict.fromkeys(BODY_COLUMNS, "") | {"key": "PM", "kind": "ministry", "name_en": "Prime Minister"}
HISTORY = [
    OFFICE | {"district": "LY-TB", "source": "a"},
    OFFICE | {"name_en": "Authority", "name_ar": "هيئة", "since": "٢٠١٥-٠٣-٠١", "source": "Law 1/2015"},
    OFFICE | {"kind": "ministry", "level": "national", "since": "2020-01-01", "source": "Law 2/2020", "parent": "PM"},
]


def _enter(*rows: dict[str, str], dry_run: bool = False) -> ImportOutcome:
    reader = reader_for(BODY_COLUMNS)
    assert reader is not None
    table = [Row(number, cells) for number, cells in enumerate(rows, 2)]
    return import_bodies(table, reader, actor=OPERATOR, dry_run=dry_run, coming=lambda: codes_in(table, reader))


def _refused(outcome: ImportOutcome) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.reason.text) for one in outcome.rejections]


def test_a_row_with_a_day_changes_its_body_and_one_without_puts_it_right(app: Flask) -> None:
    without = _enter(*HISTORY)
    assert (without.imported, _refused(without)) == (
        2,
        [(4, "parent_key", "Write the code of another body of the register.")],
    )
    assert (_enter(ABOVE).imported, _enter(HISTORY[2]).changed) == (1, 1), "who stands above it is there first"
    body = session.scalars(sa.select(Body).where(Body.key == "X1")).one()
    assert (body.names["en"], body.kind, body.level, body.source) == ("Office", "ministry", "national", "a")
    assert (body.district, body.parent_key) == ("LY-TB", "PM")
    kept = [(one.names["en"], one.kind, one.until.isoformat(), one.source) for one in former_states(body)]
    assert [one.district for one in former_states(body)] == ["LY-TB", "LY-TB"]
    assert kept == [
        ("Authority", "agency", "2020-01-01", "Law 2/2020"),
        ("Office", "agency", "2015-03-01", "Law 1/2015"),
    ]
    again = _enter(*HISTORY[1:])
    assert (again.imported, again.unchanged, again.rejections) == (0, 2, [])
    put_right = _enter(HISTORY[2] | {"name_en": "Ministry", "since": "", "source": "a"})
    assert (put_right.changed, body.names["en"], len(former_states(body))) == (1, "Ministry", 2)


def test_who_stands_above_from_a_day_on_may_come_further_down_in_the_same_file(app: Flask) -> None:
    _enter(*HISTORY[:2])
    many = [OFFICE | {"key": f"F{number}"} for number in range(150)]  # the next hundred rows are another transaction
    rows = [HISTORY[2], *many, ABOVE]
    reader = reader_for(BODY_COLUMNS)
    assert reader is not None
    table = [Row(number, cells) for number, cells in enumerate(rows, 2)]
    seen = look_at_bodies([table[0], table[-1]], reader, coming=lambda: codes_in(table, reader))
    assert [(one.comes_to, one.rejections) for one in seen] == [(Entered.CHANGED, []), (Entered.REGISTERED, [])]
    for dry_run in (True, False):
        outcome = _enter(*rows, dry_run=dry_run)
        assert (outcome.imported, outcome.changed, _refused(outcome)) == (152, 1, [])
    assert session.scalars(sa.select(Body.parent_key).where(Body.key == "X1")).all() == ["PM"]


def test_a_row_that_cannot_be_read_brings_nobody_who_could_stand_above(app: Flask) -> None:
    _enter(*HISTORY[:2])
    assert sorted(_refused(_enter(HISTORY[2], ABOVE | {"name_en": ""}))) == [
        (2, "parent_key", "Write the code of another body of the register."),
        (3, "names", "Write the name in at least one language."),
    ]


def test_the_export_of_what_changed_on_a_day_comes_back_the_same(app: Flask, tmp_path: Path) -> None:
    _enter(ABOVE, *HISTORY)
    file = tmp_path / "bodies.csv"
    assert write_table(BODY_COLUMNS, export_bodies(actor=OPERATOR), file, "csv") == 2
    before = list(export_bodies(actor=OPERATOR))
    assert (_import(file), list(export_bodies(actor=OPERATOR))) == ((0, 2, 0), before)
    assert (_enter(*HISTORY).unchanged, list(export_bodies(actor=OPERATOR))) == (3, before)


def test_an_unknown_kind_and_a_body_above_that_is_nowhere_are_refused_row_by_row(app: Flask) -> None:
    def row(key: str, parent: str = "", kind: str = "agency") -> dict[str, str]:
        return OFFICE | {"key": key, "parent": parent, "kind": kind}

    rows = [
        row("K1", kind="nokind"),
        row("K2", "K99"),
        row("K3", "K2"),  # its own row is not taken, so nothing may stand below it
        row("K4", "K1"),
        row("K5", "K6"),
        row("K6"),
        row("K7", "K8"),
        row("K8", "K7"),
        row("K9", "K5"),
    ]
    for dry_run in (True, False):
        outcome = _enter(*rows, dry_run=dry_run)
        assert sorted((one.row, one.column) for one in outcome.rejections) == [
            (2, "kind"),
            *((number, "parent_key") for number in (3, 4, 5, 8, 9)),
        ]
    assert session.scalars(sa.select(Body.key).order_by(Body.key)).all() == ["K5", "K6", "K9"]
    told = next(str(one.reason) for one in outcome.rejections if one.column == "kind")
    assert told.startswith("“nokind” is no kind of body. There are: municipality, ministry,")
    circle = _enter(row("K6", "K9"))
    assert [(one.row, one.column) for one in circle.rejections] == [(2, "parent_key")]
    with transaction():
        session.execute(sa.update(Body).where(Body.key == "K6").values(kind="waqf", parent_key="K99"))
    kept = _enter(row("K6", "K99", kind="waqf"), row("KA", kind="waqf"), row("KB", "K6"))
    assert (kept.unchanged, kept.imported, kept.rejections) == (1, 2, []), "what the register has already is no news"


def test_bodies_that_have_ended_come_back_with_their_end(world: World, app: Flask, tmp_path: Path) -> None:
    _enter(*({**OFFICE, "key": key} for key in ("E1", "E2", "E3", "E4")))
    ids = dict(session.execute(sa.select(Body.key, Body.id)).all())
    end_body(EndDraft(date(2020, 1, 1), "Law 2/2020", ("E4", "E3")), body=ids["E2"], actor=OPERATOR)
    end_body(EndDraft(date(2015, 1, 1), "Law 1/2015", ("E2",)), body=ids["E1"], actor=OPERATOR)
    file = tmp_path / "bodies.csv"
    count = write_table(BODY_COLUMNS, export_bodies(actor=OPERATOR), file, "csv")
    before = list(export_bodies(actor=OPERATOR))
    assert [(row["key"], row["ended"], row["ended_source"], row["successors"]) for row in before[-2:]] == [
        ("E2", "2020-01-01", "Law 2/2020", "E3 E4"),
        ("E1", "2015-01-01", "Law 1/2015", "E2"),
    ]
    assert (_import(file), list(export_bodies(actor=OPERATOR))) == ((0, count, 0), before)
    with transaction():
        for key in ("E1", "E2"):
            session.execute(sa.delete(BodySuccessor).where(BodySuccessor.body_id == ids[key]))
            session.execute(sa.delete(BodyEnd).where(BodyEnd.body_id == ids[key]))
        session.execute(sa.delete(Body).where(Body.key.in_(("E1", "E2", "E3", "E4"))))
    assert _import(file) == (4, count - 4, 0)
    assert list(export_bodies(actor=OPERATOR)) == before


def test_no_row_ends_a_body_of_the_register(app: Flask) -> None:
    _enter(ABOVE, OFFICE)
    end = {"ended": "2020-01-01", "ended_source": "Law 2"}
    rows = [
        OFFICE | end,
        OFFICE | {"key": "N1", "ended": "soon"},
        OFFICE | {"key": "N2", "ended": "2199-01-01", "ended_source": "Law 2"},
        OFFICE | {"key": "N3", "ended": "2020-01-01"},
        OFFICE | {"key": "N4", **end, "successors": "NONE"},
        OFFICE | {"key": "N5", **end, "successors": "N6"},  # stands before the body that followed it
        OFFICE | {"key": "N6"},
        OFFICE | {"key": "N7", **end},
    ]
    outcome = _enter(*rows)
    assert sorted((one.row, one.column) for one in outcome.rejections) == [
        (2, "ended"),
        (3, "ended"),
        (4, "ended"),
        (5, "ended_source"),
        (6, "successors"),
        (7, "successors"),
    ]
    assert session.scalars(sa.select(Body.key).where(Body.valid_to.is_not(None))).all() == ["N7"]
    other = _enter(rows[-1] | {"ended": "2019-01-01"})
    assert [(one.row, one.column) for one in other.rejections] == [(2, "ended")]


def test_a_day_that_does_not_fit_is_refused_with_its_column(app: Flask) -> None:
    _enter(ABOVE, *HISTORY)
    wrong = [
        OFFICE | {"since": "spring", "source": "b"},
        OFFICE | {"since": "2199-01-01", "source": "b"},
        OFFICE | {"name_en": "Bureau", "since": "2019-01-01", "source": "b"},
        OFFICE | {"name_en": "Bureau", "since": "2021-01-01"},
        OFFICE | {"since": "2021-01-01", "source": "c"},
    ]
    assert sorted(_refused(_enter(*wrong))) == [
        (2, "since", "Write the date as year, month and day, for example 2026-11-24."),
        (3, "since", "This day is still to come."),
        (4, "since", "It became what it is today after this day."),
        (5, "source", "Say where this is written."),
        (6, "key", "Another row of this file has the key “%(key)s”."),
    ]


def test_what_has_ended_is_not_changed_and_the_record_of_it_stays_unchanged(app: Flask) -> None:
    _enter(ABOVE, *HISTORY)
    body = session.scalars(sa.select(Body).where(Body.key == "X1")).one()
    end_body(EndDraft(date(2024, 1, 1), "Law 3/2024", ()), body=body.id, actor=OPERATOR)
    outcome = _enter(*HISTORY[1:], OFFICE | {"since": "2025-01-01", "source": "d"})
    assert (outcome.unchanged, _refused(outcome)) == (2, [(4, "since", ENDED.text)])


def test_the_first_rows_say_what_would_come_of_them_and_write_nothing(app: Flask) -> None:
    _enter(HISTORY[0])
    reader = reader_for(BODY_COLUMNS)
    assert reader is not None
    rows = (HISTORY[0], HISTORY[1], HISTORY[0] | {"key": "X2"}, OFFICE | {"since": "2015-03-01"}, OFFICE)
    seen = look_at_bodies([Row(number, cells) for number, cells in enumerate(rows, 2)], reader)
    assert [one.comes_to for one in seen] == [
        Entered.UNCHANGED,
        Entered.CHANGED,
        Entered.REGISTERED,
        None,
        None,
    ]
    assert [one.kind for one in session.scalars(sa.select(Body))] == ["agency"]


def test_a_file_does_not_put_a_body_on_the_public_list_that_is_kept_off_it(app: Flask) -> None:
    _enter(HISTORY[0])
    body = session.scalars(sa.select(Body)).one()
    with transaction():
        body.listed = False
    assert (_enter(OFFICE | {"name_en": "Bureau"}).changed, body.listed) == (1, False)


def test_participants_may_not(world: World) -> None:
    reader = reader_for(BODY_COLUMNS)
    assert reader is not None
    with pytest.raises(Forbidden):
        import_bodies([], reader, actor=world.actor("ghat"))


def test_the_command_counts_on_its_last_line_and_lists_rejects(world: World, app: Flask, tmp_path: Path) -> None:
    file, rejects, rules = tmp_path / "in.csv", tmp_path / "rejects.csv", tmp_path / "map.toml"
    file.write_text("id;text\n1;one\n2;\n", "utf-8")
    rules.write_text('key="{id}"\nlanguage="en"\ntitle="{id}"\n[[text]]\ncolumn="text"\n')
    arguments = [
        "import",
        "submissions",
        str(file),
        "--consultation",
        "test",
        "--map",
        str(rules),
        "--rejects",
        str(rejects),
    ]
    run = CliRunner().invoke(program, arguments, obj=lambda: app)
    assert (run.exit_code, run.stdout.splitlines()[-1]) == (0, "imported 1, unchanged 0, rejected 1")
    assert rejects.read_text("utf-8-sig").splitlines() == [
        "row,column,reason",
        "3,,The row has neither text nor answers.",
    ]


def test_nothing_is_brought_in_whose_rejects_have_no_place(world: World, app: Flask, tmp_path: Path) -> None:
    file, nowhere = tmp_path / "in.csv", tmp_path / "missing" / "rejects.csv"
    file.write_text(",".join(BODY_COLUMNS) + "\n", "utf-8")
    for arguments in (["submissions", "--consultation", "test"], ["votes", "--consultation", "test"], ["bodies"]):
        run = CliRunner().invoke(program, ["import", *arguments, str(file), "--rejects", str(nowhere)], obj=lambda: app)
        assert (run.exit_code, f"There is no folder {nowhere.parent}" in run.stderr, run.stdout) == (2, True, "")


def test_an_export_has_a_place_and_says_what_it_leaves_out(world: World, app: Flask, tmp_path: Path) -> None:
    def export(*arguments: str, file: Path = tmp_path / "out.csv") -> Result:
        return CliRunner().invoke(program, ["export", *arguments, str(file)], obj=lambda: app)

    of_test = ("--consultation", "test")
    nowhere = tmp_path / "missing" / "out.csv"
    for arguments in (("submissions", *of_test), ("open-data", *of_test, "--licence", "CC-BY-4.0"), ("bodies",)):
        run = export(*arguments, file=nowhere)
        assert (run.exit_code, f"There is no folder {nowhere.parent}" in run.stderr) == (2, True)
    two = [Row(number, {"id": str(number), "text": "x"}) for number in (2, 3)]
    mapping = map_of({"key": "{id}", "language": "en", "title": "{id}", "text": [{"column": "text"}]})
    import_submissions(iter(two), mapping.bound(["id", "text"]), consultation=world.consultation, actor=OPERATOR)
    run = export("submissions", *of_test, "--all", "--actor", "administrator@example.org")
    assert (run.exit_code, run.stdout) == (0, "exported 0\n"), run.output
    assert run.stderr.startswith("left out 2 that سالم المنفي may not read: name with --actor")
    run = export("submissions", *of_test, "--all", "--actor", "organiser@example.org")
    assert (run.stdout, run.stderr) == ("exported 2\n", "")


@pytest.mark.parametrize(("name", "more"), [("out.json", []), ("out", ["--format", "json"])])
def test_the_command_knows_the_format_by_the_ending_or_is_told(
    world: World, app: Flask, tmp_path: Path, name: str, more: list[str]
) -> None:
    arguments = ["export", "submissions", str(tmp_path / name), "--consultation", "test", *more]
    run = CliRunner().invoke(program, arguments, obj=lambda: app)
    assert (run.exit_code, run.stdout) == (0, "exported 0\n")
    assert json.loads((tmp_path / name).read_bytes()) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [("", "the file is empty"), ("id;text\n", "there is no column “why”")],
)
def test_the_command_says_in_a_line_what_is_wrong(
    world: World, app: Flask, tmp_path: Path, content: str, words: str
) -> None:
    file, rules = tmp_path / "in.csv", tmp_path / "map.toml"
    file.write_text(content, "utf-8")
    rules.write_text('key="{id}"\nlanguage="en"\ntitle="{id}"\n[[text]]\ncolumn="why"\n')
    arguments = ["import", "submissions", str(file), "--consultation", "test", "--map", str(rules)]
    run = CliRunner().invoke(program, arguments, obj=lambda: app)
    assert run.exit_code == 1
    assert words in run.stderr
