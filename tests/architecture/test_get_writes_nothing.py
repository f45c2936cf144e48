"""A GET writes nothing, and shows nothing of a testimony: every route and row, as each role, with the database compared before and after.

Lists have two rows a page, so that those of the sample have a page after the first, which is asked for too.

On PostgreSQL. The same is asked on SQLite where the walk of rights sends every GET as everybody (`test_rights.py`), of one row
among those about which all are to be answered alike: what a page does with a row is decided in Python, the same on both.
"""

from __future__ import annotations

import re
import sys
from html import unescape
from itertools import chain

import pytest
from flask import Flask
from werkzeug.routing import Rule

from consult.accounts.access import ANONYMOUS, Actor, allowed
from consult.accounts.signing_in.sign_in import visit_for_token
from consult.consultations.models import Consultation
from consult.db import database, session
from consult.demo.load import SLUG
from consult.testing.addresses import Addresses, readable_rules
from consult.testing.databases import digests
from consult.testing.sample import sign_in_tokens
from consult.testing.watching import sealed_words, written
from consult.testing.web import Browser
from consult.web.guards import declared_permission

#: The one thing a GET may write, and the one place that writes it.
LAST_SEEN = "sign_in.seen_at"


def content() -> dict[str, str]:
    """Return a digest of every table, last-seen left out."""
    session.rollback()
    with database.engine.connect() as connection:
        return digests(connection, without={LAST_SEEN})


def passes(app: Flask, rule: Rule, actor: Actor, here: Consultation) -> bool:
    """Tell whether the declared permission lets somebody look at a row; whom it stops, it stops at every row alike."""
    return allowed(actor, declared_permission(app, rule.endpoint) or "", here if "slug" in rule.arguments else None)


@pytest.fixture
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of two rows a page, wherever a page is so many rows and no query is kept with them for the tests that follow."""
    rooms = {name: module for name, module in sys.modules.items() if name.startswith("consult.")}
    del rooms["consult.submissions.register"]
    for module in rooms.values():
        if isinstance(getattr(module, "PAGE", None), int):
            monkeypatch.setattr(module, "PAGE", 2)


#: Where the pages beside one begin.
BESIDE = re.compile(r'rel="(?:next|prev)" href="([^"]+)"')


def beside(page: str, known: set[str]) -> list[str]:
    """Return the addresses of the pages of a list before and after one, each list's once."""
    found = [unescape(address) for address in BESIDE.findall(page)]
    fresh = [address for address in found if re.sub("=[^&]*", "", address) not in known]
    known.update(re.sub("=[^&]*", "", address) for address in fresh)
    return fresh


@pytest.mark.parametrize("engine", ["postgresql"])
@pytest.mark.usefixtures("short_pages")
def test_a_get_writes_nothing_and_nothing_breaks(sample_app: Flask) -> None:
    tokens, addresses, rules = sign_in_tokens(), Addresses.of(SLUG), readable_rules(sample_app)
    paths = [(rule, addresses.of_rule(rule, "ar")) for rule in rules]
    actors = {role: visit_for_token(token).actor if token else ANONYMOUS for role, token in tokens.items()}
    sample_app.testing = False  # an error becomes its page
    before, wrong, further = content(), [], set[str]()
    for role, token in tokens.items():
        let_in = [passes(sample_app, rule, actors[role], addresses.consultation) for rule in rules]
        asked = (found if all_rows else found[:1] for (_, found), all_rows in zip(paths, let_in, strict=True))
        todo, known = list(chain.from_iterable(asked)), set[str]()
        for path in todo:
            client = Browser(sample_app)
            if token:
                client.set_cookie("consult-session", token)
            with written() as wrote:
                answer = client.get(path, buffered=True)
            if answer.status_code >= 500 or wrote or sealed_words(answer):
                wrong.append((role, path, answer.status_code, wrote, sealed_words(answer)))
            if answer.status_code == 200 and answer.mimetype == "text/html":
                todo += beside(answer.get_data(as_text=True), known)
        further |= known
    assert wrong == []
    assert content() == before
    assert len(further) > 20
    assert sum(len(found) for _, found in paths) > len(rules)
