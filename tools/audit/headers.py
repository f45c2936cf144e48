"""The headers of every page of the sample, as a server sends them, to several visitors."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from email.message import Message

from consult.web.headers import HEADERS
from tools.audit.findings import Finding
from tools.audit.site import ROLES, Site

#: What may be kept although somebody is signed in, because it is the same for everybody: assets and health, published
#: editions, which never change, and the open data.
_EDITION = "/<lang>/c/<slug>/outcome/<int:number>/"
SAME_FOR_ALL = (
    "/-/",
    *(_EDITION + name for name in ("<code>.<form>", "manifest.json", "sealed.txt")),
    "/<lang>/c/<slug>/open-data/data.zip",
)
#: What granian calls itself, without a version; it has no setting for it. A proxy that minds takes it away.
SERVER = "granian"
_GIVES_AWAY = ("server", "x-powered-by", "access-control-allow-origin", "via")


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow nothing: a redirect is an answer with headers as well."""


_OPENER = urllib.request.build_opener(_Stay, urllib.request.ProxyHandler({}))


def check(site: Site) -> tuple[int, list[Finding]]:
    """Ask for one address of each route as each visitor; return how many were asked, and what is missing."""
    asked, found = 0, []
    for rule, paths in site.paths.items():
        if rule.endswith(("/sign-out", "/-/")):
            continue
        for role in ROLES:
            status, headers = _answer(site.address + paths[0], site.tokens[role])
            asked += 1
            found += [
                Finding("headers", name, rule, f"{role or 'nobody'}: {said}")
                for name, said in wrong(status, headers, rule, role)
            ]
    return asked, found


def _answer(address: str, token: str) -> tuple[int, Message]:
    request = urllib.request.Request(address, headers={"Cookie": f"consult-session={token}"} if token else {})
    try:
        with _OPENER.open(request, timeout=30) as answer:
            answer.read()
            return answer.status, answer.headers
    except urllib.error.HTTPError as error:
        error.read()
        return error.code, error.headers


def wrong(status: int, headers: Message | Mapping[str, str], rule: str, role: str) -> Iterator[tuple[str, str]]:
    """Yield the header and what is wrong with it."""
    if status >= 500:
        yield "status", str(status)
    for name, said in HEADERS.items():
        given = headers.get(name, "")
        if given != said and not _stricter(name, given):
            yield name, given or "missing"
    for name in _GIVES_AWAY:
        if headers.get(name) and (name, headers.get(name)) != ("server", SERVER):
            yield name, str(headers.get(name))
    kept = headers.get("Cache-Control", "")
    if not kept or (role and status == 200 and kept != "no-store" and not rule.startswith(SAME_FOR_ALL)):
        yield "Cache-Control", kept or "missing"
    if "text/" in headers.get("Content-Type", "") and "charset=utf-8" not in headers.get("Content-Type", ""):
        yield "Content-Type", headers.get("Content-Type", "")


def _stricter(name: str, given: str) -> bool:
    """Tell whether a page says more than the rest: no script on pages of testimony, no referrer from links in letters."""
    if name == "Referrer-Policy":
        return given == "no-referrer"
    loosest = HEADERS["Content-Security-Policy"].split("; ")
    parts = given.split("; ")
    return (
        name == "Content-Security-Policy"
        and all(part in loosest or part.endswith(("'none'", "sandbox")) for part in parts)
        and {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(parts)
    )
