"""The guide for plugin authors says what the code says."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "plugins.md").read_text("utf-8")
SPECS = [
    node
    for node in ast.parse((ROOT / "consult" / "plugins" / "hookspecs.py").read_text("utf-8")).body
    if isinstance(node, ast.FunctionDef) and node.name.startswith("consult_")
]


def test_there_are_hooks_to_document() -> None:
    assert len(SPECS) == 16


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: s.name)
def test_each_hook_stands_in_the_guide_with_its_signature_and_its_words(spec: ast.FunctionDef) -> None:
    arguments = ", ".join(f"{a.arg}: {ast.unparse(a.annotation or ast.Constant(None))}" for a in spec.args.args)
    assert f"### `{spec.name}({arguments}) -> {ast.unparse(spec.returns or ast.Constant(None))}`" in GUIDE
    assert inspect.cleandoc(ast.get_docstring(spec) or "") in GUIDE


def test_the_code_of_the_guide_is_the_example() -> None:
    example = (ROOT / "docs" / "example_track" / "consult_embassy" / "plugin.py").read_text("utf-8")
    for line in ('key = "embassy"', 'label = N_("Libyans abroad")', 'Question("since", QuestionKind.NUMBER'):
        assert line in GUIDE
        assert line in example
