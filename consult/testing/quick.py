"""What a whole run of tests shares: every test has an application of its own, and compiling is most of making one."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule


class CompiledTemplates(BytecodeCache):
    """Keeps compiled templates in memory, by their place and source as Jinja keys them."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a template's bucket if it was compiled before from the same source."""
        if (kept := self._kept.get(bucket.key)) is not None:
            bucket.load_bytecode(BytesIO(kept))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


class KnownRule(Rule):
    """A rule that is compiled once for all applications: each has hundreds, and they are the same ones."""

    def compile(self) -> None:
        """Take over what the same rule of an earlier application was compiled to."""
        key = (self.rule, self.subdomain, self.host, self.merge_slashes, frozenset((self.defaults or {}).items()))
        if key not in _COMPILED:
            super().compile()
            _COMPILED[key] = {name: self.__dict__[name] for name in _COMPILED_TO}
        self.__dict__.update(_COMPILED[key])
        for name in ("_build", "_build_unknown"):  # bound to the rule that they were compiled for
            setattr(self, name, _COMPILED[key][name].__func__.__get__(self))


_COMPILED_TO = ("_parts", "_trace", "_converters", "arguments", "_build", "_build_unknown")
_COMPILED: dict[tuple[Any, ...], dict[str, Any]] = {}


def quick_applications() -> None:
    """Let all applications of this process share compiled templates and compile each rule once."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledTemplates()}
    Flask.url_rule_class = KnownRule
