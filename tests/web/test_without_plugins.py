"""The sample consultation without a single plugin: every page answers, to everybody."""

from __future__ import annotations

import pytest

from consult.demo.load import SLUG
from consult.settings import Settings
from consult.testing.addresses import Addresses, readable_rules
from consult.testing.installing import running
from consult.testing.sample import sign_in_tokens
from consult.testing.web import Browser


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # a plugin is missing in the same way on either engine
def test_every_page_answers_without_any_plugin(sample_instance: Settings) -> None:
    with running(sample_instance, {}) as app:
        addresses, tokens = Addresses.of(SLUG), sign_in_tokens()
        rules = [addresses.of_rule(rule, "ar") for rule in readable_rules(app)]
        app.testing = False  # an error becomes its page
        wrong = []
        for role, token in tokens.items():
            client = Browser(app)
            if token:
                client.set_cookie("consult-session", token)
            for paths in rules:
                for path in paths:
                    with client.get(path) as answer:
                        if answer.status_code >= 500:
                            wrong.append((role, path))
                    if answer.status_code == 403:  # refused before any row is looked at: so are the other rows
                        break
        assert wrong == []
        assert max(map(len, rules)) > 1
