"""Topics that a mandate or an expertise may be about: those of the shipped schemes, as forms offer and pages name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from consult.consultations.reference import SCHEME_LABELS, topics
from consult.i18n import N_, Localized
from consult.web.forms import say


def topic_names() -> Mapping[str, Localized]:
    """Return how each topic is called, by its part of addresses (`gcm-1`)."""
    return {f"{topic.scheme}-{topic.code}": topic.names for topic in topics().values()}


def offered_topics(chosen: Iterable[str] = ()) -> Mapping[str, str]:
    """Return the topics a form offers, with those that were chosen and are in no shipped scheme."""
    return {slug: say(names) for slug, names in topic_names().items()} | {
        slug: slug for slug in chosen if slug not in topic_names()
    }


def topics_by_scheme(chosen: Iterable[str] = ()) -> dict[str, dict[str, str]]:
    """Return the topics a form offers under the names of their schemes; those that were chosen and are in none come last."""
    found: dict[str, dict[str, str]] = {say(label): {} for label in SCHEME_LABELS.values()}
    for topic in topics().values():
        found[say(SCHEME_LABELS[topic.scheme])][f"{topic.scheme}-{topic.code}"] = say(topic.names)
    if others := {slug: slug for slug in chosen if slug not in topic_names()}:
        found[say(N_("Other topics"))] = others
    return found
