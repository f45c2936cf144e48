"""Languages that forms offer, and how a language is called in the page's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from consult import i18n
from consult.i18n import WRITTEN
from consult.web.forms import say


def language_label(code: str) -> str:
    """Return how a language is called in the page's language; its code where nobody knows."""
    return say(i18n.language_label(code))


def offered_languages(chosen: Iterable[str] = ()) -> Mapping[str, str]:
    """Return the languages a form offers, with those that were chosen and are not among them."""
    return {code: language_label(code) for code in (*WRITTEN, *chosen)}
