"""Addresses where nothing arrives: a server refuses them for good, or a report comes back (RFC 3464)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default

import sqlalchemy as sa

from consult import clock
from consult.accounts.models import Person
from consult.db import session, transaction
from consult.notifications.models import FailingAddress, Mail

#: After so many refusals for good nothing is sent there any more.
MOST_REFUSALS = 3
#: Reports are small; what is longer is none of ours.
LONGEST_REPORT = 1_000_000
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([0-9a-f-]{36})@", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


@dataclass(frozen=True, slots=True)
class Report:
    """What a delivery report says: which of our mails, whether for good, and the code (`5.1.1`)."""

    mail: uuid.UUID
    permanent: bool
    code: str


def is_stopped(person: Person) -> bool:
    """Tell whether nothing is sent to somebody's present address any more."""
    row = session.get(FailingAddress, person.id)
    return row is not None and row.address == person.email and row.stopped_at is not None


def comes_back() -> sa.ColumnElement[bool]:
    """Return the condition on persons that a server has refused what was sent to their present address."""
    return sa.exists().where(FailingAddress.person_id == Person.id, FailingAddress.address == Person.email)


def read_report(raw: bytes) -> Report | None:
    """Return what a report of RFC 3464 says of one of our mails; None for anything else, however it is made."""
    message = message_from_bytes(raw[:LONGEST_REPORT], policy=default)
    if message.get_content_type() != "multipart/report":
        return None
    status = next((part for part in message.walk() if part.get_content_type() == "message/delivery-status"), None)
    found = _MESSAGE_ID.search(_returned(message))
    if status is None or found is None:
        return None
    try:
        mail = uuid.UUID(found[1].decode())
    except ValueError:
        return None
    for recipient in _recipients(status):
        code = _STATUS.search(str(recipient.get("Status", "")))
        action = str(recipient.get("Action", "")).strip().casefold()
        if code is not None and action in {"failed", "delayed"}:
            return Report(mail, action == "failed" and code[0].startswith("5"), code[0])
    return None


def _returned(message: EmailMessage) -> bytes:
    """Return the part that brings back what was sent: the whole of it or its headers."""
    for part in message.walk():
        if part.get_content_type() in {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers"}:
            return part.as_bytes().replace(b"\r\n", b"\n")
    return b""


def _recipients(status: Message) -> Iterator[Message]:
    """Yield the blocks of a report that speak of a recipient; the first block speaks of the message."""
    payload = status.get_payload()
    if isinstance(payload, list):
        yield from (part for part in payload if isinstance(part, Message) and part.get("Action"))


def take_report(raw: bytes) -> str:
    """Note what a delivery report says and return a word for it: unknown, delayed, noted, or known (it came before)."""
    report = read_report(raw)
    if report is None:
        return "unknown"
    with transaction():
        mail = session.get(Mail, report.mail, with_for_update=True)
        if mail is None:
            return "unknown"
        if not report.permanent:
            return "delayed"
        if mail.refused_at is not None:
            return "known"
        refused(mail, report.code)
        return "noted"


def refused(mail: Mail, code: str) -> None:
    """Note that the address of a mail takes nothing; inside the caller's transaction.

    The mail is not tried again: its notice stands in the product. After `MOST_REFUSALS` nothing leaves for the address, and
    what waits for it does not either. What was refused at an address that its person no longer has says nothing of the new one.
    """
    now = clock.now()
    mail.refused_at, mail.last_error, mail.text, mail.html = now, code, "", ""
    if mail.person_id is None:
        mail.address = ""
        return
    person = session.get_one(Person, mail.person_id, with_for_update=True)
    if person.email != mail.address:
        return
    row = session.get(FailingAddress, person.id)
    if row is None or row.address != person.email:
        if row is not None:
            session.delete(row)
            session.flush()
        row = FailingAddress(
            person_id=person.id, address=person.email, code=code, refusals=0, first_at=now, last_at=now
        )
        session.add(row)
    row.code, row.last_at, row.refusals = code, now, row.refusals + 1
    if row.refusals >= MOST_REFUSALS and row.stopped_at is None:
        row.stopped_at = now
        _give_up_waiting(person, code)
    session.flush()


def _give_up_waiting(person: Person, code: str) -> None:
    waiting = (Mail.person_id == person.id, Mail.address == person.email, Mail.sent_at.is_(None))
    session.execute(
        sa.update(Mail)
        .where(*waiting, Mail.refused_at.is_(None))
        .values(refused_at=clock.now(), last_error=code, text="", html="")
    )
