"""What every template can use: words, addresses, formats, the viewer, the consultation and its sections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from gettext import NullTranslations
from typing import Any, cast

from flask import Flask, g, get_flashed_messages, render_template
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from consult.accounts.access import Actor, allowed
from consult.consultations.models import Consultation
from consult.i18n import LANGUAGES, N_, Localized, Message, catalogue, direction, translate_markup
from consult.notifications.places import city
from consult.plugins.manager import Hooks
from consult.web import addresses
from consult.web import formats as f
from consult.web.assets import asset
from consult.web.language import current_language, same_page_in
from consult.web.navigation import sections
from consult.web.visitor import actor, visit


@dataclass(frozen=True, slots=True)
class OtherLanguage:
    """A language the page can be read in instead."""

    code: str
    name: str
    href: str


def present_consultation() -> Consultation | None:
    """Return the consultation of the page if it was found and may be seen."""
    found: Consultation | None = g.get("consultation")
    return found if found is not None and allowed(actor(), "consultation.read", found) else None


def present_formats() -> f.Formats:
    """Return the formats of the page's language in the consultation's time zone."""
    if "formats" not in g:
        found = g.get("consultation")
        g.formats = f.formats(current_language().code, found.timezone if found else "Africa/Tripoli")
    bound: f.Formats = g.formats
    return bound


def own_time(value: datetime) -> Markup:
    """Return a moment on the visitor's own clock too, where it shows another hour than the consultation's; else nothing.

    Only for somebody signed in who said where they are. It follows who looks: never put it into what is kept.
    """
    name, here = visit().timezone, present_formats()
    if not name or f.zone(name).utcoffset(value) == here.local(value).utcoffset():
        return Markup("")
    code = current_language().code
    there = f.formats(code, name)
    same = there.local(value).date() == here.local(value).date()
    at = there.time(value) if same else there.moment(value)
    said = translate_markup(N_("%(time)s in %(city)s", time=at, city=city(name, code)), code)
    return Markup(' <span class="soft">(%s)</span>') % said


def deadline(value: datetime) -> Markup:
    """Return when something ends on the consultation's clock, and on the visitor's own beside it where that shows another hour."""
    return Markup("%s%s") % (present_formats().end(value), own_time(value))


def local(text: Localized | Message | str | None) -> Markup | str:
    """Return a localized text or message in the page's language; another language is marked and isolated."""
    code = current_language().code
    if not isinstance(text, Localized):
        return "" if text is None else translate_markup(text, code)
    shown = text.language_for(code)
    if shown == code:
        return text[code]
    if not shown:
        return ""
    return Markup('<bdi lang="%s" dir="%s">%s</bdi>') % (shown, direction(shown), text[shown])


def text_block(text: str, lang: str) -> Markup:
    """Return people's own words: reading face, their language, direction by the text itself."""
    return Markup('<div class="text" lang="%s" dir="auto">%s</div>') % (lang, f.paragraphs(text))


@cache
def _in_catalogue(words: NullTranslations, text: str) -> Markup:
    return Markup(words.gettext(text))  # noqa: S704  # what Jinja does with every message: the catalogues are ours


@pass_eval_context
def gettext(evaluation: EvalContext, text: str, **params: object) -> str:
    """Return a sentence of a template in the page's language, with its parameters escaped where the template is HTML.

    As Jinja's own new-style `gettext`, which takes four times as long and is called fifty times a page.
    """
    words = catalogue(current_language().code)
    said = _in_catalogue(words, text) if evaluation.autoescape else words.gettext(text)
    return said % params if params or "%" in said else said


def flashes() -> list[tuple[str, str]]:
    """Return the messages after an act, each with its kind (ok, no, wait)."""
    kept = cast("list[tuple[str, str]]", get_flashed_messages(with_categories=True))
    return [(kind if kind in {"ok", "no", "wait"} else "ok", text) for kind, text in kept]


def _format_filter(name: str) -> Any:
    def apply(value: Any) -> Any:
        return "" if value is None else getattr(present_formats(), name)(value)

    return apply


def install(app: Flask, hooks: Hooks) -> None:
    """Give the templates their globals and filters."""
    addresses.install(app)
    environment = app.jinja_env
    environment.add_extension("jinja2.ext.do")
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # given by the i18n extension
        lambda text: catalogue(current_language().code).gettext(text),
        lambda one, many, count: catalogue(current_language().code).ngettext(one, many, count),
        newstyle=True,
    )
    environment.globals["_"] = gettext
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.globals.update(
        url=addresses.address, asset=asset, local=local, own_time=own_time, text_block=text_block, direction=direction
    )
    for name in (
        "day",
        "day_month",
        "month",
        "weekday",
        "time",
        "moment",
        "number",
        "percent",
        "ratio",
        "clock",
        "iso",
    ):
        environment.filters[name] = _format_filter(name)
    environment.filters.update(ltr=f.ltr, person=f.person, paragraphs=f.paragraphs, local=local, deadline=deadline)

    @app.context_processor
    def page() -> dict[str, Any]:
        viewer, present = actor(), present_consultation()
        return {
            "language": current_language(),
            "other_languages": [
                OtherLanguage(other.code, other.name, same_page_in(other.code))
                for other in LANGUAGES.values()
                if other.code != current_language().code
            ],
            "viewer": viewer,
            "unread": visit().unread,
            "consultation": present,
            "navigation": sections(viewer, present, hooks) if present else [],
            "flashes": flashes(),
            "may": may,
            "slot": _slots(hooks, viewer, present),
            "insecure_http": app.config["CONSULT"].insecure_http,
            "demo": app.config["CONSULT"].demo,
        }


def piece(template: str, **context: Any) -> Markup:
    """Return a rendered template as a piece of another page; what is put into it was escaped on the way."""
    return Markup(render_template(template, **context))  # noqa: S704  # rendered with autoescape


def may(action: str, subject: object = None) -> bool:
    """Tell a template whether the viewer may do `action`; the subject defaults to the consultation."""
    return allowed(actor(), action, g.get("consultation") if subject is None else subject)


def _slots(hooks: Hooks, viewer: Actor, present: Consultation | None) -> Any:
    def slot(name: str, **context: Any) -> Markup:
        scoped = hooks.scoped(present.enabled_tracks()) if present else hooks
        return scoped.slot(name, {"viewer": viewer, "consultation": present, **context})

    return slot


__all__ = ["install", "local", "piece", "present_consultation", "present_formats", "text_block"]
