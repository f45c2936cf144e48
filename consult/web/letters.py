"""Letters to be printed: a link and its square, in the reader's own language, for whoever hands them out."""

from __future__ import annotations

from dataclasses import dataclass

import segno
from flask import make_response, render_template
from markupsafe import Markup
from werkzeug.wrappers import Response

from consult.consultations.members import PaperLetter
from consult.consultations.models import Consultation
from consult.i18n import LANGUAGES, N_, Localized, Message, translate_markup
from consult.runtime import runtime
from consult.submissions.tracks import track_label
from consult.web.formats import formats
from consult.web.visitor import consultation


@dataclass(frozen=True, slots=True)
class Sheet:
    """A letter as it is printed: everything in its reader's language, the link and the square that holds it."""

    language: str
    dir: str
    number: int
    name: Markup | str
    body: Markup | str
    heading: Markup
    lines: list[Markup]
    address: str
    qr: Markup
    code: str
    code_line: Markup


def letters_page(letters: list[PaperLetter], *, card: bool = False) -> Response:
    """Answer with letters to be printed; their links are kept nowhere, so neither is the page."""
    drawn = sheets(letters, consultation(), card=card)
    response: Response = make_response(render_template("organise/letters.html", sheets=drawn, card=card))
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def sheets(letters: list[PaperLetter], here: Consultation, *, card: bool = False) -> list[Sheet]:
    """Return the sheets of letters just made; their links are known at this moment only."""
    return [_sheet(letter, here, card) for letter in letters]


def _sheet(letter: PaperLetter, here: Consultation, card: bool) -> Sheet:
    code = letter.link.language
    until = formats(code, here.timezone).day(letter.link.expires_at)
    said = [
        N_("You take part in: %(track)s.", track=track_label(letter.track)),
        N_("Point the camera of your phone at the square, or type the address. Then press the button."),
        N_("It works once, until %(day)s. Afterwards you get another link by mail whenever you ask.", day=until),
        N_("It is for you alone: whoever opens it signs in as you."),
    ]
    heading = N_("Your sign-in card") if card else N_("Invitation")
    return Sheet(
        code,
        LANGUAGES[code].dir,
        letter.number,
        _said(letter.name.who, code),
        _said(letter.name.body, code) if letter.name.body else "",
        translate_markup(heading, code),
        [translate_markup(line, code) for line in said],
        letter.link.address,
        square(letter.link.address),
        letter.link.code,
        translate_markup(
            N_("If the camera does not help: open %(address)s and type this code.", address=_code_page(code)), code
        ),
    )


def _code_page(language: str) -> str:
    """Return the address of the page for codes as somebody types it: without its scheme."""
    return runtime().settings.base_url.rstrip("/").partition("://")[2] + f"/{language}/sign-in/code"


def _said(text: Localized | Message, code: str) -> Markup | str:
    return text.for_language(code) if isinstance(text, Localized) else translate_markup(text, code)


def square(address: str) -> Markup:
    """Return an address as a QR code (SVG, error correction M, with its quiet zone)."""
    drawn = segno.make(address, error="m").svg_inline(omitsize=True, border=4)
    return Markup(drawn)  # noqa: S704  # drawn by the library from one address of ours
