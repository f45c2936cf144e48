"""The proxy that is shipped, as a real nginx in front of a real server: what it speaks, what it refuses, and what it keeps."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from consult.app import create_app
from consult.cli.proxy import nginx as command
from consult.db import database
from consult.migrations.upgrade import upgrade
from consult.runtime import runtime
from consult.settings import Settings
from consult.testimony.files import MEGABYTES
from consult.testing.sample import disposed
from consult.testing.server import free_port, running_server
from consult.web.headers import HSTS
from consult.web.testimony.files import AROUND

pytestmark = pytest.mark.faults

NAME = "consult.test"
#: From where the visitor comes: an address of this machine that nothing else here has.
VISITOR = "127.0.0.77"
SUITES = ["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-ECDSA-AES128-GCM-SHA256"]
MAIN = """
daemon off; {user} worker_processes 1; pid {folder}/pid; error_log {folder}/main.log;
events {{}}
http {{
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/answers;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  include {folder}/consult.conf;
}}
"""


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where the proxy listens, plainly and with TLS, where it keeps things, and its certificate."""

    http: int
    https: int
    folder: Path
    certificate: Path

    def client(self, versions: Sequence[ssl.TLSVersion] = (), ciphers: str = "") -> ssl.SSLContext:
        """Return a client that believes this certificate and no other, at most so new, with these suites."""
        return _limited(ssl.create_default_context(cafile=self.certificate), versions, ciphers)

    def handshake(self, client: ssl.SSLContext) -> tuple[str | None, str]:
        """Return version and suite that are agreed on. Raises OSError where there are none."""
        with (
            socket.create_connection(("127.0.0.1", self.https), 5, (VISITOR, 0)) as plain,
            client.wrap_socket(plain, server_hostname=NAME) as spoken,
        ):
            suite = spoken.cipher()
            assert suite is not None
            return spoken.version(), suite[0]

    def ask(
        self, method: str, path: str, *, secure: bool = True, length: int = 0, headers: Mapping[str, str] | None = None
    ) -> tuple[http.client.HTTPResponse, str]:
        """Send a request from the visitor's address, with a body of so many bytes that is only announced beyond 6 MB."""
        connection = http.client.HTTPConnection("127.0.0.1", self.https if secure else self.http, 30, (VISITOR, 0))
        connection.connect()
        if secure:
            connection.sock = self.client().wrap_socket(connection.sock, server_hostname=NAME)
        connection.putrequest(method, path, skip_host=True)
        connection.putheader("Host", f"{NAME}:{self.https}")
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if length:
            connection.putheader("Content-Length", str(length))
            connection.putheader("Content-Type", "application/x-www-form-urlencoded")
        connection.endheaders()
        if 0 < length < 6 * 2**20:
            connection.send(b"a" * length)
        answer = connection.getresponse()
        body = answer.read().decode()
        connection.close()
        return answer, body


def _limited(context: ssl.SSLContext, versions: Sequence[ssl.TLSVersion], ciphers: str) -> ssl.SSLContext:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it is the old versions that are asked for
        if versions:
            context.minimum_version, context.maximum_version = versions
    if ciphers:
        context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    return context


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """An empty instance behind a real server behind a real proxy, with a certificate that is thrown away."""
    folder, port = tmp_path_factory.mktemp("proxy"), free_port()
    made = Proxy(free_port(), free_port(), folder, folder / "certificate.pem")
    _certify(folder)
    settings = Settings(instance_path=folder / "instance", base_url=f"https://{NAME}:{made.https}", trusted_proxies=1)
    with create_app(settings).app_context(), disposed():
        upgrade(database.engine, runtime().hooks)
    (folder / "consult.conf").write_text(_written(settings, made, port), "utf-8")
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(MAIN.format(user=user, folder=folder), "utf-8")
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program is not None, "tools/system-packages installs it"
    with running_server(settings, port):
        arguments = [program, "-e", folder / "main.log", "-p", folder, "-c", folder / "nginx.conf"]
        running = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            _wait_for(made, running)
            yield made
        finally:
            running.terminate()
            running.wait(timeout=10)


def _written(settings: Settings, made: Proxy, port: int) -> str:
    """Return what the command prints, for ports of our own."""
    where = {"certificate": made.certificate, "key": made.folder / "key.pem", "address": "127.0.0.1", "port": port}
    options = [f"--{name}={value}" for name, value in {**where, "http": made.http, "https": made.https}.items()]
    printed = CliRunner().invoke(command, options, obj=lambda: create_app(settings))
    assert printed.exit_code == 0, printed.output
    return printed.output


def _wait_for(made: Proxy, running: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and running.poll() is None:
        try:
            made.handshake(made.client())
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"nginx did not start:\n{(made.folder / 'main.log').read_text()}")


def _certify(folder: Path) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*form))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


OLD = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
TLS_12 = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2)


def _agree(client: ssl.SSLContext, server: ssl.SSLContext) -> str | None:
    """Return the version on which two sides agree without a network between them."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [client.wrap_bio(to_client, to_server, server_hostname=NAME), server.wrap_bio(to_server, to_client, True)]
    for side in sides * 4:
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return sides[0].version()


def test_nothing_older_than_tls_12_is_spoken_and_13_is_preferred(proxy: Proxy) -> None:
    willing = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    willing.load_cert_chain(proxy.certificate, proxy.folder / "key.pem")
    old = proxy.client(OLD, "ALL")
    assert _agree(old, _limited(willing, OLD, "ALL")) == "TLSv1.1", "or the next lines would prove nothing"
    with pytest.raises(OSError):
        proxy.handshake(proxy.client(OLD, "ALL"))
    assert proxy.handshake(proxy.client())[0] == "TLSv1.3"
    assert proxy.handshake(proxy.client(TLS_12))[0] == "TLSv1.2"


def test_of_all_suites_only_those_with_forward_secrecy_are_taken_the_strongest_first(proxy: Proxy) -> None:
    known = [one["name"] for one in proxy.client(TLS_12, "ALL:COMPLEMENTOFALL").get_ciphers()]
    offered = [name for name in known if not name.startswith("TLS_")]
    assert len(offered) > 50
    taken = []
    for name in offered:
        try:
            taken.append(proxy.handshake(proxy.client(TLS_12, name))[1])
        except OSError:
            continue
    assert sorted(taken) == sorted(SUITES)
    assert proxy.handshake(proxy.client(TLS_12, ":".join(reversed(SUITES))))[1] == SUITES[0]


def test_without_tls_a_page_leads_to_https_and_nothing_else_is_answered(proxy: Proxy) -> None:
    answer, _ = proxy.ask("GET", "/en/sign-in?next=%2Fen%2F", secure=False)
    led = f"https://{NAME}:{proxy.https}/en/sign-in?next=%2Fen%2F"
    assert (answer.status, answer.getheader("Location"), answer.getheader("Set-Cookie")) == (301, led, None)
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer, _ = proxy.ask(method, "/en/sign-in", secure=False, length=3)
        assert (answer.status, answer.getheader("Location")) == (403, None), method
    with socket.create_connection(("127.0.0.1", proxy.https), 5, (VISITOR, 0)) as plain:
        plain.sendall(b"GET /en/sign-in HTTP/1.1\r\nHost: x\r\n\r\n")
        assert plain.recv(64).startswith(b"HTTP/1.1 400 "), "nor is it on the port of https"


def test_every_answer_keeps_browsers_on_https(proxy: Proxy) -> None:
    for path, status in (("/en/sign-in", 200), ("/en/nowhere", 404), ("/-/health", 200)):
        answer, _ = proxy.ask("GET", path)
        assert (answer.status, answer.headers.get_all("Strict-Transport-Security")) == (status, [HSTS]), path
    refused, _ = proxy.ask("POST", "/en/sign-in", length=40 * 2**20)
    assert refused.headers.get_all("Strict-Transport-Security") == [HSTS]
    cookies = proxy.ask("GET", "/en/sign-in")[0].headers.get_all("Set-Cookie") or []
    assert cookies
    assert all("; Secure" in one for one in cookies)


def test_what_a_visitor_says_of_where_they_are_is_thrown_away(proxy: Proxy) -> None:
    """A form is taken only from a page of the host that the request is for: as the proxy says it, and as https."""
    answer, page = proxy.ask("GET", "/en/sign-in")
    cookies = "; ".join(one.partition(";")[0] for one in answer.headers.get_all("Set-Cookie") or [])
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "X-Forwarded-For": "192.0.2.9"}
    answers = []
    for sender in (f"{NAME}:{proxy.https}", "evil.example"):
        said = {**forged, "Cookie": cookies, "X-CSRFToken": token[1], "Referer": f"https://{sender}/en/sign-in"}
        answers.append(proxy.ask("POST", "/en/sign-in", length=1, headers=said)[0].status)
    assert answers == [422, 400]


def test_bodies_are_limited_page_by_page_and_at_the_door(proxy: Proxy) -> None:
    answer, page = proxy.ask("POST", "/fr/sign-in", length=5 * 2**20)
    assert (answer.status, 'lang="fr"' in page) == (413, True), "consult says so, in the language of the page"
    most = 2 * MEGABYTES * 2**20 + AROUND
    assert most <= 33 * 2**20
    for path in ("/en/sign-in", "/en/c/x/testimony/write/"):
        answer, page = proxy.ask("POST", path, length=33 * 2**20 + 1)
        assert (answer.status, "nginx" in page) == (413, True), path


def test_what_is_confidential_goes_through_without_a_file(proxy: Proxy) -> None:
    """Where nginx cannot write a file for a body that is larger than its memory for one, that of a testimony arrives all the same."""
    kept, away = proxy.folder / "body", proxy.folder / "away"
    kept.rename(away)
    try:
        answers = {path: proxy.ask("POST", path, length=2**20) for path in ("/en/sign-in", "/en/c/x/testimony/write/")}
    finally:
        away.rename(kept)
    assert [(answer.status, "nginx" in page) for answer, page in answers.values()] == [(500, True), (404, False)]


def test_no_log_has_the_address_of_a_visitor(proxy: Proxy) -> None:
    """After a page, a refusal by either, a handshake that failed, and what is no http at all."""
    proxy.ask("GET", "/en/")
    proxy.ask("POST", "/en/sign-in", length=40 * 2**20)
    with pytest.raises(OSError):
        proxy.handshake(proxy.client(OLD, "ALL"))
    for port in (proxy.http, proxy.https):
        with socket.create_connection(("127.0.0.1", port), 5, (VISITOR, 0)) as line:
            line.sendall(b"\x00\x01 nothing\r\n\r\n")
            line.recv(64)
    files = [file for file in proxy.folder.rglob("*") if file.is_file()]
    assert {"main.log", "server.log"} <= {file.name for file in files}
    assert [file.name for file in files if VISITOR.encode() in file.read_bytes()] == []


def test_what_is_no_https_address_or_no_word_is_refused(proxy: Proxy, tmp_path: Path) -> None:
    for base, certificate in (("http://consult.test", "c.pem"), ("https://consult.test", "c.pem; include x")):
        settings = Settings(instance_path=tmp_path, base_url=base, insecure_http=base.startswith("http:"))
        options = [f"--certificate={certificate}", "--key=k.pem"]
        assert CliRunner().invoke(command, options, obj=lambda settings=settings: create_app(settings)).exit_code == 1
