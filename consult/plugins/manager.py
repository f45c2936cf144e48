"""The only caller of hooks: a typed façade over one pluggy manager, which belongs to one application."""

from __future__ import annotations

import logging
import uuid
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import pluggy
from markupsafe import Markup

from consult import clock
from consult.db import in_transaction, session
from consult.errors import Problem
from consult.events.types import Event, Recorded
from consult.plugins import hookspecs
from consult.plugins.hookspecs import ExportColumn, NavigationLink
from consult.plugins.track import Track

if TYPE_CHECKING:
    import click
    from flask import Blueprint

    from consult.accounts.access import Actor, Permission
    from consult.ballots.models import Ballot
    from consult.ballots.rules.model import DecisionRule
    from consult.consultations.models import Consultation, Member
    from consult.outcomes.sections import ReportSection
    from consult.submissions.services import SubmissionDraft, Transition

log = logging.getLogger(__name__)
ENTRY_POINTS = "consult.plugins"


@dataclass(frozen=True, slots=True)
class Failure:
    """A hook that raised: which plugin, which hook, what kind of error, when (shown to administrators)."""

    plugin: str
    hook: str
    error: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Hooks:
    """Every hook as a typed call. A plugin that raises is noted in `failures` and harms nobody else.

    `silenced` names the plugins that are not asked; `scoped()` silences the tracks a consultation has not enabled.
    """

    manager: pluggy.PluginManager
    tracks: Mapping[str, Track] = field(default_factory=dict)
    track_of_plugin: Mapping[str, str] = field(default_factory=dict)
    rules: Sequence[DecisionRule] = ()
    events: Sequence[type[Event]] = ()
    failures: deque[Failure] = field(default_factory=lambda: deque(maxlen=100))
    silenced: frozenset[str] = frozenset()

    def scoped(self, enabled_tracks: Iterable[str]) -> Hooks:
        """Return the hooks without the plugins whose track is not among `enabled_tracks`."""
        enabled = set(enabled_tracks)
        silent = {plugin for plugin, track in self.track_of_plugin.items() if track not in enabled}
        return replace(self, silenced=self.silenced | silent)

    def track(self, key: str) -> Track | None:
        """Return a loaded track, None if its plugin is not installed or is switched off."""
        return self.tracks.get(key)

    def plugin_names(self) -> list[str]:
        """Return the names of the loaded plugins, in order."""
        return sorted(name for name, plugin in self.manager.list_name_plugin() if plugin is not None)

    def blueprints(self) -> list[Blueprint]:
        """Collect consult_blueprints; errors stop the start."""
        return [blueprint for _, found in self._strict("consult_blueprints") for blueprint in found]

    def commands(self) -> list[click.Command]:
        """Collect consult_commands; errors stop the start."""
        return [command for _, found in self._strict("consult_commands") for command in found]

    def permissions(self) -> list[Permission]:
        """Collect consult_permissions; errors stop the start, and a name that is not the plugin's own does too."""
        found = [(name, each) for name, given in self._strict("consult_permissions") for each in given]
        for name, each in found:
            if not each.name.startswith(f"{name}."):
                raise ValueError(f"the permission {each.name!r} of the plugin {name!r} must begin with '{name}.'")
        return [each for _, each in found]

    def event_types(self) -> list[type[Event]]:
        """Return what consult_event_types gave at the start."""
        return list(self.events)

    def decision_rules(self) -> list[DecisionRule]:
        """Return what consult_decision_rules gave at the start."""
        return list(self.rules)

    def demo(self, consultation: Consultation) -> None:
        """Call consult_demo; errors stop the loading."""
        for _ in self._strict("consult_demo", consultation=consultation):
            pass

    def review_submission(self, submission: SubmissionDraft, actor: Actor) -> list[Problem]:
        """Collect the problems plugins see in a submission."""
        return self._all("consult_review_submission", submission=submission, actor=actor)

    def review_transition(self, change: Transition) -> list[Problem]:
        """Collect what speaks against a change of state."""
        return self._all("consult_review_transition", change=change)

    def check_eligibility(self, ballot: Ballot, member: Member) -> list[Problem]:
        """Collect why a member may not stand on the roll."""
        return self._all("consult_check_eligibility", ballot=ballot, member=member)

    def slot(self, slot: str, context: dict[str, Any]) -> Markup:
        """Join what plugins show in a named place."""
        shown = [html for _, html in self._lenient("consult_slot", slot=slot, context=context) if html]
        return Markup("").join(cast("list[Markup]", shown))

    def navigation(self, viewer: Actor, consultation: Consultation) -> list[NavigationLink]:
        """Collect the links plugins add to a consultation."""
        return self._all("consult_navigation", viewer=viewer, consultation=consultation)

    def report_sections(self, consultation: Consultation) -> list[ReportSection]:
        """Collect the sections plugins add to the outcome document."""
        return self._all("consult_report_sections", consultation=consultation)

    def export_columns(self, dataset: str, ids: Sequence[uuid.UUID]) -> list[ExportColumn]:
        """Collect the columns plugins add to an export."""
        return self._all("consult_export_columns", dataset=dataset, ids=ids)

    def translates(self) -> bool:
        """Tell whether a plugin translates by machine."""
        return any(True for _ in self._implementations("consult_translate"))

    def translate(self, text: str, source: str, target: str) -> str | None:
        """Return what the first plugin that answers makes of a text, None where none does."""
        for _, found in self._lenient("consult_translate", text=text, source=source, target=target):
            if isinstance(found, str) and found.strip():
                return found
        return None

    def _implementations(self, hook: str) -> Iterator[tuple[str, Any]]:
        for implementation in getattr(self.manager.hook, hook).get_hookimpls():
            if implementation.plugin_name not in self.silenced:
                yield implementation.plugin_name, implementation

    def _strict(self, hook: str, **arguments: object) -> Iterator[tuple[str, Any]]:
        for name, implementation in self._implementations(hook):
            found = implementation.function(*(arguments[key] for key in implementation.argnames))
            if found is not None:
                yield name, found

    def _lenient(self, hook: str, **arguments: object) -> Iterator[tuple[str, Any]]:
        for name, implementation in self._implementations(hook):
            try:
                with _apart():
                    found = implementation.function(*(arguments[key] for key in implementation.argnames))
                    answer = found if found is None or isinstance(found, str) else tuple(found)
            except Exception as error:
                log.exception("plugin %s failed in %s", name, hook)
                self.failures.append(Failure(name, hook, type(error).__name__, clock.now()))
            else:
                if answer is not None:
                    yield name, answer

    def _all(self, hook: str, **arguments: object) -> list[Any]:
        return [item for _, found in self._lenient(hook, **arguments) for item in found]


@contextmanager
def _apart() -> Iterator[None]:
    """Keep a statement that fails in a plugin from spoiling the caller's transaction, as it would on PostgreSQL.

    Inside `transaction()` the hook gets a savepoint; a page that only reads begins to read anew.
    """
    if in_transaction():
        with session.begin_nested():
            yield
        return
    try:
        yield
    except Exception:
        session.rollback()
        raise


@dataclass(frozen=True, slots=True)
class PluginReader:
    """A plugin as a reader of the event log."""

    name: str
    hooks: Hooks
    reacts_to: frozenset[str] | None = None

    def wants(self, recorded: Recorded) -> bool:
        """Tell whether the plugin reacts to this type of event; one that names none gets every event."""
        return self.reacts_to is None or recorded.type in self.reacts_to

    def receive(self, recorded: Recorded) -> None:
        """Call the plugin's consult_event; an exception goes to the delivery, which keeps it."""
        for name, implementation in self.hooks._implementations("consult_event"):
            if name == self.name:
                implementation.function(*({"event": recorded}[key] for key in implementation.argnames))


def load_hooks(*, disabled: Iterable[str] = (), plugins: Mapping[str, object] | None = None) -> Hooks:
    """Find the installed plugins (or take `plugins`, by name), check them, and return the hooks.

    Raises pluggy.PluginValidationError for a misspelt hook, ValueError for two tracks with one key, and whatever a plugin
    raises in a hook of the start.
    """
    manager = pluggy.PluginManager("consult")
    manager.add_hookspecs(hookspecs)
    for name in disabled:
        manager.set_blocked(name)
    if plugins is None:
        manager.load_setuptools_entrypoints(ENTRY_POINTS)
    for name, plugin in (plugins or {}).items():
        manager.register(plugin, name)
    manager.check_pending()
    tracks: dict[str, Track] = {
        impl.plugin_name: cast("Track", impl.function()) for impl in manager.hook.consult_track.get_hookimpls()
    }
    for key, count in Counter(track.key for track in tracks.values()).items():
        if count > 1:
            raise ValueError(f"two plugins bring a track called {key!r}")
    return Hooks(
        manager,
        tracks={track.key: track for track in sorted(tracks.values(), key=lambda track: track.key)},
        track_of_plugin={name: track.key for name, track in tracks.items()},
        rules=_given(manager.hook.consult_decision_rules),
        events=_given(manager.hook.consult_event_types),
    )


def _given(hook: pluggy.HookCaller) -> tuple[Any, ...]:
    """Ask a hook of the start once, and return what all plugins gave together."""
    answers = [cast("Iterable[Any] | None", implementation.function()) for implementation in hook.get_hookimpls()]
    return tuple(item for answer in answers for item in answer or ())


def plugin_readers(hooks: Hooks) -> tuple[PluginReader, ...]:
    """Return one reader for each plugin that implements consult_event."""
    reacts_to = {name: frozenset(found) for name, found in hooks._strict("consult_reacts_to")}
    names = sorted(name for name, _ in hooks._implementations("consult_event"))
    return tuple(PluginReader(name, hooks, reacts_to.get(name)) for name in names)
