"""`create_app`: the short ordered list of steps that makes an application."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, appcontext_pushed, g
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.middleware.proxy_fix import ProxyFix

from consult import web
from consult.accounts.access import register_permission
from consult.accounts.keepers import keeper
from consult.connections import engine_options, prepare_engine
from consult.db import database
from consult.events.deliver import Reader
from consult.events.keys import LOG_KEY, load_keys
from consult.i18n import add_catalogue_directory
from consult.log_shipping import NoPlace, ship
from consult.models import ALL_MODELS
from consult.notifications.reader import NotificationReader
from consult.plugins.manager import Hooks, load_hooks, plugin_readers
from consult.policies import ALL_POLICIES
from consult.retention.classes import periods
from consult.runtime import Runtime, bind, release
from consult.settings import Settings, UnknownSetting, load_settings, resource_directory
from consult.turns import turns
from consult.web.late_rules import LateRule

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

csrf = CSRFProtect()


def create_app(settings: Settings | None = None, *, plugins: Mapping[str, object] | None = None) -> Flask:
    """Return the application of an instance; `plugins` replaces the installed ones (tests and plugin authors use it).

    Raises UnknownSetting for a wrong setting and pluggy.PluginValidationError for a misspelt hook. The database is
    not touched.
    """
    settings = settings or load_settings()
    app = Flask(
        "consult", static_folder=None, template_folder=None, instance_path=str(settings.instance_path.resolve())
    )
    app.url_rule_class = LateRule
    hooks = load_hooks(disabled=settings.disabled_plugins, plugins=plugins)
    _configure(app, settings)
    _database(app, settings)
    _runtime(app, settings, hooks)
    _templates(app, settings, hooks)
    Babel(app, locale_selector=web.language.current_locale)
    csrf.init_app(app)
    csrf.exempt("consult.web.take_part.begun.autosave_begun")
    csrf.exempt("consult.web.translate.text.autosave")
    csrf.exempt("consult.web.take_part.saving.autosave")  # `ours_only` asks for what no other site's page can send
    csrf.exempt("consult.web.take_part.uploads.bring_in_pieces")
    csrf.exempt("consult.web.take_part.uploads.piece")
    csrf.exempt("consult.web.public.accreditation_files.bring_application_file")
    csrf.exempt("consult.web.public.accreditation_files.application_piece")
    csrf.exempt("consult.web.paper.sheets.bring_picture")
    csrf.exempt("consult.web.paper.sheets.picture_piece")
    csrf.exempt("consult.web.account.stop.stop")  # it asks for the token itself, but of a mail program (RFC 8058)
    for declared in hooks.permissions():
        register_permission(declared)
    web.install(app, hooks)
    if settings.log_to:  # after the log of this machine has its place
        _ship_log(settings.log_to)
    csrf.exempt(web.testimony)  # its forms act by what is typed, never by a cookie
    for blueprint in hooks.blueprints():
        app.register_blueprint(blueprint)
    web.guards.refuse_undeclared_routes(app)
    if hops := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def create_served_app() -> WSGIApplication:
    """Return the application of the instance as a process serves it: one request at a time, but for those that wait."""
    app = create_app()

    def in_turn(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with turns.taken():
            return app(environ, start_response)

    return in_turn


def _configure(app: Flask, settings: Settings) -> None:
    secure = not settings.insecure_http
    app.config.update(
        CONSULT=settings,
        SECRET_KEY=_secret(settings.key_file("web.secret")),
        MAX_CONTENT_LENGTH=4 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=2000,
        SESSION_COOKIE_NAME="__Host-consult-form" if secure else "consult-form",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        WTF_CSRF_TIME_LIMIT=None,  # lives as long as the form's cookie: a text typed for three hours is not lost
        WTF_CSRF_SSL_STRICT=secure,
        BABEL_DEFAULT_LOCALE="ar_LY",
        BABEL_TRANSLATION_DIRECTORIES=str(resource_directory("locale")),
    )


def _secret(path: Path) -> str:
    """Return the key that signs form cookies, making it at the first start."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text().strip()


def _database(app: Flask, settings: Settings) -> None:
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.sqlalchemy_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings)
    database.init_app(app)
    with app.app_context():
        prepare_engine(database.engine)


def _runtime(app: Flask, settings: Settings, hooks: Hooks) -> None:
    readers: tuple[Reader, ...] = (*plugin_readers(hooks), NotificationReader())
    parts = Runtime(settings, hooks, readers, load_keys(settings.key_file(LOG_KEY)))
    app.extensions["consult"] = parts
    periods(settings)  # so is a period that is none
    keeper(settings)  # an address of Redis that is none is refused now, not at the first sign-in

    def push(_sender: Flask, **_: object) -> None:
        g.consult_token = bind(parts)

    def pop(_error: BaseException | None) -> None:
        release(g.pop("consult_token"))

    appcontext_pushed.connect(push, app, weak=False)
    app.teardown_appcontext(pop)


def _ship_log(address: str) -> None:
    """Send the log of this process to another machine as well."""
    try:
        ship(address)
    except NoPlace as error:
        raise UnknownSetting(str(error)) from error


def _templates(app: Flask, settings: Settings, hooks: Hooks) -> None:
    """Look for templates in the instance, then the core, then the plugins: a plugin cannot shadow the core."""
    folders = [settings.instance_path / "templates", resource_directory("templates")]
    for name in hooks.plugin_names():
        file = getattr(hooks.manager.get_plugin(name), "__file__", None)
        if file is None:
            continue  # an object that was handed over, not an installed module: it has no folder
        home = Path(file).parent
        folders.append(home / "templates")
        if (home / "translations").is_dir():
            add_catalogue_directory(home / "translations")
    app.jinja_loader = ChoiceLoader([FileSystemLoader(folder) for folder in folders])


__all__ = ["ALL_MODELS", "ALL_POLICIES", "create_app", "create_served_app"]
