"""Sending what is due: by SMTP, retried with growing waits, or kept in the outbox where there is no mail server."""

from __future__ import annotations

import logging
import smtplib
import ssl
import uuid
from contextlib import suppress
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import SplitResult, unquote, urlsplit

import sqlalchemy as sa

from consult import clock
from consult.accounts.models import Person
from consult.db import session, transaction
from consult.notifications.bounces import refused
from consult.notifications.mail import ASKED_FOR, stop_address
from consult.notifications.models import Mail
from consult.notifications.stopping import may_be_stopped
from consult.runtime import runtime

log = logging.getLogger(__name__)

#: A letter in the hands of one worker is not taken by another for this long.
LEASE = timedelta(minutes=10)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=6)
TIMEOUT_SECONDS = 20


def send_due(limit: int = 50, *, timeout: float = TIMEOUT_SECONDS) -> int:
    """Send letters that are due and return how many were tried; with `mail_url` outbox: they stay where they are.

    A letter is claimed in one transaction, sent outside of any, and marked in another. Once the server has said that it took
    it, it is never sent again. Where the connection breaks after the text and before that word, nobody can know: it is sent
    again, and its Message-ID never changes, so a mail server that took it recognises it. `timeout`, in seconds, is for each
    word of the server. What was sent is emptied: it may hold a sign-in link.
    """
    address = urlsplit(runtime().settings.mail_url)
    if address.scheme == "outbox":
        return 0
    tried = 0
    while tried < limit and (claimed := _claim()) is not None:
        _send(claimed, address, timeout)
        tried += 1
    return tried


def _claim() -> Mail | None:
    with transaction():
        mail = session.scalars(
            sa.select(Mail)
            .where(Mail.sent_at.is_(None), Mail.refused_at.is_(None), Mail.due_at <= clock.now())
            .order_by(Mail.due_at, Mail.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if mail is not None:
            mail.due_at = clock.now() + LEASE
            mail.attempts += 1
            mail.address = _address_now(mail)
    return mail


def _address_now(mail: Mail) -> str:
    """Return where a letter goes: what waited, for quiet hours or a mail server, goes to no address that its person has left since."""
    person = session.get(Person, mail.person_id) if mail.person_id and mail.kind not in ASKED_FOR else None
    return person.email if person is not None and person.email else mail.address


def _send(mail: Mail, address: SplitResult, timeout: float) -> None:
    letter, mail_id, attempts = as_message(mail), mail.id, mail.attempts
    session.rollback()  # the server may take its time: nothing is held open meanwhile
    try:
        _hand_over(letter, address, timeout)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("letter %s was not taken (attempt %d): %s", mail_id, attempts, type(error).__name__)
        if code := _refused_for_good(error):
            with transaction():
                refused(session.get_one(Mail, mail_id, with_for_update=True), code)
        else:
            _failed(mail_id, attempts, error)
        return
    kept = sa.case((Mail.person_id.is_(None), ""), else_=Mail.address)  # of somebody unknown nothing stays
    sent = {"sent_at": clock.now(), "last_error": "", "text": "", "html": "", "address": kept}
    with transaction():
        session.execute(sa.update(Mail).where(Mail.id == mail_id).values(sent))


def _hand_over(letter: EmailMessage, address: SplitResult, timeout: float) -> None:
    """Give a letter to the server; how it takes leave afterwards changes nothing: it has said that it took the letter."""
    server = _server(address, timeout)
    try:
        if address.username:
            server.login(unquote(address.username), unquote(address.password or ""))
        server.send_message(letter)
    except BaseException:
        server.close()
        raise
    with suppress(OSError, smtplib.SMTPException):
        server.quit()
    server.close()


def _refused_for_good(error: Exception) -> str:
    """Return the code with which a server refused the recipient for good (RFC 5321, section 4.2.1), else nothing."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return ""
    (code, _), *_ = error.recipients.values()
    return str(code) if 500 <= code < 600 else ""


def _failed(mail_id: uuid.UUID, attempts: int, error: Exception) -> None:
    code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = "".join(f" {refusal}" for refusal, _ in error.recipients.values())
    wait = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
    with transaction():
        session.execute(
            sa.update(Mail)
            .where(Mail.id == mail_id)
            .values(last_error=f"{type(error).__name__}{code}", due_at=clock.now() + wait)
        )


def _server(address: SplitResult, timeout: float) -> smtplib.SMTP:
    host = address.hostname or "localhost"
    if address.scheme == "smtps":
        return smtplib.SMTP_SSL(host, address.port or 465, timeout=timeout, context=_verified())
    server = smtplib.SMTP(host, address.port or 25, timeout=timeout)
    if address.username or address.port == 587:  # a password never crosses the network in the clear
        try:
            server.starttls(context=_verified())
        except BaseException:
            server.close()
            raise
    return server


def _verified() -> ssl.SSLContext:
    """Return how the mail server has to prove its name: smtplib alone takes any certificate (SSL_CERT_FILE adds one's own)."""
    return ssl.create_default_context()


def as_message(mail: Mail) -> EmailMessage:
    """Return a letter as mail: plain text and HTML, with a Message-ID that stays the same at every attempt."""
    sender = runtime().settings.mail_from
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = mail.subject, sender, mail.address
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = _message_id(mail, sender)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notices back
    if may_be_stopped(mail.kind):  # RFC 8058: one press in the mail program, without signing in
        message["List-Unsubscribe"] = f"<{stop_address(mail.id, mail.language)}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    message["Content-Language"] = mail.language  # last: setting a content clears the headers that describe it
    return message


def _message_id(mail: Mail, sender: str) -> str:
    return f"<{mail.id}@{sender.rpartition('@')[2].rstrip('>') or 'localhost'}>"
