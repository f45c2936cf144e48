"""Firefox driven by its own protocol, Marionette: JSON over a socket, as geckodriver speaks it. No library, no driver to install.

Marionette acts as a person does, from the browser's side, so it works where pages run no script.
"""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from consult.testing.server import free_port

#: How WebDriver writes a reference to an element.
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
#: Seconds that one act may take: a page over a slow line is waited for.
PATIENCE = 300


class BrowserError(Exception):
    """What Firefox answers when an act is not possible; `kind` is WebDriver's word for it."""

    def __init__(self, kind: str, words: str) -> None:
        """Keep both."""
        super().__init__(f"{kind}: {words}")
        self.kind = kind


def firefox() -> str | None:
    """Return where Firefox is, None if it is not installed."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


@contextmanager
def running_firefox(folder: Path, preferences: Mapping[str, bool | int | str]) -> Iterator[Window]:
    """Start a Firefox without a screen, with a profile of its own in `folder` and these preferences, and end it afterwards."""
    program, port, profile = firefox(), free_port(), folder / "profile"
    if program is None:
        raise FileNotFoundError("firefox-esr")
    profile.mkdir()
    chosen = {**preferences, "marionette.port": port}
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in chosen.items())
    (profile / "user.js").write_text("".join(lines), encoding="utf-8")
    command = [
        program,
        "--headless",
        "--no-remote",
        "--marionette",
        "--remote-allow-system-access",
        "--profile",
        str(profile),
    ]
    with (folder / "firefox.log").open("wb") as log:
        browser = subprocess.Popen(command, stdout=log, stderr=log, env={"HOME": str(folder), "PATH": "/usr/bin:/bin"})
        try:
            with _connected(port, browser) as connection:
                yield Window(connection)
        finally:
            browser.terminate()
            try:
                browser.wait(timeout=20)
            except subprocess.TimeoutExpired:
                browser.kill()
                browser.wait()


def _connected(port: int, browser: subprocess.Popen[bytes]) -> socket.socket:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and browser.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        except OSError:
            time.sleep(0.3)
    raise RuntimeError("Firefox did not start")


@dataclass
class Window:
    """A window of a running Firefox: addresses are opened, forms are filled in, and what stands on a page is read."""

    connection: socket.socket
    _kept: bytes = b""
    _number: int = 0
    capabilities: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._read()  # Firefox says first what it is
        self.capabilities = self.ask(
            "WebDriver:NewSession", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}}
        )["capabilities"]
        self.ask("WebDriver:SetTimeouts", pageLoad=PATIENCE * 1000, implicit=0)

    def _read(self) -> Any:
        """Read one message: its length in digits, a colon, JSON."""
        while b":" not in self._kept:
            self._more()
        length, _, self._kept = self._kept.partition(b":")
        while len(self._kept) < int(length):
            self._more()
        message, self._kept = self._kept[: int(length)], self._kept[int(length) :]
        return json.loads(message)

    def _more(self) -> None:
        part = self.connection.recv(65536)
        if not part:
            raise RuntimeError("Firefox has gone")
        self._kept += part

    def ask(self, command: str, **parameters: Any) -> Any:
        """Send a command and return its answer. Raises BrowserError."""
        self._number += 1
        message = json.dumps([0, self._number, command, parameters]).encode()
        self.connection.sendall(b"%d:%s" % (len(message), message))
        _, _, error, answer = self._read()
        if error is not None:
            raise BrowserError(error["error"], error["message"])
        return answer

    def open(self, address: str) -> None:
        """Go to an address and wait until it is there."""
        self.ask("WebDriver:Navigate", url=address)

    def all(self, selector: str) -> Sequence[str]:
        """Return the elements that fit a CSS selector, as references."""
        return [found[ELEMENT] for found in self.ask("WebDriver:FindElements", using="css selector", value=selector)]

    def one(self, selector: str) -> str:
        """Return the first element that fits. Raises BrowserError."""
        return str(self.ask("WebDriver:FindElement", using="css selector", value=selector)["value"][ELEMENT])

    def words(self, selector: str) -> str:
        """Return what a reader sees of the first element that fits."""
        return str(self.ask("WebDriver:GetElementText", id=self.one(selector))["value"])

    def words_of_all(self, selector: str) -> Sequence[str]:
        """Return what a reader sees of each element that fits."""
        return [str(self.ask("WebDriver:GetElementText", id=one)["value"]) for one in self.all(selector)]

    def type(self, selector: str, text: str) -> None:
        """Type into a field, or choose the file at a path."""
        self.ask("WebDriver:ElementSendKeys", id=self.one(selector), text=text)

    def choose(self, selector: str) -> None:
        """Press what fits first, where no page follows."""
        self.ask("WebDriver:ElementClick", id=self.one(selector))

    def press(self, selector: str, ends: str = "footer") -> None:
        """Press what fits first, and wait for the page that follows until what ends it is there. Raises BrowserError.

        Marionette waits for pages that begin to come at once; over a slow line they do not.
        """
        before, deadline = self.one("html"), time.monotonic() + PATIENCE
        try:
            self.choose(selector)
        except BrowserError as error:
            if "Reached error page" in str(error):
                return
            raise
        while time.monotonic() < deadline:
            try:
                if self.one("html") != before and (self.all(ends) or self.address().startswith("about:")):
                    return
            except BrowserError as error:
                if error.kind not in {"no such element", "stale element reference", "no such window"}:
                    raise
            time.sleep(0.2)
        raise BrowserError("timeout", f"nothing followed {selector}")

    def address(self) -> str:
        """Return the address of the page."""
        return str(self.ask("WebDriver:GetCurrentURL")["value"])

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Make the window so large, and return how large it is."""
        found = self.ask("WebDriver:SetWindowRect", width=width, height=height)
        return found["width"], found["height"]

    def cookies(self) -> Sequence[Mapping[str, Any]]:
        """Return the cookies that this page could read."""
        return list(self.ask("WebDriver:GetCookies"))

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """Photograph the page, whole or what the window shows, as PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        taken = self.ask("WebDriver:TakeScreenshot", full=whole, hash=False)["value"]
        path.write_bytes(base64.b64decode(taken))

    def new(self) -> None:
        """Open a window that is empty, and close the one before."""
        made = self.ask("WebDriver:NewWindow", type="window")["handle"]
        self.ask("WebDriver:CloseWindow")
        self.ask("WebDriver:SwitchToWindow", handle=made)

    def preference(self, name: str) -> Any:
        """Return a preference as Firefox has it now, None where there is none."""
        self.ask("Marionette:SetContext", value="chrome")
        script = (
            "const n = arguments[0], b = Services.prefs; switch (b.getPrefType(n)) {"
            "case b.PREF_BOOL: return b.getBoolPref(n); case b.PREF_INT: return b.getIntPref(n);"
            "case b.PREF_STRING: return b.getStringPref(n); default: return null }"
        )
        try:
            return self.ask("WebDriver:ExecuteScript", script=script, args=[name])["value"]
        finally:
            self.ask("Marionette:SetContext", value="content")
