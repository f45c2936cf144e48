"""Keys and settings that systemd hands over as credentials: used where they are, and never made where they are not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from consult.accounts.keys import FACTORS, outside_key
from consult.app import create_app
from consult.db import database
from consult.settings import Settings, UnknownSetting, load_settings
from consult.testing.sample import disposed

KEYS = ("log.ed25519", "factors.key", "web.secret", "stopping.key")


@pytest.fixture
def handed(settings: Settings, tmp_path: Path) -> Settings:
    """Settings of an instance whose keys were made once and are handed over now."""
    folder = tmp_path / "credentials"
    with create_app(settings).app_context(), disposed():
        for name in KEYS:
            if name.endswith(".key"):
                outside_key(name)
    settings.keys_directory.rename(folder)
    return replace(settings, keys_from_credentials=True, credentials_directory=str(folder))


def test_every_key_is_taken_from_there_and_none_is_made(handed: Settings) -> None:
    app = create_app(handed)
    with app.app_context(), disposed():
        assert outside_key(FACTORS) == Path(handed.credentials_directory, FACTORS).read_bytes()
        assert Path(handed.credentials_directory, "web.secret").read_text() == app.config["SECRET_KEY"]
        database.session.remove()
    assert not handed.keys_directory.exists()


def test_a_key_that_is_not_handed_over_keeps_everything_from_starting(handed: Settings) -> None:
    Path(handed.credentials_directory, "log.ed25519").unlink()
    for settings in (handed, replace(handed, credentials_directory="")):
        with pytest.raises(UnknownSetting, match="systemd has handed over no"):
            create_app(settings)
    assert not handed.keys_directory.exists()


def test_settings_with_passwords_may_be_a_credential(tmp_path: Path) -> None:
    instance, handed = tmp_path / "instance", tmp_path / "handed"
    for folder in (instance, handed):
        folder.mkdir()
    (instance / "consult.toml").write_text('mail_from = "a@example.org"\nmail_url = "outbox:"\n')
    (handed / "consult.toml").write_text('mail_url = "smtp://user:secret@mail.example:587"\n')
    environ = {"CONSULT_INSTANCE_PATH": str(instance), "CREDENTIALS_DIRECTORY": str(handed)}
    settings = load_settings(environ)
    assert (settings.mail_from, settings.mail_url) == ("a@example.org", "smtp://user:secret@mail.example:587")
    assert settings.credentials_directory == str(handed)
    (handed / "consult.toml").write_text("mail_uri = 1\n")
    with pytest.raises(UnknownSetting, match="mail_uri"):
        load_settings(environ)


def test_a_mailed_link_lives_half_an_hour_at_most(tmp_path: Path) -> None:
    assert load_settings({}, instance_path=tmp_path).sign_in_link_minutes == 10
    for minutes in (0, 31):
        with pytest.raises(UnknownSetting, match="from 1 to 30"):
            load_settings({}, instance_path=tmp_path, sign_in_link_minutes=minutes)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("SESSION_HOURS", "²"),
        ("SESSION_HOURS", "0"),
        ("SESSION_HOURS", "9" * 5000),
        ("SESSION_IDLE_MINUTES", "0"),
        ("ERASURE_DAYS", "99999"),
        ("BASE_URL", "consult.example"),
        ("BASE_URL", "https://consult.example/of/tripoli"),
        ("REDIS_URL", "ftp://:secret@redis.example"),
    ],
)
def test_what_no_instance_can_run_with_is_refused_by_name_and_not_repeated(
    tmp_path: Path, key: str, value: str
) -> None:
    with pytest.raises(UnknownSetting, match=f"(?i){key}") as refused:
        load_settings({f"CONSULT_{key}": value}, instance_path=tmp_path)
    assert "secret" not in str(refused.value)
    in_brackets = load_settings({"CONSULT_BASE_URL": "https://[2001:db8::1]:8443/"}, instance_path=tmp_path)
    assert in_brackets.base_url == "https://[2001:db8::1]:8443/"
