"""`consult doctor`: is this instance well, and if not, what to do."""

from __future__ import annotations

import os
import smtplib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import click
import sqlalchemy as sa
from flask import Flask

from consult import clock
from consult.accounts.attempts import counts_alone
from consult.accounts.keepers import redis_keeper
from consult.accounts.key_renewal import key_files
from consult.accounts.keys import FACTORS
from consult.accounts.models import AuthenticatorApp
from consult.accounts.signing_in.factors import unseal
from consult.connections import SAFE_WAL, SQLITE_VERSION
from consult.db import database, session
from consult.events.log_keys import public_keys
from consult.events.models import EventRow
from consult.log_shipping import connected
from consult.migrations.upgrade import pending
from consult.retention.proof import proof
from consult.runtime import Runtime, runtime
from consult.settings import LINK_MINUTES, Settings
from consult.testimony.keys import has_key, key_path, lies_inside, ring
from consult.testimony.models import Testimony
from consult.testimony.opened import data_key
from consult.testimony.sealing import WrongKey

#: What is said where machines count in one Redis under different keys.
ALONE = "counts tries of this machine apart from those of others: their keys differ"
SHARE = "Let every machine use the same folder `keys` of the instance."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: is it well, what was seen, and what to do if it is not."""

    subject: str
    well: bool
    words: str
    advice: str = ""


@click.command()
@click.pass_obj
def doctor(make_app: Callable[..., Flask]) -> None:
    """Check database, migrations, keys, mail, retention, fonts, SQLite, folders, clock; exit 1 if something needs care."""
    app = make_app()
    with app.app_context():
        findings = list(examine(runtime()))
    for finding in findings:
        click.echo(f"{'ok  ' if finding.well else 'CARE'}  {finding.subject}: {finding.words}")
        if not finding.well:
            click.echo(f"      {finding.advice}")
    if not all(finding.well for finding in findings):
        sys.exit(1)


def examine(parts: Runtime) -> Iterator[Finding]:
    """Look at every part of the instance."""
    settings = parts.settings
    yield from _database(parts)
    yield _sqlite(settings)
    yield from _folders(settings)
    yield from _file()
    yield _keys(settings)
    yield _key_renewal(settings)
    yield _log_key()
    yield _confidential_key(settings)
    yield _mail(settings)
    yield _redis(settings)
    yield _retention()
    if settings.log_to:
        yield _log(settings)
    yield _fonts()
    if settings.sign_in_link_minutes > LINK_MINUTES:
        yield _links(settings)
    yield _transport(settings)


def _database(parts: Runtime) -> Iterator[Finding]:
    url = database.engine.url.render_as_string(hide_password=True)
    try:
        session.execute(sa.text("SELECT 1"))
    except sa.exc.SQLAlchemyError as error:
        yield Finding(
            "database",
            False,
            f"{url} cannot be reached ({type(error).__name__})",
            "Start it, or mend CONSULT_DATABASE_URL.",
        )
        return
    yield Finding("database", True, url)
    behind = pending(database.engine, parts.hooks)
    if sa.inspect(database.engine).has_table(EventRow.__tablename__):
        advice = "Run `consult upgrade`."
    else:
        advice = "There is no instance here yet: run `consult init`."
    yield Finding("migrations", not behind, "behind: " + ", ".join(behind) if behind else "up to date", advice)
    if not behind:
        yield _clock()
        yield _second_factors()


def _clock() -> Finding:
    newest = session.scalars(sa.select(EventRow.at).order_by(EventRow.at.desc()).limit(1)).first()
    now = datetime.now(UTC)
    if newest is not None and newest > now:
        return Finding(
            "clock",
            False,
            f"the newest event is in the future ({newest:%Y-%m-%d %H:%M} UTC)",
            "Set this machine's clock (ntp).",
        )
    return Finding("clock", True, f"{now:%Y-%m-%d %H:%M} UTC")


def _second_factors() -> Finding:
    """Tell whether the key that opens the secrets of apps is the one with which they were sealed."""
    app = session.scalars(sa.select(AuthenticatorApp).limit(1)).first()
    opened = app is None or unseal(app.sealed, "app", app.person_id) is not None
    words = "none is set up" if app is None else f"{FACTORS} opens them"
    return Finding(
        "codes from apps",
        opened,
        words if opened else f"{FACTORS} is not the key with which they were sealed: no code fits",
        f"Bring {FACTORS} back from the backup, or run `consult remove-second-factor` for each person.",
    )


def _sqlite(settings: Settings) -> Finding:
    version = ".".join(map(str, SQLITE_VERSION))
    if not settings.sqlalchemy_url.startswith("sqlite"):
        return Finding("SQLite", True, f"{version}, not in use")
    if SQLITE_VERSION < SAFE_WAL:
        return Finding(
            "SQLite",
            False,
            f"{version} has a race in its write-ahead log; the slower rollback journal is used instead",
            "Install the `pysqlite3` wheel, or use PostgreSQL.",
        )
    return Finding("SQLite", True, f"{version}, write-ahead log")


def _folders(settings: Settings) -> Iterator[Finding]:
    for folder in (settings.instance_path, settings.keys_directory):  # keys of rate limits are made here each day
        good = folder.is_dir() and os.access(folder, os.W_OK)
        yield Finding("folder", good, str(folder), "Make it, and let the user that runs consult write to it.")


def _file() -> Iterator[Finding]:
    """Tell whether others on this machine can read the whole record; only SQLite has it in a file here."""
    file = Path(database.engine.url.database or "")
    if database.engine.dialect.name == "sqlite" and file.is_file():
        closed = not file.stat().st_mode & 0o077
        words = "only its owner can read it" if closed else "others than the owner can read it"
        yield Finding("database file", closed, words, f"chmod 600 {file}*")


def _keys(settings: Settings) -> Finding:
    if settings.keys_from_credentials:  # without them consult would not have started
        return Finding("keys", True, f"handed over by a vault, in {settings.credentials_directory}")
    keys = sorted(settings.keys_directory.iterdir()) if settings.keys_directory.is_dir() else []
    loose = [key.name for key in keys if key.stat().st_mode & 0o077]
    if loose:
        advice = f"chmod 600 {settings.keys_directory}/*"
        return Finding("keys", False, f"others than the owner can read {', '.join(loose)}", advice)
    names = ", ".join(key.name for key in keys)
    return Finding(
        "keys", bool(keys), names or "none", "Bring them back from a backup, or start once to make new ones."
    )


def _key_renewal(settings: Settings) -> Finding:
    """Tell since when the keys are those of now, and whether the worker renews them."""
    subject, days = "key renewal", settings.renew_keys_days
    if settings.keys_from_credentials:
        return Finding(subject, True, "in the vault that hands the keys over, then `consult keys renew`")
    since = ", ".join(f"{one.name} since {one.since:%Y-%m-%d}" for one in key_files()) or "none is made yet"
    if not days:
        return Finding(subject, True, f"{since}; by hand alone: renew_keys_days is 0")
    late = [one.name for one in key_files() if one.since < clock.now() - timedelta(days=days + 1)]
    words = f"{since}; the worker renews each after {days} days"
    return Finding(subject, not late, words, "Let `consult worker` run, or run `consult keys renew` for each.")


def _log_key() -> Finding:
    """Tell whether the private half of the key that signs the log is there, and since when it signs."""
    subject = "log key"
    try:
        keys = public_keys()
    except sa.exc.SQLAlchemyError:  # there is no such table yet, or no database: another finding says so
        session.rollback()
        return Finding(subject, True, "nothing to look at yet")
    if not keys or runtime().signer.of(keys[-1].public) is None:
        advice = "Bring it back; if it is lost, two administrators begin a new key: The platform, Key of the log."
        return Finding(subject, False, "the private half of the key that signs is not there", advice)
    since = "has signed nothing yet" if keys[-1].since is None else f"signs since {keys[-1].since:%Y-%m-%d}"
    former = len(runtime().signer.held()) - 1
    words = f"key {keys[-1].number} {since}" + (f"; {former} others lie beside it" if former else "")
    return Finding(subject, True, words)


def _confidential_key(settings: Settings) -> Finding:
    """Tell whether the key of confidential testimony can be used, lies elsewhere, and opens what was sealed."""
    path, subject = key_path(settings), "confidential key"
    if path is None:
        return Finding(subject, True, "none is set: no confidential testimony")
    if not has_key():
        advice = "Bring the file back, or make one with `consult testimony new-key` where there never was one."
        return Finding(subject, False, f"{path} is not there, cannot be read, or is no key", advice)
    if path.stat().st_mode & 0o077:
        return Finding(subject, False, f"others than the owner can read {path}", f"chmod 600 {path}")
    if not _opens_a_testimony():
        return Finding(subject, False, f"{path} does not open what was sealed", "Bring back the key that did.")
    if lies_inside(settings):
        words = f"{path} lies in the folder of the instance: whoever takes the folder has both"
        return Finding(subject, False, words, "Move it to another disk, and set confidential_key_file to its place.")
    return Finding(subject, True, f"{path}, outside the instance; it is in no backup: keep a copy elsewhere")


def _opens_a_testimony() -> bool:
    try:
        row = session.scalars(sa.select(Testimony).where(Testimony.wrapped_key.is_not(None)).limit(1)).first()
        return row is None or bool(data_key(row, ring()))
    except sa.exc.SQLAlchemyError:  # there is no such table yet, or no database: another finding says so
        session.rollback()
        return True
    except WrongKey:
        return False


def _mail(settings: Settings) -> Finding:
    address = urlsplit(settings.mail_url)
    if address.scheme == "outbox":
        return Finding("mail", True, "kept in the outbox page; nothing is sent")
    try:
        client = smtplib.SMTP_SSL if address.scheme == "smtps" else smtplib.SMTP
        with client(address.hostname or "", address.port or 0, timeout=5) as server:
            server.noop()
    except (OSError, ValueError) as error:  # smtplib's own errors are OSError; ValueError: not a port
        what = f"{address.hostname or settings.mail_url} does not answer ({type(error).__name__})"
        return Finding("mail", False, what, "Start the mail server, or mend CONSULT_MAIL_URL.")
    return Finding("mail", True, f"{address.hostname} answers")


def _redis(settings: Settings) -> Finding:
    """Tell whether Redis answers; tries are counted in the database where none is set, and while it is away."""
    if not settings.redis_url:
        return Finding("limits", True, "tries are counted in the database")
    where, answers = urlsplit(settings.redis_url).hostname or "Redis", redis_keeper(settings.redis_url).answers()
    if answers and counts_alone():
        return Finding("limits", False, f"{where} {ALONE}", SHARE)
    words = f"{where} counts tries" if answers else f"{where} does not answer: tries are counted in the database"
    return Finding("limits", answers, words, "Start Redis, or mend CONSULT_REDIS_URL.")


def _retention() -> Finding:
    """Tell when the job ran that erases what was kept for as long as its rule says, and whether it left something."""
    subject, advice = "retention", "Keep `consult worker` running; then look at the page How long things are kept."
    try:
        found = proof()
    except sa.exc.SQLAlchemyError:  # there is no such table yet, or no database: another finding says so
        session.rollback()
        return Finding(subject, True, "nothing to look at yet")
    if found.older:
        keys = ", ".join(one.kept.key for one in found.classes if one.older)
        return Finding(subject, False, f"{found.older} rows are older than their rules ({keys})", advice)
    ran = "not yet" if found.ran_at is None else f"{found.ran_at:%Y-%m-%d %H:%M} UTC"
    return Finding(subject, not found.late, f"nothing is older than its rule; the job ran last: {ran}", advice)


def _log(settings: Settings) -> Finding:
    """Tell whether the machine that gets the log answers, with a certificate that is trusted here."""
    try:
        connected(settings.log_to).close()
    except OSError as error:
        advice = "Start it, or trust its certificate here (SSL_CERT_FILE), or mend CONSULT_LOG_TO."
        return Finding("log", False, f"{settings.log_to} does not answer ({type(error).__name__})", advice)
    return Finding("log", True, f"{settings.log_to} gets every line")


def _fonts() -> Finding:
    from consult.outcomes.renderers.fonts import font_directory  # late: it reads whole fonts

    found = sorted(path.stem for path in font_directory().glob("*.ttf"))
    return Finding("fonts", bool(found), ", ".join(found) or f"none in {font_directory()}", "Reinstall consult.")


def _links(settings: Settings) -> Finding:
    minutes = settings.sign_in_link_minutes
    advice = f"A letter that is found later opens an account for longer than the {LINK_MINUTES} minutes of OWASP ASVS 5.0: keep it only where mail is slow."
    return Finding("sign-in links", False, f"good for {minutes} minutes", advice)


def _transport(settings: Settings) -> Finding:
    if settings.insecure_http:
        return Finding(
            "transport",
            settings.demo,
            "plain http: the sign-in cookie (consult-session) has no Secure flag and can be read on the network",
            "Use https and leave insecure_http out, except in a demonstration.",
        )
    if not settings.base_url.startswith("https://"):
        return Finding(
            "transport",
            False,
            f"links in letters begin with {settings.base_url}, and the sign-in cookie needs https",
            "Set base_url to the public https address; without certificates, in a hall, set insecure_http = true.",
        )
    return Finding("transport", True, f"https only, {settings.base_url}")
