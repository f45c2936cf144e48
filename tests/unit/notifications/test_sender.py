"""Sending: over a real SMTP connection, once, retried with growing waits, and emptied afterwards."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from ipaddress import ip_address
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope
from aiosmtpd.smtp import Session as SmtpSession
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask

from consult import clock
from consult.accounts.models import Person
from consult.db import session, transaction
from consult.i18n import N_
from consult.notifications.mail import write_mail
from consult.notifications.models import Mail
from consult.notifications.queries import backlog, outbox
from consult.notifications.sender import _claim, send_due
from consult.runtime import running, runtime
from consult.testing.world import World


class Postman:
    """Keeps what it is given, or refuses everything."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []
        self.refuses = False

    async def handle_DATA(self, _server: SMTP, _session: SmtpSession, envelope: Envelope) -> str:  # noqa: N802
        if self.refuses:
            return "451 later"
        self.taken.append(envelope.content or b"")  # type: ignore[arg-type]
        return "250 taken"


class AnyPort(Controller):
    """Takes the port that the system gives."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def _certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Make a certificate for 127.0.0.1 that signs itself; return its file, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "mail.crt", folder / "mail.key"
    public.write_bytes(certificate.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    return public, context


@pytest.fixture
def postman(app: Flask) -> Iterator[Postman]:
    """A mail server on loopback, and the application set up to use it."""
    postman = Postman()
    controller = AnyPort(postman, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        settings = replace(
            runtime().settings, mail_url=f"smtp://127.0.0.1:{controller.port}", mail_from="consult@example.org"
        )
        with running(replace(runtime(), settings=settings)):
            yield postman
    finally:
        controller.stop()


def _write(world: World, *causes: str) -> None:
    with transaction():
        person = session.get_one(Person, world.people["ghat"])
        for cause in causes:
            write_mail(person, "test", cause, N_("Sign in"), [N_("Sign in")])


def _mail() -> Mail:
    session.rollback()
    return session.scalars(sa.select(Mail)).one()


def test_what_is_due_is_sent_once_and_emptied(world: World, postman: Postman) -> None:
    _write(world, "1", "2")
    assert (send_due(), send_due()) == (2, 0)
    assert len(postman.taken) == 2
    message = message_from_bytes(postman.taken[0], policy=default)
    assert (message["To"], message["From"], message["Content-Language"]) == (
        "ghat@example.org",
        "consult@example.org",
        "ar",
    )
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    kept = session.execute(sa.select(Mail.text, Mail.html, Mail.attempts, Mail.last_error)).all()
    assert [tuple(row) for row in kept] == [("", "", 1, "")] * 2
    assert (backlog().letters, [line.recipient for line in outbox()]) == (0, ["g…@example.org"] * 2)


def test_a_server_that_refuses_is_asked_again_later_and_later(world: World, postman: Postman) -> None:
    _write(world, "1")
    postman.refuses = True
    now = clock.now()
    with clock.at(now):
        assert (send_due(), send_due()) == (1, 0)
        assert (_mail().attempts, _mail().last_error, _mail().due_at - now) == (
            1,
            "SMTPDataError 451",
            timedelta(seconds=30),
        )
    with clock.at(now + timedelta(seconds=30)):
        assert send_due() == 1
        assert (_mail().attempts, _mail().due_at - clock.now(), backlog().failed_letters) == (
            2,
            timedelta(seconds=60),
            1,
        )
    postman.refuses = False
    with clock.at(now + timedelta(seconds=90)):
        assert send_due() == 1
        assert (_mail().attempts, _mail().last_error, _mail().sent_at) == (3, "", clock.now())


def test_what_waited_goes_to_no_address_that_its_person_has_left(world: World, postman: Postman) -> None:
    _write(world, "1")
    with transaction():
        person = session.get_one(Person, world.people["ghat"])
        write_mail(person, "address_old", "2", N_("Sign in"), [N_("Sign in")])
        person.email = person.email_key = "issa@example.net"
    assert send_due() == 2
    sent = [message_from_bytes(one, policy=default) for one in postman.taken]
    assert [letter["To"] for letter in sent] == ["issa@example.net", "ghat@example.org"]


def test_a_letter_in_the_hands_of_one_worker_is_not_taken_by_another(world: World, postman: Postman) -> None:
    _write(world, "1")
    now = clock.now()
    with clock.at(now):
        assert _claim() is not None
        assert send_due() == 0
    with clock.at(now + timedelta(minutes=10)):  # the first worker died
        assert send_due() == 1
    (once,) = {message_from_bytes(taken)["Message-ID"] for taken in postman.taken}
    assert once == f"<{_mail().id}@example.org>"


def test_no_server_at_all_is_an_error_that_is_kept(world: World, app: Flask) -> None:
    _write(world, "1")
    nowhere = replace(runtime().settings, mail_url="smtp://127.0.0.1:1")
    with running(replace(runtime(), settings=nowhere)):
        assert send_due() == 1
    assert _mail().last_error == "ConnectionRefusedError"


def test_without_a_mail_server_letters_stay_in_the_outbox(world: World) -> None:
    _write(world, "1")
    assert (send_due(), _mail().sent_at, _mail().text != "") == (0, None, True)


def test_a_mail_server_proves_its_name_before_it_gets_a_letter(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, context = _certificate(tmp_path)
    postman = Postman()
    controller = AnyPort(
        postman, hostname="127.0.0.1", port=0, tls_context=context, authenticator=lambda *_: AuthResult(success=True)
    )
    controller.start()
    address = f"smtp://somebody:secret@127.0.0.1:{controller.port}"
    try:
        with running(replace(runtime(), settings=replace(runtime().settings, mail_url=address))):
            _write(world, "1")
            assert send_due() == 1
            assert (_mail().last_error, postman.taken) == ("SSLCertVerificationError", [])
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            with clock.at(clock.now() + timedelta(hours=1)):
                assert send_due() == 1
            assert (_mail().last_error, len(postman.taken)) == ("", 1)
    finally:
        controller.stop()
