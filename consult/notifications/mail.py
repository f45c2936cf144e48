"""Letters: a subject, paragraphs and one link, in the reader's language, right to left where it is; written once."""

from __future__ import annotations

import uuid
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
from consult.notifications.bounces import is_stopped
from consult.notifications.models import Mail
from consult.notifications.stopping import may_be_stopped, stop_token
from consult.runtime import runtime
from consult.settings import resource_directory

#: Letters that somebody waits for at this moment: they are tried whatever became of those before.
ASKED_FOR = frozenset({"sign_in_link", "registration", "application_address", "address_old", "address_new"})


@dataclass(frozen=True, slots=True)
class Stranger:
    """An address of which nobody knows yet whose it is, and the language of letters to it."""

    email: str
    language: str


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
class Entry:
    """One of several matters in a letter that gathers: what happened, and the address at which it stands."""

    title: Message
    address: str


#: What a letter is made of; a `Localized` text is a heading.
Part = Message | Words | Entry | Localized


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph in the reader's language, as HTML and as plain text."""

    html: Markup
    plain: str


def page_address(path: str, language: str) -> str:
    """Return the whole address of a page, `path` beginning with a slash: /c/tripoli/ in ar is .../ar/c/tripoli/."""
    return f"{runtime().settings.base_url.rstrip('/')}/{language}{path}"


def stop_address(mail: uuid.UUID, language: str) -> str:
    """Return the address at which whoever holds a mail switches its topic off, without signing in."""
    return page_address(f"/stop/{stop_token(mail)}", language)


def write_mail(
    person: Person | Stranger,
    kind: str,
    cause: str,
    subject: Message,
    paragraphs: Sequence[Part],
    link: Link | None = None,
    *,
    sender: Localized | None = None,
    why: Message | None = None,
    timezone: str = "Africa/Tripoli",
    due_at: datetime | None = None,
    address: str = "",
) -> bool:
    """Write one letter to a person or an address, to be sent by the worker; inside the caller's transaction.

    `kind` and `cause` (the event's id, as a rule) make it unique: written again, it is the same letter, and nothing
    happens. `sender` is the consultation's name, `why` says why the reader gets it. Moments among a message's parameters
    become dates in `timezone`; it leaves at `due_at` (now), to `address` where that is
    not yet the person's. Returns False where nothing was written: no address, one where
    nothing arrives any more, or written before.
    """
    to, whose = address or person.email, None if isinstance(person, Stranger) else person.id
    if not to or (isinstance(person, Person) and kind not in ASKED_FOR and is_stopped(person)):
        return False
    known = (Mail.person_id.is_not_distinct_from(whose), Mail.kind == kind, Mail.cause == cause)
    if session.scalar(sa.select(sa.exists().where(*known))):
        return False
    now, mail = clock.now(), new_id()
    words = _words(person.language, subject, paragraphs, link, sender, why, timezone)
    words = {**words, "stop": stop_address(mail, person.language) if may_be_stopped(kind) else ""}
    session.add(
        Mail(
            id=mail,
            person_id=whose,
            kind=kind,
            cause=cause,
            address=to,
            language=person.language,
            subject=str(words["subject"]),
            text=_environment().get_template("email/letter.txt").render(words),
            html=_environment().get_template("email/letter.html").render(words),
            created_at=now,
            due_at=due_at or now,
        )
    )
    session.flush()
    return True


def _words(
    code: str,
    subject: Message,
    paragraphs: Sequence[Part],
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
        "stop_label": translate(N_("Get no more letters of this kind"), code),
    }


def _paragraph(part: Part, code: str, timezone: str) -> Paragraph:
    if isinstance(part, Words):
        lines = Markup("<br>").join(escape(line) for line in part.text.splitlines())
        quoted = Markup('<blockquote lang="%s" dir="%s">%s</blockquote>') % (
            part.language,
            direction(part.language),
            lines,
        )
        return Paragraph(quoted, "\n".join(f"> {line}" for line in part.text.splitlines()))
    if isinstance(part, Localized):
        heading = part.for_language(code)
        return Paragraph(Markup("<h2><bdi>%s</bdi></h2>") % heading, f"{heading}\n{'=' * min(len(heading), 60)}")
    if isinstance(part, Entry):
        said, plain = translate_markup(part.title, code), translate(part.title, code)
        return Paragraph(Markup('<p><a href="%s">%s</a></p>') % (part.address, said), f"– {plain}\n  {part.address}")
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
