"""The guide for plugin authors says what the code says."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "example_track"
GUIDE = (ROOT / "docs" / "plugins.md").read_text("utf-8")
SPECS = [
    node
    for node in ast.parse((ROOT / "consult" / "plugins" / "hookspecs.py").read_text("utf-8")).body
    if isinstance(node, ast.FunctionDef) and node.name.startswith("consult_")
]


def test_there_are_hooks_to_document() -> None:
    assert len(SPECS) == 17


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: s.name)
def test_each_hook_stands_in_the_guide_with_its_signature_and_its_words(spec: ast.FunctionDef) -> None:
    arguments = ", ".join(f"{a.arg}: {ast.unparse(a.annotation or ast.Constant(None))}" for a in spec.args.args)
    assert f"### `{spec.name}({arguments}) -> {ast.unparse(spec.returns or ast.Constant(None))}`" in GUIDE
    assert inspect.cleandoc(ast.get_docstring(spec) or "") in GUIDE


def written_files() -> dict[str, str]:
    """Return the files that stand in the guide, each put together from its pieces, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, text in re.findall(r'^```\w+ title="([^"]+)"\n(.*?)\n```$', GUIDE, re.MULTILINE | re.DOTALL):
        found[name].append(text)
    return {name: "\n\n\n".join(pieces) + "\n" for name, pieces in found.items()}


def test_the_files_of_the_guide_are_the_example() -> None:
    written = written_files()
    assert written == {name: (EXAMPLE / name).read_text("utf-8").rstrip("\n") + "\n" for name in written}


def test_the_example_has_no_other_files() -> None:
    here = {
        path.relative_to(EXAMPLE).as_posix()
        for path in EXAMPLE.rglob("*")
        if path.suffix in {".py", ".html", ".toml", ".po", ".csv"}
    }
    assert here - written_files().keys() == {
        "consult_embassy/translations/en/LC_MESSAGES/messages.po"
    }  # repeats the code


def test_the_tests_of_the_example_pass() -> None:
    """In a process of their own: a plugin that is not installed leaves its tables in the models of the process."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLE / "tests")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^\d+ passed", done.stdout, re.MULTILINE), done.stdout
