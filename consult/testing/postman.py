"""A real mail server on loopback that can be as awkward as servers are: it refuses, is slow, drops, never takes leave."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession

from consult.runtime import running, runtime


class Postman:
    """Keeps what it is given.

    `moods` are what it does with the next mails, one after the other: a reply to the recipient ("rcpt 550 no such person"), a
    reply to the text ("data 451 later"), "hang" (it says nothing to the text until `released`), "drop" (it keeps the text
    and closes without a word), "cut" (it closes without keeping it), "stay" (it takes the text and never says goodbye).
    """

    def __init__(self) -> None:
        """Begin in a good mood."""
        self.taken: list[bytes] = []
        self.moods: list[str] = []
        self._now = ""
        self._released: asyncio.Event | None = None

    @property
    def letters(self) -> list[EmailMessage]:
        """What was kept, as messages."""
        return [message_from_bytes(one, policy=default) for one in self.taken]

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of what was kept, in order."""
        return [str(letter["Message-ID"]) for letter in self.letters]

    async def handle_RCPT(  # noqa: N802  # the name aiosmtpd calls
        self, _server: SMTP, _session: SmtpSession, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take the recipient, or refuse them."""
        self._now = self.moods.pop(0) if self.moods else ""
        if self._now.startswith("rcpt "):
            return self._now.removeprefix("rcpt ")
        envelope.rcpt_tos.append(address)
        return "250 known"

    async def handle_DATA(self, server: SMTP, _session: SmtpSession, envelope: Envelope) -> str:  # noqa: N802
        """Take the text, as the mood is."""
        content = envelope.content
        assert isinstance(content, bytes)
        if self._now.startswith("data "):
            return self._now.removeprefix("data ")
        if self._now != "cut":
            self.taken.append(content)
        if self._now in {"cut", "drop"}:
            assert server.transport is not None
            server.transport.close()
        if self._now == "hang":
            self._released = asyncio.Event()
            await self._released.wait()
        return "250 taken"

    async def handle_QUIT(self, _server: SMTP, _session: SmtpSession, _envelope: Envelope) -> str:  # noqa: N802
        """Take leave, or never."""
        if self._now == "stay":
            self._released = asyncio.Event()
            await self._released.wait()
        return "221 goodbye"

    def release(self) -> None:
        """Let whoever hangs go on."""
        if self._released is not None:
            self._released.set()


class AnyPort(Controller):
    """Takes the port that the system gives."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # aiosmtpd's own has no types


@contextmanager
def postman() -> Iterator[Postman]:
    """Start the server and set the application up to use it."""
    server = Postman()
    controller = AnyPort(server, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        address = f"smtp://127.0.0.1:{controller.port}"
        settings = replace(runtime().settings, mail_url=address, mail_from="consult@example.org")
        with running(replace(runtime(), settings=settings)):
            yield server
    finally:
        controller.loop.call_soon_threadsafe(server.release)
        controller.stop()
