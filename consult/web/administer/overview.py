"""Looking after the instance: what waits, what failed, consultations, letters in the outbox."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from flask import render_template, request, url_for

from consult import __version__
from consult.accounts.four_eyes import Kind, count_waiting_acts, waiting_acts
from consult.consultations.queries import consultations
from consult.db import dialect_name
from consult.errors import NotFound
from consult.notifications.models import Mail
from consult.notifications.queries import backlog, failed_deliveries, failing_addresses, letter, outbox
from consult.retention.proof import is_late
from consult.runtime import runtime
from consult.web.administer.blueprint import blueprint
from consult.web.guards import requires
from consult.web.visitor import settings

PAGE = 50


@blueprint.get("/administer/")
@requires("instance.administer")
def overview() -> str:
    """Show how the instance is, and the ways to what can be done."""
    hooks = runtime().hooks
    return render_template(
        "administer/overview.html",
        second_looks=count_waiting_acts(None),
        key_given_up=bool(waiting_acts(None, Kind.LOG_KEY)),
        backlog=backlog(),
        failures=len(hooks.failures),
        consultations=consultations(public_only=False),
        plugins=hooks.plugin_names(),
        version=__version__,
        database=dialect_name(),
        settings=settings(),
        retention_late=is_late(),
    )


@blueprint.get("/administer/deliveries/")
@requires("instance.administer")
def deliveries() -> str:
    """Show readers of the log that failed, with attempts and errors, and hooks that raised since the start."""
    return render_template(
        "administer/deliveries.html",
        deliveries=failed_deliveries(),
        failures=list(reversed(runtime().hooks.failures)),
        backlog=backlog(),
    )


@blueprint.get("/administer/outbox/", endpoint="outbox")
@requires("instance.administer")
def letters() -> str:
    """Show letters, the newest first; addresses are half hidden, because an address may be a name."""
    lines = outbox(before=_moment(request.args.get("before")), limit=PAGE + 1)
    older = url_for("administer.outbox", before=lines[PAGE - 1].created_at.timestamp()) if len(lines) > PAGE else None
    return render_template(
        "administer/outbox.html", lines=lines[:PAGE], older=older, sends=_sends(), failing=failing_addresses()
    )


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(text), UTC) if text else None
    except (ValueError, OverflowError, OSError):
        return None


def _sends() -> bool:
    """Tell whether there is a mail server; without one, letters are read here instead."""
    return not settings().mail_url.startswith("outbox")


@blueprint.get("/administer/outbox/<uuid:mail>/")
@requires("instance.administer")
def mail(mail: uuid.UUID) -> str:
    """Show one letter; where letters are really sent, its text stays closed: it may hold a sign-in link."""
    found: Mail | None = letter(mail)
    if found is None:
        raise NotFound
    return render_template("administer/mail.html", mail=found, readable=not _sends())
