"""The confidential key: a file outside the database, named by the setting `confidential_key_file`, never in a backup.

It is read whenever something is sealed or opened and kept nowhere: an operator may take it away (a stick, a mounted volume),
and from then on there is no confidential testimony until it is back.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from consult.accounts.keys import alone
from consult.errors import Conflict
from consult.i18n import N_
from consult.runtime import runtime
from consult.settings import Settings
from consult.testimony.sealing import NoKey, Ring, WrongKey, fresh_ring, ring_as_text, ring_from_text


def key_path(settings: Settings) -> Path | None:
    """Return where the key is kept, None where no place is set."""
    return Path(settings.confidential_key_file) if settings.confidential_key_file else None


def ring() -> Ring:
    """Return the keys; raises NoKey where there are none or the file cannot be read, WrongKey if it is no file of keys."""
    path = key_path(runtime().settings)
    if path is None:
        raise NoKey
    try:
        return ring_from_text(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise NoKey from error


def has_key() -> bool:
    """Tell whether confidential testimony can be sealed and opened now."""
    try:
        ring()
    except (NoKey, WrongKey):
        return False
    return True


def make_key_file(path: Path) -> None:
    """Write a new ring of keys that only the owner reads; raises Conflict if there is a file: a key is never written over."""
    with alone(path):
        if path.exists():
            raise Conflict(N_("There is a file at this place already. A key is never written over."))
        write_ring(fresh_ring(), path)


def write_ring(keys: Ring, path: Path) -> None:
    """Write the keys, whole or not at all, and have them on the disk before anything is sealed with them."""
    part = path.with_name(f"{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(ring_as_text(keys))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def lies_inside(settings: Settings) -> bool:
    """Tell whether the key lies in the folder of the instance, so that whoever takes the folder has both."""
    path = key_path(settings)
    return path is not None and path.resolve().is_relative_to(settings.instance_path.resolve())
