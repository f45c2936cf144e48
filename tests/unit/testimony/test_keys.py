"""The key's file: made once, for its owner's eyes, in no backup; changed without touching a text; looked at by the doctor."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from consult.accounts.access import OPERATOR
from consult.cli import testimony as program
from consult.cli.copies import write_backup
from consult.cli.doctor import Finding, examine
from consult.db import session
from consult.errors import Forbidden
from consult.events.models import EventRow
from consult.plugins.manager import load_hooks
from consult.runtime import Runtime, running, runtime
from consult.settings import Settings
from consult.testimony.keys import has_key, key_path, make_key_file, ring
from consult.testimony.models import Testimony
from consult.testimony.sealing import NoKey, WrongKey, fresh_ring, ring_as_text, ring_from_text
from consult.testimony.services import read_testimony, rotate_key
from consult.testing.testimonies import TEXT, back, give, only_number, proved
from consult.testing.world import World


def path_of(settings: Settings) -> Path:
    found = key_path(settings)
    assert found is not None
    return found


def finding(settings: Settings | None = None) -> Finding:
    parts = runtime()
    with running(Runtime(settings or parts.settings, parts.hooks, parts.readers, parts.signer)):
        return next(one for one in examine(runtime()) if one.subject == "confidential key")


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(program.testimony_group, list(arguments), obj=lambda: app)
    return result.exit_code, result.output + (str(result.exception) if result.exception else "")


def test_a_key_is_made_once_and_only_its_owner_reads_it(app: Flask, settings: Settings) -> None:
    path = path_of(settings)
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_text()
    code, said = run(app, "new-key")
    assert (code != 0, "never written over" in said, path.read_text()) == (True, True, before)
    path.unlink()
    code, said = run(app, "new-key")
    assert (code, "Keep a copy where the backups are not" in said, "Move it elsewhere" in said) == (0, True, False)
    assert ring_from_text(path.read_text()) != ring_from_text(before)
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_without_the_setting_there_is_no_key(app: Flask) -> None:
    parts = runtime()
    nowhere = Runtime(replace(parts.settings, confidential_key_file=""), parts.hooks, parts.readers, parts.signer)
    with running(nowhere):
        assert not has_key()
        with pytest.raises(NoKey):
            ring()


def test_rotating_wraps_anew_and_touches_no_text(here: World, app: Flask, settings: Settings) -> None:
    words, path = give(here), path_of(settings)
    give(here)
    old = path.read_text()

    def texts() -> list[tuple[bytes | None, bytes | None]]:
        return [tuple(row) for row in session.execute(sa.select(Testimony.sealed, Testimony.lookup))]

    before = texts()
    wrapped = set(session.scalars(sa.select(Testimony.wrapped_key)))
    assert rotate_key(path, actor=OPERATOR) == 2
    session.expire_all()
    assert texts() == before
    assert wrapped.isdisjoint(session.scalars(sa.select(Testimony.wrapped_key)))
    assert set(session.scalars(sa.select(Testimony.key_number))) == {2}
    assert back(here, words).testimony.text == TEXT
    assert session.scalars(sa.select(EventRow.facts).where(EventRow.type == "ConfidentialKeyRotated")).one() == {
        "key": 2
    }
    path.write_text(old)  # the key of before: it finds and opens nothing of what is sealed now
    with pytest.raises(WrongKey):
        back(here, words)


def test_a_rotation_that_was_interrupted_is_begun_again(here: World, settings: Settings) -> None:
    words, path = give(here), path_of(settings)
    path.write_text(ring_as_text(ring().rotated()))  # the new key was written, and no row was changed
    later = give(here)
    assert rotate_key(path, actor=OPERATOR) == 2
    assert {back(here, each).testimony.text for each in (words, later)} == {TEXT}
    assert (ring().current, len(ring().wraps)) == (3, 1)


def test_only_the_operator_rotates(here: World, settings: Settings) -> None:
    for who in ("administrator", "organiser", "moderator"):
        with pytest.raises(Forbidden):
            rotate_key(path_of(settings), actor=here.actor(who))
    assert ring().current == 1


def test_another_key_gives_a_clear_error(here: World, settings: Settings) -> None:
    give(here)
    path_of(settings).write_text(ring_as_text(fresh_ring()))
    with pytest.raises(WrongKey, match="not the key with which it was sealed"):
        read_testimony(only_number(), consultation=here.consultation, actor=proved(here, "moderator"))
    assert session.scalar(sa.select(sa.func.count()).where(EventRow.type == "TestimonyRead")) == 0
    said = finding()
    assert (said.well, said.words.endswith("does not open what was sealed")) == (False, True)


def test_the_doctor_says_how_the_key_is(app: Flask, settings: Settings) -> None:
    path = path_of(settings)
    assert finding().well
    assert finding(replace(settings, confidential_key_file="")) == Finding(
        "confidential key", True, "none is set: no confidential testimony"
    )
    path.chmod(0o640)
    assert finding().words == f"others than the owner can read {path}"
    path.chmod(0o600)
    inside = settings.instance_path / "confidential.key"
    make_key_file(inside)
    said = finding(replace(settings, confidential_key_file=str(inside)))
    assert (said.well, "whoever takes the folder has both" in said.words) == (False, True)
    path.write_text("no key")
    assert not finding().well
    path.unlink()
    assert finding().words == f"{path} is not there, cannot be read, or is no key"


def test_the_key_is_in_no_backup_even_if_it_lies_among_the_other_keys(app: Flask, settings: Settings) -> None:
    among = settings.keys_directory / "confidential.key"
    make_key_file(among)
    file = settings.instance_path / "backup.zip"
    write_backup(file, replace(settings, confidential_key_file=str(among)), load_hooks())
    with zipfile.ZipFile(file) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    assert "keys/log.ed25519" in kept
    assert "keys/confidential.key" not in kept
    assert [name for name, content in kept.items() if b"consult confidential key" in content] == []
