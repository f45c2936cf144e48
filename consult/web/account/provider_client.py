"""The configured provider of identities, spoken to by Authlib: code flow with PKCE, state and nonce; a signed id token.

State, nonce and the verifier of PKCE stand in the form cookie of the browser that began, and are worth nothing in another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import current_app
from joserfc.errors import JoseError
from werkzeug.wrappers import Response

from consult.accounts.signing_in.identities import ProvedIdentity
from consult.db import let_go
from consult.settings import Settings
from consult.turns import turns
from consult.web.account.provider_settings import ProviderRefused, ProviderTrouble
from consult.web.visitor import settings

#: How long the provider may take for one answer, in seconds.
PATIENCE = 10
#: Signatures by a key of the provider's own; never a shared secret, never none.
SIGNATURES = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
NAME = "provider"
_KEY = "consult.provider"


def begin(back: str) -> Response:
    """Send the browser to the provider, to come back to an address of this site. Raises ProviderTrouble."""
    with _talking():
        return cast("Response", _client().authorize_redirect(back))


def proved(back_issuer: str = "") -> ProvedIdentity:
    """Return whom the provider's answer proves, from the code and state that were sent. Raises ProviderTrouble.

    `back_issuer` is the issuer that the way back named (RFC 9207), "" where it named none.
    """
    if back_issuer and back_issuer != settings().oidc_issuer:
        raise ProviderTrouble("the answer names another issuer")
    with _talking():
        client = _client()
        issuer = client.server_metadata["issuer"]
        asked = {
            "iss": {"essential": True, "values": [issuer]},
            "aud": {"essential": True, "values": [client.client_id]},
        }
        claims = client.authorize_access_token(claims_options=asked).get("userinfo")
    return believed(claims or {}, settings())


def believed(claims: Mapping[str, Any], of: Settings) -> ProvedIdentity:
    """Return whom the claims of a checked id token name. Raises ProviderTrouble where they are meant for another, or name nobody.

    The audience is looked at here too: Authlib lets one that is empty pass.
    """
    audience = claims.get("aud") or []
    if of.oidc_client_id not in ([audience] if isinstance(audience, str) else audience):
        raise ProviderTrouble("the id token is meant for somebody else")
    if not claims.get("sub") or claims.get("iss") != of.oidc_issuer:
        raise ProviderTrouble("the id token names nobody")
    email = str(claims.get("email") or "") if claims.get("email_verified") is True else ""
    return ProvedIdentity(of.oidc_issuer, str(claims["sub"]), email)


class _Straight(OAuth2Session):  # type: ignore[misc]
    """Speaks to the addresses that the provider names and follows no redirect from there: it could lead inside."""

    def __init__(self, *args: Any, **given: Any) -> None:
        """Make the session as Authlib does; `requests` raises TooManyRedirects at the first."""
        super().__init__(*args, **given)
        self.max_redirects = 0


class _Client(FlaskOAuth2App):  # type: ignore[misc]
    client_cls = _Straight


class _Registry(OAuth):  # type: ignore[misc]
    oauth2_client_cls = _Client


def _client() -> FlaskOAuth2App:
    """Return the client, with what the provider says of itself: made once for a process, believed only of the configured issuer."""
    client: FlaskOAuth2App | None = current_app.extensions.get(_KEY)
    if client is None:
        current_app.extensions[_KEY] = client = _made(settings())
    metadata = client.load_server_metadata()
    if metadata.get("issuer") != settings().oidc_issuer:
        current_app.extensions.pop(_KEY)
        raise ProviderTrouble("the provider names another issuer than the settings")
    stated = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
    metadata["id_token_signing_alg_values_supported"] = [name for name in stated if name in SIGNATURES]
    return client


def _made(of: Settings) -> FlaskOAuth2App:
    registry = _Registry(current_app)
    made: Any = registry.register(
        NAME,
        client_id=of.oidc_client_id,
        client_secret=Path(of.oidc_secret_file).read_text("utf-8").strip() if of.oidc_secret_file else None,
        server_metadata_url=of.oidc_issuer.rstrip("/") + "/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email", "code_challenge_method": "S256", "default_timeout": PATIENCE},
    )
    return cast("FlaskOAuth2App", made)


@contextmanager
def _talking() -> Iterator[None]:
    """Speak to the provider without turn and without a connection; whatever goes wrong there is ProviderTrouble."""
    let_go()
    try:
        with turns.passed():
            yield
    except AuthlibBaseError as error:
        refused = error.error in ("access_denied", "login_required", "interaction_required")
        raise (ProviderRefused if refused else ProviderTrouble)(str(error.error)) from error
    except (requests.RequestException, JoseError, OSError, ValueError, LookupError, RuntimeError) as error:
        raise ProviderTrouble(type(error).__name__) from error


__all__ = ["begin", "believed", "proved"]
