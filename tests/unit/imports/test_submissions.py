"""Tables in and out: every row accounted for, again nothing, exports that come back the same."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.access import OPERATOR
from consult.consultations.models import Consultation, ConsultationTrack
from consult.db import new_id, session, transaction
from consult.errors import Forbidden
from consult.events.checkpoint import verify_log
from consult.events.models import EventRow
from consult.spreadsheets import (
    WRITERS,
    Row,
    UnwritableTable,
    cell_text,
    open_table,
    quoted,
    unquoted,
    write_table,
)
from consult.spreadsheets.xlsx import XLSX_CELL
from consult.submissions.exchange.exports import COLUMNS, OWN_MAP, export_submissions
from consult.submissions.exchange.imports import ImportOutcome, import_submissions
from consult.submissions.exchange.mapping import InvalidMap, SubmissionMap, map_of, read_map
from consult.submissions.models import CampaignMember, CampaignProposal, CampaignSearch, Passage, Submission
from consult.submissions.states import SubmissionState
from consult.testing.world import World

DATA = Path(__file__).parents[2] / "data"
MAP = {
    "key": "{id}",
    "language": "{lang}",
    "title": "Answer {id}",
    "topics": ["gcm-1"],
    "text": [{"column": "why", "label": "Reason"}, {"column": "more*"}],
    "proposal": [{"column": "what"}],
    "answer": [{"column": "scale", "label": "Agreement"}],
}
ROWS = (
    {"id": "1", "lang": "es", "why": "Porque sí.\n\nY más.", "more (free)": "Algo.", "what": "Hacerlo.", "scale": "5"},
    {"id": "2", "lang": "ar", "why": "", "more (free)": "", "what": "", "scale": "3"},
    {"id": "3", "lang": "??", "why": "x", "more (free)": "", "what": "", "scale": ""},
    {"id": "4", "lang": "en", "why": "", "more (free)": "", "what": "", "scale": ""},
    {"id": "1", "lang": "es", "why": "otra", "more (free)": "", "what": "", "scale": ""},
)


def _run(world: World, rows: tuple[dict[str, str], ...] = ROWS, *, dry_run: bool = False) -> ImportOutcome:
    numbered = [Row(number, cells) for number, cells in enumerate(rows, start=2)]
    mapping = map_of(MAP).bound(list(rows[0]))
    return import_submissions(
        iter(numbered), mapping, consultation=world.consultation, actor=world.actor("organiser"), dry_run=dry_run
    )


def _passages(number: str) -> list[tuple[int, str, str]]:
    rows = session.execute(
        sa.select(Passage.number, Passage.kind, Passage.text)
        .join(Submission, Submission.id == Passage.submission_id)
        .where(Submission.source_key == number, Submission.revision == Passage.revision)
        .order_by(Passage.number)
    )
    return [tuple(row) for row in rows]


def test_every_row_is_imported_or_rejected_with_its_reason(world: World) -> None:
    outcome = _run(world)
    assert (outcome.imported, outcome.unchanged, outcome.rejected) == (2, 0, 3)
    assert [(r.row, r.column, str(r.reason)) for r in outcome.rejections] == [
        (4, "lang", "“??” is not the code of a language."),
        (5, "", "The row has neither text nor answers."),
        (6, "id", "Another row of this file has the key “1”."),
    ]


def test_reasons_and_proposals_become_numbered_passages_and_scales_answers(world: World) -> None:
    _run(world)
    assert _passages("1") == [
        (1, "text", "Reason: Porque sí."),
        (2, "text", "Y más."),
        (3, "text", "Algo."),
        (4, "proposal", "Hacerlo."),
    ]
    row = session.scalars(sa.select(Submission).where(Submission.source_key == "2")).one()
    assert (row.language, row.answers, row.track, row.channel, row.state) == (
        "ar",
        {"Agreement": "3"},
        "",
        "import",
        "received",
    )


def test_again_is_unchanged_and_a_changed_row_is_a_new_revision(world: World) -> None:
    _run(world)
    assert _run(world).unchanged == 2
    changed = ({**ROWS[0], "why": "Por otra razón."}, *ROWS[1:2])
    outcome = _run(world, changed)
    assert (outcome.imported, outcome.unchanged) == (1, 1)
    assert _passages("1")[0] == (1, "text", "Reason: Por otra razón.")
    assert session.scalars(sa.select(Submission.revision).where(Submission.source_key == "1")).one() == 2


def test_what_somebody_works_from_is_not_replaced(world: World) -> None:
    _run(world)
    row = session.scalars(sa.select(Submission).where(Submission.source_key == "1")).one()
    here, now = world.consultation_id, clock.now()
    search = CampaignSearch(id=new_id(), consultation_id=here, state="done", asked_at=now)
    letter = CampaignProposal(
        id=new_id(),
        consultation_id=here,
        search_id=search.id,
        representative_id=row.id,
        state="confirmed",
        texts=2,
        likeness=90,
        found_at=now,
    )
    member = CampaignMember(proposal_id=letter.id, submission_id=row.id, revision=1, opposed=False, belongs=True)
    for one in (search, letter, member):
        with transaction():
            session.add(one)
    outcome = _run(world, ({**ROWS[0], "why": "Por otra razón."}, *ROWS[1:2]))
    assert (outcome.imported, outcome.unchanged) == (0, 1)
    (refused,) = outcome.rejections
    assert (refused.row, refused.column) == (2, "id")
    assert "counted with others that say the same" in str(refused.reason)
    assert _passages("1")[0] == (1, "text", "Reason: Porque sí.")


def test_what_was_decided_on_is_not_replaced(world: World) -> None:
    _run(world)
    with transaction():
        session.execute(
            sa.update(Submission).where(Submission.source_key == "1").values(state=SubmissionState.ACCEPTED)
        )
    outcome = _run(world, ({**ROWS[0], "why": "Other."},))
    assert (outcome.imported, outcome.rejected) == (0, 1)


def test_a_dry_run_writes_nothing(world: World) -> None:
    outcome = _run(world, dry_run=True)
    assert (outcome.imported, outcome.rejected) == (2, 3)
    assert session.scalar(sa.select(sa.func.count()).select_from(Submission)) == 0


def test_participants_may_not_import(world: World) -> None:
    with pytest.raises(Forbidden):
        import_submissions(iter(()), map_of(MAP), consultation=world.consultation, actor=world.actor("ghat"))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"key": ""}, "must say 'key'"),
        ({"colour": "red"}, "no entry 'colour'"),
        ({"text": [{"label": "x"}]}, "an entry [[text]]"),
        ({"source": {"sep": ";"}}, "no entry 'sep'"),
    ],
)
def test_a_wrong_map_is_named(wrong: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidMap) as told:
        map_of({**MAP, **wrong})
    assert words in str(told.value)


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(InvalidMap, match="no column “why”"):
        map_of(MAP).bound(["id", "lang", "more", "what", "scale"])


@pytest.mark.parametrize(
    ("encoding", "separator"),
    [("utf-8", ";"), ("utf-8-sig", ","), ("utf-16", "\t"), ("cp1256", ";")],
)
def test_any_separator_and_encoding_is_read(tmp_path: Path, encoding: str, separator: str) -> None:
    file = tmp_path / "table.csv"
    arabic = "كتبت البلدية عن المدرسة والمستشفى وعن الماء في الحي، وطلبت موظفًا متفرغًا."
    with file.open("w", encoding=encoding, newline="") as out:
        writer = csv.writer(out, delimiter=separator)
        writer.writerow(["رقم", "نص"])
        writer.writerows([[str(n), f"{arabic}\nسطر ثان"] for n in range(20)])
    with open_table(file) as table:
        rows = list(table.rows)
    assert table.columns == ("رقم", "نص")
    assert (len(rows), rows[0].number, rows[19].cells["نص"]) == (20, 2, f"{arabic}\nسطر ثان")


def test_a_workbook_is_read_by_its_content(tmp_path: Path) -> None:
    file = tmp_path / "table.data"
    book = openpyxl.Workbook()
    book.active.append(["id", "when"])
    book.active.append([7, None])
    with file.open("wb") as out:
        book.save(out)
    with open_table(file) as table:
        assert [row.cells for row in table.rows] == [{"id": "7", "when": ""}]


@pytest.mark.parametrize("cell", ["=1+1", "'=1", "-5", "+44", "@x", "plain", "'quoted", "''=", "\tx", ""])
def test_formula_cells_are_quoted_and_come_back(cell: str) -> None:
    assert unquoted(quoted(cell)) == cell
    assert not quoted(cell).startswith(("=", "+", "-", "@", "\t"))


NASTY = (
    "=SUM(A1)",
    "'-x",
    "+218 91",
    "@all",
    "007",
    "2026-11-24",
    "بَلَدِيّةُ غات: «ماءٌ»، \u0644\u200c\u0627",
    "👩🏽‍⚕️ a\nb",
    'a "b"; c, d | e',
    "<b>&amp;</b>",
    "[1]",
    "_x000D_",
)


@pytest.mark.parametrize("form", WRITERS)
def test_an_export_imports_back_to_the_same(world: World, app: Flask, tmp_path: Path, form: str) -> None:
    hard = [
        {
            **ROWS[0],
            "id": f"{n}",
            "why": f"{cell}\n\nb {cell}",
            "what": cell,
            "scale": cell,
            "lang": ("ar", "en")[n % 2],
        }
        for n, cell in enumerate(NASTY)
    ]
    _run(world, (*hard, {**ROWS[1], "id": "x"}))
    with transaction():
        session.execute(sa.update(Submission).values(state=SubmissionState.ACCEPTED, track="municipal"))
        keys = Submission.source_key
        session.execute(sa.update(Submission).where(keys == "0").values(withheld=True))
        session.execute(sa.update(Submission).where(keys == "1").values(body_id=world.bodies["ghat"]))
        session.execute(
            sa.update(Submission).where(keys == "2").values(author="=منى", answers={"l": ["a", "b"], "n": 7})
        )
    columns, rows = export_submissions(world.consultation, actor=world.actor("organiser"))
    first = list(rows)
    assert write_table(columns, iter(first), tmp_path / "out", form) == len(NASTY) + 1
    other = _other_consultation()
    with open_table(tmp_path / "out") as table:
        outcome = import_submissions(table.rows, OWN_MAP.bound(table.columns), consultation=other, actor=OPERATOR)
    assert [str(r.reason) for r in outcome.rejections] == []
    _, again = export_submissions(other, list(SubmissionState), actor=OPERATOR)
    kept = [c for c in COLUMNS if c != "number"]
    assert [[row[c] for c in kept] for row in again] == [[row[c] for c in kept] for row in first]
    found = session.execute(sa.select(Submission.source_key).where(Submission.consultation_id == other.id))
    assert {key for (key,) in found} == {row["number"] for row in first}


def test_what_excel_cannot_hold_is_told_before_a_row_is_given(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paragraphs that are short become a cell that is long; so do answers."""
    _run(world)
    here, organiser = world.consultation, world.actor("organiser")
    first, second = session.scalars(sa.select(Submission).order_by(Submission.source_key)).all()
    paragraphs = {"submission_id": first.id, "revision": 1, "kind": "text", "question": ""}

    def taken(form: str) -> str:
        try:
            columns, rows = export_submissions(here, (SubmissionState.RECEIVED,), actor=organiser, form=form)
        except UnwritableTable as error:
            return str(error).split(":")[0]
        cells = [len(cell_text(row[column])) for row in rows for column in columns]
        return "too long" if max(cells) > XLSX_CELL else "held"

    def written(characters: int) -> None:
        with transaction():
            session.execute(sa.delete(Passage).where(Passage.submission_id == first.id))
            session.execute(
                sa.insert(Passage),
                [{**paragraphs, "id": new_id(), "number": n, "text": "ب" * (characters // 4 - 2)} for n in range(1, 5)],
            )

    written(XLSX_CELL + 1)
    assert [taken(form) for form in WRITERS] == ["held"] * len(WRITERS), "with what stands between them they just fit"
    written(XLSX_CELL + 5)
    found = {form: taken(form) for form in WRITERS}
    assert found == {**dict.fromkeys(WRITERS, "too long"), "xlsx": f"{first.number}, text"}
    written(40)
    with transaction():
        second.answers = {"a": "x" * XLSX_CELL}
    assert taken("xlsx") == f"{second.number}, answers"
    assert export_submissions(here, actor=organiser, form="xlsx"), "what is not accepted is not asked for"
    monkeypatch.setattr("consult.spreadsheets.cells.MOST_ROWS", 2)
    assert [taken(form)[:19] for form in ("ods", "csv")] == ["A sheet holds 1 row", "too long"]


def test_when_a_text_came_in_is_a_day_that_was(world: World) -> None:
    mapping = map_of({**MAP, "received": "{came}"})
    days = ("٢٠٢٦-٠٩-٠١", "9999-12-31", "0001-01-01T00:00+14:00", "soon", "2199-01-01", "2026-09-01T23:00+02:00")
    rows = [Row(n, {**ROWS[0], "id": str(n), "came": day}) for n, day in enumerate(days, 2)]
    bound = mapping.bound(list(rows[0].cells))
    outcome = import_submissions(iter(rows), bound, consultation=world.consultation, actor=OPERATOR)
    assert [(one.row, one.column, str(one.reason)[:23]) for one in outcome.rejections] == [
        (3, "came", "Give a day from 1800-01"),
        (4, "came", "Give a day from 1800-01"),
        (5, "came", "Write the date as year,"),
        (6, "came", "This is still to come. "),
    ]
    kept = session.scalars(sa.select(Submission.received_at).order_by(Submission.source_key)).all()
    assert [at.isoformat() for at in kept] == ["2026-09-01T00:00:00+00:00", "2026-09-01T21:00:00+00:00"]


def test_a_state_counts_only_for_who_may_decide_it(world: World) -> None:
    mapping = map_of({**MAP, "state": "{state}"})
    rows = [{**ROWS[0], "id": state, "state": state} for state in ("accepted", "hidden", "withdrawn", "open")]

    def bring(who: str) -> list[str]:
        numbered = [Row(number, {**cells, "id": f"{who}-{cells['id']}"}) for number, cells in enumerate(rows, start=2)]
        bound, actor = mapping.bound(list(rows[0])), OPERATOR if who == "operator" else world.actor(who)
        outcome = import_submissions(iter(numbered), bound, consultation=world.consultation, actor=actor)
        assert [(r.row, r.column) for r in outcome.rejections] == [(4, "state"), (5, "state")]
        found = sa.select(Submission.state).where(Submission.source_key.startswith(who)).order_by(Submission.number)
        return list(session.scalars(found))

    assert bring("organiser") == ["received", "received"]
    assert bring("operator") == ["accepted", "received"]


def test_more_rows_take_no_more_statements_and_each_has_its_events(
    world: World, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    mapping = map_of({**MAP, "state": "{state}"}).bound([*ROWS[0], "state"])

    def bring(first: int, count: int) -> int:
        numbered = [
            Row(number, {**ROWS[0], "id": str(first + number), "state": ("accepted", "received")[number % 2]})
            for number in range(2, 2 + count)
        ]
        with count_queries() as seen:
            outcome = import_submissions(iter(numbered), mapping, consultation=world.consultation, actor=OPERATOR)
        assert (outcome.imported, outcome.rejections) == (count, [])
        return len(seen)

    bring(0, 4)
    assert bring(100, 4) == bring(200, 80)
    rows = session.execute(
        sa.select(Submission.id, Submission.source_key, Submission.state).order_by(Submission.number)
    )
    events = session.execute(
        sa.select(EventRow.type, EventRow.facts)
        .where(EventRow.stream_id == world.consultation.id)
        .order_by(EventRow.seq)
    )
    told: dict[str, list[str]] = {}
    for name, facts in events:
        if name.startswith("Submission"):
            told.setdefault(facts["submission"], []).append(name)
    expected = {
        str(one): ["SubmissionReceived", *(["SubmissionAccepted"] if state == "accepted" else [])]
        for one, _, state in rows
    }
    assert told == expected
    assert list(told) == list(expected)  # in the order of the file, as their numbers are
    assert verify_log()[1] == []


def test_an_import_that_goes_on_counts_no_row_twice(world: World) -> None:
    numbered = [Row(number, cells) for number, cells in enumerate(ROWS, start=2)]
    mapping, kept = map_of(MAP).bound(list(ROWS[0])), list[tuple[int, int]]()
    how = {"consultation": world.consultation, "actor": world.actor("organiser")}
    outcome = import_submissions(
        iter(numbered), mapping, after=2, keep=lambda row, part: kept.append((row, part.imported)), **how
    )
    assert (outcome.imported, [r.row for r in outcome.rejections], kept) == (1, [4, 5, 6], [(6, 1)])


def test_a_corrected_name_is_taken_over(world: World) -> None:
    mapping = map_of({**MAP, "author": "{who}"})
    for who in ("علي", "عليّ"):
        bound = mapping.bound([*ROWS[0], "who"])
        row = Row(2, {**ROWS[0], "who": who})
        outcome = import_submissions([row], bound, consultation=world.consultation, actor=world.actor("organiser"))
    assert (outcome.imported, outcome.changed) == (1, 1)
    assert session.scalars(sa.select(Submission.author)).all() == ["عليّ"]


def _other_consultation() -> Consultation:
    """A second consultation with the same topics."""
    from consult.consultations.models import Topic
    from consult.i18n import Localized

    first = session.scalars(sa.select(Consultation)).one()
    made = new_id()
    with transaction():
        session.add(
            Consultation(
                id=made,
                slug="other",
                prefix="OT",
                names=first.names,
                titles=first.titles,
                summaries=first.summaries,
                timezone="Africa/Tripoli",
                rules={},
                public=True,
                created_at=first.created_at,
            )
        )
        session.flush()
        session.add(
            ConsultationTrack(consultation_id=made, key="municipal", enabled=True, seats=0, settings={}, position=0)
        )
        session.add(Topic(consultation_id=made, scheme="gcm", code="1", names=Localized(en="Data"), position=0))
    return session.get_one(Consultation, made)


def test_the_map_of_a_real_consultation_reads_a_file_of_its_shape(world: World) -> None:
    mapping: SubmissionMap = read_map(DATA / "anid-open-access-2020.toml")
    with open_table(DATA / "anid-shape.csv", **mapping.source) as table:
        outcome = import_submissions(
            table.rows, mapping.bound(table.columns), consultation=world.consultation, actor=world.actor("organiser")
        )
    assert (outcome.imported, outcome.rejected) == (3, 1)
    titles = session.scalars(sa.select(Submission.title).order_by(Submission.source_key)).all()
    assert titles == [
        "Respuesta 1: Persona Natural",
        "Respuesta 2: Persona Juridica Biblioteca de ejemplo",
        "Respuesta 3: Persona Natural",
    ]
    only_answers = session.scalars(sa.select(Submission).where(Submission.source_key == "3")).one()
    assert (
        json.dumps(only_answers.answers, ensure_ascii=False) == '{"Acuerdo con el objetivo general": "Muy de acuerdo"}'
    )
