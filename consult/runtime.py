"""What an application gives to the rooms below it: settings, plugins, readers of events, signing key.

The application binds its own `Runtime` whenever one of its contexts is entered; two applications in one process never
see each other's. Lower rooms ask `runtime()` and import nothing above them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consult.events.deliver import Reader
    from consult.events.keys import LogKeys
    from consult.plugins.manager import Hooks
    from consult.settings import Settings


@dataclass(frozen=True, slots=True)
class Runtime:
    """The parts of a running application that domain rooms need."""

    settings: Settings
    hooks: Hooks
    readers: tuple[Reader, ...]
    signer: LogKeys


_current: ContextVar[Runtime] = ContextVar("consult_runtime")


def runtime() -> Runtime:
    """Return the running application's parts; LookupError outside of one."""
    return _current.get()


def bind(parts: Runtime) -> Token[Runtime]:
    """Make `parts` the running ones; give the token to `release`."""
    return _current.set(parts)


def release(token: Token[Runtime]) -> None:
    """Return to what ran before."""
    _current.reset(token)


@contextmanager
def running(parts: Runtime) -> Iterator[None]:
    """Bind `parts` inside the block."""
    token = bind(parts)
    try:
        yield
    finally:
        release(token)
