"""Runs bandit, wapiti and sqlmap, bounded in depth and time, and reads what they found."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Sequence
from importlib.metadata import distributions
from pathlib import Path
from urllib.parse import urlsplit

from tools.audit.findings import Finding

ROOT = Path(__file__).parents[2]
BIN = ROOT / "build/audit/venv/bin"
#: Attacks on what answers here; those that have the target call an outside helper are left out.
WAPITI = "sql,timesql,xss,permanentxss,exec,redirect,crlf,csrf,cookieflags,http_headers,methods,htaccess"
#: Seconds for one module of wapiti, and for one address of sqlmap.
MODULE_SECONDS, ADDRESS_SECONDS = 20, 120


class NotFinished(RuntimeError):
    """A scanner broke off or ran out of time: it has said nothing."""


def run(command: Sequence[str], *, seconds: int, folder: Path, codes: Sequence[int] = (0,)) -> str:
    """Run a program with a home of its own and no proxies, and return what it said; NotFinished if it did not end well."""
    environ = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()} | {"HOME": str(folder)}
    try:
        done = subprocess.run(
            command, env=environ, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as late:
        raise NotFinished(f"{command[0]} took longer than {seconds} seconds") from late
    if done.returncode not in codes:
        raise NotFinished(f"{command[0]} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def version(program: str) -> str:
    """Return the version of a program that is installed with the scanners; ValueError if it is not."""
    (version,) = {
        one.version
        for one in distributions(name=program, path=[str(p) for p in BIN.parent.glob("lib/*/site-packages")])
    }
    return version


def bandit(folder: Path) -> list[Finding]:
    """Read the core and the plugins with bandit."""
    report = folder / "bandit.json"
    command = [str(BIN / "bandit"), "-q", "-r", "consult", "plugins", "-c", "pyproject.toml", "--ignore-nosec"]
    run([*command, "-f", "json", "-o", str(report)], seconds=300, folder=folder, codes=(0, 1))
    told = json.loads(report.read_text("utf-8"))
    if told["errors"]:
        raise NotFinished(f"bandit could not read: {told['errors']}")
    return [
        Finding("bandit", f["test_id"], f["filename"].removeprefix("./"), f"line {f['line_number']}: {f['issue_text']}")
        for f in told["results"]
    ]


def wapiti(
    address: str,
    folder: Path,
    *,
    start: Sequence[str] = (),
    cookie: str = "",
    seconds: int = 60,
    modules: str = WAPITI,
    name: str,
) -> tuple[int, list[Finding]]:
    """Crawl from `address` for some seconds, attack what was found; return the number of pages and the findings."""
    report = folder / f"wapiti-{name}.json"
    command = [str(BIN / "wapiti"), "-u", f"{address}/", "-m", modules, "--no-bugreport", "--scope", "folder"]
    command += ["--flush-session", "--store-session", str(folder / f"wapiti-{name}"), "--endpoint", f"{address}/"]
    command += [
        "-f",
        "json",
        "-o",
        str(report),
        "-v",
        "0",
        "-d",
        "3",
        "--max-links-per-page",
        "25",
        "--max-parameters",
        "25",
    ]
    command += [
        "--max-scan-time",
        str(seconds),
        "--max-attack-time",
        str(MODULE_SECONDS),
        "-S",
        "normal",
        "--tasks",
        "4",
        "-t",
        "20",
    ]
    command += [part for path in start for part in ("-s", address + path)]
    command += ["-C", cookie, "-x", f"{address}/*/sign-out*"] if cookie else []
    most = seconds + MODULE_SECONDS * (modules.count(",") + 2)
    run(command, seconds=most, folder=folder)
    told = json.loads(report.read_text("utf-8"))
    groups = [*told["vulnerabilities"].items(), *told["anomalies"].items()]
    found = [
        Finding(
            "wapiti", rule, urlsplit(one["path"]).path, f"{one['method']} {one.get('parameter') or ''}: {one['info']}"
        )
        for rule, ones in groups
        for one in ones
    ]
    return int(told["infos"]["crawled_pages_nbr"]), found


def sqlmap(
    addresses: Sequence[str], folder: Path, *, cookie: str = "", seconds: int = ADDRESS_SECONDS
) -> tuple[int, list[Finding]]:
    """Try each address (its query, and what stands before a `*`); return how many were tried to the end, and the findings.

    sqlmap leaves a parameter out when its time is up, so an address counts only if it says that all were tried.
    """
    finished, found = 0, []
    for number, address in enumerate(addresses):
        command = [
            str(BIN / "sqlmap"),
            "-u",
            address,
            "--batch",
            "--disable-coloring",
            "--flush-session",
            "--ignore-proxy",
        ]
        command += [
            "--output-dir",
            str(folder / f"sqlmap-{number}"),
            "--level",
            "1",
            "--risk",
            "1",
            "--technique",
            "BEU",
        ]
        command += ["--timeout", "20", "--retries", "1", "--time-limit", str(seconds)]
        command += ["--cookie", cookie] if cookie else []
        said = run(command, seconds=seconds + 60, folder=folder)
        if "identified the following injection point" in said:
            found.append(Finding("sqlmap", "injection", urlsplit(address).path, said.partition("Parameter: ")[2][:120]))
        finished += "identified the following" in said or "all tested parameters do not appear to be injectable" in said
        time.sleep(0.2)
    return finished, found
