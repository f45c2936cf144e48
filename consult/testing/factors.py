"""A phone with an app that shows codes, for tests: what it shows at the present time, and the recovery codes on paper."""

from __future__ import annotations

from dataclasses import dataclass

import pyotp

from consult import clock
from consult.accounts.models import Person
from consult.accounts.services import confirm_app
from consult.accounts.signing_in.authenticator import offer_app
from consult.accounts.signing_in.factors import STEP_SECONDS
from consult.accounts.signing_in.sign_in import start_sign_in, visit_for_token
from consult.db import session
from consult.testing.world import World


@dataclass(frozen=True, slots=True)
class Phone:
    """An app that was set up: its secret, and the recovery codes that came with it."""

    secret: str
    recovery_codes: tuple[str, ...] = ()

    def code(self, *, steps: int = 0) -> str:
        """Return what the app shows now, or so many steps of half a minute later."""
        return pyotp.TOTP(self.secret).at(int(clock.now().timestamp()) + steps * STEP_SECONDS)


def set_up_app(world: World, key: str, *, steps: int = 0) -> Phone:
    """Set up an app for a person of the world, through a sign-in of its own; the code of that step is taken by it."""
    actor = visit_for_token(start_sign_in(world.people[key], method="link")).actor
    offer = offer_app(session.get_one(Person, world.people[key]))
    phone = Phone(offer.secret)
    return Phone(offer.secret, confirm_app(offer.sealed, phone.code(steps=steps), actor=actor).recovery_codes)


__all__ = ["Phone", "set_up_app"]
