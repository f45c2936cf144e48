"""A real server for tests: a process of its own on an ephemeral loopback port, ended by its id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from consult import __version__
from consult.settings import Settings


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_server(settings: Settings, port: int, *, workers: int = 1) -> Iterator[subprocess.Popen[bytes]]:
    """Serve an instance until the block ends; the health page tells that the answer is ours."""
    environment = os.environ | {
        "CONSULT_INSTANCE_PATH": str(settings.instance_path),
        "CONSULT_DATABASE_URL": settings.database_url,
        "CONSULT_BASE_URL": settings.base_url,
        "CONSULT_CONFIDENTIAL_KEY_FILE": settings.confidential_key_file,
        "CONSULT_OIDC_ISSUER": settings.oidc_issuer,
        "CONSULT_OIDC_CLIENT_ID": settings.oidc_client_id,
        "CONSULT_OIDC_NAME": settings.oidc_name,
        "CONSULT_INSECURE_HTTP": "true" if settings.insecure_http else "false",
        "CONSULT_DEMO": "true" if settings.demo else "false",
        "CONSULT_SECOND_FACTOR_FOR_ROLES": "true" if settings.second_factor_for_roles else "false",
        "CONSULT_SEARCHES_A_MINUTE": str(settings.searches_a_minute),
        "CONSULT_TRUSTED_PROXIES": str(settings.trusted_proxies),
    }
    log = Path(settings.instance_path) / "server.log"
    command = [sys.executable, "-m", "consult", "serve", "--port", str(port), "--workers", str(workers)]
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=output, start_new_session=True)
        try:
            _wait_for(port, server, log)
            yield server
        finally:
            server.terminate()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def kill_server(server: subprocess.Popen[bytes]) -> None:
    """Kill a server and the processes it started, as a power cut would: nobody is told, nothing is finished."""
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/health", timeout=1) as answer:
                if answer.read().decode().strip() == f"ok consult {__version__}":
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")
