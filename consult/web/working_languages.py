"""Languages that bodies work in: those that a form offers, and how a language is called in the page's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from consult.i18n import N_, Message
from consult.web.forms import say
from consult.web.language import current_language

#: Languages of the country and of those who live in it; an import may bring others.
OFFERED = ("ar", "ber", "tmh", "tuq", "en", "fr", "it", "tr", "am", "bn", "ha", "so", "sw", "ti", "ur")
#: Those that Unicode's list calls otherwise than their speakers do, or does not know.
OWN_LABELS: Mapping[str, Message] = {
    "ber": N_("Tamazight"),
    "tmh": N_("Tamasheq (Tuareg)"),
    "tuq": N_("Tebu"),
}


def language_label(code: str) -> str:
    """Return how a language is called in the page's language; its code where nobody knows."""
    if code in OWN_LABELS:
        return say(OWN_LABELS[code])
    return str(current_language().locale.languages.get(code, code))


def offered_languages(chosen: Iterable[str] = ()) -> Mapping[str, str]:
    """Return the languages a form offers, with those that were chosen and are not among them."""
    return {code: language_label(code) for code in (*OFFERED, *chosen)}
