"""What is logged leaves the machine: by TLS to who shows the right certificate, without anybody waiting, whole after a break."""

from __future__ import annotations

import ipaddress
import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from consult.app import create_app
from consult.log_shipping import MOST_WAITING, NoPlace, Shipping, connected, framed, place_of
from consult.settings import Settings, UnknownSetting


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 and its key, signed by itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "log")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("log") / "log.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """A port that nobody answers on yet."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        yield server


def _read(server: socket.socket, certificate: Path, lines: int) -> list[str]:
    """Take one connection and return so many lines of it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    accepted, _ = server.accept()
    with context.wrap_socket(accepted, server_side=True) as away, away.makefile("rb") as file:
        found = []
        for _ in range(lines):
            length = b""
            while (one := file.read(1)) != b" ":
                length += one
            found.append(file.read(int(length)).decode())
        return found


def _logger(address: str) -> logging.Logger:
    logger = logging.Logger("consult.security")
    logger.addHandler(Shipping(address, rest=threading.Event().wait))
    return logger


def test_a_line_leaves_by_tls_and_what_waits_is_sent_on_the_next_connection(
    listening: socket.socket, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    logger = _logger(f"syslog+tls://127.0.0.1:{listening.getsockname()[1]}")
    logger.warning("refused: sign-in on %s by %s\nforged", "account.open_sign_in", "nobody")
    logger.error("غات")
    first, second = _read(listening, certificate, 2)
    assert first.startswith("<84>1 ")
    assert " consult " in first
    assert first.endswith("consult.security - refused: sign-in on account.open_sign_in by nobody forged")
    assert (second.startswith("<83>1 "), second.endswith("غات")) == (True, True)


def test_who_is_not_trusted_gets_nothing(listening: socket.socket, certificate: Path) -> None:
    def refused() -> None:
        with pytest.raises(OSError, match=r"certificate|alert|EOF|reset"):
            _read(listening, certificate, 1)

    thread = threading.Thread(target=refused)
    thread.start()
    with pytest.raises(ssl.SSLCertVerificationError):
        connected(f"syslog+tls://127.0.0.1:{listening.getsockname()[1]}")
    thread.join()


def test_nobody_waits_while_the_other_machine_is_away_and_what_is_dropped_is_said(
    listening: socket.socket, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    logger = _logger(f"syslog+tls://127.0.0.1:{listening.getsockname()[1]}")
    for number in range(MOST_WAITING + 50):  # nobody has accepted yet
        logger.warning("line %d", number)
    lines = _read(listening, certificate, 2)
    assert "lines could not be sent and were dropped" in lines[0]


@pytest.mark.parametrize(
    "address", ["http://host", "syslog://host", "syslog+tls://", "syslog+tls://h:x", "syslog+tls://h/p"]
)
def test_what_is_no_place_is_refused_at_the_start(address: str, tmp_path: Path) -> None:
    with pytest.raises(NoPlace):
        place_of(address)
    with pytest.raises(UnknownSetting, match="log_to"):
        create_app(Settings(instance_path=tmp_path, log_to=address))


def test_a_line_says_its_length_in_bytes() -> None:
    content = framed(logging.makeLogRecord({"levelno": logging.INFO, "name": "consult"}), "غات")
    length, _, line = content.partition(b" ")
    assert int(length) == len(line)
    assert line.startswith(b"<86>1 ")
