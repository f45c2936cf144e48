"""The settings of an instance: one frozen object, read from `consult.toml` and `CONSULT_*` variables.

A variable overrides the file; an unknown key in either is refused by name, because a misspelt key that is silently
ignored is how a platform runs for a month without backups.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

#: Addresses of databases: a file of SQLite, or PostgreSQL with a host (of IPv6 in brackets) and a port, each of which may lack.
_DATABASE = re.compile(
    r"sqlite(?:\+\w+)?://|postgresql\+psycopg://(?:.*@)?(?:\[[^\]]*\]|[^:/?@]*)(?::[0-9]+)?(?:[/?].*)?$"
)

PACKAGE = Path(__file__).parent
#: A mailed link lives ten minutes (ASVS 5.0, V6.5.5); where mail is slow the operator may give it up to half an hour.
LINK_MINUTES, LONGEST_LINK_MINUTES = 10, 30
#: The least and the most of settings that are numbers: a sign-in that lasts no time lets nobody in, and no calendar holds 10^9 years.
_BOUNDS: Mapping[str, tuple[int, int]] = {
    "session_idle_minutes": (1, 1440),
    "session_hours": (1, 744),
    "invitation_days": (1, 3660),
    "sign_in_link_minutes": (1, LONGEST_LINK_MINUTES),
    "erasure_days": (0, 3660),
    "renew_keys_days": (0, 3660),
    "trusted_proxies": (0, 100),
    "searches_a_minute": (0, 1_000_000),
}
#: How settings that are addresses begin or look; links are made by putting a path behind `base_url`.
_ADDRESSES: Mapping[str, tuple[re.Pattern[str], str]] = {
    "base_url": (re.compile(r"https?://[^\s/?#]+/?"), "https:// and the name of a host, without a path"),
    "redis_url": (re.compile(r"((rediss?|unix)://.+)?"), "an address that begins with redis://, rediss:// or unix://"),
}


def resource_directory(name: str) -> Path:
    """Return the folder of shipped resources (`templates`, `locale`): inside the package in a wheel, beside it in a checkout."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of an instance with its default.

    `instance_path` holds database, keys and uploads; `database_url` is empty for the embedded SQLite database;
    `base_url` is the public address (scheme and host) used in mail, QR codes and seals; `insecure_http` says that pages
    are served over plain http, so that the cookie cannot be `__Host-`; `mail_url` is `smtp://user:password@host:port`,
    `smtps://`, or `outbox:` to keep mail in the outbox page; times are in minutes and hours as named;
    `erasure_days` is how long whoever asked to be erased may change their mind; `retention` shortens how long classes of
    data are kept (`"mails=30"`, see `consult.retention.classes`);
    `keys_from_credentials` says that every key of `keys_directory` but those of rate limits is handed over by systemd instead
    (`LoadCredentialEncrypted=`, in `credentials_directory`, which is `$CREDENTIALS_DIRECTORY`), where a `consult.toml` may lie as well;
    `renew_keys_days` is after how many days the worker puts a newer key before those of second factors and of links in letters
    (0 for never; never those that are handed over);
    `second_factor_for_roles` says that administrators, organisers and moderators act only with a second factor, and
    `second_factor_for_everybody` that whoever signs in sets one up before anything else;
    `clamav_address` is `host:port` or `unix:/path` of a ClamAV daemon that looks at every file, "" for none;
    `confidential_key_file` is where the key of confidential testimony is kept, outside the instance; "" switches it off;
    `oidc_issuer`, `oidc_client_id`, `oidc_secret_file` and `oidc_name` are those of a provider of identities (OpenID Connect)
    with whose accounts people may sign in, and what it is called on the sign-in page; the secret lies in a file of its own;
    `log_to` (`syslog+tls://host:6514`) is another machine to which the log of the processes is sent as it is written;
    `redis_url` (`redis://host:port/0`) counts tries in Redis instead of in the database; `searches_a_minute` is how many
    searches a process allows one person, or all strangers of one network address, in a minute (0 for no limit).
    """

    instance_path: Path = Path("instance")
    database_url: str = ""
    base_url: str = "http://127.0.0.1:8000"
    insecure_http: bool = False
    demo: bool = False
    mail_url: str = "outbox:"
    mail_from: str = "consult@localhost"
    session_idle_minutes: int = 30
    session_hours: int = 12
    invitation_days: int = 30
    sign_in_link_minutes: int = LINK_MINUTES
    erasure_days: int = 7
    retention: tuple[str, ...] = ()
    second_factor_for_roles: bool = True
    second_factor_for_everybody: bool = False
    trusted_proxies: int = 0
    worker_in_process: bool = False
    disabled_plugins: tuple[str, ...] = ()
    backup_directory: str = ""
    renew_keys_days: int = 365
    keys_from_credentials: bool = False
    credentials_directory: str = ""
    confidential_key_file: str = ""
    clamav_address: str = ""
    redis_url: str = ""
    searches_a_minute: int = 300
    log_to: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_secret_file: str = ""
    oidc_name: str = "OpenID"

    @property
    def sqlalchemy_url(self) -> str:
        """Return the database address as SQLAlchemy wants it, with the drivers consult ships with.

        Raises UnknownSetting for an address of another kind; it is not repeated, because it may hold a password.
        """
        url = self.database_url
        if not url:
            return f"sqlite:///{self.instance_path.resolve() / 'consult.db'}"
        for plain in ("postgresql://", "postgres://"):
            if url.startswith(plain):
                url = "postgresql+psycopg://" + url.removeprefix(plain)
        if not _DATABASE.match(url):
            raise UnknownSetting("database_url: the address of a database begins with postgresql:// or sqlite:///")
        return url

    @property
    def keys_directory(self) -> Path:
        """Return the folder of signing keys, which is kept outside the database."""
        return self.instance_path / "keys"

    def key_file(self, name: str) -> Path:
        """Return where a key lies; raises UnknownSetting if systemd should have handed it over and did not: none is made then."""
        if not self.keys_from_credentials:
            return self.keys_directory / name
        path = Path(self.credentials_directory, name)
        if not (self.credentials_directory and path.is_file()):
            raise UnknownSetting(f"keys_from_credentials: systemd has handed over no {name}")
        return path


class UnknownSetting(ValueError):
    """A key that is not a setting, or a value of the wrong kind; the message names it."""


def load_settings(environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Read `consult.toml` of the instance, one that systemd hands over as a credential, then `CONSULT_*` variables, then keyword overrides; later wins.

    Raises UnknownSetting for a key that is not a setting or a value that cannot be understood.
    """
    environ = os.environ if environ is None else environ
    variables = {k.removeprefix("CONSULT_").lower(): v for k, v in environ.items() if k.startswith("CONSULT_")}
    instance = Path(str(overrides.get("instance_path") or variables.get("instance_path") or "instance"))
    values: dict[str, object] = {}
    handed = environ.get("CREDENTIALS_DIRECTORY", "")
    values["credentials_directory"] = handed
    for file in (instance / "consult.toml", *([Path(handed, "consult.toml")] if handed else ())):
        values |= _written(file)
    values |= {k: _parsed(k, v) for k, v in variables.items()}
    values |= {k: _checked(k, v, "override") for k, v in overrides.items()}
    values["instance_path"] = instance
    settings = replace(Settings(), **values)  # type: ignore[arg-type]
    for key, (least, most) in _BOUNDS.items():
        if not least <= getattr(settings, key) <= most:
            raise UnknownSetting(f"{key} is a number from {least} to {most}")
    for key, (looks, words) in _ADDRESSES.items():
        if not looks.fullmatch(getattr(settings, key)):  # and is not repeated, because it may hold a password
            raise UnknownSetting(f"{key} must be {words}")
    return settings


def _written(file: Path) -> dict[str, object]:
    if not file.exists():
        return {}
    try:
        written = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnknownSetting(f"{file}: {error}") from error
    return {k: _checked(k, v, str(file)) for k, v in written.items()}


_DEFAULTS: Mapping[str, object] = {f.name: f.default for f in fields(Settings)}


def _checked(key: str, value: object, where: str) -> object:
    default = _default(key, where)
    if isinstance(default, tuple) and isinstance(value, list | tuple):
        return tuple(str(item) for item in value)
    if isinstance(default, Path):
        return Path(str(value))
    if type(value) is not type(default):
        raise UnknownSetting(f"{where}: the setting {key!r} must be of type {type(default).__name__}")
    return value


def _parsed(key: str, value: str) -> object:
    default = _default(key, f"CONSULT_{key.upper()}")
    if isinstance(default, bool):
        if value.lower() not in {"1", "0", "true", "false", "yes", "no"}:
            raise UnknownSetting(f"CONSULT_{key.upper()} must be true or false, not {value!r}")
        return value.lower() in {"1", "true", "yes"}
    if isinstance(default, int):
        if not (value.isdecimal() and len(value) < 9):
            raise UnknownSetting(f"CONSULT_{key.upper()} must be a whole number, not {value!r}")
        return int(value)
    if isinstance(default, tuple):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return Path(value) if isinstance(default, Path) else value


def _default(key: str, where: str) -> object:
    if key not in _DEFAULTS:
        raise UnknownSetting(f"{where}: there is no setting {key!r}")
    return _DEFAULTS[key]
