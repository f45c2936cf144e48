"""Servers that are measured: consult's own and the bare one, and the CPU time of their processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from consult.settings import Settings
from consult.testing.server import free_port, running_server
from tools.bench.stores import ROOT


class Server:
    """A running server: its port, and what its processes have spent."""

    def __init__(self, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self._processes = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]

    def cpu_ms(self) -> float:
        """Return the CPU time of the server's processes so far, user and system, in milliseconds."""
        return sum(cpu_ms(process) for process in self._processes)


def cpu_ms(process: psutil.Process) -> float:
    """Return the CPU time of one process so far, user and system, in milliseconds."""
    times = process.cpu_times()
    return float(times.user + times.system) * 1000


def family_cpu_ms(keeper: psutil.Process | None) -> float:
    """Return the CPU time of a process and those it started, in milliseconds; 0 for none."""
    if keeper is None:
        return 0.0
    return cpu_ms(keeper) + sum(cpu_ms(child) for child in keeper.children(recursive=True))


@contextmanager
def consult_server(settings: Settings, workers: int = 1) -> Iterator[Server]:
    """Serve an instance with `consult serve`."""
    port = free_port()
    with running_server(settings, port, workers=workers) as process:
        yield Server(port, process)


@contextmanager
def bare_server(settings: Settings, kind: str, workers: int = 1) -> Iterator[Server]:
    """Serve the bare routes for an instance: `kind` is "pages" or "box"."""
    port = free_port()
    environment = os.environ | {
        "CONSULT_INSTANCE_PATH": str(settings.instance_path),
        "CONSULT_DATABASE_URL": settings.database_url,
        "CONSULT_BASE_URL": settings.base_url,
        "CONSULT_INSECURE_HTTP": "true",
        "CONSULT_SECOND_FACTOR_FOR_ROLES": str(settings.second_factor_for_roles).lower(),
        "CONSULT_SEARCHES_A_MINUTE": str(settings.searches_a_minute),
    }
    log = Path(settings.instance_path) / "bare.log"
    command = [sys.executable, "-m", "tools.bench.bare", str(port), kind, str(workers)]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=ROOT)
        try:
            _wait_for(port, process, log)
            yield Server(port, process)
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the bare server did not start:\n{log.read_text()}")
