"""Topics that a mandate or an expertise may be about: those of the shipped schemes, as forms offer and pages name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from consult.consultations.reference import SCHEME_LABELS, topics
from consult.i18n import Localized
from consult.web.forms import say


def topic_names() -> Mapping[str, Localized]:
    """Return how each topic is called, by its part of addresses (`gcm-1`)."""
    return {f"{topic.scheme}-{topic.code}": topic.names for topic in topics().values()}


def offered_topics(chosen: Iterable[str] = ()) -> Mapping[str, str]:
    """Return the topics a form offers, with those that were chosen and are in no shipped scheme."""
    return {slug: say(names) for slug, names in topic_names().items()} | {
        slug: slug for slug in chosen if slug not in topic_names()
    }


def scheme_hints() -> Mapping[str, str]:
    """Return the name of each topic's scheme."""
    return {f"{topic.scheme}-{topic.code}": say(SCHEME_LABELS[topic.scheme]) for topic in topics().values()}
