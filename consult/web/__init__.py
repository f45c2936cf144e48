"""The pages: guards, language, forms, and one package for each kind of visitor."""

from __future__ import annotations

from flask import Flask

from consult.plugins.manager import Hooks
from consult.web import (
    arriving,
    assets,
    conditional,
    context,
    form_cookie,
    guards,
    headers,
    health,
    language,
    problems,
    reading,
    security_log,
    visitor,
)
from consult.web.account.blueprint import blueprint as account
from consult.web.administer.blueprint import blueprint as administer
from consult.web.coding.blueprint import blueprint as coding
from consult.web.evaluate.blueprint import blueprint as evaluate
from consult.web.facilitate.blueprint import blueprint as facilitate
from consult.web.organise.blueprint import blueprint as organise
from consult.web.paper.blueprint import blueprint as paper
from consult.web.peer_review.blueprint import blueprint as peer_review
from consult.web.public.blueprint import blueprint as public
from consult.web.public.permalinks import blueprint as short
from consult.web.take_part.blueprint import blueprint as take_part
from consult.web.testimony.blueprint import blueprint as testimony
from consult.web.testimony.blueprint import readers
from consult.web.translate.blueprint import blueprint as translate

__all__ = ["guards", "install", "language", "testimony"]


def install(app: Flask, hooks: Hooks) -> None:
    """Put every page and everything around pages on the application, in order."""
    arriving.install(app)
    form_cookie.install(app)
    language.install(app)
    visitor.install(app)
    headers.install(app)
    assets.install(app)
    context.install(app, hooks)
    problems.install(app)
    security_log.install()
    health.install(app)
    reading.install(app)
    for blueprint in (
        public,
        short,
        account,
        take_part,
        coding,
        peer_review,
        facilitate,
        organise,
        paper,
        administer,
        testimony,
        readers,
        translate,
        evaluate,
    ):
        app.register_blueprint(blueprint)
    conditional.install(app)
