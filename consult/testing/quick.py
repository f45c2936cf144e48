"""What a whole run of tests shares: every test has an application of its own, and compiling is most of making one.

Slow hashes are cheap in tests: what depends on a hash is the same at any cost. `REAL_HASHES` are for tests of the cost itself.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, EntryPoints, PathDistribution
from pathlib import Path
from typing import Any

import argon2
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from jinja2.bccache import Bucket, FileSystemBytecodeCache
from werkzeug.routing import Map, Rule, RuleFactory

from consult.accounts.signing_in import passwords
from consult.testimony import lookups


class CompiledTemplates(FileSystemBytecodeCache):
    """Keeps compiled templates in memory, by their place and source as Jinja keys them, and in a folder for other processes and runs."""

    def __init__(self, folder: Path) -> None:
        """Begin with what the folder holds; what was compiled from another source is compiled again."""
        super().__init__(str(folder))
        self._kept: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a template's bucket if it was compiled before from the same source."""
        known = bucket.key, bucket.checksum
        if known in self._kept:
            bucket.code = self._kept[known]
            return
        super().load_bytecode(bucket)
        if bucket.code is not None:
            self._kept[known] = bucket.code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template."""
        self._kept[bucket.key, bucket.checksum] = bucket.code
        super().dump_bytecode(bucket)


class KnownMap(Map):
    """A map of addresses that is built when it is first asked, and once for all applications with the same rules."""

    def __init__(self, *given: Any, **settings: Any) -> None:
        """Begin with no rule."""
        self._waiting: list[Rule] = []
        super().__init__(*given, **settings)

    def add(self, rulefactory: RuleFactory) -> None:
        """Keep rules until the map is asked."""
        self._waiting += rulefactory.get_rules(self)
        self._remap = True

    def update(self) -> None:
        """Take over what another application built of the same rules, or build it."""
        if not self._remap:
            return
        key = tuple(map(_what_it_says, self._waiting))
        if key not in _BUILT:
            self._matcher, self._rules_by_endpoint = type(self._matcher)(self.merge_slashes), {}
            for rule in self._waiting:
                super().add(copy(rule))  # one that is bound cannot be bound again
            super().update()
            _BUILT[key] = self._matcher, self._rules_by_endpoint
        self._matcher, self._rules_by_endpoint = _BUILT[key]
        self._remap = False


def _what_it_says(rule: Rule) -> tuple[Any, ...]:
    given = (rule.defaults, rule.redirect_to, rule.subdomain, rule.strict_slashes, rule.build_only, rule.alias)
    return rule.rule, rule.endpoint, frozenset(rule.methods or ()), *map(str, given)


_BUILT: dict[tuple[Any, ...], tuple[Any, dict[Any, list[Rule]]]] = {}


class KnownStatements(dict[Any, Any]):
    """Keeps compiled statements for the engines of all applications: by the kind of their dialect, where SQLAlchemy asks by the dialect."""

    def get(self, key: Any, default: Any = None) -> Any:
        """Return a statement that any engine of the kind has compiled."""
        dialect, *asked = key
        return super().get((dialect.name, *asked), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        """Keep a compiled statement."""
        dialect, *asked = key
        super().__setitem__((dialect.name, *asked), compiled)


_STATEMENTS = KnownStatements()
_make_engine = SQLAlchemy._make_engine


def _engine_that_shares(self: SQLAlchemy, bind_key: str | None, options: dict[str, Any], app: Flask) -> sa.Engine:
    """Make an engine that compiles nothing which another engine has compiled."""
    engine = _make_engine(self, bind_key, options, app)
    engine._compiled_cache = _STATEMENTS
    return engine


_entry_points = Distribution.entry_points.fget  # type: ignore[attr-defined]


@cache
def _entry_points_in(path: Path) -> EntryPoints:
    return _entry_points(PathDistribution(path))  # type: ignore[no-any-return]


def _known_entry_points(self: Distribution) -> EntryPoints:
    """Return what an installed distribution offers, read once: every application asks all of them for its plugins."""
    if isinstance(self, PathDistribution) and isinstance(self._path, Path):
        return _entry_points_in(self._path)
    return _entry_points(self)  # type: ignore[no-any-return]


def quick_applications(folder: Path) -> None:
    """Let all applications of this process share compiled statements and addresses, and compiled templates with other processes."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledTemplates(folder)}
    Flask.url_map_class = KnownMap
    setattr(SQLAlchemy, SQLAlchemy._make_engine.__name__, _engine_that_shares)
    Distribution.entry_points = property(_known_entry_points)  # type: ignore[assignment,method-assign]


@dataclass(frozen=True, slots=True)
class SlowHashes:
    """What passwords, codes and codenames are hashed with, and the hash of nobody."""

    of_passwords: argon2.PasswordHasher
    of_codes: argon2.PasswordHasher
    of_nobody: str
    of_codenames: argon2.Parameters


_CHEAPEST = argon2.PasswordHasher.from_parameters(argon2.profiles.CHEAPEST)
#: Those of the product.
REAL_HASHES = SlowHashes(passwords.HASHER, passwords.CODE_HASHER, passwords.NOBODY, lookups.COST)
#: As cheap as argon2 can be: ten recovery codes, made anew for many a test, took a third of a second.
CHEAP_HASHES = SlowHashes(_CHEAPEST, _CHEAPEST, _CHEAPEST.hash("thrown away"), argon2.profiles.CHEAPEST)


def use_hashes(these: SlowHashes) -> None:
    """Let this process hash with these from now on; processes that a test starts hash as the product does."""
    passwords.HASHER, passwords.CODE_HASHER = these.of_passwords, these.of_codes
    passwords.NOBODY, lookups.COST = these.of_nobody, these.of_codenames
