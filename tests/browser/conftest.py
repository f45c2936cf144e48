"""The sample consultation behind a real server, and a real Chromium in front of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from consult.accounts.models import Person
from consult.accounts.sign_in import load_actor
from consult.app import create_app
from consult.consultations.queries import consultation_by_slug
from consult.db import session
from consult.demo.load import DEMO_PEOPLE, SLUG
from consult.settings import Settings
from consult.submissions.drafts import start_draft
from consult.testing.sample import LoadedSample, disposed, sign_in_tokens
from consult.testing.server import free_port, running_server
from tests.browser.pages import Page

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True, slots=True)
class Site:
    """Where the sample is served, and a sign-in token for each role ("" for a visitor who is not signed in)."""

    address: str
    tokens: dict[str, str]
    settings: Settings
    draft: str

    def url(self, language: str, page: Page) -> str:
        """Return the whole address of a page in a language."""
        return f"{self.address}/{language}{page.path.format(draft=self.draft)}"


@pytest.fixture(scope="session")
def site(sample: LoadedSample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The sample, loaded once for the run and served by a process of its own."""
    with sample_site(sample, tmp_path_factory.mktemp("site")) as site:
        yield site


@contextmanager
def sample_site(sample: LoadedSample, folder: Path) -> Iterator[Site]:
    """Copy the sample into an instance in `folder` and serve it until the block ends."""
    port = free_port()
    settings = replace(sample.copy(folder, "sqlite"), base_url=f"http://127.0.0.1:{port}")
    app = create_app(settings)
    with app.app_context(), disposed():
        tokens, draft = sign_in_tokens(), _draft()
    with running_server(settings, port):
        yield Site(settings.base_url, tokens, settings, draft)


def _draft() -> str:
    """Begin a position for the participant of the municipal track and return its id."""
    person = session.scalars(sa.select(Person.id).where(Person.email_key == DEMO_PEOPLE["municipal"])).one()
    actor, found = load_actor(person), consultation_by_slug(SLUG)
    assert found is not None
    return str(start_draft(actor.memberships_in(found.id)[0].member, consultation=found, actor=actor).id)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium of this machine."""
    path = next(p for name in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(name)))
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield running
        running.close()


def visitor(browser: Browser, site: Site, role: str, *, width: int = 360, javascript: bool = True) -> BrowserContext:
    """Return a browser window of a visitor with a role."""
    context = browser.new_context(viewport={"width": width, "height": 800}, java_script_enabled=javascript)
    if role:
        context.add_cookies([{"name": "consult-session", "value": site.tokens[role], "url": site.address}])
    return context
