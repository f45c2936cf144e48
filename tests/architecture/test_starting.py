"""What starting costs: how much is imported before anything is done, seen in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

#: Libraries that are loaded by whoever first needs them: workbooks, pictures, PDF, numbers, passkeys, providers, passwords
#: being chosen, migrations, the other database, the server's own.
LATE = frozenset(
    {
        *("PIL", "alembic", "authlib", "granian", "joserfc", "mutagen", "numpy", "openpyxl", "pikepdf", "psycopg"),
        *("pypdfium2", "redis", "requests", "typst", "webauthn", "zxcvbn"),
    }
)
#: What a command without a database does without, besides.
OF_PAGES = frozenset({"flask", "jinja2", "sqlalchemy", "werkzeug", "wtforms"})


def loaded(statements: str, instance: Path) -> frozenset[str]:
    """Return the names of the packages that are there after a process ran these statements."""
    said = subprocess.run(
        [sys.executable, "-c", f"{statements}\nimport sys\nprint(*sys.modules, file=sys.stderr)"],
        env=os.environ | {"CONSULT_INSTANCE_PATH": str(instance)},
        capture_output=True,
        text=True,
        check=True,
    )
    return frozenset(name.partition(".")[0] for name in said.stderr.split())


def test_a_command_that_needs_neither_pages_nor_database_imports_neither(tmp_path: Path) -> None:
    listing = "from consult.cli.root import program\nprogram(['rules', 'list'], standalone_mode=False)"
    assert loaded(listing, tmp_path) & (LATE | OF_PAGES) == set()


@pytest.mark.parametrize(
    "statements",
    [
        "from consult.__main__ import make_app\nmake_app()",
        "from consult.__main__ import make_served_app\nmake_served_app()",
    ],
    ids=["command", "server"],
)
def test_an_application_imports_no_library_that_only_some_acts_need(tmp_path: Path, statements: str) -> None:
    there = loaded(statements, tmp_path)
    assert there & LATE == set()
    assert there >= OF_PAGES


def test_an_application_leaves_alone_what_it_began_with(tmp_path: Path) -> None:
    """What is frozen is gone through no more, and what comes after it is."""
    loaded(
        "import gc\nfrom consult.__main__ import make_app\nmake_app()\n"
        "assert gc.isenabled() and gc.get_freeze_count() > 100_000 > len(gc.get_objects())",
        tmp_path,
    )
