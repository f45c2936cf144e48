"""Whether there is a provider of identities, and how it fails: what pages ask without speaking to it."""

from __future__ import annotations

from consult.settings import Settings
from consult.web.visitor import settings


class ProviderTrouble(Exception):
    """The provider does not answer, or says what cannot be believed; the text is for the log."""


class ProviderRefused(ProviderTrouble):
    """The provider says that its person did not go through with it."""


def is_configured(of: Settings | None = None) -> bool:
    """Tell whether there is a provider to sign in with."""
    found = of or settings()
    return bool(found.oidc_issuer and found.oidc_client_id)
