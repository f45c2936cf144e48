"""The draft of the outcome document as the editor's pages show it: keys as addresses, regions, states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from markupsafe import Markup

from consult.consultations.models import Consultation
from consult.errors import NotFound
from consult.i18n import LANGUAGES
from consult.outcomes.compiler import Draft, DraftRegion, compile_draft
from consult.outcomes.edition_pages import slug_of
from consult.outcomes.reading import read_material
from consult.outcomes.renderers.html import html_of
from consult.outcomes.states import RegionMode
from consult.outcomes.walk import plain


@dataclass(frozen=True, slots=True)
class ShownRegion:
    """A region as the editor shows it; `kept` is the text of a hidden one, `record` whether the record adds to it."""

    key: str
    slug: str
    title: str
    state: str
    prose: Markup
    kept: Markup
    fixed: bool
    record: bool
    edited_at: datetime | None


def language_of(code: str) -> str:
    """Return a language of documents; NotFound for any other."""
    if code not in LANGUAGES:
        raise NotFound
    return code


def drafts_of(here: Consultation) -> dict[str, Draft]:
    """Return the draft in every language, told from one reading."""
    material = read_material(here)
    return {code: compile_draft(here, code, material=material) for code in LANGUAGES}


def region_of(draft: Draft, part: str) -> DraftRegion:
    """Return a region by its part of an address."""
    found = next((region for region in draft.regions if slug_of(region.key) == part), None)
    if found is None:
        raise NotFound
    return found


def titled(number: str, title: str) -> str:
    """Return a title with its printed number."""
    return f"{number} {title}" if number else title


def shown(draft: Draft, region: DraftRegion) -> ShownRegion:
    """Return a region with its prose as it is printed now."""
    language = draft.narrator.language
    hidden = region.words.mode is RegionMode.HIDDEN and bool(region.words.text)
    return ShownRegion(
        key=region.key,
        slug=slug_of(region.key),
        title=titled(region.number, plain(region.generated.title)),
        state=region.state.value,
        prose=html_of(draft.prose(region), language, 3),
        kept=html_of(draft.printed(region.words.text, region), language, 3) if hidden else Markup(""),
        fixed=region.generated.fixed,
        record=bool(region.generated.record()),
        edited_at=region.edited_at,
    )


def chapter_address(draft: Draft, region: DraftRegion) -> str:
    """Return where the editor shows a region among its neighbours."""
    chapter = next(one for one in draft.chapters if region.key in {each.key for each in one.regions})
    return url_for(
        "organise.document",
        code=draft.narrator.language,
        chapter=slug_of(chapter.chapter.key),
        _anchor=slug_of(region.key),
    )


__all__ = ["ShownRegion", "chapter_address", "drafts_of", "language_of", "region_of", "shown", "slug_of", "titled"]
