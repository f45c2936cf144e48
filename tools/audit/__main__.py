"""`make audit`: read the code, attack a running sample, prove that the scanners see, and fail on whatever nobody has argued.

Writes build/audit/findings.json and the scanners' own reports, prints a table, and ends with 1 if something is left.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tools.audit import headers, laws, scanners
from tools.audit.findings import Accepted, Finding, accepted, not_argued, out_of_date
from tools.audit.site import Site, planted_site, sample_site

OUT = scanners.ROOT / "build/audit"
C = "/en/c/tripoli"
#: Where wapiti begins as a visitor, and as an organiser: one page of each kind of list and form.
OF_VISITORS = (
    "/en/sign-in",
    f"{C}/submissions/",
    f"{C}/recommendations/",
    f"{C}/log/",
    f"{C}/bodies/",
    "/en/outcome/check/",
)
OF_ORGANISERS = (f"{C}/organise/", f"{C}/organise/people/", f"{C}/organise/recommendations/", "/en/account")
#: Addresses for sqlmap: queries of lists, and parts of paths (`*`).
QUERIES = (
    f"{C}/submissions/?q=water&topic=gcm-1&region=tripoli",
    f"{C}/recommendations/?state=draft&topic=gcm-1",
    f"{C}/bodies/?q=tripoli&kind=council",
    f"{C}/log/?before=20",
    f"{C}/sessions/1*/",
)


@dataclass
class Report:
    """What ran, what it looked at, and what it found."""

    folder: Path
    ran: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def run(self, name: str, step: Callable[[], tuple[str, list[Finding]]]) -> None:
        """Run a step and keep what it says; a step that breaks off is a failure, not silence."""
        began = time.monotonic()
        try:
            said, found = step()
        except scanners.NotFinished as error:
            self.broken.append(f"{name}: {error}")
            said, found = "did not finish", []
        self.ran[name] = said
        self.findings += found
        print(f"{name:<28} {said:<52} {len(found):>4} found  {time.monotonic() - began:>5.0f} s", flush=True)


def code(report: Report) -> None:
    """Read the code: our laws, bandit."""
    report.run("laws", lambda: (f"{len(laws.RULES) + 1} rules", laws.of_tree()))
    report.run("bandit", lambda: ("core and plugins", scanners.bandit(report.folder)))


def planted(report: Report) -> None:
    """Prove that the scanners see: both must find the injection, wapiti the script too."""

    def seen_by_wapiti() -> tuple[str, list[Finding]]:
        found = scanners.wapiti(address, report.folder, seconds=30, modules="sql,xss", name="planted")[1]
        if {f.rule for f in found} != {"SQL Injection", "Reflected Cross Site Scripting"}:
            raise scanners.NotFinished(f"wapiti does not see the planted faults: {found}")
        return "sees both planted faults", []

    def seen_by_sqlmap() -> tuple[str, list[Finding]]:
        if not scanners.sqlmap([f"{address}/texts?id=1"], report.folder / "planted")[1]:
            raise scanners.NotFinished("sqlmap does not see the planted injection")
        return "sees the planted injection", []

    with planted_site() as address:
        report.run("wapiti, planted", seen_by_wapiti)
        report.run("sqlmap, planted", seen_by_sqlmap)


def attacks(report: Report, site: Site) -> None:
    """Look at every page's headers, then attack: as a visitor, and with an organiser's rights."""

    def seen_headers() -> tuple[str, list[Finding]]:
        asked, found = headers.check(site)
        return f"{asked} answers of {len(site.paths)} routes", found

    def by_wapiti(name: str, start: tuple[str, ...], cookie: str) -> tuple[str, list[Finding]]:
        pages, found = scanners.wapiti(site.address, report.folder, start=start, cookie=cookie, name=name, seconds=40)
        if pages < len(start):
            raise scanners.NotFinished(f"wapiti saw {pages} pages only")
        return f"{pages} pages and forms", found

    def by_sqlmap() -> tuple[str, list[Finding]]:
        tried, found = scanners.sqlmap([site.address + path for path in QUERIES], report.folder)
        if tried < len(QUERIES):
            raise scanners.NotFinished(f"sqlmap tried {tried} of {len(QUERIES)} addresses to the end")
        return f"{tried} addresses", found

    organiser = f"consult-session={site.tokens['organiser']}"
    report.run("headers", seen_headers)
    report.run("sqlmap", by_sqlmap)
    report.run("wapiti, visitor", lambda: by_wapiti("visitor", OF_VISITORS, ""))
    report.run("wapiti, organiser", lambda: by_wapiti("organiser", OF_ORGANISERS, organiser))


def malformed(report: Report) -> None:
    """Send ten thousand malformed requests, five thousand on each database."""
    test = "tests/faults/test_malformed_requests.py"
    command = ["env", "CONSULT_MALFORMED=5000", sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test]

    def sent() -> tuple[str, list[Finding]]:
        scanners.run(command, seconds=900, folder=report.folder)
        return "10,000 requests", []

    report.run("malformed requests", sent)


def conclude(report: Report, given: list[Accepted]) -> int:
    """Write the report, say what nobody has argued, and return how the program ends."""
    left = not_argued(report.findings, given)
    stale = out_of_date(report.findings, given, {name.partition(",")[0] for name in report.ran})
    told = {
        "versions": {name: scanners.version(name) for name in ("bandit", "sqlmap", "wapiti3")},
        "ran": report.ran,
        "findings": [asdict(finding) for finding in report.findings],
        "not_argued": [asdict(finding) for finding in left],
        "accepted_in_vain": [asdict(entry) for entry in stale],
        "broken": report.broken,
    }
    (report.folder / "findings.json").write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
    for finding in left:
        print(f"NOT ARGUED  {finding.check} {finding.rule} in {finding.place}: {finding.words}")
    for entry in stale:
        print(f"accepted in vain: {entry.check} {entry.rule} in {entry.place} (tools/audit/accepted.toml)")
    for words in report.broken:
        print(f"BROKEN OFF  {words}")
    print(f"{len(report.findings)} found, {len(report.findings) - len(left)} argued, {len(left)} not.")
    return 1 if left or report.broken else 0


def main(only: list[str]) -> int:
    """Run everything, or the parts named: code, planted, attacks, malformed."""
    for old in {*OUT.glob("*.json"), *OUT.glob("wapiti-*"), *OUT.glob("sqlmap-*")}:
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    OUT.mkdir(parents=True, exist_ok=True)
    report, given = Report(OUT), accepted()
    if not only or "code" in only:
        code(report)
    if not only or "planted" in only:
        (OUT / "planted").mkdir(exist_ok=True)
        planted(report)
    if not only or "attacks" in only:
        with tempfile.TemporaryDirectory(prefix="consult-audit-") as folder, sample_site(Path(folder)) as site:
            attacks(report, site)
    if not only or "malformed" in only:
        malformed(report)
    return conclude(report, given)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
