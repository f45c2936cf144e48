"""A file that must never lie on a disk in the clear is checked in memory: the same answers, and no file is opened to be written."""

from __future__ import annotations

import os
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile, gettempdir

import pytest
from flask import Flask

from consult.attachments import check_in_memory
from consult.attachments.child import taken_apart
from consult.attachments.kinds import Refused
from consult.testing.attached_files import PERSON, good_files
from consult.testing.hostile_files import hostile_archives, hostile_others, hostile_pdfs
from consult.testing.written import opened_to_be_written

GOOD, MOST = good_files(), 2**22
#: What is open already and stands in no folder.
UNNAMED = "/proc/self/fd/"


def memory(content: bytes = b"") -> int:
    """Return memory that is open and has no name."""
    made = os.memfd_create("test")
    os.write(made, content)
    return made


def test_the_listener_hears_what_is_written(tmp_path: Path) -> None:
    gettempdir()  # which is looked for once, by writing
    with opened_to_be_written() as written:
        (tmp_path / "a").write_bytes(b"x")
        (tmp_path / "a").read_bytes()
        with TemporaryFile():
            pass
    assert set(written) == {str(tmp_path / "a"), gettempdir()}


@pytest.mark.parametrize("name", GOOD)
def test_every_kind_is_taken_in_memory_without_its_words(name: str, app: Flask) -> None:
    with opened_to_be_written() as written:
        kind, made = check_in_memory(BytesIO(GOOD[name]), MOST)
    assert (kind.value, PERSON.encode() in made) == (name, False)
    assert written == []
    assert not [path for path in Path(app.instance_path).rglob("attachments/*") if path.is_file()]


@pytest.mark.parametrize("name", GOOD)
def test_the_process_that_takes_it_apart_writes_what_it_was_handed_and_nothing_else(name: str) -> None:
    source, target = memory(GOOD[name]), memory()
    try:
        with opened_to_be_written() as written:
            said = taken_apart(Path(f"{UNNAMED}{source}"), Path(f"{UNNAMED}{target}"), words=False)
        assert os.fstat(target).st_size > 0
    finally:
        os.close(source)
        os.close(target)
    assert (said["kind"], said["text"]) == (name, "")
    assert {path for path in written if not path.startswith(UNNAMED)} == set()


@pytest.mark.parametrize(
    "content",
    [
        next(iter(hostile_pdfs().values())),
        next(iter(hostile_archives().values())),
        next(iter(hostile_others().values())),
        b"",
        bytes(MOST + 1),
    ],
    ids=["PDF", "archive", "other", "empty", "large"],
)
def test_what_is_refused_as_a_file_is_refused_in_memory(content: bytes, app: Flask) -> None:
    with pytest.raises(Refused):
        check_in_memory(BytesIO(content), MOST)
