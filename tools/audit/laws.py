"""Our own rules, read from the source: what bandit and ruff cannot know about consult.

Each rule is a function from a parsed file to what it found: (line, words). Imports between rooms, and that one place
commits, are kept by contracts and tests of their own (`lint-imports`, `tests/architecture/test_laws.py`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from tools.audit.findings import Finding

ROOT = Path(__file__).parents[2]
Found = Iterator[tuple[int, str]]

#: Names that carry what somebody sent.
_SENT = re.compile(
    r"\brequest\.(form|args|values|data|get_data|json|get_json|files|cookies|headers|full_path|query_string)\b"
)
_SQL = re.compile(r"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|DROP|ALTER|WHERE|FROM)\s", re.ASCII)
_LOGS = {"debug", "info", "warning", "error", "exception", "critical", "log"}


@lru_cache(1)
def _nodes(tree: ast.AST) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree))


@lru_cache(1)
def _calls(tree: ast.AST) -> tuple[tuple[ast.Call, str], ...]:
    """Return the calls and the dotted names of what is called; every rule asks for those of the same file."""
    return tuple((node, _name(node.func)) for node in _nodes(tree) if isinstance(node, ast.Call))


def _name(called: ast.expr) -> str:
    if isinstance(called, ast.Attribute):
        return f"{_name(called.value)}.{called.attr}"
    return called.id if isinstance(called, ast.Name) else "?"


def markup(tree: ast.AST) -> Found:
    """Markup made of anything but a literal: what is in it is never escaped."""
    for call, name in _calls(tree):
        if name.rpartition(".")[2] == "Markup" and call.args and not isinstance(call.args[0], ast.Constant):
            yield call.lineno, ast.unparse(call)


def sql(tree: ast.AST) -> Found:
    """SQL put together from pieces: an f-string, `%`, `+` or format that begins or goes on like a statement."""
    for node in _nodes(tree):
        pieces: list[ast.expr] = []
        if not isinstance(node, ast.expr):
            continue
        if isinstance(node, ast.JoinedStr):
            pieces = node.values if any(isinstance(v, ast.FormattedValue) for v in node.values) else []
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
            pieces = [node.left]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            pieces = [node.func.value]
        said = "".join(str(v.value) for v in pieces if isinstance(v, ast.Constant) and isinstance(v.value, str))
        if len(_SQL.findall(said)) > 1 or re.match(r"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM)\s", said):
            yield node.lineno, ast.unparse(node)


def sent_is_logged(tree: ast.AST) -> Found:
    """What somebody sent, printed or logged."""
    for call, name in _calls(tree):
        written = name == "print" or (
            name.rpartition(".")[2] in _LOGS and re.search(r"\blog(ger)?\.", name, re.IGNORECASE)
        )
        if written and _SENT.search(ast.unparse(call)):
            yield call.lineno, ast.unparse(call)


def time(tree: ast.AST) -> Found:
    """The time asked for elsewhere than of the clock: no test could set it."""
    for call, name in _calls(tree):
        if re.fullmatch(r"(datetime\.)?datetime\.(now|utcnow|today)|(datetime\.)?date\.today|time\.time", name):
            yield call.lineno, ast.unparse(call)


def onward(tree: ast.AST) -> Found:
    """A redirect to what somebody sent, without `local_address` around it."""
    for call, name in _calls(tree):
        given = call.args[0] if name.rpartition(".")[2] == "redirect" and call.args else None
        sent = given is not None and not isinstance(given, ast.Call) and ast.unparse(given)
        if sent and re.search(r"\brequest\.(?!path\b)", sent):
            yield call.lineno, sent


def unpickled(tree: ast.AST) -> Found:
    """Something that runs what it reads: pickle, eval, exec, a shell, yaml, marshal."""
    for call, name in _calls(tree):
        if re.match(r"(pickle|marshal|shelve|yaml|os\.system|os\.popen|subprocess)\b", name) or name in {
            "eval",
            "exec",
        }:
            yield call.lineno, ast.unparse(call)


def hosts(tree: ast.AST) -> Found:
    """The host as the request names it: it may be forged; addresses are made of base_url."""
    for node in _nodes(tree):
        if isinstance(node, ast.Attribute) and _name(node) in {
            f"request.{n}" for n in ("host", "host_url", "url", "url_root", "base_url")
        }:
            yield node.lineno, ast.unparse(node)
        if isinstance(node, ast.keyword) and node.arg == "_external":
            yield node.value.lineno, "_external"


#: rule -> what looks for it, and the files that it is the business of
RULES: Mapping[str, tuple[Callable[[ast.AST], Found], frozenset[str]]] = {
    "markup": (markup, frozenset()),
    "sql": (sql, frozenset({"consult/db.py", "consult/search/", "consult/migrations/"})),
    "sent-is-logged": (sent_is_logged, frozenset()),
    "time": (time, frozenset({"consult/clock.py"})),
    "onward": (onward, frozenset()),
    "unpickled": (unpickled, frozenset()),
    "hosts": (hosts, frozenset()),
}
_SAFE = re.compile(r"(\"(?:[^\"\\]|\\.)*\"|'[^']*')?\)?\s*\|\s*safe\b|\{%-?\s*autoescape\s+false")


def of_source(text: str, place: str) -> list[Finding]:
    """Return the findings in a file of Python."""
    tree = ast.parse(text)
    return [
        Finding("laws", rule, place, f"line {line}: {words[:120]}")
        for rule, (look, theirs) in RULES.items()
        if not any(place == own or (own.endswith("/") and place.startswith(own)) for own in theirs)
        for line, words in look(tree)
    ]


def of_template(text: str, place: str) -> list[Finding]:
    """Return where a template calls something safe that is no text of its own."""
    return [
        Finding("laws", "safe", place, f"line {text.count(chr(10), 0, found.start()) + 1}: {found[0]}")
        for found in _SAFE.finditer(text)
        if not found[1]
    ]


def of_tree(root: Path = ROOT) -> list[Finding]:
    """Return the findings in the core, the plugins and their templates; tests and their tools are left out."""
    found: list[Finding] = []
    for folder in ("consult", "plugins", "templates"):
        for path in sorted((root / folder).rglob("*")):
            place = path.relative_to(root).as_posix()
            if "/tests/" in place or place.startswith("consult/testing/") or "/migrations/versions/" in place:
                continue
            if path.suffix == ".py":
                found += of_source(path.read_text("utf-8"), place)
            elif path.suffix == ".html":
                found += of_template(path.read_text("utf-8"), place)
    return found
