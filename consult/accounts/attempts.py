"""How often something may be tried: counted once for every process, in the database or in Redis, and forgotten soon.

Only a keyed hash of what is counted (a network address, an account) is kept, and only while its window is open. The key
lies in a file outside the database and is new each day, so a thief of the database learns no address. A window that was
opened yesterday is counted to its end, under yesterday's key, beside today's: midnight gives nobody new tries.
"""

from __future__ import annotations

import hmac
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from consult import clock
from consult.accounts.address_models import AddressChange
from consult.accounts.keepers import keeper, redis_keeper
from consult.accounts.keys import make_key
from consult.accounts.models import Attempt, HalfSignIn, SpentChallenge
from consult.db import session, transaction
from consult.errors import TooManyTries
from consult.runtime import runtime


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `tries` of a kind in a window; the window opens with the first."""

    kind: str
    tries: int
    window: timedelta


#: A hall of three hundred people has one network address; an account has one owner.
PASSWORD_OF_ACCOUNT = Limit("password of account", 10, timedelta(minutes=15))
PASSWORD_FROM_ADDRESS = Limit("password from address", 200, timedelta(minutes=15))
LINK_FOR_ACCOUNT = Limit("link for account", 3, timedelta(minutes=15))
LINK_FROM_ADDRESS = Limit("link from address", 100, timedelta(hours=1))
CARD_CODE_FROM_ADDRESS = Limit("card code from address", 200, timedelta(minutes=15))
LINK_CODE_OF_REQUEST = Limit("code of mailed link", 5, timedelta(minutes=30))
LINK_CODE_FROM_ADDRESS = Limit("mailed code from address", 200, timedelta(minutes=15))
RECEIPT_OF_SHEET = Limit("receipt of sheet", 10, timedelta(minutes=15))
RECEIPT_FROM_ADDRESS = Limit("receipt from address", 200, timedelta(minutes=15))
PASSKEY_FROM_ADDRESS = Limit("passkey from address", 200, timedelta(minutes=15))
APPLICATION_FOR_ADDRESS = Limit("application for address", 5, timedelta(hours=24))
APPLICATION_FROM_ADDRESS = Limit("application from address", 60, timedelta(hours=1))
APPLICATION_LETTER = Limit("letter of application", 3, timedelta(hours=1))
APPLICATION_CODE = Limit("code of application", 10, timedelta(hours=1))
APPLICATION_FILE = Limit("file of application", 30, timedelta(hours=24))
APPLICATION_FILE_FROM_ADDRESS = Limit("file of application from address", 60, timedelta(hours=1))
REGISTRATION_FOR_ADDRESS = Limit("registration for address", 3, timedelta(hours=1))
BEGUN_FROM_ADDRESS = Limit("text begun from address", 100, timedelta(hours=1))
REGISTRATION_FROM_ADDRESS = Limit("registration from address", 100, timedelta(hours=1))
#: Three of a million codes fit at any moment: fifty tries a day leave one chance in six thousand.
CODE_OF_PERSON = Limit("code of person", 10, timedelta(minutes=15))
CODES_OF_A_DAY = Limit("codes of a day", 50, timedelta(hours=24))


def count_attempt(limit: Limit, what: str) -> None:
    """Count one try, before and apart from what is tried, so that it counts whatever becomes of it; raises TooManyTries.

    `what` is what is limited: a network address, the folded e-mail address of an account.
    """
    counts = keeper(runtime().settings)
    if max(counts.count(_digest(key, limit, what), limit.window) for key in _keys(limit.window)) > limit.tries:
        raise TooManyTries


def counts_alone() -> bool:
    """Tell whether this machine counts in Redis under a key of its own: the same try has another name on every other machine."""
    url = runtime().settings.redis_url
    mark = hmac.digest(key_of_today(), b"the key of this day", "sha256") if url else b""
    return bool(url) and not redis_keeper(url).is_shared(f"{clock.now():%Y-%m-%d}", mark)


def forget_past_attempts() -> bool:
    """Delete what windows gone by have left, and the keys of other days; tell whether there was anything. For the worker.

    So it goes with second steps that were never taken, with changes of address that were not confirmed, and with answered challenges that are too old to be sent again.
    """
    _drop_old_keys()
    now = clock.now()
    past = (
        *(Attempt.ends_at <= now, HalfSignIn.expires_at <= now, SpentChallenge.ends_at <= now),
        AddressChange.expires_at <= now,
    )
    if not session.scalar(sa.select(sa.or_(*(sa.exists().where(over) for over in past)))):
        return False
    with transaction():
        for model, over in zip((Attempt, HalfSignIn, SpentChallenge, AddressChange), past, strict=True):
            session.execute(sa.delete(model).where(over))
    return True


def key_of_today() -> bytes:
    """Return the key of the day, making it, and removing those before yesterday's, at the first try of a day."""
    path = _key_path(clock.now())
    try:
        return path.read_bytes()
    except FileNotFoundError:
        make_key(path)
        _drop_old_keys()
        return path.read_bytes()


def _digest(key: bytes, limit: Limit, what: str) -> bytes:
    return hmac.digest(key, f"{limit.kind}\0{what}".encode(), "sha256")


def _keys(window: timedelta) -> list[bytes]:
    """Return the keys under which a try is counted: today's, and yesterday's while a window opened then may be open."""
    keys, before = [key_of_today()], clock.now() - window
    if before.date() < clock.now().date():
        with suppress(FileNotFoundError):
            keys.append(_key_path(clock.now() - timedelta(days=1)).read_bytes())
    return keys


def _key_path(day: datetime) -> Path:
    return runtime().settings.keys_directory / f"attempts-{day:%Y-%m-%d}.key"


def _drop_old_keys() -> None:
    needed = {_key_path(clock.now()), _key_path(clock.now() - timedelta(days=1))}
    for old in runtime().settings.keys_directory.glob("attempts-*.key"):
        if old not in needed:
            old.unlink(missing_ok=True)
