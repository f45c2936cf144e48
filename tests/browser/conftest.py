"""The sample consultation behind a real server, and a real Chromium in front of it."""

from __future__ import annotations

import fcntl
import itertools
import json
import shutil
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ViewportSize, sync_playwright
from playwright.sync_api import Page as Tab
from werkzeug.test import TestResponse

from consult import clock
from consult.accounts.models import Body, SignIn
from consult.app import create_app
from consult.db import session, transaction
from consult.demo.load import SLUG
from consult.recommendations.reservation_models import UnsignedReservation
from consult.recommendations.response_models import OfficialResponse
from consult.settings import Settings
from consult.submissions.cosigning.models import Cosignature
from consult.submissions.exchange.models import ImportRun
from consult.submissions.models import Draft, Questionnaire, Submission
from consult.testing.addresses import Addresses, readable_rules
from consult.testing.sample import LoadedSample, disposed, sign_in_tokens
from consult.testing.server import free_port, running_server
from consult.testing.web import Browser as Visitor
from tests.browser.axe import bring_axe
from tests.browser.pages import MORE, PAGES, Page

#: Who is asked, in this order, whether they may open a page.
ROLES = (
    *(
        "",
        "municipal",
        "academic",
        "cso",
        "moderator",
        "accreditor",
        "translator",
        "evaluator",
        "clerk",
        "organiser",
        "administrator",
    ),
)

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: Pixels of the screen that pages are looked at with: those of the narrowest phones. The style sheet knows no step
#: between them and 640, so what fits here fits 360.
PHONE: ViewportSize = {"width": 320, "height": 800}
#: Where people may sign in too: it never answers.
PROVIDER = {"oidc_issuer": "http://127.0.0.1:1", "oidc_client_id": "consult", "oidc_name": "الهوية الوطنية"}
#: An id that nothing has.
_NO = uuid.UUID(int=0)
#: Routes that lead elsewhere: nobody of the sample has a second factor, and nothing edited waits for its new source.
LEADS_ON = {
    "short.submission",
    "short.recommendation",
    "short.edition",
    "short.sheet",
    "paper.find",
    "root",
    "account.second_step",
    "account.join",  # of a browser that has just come from the provider
    "account.provider",
    "account.provider_back",
    "account.confirm_remove_app",
    "account.confirm_recovery_codes",
    "coding.next_text",
    "evaluate.check",  # whoever has a draft in three languages
    "peer_review.next_text",
    "peer_review.document",  # no text that is judged has a document
    "organise.merge_proposal",
    "take_part.go_on",  # to the step where a draft stopped
    "take_part.appeal",  # nobody of these wrote a text that stands returned or hidden
}


@dataclass(frozen=True, slots=True)
class Site:
    """Where the sample is served, and a sign-in token for each role ("" for a visitor who is not signed in).

    `ids` are those of rows, by the word that stands for one in a page's address; `others` are the pages that no list names: one of every route that is left, for the first role that may open it.
    """

    address: str
    tokens: dict[str, str]
    settings: Settings
    ids: Mapping[str, str]
    others: tuple[Page, ...]
    kept: dict[str, bytes] = field(default_factory=dict, repr=False)

    def url(self, language: str, page: Page) -> str:
        """Return the whole address of a page in a language."""
        return f"{self.address}/{language}{page.path.format(**self.ids)}"

    def sent(self, language: str, page: Page) -> bytes:
        """Return a page, or an error page, as the server sent it when it was first asked for it."""
        address = self.url(language, page)
        if page.role + address not in self.kept:
            cookie = f"consult-session={self.tokens[page.role]}" if page.role else ""
            self.kept[page.role + address] = _body(urllib.request.Request(address, headers={"Cookie": cookie}))
        return self.kept[page.role + address]


def _body(request: urllib.request.Request) -> bytes:
    try:
        with urllib.request.urlopen(request) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        return bytes(error.read())


@pytest.fixture(scope="session")
def site(sample: LoadedSample, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The sample, loaded once for the run and served by a process of its own."""
    with sample_site(sample, tmp_path_factory.mktemp("site")) as site:
        yield site


@contextmanager
def sample_site(sample: LoadedSample, folder: Path) -> Iterator[Site]:
    """Copy the sample, with everybody signed in, into an instance in `folder` and serve it until the block ends."""
    known, port = Visited.of(sample), free_port()
    settings = replace(known.sample.copy(folder, "sqlite"), base_url=f"http://127.0.0.1:{port}", **PROVIDER)
    with running_server(settings, port):
        yield Site(settings.base_url, known.tokens, settings, known.ids, known.others)


@dataclass(frozen=True, slots=True)
class Visited:
    """The sample with everybody signed in, and what holds in each copy of it: see `Site`."""

    sample: LoadedSample
    tokens: dict[str, str]
    ids: dict[str, str]
    others: tuple[Page, ...]

    @classmethod
    def of(cls, sample: LoadedSample) -> Visited:
        """Sign everybody in and find who opens what, unless another process of this run has done so or is doing it."""
        folder = sample.folder.with_name("visited")
        folder.mkdir(exist_ok=True)
        found = folder / "found.json"
        with (folder / "visiting").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not found.exists():
                found.write_text(json.dumps(_visit(replace(sample.copy(folder, "sqlite"), **PROVIDER))))
        tokens, ids, others = json.loads(found.read_text())
        return cls(LoadedSample(folder), tokens, ids, tuple(Page(*page) for page in others))


def _visit(settings: Settings) -> tuple[dict[str, str], dict[str, str], list[tuple[str, ...]]]:
    app = create_app(settings)
    with app.app_context(), disposed():
        tokens, addresses = sign_in_tokens(), Addresses.of(SLUG)
        tomorrow = clock.now() + timedelta(days=1)
        with (
            transaction()
        ):  # or pages would ask who it is: those of grave acts ten minutes later, all after half an hour
            session.execute(sa.update(SignIn).values(proved_at=tomorrow, seen_at=tomorrow))
        ids = {word: str(session.scalars(query).one()) for word, query in _ids().items()}
        return tokens, ids, [astuple(page) for page in _others(app, addresses, tokens)]


def _ids() -> Mapping[str, sa.Select[Any]]:
    """Return where the rows are found that pages are about, by the word that stands for one in an address."""
    own = sa.select(Submission.number).join(Cosignature, Cosignature.submission_id == Submission.id)
    return {
        "draft": sa.select(Draft.id).order_by(Draft.id.desc()).limit(1),
        "shared": sa.select(Draft.id).where(Draft.shared_body_id.is_not(None)),
        "asked": sa.select(Cosignature.id).order_by(Cosignature.id.desc()).limit(1),
        "reservation": sa.select(UnsignedReservation.id),
        "response": sa.select(OfficialResponse.id).where(
            OfficialResponse.text != "", OfficialResponse.published_at.is_(None)
        ),
        "cited": own.order_by(Cosignature.id).limit(1),
        "body": sa.select(Body.id).where(Body.key == "cso-marsa"),
        "ended": sa.select(Body.id).where(Body.key == "sample-borders"),
        "run": sa.select(ImportRun.id).where(ImportRun.consultation_id.is_not(None)),
        "offices": sa.select(ImportRun.id).where(ImportRun.consultation_id.is_(None)),
        "form": sa.select(Questionnaire.id).where(Questionnaire.state == "draft"),
    }


def _others(app: Flask, addresses: Addresses, tokens: Mapping[str, str]) -> Iterator[Page]:
    named = {_endpoint(app, page.path) for page in (*PAGES, *MORE)}
    for rule in readable_rules(app):
        if rule.endpoint in named:
            continue
        for path, role in itertools.product(addresses.of_rule(rule, "ar"), ROLES):
            answer = _opened(app, path, tokens[role])
            if answer.status_code == 200:
                if answer.mimetype == "text/html" and "Content-Disposition" not in answer.headers:
                    yield Page(rule.endpoint, role, path.removeprefix("/ar"))
                break
        else:
            assert rule.endpoint in LEADS_ON, f"nobody sees a page of {rule.rule}"


def _endpoint(app: Flask, path: str) -> str:
    """Return the endpoint of an address without its language; an address that does not fit raises NotFound."""
    filled = "/ar" + path.partition("?")[0].format(**dict.fromkeys(_ids(), _NO))
    return str(app.url_map.bind("").match(filled)[0])


def _opened(app: Flask, path: str, token: str) -> TestResponse:
    client = Visitor(app)
    if token:
        client.set_cookie("consult-session", token)
    return client.get(path, buffered=True)


def chromium() -> str:
    """Return the path of this machine's Chromium; the one without windows takes half the time."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next(path for name in names if (path := shutil.which(name)))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium of this machine."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM)
        yield running
        running.close()


def visitor(browser: Browser, site: Site, role: str, *, width: int = 360) -> BrowserContext:
    """Return a browser window of a visitor with a role, on a device that asks for stillness."""
    context = browser.new_context(viewport={"width": width, "height": 800}, reduced_motion="reduce")
    if role:
        context.add_cookies([{"name": "consult-session", "value": site.tokens[role], "url": site.address}])
    return context


class Windows:
    """One phone for each role, kept from page to page: starting one takes longer than most of what is looked at in it."""

    def __init__(self, browser: Browser, site: Site) -> None:
        """Begin with none."""
        self._browser, self._site = browser, site
        self._kept: dict[str, Tab] = {}

    @contextmanager
    def of(self, role: str) -> Iterator[Tab]:
        """Lend the tab of a role's phone; one in which something went wrong is not lent again."""
        tab = self._kept.pop(role, None) or self._new(role)
        try:
            yield tab
        except BaseException:
            tab.context.close()
            raise
        self._kept[role] = tab

    def _new(self, role: str) -> Tab:
        return bring_axe(visitor(self._browser, self._site, role, width=PHONE["width"])).new_page()

    def close(self) -> None:
        """Close them all."""
        for tab in self._kept.values():
            tab.context.close()


@pytest.fixture(scope="session")
def windows(browser: Browser, site: Site) -> Iterator[Windows]:
    """The phones of all roles, in front of the sample."""
    with closing(Windows(browser, site)) as windows:
        yield windows
