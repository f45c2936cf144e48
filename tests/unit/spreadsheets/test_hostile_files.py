"""Files that others made: formulas, empty rests, bombs, entities, macros. Each is read as it is meant or refused with a reason."""

from __future__ import annotations

import io
import re
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import openpyxl
import pytest

from consult.spreadsheets import UnreadableTable, open_table, write_table

HEAD = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"><office:body><office:spreadsheet>'
)
FOOT = "</office:spreadsheet></office:body></office:document-content>"


def _ods(path: Path, inside: str, head: str = "") -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", head + HEAD + inside + FOOT)
    return path


def _sheet(rows: str, name: str = "one") -> str:
    return f'<table:table table:name="{name}">{rows}</table:table>'


def _text(text: str, more: str = "") -> str:
    return f'<table:table-cell office:value-type="string"{more}><text:p>{text}</text:p></table:table-cell>'


def _row(cells: str, more: str = "") -> str:
    return f"<table:table-row{more}>{cells}</table:table-row>"


def _read(path: Path, **how: str) -> list[tuple[int, dict[str, str]]]:
    with open_table(path, **how) as table:
        return [(row.number, dict(row.cells)) for row in table.rows]


def test_values_of_every_type_and_an_empty_rest_are_read(tmp_path: Path) -> None:
    cells = (
        '<table:table-cell office:value-type="float" office:value="7"><text:p>7,00</text:p></table:table-cell>'
        '<table:table-cell office:value-type="date" office:date-value="2026-11-24"><text:p>24/11</text:p></table:table-cell>'
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"><text:p>نعم</text:p></table:table-cell>'
        '<table:table-cell table:formula="of:=1+1" office:value-type="float" office:value="2"/>'
        + _text("a<text:s text:c='2'/>b <text:span>c</text:span><text:tab/>d<text:line-break/>e  \n f")
        + "<table:table-cell><office:annotation><text:p>a note</text:p></office:annotation><text:p>x</text:p><text:p>y</text:p></table:table-cell>"
        + '<table:table-cell table:number-columns-repeated="16000"/>'
    )
    head = "".join(_text(name) for name in "abcdef") + '<table:table-cell table:number-columns-repeated="16000"/>'
    empty = _row('<table:table-cell table:number-columns-repeated="16384"/>', ' table:number-rows-repeated="1048570"')
    twice = _row(_text("z"), ' table:number-rows-repeated="2"')
    table = _sheet(f"<table:table-header-rows>{_row(head)}</table:table-header-rows>{_row(cells)}{twice}{empty}")
    found = _read(_ods(tmp_path / "t.ods", table + _sheet(_row(_text("other")), "two")))
    rest = dict.fromkeys("bcdef", "")
    assert found == [
        (2, {"a": "7", "b": "2026-11-24", "c": "true", "d": "2", "e": "a  b c\td\ne f", "f": "x\ny"}),
        (3, {"a": "z", **rest}),
        (4, {"a": "z", **rest}),
    ]


def test_a_sheet_is_found_by_its_name(tmp_path: Path) -> None:
    inside = _sheet(_row(_text("a"))) + _sheet(_row(_text("b")) + _row(_text("2")), "two")
    path = _ods(tmp_path / "t.ods", inside)
    assert _read(path, sheet="two") == [(2, {"b": "2"})]
    with pytest.raises(UnreadableTable, match="there is no sheet “three”"):
        _read(path, sheet="three")


def test_a_formula_is_read_as_its_result_and_refused_without_one(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    book.active.append(["1", "=1+1"])
    book.save(tmp_path / "t.xlsx")
    with pytest.raises(UnreadableTable, match="cell B2 holds a formula without a result"):
        _read(tmp_path / "t.xlsx")
    without = _text("1") + '<table:table-cell table:formula="of:=1+1"/>'
    with pytest.raises(UnreadableTable, match="cell B2 holds a formula without a result"):
        _read(_ods(tmp_path / "t.ods", _sheet(_row(_text("a") + _text("b")) + _row(without))))


def test_what_a_formula_gave_when_it_was_saved_is_read_and_nothing_is_calculated_or_fetched(tmp_path: Path) -> None:
    """What stands beside a formula is what comes in, also where it is not what the formula would give."""
    write_table(("a", "b"), iter([{"a": "1", "b": "x"}]), tmp_path / "t.xlsx", "xlsx")
    before = b'<c t="inlineStr"><is><t xml:space="preserve">x</t></is></c>'
    for formula in (b"1+1", b"WEBSERVICE(&quot;http://127.0.0.1:9/&quot;)", b"[1]Sheet1!A1", b"cmd|'/c calc'!A0"):
        after = b"<c><f>%s</f><v>7</v></c>" % formula
        _changed(tmp_path / "t.xlsx", "xl/worksheets/sheet1.xml", partial(_put, before=before, after=after))
        assert _read(tmp_path / "t.xlsx") == [(2, {"a": "1", "b": "7"})]
        before = after
    cell = '<table:table-cell table:formula="of:=WEBSERVICE(&quot;http://127.0.0.1:9/&quot;)" office:value-type="float" office:value="7"/>'
    path = _ods(tmp_path / "t.ods", _sheet(_row(_text("a")) + _row(cell)))
    assert _read(path) == [(2, {"a": "7"})]


def test_a_workbook_that_gives_a_wrong_size_is_read_whole(tmp_path: Path) -> None:
    write_table(("a", "b"), iter([{"a": "1", "b": "2"}]), tmp_path / "t.xlsx", "xlsx")
    _changed(
        tmp_path / "t.xlsx",
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"<sheetData", b'<dimension ref="A1:A1"/><sheetData'),
    )
    assert _read(tmp_path / "t.xlsx") == [(2, {"a": "1", "b": "2"})]


def _put(xml: bytes, *, before: bytes, after: bytes) -> bytes:
    return xml.replace(before, after)


def _changed(path: Path, part: str, change: Callable[[bytes], bytes], **more: bytes) -> None:
    held = io.BytesIO(path.read_bytes())
    with zipfile.ZipFile(held) as before, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, change(before.read(name)) if name == part else before.read(name))
        for name, content in more.items():
            after.writestr(name, content)


LAUGHS = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'


def _bombs(folder: Path) -> Iterator[tuple[str, Path]]:
    yield "declares entities", _ods(folder / "laughs.ods", _sheet(_row(_text("a"))), LAUGHS)
    write_table(("a",), iter([{"a": "1"}]), folder / "laughs.xlsx", "xlsx")
    _changed(folder / "laughs.xlsx", "xl/worksheets/sheet1.xml", lambda xml: LAUGHS.encode() + xml)
    yield "declares entities", folder / "laughs.xlsx"
    write_table(("a",), iter([{"a": "1"}]), folder / "macro.xlsm", "xlsx")
    _changed(folder / "macro.xlsm", "", bytes, **{"xl/vbaProject.bin": b"x"})
    yield "macros", folder / "macro.xlsm"
    for name in ("Basic/Standard/Module1.xml", "Scripts/python/a.py", "xl/macrosheets/sheet1.xml"):
        path = _ods(folder / f"{len(name)}.ods", _sheet(_row(_text("a"))))
        with zipfile.ZipFile(path, "a") as archive:
            archive.writestr(name, "<a/>")
        yield "macros", path
    yield "trap", _ods(folder / "ratio.ods", _sheet(_row(_text("a")) + _row(_text("x" * 30_000_000))))
    yield "columns", _ods(folder / "wide.ods", _sheet(_row(_text("a", ' table:number-columns-repeated="99999999"'))))
    yield (
        "rows",
        _ods(folder / "long.ods", _sheet(_row(_text("a")) + _row(_text("x"), ' table:number-rows-repeated="9999999"'))),
    )
    spaces = "<text:s text:c='999999'/>" * 3
    yield "characters", _ods(folder / "spaces.ods", _sheet(_row(_text("a")) + _row(_text(spaces))))
    with zipfile.ZipFile(folder / "strings.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/sharedStrings.xml", "<sst>" + "<si/>" * 13_500_000 + "</sst>")
    yield "more than", folder / "strings.xlsx"
    with zipfile.ZipFile(folder / "other.zip", "w") as archive:
        archive.writestr("readme.txt", "x")
    yield "no workbook", folder / "other.zip"
    (folder / "broken.xlsx").write_bytes(b"PK\x03\x04" + b"x" * 100)
    yield "cannot be opened", folder / "broken.xlsx"
    (folder / "deep.json").write_text('[{"a": ' + "[" * 100_000)
    yield "not JSON", folder / "deep.json"
    (folder / "half.json").write_text('[{"a": 1},{"a": ')
    yield "not JSON at line 1", folder / "half.json"
    (folder / "comma.json").write_text('\n[{"a": 1},\n\n{"a":\n 2},\n {"a": 3 "b"}]')
    yield "not JSON at line 6", folder / "comma.json"
    whole, row = folder / "whole.ods", _sheet(_row(_text("a")) + _row(_text("b")))
    yield "damaged from row 3 on", _ods(whole, row.replace("</table:table>", "<"))
    (folder / "cell.csv").write_text("a\n" + "x" * 1_000_001)
    yield "line 2: a cell holds more than 1", folder / "cell.csv"


def test_every_bomb_is_refused_with_its_reason_and_little_memory(tmp_path: Path) -> None:
    for words, path in _bombs(tmp_path):
        tracemalloc.start()
        with pytest.raises(UnreadableTable) as told:
            _read(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert words in str(told.value), path.name
        assert peak < 100_000_000, path.name


@pytest.mark.parametrize(
    ("words", "start"),
    [
        ("Excel made them before 2007", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
        ("a page (HTML or XML)", b"\xef\xbb\xbf \n<html><table><tr><td>a,b</td></tr></table></html>"),
        ("is no table", b"%PDF-1.7\n1 0 obj"),
        ("is no table", bytes(range(256))),
    ],
)
def test_what_is_no_table_is_not_read_as_one_odd_column(tmp_path: Path, words: str, start: bytes) -> None:
    (tmp_path / "t.xls").write_bytes(start)
    with pytest.raises(UnreadableTable, match=re.escape(words)):
        _read(tmp_path / "t.xls")


def test_tables_in_wide_encodings_hold_zeros_and_are_read(tmp_path: Path) -> None:
    for encoding, said in (("utf-16", ""), ("utf-16-le", "utf-16-le")):
        (tmp_path / "t.csv").write_text("a\tb\nغات\t1\n", encoding)
        assert _read(tmp_path / "t.csv", encoding=said) == [(2, {"a": "غات", "b": "1"})]


def test_what_no_database_keeps_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text('[{"a\\ud800": "x\\u0000", "b": ["\\udfff"]}]')
    assert _read(tmp_path / "t.json") == [(2, {"a\ufffd": "x\ufffd", "b": "\ufffd"})]
    book = openpyxl.Workbook()
    for row in (["a", "b"], ["1_x0000_2", "_xD800_"]):
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    ((_, cells),) = _read(tmp_path / "t.xlsx")
    "".join(cells.values()).encode()
    assert "\0" not in "".join(cells.values())


def test_what_is_written_is_what_others_read(tmp_path: Path) -> None:
    write_table(("a",), iter([{"a": "1"}]), tmp_path / "t.ods", "ods")
    with zipfile.ZipFile(tmp_path / "t.ods") as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.testzip() is None


@pytest.mark.parametrize(
    "content", ['{"a": "1"}\n{"a": "2", "b": {"c": "x"}}\n', '\ufeff[{"a": "1"}, {"b": {"c": "x"}, "a": "2"}]']
)
def test_objects_in_a_list_or_one_a_line_are_read(tmp_path: Path, content: str) -> None:
    (tmp_path / "t.json").write_text(content, "utf-8")
    found = [cells for _, cells in _read(tmp_path / "t.json")]
    assert found == [{"a": "1", "b": "", "b/c": ""}, {"a": "2", "b": '{"c": "x"}', "b/c": "x"}]
