"""What docs/security.md says of keys, connections, logs, classes of data and libraries is what the code does."""

from __future__ import annotations

import ast
import logging
import re
import tomllib
from dataclasses import fields
from importlib.metadata import version

import pytest
import sqlalchemy as sa
from flask import Flask
from packaging.requirements import Requirement
from packaging.version import Version

from consult.accounts.keys import FACTORS, STOPPING
from consult.accounts.signing_in import passwords
from consult.db import Base
from consult.events.keys import LOG_KEY
from consult.retention.classes import forgotten_tables
from consult.retention.staying import STAYING
from consult.settings import Settings
from consult.testimony.sealing import KEY_BYTES
from consult.web import security_log
from tests.architecture.documents import ROOT, cells, importers, modules, section, table

#: Where a connection leaves from, by whom it reaches as the document has it: nothing else imports what could make one.
REACHES = {
    "mail server": {"consult/notifications/sender.py", "consult/cli/doctor.py"},
    "provider of identities, where one is set": {"consult/web/account/provider_client.py"},
    "Redis, where one is set": {"consult/accounts/redis_keeper.py"},
    "PostgreSQL": {"consult/connections.py"},
    "ClamAV, where one is set": {"consult/attachments/clamav.py"},
    "another machine's syslog, where one is set": {"consult/log_shipping.py"},
}
#: `consult demo` looks which address of its own a hall's phones reach: it sends nothing.
SENDS_NOTHING = {"consult/cli/demo.py"}
TALKS = (
    *("socket", "ssl", "smtplib", "poplib", "imaplib", "ftplib", "telnetlib", "xmlrpc", "asyncio"),
    *("urllib.request", "http.client", "requests", "httpx", "aiohttp", "urllib3", "redis", "psycopg"),
    *("authlib.integrations", "paramiko"),
)
#: The modules that use each primitive: what replaces one is changed there.
PRIMITIVES = {
    "cryptography.hazmat.primitives.asymmetric.ed25519": {"consult/events/keys.py"},
    "cryptography.hazmat.primitives.ciphers.aead": {
        "consult/accounts/signing_in/factors.py",
        "consult/testimony/sealing.py",
    },
    "argon2": {"consult/accounts/signing_in/passwords.py", "consult/testimony/lookups.py"},
}
#: What `hashlib` gives that may be used: 128 bits of security and more. BLAKE2b finds letters that are alike, and guards nothing.
HASHES = {"hashlib.sha256", "hashlib.blake2b", "hashlib"}
#: Settings that name something else to talk to; nothing is reached where none is set.
PLACES = ("redis_url", "oidc_issuer", "clamav_address", "log_to")


def test_nothing_talks_to_anybody_but_those_the_document_names() -> None:
    """So no address that a visitor types can be fetched: nothing in the code that takes one can make a connection."""
    assert importers(*TALKS) == {path for paths in REACHES.values() for path in paths} | SENDS_NOTHING
    assert set(REACHES) | {"visitors", "consult"} == {row[0] for row in table("Connections")}
    assert "no address that a visitor types is ever fetched" in section("Connections")


def test_every_place_is_named_by_the_operator_and_none_has_a_password_of_ours() -> None:
    """There is no default account anywhere: what is not set is not reached."""
    plain = Settings(instance_path=ROOT)
    assert [getattr(plain, name) for name in PLACES] == [""] * len(PLACES)
    assert (plain.mail_url, plain.database_url) == ("outbox:", "")
    secrets = [field.name for field in fields(Settings) if re.search("password|secret|token", field.name)]
    assert [(name, getattr(plain, name)) for name in secrets] == [("oidc_secret_file", "")]


def test_no_certificate_goes_unverified() -> None:
    """No module switches off what TLS checks, and each connection has its protection in the document."""
    switched = {
        (path, ast.unparse(node))
        for path, tree in modules()
        for node in ast.walk(tree)
        if (
            isinstance(node, ast.Attribute)
            and node.attr in {"CERT_NONE", "CERT_OPTIONAL", "_create_unverified_context"}
        )
        or (isinstance(node, ast.keyword) and node.arg in {"verify", "check_hostname"} and _is_false(node.value))
        or (isinstance(node, ast.Assign) and _is_false(node.value) and "check_hostname" in ast.unparse(node.targets[0]))
    }
    assert switched == set()
    protected = cells("Connections")
    for who in (
        "mail server",
        "provider of identities, where one is set",
        "another machine's syslog, where one is set",
    ):
        assert re.search("TLS.*verified", protected[who])
    assert "sslmode=verify-full" in protected["PostgreSQL"]
    assert "rediss://" in protected["Redis, where one is set"]


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def test_every_key_is_in_the_table_and_can_be_changed() -> None:
    rows = {row[0]: row for row in table("Keys")}
    files = {f"`keys/{name}`" for name in (LOG_KEY, FACTORS, "web.secret", STOPPING, "attempts-DAY.key")}
    assert {name for name in rows if name.startswith("`keys/")} == files
    assert "the file `confidential_key_file`" in rows
    assert all(len(row) == 4 and all(row) for row in rows.values())
    assert not [row[0] for row in rows.values() if re.match("never|none", row[3])]
    made = {
        node.value
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[\w.-]+\.(key|ed25519|secret)", node.value)
    }
    demo = {"confidential.key"}  # in the instance, because nothing there is real
    assert made - demo <= {name.removeprefix("`keys/").rstrip("`") for name in files}
    said = section("Keys from a vault", "operating")
    assert [name for name in (LOG_KEY, FACTORS, "web.secret", STOPPING) if said.count(name) < 2] == []


def test_types_are_checked_strictly_and_everywhere() -> None:
    """mypy refuses a comparison of what can never be equal, and a name without a type; plugins and tools are held to it too."""
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    assert (configured["strict"], configured["files"]) == (True, ["consult", "tools", "plugins/*/consult_*"])
    assert [one for one in configured["overrides"] if one.keys() != {"module", "ignore_missing_imports"}] == []
    assert {"strict_equality", "check_untyped_defs", "ignore_errors"}.isdisjoint(configured)
    assert "$(BIN)/mypy\n" in (ROOT / "Makefile").read_text().partition("\ncheck:")[2].partition("\n\n")[0]


def test_primitives_are_few_strong_and_in_one_place_each(real_hashes: None) -> None:
    for primitive, where in PRIMITIVES.items():
        assert importers(primitive) == where, primitive
    assert (
        importers("cryptography.hazmat")
        == PRIMITIVES["cryptography.hazmat.primitives.asymmetric.ed25519"]
        | (PRIMITIVES["cryptography.hazmat.primitives.ciphers.aead"])
    )
    used = {
        ast.unparse(node)
        for path, tree in modules()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and ast.unparse(node.value) == "hashlib")
    } | {f"hashlib.{name}" for path, tree in modules() for name in _from_hashlib(tree)}
    assert used <= HASHES
    digests = {
        ast.unparse(call.args[-1])
        for _, tree in modules()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) in {"hmac.digest", "hmac.new"}
    }
    assert digests <= {"'sha256'", "sha256"}
    assert importers("random") == set()
    text = section("Keys")
    assert all(word in text for word in ("MACs are HMAC-SHA256", "signatures Ed25519", "hashes SHA-256", "AES-256-GCM"))
    of_passwords, of_codes = passwords.HASHER, passwords.CODE_HASHER
    assert (KEY_BYTES, of_passwords.type.name, of_passwords.memory_cost, of_codes.memory_cost) == (
        32,
        "ID",
        65536,
        19456,
    )


def _from_hashlib(tree: ast.Module) -> set[str]:
    return {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "hashlib"
        for alias in node.names
    }


def test_logs_are_those_of_the_inventory_and_go_nowhere_else() -> None:
    """Two names, standard error, and the one machine that `log_to` names; no module writes a log of its own or prints."""
    names, handlers, printing = set(), set(), set()
    for path, tree in modules():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called == "logging.getLogger":
                argument = ast.unparse(node.args[0]) if node.args else ""
                names.add("consult" if argument == "__name__" else argument.strip("'"))
            elif re.search(r"Handler$", called) and called.startswith("logging"):
                handlers.add((path, called))
            elif called == "print":
                printing.add(path)
    assert names == {"consult", "consult.security"}
    assert handlers == {("consult/web/security_log.py", "logging.StreamHandler")}
    assert printing == set()
    shipping = {path for path, tree in modules() if "logger.addHandler" in ast.unparse(tree)}
    assert shipping == {"consult/log_shipping.py", "consult/web/security_log.py"}
    inventory = cells("Logs")
    assert {"event log", "`consult.security`", "`consult`", "access log"} == set(inventory)
    assert "`log_to` sends each to another machine" in section("Logs")
    assert security_log.LOG is logging.getLogger("consult.security")


def test_every_class_of_data_has_its_protection_and_every_table_a_rule() -> None:
    classes = cells("What is kept, and how well")
    assert list(classes) == ["public", "internal", "personal", "confidential", "secret"]
    assert all(" | " in how for how in classes.values())
    assert forgotten_tables() == frozenset() or list(forgotten_tables()) == []
    assert STAYING


def test_what_is_confidential_or_secret_is_no_text_in_the_database() -> None:
    """Of testimonies nothing is kept in a column that can be read, but what was published; of secrets, hashes and sealed bytes."""
    readable = {
        f"{name}.{column.name}"
        for name, of in Base.metadata.tables.items()
        if name.startswith("testimony") and name not in {"testimony_offer", "testimony_reader"}
        for column in of.columns
        if isinstance(column.type, sa.Text | sa.JSON)
    }
    assert readable == {"testimony.state", "testimony_quote.state"}
    tables = Base.metadata.tables
    for kept in (
        "sign_in.token_hash",
        "half_sign_in.token_hash",
        "sign_in_link.token_hash",
        "authenticator_app.sealed",
    ):
        name, _, column = kept.partition(".")
        assert isinstance(tables[name].columns[column].type, sa.LargeBinary), kept


def test_nobody_is_asked_what_only_they_would_know() -> None:
    """No column and no setting holds a hint or a secret question: recovery is by codes and by people."""
    hints = {
        f"{name}.{column.name}"
        for name in ("person", "sign_in", "half_sign_in", "sign_in_link", "recovery_code", "authenticator_app")
        for column in Base.metadata.tables[name].columns
        if re.search("hint|question|answer|remind", column.name)
    }
    assert hints == set()
    forms = [*(ROOT / "consult/web/account").rglob("*.py"), *(ROOT / "templates/account").rglob("*.html")]
    assert not [
        path.name
        for path in forms
        if re.search(r"secret.question|password.hint|mother.s", path.read_text("utf-8"), re.I)
    ]


def test_libraries_are_bounded_and_what_runs_keeps_to_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [Requirement(one) for one in project["dependencies"]]
    assert [one.name for one in asked if not any(bound.operator == ">=" for bound in one.specifier)] == []
    here = [one for one in asked if one.marker is None or one.marker.evaluate()]
    assert [one.name for one in here if not one.specifier.contains(Version(version(one.name)), prereleases=True)] == []
    text = section("Libraries")
    assert "A fault with a known attack is mended in three days, any other in thirty." in text
    exposed = (
        "Werkzeug",
        "Jinja",
        "WTForms",
        "Markdown",
        "nh3",
        "openpyxl",
        "charset-normalizer",
        "pikepdf",
        "pypdfium2",
        "Pillow",
        "mutagen",
        "webauthn",
        "Authlib",
        "joserfc",
        "typst",
    )
    assert [name for name in exposed if name not in text] == []
    names = {one.name.lower() for one in asked} | {"werkzeug", "jinja"}
    assert [name for name in exposed if name.lower() not in names] == []


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_the_database_needs_no_rights_beyond_its_own(app: Flask, engine: str) -> None:
    """A role that may nothing but use a database that it owns makes the schema and everything in it."""
    from consult.db import database
    from consult.migrations.upgrade import pending, upgrade
    from consult.runtime import runtime

    admin = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS least_of_all")
        connection.exec_driver_sql("DROP ROLE IF EXISTS least_of_all")
        connection.exec_driver_sql("CREATE ROLE least_of_all LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION")
        connection.exec_driver_sql("CREATE DATABASE least_of_all OWNER least_of_all")
    url = database.engine.url.set(username="least_of_all", database="least_of_all")
    own = sa.create_engine(url)
    try:
        upgrade(own, runtime().hooks)
        assert list(pending(own, runtime().hooks)) == []
    finally:
        own.dispose()
        with admin.connect() as connection:
            connection.exec_driver_sql("DROP DATABASE least_of_all WITH (FORCE)")
            connection.exec_driver_sql("DROP ROLE least_of_all")
