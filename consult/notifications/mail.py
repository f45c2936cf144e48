"""Letters: a subject, paragraphs and one link, in the reader's language, right to left where it is; written once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup, escape

from consult import clock
from consult.accounts.models import Person
from consult.db import new_id, session
from consult.i18n import LANGUAGES, N_, Localized, Message, direction, translate, translate_markup
from consult.notifications.models import Mail
from consult.runtime import runtime
from consult.settings import resource_directory


@dataclass(frozen=True, slots=True)
class Link:
    """The one thing a letter lets its reader do: an address, and what it leads to."""

    address: str
    label: Message


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody wrote, such as the reason of a decision, quoted in its own language."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph in the reader's language, as HTML and as plain text."""

    html: Markup
    plain: str


def page_address(path: str, language: str) -> str:
    """Return the whole address of a page, `path` beginning with a slash: /c/tripoli/ in ar is .../ar/c/tripoli/."""
    return f"{runtime().settings.base_url.rstrip('/')}/{language}{path}"


def write_mail(
    person: Person,
    kind: str,
    cause: str,
    subject: Message,
    paragraphs: Sequence[Message | Words],
    link: Link | None = None,
    *,
    sender: Localized | None = None,
    why: Message | None = None,
    timezone: str = "Africa/Tripoli",
) -> bool:
    """Write one letter to a person, to be sent by the worker; inside the caller's transaction.

    `kind` and `cause` (the event's id, as a rule) make it unique: written again, it is the same letter, and nothing
    happens. `sender` is the consultation's name, `why` says why the reader gets it. Moments among a message's parameters
    become dates in `timezone`. Returns False where nothing was written: no address, or written before.
    """
    if not person.email:
        return False
    words = _words(person.language, subject, paragraphs, link, sender, why, timezone)
    known = (Mail.person_id == person.id, Mail.kind == kind, Mail.cause == cause)
    if session.scalar(sa.select(sa.exists().where(*known))):
        return False
    now = clock.now()
    session.add(
        Mail(
            id=new_id(),
            person_id=person.id,
            kind=kind,
            cause=cause,
            address=person.email,
            language=person.language,
            subject=str(words["subject"]),
            text=_environment().get_template("email/letter.txt").render(words),
            html=_environment().get_template("email/letter.html").render(words),
            created_at=now,
            due_at=now,
        )
    )
    session.flush()
    return True


def _words(
    code: str,
    subject: Message,
    paragraphs: Sequence[Message | Words],
    link: Link | None,
    sender: Localized | None,
    why: Message | None,
    timezone: str,
) -> Mapping[str, object]:
    """Return everything the templates show, in one language."""
    return {
        "language": LANGUAGES[code],
        "subject": " ".join(translate(_dated(subject, code, timezone), code).split()),
        "paragraphs": [_paragraph(part, code, timezone) for part in paragraphs],
        "link": {"address": link.address, "label": translate(link.label, code)} if link else None,
        "sender": sender.for_language(code) if sender else translate(N_("National consultations"), code),
        "why": translate(why or N_("You get this letter because you have an account here."), code),
    }


def _paragraph(part: Message | Words, code: str, timezone: str) -> Paragraph:
    if isinstance(part, Words):
        lines = Markup("<br>").join(escape(line) for line in part.text.splitlines())
        quoted = Markup('<blockquote lang="%s" dir="%s">%s</blockquote>') % (
            part.language,
            direction(part.language),
            lines,
        )
        return Paragraph(quoted, "\n".join(f"> {line}" for line in part.text.splitlines()))
    dated = _dated(part, code, timezone)
    return Paragraph(Markup("<p>%s</p>") % translate_markup(dated, code), translate(dated, code))


def _dated(message: Message, code: str, timezone: str) -> Message:
    """Return the message with its moments and dates written out in the reader's language."""
    written = {
        key: _day(value, code, timezone) if isinstance(value, date) else value for key, value in message.params.items()
    }
    return replace(message, params=written)


def _day(value: date, code: str, timezone: str) -> str:
    on = value.astimezone(ZoneInfo(timezone)).date() if isinstance(value, datetime) else value
    return format_date(on, "d MMMM y", locale=LANGUAGES[code].locale)


@cache
def _environment() -> Environment:
    """Return the templates of letters; they know nothing of pages and requests."""
    return Environment(
        loader=FileSystemLoader(resource_directory("templates")),
        autoescape=select_autoescape(("html",)),
        trim_blocks=True,
        lstrip_blocks=True,
    )
