"""The page on which somebody who is signed in shows again who they are, on the way to a page that asks for it."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for

from consult.web.account.blueprint import blueprint
from consult.web.account.landing import local_address
from consult.web.guards import requires
from consult.web.proof import ProofForm, ask_or_go_on, proof_page


@blueprint.get("/account/prove")
@requires("account.use")
def prove() -> tuple[str, int]:
    """Ask."""
    page, _ = proof_page(ProofForm(), _here(), 200)
    return page, 200


@blueprint.post("/account/prove")
@requires("account.use")
def take_proof() -> Any:
    """Take the proof and go on to the page that asked for it."""
    wanted = local_address(request.args.get("next")) or url_for("account.security")
    return ask_or_go_on(lambda: redirect(wanted, 303), _here(), asked_before=True)


def _here() -> str:
    return url_for("account.prove", next=local_address(request.args.get("next")) or None)
