"""What the register can be narrowed by: what an address or a typed field says, topics and bodies with their labels."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import request
from markupsafe import Markup

from consult.accounts.bodies.words import region_label
from consult.consultations.models import Consultation
from consult.folding import fold
from consult.i18n import LANGUAGES, N_, WRITTEN, Localized, Message, language_label, translate
from consult.search import Field, parse
from consult.submissions.offered import Offered, offered
from consult.submissions.register import RegisterFilter
from consult.submissions.states import SubmissionState
from consult.submissions.tracks import track_label
from consult.web.context import local
from consult.web.kept import kept
from consult.web.language import current_language

BEST = "best"
#: What the register can be narrowed by, in the order of the form.
FILTERS = ("q", "in", "order", "track", "topic", "region", "body", "language", "state")
#: Where words are looked for, and in which order what is found stands.
FIELDS: Mapping[Field, Message] = {
    Field.EVERYWHERE: N_("Everywhere"),
    Field.TITLE: N_("Titles only"),
    Field.BODY: N_("Names only"),
}
ORDERS: Mapping[str, Message] = {"": N_("Newest first"), BEST: N_("Best match")}
#: How a language may be named behind “language:”.
LANGUAGE_LABELS: Mapping[str, Sequence[Any]] = {
    "ar": ("العربية", "عربي", "Arabic", "arabe"),
    "en": ("English", "الإنجليزية", "إنجليزي", "anglais"),
    "fr": ("Français", "الفرنسية", "فرنسي", "French"),
    **{code: (language_label(code),) for code in WRITTEN if code not in LANGUAGES},
}
#: How hidden texts may be asked for behind “state:”, and those that everybody reads.
STATE_NAMES: Mapping[str, Sequence[Any]] = {
    SubmissionState.HIDDEN.value: ("hidden", "مخفي", "مخفية", "masqué", "masquées"),
    SubmissionState.ACCEPTED.value: ("accepted", "مقبول", "مقبولة", "accepté", "acceptées"),
}
#: Value, text, and the language of the text where it is not the page's.
Option = tuple[str, str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """The ids behind the values of an address, and how the choices are called in one language, in their order."""

    topic_ids: Mapping[str, uuid.UUID]
    body_ids: Mapping[str, uuid.UUID]
    topics: Sequence[Option]
    regions: Sequence[Option]
    bodies: Sequence[Option]
    topic_labels: Mapping[str, Markup | str]


def choices(here: Consultation) -> Choices:
    """Return what the register of a consultation can be narrowed by (3 queries when its log went on)."""
    return _choices(kept(("choices", here.id), lambda: offered(here.id)), current_language().code)


def _option(key: str, names: Localized, code: str) -> Option:
    """Return an option: its value, its text, and the text's language where that is not the page's."""
    lang = names.language_for(code)
    return key, names.for_language(code), "" if lang == code else lang


@lru_cache(64)
def _choices(read: Offered, code: str) -> Choices:
    bodies = [_option(key, names, code) for _, key, names in read.bodies]
    return Choices(
        topic_ids={slug: topic for topic, slug, _ in read.topics},
        body_ids={key: body for body, key, _ in read.bodies},
        topics=[_option(slug, names, code) for _, slug, names in read.topics],
        regions=[(region, str(_text(region_label(region), code)), "") for region in read.regions],
        bodies=sorted(bodies, key=lambda option: fold(option[1])),
        topic_labels={topic.hex: local(names) for topic, _, names in read.topics},
    )


def given_filters() -> Mapping[str, str]:
    """Return what the address narrows the register to."""
    return {name: request.args.get(name, "").strip()[:200] for name in FILTERS}


def wanted_filter(given: Mapping[str, str], offered: Choices, here: Consultation) -> RegisterFilter:
    """Return the filter of an address and of the fields typed among its words; a value that means nothing here narrows nothing."""
    typed, names = parse(given["q"]), _names(offered, here)
    meant = {field: _named(typed.of(field), names[field]) for field in names}
    state = given["state"] or meant[Field.STATE]
    return RegisterFilter(
        state=SubmissionState.HIDDEN if state == SubmissionState.HIDDEN else SubmissionState.ACCEPTED,
        track=given["track"] or meant[Field.TRACK],
        topic=offered.topic_ids.get(given["topic"]),
        body=offered.body_ids.get(given["body"]),
        region=given["region"] or meant[Field.REGION],
        language=given["language"] or meant[Field.LANGUAGE],
        words=given["q"],
        field=Field(given["in"]) if given["in"] in (Field.TITLE, Field.BODY) else Field.EVERYWHERE,
        best=given["order"] == BEST,
    )


def means_nothing(given: Mapping[str, str], offered: Choices, here: Consultation) -> Sequence[str]:
    """Return what an address asks for that narrows nothing: a topic that is gone, a region that nobody knows, no word at all."""
    asked, names = parse(given["q"]), _names(offered, here)
    typed = [said for field, said in asked.said if not _named(said, names[field])]
    whole = [given["q"]] if given["q"] and not asked.terms and not asked.said else []
    known = {"topic": offered.topic_ids, "body": offered.body_ids}
    return [*whole, *typed, *(given[name] for name, ids in known.items() if given[name] and given[name] not in ids)]


def _names(offered: Choices, here: Consultation) -> Mapping[Field, Mapping[str, Sequence[Any]]]:
    """Return how what a typed field can be is called, by its key."""
    return {
        Field.STATE: STATE_NAMES,
        Field.TRACK: {row.key: (track_label(row.key),) for row in here.tracks},
        Field.REGION: {region: (region_label(region),) for region, *_ in offered.regions},
        Field.LANGUAGE: LANGUAGE_LABELS,
    }


def _text(label: Localized | Message | str, code: str) -> str:
    return label.for_language(code) if isinstance(label, Localized) else translate(label, code)


def _named(said: str, known: Mapping[str, Sequence[Any]]) -> str:
    """Return the key of what somebody typed: by the key itself, or by its name in any language, however it is spelt."""
    if not (folded := fold(said)):
        return ""
    for key, labels in known.items():
        names = {fold(_text(label, code)) for label in labels for code in LANGUAGES}
        if folded == fold(key) or folded in names:
            return str(key)
    return ""
