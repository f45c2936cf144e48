"""What a whole run of tests shares: every test has an application of its own, and compiling is most of making one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
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


class LazyRule(Rule):
    """A rule whose builder of addresses is compiled when the first address is built: a test builds a few of hundreds."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., Any]:
        compiled = cache(super()._compile_builder)

        def build(rule: Rule, **values: Any) -> Any:
            return compiled(append_unknown)(rule, **values)

        return build


def quick_applications() -> None:
    """Let all applications of this process share compiled templates and compile no builder in advance."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledTemplates()}
    Flask.url_rule_class = LazyRule
