"""The text of a region and what may be done to it, without the database.

`base` is the generated Markdown that an edited text came from. When what is generated now differs from it, the region is
stale, and an organiser decides: keep, take, or merge. Nothing here changes `text` but an act that says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256

from consult.errors import Conflict
from consult.i18n import N_
from consult.outcomes.states import REFUSALS, RegionMode, RegionState, demand_transition


@dataclass(frozen=True, slots=True)
class RegionWords:
    """What is kept of a region: its mode, the organiser's Markdown, and the generated Markdown it came from."""

    mode: RegionMode = RegionMode.AUTO
    text: str = ""
    base: str = ""

    def state(self, generated: str) -> RegionState:
        """Return what the editor shows, given what would be generated now."""
        if self.mode is RegionMode.EDITED and self.base != generated:
            return RegionState.STALE
        return RegionState(self.mode.value)

    def shown(self, generated: str) -> str | None:
        """Return the Markdown that stands in the document, None for a hidden region."""
        match self.mode:
            case RegionMode.AUTO:
                return generated
            case RegionMode.HIDDEN:
                return None
            case _:
                return self.text

    def editable(self, generated: str) -> str:
        """Return the Markdown an organiser starts from: their own, or what is generated."""
        return self.text if self.text else generated


def hash_of(markdown: str) -> str:
    """Return the SHA-256 of a text, 64 hexadecimal digits."""
    return sha256(markdown.encode()).hexdigest()


def edited(words: RegionWords, text: str, generated: str) -> RegionWords:
    """Return the region with a text of the organiser's; the first edit remembers what it came from.

    A text that says exactly what is generated is no edit: the region follows the record again.
    """
    if words.mode in {RegionMode.LOCKED, RegionMode.HIDDEN}:
        raise Conflict(REFUSALS[words.mode])
    base = words.base if words.mode is RegionMode.EDITED else generated
    return _settled(RegionWords(RegionMode.EDITED, text, base), generated)


def kept(words: RegionWords, generated: str) -> RegionWords:
    """Return a stale region with its text as it is, now held against what is generated today."""
    _demand_stale(words, generated)
    return _settled(replace(words, base=generated), generated)


def merged(words: RegionWords, text: str, generated: str) -> RegionWords:
    """Return a stale region with a text that joins both, held against what is generated today."""
    _demand_stale(words, generated)
    return _settled(RegionWords(RegionMode.EDITED, text, generated), generated)


def taken(words: RegionWords) -> RegionWords:
    """Return an edited region made automatic again."""
    if words.mode is not RegionMode.EDITED:
        demand_transition(words.mode, RegionMode.HIDDEN)
        raise Conflict(N_("This text is automatic already."))
    return RegionWords()


def locked(words: RegionWords, generated: str) -> RegionWords:
    """Return the region with its present text fixed: it follows neither the record nor an edit."""
    demand_transition(words.mode, RegionMode.LOCKED)
    if words.mode is RegionMode.AUTO:
        return RegionWords(RegionMode.LOCKED, generated, generated)
    return replace(words, mode=RegionMode.LOCKED)


def unlocked(words: RegionWords, generated: str) -> RegionWords:
    """Return a locked region as one that can be edited; it is automatic again only if that changes no letter of it."""
    if words.mode is not RegionMode.LOCKED:
        raise Conflict(N_("This text is not locked."))
    return _settled(replace(words, mode=RegionMode.EDITED), generated)


def hidden(words: RegionWords) -> RegionWords:
    """Return the region left out of the document; its text is kept."""
    demand_transition(words.mode, RegionMode.HIDDEN)
    return replace(words, mode=RegionMode.HIDDEN)


def shown(words: RegionWords) -> RegionWords:
    """Return a hidden region as it was before."""
    if words.mode is not RegionMode.HIDDEN:
        raise Conflict(N_("This text is not hidden."))
    return replace(words, mode=RegionMode.EDITED) if words.text else RegionWords()


def _settled(words: RegionWords, generated: str) -> RegionWords:
    return RegionWords() if words.text == generated else words


def _demand_stale(words: RegionWords, generated: str) -> None:
    if words.state(generated) is not RegionState.STALE:
        raise Conflict(N_("The source of this text has not moved: there is nothing to decide."))
