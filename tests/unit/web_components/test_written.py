"""A file is sent while it is written; what goes wrong is told before the first piece, or breaks the answer off."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from secrets import token_hex
from typing import IO

import pytest
from flask import Flask

from consult.errors import Busy, Conflict
from consult.spreadsheets import WRITERS, open_table
from consult.spreadsheets.ods import MEDIA_TYPE
from consult.turns import Queue
from consult.web.written import PIECE, sent_while_written

#: Seconds after which something that never comes is a failure.
PATIENCE = 20


def test_the_first_piece_is_sent_before_the_last_is_written(app: Flask) -> None:
    read = threading.Event()

    def write(out: IO[bytes]) -> None:
        out.write(b"a" * PIECE)
        out.write(b"b")
        assert read.wait(PATIENCE), "nobody reads what is there"
        out.write(b"c" * PIECE)

    with app.test_request_context():
        answer = sent_while_written(write, "text/plain", "letters.txt")
    pieces = iter(answer.response)
    assert next(pieces) == b"a" * PIECE
    read.set()
    assert b"".join(pieces) == b"b" + b"c" * PIECE
    answer.close()


def test_what_goes_wrong_at_first_is_raised_where_it_can_be_told(app: Flask) -> None:
    def fail(out: IO[bytes]) -> None:
        out.write(b"a")
        raise Conflict

    with app.test_request_context(), pytest.raises(Conflict):
        sent_while_written(fail, "text/plain", "letters.txt")


def test_what_goes_wrong_later_breaks_the_answer_off(app: Flask) -> None:
    read = threading.Event()

    def fail(out: IO[bytes]) -> None:
        out.write(b"a" * PIECE)
        out.write(b"b")
        assert read.wait(PATIENCE)
        raise Conflict

    with app.test_request_context():
        answer = sent_while_written(fail, "text/plain", "letters.txt")
    pieces = iter(answer.response)
    next(pieces)
    read.set()
    with pytest.raises(Conflict):
        list(pieces)
    answer.close()


def test_writing_ends_once_the_reader_has_left(app: Flask) -> None:
    left, ended = threading.Event(), threading.Event()

    def write(out: IO[bytes]) -> None:
        out.write(b"a" * PIECE)
        out.write(b"b")
        assert left.wait(PATIENCE)
        try:
            out.write(b"c" * 2 * PIECE)
        except BrokenPipeError:
            ended.set()
            raise

    with app.test_request_context():
        answer = sent_while_written(write, "text/plain", "letters.txt")
    answer.close()
    left.set()
    assert ended.wait(PATIENCE)


@pytest.mark.parametrize("form", WRITERS)
def test_every_format_of_a_table_is_sent_row_by_row(app: Flask, form: str, tmp_path: Path) -> None:
    read = threading.Event()

    def rows() -> Iterator[Mapping[str, str]]:
        for number in range(2_000):
            yield {"a": f"{number}", "b": token_hex(64)}
        assert read.wait(PATIENCE), "nobody reads what is there"
        yield {"a": "last", "b": ""}

    with app.test_request_context():
        answer = sent_while_written(lambda out: WRITERS[form](("a", "b"), rows(), out), "text/plain", f"table.{form}")
    pieces, file = iter(answer.response), tmp_path / "table"
    first = next(pieces)
    read.set()
    file.write_bytes(first + b"".join(pieces))
    with open_table(file) as table:
        assert [row.cells["a"] for row in table.rows] == [*map(str, range(2_000)), "last"]


def test_a_sheet_of_libreoffice_begins_as_its_format_demands(app: Flask, tmp_path: Path) -> None:
    """With its media type, not packed and with its size in its head: strict readers take nothing else for such a file."""
    file = tmp_path / "table.ods"
    with app.test_request_context():
        rows = [{"a": "بئر"}]
        answer = sent_while_written(lambda out: WRITERS["ods"](("a",), rows, out), "application/zip", "table.ods")
    file.write_bytes(answer.data)
    assert file.read_bytes()[30:].startswith(b"mimetype" + MEDIA_TYPE.encode())
    with zipfile.ZipFile(file) as archive:
        first = archive.infolist()[0]
        assert (archive.testzip(), first.filename, first.flag_bits & 8, first.file_size) == (
            *(None, "mimetype"),
            *(0, len(MEDIA_TYPE)),
        )
    with open_table(file) as table:
        assert [row.cells["a"] for row in table.rows] == ["بئر"]


def test_too_many_at_once_are_told_before_the_first_piece(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("consult.web.written._writing", Queue(1, 0, 0))
    read = threading.Event()

    def write(out: IO[bytes]) -> None:
        out.write(b"a" * PIECE)
        out.write(b"b")
        assert read.wait(PATIENCE)

    with app.test_request_context():
        answer = sent_while_written(write, "text/plain", "letters.txt")
        with pytest.raises(Busy):
            sent_while_written(write, "text/plain", "more.txt")
    read.set()
    assert answer.data.endswith(b"b")


def test_an_archive_is_whole_though_it_cannot_be_wound_back(app: Flask, tmp_path: Path) -> None:
    def write(out: IO[bytes]) -> None:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("long", "w") as entry:
            for number in range(50_000):
                entry.write(f"{number}\n".encode())

    with app.test_request_context():
        answer = sent_while_written(write, "application/zip", "long.zip")
    file = tmp_path / "long.zip"
    file.write_bytes(answer.data)
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert archive.read("long").endswith(b"49999\n")
