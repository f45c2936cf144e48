"""Every route declares the permission it needs; one that does not keeps the application from starting."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, g, request

from consult.accounts.access import allowed, declared_permissions
from consult.errors import ConsultError, Forbidden, NotFound, SecondFactorNeeded
from consult.web.visitor import actor, consultation

#: What somebody who has to set up a second step first may do meanwhile: that, read what is promised, and leave.
SETTING_UP = frozenset(
    {
        *("account.security", "account.app", "account.add_app", "account.new_passkey", "account.add_passkey"),
        *("account.password", "account.change_password", "account.prove", "account.take_proof"),
        *("account.sign_in", "account.open_sign_in", "account.sign_out", "account.sign_out_everywhere"),
        *("account.end_device", "account.end_other_devices", "public.page"),
    }
)

View = TypeVar("View", bound=Callable[..., Any])
Subject = TypeVar("Subject")


def requires(permission: str) -> Callable[[View], View]:
    """Declare the permission a route needs.

    Before the view runs, `allowed(actor, permission, consultation or None)` is asked, the subject being the
    consultation of the address where there is one. A consultation that the visitor may not see is not found. A view
    that loads a finer subject (one submission, one ballot) asks `demand()` or `visible()` for it as well.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if actor().unproved and request.endpoint not in SETTING_UP:
                raise SecondFactorNeeded
            subject = consultation() if g.get("consultation_slug") else None
            if subject is not None and not allowed(actor(), "consultation.read", subject):
                raise refusal("consultation.read", subject, NotFound)
            if not allowed(actor(), permission, subject):
                raise refusal(permission, subject, Forbidden)
            return view(*args, **kwargs)

        guarded.__dict__["consult_permission"] = permission
        return guarded  # type: ignore[return-value]

    return decorate


def refusal(action: str, subject: object, otherwise: type[ConsultError]) -> ConsultError:
    """Return why an action is refused: a role that waits for its second factor would allow it, or `otherwise`."""
    waiting = actor().held_back and allowed(actor().with_every_role(), action, subject)
    return SecondFactorNeeded() if waiting else otherwise()


def visible(action: str, subject: Subject | None) -> Subject:
    """Return the subject if the visitor may do `action` to it; NotFound otherwise, so that nothing tells it exists."""
    if subject is None:
        raise NotFound
    if not allowed(actor(), action, subject):
        raise refusal(action, subject, NotFound)
    return subject


def declared_permission(app: Flask, endpoint: str) -> str | None:
    """Return the permission a route declares, None if it declares none."""
    return getattr(app.view_functions[endpoint], "consult_permission", None)


def refuse_undeclared_routes(app: Flask) -> None:
    """Raise RuntimeError if a route declares no permission, or one that no room declares."""
    known = declared_permissions()
    for rule in app.url_map.iter_rules():
        permission = declared_permission(app, rule.endpoint)
        if permission not in known:
            raise RuntimeError(f"the route {rule.rule} ({rule.endpoint}) declares no known permission: {permission!r}")
