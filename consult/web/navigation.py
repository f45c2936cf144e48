"""The sections of a consultation, as links; what a visitor may not open is not shown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from flask import request
from markupsafe import Markup

from consult.accounts.access import Actor, allowed
from consult.consultations.models import Consultation
from consult.i18n import N_, Message, translate_markup
from consult.plugins.manager import Hooks
from consult.web.addresses import address
from consult.web.language import current_language

#: endpoint, label, permission, in order
SECTIONS: tuple[tuple[str, Message, str], ...] = (
    ("public.consultation", N_("Overview"), "public.read"),
    ("public.sessions", N_("Sessions"), "public.read"),
    ("public.register", N_("Submissions"), "public.read"),
    ("public.recommendations", N_("Recommendations"), "public.read"),
    ("public.outcome", N_("Outcome document"), "public.read"),
    ("facilitate.queue", N_("Review"), "submission.review"),
    ("translate.queue", N_("Translations"), "translation.translate"),
    ("paper.desk", N_("Paper"), "paper.enter"),
    ("evaluate.figures", N_("Evaluation"), "evaluation.write"),
    ("organise.overview", N_("Organise"), "consultation.organise"),
)


@dataclass(frozen=True, slots=True)
class Section:
    """A link of the navigation; `current` marks the section of the present page."""

    label: Markup
    href: str
    current: bool


def sections(viewer: Actor, consultation: Consultation, hooks: Hooks) -> list[Section]:
    """Return the sections this visitor may open, then those that plugins add."""
    code, path = current_language().code, request.path
    open_to = tuple(allowed(viewer, permission, consultation) for _, _, permission in SECTIONS)
    links = list(_links(code, consultation.slug, request.root_path, open_to))
    scoped = hooks.scoped(consultation.enabled_tracks())
    links += [(translate_markup(link.label, code), link.href) for link in scoped.navigation(viewer, consultation)]
    home = links[0][1]
    return [Section(label, href, path == href or (href != home and path.startswith(href))) for label, href in links]


@lru_cache(1024)
def _links(code: str, slug: str, _root: str, open_to: tuple[bool, ...]) -> tuple[tuple[Markup, str], ...]:
    """Return label and address of the sections that are open; the same for everybody with the same rights."""
    return tuple(
        (translate_markup(label, code), address(endpoint, slug=slug))
        for (endpoint, label, _), is_open in zip(SECTIONS, open_to, strict=True)
        if is_open
    )
