"""A plugin that raises in a hook harms nobody: the start is refused at once, or the act goes on and administrators see it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from markupsafe import Markup

from consult import clock
from consult.accounts.access import OPERATOR
from consult.accounts.models import Person
from consult.app import create_app
from consult.ballots.models import RollEntry
from consult.db import database, session, transaction
from consult.demo.load import load_sample
from consult.events.deliver import deliver_due
from consult.events.models import Delivery, EventRow
from consult.events.types import Recorded
from consult.i18n import Message
from consult.migrations.upgrade import upgrade
from consult.outcomes.compiler import compile_document
from consult.outcomes.sections import ReportSection
from consult.plugins import hookspecs
from consult.plugins.hookspecs import ExportColumn, NavigationLink, hookimpl
from consult.plugins.manager import load_hooks
from consult.runtime import runtime
from consult.settings import Settings
from consult.submissions.exchange.exports import export_submissions
from consult.testing.databases import digests
from consult.testing.installed import install_plugin
from consult.testing.sample import disposed
from consult.testing.small_tracks import small_plugins
from consult.testing.story import tell_story
from consult.testing.web import Browser
from consult.testing.world import World, make_world

pytestmark = pytest.mark.faults

#: What they raise keeps the application from starting half-made.
AT_START = (
    "consult_track",
    "consult_blueprints",
    "consult_permissions",
    "consult_event_types",
    "consult_decision_rules",
    "consult_reacts_to",
)
#: Many are asked: what one raises is noted, and the others are heard.
ASKED = (
    "consult_review_submission",
    "consult_review_transition",
    "consult_check_eligibility",
    "consult_slot",
    "consult_navigation",
    "consult_report_sections",
    "consult_export_columns",
)
ELSEWHERE = ("consult_event", "consult_demo", "consult_commands", "consult_translate")
FIRST = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)


class Broken(Exception):
    """What the plugin raises."""


def raising(hook: str) -> object:
    """Return a plugin that raises in one hook, after a statement that spoils a transaction on PostgreSQL."""

    def implementation(_self: object) -> None:
        if hook not in AT_START:
            with suppress(sa.exc.DBAPIError):
                session.execute(sa.text("SELECT nothing FROM nowhere"))
        raise Broken(hook)

    return type("Raising", (), {hook: hookimpl(implementation)})()


class Healthy:
    """A plugin beside it, which answers."""

    def __init__(self) -> None:
        self.heard: list[int] = []

    @hookimpl
    def consult_event(self, event: Recorded) -> None:
        """Hear it."""
        self.heard.append(event.seq)

    @hookimpl
    def consult_slot(self, slot: str) -> Markup:
        """Show something in every place."""
        return Markup("<p>healthy piece</p>")

    @hookimpl
    def consult_navigation(self) -> list[NavigationLink]:
        """Add a link."""
        return [NavigationLink(Message("Healthy link"), "/healthy")]

    @hookimpl
    def consult_report_sections(self) -> list[ReportSection]:
        """Add a section."""
        return [ReportSection("municipal", "healthy", Message("Healthy section"), (Message("A healthy paragraph."),))]

    @hookimpl
    def consult_export_columns(self) -> list[ExportColumn]:
        """Add a column."""
        return [ExportColumn("healthy.column", {})]


Enter = Callable[[Mapping[str, object]], Flask]


@pytest.fixture
def enter(settings: Settings) -> Iterator[Enter]:
    """Enter an application with plugins until the test ends."""
    with ExitStack() as stack:

        def entered(plugins: Mapping[str, object]) -> Flask:
            app = create_app(settings, plugins={**small_plugins(), **plugins})
            app.testing = True
            stack.enter_context(app.app_context())
            stack.enter_context(disposed())
            return app

        yield entered


def test_every_hook_is_tried_here() -> None:
    assert {*AT_START, *ASKED, *ELSEWHERE} == {name for name in vars(hookspecs) if name.startswith("consult_")}


@pytest.mark.parametrize("hook", AT_START)
def test_what_is_raised_at_the_start_keeps_the_application_from_starting(tmp_path: Path, hook: str) -> None:
    settings = Settings(instance_path=tmp_path)
    with pytest.raises(Broken, match=hook):
        create_app(settings, plugins={"raising": raising(hook)})


@dataclass
class Told:
    """What came of everything that asks plugins."""

    world: World
    page: str
    document: str
    columns: tuple[str, ...]
    voters: int


def everything_happens(app: Flask) -> Told:
    """Submit, review, vote, look at the page, compile the document, export."""
    world = make_world()
    tell_story(world)
    page = Browser(app).get("/en/c/test/")
    assert page.status_code == 200
    columns, rows = export_submissions(world.consultation, actor=OPERATOR)
    assert len(list(rows)) == 3
    voters = session.scalar(sa.select(sa.func.count()).select_from(RollEntry)) or 0
    document = repr(compile_document(world.consultation, "en"))
    return Told(world, page.get_data(as_text=True), document, columns, voters)


@pytest.mark.parametrize("hook", ASKED)
def test_what_is_raised_when_asked_is_noted_and_everything_goes_on(enter: Enter, hook: str) -> None:
    told = everything_happens(enter({"raising": raising(hook), "zealous": Healthy()}))
    assert {(f.plugin, f.hook, f.error) for f in runtime().hooks.failures} == {("raising", hook, "Broken")}
    assert told.page.count("healthy piece") == 1
    assert "Healthy link" in told.page
    assert told.document.count("A healthy paragraph.") == 1
    assert told.columns[-1] == "healthy.column"
    assert told.voters == 10  # two ballots, five members: none lost a place on the roll


def waits(reader: str) -> dict[int, tuple[int, str, datetime, bool]]:
    """Return each delivery of a reader by the number of its event: attempts, last error, when it is due, whether done."""
    rows = session.execute(
        sa.select(EventRow.seq, Delivery.attempts, Delivery.last_error, Delivery.due_at, Delivery.done_at)
        .join(EventRow, EventRow.id == Delivery.event_id)
        .where(Delivery.reader == reader)
    )
    return {row.seq: (row.attempts, row.last_error, row.due_at, row.done_at is not None) for row in rows}


class Mended:
    """A plugin that raises until it is mended; each call writes before it raises."""

    def __init__(self) -> None:
        self.broken = True
        self.done: list[int] = []

    @hookimpl
    def consult_event(self, event: Recorded) -> None:
        """Write, then raise."""
        session.execute(sa.update(Person).values(name="changed by a plugin"))
        if self.broken:
            raise Broken("with words that may be somebody's: not to be kept")
        self.done.append(event.seq)


def test_a_reaction_that_raises_is_tried_again_with_growing_waits_and_done_once(enter: Enter) -> None:
    mended, healthy = Mended(), Healthy()
    app = enter({"mended": mended, "zealous": healthy})
    with clock.at(FIRST):
        world = make_world()
        world.sign_in(Browser(app), "moderator")  # one event
        while deliver_due():
            pass
    assert healthy.heard == [1]
    moment, due = FIRST, []
    for attempt in range(1, 8):
        [(attempts, error, moment, done)] = waits("mended").values()
        assert (attempts, done) == (attempt, False)
        assert error.startswith("Broken in consult_event (test_raising_plugins.py:")
        assert "somebody" not in error
        due.append(moment)
        with clock.at(moment - timedelta(seconds=1)):
            assert deliver_due() == 0
        mended.broken = attempt < 7
        with clock.at(moment):
            assert deliver_due() == 1
    gaps = [later - sooner for sooner, later in zip([FIRST, *due], due, strict=False)]
    assert [gap.total_seconds() for gap in gaps] == [5, 10, 20, 40, 80, 160, 320]
    [(attempts, error, _, done)] = waits("mended").values()
    assert (attempts, error, done) == (8, "", True)
    with clock.at(moment + timedelta(days=1)):
        assert deliver_due() == 0
    assert (mended.done, healthy.heard) == ([1], [1])


def test_what_a_reaction_wrote_before_it_raised_is_taken_back(enter: Enter) -> None:
    app = enter({"mended": Mended()})
    world = make_world()
    world.sign_in(Browser(app), "moderator")
    assert deliver_due() == 1
    assert session.scalars(sa.select(Person.name).where(Person.name == "changed by a plugin")).all() == []


def test_a_wait_is_never_longer_than_six_hours(enter: Enter) -> None:
    app = enter({"mended": Mended()})
    with clock.at(FIRST):
        make_world().sign_in(Browser(app), "moderator")
        with transaction():
            session.execute(sa.update(Delivery).values(attempts=30))
        assert deliver_due() == 1
    assert [due for _, _, due, _ in waits("mended").values()] == [FIRST + timedelta(hours=6)]


def test_a_plugin_that_raises_in_its_part_of_the_sample_leaves_nothing_half_loaded(tmp_path: Path) -> None:
    installed = load_hooks()
    tracks = {name: installed.manager.get_plugin(name) for name in installed.plugin_names()}
    app = create_app(Settings(instance_path=tmp_path), plugins={**tracks, "raising": raising("consult_demo")})
    with app.app_context(), disposed():
        upgrade(database.engine, runtime().hooks)
        with database.engine.connect() as connection:
            before = digests(connection)
        with pytest.raises(Broken):
            load_sample()
        with database.engine.connect() as connection:
            assert digests(connection) == before


PLUGIN = """
from consult.sdk import hookimpl

@hookimpl
def consult_commands():
    raise RuntimeError("broken")
"""


def test_a_plugin_that_raises_in_its_commands_leaves_those_of_the_core(tmp_path: Path) -> None:
    environment = install_plugin(tmp_path / "site", "raising", PLUGIN) | {"CONSULT_INSTANCE_PATH": str(tmp_path / "i")}
    command = [sys.executable, "-m", "consult", "--help"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert result.returncode == 0
    assert result.stderr == "A plugin cannot be loaded, and so none gives commands: RuntimeError: broken\n"
    assert "  serve " in result.stdout
