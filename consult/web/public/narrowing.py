"""What the register can be narrowed by: topics and bodies with their labels, read and put in order once per change."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from markupsafe import Markup

from consult.consultations.models import Consultation
from consult.consultations.queries import topics_of
from consult.i18n import Localized
from consult.submissions.register import bodies_of_register
from consult.web.context import local
from consult.web.kept import kept
from consult.web.language import current_language

#: Value, text, and the language of the text where it is not the page's.
Option = tuple[str, str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """The ids behind the values of an address, and how the choices are called in one language, in their order."""

    topic_ids: Mapping[str, uuid.UUID]
    body_ids: Mapping[str, uuid.UUID]
    topics: Sequence[Option]
    bodies: Sequence[Option]
    topic_labels: Mapping[str, Markup | str]


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """Topics and bodies as they were read; two readings are never the same."""

    topics: Sequence[tuple[uuid.UUID, str, Localized]]
    bodies: Sequence[tuple[uuid.UUID, str, Localized]]


def _read(consultation: uuid.UUID) -> _Read:
    return _Read(
        [(topic.id, topic.slug, topic.names) for topic in topics_of(consultation)],
        [(body.id, body.key, body.names) for body in bodies_of_register(consultation)],
    )


def choices(here: Consultation) -> Choices:
    """Return what the register of a consultation can be narrowed by (2 queries when its log went on)."""
    return _choices(kept(("choices", here.id), lambda: _read(here.id)), current_language().code)


def _option(key: str, names: Localized, code: str) -> Option:
    """Return an option: its value, its text, and the text's language where that is not the page's."""
    lang = names.language_for(code)
    return key, names.for_language(code), "" if lang == code else lang


@lru_cache(64)
def _choices(read: _Read, code: str) -> Choices:
    bodies = [_option(key, names, code) for _, key, names in read.bodies]
    return Choices(
        topic_ids={slug: topic for topic, slug, _ in read.topics},
        body_ids={key: body for body, key, _ in read.bodies},
        topics=[_option(slug, names, code) for _, slug, names in read.topics],
        bodies=sorted(bodies, key=lambda option: option[1]),
        topic_labels={topic.hex: local(names) for topic, _, names in read.topics},
    )
