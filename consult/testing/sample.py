"""The sample consultation for tests: loaded once for a test run, however many processes it has, and copied for each test."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from consult.accounts.models import Person
from consult.accounts.signing_in.sign_in import start_sign_in
from consult.app import create_app
from consult.cli.copies import copy_all
from consult.connections import engine_options, prepare_engine
from consult.db import database, session
from consult.demo.load import DEMO_PEOPLE, load_sample
from consult.migrations.upgrade import upgrade
from consult.plugins.manager import load_hooks
from consult.runtime import runtime
from consult.settings import Settings
from consult.testing.databases import PostgresqlServer

_TEMPLATE = "sample_template"
#: The key of the sample's testimonies, beside its database: it is no secret.
CONFIDENTIAL = "confidential.key"


@dataclass(slots=True)
class LoadedSample:
    """An instance with the sample that nobody writes to; `copy` gives a test its own."""

    folder: Path
    server: PostgresqlServer | None = None

    def copy(self, folder: Path, engine: str) -> Settings:
        """Copy database, keys and files into a test's folder and return the settings of the copy."""
        shutil.copytree(self.folder / "keys", folder / "keys")
        for name in ("imports", "open-data", "attachments"):
            shutil.copytree(self.folder / name, folder / name)
        shutil.copyfile(self.folder / CONFIDENTIAL, folder / CONFIDENTIAL)
        if engine == "postgresql":
            return _settings(folder, self._postgresql_copy(folder))
        shutil.copyfile(self.folder / "consult.db", folder / "consult.db")
        return _settings(folder, "")

    def _postgresql_copy(self, folder: Path) -> str:
        assert self.server is not None
        name = f"sample_{folder.name.replace('-', '_').lower()}_{os.getpid()}"
        if not self.server.has(_TEMPLATE):
            self.server.run(f"CREATE DATABASE {_TEMPLATE}")
            copy_all(_engine(_settings(self.folder, "")), self.server.url(_TEMPLATE), load_hooks())
        self.server.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.server.run(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY FILE_COPY")
        return self.server.url(name)


def _settings(folder: Path, url: str) -> Settings:
    return Settings(
        instance_path=folder,
        database_url=url,
        insecure_http=True,
        second_factor_for_roles=False,
        searches_a_minute=0,
        base_url="http://localhost",
        demo=True,
        confidential_key_file=str(folder / CONFIDENTIAL),
    )


def _engine(settings: Settings) -> sa.Engine:
    engine = sa.create_engine(settings.sqlalchemy_url, poolclass=sa.NullPool, **engine_options(settings))
    prepare_engine(engine)
    return engine


def loaded_sample(folder: Path) -> Path:
    """Load the sample into `folder`, unless another process of this run has done so or is doing it."""
    folder.mkdir(exist_ok=True)
    with (folder / "loading").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "loaded").exists():
            app = create_app(_settings(folder, ""))
            with app.app_context(), disposed():
                upgrade(database.engine, runtime().hooks)
                load_sample()
            (folder / "loaded").touch()
    return folder


@contextmanager
def disposed() -> Iterator[None]:
    """Close every connection of the running application when the block ends."""
    try:
        yield
    finally:
        session.remove()
        database.engine.dispose()


def sign_in_tokens() -> dict[str, str]:
    """Sign in one person of each role of the sample and return the cookies' tokens by role, "" for nobody."""
    tokens = {"": ""}
    for role, address in DEMO_PEOPLE.items():
        person = session.scalars(sa.select(Person.id).where(Person.email_key == address)).one()
        factor = "app" if role == "moderator" else ""  # who reads testimonies, too
        tokens[role] = start_sign_in(person, method="link", factor=factor)
    return tokens


__all__ = ["LoadedSample", "disposed", "loaded_sample", "sign_in_tokens"]
