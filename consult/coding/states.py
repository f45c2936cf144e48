"""What a text that is coded goes through, what a theme may be found to be, and what a passage may say for or against."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from consult.i18n import N_, Message


class TextState(StrEnum):
    """A text is open while a coder works on it; then it is settled, or its coders differ until somebody decides."""

    OPEN = "open"
    DIFFERING = "differing"
    SETTLED = "settled"


#: From -> to. A settled text is opened again where one coder alone coded it: nobody else's work hangs on it.
TRANSITIONS: Mapping[TextState, frozenset[TextState]] = {
    TextState.OPEN: frozenset({TextState.DIFFERING, TextState.SETTLED}),
    TextState.DIFFERING: frozenset({TextState.SETTLED}),
    TextState.SETTLED: frozenset({TextState.OPEN}),
}


class ThemeState(StrEnum):
    """What a person found a theme to be; counts help, and never decide."""

    OPEN = "open"
    AGREED = "agreed"
    CONTESTED = "contested"


THEME_LABELS: Mapping[ThemeState, Message] = {
    ThemeState.OPEN: N_("Not decided yet"),
    ThemeState.AGREED: N_("Agreed"),
    ThemeState.CONTESTED: N_("Disputed"),
}


class Stance(StrEnum):
    """What a passage says about the matter of a code."""

    FOR = "for"
    AGAINST = "against"
    UNCLEAR = "unclear"


STANCE_LABELS: Mapping[Stance, Message] = {
    Stance.FOR: N_("for"),
    Stance.AGAINST: N_("against"),
    Stance.UNCLEAR: N_("unclear"),
}
#: How a coder writes a stance behind a code's number.
SIGNS: Mapping[str, Stance] = {"+": Stance.FOR, "-": Stance.AGAINST, "?": Stance.UNCLEAR}
SIGN_OF: Mapping[str, str] = {stance.value: sign for sign, stance in SIGNS.items()}
