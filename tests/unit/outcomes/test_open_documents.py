"""Documents, the register of moderation and quotes in the open data: what the site gives to everybody, and nothing else."""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from consult import clock
from consult.accounts.access import OPERATOR
from consult.attachments import path_of
from consult.db import new_id, session, transaction
from consult.outcomes.open_data import write_open_data
from consult.outcomes.open_data_files import documents_of
from consult.submissions.documents.models import Attachment, SubmissionAttachment
from consult.submissions.models import Submission
from consult.testimony.models import Quote
from consult.testing.acts import accept, hand_in, hide
from consult.testing.withheld import ENDORSED
from consult.testing.world import World


def _file(world: World, text: Submission, number: int, content: bytes, **facts: object) -> None:
    place, row = uuid.uuid4().hex, new_id()
    path = path_of(place)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    link = {"revision": 1, "private": False} | {key: facts.pop(key) for key in ("revision", "private") if key in facts}
    with transaction():
        session.add(
            Attachment(
                id=row,
                consultation_id=world.consultation_id,
                member_id=world.members["ghat"],
                kind="pdf",
                size=len(content),
                sha256=sha256(content).hexdigest(),
                place=place,
                checked_at=clock.now(),
                **{"name": "plan", **facts},
            )
        )
        session.flush()
        session.add(SubmissionAttachment(submission_id=text.id, number=number, attachment_id=row, **link))


def _packed(world: World, path: Path) -> tuple[dict[str, bytes], dict[str, list[dict[str, str]]]]:
    write_open_data(path, consultation=world.consultation, licence="CC0-1.0", actor=OPERATOR)
    with ZipFile(path) as package:
        files = {name: package.read(name) for name in package.namelist()}
    described = json.loads(files["datapackage.json"])
    tables = {
        one["name"]: list(csv.DictReader(io.StringIO(files[one["path"]].decode("utf-8"), newline="")))
        for one in described["resources"]
    }
    return files, tables


def test_the_documents_that_everybody_may_take_are_in_it_and_no_other(world: World, tmp_path: Path) -> None:
    open_text, waiting = hand_in(world, "ghat", ENDORSED), hand_in(world, "derna", ENDORSED)
    accept(world, open_text)
    _file(world, open_text, 1, b"%PDF public", name="the plan of Ghat")
    _file(world, open_text, 2, b"%PDF qxprivate", name="qxprivatename", private=True)
    _file(world, open_text, 7, b"%PDF qxearlier", name="qxearliername", revision=0)
    _file(world, waiting, 1, b"%PDF qxwaiting", name="qxwaitingname")
    files, tables = _packed(world, tmp_path / "a.zip")
    path = f"documents/{open_text.number}/1.pdf"
    assert tables["documents"] == [
        {
            "submission": open_text.number,
            "document": "1",
            "name": "the plan of Ghat.pdf",
            "kind": "pdf",
            "bytes": "11",
            "sha256": sha256(b"%PDF public").hexdigest(),
            "path": path,
        }
    ]
    assert files[path] == b"%PDF public"
    everything = b"".join(files.values()) + "".join(files).encode()
    assert [word for word in (b"qxprivate", b"qxearlier", b"qxwaiting") if word in everything] == []
    _packed(world, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_where_the_name_is_withheld_the_file_bears_none(world: World, tmp_path: Path) -> None:
    text = hand_in(world, "ghat", ENDORSED)
    accept(world, text)
    _file(world, text, 1, b"%PDF", name="qxname of somebody")
    with transaction():
        session.execute(sa.update(Submission).where(Submission.id == text.id).values(withheld=True))
    files, tables = _packed(world, tmp_path / "a.zip")
    assert [row["name"] for row in tables["documents"]] == ["document-1.pdf"]
    assert b"qxname" not in b"".join(files.values()) + "".join(files).encode()


def test_what_does_not_fit_is_named_without_a_path_and_what_is_smaller_still_comes(world: World) -> None:
    text = hand_in(world, "ghat", ENDORSED)
    accept(world, text)
    for number, size in enumerate((10, 8, 3), start=1):
        _file(world, text, number, b"x" * size)
    found = list(documents_of(world.consultation, most_bytes=14))
    assert [(one.document.size, bool(one.path)) for one in found] == [(10, True), (8, False), (3, True)]


def test_the_documents_are_walked_through_once(
    world: World, tmp_path: Path, count_queries: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    """What the table says of a file and what is packed are of one look: a batch, and one that finds nothing more."""
    text = hand_in(world, "ghat", ENDORSED)
    accept(world, text)
    for number in (1, 2):
        _file(world, text, number, b"%PDF")
    with count_queries() as sent:
        files, _ = _packed(world, tmp_path / "a.zip")
    assert sum("JOIN attachment" in statement for statement in sent) == 2
    assert len([name for name in files if name.startswith("documents/")]) == 2


def test_the_register_of_moderation_is_in_it_without_a_word_or_a_name(world: World, tmp_path: Path) -> None:
    text = hand_in(world, "ghat", ENDORSED)
    hide(world, text)
    files, tables = _packed(world, tmp_path / "a.zip")
    [row] = tables["moderation"]
    assert (row["line"], row["submission"], row["decision"], row["revision"]) == ("1", text.number, "hide", "1")
    here = ZoneInfo(world.consultation.timezone)
    assert row["day"] == clock.now().astimezone(here).date().isoformat()
    assert str(world.people["moderator"]).encode() not in b"".join(files.values())


def test_quotes_are_listed_without_their_words_and_not_when_they_were_taken_back(world: World, tmp_path: Path) -> None:
    with transaction():
        for number, withdrawn in ((1, False), (2, True)):
            session.add(
                Quote(
                    consultation_id=world.consultation_id,
                    number=number,
                    words="" if withdrawn else "qxwords",
                    language="en",
                    month="2026-10",
                    withdrawn=withdrawn,
                )
            )
    files, tables = _packed(world, tmp_path / "a.zip")
    assert tables["quotes"] == [{"quote": "1", "language": "en", "month": "2026-10"}]
    assert b"qxwords" not in b"".join(files.values())
