"""A longer text saved by what changed in it: a piece is put in the place of another, and the whole is checked. Pure.

On a slow line a page that saves by itself sends a few letters and not the whole text each time. Positions count
characters (code points); the check is Adler-32 of the whole text in UTF-8 (RFC 1950), as it should be after the change.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zlib import adler32

from consult.cleaning import clean_text
from consult.errors import Conflict
from consult.i18n import N_

#: Characters of a text that is still being written; what may be handed in is much shorter.
LONGEST = 2_000_000
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class OtherText(Conflict):
    """The text that was kept is not the one that was changed; the page sends it whole."""

    message = N_("The text on the server is not the one that this page changed. Save the page.")


@dataclass(frozen=True, slots=True)
class Splice:
    """A change of a text: from character `at` on, `gone` characters give way to `put`; `check` is that of the new whole."""

    at: int
    gone: int
    put: str
    check: int


def check_of(text: str) -> int:
    """Return the Adler-32 of a text in UTF-8."""
    return adler32(text.encode())


def plain(text: str) -> str:
    """Return a text as it was typed, its ends too, without what no database keeps."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n"))


def spliced(kept: Any, change: Splice) -> str:
    """Return a kept text with a change made to it. Raises OtherText unless the check fits.

    A page shows a text as it is cleaned, so a change is tried on that too. The ends are kept as they were typed: whoever
    stands at a new line goes on there.
    """
    text = kept if isinstance(kept, str) else ""
    for before in dict.fromkeys((text, clean_text(text))):
        after = plain(before[: change.at] + change.put + before[change.at + change.gone :])
        if len(after) <= LONGEST and check_of(after) == change.check:
            return after
    raise OtherText


def with_splices(kept: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers of a step with every change made to what is kept, those of the track's questions too."""
    made = {name: spliced(kept.get(name), one) if isinstance(one, Splice) else one for name, one in given.items()}
    if isinstance(given.get("track"), dict):
        made["track"] = with_splices(kept.get("track") or {}, given["track"])
    return made
