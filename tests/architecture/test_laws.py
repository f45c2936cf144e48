"""The four laws, as far as the source alone can show them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = sorted((ROOT / "consult").rglob("*.py"))
PLUGIN_CODE = [p for p in sorted((ROOT / "plugins").rglob("*.py")) if "tests" not in p.parts]


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
    return found


def test_imports_go_down_one_stair() -> None:
    run = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout


def test_one_place_commits() -> None:
    places = [
        (path.relative_to(ROOT).as_posix(), number)
        for path in [*CORE, *PLUGIN_CODE]
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if re.search(r"\.commit\(\)", line)
    ]
    assert [place for place, _ in places] == ["consult/db.py"]


@pytest.mark.parametrize("path", PLUGIN_CODE, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_plugins_import_the_sdk_and_nothing_else_of_consult(path: Path) -> None:
    of_core = {name for name in _imports(path) if name == "consult" or name.startswith("consult.")}
    assert of_core <= {"consult.sdk"}


def test_the_core_imports_no_plugin() -> None:
    assert [p for p in CORE if any(name.startswith("consult_") for name in _imports(p))] == []


def test_only_the_hooks_call_pluggy() -> None:
    callers = [p.relative_to(ROOT).as_posix() for p in CORE if "pluggy" in _imports(p)]
    assert callers == ["consult/plugins/hookspecs.py", "consult/plugins/manager.py"]


#: Who writes that a part has ended, who says what taking part means, and those who show or undo the fact itself.
PART_ENDED = {
    "consult/accounts/signing_in/sign_in.py",  # names the column for the query of `taking_part`
    "consult/accounts/taking_part.py",
    "consult/ballots/ordinary_vote.py",  # the same condition in a driver's own SQL, compared by a test of its own
    "consult/consultations/accreditation/services.py",  # ends a part that nobody has ended
    "consult/consultations/members.py",  # writes it
    "consult/consultations/models.py",
    "consult/erasure/erase.py",  # ends every part that nobody has ended, run out or not
    "consult/migrations/versions/0026_standing.py",
    "consult/testing/everybody.py",  # ends one, for the walk of every route
    "consult/web/account/own_data_words.py",  # shows people their own row
}


def test_whether_somebody_takes_part_is_asked_in_one_place() -> None:
    """A condition on `part_ended_at` alone takes whoever's accreditation has run out for somebody who takes part."""
    templates = sorted((ROOT / "templates").rglob("*.html"))
    asking = {p.relative_to(ROOT).as_posix() for p in [*CORE, *templates] if "part_ended_at" in p.read_text("utf-8")}
    assert asking == PART_ENDED | {"templates/organise/member.html"}  # which says that a part has ended
    columns = [p for p in CORE if re.search(r"\bMember\.until\b", p.read_text("utf-8"))]
    assert columns == []
