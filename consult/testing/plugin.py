"""Fixtures: `app` (once on each engine), `client`, `world`, `written_texts`, `story`, `count_queries`, `real_hashes`, `sample_instance`, `sample_app`."""

from __future__ import annotations

import copy
import gc
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from consult.app import create_app
from consult.ballots.frozen import forget_opened
from consult.consultations.models import Consultation
from consult.db import database
from consult.plugins.manager import load_hooks
from consult.settings import Settings
from consult.testing.databases import ENGINES, PostgresqlServer, Template, postgresql_server, quick_folder
from consult.testing.quick import CHEAP_HASHES, REAL_HASHES, quick_applications, use_hashes
from consult.testing.sample import LoadedSample, disposed, loaded_sample
from consult.testing.small_tracks import running_app
from consult.testing.story import Story, tell_story, write_texts
from consult.testing.web import Browser
from consult.testing.world import World, make_world

#: Objects between collections: a test makes many, which all go with it.
SELDOM = (100_000, 50, 100)


def pytest_configure(config: pytest.Config) -> None:
    """Keep the tests' folders in memory where there is such a place (PYTEST_DEBUG_TEMPROOT says another), and templates compiled."""
    gc.set_threshold(*SELDOM)
    use_hashes(CHEAP_HASHES)
    has_cache = config.pluginmanager.has_plugin("cacheprovider")
    quick_applications(config.cache.mkdir("templates") if has_cache else Path(tempfile.mkdtemp()))
    if folder := quick_folder():
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", folder)


def pytest_collection_finish() -> None:
    """Leave alone what was imported and collected: going through it again and again took a third of the time of a run."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A real PostgreSQL for the whole run."""
    with postgresql_server() as server:
        yield server


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Template]:
    """The migrated template databases made so far, by engine."""
    return {}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The name of the database engine; a test that uses it runs once on each."""
    return str(request.param)


#: What may stand in a test's database from the beginning, the most first: it is written once for many tests.
READY = ("story", "written_texts", "world")


@pytest.fixture
def database_url(
    engine: str, request: pytest.FixtureRequest, templates: dict[str, Template], tmp_path: Path
) -> Iterator[str]:
    """The address of a migrated database of this test's own: empty, or with what it asks for of `READY`."""
    template, wanted = _template(f"template_{engine}", engine, request, templates), _wanted(request)
    if wanted:
        name = f"{wanted}_{engine}"
        if name not in templates:
            templates[name] = template.filled(_folder(name, request), _WRITE[wanted])
        template = templates[name]
    address = template.copy(tmp_path)
    yield address
    template.drop(address)


def _wanted(request: pytest.FixtureRequest) -> str:
    return next((what for what in READY if what in request.fixturenames), "")


def _template(name: str, engine: str, request: pytest.FixtureRequest, made: dict[str, Template]) -> Template:
    """Return the migrated, empty database of an engine, made once."""
    if name not in made:
        server = request.getfixturevalue("postgresql") if engine == "postgresql" else None
        hooks = load_hooks() if name.startswith("template_") else load_hooks(plugins={})
        made[name] = Template.make(engine, _folder(name, request), hooks, server)
    return made[name]


def _folder(name: str, request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue("tmp_path_factory").mktemp(name)
    return found


def _write_world(settings: Settings) -> World:
    with create_app(settings).app_context(), disposed():
        return make_world()


def _write_texts(settings: Settings) -> Story:
    with contextmanager(running_app)(settings):
        return write_texts(make_world())


def _write_story(settings: Settings) -> Story:
    with contextmanager(running_app)(settings):
        return tell_story(make_world())


_WRITE: dict[str, Callable[[Settings], World | Story]] = {
    "world": _write_world,
    "written_texts": _write_texts,
    "story": _write_story,
}


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of this test's own instance, over plain http as a test client speaks it."""
    return Settings(
        instance_path=tmp_path,
        database_url=database_url,
        insecure_http=True,
        second_factor_for_roles=False,
        searches_a_minute=0,
        base_url="http://localhost",
    )


@pytest.fixture
def core_settings(
    engine: str, request: pytest.FixtureRequest, templates: dict[str, Template], tmp_path: Path
) -> Iterator[Settings]:
    """Settings of an instance whose database knows no plugin: what a plugin finds when it is installed later."""
    template = _template(f"core_{engine}", engine, request, templates)
    address = template.copy(tmp_path)
    yield Settings(
        instance_path=tmp_path,
        database_url=address,
        insecure_http=True,
        second_factor_for_roles=False,
        searches_a_minute=0,
        base_url="http://localhost",
    )
    template.drop(address)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application with the installed plugins, inside its context."""
    app = create_app(settings)
    app.testing, app.test_client_class = True, Browser
    with app.app_context():
        yield app
        database.session.remove()
        database.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that nobody has signed in with."""
    return app.test_client()


@pytest.fixture
def ready(engine: str, request: pytest.FixtureRequest, templates: dict[str, Template]) -> World | Story | None:
    """What stands in the test's database from the beginning."""
    template = templates.get(f"{_wanted(request)}_{engine}")
    return copy.deepcopy(template.holds) if template else None


@pytest.fixture
def world(app: Flask, ready: World | Story | None) -> World:
    """A small consultation with people in every part; see `consult.testing.world`."""
    world = ready.world if isinstance(ready, Story) else ready
    if world is None or not _stands(world):
        return make_world()
    forget_opened()  # the same consultation as in the test before, with other ballots
    return world


@pytest.fixture
def written_texts(world: World, ready: World | Story | None) -> Story:
    """What was written in `consult.testing.story`: three accepted texts and one under review."""
    return ready if isinstance(ready, Story) and ready.world is world else write_texts(world)


@pytest.fixture
def story(world: World, ready: World | Story | None) -> Story:
    """The small consultation in which everything happened once; see `consult.testing.story`."""
    return ready if isinstance(ready, Story) and ready.world is world else tell_story(world)


def _stands(world: World) -> bool:
    """Tell whether it is in the running application's database: those of `core_settings` have none."""
    with database.engine.connect() as connection:
        found = connection.execute(sa.select(Consultation.id).where(Consultation.id == world.consultation_id))
        return found.first() is not None


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> LoadedSample:
    """The sample consultation, loaded once for the whole run."""
    base = tmp_path_factory.getbasetemp()
    return LoadedSample(loaded_sample((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "sample"))


@pytest.fixture
def sample_instance(sample: LoadedSample, engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of an instance of this test's own that holds the sample consultation, `tripoli`."""
    if engine == "postgresql":
        sample.server = request.getfixturevalue("postgresql")
    return sample.copy(tmp_path, engine)


@pytest.fixture
def sample_app(sample_instance: Settings) -> Iterator[Flask]:
    """An application with the sample consultation, inside its context."""
    app = create_app(sample_instance)
    app.testing, app.test_client_class = True, Browser
    with app.app_context(), disposed():
        yield app


@pytest.fixture
def real_hashes() -> Iterator[None]:
    """Slow hashes as slow as the product's, for a test of what they cost or of how they are kept."""
    use_hashes(REAL_HASHES)
    yield
    use_hashes(CHEAP_HASHES)


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """A context manager that collects the statements sent to the database inside it."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        seen: list[str] = []

        def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
            seen.append(statement)

        sa.event.listen(database.engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            sa.event.remove(database.engine, "before_cursor_execute", note)

    return counting
