"""The outcome document as everybody reads it: editions, their files, the check of the seal, and where a paragraph comes from."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from consult.errors import NotFound
from consult.i18n import LANGUAGES, Language
from consult.outcomes.addresses import Addresses
from consult.outcomes.edition_pages import FIRST, format_of
from consult.outcomes.models import Edition
from consult.outcomes.publishing import file_name
from consult.outcomes.queries import (
    EditionLine,
    FileLine,
    edition_by_number,
    editions_of,
    file_content,
    files_of,
    pages_with,
)
from consult.outcomes.renderers import FORMATS
from consult.outcomes.trace import behind
from consult.web.conditional import conditional
from consult.web.guards import requires
from consult.web.language import current_language
from consult.web.public.blueprint import blueprint
from consult.web.submissions import short_address, trace_steps
from consult.web.visitor import consultation

#: What a file is sent as. All of them are downloads: none of them is a page of this site.
MEDIA_TYPES = {"json": "application/json", **{key: form.media_type for key, form in FORMATS.items()}}
SHOWN = ("pdf", "html", "json")


@dataclass(frozen=True, slots=True)
class LanguageFiles:
    """The files of an edition in one language."""

    language: Language
    files: dict[str, FileLine]


@blueprint.get("/c/<slug>/outcome/")
@conditional
@requires("public.read")
def outcome() -> str:
    """Show the newest edition, chapter by chapter, and the list of all."""
    editions = editions_of(consultation().id)
    if not editions:
        return render_template("public/outcome_none.html")
    return _edition_page(editions[0], editions)


@blueprint.get("/c/<slug>/outcome/<int:number>/")
@conditional
@requires("public.read")
def edition(number: int) -> str:
    """Show one edition: its first page."""
    editions = editions_of(consultation().id)
    found = next((line for line in editions if line.number == number), None)
    if found is None:
        raise NotFound
    return _edition_page(found, editions)


def _edition_page(line: EditionLine, editions: Sequence[EditionLine]) -> str:
    """Return the first page of an edition: cover, contents, front matter, files."""
    return render_template(
        "public/edition.html",
        edition=line,
        editions=editions,
        first=_first(line.id),
        files=_files(line),
    )


def _first(edition: uuid.UUID) -> dict[str, Any]:
    """Return what the first page of an edition is made of; it was made at publication, every word escaped."""
    found = file_content(edition, current_language().code, FIRST)
    if found is None:
        raise NotFound
    first: dict[str, Any] = json.loads(found)
    return {**first, "front": Markup(first["front"])}  # noqa: S704  # made by our own templates


@blueprint.get("/c/<slug>/outcome/<int:number>/<part>/")
@conditional
@requires("public.read")
def edition_part(number: int, part: str) -> str:
    """Show a chapter of an edition, with the way to the one before and the next."""
    found = _edition(number)
    content = file_content(found.id, current_language().code, format_of(part))
    if content is None:
        raise NotFound
    entries = [entry for entry in _first(found.id)["contents"] if entry["slug"]]
    place = next(index for index, entry in enumerate(entries) if entry["slug"] == part)
    return render_template(
        "public/edition_part.html",
        edition=found,
        body=Markup(content.decode()),  # noqa: S704  # made by our own templates at publication, every word escaped
        entry=entries[place],
        before=entries[place - 1] if place else None,
        after=entries[place + 1] if place + 1 < len(entries) else None,
    )


def _files(line: EditionLine) -> list[LanguageFiles]:
    found = files_of(line.id)
    return [
        LanguageFiles(language, {file.format: file for file in found if file.language == code and file.format in SHOWN})
        for code, language in LANGUAGES.items()
    ]


@blueprint.get("/c/<slug>/outcome/<int:number>/<code>.<form>")
@requires("public.read")
def edition_file(number: int, code: str, form: str) -> Response:
    """Send a file of an edition, byte for byte as it was sealed."""
    found = _edition(number)
    content = file_content(found.id, code, form) if form in MEDIA_TYPES else None
    if content is None:
        raise NotFound
    return _download(content, MEDIA_TYPES[form], file_name(consultation().slug, number, code, form))


@blueprint.get("/c/<slug>/outcome/<int:number>/manifest.json")
@requires("public.read")
def manifest(number: int) -> Response:
    """Send the manifest: every file with its hash, the seal, the checkpoint of the log."""
    content = _edition(number).manifest.encode()
    return _download(content, "application/json", f"{consultation().slug}-outcome-{number}-manifest.json")


@blueprint.get("/c/<slug>/outcome/<int:number>/sealed.txt")
@requires("public.read")
def sealed(number: int) -> Response:
    """Send the list whose SHA-256 is the seal."""
    content = str(json.loads(_edition(number).manifest)["sealed"]).encode()
    return _download(content, "text/plain; charset=utf-8", f"{consultation().slug}-outcome-{number}-sealed.txt")


@blueprint.get("/c/<slug>/outcome/<int:number>/verify/")
@conditional
@requires("public.read")
def verify(number: int) -> str:
    """Show the seal and how anybody can compute it; hold the one in the address, from the printed code, against it."""
    found = _edition(number)
    given = request.args.get("seal", "").replace(" ", "").lower()
    return render_template(
        "public/verify.html",
        edition=found,
        manifest=json.loads(found.manifest),
        given=given,
        matches=given == found.seal,
        files=_files(EditionLine(found.id, found.number, found.seal, found.published_at)),
        slug=consultation().slug,
        short=short_address(number, "edition"),
    )


@blueprint.get("/c/<slug>/outcome/<int:number>/paragraphs/<int:paragraph>/")
@conditional
@requires("public.read")
def paragraph(number: int, paragraph: int) -> str:
    """Show where a paragraph of an edition comes from."""
    found, code = _edition(number), current_language().code
    printed, page = _printed(found, code, paragraph)
    steps = trace_steps(behind(found, code, paragraph))
    return render_template(
        "public/paragraph.html", edition=found, paragraph=paragraph, printed=printed, page=page, steps=steps
    )


def _printed(found: Edition, code: str, paragraph: int) -> tuple[Markup, str]:
    """Return a paragraph as it stands in the edition, and the address of its page; NotFound if there is none."""
    for part, body in pages_with(found.id, code, f'<div class="para" id="p{paragraph}">'):
        start = body.find(f'<div class="para" id="p{paragraph}">')
        end = body.find("</div></div>", start)
        piece = Markup(body[start : end + len("</div></div>")])  # noqa: S704  # a piece of the edition's own page
        return piece, Addresses(consultation().slug, code).part(found.number, part)
    raise NotFound


def _edition(number: int) -> Edition:
    found = edition_by_number(consultation().id, number)
    if found is None:
        raise NotFound
    return found


def _download(content: bytes, media_type: str, name: str) -> Response:
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
